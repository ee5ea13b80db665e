//! Closed forms of bank runs, for tests of the engine's runs: first come first served, Diamond and Dybvig (1983),
//! Goldstein and Pauzner (2005); every number of case P14, and depositors who play by them in the engine's pool.

use super::thresholds::bank;
use crate::engine::pool;
use rehypo::outcome::Outcome;

/// Who asks for `leaving` of a pool's supply with so much lent gets that share at once; and utilisation after it.
pub fn first_come(supply: f64, borrowed: f64, leaving: f64) -> (f64, f64) {
    let asked = leaving * supply;
    (((supply - borrowed) / asked).min(1.0), borrowed / borrowed.max(supply - asked))
}

/// Depositors with utility `c^(1 - gamma) / (1 - gamma)`, of whom a share `impatient` consumes early; what stays in
/// yields `yields` in all.
#[derive(Clone, Copy, Debug)]
pub struct DiamondDybvig {
    pub gamma: f64,
    pub yields: f64,
    pub impatient: f64,
}

impl DiamondDybvig {
    /// What the optimal contract pays per unit early and late.
    pub fn contract(self) -> (f64, f64) {
        let growth = libm::pow(self.yields, 1.0 / self.gamma);
        let early = 1.0 / (self.impatient + (1.0 - self.impatient) * growth / self.yields);
        (early, early * growth)
    }

    /// What is left for each who waits when a share f withdraws early, each as far as it goes.
    pub fn late(self, early_share: f64) -> f64 {
        let (early, _) = self.contract();
        (self.yields * (1.0 - early * early_share) / (1.0 - early_share)).max(0.0)
    }

    /// Share of early withdrawals from which a patient depositor runs too, and from which nothing is left.
    pub fn run_from(self) -> (f64, f64) {
        let (early, _) = self.contract();
        ((self.yields - early) / (early * (self.yields - 1.0)), 1.0 / early)
    }
}

/// Depositors with utility `1 - exp(-aversion c)` and a project that yields `yields` with a probability equal to the
/// fundamental, uniform on 0 to 1; whoever withdraws early gets `early`.
#[derive(Clone, Copy, Debug)]
pub struct GoldsteinPauzner {
    pub aversion: f64,
    pub yields: f64,
    pub impatient: f64,
    pub early: f64,
}

impl GoldsteinPauzner {
    fn utility(self, consumption: f64) -> f64 {
        1.0 - libm::exp(-self.aversion * consumption)
    }

    /// Utility of waiting if the project succeeds and a share n withdraws early, while there is anything left.
    fn waiting(self, n: f64) -> f64 {
        self.utility(self.yields * (1.0 - self.early * n) / (1.0 - n))
    }

    /// Below it running is best whatever the others do.
    pub fn lower_dominance(self) -> f64 {
        self.utility(self.early) / self.waiting(self.impatient)
    }

    /// The fundamental below which all run, if each sees it with noise uniform on `-noise` to `noise`. Who sees just the
    /// threshold believes the share of early withdrawals uniform on `impatient` to 1, and is indifferent.
    pub fn threshold(self, noise: f64) -> f64 {
        let (from, to) = (self.impatient, 1.0 / self.early);
        let seen_by = |n: f64| noise * (1.0 - 2.0 * (n - from) / (1.0 - from));
        // while it lasts, running pays u(early); after that, a chance of 1 / (early n) of it
        let running = self.utility(self.early) * (to - from - libm::log(to) / self.early);
        let waiting = simpson(from, to, |n| self.waiting(n));
        let noisy = simpson(from, to, |n| seen_by(n) * self.waiting(n));
        (running - noisy) / waiting
    }
}

/// Simpson's rule, fine enough for integrands that bend within 2 % of the interval at its end.
fn simpson(from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
    let pieces = 40_000;
    let width = (to - from) / f64::from(pieces);
    let weighted = (0..=pieces).map(|k| {
        let weight = if k == 0 || k == pieces { 1.0 } else { f64::from(2 + 2 * (k % 2)) };
        weight * f(from + width * f64::from(k))
    });
    weighted.sum::<f64>() * width / 3.0
}

fn assert_printed(found: f64, printed: f64) {
    assert!((found - printed).abs() <= 5.001e-11, "{found} instead of {printed}");
}

#[test]
fn p14_first_come_first_served() {
    for (borrowed, share, utilisation) in
        [(800.0, 200.0 / 300.0, 1.0), (900.0, 100.0 / 300.0, 1.0), (500.0, 1.0, 0.714_285_714_2)]
    {
        let (served, after) = first_come(1000.0, borrowed, 0.3);
        assert!((served - share).abs() < 1e-15 && (after - utilisation).abs() < 1e-10);
    }
}

/// The engine's pool, over more sizes of a run than are published.
#[test]
fn the_pool_serves_as_the_formula_says() {
    for (borrowed, leaving) in [(100.0, 0.95), (500.0, 0.4), (500.0, 0.6), (700.0, 0.3), (850.0, 0.25), (980.0, 0.9)] {
        let (served, after) = first_come(1000.0, borrowed, leaving);
        for when_dry in ["fail", "queue"] {
            let (paid, utilisation, _) = pool::served(borrowed, leaving, when_dry);
            assert!((paid - served).abs() < 1e-6, "{when_dry} {borrowed} {leaving}: {paid}, not {served}");
            assert!((utilisation - after).abs() < 1e-6, "{when_dry} {borrowed} {leaving}: {utilisation}, not {after}");
        }
    }
}

#[test]
fn p14_diamond_dybvig() {
    for ((gamma, yields, impatient), (early, late, run, exhausted)) in [
        ((2.0, 1.5, 0.3), (1.147_384_253_4, 1.405_252_979_9, 0.614_642_819_9, 0.871_547_606_6)),
        ((3.0, 1.25, 0.25), (1.115_660_020_2, 1.201_808_324_9, 0.481_652_035_0, 0.896_330_407_0)),
    ] {
        let bank = DiamondDybvig { gamma, yields, impatient };
        assert_printed(bank.contract().0, early);
        assert_printed(bank.contract().1, late);
        assert_printed(bank.run_from().0, run);
        assert_printed(bank.run_from().1, exhausted);
        // The budget is used up, marginal utility early is the yield times that late, and there whoever waits has as much.
        let (early, late) = bank.contract();
        assert!((impatient * early + (1.0 - impatient) * late / yields - 1.0).abs() < 1e-14);
        assert!((libm::pow(early, -gamma) / (yields * libm::pow(late, -gamma)) - 1.0).abs() < 1e-13);
        assert!((bank.late(impatient) - late).abs() < 1e-13 && (bank.late(bank.run_from().0) - early).abs() < 1e-13);
        assert!(bank.late(bank.run_from().1).abs() < 1e-13);
    }
}

#[test]
fn p14_goldstein_pauzner() {
    let bank = |early: f64| GoldsteinPauzner { aversion: 1.2, yields: 6.0, impatient: 0.1, early };
    for (early, threshold, lower) in [
        (1.02, 0.725_505_018_3, 0.706_484_353_3),
        (1.05, 0.764_463_664_7, 0.716_903_046_3),
        (1.10, 0.828_926_344_3, 0.733_457_894_4),
    ] {
        assert_printed(bank(early).threshold(0.0), threshold);
        assert_printed(bank(early).lower_dominance(), lower);
        assert!(threshold > lower);
        // The formula as it is printed: u(r)(1 - lam r + ln r) / (r integral).
        let b = bank(early);
        let integral = simpson(0.1, 1.0 / early, |n| b.waiting(n));
        assert_printed(b.utility(early) * (1.0 - 0.1 * early + libm::log(early)) / (early * integral), threshold);
    }
    for (noise, threshold) in [(0.05, 0.761_318_280_6), (0.01, 0.763_834_587_9), (0.001, 0.764_400_757_0)] {
        assert_printed(bank(1.05).threshold(noise), threshold);
    }
}

/// What depositors who follow nobody put in front of their own rule.
const ALONE: &str = "discount_per_day = 0.0, outflow_per_day = 0.0";

/// Depositors of 100,000 with claims of c1 each on a pool that has 1 each. Some withdraw early; a patient one runs once the
/// share that has withdrawn makes waiting worse. All run within the step, or nobody, on either side of the published share,
/// one depositor apart; the pool pays in full until `1 / c1` have come.
#[test]
fn p14_agents_run_from_the_share_of_diamond_and_dybvig() {
    for (gamma, yields, impatient) in [(2.0, 1.5, 0.3), (3.0, 1.25, 0.25)] {
        let rule = DiamondDybvig { gamma, yields, impatient };
        let ((claim, _), (from, until)) = (rule.contract(), rule.run_from());
        let owners = 100_000;
        let play = |early: usize, run_from: f64| {
            let patient = format!(
                "calm_per_day = 0.0, discount_per_day = 0.0, outflow_per_day = 1.0, \
                 threshold = {{ fixed = {{ per_day = {run_from} }} }}"
            );
            let now = format!("calm_per_day = 1e9, {ALONE}");
            bank(claim, &[("early", early, &now), ("patient", owners - early, &patient)], "", 2)
        };
        let count = |share: f64| (share * owners as f64).floor() as usize;
        let paid = |outcome: &Outcome| outcome.pools[0].paid_usd / owners as f64;
        let (quiet, left) = play(count(from), from);
        assert_eq!(left, [0.0, count(from) as f64, count(from) as f64]);
        assert!((paid(&quiet) - claim * count(from) as f64 / owners as f64).abs() < 1e-7);
        assert_eq!(quiet.pools[0].first_failed_step, None);
        let (run, left) = play(count(from) + 1, from);
        assert_eq!(left, [0.0, owners as f64, owners as f64], "in the same step");
        assert!((paid(&run) - 1.0).abs() < 1e-7 && run.pools[0].utilisation_max == 1.0);
        assert!((run.pools[0].unpaid_end_usd / owners as f64 - (claim - 1.0)).abs() < 1e-7);
        // Nobody follows: the last who is paid in full, and the first who is not.
        assert_eq!(play(count(until), 10.0).0.pools[0].first_failed_step, None);
        assert_eq!(play(count(until) + 1, 10.0).0.pools[0].first_failed_step, Some(1));
    }
}

/// What the engine's pool does when patient depositors see a fundamental with noise and run below a cutoff: the share that
/// withdraws early, and the share of what they ask for that is paid.
fn play(rule: GoldsteinPauzner, owners: usize, fundamental: f64, noise: f64, cutoff: f64) -> (f64, f64) {
    let early = (rule.impatient * owners as f64).round() as usize;
    // Whoever's own view of the fundamental, uniform around it, is at most the cutoff runs.
    let patient = format!(
        "calm_per_day = {cutoff}, {ALONE}, \
         threshold = {{ uniform = {{ from_per_day = {}, to_per_day = {} }} }}",
        fundamental - noise,
        fundamental + noise
    );
    let now = format!("calm_per_day = 1e9, {ALONE}");
    let (outcome, left) = bank(rule.early, &[("impatient", early, &now), ("patient", owners - early, &patient)], "", 1);
    (left[1] / owners as f64, outcome.pools[0].paid_usd / (left[1] * rule.early))
}

const NOISE: f64 = 1e-3;

/// Bisection for the fundamental at which half of the patient run: within 2e-3 of the published threshold. On either side
/// all of them run, and the pool pays `1 / r1` of what is asked; or none does.
#[test]
fn p14_agents_run_below_the_threshold_of_goldstein_and_pauzner() {
    for (early, threshold) in [(1.02, 0.725_505_018_3), (1.05, 0.764_463_664_7), (1.10, 0.828_926_344_3)] {
        let rule = GoldsteinPauzner { aversion: 1.2, yields: 6.0, impatient: 0.1, early };
        let cutoff = rule.threshold(NOISE);
        let play = |fundamental: f64| play(rule, 10_000, fundamental, NOISE, cutoff);
        let (mut low, mut high) = (threshold - 2e-3, threshold + 2e-3);
        let (all, served) = play(low);
        assert!(all == 1.0 && (served - 1.0 / early).abs() < 1e-9, "{all} {served}");
        let (n, served) = play(high);
        assert!(n == rule.impatient && (served - 1.0).abs() < 1e-9, "{n} {served}");
        while high - low > 2e-5 {
            let middle = f64::midpoint(low, high);
            let patient = (play(middle).0 - rule.impatient) / (1.0 - rule.impatient);
            if patient > 0.5 { low = middle } else { high = middle }
        }
        assert!((low - cutoff).abs() < 5e-5, "half run at {low}, not {cutoff}");
        assert!((low - threshold).abs() < 2e-3, "half run at {low}, not {threshold}");
    }
}

/// The cutoff is a best response to what the engine's pool then does: over the fundamentals that one who sees just the cutoff
/// thinks possible, running and waiting are worth the same; at a cutoff a little higher waiting is worth more, at one a
/// little lower running is.
#[test]
fn p14_who_sees_just_the_threshold_is_indifferent() {
    let noise = 0.01;
    for early in [1.02, 1.05, 1.10] {
        let rule = GoldsteinPauzner { aversion: 1.2, yields: 6.0, impatient: 0.1, early };
        let gain_of_waiting = |cutoff: f64| {
            let points = 50;
            let gains = (0..points).map(|k| {
                let fundamental = cutoff + noise * (2.0 * (f64::from(k) + 0.5) / f64::from(points) - 1.0);
                let (n, served) = play(rule, 4_000, fundamental, noise, cutoff);
                let waiting = if served < 1.0 - 1e-6 { 0.0 } else { fundamental * rule.waiting(n) };
                waiting - served * rule.utility(early)
            });
            gains.sum::<f64>() / f64::from(points)
        };
        let cutoff = rule.threshold(noise);
        assert!(gain_of_waiting(cutoff).abs() < 0.01, "{}", gain_of_waiting(cutoff));
        assert!(gain_of_waiting(cutoff + 0.05) > 0.01, "{}", gain_of_waiting(cutoff + 0.05));
        assert!(gain_of_waiting(cutoff - 0.05) < -0.01, "{}", gain_of_waiting(cutoff - 0.05));
    }
}

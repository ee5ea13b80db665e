//! Closed forms of bank runs, for tests of the engine's runs: first come first served, Diamond and Dybvig (1983),
//! Goldstein and Pauzner (2005); every number of case P14.

use crate::engine::pool;

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

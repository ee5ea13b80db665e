//! Patience is drawn as far as it is reached: its law is that of a draw for every owner, whatever was asked before.

use super::load;
use rehypo::engine::patience::Patience;
use rehypo::id::{CohortId, OwnerId};
use rehypo::population::Population;
use rehypo::population::opening::open;
use rehypo::random::normal_cdf;
use rehypo::scenario::Loaded;

/// Two cohorts of depositors under that rule.
fn savers(owners: usize, rule: &str) -> Loaded {
    let cohort = format!(
        r#"
coin = "usdt"
owners = {owners}
wealth.fixed = {{ usd = 1.0 }}
chain = [ {{ deposit = {{ venue = "earn" }} }} ]
runs = {{ calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9{rule} }}
"#
    );
    let world = format!(
        r#"
name = "savers"
run = {{ paths = 1, seed = 5, horizon = "1d", step = "1h" }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, btc = {{ price_usd = 100.0 }} }}
prices.gbm.volatility_per_year = {{ btc = 0.5 }}
venues.earn.savings.when_dry = "fail"
[venues.earn.savings.reserves.usdt]
receipt = "ldusdt"
outside_supply_usd = 0.0
utilisation = 0.0
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[[cohorts]]
name = "one"
{cohort}
[[cohorts]]
name = "other"
{cohort}
"#
    );
    load(&world, &[], "")
}

const ONE: CohortId = CohortId(0);
const OTHER: CohortId = CohortId(1);

/// The owners of both cohorts with that haste, over and over.
fn in_haste(loaded: &Loaded, haste: &[f64]) -> Population {
    let mut population = open(&loaded.scenario).unwrap();
    for (owner, haste) in population.owners.iter_mut().zip(haste.iter().cycle()) {
        owner.haste = *haste;
    }
    population
}

fn all(patience: &mut Patience, path: u64) -> Vec<(f64, OwnerId)> {
    patience.begin(path);
    patience.up_to(ONE, f64::INFINITY).to_vec()
}

/// Kolmogorov's distance of probabilities from the uniform law, in units of `1 / sqrt(n)`: 1.95 is passed once in 1,000.
fn distance(mut probabilities: Vec<f64>) -> f64 {
    probabilities.sort_by(f64::total_cmp);
    let n = probabilities.len() as f64;
    let off =
        probabilities.iter().enumerate().map(|(i, p)| (p - i as f64 / n).abs().max((p - (i + 1) as f64 / n).abs()));
    off.fold(0.0, f64::max) * n.sqrt()
}

const HASTE: [f64; 5] = [1.0, 3.0, 0.7, 2.2, 0.25];

/// Every owner's own draw has the law that was asked for, whatever the haste; and draws of two owners of a path, of one
/// class or of two, lie on either side of the median independently.
#[test]
fn each_owner_has_a_draw_of_the_law() {
    type Law = fn(f64) -> f64;
    let laws: [(&str, Law); 3] = [
        ("", |x| -libm::expm1(-x)),
        (", threshold = { lognormal = { median_per_day = 0.3, sigma = 0.7 } }", |x| {
            normal_cdf(libm::log(x / 0.3) / 0.7)
        }),
        (", threshold = { uniform = { from_per_day = 0.1, to_per_day = 0.5 } }", |x| (x - 0.1) / 0.4),
    ];
    for (rule, law) in laws {
        let loaded = savers(HASTE.len(), rule);
        let population = in_haste(&loaded, &HASTE);
        let mut patience = Patience::new(&loaded.scenario, &population);
        let paths = 4_000;
        let mut by_owner = vec![Vec::new(); HASTE.len()];
        for path in 0..paths {
            for (at, owner) in all(&mut patience, path) {
                by_owner[owner.index()].push(law(at * HASTE[owner.index()]));
            }
        }
        for i in 0..HASTE.len() {
            assert_eq!(by_owner[i].len() as u64, paths, "each leaves once");
            let found = distance(by_owner[i].clone());
            assert!(found < 1.95, "{rule} owner {i}: {found}");
            for j in 0..i {
                let same = by_owner[i].iter().zip(&by_owner[j]).filter(|(a, b)| (**a < 0.5) == (**b < 0.5)).count();
                let z = (same as f64 - paths as f64 / 2.0) / (paths as f64 / 4.0).sqrt();
                assert!(z.abs() < 3.9, "{rule} owners {i} and {j}: {z}");
            }
        }
    }
}

/// Who leaves first and who next: chances in proportion to haste among those who are left. Chi-square over the 20 ordered
/// pairs; 43.8 is passed once in 1,000.
#[test]
fn the_next_to_leave_is_any_of_those_left_in_proportion_to_haste() {
    let loaded = savers(HASTE.len(), "");
    let population = in_haste(&loaded, &HASTE);
    let mut patience = Patience::new(&loaded.scenario, &population);
    let paths = 20_000;
    let mut pairs = [[0.0; HASTE.len()]; HASTE.len()];
    for path in 0..paths {
        let left = all(&mut patience, path);
        pairs[left[0].1.index()][left[1].1.index()] += 1.0;
    }
    let sum: f64 = HASTE.iter().sum();
    let mut chi_square = 0.0;
    for (i, first) in HASTE.iter().enumerate() {
        for (j, second) in HASTE.iter().enumerate().filter(|(j, _)| *j != i) {
            let expected = paths as f64 * first / sum * second / (sum - first);
            chi_square += (pairs[i][j] - expected) * (pairs[i][j] - expected) / expected;
        }
    }
    assert!(chi_square < 43.8, "{chi_square}");
}

/// Asked in small steps, at once, by one world after another or after another path: the same owners at the same levels,
/// each once, rising; two cohorts have draws of their own.
#[test]
fn what_is_drawn_does_not_depend_on_who_asks() {
    for rule in [
        "",
        ", threshold = { lognormal = { median_per_day = 0.3, sigma = 0.2 } }",
        ", threshold = { fixed = { per_day = 0.3 } }",
    ] {
        let loaded = savers(500, rule);
        let haste: Vec<f64> = (0..997).map(|i| libm::exp2(f64::from(i % 97) / 16.0 - 3.0)).collect();
        let population = in_haste(&loaded, &haste);
        let mut patience = Patience::new(&loaded.scenario, &population);
        let at_once = all(&mut patience, 3);
        assert!(at_once.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)), "{rule}");
        let mut owners: Vec<OwnerId> = at_once.iter().map(|(_, owner)| *owner).collect();
        owners.sort_unstable();
        assert!(owners.into_iter().eq((0..500).map(OwnerId::at)), "each once");
        all(&mut patience, 4);
        patience.begin(3);
        for step in 0..400 {
            let level = f64::from(step) * 0.003;
            let due = at_once.iter().filter(|(at, _)| *at <= level).count();
            assert!(patience.up_to(ONE, level) == &at_once[..due], "{rule} up to {level}");
            assert!(patience.up_to(ONE, level / 2.0) == &at_once[..due], "what is drawn stays drawn");
        }
        assert!(patience.up_to(ONE, f64::INFINITY) == at_once, "{rule}");
        if !rule.contains("fixed") {
            let other = patience.up_to(OTHER, f64::INFINITY);
            assert!(!other.iter().zip(&at_once).any(|(a, b)| a.0 == b.0), "{rule}: two cohorts with the same draws");
            assert!(all(&mut patience, 4) != at_once, "{rule}: two paths with the same draws");
        }
    }
}

/// Who has nothing to leave with never leaves.
#[test]
fn no_haste_is_for_ever() {
    let loaded = savers(4, "");
    let population = in_haste(&loaded, &[0.0, 1.0]);
    let mut patience = Patience::new(&loaded.scenario, &population);
    let left = all(&mut patience, 0);
    assert_eq!(left.iter().filter(|(_, owner)| owner.index() % 2 == 1).count(), 2);
    assert_eq!(left.len(), 2);
}

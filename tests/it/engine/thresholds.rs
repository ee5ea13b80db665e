//! Runs by threshold against closed forms: laws of thresholds, equilibria of a run, best responses of depositors; and the
//! share of one's own loss.

use rehypo::engine::{Record, Simulation};
use rehypo::outcome::Outcome;
use rehypo::random::normal_cdf;
use rehypo::scenario::load_text;
use std::fmt::Write as _;
use std::path::Path;

/// A pool of one coin, nothing of it lent, and cohorts of owners with 1 USD each: name, how many, their runs.
fn run(cohorts: &[(&str, usize, &str)], shocks: &str, steps: usize) -> (Outcome, Vec<f64>) {
    bank(1.0, cohorts, shocks, steps)
}

/// The same with a claim on `early` USD for each USD that the pool has.
pub fn bank(early: f64, cohorts: &[(&str, usize, &str)], shocks: &str, steps: usize) -> (Outcome, Vec<f64>) {
    let mut world = format!(
        r#"
name = "thresholds"
run = {{ paths = 1, seed = 11, horizon = "{steps}h", step = "1h", counterfactuals = [] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, btc = {{ price_usd = 100.0 }} }}
prices.gbm.volatility_per_year = {{ btc = 1e-9 }}
venues.earn.savings.when_dry = "fail"
[venues.earn.savings.reserves.usdt]
receipt = "ldusdt"
outside_supply_usd = 0.0
utilisation = {}
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
"#,
        1.0 - 1.0 / early
    );
    for (name, owners, runs) in cohorts {
        write!(
            world,
            r#"
[[cohorts]]
name = "{name}"
owners = {owners}
coin = "usdt"
wealth.fixed = {{ usd = {early} }}
chain = [ {{ deposit = {{ venue = "earn" }} }} ]
runs = {{ utilisation_per_day = 0.0, utilisation_from = 0.9, size_exponent = 0.0, cap_per_day = 1e9, {runs} }}
"#
        )
        .unwrap();
    }
    let loaded = load_text(&(world + shocks), Path::new("."), "world", &[]).unwrap_or_else(|p| panic!("{p}"));
    let simulation = Simulation::new(&loaded.scenario).unwrap().with_checks();
    let names = simulation.series_names();
    let left = names.iter().position(|n| n.series == "left_owners").unwrap();
    let outcome = simulation.run(0, Record { events: false, series: true }, &mut simulation.workspace()).full;
    let lefts = outcome.series.chunks(names.len()).map(|row| row[left]).collect();
    (outcome, lefts)
}

/// Those leave whose threshold is at most the signal: the law's distribution function there.
#[test]
fn as_many_leave_as_the_law_of_thresholds_says() {
    let owners = 20_000;
    let se = |p: f64| (p * (1.0 - p) / f64::from(owners)).sqrt();
    for signal in [0.1, 0.3, 0.5] {
        for (law, share) in [
            ("lognormal = { median_per_day = 0.3, sigma = 0.7 }", normal_cdf(libm::log(signal / 0.3) / 0.7)),
            ("uniform = { from_per_day = 0.05, to_per_day = 0.45 }", ((signal - 0.05) / 0.4_f64).min(1.0)),
        ] {
            let runs = format!(
                "calm_per_day = {signal}, discount_per_day = 0.0, outflow_per_day = 0.0, threshold = {{ {law} }}"
            );
            let (_, left) = run(&[("savers", owners as usize, &runs)], "", 2);
            let found = left[1] / f64::from(owners);
            assert!((found - share).abs() <= 4.0 * se(share), "{law} at {signal}: {found}, not {share}");
            assert!(
                (left[2] - left[1]).abs() < 0.5,
                "a threshold is no hazard: a constant signal drives nobody else out"
            );
        }
    }
}

/// With thresholds uniform on 0 to b and a signal `s + f` (f has left), the run ends where `f = (s + f) / b`: at
/// `s / (b - 1)`, or with everybody if that is more than 1.
#[test]
fn a_run_ends_at_the_fixed_point_within_a_step() {
    let owners = 20_000;
    for (signal, b) in [(0.1, 2.0), (0.3, 2.0), (0.2, 1.5), (0.6, 1.5)] {
        let runs = format!(
            "calm_per_day = {signal}, discount_per_day = 0.0, outflow_per_day = 1.0, \
             threshold = {{ uniform = {{ from_per_day = 0.0, to_per_day = {b:.1} }} }}"
        );
        let (_, left) = run(&[("savers", owners, &runs)], "", 3);
        let expected = f64::min(signal / (b - 1.0), 1.0);
        assert!((left[1] / owners as f64 - expected).abs() < 0.03, "{signal} {b}: {} not {expected}", left[1]);
        assert!((left[3] - left[1]).abs() < 0.5, "what is reached in the first step is an equilibrium");
    }
}

/// A stablecoin at 0.8: each has lost a fifth. A threshold of 0.2 times the weight is reached, a higher one is not; the
/// discount of the coin is the same signal. A hazard of 0.2 * 12 a day lets exp(-0.1) stay after an hour.
#[test]
fn own_loss_and_the_discount_of_a_coin_drive_owners_out() {
    let depeg = "[[shocks]]\nat = \"2h\"\ndepeg = { coin = \"usdt\", price_usd = 0.8 }\n";
    for weight in ["discount_per_day = 0.0, own_loss_per_day", "own_loss_per_day = 0.0, discount_per_day"] {
        let left = |rest: &str| {
            let runs = format!("calm_per_day = 0.0, outflow_per_day = 0.0, {weight} = {rest}");
            run(&[("savers", 4000, &runs)], depeg, 2).1
        };
        assert_eq!(left("1.0, threshold = { fixed = { per_day = 0.199 } }"), [0.0, 0.0, 4000.0]);
        assert_eq!(left("1.0, threshold = { fixed = { per_day = 0.201 } }"), [0.0, 0.0, 0.0]);
        let by_hazard = left("12.0");
        assert_eq!(by_hazard[1], 0.0);
        let stay = 1.0 - by_hazard[2] / 4000.0;
        assert!((stay - libm::exp(-0.1)).abs() < 4.0 * (0.09_f64 / 4000.0).sqrt(), "{stay}");
    }
}

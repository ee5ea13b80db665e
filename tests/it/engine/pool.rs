//! The pool pays first come, first served, what it has; P14 of the published cases.

use super::{load, run};
use rehypo::event::EventKind;

/// A pool of 1,000 with so much lent, of which so much leaves at once.
fn pool(borrowed: f64, leaving: f64, when_dry: &str) -> String {
    format!(
        r#"
name = "pool"
[run]
paths = 1
seed = 3
horizon = "1d"
step = "1h"
[coins]
usdt = {{ peg_usd = 1.0 }}
btc = {{ price_usd = 100000 }}
[prices.gbm]
volatility_per_year = {{ btc = 0.5 }}
[venues.earn.savings]
when_dry = "{when_dry}"
[venues.earn.savings.reserves.usdt]
receipt = "ldusdt"
outside_supply_usd = {}
utilisation = {}
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[[cohorts]]
name = "savers"
owners = 300
coin = "usdt"
wealth.fixed = {{ usd = {} }}
chain = [ {{ deposit = {{ venue = "earn" }} }} ]
runs = {{ calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }}
[[shocks]]
at = "1h"
news = {{ leave_per_day = 1e9, half_life = "10d" }}
"#,
        1000.0 * (1.0 - leaving),
        borrowed / 1000.0,
        1000.0 * leaving / 300.0
    )
}

pub fn served(borrowed: f64, leaving: f64, when_dry: &str) -> (f64, f64, u32) {
    let outcome = run(&load(&pool(borrowed, leaving, when_dry), &[], ""), 0).full;
    let failed = outcome.events.iter().filter(|e| e.kind == EventKind::Leave).count() as u32;
    (outcome.pools[0].paid_usd / (1000.0 * leaving), outcome.pools[0].utilisation_max, failed)
}

#[test]
fn the_share_served_is_the_free_cash_over_the_demand() {
    for when_dry in ["fail", "queue"] {
        for (borrowed, share, utilisation) in
            [(800.0, 2.0 / 3.0, 1.0), (900.0, 1.0 / 3.0, 1.0), (500.0, 1.0, 5.0 / 7.0)]
        {
            let (paid, after, left) = served(borrowed, 0.3, when_dry);
            assert!((paid - share).abs() < 1e-6, "{when_dry} {borrowed}: served {paid}, not {share}");
            assert!(
                (after - utilisation).abs() < 1e-6,
                "{when_dry} {borrowed}: utilisation {after}, not {utilisation}"
            );
            assert_eq!(left, 300);
        }
    }
}

#[test]
fn what_is_unpaid_is_what_was_asked_for_less_what_was_paid() {
    let outcome = run(&load(&pool(800.0, 0.3, "queue"), &[], ""), 0).full;
    let pool = &outcome.pools[0];
    assert!((pool.unpaid_end_usd - 100.0).abs() < 1e-3, "{}", pool.unpaid_end_usd);
    assert!((pool.requested_usd - pool.paid_usd - pool.unpaid_end_usd).abs() < 1e-9);
    assert_eq!(pool.first_failed_step, Some(1));
}

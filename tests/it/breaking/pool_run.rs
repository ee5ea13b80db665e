//! A pool of 1,000 with 800 lent: 300 are asked for, 200 are there, the rest waits in line.

use super::{check, table};

const WORLD: &str = r#"
name = "pool_run"
run = { paths = 1, seed = 3, horizon = "4h", step = "1h", counterfactuals = [] }
coins = { usdt = { peg_usd = 1.0 }, btc = { price_usd = 100.0 } }
prices.gbm.volatility_per_year = { btc = 1e-9 }
venues.earn.savings.when_dry = "queue"
[venues.earn.savings.reserves.usdt]
receipt = "ldusdt"
outside_supply_usd = 700.0
utilisation = 0.8
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[[cohorts]]
name = "savers"
owners = 3
coin = "usdt"
wealth.fixed = { usd = 100.0 }
chain = [ { deposit = { venue = "earn" } } ]
runs = { calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }
[[shocks]]
at = "2h"
news = { leave_per_day = 1e9, half_life = "10d" }
"#;

#[test]
fn the_first_two_are_paid_and_the_third_waits() {
    let columns = [("utilisation:earn/usdt", 3), ("unpaid_usd:earn", 2), ("left_owners", 0)];
    check(
        &table(WORLD, &columns, 1),
        "
hour  utilisation:earn/usdt  unpaid_usd:earn  left_owners
   0                  0.800             0.00            0
   1                  0.800             0.00            0
   2                  1.000           100.00            3
   3                  1.000           100.00            3
   4                  1.000           100.00            3
",
    );
}

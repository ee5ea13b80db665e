//! Liquid Swap: four fifths of a pool's dollars lie in a savings pool that has lent nearly all it has.

use super::{check, table};

const WORLD: &str = r#"
name = "liquid_swap"
run = { paths = 1, seed = 3, horizon = "3h", step = "1h", counterfactuals = [] }
coins = { usdt = { peg_usd = 1.0 }, btc = { price_usd = 100.0 } }
prices.gbm.volatility_per_year = { btc = 1e-9 }
venues.earn.savings.when_dry = "fail"
[venues.earn.savings.reserves.usdt]
receipt = "ldusdt"
outside_supply_usd = 6000.0
utilisation = 0.95
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[venues.swap.amm]
assets = ["btc", "usdt"]
lp = "lp"
outside_reserves_usd = 1000.0
fee = 0.0
idle = { venue = "earn", share = 0.8 }
[[cohorts]]
name = "providers"
owners = 3
coin = "usdt"
wealth.fixed = { usd = 3000.0 }
chain = [ { provide = { venue = "swap" } } ]
runs = { calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }
[[shocks]]
at = "2h"
news = { leave_per_day = 1e9, half_life = "10d" }
"#;

/// The pool has 50 bitcoin and 5,000 dollars, of which 1,000 in hand and 4,000 in savings; of the 10,000 there 9,500 are lent and
/// 500 are free. Each provider is owed 15 bitcoin and 1,500 dollars: the first gets the 1,000 and the 500, for the two others
/// (3,000 each) there is not a dollar, and half of their share in bitcoin alone is not paid out.
#[test]
fn the_first_empties_the_savings_pool_and_nobody_else_gets_out() {
    let columns = [
        ("reserve_usd:swap/usdt", 1),
        ("reserve_usd:swap/btc", 1),
        ("unburned_usd:swap", 1),
        ("utilisation:earn/usdt", 3),
        ("left_owners", 0),
    ];
    check(
        &table(WORLD, &columns, 1),
        "
hour  reserve_usd:swap/usdt  reserve_usd:swap/btc  unburned_usd:swap  utilisation:earn/usdt  left_owners
   0                 5000.0                5000.0                0.0                  0.950            0
   1                 5000.0                5000.0                0.0                  0.950            0
   2                 3500.0                3500.0             6000.0                  1.000            3
   3                 3500.0                3500.0             6000.0                  1.000            3
",
    );
}

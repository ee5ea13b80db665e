//! A loan beyond `1 / (1 + bonus)`: each liquidation makes it worse, until the collateral is gone (case P06).

use super::{check, table};

/// The coin falls until the collateral is worth 100 and the debt is 95.5; a liquidation an hour, half of the debt each.
const WORLD: &str = r#"
name = "liquidation_spiral"
run = { paths = 1, seed = 3, horizon = "8h", step = "1h", counterfactuals = [] }
coins = { usdt = { peg_usd = 1.0 }, btc = { price_usd = 191.0 } }
prices.gbm.volatility_per_year = { btc = 1e-9 }
markets.btc.spot.book = { depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "15m" }
venues.pool.savings.loans = { initial_ltv = 0.5, margin_call_ltv = 0.8, liquidation_ltv = 0.9, liquidation_fee = 0.08, close_factor = 0.5, full_close_below_health_factor = 0.0 }
[venues.pool.savings.reserves.usdt]
receipt = "pusdt"
outside_supply_usd = 200.0
utilisation = 0.0
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[venues.pool.savings.reserves.btc]
receipt = "pbtc"
outside_supply_usd = 0.0
utilisation = 0.0
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[[cohorts]]
name = "borrower"
owners = 1
coin = "btc"
wealth.fixed = { usd = 191.0 }
chain = [ { deposit = { venue = "pool" } }, { borrow = { venue = "pool", coin = "usdt", ltv = 0.5 } } ]
[[shocks]]
at = "2h"
gap = { btc = -0.476439790575916 }
"#;

/// Debt 95.5, 47.75, 23.875, 11.9375, 5.96875, 2.984375 of the pool's 200; collateral 100 less 1.08 times what was repaid:
/// 48.43, 22.645, 9.7525, 3.30625, 0.083125. The last pays 0.083125 / 1.08 of the debt; 2.907407 is written off.
#[test]
fn half_is_repaid_each_hour_and_the_rest_is_lost() {
    let columns = [("spot_price_usd:btc", 2), ("utilisation:pool/usdt", 9), ("bad_debt_usd:pool", 6)];
    check(
        &table(WORLD, &columns, 1),
        "
hour  spot_price_usd:btc  utilisation:pool/usdt  bad_debt_usd:pool
   0              191.00            0.477500000           0.000000
   1              191.00            0.477500000           0.000000
   2              100.00            0.238750000           0.000000
   3              100.00            0.119375000           0.000000
   4              100.00            0.059687500           0.000000
   5              100.00            0.029843750           0.000000
   6              100.00            0.014921875           0.000000
   7              100.00            0.000000000           2.907407
   8              100.00            0.000000000           2.907407
",
    );
}

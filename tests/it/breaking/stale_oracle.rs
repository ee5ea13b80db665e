//! A pool whose oracle is two hours old is liquidated too late.

use super::{check, table};

/// One coin at 100 backs 80. It falls by 10 % after an hour and by 30 % after three.
const WORLD: &str = r#"
name = "stale_oracle"
run = { paths = 1, seed = 3, horizon = "6h", step = "1h", counterfactuals = [] }
coins = { usdt = { peg_usd = 1.0 }, btc = { price_usd = 100.0 } }
prices.gbm.volatility_per_year = { btc = 1e-9 }
markets.btc.spot.book = { depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "15m" }
[venues.pool.savings]
loans = { initial_ltv = 0.8, margin_call_ltv = 0.82, liquidation_ltv = 0.85, liquidation_fee = 0.05, close_factor = 0.5 }
[venues.pool.savings.reserves.usdt]
receipt = "pusdt"
outside_supply_usd = 200.0
utilisation = 0.4
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
stale = "2h"
[[cohorts]]
name = "borrower"
owners = 1
coin = "btc"
wealth.fixed = { usd = 100.0 }
chain = [ { deposit = { venue = "pool" } }, { borrow = { venue = "pool", coin = "usdt", ltv = 0.8 } } ]
[[shocks]]
at = "1h"
gap = { btc = -0.1 }
[[shocks]]
at = "3h"
gap = { btc = -0.3 }
"#;

const COLUMNS: [(&str, usize); 3] = [("spot_price_usd:btc", 2), ("utilisation:pool/usdt", 6), ("bad_debt_usd:pool", 2)];

/// At hour 3 the oracle says 90: the limit is 76.5, but what 1.05 / 90 of a coin buys is worth 0.735 of the debt, so nobody
/// comes. At hour 5 it says 63: all of it pays for 60, and 20 are lost.
#[test]
fn nobody_liquidates_at_a_price_that_is_gone() {
    check(
        &table(WORLD, &COLUMNS, 1),
        "
hour  spot_price_usd:btc  utilisation:pool/usdt  bad_debt_usd:pool
   0              100.00               0.400000               0.00
   1               90.00               0.400000               0.00
   2               90.00               0.400000               0.00
   3               63.00               0.400000               0.00
   4               63.00               0.400000               0.00
   5               63.00               0.000000              20.00
   6               63.00               0.000000              20.00
",
    );
}

/// The same with an oracle of now: at 90 half is repaid (40 for 42 of collateral), which leaves 48 against 40, limit 40.8.
/// At 63 the 33.6 left pay for 32 of it: 8 are lost.
#[test]
fn in_time_most_of_it_is_saved() {
    check(
        &table(&WORLD.replace("stale = \"2h\"", ""), &COLUMNS, 1),
        "
hour  spot_price_usd:btc  utilisation:pool/usdt  bad_debt_usd:pool
   0              100.00               0.400000               0.00
   1               90.00               0.200000               0.00
   2               90.00               0.200000               0.00
   3               63.00               0.000000               8.00
   4               63.00               0.000000               8.00
   5               63.00               0.000000               8.00
   6               63.00               0.000000               8.00
",
    );
}

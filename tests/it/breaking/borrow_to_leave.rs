//! Deposits of ether are stuck: their owners borrow the pool's dollars against them, until those are gone too.

use super::{check, table};

/// Three have an ether of 100 each; half is lent. Dollars: 120 of outsiders and 40 of a saver, a quarter is lent. The
/// ether savers leave in the first hour, the dollar saver when all dollars are lent.
const WORLD: &str = r#"
name = "borrow_to_leave"
run = { paths = 1, seed = 3, horizon = "2h", step = "1h", counterfactuals = [] }
coins = { usdc = { peg_usd = 1.0 }, eth = { price_usd = 100.0 } }
prices.gbm.volatility_per_year = { eth = 1e-9 }
markets.eth.spot.book = { depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "15m" }
[venues.pool.savings]
when_dry = "fail"
loans = { initial_ltv = 0.8, margin_call_ltv = 0.82, liquidation_ltv = 0.85, liquidation_fee = 0.05, close_factor = 0.5 }
[venues.pool.savings.reserves.eth]
receipt = "peth"
outside_supply_usd = 0.0
utilisation = 0.5
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[venues.pool.savings.reserves.usdc]
receipt = "pusdc"
outside_supply_usd = 120.0
utilisation = 0.25
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[[cohorts]]
name = "ether"
owners = 3
coin = "eth"
wealth.fixed = { usd = 100.0 }
chain = [ { deposit = { venue = "pool" } } ]
runs = { calm_per_day = 1e9, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9, borrow_to_leave = true }
[[cohorts]]
name = "dollars"
owners = 1
coin = "usdc"
wealth.fixed = { usd = 40.0 }
chain = [ { deposit = { venue = "pool" } } ]
runs = { calm_per_day = 0.0, utilisation_per_day = 1.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9, threshold = { fixed = { per_day = 0.99 } } }
"#;

const COLUMNS: [(&str, usize); 5] = [
    ("utilisation:pool/eth", 3),
    ("utilisation:pool/usdc", 3),
    ("cash_usd:pool/usdc", 2),
    ("unpaid_usd:pool", 2),
    ("left_owners", 0),
];

/// 150 of ether is free: one is paid 100, one 50, one nothing. The half ether that is stuck lends 40, the whole one 80: the
/// 120 dollars that are free. The ether stays behind as collateral; the dollar saver's 40 are asked for and not paid.
#[test]
fn a_run_on_ether_dries_up_the_dollars() {
    check(
        &table(WORLD, &COLUMNS, 1),
        "
hour  utilisation:pool/eth  utilisation:pool/usdc  cash_usd:pool/usdc  unpaid_usd:pool  left_owners
   0                 0.500                  0.250              120.00             0.00            0
   1                 1.000                  1.000                0.00            40.00            4
   2                 1.000                  1.000                0.00            40.00            4
",
    );
}

/// The same with the dollars frozen: nobody borrows them.
#[test]
fn a_freeze_stops_it() {
    let frozen = WORLD.to_owned() + "[[shocks]]\nat = \"1h\"\nfreeze = { venue = \"pool\", reserves = [\"usdc\"] }\n";
    check(
        &table(&frozen, &COLUMNS, 1),
        "
hour  utilisation:pool/eth  utilisation:pool/usdc  cash_usd:pool/usdc  unpaid_usd:pool  left_owners
   0                 0.500                  0.250              120.00             0.00            0
   1                 1.000                  0.250              120.00           150.00            3
   2                 1.000                  0.250              120.00           150.00            3
",
    );
}

/// Frozen only after they have borrowed: who has left with a loan does not repay it.
#[test]
fn a_freeze_that_is_late_changes_nothing() {
    let late = WORLD.to_owned() + "[[shocks]]\nat = \"2h\"\nfreeze = { venue = \"pool\" }\n";
    assert_eq!(table(&late, &COLUMNS, 1), table(WORLD, &COLUMNS, 1));
}

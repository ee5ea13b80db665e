//! Where a run goes: into another pool, into another coin.

use super::{check, table};

/// Two deposits of 100, a quarter lent; another pool with 100 of outsiders, of which 90 is lent. Everybody leaves in the
/// second hour.
fn world(runs: &str, more: &str) -> String {
    let reserve = |pool: &str, supply: f64, utilisation: f64| {
        format!(
            r#"
venues.{pool}.savings.when_dry = "fail"
[venues.{pool}.savings.reserves.usdc]
receipt = "{pool}usdc"
outside_supply_usd = {supply:.1}
utilisation = {utilisation}
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
"#
        )
    };
    let (aave, spark) = (reserve("aave", 0.0, 0.25), reserve("spark", 100.0, 0.9));
    let (aave_head, aave) = aave.split_at(aave.find('[').unwrap());
    let (spark_head, spark) = spark.split_at(spark.find('[').unwrap());
    format!(
        r#"
name = "flight"
run = {{ paths = 1, seed = 3, horizon = "4h", step = "1h", counterfactuals = [] }}
coins = {{ usdc = {{ peg_usd = 1.0 }}, usdt = {{ peg_usd = 1.0 }}, btc = {{ price_usd = 100.0 }} }}
prices.gbm.volatility_per_year = {{ btc = 1e-9 }}
markets.usdc.spot.linear = {{ depth_1pct_usd = 1000.0, permanent_share = 1.0, recovery_half_life = "15m" }}
{aave_head}{spark_head}{aave}{spark}
[[cohorts]]
name = "savers"
owners = 2
coin = "usdc"
wealth.fixed = {{ usd = 100.0 }}
chain = [ {{ deposit = {{ venue = "aave" }} }} ]
runs = {{ calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9, {runs} }}
[[shocks]]
at = "2h"
news = {{ leave_per_day = 1e9 }}
{more}"#
    )
}

const POOLS: [(&str, usize); 4] =
    [("cash_usd:aave/usdc", 2), ("supplied_usd:spark/usdc", 2), ("utilisation:spark/usdc", 3), ("flight_usd", 2)];

/// 150 is paid and arrives: 90 of 250 is lent there.
#[test]
fn what_leaves_one_pool_is_deposited_in_another() {
    check(
        &table(&world("flight_to = { pool = \"spark\" }", ""), &POOLS, 1),
        "
hour  cash_usd:aave/usdc  supplied_usd:spark/usdc  utilisation:spark/usdc  flight_usd
   0              150.00                   100.00                   0.900        0.00
   1              150.00                   100.00                   0.900        0.00
   2                0.00                   250.00                   0.360      150.00
   3                0.00                   250.00                   0.360      150.00
   4                0.00                   250.00                   0.360      150.00
",
    );
}

#[test]
fn a_frozen_pool_takes_nobody_in() {
    let freeze = "[[shocks]]\nat = \"1h\"\nfreeze = { venue = \"spark\" }\n";
    check(
        &table(&world("flight_to = { pool = \"spark\" }", freeze), &POOLS, 1),
        "
hour  cash_usd:aave/usdc  supplied_usd:spark/usdc  utilisation:spark/usdc  flight_usd
   0              150.00                   100.00                   0.900        0.00
   1              150.00                   100.00                   0.900        0.00
   2                0.00                   100.00                   0.900        0.00
   3                0.00                   100.00                   0.900        0.00
   4                0.00                   100.00                   0.900        0.00
",
    );
}

/// Coins worth 150 are sold for another; 1,000 moves the log-price by 0.01. Within 0.1 % of the price of the hour's start,
/// -1000 ln(0.999) / 0.01 = 100.05 coins are sold in the second hour, down to 0.999, and 49.95 at 0.999 in the third, down to
/// exp(-0.0015): 100.05 + 49.95 * 0.999 = 149.95.
#[test]
fn flight_into_another_coin_moves_its_price() {
    let columns = [("spot_price_usd:usdc", 5), ("flight_usd", 2)];
    check(
        &table(&world("accept_discount = 0.001, flight_to = { coin = \"usdt\" }", ""), &columns, 1),
        "
hour  spot_price_usd:usdc  flight_usd
   0              1.00000        0.00
   1              1.00000        0.00
   2              0.99900      100.05
   3              0.99850      149.95
   4              0.99850      149.95
",
    );
}

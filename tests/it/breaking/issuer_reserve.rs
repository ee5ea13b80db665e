//! Negative funding eats the reserve fund, then the backing; positive funding fills it up to its target.

use super::issuer_gate::WORLD;
use super::{check, table};

const COLUMNS: [(&str, usize); 4] = [
    ("issuer_reserve_usd:bfusd", 2),
    ("issuer_hedge_usd:bfusd", 2),
    ("issuer_claims_usd:bfusd", 2),
    ("token_redemption_usd:bfusd", 4),
];

/// Nobody leaves, half a dollar in the fund, and a funding rate per 8 hours of the premium less 0.05 %.
fn world(premium: f64, more: &str) -> String {
    WORLD
        .replace("horizon = \"8d\"", "horizon = \"4d\"")
        .replace("leave_per_day = 1e9", "leave_per_day = 1e-12")
        .replace("reserve_fund_share = 0.0", &format!("reserve_fund_share = 0.005\n{more}"))
        .replace("funding.interest_8h = 0.0", &format!("funding = {{ interest_8h = 0.0, premium_8h = {premium} }}"))
}

/// Shorts of 40 pay 0.25 % three times a day, 0.30: the fund of 0.50 has 0.20 after a day and pays 0.20 of the next 0.30.
/// From then on the shorts' account bears it. Assets were 100.50, so that the token is worth 0.999 after two days.
#[test]
fn negative_funding_eats_the_reserve_and_then_the_backing() {
    check(
        &table(&world(-0.003, ""), &COLUMNS, 1),
        "
hour  issuer_reserve_usd:bfusd  issuer_hedge_usd:bfusd  issuer_claims_usd:bfusd  token_redemption_usd:bfusd
   0                      0.50                   40.00                   100.00                      1.0000
  24                      0.20                   40.00                   100.00                      1.0000
  48                      0.00                   39.90                   100.00                      0.9990
  72                      0.00                   39.60                   100.00                      0.9960
  96                      0.00                   39.30                   100.00                      0.9930
",
    );
}

/// The same rate the other way: 0.30 a day fill the fund to 0.8 % of 100 tokens, the rest stays with the shorts.
#[test]
fn positive_funding_fills_the_reserve_to_its_target() {
    check(
        &table(&world(0.003, "reserve_fund_target_share = 0.009"), &COLUMNS, 1),
        "
hour  issuer_reserve_usd:bfusd  issuer_hedge_usd:bfusd  issuer_claims_usd:bfusd  token_redemption_usd:bfusd
   0                      0.50                   40.00                   100.00                      1.0000
  24                      0.80                   40.00                   100.00                      1.0000
  48                      0.90                   40.20                   100.00                      1.0000
  72                      0.90                   40.50                   100.00                      1.0000
  96                      0.90                   40.80                   100.00                      1.0000
",
    );
}

/// With a taker fee of 1 % the 4 a day that are bought back cost 0.04, which the fund pays to the treasury. The margin that
/// comes home is the share of the shorts closed, a tenth, a ninth, an eighth, of the equity after the fee: 3.996 of 39.96, 3.9916
/// of 35.924, 3.9865 of 31.8924.
#[test]
fn the_reserve_pays_what_unwinding_costs() {
    let costly = WORLD
        .replace("horizon = \"8d\"", "horizon = \"3d\"")
        .replace("reserve_fund_share = 0.0", "reserve_fund_share = 0.005")
        .replace("taker_fee = 0.0", "taker_fee = 0.01");
    let columns = [COLUMNS[0], ("issuer_cash_usd:bfusd", 2), COLUMNS[1], COLUMNS[2]];
    check(
        &table(&costly, &columns, 1),
        "
hour  issuer_reserve_usd:bfusd  issuer_cash_usd:bfusd  issuer_hedge_usd:bfusd  issuer_claims_usd:bfusd
   0                      0.50                  20.00                   40.00                   100.00
  24                      0.46                  18.04                   35.96                    90.00
  48                      0.42                  26.07                   31.93                    90.00
  72                      0.38                  34.09                   27.91                    90.00
",
    );
}

/// A larger fund pays the same 0.30 every day.
#[test]
fn every_day_of_negative_funding_costs_the_same() {
    let larger = world(-0.003, "").replace("reserve_fund_share = 0.005", "reserve_fund_share = 0.02");
    check(
        &table(&larger, &COLUMNS[..2], 1),
        "
hour  issuer_reserve_usd:bfusd  issuer_hedge_usd:bfusd
   0                      2.00                   40.00
  24                      1.70                   40.00
  48                      1.40                   40.00
  72                      1.10                   40.00
  96                      0.80                   40.00
",
    );
}

/// 1,000 tokens with 100 in cash, 900 in another token and a fund of 50. The 500 that one holder asks for are in hand once
/// 400 of the other token are redeemed: the fund pays nothing.
#[test]
fn the_reserve_pays_only_what_is_still_missing() {
    let world = r#"
name = "issuer_reserve"
run = { paths = 1, seed = 3, horizon = "3d", step = "1d", counterfactuals = [] }
coins = { usdt = { peg_usd = 1.0 }, eth = { price_usd = 100.0 } }
prices.gbm.volatility_per_year = { eth = 1e-9 }
[venues.a.issuer]
token = "atok"
par = "usdt"
outside_supply_usd = 500.0
cash_share = 0.1
holds = { btok = 0.9 }
reserve_fund_share = 0.05
fast = { quota_per_day = 0.0, fee = 0.0 }
standard = { delay = "1d", fee = 0.0 }
unwind_per_day = 0.0
[venues.b.issuer]
token = "btok"
par = "usdt"
outside_supply_usd = 1000.0
cash_share = 1.0
reserve_fund_share = 0.0
fast = { quota_per_day = 1.0, fee = 0.0 }
standard = { delay = "1d", fee = 0.0 }
unwind_per_day = 0.0
[[cohorts]]
name = "holders"
owners = 1
coin = "usdt"
wealth.fixed = { usd = 500.0 }
chain = [ { subscribe = { venue = "a" } } ]
runs = { calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }
[[shocks]]
at = "1d"
news = { leave_per_day = 1e9, half_life = "10d" }
"#;
    let columns = [("issuer_cash_usd:atok", 2), ("issuer_reserve_usd:atok", 2), ("issuer_claims_usd:atok", 2)];
    check(
        &table(world, &columns, 1),
        "
hour  issuer_cash_usd:atok  issuer_reserve_usd:atok  issuer_claims_usd:atok
   0                100.00                    50.00                 1000.00
  24                500.00                    50.00                 1000.00
  48                  0.00                    50.00                  500.00
  72                  0.00                    50.00                  500.00
",
    );
}

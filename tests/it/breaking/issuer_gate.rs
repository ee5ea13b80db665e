//! An issuer whose cash is gone suspends redemption, sells its pairs meanwhile, and must pay after the longest suspension.

use super::{check, table};

/// 100 tokens: 20 in cash, 40 of spot with shorts of 40, 40 of margin. No rates, no fees, no impact.
pub const WORLD: &str = r#"
name = "issuer_gate"
run = { paths = 1, seed = 3, horizon = "8d", step = "1d", counterfactuals = [] }
coins = { usdt = { peg_usd = 1.0 }, eth = { price_usd = 100.0 } }
prices.gbm.volatility_per_year = { eth = 1e-9 }
[markets.eth]
spot.book = { depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "15m" }
perp.book = { depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "15m" }
[venues.v.futures]
settlement = "usdt"
brackets = "../../../data/leverage_tiers/binance_usdm_2025-10-09.json"
insurance_funds.general = { opening_usd = 0.0 }
collateral.usdt = { ratio = 1.0 }
funding.interest_8h = 0.0
contracts.eth-perp = { coin = "eth", symbol = "ETH/USDT:USDT", clearance_fee = 0.0, taker_fee = 0.0 }
[venues.bf.issuer]
token = "bfusd"
par = "usdt"
outside_supply_usd = 40.0
cash_share = 0.2
hedged = { eth-perp = 0.4 }
hedge_venue = "v"
hedge_margin = 1.0
reserve_fund_share = 0.0
fast = { quota_per_day = 0.1, fee = 0.0 }
standard = { delay = "3d", fee = 0.0 }
unwind_per_day = 0.1
[[cohorts]]
name = "holders"
owners = 1
coin = "usdt"
wealth.fixed = { usd = 60.0 }
chain = [ { subscribe = { venue = "bf" } } ]
runs = { calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }
[[shocks]]
at = "1d"
news = { leave_per_day = 1e9, half_life = "10d" }
"#;

const COLUMNS: [(&str, usize); 6] = [
    ("issuer_cash_usd:bfusd", 2),
    ("issuer_queue_usd:bfusd", 2),
    ("issuer_spot_usd:bfusd", 2),
    ("issuer_hedge_usd:bfusd", 2),
    ("issuer_claims_usd:bfusd", 2),
    ("redemption_wait_hours:bfusd", 0),
];

fn with_gate(at_most: &str) -> String {
    WORLD.replace("unwind_per_day", &format!("gate = {{ at_most = \"{at_most}\" }}\nunwind_per_day"))
}

/// The holder of 60 gets 10 at once, the quota of the day, and asks for 50 in three days. A tenth of the pairs a day is 4 of
/// spot and 4 of margin. On day 4 there are 34: they go out, and the rest as it comes.
#[test]
fn without_a_gate_what_there_is_goes_out() {
    check(
        &table(WORLD, &COLUMNS, 1),
        "
hour  issuer_cash_usd:bfusd  issuer_queue_usd:bfusd  issuer_spot_usd:bfusd  issuer_hedge_usd:bfusd  issuer_claims_usd:bfusd  redemption_wait_hours:bfusd
   0                  20.00                    0.00                  40.00                   40.00                   100.00                            0
  24                  18.00                   50.00                  36.00                   36.00                    90.00                           96
  48                  26.00                   50.00                  32.00                   32.00                    90.00                            0
  72                  34.00                   50.00                  28.00                   28.00                    90.00                            0
  96                   8.00                   16.00                  24.00                   24.00                    56.00                            0
 120                   8.00                    8.00                  20.00                   20.00                    48.00                            0
 144                   0.00                    0.00                  20.00                   20.00                    40.00                           72
 168                   0.00                    0.00                  20.00                   20.00                    40.00                           72
 192                   0.00                    0.00                  20.00                   20.00                    40.00                           72
",
    );
}

/// The same, but 34 do not pay 50, so that all of it waits. Two days later there are 50.
#[test]
fn behind_a_gate_nobody_is_paid_until_all_can_be() {
    check(
        &table(&with_gate("2d"), &COLUMNS, 1),
        "
hour  issuer_cash_usd:bfusd  issuer_queue_usd:bfusd  issuer_spot_usd:bfusd  issuer_hedge_usd:bfusd  issuer_claims_usd:bfusd  redemption_wait_hours:bfusd
   0                  20.00                    0.00                  40.00                   40.00                   100.00                            0
  24                  18.00                   50.00                  36.00                   36.00                    90.00                           96
  48                  26.00                   50.00                  32.00                   32.00                    90.00                            0
  72                  34.00                   50.00                  28.00                   28.00                    90.00                            0
  96                  42.00                   50.00                  24.00                   24.00                    90.00                           72
 120                  50.00                   50.00                  20.00                   20.00                    90.00                           72
 144                   0.00                    0.00                  20.00                   20.00                    40.00                           72
 168                   0.00                    0.00                  20.00                   20.00                    40.00                           72
 192                   0.00                    0.00                  20.00                   20.00                    40.00                           72
",
    );
}

/// On day 5 the day of grace is over: 8 are missing, 8 of spot are sold at once and 8 of margin come with them.
#[test]
fn when_the_gate_must_open_pairs_are_sold_at_any_speed() {
    check(
        &table(&with_gate("1d"), &COLUMNS, 1),
        "
hour  issuer_cash_usd:bfusd  issuer_queue_usd:bfusd  issuer_spot_usd:bfusd  issuer_hedge_usd:bfusd  issuer_claims_usd:bfusd  redemption_wait_hours:bfusd
   0                  20.00                    0.00                  40.00                   40.00                   100.00                            0
  24                  18.00                   50.00                  36.00                   36.00                    90.00                           96
  48                  26.00                   50.00                  32.00                   32.00                    90.00                            0
  72                  34.00                   50.00                  28.00                   28.00                    90.00                            0
  96                  42.00                   50.00                  24.00                   24.00                    90.00                           72
 120                   8.00                    0.00                  16.00                   16.00                    40.00                            0
 144                   8.00                    0.00                  16.00                   16.00                    40.00                            0
 168                   8.00                    0.00                  16.00                   16.00                    40.00                            0
 192                   8.00                    0.00                  16.00                   16.00                    40.00                            0
",
    );
}

/// With a venue that is halted nothing can be sold: the issuer pays the 40 that are missing on day 5 out of its pocket.
#[test]
fn what_cannot_be_sold_in_time_the_backstop_pays() {
    let halted = with_gate("1d")
        .replace("funding.interest_8h", "liquidation.halts = [{ at = \"1s\", length = \"8d\" }]\nfunding.interest_8h")
        .replace("unwind_per_day", "backstop = {}\nunwind_per_day");
    let columns = [COLUMNS[0], COLUMNS[1], COLUMNS[2], ("issuer_backstop_used_usd:bfusd", 2), COLUMNS[4]];
    check(
        &table(&halted, &columns, 1),
        "
hour  issuer_cash_usd:bfusd  issuer_queue_usd:bfusd  issuer_spot_usd:bfusd  issuer_backstop_used_usd:bfusd  issuer_claims_usd:bfusd
   0                  20.00                    0.00                  40.00                            0.00                   100.00
  24                  10.00                   50.00                  40.00                            0.00                    90.00
  48                  10.00                   50.00                  40.00                            0.00                    90.00
  72                  10.00                   50.00                  40.00                            0.00                    90.00
  96                  10.00                   50.00                  40.00                            0.00                    90.00
 120                   0.00                    0.00                  40.00                           40.00                    40.00
 144                   0.00                    0.00                  40.00                           40.00                    40.00
 168                   0.00                    0.00                  40.00                           40.00                    40.00
 192                   0.00                    0.00                  40.00                           40.00                    40.00
",
    );
}

/// Nothing is redeemed at once. Of the 60 that are asked for 30 fit into the quota of the day, the other 30 are asked for on
/// the next and are due on day 5, when 22 are there.
#[test]
fn standard_redemption_has_its_quota_of_the_day() {
    let quota = WORLD
        .replace("standard = { ", "standard = { quota_per_day = 0.3, ")
        .replace("quota_per_day = 0.1", "quota_per_day = 0.0");
    check(
        &table(&quota, &COLUMNS[..2], 1),
        "
hour  issuer_cash_usd:bfusd  issuer_queue_usd:bfusd
   0                  20.00                    0.00
  24                  28.00                   30.00
  48                  36.00                   60.00
  72                  44.00                   60.00
  96                  22.00                   30.00
 120                   8.00                    8.00
 144                   0.00                    0.00
 168                   0.00                    0.00
 192                   0.00                    0.00
",
    );
}

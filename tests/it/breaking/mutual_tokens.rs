//! Two dollar tokens that hold each other (xUSD and deUSD, November 2025): what one loses it loses twice.

use super::{check, table};

const WORLD: &str = r#"
name = "mutual_tokens"
run = { paths = 1, seed = 3, horizon = "4h", step = "1h", counterfactuals = [] }
coins = { usdt = { peg_usd = 1.0 }, eth = { price_usd = 100.0 } }
prices.gbm.volatility_per_year = { eth = 1e-9 }
markets.eth.spot.book = { depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "1h" }
[venues.steth.issuer]
token = "steth"
par = "eth"
outside_supply_usd = 0.0
cash_share = 1.0
hedged = {}
reserve_fund_share = 0.0
fast = { quota_per_day = 0.0, fee = 0.0 }
standard = { delay = "7d", fee = 0.0 }
unwind_per_day = 0.0
[venues.stream.issuer]
token = "xusd"
par = "usdt"
outside_supply_usd = 100.0
cash_share = 0.0
holds = { deusd = 0.4, steth = 0.6 }
hedged = {}
reserve_fund_share = 0.0
fast = { quota_per_day = 0.0, fee = 0.0 }
standard = { delay = "7d", fee = 0.0 }
unwind_per_day = 0.0
[venues.elixir.issuer]
token = "deusd"
par = "usdt"
outside_supply_usd = 0.0
cash_share = 0.5
holds = { xusd = 0.5 }
hedged = {}
reserve_fund_share = 0.0
fast = { quota_per_day = 1.0, fee = 0.0 }
standard = { delay = "7d", fee = 0.0 }
unwind_per_day = 0.0
[[cohorts]]
name = "holders"
owners = 1
coin = "usdt"
wealth.fixed = { usd = 100.0 }
chain = [ { subscribe = { venue = "elixir" } } ]
runs = { calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }
[[shocks]]
at = "1h"
gap = { eth = -0.4 }
[[shocks]]
at = "2h"
news = { leave_per_day = 1e9, half_life = "10d" }
"#;

/// Supplies: X = 100 + D / 2, D = 100 + 0.4 X, so X = 187.5 and D = 175; X holds 75 of D and 112.5 in staked ether, D holds
/// 87.5 of X and 87.5 of cash. Ether falls by 40 %, the stake to 67.5: x = (67.5 + 75 d) / 187.5 and d = (87.5 + 87.5 x) / 175 are
/// solved by x = 0.7, d = 0.85, where x alone would have lost 45 of 187.5, which is 0.76. The owner of 100 D is then paid 85
/// out of 87.5; the 75 D that are left, all held by X, have 2.5 + 87.5 * 0.7 = 63.75 behind them: 0.85 as before.
#[test]
fn a_loss_goes_round_the_loop_and_who_leaves_is_paid_what_the_token_is_worth() {
    let columns = [
        ("token_redemption_usd:xusd", 4),
        ("token_redemption_usd:deusd", 4),
        ("issuer_cash_usd:deusd", 2),
        ("left_owners", 0),
    ];
    check(
        &table(WORLD, &columns, 1),
        "
hour  token_redemption_usd:xusd  token_redemption_usd:deusd  issuer_cash_usd:deusd  left_owners
   0                     1.0000                      1.0000                  87.50            0
   1                     0.7000                      0.8500                  87.50            0
   2                     0.7000                      0.8500                   2.50            1
   3                     0.7000                      0.8500                   2.50            1
   4                     0.7000                      0.8500                   2.50            1
",
    );
}

//! A liquid-staking token: what it earns, how long its holders wait, what slashing costs whom.

use super::{check, table};

/// 1,000 tokens for 1,000 coins of 100 USD, 100 in cash and 900 staked. The holder of 300 leaves on day 1. Reward 36.5 % a
/// year, a thousandth a day.
const WORLD: &str = r#"
name = "issuer_stake"
run = { paths = 1, seed = 3, horizon = "8d", step = "1d", counterfactuals = [] }
coins = { eth = { price_usd = 100.0 } }
prices.gbm.volatility_per_year = { eth = 1e-9 }
[venues.wb.issuer]
token = "wbeth"
par = "eth"
outside_supply_usd = 70000.0
cash_share = 0.1
staked = { share = 0.9, reward_per_year = 0.0, exit = { churn_per_day = 80.0, queue = 160.0, delay = "1d" } }
reserve_fund_share = 0.0
fast = { quota_per_day = 0.0, fee = 0.0 }
standard = { delay = "1d", fee = 0.0 }
unwind_per_day = 0.0
[[cohorts]]
name = "holders"
owners = 1
coin = "eth"
wealth.fixed = { usd = 30000.0 }
chain = [ { subscribe = { venue = "wb" } } ]
runs = { calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }
[[shocks]]
at = "1d"
news = { leave_per_day = 1e9, half_life = "10d" }
"#;

const COLUMNS: [(&str, usize); 5] = [
    ("issuer_cash_usd:wbeth", 2),
    ("issuer_staked_usd:wbeth", 2),
    ("issuer_queue_usd:wbeth", 2),
    ("issuer_claims_usd:wbeth", 2),
    ("redemption_wait_hours:wbeth", 1),
];

/// 300 are asked for on day 1, 200 beyond the cash, so that 200 are requested. The 160 of others take two days, the 200 two
/// and a half, and each a day more to be cash: 80 on day 5, 80 on day 6, 40 on day 7. The 100 in hand are paid on day 2.
/// Whoever asks on day 1 waits for the last of the 200 and one more: until 6.5 days after the start, 5.5 days.
#[test]
fn an_exit_stands_behind_others_and_moves_at_the_churn() {
    check(
        &table(WORLD, &COLUMNS, 1),
        "
hour  issuer_cash_usd:wbeth  issuer_staked_usd:wbeth  issuer_queue_usd:wbeth  issuer_claims_usd:wbeth  redemption_wait_hours:wbeth
   0               10000.00                 90000.00                    0.00                100000.00                         24.0
  24               10000.00                 90000.00                30000.00                100000.00                        132.0
  48                   0.00                 90000.00                20000.00                 90000.00                        108.0
  72                   0.00                 90000.00                20000.00                 90000.00                         84.0
  96                   0.00                 90000.00                20000.00                 90000.00                         60.0
 120                   0.00                 82000.00                12000.00                 82000.00                         36.0
 144                   0.00                 74000.00                 4000.00                 74000.00                         24.0
 168                   0.00                 70000.00                    0.00                 70000.00                         72.0
 192                   0.00                 70000.00                    0.00                 70000.00                         72.0
",
    );
}

/// Nobody leaves. 900 staked earn 0.9 on the first day, of which the issuer keeps a tenth: 0.81 coins for 1,000 tokens. The
/// stake is then 900.81. On day 4 a tenth of it is gone, and every token is worth what is left over 1,000: with stake S and rate R per day
/// S' = S + 0.0009 S, R' = R + 0.0009 S / 1000, day 4 from 0.9 S; a token is worth the smaller of R and (S + 100) / 1000.
#[test]
fn the_rate_grows_with_the_reward_and_falls_with_slashing() {
    let world = WORLD
        .replace("reward_per_year = 0.0", "reward_per_year = 0.365, commission = 0.1")
        .replace("leave_per_day = 1e9", "leave_per_day = 1e-12")
        + "[[shocks]]\nat = \"4d\"\nslash = { issuer = \"wb\", share = 0.1 }\n";
    let columns = [("token_redemption_usd:wbeth", 4), COLUMNS[1], COLUMNS[3]];
    check(
        &table(&world, &columns, 1),
        "
hour  token_redemption_usd:wbeth  issuer_staked_usd:wbeth  issuer_claims_usd:wbeth
   0                    100.0000                 90000.00                100000.00
  24                    100.0810                 90081.00                100081.00
  48                    100.1621                 90162.07                100162.07
  72                    100.2432                 90243.22                100243.22
  96                     91.2920                 81291.99                100316.32
 120                     91.3652                 81365.16                100389.48
 144                     91.4384                 81438.39                100462.71
 168                     91.5117                 81511.68                100536.00
 192                     91.5850                 81585.04                100609.36
",
    );
}

/// Without a reward 90 of 900 are lost, 9,000 USD. The issuer absorbs 5,000 of them, and the token is worth 96 for 100; without
/// limit it is worth 100.
#[test]
fn an_issuer_that_absorbs_slashing_pays_before_holders_do() {
    let slashed = WORLD.replace("leave_per_day = 1e9", "leave_per_day = 1e-12")
        + "[[shocks]]\nat = \"4d\"\nslash = { issuer = \"wb\", share = 0.1 }\n";
    let columns = [("token_redemption_usd:wbeth", 2), COLUMNS[0], COLUMNS[1], ("issuer_backstop_used_usd:wbeth", 2)];
    for (backstop, before, after) in [
        (
            "{ limit_usd = 5000.0 }",
            " 96  96.00  15000.00  81000.00  5000.00",
            "192  96.00  15000.00  81000.00  5000.00",
        ),
        ("{}", " 96  100.00  19000.00  81000.00  9000.00", "192  100.00  19000.00  81000.00  9000.00"),
    ] {
        let world = slashed.replace("unwind_per_day", &format!("backstop = {backstop}\nunwind_per_day"));
        let found = table(&world, &columns, 4);
        let row = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let rows: Vec<_> = found.lines().skip(1).map(row).collect();
        assert_eq!(rows[1..], [row(before), row(after)], "{found}");
    }
}

/// A locked stake: no fast redemption, no market, nobody takes it. It is redeemed after the exit queue and nothing else.
#[test]
fn a_locked_stake_comes_out_through_the_queue_alone() {
    let locked = WORLD
        .replace("cash_share = 0.1", "cash_share = 0.0")
        .replace("share = 0.9", "share = 1.0")
        .replace("unwind_per_day", "transferable = false\nunwind_per_day");
    check(
        &table(&locked, &COLUMNS[..3], 1),
        "
hour  issuer_cash_usd:wbeth  issuer_staked_usd:wbeth  issuer_queue_usd:wbeth
   0                   0.00                100000.00                    0.00
  24                   0.00                100000.00                30000.00
  48                   0.00                100000.00                30000.00
  72                   0.00                100000.00                30000.00
  96                   0.00                100000.00                30000.00
 120                   0.00                 92000.00                22000.00
 144                   0.00                 84000.00                14000.00
 168                   0.00                 76000.00                 6000.00
 192                   0.00                 70000.00                    0.00
",
    );
}

/// With a thousandth a day the stake grows to 900 * 1.001^4 = 903.6054 by day 4. The 80 that leave the queue in the course of
/// that day are cash on day 5 and earn nothing on it: 903.6054 + 0.8236 - 80 = 824.4290, then + 0.7444 - 80 = 745.1734.
#[test]
fn coins_earn_in_the_queue_but_not_in_the_delay() {
    let world = WORLD.replace("reward_per_year = 0.0", "reward_per_year = 0.365").replace("\"8d\"", "\"6d\"");
    check(
        &table(&world, &COLUMNS[1..2], 1),
        "
hour  issuer_staked_usd:wbeth
   0                 90000.00
  24                 90090.00
  48                 90180.09
  72                 90270.27
  96                 90360.54
 120                 82442.90
 144                 74517.34
",
    );
}

/// On day 4 half of all that is staked is gone, half of the 200 on their way out too. The 450 left are 0.5 a token for 900
/// tokens, so that the 200 that wait want 100: 80 on day 5, 20 on day 6.
#[test]
fn what_is_on_its_way_out_is_slashed_too() {
    let world = WORLD.to_owned() + "[[shocks]]\nat = \"4d\"\nslash = { issuer = \"wb\", share = 0.5 }\n";
    let columns = [("token_redemption_usd:wbeth", 2), COLUMNS[1], COLUMNS[2], COLUMNS[3]];
    check(
        &table(&world, &columns, 1),
        "
hour  token_redemption_usd:wbeth  issuer_staked_usd:wbeth  issuer_queue_usd:wbeth  issuer_claims_usd:wbeth
   0                      100.00                 90000.00                    0.00                100000.00
  24                      100.00                 90000.00                30000.00                100000.00
  48                      100.00                 90000.00                20000.00                 90000.00
  72                      100.00                 90000.00                20000.00                 90000.00
  96                       50.00                 45000.00                10000.00                 90000.00
 120                       50.00                 37000.00                 2000.00                 74000.00
 144                       50.00                 35000.00                    0.00                 70000.00
 168                       50.00                 35000.00                    0.00                 70000.00
 192                       50.00                 35000.00                    0.00                 70000.00
",
    );
}

/// 250 in cash, 5 staked coins of 100 sold short, 250 of margin. Half of the coins are slashed on day 1.
const PAIRS: &str = r#"
name = "issuer_stake"
run = { paths = 1, seed = 3, horizon = "7d", step = "1d", counterfactuals = [] }
coins = { usdt = { peg_usd = 1.0 }, eth = { price_usd = 100.0 } }
prices.gbm.volatility_per_year = { eth = 1e-9 }
[markets.eth]
spot.book = { depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "30m" }
perp.book = { depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "30m" }
[venues.v.futures]
settlement = "usdt"
brackets = "../../../data/leverage_tiers/binance_usdm_2025-10-09.json"
insurance_funds.general = { opening_usd = 10000.0 }
collateral.usdt = { ratio = 1.0 }
contracts.eth-perp = { coin = "eth", symbol = "ETH/USDT:USDT", clearance_fee = 0.0, taker_fee = 0.0 }
funding.interest_8h = 0.0
[venues.d.issuer]
token = "usdx"
par = "usdt"
outside_supply_usd = 0.0
cash_share = 0.25
hedged = { eth-perp = 0.5 }
hedge_venue = "v"
hedge_margin = 0.5
staked = { coin = "eth", share = 0.5, reward_per_year = 0.0 }
reserve_fund_share = 0.0
fast = { quota_per_day = 0.0, fee = 0.0 }
standard = { delay = "1d", fee = 0.0 }
unwind_per_day = 1.0
[[cohorts]]
name = "h"
owners = 1
coin = "usdt"
wealth.fixed = { usd = 1000.0 }
chain = [ { subscribe = { venue = "d" } } ]
runs = { calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9, accept_discount = 0.0 }
[[shocks]]
at = "1d"
slash = { issuer = "d", share = 0.5 }
[[shocks]]
at = "3d"
gap = { eth = 0.4 }
[[shocks]]
at = "4d"
news = { leave_per_day = 1e9, half_life = "10d" }
"#;

/// Half of the short is bought back and half of its margin comes home, so that a rise of 40 % costs nothing: what the coins gain the
/// other half loses. Who leaves on day 4 gets 375 of cash for 500 tokens on day 5; the stake is home by then and pays the rest on
/// day 6, the last of the margin with it.
#[test]
fn slashed_pairs_keep_no_naked_short() {
    let columns = [
        ("issuer_cash_usd:usdx", 2),
        ("issuer_staked_usd:usdx", 2),
        ("issuer_hedge_usd:usdx", 2),
        ("issuer_claims_usd:usdx", 2),
        ("token_redemption_usd:usdx", 4),
    ];
    check(
        &table(PAIRS, &columns, 1),
        "
hour  issuer_cash_usd:usdx  issuer_staked_usd:usdx  issuer_hedge_usd:usdx  issuer_claims_usd:usdx  token_redemption_usd:usdx
   0                250.00                  500.00                 250.00                 1000.00                     1.0000
  24                375.00                  250.00                 125.00                 1000.00                     0.7500
  48                375.00                  250.00                 125.00                 1000.00                     0.7500
  72                375.00                  350.00                  25.00                 1000.00                     0.7500
  96                375.00                  350.00                  25.00                 1000.00                     0.7500
 120                375.00                    0.00                   0.00                  500.00                     0.7500
 144                  0.00                    0.00                   0.00                   -0.00                     1.0000
 168                  0.00                    0.00                   0.00                   -0.00                     1.0000
",
    );
}

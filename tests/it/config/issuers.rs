//! Bad input of issuers.

use super::cases::{Case, case};

const TERMS: &str = "unwind_per_day = 0.3";

/// A second issuer, of a token for bitcoin, before the first cohort.
macro_rules! staker {
    ($terms:literal) => {
        concat!(
            "[venues.stake.issuer]\ntoken = \"sbtc\"\npar = \"btc\"\noutside_supply_usd = 1e6\nreserve_fund_share = 0.0\n\
             fast = { quota_per_day = 0.0, fee = 0.0 }\nstandard = { delay = \"1d\", fee = 0.0 }\nunwind_per_day = 0.0\n",
            $terms,
            "\n[[cohorts]]\nname = \"stackers\""
        )
    };
}

/// An issuer of a stablecoin against a vault, before the first cohort.
macro_rules! vaulted {
    ($terms:literal, $vault:literal) => {
        concat!(
            "[venues.keeper.issuer]\ntoken = \"stable\"\npar = \"usdt\"\nunwind_per_day = 1.0\n",
            $terms,
            "\nvault = { ",
            $vault,
            " }\n[[cohorts]]\nname = \"stackers\""
        )
    };
    ($vault:literal) => {
        vaulted!(
            "outside_supply_usd = 1e6\nreserve_fund_share = 0.0\ncash_share = 0.0\n\
             fast = { quota_per_day = 0.0, fee = 0.0 }\nstandard = { delay = \"1d\", fee = 0.0 }",
            $vault
        )
    };
}

const COHORT: &str = "[[cohorts]]\nname = \"stackers\"";

/// What does not fit together.
pub const ISSUERS: &[Case] = &[
    case(
        &[("standard = { delay", "standard = { quota_per_day = -0.1, delay")],
        "-0.1",
        "-0.1 is out of range: expected a share between 0 and 1",
        "for which redemption can be asked per day",
    ),
    case(
        &[(TERMS, "unwind_per_day = 0.3\ngate = { when_cash_below = 0.3, at_most = \"7d\" }")],
        "0.3",
        "with cash of 0.25 a gate at 0.3 would be closed from the opening",
        "expected less than cash_share 0.25",
    ),
    case(&[(TERMS, "unwind_per_day = 0.3\ngate = {}")], "gate", "the key `at_most` is missing", "Longest suspension"),
    case(
        &[(TERMS, "unwind_per_day = 0.3\nbackstop = { limit_usd = -1.0 }")],
        "-1.0",
        "-1 is out of range: expected a number of 0 or more",
        "without limit if left out",
    ),
    case(
        &[(TERMS, "unwind_per_day = 0.3\nmarket_terms = { risk_discount = 0.1 }")],
        "market_terms",
        "`bfusd` does not trade: it has no price to rest",
        "add its order book",
    ),
    case(
        &[(TERMS, "unwind_per_day = 0.3\ntransferable = false")],
        "bfusd",
        "`bfusd` cannot change hands, so that `binance` cannot take it",
        "transferable = true",
    ),
    case(
        &[
            (
                TERMS,
                concat!(
                    "unwind_per_day = 0.3\ntransferable = false\n",
                    "market.linear = { depth_1pct_usd = 1e6, permanent_share = 0.1, recovery_half_life = \"1h\" }"
                ),
            ),
            ("bfusd = { ratio = 0.999, index = { blend = { spot_weight = 0.5 } } }\n", ""),
        ],
        "market",
        "`bfusd` cannot change hands, so that nobody trades it",
        "leave it out",
    ),
    case(
        &[(TERMS, "unwind_per_day = 0.3\nstaked = { share = 0.1, reward_per_year = 0.03 }")],
        "staked",
        "`usdt` is a stablecoin, which nobody stakes",
        "name the coin of a pair",
    ),
    case(
        &[(TERMS, "unwind_per_day = 0.3\nstaked = { share = 0.6, coin = \"btc\", reward_per_year = 0.03 }")],
        "0.6",
        "0.6 of the proceeds cannot be staked: 0.5 of them are `btc`",
        "expected at most 0.5",
    ),
    case(
        &[(TERMS, "unwind_per_day = 0.3\nstaked = { share = 0.1, coin = \"eth\", reward_per_year = 0.03 }")],
        "\"eth\"",
        "there is no coin called `eth`",
        "did you mean `btc`?",
    ),
    case(
        &[(COHORT, staker!("cash_share = 0.1\nstaked = { share = 0.9, coin = \"usdt\", reward_per_year = 0.03 }"))],
        "\"usdt\"",
        "`usdt` is neither the coin of issue, `btc`, nor the coin of a pair",
        "the spot of a pair",
    ),
    case(
        &[(COHORT, staker!("cash_share = 0.1\nstaked = { share = 0.8, reward_per_year = 0.03 }"))],
        "staked",
        "cash 0.1 + spot 0 + margin 0 * 0.5 + staked 0.8 = 0.9000 of the proceeds: the rest is nowhere",
        "with this cash 0.9000 is staked, or cash_share is 0.2000",
    ),
    case(
        &[(COHORT, staker!("cash_share = 0.1\nstaked = { share = 0.9, reward_per_year = -0.03 }"))],
        "-0.03",
        "-0.03 is out of range: expected a number of 0 or more",
        "Reward per year",
    ),
    case(
        &[(
            COHORT,
            staker!("cash_share = 0.1\nstaked = { share = 0.9, reward_per_year = 0.03, exit = { queue = 4e4 } }"),
        )],
        "queue",
        "a queue without a churn never moves",
        "exit.churn_per_day, such as 57600.0",
    ),
    case(
        &[(COHORT, staker!("cash_share = 1.0\n[[shocks]]\nat = \"1h\"\nslash = { issuer = \"stake\", share = 0.1 }"))],
        "\"stake\"",
        "`stake` has nothing staked that could be slashed",
        "[venues.stake.issuer.staked]",
    ),
    case(
        &[(
            COHORT,
            "[[shocks]]\nat = \"1h\"\nslash = { issuer = \"earn\", share = 0.1 }\n[[cohorts]]\nname = \"stackers\"",
        )],
        "\"earn\"",
        "`earn` is a savings pool, not an issuer",
        "",
    ),
    case(
        &[(COHORT, vaulted!("coin = \"btc\", units_per_token = 1.5e-5, cover = 0.9, expected_return = 1.0"))],
        "0.9",
        "cover 0.9 times expected_return 1 is below 1",
        "expected a cover of 1.000000 or more",
    ),
    case(
        &[(COHORT, vaulted!("coin = \"btc\", units_per_token = 1e-5, cover = 1.5, expected_return = 1.0"))],
        "1e-5",
        "0.00001 `btc` at 120000 USD cover a token 1.2000 times, the limit is 1.5",
        "expected 0.0000125 or more",
    ),
    case(
        &[(COHORT, vaulted!("coin = \"btc\", units_per_token = 0.0, cover = 1.5, expected_return = 1.0"))],
        "0.0",
        "0 is out of range: expected a number above 0",
        "Units of it per token",
    ),
    case(
        &[(COHORT, vaulted!("coin = \"usdt\", units_per_token = 1.5e-5, cover = 1.5, expected_return = 1.0"))],
        "\"usdt\"",
        "`usdt` is what the token is issued for",
        "the volatile coin of the collateral",
    ),
    case(
        &[(COHORT, vaulted!("coin = \"eth\", units_per_token = 1.5e-5, cover = 1.5, expected_return = 1.0"))],
        "\"eth\"",
        "there is no coin called `eth`",
        "did you mean `btc`?",
    ),
    case(
        &[(COHORT, vaulted!("coin = \"btc\", units_per_token = 1.5e-5, expected_return = 1.0"))],
        "vault",
        "the key `cover` is missing",
        "Value of the collateral",
    ),
    case(
        &[(
            COHORT,
            vaulted!(
                "outside_supply_usd = 1e6\nreserve_fund_share = 0.0\ncash_share = 0.1\nfast = { quota_per_day = 0.0, fee = 0.0 }\nstandard = { delay = \"1d\", fee = 0.0 }",
                "coin = \"btc\", units_per_token = 1.5e-5, cover = 1.5, expected_return = 1.0"
            ),
        )],
        "cash_share",
        "`stable` is issued against a vault: its collateral is all that backs it",
        "write cash_share = 0.0",
    ),
    case(
        &[(
            COHORT,
            vaulted!(
                "outside_supply_usd = 1e6\nreserve_fund_share = 0.0\ncash_share = 0.0\nfast = { quota_per_day = 0.0, fee = 0.0 }\nstandard = { delay = \"1d\", fee = 0.0 }\nhedged = { btc-perp = 0.5 }\nhedge_venue = \"binance\"",
                "coin = \"btc\", units_per_token = 1.5e-5, cover = 1.5, expected_return = 1.0"
            ),
        )],
        "hedged",
        "its collateral is all that backs it",
        "leave out `hedged`",
    ),
    case(
        &[(
            COHORT,
            vaulted!(
                "outside_supply_usd = 1e6\nreserve_fund_share = 0.0\ncash_share = 0.0\nfast = { quota_per_day = 0.0, fee = 0.0 }\nstandard = { delay = \"1d\", fee = 0.0 }\nholds = { bfusd = 0.5 }",
                "coin = \"btc\", units_per_token = 1.5e-5, cover = 1.5, expected_return = 1.0"
            ),
        )],
        "holds",
        "its collateral is all that backs it",
        "leave out `holds`",
    ),
    case(
        &[(
            COHORT,
            vaulted!(
                "outside_supply_usd = 1e6\nreserve_fund_share = 0.01\ncash_share = 0.0\nfast = { quota_per_day = 0.0, fee = 0.0 }\nstandard = { delay = \"1d\", fee = 0.0 }",
                "coin = \"btc\", units_per_token = 1.5e-5, cover = 1.5, expected_return = 1.0"
            ),
        )],
        "reserve_fund_share",
        "its collateral is all that backs it",
        "write reserve_fund_share = 0.0",
    ),
    case(
        &[(
            COHORT,
            vaulted!(
                "outside_supply_usd = 1e6\nreserve_fund_share = 0.0\ncash_share = 0.0\nfast = { quota_per_day = 0.0, fee = 0.0 }\nstandard = { delay = \"1d\", fee = 0.0 }\nbackstop = {}",
                "coin = \"btc\", units_per_token = 1.5e-5, cover = 1.5, expected_return = 1.0"
            ),
        )],
        "backstop",
        "its collateral is all that backs it",
        "leave out `backstop`",
    ),
    case(
        &[(
            COHORT,
            vaulted!(
                "outside_supply_usd = 1e6\nreserve_fund_share = 0.0\ncash_share = 0.0\nfast = { quota_per_day = 0.1, fee = 0.0 }\nstandard = { delay = \"1d\", fee = 0.0 }",
                "coin = \"btc\", units_per_token = 1.5e-5, cover = 1.5, expected_return = 1.0"
            ),
        )],
        "quota_per_day",
        "nobody redeems while the vault stands",
        "write quota_per_day = 0.0",
    ),
    case(
        &[(
            COHORT,
            vaulted!(
                "outside_supply_usd = 1e6\nreserve_fund_share = 0.0\ncash_share = 0.0\nfast = { quota_per_day = 0.0, fee = 0.0 }\nstandard = { quota_per_day = 0.1, delay = \"1d\", fee = 0.0 }",
                "coin = \"btc\", units_per_token = 1.5e-5, cover = 1.5, expected_return = 1.0"
            ),
        )],
        "quota_per_day",
        "nobody redeems while the vault stands",
        "leave out `quota_per_day`",
    ),
    case(
        &[(
            COHORT,
            vaulted!(
                "outside_supply_usd = 1e6\nreserve_fund_share = 0.0\ncash_share = 0.0\nfast = { quota_per_day = 0.0, fee = 0.0 }\nstandard = { delay = \"1d\", fee = 0.0 }\ngate = { at_most = \"7d\" }",
                "coin = \"btc\", units_per_token = 1.5e-5, cover = 1.5, expected_return = 1.0"
            ),
        )],
        "gate",
        "nobody redeems while the vault stands",
        "leave out `gate`",
    ),
    case(
        &[(
            COHORT,
            vaulted!(
                "outside_supply_usd = 1e6\nreserve_fund_share = 0.0\ncash_share = 0.0\nfast = { quota_per_day = 0.0, fee = 0.0 }\nstandard = { delay = \"1d\", fee = 0.0 }\nmarket.linear = { depth_1pct_usd = 1e6, permanent_share = 0.1, recovery_half_life = \"1h\" }\nmarket_terms = { risk_discount = 0.1 }",
                "coin = \"btc\", units_per_token = 1.5e-5, cover = 1.5, expected_return = 1.0"
            ),
        )],
        "market_terms",
        "its price is demand over supply",
        "leave out `market_terms`",
    ),
    case(
        &[(
            COHORT,
            vaulted!(
                "outside_supply_usd = 0.0\nreserve_fund_share = 0.0\ncash_share = 0.0\nfast = { quota_per_day = 0.0, fee = 0.0 }\nstandard = { delay = \"1d\", fee = 0.0 }",
                "coin = \"btc\", units_per_token = 1.5e-5, cover = 1.5, expected_return = 1.0"
            ),
        )],
        "0.0",
        "nobody outside holds any",
        "expected more than 0",
    ),
];

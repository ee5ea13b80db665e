//! Liquidity posted as margin of a long in one of its own coins: the collateral falls with the position.

use super::{check, table};

const WORLD: &str = r#"
name = "liquidity_as_margin"
run = { paths = 1, seed = 3, horizon = "3h", step = "1h", counterfactuals = [] }
coins = { usdt = { peg_usd = 1.0 }, btc = { price_usd = 100.0 } }
prices.gbm.volatility_per_year = { btc = 1e-9 }
[markets.btc]
spot.book = { depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "30m" }
perp.book = { depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "30m" }
[venues.swap.amm]
assets = ["btc", "usdt"]
lp = "lp"
outside_reserves_usd = 9000.0
fee = 0.0
[venues.v.futures]
settlement = "usdt"
brackets = "../../../data/leverage_tiers/binance_usdm_2025-10-09.json"
insurance_funds.general = { opening_usd = 10000.0 }
collateral.usdt = { ratio = 1.0 }
collateral.lp = { ratio = 1.0, auto_exchange_haircut = 0.0 }
contracts.btc-perp = { coin = "btc", symbol = "BTC/USDT:USDT", clearance_fee = 0.0, taker_fee = 0.0 }
funding.interest_8h = 0.0
[[cohorts]]
name = "long"
owners = 1
coin = "usdt"
wealth.fixed = { usd = 1000.0 }
chain = [
  { provide = { venue = "swap" } },
  { pledge = { venue = "v" } },
  { trade = { venue = "v", leverage = { fixed = { x = 2.0 } }, long_share = 1.0, contracts = { btc-perp = 1.0 } } },
]
[[shocks]]
at = "2h"
gap = { btc = -0.4 }
"#;

/// 1,000 of liquidity behind a long of 20 at 100; bitcoin falls to 60. The long loses 800, the liquidity is worth 1,000 sqrt(0.6) =
/// 774.6 (500 dollars and 5 bitcoin held apart would be worth 800: the account would just have nothing left). The fund takes both
/// over, 25.4 short, burns the tenth of the pool, and 0.9 * 5,000 sqrt(0.6) = 3,485.7 of each side stay.
#[test]
fn a_long_on_its_own_liquidity_is_bankrupt_by_the_impermanent_loss() {
    let columns = [
        ("insurance_fund_usd:v", 1),
        ("reserve_usd:swap/usdt", 1),
        ("reserve_usd:swap/btc", 1),
        ("liquidated_owners", 0),
    ];
    check(
        &table(WORLD, &columns, 1),
        "
hour  insurance_fund_usd:v  reserve_usd:swap/usdt  reserve_usd:swap/btc  liquidated_owners
   0               10000.0                 5000.0                5000.0                  0
   1               10000.0                 5000.0                5000.0                  0
   2                9974.6                 3485.7                3485.7                  1
   3                9974.6                 3485.7                3485.7                  1
",
    );
}

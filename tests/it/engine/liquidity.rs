//! Pools of two assets on a path: impermanent loss and its mean (P13), conservation, idle reserves, rewards, margin.

use super::claims::ends;
use super::oracle::agree;
use super::{ALL, load, run};
use rehypo::engine::Simulation;
use rehypo::id::OwnerId;
use rehypo::scenario::{Loaded, Variant, load_text};
use rehypo::world::World;
use std::path::Path;

const OWNER: &str = r#"
[[cohorts]]
name = "providers"
owners = 2
coin = "usdt"
wealth.fixed = { usd = 500.0 }
chain = [ { provide = { venue = "swap" } } ]
runs = { calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }
"#;

const SAVINGS: &str = r#"
[venues.earn.savings]
when_dry = "fail"
[venues.earn.savings.reserves.usdt]
receipt = "ldusdt"
outside_supply_usd = 6000.0
utilisation = 0.5
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
"#;

const FUTURES: &str = r#"
[venues.v.futures]
settlement = "usdt"
brackets = "../../../data/leverage_tiers/binance_usdm_2025-10-09.json"
insurance_funds.general = { opening_usd = 1e5 }
collateral.usdt = { ratio = 1.0 }
collateral.btc = { ratio = 0.95 }
collateral.lp = { ratio = 0.9, auto_exchange_haircut = 0.1 }
contracts.btc-perp = { coin = "btc", symbol = "BTC/USDT:USDT", clearance_fee = 0.0125, taker_fee = 0.0005 }
"#;

fn world(sets: &[&str], extra: &str) -> Loaded {
    load(include_str!("../worlds/liquidity.toml"), sets, extra)
}

fn gap(to: f64) -> String {
    format!("[[shocks]]\nat = \"2h\"\ngap = {{ btc = {} }}\n", to - 1.0)
}

fn news(at: &str) -> String {
    format!("[[shocks]]\nat = \"{at}\"\nnews = {{ leave_per_day = 1e9, half_life = \"10d\" }}\n")
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-8 * expected.abs().max(1.0)
}

/// P13: what liquidity loses against holding both coins, at four ratios of prices.
#[test]
fn p13_impermanent_loss_of_a_gap() {
    let expected =
        [(0.5, -0.057_190_958_4), (2.0, -0.057_190_958_4), (0.8, -0.006_192_01), (1.25, -0.006_192_01), (4.0, -0.2)];
    for (k, loss) in expected {
        for leave in [String::new(), news("4h")] {
            let loaded = world(&[], &format!("{OWNER}{}{leave}", gap(k)));
            let outcome = run(&loaded, 0).full;
            assert!(close(outcome.wealth_usd, 1000.0), "{}", outcome.wealth_usd);
            let held = 0.5 * (1.0 + k);
            let found = outcome.final_wealth_usd / 1000.0 / held - 1.0;
            assert!((found - loss).abs() < 1e-8, "ratio {k}: {found} {loss}");
        }
    }
}

/// Without a fee the pool is worth the root of the price on every path, so its mean falls by `volatility^2 / 8` a year.
#[test]
fn p13_the_mean_of_a_driftless_coin_falls_by_an_eighth_of_the_variance() {
    let sets = ["run.horizon=30d", "run.step=1d", "prices.gbm.volatility_per_year.btc=2.0"];
    let loaded = world(&sets, OWNER);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut workspace = simulation.workspace();
    let names = simulation.series_names();
    let at = |series: &str| names.iter().position(|n| n.series == series && n.entity != "cake").unwrap();
    let price = names.iter().position(|n| n.series == "spot_price_usd" && n.entity == "btc").unwrap();
    let (lp, paths) = (at("lp_price_usd"), 4000);
    let mut growth = Vec::new();
    for path in 0..paths {
        let series = simulation.run(path, ALL, &mut workspace).full.series;
        let last = &series[series.len() - names.len()..];
        growth.push(last[lp] / series[lp]);
        let root = (last[price] / series[price]).sqrt();
        assert!((growth[path as usize] / root - 1.0).abs() < 1e-9, "path {path}: {} {root}", growth[path as usize]);
    }
    let mean = growth.iter().sum::<f64>() / paths as f64;
    let variance = growth.iter().map(|g| (g - mean) * (g - mean)).sum::<f64>() / (paths as f64 - 1.0);
    let expected = libm::exp(-4.0 * 30.0 / 365.0 / 8.0);
    assert!((mean - expected).abs() < 4.0 * (variance / paths as f64).sqrt(), "{mean} {expected}");
    assert!(1.0 - expected > 6.0 * (variance / paths as f64).sqrt(), "too few paths to see it");
}

/// A fee keeps arbitrage out of a band and stays with providers: never below the pool without one.
#[test]
fn a_fee_can_only_help_providers() {
    let sets = |fee: &'static str| ["run.horizon=30d", "run.step=1d", "prices.gbm.volatility_per_year.btc=1.0", fee];
    for path in 0..20 {
        let value = |fee| {
            let loaded = world(&sets(fee), OWNER);
            run(&loaded, path).full.final_wealth_usd
        };
        let (without, with) = (value("venues.swap.amm.fee=0.0"), value("venues.swap.amm.fee=0.003"));
        assert!(with > without, "path {path}: {with} {without}");
    }
}

/// Liquidity is worth its share of the reserves and no more, whatever happens, at every step.
#[test]
fn lp_tokens_together_are_worth_the_reserves() {
    let sets = ["prices.gbm.volatility_per_year.btc=3.0", "venues.swap.amm.idle={ venue = \"earn\", share = 0.8 }"];
    let loaded = world(&sets, &format!("{SAVINGS}{OWNER}{}", gap(0.6)));
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let sheet = simulation.opening_sheet();
    let supply = -sheet.iter().find(|l| l.holder == "swap reserves" && l.asset == "lp").unwrap().amount;
    let outcome = run(&loaded, 0).full;
    let names = simulation.series_names();
    let at = names.iter().position(|n| n.series == "lp_price_usd").unwrap();
    for row in outcome.series.chunks(names.len()) {
        let (claims, reserves) = (row[at] * supply, row[at + 1] + row[at + 2]);
        assert!(claims <= reserves * (1.0 + 1e-12) && claims > reserves * (1.0 - 1e-12), "{claims} {reserves}");
    }
}

/// 5,000 of dollars, 4,000 of them in savings where 3,000 of 6,000 are lent: the second layer is counted, and a burn fetches
/// what is missing.
#[test]
fn idle_reserves_are_a_second_layer_of_reuse_and_come_back_to_be_paid() {
    let idle = ["venues.swap.amm.idle={ venue = \"earn\", share = 0.8 }"];
    let loaded = world(&idle, &format!("{SAVINGS}{OWNER}{}", news("2h")));
    let sheet = Simulation::new(&loaded.scenario).unwrap().opening_sheet();
    let amount = |asset: &str| sheet.iter().find(|l| l.holder == "swap reserves" && l.asset == asset).unwrap().amount;
    assert!(close(amount("usdt"), 1000.0) && close(amount("ldusdt"), 4000.0) && close(amount("btc"), 50.0));
    let outcome = run(&loaded, 0).full;
    assert!(close(outcome.reuse_multiple.0, 1.4), "0.4 of the value is a receipt: {:?}", outcome.reuse_multiple);
    let lent = 0.5 * 0.8 * 0.5;
    assert!(close(outcome.effective_leverage.0, 0.5 + lent), "{:?}", outcome.effective_leverage);
    assert!(close(outcome.final_wealth_usd, 1000.0), "{}", outcome.final_wealth_usd);
    assert!(close(outcome.reuse_multiple.1, 1.0), "everybody left: {:?}", outcome.reuse_multiple);
}

/// 10 % a year of 10,000 of liquidity, in a coin that then halves: paid with what is burned.
#[test]
fn rewards_accrue_to_liquidity_at_the_price_of_their_coin() {
    let mining =
        ["venues.swap.amm.mining={ coin = \"cake\", per_year_usd = 1000.0 }", "run.horizon=365d", "run.step=5d"];
    for leave in [String::new(), news("365d")] {
        let halves = "[[shocks]]\nat = \"100d\"\ngap = { cake = -0.5 }\n";
        let outcome = run(&world(&mining, &format!("{OWNER}{halves}{leave}")), 0).full;
        assert!((outcome.final_wealth_usd - 1050.0).abs() < 1e-4, "{}", outcome.final_wealth_usd);
    }
}

/// A token for bitcoin, half of it in dollars, which is what falls behind when bitcoin rises.
const TOKEN: &str = r#"
[venues.lido.issuer]
token = "sbtc"
par = "btc"
outside_supply_usd = 1e4
cash_share = 0.5
holds = { xusd = 0.5 }
hedged = {}
reserve_fund_share = 0.0
fast = { quota_per_day = 0.0, fee = 0.0 }
standard = { delay = "3d", fee = 0.0 }
unwind_per_day = 0.0
[venues.x.issuer]
token = "xusd"
par = "usdt"
outside_supply_usd = 0.0
cash_share = 1.0
hedged = {}
reserve_fund_share = 0.0
fast = { quota_per_day = 0.0, fee = 0.0 }
standard = { delay = "3d", fee = 0.0 }
unwind_per_day = 0.0
"#;

/// A pool of a token and its coin is left with the token when it falls: impermanent loss at the token's own discount.
#[test]
fn a_pool_of_a_token_and_its_coin_is_left_with_the_token() {
    let sets = ["venues.swap.amm.assets=[\"sbtc\", \"btc\"]"];
    let loaded = world(&sets, &format!("{TOKEN}{OWNER}{}", gap(2.0)));
    let outcome = run(&loaded, 0).full;
    // Half of what is behind the token are dollars: at twice the price it is worth (1 + 0.5) / 2 of its coin.
    let (_, lp) = ends(&loaded, &outcome, "lp_price_usd", "lp");
    let (open, _) = ends(&loaded, &outcome, "lp_price_usd", "lp");
    assert!(close(lp / open, 2.0 * 0.75_f64.sqrt()), "{lp} {open}");
    let (_, coins) = ends(&loaded, &outcome, "reserve_usd", "swap/btc");
    let (_, tokens) = ends(&loaded, &outcome, "reserve_usd", "swap/sbtc");
    assert!((coins / tokens - 1.0).abs() < 1e-6, "{coins} {tokens}");
}

fn leveraged() -> String {
    let cohort = r#"
[[cohorts]]
name = "leveraged"
owners = 60
coin = "usdt"
wealth.lognormal = { median_usd = 500.0, sigma = 1.0, max_usd = 1e4 }
chain = [
  { provide = { venue = "swap" } },
  { pledge = { venue = "v" } },
  { trade = { venue = "v", leverage = { lognormal = { median = 3, sigma = 0.5, max = 10 } }, long_share = 0.7, contracts = { btc-perp = 1.0 } } },
]
runs = { calm_per_day = 0.2, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 10.0 }
"#;
    format!("{FUTURES}{SAVINGS}{OWNER}{cohort}{}{}", gap(0.75), news("4h"))
}

/// Margin of liquidity, half of it in savings, through a crash and a run: everything balances, and the fast search finds whom
/// the plain one finds.
#[test]
fn liquidity_as_margin_conserves_and_is_searched_alike() {
    let sets = [
        "prices.gbm.volatility_per_year.btc=1.0",
        "prices.gbm.volatility_per_year.cake=1.0",
        "venues.swap.amm.fee=0.003",
        "venues.swap.amm.idle={ venue = \"earn\", share = 0.8 }",
        "venues.swap.amm.mining={ coin = \"cake\", per_year_usd = 1e4 }",
        "run.horizon=2d",
        "run.counterfactuals=[\"no_feedback\", \"no_reuse\"]",
    ];
    let loaded = world(&sets, &leveraged());
    let outcome = run(&loaded, 0);
    assert!(
        outcome.full.liquidated_owners > 5 && outcome.full.auto_exchanged_usd > 0.0,
        "{:?}",
        outcome.full.liquidated_owners
    );
    let without = outcome.of(Variant::NoReuse).unwrap();
    assert!((without.wealth_usd / outcome.full.wealth_usd - 1.0).abs() < 1e-9);
    assert!(without.reuse_multiple.0 < outcome.full.reuse_multiple.0);
    agree(&loaded, 2);
}

/// Bitcoin rises by 4 % inside a band of 5 %: nobody trades, and the venue believes what arbitrage would leave, `2 sqrt(1.04)` of what
/// holds `1 + 1.04`.
#[test]
fn the_index_of_liquidity_is_its_fair_price() {
    let loaded = world(&["venues.swap.amm.fee=0.05"], &format!("{FUTURES}{SAVINGS}{OWNER}"));
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = World::new(&loaded.scenario, simulation.population());
    world.reset(Variant::Full);
    let btc = loaded.scenario.coins.iter().position(|coin| coin.name == "btc").unwrap();
    let lp = loaded.scenario.asset_named("lp").unwrap();
    let at = loaded.scenario.futures[0].collateral.iter().position(|c| c.asset == lp).unwrap();
    world.step = 1;
    world.exogenous[btc] = 104.0;
    world.publish();
    world.begin_amm_step(0);
    world.publish();
    let (fair, naive) = (world.futures[0].marks.index[at], world.mark(lp));
    assert!(close(fair / naive, 2.0 * 1.04_f64.sqrt() / 2.04), "{fair} {naive}");
}

#[test]
fn no_reuse_needs_both_coins_as_margin() {
    let text = include_str!("../worlds/liquidity.toml");
    let futures = FUTURES.replace("collateral.btc = { ratio = 0.95 }\n", "");
    let text = format!("{text}{futures}{OWNER}").replace("counterfactuals = []", "counterfactuals = [\"no_reuse\"]");
    let loaded = load_text(&text, Path::new("tests/it/worlds"), "world", &[]).unwrap_or_else(|e| panic!("{e}"));
    let refused = Simulation::new(&loaded.scenario).expect_err("refused").to_string();
    assert!(refused.contains("no_reuse replaces `lp` by `btc`"), "{refused}");
}

#[test]
fn pools_that_cannot_be_are_refused() {
    let base = format!("{}{SAVINGS}{FUTURES}{OWNER}", include_str!("../worlds/liquidity.toml"));
    for (from, to, says) in [
        ("assets = [\"btc\", \"usdt\"]", "assets = [\"btc\"]", "1 assets: expected two"),
        ("assets = [\"btc\", \"usdt\"]", "assets = [\"btc\", \"btc\"]", "a pool of `btc` and itself"),
        ("assets = [\"btc\", \"usdt\"]", "assets = [\"btc\", \"usdc\"]", "there is no asset called `usdc`"),
        (
            "assets = [\"btc\", \"usdt\"]",
            "assets = [\"btc\", \"ldusdt\"]",
            "`ldusdt` is a receipt, which is not swapped",
        ),
        ("fee = 0.0\n", "fee = 0.00005\n", "0.00005 is no whole number of basis points"),
        (
            "fee = 0.0\n",
            "fee = 0.0\nidle = { venue = \"v\", share = 0.5 }\n",
            "`v` is a futures venue, not a savings pool",
        ),
        (
            "fee = 0.0\n",
            "fee = 0.0\nmining = { coin = \"lp\", per_year_usd = 1.0 }\n",
            "`lp` is an LP token, not a coin",
        ),
        (
            "provide = { venue = \"swap\" }",
            "provide = { venue = \"earn\" }",
            "`earn` is a savings pool, not a pool of two assets",
        ),
        ("ratio = 0.9, auto", "ratio = 0.9, index = \"redemption\", auto", "`lp` is liquidity, which does not trade"),
        ("lp = \"lp\"", "lp = \"btc\"", "the name `btc` is already taken by a coin"),
    ] {
        assert!(base.contains(from), "{from}");
        let text = base.replacen(from, to, 1);
        let refused = load_text(&text, Path::new("tests/it/worlds"), "world", &[]).expect_err(says).to_string();
        assert!(refused.contains(says), "{says}: {refused}");
    }
}

/// The same with 1 token, and none, in the hands of outsiders. The pool of 50 and 50 gives 50 / 51 coins for that one, though it is worth
/// 0.75 of its coin; without it nobody trades.
#[test]
fn outsiders_pay_with_no_more_tokens_than_they_have() {
    for (outside_usd, tokens, coins) in [(100.0, 51.0, 50.0 * (1.0 - 1.0 / 51.0)), (0.0, 50.0, 50.0)] {
        let supply = format!("venues.lido.issuer.outside_supply_usd={outside_usd}");
        let loaded =
            world(&["venues.swap.amm.assets=[\"sbtc\", \"btc\"]", &supply], &format!("{TOKEN}{OWNER}{}", gap(2.0)));
        let outcome = run(&loaded, 0).full;
        let (_, coins_usd) = ends(&loaded, &outcome, "reserve_usd", "swap/btc");
        let (_, tokens_usd) = ends(&loaded, &outcome, "reserve_usd", "swap/sbtc");
        assert!(close(coins_usd, coins * 200.0), "{outside_usd}: {coins_usd}");
        assert!(close(tokens_usd, tokens * 150.0), "{outside_usd}: {tokens_usd}");
    }
}

/// Of 5,000 in dollars 4,000 lie in a savings pool of 10,000, 3,000 of it lent. Bitcoin rises fourfold, the pool has 10,000 of
/// dollars and would lay 4,000 more idle: nothing into a frozen reserve, 1,000 up to its cap, nothing where 7,500 stand behind 10,000
/// as half of the cash is gone.
#[test]
fn reserves_are_laid_idle_only_where_they_are_taken_and_covered() {
    let idle = "venues.swap.amm.idle={ venue = \"earn\", share = 0.8 }";
    let shock = |what: &str| format!("[[shocks]]\nat = \"1h\"\n{what} = {{ venue = \"earn\" }}\n");
    let cap = "venues.earn.savings.reserves.usdt.supply_cap_usd=11000.0";
    let none = "venues.earn.savings.reserves.usdt.supply_cap_usd=1e9";
    let stolen = shock("exploit").replace(" }", ", share = 0.5 }");
    for (cap, shock, supplied) in [
        (none, String::new(), 14_000.0),
        (none, shock("freeze"), 10_000.0),
        (cap, String::new(), 11_000.0),
        (none, stolen, 7500.0),
    ] {
        let loaded = world(&[idle, cap], &format!("{SAVINGS}{OWNER}{shock}{}", gap(4.0)));
        let outcome = run(&loaded, 0).full;
        let (before, after) = ends(&loaded, &outcome, "supplied_usd", "earn/usdt");
        assert!(close(before, 10_000.0) && close(after, supplied), "{cap} {shock}: {before} {after}");
    }
}

/// 1,000 of rewards on 10,000 of liquidity in a year: 10 coins of 2 dollars on 200 dollars of liquidity that a venue sells out of an
/// account where the reward's coin is no margin. They go to the wallet; where the coin is taken they stay.
#[test]
fn rewards_of_margin_are_paid_where_their_coin_is_taken() {
    let chain = "{ pledge = { venue = \"v\" } } ]";
    let cohort = OWNER
        .replace("owners = 2", "owners = 1")
        .replace("500.0", "1000.0")
        .replace(" } } ]", &format!(" }} }}, {chain}"));
    let mining =
        ["venues.swap.amm.mining={ coin = \"cake\", per_year_usd = 1000.0 }", "run.horizon=365d", "run.step=365d"];
    for taken in [false, true] {
        let more = if taken { "collateral.cake = { ratio = 0.5 }\n" } else { "" };
        let loaded = world(&mining, &format!("{FUTURES}{more}{cohort}"));
        let simulation = Simulation::new(&loaded.scenario).unwrap();
        let mut world = World::new(&loaded.scenario, simulation.population());
        world.reset(Variant::Full);
        let (lp, cake) = (loaded.scenario.asset_named("lp").unwrap(), loaded.scenario.asset_named("cake").unwrap());
        let owner = &simulation.population().owners[0];
        let margin =
            simulation.population().accounts_of(OwnerId::at(0)).find(|a| world.ledger.balance(*a, lp) > 0.0).unwrap();
        assert!(margin != owner.wallet);
        world.step = 1;
        world.begin_amm_step(0);
        let units = world.ledger.balance(margin, lp) / 5.0;
        world.burn_liquidity(0, margin, units);
        let (to, not) = if taken { (margin, owner.wallet) } else { (owner.wallet, margin) };
        let (paid, left) = (world.ledger.balance(to, cake), world.ledger.balance(not, cake));
        assert!((paid - 10.0).abs() < 1e-6 && left == 0.0, "{paid} {left}");
    }
}

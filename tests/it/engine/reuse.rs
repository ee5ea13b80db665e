//! What the counterfactuals change, and what they must leave alone.

use super::{load, one_bet, run, whole_chain};
use rehypo::engine::Simulation;
use rehypo::scenario::Variant;

#[test]
fn a_world_without_reuse_is_its_own_counterfactual() {
    let loaded = one_bet(&["markets.btc.perp.linear.depth_1pct_usd=1e6"], "");
    for path in 0..3 {
        let outcome = run(&loaded, path);
        let without = outcome.of(Variant::NoReuse).unwrap();
        assert_eq!(outcome.full.owner_loss_usd, without.owner_loss_usd);
        assert_eq!(outcome.full.series, without.series);
        assert!(outcome.full.liquidated_usd > 0.0);
    }
}

#[test]
fn without_impact_the_feedback_counterfactual_is_the_world() {
    let outcome = run(&one_bet(&[], ""), 0);
    let without = outcome.of(Variant::NoFeedback).unwrap();
    assert_eq!(outcome.full.liquidated_owners, without.liquidated_owners);
    assert!((outcome.full.liquidated_usd / without.liquidated_usd - 1.0).abs() < 1e-9);
}

#[test]
fn feedback_makes_the_same_path_worse() {
    let crash = "[[shocks]]\nat = '1d'\ngap = { btc = -0.06 }";
    let sets = [
        "markets.btc.perp.linear.depth_1pct_usd=1e7",
        "prices.gbm.volatility_per_year.btc=0.1",
        "venues.binance.futures.insurance_funds.general.opening_usd=1e10",
    ];
    let outcome = run(&one_bet(&sets, crash), 0);
    let without = outcome.of(Variant::NoFeedback).unwrap();
    let (with, without_usd) = (outcome.full.liquidated_usd, without.liquidated_usd);
    assert!(with > 1.05 * without_usd, "{with} {without_usd}");
    assert_eq!(without.largest_price_gap, 0.0);
}

#[test]
fn no_reuse_keeps_wealth_and_positions_and_drops_tokens() {
    let loaded = whole_chain(&["run.horizon=1h"], "");
    let outcome = run(&loaded, 0);
    let without = outcome.of(Variant::NoReuse).unwrap();
    assert!((outcome.full.wealth_usd / without.wealth_usd - 1.0).abs() < 1e-12);
    assert_eq!(outcome.full.open_interest_usd.0, without.open_interest_usd.0);
    assert!(without.reuse_multiple.0 < outcome.full.reuse_multiple.0);
    assert!(without.effective_leverage.0 < outcome.full.effective_leverage.0);
}

/// P07's algebra: deposit, three loops at a loan-to-value of 0.75, the last receipt as margin at a 5 % haircut, futures
/// at leverage 5. Gross deposits are (1 - l^4) / (1 - l), the margin l^3; the exposure adds the futures to the deposits.
#[test]
fn looking_through_a_loop_gives_the_closed_form() {
    let (ltv, leverage): (f64, f64) = (0.75, 5.0);
    let world = include_str!("../worlds/whole_chain.toml");
    let cut = world.find("[[cohorts]]").unwrap();
    let looper = r#"
[[cohorts]]
name = "looper"
owners = 3
coin = "btc"
wealth.fixed = { usd = 1e5 }
chain = [
  { loop = { times = 3, steps = [ { deposit = { venue = "earn" } }, { borrow = { venue = "earn", coin = "btc", ltv = 0.75 } } ] } },
  { deposit = { venue = "earn" } },
  { pledge = { venue = "binance" } },
  { trade = { venue = "binance", leverage = { fixed = { x = 5.0 } }, long_share = 1.0, contracts = { btc-perp = 1.0 } } },
]
"#;
    let text =
        world[..cut].replace("ldusdt = { ratio = 0.999 }", "ldusdt = { ratio = 0.999 }\nldbtc = { ratio = 0.95 }");
    let loaded = load(&format!("{text}{looper}"), &["venues.binance.futures.collateral.usdt.ratio=1.0"], "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let deposits = (1.0 - ltv.powi(4)) / (1.0 - ltv);
    let expected = deposits + leverage * 0.95 * ltv.powi(3);
    for owner in simulation.owners() {
        assert!((owner.equity_usd - 1e5).abs() < 1e-3, "{}", owner.equity_usd);
        assert!((owner.effective_leverage - expected).abs() < 1e-6, "{} {expected}", owner.effective_leverage);
        assert!((owner.nominal_leverage - leverage).abs() < 1e-6, "{}", owner.nominal_leverage);
    }
}

//! Which price of its collateral a venue believes, how stale, and tokens that are issued for a coin.

use super::{load, oracle, run, whole_chain};
use rehypo::engine::Simulation;
use rehypo::event::EventKind;
use rehypo::outcome::{Outcome, PathOutcome};
use rehypo::scenario::{Loaded, Variant};
use rehypo::world::World;

/// The token rule of the venue.
const RULE: &str = "venues.binance.futures.token_index";

/// A fall of the coin by a fifth after two hours.
const FALL: &str = "[[shocks]]\nat = '2h'\ngap = { eth = -0.2 }";

/// Owners who hold ETH, WBETH, and WBETH with positions, at a portfolio-margin venue.
fn liquid_staking(sets: &[&str], extra: &str) -> Loaded {
    load(include_str!("../worlds/liquid_staking.toml"), sets, extra)
}

/// A series of the world, by name and entity.
fn series(loaded: &Loaded, outcome: &Outcome, name: &str, entity: &str) -> Vec<f64> {
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let names = simulation.series_names();
    let at = names.iter().position(|n| n.series == name && n.entity == entity).unwrap();
    outcome.series.iter().skip(at).step_by(names.len()).copied().collect()
}

fn liquidated(outcome: &PathOutcome) -> u32 {
    outcome.full.liquidated_owners
}

/// Sells WBETH of the outside on its book and publishes.
fn sell_wbeth(world: &mut World, tokens: f64) {
    let outside = world.outside();
    world.sell_token(0, outside, tokens);
    world.publish();
}

/// Index of WBETH, market price and redemption value, in that order.
fn index(world: &World) -> [f64; 3] {
    let token = world.scenario.issuers[0].token;
    let eth = world.mark(world.coin_asset(world.scenario.issuers[0].par));
    [world.futures[0].marks.index[2], world.mark(token), world.issuers[0].redemption * eth]
}

#[test]
fn each_rule_believes_what_it_says() {
    let believed = |rule: &str| {
        let loaded = liquid_staking(&[&format!("{RULE}={rule}")], "");
        let simulation = Simulation::new(&loaded.scenario).unwrap();
        let mut world = World::new(&loaded.scenario, simulation.population());
        world.reset(Variant::Full);
        world.step = 1;
        sell_wbeth(&mut world, 40.0);
        index(&world)
    };
    let [spot, market, redemption] = believed("spot");
    assert!(market < 0.8 * redemption && redemption == 4400.0, "{market} {redemption}");
    assert_eq!(spot, market);
    assert_eq!(believed("redemption")[0], redemption);
    assert_eq!(believed("{ blend = { spot_weight = 0.25 } }")[0], 0.25 * market + 0.75 * redemption);
    assert_eq!(believed("{ blend = { spot_weight = 1.0, floor = 0.95 } }")[0], 0.95 * redemption);
}

#[test]
fn a_stale_index_is_that_of_so_many_steps_ago() {
    let sets = [
        "venues.binance.futures.collateral.wbeth.stale_steps=2",
        "venues.binance.futures.collateral.eth.stale_steps=1",
    ];
    let loaded = liquid_staking(&sets, "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = World::new(&loaded.scenario, simulation.population());
    for _ in 0..2 {
        world.reset(Variant::Full);
        let (mut eth, mut wbeth) = (vec![4400.0], vec![4400.0]);
        for step in 1..=6_usize {
            world.step = step as u32;
            world.exogenous[1] = 4400.0 - 10.0 * step as f64;
            world.publish();
            sell_wbeth(&mut world, 20.0);
            eth.push(world.exogenous[1]);
            wbeth.push(world.mark(loaded.scenario.issuers[0].token));
            assert_eq!(world.futures[0].marks.index[1], eth[step - 1]);
            assert_eq!(world.futures[0].marks.index[2], wbeth[step.saturating_sub(2)]);
        }
    }
}

#[test]
fn the_search_is_exact_with_stale_indices() {
    let stale = |rule: &str| {
        let collateral =
            |asset: &str, steps: u32| format!("venues.binance.futures.collateral.{asset}.stale_steps={steps}");
        let sets = [
            collateral("usdt", 3),
            collateral("btc", 12),
            collateral("ldusdt", 7),
            collateral("bfusd", 1),
            format!("{RULE}={rule}"),
            "run.horizon=1d".to_owned(),
        ];
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        let shocks = "[[shocks]]\nat = '4h'\ngap = { btc = -0.3, eth = -0.35 }\n\
            [[shocks]]\nat = '4h'\ndepeg = { coin = 'usdt', price_usd = 0.93, half_life = '3h' }\n\
            [[shocks]]\nat = '12h'\ngap = { btc = 0.4, eth = 1.5 }";
        whole_chain(&sets, shocks)
    };
    for rule in ["spot", "redemption", "{ blend = { spot_weight = 0.3, floor = 0.9 } }"] {
        let loaded = stale(rule);
        assert!(run(&loaded, 0).full.liquidated_owners > 100);
        oracle::agree(&loaded, 2);
    }
    let coin = liquid_staking(&["venues.binance.futures.collateral.wbeth.stale_steps=4"], FALL);
    oracle::agree(&coin, 2);
}

#[test]
fn a_holder_of_a_token_issued_for_a_coin_has_its_profit_and_loss() {
    let loaded = liquid_staking(
        &["cohorts.stakers.owners=1", "cohorts.stakers.chain.trade.leverage={ fixed = { x = 1e-3 } }"],
        FALL,
    );
    for path in 0..3 {
        let outcome = run(&loaded, path);
        let [coin, token, ..] = outcome.full.owner_loss_usd.as_slice() else { panic!("three owners") };
        assert!(*coin > 1000.0, "{coin}");
        assert_eq!(coin, token);
        assert_eq!(outcome.full.effective_leverage.0, outcome.of(Variant::NoReuse).unwrap().effective_leverage.0);
        assert_eq!(outcome.of(Variant::NoReuse).unwrap().owner_loss_usd[..2], [*coin, *coin]);
        assert_eq!(outcome.full.issuers[0].shortfall_usd, 0.0);
    }
}

#[test]
fn its_discount_is_that_of_its_own_book() {
    let loaded = liquid_staking(&[], FALL);
    let outcome = run(&loaded, 0).full;
    let of = |name: &str, entity: &str| series(&loaded, &outcome, name, entity);
    let (eth, price) = (of("spot_price_usd", "eth"), of("token_price_usd", "wbeth"));
    assert_eq!(of("token_redemption_usd", "wbeth"), eth, "what the issuer can pay is one coin, whatever its price");
    let discount = of("token_discount", "wbeth");
    assert!(discount.iter().fold(0.0, |low: f64, d| low.min(*d)) < -0.05, "forced sales were to push it");
    assert_eq!(discount[..24], [0.0; 24], "nobody sells before the fall");
    let tokens = 10_000.0 / 4400.0;
    let (coin, token) = (outcome.owner_loss_usd[0], outcome.owner_loss_usd[1]);
    let gap = tokens * (eth.last().unwrap() - price.last().unwrap());
    assert!((token - coin - gap).abs() < 1e-6, "{token} {coin} {gap}");
}

#[test]
fn without_reuse_the_coin_backs_the_same_positions() {
    let loaded = liquid_staking(&[], FALL);
    let outcome = run(&loaded, 0);
    let without = outcome.of(Variant::NoReuse).unwrap();
    assert_eq!(outcome.full.wealth_usd, without.wealth_usd);
    assert_eq!(outcome.full.open_interest_usd.0, without.open_interest_usd.0);
    assert_eq!(without.issuers[0].worst_discount, 0.0);
    assert!(without.liquidated_owners < outcome.full.liquidated_owners);
}

#[test]
fn who_redeems_gets_coins_one_for_one() {
    let sets = [
        "venues.wbeth.issuer.standard.delay=2h",
        "cohorts.tokens.runs={ calm_per_day = 1e4, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e4, accept_discount = 0.0 }",
        "cohorts.stakers.owners=1",
    ];
    let loaded = liquid_staking(&sets, FALL);
    let outcome = run(&loaded, 0).full;
    let [coin, token, ..] = outcome.owner_loss_usd.as_slice() else { panic!("three owners") };
    assert!(outcome.events.iter().any(|e| e.kind == EventKind::Leave));
    let paid = 10_000.0 / 4400.0 * series(&loaded, &outcome, "spot_price_usd", "eth")[25];
    assert!((outcome.issuers[0].redeemed_usd / paid - 1.0).abs() < 0.3, "{} {paid}", outcome.issuers[0].redeemed_usd);
    assert!((coin - token).abs() < 1e-6, "{coin} {token}");
}

#[test]
fn the_rule_decides_who_is_liquidated() {
    let under = |rule: &str| liquidated(&run(&liquid_staking(&[&format!("{RULE}={rule}")], FALL), 0));
    let (spot, redemption, blend) =
        (under("spot"), under("redemption"), under("{ blend = { spot_weight = 0.5, floor = 0.9 } }"));
    assert!(redemption < blend && blend <= spot, "{redemption} {blend} {spot}");
}

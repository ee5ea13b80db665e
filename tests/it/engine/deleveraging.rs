//! Who pays when the fund cannot: the insurance fund first, then the profitable side in the order of its rule.

use super::{one_bet, run};
use rehypo::engine::Simulation;
use rehypo::event::EventKind;
use rehypo::outcome::PathOutcome;
use rehypo::scenario::Variant;
use rehypo::world::World;

const GAP: &str = "[[shocks]]\nat = '1d'\ngap = { btc = -0.3 }";

fn crash(sets: &[&str]) -> PathOutcome {
    run(&one_bet(sets, GAP), 0)
}

#[test]
fn a_fund_that_can_pay_pays_and_nobody_is_deleveraged() {
    let outcome = crash(&["venues.binance.futures.insurance_funds.general.opening_usd=1e12"]).full;
    assert_eq!(outcome.futures[0].adl_usd, 0.0);
    assert!(outcome.futures[0].fund_low_usd < outcome.futures[0].fund_open_usd);
    assert!(outcome.events.iter().any(|e| e.kind == EventKind::TakeOver));
}

#[test]
fn an_empty_fund_deleverages_and_loses_next_to_nothing() {
    for rule in ["queue", "pro_rata"] {
        let adl = format!("venues.binance.futures.adl.rule={rule}");
        let outcome = crash(&["venues.binance.futures.insurance_funds.general.opening_usd=0.0", adl.as_str()]).full;
        let venue = &outcome.futures[0];
        assert!(venue.adl_usd > 0.0 && venue.adl_owners > 0, "{rule}");
        assert!(venue.shortfall_usd < 1e-3 * venue.adl_usd, "{rule}: {} of {}", venue.shortfall_usd, venue.adl_usd);
    }
}

#[test]
fn the_queue_takes_fewer_owners_than_pro_rata_and_only_winners() {
    let hit = |rule: &str| {
        let sets = [
            "venues.binance.futures.insurance_funds.general.opening_usd=0.0",
            &format!("venues.binance.futures.adl.rule={rule}"),
        ];
        run(&one_bet(&sets, "[[shocks]]\nat = '1d'\ngap = { btc = -0.1 }"), 0).full.futures[0].adl_owners
    };
    assert!(0 < hit("queue") && hit("queue") < hit("pro_rata"), "{} {}", hit("queue"), hit("pro_rata"));
    let outcome = crash(&["venues.binance.futures.insurance_funds.general.opening_usd=0.0"]).full;
    let gap = outcome.peak_step;
    let at_the_gap = outcome.events.iter().filter(|e| e.kind == EventKind::Deleveraging && e.step == gap);
    assert!(
        at_the_gap.clone().count() > 0 && at_the_gap.clone().all(|e| e.amount > 0.0),
        "longs go bankrupt in a crash: only shorts can be deleveraged"
    );
}

/// With the linear law, 1e7 USD a per cent and an infinitely deep spot book left out of it, the room to 5 % below the mark
/// is -ln(0.95) * 100 depths in USD: what fills of an order is that over its size, however large the order.
#[test]
fn an_order_fills_within_the_largest_deviation_whatever_its_size() {
    let sets = ["markets.btc.perp.linear.depth_1pct_usd=1e7", "markets.btc.arbitrage_share=0.0"];
    let loaded = one_bet(&sets, "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = World::new(&loaded.scenario, simulation.population());
    world.reset(Variant::Full);
    let room_usd = -100.0 * libm::log(0.95) * 1e7;
    for contracts in [100.0, 1_000.0, 10_000.0, 1_000_000.0] {
        let expected = (room_usd / (contracts * 1e5)).min(1.0);
        let found = world.fillable_share(0, 0, -contracts, 0.05);
        assert!((found / expected - 1.0).abs() < 1e-9, "{contracts} contracts: {found}, not {expected}");
    }
}

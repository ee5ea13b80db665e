//! Insurance funds: whose loss is whose, floors, top-ups.

use super::modes::{at_opening, margin_accounts, set_btc, world};
use rehypo::engine::Simulation;
use rehypo::event::EventKind;
use rehypo::scenario::Loaded;
use rehypo::world::World;

const NO_TOP_UP: &str = "venues.binance.futures.insurance_funds.majors.top_up.below_usd=0.0";

/// A gap in both coins that leaves many accounts bankrupt; nobody is liquidated yet.
fn gapped<'a>(simulation: &'a Simulation<'a>, loaded: &'a Loaded) -> World<'a> {
    let mut world = at_opening(simulation, loaded);
    world.exogenous[3] = 0.7 * 4400.0;
    set_btc(&mut world, 0.75 * 120_000.0);
    world
}

fn with_funds(opening_usd: f64, sets: &[&str]) -> Loaded {
    let opening =
        ["majors", "rest"].map(|f| format!("venues.binance.futures.insurance_funds.{f}.opening_usd={opening_usd}"));
    world("single_asset", &[sets, &[&opening[0], &opening[1], NO_TOP_UP]].concat())
}

/// Each fund bears the part of a bankrupt account's loss that its contracts have in the notional.
#[test]
fn a_fund_bears_the_losses_of_its_own_contracts() {
    let loaded = with_funds(1e12, &[]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = gapped(&simulation, &loaded);
    let table = &loaded.scenario.futures[0];
    let mut split = 0;
    for account in margin_accounts(&world) {
        let worth = world.account_usd(account);
        if worth >= 0.0 {
            continue;
        }
        let mut notional = [0.0; 2];
        for (i, contract) in table.contracts.iter().enumerate() {
            notional[contract.fund] +=
                world.ledger.balance(account, contract.asset).abs() * world.futures[0].marks.price[i];
        }
        let all = notional[0] + notional[1];
        let before = [world.fund_usd(0, 0), world.fund_usd(0, 1)];
        world.liquidate(0, &[account]);
        for fund in 0..2 {
            let (bore, expected) = (world.fund_usd(0, fund) - before[fund], worth * notional[fund] / all);
            // an account's worth is known to a cent beside funds of a million million
            assert!((bore - expected).abs() < 0.05, "{account:?} fund {fund}: {bore}, not {expected}");
        }
        assert_eq!(world.account_usd(account), 0.0, "reset to nothing");
        split += u32::from(notional[0] > 0.0 && notional[1] > 0.0);
    }
    assert!(split > 5, "{split}");
}

/// A fund accepts no loss beyond its floor. Whole: the position that would take it there is deleveraged whole; uncovered:
/// the fund pays down to its floor, to within a lot, and only the rest is deleveraged.
#[test]
fn a_fund_stops_at_its_floor() {
    let closed = |take: &str| {
        let take = format!("venues.binance.futures.adl.take={take}");
        let loaded = with_funds(1e5, &[&take]);
        let simulation = Simulation::new(&loaded.scenario).unwrap();
        let mut world = gapped(&simulation, &loaded);
        let bitcoin = loaded.scenario.futures[0].contracts[0].asset;
        let mut room = None; // what the first deleveraging took, and what it left of the fund above the floor
        for account in margin_accounts(&world) {
            let before = world.tally.futures[0].adl_usd;
            world.liquidate(0, &[account]);
            let first = world.tally.events.iter().any(|e| e.kind == EventKind::Deleveraging && e.asset == bitcoin);
            if first && room.is_none() {
                room = Some((world.tally.futures[0].adl_usd - before, world.fund_usd(0, 0) - 5e4));
            }
            assert!(world.fund_usd(0, 0) >= 5e4 - 0.01 && world.fund_usd(0, 1) >= -0.01, "{take} {account:?}");
        }
        world.note_funds(0);
        let tally = &world.tally.futures[0];
        assert!(tally.fund_needed_usd > tally.fund_paid_usd, "{take}: {tally:?}");
        assert!(world.ledger.imbalance().is_none());
        room.expect("the fund is large enough for this gap")
    };
    let (whole, uncovered) = (closed("whole"), closed("uncovered"));
    assert!(uncovered.0 < whole.0, "{uncovered:?} {whole:?}");
    // a lot of 0.0001 bitcoin loses at most 0.0001 * 120,000
    assert!(uncovered.1 < 12.0 && uncovered.1 < whole.1, "{uncovered:?} {whole:?}");
}

#[test]
fn the_exchange_tops_a_fund_up_to_its_mark() {
    let loaded = world("single_asset", &["venues.binance.futures.insurance_funds.majors.opening_usd=5e4"]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    world.end_funds_step(0);
    assert!((world.fund_usd(0, 0) - 1e5).abs() < 1e-3 && (world.fund_usd(0, 1) - 1e5).abs() < 1e-3);
    assert!((world.tally.futures[0].fund_top_up_usd - 5e4).abs() < 1e-3);
    assert_eq!(world.tally.events.iter().filter(|e| e.kind == EventKind::FundTopUp).count(), 1);
    world.end_funds_step(0);
    assert!((world.tally.futures[0].fund_top_up_usd - 5e4).abs() < 1e-3, "once is enough");
}

//! Ways out, one rule at a time: nobody is paid out of turn, nobody is paid for tokens that are gone, and margin stays
//! behind a position that is still open.

use super::whole_chain;
use rehypo::engine::Simulation;
use rehypo::id::{AccountId, OwnerId};
use rehypo::scenario::{Loaded, Place, Variant};
use rehypo::world::World;

/// Owners of a cohort that have an account at a place, with that account.
fn accounts(loaded: &Loaded, simulation: &Simulation, cohort: &str, place: Place) -> Vec<(OwnerId, AccountId)> {
    let people = simulation.population();
    let of = |owner: &OwnerId| loaded.scenario.cohorts[people.owners[owner.index()].cohort.index()].name == cohort;
    people.owner_ids().filter(of).filter_map(|owner| Some((owner, people.account_at(owner, place)?))).collect()
}

#[test]
fn cash_that_comes_in_goes_to_those_in_line() {
    let loaded = whole_chain(&["venues.earn.savings.reserves.usdt.utilisation=1.0"], "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = World::new(&loaded.scenario, simulation.population());
    world.reset(Variant::Full);
    let depositors = accounts(&loaded, &simulation, "ld", Place::Pool(0));
    let (first, second) = (depositors[0].1, depositors[1].1);
    assert_eq!(world.withdraw(0, 0, first, 10.0, true), 0.0, "the pool is dry");
    let usdt = loaded.scenario.coins[0].asset;
    let (outside, pool) = (world.outside(), simulation.population().system.pools[0]);
    world.transfer(outside, pool, usdt, 5.0);
    assert_eq!(world.redeem_if_free(0, 0, second, 1.0), 0.0, "paid out of turn");
    world.step = 1;
    world.accrue_pools();
    assert!((world.ledger.balance(first, usdt) - 5.0).abs() < 1e-3, "{}", world.ledger.balance(first, usdt));
}

#[test]
fn tokens_that_are_gone_when_due_are_not_paid() {
    let loaded = whole_chain(&[], "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = World::new(&loaded.scenario, simulation.population());
    world.reset(Variant::Full);
    let (owner, margin) = accounts(&loaded, &simulation, "stack", Place::Futures(0))[0];
    let (wallet, outside) = (simulation.population().owners[owner.index()].wallet, world.outside());
    let (token, usdt) = (loaded.scenario.issuers[0].token, loaded.scenario.coins[0].asset);
    let tokens = world.transfer_all(margin, wallet, token);
    assert!(tokens > 0.0);
    world.step = 1;
    world.redeem_standard(0, wallet, tokens);
    world.transfer_all(wallet, outside, token);
    world.step = 1 + 4 * 288;
    world.begin_issuer_step(0);
    assert_eq!((world.ledger.balance(wallet, usdt), world.ledger.balance(wallet, token)), (0.0, 0.0));
    assert_eq!(world.issuers[0].waiting, 0.0);
}

#[test]
fn margin_stays_behind_a_position_that_cannot_be_closed() {
    let loaded = whole_chain(&["cohorts.ld.runs.accept_discount=0.0"], "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = World::new(&loaded.scenario, simulation.population());
    world.reset(Variant::Full);
    world.step = 1;
    for (owner, account) in accounts(&loaded, &simulation, "ld", Place::Futures(0)) {
        let before = world.health(0, account);
        world.unwind(owner);
        assert_eq!(world.health(0, account), before, "{owner:?}");
    }
}

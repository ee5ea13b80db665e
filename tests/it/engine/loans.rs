//! Loans inside portfolio-margin accounts: opened, liquidated, borne by the fund, written off, repaid by leavers.

use super::modes::{at_opening, margin_accounts, set_btc, world};
use rehypo::engine::Simulation;
use rehypo::id::{AccountId, OwnerId};
use rehypo::scenario::Loaded;
use rehypo::world::World;

/// Accounts at the venue of a cohort, with their owners.
fn of_cohort(loaded: &Loaded, world: &World, cohort: &str) -> Vec<(OwnerId, AccountId)> {
    let owner = |a: AccountId| world.population.owner_of(a).unwrap();
    let named = |a: &AccountId| {
        loaded.scenario.cohorts[world.population.owners[owner(*a).index()].cohort.index()].name == cohort
    };
    margin_accounts(world).into_iter().filter(named).map(|a| (owner(a), a)).collect()
}

/// What an account owes the pool on its loan of the collateral in that place, in coins at the opening's index of 1.
fn debt(loaded: &Loaded, world: &World, account: AccountId, collateral: usize) -> f64 {
    -world.ledger.balance(account, loaded.scenario.futures[0].collateral[collateral].loan.unwrap().debt)
}

/// Cash of the pool in a reserve.
fn cash(loaded: &Loaded, world: &World, reserve: usize) -> f64 {
    let pool = &loaded.scenario.pools[0].reserves[reserve];
    world.ledger.balance(world.population.system.pools[0], pool.asset)
}

/// The loop of October 2025: each turn borrows 90 % of equity and buys the token with it, which counts for 97 %. With
/// equity E the loan is 0.9 E and equity is 0.973 E after it.
#[test]
fn a_loop_of_loans_has_the_leverage_of_its_closed_form() {
    let loaded = world("portfolio", &["venues.binance.futures.collateral.usde.ratio=0.97"]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let world = at_opening(&simulation, &loaded);
    for (owner, account) in of_cohort(&loaded, &world, "loopers") {
        let wealth = simulation.owners()[owner.index()].equity_usd;
        let (mut equity, mut owed) = (0.97 * wealth, 0.0);
        for _ in 0..4 {
            owed += 0.9 * equity;
            equity *= 1.0 - 0.9 * 0.03;
        }
        let health = world.health(0, account);
        assert!((debt(&loaded, &world, account, 0) / owed - 1.0).abs() < 1e-6, "{owner:?}");
        assert!((health.equity / equity - 1.0).abs() < 1e-6 && (health.maintenance / (0.01 * owed) - 1.0).abs() < 1e-6);
    }
    let pool = world.utilisation(0, 0);
    assert!((pool - 0.8).abs() < 1e-6, "outsiders owe what owners do not: {pool}");
}

/// The token's index falls: the smallest sale that restores uniMMR, its proceeds to the pool.
#[test]
fn collateral_is_sold_and_the_loan_repaid_as_far_as_it_must() {
    let loaded = world("portfolio", &[]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    let usde =
        loaded.scenario.futures[0].collateral.iter().position(|c| c.asset == loaded.scenario.issuers[0].token).unwrap();
    let mut sold = 0;
    for (_, account) in of_cohort(&loaded, &world, "loopers").into_iter().take(20) {
        let owed = debt(&loaded, &world, account, 0);
        let before = world.health(0, account);
        // slack = index * tokens' value - owed (1 + 0.01 * 1.05): to 1 % of the debt below zero
        let value = before.equity + owed;
        world.futures[0].marks.index[usde] = (owed * (1.0 + 0.0105) - 0.01 * owed) / value;
        assert!(world.health(0, account).is_breached());
        let (cash_before, paid) = (cash(&loaded, &world, 0), owed);
        world.liquidate(0, &[account]);
        let (after, left) = (world.health(0, account), debt(&loaded, &world, account, 0));
        if left > 0.0 {
            assert!(!after.is_breached(), "{after:?}");
            assert!((cash(&loaded, &world, 0) - cash_before - (paid - left)).abs() < 1e-3);
            sold += u32::from(left < owed);
        }
        world.publish();
    }
    assert!(sold > 0, "every loop was closed whole");
}

/// Bitcoin falls below the loan: the fund takes the account over and repays the pool.
#[test]
fn the_fund_repays_the_loans_of_the_bankrupt() {
    let funds = ["majors", "rest"].map(|f| format!("venues.binance.futures.insurance_funds.{f}.opening_usd=1e10"));
    let loaded = world("portfolio", &[&funds[0], &funds[1]]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    let walkers = of_cohort(&loaded, &world, "walkers");
    let (owed, before): (f64, f64) =
        (walkers.iter().map(|(_, a)| debt(&loaded, &world, *a, 1)).sum(), cash(&loaded, &world, 1));
    set_btc(&mut world, 0.3 * 120_000.0);
    let worth: f64 = walkers.iter().map(|(_, a)| world.account_usd(*a)).sum();
    let accounts: Vec<AccountId> = walkers.iter().map(|(_, a)| *a).collect();
    world.liquidate(0, &accounts);
    assert!(accounts.iter().all(|a| world.account_usd(*a) == 0.0 && debt(&loaded, &world, *a, 1) == 0.0));
    assert!((cash(&loaded, &world, 1) - before - owed).abs() < 1e-6 * owed, "{owed}");
    world.note_funds(0);
    let tally = &world.tally.futures[0];
    let floor = loaded.scenario.futures[0].funds[0].floor_usd;
    assert!(
        (tally.fund_paid_usd + worth).abs() < 1.0 && (tally.fund_needed_usd + worth - floor).abs() < 1.0,
        "{tally:?} {worth} {floor}"
    );
    assert_eq!(world.tally.pools[0].bad_debt_usd, 0.0);
    assert!(debt(&loaded, &world, world.population.system.funds[0][0], 1) == 0.0);
}

/// A fund at its floor pays nothing: what the collateral does not cover the pool writes off.
#[test]
fn what_no_fund_bears_is_the_pool_s_bad_debt() {
    let fund = ["floor_usd", "top_up.to_usd"].map(|k| format!("venues.binance.futures.insurance_funds.majors.{k}=2e5"));
    let loaded = world("portfolio", &[&fund[0], &fund[1]]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    let accounts: Vec<AccountId> = of_cohort(&loaded, &world, "walkers").into_iter().map(|(_, a)| a).collect();
    set_btc(&mut world, 0.3 * 120_000.0);
    let worth: f64 = accounts.iter().map(|a| world.account_usd(*a)).sum();
    world.liquidate(0, &accounts);
    let bad = world.tally.pools[0].bad_debt_usd;
    assert!((bad + worth).abs() < 1.0, "{bad} {worth}");
    assert!((world.fund_usd(0, 0) - 2e5).abs() < 1.0 + 1e-4 * bad, "{}", world.fund_usd(0, 0));
    assert!(world.ledger.imbalance().is_none());
}

#[test]
fn whoever_leaves_repays_first() {
    let loaded = world("portfolio", &[]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    for (owner, account) in of_cohort(&loaded, &world, "loopers").into_iter().take(10) {
        let (before, owed) = (cash(&loaded, &world, 0), debt(&loaded, &world, account, 0));
        assert!(owed > 0.0);
        world.unwind(owner);
        assert_eq!(debt(&loaded, &world, account, 0), 0.0, "{owner:?}");
        assert!(cash(&loaded, &world, 0) - before > 0.999 * owed);
        assert_eq!(world.account_usd(account), 0.0);
        assert!(world.account_usd(world.population.owners[owner.index()].wallet) > 0.0);
    }
    assert!(world.tally.loans_liquidated_usd == 0.0);
}

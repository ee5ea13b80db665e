//! Closed forms: when a position is liquidated, and who never is.

use super::{one_bet, run};
use rehypo::engine::Simulation;
use rehypo::event::EventKind;
use rehypo::id::{AccountId, OwnerId};
use rehypo::price::PricePath;
use rehypo::scenario::{Place, Scenario};
use rehypo::venue::bracket::{Tier, tier};

/// Binance's liquidation price for one cross position: (WB + cum - side Q EP) / (Q (MMR - side)), in the bracket that it
/// implies.
fn liquidation_price(tiers: &[Tier], wallet: f64, quantity: f64, entry: f64) -> f64 {
    let price = |t: &Tier| (wallet + t.cum_usd - quantity * entry) / (quantity.abs() * t.rate - quantity);
    let fits = |t: &&Tier| std::ptr::eq(tier(tiers, quantity.abs() * price(t)), *t);
    tiers.iter().find(fits).map_or(f64::NAN, price)
}

#[test]
fn liquidation_comes_at_the_first_step_beyond_the_closed_form_price() {
    let loaded = one_bet(&[], "");
    let scenario: &Scenario = &loaded.scenario;
    let simulation = Simulation::new(scenario).unwrap();
    let contract = &scenario.futures[0].contracts[0];
    let mut prices = PricePath::default();
    let mut liquidated = 0;
    for path in 0..3 {
        simulation.draw_prices(path, &mut prices);
        let outcome = run(&loaded, path);
        for (i, opening) in simulation.owners().iter().enumerate() {
            let owner = OwnerId::at(i);
            let account: AccountId = simulation.population().account_at(owner, Place::Futures(0)).unwrap();
            let quantity = simulation.population().opening.balance(account, contract.asset);
            let price = liquidation_price(&contract.tiers, opening.equity_usd, quantity, 100_000.0);
            let beyond = |p: f64| if quantity > 0.0 { p <= price } else { p >= price };
            let expected = (1..=scenario.steps).find(|step| beyond(prices.row(*step)[1])).map(|step| step as u32);
            let forced = |k: EventKind| matches!(k, EventKind::Liquidation | EventKind::TakeOver);
            let found = outcome.full.events.iter().find(|e| e.owner == Some(owner) && forced(e.kind)).map(|e| e.step);
            assert_eq!(found, expected, "path {path} owner {i} quantity {quantity} liquidation price {price}");
            liquidated += u32::from(found.is_some());
        }
    }
    assert!(liquidated > 100, "{liquidated}: the test saw too few liquidations to mean anything");
}

#[test]
fn leverage_one_without_loans_is_never_liquidated() {
    let crash = "[[shocks]]\nat = '1d'\ngap = { btc = -0.9 }";
    let sets =
        ["cohorts.bettors.chain.1.trade.leverage={fixed={x=1.0}}", "cohorts.bettors.chain.1.trade.long_share=1.0"];
    for path in 0..3 {
        let outcome = run(&one_bet(&sets, crash), path);
        assert_eq!(outcome.full.liquidated_usd, 0.0);
        assert_eq!(outcome.full.liquidated_owners, 0);
    }
}

#[test]
fn a_large_position_is_trimmed_and_stays() {
    let sets = [
        "cohorts.bettors.wealth={fixed={usd=2e7}}",
        "cohorts.bettors.owners=4",
        "cohorts.bettors.chain.1.trade.leverage={fixed={x=9.0}}",
        "cohorts.bettors.chain.1.trade.long_share=1.0",
        "prices.gbm.volatility_per_year.btc=0.05",
    ];
    let outcome = run(&one_bet(&sets, "[[shocks]]\nat = '1d'\ngap = { btc = -0.085 }"), 0);
    let closed: f64 = outcome.full.events.iter().filter(|e| e.kind == EventKind::Liquidation).map(|e| -e.amount).sum();
    let opened = 4.0 * 9.0 * 2e7 / 1e5;
    assert!(closed > 0.0 && closed < 0.9 * opened, "closed {closed} of {opened}");
    assert!(outcome.full.events.iter().all(|e| e.kind != EventKind::TakeOver));
}

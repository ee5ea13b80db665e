//! A book of isolated longs in one contract, all of one size, whose liquidation levels are given: log-distances below
//! the opening price. Every close moves the log-price of the contract by the same amount for ever; a gap starts it.
//!
//! The mapping is exact. A long of one contract with margin `m` and maintenance rate `r` is in breach once
//! `m + p - 100 <= r p`, so `m = 100 - (1 - r) 100 exp(-level)` puts it there at that level. The lot is the whole
//! position, so a close is a close in full; at a maintenance rate of 20 % it never fills below the bankruptcy price.

use rehypo::engine::{Record, Simulation};
use rehypo::event::EventKind;
use rehypo::outcome::Outcome;
use rehypo::scenario::{Holding, Loaded, OrderSpec, Scenario, Source, load_text};
use std::path::Path;

/// Maintenance rate of the one bracket.
const RATE: f64 = 0.2;

/// A book that is not filled yet: the gap is `shock` in log-price, each close then moves it by `step`.
pub fn ladder(shock: f64, step: f64, more: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).display().to_string()
    };
    let book = at("book.csv", "owner,place,asset,amount,entry_price_usd\na,v,usdt,100,\na,v,btc-perp,1,100\n");
    let brackets = at(
        "brackets.json",
        &format!(
            r#"{{"BTC/USDT:USDT":[{{"minNotional":0,"maxNotional":1e9,"maintenanceMarginRate":{RATE},"maxLeverage":5}}]}}"#
        ),
    );
    // Orders are counted at the price that the gap leaves.
    let depth = 0.01 * 100.0 * libm::exp(-shock) / step;
    let text = format!(
        r#"
name = "ladder"
run = {{ paths = 1, seed = 1, horizon = "3m", step = "1m", counterfactuals = [] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, btc = {{ price_usd = 100.0 }} }}
prices.gbm.volatility_per_year = {{ btc = 1e-9 }}
shocks = [{{ at = "1m", gap = {{ btc = {gap:?} }} }}]
[markets.btc]
spot.linear = {{ depth_1pct_usd = 1e15, permanent_share = 1.0, recovery_half_life = "1h" }}
perp.linear = {{ depth_1pct_usd = {depth:?}, permanent_share = 1.0, recovery_half_life = "1h" }}
arbitrage_share = 0.0
arbitrage_half_life = "100000d"
[venues.v.futures]
settlement = "usdt"
margin = "single_asset"
brackets = "{brackets}"
insurance_funds.general = {{ opening_usd = 0.0 }}
collateral.usdt = {{ ratio = 1.0 }}
funding.interest_8h = 0.0
contracts.btc-perp = {{ coin = "btc", symbol = "BTC/USDT:USDT", lot = 1.0, clearance_fee = 0.0, taker_fee = 0.0, max_order_deviation = 0.9 }}
{more}
[[cohorts]]
name = "book"
book = "{book}"
"#,
        gap = libm::expm1(-shock),
    );
    load_text(&text, Path::new("."), "ladder", &[]).unwrap_or_else(|e| panic!("{e}"))
}

/// Fills the book: a long of one contract for each level.
pub fn fill(scenario: &mut Scenario, levels: &[f64]) {
    let Source::Book(rows) = &scenario.cohorts[0].source else { panic!("not a book") };
    let (coin, contract) = (rows[0].clone(), rows[1].clone());
    let mut holdings = Vec::with_capacity(2 * levels.len());
    for (i, level) in levels.iter().enumerate() {
        let margin = 100.0 - (1.0 - RATE) * 100.0 * libm::exp(-level);
        holdings.push(Holding { owner: i.to_string(), amount: margin, ..coin.clone() });
        holdings.push(Holding { owner: i.to_string(), ..contract.clone() });
    }
    scenario.cohorts[0].source = Source::Book(holdings);
}

/// Runs the cascade of a book that is filled, in that order of processing.
pub fn run(scenario: &mut Scenario, order: OrderSpec, path: u64) -> Outcome {
    scenario.order = order;
    let simulation = Simulation::new(scenario).unwrap();
    let mut workspace = simulation.workspace();
    simulation.run(path, Record { events: true, series: false }, &mut workspace).full
}

/// Who was liquidated, each in full, at most once and in the book.
pub fn set(outcome: &Outcome) -> Vec<bool> {
    let forced = |kind| outcome.events.iter().filter(move |e| e.kind == kind);
    assert_eq!(forced(EventKind::TakeOver).count(), 0, "somebody was taken over");
    let closed = forced(EventKind::Liquidation).count();
    assert_eq!(closed, outcome.owner_liquidated.iter().filter(|hit| **hit).count(), "somebody was closed twice");
    assert!(forced(EventKind::Liquidation).all(|e| e.amount == -1.0), "somebody was closed in part");
    outcome.owner_liquidated.clone()
}

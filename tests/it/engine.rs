//! The engine's promises: conservation, the oracle, closed forms, first come first served, what does not change.

mod analytic;
mod between;
mod by_hand;
mod claims;
mod closing;
mod conservation;
mod deleveraging;
mod deleveraging_rules;
mod exchanges;
mod exits;
mod funding;
mod funds;
mod index_rule;
mod issuers;
mod lending;
mod liquidity;
mod loans;
mod modes;
mod oracle;
mod patience;
mod pb1;
mod peers;
mod pool;
mod recoveries;
mod reuse;
mod run_theory;
mod stable;
mod switches;
mod thresholds;

use rehypo::engine::{Record, Simulation};
use rehypo::outcome::PathOutcome;
use rehypo::scenario::{Loaded, load_text};
use std::path::Path;

/// Everything kept.
pub const ALL: Record = Record { events: true, series: true };

/// The world with savings, loans, an issuer and futures.
pub fn whole_chain(sets: &[&str], extra: &str) -> Loaded {
    load(include_str!("worlds/whole_chain.toml"), sets, extra)
}

/// Four hundred people with one position each, no impact, no funding.
pub fn one_bet(sets: &[&str], extra: &str) -> Loaded {
    load(include_str!("worlds/one_bet.toml"), sets, extra)
}

/// A world, edited and with more text at its end.
pub fn load(text: &str, sets: &[&str], extra: &str) -> Loaded {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    load_text(&format!("{text}\n{extra}"), Path::new("tests/it/worlds"), "world", &sets)
        .unwrap_or_else(|e| panic!("{e}"))
}

/// Runs one path, checked at every step.
pub fn run(loaded: &Loaded, path: u64) -> PathOutcome {
    let simulation = Simulation::new(&loaded.scenario).unwrap().with_checks();
    let mut workspace = simulation.workspace();
    simulation.run(path, ALL, &mut workspace)
}

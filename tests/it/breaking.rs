//! Every way in which a system breaks, as a table that can be read and checked by hand: one tiny world, one row a step.

mod borrow_to_leave;
mod exploit;
mod flight;
mod issuer_gate;
mod issuer_reserve;
mod issuer_stake;
mod liquid_swap;
mod liquidation_spiral;
mod liquidity_as_margin;
mod mutual_tokens;
mod pool_run;
mod stale_oracle;
mod threshold_run;
mod vault_spiral;
mod way_out;
mod zero_bids;

use rehypo::engine::{Record, Simulation};
use rehypo::scenario::load_text;
use std::fmt::Write as _;
use std::path::Path;

/// Runs path 0 of a world, checked at every step, and prints columns `series:entity` of its series, each with that many
/// decimals, at every `every`-th step.
pub fn table(world: &str, columns: &[(&str, usize)], every: usize) -> String {
    let loaded =
        load_text(world, Path::new("tests/it/worlds"), "world", &[]).unwrap_or_else(|problem| panic!("{problem}"));
    let simulation = Simulation::new(&loaded.scenario).unwrap().with_checks();
    let mut workspace = simulation.workspace();
    let outcome = simulation.run(0, Record { events: true, series: true }, &mut workspace).full;
    let names = simulation.series_names();
    let position = |column: &str| {
        let (series, entity) = column.split_once(':').unwrap_or((column, ""));
        let found = names.iter().position(|n| n.series == series && n.entity == entity);
        found.unwrap_or_else(|| panic!("no series {column}; there are {names:?}"))
    };
    let at: Vec<usize> = columns.iter().map(|(column, _)| position(column)).collect();
    let width = |column: &str| column.len().max(10);
    let mut text = String::from("hour");
    for (column, _) in columns {
        write!(text, "  {column:>0$}", width(column)).unwrap();
    }
    text.push('\n');
    for (step, row) in outcome.series.chunks(names.len()).enumerate().step_by(every) {
        write!(text, "{:>4}", step as f64 * loaded.scenario.step_seconds / 3600.0).unwrap();
        for ((column, decimals), at) in columns.iter().zip(&at) {
            write!(text, "  {:>1$.2$}", row[*at], width(column), *decimals).unwrap();
        }
        text.push('\n');
    }
    text
}

/// Compares a table with the expected one, line by line, blanks at the ends aside.
pub fn check(found: &str, expected: &str) {
    let lines = |text: &str| text.trim().lines().map(|l| l.trim().to_owned()).collect::<Vec<_>>();
    assert!(lines(found) == lines(expected), "expected\n{expected}\nfound\n{found}");
}

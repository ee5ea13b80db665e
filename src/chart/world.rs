//! The worlds that a path is run in, as charts name and colour them; the names are the same in every chart.

use super::error::ChartError;
use super::run::RunDir;
use super::sample::Sample;
use super::theme::{Colour, FULL, NO_FEEDBACK, NO_REUSE};
use crate::scenario::Variant;

/// A world as charts show it.
#[derive(Clone, Copy, Debug)]
pub(super) struct World {
    pub(super) variant: Variant,
    /// In front of the columns of its metrics.
    pub(super) prefix: &'static str,
    /// In legends and labels.
    pub(super) label: &'static str,
    pub(super) colour: Colour,
}

/// Every world, in the order of legends.
pub(super) const WORLDS: [World; 3] = [
    World { variant: Variant::Full, prefix: "", label: "As configured", colour: FULL },
    World { variant: Variant::NoFeedback, prefix: "no_feedback_", label: "No feedback", colour: NO_FEEDBACK },
    World { variant: Variant::NoReuse, prefix: "no_reuse_", label: "No reuse", colour: NO_REUSE },
];

/// What the counterfactuals are, for a subtitle; says nothing of worlds that are not shown.
pub(super) fn definitions(shown: &[World]) -> String {
    let has = |variant| shown.iter().any(|world| world.variant == variant);
    let mut parts = Vec::new();
    if has(Variant::NoFeedback) {
        parts.push("No feedback: the same paths, but forced sales move no price.");
    }
    if has(Variant::NoReuse) {
        parts.push("No reuse: pledged tokens replaced by the coins behind them, lent to nobody.");
    }
    parts.join(" ")
}

/// A metric over paths in every world that was run, the full one first.
pub(super) fn samples(run: &RunDir, metric: &str) -> Result<Vec<(World, Sample)>, ChartError> {
    let columns = WORLDS.map(|world| format!("{}{metric}", world.prefix));
    let others = [columns[1].as_str(), columns[2].as_str()];
    let table = run.table("paths", &[metric], &others)?;
    let found = WORLDS.iter().zip(&columns).filter(|(_, column)| table.has(column));
    found.map(|(world, column)| Ok((*world, Sample::new(table.numbers(column)?)))).collect()
}

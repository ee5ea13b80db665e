//! Event beside simulation: `observed.parquet` on its way, and what `summary.json` says of it.

use super::collect::clock_of;
use crate::metric::Clock;
use crate::metric::figure::{percent, show, show_option};
use crate::metric::observed::Readings;
use crate::metric::summary::{Kind, Summary};
use crate::outcome::PathOutcome;
use crate::random::Sampling;
use crate::scenario::Scenario;
use crate::scenario::observed::Observed;
use crate::store::StoreError;
use crate::store::parquet::{Cell, TableWriter, read_column};
use crate::store::schema;
use serde::Serialize;
use std::path::Path;

/// `observed.parquet`, on its way.
pub struct ObservedTable<'a> {
    writer: TableWriter,
    readings: Readings<'a>,
    clock: Clock,
}

/// A number observed beside the same figure of the simulation. All in `unit`; figures are over the paths that have one,
/// quantiles are values that occurred.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObservedSummary {
    /// What was observed.
    pub what: String,
    /// Unit of all numbers here but the shares.
    pub unit: String,
    /// The number observed.
    pub observed: f64,
    /// Median over paths.
    pub simulated_median: Option<f64>,
    /// 5 % quantile.
    pub simulated_p5: Option<f64>,
    /// 95 % quantile.
    pub simulated_p95: Option<f64>,
    /// Mean over paths; of a `0/1` figure the share of paths on which it happened.
    pub simulated_mean: Option<f64>,
    /// Share of paths without the figure: it never happened.
    pub share_of_paths_without: f64,
    /// Where the number observed is from.
    pub source: String,
}

impl<'a> ObservedTable<'a> {
    /// Opens the table in a directory, if the scenario observes anything.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(
        directory: &Path,
        scenario: &Scenario,
        readings: Readings<'a>,
        about: &[(String, String)],
    ) -> Result<Option<Self>, StoreError> {
        if scenario.observed.is_empty() {
            return Ok(None);
        }
        let writer = TableWriter::create(directory, schema::observed(&scenario.observed), about)?;
        Ok(Some(Self { writer, readings, clock: clock_of(scenario) }))
    }

    /// Adds a path.
    ///
    /// # Errors
    /// If the table cannot be written.
    pub fn add(&mut self, outcome: &PathOutcome) -> Result<(), StoreError> {
        let numbers = self.readings.on(&outcome.full, &self.clock).map(Cell::F64);
        self.writer.row(std::iter::once(Cell::U64(outcome.path)).chain(numbers))
    }

    /// Completes the table.
    ///
    /// # Errors
    /// If the table cannot be written.
    pub fn finish(self) -> Result<u64, StoreError> {
        self.writer.finish()
    }
}

/// Reads `observed.parquet` back; nothing if the scenario observes nothing.
///
/// # Errors
/// If the table cannot be read.
pub fn summaries(file: &Path, scenario: &Scenario) -> Result<Vec<ObservedSummary>, StoreError> {
    let rows = scenario.observed.iter().enumerate();
    rows.map(|(i, row)| Ok(summary(row, &read_column(file, &schema::observed_column(i))?, scenario.sampling))).collect()
}

fn summary(row: &Observed, values: &[f64], sampling: Sampling) -> ObservedSummary {
    // Nothing here depends on which tail is worse.
    let over = Summary::of(values, Kind { larger_is_worse: true, yes_or_no: row.unit == "0/1" }, sampling);
    ObservedSummary {
        what: row.what.clone(),
        unit: row.unit.to_owned(),
        observed: row.value,
        simulated_median: over.quantile(50),
        simulated_p5: over.quantile(5),
        simulated_p95: over.quantile(95),
        simulated_mean: over.mean,
        share_of_paths_without: over.undefined as f64 / values.len() as f64,
        source: row.source.clone(),
    }
}

impl ObservedSummary {
    /// As a person reads it: event, simulated median, 5 to 95 %, paths on which it never happened.
    #[must_use]
    pub fn shown(&self) -> [String; 4] {
        let without =
            if self.share_of_paths_without == 0.0 { "-".into() } else { percent(self.share_of_paths_without) };
        if self.unit == "0/1" {
            let observed = if self.observed == 0.0 { "no" } else { "yes" };
            let simulated = self.simulated_mean.map_or_else(|| "-".into(), |p| format!("yes on {}", percent(p)));
            return [observed.into(), simulated, "-".into(), without];
        }
        let range = match (self.simulated_p5, self.simulated_p95) {
            (Some(low), Some(high)) => format!("{} to {}", show(low, &self.unit), show(high, &self.unit)),
            _ => "-".into(),
        };
        [show(self.observed, &self.unit), show_option(self.simulated_median, &self.unit), range, without]
    }
}

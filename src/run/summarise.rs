//! From tables to conclusions: `summary.json` and `accounts.parquet`. Numbers per path are read back from disk one
//! column at a time.

use super::cohorts::{self, CohortSummary};
use super::findings::{Finding, findings};
use super::observed::{self, ObservedSummary};
use super::totals::Totals;
use crate::engine::{OwnerOpening, Simulation};
use crate::metric::summary::{Kind, Summary};
use crate::metric::{self, Column, Source};
use crate::random::Sampling;
use crate::scenario::{Scenario, Variant};
use crate::store::StoreError;
use crate::store::manifest::Manifest;
use crate::store::parquet::{Cell, TableWriter, file_of, read_column};
use indexmap::IndexMap;
use serde::Serialize;
use std::path::Path;

/// What came out of a run: `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunSummary {
    /// Name of the scenario.
    pub scenario: String,
    /// What it asks.
    pub about: String,
    /// SHA-256 of the resolved scenario.
    pub scenario_sha256: String,
    /// Version of this program.
    pub version: String,
    /// Seed.
    pub seed: u64,
    /// Paths.
    pub paths: u64,
    /// Hours that a path lasts.
    pub horizon_hours: f64,
    /// Owners.
    pub owners: usize,
    /// The answers, in words.
    pub findings: Vec<Finding>,
    /// What was observed in the event that the scenario reproduces, beside the simulated figures.
    pub observed: Vec<ObservedSummary>,
    /// Every metric, by name.
    pub metrics: IndexMap<String, MetricSummary>,
    /// Every comparison, by name.
    pub comparisons: IndexMap<String, ComparisonSummary>,
    /// Cohorts in every world; `all` for everybody.
    pub cohorts: Vec<CohortSummary>,
}

/// A metric in every world.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricSummary {
    /// Unit.
    pub unit: String,
    /// Axis label.
    pub label: String,
    /// Larger is worse.
    pub larger_is_worse: bool,
    /// By name of the world.
    pub worlds: IndexMap<String, Summary>,
}

/// A comparison of worlds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparisonSummary {
    /// Unit.
    pub unit: String,
    /// Axis label.
    pub label: String,
    /// The world beside the full one.
    pub beside: String,
    /// Larger is worse.
    pub larger_is_worse: bool,
    /// Over all paths.
    pub summary: Summary,
}

impl RunSummary {
    /// Reads the tables of a run back and summarises them.
    ///
    /// # Errors
    /// If a table cannot be read.
    pub fn of(
        directory: &Path,
        scenario: &Scenario,
        simulation: &Simulation,
        totals: &Totals,
        manifest: &Manifest,
    ) -> Result<Self, StoreError> {
        let (metrics, comparisons) = columns(directory, &scenario.counterfactuals, scenario.sampling)?;
        let files = (file_of(directory, "paths"), file_of(directory, "cohort_losses"));
        let cohorts = cohorts::summaries((&files.0, &files.1), scenario, simulation.owners(), totals)?;
        let mut summary = Self {
            scenario: manifest.scenario.clone(),
            about: manifest.about.clone(),
            scenario_sha256: manifest.scenario_sha256.clone(),
            version: manifest.version.clone(),
            seed: manifest.seed,
            paths: manifest.paths,
            horizon_hours: manifest.steps as f64 * manifest.step_seconds / 3600.0,
            owners: manifest.owners,
            findings: Vec::new(),
            observed: observed::summaries(&file_of(directory, "observed"), scenario)?,
            metrics,
            comparisons,
            cohorts,
        };
        summary.findings = findings(&summary);
        Ok(summary)
    }

    /// A metric in a world, if that was run.
    #[must_use]
    pub fn metric(&self, name: &str, world: Variant) -> Option<&Summary> {
        self.metrics.get(name)?.worlds.get(world.name())
    }
}

/// How a column is to be summarised.
#[must_use]
pub fn kind_of(column: &Column) -> Kind {
    Kind { larger_is_worse: column.larger_is_worse(), yes_or_no: column.unit() == "0/1" }
}

type Columns = (IndexMap<String, MetricSummary>, IndexMap<String, ComparisonSummary>);

fn columns(directory: &Path, counterfactuals: &[Variant], sampling: Sampling) -> Result<Columns, StoreError> {
    let file = file_of(directory, "paths");
    let (mut metrics, mut comparisons) = (IndexMap::new(), IndexMap::new());
    for column in metric::columns(counterfactuals) {
        let summary = Summary::of(&read_column(&file, &column.name)?, kind_of(&column), sampling);
        let (unit, label) = (column.unit().to_owned(), column.label().to_owned());
        let larger_is_worse = column.larger_is_worse();
        match column.source {
            Source::Metric(m, world) => {
                let entry = metrics.entry(m.name.to_owned()).or_insert_with(|| MetricSummary {
                    unit,
                    label,
                    larger_is_worse,
                    worlds: IndexMap::new(),
                });
                entry.worlds.insert(world.name().to_owned(), summary);
            }
            Source::Comparison(c) => {
                let beside = c.beside.name().to_owned();
                let comparison = ComparisonSummary { unit, label, beside, larger_is_worse, summary };
                comparisons.insert(column.name, comparison);
            }
        }
    }
    Ok((metrics, comparisons))
}

/// Writes `accounts.parquet`.
///
/// # Errors
/// If the table cannot be written.
pub fn write_accounts(
    table: &mut TableWriter,
    scenario: &Scenario,
    owners: &[OwnerOpening],
    totals: &Totals,
) -> Result<(), StoreError> {
    let paths = totals.paths as f64;
    for (id, owner) in owners.iter().enumerate() {
        let cohort = &scenario.cohorts[owner.cohort.index()].name;
        let names = [Cell::U32(id as u32), Cell::Str(&owner.name), Cell::Str(cohort)];
        let opening = [
            owner.equity_usd,
            owner.notional_usd,
            owner.gross_exposure_usd,
            owner.nominal_leverage,
            owner.effective_leverage,
        ];
        let worlds = totals.worlds.iter().flat_map(|world| {
            [f64::from(world.owner_liquidated[id]) / paths, world.owner_loss_usd[id] / paths].map(Cell::F64)
        });
        table.row(names.into_iter().chain(opening.map(Cell::F64)).chain(worlds))?;
    }
    Ok(())
}

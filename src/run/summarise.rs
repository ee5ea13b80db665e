//! From tables to conclusions: `summary.json`, `cohorts.parquet` and `accounts.parquet`. Numbers per path are read back
//! from disk one column at a time.

use super::findings::{Finding, findings};
use super::totals::{Opening, Totals, WorldTotals};
use crate::engine::{OwnerOpening, Simulation};
use crate::metric::summary::{Kind, Summary};
use crate::metric::{self, Column, Source};
use crate::outcome::Layer;
use crate::scenario::{Scenario, Variant};
use crate::store::StoreError;
use crate::store::manifest::Manifest;
use crate::store::parquet::{Cell, TableWriter, file_of, read_column};
use crate::store::schema;
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

/// A cohort in one world.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CohortSummary {
    /// Its name; `all` for everybody.
    pub cohort: String,
    /// World.
    pub world: String,
    /// Owners.
    pub owners: u32,
    /// Net worth at the opening, USD.
    pub equity_usd: f64,
    /// Leverage that venues believe, weighted by net worth.
    pub nominal_leverage_x: f64,
    /// Gross exposure over net worth.
    pub effective_leverage_x: f64,
    /// Share of owners hit by a forced close, mean over paths.
    pub p_liquidated: f64,
    /// Loss of the cohort over paths, USD.
    pub loss_usd: Summary,
    /// Mean loss by layer, USD.
    pub mean_loss_by_layer_usd: IndexMap<String, f64>,
    /// What it gave up in deleveraging, mean over paths, USD.
    pub mean_adl_paid_usd: f64,
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
        let (metrics, comparisons) = columns(directory, &scenario.counterfactuals)?;
        let cohorts = cohorts(directory, scenario, simulation.owners(), totals, &metrics)?;
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

fn columns(directory: &Path, counterfactuals: &[Variant]) -> Result<Columns, StoreError> {
    let file = file_of(directory, "paths");
    let (mut metrics, mut comparisons) = (IndexMap::new(), IndexMap::new());
    for column in metric::columns(counterfactuals) {
        let summary = Summary::of(&read_column(&file, &column.name)?, kind_of(&column));
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

fn cohorts(
    directory: &Path,
    scenario: &Scenario,
    owners: &[OwnerOpening],
    totals: &Totals,
    metrics: &IndexMap<String, MetricSummary>,
) -> Result<Vec<CohortSummary>, StoreError> {
    let file = file_of(directory, "cohort_losses");
    let loss = Kind { larger_is_worse: true, yes_or_no: false };
    let mut rows = Vec::new();
    for world in &totals.worlds {
        let all_losses = metrics["loss_usd"].worlds[world.world.name()].clone();
        rows.push(cohort("all", world, totals.paths, owners, &|_| true, (0..scenario.cohorts.len(), all_losses)));
        for (id, spec) in scenario.cohorts() {
            let losses = read_column(&file, &schema::cohort_loss_column(world.world, &spec.name))?;
            let here = (id.index()..id.index() + 1, Summary::of(&losses, loss));
            rows.push(cohort(&spec.name, world, totals.paths, owners, &|o| o.cohort == id, here));
        }
    }
    Ok(rows)
}

fn cohort(
    name: &str,
    world: &WorldTotals,
    paths: u64,
    owners: &[OwnerOpening],
    belongs: &dyn Fn(&OwnerOpening) -> bool,
    (cohorts, loss_usd): (std::ops::Range<usize>, Summary),
) -> CohortSummary {
    let opening = Opening::of(owners.iter().filter(|o| belongs(o)));
    let hit = owners.iter().zip(&world.owner_liquidated).filter(|(o, _)| belongs(o)).map(|(_, hits)| u64::from(*hits));
    let p_liquidated = hit.sum::<u64>() as f64 / (paths as f64 * f64::from(opening.owners));
    let layer = |layer: &Layer| {
        let sums = world.cohort_loss_usd[cohorts.clone()].iter().map(|sums| sums[*layer as usize]);
        (layer.name().to_owned(), sums.fold(0.0, |a, b| a + b) / paths as f64)
    };
    let adl_paid = world.cohort_adl_paid_usd[cohorts.clone()].iter().fold(0.0, |a, b| a + b);
    CohortSummary {
        cohort: name.to_owned(),
        world: world.world.name().to_owned(),
        owners: opening.owners,
        equity_usd: opening.equity_usd,
        nominal_leverage_x: opening.nominal_leverage_x,
        effective_leverage_x: opening.effective_leverage_x,
        p_liquidated,
        loss_usd,
        mean_loss_by_layer_usd: Layer::ALL.iter().map(layer).collect(),
        mean_adl_paid_usd: adl_paid / paths as f64,
    }
}

/// Writes `cohorts.parquet`.
///
/// # Errors
/// If the table cannot be written.
pub fn write_cohorts(table: &mut TableWriter, cohorts: &[CohortSummary]) -> Result<(), StoreError> {
    let number = |x: Option<f64>| Cell::F64(x.unwrap_or(f64::NAN));
    for row in cohorts {
        let loss = &row.loss_usd;
        let names = [Cell::Str(&row.cohort), Cell::Str(&row.world), Cell::U32(row.owners)];
        let opening = [row.equity_usd, row.nominal_leverage_x, row.effective_leverage_x, row.p_liquidated];
        let mean = number(loss.mean);
        let quantiles = schema::COHORT_QUANTILES.iter().map(|&percent| number(loss.quantile(percent)));
        let risk = [
            number(loss.risk(99).map(|r| r.var)),
            number(loss.risk(95).map(|r| r.es)),
            number(loss.risk(99).map(|r| r.es)),
        ];
        let layers = row.mean_loss_by_layer_usd.values().map(|&x| Cell::F64(x));
        let start = names.into_iter().chain(opening.map(Cell::F64)).chain([mean]);
        let adl = std::iter::once(Cell::F64(row.mean_adl_paid_usd));
        table.row(start.chain(quantiles).chain(risk).chain(layers).chain(adl))?;
    }
    Ok(())
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

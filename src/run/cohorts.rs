//! Who was hit: every cohort in every world, and everybody, over all paths.

use super::totals::{Opening, Totals, WorldTotals};
use crate::engine::OwnerOpening;
use crate::metric;
use crate::metric::summary::{Kind, Summary};
use crate::outcome::Layer;
use crate::scenario::Scenario;
use crate::store::StoreError;
use crate::store::parquet::{Cell, TableWriter, read_column};
use crate::store::schema;
use indexmap::IndexMap;
use serde::Serialize;
use std::ops::Range;
use std::path::Path;

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
    /// What it gave up in deleveraging over paths, USD; part of its loss.
    pub adl_paid_usd: Summary,
}

/// Everybody and every cohort, world by world. Numbers per path are read back from the files of `paths` and
/// `cohort_losses`.
///
/// # Errors
/// If a table cannot be read.
pub fn summaries(
    (paths, cohort_losses): (&Path, &Path),
    scenario: &Scenario,
    owners: &[OwnerOpening],
    totals: &Totals,
) -> Result<Vec<CohortSummary>, StoreError> {
    let summary =
        |values: &[f64]| Summary::of(values, Kind { larger_is_worse: true, yes_or_no: false }, scenario.sampling);
    let mut rows = Vec::new();
    for world in &totals.worlds {
        let losses = read_column(paths, &metric::column_name(world.world, "loss_usd"))?;
        let mut adl_paid_by_all = vec![0.0; losses.len()];
        let mut cohorts = Vec::new();
        for (id, spec) in scenario.cohorts() {
            let losses = read_column(cohort_losses, &schema::cohort_loss_column(world.world, &spec.name))?;
            let adl_paid = read_column(cohort_losses, &schema::cohort_adl_paid_column(world.world, &spec.name))?;
            for (sum, paid) in adl_paid_by_all.iter_mut().zip(&adl_paid) {
                *sum += paid;
            }
            let here = (id.index()..id.index() + 1, summary(&losses), summary(&adl_paid));
            cohorts.push(cohort(&spec.name, world, totals.paths, owners, &|o| o.cohort == id, here));
        }
        let everybody = (0..scenario.cohorts.len(), summary(&losses), summary(&adl_paid_by_all));
        rows.push(cohort("all", world, totals.paths, owners, &|_| true, everybody));
        rows.append(&mut cohorts);
    }
    Ok(rows)
}

fn cohort(
    name: &str,
    world: &WorldTotals,
    paths: u64,
    owners: &[OwnerOpening],
    belongs: &dyn Fn(&OwnerOpening) -> bool,
    (cohorts, loss_usd, adl_paid_usd): (Range<usize>, Summary, Summary),
) -> CohortSummary {
    let opening = Opening::of(owners.iter().filter(|o| belongs(o)));
    let hit = owners.iter().zip(&world.owner_liquidated).filter(|(o, _)| belongs(o)).map(|(_, hits)| u64::from(*hits));
    let p_liquidated = hit.sum::<u64>() as f64 / (paths as f64 * f64::from(opening.owners));
    let layer = |layer: &Layer| {
        let sums = world.cohort_loss_usd[cohorts.clone()].iter().map(|sums| sums[*layer as usize]);
        (layer.name().to_owned(), sums.fold(0.0, |a, b| a + b) / paths as f64)
    };
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
        adl_paid_usd,
    }
}

/// Writes `cohorts.parquet`.
///
/// # Errors
/// If the table cannot be written.
pub fn write(table: &mut TableWriter, cohorts: &[CohortSummary]) -> Result<(), StoreError> {
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
        let adl = std::iter::once(number(row.adl_paid_usd.mean));
        table.row(start.chain(quantiles).chain(risk).chain(layers).chain(adl))?;
    }
    Ok(())
}

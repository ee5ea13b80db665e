//! Whole series of the worst paths and of a sample. They are run again rather than held: a path leaves the same
//! outcome whenever it is run.

use super::RunError;
use super::pipeline::{Ticket, Workers};
use crate::engine::Record;
use crate::outcome::{PathOutcome, SeriesName};
use crate::store::StoreError;
use crate::store::parquet::{Cell, TableWriter};

/// Why a path is kept in full.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Which path.
    pub path: u64,
    /// `worst` or `sample`.
    pub role: &'static str,
    /// 1 is the worst, or the first of the sample.
    pub rank: u32,
}

/// The worst paths, then the first ones.
#[must_use]
pub fn kept(worst: impl Iterator<Item = u64>, sample_paths: u64, paths: u64) -> Vec<Kept> {
    let worst = (1..).zip(worst).map(|(rank, path)| Kept { path, role: "worst", rank });
    let sample = (1..).zip(0..sample_paths.min(paths)).map(|(rank, path)| Kept { path, role: "sample", rank });
    worst.chain(sample).collect()
}

/// Runs the paths again and writes their series; calls `done` after each.
///
/// # Errors
/// If a path fails, the table cannot be written, or the run is cancelled.
pub fn write(
    table: &mut TableWriter,
    workers: &Workers,
    kept: &[Kept],
    step_seconds: f64,
    done: &dyn Fn(),
) -> Result<(), RunError> {
    let names = workers.simulation.series_names();
    let record = Record { events: false, series: true };
    let mut order = kept.iter();
    workers.run_in_order(kept.iter().map(|k| Ticket { path: k.path, record }), |outcome| {
        if let Some(kept) = order.next() {
            rows(table, &names, kept, &outcome, step_seconds)?;
        }
        done();
        Ok(())
    })
}

/// Adds the series of one path in every world.
///
/// # Errors
/// If the table cannot be written.
pub fn rows(
    table: &mut TableWriter,
    names: &[SeriesName],
    kept: &Kept,
    outcome: &PathOutcome,
    step_seconds: f64,
) -> Result<(), StoreError> {
    for world in std::iter::once(&outcome.full).chain(&outcome.counterfactuals) {
        for (column, name) in names.iter().enumerate() {
            for (step, row) in world.series.chunks_exact(names.len()).enumerate() {
                table.row([
                    Cell::U64(kept.path),
                    Cell::Str(kept.role),
                    Cell::U32(kept.rank),
                    Cell::Str(world.variant.name()),
                    Cell::U32(step as u32),
                    Cell::F64(step as f64 * step_seconds / 3600.0),
                    Cell::Str(name.series),
                    Cell::Str(&name.entity),
                    Cell::F64(row[column]),
                ])?;
            }
        }
    }
    Ok(())
}

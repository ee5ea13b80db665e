//! Quantiles over paths, step by step. Exact quantiles need every value, so the series of the first paths are kept, in
//! single precision, as many as fit a fixed budget.

use crate::metric::order;
use crate::metric::summary::QUANTILES;
use crate::outcome::SeriesName;
use crate::scenario::Scenario;
use crate::store::StoreError;
use crate::store::parquet::{Cell, TableWriter};
use rayon::ThreadPool;
use rayon::prelude::*;

/// Bytes that the kept series may take.
const BUDGET_BYTES: u64 = 128 << 20;

/// Series of the first paths.
#[derive(Debug)]
pub struct Bands {
    names: Vec<SeriesName>,
    rows: usize,
    paths: usize,
    /// `values[cell * paths + path]`, with the cells of a path in the order of its series: row by row.
    values: Vec<f32>,
}

/// One row of the table, but for its names.
#[derive(Clone, Copy, Debug, Default)]
struct Band {
    paths: u32,
    mean: f64,
    quantiles: [f64; QUANTILES.len()],
}

/// Bytes that the series of one path take here.
#[must_use]
pub const fn path_bytes(scenario: &Scenario, columns: usize) -> u64 {
    ((scenario.steps + 1) * columns * size_of::<f32>()) as u64
}

/// How many paths are kept: all that fit the budget, at least one.
#[must_use]
pub fn paths_kept(scenario: &Scenario, columns: usize) -> u64 {
    (BUDGET_BYTES / path_bytes(scenario, columns).max(1)).clamp(1, scenario.paths.max(1))
}

impl Bands {
    /// Room for the first paths of a scenario.
    #[must_use]
    pub fn new(scenario: &Scenario, names: Vec<SeriesName>) -> Self {
        let paths = paths_kept(scenario, names.len()) as usize;
        let rows = scenario.steps + 1;
        let values = vec![f32::NAN; rows * names.len() * paths];
        Self { names, rows, paths, values }
    }

    /// Paths kept.
    #[must_use]
    pub const fn paths(&self) -> u64 {
        self.paths as u64
    }

    /// Keeps the series of a path, if it is among the first.
    ///
    /// # Panics
    /// If the series has not the length that the scenario says.
    pub fn add(&mut self, path: u64, series: &[f64]) {
        if path >= self.paths() {
            return;
        }
        assert!(series.len() == self.rows * self.names.len(), "path {path}: a series of {} numbers", series.len());
        for (cell, value) in series.iter().enumerate() {
            self.values[cell * self.paths + path as usize] = *value as f32;
        }
    }

    /// Writes the table, series by series.
    ///
    /// # Errors
    /// If the table cannot be written.
    pub fn write(&self, table: &mut TableWriter, pool: &ThreadPool, step_seconds: f64) -> Result<(), StoreError> {
        for (column, name) in self.names.iter().enumerate() {
            let bands: Vec<Band> = pool.install(|| {
                let scratch = || Vec::with_capacity(self.paths);
                (0..self.rows).into_par_iter().map_init(scratch, |sorted, row| self.band(row, column, sorted)).collect()
            });
            for (step, band) in bands.iter().enumerate() {
                let hours = step as f64 * step_seconds / 3600.0;
                let names = [Cell::Str(name.series), Cell::Str(&name.entity)];
                let place = [Cell::U32(step as u32), Cell::F64(hours), Cell::U32(band.paths), Cell::F64(band.mean)];
                table.row(names.into_iter().chain(place).chain(band.quantiles.map(Cell::F64)))?;
            }
        }
        Ok(())
    }

    fn band(&self, row: usize, column: usize, sorted: &mut Vec<f64>) -> Band {
        let cell = row * self.names.len() + column;
        let values = &self.values[cell * self.paths..][..self.paths];
        sorted.clear();
        sorted.extend(values.iter().filter(|x| !x.is_nan()).map(|&x| f64::from(x)));
        if sorted.is_empty() {
            return Band { paths: 0, mean: f64::NAN, quantiles: [f64::NAN; QUANTILES.len()] };
        }
        let mean = sorted.iter().fold(0.0, |sum, x| sum + x) / sorted.len() as f64;
        sorted.sort_unstable_by(f64::total_cmp);
        let quantiles = QUANTILES.map(|percent| order::quantile(sorted, percent));
        Band { paths: sorted.len() as u32, mean, quantiles }
    }
}

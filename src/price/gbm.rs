//! Correlated geometric Brownian motion,
//!
//! ```text
//! dX_i = drift_i X_i dt + volatility_i X_i dW_i,      dW_i dW_j = correlation_ij dt
//! ```
//!
//! by its exact solution on the grid (no discretisation error; what happens between steps is for [`super::between`]):
//!
//! ```text
//! ln X_i(t + dt) = ln X_i(t) + (drift_i - volatility_i^2 / 2) dt + volatility_i sqrt(dt) (L z)_i,   L L' = correlation
//! ```
//!
//! Rates are per year of 365 days. A drift of 0 keeps the expected price at the opening. Logs are summed from the opening
//! on, [`BLOCK`] steps at a time, and turned into prices many at once.

use super::between::Between;
use super::dependence::Dependence;
use super::driven::Driven;
use super::{Grid, PriceError, PricePath};
use crate::random::Source;
use crate::random::elementary::exp_all;
use crate::scenario::Coin;
use crate::scenario::spec::GbmSpec;
use crate::unit::YEAR_SECONDS;

/// Steps that are turned into prices together; a multiple of 4.
const BLOCK: usize = 256;

/// Correlated geometric Brownian motion on a grid.
#[derive(Clone, Debug)]
pub struct Gbm {
    grid: Grid,
    driven: Vec<usize>,
    /// Of the log-price in a step, per driven coin.
    drift: Vec<f64>,
    /// Standard deviation of the log-price in a step, per driven coin.
    deviation: Vec<f64>,
    dependence: Dependence,
}

impl Gbm {
    /// Checks the law and prepares it for a grid.
    ///
    /// # Errors
    /// If a coin is unknown, pegged or missing, or the correlation matrix is none.
    pub fn build(spec: &GbmSpec, coins: &[Coin], grid: Grid) -> Result<Self, PriceError> {
        let driven = Driven::of("gbm", "volatility_per_year", &spec.volatility_per_year, coins, 0.8)?;
        let volatility = driven.numbers("volatility_per_year", &spec.volatility_per_year, None, 0.8)?;
        let drift = driven.numbers("drift_per_year", &spec.drift_per_year, Some(0.0), 0.0)?;
        driven.check_volatility("volatility_per_year", &volatility, grid.seconds())?;
        driven.check_drift("drift_per_year", &drift, &grid)?;
        let dependence = Dependence::build(&spec.correlation, &driven)?.with_copula(spec.copula, &driven)?;
        Ok(Self::of(driven.at, &volatility, &drift, dependence, grid))
    }

    /// The law of these coins, with the volatility and drift per year of each.
    #[must_use]
    pub fn of(driven: Vec<usize>, volatility: &[f64], drift: &[f64], dependence: Dependence, grid: Grid) -> Self {
        let years = grid.step_seconds / YEAR_SECONDS;
        Self {
            drift: drift.iter().zip(volatility).map(|(drift, v)| (drift - 0.5 * v * v) * years).collect(),
            deviation: volatility.iter().map(|v| v * libm::sqrt(years)).collect(),
            driven,
            dependence,
            grid,
        }
    }

    /// What draws the ends of its steps.
    #[must_use]
    pub fn between(&self) -> Between {
        Between::of(&self.driven, &self.deviation, &self.dependence, self.grid.steps)
    }

    /// Draws a path; one normal per driven coin and step: in that order, or from coarse to fine if the generator's first
    /// draws are its best.
    pub fn fill<R: Source>(&self, rng: &mut R, path: &mut PricePath) {
        let (coins, n) = (self.grid.opening_usd.len(), self.driven.len());
        let together = if rng.best_first() { self.grid.steps } else { BLOCK };
        let (rows, work) = path.open(&self.grid, self.grid.steps, together * n + BLOCK + n);
        if n > 0 {
            let (shocks, work) = work.split_at_mut(together * n);
            let (column, logs) = work.split_at_mut(BLOCK);
            logs.fill(0.0);
            for rows in rows[coins..].chunks_mut(together * coins) {
                let shocks = &mut shocks[..rows.len() / coins * n];
                self.dependence.draw_steps(rng, shocks);
                for (rows, shocks) in rows.chunks_mut(BLOCK * coins).zip(shocks.chunks(BLOCK * n)) {
                    self.turn_into_prices(shocks, logs, column, rows);
                }
            }
        }
        path.close(&self.grid);
    }

    /// Goes on from the log-prices `logs`, relative to the opening, by the steps that `shocks` are of.
    fn turn_into_prices(&self, shocks: &[f64], logs: &mut [f64], column: &mut [f64], rows: &mut [f64]) {
        let (coins, n) = (self.grid.opening_usd.len(), self.driven.len());
        for (i, &coin) in self.driven.iter().enumerate() {
            let column = &mut column[..shocks.len() / n];
            copy(column, 0, 1, shocks, i, n);
            let (drift, deviation) = (self.drift[i], self.deviation[i]);
            for x in &mut *column {
                *x = drift + deviation * *x;
            }
            logs[i] = accumulate(logs[i], column);
            exp_all(column);
            let opening = self.grid.opening_usd[coin];
            for x in &mut *column {
                *x *= opening;
            }
            copy(rows, coin, coins, column, 0, 1);
        }
    }
}

/// Copies a column of one table into a column of another, given their widths.
fn copy(to: &mut [f64], at: usize, width: usize, from: &[f64], from_at: usize, from_width: usize) {
    if width == 1 && from_width == 1 {
        to.copy_from_slice(from);
        return;
    }
    for (to, from) in to[at..].iter_mut().step_by(width).zip(from[from_at..].iter().step_by(from_width)) {
        *to = *from;
    }
}

/// Replaces increments by the sums up to them, from `start`, and returns the last. Fours are summed by themselves first:
/// one addition in four waits for the one before.
fn accumulate(start: f64, x: &mut [f64]) -> f64 {
    let mut sum = start;
    let mut fours = x.chunks_exact_mut(4);
    for four in &mut fours {
        let two = four[0] + four[1];
        let three = two + four[2];
        let all = three + four[3];
        four[0] += sum;
        four[1] = sum + two;
        four[2] = sum + three;
        sum += all;
        four[3] = sum;
    }
    for x in fours.into_remainder() {
        sum += *x;
        *x = sum;
    }
    sum
}

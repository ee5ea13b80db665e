//! Correlated geometric Brownian motion,
//!
//! ```text
//! dX_i = drift_i X_i dt + volatility_i X_i dW_i,      dW_i dW_j = correlation_ij dt
//! ```
//!
//! by its exact solution on the grid (no discretisation error; what happens between steps is not seen):
//!
//! ```text
//! X_i(t + dt) = X_i(t) exp((drift_i - volatility_i^2 / 2) dt + volatility_i sqrt(dt) (L z)_i),   L L' = correlation
//! ```
//!
//! Rates are per year of 365 days. A drift of 0 keeps the expected price at the opening.

use super::dependence::Dependence;
use super::driven::Driven;
use super::{Grid, PriceError, PricePath};
use crate::scenario::Coin;
use crate::scenario::spec::GbmSpec;
use crate::unit::YEAR_SECONDS;
use rand::Rng;

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

    /// Draws a path; one normal per driven coin and step, in that order.
    pub fn fill<R: Rng>(&self, rng: &mut R, path: &mut PricePath) {
        let coins = self.grid.opening_usd.len();
        let (rows, shocks) = path.open(&self.grid, self.grid.steps, self.driven.len());
        for end in (coins..rows.len()).step_by(coins.max(1)) {
            let (before, now) = rows[end - coins..].split_at_mut(coins);
            self.dependence.draw(rng, shocks);
            for (i, &coin) in self.driven.iter().enumerate() {
                now[coin] = before[coin] * libm::exp(self.drift[i] + self.deviation[i] * shocks[i]);
            }
        }
        path.close(&self.grid);
    }
}

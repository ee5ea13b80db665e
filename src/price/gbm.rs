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

use super::{Grid, PriceError, PricePath, correlation, driven_coin};
use crate::random::{Stream, normal};
use crate::scenario::Coin;
use crate::scenario::spec::GbmSpec;
use crate::unit::YEAR_SECONDS;

/// Correlated geometric Brownian motion on a grid.
#[derive(Clone, Debug)]
pub struct Gbm {
    grid: Grid,
    driven: Vec<usize>,
    drift: Vec<f64>,
    factor: Vec<f64>,
}

impl Gbm {
    /// Checks the law and prepares it for a grid.
    ///
    /// # Errors
    /// If a coin is unknown, pegged or missing, or the correlation matrix is none.
    pub fn build(spec: &GbmSpec, coins: &[Coin], grid: Grid) -> Result<Self, PriceError> {
        let place = |key: &str, name: &str| driven_coin(&format!("prices.gbm.{key}.{name}"), name, coins);
        let names: Vec<&str> = spec.volatility_per_year.keys().map(String::as_str).collect();
        let driven = names.iter().map(|name| place("volatility_per_year", name)).collect::<Result<Vec<_>, _>>()?;
        for name in spec.drift_per_year.keys() {
            place("drift_per_year", name)?;
        }
        if let Some(coin) = coins.iter().find(|c| !c.pegged && !spec.volatility_per_year.contains_key(&c.name)) {
            return Err(PriceError::NoVolatility { coin: coin.name.clone() });
        }
        let years = grid.step_seconds / YEAR_SECONDS;
        let volatility: Vec<f64> = spec.volatility_per_year.values().map(|v| v.get()).collect();
        let drift = |name: &&str| spec.drift_per_year.get(*name).map_or(0.0, |drift| drift.get());
        let drift = names.iter().zip(&volatility).map(|(name, v)| (drift(name) - 0.5 * v * v) * years).collect();
        let mut factor = correlation::factor_of_written(&spec.correlation, &names)?;
        for (row, volatility) in factor.chunks_exact_mut(names.len().max(1)).zip(&volatility) {
            for factor in row {
                *factor *= volatility * libm::sqrt(years);
            }
        }
        Ok(Self { grid, driven, drift, factor })
    }

    /// Draws a path; one normal per driven coin and step, in that order.
    pub fn fill(&self, rng: &mut Stream, path: &mut PricePath) {
        let coins = self.grid.opening_usd.len();
        let (rows, shocks) = path.open(&self.grid, self.grid.steps, self.driven.len());
        for end in (coins..rows.len()).step_by(coins.max(1)) {
            let (before, now) = rows[end - coins..].split_at_mut(coins);
            for shock in &mut *shocks {
                *shock = normal(rng);
            }
            correlation::correlate(&self.factor, shocks);
            for ((&coin, drift), shock) in self.driven.iter().zip(&self.drift).zip(&*shocks) {
                now[coin] = before[coin] * libm::exp(drift + shock);
            }
        }
        path.close(&self.grid);
    }
}

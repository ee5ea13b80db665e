//! How the shocks of several coins hang together within a step: by correlation.

use super::driven::Driven;
use super::{PriceError, correlation};
use crate::random::{Source, bridge, normal};
use rand::Rng;

/// The dependence of standard normal shocks, one per driven coin.
#[derive(Clone, Debug)]
pub struct Dependence {
    /// Lower factor of the correlation matrix.
    factor: Vec<f64>,
    coins: usize,
}

impl Dependence {
    /// Checks the correlation matrix, rows in the order of the driven coins; independent if none is written.
    ///
    /// # Errors
    /// If the matrix is no correlation matrix.
    pub fn build(written: &[Vec<f64>], driven: &Driven<'_>) -> Result<Self, PriceError> {
        let factor = correlation::factor_of_written(written, &driven.names);
        let wrong = |error| PriceError::Correlation { key: driven.correlation_key(), error };
        Ok(Self { factor: factor.map_err(wrong)?, coins: driven.names.len() })
    }

    /// Draws one standard normal per coin, dependent as told.
    pub fn draw<R: Rng>(&self, rng: &mut R, shocks: &mut [f64]) {
        for shock in &mut *shocks {
            *shock = normal(rng);
        }
        correlation::correlate(&self.factor, shocks);
    }

    /// Draws the shocks of many steps, one after the other: those of [`Self::draw`], or in an order that suits the
    /// generator.
    pub fn draw_steps<R: Source>(&self, rng: &mut R, shocks: &mut [f64]) {
        bridge::increments(rng, self.coins, shocks);
        if self.coins > 1 {
            for step in shocks.chunks_exact_mut(self.coins) {
                correlation::correlate(&self.factor, step);
            }
        }
    }
}

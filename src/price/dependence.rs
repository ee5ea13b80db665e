//! How the shocks of several coins hang together within a step: by correlation, `z = L e` with independent `e`, and
//! beyond it by Student's t copula, which leaves each coin alone standard normal,
//!
//! ```text
//! shock_i = N^-1(t_nu(z_i sqrt(nu / W))),      W chi-square of nu degrees of freedom, one for all coins and the step
//! ```
//!
//! A small `W` makes the shocks of all coins large at once: two coins of correlation rho have the tail dependence
//! `2 t_{nu+1}(-sqrt((nu + 1) (1 - rho) / (1 + rho)))` (Embrechts and others 2002), which is 0 without it. Coins
//! of correlation 0 are then not independent.

use super::driven::Driven;
use super::gamma::ChiSquare;
use super::{PriceError, correlation};
use crate::random::student::Student;
use crate::random::{Source, bridge, normal};
use crate::scenario::spec::CopulaSpec;
use rand::Rng;

/// The dependence of standard normal shocks, one per driven coin.
#[derive(Clone, Debug)]
pub struct Dependence {
    /// Lower factor of the correlation matrix.
    factor: Vec<f64>,
    coins: usize,
    /// What goes beyond correlation.
    t: Option<TCopula>,
}

/// Student's t copula.
#[derive(Clone, Debug)]
struct TCopula {
    degrees: f64,
    mixing: ChiSquare,
    margin: Student,
}

impl Dependence {
    /// Checks the correlation matrix, rows in the order of the driven coins; independent if none is written.
    ///
    /// # Errors
    /// If the matrix is no correlation matrix.
    pub fn build(written: &[Vec<f64>], driven: &Driven<'_>) -> Result<Self, PriceError> {
        let factor = correlation::factor_of_written(written, &driven.names);
        let wrong = |error| PriceError::Correlation { key: driven.key("correlation"), error };
        Ok(Self { factor: factor.map_err(wrong)?, coins: driven.names.len(), t: None })
    }

    /// The same correlation, joined by a copula.
    ///
    /// # Errors
    /// If its degrees of freedom are out of range.
    pub fn with_copula(self, copula: CopulaSpec, driven: &Driven<'_>) -> Result<Self, PriceError> {
        let CopulaSpec::T(t) = copula else { return Ok(self) };
        let degrees = t.degrees.get();
        if !(1.0..=200.0).contains(&degrees) {
            let why =
                format!("{degrees} degrees of freedom: expected 1 to 200; with more, write copula = \"gaussian\"");
            return Err(PriceError::Unfit { key: driven.key("copula.t.degrees"), why });
        }
        let t = TCopula { degrees, mixing: ChiSquare::of(degrees), margin: Student::of(degrees) };
        // A coin alone is standard normal with it as without.
        Ok(Self { t: (driven.at.len() > 1).then_some(t), ..self })
    }

    /// Lower factor of the correlation matrix, row by row.
    #[must_use]
    pub fn factor(&self) -> &[f64] {
        &self.factor
    }

    /// Draws one standard normal per coin, dependent as told: a normal per coin, and with the t copula one more.
    pub fn draw<R: Rng>(&self, rng: &mut R, shocks: &mut [f64]) {
        for shock in &mut *shocks {
            *shock = normal(rng);
        }
        correlation::correlate(&self.factor, shocks);
        self.mix(rng, shocks);
    }

    /// Joins correlated shocks of a step by the copula, if there is one.
    fn mix<R: Rng>(&self, rng: &mut R, shocks: &mut [f64]) {
        if let Some(t) = &self.t {
            let scale = libm::sqrt(t.degrees / t.mixing.at(normal(rng)));
            for shock in shocks {
                *shock = t.margin.normal_score(*shock * scale);
            }
        }
    }

    /// Draws the shocks of many steps: all their normals first, one step after the other or in an order that suits the
    /// generator, then what the copula takes.
    pub fn draw_steps<R: Source>(&self, rng: &mut R, shocks: &mut [f64]) {
        bridge::increments(rng, self.coins, shocks);
        if self.coins > 1 {
            for step in shocks.chunks_exact_mut(self.coins) {
                correlation::correlate(&self.factor, step);
                self.mix(rng, step);
            }
        }
    }
}

//! Jump diffusion of Merton (1976, Journal of Financial Economics 3, 125-144), several coins:
//!
//! ```text
//! dX_i / X_i- = (drift_i - jumps_i k_i) dt + volatility_i dW_i + (e^J_i - 1) dN_i,      J_i ~ N(mean_i, deviation_i^2)
//! k_i = E e^J_i - 1 = exp(mean_i + deviation_i^2 / 2) - 1
//! ```
//!
//! `W` correlated, `N_i` Poisson processes of rate `jumps_i` that can share events. Exact on the grid: the diffusion by
//! its solution, the number of jumps by its law, and the sum of m jumps of a coin in a step as
//! `m mean_i + sqrt(m) deviation_i z`; see [`super::jump`].

use super::dependence::Dependence;
use super::driven::Driven;
use super::jump::{JumpDiffusion, Rates, Sizes, check_sizes};
use super::{Grid, PriceError};
use crate::scenario::Coin;
use crate::scenario::spec::MertonSpec;

/// Jump diffusion with normal log sizes.
pub type Merton = JumpDiffusion<NormalSizes>;

/// Normal log sizes, per driven coin.
#[derive(Clone, Debug)]
pub struct NormalSizes {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Sizes for NormalSizes {
    const SUMS: bool = true;

    fn growth(&self, coin: usize) -> f64 {
        libm::expm1(self.mean[coin] + 0.5 * self.deviation[coin] * self.deviation[coin])
    }

    fn table(&self, coin: usize) -> &'static str {
        let of_deviation = 0.5 * self.deviation[coin] * self.deviation[coin];
        if self.mean[coin].abs() > of_deviation { "jump_mean" } else { "jump_deviation" }
    }

    fn sum(&self, coin: usize, jumps: f64, z: f64) -> f64 {
        jumps * self.mean[coin] + libm::sqrt(jumps) * self.deviation[coin] * z
    }
}

impl Merton {
    /// Checks the law and prepares it for a grid.
    ///
    /// # Errors
    /// If a coin is unknown, pegged or missing, the correlation matrix is none, or jumps do not fit together.
    pub fn build(spec: &MertonSpec, coins: &[Coin], grid: Grid) -> Result<Self, PriceError> {
        let driven = Driven::of("merton", "volatility_per_year", &spec.volatility_per_year, coins, 0.6)?;
        let rates = Rates {
            volatility: driven.numbers("volatility_per_year", &spec.volatility_per_year, None, 0.6)?,
            drift: driven.numbers("drift_per_year", &spec.drift_per_year, Some(0.0), 0.0)?,
            jumps: driven.numbers("jumps_per_year", &spec.jumps_per_year, None, 12.0)?,
            common: spec.common_jumps_per_year.get(),
        };
        let sizes = NormalSizes {
            mean: driven.numbers("jump_mean", &spec.jump_mean, Some(0.0), 0.0)?,
            deviation: driven.numbers("jump_deviation", &spec.jump_deviation, None, 0.05)?,
        };
        rates.check(&driven, &grid)?;
        check_sizes(&sizes, &rates, &driven, &grid)?;
        let joint = Dependence::build(&spec.correlation, &driven)?;
        let shocks = joint.clone().with_copula(spec.copula, &driven)?;
        Ok(Self::of(driven.at, &rates, sizes, [shocks, joint], grid))
    }
}

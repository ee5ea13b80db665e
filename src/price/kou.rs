//! Jump diffusion of Kou (2002, Management Science 48(8), 1086-1101), several coins:
//!
//! ```text
//! dX_i / X_i- = (drift_i - jumps_i k_i) dt + volatility_i dW_i + (e^J_i - 1) dN_i
//! J_i = Exp(mean mean_up_i) with probability up_i, else -Exp(mean mean_down_i)
//! k_i = E e^J_i - 1 = up_i / (1 - mean_up_i) + (1 - up_i) / (1 + mean_down_i) - 1
//! ```
//!
//! `W` correlated, `N_i` Poisson processes of rate `jumps_i` that can share events. In Kou's letters `eta1 = 1 /
//! mean_up`, `eta2 = 1 / mean_down`. Exact on the grid: the diffusion by its solution, the number of jumps by its law,
//! and each jump's size by inversion of its distribution function; see [`super::jump`].

use super::dependence::Dependence;
use super::driven::Driven;
use super::jump::{JumpDiffusion, Rates, Sizes, check_sizes};
use super::{Grid, PriceError};
use crate::random::normal_cdf;
use crate::scenario::Coin;
use crate::scenario::spec::KouSpec;

/// Jump diffusion with double-exponential log sizes.
pub type Kou = JumpDiffusion<DoubleExponentialSizes>;

/// Double-exponential log sizes, per driven coin.
#[derive(Clone, Debug)]
pub struct DoubleExponentialSizes {
    up_probability: Vec<f64>,
    mean_up: Vec<f64>,
    mean_down: Vec<f64>,
}

impl Sizes for DoubleExponentialSizes {
    const SUMS: bool = false;

    fn growth(&self, coin: usize) -> f64 {
        let (up, mean_up, mean_down) = (self.up_probability[coin], self.mean_up[coin], self.mean_down[coin]);
        // k = up mean_up / (1 - mean_up) - (1 - up) mean_down / (1 + mean_down), without the 1 that cancels.
        up * mean_up / (1.0 - mean_up) - (1.0 - up) * mean_down / (1.0 + mean_down)
    }

    fn table(&self, coin: usize) -> &'static str {
        if self.growth(coin) > 0.0 { "mean_up" } else { "mean_down" }
    }

    fn sum(&self, coin: usize, _one: f64, z: f64) -> f64 {
        let up = self.up_probability[coin];
        // Each side by the tail that it lies in: `1 - normal_cdf(z)` would lose what is small.
        let (below, above) = (normal_cdf(z), normal_cdf(-z));
        if above < up {
            -self.mean_up[coin] * libm::log(above / up)
        } else {
            self.mean_down[coin] * libm::log((below / (1.0 - up)).min(1.0))
        }
    }
}

impl Kou {
    /// Checks the law and prepares it for a grid.
    ///
    /// # Errors
    /// If a coin is unknown, pegged or missing, the correlation matrix is none, or jumps do not fit together or have
    /// no mean.
    pub fn build(spec: &KouSpec, coins: &[Coin], grid: Grid) -> Result<Self, PriceError> {
        let driven = Driven::of("kou", "volatility_per_year", &spec.volatility_per_year, coins, 0.6)?;
        let rates = Rates {
            volatility: driven.numbers("volatility_per_year", &spec.volatility_per_year, None, 0.6)?,
            drift: driven.numbers("drift_per_year", &spec.drift_per_year, Some(0.0), 0.0)?,
            jumps: driven.numbers("jumps_per_year", &spec.jumps_per_year, None, 12.0)?,
            common: spec.common_jumps_per_year.get(),
        };
        let sizes = DoubleExponentialSizes {
            up_probability: driven.numbers("up_probability", &spec.up_probability, None, 0.4)?,
            mean_up: driven.numbers("mean_up", &spec.mean_up, None, 0.03)?,
            mean_down: driven.numbers("mean_down", &spec.mean_down, None, 0.05)?,
        };
        if let Some(i) = sizes.mean_up.iter().position(|&mean| mean >= 1.0) {
            let why = format!(
                "jumps up of mean {} have no finite expected price: expected below 1 (0.03 means 3 %)",
                sizes.mean_up[i]
            );
            return Err(PriceError::Unfit { key: driven.key_of("mean_up", driven.names[i]), why });
        }
        rates.check(&driven, &grid)?;
        check_sizes(&sizes, &rates, &driven, &grid)?;
        let joint = Dependence::build(&spec.correlation, &driven)?;
        let shocks = joint.clone().with_copula(spec.copula, &driven)?;
        Ok(Self::of(driven.at, &rates, sizes, [shocks, joint], grid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The size at a normal score has the distribution function `F(size) = normal_cdf(score)`, far into both tails.
    #[test]
    fn sizes_invert_the_distribution_function() {
        for (up, mean_up, mean_down) in [(0.4, 0.1, 0.2), (0.0, 0.1, 0.05), (1.0, 0.1, 0.05), (1e-9, 0.3, 0.01)] {
            let law =
                DoubleExponentialSizes { up_probability: vec![up], mean_up: vec![mean_up], mean_down: vec![mean_down] };
            let mut last = f64::NEG_INFINITY;
            for z in (-164..=164).map(|k| f64::from(k) / 20.0) {
                let size = law.sum(0, 1.0, z);
                assert!(size >= last, "falls at {z}");
                last = size;
                let (below, exact) = if size < 0.0 {
                    ((1.0 - up) * libm::exp(size / mean_down), normal_cdf(z))
                } else {
                    (up * libm::exp(-size / mean_up), normal_cdf(-z))
                };
                // With one side only, the end of its range is where normal_cdf rounds to 1.
                let rounding = if up == 0.0 || up == 1.0 { 2e-16 } else { 0.0 };
                assert!((below - exact).abs() < 1e-13 * exact + rounding, "{below:e} is not {exact:e} at {z}");
            }
        }
    }
}

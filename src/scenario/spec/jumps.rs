//! `[prices.merton]` and `[prices.kou]`: laws that jump.

use super::CopulaSpec;
use crate::unit::{Amount, Number, Positive, Share};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Geometric Brownian motion with jumps at random times whose log sizes are normal (Merton 1976); the drift makes up
/// for their mean.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MertonSpec {
    /// Volatility per year of each coin between jumps.
    pub volatility_per_year: IndexMap<String, Positive>,
    /// Drift per year of each coin, jumps included; 0 where not given, which keeps the expected price at the opening.
    #[serde(default)]
    pub drift_per_year: IndexMap<String, Number>,
    /// Expected jumps per year of each coin, common ones included.
    pub jumps_per_year: IndexMap<String, Amount>,
    /// Mean of the log of a jump (-0.1: the median jump takes 9.5 %); 0 where not given.
    #[serde(default)]
    pub jump_mean: IndexMap<String, Number>,
    /// Standard deviation of the log of a jump.
    pub jump_deviation: IndexMap<String, Amount>,
    /// Expected jumps per year at which all coins jump at once, at most the smallest of `jumps_per_year`; their sizes
    /// are correlated as the coins are.
    #[serde(default = "none")]
    pub common_jumps_per_year: Amount,
    /// Correlation matrix, rows in the order of `volatility_per_year`; independent if left out.
    #[serde(default)]
    pub correlation: Vec<Vec<f64>>,
    /// How the coins' shocks of a step hang together beyond correlation; jumps are not concerned.
    #[serde(default)]
    pub copula: CopulaSpec,
}

/// Geometric Brownian motion with jumps at random times whose log sizes are exponential on either side (Kou 2002); the
/// drift makes up for their mean.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KouSpec {
    /// Volatility per year of each coin between jumps.
    pub volatility_per_year: IndexMap<String, Positive>,
    /// Drift per year of each coin, jumps included; 0 where not given, which keeps the expected price at the opening.
    #[serde(default)]
    pub drift_per_year: IndexMap<String, Number>,
    /// Expected jumps per year of each coin, common ones included.
    pub jumps_per_year: IndexMap<String, Amount>,
    /// Probability that a jump goes up.
    pub up_probability: IndexMap<String, Share>,
    /// Mean log size of jumps up, below 1 (Kou's 1 / eta1): from 1 on, the expected price would be infinite.
    pub mean_up: IndexMap<String, Positive>,
    /// Mean log size of jumps down, written without sign (Kou's 1 / eta2).
    pub mean_down: IndexMap<String, Positive>,
    /// Expected jumps per year at which all coins jump at once, at most the smallest of `jumps_per_year`; their sizes
    /// are correlated as the coins are (their normal scores).
    #[serde(default = "none")]
    pub common_jumps_per_year: Amount,
    /// Correlation matrix, rows in the order of `volatility_per_year`; independent if left out.
    #[serde(default)]
    pub correlation: Vec<Vec<f64>>,
    /// How the coins' shocks of a step hang together beyond correlation; jumps are not concerned.
    #[serde(default)]
    pub copula: CopulaSpec,
}

fn none() -> Amount {
    Amount::try_from(0.0).expect("in range")
}

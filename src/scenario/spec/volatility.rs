//! `[prices.heston]`, `[prices.garch]` and `[prices.regime]`: laws whose volatility moves.

use crate::unit::{Amount, Number, Positive, Span};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A variance of its own for each coin, which reverts to its long-run mean and moves with the price (Heston 1993).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HestonSpec {
    /// Long-run volatility per year of each coin: the root of theta, to which the variance reverts.
    pub long_run_volatility_per_year: IndexMap<String, Positive>,
    /// Volatility per year at the opening: the root of the first variance; the long-run one where not given.
    #[serde(default)]
    pub initial_volatility_per_year: IndexMap<String, Positive>,
    /// Speed of reversion of the variance (kappa): its half-life is `ln 2 / reversion_per_year` years.
    pub reversion_per_year: IndexMap<String, Positive>,
    /// Volatility of variance (xi in `dV = kappa (theta - V) dt + xi sqrt(V) dB`); may break Feller's condition.
    pub volatility_of_variance: IndexMap<String, Positive>,
    /// Correlation of a coin's price with its variance (rho): below 0, falls make the coin wilder; 0 where not given.
    #[serde(default)]
    pub spot_variance_correlation: IndexMap<String, Number>,
    /// Drift per year of each coin; 0 where not given, which keeps the expected price at the opening.
    #[serde(default)]
    pub drift_per_year: IndexMap<String, Number>,
    /// Correlation matrix of the prices' shocks, rows in the order of `long_run_volatility_per_year`; independent if left out.
    #[serde(default)]
    pub correlation: Vec<Vec<f64>>,
    /// Correlation matrix of that part of the variances' shocks that is independent of the prices, rows in the same order;
    /// independent if left out.
    #[serde(default)]
    pub variance_correlation: Vec<Vec<f64>>,
}

/// GARCH(1,1) per bar with Student-t innovations (Bollerslev 1987): large moves are followed by large moves.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GarchSpec {
    /// Length of a bar: a whole number of steps, or a whole fraction of a step.
    pub bar: Span,
    /// Long-run volatility per year of each coin; `omega` is its variance in a bar times `1 - alpha - beta`.
    pub long_run_volatility_per_year: IndexMap<String, Positive>,
    /// Volatility per year in the first bar; the long-run one where not given.
    #[serde(default)]
    pub initial_volatility_per_year: IndexMap<String, Positive>,
    /// Share of the last bar's squared shock in the next bar's variance; `alpha + beta` must be below 1.
    pub alpha: IndexMap<String, Amount>,
    /// Share of the last bar's variance in the next bar's.
    pub beta: IndexMap<String, Amount>,
    /// Degrees of freedom of the Student-t innovations, above 2: the fewer, the fatter the tails.
    pub degrees: IndexMap<String, Positive>,
    /// Drift per year of each coin: of the log-price plus half the variance; 0 where not given.
    #[serde(default)]
    pub drift_per_year: IndexMap<String, Number>,
    /// Correlation matrix, rows in the order of `long_run_volatility_per_year`; independent if left out.
    #[serde(default)]
    pub correlation: Vec<Vec<f64>>,
    /// Whether coins have their tail events in the same bars (multivariate t) or each at its own times.
    #[serde(default = "yes")]
    pub common_shocks: bool,
}

/// Markets that switch between states, each with volatilities, drifts and correlations of its own; all coins switch
/// together.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegimeSpec {
    /// State at the opening; drawn from the stationary distribution if left out.
    #[serde(default)]
    pub initial: Option<String>,
    /// Correlation matrix in states without one of their own, rows in the order of `volatility_per_year` of the first
    /// state; independent if left out.
    #[serde(default)]
    pub correlation: Vec<Vec<f64>>,
    /// The states.
    pub states: Vec<RegimeStateSpec>,
}

/// A state of the market.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegimeStateSpec {
    /// Its name.
    pub name: String,
    /// Volatility per year of each coin in this state.
    pub volatility_per_year: IndexMap<String, Positive>,
    /// Drift per year of each coin in this state; 0 where not given.
    #[serde(default)]
    pub drift_per_year: IndexMap<String, Number>,
    /// Expected switches per year to other states while in this one; the mean stay is 1 / their sum. Never left if empty.
    #[serde(default)]
    pub switches_per_year: IndexMap<String, Amount>,
    /// Correlation matrix in this state; that of the law if left out.
    #[serde(default)]
    pub correlation: Vec<Vec<f64>>,
}

const fn yes() -> bool {
    true
}

//! `[prices]`: the law of the coins' prices.

use super::{CopulaSpec, GarchSpec, HestonSpec, KouSpec, MertonSpec, RegimeSpec, ReplaySpec, ScriptedSpec};
use crate::unit::{Number, Positive, Span};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The law of the coins' prices: exactly one table below `[prices]`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PricesSpec {
    /// Correlated geometric Brownian motion.
    Gbm(GbmSpec),
    /// Heston's stochastic volatility.
    Heston(HestonSpec),
    /// GARCH(1,1) with Student-t innovations.
    Garch(GarchSpec),
    /// Markov switching between states of the market.
    Regime(RegimeSpec),
    /// Geometric Brownian motion with normal jumps of the log-price.
    Merton(MertonSpec),
    /// Geometric Brownian motion with double-exponential jumps of the log-price.
    Kou(KouSpec),
    /// Stationary block bootstrap of recorded bars, joint across coins.
    Bootstrap(BootstrapSpec),
    /// The recorded prices of a file, from a time on.
    Replay(ReplaySpec),
    /// Prices written down: points in time, log-linear between.
    Scripted(ScriptedSpec),
}

/// `d ln X = (drift - volatility^2 / 2) dt + volatility dW`, with correlated `W`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GbmSpec {
    /// Volatility per year of each coin.
    pub volatility_per_year: IndexMap<String, Positive>,
    /// Drift per year of each coin; 0 where not given.
    #[serde(default)]
    pub drift_per_year: IndexMap<String, Number>,
    /// Correlation matrix, rows in the order of `volatility_per_year`; independent if left out.
    #[serde(default)]
    pub correlation: Vec<Vec<f64>>,
    /// How the coins' shocks of a step hang together beyond correlation.
    #[serde(default)]
    pub copula: CopulaSpec,
}

/// Blocks of recorded history, of geometrically distributed length (Politis and Romano 1994).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BootstrapSpec {
    /// Price file (CSV or Parquet: timestamp, symbol, open, high, low, close), relative to the config file.
    pub file: PathBuf,
    /// Mean length of a block.
    pub mean_block: Span,
    /// Symbol of each coin in the file; `BTCUSDT` for `btc` if left out.
    #[serde(default)]
    pub symbols: IndexMap<String, String>,
    /// First day of history to use, `2020-09-20`.
    #[serde(default)]
    pub from: Option<String>,
    /// Last day of history to use.
    #[serde(default)]
    pub to: Option<String>,
    /// Keep the history's mean return (default: removed, so that no bull market is assumed).
    #[serde(default)]
    pub keep_drift: bool,
    /// What to do where bars are missing.
    #[serde(default)]
    pub gaps: GapsSpec,
}

/// What to do where bars are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapsSpec {
    /// A gap is an error that names its rows.
    #[default]
    Refuse,
    /// The gaps are known: no block spans one.
    Split,
}

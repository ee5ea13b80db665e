//! Price laws that are given, not drawn: a recorded path, and one written down point by point.

use crate::unit::{Positive, Span};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The recorded prices of a file, from a time on. Every coin that is not pegged follows a symbol of the file or is in `hold`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaySpec {
    /// Price file (CSV or Parquet: timestamp, symbol, open, high, low, close; or klines of one symbol), relative to the
    /// config file. Symbols may have bars of different lengths.
    pub file: PathBuf,
    /// Symbol of each coin in the file; `BTCUSDT` for `btc` if left out.
    #[serde(default)]
    pub symbols: IndexMap<String, String>,
    /// Time of the opening, UTC, such as `"2025-10-10T20:45:00Z"`: a bar of every symbol begins then. `run.start` if left
    /// out.
    #[serde(default)]
    pub start: Option<String>,
    /// The way through a bar that is longer than a step.
    #[serde(default)]
    pub within_bar: WithinBarSpec,
    /// Lay the recorded moves over the coins' own opening prices. If not, the opening prices must be the recorded ones.
    #[serde(default)]
    pub rescale: bool,
    /// Coins that stay at their opening price.
    #[serde(default)]
    pub hold: Vec<String>,
}

/// The way through a bar that is longer than a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithinBarSpec {
    /// Through its open, high, low and close; the way between them is drawn, path by path.
    #[default]
    Bridge,
    /// Log-linear from close to close, the same on every path; highs and lows are not reached.
    Straight,
}

/// Prices written down: points in time, log-linear between.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptedSpec {
    /// Points of each coin, in order of time. From the opening price the coin goes to the first, after the last it stays.
    /// A coin without points stays at its opening price.
    pub points: IndexMap<String, Vec<PointSpec>>,
}

/// A price at a time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointSpec {
    /// When, from the start of the path.
    pub at: Span,
    /// The price, USD.
    pub price_usd: Positive,
}

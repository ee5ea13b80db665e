//! Shocks at a time: gaps of prices, a peg lost, makers gone, dear gas, news.

use super::{DoubtSpec, SlashSpec};
use crate::unit::{Positive, Return, Span};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A shock at a time; at least one of the kinds.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShockSpec {
    /// When, from the start of the path.
    pub at: Span,
    /// Instant simple return per coin: `{ btc = -0.1 }`.
    #[serde(default)]
    pub gap: IndexMap<String, Return>,
    /// A stablecoin leaves its peg.
    #[serde(default)]
    pub depeg: Option<DepegSpec>,
    /// Market makers withdraw.
    #[serde(default)]
    pub depth: Option<DepthShockSpec>,
    /// Gas becomes dear: liquidators of pools that pay for it stay away.
    #[serde(default)]
    pub gas: Option<GasShockSpec>,
    /// News that makes depositors leave.
    #[serde(default)]
    pub news: Option<NewsSpec>,
    /// Staked coins are taken away.
    #[serde(default)]
    pub slash: Option<SlashSpec>,
}

/// A stablecoin falls to a price and returns to its peg: by a half-life of its own, or, a coin with `stable`, by
/// redemption.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepegSpec {
    /// Which stablecoin.
    pub coin: String,
    /// Price in USD right after the shock.
    pub price_usd: Positive,
    /// Half-life of the return to the peg; never if left out. Only for a coin with `peg_usd`.
    #[serde(default)]
    pub half_life: Option<Span>,
    /// Doubt about the reserves behind the coin. Only for a coin with `stable`.
    #[serde(default)]
    pub doubt: Option<DoubtSpec>,
}

/// Depth is multiplied, then recovers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepthShockSpec {
    /// What is left of the depth.
    pub multiplier: Positive,
    /// Half-life of the recovery; never if left out.
    #[serde(default)]
    pub half_life: Option<Span>,
    /// Which coins' books; all if left out.
    #[serde(default)]
    pub coins: Vec<String>,
}

/// Gas costs a multiple of what it does in calm, then falls back.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GasShockSpec {
    /// Multiple of the calm price; of several shocks the parts above calm add up.
    pub multiplier: Positive,
    /// Half-life of the part above calm; never if left out.
    #[serde(default)]
    pub half_life: Option<Span>,
}

/// News that makes depositors leave.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewsSpec {
    /// Extra leaving hazard right after the news.
    pub leave_per_day: Positive,
    /// Half-life of the extra hazard; for ever if left out.
    #[serde(default)]
    pub half_life: Option<Span>,
}

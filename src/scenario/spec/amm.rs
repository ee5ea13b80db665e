//! Pools of two assets.

use crate::unit::{Amount, Positive, Share, ShareBelowOne};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A pool of two assets with constant product, and its LP token (Uniswap v2; with `idle`, Binance Liquid Swap).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmmSpec {
    /// The two assets: coins or issued tokens.
    pub assets: Vec<String>,
    /// Name of the LP token.
    pub lp: String,
    /// Value of both sides together that people who are not simulated have provided at the opening, in USD; they stay.
    pub outside_reserves_usd: Positive,
    /// Fee of a swap on what is paid in, in whole basis points.
    pub fee: ShareBelowOne,
    /// Reserves that are not needed lie in a savings pool.
    #[serde(default)]
    pub idle: Option<IdleSpec>,
    /// Rewards for providers.
    #[serde(default)]
    pub mining: Option<MiningSpec>,
}

/// Reserves in a savings pool.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdleSpec {
    /// The savings pool.
    pub venue: String,
    /// Share of each reserve that lies there, where it takes the asset.
    pub share: Share,
}

/// Rewards for providers, paid when liquidity is taken out.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MiningSpec {
    /// Coin of the reward.
    pub coin: String,
    /// Reward of all providers together per year, in USD at the opening price of the coin.
    pub per_year_usd: Amount,
}

/// Provide liquidity with the coin in hand.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvideSpec {
    /// The pool of two assets.
    pub venue: String,
}

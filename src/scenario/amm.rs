//! Pools of two assets, resolved.

use crate::id::{AssetId, CoinId};

/// A pool of two assets with constant product.
#[derive(Clone, Debug)]
pub struct Amm {
    /// Its name.
    pub name: String,
    /// What is swapped: coins or issued tokens.
    pub assets: [AssetId; 2],
    /// Column of the LP token.
    pub lp: AssetId,
    /// Fee on what is paid in, basis points.
    pub fee_points: u16,
    /// Opening value of both sides that outsiders provide, USD.
    pub outside_reserves_usd: f64,
    /// Where reserves lie that are not needed.
    pub idle: Option<Idle>,
    /// Rewards.
    pub mining: Option<Mining>,
}

/// Reserves of a pool of two assets in a savings pool.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// Position in `pools`.
    pub pool: usize,
    /// Position of each side in its reserves, where it takes the asset.
    pub reserves: [Option<usize>; 2],
    /// Share of a reserve that lies there.
    pub share: f64,
}

/// Rewards of those who provide liquidity.
#[derive(Clone, Copy, Debug)]
pub struct Mining {
    /// Coin of the reward.
    pub coin: CoinId,
    /// All rewards of a year at the coin's opening price, USD.
    pub per_year_usd: f64,
}

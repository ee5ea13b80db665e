//! Shocks at a time: gaps of prices, a peg lost, makers gone, dear gas, news.

use super::{DoubtSpec, SlashSpec};
use crate::unit::{Positive, Return, Share, Span};
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
    /// Coins are taken out of a pool or of an issuer's cash, and nothing is owed for them.
    #[serde(default)]
    pub exploit: Option<ExploitSpec>,
    /// Tokens are issued that nobody has paid for.
    #[serde(default)]
    pub forge: Option<ForgeSpec>,
    /// Reserves of a pool are frozen.
    #[serde(default)]
    pub freeze: Option<FreezeSpec>,
}

/// Coins taken out of a pool's free cash, or out of an issuer's cash, by an attacker outside: exactly one of `share` and
/// `usd`. What depositors and holders have is then worth assets over claims; who is paid first is paid in full.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExploitSpec {
    /// The pool or issuer.
    pub venue: String,
    /// Which reserve of the pool; all if left out.
    #[serde(default)]
    pub reserve: Option<String>,
    /// Share of the cash that is there when it begins.
    #[serde(default)]
    pub share: Option<Share>,
    /// USD at the prices when it begins, of all reserves together in proportion to their cash; no more than there is.
    #[serde(default)]
    pub usd: Option<Positive>,
    /// How long it lasts, the same every step; at once if left out.
    #[serde(default)]
    pub over: Option<Span>,
}

/// Tokens issued for nothing. Every token is then worth less: assets over claims.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgeSpec {
    /// Whose token.
    pub issuer: String,
    /// How many.
    pub tokens: Positive,
    /// Pool to which they are pledged, within its caps, before anybody knows; they stay outside if left out.
    #[serde(default)]
    pub deposit_in: Option<String>,
    /// Coin that is borrowed there against them and taken outside; nothing if left out. The loan stays, to be liquidated by
    /// the pool's rules.
    #[serde(default)]
    pub borrow: Option<String>,
    /// Share of what the tokens lend, at the oracle's price just before, that is borrowed.
    #[serde(default = "default_all")]
    pub borrow_share_of_ltv: Share,
}

fn default_all() -> Share {
    Share::try_from(1.0).expect("in range")
}

/// Reserves of a pool are frozen for good: nothing new is lent out of them or deposited in them. Loans are repaid and
/// liquidated and deposits paid out as before.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FreezeSpec {
    /// The pool.
    pub venue: String,
    /// Which reserves; all if left out.
    #[serde(default)]
    pub reserves: Vec<String>,
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

//! Issuers of tokens.

use super::BookSpec;
use crate::unit::{Amount, Share, Span};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An issuer of a token backed by its coin and, for dollar tokens, by delta-neutral pairs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IssuerSpec {
    /// Name of the token.
    pub token: String,
    /// Coin it is sold for and redeemed in, one for one: a stablecoin, or the coin behind a liquid-staking token.
    pub par: String,
    /// Tokens held by people who are not simulated, in USD; they stay.
    pub outside_supply_usd: Amount,
    /// Share of the proceeds kept as cash.
    pub cash_share: Share,
    /// Share of the proceeds in spot bought and the same amount sold short, by contract; only where `par` is a stablecoin.
    pub hedged: IndexMap<String, Share>,
    /// Futures venue of the short legs, if `hedged` is not empty.
    #[serde(default)]
    pub hedge_venue: Option<String>,
    /// Margin of the short legs, as a share of their notional; taken from the proceeds.
    #[serde(default = "default_hedge_margin")]
    pub hedge_margin: Share,
    /// Share of the proceeds put into other issuers' tokens at par, by token. Two tokens may hold each other.
    #[serde(default)]
    pub holds: IndexMap<String, Share>,
    /// Reserve fund, as a share of the tokens issued.
    pub reserve_fund_share: Share,
    /// Redemption at once.
    pub fast: FastSpec,
    /// Redemption after a delay.
    pub standard: StandardSpec,
    /// Share of the pairs that can be unwound per day to raise cash.
    pub unwind_per_day: Share,
    /// The token's own order book; it does not trade if left out.
    #[serde(default)]
    pub market: Option<BookSpec>,
}

fn default_hedge_margin() -> Share {
    Share::try_from(0.5).expect("in range")
}

/// Redemption at once.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FastSpec {
    /// Share of the supply that can be redeemed per day.
    pub quota_per_day: Share,
    /// Fee.
    pub fee: Share,
}

/// Redemption after a delay.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandardSpec {
    /// Time to payment.
    pub delay: Span,
    /// Fee.
    pub fee: Share,
}

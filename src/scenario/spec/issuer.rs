//! Issuers of tokens.

use super::BookSpec;
use crate::unit::{Amount, Positive, Share, ShareBelowOne, Span};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An issuer of a token backed by its coin, by staked coins and, for dollar tokens, by delta-neutral pairs; or by a vault.
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
    #[serde(default)]
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
    /// Coins that are staked.
    #[serde(default)]
    pub staked: Option<StakedSpec>,
    /// Collateral of a keeper who issues the token against it, in place of everything else that could back it.
    #[serde(default)]
    pub vault: Option<VaultSpec>,
    /// Reserve fund, as a share of the tokens issued. It pays negative funding of the shorts and the cost of unwinding.
    pub reserve_fund_share: Share,
    /// Size up to which the fund is filled from positive funding; `reserve_fund_share` if left out.
    #[serde(default)]
    pub reserve_fund_target_share: Option<Share>,
    /// What the issuer pays out of its own pocket before holders lose; nothing if left out.
    #[serde(default)]
    pub backstop: Option<BackstopSpec>,
    /// Redemption at once.
    pub fast: FastSpec,
    /// Redemption after a delay.
    pub standard: StandardSpec,
    /// The right to suspend redemption while cash is short; what cash there is goes out in order of arrival if left out.
    #[serde(default)]
    pub gate: Option<GateSpec>,
    /// Share of the pairs, or of a closed vault's collateral, that can be unwound per day to raise cash.
    pub unwind_per_day: Share,
    /// The token's own order book; it does not trade if left out.
    #[serde(default)]
    pub market: Option<BookSpec>,
    /// Where the price on that book rests, and what brings it back there.
    #[serde(default)]
    pub market_terms: MarketTermsSpec,
    /// Whether the token can change hands. If not it cannot be pledged or traded: a stake that is locked until redeemed.
    #[serde(default = "default_transferable")]
    pub transferable: bool,
}

fn default_transferable() -> bool {
    true
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
    /// Share of the supply for which redemption can be asked per day, first come first served; no limit if left out.
    #[serde(default)]
    pub quota_per_day: Option<Share>,
    /// Time to payment.
    pub delay: Span,
    /// Fee.
    pub fee: Share,
}

/// The right to suspend redemption.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateSpec {
    /// Cash over the tokens issued below which all redemption is suspended; at 0 only when what is due cannot be paid in full.
    #[serde(default = "zero_share")]
    pub when_cash_below: ShareBelowOne,
    /// Longest suspension. Then the issuer must pay: it unwinds at any speed, and its backstop pays the rest.
    pub at_most: Span,
}

fn zero_share() -> ShareBelowOne {
    ShareBelowOne::try_from(0.0).expect("in range")
}

/// What the issuer pays out of its own pocket.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackstopSpec {
    /// At most this much in all; without limit if left out.
    #[serde(default)]
    pub limit_usd: Option<Amount>,
}

/// Staked coins: they earn, can be slashed, and leave through a queue.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StakedSpec {
    /// Share of the proceeds that is staked. Of `par` it stands beside `cash_share`; of the coin of a pair it is a part of
    /// that pair's spot.
    pub share: Share,
    /// Coin that is staked: `par` if left out, or the coin of a pair in `hedged`.
    #[serde(default)]
    pub coin: Option<String>,
    /// Reward per year on what is staked, added every step.
    pub reward_per_year: Amount,
    /// Share of the reward that the issuer keeps for itself.
    #[serde(default = "no_commission")]
    pub commission: Share,
    /// How a stake becomes cash.
    #[serde(default)]
    pub exit: ExitSpec,
}

fn no_commission() -> Share {
    Share::try_from(0.0).expect("in range")
}

/// How a stake becomes cash; at the next step if left out.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExitSpec {
    /// Coins that can leave per day, of everybody; no limit if left out.
    #[serde(default)]
    pub churn_per_day: Option<Positive>,
    /// Coins of others ahead of an exit when it is requested; none if left out.
    #[serde(default)]
    pub queue: Option<Amount>,
    /// Time from leaving the queue to cash; none if left out.
    #[serde(default)]
    pub delay: Option<Span>,
}

/// A vault (Klages-Mundt 2019). Its keeper wants leverage: each period she issues tokens for more collateral, or sells
/// collateral to buy tokens back, until the supply is what she wants or what her limit allows. The token's price is
/// `demand_usd` over the supply. Nobody redeems while she can; when she can no longer meet the limit the vault is closed, and
/// tokens are redeemed for par or their share of the collateral by the terms of `standard`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultSpec {
    /// Coin of the collateral.
    pub coin: String,
    /// Units of it per token at the opening.
    pub units_per_token: Positive,
    /// Value of the collateral over the tokens at par below which she must buy back (1.5 is 150 %).
    pub cover: Positive,
    /// Gross return per period that she expects of the collateral (1.00583 is 0.583 %).
    pub expected_return: Positive,
    /// What holders hold of the token in all, USD. If left out, the tokens of the opening at par over `expected_return`: she
    /// then wants neither more nor fewer.
    #[serde(default)]
    pub demand_usd: Option<Positive>,
    /// Length of a period, rounded up to steps; one step if left out.
    #[serde(default)]
    pub rebalance: Option<Span>,
}

/// Where a token's price rests below its redemption value, and what brings it back there.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MarketTermsSpec {
    /// What a buyer wants per year for waiting: the price rests at `1 / (1 + required_return_per_year * wait in years)`.
    pub required_return_per_year: Option<Amount>,
    /// Share by which it rests lower for the risk that the issuer does not pay.
    pub risk_discount: Option<ShareBelowOne>,
    /// What brings the price back after a forced sale.
    pub recovery: RecoverySpec,
}

/// What brings the price back after a forced sale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecoverySpec {
    /// Time, at the book's `recovery_half_life`.
    #[default]
    Time,
    /// Redemption: arbitrage buys and redeems, no faster than at that half-life, and no more than the issuer redeems.
    Redemption,
}

/// Part of what an issuer has staked is taken away.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlashSpec {
    /// The issuer.
    pub issuer: String,
    /// Share of its staked coins, those on their way out included.
    pub share: Share,
}

//! Issuers, resolved.

use super::{ImpactLaw, RecoverySpec};
use crate::id::{AssetId, CoinId};

/// An issuer of a token.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// Its name.
    pub name: String,
    /// Column of the token.
    pub token: AssetId,
    /// Coin of issue and redemption.
    pub par: CoinId,
    /// Tokens held by outsiders, USD.
    pub outside_supply_usd: f64,
    /// Share of the proceeds in cash.
    pub cash_share: f64,
    /// Shares of the proceeds in spot, sold short in a contract of the hedge venue.
    pub hedged: Vec<Hedge>,
    /// Position in `futures` of the short legs.
    pub hedge_venue: Option<usize>,
    /// Margin of the short legs over their notional.
    pub hedge_margin: f64,
    /// Shares of the proceeds in other issuers' tokens, at most one entry a token.
    pub holds: Vec<Held>,
    /// What is staked.
    pub staked: Option<Staked>,
    /// The vault that backs it instead.
    pub vault: Option<VaultRules>,
    /// Reserve fund over tokens issued.
    pub reserve_fund_share: f64,
    /// Reserve fund over tokens issued up to which funding fills it.
    pub reserve_fund_target_share: f64,
    /// Most that the issuer pays out of its own pocket, USD; may be infinite.
    pub backstop_usd: f64,
    /// Share of the supply redeemable at once, per day.
    pub fast_quota_per_day: f64,
    /// Fee of fast redemption.
    pub fast_fee: f64,
    /// Share of the supply for which standard redemption can be asked per day; may be infinite.
    pub standard_quota_per_day: f64,
    /// Delay of standard redemption, seconds.
    pub standard_delay: f64,
    /// Fee of standard redemption.
    pub standard_fee: f64,
    /// The right to suspend redemption.
    pub gate: Option<Gate>,
    /// Share of the pairs that can be unwound per day.
    pub unwind_per_day: f64,
    /// The token's own book.
    pub market: Option<ImpactLaw>,
    /// Where the price on it rests.
    pub market_terms: MarketTerms,
}

/// A delta-neutral pair.
#[derive(Clone, Copy, Debug)]
pub struct Hedge {
    /// Position in the hedge venue's contracts.
    pub contract: usize,
    /// Share of the proceeds in spot.
    pub share: f64,
}

/// What an issuer has staked, and how it comes out.
#[derive(Clone, Copy, Debug)]
pub struct Staked {
    /// Which coin.
    pub coin: CoinId,
    /// Share of the proceeds.
    pub share: f64,
    /// Reward per year.
    pub reward_per_year: f64,
    /// Share of it that the issuer keeps.
    pub commission: f64,
    /// Coins that leave per second; may be infinite.
    pub churn_per_second: f64,
    /// Coins of others ahead of an exit.
    pub queue: f64,
    /// From the queue to cash, seconds.
    pub delay: f64,
}

impl Staked {
    /// Seconds that a number of coins takes to leave, once it is their turn.
    #[must_use]
    pub fn leaving_seconds(&self, coins: f64) -> f64 {
        coins / self.churn_per_second
    }
}

/// A vault against whose collateral tokens are issued.
#[derive(Clone, Copy, Debug)]
pub struct VaultRules {
    /// Coin of the collateral.
    pub coin: CoinId,
    /// Units of it per token at the opening.
    pub units_per_token: f64,
    /// Collateral over tokens at par that there must be.
    pub cover: f64,
    /// Gross return per period that the keeper expects.
    pub expected_return: f64,
    /// What holders hold in all, USD; by the supply at the opening if none.
    pub demand_usd: Option<f64>,
    /// Length of a period, steps.
    pub period_steps: u32,
}

/// The right to suspend redemption.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// Cash over tokens issued below which redemption is suspended.
    pub when_cash_below: f64,
    /// Longest suspension, in steps.
    pub at_most_steps: u32,
}

/// Where a token's price rests below its redemption value, and what brings it back.
#[derive(Clone, Copy, Debug)]
pub struct MarketTerms {
    /// What a buyer wants per year for waiting.
    pub required_return_per_year: f64,
    /// Share by which the price rests lower for risk.
    pub risk_discount: f64,
    /// What brings it back after a forced sale.
    pub recovery: RecoverySpec,
}

/// A token that an issuer holds.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Position in `issuers` of who issued it.
    pub issuer: usize,
    /// Share of the holder's proceeds.
    pub share: f64,
}

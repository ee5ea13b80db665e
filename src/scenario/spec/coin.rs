//! `[coins]`: what a coin is, and how a stablecoin is held at its peg.

use crate::unit::{Amount, Positive, Share, ShareBelowOne, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A coin: its opening price, or its peg.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CoinSpec {
    /// A coin whose price follows `[prices]`; its opening price in USD.
    PriceUsd(Positive),
    /// A stablecoin worth this many USD unless a depeg shock says otherwise.
    PegUsd(Positive),
    /// A stablecoin whose price wanders and is pulled back to its peg while its issuer redeems.
    Stable(StableSpec),
}

/// A stablecoin whose price wanders and is pulled back to its peg while its issuer redeems.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StableSpec {
    /// What its issuer pays for one, USD; also its opening price.
    pub peg_usd: Positive,
    /// Standard deviation of the logarithm of the price after a day without redemption.
    #[serde(default = "default_noise")]
    pub noise_per_day: Amount,
    /// Half-life of the distance from the peg while redemption is open.
    #[serde(default = "default_return_half_life")]
    pub return_half_life: Span,
    /// When the issuer redeems.
    #[serde(default)]
    pub redemption: RedemptionSpec,
}

fn default_noise() -> Amount {
    Amount::try_from(0.0005).expect("in range")
}

fn default_return_half_life() -> Span {
    Span::from_seconds(3600)
}

/// When the issuer of a stablecoin redeems.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RedemptionSpec {
    /// At all times.
    #[default]
    Always,
    /// On some days of the week, between two hours; needs `run.start`.
    Weekly(WeeklySpec),
    /// At all times but these, in order and without overlap.
    Closed(Vec<ClosureSpec>),
}

/// Redemption on some days of the week, between two hours.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklySpec {
    /// Days of the week, UTC.
    pub days: Vec<DaySpec>,
    /// Hour of opening, UTC, such as `"14:00"`.
    pub from: String,
    /// Hour of closing, UTC, at most `"24:00"`.
    pub to: String,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DaySpec {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// A time without redemption.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosureSpec {
    /// When it begins, from the start of the path; at the start if left out.
    #[serde(default)]
    pub from: Option<Span>,
    /// When it ends, from the start of the path; never if left out.
    #[serde(default)]
    pub to: Option<Span>,
}

/// Part of what stands behind a coin may be lost: arbitrage counts it as lost and pulls the price to what is left.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoubtSpec {
    /// Share of the reserves that may be lost; the price is pulled to the peg less this share of it.
    pub at_risk_share: ShareBelowOne,
    /// The coin's `noise_per_day` while in doubt; as before if left out.
    #[serde(default)]
    pub noise_per_day: Option<Amount>,
    /// When it turns out whether the reserves are lost; never if left out.
    #[serde(default)]
    pub resolution: Option<ResolutionSpec>,
}

/// The end of a doubt: the reserves are recovered in full, or what was at risk is lost.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolutionSpec {
    /// When, from the start of the path.
    pub at: Span,
    /// Probability of a recovery, drawn once a path.
    #[serde(default = "default_recovery_probability")]
    pub recovery_probability: Share,
    /// Price in USD right after the news of a recovery, redemption open or not; where it stands if left out.
    #[serde(default)]
    pub recovered_price_usd: Option<Positive>,
}

fn default_recovery_probability() -> Share {
    Share::try_from(1.0).expect("in range")
}

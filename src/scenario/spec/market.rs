//! Order books of coins, and the laws by which orders move prices.

use crate::unit::{Amount, Positive, Share, ShareBelowOne, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The books of one coin.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarketSpec {
    /// The spot book.
    pub spot: BookSpec,
    /// The perpetual's book; needed if a venue lists a contract on the coin.
    #[serde(default)]
    pub perp: Option<BookSpec>,
    /// Share of each order that arbitrage passes to the other book at once.
    #[serde(default = "default_arbitrage_share")]
    pub arbitrage_share: Share,
    /// Half-life of what gap between the books remains.
    #[serde(default = "default_arbitrage_half_life")]
    pub arbitrage_half_life: Span,
    /// How the depth of both books shrinks in stress; it does not if left out.
    #[serde(default)]
    pub stress: Option<StressSpec>,
    /// Pools of two assets that sales of the coin go through beside its spot book.
    #[serde(default)]
    pub route: Option<RouteSpec>,
}

/// Depth under stress: the product of what volatility and flow leave of it, at least `floor`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StressSpec {
    /// Least share of calm depth that stays; 2 % to 10 % were reported of the worst minutes of 10 October 2025.
    pub floor: Positive,
    /// Makers quote less when the price swings.
    #[serde(default)]
    pub volatility: Option<VolatilityStressSpec>,
    /// Makers quote less after one-sided flow.
    #[serde(default)]
    pub flow: Option<FlowStressSpec>,
}

/// Depth is `(calm_per_year / realised volatility)^elasticity` of calm depth, never more than all of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VolatilityStressSpec {
    /// Exponent; 1 halves depth when volatility doubles.
    pub elasticity: Positive,
    /// Volatility per year at and below which depth is full; that of the opening.
    pub calm_per_year: Positive,
    /// Half-life of a squared return in the realised variance (of the exogenous price, one return a step).
    pub half_life: Span,
}

/// The net flow of a step withdraws quotes from the next step on; they come back with a half-life.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowStressSpec {
    /// Share of what is quoted that a net flow of the depth within 1 % (of both books together) withdraws.
    pub withdrawn_share: ShareBelowOne,
    /// Half-life of the return.
    pub recovery_half_life: Span,
}

/// Sales of the coin are split over its spot book and pools of two assets, so that the last unit earns the same everywhere.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteSpec {
    /// Venues of kind `amm` that swap the coin for another coin, at most six.
    pub pools: Vec<String>,
    /// Gas of one swap in calm, in USD; a gas shock multiplies it. A pool is used only if it improves a sale by more.
    pub gas_usd: Amount,
}

fn default_arbitrage_share() -> Share {
    Share::try_from(0.5).expect("in range")
}

fn default_arbitrage_half_life() -> Span {
    Span::from_seconds(300)
}

/// How an order moves a price: exactly one law.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BookSpec {
    /// Walks the depth curve: cumulative depth within a distance d is `depth_1pct_usd * (d / 1 %)^exponent`.
    Book(BookLawSpec),
    /// Log-price moves in proportion to flow: 1 % per `depth_1pct_usd`.
    Linear(LinearLawSpec),
    /// Log-price moves by `prefactor * daily_volatility * (flow / daily_volume_usd)^exponent`, or along a depth curve where
    /// that is further.
    SquareRoot(SquareRootLawSpec),
    /// Price falls by the share `fall` when 5 % of `market_cap_usd` is sold, exponentially; orders get the middle of the prices
    /// before and after (Cifuentes, Ferrucci and Shin 2005).
    Exponential(ExponentialLawSpec),
}

/// Parameters of the `book` law.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BookLawSpec {
    /// USD resting within 1 % of the price, on each side.
    pub depth_1pct_usd: Positive,
    /// Exponent of the depth curve.
    pub exponent: Positive,
    /// Share of the impact that never decays.
    pub permanent_share: Share,
    /// Half-life of the rest.
    pub recovery_half_life: Span,
}

/// Parameters of the `linear` law.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinearLawSpec {
    /// USD of flow that moves the log-price by 0.01.
    pub depth_1pct_usd: Positive,
    /// Share of the impact that never decays.
    pub permanent_share: Share,
    /// Half-life of the rest.
    pub recovery_half_life: Span,
}

/// Parameters of the `square_root` law.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SquareRootLawSpec {
    /// USD traded in a day.
    pub daily_volume_usd: Positive,
    /// Standard deviation of a day's log-return.
    pub daily_volatility: Positive,
    /// Prefactor, of order 1.
    #[serde(default = "default_prefactor")]
    pub prefactor: Positive,
    /// Exponent of flow over volume.
    #[serde(default = "default_square_root")]
    pub exponent: Positive,
    /// USD resting within 1 % of the price, on each side: an order that walks through them moves the price by more than the
    /// law says. No such limit if left out.
    #[serde(default)]
    pub depth_1pct_usd: Option<Positive>,
    /// Exponent of that depth curve; 1 if left out.
    #[serde(default)]
    pub depth_exponent: Option<Positive>,
    /// Share of the impact that never decays.
    pub permanent_share: Share,
    /// Half-life of the rest.
    pub recovery_half_life: Span,
}

fn default_prefactor() -> Positive {
    Positive::try_from(1.0).expect("in range")
}

fn default_square_root() -> Positive {
    Positive::try_from(0.5).expect("in range")
}

/// Parameters of the `exponential` law.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExponentialLawSpec {
    /// USD value of all that there is of the coin.
    pub market_cap_usd: Positive,
    /// Share by which the price falls when 5 % of that is sold.
    pub fall: ShareBelowOne,
    /// Share of the impact that never decays.
    pub permanent_share: Share,
    /// Half-life of the rest.
    pub recovery_half_life: Span,
}

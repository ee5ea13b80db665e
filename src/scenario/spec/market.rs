//! Order books of coins, and the laws by which orders move prices.

use crate::unit::{Positive, Share, Span};
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

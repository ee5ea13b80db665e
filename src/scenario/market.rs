//! Order books as the engine sees them: ids, seconds and laws of one form.

use crate::id::CoinId;
use crate::price::Hours;

/// The books of a coin.
#[derive(Clone, Debug)]
pub struct Market {
    /// Which coin.
    pub coin: CoinId,
    /// Law of the spot book.
    pub spot: ImpactLaw,
    /// Law of the perpetual's book.
    pub perp: Option<ImpactLaw>,
    /// Share of each order that arbitrage passes to the other book at once.
    pub arbitrage_share: f64,
    /// Half-life of the remaining gap, seconds; infinite for never.
    pub arbitrage_half_life: f64,
    /// If the coin is redeemed by its issuer, when: impact decays only then.
    pub redemption: Option<Hours>,
    /// When makers withdraw.
    pub stress: Option<Stress>,
    /// Pools that sales of the coin go through as well.
    pub route: Option<Route>,
}

/// How an order moves a price: after a net flow of `u` depths the log-price stands at
/// `0.01 * sign(u) * |u|^(1 / exponent)`, or where the curve beside it stands if that is further away. The `linear` law is
/// exponent 1, the square-root law exponent 2.
#[derive(Clone, Copy, Debug)]
pub struct ImpactLaw {
    /// USD of one depth: what moves the log-price by 1 % along the curve of `exponent`.
    pub depth_1pct_usd: f64,
    /// Exponent of the cumulative depth curve.
    pub exponent: f64,
    /// A second curve; the impact is the larger of both.
    pub beside: Option<Curve>,
    /// What an order is paid.
    pub paid: PaidPrice,
    /// Share of the flow whose impact never decays.
    pub permanent_share: f64,
    /// Half-life of the rest, seconds.
    pub recovery_half_life: f64,
}

/// A cumulative depth curve beside that of a law: `u` depths of the law are `ratio * u` depths here.
#[derive(Clone, Copy, Debug)]
pub struct Curve {
    /// Depths here for each depth of the law.
    pub ratio: f64,
    /// Exponent of the curve.
    pub exponent: f64,
}

/// What an order is paid that moves the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaidPrice {
    /// The mean of the price over the order.
    Path,
    /// The middle of the prices before and after it.
    Middle,
}

/// How the depth of a coin's books depends on what happens: a share of what is quoted in calm.
#[derive(Clone, Copy, Debug)]
pub struct Stress {
    /// Makers quote less when the price swings.
    pub volatility: Option<VolatilityStress>,
    /// Makers quote less after one-sided flow.
    pub flow: Option<FlowStress>,
    /// Least share that stays.
    pub floor: f64,
}

/// Depth falls as realised volatility rises above what is calm.
#[derive(Clone, Copy, Debug)]
pub struct VolatilityStress {
    /// Depth is `(calm / realised)^elasticity`.
    pub elasticity: f64,
    /// Volatility per year at and below which depth is full.
    pub calm_per_year: f64,
    /// Half-life of a squared return in the realised variance, seconds.
    pub half_life: f64,
}

/// Depth falls with what has been sold, net, in a step.
#[derive(Clone, Copy, Debug)]
pub struct FlowStress {
    /// Share of what is quoted that one depth of net flow withdraws.
    pub withdrawn_share: f64,
    /// Half-life of the return, seconds.
    pub recovery_half_life: f64,
}

/// Pools that sales of a coin go through beside its book.
#[derive(Clone, Debug)]
pub struct Route {
    /// Positions in `amms`: pools of the coin and another coin.
    pub pools: Vec<usize>,
    /// Gas of one swap in calm, USD.
    pub gas_usd: f64,
}

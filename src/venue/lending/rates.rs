//! Rates per year from utilisation, and what they do to the indices over a time.
//!
//! Debt compounds: its index grows by `1 + x + x^2/2 + x^3/6` with `x = rate * time`, the start of `exp(x)`. Deposits do
//! not within an accrual: `1 + x`. What the two differ by, of the second order in x, stays in the pool.

use crate::scenario::RateCurve;
use crate::unit::YEAR_SECONDS;

/// Borrow rate per year at a utilisation, debt over debt and free cash, 0 to 1: `base + slope1 U / U*` up to the kink U*
/// (above 0), from there to 1 `slope2` more in proportion.
///
/// Source: Aave, `DefaultReserveInterestRateStrategyV2.sol`.
#[must_use]
pub fn borrow_rate(curve: &RateCurve, utilisation: f64) -> f64 {
    if utilisation <= curve.kink {
        curve.base + curve.slope1 * utilisation / curve.kink
    } else {
        curve.base + curve.slope1 + curve.slope2 * (utilisation - curve.kink) / (1.0 - curve.kink)
    }
}

/// Rate per year that deposits earn: what borrowers pay, spread over all deposits, less the reserve's share.
#[must_use]
pub fn supply_rate(borrow_rate: f64, utilisation: f64, reserve_factor: f64) -> f64 {
    borrow_rate * utilisation * (1.0 - reserve_factor)
}

/// What the index of a debt grows by in so many seconds.
///
/// Source: Aave, `MathUtils.calculateCompoundedInterest`.
#[must_use]
pub fn debt_factor(rate: f64, seconds: f64) -> f64 {
    let x = rate * seconds / YEAR_SECONDS;
    1.0 + x + x * x / 2.0 + x * x * x / 6.0
}

/// What the index of deposits grows by in so many seconds.
///
/// Source: Aave, `MathUtils.calculateLinearInterest`.
#[must_use]
pub fn supply_factor(rate: f64, seconds: f64) -> f64 {
    1.0 + rate * seconds / YEAR_SECONDS
}

/// An oracle that moves `slope2`: up while utilisation is above the kink, down while it is below. It is low when stress
/// begins and rises while it lasts.
///
/// Aave has had one for WETH, USDC, USDT and `USDe` since October 2025: at most 4 points per 8 hours, since 2026-01-30 2
/// (stablecoins) or 1.5 (WETH). Source: `github.com/aave-dao/aave-proposals-v3`, `20251009_Multi_Slope2RiskOracle...` and
/// `20260130_Multi_ActivateCapoRiskAgent...`. Its target is not public; taken here to move as fast as it may.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope2Oracle {
    /// Lowest slope, per year.
    pub floor: f64,
    /// Highest slope, per year.
    pub ceiling: f64,
    /// Most that it changes in `interval_seconds`, per year (0.04 is 4 points).
    pub max_change: f64,
    /// Time in which it changes by `max_change`, seconds.
    pub interval_seconds: f64,
}

impl Slope2Oracle {
    /// The slope after so many seconds at a utilisation. The change is in proportion to time, so that it does not depend
    /// on the step; at the kink itself the slope stays.
    #[must_use]
    pub fn moved(&self, slope2: f64, utilisation: f64, kink: f64, seconds: f64) -> f64 {
        let change = self.max_change * seconds / self.interval_seconds;
        let moved = if utilisation > kink {
            slope2 + change
        } else if utilisation < kink {
            slope2 - change
        } else {
            slope2
        };
        moved.clamp(self.floor, self.ceiling)
    }
}

//! Margin arithmetic of a futures account in multi-assets mode, in units of the settlement coin. Pure: balances and
//! prices in, numbers out; the engine, the opening and the tests all use this one copy.
//!
//! Equity is the sum over assets of `min(x * bid, x * ask)`, where x is a balance (of the settlement coin: balance plus
//! unrealised profit, which books in it), `bid = index * ratio` and `ask = index * (2 - ratio)`. An account is
//! liquidated when maintenance reaches equity.
//!
//! Reference: Binance, "How to calculate margin ratio in the multi-assets mode".

use super::bracket::Tier;

/// Equity and maintenance margin of an account, in settlement coin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Health {
    /// Margin balance.
    pub equity: f64,
    /// Maintenance margin.
    pub maintenance: f64,
    /// Notional, longs and shorts added.
    pub notional: f64,
}

impl Health {
    /// Maintenance over equity; infinite when there is a position and no equity.
    #[must_use]
    pub fn margin_ratio(&self) -> f64 {
        if self.maintenance == 0.0 {
            0.0
        } else if self.equity <= 0.0 {
            f64::INFINITY
        } else {
            self.maintenance / self.equity
        }
    }

    /// Whether the venue liquidates: there is a position and maintenance has reached equity.
    #[must_use]
    pub fn is_breached(&self) -> bool {
        self.maintenance > 0.0 && self.maintenance >= self.equity
    }

    /// Whether maintenance has reached that share of equity.
    #[must_use]
    pub fn is_beyond(&self, ratio: f64) -> bool {
        self.maintenance > 0.0 && self.maintenance >= self.equity * ratio
    }
}

/// Value of a balance as margin, in the unit of `index`.
#[must_use]
pub fn collateral_value(balance: f64, index: f64, ratio: f64) -> f64 {
    balance * index * if balance < 0.0 { 2.0 - ratio } else { ratio }
}

/// Largest notional that an equity can open under the brackets' leverage limits.
#[must_use]
pub fn largest_notional(tiers: &[Tier], equity: f64) -> f64 {
    tiers
        .iter()
        .filter(|t| equity * t.max_leverage >= t.floor_usd)
        .map(|t| (equity * t.max_leverage).min(t.cap_usd))
        .fold(0.0, f64::max)
}

/// Smallest quantity (without sign) of a position whose close makes `slack = equity - maintenance` reach zero, when
/// each unit closed costs `cost` of equity; the whole position if none does.
///
/// Slack after closing x is concave in x, because maintenance is convex in what is left: the first root is found by
/// walking the brackets down from the present one.
#[must_use]
pub fn smallest_close(tiers: &[Tier], quantity: f64, price: f64, slack: f64, cost: f64) -> f64 {
    if slack >= 0.0 {
        return 0.0;
    }
    let (mut left, mut slack) = (quantity, slack);
    let start = tiers.iter().position(|t| left * price <= t.cap_usd).unwrap_or(tiers.len() - 1);
    for tier in tiers[..=start].iter().rev() {
        let gain = tier.rate * price - cost;
        if gain <= 0.0 {
            return quantity;
        }
        let needed = -slack / gain;
        let in_tier = left - tier.floor_usd / price;
        if needed <= in_tier {
            return quantity - left + needed;
        }
        slack += gain * in_tier;
        left -= in_tier;
    }
    quantity
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::bracket::maintenance_usd;

    fn tiers() -> Vec<Tier> {
        [
            (0.0, 50e3, 125.0, 0.004, 0.0),
            (50e3, 250e3, 100.0, 0.005, 50.0),
            (250e3, 1e6, 50.0, 0.01, 1300.0),
            (1e6, 1e7, 20.0, 0.025, 16300.0),
        ]
        .map(|(floor_usd, cap_usd, max_leverage, rate, cum_usd)| Tier {
            floor_usd,
            cap_usd,
            max_leverage,
            rate,
            cum_usd,
        })
        .to_vec()
    }

    #[test]
    fn a_small_position_is_closed_whole_because_its_rate_is_below_the_fee() {
        assert_eq!(smallest_close(&tiers(), 1.0, 40e3, -1.0, 0.0125 * 40e3), 1.0);
    }

    #[test]
    fn a_large_position_is_trimmed_to_compliance() {
        let (quantity, price, equity, fee) = (100.0, 50e3, 105_000.0, 0.0125);
        let slack = |x: f64| equity - x * price * fee - maintenance_usd(&tiers(), (quantity - x) * price);
        let x = smallest_close(&tiers(), quantity, price, slack(0.0), price * fee);
        assert!(slack(0.0) < 0.0 && x > 0.0 && x < quantity);
        assert!(slack(x).abs() < 1e-6, "{}", slack(x));
    }

    #[test]
    fn largest_notional_respects_the_leverage_of_its_bracket() {
        assert_eq!(largest_notional(&tiers(), 100.0), 12_500.0);
        assert_eq!(largest_notional(&tiers(), 1000.0), 100_000.0);
        assert_eq!(largest_notional(&tiers(), 10_000.0), 500_000.0);
    }
}

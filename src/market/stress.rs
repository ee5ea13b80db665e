//! How much makers quote: a share of what they quote in calm.
//!
//! `max(floor, V W)`. V is `(calm / realised)^elasticity`, at most 1, with the realised variance an exponentially weighted
//! mean of squared returns of the exogenous price. W loses a share with each depth of net flow: a step with a net flow of f
//! depths leaves `W (1 - share)^|f|`, and what is missing returns with a half-life. Both change between steps only, so that how
//! the orders of a step are cut or sorted makes no difference to it.

use super::law::half_life_factor;
use crate::scenario::Stress;
use crate::unit::YEAR_SECONDS;

/// The state of a coin's makers.
#[derive(Clone, Debug)]
pub(super) struct StressState {
    terms: Stress,
    opening_usd: f64,
    price_usd: f64,
    /// Realised variance per year.
    variance: f64,
    /// What flow has left.
    stayed: f64,
}

impl StressState {
    /// Calm, at the opening price of the coin.
    pub(super) fn new(terms: Stress, opening_usd: f64) -> Self {
        let mut state = Self { terms, opening_usd, price_usd: 0.0, variance: 0.0, stayed: 0.0 };
        state.reset();
        state
    }

    pub(super) fn reset(&mut self) {
        self.price_usd = self.opening_usd;
        self.variance = self.terms.volatility.map_or(0.0, |terms| terms.calm_per_year * terms.calm_per_year);
        self.stayed = 1.0;
    }

    /// Share that is quoted in a step, after one of so many seconds and depths of net flow, in which the exogenous price came to
    /// be what it now is.
    pub(super) fn step(&mut self, price_usd: f64, seconds: f64, depths: f64) -> f64 {
        let mut share = 1.0;
        if let Some(terms) = self.terms.volatility {
            let change = libm::log(price_usd / self.price_usd);
            let kept = half_life_factor(seconds, terms.half_life);
            self.variance = kept * self.variance + (1.0 - kept) * change * change * YEAR_SECONDS / seconds;
            let calm = terms.calm_per_year / self.variance.sqrt();
            if calm < 1.0 {
                share = libm::pow(calm, terms.elasticity);
            }
        }
        self.price_usd = price_usd;
        if let Some(terms) = self.terms.flow {
            self.stayed *= libm::pow(1.0 - terms.withdrawn_share, depths.abs());
            self.stayed = 1.0 - (1.0 - self.stayed) * half_life_factor(seconds, terms.recovery_half_life);
            share *= self.stayed;
        }
        share.max(self.terms.floor)
    }
}

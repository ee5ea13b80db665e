//! The secondary market of a token: where its price rests, and what brings it back there.
//!
//! A buyer who must wait for redemption wants a return for it, so the price rests at
//! `1 / (1 + required return * wait in years) * (1 - risk)` of the redemption value, wait being that of a redemption asked
//! for now. With `recovery = "redemption"`, what has been sold on the book comes off it only as arbitrage buys it and
//! redeems it, as fast as the book's half-life says and no faster than the issuer redeems: fast within quota and cash and
//! while the discount exceeds the fee, the rest by standard redemption, no more in a step than cash, churn and unwinding
//! bring. While redemption is suspended nothing comes back.

use crate::scenario::{MarketTerms, RecoverySpec};
use crate::unit::YEAR_SECONDS;
use crate::world::World;

impl World<'_> {
    /// Notes where the price of a token rests now.
    pub(super) fn rest_price(&mut self, issuer: usize) {
        let MarketTerms { required_return_per_year, risk_discount, .. } = self.scenario.issuers[issuer].market_terms;
        if required_return_per_year > 0.0 || risk_discount > 0.0 {
            let years = self.redemption_wait(issuer) / YEAR_SECONDS;
            self.issuers[issuer].resting = (1.0 - risk_discount) / (1.0 + required_return_per_year * years);
        }
    }

    /// Arbitrage buys what has been sold on the token's book, and redeems it.
    pub(super) fn arbitrage_token(&mut self, issuer: usize) {
        let table = &self.scenario.issuers[issuer];
        if table.market_terms.recovery != RecoverySpec::Redemption || self.is_suspended(issuer) {
            return;
        }
        let rests_usd = self.token_rests_usd(issuer);
        let seconds = self.scenario.step_seconds;
        let wanted = |world: &Self, fee: f64| world.markets.token_recovery(issuer, seconds, 1.0 - fee) / rests_usd;
        let outside = self.outside();
        let all = wanted(self, 0.0);
        if all <= 0.0 || rests_usd <= 0.0 {
            return;
        }
        let quick = wanted(self, table.fast_fee).min(self.issuers[issuer].fast_quota);
        let quick = self.pay_tokens(issuer, outside, quick, table.fast_fee);
        self.issuers[issuer].fast_quota -= quick;
        let slow = wanted(self, table.standard_fee).min(all) - quick;
        let slow = slow.min(self.standard_capacity(issuer)).min(self.issuers[issuer].standard_quota).max(0.0);
        let in_line = self.issuers[issuer].in_line(outside);
        self.redeem_standard(issuer, outside, in_line + slow);
        self.markets.absorb_token(issuer, (quick + slow) * rests_usd);
    }

    /// Tokens whose standard redemption asked for in this step can be expected to be paid when it is due.
    fn standard_capacity(&self, issuer: usize) -> f64 {
        let (table, state) = (&self.scenario.issuers[issuer], &self.issuers[issuer]);
        let par_usd = self.mark(self.coin_asset(table.par));
        let cash = (self.issuer_cash(issuer) - state.waiting * state.redemption).max(0.0);
        let (_, pairs_usd) = self.unwinding_speed(issuer);
        let churn_usd = match table.staked {
            Some(terms) => {
                let coins = terms.churn_per_second * self.scenario.step_seconds;
                let left = (self.staked_coins(issuer) - state.exits.coins()).max(0.0);
                coins.min(left) * self.mark(self.coin_asset(terms.coin))
            }
            None => 0.0,
        };
        (cash + (pairs_usd * self.scenario.step_seconds + churn_usd) / par_usd) / state.redemption
    }
}

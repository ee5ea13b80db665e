//! Tokens that hold tokens: what every issuer can pay when part of what it owns are claims on other issuers, and how it
//! turns those into cash.
//!
//! Recoveries are the greatest solution of the clearing problem over all tokens ([`super::clearing`]); held tokens count
//! at what their issuers can pay, not at what their books say. Where no issuer holds another's token each is worth its
//! own assets over its claims, and nothing is solved.

use super::clearing::{Claims, Costs, greatest, least};
use crate::outcome::Layer;
use crate::scenario::Scenario;
use crate::world::World;

/// The network of claims of a scenario, before the first amounts; none where no issuer holds another's token.
///
/// # Panics
/// Never: nothing is owed, owned or held yet.
#[must_use]
pub fn network(scenario: &Scenario) -> Option<Claims> {
    let empty = vec![0.0; scenario.issuers.len()];
    let holds = scenario.issuers.iter().any(|issuer| !issuer.holds.is_empty());
    holds.then(|| Claims::new(empty.clone(), empty, &[]).expect("nothing is owed, owned or held"))
}

impl World<'_> {
    /// Par coins that each token can be redeemed for, from the marks now: its rate, as far as assets and backstop cover claims.
    ///
    /// # Panics
    /// If issuers hold more of a token than there is.
    pub fn publish_recoveries(&mut self) {
        let Some(mut claims) = self.claims.take() else {
            for issuer in 0..self.issuers.len() {
                let claims = self.issuer_claims_usd(issuer);
                let recovery = if claims > 0.0 { (self.behind_usd(issuer) / claims).clamp(0.0, 1.0) } else { 1.0 };
                let state = &mut self.issuers[issuer];
                state.redemption = state.rate * recovery;
            }
            return;
        };
        let nominal: Vec<_> = (0..self.issuers.len()).map(|issuer| self.issuer_claims_usd(issuer).max(0.0)).collect();
        // What is behind beyond the claims pays nobody more, and a backstop may be without limit.
        let own = (0..self.issuers.len()).map(|issuer| self.behind_usd(issuer).max(0.0).min(nominal[issuer])).collect();
        let of = |holder| self.tokens_held(holder).map(move |(issuer, usd)| (holder, issuer, usd));
        let held: Vec<_> = (0..self.issuers.len()).flat_map(of).collect();
        claims.renew(nominal, own, &held).unwrap_or_else(|error| panic!("step {}: {error}", self.step));
        for (state, recovery) in self.issuers.iter_mut().zip(greatest(&claims, Costs::NONE)) {
            state.redemption = state.rate * recovery;
        }
        self.claims = Some(claims);
    }

    /// What stands behind an issuer's claims beside other issuers' tokens, USD: its own assets and its backstop.
    fn behind_usd(&self, issuer: usize) -> f64 {
        self.issuer_own_usd(issuer) + self.backstop_left_usd(issuer)
    }

    /// (issuer, USD as promised) of every token that an issuer is to hold.
    fn tokens_held(&self, holder: usize) -> impl Iterator<Item = (usize, f64)> {
        let treasury = self.population.system.treasuries[holder];
        self.scenario.issuers[holder].holds.iter().map(move |held| {
            let table = &self.scenario.issuers[held.issuer];
            let promised = self.issuers[held.issuer].rate * self.mark(self.coin_asset(table.par));
            (held.issuer, self.ledger.balance(treasury, table.token).max(0.0) * promised)
        })
    }

    /// What an issuer can pay, as a share of what it promised.
    fn recovery(&self, issuer: usize) -> f64 {
        self.issuers[issuer].redemption / self.issuers[issuer].rate
    }

    /// What the tokens that an issuer holds are worth by what their issuers can pay, USD.
    #[must_use]
    pub fn held_tokens_usd(&self, issuer: usize) -> f64 {
        self.tokens_held(issuer).map(|(other, promised_usd)| promised_usd * self.recovery(other)).sum()
    }

    /// Claims whose value is open, USD: par times the greatest less the least recovery, of each issuer. They are above 0
    /// only for tokens that issuers hold all of among themselves with nothing else behind them.
    #[must_use]
    pub fn open_claims_usd(&self) -> Vec<f64> {
        let Some(claims) = &self.claims else { return vec![0.0; self.issuers.len()] };
        let least = least(claims, Costs::NONE);
        let claims = (0..self.issuers.len()).map(|issuer| self.issuer_claims_usd(issuer));
        claims.enumerate().zip(least).map(|((issuer, usd), least)| usd * (self.recovery(issuer) - least)).collect()
    }

    /// Raises `missing` of the par coin out of the tokens that an issuer holds, in the order of its terms: redeemed at once
    /// as far as their issuers do, then sold as far as their books pay what a standard redemption would, the rest put in
    /// line for that. Proceeds in another coin are exchanged on the spot market.
    pub(super) fn redeem_held(&mut self, issuer: usize, missing: f64) {
        self.cause = Layer::Exit;
        let (treasury, par) = (self.population.system.treasuries[issuer], self.scenario.issuers[issuer].par);
        let mut missing = missing;
        for held in 0..self.scenario.issuers[issuer].holds.len() {
            let other = self.scenario.issuers[issuer].holds[held].issuer;
            let table = &self.scenario.issuers[other];
            let (token, coin) = (table.token, self.coin_asset(table.par));
            self.exchange_proceeds(issuer, other);
            let worth = self.issuers[other].redemption * self.mark(coin) / self.mark(self.coin_asset(par));
            let wanted = (missing / worth).min(self.ledger.balance(treasury, token));
            if missing <= 0.0 || worth <= 0.0 || wanted <= 0.0 || self.issuers[other].in_line(treasury) > 0.0 {
                continue;
            }
            let before = self.issuer_cash(issuer);
            let mut left = wanted - self.redeem_fast(other, treasury, wanted);
            let limit = self.mark(token) / (self.issuers[other].redemption * self.mark(coin));
            let sold = left.min(self.token_room(other, 1.0 - (1.0 - table.standard_fee) / limit).max(0.0));
            if sold > 0.0 && self.sell_token(other, treasury, sold).is_some() {
                left -= sold;
            }
            self.exchange_proceeds(issuer, other);
            self.redeem_standard(other, treasury, left.min(self.ledger.balance(treasury, token)));
            missing -= self.issuer_cash(issuer) - before + left * worth;
        }
    }

    /// Sells the coin in which another issuer has paid for the coin in which this one pays, unless it is part of a pair.
    fn exchange_proceeds(&mut self, issuer: usize, other: usize) {
        let (treasury, par) = (self.population.system.treasuries[issuer], self.scenario.issuers[issuer].par);
        let coin = self.scenario.issuers[other].par;
        let units = self.ledger.balance(treasury, self.coin_asset(coin));
        let hedged = self.pair_coins(issuer).iter().any(|(hedged, _)| *hedged == coin);
        if coin != par && units > 0.0 && !hedged {
            self.sell_coin(treasury, coin, units, par);
        }
    }
}

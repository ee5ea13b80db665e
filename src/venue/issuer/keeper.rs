//! A token that its keeper issues against volatile collateral ([`crate::venue::vault`]).
//!
//! The collateral is the treasury's. Each period, at the prices of the step, the keeper issues tokens to outsiders at the
//! price `demand / supply` after it and buys collateral on the spot market with what they pay, or sells collateral there
//! and buys tokens back from them, which are then gone. She counts with the spot price before her own order: what the
//! order moves it by costs more collateral, and what is then missing to the limit is bought back in the next period.
//!
//! If the limit cannot be met, or costs more collateral than there is, or more tokens than outsiders have, the vault is
//! closed: she trades no more, and a token is worth par or, if that is less, its share of the collateral. It is then redeemed
//! by the terms of standard redemption, out of collateral that is sold at the issuer's speed of unwinding.

use crate::event::EventKind;
use crate::id::AssetId;
use crate::market::Side;
use crate::venue::vault::{Vault, VaultTerms};
use crate::world::World;

/// State of a vault.
#[derive(Clone, Copy, Debug)]
pub enum VaultState {
    /// Its keeper issues and buys back.
    Kept {
        /// What holders hold in all, USD.
        demand_usd: f64,
    },
    /// It could not meet its limit.
    Closed {
        /// Units of collateral that there then were.
        units: f64,
    },
}

impl World<'_> {
    /// What holders hold of the token in all, USD, if a keeper stands behind it.
    pub(super) fn vault_demand_usd(&self, issuer: usize) -> Option<f64> {
        match self.issuers[issuer].vault? {
            VaultState::Kept { demand_usd } => Some(demand_usd),
            VaultState::Closed { .. } => None,
        }
    }

    /// Collateral of a closed vault, and units of it when it was closed.
    pub(super) fn closed_vault(&self, issuer: usize) -> Option<(AssetId, f64)> {
        match (self.scenario.issuers[issuer].vault?, self.issuers[issuer].vault?) {
            (rules, VaultState::Closed { units }) => Some((self.coin_asset(rules.coin), units)),
            (_, VaultState::Kept { .. }) => None,
        }
    }

    /// Notes what holders hold.
    pub(super) fn open_vault(&mut self, issuer: usize) {
        let Some(rules) = self.scenario.issuers[issuer].vault else { return };
        let at_rest = self.issuer_claims_usd(issuer) / rules.expected_return;
        let demand_usd = rules.demand_usd.unwrap_or(at_rest);
        self.issuers[issuer].vault = Some(VaultState::Kept { demand_usd });
    }

    /// The keeper's period, if one is over.
    pub(super) fn rebalance_vault(&mut self, issuer: usize) {
        let table = &self.scenario.issuers[issuer];
        let (Some(rules), Some(demand_usd)) = (table.vault, self.vault_demand_usd(issuer)) else { return };
        if !self.step.is_multiple_of(rules.period_steps) {
            return;
        }
        let (coin, par_usd) = (self.coin_asset(rules.coin), self.mark(self.coin_asset(table.par)));
        let collateral = self.ledger.balance(self.population.system.treasuries[issuer], coin);
        let mut vault = Vault { collateral, supply: self.tokens_issued(issuer) };
        // All of it in units of the coin in which a token is worth 1.
        let terms =
            VaultTerms { cover: rules.cover, expected_return: rules.expected_return, demand_usd: demand_usd / par_usd };
        let done = match vault.step(&terms, self.mark(coin) / par_usd) {
            Ok(step) if step.issued < 0.0 => self.buy_back(issuer, -step.issued, step.is_forced),
            Ok(step) => {
                self.issue_tokens(issuer, step.issued, step.coin_usd);
                true
            }
            Err(_) => false,
        };
        if !done {
            self.issuers[issuer].vault = Some(VaultState::Closed { units: collateral });
            let treasury = self.population.system.treasuries[issuer];
            self.record(EventKind::VaultClosure, treasury, coin, collateral, self.mark(coin));
        }
    }

    /// Sells new tokens at that price in the par coin, and buys collateral.
    fn issue_tokens(&mut self, issuer: usize, tokens: f64, each: f64) {
        let table = &self.scenario.issuers[issuer];
        let Some(rules) = table.vault else { return };
        let (outside, treasury) = (self.outside(), self.population.system.treasuries[issuer]);
        let issued = self.transfer(treasury, outside, table.token, tokens);
        let paid = self.transfer(outside, treasury, self.coin_asset(table.par), issued * each);
        self.sell_coin(treasury, table.par, paid, rules.coin);
    }

    /// Sells collateral and buys tokens back, as many as outsiders have; says whether that could be done. Who need not buy
    /// can always buy less.
    fn buy_back(&mut self, issuer: usize, tokens: f64, is_forced: bool) -> bool {
        let table = &self.scenario.issuers[issuer];
        let (Some(rules), Some(demand_usd)) = (table.vault, self.vault_demand_usd(issuer)) else { return false };
        let (outside, treasury) = (self.outside(), self.population.system.treasuries[issuer]);
        let (par, coin) = (self.coin_asset(table.par), self.coin_asset(rules.coin));
        let offered = self.ledger.balance(outside, table.token).max(0.0);
        let tokens = tokens.min(if is_forced { f64::INFINITY } else { offered });
        let each = demand_usd / (self.tokens_issued(issuer) - tokens) / self.mark(par);
        let cost = tokens * each;
        let usd = cost * self.exogenous[table.par.index()];
        let usd = usd * self.markets.quote(table.par, Side::Spot, usd);
        let units = usd / (self.exogenous[rules.coin.index()] * self.markets.quote(rules.coin, Side::Spot, -usd));
        if tokens > offered || units > self.ledger.balance(treasury, coin) {
            return false;
        }
        self.buy_coin(treasury, table.par, cost, rules.coin);
        let paid = self.ledger.balance(treasury, par);
        self.transfer(treasury, outside, par, paid);
        self.transfer(outside, treasury, table.token, tokens);
        true
    }

    /// Sells collateral of a closed vault, up to the speed of the terms, until `missing` of the par coin is raised.
    pub(super) fn sell_closed_vault(&mut self, issuer: usize, missing: f64) {
        let Some((coin, at_closure)) = self.closed_vault(issuer) else { return };
        let table = &self.scenario.issuers[issuer];
        let (Some(rules), treasury) = (table.vault, self.population.system.treasuries[issuer]) else { return };
        let wanted = missing * self.mark(self.coin_asset(table.par)) / self.mark(coin);
        let speed = at_closure * table.unwind_per_day * self.scenario.step_seconds / 86_400.0;
        let units = wanted.min(speed).min(self.ledger.balance(treasury, coin));
        if units > 0.0 {
            self.sell_coin(treasury, rules.coin, units, table.par);
        }
    }
}

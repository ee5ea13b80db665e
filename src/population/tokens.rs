//! Supplies of tokens that hold tokens.
//!
//! With E what people buy of each token and `h_ij` the share of issuer i's proceeds that goes into token j, supplies solve
//! `T_j = E_j + sum_i h_ij T_i`: what an issuer buys of another's token is new supply of that, part of whose proceeds may
//! come back. Every issuer then buys at par.

use super::OpeningError;
use super::opening::Opening;
use crate::id::CoinId;
use crate::scenario::{Issuer, Scenario};
use crate::venue::clearing::look_through::Shares;

/// Supply of each token in USD, where people hold `sold`; or one of the issuers for whom no supply would do.
fn supplies(scenario: &Scenario, sold: &[f64]) -> Result<Vec<f64>, usize> {
    let mut held = Vec::new();
    for (i, issuer) in scenario.issuers.iter().enumerate() {
        // Shares of the proceeds were checked up to rounding.
        let whole = issuer.holds.iter().map(|h| h.share).sum::<f64>().max(1.0);
        held.extend(issuer.holds.iter().map(|h| (h.issuer, i, h.share / whole)));
    }
    let shares = Shares::new(sold.len(), &held).expect("shares of the proceeds of others");
    shares.gross(sold).map_err(|closed| closed.issuer)
}

/// A bound on the supply of all tokens together, USD, where owners and pools may buy `bought` of any of them.
pub(super) fn supply_bound_usd(scenario: &Scenario, bought: f64) -> f64 {
    let outside: f64 = scenario.issuers.iter().map(|i| i.outside_supply_usd).sum();
    if scenario.issuers.iter().all(|issuer| issuer.holds.is_empty()) {
        return outside;
    }
    let sold = vec![outside + bought; scenario.issuers.len()];
    supplies(scenario, &sold).map_or(outside, |supplies| supplies.iter().sum())
}

/// A bound on what vaults hold and may still issue, USD, where the supply of all tokens together is `issued`.
pub(super) fn vault_bound_usd(scenario: &Scenario, issued: f64) -> f64 {
    let price = |coin: CoinId| scenario.coins[coin.index()].opening_usd;
    let bound = |issuer: &Issuer| {
        let vault = issuer.vault?;
        let demand = vault.demand_usd.unwrap_or(0.0) * vault.expected_return;
        Some(demand + (issued + demand) * vault.units_per_token * price(vault.coin) / price(issuer.par))
    };
    scenario.issuers.iter().filter_map(bound).sum()
}

impl Opening<'_> {
    /// Every issuer buys the tokens that it is to hold, as far as it was not paid in them.
    pub(super) fn hold_tokens(&mut self) -> Result<(), OpeningError> {
        let (scenario, system) = (self.scenario, self.system);
        if scenario.issuers.iter().all(|issuer| issuer.holds.is_empty()) {
            return Ok(());
        }
        let tokens: Vec<_> = scenario.issuers.iter().map(|issuer| issuer.token).collect();
        let in_hand = |opening: &Self, holder: usize, issuer: usize| {
            opening.ledger.balance(system.treasuries[holder], tokens[issuer]) * opening.mark(tokens[issuer])
        };
        let sold: Vec<f64> = (0..tokens.len())
            .map(|issuer| -(0..tokens.len()).map(|holder| in_hand(self, holder, issuer)).sum::<f64>())
            .collect();
        let supplies = supplies(scenario, &sold).map_err(|issuer| OpeningError::NoFiniteSupply {
            issuer: scenario.issuers[issuer].name.clone(),
            token: scenario.assets[tokens[issuer].index()].name.clone(),
        })?;
        for (holder, table) in scenario.issuers.iter().enumerate() {
            let (treasury, par) = (system.treasuries[holder], scenario.coin_asset(table.par));
            for held in &table.holds {
                let usd = (supplies[holder] * held.share - in_hand(self, holder, held.issuer)).max(0.0);
                self.ledger.transfer(treasury, system.outside, par, usd / self.mark(par));
                let bought = self.acquire(tokens[held.issuer], usd / self.mark(tokens[held.issuer]));
                self.ledger.transfer(system.outside, treasury, tokens[held.issuer], bought);
            }
        }
        Ok(())
    }
}

//! Auto-deleveraging: a bankrupt position that the fund cannot take is closed against the profitable side, at the
//! bankruptcy price, without a fee.
//!
//! `queue`: rank = profit rate times effective leverage (divided by it for losers), highest first; profit rate =
//! unrealised profit over notional, effective leverage = notional over equity (Binance, "What is auto-deleveraging").
//! `pro_rata`: everyone opposite in proportion to position. Holders who are not simulated stand in either line in
//! proportion to their share of the opposite side.

mod fill;
mod integer;
pub mod rules;

use crate::event::EventKind;
use crate::id::AccountId;
use crate::population::Holder;
use crate::scenario::{AdlRuleSpec, Place};
use crate::world::World;

impl World<'_> {
    /// Closes `quantity` of an account's position in a contract against the opposite side at a price in the coin that it
    /// settles in.
    pub(super) fn deleverage(&mut self, venue: usize, contract: usize, bankrupt: AccountId, quantity: f64, price: f64) {
        let table = &self.scenario.futures[venue];
        let (asset, other) = (table.contracts[contract].asset, table.opposite_leg(contract));
        let against = table.contracts[other].asset;
        let side = quantity.signum();
        let opposite: Vec<(AccountId, f64)> = self
            .population
            .accounts
            .iter()
            .enumerate()
            .filter(|(i, a)| a.place == Place::Futures(venue) && AccountId::at(*i) != bankrupt)
            .map(|(i, _)| (AccountId::at(i), -side * self.ledger.balance(AccountId::at(i), against)))
            .filter(|(_, q)| *q > 0.0)
            .collect();
        let simulated: f64 = opposite.iter().map(|(_, q)| q).sum();
        let (outside, held) = (self.outside(), self.ledger.balance(bankrupt, asset));
        let mut not_simulated = self.ledger.balance(outside, asset);
        if other != contract {
            not_simulated += self.ledger.balance(outside, against);
        }
        let not_simulated = (-side * not_simulated).max(0.0);
        let ours = if simulated > 0.0 { quantity.abs() * simulated / (simulated + not_simulated) } else { 0.0 };
        let unit = self.mark(self.settles_in(venue, contract));
        self.tally.futures[venue].adl_usd += quantity.abs() * self.futures[venue].marks.price[contract] * unit;
        self.tally.step_adl_usd += quantity.abs() * self.futures[venue].marks.price[contract] * unit;
        match self.scenario.futures[venue].adl.rule {
            AdlRuleSpec::Queue => {
                let mut left = ours;
                for (account, size) in self.queue(venue, other, opposite) {
                    let x = size.min(left);
                    if x <= 0.0 {
                        break;
                    }
                    left -= self.close_against(venue, contract, bankrupt, account, x * side, price).abs();
                }
            }
            _ => {
                for (account, size) in opposite {
                    self.close_against(venue, contract, bankrupt, account, ours * size / simulated * side, price);
                }
            }
        }
        let rest = quantity - (held - self.ledger.balance(bankrupt, asset));
        if rest.abs() >= self.ledger.tick(asset) {
            self.close_against(venue, contract, bankrupt, outside, rest, price);
        }
    }

    /// The opposite side in the order of the queue.
    fn queue(&self, venue: usize, contract: usize, opposite: Vec<(AccountId, f64)>) -> Vec<(AccountId, f64)> {
        let mut ranked: Vec<(f64, AccountId, f64)> = opposite
            .into_iter()
            .map(|(account, size)| (self.adl_rank(venue, contract, account), account, size))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.into_iter().map(|(_, account, size)| (account, size)).collect()
    }

    /// Rank of an account's position in the queue.
    #[must_use]
    pub fn adl_rank(&self, venue: usize, contract: usize, account: AccountId) -> f64 {
        let terms = &self.scenario.futures[venue].contracts[contract];
        let price = self.futures[venue].marks.price[contract];
        let quantity = self.ledger.balance(account, terms.asset);
        let entry = self.entry_price(venue, contract, account);
        let profit_rate = quantity.signum() * (price - entry) / price;
        let equity = self.health(venue, account).equity.max(1e-9);
        let leverage = quantity.abs() * price / equity;
        if profit_rate >= 0.0 { profit_rate * leverage } else { profit_rate / leverage }
    }

    /// Closes part of a position against another account's at a price; returns the contracts closed. Legs of different
    /// columns close against the outside, at the same price.
    fn close_against(
        &mut self,
        venue: usize,
        contract: usize,
        from: AccountId,
        to: AccountId,
        quantity: f64,
        price: f64,
    ) -> f64 {
        let (outside, other) = (self.outside(), self.scenario.futures[venue].opposite_leg(contract));
        let moved = if other == contract || to == outside {
            self.hand_over(venue, contract, from, to, quantity, price)
        } else {
            let moved = self.hand_over(venue, contract, from, outside, quantity, price);
            self.hand_over(venue, other, outside, to, moved, price)
        };
        if moved == 0.0 {
            return 0.0;
        }
        let unit = self.mark(self.settles_in(venue, contract));
        if let Holder::Owner(owner) = self.population.accounts[to.index()].holder {
            if !self.tally.deleveraged[owner.index()] {
                self.tally.futures[venue].adl_owners += 1;
            }
            let asset = self.scenario.futures[venue].contracts[other].asset;
            self.record(EventKind::Deleveraging, to, asset, moved, price * unit);
        }
        moved
    }
}

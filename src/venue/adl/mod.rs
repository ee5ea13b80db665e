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
    /// Closes an account's position in a contract against the opposite side at a price in settlement coin.
    pub(super) fn deleverage(&mut self, venue: usize, contract: usize, bankrupt: AccountId, price: f64) {
        let asset = self.scenario.futures[venue].contracts[contract].asset;
        let quantity = self.ledger.balance(bankrupt, asset);
        let side = quantity.signum();
        let opposite: Vec<(AccountId, f64)> = self
            .population
            .accounts
            .iter()
            .enumerate()
            .filter(|(_, a)| a.place == Place::Futures(venue))
            .map(|(i, _)| (AccountId::at(i), -side * self.ledger.balance(AccountId::at(i), asset)))
            .filter(|(_, q)| *q > 0.0)
            .collect();
        let simulated: f64 = opposite.iter().map(|(_, q)| q).sum();
        let outside = self.outside();
        let not_simulated = (-side * self.ledger.balance(outside, asset)).max(0.0);
        let ours = if simulated > 0.0 { quantity.abs() * simulated / (simulated + not_simulated) } else { 0.0 };
        let unit = self.mark(self.settles_in(venue, contract));
        self.tally.futures[venue].adl_usd += quantity.abs() * self.futures[venue].marks.price[contract] * unit;
        self.tally.step_adl_usd += quantity.abs() * self.futures[venue].marks.price[contract] * unit;
        match self.scenario.futures[venue].adl.rule {
            AdlRuleSpec::Queue => {
                let mut left = ours;
                for (account, size) in self.queue(venue, contract, opposite) {
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
        let rest = self.ledger.balance(bankrupt, asset);
        if rest != 0.0 {
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
        let entry = self.population.entry_usd(account, terms.asset) / self.mark(self.settles_in(venue, contract));
        let profit_rate = quantity.signum() * (price - entry) / price;
        let equity = self.health(venue, account).equity.max(1e-9);
        let leverage = quantity.abs() * price / equity;
        if profit_rate >= 0.0 { profit_rate * leverage } else { profit_rate / leverage }
    }

    /// Moves part of a position from one account to another at a price; returns the contracts moved.
    fn close_against(
        &mut self,
        venue: usize,
        contract: usize,
        from: AccountId,
        to: AccountId,
        quantity: f64,
        price: f64,
    ) -> f64 {
        let asset = self.scenario.futures[venue].contracts[contract].asset;
        let (before_from, before_to) = (self.ledger.balance(from, asset), self.ledger.balance(to, asset));
        let moved = self.transfer(from, to, asset, quantity);
        if moved == 0.0 {
            return 0.0;
        }
        let settlement = self.settles_in(venue, contract);
        let paid = moved * (price - self.futures[venue].marks.funding[contract]);
        self.transfer(to, from, settlement, paid);
        self.note_position(venue, contract, from, before_from);
        self.note_position(venue, contract, to, before_to);
        let unit = self.mark(settlement);
        if let Holder::Owner(owner) = self.population.accounts[to.index()].holder {
            if !self.tally.deleveraged[owner.index()] {
                self.tally.futures[venue].adl_owners += 1;
            }
            self.record(EventKind::Deleveraging, to, asset, moved, price * unit);
        }
        moved
    }
}

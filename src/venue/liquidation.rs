//! Close-outs, in the order of Binance's liquidation protocol: one order, sized to restore compliance with the smallest
//! close (contract with the largest maintenance first); the clearance fee on what was liquidated; collateral
//! auto-exchanged for a negative balance. An account that is still not compliant is taken over by the insurance fund at
//! its bankruptcy price: the fund gets all that the account holds and owes. If that would ruin the fund, the position is
//! deleveraged instead ([`super::adl`]).

use super::{bracket, margin};
use crate::event::EventKind;
use crate::id::{AccountId, AssetId};
use crate::outcome::Layer;
use crate::world::World;

/// Liquidation orders of one account within a step before the fund takes it over.
const ORDERS_PER_STEP: u32 = 8;

/// Share of maintenance by which an order aims beyond bare compliance, so that rounding does not undo it.
const COMPLIANCE_BUFFER: f64 = 0.001;

/// An order that closes a position, before it meets the book.
struct Close {
    account: AccountId,
    contract: usize,
    /// Contracts to trade: negative closes a long.
    quantity: f64,
}

impl World<'_> {
    /// Closes out breached accounts together: one order per contract, one price for all.
    pub fn liquidate(&mut self, venue: usize, batch: &[AccountId]) {
        self.cause = Layer::Liquidation;
        let mut breached = Vec::new();
        for &account in batch {
            if !self.health(venue, account).is_breached() {
                continue;
            }
            let orders = self.futures[venue].orders.entry(account).or_default();
            *orders += 1;
            if *orders <= ORDERS_PER_STEP {
                breached.push(account);
            } else {
                self.take_over(venue, account);
            }
        }
        breached.sort_unstable();
        let mut closes = self.size_all(venue, &breached);
        let prices = self.fill_prices(venue, &closes);
        let (filled, bankrupt): (Vec<_>, Vec<_>) =
            breached.into_iter().partition(|account| self.stays_solvent(venue, *account, &closes, &prices));
        closes.retain(|close| filled.binary_search(&close.account).is_ok());
        for contract in 0..self.futures[venue].marks.price.len() {
            self.fill(venue, contract, &closes);
        }
        for account in filled {
            self.settle_close(venue, account);
        }
        for account in bankrupt {
            self.take_over(venue, account);
        }
    }

    /// Price that the orders of each contract would get together.
    fn fill_prices(&self, venue: usize, closes: &[Close]) -> Vec<f64> {
        let mut net = vec![0.0; self.futures[venue].marks.price.len()];
        for close in closes {
            net[close.contract] += close.quantity;
        }
        net.into_iter().enumerate().map(|(contract, net)| self.quote(venue, contract, net)).collect()
    }

    /// Whether an account's closes would fill above its bankruptcy price if all were sent: below it the order is not
    /// filled, and the fund takes the position over instead. An account's closes are adjacent.
    fn stays_solvent(&self, venue: usize, account: AccountId, closes: &[Close], prices: &[f64]) -> bool {
        let first = closes.partition_point(|c| c.account < account);
        let mine = closes[first..].iter().take_while(|c| c.account == account);
        let marks = &self.futures[venue].marks.price;
        let cost: f64 = mine.map(|c| c.quantity * (prices[c.contract] - marks[c.contract])).sum();
        self.health(venue, account).equity >= cost
    }

    /// Sizes the closes of all breached accounts, at the price that their orders together will get.
    fn size_all(&self, venue: usize, breached: &[AccountId]) -> Vec<Close> {
        const PASSES: usize = 6; // each enlarges the orders by the slippage of the last: it converges or closes all
        let mut closes = Vec::new();
        let mut slippage = vec![0.0; self.futures[venue].marks.price.len()];
        for _ in 0..PASSES {
            closes.clear();
            for account in breached {
                self.size_closes(venue, *account, &slippage, &mut closes);
            }
            let mut settled = true;
            let prices = self.fill_prices(venue, &closes);
            for (contract, slippage) in slippage.iter_mut().enumerate() {
                let mark = self.futures[venue].marks.price[contract];
                let paid = (prices[contract] - mark).abs();
                settled &= (paid - *slippage).abs() <= 1e-5 * mark;
                *slippage = paid;
            }
            if settled {
                break;
            }
        }
        closes
    }

    /// Sizes an account's closes: contracts with the largest maintenance first, the smallest amount that restores
    /// compliance after slippage and the clearance fee.
    fn size_closes(&self, venue: usize, account: AccountId, slippage: &[f64], closes: &mut Vec<Close>) {
        let (table, state) = (&self.scenario.futures[venue], &self.futures[venue]);
        let health = self.health(venue, account);
        let multiple = health.equity_per_maintenance * (1.0 + COMPLIANCE_BUFFER);
        let mut slack = health.equity - health.maintenance * multiple;
        let mut positions: Vec<(usize, f64, f64)> = table
            .contracts
            .iter()
            .enumerate()
            .map(|(i, c)| (i, self.ledger.balance(account, c.asset)))
            .filter(|(_, q)| *q != 0.0)
            .map(|(i, q)| (i, q, bracket::maintenance_usd(&table.contracts[i].tiers, q.abs() * state.marks.price[i])))
            .collect();
        positions.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
        for (contract, quantity, maintenance) in positions {
            let (terms, price) = (&table.contracts[contract], state.marks.price[contract]);
            let cost = terms.clearance_fee * price + slippage[contract];
            let x = margin::smallest_close(&terms.tiers, quantity.abs(), price, slack, cost);
            if x > 0.0 {
                closes.push(Close { account, contract, quantity: -x.copysign(quantity) });
                slack += maintenance - bracket::maintenance_usd(&terms.tiers, (quantity.abs() - x) * price) - x * cost;
            }
        }
    }

    /// Fills the closes of one contract with one order for their net, as far as the book allows within the largest
    /// deviation from the mark; the fee goes to the fund as far as the account can pay it.
    fn fill(&mut self, venue: usize, contract: usize, closes: &[Close]) {
        let mine = || closes.iter().filter(|c| c.contract == contract);
        let net: f64 = mine().map(|c| c.quantity).sum();
        if mine().next().is_none() {
            return;
        }
        let terms = self.contract(venue, contract);
        let (asset, fee_rate) = (terms.asset, terms.clearance_fee);
        let share = self.fillable_share(venue, contract, net, self.contract(venue, contract).max_order_deviation);
        let price = self.execute(venue, contract, net * share);
        let (settlement, fund) = (self.settlement(venue), self.population.system.funds[venue][0]);
        let unit = self.mark(settlement);
        for close in mine() {
            let moved = self.trade(venue, close.account, contract, close.quantity * share, price);
            let equity = self.health(venue, close.account).equity;
            let fee = (moved.abs() * price * fee_rate).min(equity).max(0.0);
            self.transfer(close.account, fund, settlement, fee);
            self.tally.add_forced(moved.abs() * price * unit, self.step, self.round);
            self.record(EventKind::Liquidation, close.account, asset, moved, price * unit);
        }
    }

    /// After an account's order: a flat one has its negative balance covered, one that is still not compliant is taken
    /// over.
    fn settle_close(&mut self, venue: usize, account: AccountId) {
        let health = self.health(venue, account);
        if health.notional == 0.0 {
            self.cover(venue, account);
        } else if health.is_breached() {
            self.take_over(venue, account);
        } else {
            self.auto_exchange(venue, account);
        }
    }

    /// Covers a flat account's negative settlement balance: collateral is sold, and what is still missing the fund pays.
    pub fn cover(&mut self, venue: usize, account: AccountId) {
        self.auto_exchange(venue, account);
        let (settlement, fund) = (self.settlement(venue), self.population.system.funds[venue][0]);
        let balance = self.ledger.balance(account, settlement);
        if balance < 0.0 {
            self.transfer(fund, account, settlement, -balance);
        }
    }

    /// The fund gets all that an account holds and owes: positions at the bankruptcy price, at which the account is
    /// worth nothing. If that would ruin the fund, the positions are deleveraged at that price first.
    fn take_over(&mut self, venue: usize, account: AccountId) {
        let (health, fund) = (self.health(venue, account), self.population.system.funds[venue][0]);
        let unit = self.mark(self.settlement(venue));
        let worth = self.account_usd(account) / unit;
        let ruined = worth < 0.0 && self.funds_usd(venue) + worth * unit < 0.0;
        for contract in 0..self.futures[venue].marks.price.len() {
            let asset = self.contract(venue, contract).asset;
            let quantity = self.ledger.balance(account, asset);
            if quantity == 0.0 {
                continue;
            }
            let (mark, before) = (self.futures[venue].marks.price[contract], quantity);
            let bankruptcy = mark - worth * (quantity.abs() * mark / health.notional) / quantity;
            self.tally.add_forced(quantity.abs() * mark * unit, self.step, self.round);
            self.record_worth(EventKind::TakeOver, account, asset, -quantity, bankruptcy * unit, mark * unit);
            if ruined {
                self.deleverage(venue, contract, account, bankruptcy);
            } else {
                self.transfer(account, fund, asset, quantity);
                self.note_position(venue, contract, account, before);
            }
        }
        for asset in 0..self.scenario.assets.len() {
            self.transfer_all(account, fund, AssetId::at(asset));
        }
    }
}

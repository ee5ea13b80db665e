//! Close-outs, in the order of Binance's liquidation protocol: one order, sized to restore compliance with the smallest
//! close ([`close::closes`]); fees on what was liquidated; in portfolio margin loans repaid out of collateral;
//! collateral auto-exchanged for a negative balance. An account that is still not compliant is taken over by its
//! insurance funds ([`super::fund`]).

use super::margin::close::{self, COMPLIANCE_BUFFER};
use crate::event::EventKind;
use crate::id::AccountId;
use crate::outcome::Layer;
use crate::world::World;

/// Liquidation orders of one account within a step before the fund takes it over.
const ORDERS_PER_STEP: u32 = 8;

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
            if self.futures[venue].desk.count_order(account) <= ORDERS_PER_STEP {
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
        let funds: Vec<usize> = filled.iter().map(|account| self.fund_behind(venue, *account)).collect();
        for contract in 0..self.futures[venue].marks.price.len() {
            self.fill(venue, contract, &closes);
        }
        for (account, fund) in filled.into_iter().zip(funds) {
            self.settle_close(venue, account, fund);
        }
        for account in bankrupt {
            self.take_over(venue, account);
        }
        self.deleverage(venue);
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
        let marks = &self.futures[venue].marks;
        let index = |contract: usize| marks.index[self.contract(venue, contract).settles];
        let cost: f64 =
            mine.map(|c| c.quantity * (prices[c.contract] - marks.price[c.contract]) * index(c.contract)).sum();
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

    /// Sizes an account's closes: in the order of the venue's rule, the smallest amount that restores compliance after
    /// slippage and fees.
    fn size_closes(&self, venue: usize, account: AccountId, slippage: &[f64], closes: &mut Vec<Close>) {
        let (table, marks) = (&self.scenario.futures[venue], &self.futures[venue].marks);
        let entry = self.entry_prices(venue, account);
        let row = self.ledger.row(account);
        let sized = close::closes(table, marks, row, &entry, slippage, COMPLIANCE_BUFFER);
        closes.extend(sized.into_iter().map(|(contract, quantity)| Close { account, contract, quantity }));
    }

    /// Fills the closes of one contract with one order for their net, as far as the book allows within the largest
    /// deviation from the mark. The exchange's taker fee is on the fill, the fund's clearance fee on the notional at the
    /// mark; both as far as the account can pay them.
    fn fill(&mut self, venue: usize, contract: usize, closes: &[Close]) {
        let mine = || closes.iter().filter(|c| c.contract == contract);
        let net: f64 = mine().map(|c| c.quantity).sum();
        if mine().next().is_none() {
            return;
        }
        let terms = self.contract(venue, contract);
        let share = self.fillable_share(venue, contract, net, terms.max_order_deviation);
        let filled = |quantity: f64| {
            if share < 1.0 { terms.whole_lots(quantity.abs() * share).copysign(quantity) } else { quantity }
        };
        let price = self.execute(venue, contract, mine().map(|c| filled(c.quantity)).sum());
        let (coin, mark) = (self.settles_in(venue, contract), self.futures[venue].marks.price[contract]);
        let unit = self.mark(coin);
        for close in mine() {
            let moved = self.trade(venue, close.account, contract, filled(close.quantity), price);
            if moved == 0.0 {
                continue;
            }
            let outside = self.outside();
            let taker = self.payable(venue, contract, close.account, moved.abs() * price * terms.liquidation_taker_fee);
            self.transfer(close.account, outside, coin, taker);
            let clearance = self.payable(venue, contract, close.account, moved.abs() * mark * terms.clearance_fee);
            self.pay_fund(venue, terms.fund, close.account, coin, clearance);
            self.tally.add_forced(moved.abs() * price * unit, self.step, self.round);
            self.record(EventKind::Liquidation, close.account, terms.asset, moved, price * unit);
        }
    }

    /// What an account can pay of a fee in the coin that a contract settles in.
    fn payable(&self, venue: usize, contract: usize, account: AccountId, fee: f64) -> f64 {
        let index = self.futures[venue].marks.index[self.contract(venue, contract).settles];
        fee.min(self.health(venue, account).equity / index).max(0.0)
    }

    /// After an account's order: if it is still not compliant, its loans are repaid out of its collateral; if that does
    /// not do it is taken over. Else what it realised is settled: a flat one has its negative balances covered.
    fn settle_close(&mut self, venue: usize, account: AccountId, fund: usize) {
        if self.owes_margin_loans(venue, account) {
            self.sell_for_loans(venue, account);
        }
        let health = self.health(venue, account);
        if health.is_breached() {
            self.take_over(venue, account);
        } else if health.notional == 0.0 {
            self.cover(venue, account, fund);
        } else {
            for i in 0..self.scenario.futures[venue].collateral.len() {
                if self.scenario.futures[venue].collateral[i].is_settlement() {
                    self.auto_exchange(venue, account, i, fund);
                }
            }
        }
    }

    /// Sells collateral and repays loans by the smallest share that makes an account compliant.
    fn sell_for_loans(&mut self, venue: usize, account: AccountId) {
        const PASSES: u32 = 4; // slippage beyond the haircut leaves a remainder
        for _ in 0..PASSES {
            if !self.health(venue, account).is_breached() {
                return;
            }
            let share = self.share_to_repay(venue, account);
            if self.repay_margin_loans(venue, account, share) == 0.0 {
                return;
            }
        }
    }
}

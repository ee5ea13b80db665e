//! Close-outs, in the order of Binance's liquidation protocol: one order, sized to restore compliance with the smallest
//! close ([`close::closes`]); fees on what was liquidated; in portfolio margin loans repaid out of collateral;
//! collateral auto-exchanged for a negative balance. An account that is still not compliant is taken over by its
//! insurance funds ([`super::fund`]).

use super::margin::close::{self, COMPLIANCE_BUFFER};
use super::margin::liquidation;
use crate::event::EventKind;
use crate::id::{AccountId, CoinId};
use crate::outcome::Layer;
use crate::scenario::{CloseSizeSpec, Contract};
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
        for coin in 0..self.scenario.coins.len() {
            self.fill(venue, CoinId::at(coin), &closes);
        }
        for (account, fund) in filled.into_iter().zip(funds) {
            self.settle_close(venue, account, fund);
        }
        for account in bankrupt {
            self.take_over(venue, account);
        }
        self.deleverage(venue);
        self.note_fund_low(venue);
    }

    /// Net order of each contract's coin: contracts on one coin trade on one book.
    fn net_orders(&self, venue: usize, closes: &[Close]) -> Vec<f64> {
        let contracts = &self.scenario.futures[venue].contracts;
        let mut by_coin = vec![0.0; self.scenario.coins.len()];
        for close in closes {
            by_coin[contracts[close.contract].coin.index()] += close.quantity;
        }
        contracts.iter().map(|contract| by_coin[contract.coin.index()]).collect()
    }

    /// Price that the orders of each contract would get together.
    fn fill_prices(&self, venue: usize, closes: &[Close]) -> Vec<f64> {
        let net = self.net_orders(venue, closes);
        let (backed, marks) = (self.backed_share(venue), &self.futures[venue].marks.price);
        let price = |(contract, net): (usize, f64)| {
            Self::backed_price(backed, marks[contract], self.quote(venue, contract, net * (1.0 - backed)))
        };
        net.into_iter().enumerate().map(price).collect()
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
        liquidation::stays_solvent(&self.scenario.futures[venue], marks, self.ledger.row(account), cost)
    }

    /// Sizes the closes of all breached accounts, at the price that their orders together will get.
    fn size_all(&self, venue: usize, breached: &[AccountId]) -> Vec<Close> {
        const PASSES: usize = 6; // each enlarges the orders by the slippage of the last: it converges or closes all
        let mut closes = Vec::new();
        let mut prices = self.futures[venue].marks.price.clone();
        for _ in 0..PASSES {
            closes.clear();
            for account in breached {
                self.size_closes(venue, *account, &prices, &mut closes);
            }
            let next = self.fill_prices(venue, &closes);
            let moved = |(next, last): (&f64, &f64)| (next / last - 1.0).abs() > 1e-5;
            let settled = !next.iter().zip(&prices).any(moved);
            prices = next;
            if settled {
                break;
            }
        }
        closes
    }

    /// Sizes an account's closes: in the order of the venue's rule, the smallest amount that restores compliance after
    /// slippage and fees; every position in full where the venue closes whole accounts.
    fn size_closes(&self, venue: usize, account: AccountId, prices: &[f64], closes: &mut Vec<Close>) {
        let (table, marks) = (&self.scenario.futures[venue], &self.futures[venue].marks);
        if table.liquidation.close == CloseSizeSpec::Account {
            let quantity = |terms: &Contract| -self.ledger.balance(account, terms.asset);
            let all = table.contracts.iter().map(quantity).enumerate().filter(|(_, quantity)| *quantity != 0.0);
            closes.extend(all.map(|(contract, quantity)| Close { account, contract, quantity }));
            return;
        }
        let entry = self.entry_prices(venue, account);
        let row = self.ledger.row(account);
        let slippage = |(i, contract): (usize, &Contract)| {
            // Sellers lose by prices below the mark, buyers by prices above it.
            (row[contract.asset.index()].signum() * (marks.price[i] - prices[i])).max(0.0)
        };
        let slippage: Vec<f64> = table.contracts.iter().enumerate().map(slippage).collect();
        let sized = close::closes(table, marks, row, &entry, &slippage, COMPLIANCE_BUFFER);
        closes.extend(sized.into_iter().map(|(contract, quantity)| Close { account, contract, quantity }));
    }

    /// Fills the closes of one coin with one order for their net, less what the backstop takes at the mark, as far as the
    /// book allows within each contract's largest deviation from the mark. The exchange's taker fee is on the fill, the fund's clearance fee on the notional at the
    /// mark; both as far as the account can pay them.
    fn fill(&mut self, venue: usize, coin: CoinId, closes: &[Close]) {
        let contracts = &self.scenario.futures[venue].contracts;
        let mine: Vec<&Close> = closes.iter().filter(|c| contracts[c.contract].coin == coin).collect();
        let Some(first) = mine.first() else { return };
        let net: f64 = mine.iter().map(|c| c.quantity).sum();
        let filled: Vec<f64> = mine.iter().map(|close| self.fills(venue, close, net)).collect();
        let backed = self.backed_share(venue);
        let absorbed = |(close, filled): (&&Close, &f64)| {
            (backed * close.quantity.abs()).min(filled.abs()).copysign(close.quantity)
        };
        let absorbed: Vec<f64> = mine.iter().zip(&filled).map(absorbed).collect();
        let to_book = filled.iter().zip(&absorbed).map(|(filled, absorbed)| filled - absorbed).sum();
        let book_usd = self.execute(venue, first.contract, to_book) * self.mark(self.settles_in(venue, first.contract));
        for ((close, quantity), absorbed) in mine.into_iter().zip(filled).zip(absorbed) {
            let unit = self.mark(self.settles_in(venue, close.contract));
            let mark_usd = self.futures[venue].marks.price[close.contract] * unit;
            let share = if absorbed == 0.0 { 0.0 } else { absorbed / quantity };
            let price_usd = Self::backed_price(share, mark_usd, book_usd);
            let moved = self.settle_fill(venue, close.account, close.contract, (quantity, price_usd), share);
            self.note_absorbed(venue, close.contract, moved * share);
        }
    }

    /// How much of a close fills when the orders on its coin come to `net`.
    fn fills(&self, venue: usize, close: &Close, net: f64) -> f64 {
        let terms = self.contract(venue, close.contract);
        let backed = self.backed_share(venue);
        let share = self.fillable_share(venue, close.contract, net * (1.0 - backed), terms.max_order_deviation);
        if share < 1.0 {
            terms.whole_lots(close.quantity.abs() * (backed + (1.0 - backed) * share)).copysign(close.quantity)
        } else {
            close.quantity
        }
    }

    /// Books what an account's close got, and its fees; `absorbed` is the share that did not meet the book. Returns the
    /// contracts traded.
    fn settle_fill(
        &mut self,
        venue: usize,
        account: AccountId,
        contract: usize,
        (quantity, price_usd): (f64, f64),
        absorbed: f64,
    ) -> f64 {
        let (terms, coin) = (self.contract(venue, contract), self.settles_in(venue, contract));
        let (unit, mark, outside) = (self.mark(coin), self.futures[venue].marks.price[contract], self.outside());
        let price = price_usd / unit;
        let moved = self.trade(venue, account, contract, quantity, price);
        if moved == 0.0 {
            return moved;
        }
        let taker = self.payable(venue, contract, account, moved.abs() * price * terms.liquidation_taker_fee);
        self.transfer(account, outside, coin, taker);
        let due = moved.abs() * mark * terms.clearance_fee;
        let clearance = self.payable(venue, contract, account, due);
        self.tally.futures[venue].fees_unpaid_usd += (due - clearance) * unit;
        self.pay_fund(venue, terms.fund, account, coin, clearance);
        self.count_forced(account, moved, price * unit, moved.abs() * absorbed);
        self.record(EventKind::Liquidation, account, terms.asset, moved, price * unit);
        moved
    }

    /// What an account can pay of a fee in the coin that a contract settles in.
    fn payable(&self, venue: usize, contract: usize, account: AccountId, fee: f64) -> f64 {
        let (table, marks) = (&self.scenario.futures[venue], &self.futures[venue].marks);
        liquidation::payable(table, marks, self.ledger.row(account), table.contracts[contract].settles, fee)
    }

    /// After an account's order: if it is still not compliant, its loans are repaid out of its collateral; if that does
    /// not do it is taken over. Else what it realised is settled: a flat one has its negative balances covered.
    fn settle_close(&mut self, venue: usize, account: AccountId, fund: usize) {
        let whole = self.scenario.futures[venue].liquidation.close == CloseSizeSpec::Account;
        if self.owes_margin_loans(venue, account) {
            if whole {
                self.repay_margin_loans(venue, account, 1.0);
            } else {
                self.sell_for_loans(venue, account);
            }
        }
        let health = self.health(venue, account);
        if health.is_breached() {
            self.take_over(venue, account);
        } else if health.notional == 0.0 {
            if whole {
                self.sell_all_collateral(venue, account, fund);
            }
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

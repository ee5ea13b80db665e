//! What an account can pay with, and the repayment of loans inside it out of its collateral. Pure, at the index less each
//! asset's auto-exchange haircut.

use super::close::exchange_plan;
use super::{Marks, coins, health, owed};
use crate::scenario::Futures;

/// Bisections of the share of loans that is repaid: beyond this the share is exact.
const BISECTIONS: u32 = 60;

/// A venue's terms and marks, and an account's mean entry prices by contract: what turns balances into a wallet.
#[derive(Clone, Copy, Debug)]
pub struct Books<'a> {
    /// Terms.
    pub table: &'a Futures,
    /// Marks.
    pub marks: &'a Marks,
    /// Mean entry prices, in settlement coins.
    pub entry: &'a [f64],
}

/// Collateral sold for another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sale {
    /// What is sold, position in the collateral.
    pub asset: usize,
    /// Units of it.
    pub quantity: f64,
    /// For what.
    pub into: usize,
    /// Units of that.
    pub proceeds: f64,
}

/// Wallet balance of a collateral: without the unrealised profit of the contracts that settle in it. `entry` is the mean
/// entry price of a contract in which there is a position.
pub fn wallet(table: &Futures, marks: &Marks, row: &[f64], at: usize, entry: impl Fn(usize) -> f64) -> f64 {
    let terms = &table.collateral[at];
    let entered = |contract: &usize| {
        let quantity = row[table.contracts[*contract].asset.index()];
        if quantity == 0.0 { 0.0 } else { quantity * (entry(*contract) - marks.funding[*contract]) }
    };
    row[terms.asset.index()] + terms.settles.iter().map(entered).sum::<f64>()
}

/// What an account can pay with of a collateral: of a settlement coin neither unrealised profit nor what covers an
/// unrealised loss.
pub fn spendable(table: &Futures, marks: &Marks, row: &[f64], at: usize, entry: impl Fn(usize) -> f64) -> f64 {
    wallet(table, marks, row, at, entry).min(coins(table, marks, row, at)).max(0.0)
}

impl Books<'_> {
    /// Wallet balance of a collateral ([`wallet`]).
    #[must_use]
    pub fn wallet(&self, row: &[f64], at: usize) -> f64 {
        wallet(self.table, self.marks, row, at, |contract| self.entry[contract])
    }

    /// What an account can pay with ([`spendable`]), as a row of balances without positions and debts.
    #[must_use]
    pub fn spendable(&self, row: &[f64]) -> Vec<f64> {
        let mut payable = vec![0.0; row.len()];
        for (at, collateral) in self.table.collateral.iter().enumerate() {
            payable[collateral.asset.index()] =
                spendable(self.table, self.marks, row, at, |contract| self.entry[contract]);
        }
        payable
    }

    /// Sells other collateral for `missing` coins of `into`, as far as there is any; not in single-asset mode, where
    /// there is nothing else.
    pub fn exchange(&self, row: &mut [f64], missing: f64, into: usize) -> Vec<Sale> {
        let spendable = self.spendable(row);
        let sale = |(asset, quantity): (usize, f64)| {
            let keeps = 1.0 - self.table.collateral[asset].auto_exchange_haircut;
            let proceeds = quantity * keeps * self.marks.index[asset] / self.marks.index[into];
            Sale { asset, quantity, into, proceeds }
        };
        let plan = exchange_plan(self.table, self.marks, &spendable, missing, into);
        let sales: Vec<Sale> = plan.into_iter().map(sale).collect();
        for sale in &sales {
            row[self.table.collateral[sale.asset].asset.index()] -= sale.quantity;
            row[self.table.collateral[into].asset.index()] += sale.proceeds;
        }
        sales
    }

    /// Repays a share of every loan: out of the coin itself, then out of what other collateral brings in. Returns the
    /// sales and the coins repaid by collateral.
    pub fn repay(&self, row: &mut [f64], share: f64) -> (Vec<Sale>, Vec<(usize, f64)>) {
        let (mut sales, mut repaid) = (Vec::new(), Vec::new());
        for (at, collateral) in self.table.collateral.iter().enumerate() {
            let owed = owed(self.table, self.marks, row, at);
            let Some(loan) = collateral.loan.filter(|_| owed > 0.0) else { continue };
            let coin = collateral.asset.index();
            sales.extend(self.exchange(row, owed * share - self.spendable(row)[coin], at));
            let paid = (owed * share).min(self.spendable(row)[coin]);
            row[coin] -= paid;
            row[loan.debt.index()] *= 1.0 - paid / owed;
            repaid.push((at, paid));
        }
        (sales, repaid)
    }

    /// Smallest share of the loans whose repayment restores compliance with a buffer; all if none does.
    #[must_use]
    pub fn share_to_repay(&self, row: &[f64], buffer: f64) -> f64 {
        let complies = |share: f64| {
            let mut after = row.to_vec();
            self.repay(&mut after, share);
            let health = health(self.table, self.marks, &after);
            health.equity >= health.maintenance * health.equity_per_maintenance * (1.0 + buffer)
        };
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..if complies(high) { BISECTIONS } else { 0 } {
            let middle = 0.5 * (low + high);
            (low, high) = if complies(middle) { (low, middle) } else { (middle, high) };
        }
        high
    }
}

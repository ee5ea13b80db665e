//! What a liquidation would do: the close orders, the collateral sold for what they leave unpaid, and what the insurance
//! fund takes over. Orders fill at the mark, or walk the order book of the file; nothing else moves.

use super::sheet::Sheet;
use crate::market::levels::{Fill, walk};
use crate::venue::margin::close::{COMPLIANCE_BUFFER, closes, fees};
use crate::venue::margin::exchange::{Books, Sale};
use crate::venue::margin::liquidation::{given_up, loans, payable, stays_solvent, takeover_price, worth};
use crate::venue::margin::{Health, Marks, health};
use serde::Serialize;

/// Rounds of closing and selling before the fund takes over what still does not comply.
const ROUNDS: usize = 8;

/// A liquidation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The contract and its mark price at which it happens; none for now, at the marks of the file.
    pub trigger: Option<(String, f64)>,
    /// Close orders, in their order.
    pub closes: Vec<PlannedClose>,
    /// Collateral sold.
    pub sales: Vec<PlannedSale>,
    /// Loans repaid.
    pub repayments: Vec<PlannedRepayment>,
    /// How it ends.
    pub outcome: Outcome,
}

/// A close order, amounts in the settlement asset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedClose {
    /// Its contract.
    pub contract: String,
    /// Contracts to trade; negative closes a long.
    pub quantity: f64,
    /// How many of them fill within the largest deviation.
    pub filled: f64,
    /// Mean price of the fill.
    pub price: f64,
    /// Fee to the insurance fund: clearance fee times the filled notional at the mark.
    pub clearance_fee: f64,
    /// Fee to the exchange: taker fee times the fill.
    pub taker_fee: f64,
}

/// Collateral sold to cover a negative balance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedSale {
    /// What is sold.
    pub asset: String,
    /// How much, coins.
    pub quantity: f64,
    /// For which asset.
    pub into: String,
    /// What comes in, coins of that.
    pub proceeds: f64,
}

/// A loan repaid, or part of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedRepayment {
    /// What was borrowed.
    pub asset: String,
    /// How much is repaid, coins.
    pub quantity: f64,
}

/// How a liquidation ends.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The account is compliant again, or has nothing left to maintain.
    Compliant {
        /// Equity left, USD: after what the fund pays.
        equity: f64,
        /// Maintenance margin left, USD.
        maintenance: f64,
        /// What the insurance fund pays for negative balances that nothing was left to cover, USD.
        fund_pays: f64,
    },
    /// The insurance fund takes over all that is left.
    TakenOver {
        /// Positions and the prices at which it takes them.
        positions: Vec<PlannedTakeOver>,
        /// What the account is worth then at the index, USD: below zero the loss of its fund and its lender.
        worth: f64,
        /// What its collateral does not repay of its loans, USD: its fund pays that down to the fund's floor, the rest
        /// is the lender's bad debt.
        loans_unpaid: f64,
    },
}

/// A position taken over.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedTakeOver {
    /// Its contract.
    pub contract: String,
    /// Contracts.
    pub quantity: f64,
    /// Bankruptcy price.
    pub price: f64,
}

/// The liquidation of an account in breach at these marks.
pub(super) fn plan(sheet: &Sheet<'_>, marks: &Marks, trigger: Option<(String, f64)>) -> Plan {
    let mut account = Unwinding { sheet, marks, row: sheet.row.clone() };
    let outcome = account.take_over();
    let mut plan = Plan { trigger, closes: Vec::new(), sales: Vec::new(), repayments: Vec::new(), outcome };
    for _ in 0..ROUNDS {
        let Some(closes) = account.close_out() else { break };
        plan.closes.extend(closes);
        account.repay_loans(&mut plan);
        if account.health().is_breached() {
            break;
        }
        account.settle(&mut plan);
        if !account.health().is_breached() {
            plan.outcome = account.compliant();
            return plan;
        }
    }
    plan.outcome = account.take_over();
    plan
}

/// An account while it is being unwound.
struct Unwinding<'a> {
    sheet: &'a Sheet<'a>,
    marks: &'a Marks,
    row: Vec<f64>,
}

impl<'a> Unwinding<'a> {
    fn books(&self) -> Books<'a> {
        Books { table: &self.sheet.account.table, marks: self.marks, entry: &self.sheet.entry }
    }

    fn health(&self) -> Health {
        health(&self.sheet.account.table, self.marks, &self.row)
    }

    /// Sends the close orders; none for an account that is bankrupt or would be by their fills.
    fn close_out(&mut self) -> Option<Vec<PlannedClose>> {
        let (table, marks) = (&self.sheet.account.table, self.marks);
        let orders = self.orders();
        let slippage = |(contract, quantity, fill): &(usize, f64, Fill)| {
            let index = marks.index[table.contracts[*contract].settles];
            fill.quantity.copysign(*quantity) * (fill.price - marks.price[*contract]) * index
        };
        let cost = orders.iter().map(slippage).sum();
        stays_solvent(table, marks, &self.row, cost).then(|| {
            orders.into_iter().map(|(contract, quantity, fill)| self.close(contract, quantity, fill)).collect()
        })
    }

    /// The close orders with their fills, sized at the slippage that they themselves cause.
    fn orders(&self) -> Vec<(usize, f64, Fill)> {
        const PASSES: usize = 50; // each enlarges the orders by the slippage of the last, until it converges or closes all
        let (table, marks) = (&self.sheet.account.table, self.marks);
        let mut slippage = vec![0.0; marks.price.len()];
        let mut orders = Vec::new();
        for _ in 0..PASSES {
            let sized = closes(table, marks, &self.row, &self.sheet.entry, &slippage, COMPLIANCE_BUFFER);
            orders =
                sized.iter().map(|&(contract, quantity)| (contract, quantity, self.fill(contract, quantity))).collect();
            let before = slippage.clone();
            for (contract, quantity, fill) in &orders {
                // A price better than the mark is not counted on.
                slippage[*contract] = ((marks.price[*contract] - fill.price) * -quantity.signum()).max(0.0);
            }
            if slippage == before {
                break;
            }
        }
        orders
    }

    fn fill(&self, contract: usize, quantity: f64) -> Fill {
        let (mark, book) = (self.marks.price[contract], &self.sheet.account.books[contract]);
        let levels = if quantity < 0.0 { &book.bids } else { &book.asks };
        if levels.is_empty() {
            return Fill { quantity: quantity.abs(), price: mark };
        }
        let deviation = self.sheet.account.table.contracts[contract].max_order_deviation;
        let limit = mark * (1.0 + deviation.copysign(quantity));
        walk(levels, quantity, limit).unwrap_or(Fill { quantity: 0.0, price: mark })
    }

    fn close(&mut self, contract: usize, quantity: f64, fill: Fill) -> PlannedClose {
        let table = &self.sheet.account.table;
        let terms = &table.contracts[contract];
        let (mark, settles) = (self.marks.price[contract], terms.settles);
        let moved = fill.quantity.copysign(quantity);
        self.row[terms.asset.index()] += moved;
        self.row[settles] -= moved * (fill.price - self.marks.funding[contract]);
        // Fees are paid as far as the account is worth anything: that of the exchange first.
        let fees = fees(terms, fill.quantity, mark, fill.price);
        let mut paid = |fee: f64| {
            let paid = payable(table, self.marks, &self.row, settles, fee);
            self.row[settles] -= paid;
            paid
        };
        let (taker_fee, clearance_fee) = (paid(fees.taker), paid(fees.clearance));
        let contract = terms.name.clone();
        PlannedClose { contract, quantity, filled: fill.quantity, price: fill.price, clearance_fee, taker_fee }
    }

    /// Repays as much of the loans as restores compliance, if the closes have not.
    fn repay_loans(&mut self, plan: &mut Plan) {
        if !self.health().is_breached() {
            return;
        }
        let books = self.books();
        let share = books.share_to_repay(&self.row, COMPLIANCE_BUFFER);
        let (sales, repaid) = books.repay(&mut self.row, share);
        plan.sales.extend(sales.iter().map(|sale| self.planned(sale)));
        let named =
            |(at, quantity): (usize, f64)| PlannedRepayment { asset: self.sheet.account.assets[at].clone(), quantity };
        plan.repayments.extend(repaid.into_iter().filter(|(_, coins)| *coins > 0.0).map(named));
    }

    /// Sells collateral for every settlement asset whose wallet balance is negative.
    fn settle(&mut self, plan: &mut Plan) {
        let books = self.books();
        for into in (0..self.sheet.account.assets.len()).filter(|at| books.table.collateral[*at].is_settlement()) {
            let missing = -books.wallet(&self.row, into);
            let sales = books.exchange(&mut self.row, missing, into);
            plan.sales.extend(sales.iter().map(|sale| self.planned(sale)));
        }
    }

    fn planned(&self, sale: &Sale) -> PlannedSale {
        let name = |at: usize| self.sheet.account.assets[at].clone();
        PlannedSale { asset: name(sale.asset), quantity: sale.quantity, into: name(sale.into), proceeds: sale.proceeds }
    }

    /// A flat account's negative balances are reset: the fund pays them.
    fn compliant(&self) -> Outcome {
        let (table, mut row, mut fund_pays) = (&self.sheet.account.table, self.row.clone(), 0.0);
        if self.health().notional == 0.0 {
            for (at, collateral) in table.collateral.iter().enumerate() {
                let missing = (-row[collateral.asset.index()]).max(0.0);
                row[collateral.asset.index()] += missing;
                fund_pays += missing * self.marks.index[at];
            }
        }
        let health = health(table, self.marks, &row);
        Outcome::Compliant { equity: health.equity, maintenance: health.maintenance, fund_pays }
    }

    fn take_over(&self) -> Outcome {
        let (table, notional) = (&self.sheet.account.table, self.health().notional);
        let (worth, loans) = (worth(table, self.marks, &self.row), loans(table, self.marks, &self.row));
        let taken = |contract: usize| {
            let quantity = self.row[table.contracts[contract].asset.index()];
            let price = takeover_price(self.marks.price[contract], quantity, given_up(worth, loans), notional);
            (quantity != 0.0).then(|| PlannedTakeOver {
                contract: table.contracts[contract].name.clone(),
                quantity,
                price,
            })
        };
        Outcome::TakenOver {
            positions: (0..table.contracts.len()).filter_map(taken).collect(),
            worth,
            loans_unpaid: loans.min(-worth).max(0.0),
        }
    }
}

//! Sizing of forced closes and of the collateral sold for them. Pure: what to trade comes out, nothing is traded.
//!
//! Closing a unit of a contract frees the marginal maintenance margin at the ask rate of its settlement coin, times the
//! multiple of the margin mode, and takes `clearance fee * mark + taker fee * fill + slippage` out of the coin. Slack is
//! piecewise linear and concave in the share closed: rates of lower brackets are lower, and a coin counts the more the
//! less of it there is. So Newton's method from the left never steps beyond the smallest share that restores compliance,
//! and is exact on its segment.
//!
//! References: Binance, "Liquidation protocols" (smart liquidation: the smallest order that restores compliance) and
//! "Multi-Assets mode: auto-exchange" (assets are sold pro rata; amount = deficit / (1 - haircut)).

use super::Marks;
use crate::scenario::spec::CloseOrderSpec;
use crate::scenario::{Contract, Futures};
use crate::venue::bracket::{self, Tier};

/// Share of maintenance by which a close aims beyond bare compliance, so that rounding does not undo it.
pub const COMPLIANCE_BUFFER: f64 = 0.001;

/// Share of a lot that counts as rounding.
const LOT_ROUNDING: f64 = 1e-9;

/// What to trade, contract and quantity (negative closes a long), so that the account with that row of balances has
/// `equity >= maintenance * multiple * (1 + buffer)` again: contracts in the order of the venue's [`CloseOrderSpec`],
/// each by the smallest amount that suffices, rounded up to whole lots; in full where no amount does. Empty if the account
/// is compliant.
///
/// By contract in its settlement coin: `entry`, the mean entry price of the position ([`CloseOrderSpec::LargestLoss`] alone
/// reads it), and `slippage`, the distance of the fill from the mark, without sign.
#[must_use]
pub fn closes(
    table: &Futures,
    marks: &Marks,
    row: &[f64],
    entry: &[f64],
    slippage: &[f64],
    buffer: f64,
) -> Vec<(usize, f64)> {
    let mut closing = Closing::new(table, marks, row, slippage, buffer);
    if closing.slack(0.0, &[]).0 >= 0.0 {
        return Vec::new();
    }
    let turns = closing.in_order(row, entry);
    // Contracts that close together: all by the same share, or one at a time.
    let together = if table.liquidation.order == CloseOrderSpec::ProRata { turns.len() } else { 1 };
    let mut trades = Vec::with_capacity(turns.len());
    for group in turns.chunks(together.max(1)) {
        let share = closing.smallest_share(group);
        for &contract in group {
            let quantity = closing.close(contract, share);
            if quantity > 0.0 {
                trades.push((contract, -quantity.copysign(row[table.contracts[contract].asset.index()])));
            }
        }
        if share < 1.0 {
            break;
        }
    }
    trades
}

/// Fees on a liquidation order, in the settlement coin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fees {
    /// To the insurance fund: clearance fee times the liquidated notional at the mark.
    pub clearance: f64,
    /// To the exchange: taker fee times the fill.
    pub taker: f64,
}

/// Fees on closing a quantity (without sign) at the price `fill`.
#[must_use]
pub fn fees(terms: &Contract, quantity: f64, mark: f64, fill: f64) -> Fees {
    Fees { clearance: terms.clearance_fee * quantity * mark, taker: terms.liquidation_taker_fee * quantity * fill }
}

/// What to sell, collateral and units, so that `missing` coins of the collateral `into` come in at the index less each
/// asset's auto-exchange haircut: pro rata to value at the index among the other collateral, `deficit / (1 - haircut)` of
/// each; an asset that runs out leaves its part to the others. Less than `missing` comes in only if all is sold. A coin
/// in which contracts settle counts with their value at the mark.
#[must_use]
pub fn exchange_plan(table: &Futures, marks: &Marks, row: &[f64], missing: f64, into: usize) -> Vec<(usize, f64)> {
    let worth = |at: usize| super::coins(table, marks, row, at).max(0.0) * marks.index[at];
    let keeps = |at: usize| 1.0 - table.collateral[at].auto_exchange_haircut;
    let mut for_sale: Vec<(usize, f64)> =
        (0..table.collateral.len()).filter(|at| *at != into).map(|at| (at, worth(at))).collect();
    for_sale.retain(|(_, worth)| *worth > 0.0);
    let mut missing = missing * marks.index[into];
    let mut sold = Vec::with_capacity(for_sale.len());
    while missing > 0.0 && !for_sale.is_empty() {
        let total: f64 = for_sale.iter().map(|(_, worth)| worth).sum();
        let share = missing / total;
        let (short, enough): (Vec<_>, Vec<_>) = for_sale.iter().partition(|(at, _)| share >= keeps(*at));
        if short.is_empty() {
            sold.extend(enough.iter().map(|(at, worth)| (*at, worth * share / keeps(*at) / marks.index[*at])));
            break;
        }
        for (at, worth) in short {
            sold.push((at, worth / marks.index[at]));
            missing -= worth * keeps(at);
        }
        for_sale = enough;
    }
    sold.sort_unstable_by_key(|(at, _)| *at);
    sold
}

/// An account while it is being closed.
struct Closing<'a> {
    table: &'a Futures,
    marks: &'a Marks,
    /// Equity that a unit of maintenance needs.
    multiple: f64,
    /// Maintenance of loans, in the unit of the index.
    loans: f64,
    /// By collateral: coins with profit, less loans.
    coins: Vec<f64>,
    /// By contract: quantity without sign that is still open.
    left: Vec<f64>,
    /// By contract: what closing a unit costs, in its settlement coin.
    costs: Vec<f64>,
}

impl<'a> Closing<'a> {
    fn new(table: &'a Futures, marks: &'a Marks, row: &[f64], slippage: &[f64], buffer: f64) -> Self {
        let quantity = |contract: usize| row[table.contracts[contract].asset.index()];
        let cost = |contract: usize| {
            let (terms, mark) = (&table.contracts[contract], marks.price[contract]);
            let fill = mark - slippage[contract].copysign(quantity(contract));
            let fees = fees(terms, 1.0, mark, fill);
            fees.clearance + fees.taker + slippage[contract]
        };
        let (contracts, collateral) = (0..table.contracts.len(), 0..table.collateral.len());
        let net = |at| super::coins(table, marks, row, at) - super::owed(table, marks, row, at);
        Self {
            table,
            marks,
            multiple: table.margin.equity_per_maintenance() * (1.0 + buffer),
            loans: collateral.clone().map(|at| super::loan_maintenance(table, marks, row, at)).sum(),
            coins: collateral.map(net).collect(),
            left: contracts.clone().map(|contract| quantity(contract).abs()).collect(),
            costs: contracts.map(cost).collect(),
        }
    }

    /// Contracts with a position, the first to be closed first; of equals that listed first.
    fn in_order(&self, row: &[f64], entry: &[f64]) -> Vec<usize> {
        let rank = |contract: usize| {
            let (terms, mark) = (&self.table.contracts[contract], self.marks.price[contract]);
            let (notional, unit) = (self.left[contract] * mark, self.marks.index[terms.settles]);
            match self.table.liquidation.order {
                CloseOrderSpec::LargestMaintenance => {
                    let ask = unit * (1.0 + self.table.collateral[terms.settles].ask_buffer);
                    bracket::maintenance_usd(&terms.tiers, notional) * ask
                }
                CloseOrderSpec::LargestLoss => row[terms.asset.index()] * (entry[contract] - mark) * unit,
                CloseOrderSpec::LargestNotional => notional * unit,
                CloseOrderSpec::ProRata => 0.0,
            }
        };
        let open = (0..self.left.len()).filter(|contract| self.left[*contract] > 0.0);
        let mut ranked: Vec<(usize, f64)> = open.map(|contract| (contract, rank(contract))).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.into_iter().map(|(contract, _)| contract).collect()
    }

    /// Slack when a share of what is left of a group of contracts is closed, and what it gains with more of it.
    fn slack(&self, share: f64, group: &[usize]) -> (f64, f64) {
        let (mut slack, mut gain) = (-self.loans * self.multiple, 0.0);
        for (at, collateral) in self.table.collateral.iter().enumerate() {
            let (mut coins, mut spent, mut maintenance, mut freed) = (self.coins[at], 0.0, 0.0, 0.0);
            for &contract in &collateral.settles {
                let (tiers, mark) = (&self.table.contracts[contract].tiers, self.marks.price[contract]);
                let mut notional = self.left[contract] * mark;
                if notional > 0.0 && group.contains(&contract) {
                    spent += self.left[contract] * self.costs[contract];
                    let whole = notional;
                    notional *= 1.0 - share;
                    freed += whole * marginal_rate(tiers, notional);
                }
                if notional > 0.0 {
                    maintenance += bracket::maintenance_usd(tiers, notional);
                }
            }
            coins -= spent * share;
            let (index, unit) = (self.marks.index[at], self.marks.unit_usd);
            let multiple = index * (1.0 + collateral.ask_buffer) * self.multiple;
            slack += collateral.value(coins * index, unit) - maintenance * multiple;
            gain += freed * multiple - spent * index * collateral.marginal_value(coins * index, unit);
        }
        (slack, gain)
    }

    /// Smallest share of what is left of a group that brings slack to zero; 1 if none does.
    fn smallest_share(&self, group: &[usize]) -> f64 {
        // A pass leaves a bracket or a tier behind: there are never as many.
        const PASSES: usize = 10_000;
        let (mut share, mut gain_before) = (0.0, f64::NAN);
        for _ in 0..PASSES {
            let (slack, gain) = self.slack(share, group);
            // On one segment Newton's step is exact: what is missing then is rounding.
            if slack >= 0.0 || gain == gain_before {
                return share;
            }
            if gain <= 0.0 || share - slack / gain >= 1.0 {
                return 1.0;
            }
            (share, gain_before) = (share - slack / gain, gain);
        }
        panic!("no end to the brackets of contracts {group:?}: share {share}, gain {gain_before}");
    }

    /// Closes a share of what is left of a contract, in whole lots; returns the quantity.
    fn close(&mut self, contract: usize, share: f64) -> f64 {
        let (terms, left) = (&self.table.contracts[contract], self.left[contract]);
        let lots = |quantity: f64| (quantity / terms.lot - LOT_ROUNDING).ceil() * terms.lot;
        let quantity = share * left;
        let quantity = if terms.lot > 0.0 { lots(quantity).min(left) } else { quantity };
        self.left[contract] -= quantity;
        self.coins[terms.settles] -= quantity * self.costs[contract];
        quantity
    }
}

/// Rate of the bracket just below a notional.
fn marginal_rate(tiers: &[Tier], notional: f64) -> f64 {
    let next = tiers.partition_point(|t| t.floor_usd < notional);
    tiers[next.max(1) - 1].rate
}

//! An account (or isolated position) as the margin arithmetic takes it, and its assets and positions line by line.

use super::Summary;
use crate::scenario::account::{Account, Position};
use crate::scenario::{Collateral, MarginMode};
use crate::venue::bracket;
use crate::venue::margin::liquidation::{Crossings, Moving};
use crate::venue::margin::{self, Health, Marks, coins, owed};
use serde::Serialize;

/// Maintenance margins that must stay in a portfolio margin account when something is withdrawn.
const PORTFOLIO_STAYS: f64 = 1.2;

/// An asset of an account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssetLine {
    /// Its name.
    pub asset: String,
    /// Wallet balance, coins.
    pub balance: f64,
    /// Owed, coins.
    pub loan: f64,
    /// Unrealised profit of contracts that settle in it, coins.
    pub unrealised: f64,
    /// Index price, USD.
    pub index_usd: f64,
    /// What a coin of a positive balance counts (in the first tier), USD.
    pub bid_usd: f64,
    /// What a coin of a negative balance counts, USD.
    pub ask_usd: f64,
    /// What it adds to equity, USD.
    pub equity: f64,
    /// Available for orders, coins; none for what no contract settles in.
    pub available: Option<f64>,
    /// Most that can be transferred out, coins.
    pub transfer_out: f64,
}

/// A position of an account, in its settlement asset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PositionLine {
    /// Its contract, in hedge mode its leg.
    pub contract: String,
    /// Contracts; below zero for a short.
    pub quantity: f64,
    /// Mean entry price.
    pub entry: f64,
    /// Mark price.
    pub mark: f64,
    /// Notional at the mark.
    pub notional: f64,
    /// Its bracket, from 1.
    pub bracket: usize,
    /// Maintenance margin rate of that bracket.
    pub rate: f64,
    /// Maintenance margin.
    pub maintenance: f64,
    /// Initial margin at its leverage.
    pub initial: f64,
    /// Unrealised profit.
    pub unrealised: f64,
    /// Mark price below the present one at which the account meets its maintenance margin when this contract alone
    /// moves (both legs of it): it is liquidated there, or compliant again if it is in breach now.
    pub liquidation_below: Option<f64>,
    /// The same above.
    pub liquidation_above: Option<f64>,
    /// Mark price at which the account is worth nothing at the index when this contract alone moves.
    pub bankruptcy: Option<f64>,
}

/// An account as the margin arithmetic takes it.
pub(super) struct Sheet<'a> {
    pub(super) account: &'a Account,
    pub(super) scope: String,
    pub(super) marks: Marks,
    /// Balances by column; those of settlement assets less the entry value of positions.
    pub(super) row: Vec<f64>,
    /// Mean entry prices by contract.
    pub(super) entry: Vec<f64>,
    positions: Vec<Position>,
    balances: Vec<f64>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(
        account: &'a Account,
        scope: String,
        balances: Vec<f64>,
        loans: &[f64],
        positions: Vec<Position>,
    ) -> Self {
        let table = &account.table;
        let mut row = balances.clone();
        row.resize(balances.len() * 2 + table.contracts.len(), 0.0);
        let mut entry = vec![0.0; table.contracts.len()];
        for position in &positions {
            let terms = &table.contracts[position.contract];
            row[terms.asset.index()] = position.quantity;
            row[terms.settles] -= position.quantity * position.entry;
            entry[position.contract] = position.entry;
        }
        for (collateral, owed) in table.collateral.iter().zip(loans) {
            if let Some(loan) = collateral.loan {
                row[loan.debt.index()] = -owed;
            }
        }
        let marks = Marks {
            price: account.marks.clone(),
            funding: vec![0.0; table.contracts.len()],
            index: account.index_usd.clone(),
            debt: vec![1.0; balances.len()],
            unit_usd: 1.0,
        };
        Self { account, scope, marks, row, entry, positions, balances }
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.row.iter().all(|balance| *balance == 0.0)
    }

    pub(super) fn health(&self) -> Health {
        margin::health(&self.account.table, &self.marks, &self.row)
    }

    /// Initial margin of the positions at the ask rate of their settlement assets, USD.
    pub(super) fn initial(&self) -> f64 {
        let of = |position: &Position| {
            let settles = self.account.table.contracts[position.contract].settles;
            let ask_buffer = self.account.table.collateral[settles].ask_buffer;
            self.notional(position) / position.leverage * self.marks.index[settles] * (1.0 + ask_buffer)
        };
        self.positions.iter().map(of).sum()
    }

    fn notional(&self, position: &Position) -> f64 {
        position.quantity.abs() * self.marks.price[position.contract]
    }

    /// Price of a coin: the index of the asset of that name, or else the mark of its first contract.
    pub(super) fn coin_price(&self, coin: &str, moving: &Moving) -> Option<f64> {
        let asset = self.account.assets.iter().position(|asset| asset == coin);
        let contract = || moving.contracts.first().map(|contract| self.marks.price[*contract]);
        asset.map(|at| self.marks.index[at]).or_else(contract)
    }

    pub(super) fn assets(&self, summary: &Summary) -> Vec<AssetLine> {
        let room = match self.account.table.margin {
            MarginMode::MultiAssets | MarginMode::SingleAsset => summary.available,
            MarginMode::Portfolio { .. } => (summary.equity - PORTFOLIO_STAYS * summary.maintenance).max(0.0),
        };
        (0..self.account.assets.len()).map(|at| self.asset(at, summary, room)).collect()
    }

    /// `room` is what equity can be spared.
    fn asset(&self, at: usize, summary: &Summary, room: f64) -> AssetLine {
        let (table, index) = (&self.account.table, self.marks.index[at]);
        let (collateral, balance) = (&table.collateral[at], self.balances[at]);
        let (held, loan) = (coins(table, &self.marks, &self.row, at), owed(table, &self.marks, &self.row, at));
        let (unrealised, net) = (held - balance, held - loan);
        let ask_usd = index * (1.0 + collateral.ask_buffer);
        // Unrealised profit is not transferred; unrealised losses and loans stay covered by the coin itself.
        let most = balance.min(net).max(0.0);
        let left = worth_of(collateral, (collateral.value(net * index, 1.0) - room).max(0.0)) / index;
        AssetLine {
            asset: self.account.assets[at].clone(),
            balance,
            loan,
            unrealised,
            index_usd: index,
            bid_usd: index * collateral.ratios[0].ratio,
            ask_usd,
            equity: collateral.value(net * index, 1.0),
            available: collateral.is_settlement().then(|| summary.available / ask_usd),
            transfer_out: most.min(net - left).max(0.0),
        }
    }

    pub(super) fn positions(
        &self,
        moves: &impl Fn(&Moving) -> Crossings,
        bankruptcy: impl Fn(usize) -> Option<f64>,
    ) -> Vec<PositionLine> {
        let line = |position: &Position| {
            let contract = position.contract;
            let (terms, mark) = (&self.account.table.contracts[contract], self.marks.price[contract]);
            let notional = self.notional(position);
            let tier = bracket::tier(&terms.tiers, notional);
            let found = moves(&Moving::contract(&self.account.table, contract));
            PositionLine {
                contract: terms.name.clone(),
                quantity: position.quantity,
                entry: position.entry,
                mark,
                notional,
                bracket: terms.tiers.iter().position(|t| t == tier).map_or(0, |at| at + 1),
                rate: tier.rate,
                maintenance: bracket::maintenance_usd(&terms.tiers, notional),
                initial: notional / position.leverage,
                unrealised: position.quantity * (mark - position.entry),
                liquidation_below: found.below.map(|factor| factor * mark),
                liquidation_above: found.above.map(|factor| factor * mark),
                bankruptcy: bankruptcy(contract),
            }
        };
        self.positions.iter().map(line).collect()
    }
}

/// Worth at the index of which a collateral's value as margin is `value`, zero or more: the least, where several are.
fn worth_of(collateral: &Collateral, value: f64) -> f64 {
    let (mut left, mut from) = (value, 0.0);
    for tier in &collateral.ratios {
        let width = tier.up_to_usd - from;
        if tier.ratio == 0.0 || left <= width * tier.ratio {
            return from + if tier.ratio > 0.0 { left / tier.ratio } else { 0.0 };
        }
        left -= width * tier.ratio;
        from = tier.up_to_usd;
    }
    from
}

//! Margin arithmetic of a futures account. Pure: a venue's terms, its marks and a row of balances in, numbers out; the
//! engine, the opening and the calculator all use this one copy.
//!
//! Of each collateral asset an account has `x = balance - loan + unrealised profit of the contracts that settle in it`.
//! Equity is the sum of `min(x * bid, x * ask)`, where `bid = index * ratio` and `ask = index * (1 + ask buffer)`;
//! maintenance is that of the positions at the ask of their settlement coin, and that of the loans. An account is
//! liquidated when equity is not above maintenance times the multiple of the venue's margin mode (1, or the
//! liquidation uniMMR of portfolio margin).
//!
//! References: Binance, "How to calculate margin ratio in the multi-assets mode" and "Portfolio margin: unified
//! maintenance margin ratio".

pub mod close;
pub mod exchange;
pub mod liquidation;

use super::bracket::{self, Tier};
use crate::scenario::Futures;

/// What a venue publishes: everything a margin calculation needs beside balances. Prices and funding by contract in its
/// settlement coin; the rest by collateral.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Mark price.
    pub price: Vec<f64>,
    /// Cumulative funding paid by a long of one contract.
    pub funding: Vec<f64>,
    /// Index, in the unit in which equity is counted.
    pub index: Vec<f64>,
    /// Coins owed per unit of debt.
    pub debt: Vec<f64>,
    /// USD value of the unit in which equity is counted.
    pub unit_usd: f64,
}

impl Marks {
    /// Marks of a venue before anything is published.
    #[must_use]
    pub fn new(table: &Futures) -> Self {
        let (contracts, collateral) = (table.contracts.len(), table.collateral.len());
        Self {
            price: vec![0.0; contracts],
            funding: vec![0.0; contracts],
            index: vec![0.0; collateral],
            debt: vec![1.0; collateral],
            unit_usd: 1.0,
        }
    }
}

/// Equity and maintenance margin of an account, in the unit of the index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Health {
    /// Margin balance after haircuts.
    pub equity: f64,
    /// Maintenance margin of positions and loans.
    pub maintenance: f64,
    /// Notional, longs and shorts added.
    pub notional: f64,
    /// Equity that a unit of maintenance needs.
    pub equity_per_maintenance: f64,
}

impl Health {
    /// Maintenance over equity; infinite when there is something to maintain and no equity.
    #[must_use]
    pub fn margin_ratio(&self) -> f64 {
        if self.maintenance == 0.0 {
            0.0
        } else if self.equity <= 0.0 {
            f64::INFINITY
        } else {
            self.maintenance / self.equity
        }
    }

    /// What is left of the equity when the maintenance is met; below zero the account is liquidated.
    #[must_use]
    pub fn slack(&self) -> f64 {
        self.equity - self.maintenance * self.equity_per_maintenance
    }

    /// Whether the venue liquidates: there is something to maintain and equity is not above what that needs.
    #[must_use]
    pub fn is_breached(&self) -> bool {
        self.maintenance > 0.0 && self.slack() <= 0.0
    }

    /// Whether maintenance has reached that share of equity.
    #[must_use]
    pub fn is_beyond(&self, ratio: f64) -> bool {
        self.maintenance > 0.0 && self.maintenance >= self.equity * ratio
    }
}

/// Equity and maintenance margin of the account with that row of balances.
#[must_use]
pub fn health(table: &Futures, marks: &Marks, row: &[f64]) -> Health {
    let equity_per_maintenance = table.margin.equity_per_maintenance();
    let mut health = Health { equity: 0.0, maintenance: 0.0, notional: 0.0, equity_per_maintenance };
    for (at, collateral) in table.collateral.iter().enumerate() {
        let (index, mut maintenance) = (marks.index[at], 0.0);
        for &contract in &collateral.settles {
            let terms = &table.contracts[contract];
            let quantity = row[terms.asset.index()];
            if quantity != 0.0 {
                let notional = quantity.abs() * marks.price[contract];
                maintenance += bracket::maintenance_usd(&terms.tiers, notional);
                health.notional += notional * index;
            }
        }
        health.maintenance += maintenance * index * (1.0 + collateral.ask_buffer);
        health.maintenance += loan_maintenance(table, marks, row, at);
        let x = coins(table, marks, row, at) - owed(table, marks, row, at);
        if x != 0.0 {
            health.equity += collateral.value(x * index, marks.unit_usd);
        }
    }
    health
}

/// Coins of a collateral that an account has, with the value at the mark of the contracts that settle in it.
#[must_use]
pub fn coins(table: &Futures, marks: &Marks, row: &[f64], collateral: usize) -> f64 {
    let terms = &table.collateral[collateral];
    let mut coins = row[terms.asset.index()];
    for &contract in &terms.settles {
        let quantity = row[table.contracts[contract].asset.index()];
        if quantity != 0.0 {
            coins += quantity * (marks.price[contract] - marks.funding[contract]);
        }
    }
    coins
}

/// Coins of a collateral that an account owes.
#[must_use]
pub fn owed(table: &Futures, marks: &Marks, row: &[f64], collateral: usize) -> f64 {
    table.collateral[collateral].loan.map_or(0.0, |loan| -row[loan.debt.index()] * marks.debt[collateral])
}

/// Maintenance margin of an account's loan of a collateral, in the unit of the index.
#[must_use]
pub fn loan_maintenance(table: &Futures, marks: &Marks, row: &[f64], collateral: usize) -> f64 {
    let rate = table.collateral[collateral].loan.map_or(0.0, |loan| loan.maintenance);
    owed(table, marks, row, collateral) * marks.index[collateral] * rate
}

/// Largest notional that an equity can open under the brackets' leverage limits.
#[must_use]
pub fn largest_notional(tiers: &[Tier], equity: f64) -> f64 {
    tiers
        .iter()
        .filter(|t| equity * t.max_leverage >= t.floor_usd)
        .map(|t| (equity * t.max_leverage).min(t.cap_usd))
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiers() -> Vec<Tier> {
        [
            (0.0, 50e3, 125.0, 0.004, 0.0),
            (50e3, 250e3, 100.0, 0.005, 50.0),
            (250e3, 1e6, 50.0, 0.01, 1300.0),
            (1e6, 1e7, 20.0, 0.025, 16300.0),
        ]
        .map(|(floor_usd, cap_usd, max_leverage, rate, cum_usd)| Tier {
            floor_usd,
            cap_usd,
            max_leverage,
            rate,
            cum_usd,
        })
        .to_vec()
    }

    #[test]
    fn largest_notional_respects_the_leverage_of_its_bracket() {
        assert_eq!(largest_notional(&tiers(), 100.0), 12_500.0);
        assert_eq!(largest_notional(&tiers(), 1000.0), 100_000.0);
        assert_eq!(largest_notional(&tiers(), 10_000.0), 500_000.0);
    }
}

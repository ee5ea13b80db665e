//! Liquidation prices: how far some prices can move together before slack, `equity - maintenance * multiple`, is zero.
//!
//! When the marks of contracts and the index of collateral are multiplied by a common factor f, slack is piecewise linear
//! in f: maintenance bends at the floors of brackets, equity where a coin's balance with profit changes its sign or
//! leaves a collateral tier. All bends are known, [`super::health`] gives slack at each, and the line between two is
//! solved. It is concave as well: rates rise with the notional and shares fall with the amount, so an account is
//! compliant within one interval of f, and there is at most one liquidation price on each side. With one contract that
//! moves this is the exchange's own formula, tried in every bracket:
//! `LP = (WB - TMM1 + UPNL1 + cum - side * q * entry) / (q * rate - side * q)`.
//!
//! Reference: Binance, "How to calculate the liquidation price of USD-M futures contracts".

use super::{Health, Marks, coins, health, owed};
use crate::id::CoinId;
use crate::scenario::Futures;

/// What moves together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moving {
    /// Contracts whose mark moves, positions in the venue's list; both legs of one in hedge mode.
    pub contracts: Vec<usize>,
    /// Collateral whose index moves. No contract that moves may settle in it: slack would be quadratic.
    pub collateral: Vec<usize>,
}

impl Moving {
    /// One contract, with its other leg in hedge mode.
    #[must_use]
    pub fn contract(table: &Futures, contract: usize) -> Self {
        let listing = &table.contracts[contract].listing;
        let contracts = (0..table.contracts.len()).filter(|i| table.contracts[*i].listing == *listing).collect();
        Self { contracts, collateral: Vec::new() }
    }

    /// One collateral.
    #[must_use]
    pub fn collateral(collateral: usize) -> Self {
        Self { contracts: Vec::new(), collateral: vec![collateral] }
    }

    /// A coin: its contracts and what of the collateral is on it; `on` says the coin of each collateral. Contracts on a
    /// coin that settle in that very coin do not move: their price in it is one.
    #[must_use]
    pub fn coin(table: &Futures, on: &[CoinId], coin: CoinId) -> Self {
        let settles_in_it = |contract: usize| on[table.contracts[contract].settles] == coin;
        let is_on = |contract: &usize| table.contracts[*contract].coin == coin && !settles_in_it(*contract);
        Self {
            contracts: (0..table.contracts.len()).filter(is_on).collect(),
            collateral: (0..on.len()).filter(|at| on[*at] == coin).collect(),
        }
    }

    /// The marks when it has moved by a factor.
    #[must_use]
    pub fn moved(&self, marks: &Marks, factor: f64) -> Marks {
        let mut moved = marks.clone();
        self.contracts.iter().for_each(|contract| moved.price[*contract] *= factor);
        self.collateral.iter().for_each(|at| moved.index[*at] *= factor);
        moved
    }
}

/// The factors nearest to 1, below and above, at which slack is zero. For a compliant account they are where it is
/// liquidated; for a breached one, where it would be compliant again (at most one of the two).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Crossings {
    /// Below 1; none if there is none above 0.
    pub below: Option<f64>,
    /// Above 1.
    pub above: Option<f64>,
}

/// Where an account meets its maintenance margin when something moves. None for one without positions and loans.
#[must_use]
pub fn crossings(table: &Futures, marks: &Marks, row: &[f64], moving: &Moving) -> Crossings {
    let at = |factor: f64| health(table, &moving.moved(marks, factor), row);
    let now = at(1.0);
    if now.maintenance <= 0.0 {
        return Crossings::default();
    }
    let slack = |factor: f64| at(factor).slack();
    let mut bends = bends(table, marks, row, moving);
    bends.retain(|bend| *bend > 0.0 && bend.is_finite());
    bends.sort_by(f64::total_cmp);
    let last = bends.last().map_or(1.0, |bend| bend.max(1.0));
    let below = bends.iter().rev().copied().filter(|bend| *bend < 1.0).chain([0.0]);
    let above = bends.iter().copied().filter(|bend| *bend > 1.0).chain([2.0 * last]);
    Crossings {
        below: first_change(&slack, now, below).filter(|factor| *factor > 0.0),
        above: first_change(&slack, now, above).or_else(|| beyond(&slack, now, last)),
    }
}

/// Whether slack is on the other side than now.
fn is_changed(now: Health, slack: f64) -> bool {
    (slack > 0.0) != (now.slack() > 0.0)
}

/// Walks from 1 over the bends; solves the first segment on which slack changes its side.
fn first_change(slack: &impl Fn(f64) -> f64, now: Health, bends: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut from, mut before) = (1.0, now.slack());
    for bend in bends {
        let after = slack(bend);
        if is_changed(now, after) {
            return Some(solved(slack, (from, before), (bend, after)));
        }
        (from, before) = (bend, after);
    }
    None
}

/// The zero of the last segment, which has no end.
fn beyond(slack: &impl Fn(f64) -> f64, now: Health, last: f64) -> Option<f64> {
    let (near, far) = ((last, slack(last)), (2.0 * last, slack(2.0 * last)));
    let slope = (far.1 - near.1) / last;
    let leads_there = if now.slack() > 0.0 { slope < 0.0 } else { slope > 0.0 };
    leads_there.then(|| solved(slack, near, far))
}

/// The zero of the line through two points, put right once for the rounding of long segments.
fn solved(slack: &impl Fn(f64) -> f64, a: (f64, f64), b: (f64, f64)) -> f64 {
    let slope = (b.1 - a.1) / (b.0 - a.0);
    let root = if a.1.abs() < b.1.abs() { a.0 - a.1 / slope } else { b.0 - b.1 / slope };
    root - slack(root) / slope
}

/// Factors at which slack bends.
fn bends(table: &Futures, marks: &Marks, row: &[f64], moving: &Moving) -> Vec<f64> {
    let mut bends = Vec::new();
    for &contract in &moving.contracts {
        let terms = &table.contracts[contract];
        let notional = row[terms.asset.index()].abs() * marks.price[contract];
        bends.extend(terms.tiers.iter().map(|tier| tier.floor_usd / notional));
    }
    let (start, end) = (moving.moved(marks, 0.0), moving.moved(marks, 1.0));
    for (at, collateral) in table.collateral.iter().enumerate() {
        let worth = |marks: &Marks| (coins(table, marks, row, at) - owed(table, marks, row, at)) * marks.index[at];
        let (from, to) = (worth(&start), worth(&end));
        let edges = collateral.ratios.iter().map(|tier| tier.up_to_usd / marks.unit_usd);
        bends.extend([0.0].into_iter().chain(edges).map(|edge| (edge - from) / (to - from)));
    }
    bends
}

/// Price of a contract at which the account is worth nothing, all at the index without haircuts and buffers, when that
/// mark alone moves. None if no price above 0 does that.
#[must_use]
pub fn bankruptcy_price(table: &Futures, marks: &Marks, row: &[f64], contract: usize) -> Option<f64> {
    let moving = Moving::contract(table, contract);
    let start = worth(table, &moving.moved(marks, 0.0), row);
    let slope = worth(table, marks, row) - start;
    Some(-start / slope * marks.price[contract]).filter(|price| price.is_finite() && *price > 0.0)
}

/// What an account is worth at the index, without haircuts and buffers, in the unit of the index.
#[must_use]
pub fn worth(table: &Futures, marks: &Marks, row: &[f64]) -> f64 {
    let of = |at: usize| (coins(table, marks, row, at) - owed(table, marks, row, at)) * marks.index[at];
    (0..table.collateral.len()).map(of).sum()
}

/// Whether orders whose fills cost that much against the marks leave an account solvent: they fill above its bankruptcy
/// price. Below it they are not sent, and the fund takes over instead. `cost` is in the unit of the index.
#[must_use]
pub fn stays_solvent(table: &Futures, marks: &Marks, row: &[f64], cost: f64) -> bool {
    worth(table, marks, row) >= cost
}

/// What an account pays of a fee in the coin of a collateral: it cannot pay more than it is worth.
#[must_use]
pub fn payable(table: &Futures, marks: &Marks, row: &[f64], collateral: usize, fee: f64) -> f64 {
    fee.min(worth(table, marks, row) / marks.index[collateral]).max(0.0)
}

/// What an account owes on loans at the index, in the unit of the index.
#[must_use]
pub fn loans(table: &Futures, marks: &Marks, row: &[f64]) -> f64 {
    (0..table.collateral.len()).map(|at| owed(table, marks, row, at) * marks.index[at]).sum()
}

/// What the positions of an account that is taken over give up in all: what it is worth, or if that is below zero what
/// it is worth without its loans. A loan is no loss of the positions: what collateral does not repay of it is for the
/// fund and the lender. Arguments and result in one unit.
#[must_use]
pub fn given_up(worth: f64, loans: f64) -> f64 {
    if worth < 0.0 { (worth + loans).min(0.0) } else { worth }
}

/// Price at which a fund takes a position over, one of several with the notional `notional` in all that give up
/// [`given_up`] together, each its share of the notional: the bankruptcy price. Never below zero.
#[must_use]
pub fn takeover_price(mark: f64, quantity: f64, given_up: f64, notional: f64) -> f64 {
    (mark * (1.0 - quantity.signum() * given_up / notional)).max(0.0)
}

//! Finding the accounts that have crossed a line, without looking at the others.
//!
//! Between events an account's slack is bounded below by an affine function of the venue's marks, exact but for accounts
//! that straddle brackets. Rows with the same marks and signs form a group, sorted by their *safe distance*: the relative
//! move of those marks, in the harmful direction, that it takes to use up the slack. A search sweeps only the front of
//! each group, as far as the marks have moved since the lowering, and asks the venue's own arithmetic about what it
//! finds. Rows of accounts that have changed since the opening live in a small overlay of the path.
//!
//! [`Search::Plain`] asks the venue about every account: the oracle that the pruned search is tested against.

use crate::id::AccountId;
use crate::population::Population;
use crate::scenario::{Place, Scenario};
use crate::venue::{bracket, margin};
use crate::world::World;

/// What a watch waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The venue closes the account out.
    Liquidation,
    /// The owner acts: a top-up of margin, a repayment of a loan.
    Owner,
}

/// How to search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Search {
    /// By safe distance.
    #[default]
    Pruned,
    /// Every account, by the venue's own arithmetic.
    Plain,
}

/// Prices within these multiples of the price at lowering are covered by a row's bound.
const BAND: (f64, f64) = (0.4, 2.0);

/// Cumulative funding, as a share of the price, covered by a row's bound.
const FUNDING_BAND: f64 = 0.02;

/// A line that the accounts at one place can cross.
#[derive(Clone, Debug)]
pub struct Watch {
    place: Place,
    trigger: Trigger,
    lowered: Lowered,
}

/// The rows of a watch at some marks.
#[derive(Clone, Debug)]
struct Lowered {
    base: Vec<f64>,
    bounds: Bounds,
    groups: Vec<Group>,
}

/// Mark price and cumulative funding of each contract at the lowering: the middle of the bands in which bounds hold.
#[derive(Clone, Debug, Default)]
struct Bounds {
    price: Vec<f64>,
    funding: Vec<f64>,
}

/// Rows that depend on the same marks with the same signs, by rising safe distance.
#[derive(Clone, Debug)]
struct Group {
    /// Mark and whether the slack rises with it.
    marks: Vec<(usize, bool)>,
    accounts: Vec<AccountId>,
    safe_distance: Vec<f64>,
    constants: Vec<f64>,
    /// Slopes by mark, in the order of `marks`.
    slopes: Vec<Vec<f64>>,
}

/// A lower bound of an account's slack: `constant + sum slope * mark`.
#[derive(Clone, Debug)]
struct Row {
    constant: f64,
    slopes: Vec<(usize, f64)>,
}

/// What a path adds to a watch.
#[derive(Clone, Debug, Default)]
pub struct WatchState {
    overlay: Vec<(AccountId, Option<Row>)>,
    slot: Vec<u32>,
    marks: Vec<f64>,
    relowered: Option<Box<Lowered>>,
}

const NO_SLOT: u32 = u32::MAX;

impl WatchState {
    /// Nothing has changed yet.
    #[must_use]
    pub fn new(population: &Population) -> Self {
        Self { slot: vec![NO_SLOT; population.accounts.len()], ..Self::default() }
    }

    /// Back to nothing changed.
    pub fn reset(&mut self) {
        for (account, _) in self.overlay.drain(..) {
            self.slot[account.index()] = NO_SLOT;
        }
        self.relowered = None;
    }
}

impl Watch {
    /// Lowers all accounts at a place, at the marks and balances of the world now.
    #[must_use]
    pub fn new(world: &World, place: Place, trigger: Trigger) -> Self {
        Self { place, trigger, lowered: lower_all(world, place, trigger) }
    }

    /// Where it watches.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// What it waits for.
    #[must_use]
    pub fn trigger(&self) -> Trigger {
        self.trigger
    }

    /// Takes note of accounts whose balances have changed.
    pub fn note(&self, world: &World, state: &mut WatchState, changed: &[AccountId]) {
        for &account in changed {
            if world.population.accounts[account.index()].place != self.place {
                continue;
            }
            let bounds = &state.relowered.as_deref().unwrap_or(&self.lowered).bounds;
            let row = lower(world, self.place, self.trigger, account, bounds);
            let slot = state.slot[account.index()];
            if slot == NO_SLOT {
                state.slot[account.index()] = state.overlay.len() as u32;
                state.overlay.push((account, row));
            } else {
                state.overlay[slot as usize].1 = row;
            }
        }
    }

    /// Accounts that have crossed the line at the marks published last, in order of account.
    pub fn find(&self, world: &World, state: &mut WatchState, search: Search) -> Vec<AccountId> {
        let mut found = if search == Search::Plain { self.plain(world) } else { self.pruned(world, state) };
        found.sort_unstable();
        found
    }

    fn plain(&self, world: &World) -> Vec<AccountId> {
        let accounts = world.population.accounts.iter().enumerate();
        accounts
            .filter(|(_, a)| a.place == self.place)
            .map(|(i, _)| AccountId::at(i))
            .filter(|a| has_crossed(world, self.place, self.trigger, *a))
            .collect()
    }

    fn pruned(&self, world: &World, state: &mut WatchState) -> Vec<AccountId> {
        let mut marks = std::mem::take(&mut state.marks);
        read_marks(world, self.place, &mut marks);
        let lowered = state.relowered.as_deref().unwrap_or(&self.lowered);
        if !lowered.bounds.cover(world, self.place) {
            state.reset();
            state.relowered = Some(Box::new(lower_all(world, self.place, self.trigger)));
        }
        let lowered = state.relowered.as_deref().unwrap_or(&self.lowered);
        let mut found = Vec::new();
        for group in &lowered.groups {
            let front = group.front(&lowered.base, &marks);
            group.sweep(front, &marks, |account| {
                if state.slot[account.index()] == NO_SLOT && has_crossed(world, self.place, self.trigger, account) {
                    found.push(account);
                }
            });
        }
        for (account, row) in &state.overlay {
            let Some(row) = row else { continue };
            if row.at(&marks) <= 0.0 && has_crossed(world, self.place, self.trigger, *account) {
                found.push(*account);
            }
        }
        state.marks = marks;
        found
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.lowered.groups.iter().map(|g| g.accounts.len()).sum()
    }

    /// Sweeps every row at the marks of the world and counts those whose bound is used up: the plain sweep of columns,
    /// for the benchmark.
    #[must_use]
    pub fn sweep_all(&self, world: &World) -> usize {
        let mut marks = Vec::new();
        read_marks(world, self.place, &mut marks);
        let mut count = 0;
        for group in &self.lowered.groups {
            group.sweep(group.accounts.len(), &marks, |_| count += 1);
        }
        count
    }
}

impl Row {
    fn at(&self, marks: &[f64]) -> f64 {
        self.slopes.iter().fold(self.constant, |sum, (mark, slope)| sum + slope * marks[*mark])
    }
}

impl Bounds {
    fn now(world: &World, place: Place) -> Self {
        match place {
            Place::Futures(venue) => {
                Self { price: world.futures[venue].price.clone(), funding: world.futures[venue].funding.clone() }
            }
            _ => Self::default(),
        }
    }

    /// Whether prices and funding are still within the bands.
    fn cover(&self, world: &World, place: Place) -> bool {
        let Place::Futures(venue) = place else { return true };
        let state = &world.futures[venue];
        let in_band = |i: usize| {
            let moved = state.price[i] / self.price[i];
            let funding = (state.funding[i] - self.funding[i]).abs();
            moved > BAND.0 && moved < BAND.1 && funding < FUNDING_BAND * self.price[i]
        };
        (0..self.price.len()).all(in_band)
    }
}

impl Group {
    /// How many rows at the front the marks can have reached.
    fn front(&self, base: &[f64], marks: &[f64]) -> usize {
        let harm = |&(mark, rises): &(usize, bool)| {
            let moved = marks[mark] / base[mark] - 1.0;
            if rises { -moved } else { moved }
        };
        let distance = self.marks.iter().map(harm).fold(0.0, f64::max) * (1.0 + 1e-9) + 1e-12;
        self.safe_distance.partition_point(|d| *d <= distance)
    }

    /// Visits the first `rows` rows whose bound is not above zero.
    fn sweep(&self, rows: usize, marks: &[f64], mut visit: impl FnMut(AccountId)) {
        const BLOCK: usize = 256;
        let mut slack = [0.0; BLOCK];
        for start in (0..rows).step_by(BLOCK) {
            let end = (start + BLOCK).min(rows);
            let slack = &mut slack[..end - start];
            slack.copy_from_slice(&self.constants[start..end]);
            for ((mark, _), slopes) in self.marks.iter().zip(&self.slopes) {
                add_scaled(slack, &slopes[start..end], marks[*mark]);
            }
            if lowest(slack) <= 0.0 {
                for (i, _) in slack.iter().enumerate().filter(|(_, s)| **s <= 0.0) {
                    visit(self.accounts[start + i]);
                }
            }
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx2", "aarch64+neon"))]
fn add_scaled(slack: &mut [f64], slopes: &[f64], mark: f64) {
    for (slack, slope) in slack.iter_mut().zip(slopes) {
        *slack += slope * mark;
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx2", "aarch64+neon"))]
fn lowest(slack: &[f64]) -> f64 {
    let mut lanes = [f64::INFINITY; 8];
    let chunks = slack.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = if *x < *lane { *x } else { *lane };
        }
    }
    lanes.iter().chain(rest).fold(f64::INFINITY, |low, x| if *x < low { *x } else { low })
}

/// The marks that rows at a place depend on. Futures: contracts net of funding, then collateral indices, in settlement
/// coin. Pools: receipts, coins and debts of each reserve, in USD.
fn read_marks(world: &World, place: Place, marks: &mut Vec<f64>) {
    marks.clear();
    match place {
        Place::Futures(venue) => {
            let state = &world.futures[venue];
            marks.extend(state.price.iter().zip(&state.funding).map(|(price, funding)| price - funding));
            marks.extend(&state.index);
        }
        Place::Pool(pool) => {
            for reserve in &world.scenario.pools[pool].reserves {
                let coin = world.mark(world.coin_asset(reserve.coin));
                marks.extend([world.mark(reserve.receipt), coin, world.mark(reserve.debt)]);
            }
        }
        Place::Wallet => {}
    }
}

fn lower_all(world: &World, place: Place, trigger: Trigger) -> Lowered {
    let mut base = Vec::new();
    read_marks(world, place, &mut base);
    let bounds = Bounds::now(world, place);
    let mut rows: Vec<Placed> = Vec::new();
    for (i, _) in world.population.accounts.iter().enumerate().filter(|(_, a)| a.place == place) {
        let account = AccountId::at(i);
        if let Some(row) = lower(world, place, trigger, account, &bounds) {
            let reach: f64 = row.slopes.iter().map(|(mark, slope)| slope.abs() * base[*mark]).sum();
            let distance = if reach > 0.0 { row.at(&base) / reach } else { f64::INFINITY };
            let marks = row.slopes.iter().map(|(mark, slope)| (*mark, *slope > 0.0)).collect();
            rows.push(Placed { marks, distance, account, row });
        }
    }
    rows.sort_by(|a, b| a.marks.cmp(&b.marks).then(a.distance.total_cmp(&b.distance)).then(a.account.cmp(&b.account)));
    let groups = rows.chunk_by(|a, b| a.marks == b.marks).map(group_of).collect();
    Lowered { base, bounds, groups }
}

/// A row and its place among the rows.
struct Placed {
    marks: Vec<(usize, bool)>,
    distance: f64,
    account: AccountId,
    row: Row,
}

fn group_of(rows: &[Placed]) -> Group {
    let marks = rows[0].marks.clone();
    Group {
        accounts: rows.iter().map(|r| r.account).collect(),
        safe_distance: rows.iter().map(|r| r.distance).collect(),
        constants: rows.iter().map(|r| r.row.constant).collect(),
        slopes: (0..marks.len()).map(|i| rows.iter().map(|r| r.row.slopes[i].1).collect()).collect(),
        marks,
    }
}

/// The owner's own line at a place, as a share of equity (futures) or of collateral (pools); none if not watched.
fn line(world: &World, place: Place, trigger: Trigger, account: AccountId) -> Option<f64> {
    let scenario: &Scenario = world.scenario;
    match (place, trigger) {
        (Place::Futures(_), Trigger::Liquidation) => Some(1.0),
        (Place::Pool(pool), Trigger::Liquidation) => scenario.pools[pool].loans.map(|l| l.liquidation_ltv.get()),
        (Place::Wallet, _) => None,
        (_, Trigger::Owner) => {
            let owner = world.population.owner_of(account)?;
            let top_up = scenario.cohorts[world.population.owners[owner.index()].cohort.index()].top_up?;
            match place {
                Place::Pool(pool) => scenario.pools[pool].loans.map(|l| l.margin_call_ltv.get()),
                _ => Some(top_up.at_margin_ratio.get()),
            }
        }
    }
}

/// Whether an account has crossed its line, by the venue's own arithmetic.
fn has_crossed(world: &World, place: Place, trigger: Trigger, account: AccountId) -> bool {
    let Some(line) = line(world, place, trigger, account) else { return false };
    match place {
        Place::Futures(venue) => world.health(venue, account).is_beyond(line),
        Place::Pool(pool) => {
            let (collateral, debt) = world.loan_position(pool, account);
            debt > 0.0 && debt >= collateral * line
        }
        Place::Wallet => false,
    }
}

fn lower(world: &World, place: Place, trigger: Trigger, account: AccountId, bounds: &Bounds) -> Option<Row> {
    let line = line(world, place, trigger, account)?;
    match place {
        Place::Futures(venue) => lower_margin(world, venue, account, line, bounds),
        Place::Pool(pool) => lower_loan(world, pool, account, line),
        Place::Wallet => None,
    }
}

/// `line * equity - maintenance`. Maintenance, convex in the price, is bounded by its chord over the band; the
/// settlement coin's `min(bid, ask)` by its largest possible balance.
fn lower_margin(world: &World, venue: usize, account: AccountId, line: f64, bounds: &Bounds) -> Option<Row> {
    let table = &world.scenario.futures[venue];
    let row = world.ledger.row(account);
    let settlement = world.settlement(venue);
    let ratio = table.collateral.iter().find(|c| c.asset == settlement).map_or(1.0, |c| c.ratio);
    let mut slopes = Vec::new();
    let cash = row[settlement.index()];
    let (mut constant, mut turnover) = (line * cash, cash.abs());
    for (i, contract) in table.contracts.iter().enumerate() {
        let quantity = row[contract.asset.index()];
        if quantity == 0.0 {
            continue;
        }
        let (size, price) = (quantity.abs(), bounds.price[i]);
        let (low, high) = (BAND.0 * price, BAND.1 * price);
        let at = |p: f64| bracket::maintenance_usd(&contract.tiers, size * p) * (2.0 - ratio);
        let chord = (at(high) - at(low)) / (high - low);
        let funding = bounds.funding[i] + FUNDING_BAND * price;
        constant -= at(low) - chord * low + chord * funding;
        slopes.push((i, line * quantity - chord));
        turnover += size * high;
    }
    if slopes.is_empty() {
        return None;
    }
    constant -= line * (1.0 - ratio) * turnover;
    for (i, collateral) in table.collateral.iter().enumerate().filter(|(_, c)| c.asset != settlement) {
        let balance = row[collateral.asset.index()];
        if balance != 0.0 {
            slopes.push((table.contracts.len() + i, line * margin::collateral_value(balance, 1.0, collateral.ratio)));
        }
    }
    Some(Row { constant, slopes })
}

/// `line * collateral - debt`.
fn lower_loan(world: &World, pool: usize, account: AccountId, line: f64) -> Option<Row> {
    let row = world.ledger.row(account);
    let mut slopes = Vec::new();
    let mut owes = false;
    for (i, reserve) in world.scenario.pools[pool].reserves.iter().enumerate() {
        let coin = world.coin_asset(reserve.coin);
        for (k, asset, weight) in [(0, reserve.receipt, line), (1, coin, line), (2, reserve.debt, 1.0)] {
            let balance = row[asset.index()];
            if balance != 0.0 {
                slopes.push((3 * i + k, weight * balance));
                owes |= k == 2 && balance < 0.0;
            }
        }
    }
    owes.then_some(Row { constant: 0.0, slopes })
}

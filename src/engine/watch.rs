//! Finding the accounts that have crossed a line, without looking at the others.
//!
//! Between events an account's slack is bounded below by an affine function of the venue's marks, exact but for accounts
//! that straddle brackets. Rows with the same marks and signs form a group, sorted by their *safe distance*: the relative
//! move of those marks, in the harmful direction, that it takes to use up the slack. A search sweeps only the front of
//! each group, as far as the marks have moved since the lowering ([`columns`]), and asks the venue's own arithmetic about
//! what it finds. Rows of accounts that have changed since the opening are struck out for the path; those that still can
//! cross live in a small overlay of it.
//!
//! [`Search::Plain`] asks the venue about every account: the oracle that the pruned search is tested against.

mod columns;

use crate::id::AccountId;
use crate::population::Population;
use crate::scenario::{Collateral, Place, Scenario};
use crate::venue::bracket;
use crate::venue::margin::Marks;
use crate::world::World;
use columns::{Columns, Left, Placed};

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
    columns: Columns,
}

/// Mark price and cumulative funding of each contract, and the index of each collateral, at the lowering: the middle of
/// the bands in which bounds hold.
#[derive(Clone, Debug, Default)]
struct Bounds {
    marks: Marks,
}

/// A lower bound of an account's slack: `constant + sum slope * mark`.
#[derive(Clone, Debug, Default)]
struct Row {
    constant: f64,
    slopes: Vec<(usize, f64)>,
}

/// What a path adds to a watch.
#[derive(Clone, Debug, Default)]
pub struct WatchState {
    left: Left,
    /// Rows of changed accounts.
    overlay: Vec<(AccountId, Row)>,
    /// Place in the overlay, by account.
    slot: Vec<u32>,
    marks: Vec<f64>,
    relowered: Option<Box<Lowered>>,
}

const NO_SLOT: u32 = u32::MAX;

impl WatchState {
    /// A state before [`Self::reset`].
    #[must_use]
    pub fn new(population: &Population) -> Self {
        Self { slot: vec![NO_SLOT; population.accounts.len()], ..Self::default() }
    }

    /// Nothing has changed since the opening.
    pub fn reset(&mut self, watch: &Watch) {
        self.relowered = None;
        self.begin(&watch.lowered);
    }

    fn begin(&mut self, lowered: &Lowered) {
        for (account, _) in self.overlay.drain(..) {
            self.slot[account.index()] = NO_SLOT;
        }
        self.left.reset(&lowered.columns);
    }

    /// Puts the row of a changed account in the overlay, in the place of the one that it had there.
    fn put(&mut self, account: AccountId, row: Option<Row>) {
        let slot = self.slot[account.index()];
        match row {
            Some(row) if slot == NO_SLOT => {
                self.slot[account.index()] = self.overlay.len() as u32;
                self.overlay.push((account, row));
            }
            Some(row) => self.overlay[slot as usize].1 = row,
            None if slot == NO_SLOT => {}
            None => {
                self.overlay.swap_remove(slot as usize);
                self.slot[account.index()] = NO_SLOT;
                if let Some((moved, _)) = self.overlay.get(slot as usize) {
                    self.slot[moved.index()] = slot;
                }
            }
        }
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
            let lowered = state.relowered.as_deref().unwrap_or(&self.lowered);
            let row = lower(world, self.place, self.trigger, account, &lowered.bounds);
            state.left.retire(&lowered.columns, account);
            state.put(account, row);
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
            let anew = lower_all(world, self.place, self.trigger);
            state.begin(&anew);
            state.relowered = Some(Box::new(anew));
        }
        let lowered = state.relowered.as_deref().unwrap_or(&self.lowered);
        let mut found = Vec::new();
        lowered.columns.sweep(&state.left, &lowered.base, &marks, |account| {
            if has_crossed(world, self.place, self.trigger, account) {
                found.push(account);
            }
        });
        for (account, row) in &state.overlay {
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
        self.lowered.columns.rows()
    }

    /// Sweeps every row at the marks of the world and counts those whose bound is used up: the plain sweep of columns,
    /// for the benchmark.
    #[must_use]
    pub fn sweep_all(&self, world: &World) -> usize {
        let mut marks = Vec::new();
        read_marks(world, self.place, &mut marks);
        let mut count = 0;
        self.lowered.columns.sweep_all(&marks, |_| count += 1);
        count
    }
}

impl Row {
    fn add(&mut self, mark: usize, slope: f64) {
        if slope != 0.0 {
            self.slopes.push((mark, slope));
        }
    }

    fn at(&self, marks: &[f64]) -> f64 {
        self.slopes.iter().fold(self.constant, |sum, (mark, slope)| sum + slope * marks[*mark])
    }
}

impl Bounds {
    fn now(world: &World, place: Place) -> Self {
        match place {
            Place::Futures(venue) => Self { marks: world.futures[venue].marks.clone() },
            _ => Self::default(),
        }
    }

    /// Whether prices, funding and indices are still within the bands.
    fn cover(&self, world: &World, place: Place) -> bool {
        let Place::Futures(venue) = place else { return true };
        let (now, then) = (&world.futures[venue].marks, &self.marks);
        let in_band = |i: usize| {
            let moved = now.price[i] / then.price[i];
            let funding = (now.funding[i] - then.funding[i]).abs();
            moved > BAND.0 && moved < BAND.1 && funding < FUNDING_BAND * then.price[i]
        };
        // Ratio tiers are in USD, slacks in the venue's unit: an index must stay in its band in both.
        let unit = (now.unit_usd / then.unit_usd).max(1.0);
        let below = |(now, then): (&f64, &f64)| now / then * unit < BAND.1;
        (0..then.price.len()).all(in_band) && now.index.iter().zip(&then.index).all(below)
    }
}

/// The marks that rows at a place depend on. Futures, in settlement coin: contracts net of funding, collateral indices,
/// debts. Pools: receipts, what is deposited and debts of each reserve, in USD at the pool's oracle.
fn read_marks(world: &World, place: Place, marks: &mut Vec<f64>) {
    marks.clear();
    match place {
        Place::Futures(venue) => {
            let (table, now) = (&world.scenario.futures[venue], &world.futures[venue].marks);
            let contracts = table.contracts.iter().zip(now.price.iter().zip(&now.funding));
            marks.extend(contracts.map(|(c, (price, funding))| (price - funding) * now.index[c.settles]));
            marks.extend(&now.index);
            marks.extend(now.debt.iter().zip(&now.index).map(|(debt, index)| debt * index));
        }
        Place::Pool(pool) => {
            for reserve in 0..world.scenario.pools[pool].reserves.len() {
                marks.extend(world.loan_marks(pool, reserve));
            }
        }
        Place::Wallet => {}
    }
}

fn lower_all(world: &World, place: Place, trigger: Trigger) -> Lowered {
    let mut base = Vec::new();
    read_marks(world, place, &mut base);
    let bounds = Bounds::now(world, place);
    let accounts = world.population.accounts.iter().enumerate().filter(|(_, a)| a.place == place);
    let lowered = accounts.filter_map(|(i, _)| {
        let account = AccountId::at(i);
        Some(Placed::new(account, lower(world, place, trigger, account, &bounds)?, &base))
    });
    let columns = Columns::new(lowered.collect(), &base, world.population.accounts.len());
    Lowered { base, bounds, columns }
}

/// The line at a place: a share of equity (futures), or where it stands between loan-to-value and threshold (pools); none if
/// not watched.
fn line(world: &World, place: Place, trigger: Trigger, account: AccountId) -> Option<f64> {
    let scenario: &Scenario = world.scenario;
    match (place, trigger) {
        (Place::Futures(venue), Trigger::Liquidation) => {
            Some(1.0 / scenario.futures[venue].margin.equity_per_maintenance())
        }
        (Place::Pool(pool), Trigger::Liquidation) => scenario.pools[pool].loans.as_ref().map(|_| 1.0),
        (Place::Wallet, _) => None,
        (_, Trigger::Owner) => {
            let owner = world.population.owner_of(account)?;
            let top_up = scenario.cohorts[world.population.owners[owner.index()].cohort.index()].top_up?;
            match place {
                Place::Pool(pool) => scenario.pools[pool].loans.as_ref().map(|l| l.margin_call),
                _ => Some(top_up.at_margin_ratio.get()),
            }
        }
    }
}

/// Whether an account has crossed its line, by the venue's own arithmetic.
pub(super) fn has_crossed(world: &World, place: Place, trigger: Trigger, account: AccountId) -> bool {
    let Some(line) = line(world, place, trigger, account) else { return false };
    match place {
        Place::Futures(venue) if trigger == Trigger::Liquidation => world.health(venue, account).is_breached(),
        Place::Futures(venue) => world.health(venue, account).is_beyond(line),
        Place::Pool(pool) if trigger == Trigger::Liquidation => world.loan(pool, account).health() < 1.0,
        Place::Pool(pool) => world.is_called(pool, account),
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

/// `line * equity - maintenance`. Maintenance, convex in the price, is bounded by its chord over the band; the concave
/// value of collateral by its parts and, where ratios come in tiers, by its chord.
fn lower_margin(world: &World, venue: usize, account: AccountId, line: f64, bounds: &Bounds) -> Option<Row> {
    let table = &world.scenario.futures[venue];
    let (row, then) = (world.ledger.row(account), &bounds.marks);
    let mut slack = Row::default();
    let mut maintained = false;
    let first_index = table.contracts.len();
    let first_debt = first_index + table.collateral.len();
    for (at, collateral) in table.collateral.iter().enumerate() {
        let balance = row[collateral.asset.index()];
        let ask = 1.0 + collateral.ask_buffer;
        // Per unit of the index: what is not a multiple of a contract's or a debt's own mark.
        let (mut per_index, mut turnover) = (0.0, balance.abs());
        for &i in &collateral.settles {
            let contract = &table.contracts[i];
            let quantity = row[contract.asset.index()];
            if quantity == 0.0 {
                continue;
            }
            maintained = true;
            let (size, price) = (quantity.abs(), then.price[i]);
            let (low, high) = (BAND.0 * price, BAND.1 * price);
            let of = |p: f64| bracket::maintenance_usd(&contract.tiers, size * p) * ask;
            let chord = (of(high) - of(low)) / (high - low);
            let funding = then.funding[i] + FUNDING_BAND * price;
            per_index -= of(low) - chord * low + chord * funding;
            slack.add(i, line * quantity - chord);
            turnover += size * high + size * (then.funding[i].abs() + FUNDING_BAND * price);
        }
        if let Some(loan) = collateral.loan {
            let debt = row[loan.debt.index()];
            if debt != 0.0 {
                maintained = true;
                slack.add(first_debt + at, debt * (line * ask + loan.maintenance));
            }
        }
        if collateral.is_settlement() {
            per_index += line * (balance - (1.0 - lowest_ratio(collateral)).max(collateral.ask_buffer) * turnover);
        } else if balance != 0.0 {
            let worth = balance * then.index[at] * BAND.1;
            let counts =
                if worth == 0.0 { lowest_ratio(collateral) } else { collateral.value(worth, then.unit_usd) / worth };
            per_index += line * balance * counts;
        }
        if collateral.asset == world.settlement(venue) && collateral.stale_steps == 0 {
            slack.constant += per_index; // its index is 1: equity is counted in it
        } else {
            slack.add(first_index + at, per_index);
        }
    }
    maintained.then_some(slack)
}

fn lowest_ratio(collateral: &Collateral) -> f64 {
    collateral.ratios.iter().map(|t| t.ratio).fold(1.0, f64::min)
}

/// Collateral at the line less debt, in the e-mode in which the line is highest now. The best e-mode at other marks is no
/// worse than this one, so this is a lower bound there.
fn lower_loan(world: &World, pool: usize, account: AccountId, line: f64) -> Option<Row> {
    let loans = world.scenario.pools[pool].loans.as_ref().filter(|_| world.owes_pool(pool, account))?;
    let row = world.ledger.row(account);
    let category = loans.terms.account_at(&world.loan_legs(pool, account), line).category;
    let mut slack = Row::default();
    for (i, reserve) in world.scenario.pools[pool].reserves.iter().enumerate() {
        let counts = loans.terms.collateral(i, category).line(line);
        slack.add(3 * i, counts * row[reserve.receipt.index()]);
        slack.add(3 * i + 1, counts * row[reserve.asset.index()]);
        slack.add(3 * i + 2, row[reserve.debt.index()]);
    }
    Some(slack)
}

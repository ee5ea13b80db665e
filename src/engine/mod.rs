//! The engine: one scenario, drawn and ready, and the paths run through it.

pub mod behaviour;
mod between;
pub mod exchange;
pub mod exposure;
mod flight;
mod invariants;
mod origin;
pub mod path;
pub mod patience;
mod refusal;
mod result;
pub mod runs;
pub mod series;
pub mod walk;
pub mod watch;

use crate::id::{AccountId, AssetId, CohortId};
use crate::outcome::{PathOutcome, SeriesName};
use crate::population::opening::open;
use crate::population::{OpeningError, Population, holder_name};
use crate::price::{PricePath, shock};
use crate::random::{Draws, Purpose, stream};
use crate::scenario::{Scenario, Variant};
use crate::world::World;
use exposure::LookThrough;
use path::{Opening, Runner};
use patience::Patience;
use refusal::{refuse_liquidated, refuse_liquidated_without_reuse};
use walk::Walk;
use watch::Search;

/// A scenario with its owners drawn: all that paths share.
#[derive(Debug)]
pub struct Simulation<'a> {
    scenario: &'a Scenario,
    population: Population,
    opening: Opening,
    opening_no_reuse: Option<Opening>,
    owners: Vec<OwnerOpening>,
    search: Search,
    checks: bool,
}

/// What one thread needs to run paths, reused from path to path.
#[derive(Debug)]
pub struct Workspace<'a> {
    runner: Runner<'a>,
    prices: PricePath,
    patience: Patience,
}

/// What to keep of a path beyond its totals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record {
    /// Events of the full world.
    pub events: bool,
    /// Series of every world. That of the full world is kept in any case where the scenario observes one.
    pub series: bool,
}

/// An owner at the opening.
#[derive(Clone, Debug)]
pub struct OwnerOpening {
    /// Group.
    pub cohort: CohortId,
    /// Name in a real book; empty for drawn owners.
    pub name: String,
    /// Net worth, USD.
    pub equity_usd: f64,
    /// Futures notional, longs and shorts added, USD.
    pub notional_usd: f64,
    /// Exposure to price and credit, looking through every token, USD.
    pub gross_exposure_usd: f64,
    /// Futures notional over the equity the venue sees; 0 without positions.
    pub nominal_leverage: f64,
    /// Gross exposure over net worth.
    pub effective_leverage: f64,
}

/// A line of the opening balance sheet: what a group of accounts holds of an asset.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetLine {
    /// A cohort, or a part of the system (`earn pool`, `binance insurance fund`, `outside`).
    pub holder: String,
    /// The asset's name.
    pub asset: String,
    /// Units.
    pub amount: f64,
    /// Value at the opening mark, USD.
    pub usd: f64,
}

impl<'a> Simulation<'a> {
    /// Draws the owners and their opening balances.
    ///
    /// # Errors
    /// If the scenario cannot open: a pool lent out beyond its deposits, an account already in liquidation.
    pub fn new(scenario: &'a Scenario) -> Result<Self, OpeningError> {
        let population = open(scenario)?;
        let mut world = World::new(scenario, &population);
        world.reset(Variant::Full);
        refuse_liquidated(&world)?;
        let opening = Opening::of(&world);
        let through = LookThrough::of(&world);
        let owners = population.owner_ids().map(|owner| owner_opening(&world, &through, owner)).collect();
        let mut opening_no_reuse = None;
        if population.opening_no_reuse.is_some() {
            world.reset(Variant::NoReuse);
            refuse_liquidated_without_reuse(&world)?;
            opening_no_reuse = Some(Opening::of(&world));
        }
        drop(world);
        Ok(Self { scenario, population, opening, opening_no_reuse, owners, search: Search::default(), checks: false })
    }

    /// The same simulation with another way of searching for breaches; results do not depend on it.
    #[must_use]
    pub fn with_search(mut self, search: Search) -> Self {
        self.search = search;
        self
    }

    /// The same simulation with every check at every step, not only at the end of a path; results do not depend on it.
    #[must_use]
    pub fn with_checks(mut self) -> Self {
        self.checks = true;
        self
    }

    /// A workspace for one thread.
    #[must_use]
    pub fn workspace(&self) -> Workspace<'_> {
        let world = World::new(self.scenario, &self.population);
        Workspace {
            runner: Runner::new(world, self.opening.watches.len(), self.search, self.checks),
            prices: PricePath::default(),
            patience: Patience::new(self.scenario, &self.population),
        }
    }

    /// Runs one path in every world of the scenario. The same path always leaves the same outcome.
    pub fn run(&self, path: u64, record: Record, workspace: &mut Workspace<'_>) -> PathOutcome {
        let Workspace { runner, prices, patience } = workspace;
        self.draw_prices(path, prices);
        patience.begin(path);
        let mut world = |variant| runner.run(path, variant, self.opening_of(variant), prices, patience, record);
        let full = world(Variant::Full);
        let counterfactuals = self.scenario.counterfactuals.iter().map(|variant| world(*variant)).collect();
        PathOutcome { path, full, counterfactuals }
    }

    /// Begins a path of a world whose exogenous prices the caller brings, step by step. No events are kept.
    pub fn walk<'w, 'b>(&'w self, path: u64, variant: Variant, workspace: &'w mut Workspace<'b>) -> Walk<'w, 'b> {
        let Workspace { runner, patience, .. } = workspace;
        let opening = self.opening_of(variant);
        patience.begin(path);
        runner.begin(path, variant, opening, Record::default());
        Walk::new(runner, opening, patience)
    }

    fn opening_of(&self, variant: Variant) -> &Opening {
        match variant {
            Variant::NoReuse => self.opening_no_reuse.as_ref().unwrap_or(&self.opening),
            _ => &self.opening,
        }
    }

    /// Draws the exogenous prices of a path, shocks laid over.
    pub fn draw_prices(&self, path: u64, prices: &mut PricePath) {
        let draw = |purpose| stream(self.scenario.seed, purpose, path);
        match self.scenario.sampling.draws(self.scenario.seed, path) {
            Draws::Random(mut stream) => self.scenario.prices.fill(&mut stream, prices),
            mut draws => self.scenario.prices.fill(&mut draws, prices),
        }
        self.scenario.pegs.lay(&mut draw(Purpose::Pegs), &mut draw(Purpose::Reserves), prices);
        if let Some(between) = &self.scenario.between {
            between.fill(&mut draw(Purpose::Between), prices);
        }
        shock::apply(&self.scenario.shocks, &self.scenario.coins, self.scenario.step_seconds, prices);
    }

    /// The columns of a recorded series.
    #[must_use]
    pub fn series_names(&self) -> Vec<SeriesName> {
        series::names(self.scenario)
    }

    /// Every owner at the opening.
    #[must_use]
    pub fn owners(&self) -> &[OwnerOpening] {
        &self.owners
    }

    /// Everybody.
    #[must_use]
    pub fn population(&self) -> &Population {
        &self.population
    }

    /// What all paths share of the full world.
    #[must_use]
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// What everybody holds at the opening; every asset's amounts add up to zero.
    #[must_use]
    pub fn opening_sheet(&self) -> Vec<SheetLine> {
        let mut sheet = indexmap::IndexMap::<(String, usize), f64>::new();
        for (i, account) in self.population.accounts.iter().enumerate() {
            let holder = holder_name(self.scenario, &self.population, account.holder);
            for (a, amount) in
                self.population.opening.row(AccountId::at(i)).iter().enumerate().filter(|(_, b)| **b != 0.0)
            {
                *sheet.entry((holder.clone(), a)).or_default() += amount;
            }
        }
        sheet
            .into_iter()
            .map(|((holder, a), amount)| SheetLine {
                holder,
                asset: self.scenario.assets[AssetId::at(a).index()].name.clone(),
                amount,
                usd: amount * self.population.marks[a],
            })
            .collect()
    }

    /// Bytes that one workspace takes, for the check against the machine's memory.
    #[must_use]
    pub fn workspace_bytes(&self) -> u64 {
        let accounts = self.population.accounts.len() as u64;
        let watches = self.opening.watches.len() as u64;
        let prices = (self.scenario.steps as u64 + 1) * self.scenario.coins.len() as u64;
        let prices = prices * if self.scenario.between.is_some() { 32 } else { 16 };
        self.population.opening.bytes()
            + accounts * (8 + 12 * watches)
            + self.population.owners.len() as u64 * 72
            + prices
    }
}

fn owner_opening(world: &World, through: &LookThrough, owner: crate::id::OwnerId) -> OwnerOpening {
    let exposure = exposure::of_owner(world, through, owner);
    let table = &world.population.owners[owner.index()];
    OwnerOpening {
        cohort: table.cohort,
        name: table.name.clone(),
        equity_usd: exposure.equity,
        notional_usd: exposure.notional,
        gross_exposure_usd: exposure.gross,
        nominal_leverage: exposure.nominal_leverage(),
        effective_leverage: exposure.effective_leverage(),
    }
}

//! The engine: one scenario, drawn and ready, and the paths run through it.

pub mod outcome;

use crate::id::CohortId;
use crate::scenario::Scenario;
use outcome::{PathOutcome, SeriesName};

/// A scenario with its owners drawn: all that paths share.
#[derive(Debug)]
pub struct Simulation<'a> {
    scenario: &'a Scenario,
}

/// What one thread needs to run paths, reused from path to path.
#[derive(Debug)]
pub struct Workspace {}

/// What to keep of a path beyond its totals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record {
    /// Events of the full world.
    pub events: bool,
    /// Series of every world.
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
#[derive(Clone, Debug)]
pub struct SheetLine {
    /// A cohort, or a part of the system (`earn`, `binance insurance fund`, `outside`).
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
    #[must_use]
    pub fn new(scenario: &'a Scenario) -> Self {
        Self { scenario }
    }

    /// A workspace for one thread.
    #[must_use]
    pub fn workspace(&self) -> Workspace {
        Workspace {}
    }

    /// Runs one path in every world of the scenario. The same path always leaves the same outcome.
    pub fn run(&self, path: u64, record: Record, workspace: &mut Workspace) -> PathOutcome {
        let _ = (self.scenario, record, workspace, path);
        unimplemented!()
    }

    /// The columns of a recorded series.
    #[must_use]
    pub fn series_names(&self) -> Vec<SeriesName> {
        Vec::new()
    }

    /// Every owner at the opening.
    #[must_use]
    pub fn owners(&self) -> &[OwnerOpening] {
        &[]
    }

    /// What everybody holds at the opening; every asset's amounts add up to zero.
    #[must_use]
    pub fn opening_sheet(&self) -> Vec<SheetLine> {
        Vec::new()
    }

    /// Bytes that one workspace takes, for the check against the machine's memory.
    #[must_use]
    pub fn workspace_bytes(&self) -> u64 {
        0
    }
}

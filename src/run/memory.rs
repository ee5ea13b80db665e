//! How much memory a run takes, compared with what the machine has before any work is done.

use super::RunError;
use super::bands;
use crate::engine::{OwnerOpening, Simulation};
use crate::metric;
use crate::outcome::Layer;
use crate::scenario::{Scenario, Source};
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// Most outcomes that may be on their way from the workers to the tables.
const WINDOW: usize = 32;
/// Bytes that outcomes on their way may take, as far as the number of threads allows.
const WINDOW_BYTES: u64 = 256 << 20;
/// The program itself, polars, the charts.
const BASE_BYTES: u64 = 256 << 20;
/// Row groups of tables being written, before and after compression.
const TABLE_BYTES: u64 = 128 << 20;

/// What a run takes, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// Workspaces of all threads.
    pub workspaces: u64,
    /// Outcomes on their way to the tables.
    pub in_flight: u64,
    /// Series kept for the bands.
    pub bands: u64,
    /// Owners, and what is added up for each.
    pub owners: u64,
    /// Row groups being written, and the program itself.
    pub rest: u64,
}

impl Need {
    /// What a run on so many threads takes.
    #[must_use]
    pub fn of(simulation: &Simulation, scenario: &Scenario, threads: usize) -> Self {
        let worlds = 1 + scenario.counterfactuals.len() as u64;
        let owners = simulation.owners().len() as u64;
        let columns = simulation.series_names().len();
        let read_back = scenario.paths * 2 * size_of::<f64>() as u64;
        Self {
            workspaces: simulation.workspace_bytes() * threads as u64,
            in_flight: outcome_bytes(simulation, scenario) * window(simulation, scenario, threads) as u64,
            bands: bands::paths_kept(scenario, columns) * bands::path_bytes(scenario, columns),
            owners: owners * (size_of::<OwnerOpening>() as u64 + worlds * 12),
            rest: BASE_BYTES + TABLE_BYTES + read_back,
        }
    }

    /// All of it.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.workspaces + self.in_flight + self.bands + self.owners + self.rest
    }
}

/// How many outcomes may be on their way at once: 32, fewer if they are large.
#[must_use]
pub fn window(simulation: &Simulation, scenario: &Scenario, threads: usize) -> usize {
    let affordable = WINDOW_BYTES / outcome_bytes(simulation, scenario).max(1);
    (affordable as usize).clamp(threads + 1, WINDOW.max(threads + 1))
}

/// Fails if drawing the owners alone would take more than the machine has.
///
/// # Errors
/// [`RunError::Memory`].
pub fn check_before_draw(scenario: &Scenario) -> Result<(), RunError> {
    check(least_for_owners(scenario), drawn_owners(scenario))
}

/// The least that drawing the owners takes, in bytes; known before the draw.
#[must_use]
pub fn least_for_owners(scenario: &Scenario) -> u64 {
    let balances = scenario.assets.len() * size_of::<f64>();
    drawn_owners(scenario) * (size_of::<OwnerOpening>() + balances) as u64
}

/// Fails if a run takes more than the machine has.
///
/// # Errors
/// [`RunError::Memory`].
pub fn check_run(simulation: &Simulation, scenario: &Scenario, threads: usize) -> Result<(), RunError> {
    check(Need::of(simulation, scenario, threads).total(), simulation.owners().len() as u64)
}

/// Bytes free for a process to take: of the machine, or of its control group if that is less.
#[must_use]
pub fn available() -> u64 {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(memory);
    let group = system.cgroup_limits().map_or(u64::MAX, |limits| limits.free_memory);
    system.available_memory().min(group)
}

fn check(needed: u64, owners: u64) -> Result<(), RunError> {
    let available = available();
    if needed <= available { Ok(()) } else { Err(RunError::Memory { needed, available, owners }) }
}

/// Owners to be drawn from laws; those of real books are in memory already.
fn drawn_owners(scenario: &Scenario) -> u64 {
    let drawn = scenario.cohorts.iter().map(|cohort| match cohort.source {
        Source::Drawn { owners, .. } => u64::from(owners),
        Source::Book(_) => 0,
    });
    drawn.sum()
}

/// The largest an outcome gets, events aside.
fn outcome_bytes(simulation: &Simulation, scenario: &Scenario) -> u64 {
    let worlds = 1 + scenario.counterfactuals.len();
    let owners = simulation.owners().len() * (size_of::<f64>() + size_of::<bool>());
    let cohorts = scenario.cohorts.len() * Layer::ALL.len() * size_of::<f64>();
    let series = (scenario.steps + 1) * simulation.series_names().len() * size_of::<f64>();
    (worlds * (owners + cohorts + series + metric::METRICS.len() * size_of::<f64>())) as u64
}

//! The sink of a run: what is kept of each path as it comes by, in order. Tables are written as it goes; only sums,
//! the bands and the worst few stay in memory.

use super::bands::Bands;
use super::observed::ObservedTable;
use super::totals::Totals;
use crate::engine::{Record, Simulation};
use crate::event::Event;
use crate::metric::observed::Readings;
use crate::metric::{self, Clock, Column};
use crate::outcome::{IssuerSheet, Outcome, PathOutcome};
use crate::scenario::Scenario;
use crate::store::StoreError;
use crate::store::manifest::TableEntry;
use crate::store::parquet::{Cell, TableWriter};
use crate::store::schema;
use std::path::Path;

/// `paths.parquet`, on its way.
pub struct PathsTable {
    writer: TableWriter,
    columns: Vec<Column>,
    clock: Clock,
}

impl PathsTable {
    /// Opens the table in a directory.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(directory: &Path, scenario: &Scenario, about: &[(String, String)]) -> Result<Self, StoreError> {
        Ok(Self {
            writer: TableWriter::create(directory, schema::paths(&scenario.counterfactuals), about)?,
            columns: metric::columns(&scenario.counterfactuals),
            clock: clock_of(scenario),
        })
    }

    /// Adds a path.
    ///
    /// # Errors
    /// If the table cannot be written.
    pub fn add(&mut self, outcome: &PathOutcome) -> Result<(), StoreError> {
        let numbers = self.columns.iter().map(|column| Cell::F64(column.of(outcome, &self.clock)));
        self.writer.row(std::iter::once(Cell::U64(outcome.path)).chain(numbers))
    }

    /// Completes the table.
    ///
    /// # Errors
    /// If the table cannot be written.
    pub fn finish(self) -> Result<u64, StoreError> {
        self.writer.finish()
    }
}

/// `cohort_losses.parquet`, on its way.
pub struct CohortLossesTable(TableWriter);

impl CohortLossesTable {
    /// Opens the table in a directory.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(directory: &Path, scenario: &Scenario, about: &[(String, String)]) -> Result<Self, StoreError> {
        let cohorts: Vec<&str> = scenario.cohorts.iter().map(|c| c.name.as_str()).collect();
        let table = schema::cohort_losses(&cohorts, &scenario.counterfactuals);
        Ok(Self(TableWriter::create(directory, table, about)?))
    }

    /// Adds a path.
    ///
    /// # Errors
    /// If the table cannot be written.
    pub fn add(&mut self, outcome: &PathOutcome) -> Result<(), StoreError> {
        let worlds = std::iter::once(&outcome.full).chain(&outcome.counterfactuals);
        let numbers = worlds.flat_map(|world| cohort_losses(world).chain(world.adl_paid_usd.iter().copied()));
        self.0.row(std::iter::once(Cell::U64(outcome.path)).chain(numbers.map(Cell::F64)))
    }

    /// Completes the table.
    ///
    /// # Errors
    /// If the table cannot be written.
    pub fn finish(self) -> Result<u64, StoreError> {
        self.0.finish()
    }
}

/// `issuers.parquet`, on its way.
pub struct IssuersTable<'a> {
    writer: TableWriter,
    scenario: &'a Scenario,
    clock: Clock,
}

impl<'a> IssuersTable<'a> {
    /// Opens the table in a directory.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(directory: &Path, scenario: &'a Scenario, about: &[(String, String)]) -> Result<Self, StoreError> {
        Ok(Self {
            writer: TableWriter::create(directory, schema::issuers(), about)?,
            scenario,
            clock: clock_of(scenario),
        })
    }

    /// Adds a path.
    ///
    /// # Errors
    /// If the table cannot be written.
    pub fn add(&mut self, outcome: &PathOutcome) -> Result<(), StoreError> {
        for world in std::iter::once(&outcome.full).chain(&outcome.counterfactuals) {
            for (issuer, left) in self.scenario.issuers.iter().zip(&world.issuers) {
                let names = [
                    Cell::U64(outcome.path),
                    Cell::Str(world.variant.name()),
                    Cell::Str(&issuer.name),
                    Cell::Str(&self.scenario.assets[issuer.token.index()].name),
                ];
                let hours = |steps: u32| self.clock.hours(f64::from(steps));
                let rest = [
                    left.redeemed_usd,
                    left.end.backstop_used_usd,
                    hours(left.gated_steps),
                    hours(left.suspended_steps),
                ];
                let numbers = sheet_cells(&left.opening).into_iter().chain(sheet_cells(&left.end)).chain(rest);
                self.writer.row(names.into_iter().chain(numbers.map(Cell::F64)))?;
            }
        }
        Ok(())
    }

    /// Completes the table.
    ///
    /// # Errors
    /// If the table cannot be written.
    pub fn finish(self) -> Result<u64, StoreError> {
        self.writer.finish()
    }
}

/// A balance sheet in the order of [`schema::ISSUER_SHEET`].
fn sheet_cells(sheet: &IssuerSheet) -> [f64; schema::ISSUER_SHEET.len()] {
    [
        sheet.cash_usd,
        sheet.spot_usd,
        sheet.hedge_usd,
        sheet.staked_usd,
        sheet.held_tokens_usd,
        sheet.reserve_usd,
        sheet.claims_usd,
        sheet.equity_usd(),
    ]
}

/// `events.parquet`, on its way.
pub struct EventsTable<'a> {
    writer: TableWriter,
    scenario: &'a Scenario,
    simulation: &'a Simulation<'a>,
}

impl<'a> EventsTable<'a> {
    /// Opens the table in a directory.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(
        directory: &Path,
        scenario: &'a Scenario,
        simulation: &'a Simulation<'a>,
        about: &[(String, String)],
    ) -> Result<Self, StoreError> {
        Ok(Self { writer: TableWriter::create(directory, schema::events(), about)?, scenario, simulation })
    }

    /// Adds the events of a path.
    ///
    /// # Errors
    /// If the table cannot be written.
    pub fn add(&mut self, path: u64, events: &[Event]) -> Result<(), StoreError> {
        for event in events {
            let hours = f64::from(event.step) * self.scenario.step_seconds / 3600.0;
            let cohort = event.owner.map(|owner| self.simulation.owners()[owner.index()].cohort);
            self.writer.row([
                Cell::U64(path),
                Cell::U32(event.step),
                Cell::F64(hours),
                Cell::U32(u32::from(event.round)),
                event.generation.map_or(Cell::Null, Cell::U32),
                Cell::Str(event.kind.name()),
                event.owner.map_or(Cell::Null, |owner| Cell::U32(owner.0)),
                cohort.map_or(Cell::Null, |cohort| Cell::Str(&self.scenario.cohorts[cohort.index()].name)),
                Cell::Str(&self.scenario.assets[event.asset.index()].name),
                Cell::F64(event.amount),
                Cell::F64(event.amount_usd),
                Cell::F64(event.price_usd),
            ])?;
        }
        Ok(())
    }

    /// Completes the table.
    ///
    /// # Errors
    /// If the table cannot be written.
    pub fn finish(self) -> Result<u64, StoreError> {
        self.writer.finish()
    }
}

/// Everything that is kept of a run's paths.
pub struct Collector<'a> {
    paths: PathsTable,
    events: EventsTable<'a>,
    cohort_losses: CohortLossesTable,
    issuers: IssuersTable<'a>,
    observed: Option<ObservedTable<'a>>,
    /// Sums over paths.
    pub totals: Totals,
    /// Series of the first paths.
    pub bands: Bands,
    /// Paths with the largest loss.
    pub worst: Worst,
}

impl<'a> Collector<'a> {
    /// Opens the tables in a directory.
    ///
    /// # Errors
    /// If a file cannot be created.
    pub fn create(
        directory: &Path,
        scenario: &'a Scenario,
        simulation: &'a Simulation<'a>,
        readings: Readings<'a>,
        about: &[(String, String)],
    ) -> Result<Self, StoreError> {
        let worlds = schema::worlds(&scenario.counterfactuals);
        Ok(Self {
            paths: PathsTable::create(directory, scenario, about)?,
            events: EventsTable::create(directory, scenario, simulation, about)?,
            cohort_losses: CohortLossesTable::create(directory, scenario, about)?,
            issuers: IssuersTable::create(directory, scenario, about)?,
            observed: ObservedTable::create(directory, scenario, readings, about)?,
            totals: Totals::new(worlds, simulation.owners().len(), scenario.cohorts.len()),
            bands: Bands::new(scenario, simulation.series_names()),
            worst: Worst::new(scenario.worst_paths as usize),
        })
    }

    /// What to record of a path, if the bands are over so many.
    #[must_use]
    pub const fn record(path: u64, bands_paths: u64) -> Record {
        Record { events: true, series: path < bands_paths }
    }

    /// Takes a path.
    ///
    /// # Errors
    /// If a table cannot be written.
    pub fn add(&mut self, outcome: &PathOutcome) -> Result<(), StoreError> {
        self.paths.add(outcome)?;
        self.events.add(outcome.path, &outcome.full.events)?;
        self.cohort_losses.add(outcome)?;
        self.issuers.add(outcome)?;
        if let Some(observed) = &mut self.observed {
            observed.add(outcome)?;
        }
        self.totals.add(outcome);
        self.bands.add(outcome.path, &outcome.full.series);
        self.worst.add(outcome.path, outcome.full.wealth_usd - outcome.full.final_wealth_usd);
        Ok(())
    }

    /// Completes the tables.
    ///
    /// # Errors
    /// If a table cannot be written.
    pub fn finish(self) -> Result<(Vec<TableEntry>, Totals, Bands), StoreError> {
        let entry = |table: &str, rows| TableEntry { file: format!("{table}.parquet"), rows };
        let mut tables = vec![
            entry("paths", self.paths.finish()?),
            entry("events", self.events.finish()?),
            entry("cohort_losses", self.cohort_losses.finish()?),
            entry("issuers", self.issuers.finish()?),
        ];
        if let Some(observed) = self.observed {
            tables.push(entry("observed", observed.finish()?));
        }
        Ok((tables, self.totals, self.bands))
    }
}

/// The paths with the largest loss, worst first; of equal ones the first comes first.
#[derive(Clone, Debug)]
pub struct Worst {
    most: usize,
    paths: Vec<(u64, f64)>,
}

impl Worst {
    /// Keeps so many.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self { most, paths: Vec::new() }
    }

    /// Takes a path and its loss.
    pub fn add(&mut self, path: u64, loss_usd: f64) {
        let place = self.paths.partition_point(|(_, kept)| kept.total_cmp(&loss_usd).is_ge());
        if place < self.most {
            self.paths.insert(place, (path, loss_usd));
            self.paths.truncate(self.most);
        }
    }

    /// The paths, worst first.
    pub fn paths(&self) -> impl Iterator<Item = u64> {
        self.paths.iter().map(|(path, _)| *path)
    }
}

/// What metrics need to know of time.
#[must_use]
pub const fn clock_of(scenario: &Scenario) -> Clock {
    Clock { step_seconds: scenario.step_seconds, steps: scenario.steps }
}

fn cohort_losses(outcome: &Outcome) -> impl Iterator<Item = f64> {
    outcome.losses_usd.iter().map(|layers| layers.iter().fold(0.0, |sum, loss| sum + loss))
}

#[cfg(test)]
mod tests {
    use super::Worst;

    #[test]
    fn the_worst_few_are_kept_in_order() {
        let mut worst = Worst::new(3);
        for (path, loss) in [1.0, 5.0, -2.0, 5.0, 7.0, 0.0].into_iter().enumerate() {
            worst.add(path as u64, loss);
        }
        assert_eq!(worst.paths().collect::<Vec<_>>(), [4, 1, 3]);
        let mut none = Worst::new(0);
        none.add(0, 1.0);
        assert_eq!(none.paths().count(), 0);
    }
}

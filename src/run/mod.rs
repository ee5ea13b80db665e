//! A run from scenario to directory: check, draw, run every path, summarise, draw the charts, publish.
//!
//! This is what the command line does; a Rust program can do the same with [`run`]. Files, time and threads live here
//! and not below.

pub mod bands;
pub mod cohorts;
pub mod collect;
pub mod findings;
pub mod memory;
pub mod observed;
pub mod pipeline;
pub mod point;
pub mod progress;
pub mod series;
pub mod stopwatch;
pub mod summarise;
pub mod sweep;
pub mod totals;

use crate::chart;
use crate::engine::Simulation;
use crate::metric::observed::Readings;
use crate::population::OpeningError;
use crate::scenario::{ConfigError, Scenario};
use crate::store::draft::Draft;
use crate::store::manifest::{FORMAT, Manifest, RunKind, TableEntry, Timings, sha256};
use crate::store::parquet::TableWriter;
use crate::store::{self, StoreError, schema, write_json, write_text};
use collect::Collector;
use pipeline::{Ticket, Workers};
use progress::{Phase, Progress};
use rayon::ThreadPool;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use stopwatch::Stopwatch;
use summarise::RunSummary;
use totals::Totals;

/// How to run: everything that does not change the numbers.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Threads; 0 for as many as the machine has.
    pub threads: usize,
    /// Folder in which the run directory is made.
    pub folder: PathBuf,
    /// Replace a finished run of the same scenario and seed.
    pub replace: bool,
    /// Set it from another thread to stop the run; nothing is then left behind.
    pub cancel: Arc<AtomicBool>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { threads: 0, folder: "output".into(), replace: false, cancel: Arc::default() }
    }
}

/// What a run left.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// The run directory.
    pub directory: PathBuf,
    /// What was run.
    pub manifest: Manifest,
    /// What came out.
    pub summary: RunSummary,
    /// How long it took.
    pub timings: Timings,
    /// The charts, or why they could not be drawn; the tables are complete either way.
    pub charts: Result<Vec<PathBuf>, String>,
}

/// Why there is no run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The directory.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A point of a sweep is not a valid config.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The scenario cannot open.
    #[error(transparent)]
    Opening(#[from] OpeningError),
    /// It does not fit the machine.
    #[error(
        "this needs about {} of memory for {owners} owners, and {} is free\n  simulate fewer owners or steps, or use \
         fewer --threads", crate::metric::figure::bytes(*needed), crate::metric::figure::bytes(*available)
    )]
    Memory {
        /// Bytes needed.
        needed: u64,
        /// Bytes free.
        available: u64,
        /// Owners.
        owners: u64,
    },
    /// A path broke an invariant of the model: a bug.
    #[error("path {path} failed: {message}\n  this is a bug; `rehypo replay <config> --path {path}` repeats it alone")]
    Path {
        /// Which path.
        path: u64,
        /// What it said.
        message: String,
    },
    /// A sweep without points.
    #[error("there is nothing to sweep: give axes in [sweep], such as \"run.seed\" = {{ values = [1, 2] }}")]
    NoPoints,
    /// Threads could not be started.
    #[error("cannot start threads: {0}")]
    Threads(String),
    /// [`RunOptions::cancel`] was set.
    #[error("interrupted; nothing is left behind")]
    Interrupted,
}

/// Runs a scenario and leaves a run directory. The same scenario leaves the same Parquet files, byte for byte, on any
/// number of threads.
///
/// # Errors
/// Before any path is run: if there is a finished run already, the folder cannot be written to, or memory does not
/// suffice. Later: if a path fails, the disk does, or the run is cancelled; nothing is then left behind.
pub fn run(scenario: &Scenario, options: &RunOptions, progress: &dyn Progress) -> Result<RunReport, RunError> {
    let result = Run::prepare(scenario, options, progress).and_then(Run::complete);
    progress.end();
    result
}

/// Key and value pairs in the footer of every table.
#[must_use]
pub fn footer(scenario: &Scenario, hash: &str) -> Vec<(String, String)> {
    [("rehypo", env!("CARGO_PKG_VERSION")), ("scenario", scenario.name.as_str()), ("scenario_sha256", hash)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec()
}

/// The name of a run directory.
#[must_use]
pub fn directory_name(scenario: &Scenario, hash: &str) -> String {
    format!("{}-{}-{}", scenario.name, scenario.seed, &hash[..8])
}

/// Fails if the run has been cancelled.
///
/// # Errors
/// [`RunError::Interrupted`].
pub fn go_on(cancel: &AtomicBool) -> Result<(), RunError> {
    if cancel.load(Ordering::Relaxed) { Err(RunError::Interrupted) } else { Ok(()) }
}

/// A run under way.
struct Run<'a> {
    scenario: &'a Scenario,
    readings: Readings<'a>,
    options: &'a RunOptions,
    progress: &'a dyn Progress,
    hash: String,
    footer: Vec<(String, String)>,
    draft: Draft,
    pool: ThreadPool,
    stopwatch: Stopwatch<'a>,
}

impl<'a> Run<'a> {
    /// All that can be refused is refused here.
    fn prepare(scenario: &'a Scenario, options: &'a RunOptions, progress: &'a dyn Progress) -> Result<Self, RunError> {
        let readings = Readings::of(scenario).map_err(ConfigError::from)?;
        let hash = sha256(scenario.fingerprint_text());
        let draft = Draft::create(&options.folder, &directory_name(scenario, &hash), options.replace)?;
        memory::check_before_draw(scenario)?;
        let pool = pipeline::pool(options.threads)?;
        let footer = footer(scenario, &hash);
        let stopwatch = Stopwatch::start(progress);
        Ok(Self { scenario, readings, options, progress, hash, footer, draft, pool, stopwatch })
    }

    fn complete(mut self) -> Result<RunReport, RunError> {
        self.stopwatch.phase(Phase::Draw, 0);
        let simulation = Simulation::new(self.scenario)?;
        memory::check_run(&simulation, self.scenario, self.pool.current_num_threads())?;
        let collector = self.run_paths(&simulation)?;
        let kept = series::kept(collector.worst.paths(), self.scenario.sample_paths, self.scenario.paths);
        let bands_paths = collector.bands.paths();
        let (mut tables, totals, bands) = collector.finish()?;
        tables.push(self.write_series(&simulation, &kept)?);
        self.stopwatch.phase(Phase::Summary, 0);
        tables.push(self.table(schema::bands(), |t| bands.write(t, &self.pool, self.scenario.step_seconds))?);
        drop(bands);
        let manifest = self.manifest(&simulation, bands_paths, tables);
        let (manifest, summary) = self.summarise(&simulation, &totals, manifest)?;
        self.publish(manifest, summary)
    }

    fn run_paths<'s>(&mut self, simulation: &'s Simulation<'s>) -> Result<Collector<'s>, RunError>
    where
        'a: 's,
    {
        let paths = self.scenario.paths;
        self.stopwatch.phase(Phase::Paths, paths);
        let readings = std::mem::take(&mut self.readings);
        let mut collector = Collector::create(self.draft.path(), self.scenario, simulation, readings, &self.footer)?;
        let bands_paths = collector.bands.paths();
        let tickets = (0..paths).map(|path| Ticket { path, record: Collector::record(path, bands_paths) });
        self.workers(simulation).run_in_order(tickets, |outcome| {
            collector.add(&outcome)?;
            self.progress.advance();
            Ok(())
        })?;
        Ok(collector)
    }

    fn write_series(&mut self, simulation: &Simulation, kept: &[series::Kept]) -> Result<TableEntry, RunError> {
        self.stopwatch.phase(Phase::Series, kept.len() as u64);
        self.table(schema::series(), |table| {
            let done = || self.progress.advance();
            series::write(table, &self.workers(simulation), kept, self.scenario.step_seconds, &done)
        })
    }

    fn workers<'s>(&'s self, simulation: &'s Simulation<'s>) -> Workers<'s> {
        let window = memory::window(simulation, self.scenario, self.pool.current_num_threads());
        Workers { simulation, pool: &self.pool, window, cancel: &self.options.cancel }
    }

    fn manifest(&self, simulation: &Simulation, bands_paths: u64, tables: Vec<TableEntry>) -> Manifest {
        Manifest { owners: simulation.owners().len(), bands_paths, tables, ..manifest_of(self.scenario, &self.hash) }
    }

    fn summarise(
        &self,
        simulation: &Simulation,
        totals: &Totals,
        mut manifest: Manifest,
    ) -> Result<(Manifest, RunSummary), RunError> {
        go_on(&self.options.cancel)?;
        let directory = self.draft.path();
        let summary = RunSummary::of(directory, self.scenario, simulation, totals, &manifest)?;
        let owners = simulation.owners();
        let accounts = schema::accounts(&self.scenario.counterfactuals);
        manifest.tables.push(self.table(schema::cohorts(), |t| cohorts::write(t, &summary.cohorts))?);
        manifest.tables.push(self.table(accounts, |t| summarise::write_accounts(t, self.scenario, owners, totals))?);
        write_json(&directory.join(store::SUMMARY), &summary)?;
        write_text(&directory.join(store::SCENARIO), &self.scenario.resolved_toml)?;
        write_json(&directory.join(store::MANIFEST), &manifest)?;
        Ok((manifest, summary))
    }

    fn publish(mut self, manifest: Manifest, summary: RunSummary) -> Result<RunReport, RunError> {
        go_on(&self.options.cancel)?;
        self.stopwatch.phase(Phase::Charts, 0);
        let charts = chart::render_all(self.draft.path()).map_err(|e| e.to_string());
        go_on(&self.options.cancel)?;
        let timings = self.stopwatch.stop(self.pool.current_num_threads(), manifest.paths);
        write_json(&self.draft.path().join(store::TIMINGS), &timings)?;
        let draft = self.draft.path().to_owned();
        let directory = self.draft.publish()?;
        let charts = charts.map(|files| files.iter().map(|file| moved(file, &draft, &directory)).collect());
        Ok(RunReport { directory, manifest, summary, timings, charts })
    }

    /// Writes one whole table.
    fn table<E: Into<RunError>>(
        &self,
        table: schema::Table,
        fill: impl FnOnce(&mut TableWriter) -> Result<(), E>,
    ) -> Result<TableEntry, RunError> {
        let file = format!("{}.parquet", table.name);
        let mut writer = TableWriter::create(self.draft.path(), table, &self.footer)?;
        fill(&mut writer).map_err(Into::into)?;
        Ok(TableEntry { file, rows: writer.finish()? })
    }
}

/// The manifest of a run of a scenario, before anything has been counted.
#[must_use]
pub fn manifest_of(scenario: &Scenario, hash: &str) -> Manifest {
    Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        kind: RunKind::Run,
        scenario: scenario.name.clone(),
        about: scenario.about.clone(),
        scenario_sha256: hash.to_owned(),
        seed: scenario.seed,
        sampling: scenario.sampling,
        paths: scenario.paths,
        steps: scenario.steps,
        step_seconds: scenario.step_seconds,
        owners: 0,
        worlds: schema::worlds(&scenario.counterfactuals).map(|world| world.name().to_owned()).collect(),
        bands_paths: 0,
        axes: Vec::new(),
        tables: Vec::new(),
        scenario_toml: scenario.resolved_toml.clone(),
    }
}

/// A file of the draft, under the name that the directory now has.
fn moved(file: &Path, draft: &Path, directory: &Path) -> PathBuf {
    file.strip_prefix(draft).map_or_else(|_| file.to_owned(), |inside| directory.join(inside))
}

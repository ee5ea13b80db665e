//! A sweep: one scenario at many points that differ in named keys, on the same seed and so on the same random numbers.
//! It leaves the paths of every point, and the cohorts path by path, as hive-partitioned data sets, and tables with a
//! row per point and per cohort.

use super::cohorts;
use super::collect::{CohortLossesTable, PathsTable};
use super::observed::{self, ObservedTable};
use super::pipeline::{Ticket, Workers};
pub use super::point::{AxisValue, Figures, PointCohort, PointSummary};
use super::point::{PointTables, figures};
use super::progress::{Phase, Progress};
use super::stopwatch::Stopwatch;
use super::totals::Totals;
use super::{RunError, RunOptions, footer, go_on, manifest_of, memory, pipeline};
use crate::chart;
use crate::engine::{Record, Simulation};
use crate::metric::observed::Readings;
use crate::scenario::{Axis, ConfigError, Loaded, Point, Variant};
use crate::store::draft::Draft;
use crate::store::manifest::{AxisEntry, Manifest, RunKind, TableEntry, Timings, sha256};
use crate::store::parquet::file_of;
use crate::store::{self, StoreError, schema, write_json, write_text};
use rayon::ThreadPool;
use serde::Serialize;
use std::path::PathBuf;
use toml::Value;

/// The hive-partitioned data sets, each of tables of that name.
const PATHS: &str = "paths";
const COHORT_LOSSES: &str = "cohort_losses";
/// The same of what was observed, where the config has any.
const OBSERVED: &str = "observed";

/// What a sweep left.
#[derive(Clone, Debug)]
pub struct SweepReport {
    /// The directory.
    pub directory: PathBuf,
    /// What was run.
    pub manifest: Manifest,
    /// What came out.
    pub summary: SweepSummary,
    /// How long it took.
    pub timings: Timings,
    /// The charts, or why they could not be drawn.
    pub charts: Result<Vec<PathBuf>, String>,
}

/// What came out of a sweep: its `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweepSummary {
    /// Name of the scenario.
    pub scenario: String,
    /// What it asks.
    pub about: String,
    /// SHA-256 of all points.
    pub scenario_sha256: String,
    /// Version of this program.
    pub version: String,
    /// Seed.
    pub seed: u64,
    /// Paths of each point.
    pub paths: u64,
    /// Dotted keys of the axes.
    pub axes: Vec<String>,
    /// Every point.
    pub points: Vec<PointSummary>,
}

/// Runs the axes of a config and leaves a directory.
///
/// # Errors
/// Before any path is run: if a point of the grid is not a valid config, or as [`super::run`]. Later as there.
pub fn sweep(loaded: &Loaded, options: &RunOptions, progress: &dyn Progress) -> Result<SweepReport, RunError> {
    let result = Sweep::prepare(loaded, options, progress).and_then(Sweep::complete);
    progress.end();
    result
}

/// What all points together come to.
#[derive(Debug, Default)]
struct Grid {
    fingerprints: String,
    paths: u64,
    worlds: Vec<Variant>,
    /// Least that drawing the owners takes at the largest point, and which it is.
    largest: (u64, usize),
}

/// A sweep under way.
struct Sweep<'a> {
    loaded: &'a Loaded,
    options: &'a RunOptions,
    progress: &'a dyn Progress,
    grid: Grid,
    hash: String,
    footer: Vec<(String, String)>,
    draft: Draft,
    pool: ThreadPool,
    stopwatch: Stopwatch<'a>,
}

impl<'a> Sweep<'a> {
    /// All that can be refused is refused here.
    fn prepare(loaded: &'a Loaded, options: &'a RunOptions, progress: &'a dyn Progress) -> Result<Self, RunError> {
        let scenario = &loaded.scenario;
        let mut stopwatch = Stopwatch::start(progress);
        stopwatch.phase(Phase::Draw, loaded.points() as u64);
        let grid = Grid::read(loaded, options, progress)?;
        let hash = sha256(&grid.fingerprints);
        let name = format!("{}-sweep-{}-{}", scenario.name, scenario.seed, &hash[..8]);
        let draft = Draft::create(&options.folder, &name, options.replace)?;
        let pool = pipeline::pool(options.threads)?;
        let largest = loaded.point(grid.largest.1)?.scenario;
        memory::check_run(&Simulation::new(&largest)?, &largest, pool.current_num_threads())?;
        let footer = footer(scenario, &hash);
        Ok(Self { loaded, options, progress, grid, hash, footer, draft, pool, stopwatch })
    }

    fn complete(mut self) -> Result<SweepReport, RunError> {
        self.stopwatch.phase(Phase::Paths, self.grid.paths);
        let directory = self.draft.path();
        let mut tables = PointTables::create(directory, &self.loaded.axes, &self.grid.worlds, &self.footer)?;
        let mut points = Vec::new();
        let mut owners = 0;
        for index in 0..self.loaded.points() {
            let point = self.loaded.point(index)?;
            let simulation = Simulation::new(&point.scenario)?;
            owners = simulation.owners().len();
            let summary = self.run_point(&point, &simulation)?;
            tables.add(index, &summary)?;
            points.push(summary);
        }
        self.stopwatch.phase(Phase::Summary, 0);
        let partition = |name: &str| TableEntry { file: format!("{name}/**/{name}.parquet"), rows: self.grid.paths };
        let observed = (!self.loaded.scenario.observed.is_empty()).then_some(OBSERVED);
        let partitions = [PATHS, COHORT_LOSSES].into_iter().chain(observed).map(partition);
        let tables = partitions.chain(tables.finish()?).collect();
        let manifest = Manifest { owners, tables, ..self.manifest() };
        self.publish(manifest, points)
    }

    /// Runs the paths of a point into its partitions, and summarises them.
    fn run_point(&self, point: &Point, simulation: &Simulation) -> Result<PointSummary, RunError> {
        let scenario = &point.scenario;
        let values: Vec<AxisValue> = point.values.iter().map(|(_, value)| AxisValue::of(value)).collect();
        let (paths, losses) = (self.partition(PATHS, &values)?, self.partition(COHORT_LOSSES, &values)?);
        let readings = Readings::of(scenario).map_err(ConfigError::from)?;
        let beside = if scenario.observed.is_empty() { paths.clone() } else { self.partition(OBSERVED, &values)? };
        let mut observed = ObservedTable::create(&beside, scenario, readings, &self.footer)?;
        let mut tables = (
            PathsTable::create(&paths, scenario, &self.footer)?,
            CohortLossesTable::create(&losses, scenario, &self.footer)?,
        );
        let worlds = schema::worlds(&scenario.counterfactuals);
        let mut totals = Totals::new(worlds, simulation.owners().len(), scenario.cohorts.len());
        let window = memory::window(simulation, scenario, self.pool.current_num_threads());
        let workers = Workers { simulation, pool: &self.pool, window, cancel: &self.options.cancel };
        let tickets = (0..scenario.paths).map(|path| Ticket { path, record: Record::default() });
        workers.run_in_order(tickets, |outcome| {
            tables.0.add(&outcome)?;
            tables.1.add(&outcome)?;
            if let Some(observed) = &mut observed {
                observed.add(&outcome)?;
            }
            totals.add(&outcome);
            self.progress.advance();
            Ok(())
        })?;
        tables.0.finish()?;
        tables.1.finish()?;
        observed.map(ObservedTable::finish).transpose()?;
        let (paths, losses) = (file_of(&paths, PATHS), file_of(&losses, COHORT_LOSSES));
        let cohorts = cohorts::summaries((&paths, &losses), scenario, simulation.owners(), &totals)?;
        let cohorts = cohorts.into_iter().map(PointCohort::from).collect();
        let observed = observed::summaries(&file_of(&beside, OBSERVED), scenario)?;
        Ok(PointSummary {
            values,
            columns: figures(&paths, &scenario.counterfactuals, scenario.sampling)?,
            cohorts,
            observed,
        })
    }

    /// Makes the directory of a point in a hive-partitioned data set.
    fn partition(&self, name: &str, values: &[AxisValue]) -> Result<PathBuf, StoreError> {
        let mut directory = self.draft.path().join(name);
        for (axis, value) in self.loaded.axes.iter().zip(values) {
            directory.push(format!("{}={}", axis.key, value.partition()));
        }
        std::fs::create_dir_all(&directory).map_err(|source| StoreError::File { path: directory.clone(), source })?;
        Ok(directory)
    }

    fn manifest(&self) -> Manifest {
        let values = |axis: &Axis| axis.values.iter().map(|value| AxisValue::of(value).text()).collect();
        let axes = self.loaded.axes.iter();
        Manifest {
            kind: RunKind::Sweep,
            axes: axes.map(|axis| AxisEntry { key: axis.key.clone(), values: values(axis) }).collect(),
            scenario_toml: with_axes(&self.loaded.scenario.resolved_toml, &self.loaded.axes),
            ..manifest_of(&self.loaded.scenario, &self.hash)
        }
    }

    fn publish(mut self, manifest: Manifest, points: Vec<PointSummary>) -> Result<SweepReport, RunError> {
        let directory = self.draft.path().to_owned();
        let summary = SweepSummary {
            scenario: manifest.scenario.clone(),
            about: manifest.about.clone(),
            scenario_sha256: manifest.scenario_sha256.clone(),
            version: manifest.version.clone(),
            seed: manifest.seed,
            paths: manifest.paths,
            axes: self.loaded.axes.iter().map(|axis| axis.key.clone()).collect(),
            points,
        };
        write_json(&directory.join(store::SUMMARY), &summary)?;
        write_text(&directory.join(store::SCENARIO), &manifest.scenario_toml)?;
        write_json(&directory.join(store::MANIFEST), &manifest)?;
        go_on(&self.options.cancel)?;
        self.stopwatch.phase(Phase::Charts, 0);
        let charts = chart::render_sweep(&directory).map_err(|e| e.to_string());
        go_on(&self.options.cancel)?;
        let timings = self.stopwatch.stop(self.pool.current_num_threads(), self.grid.paths);
        write_json(&directory.join(store::TIMINGS), &timings)?;
        let published = self.draft.publish()?;
        let charts = charts.map(|files| files.iter().map(|f| super::moved(f, &directory, &published)).collect());
        Ok(SweepReport { directory: published, manifest, summary, timings, charts })
    }
}

impl Grid {
    /// Reads and checks every point, keeping none.
    fn read(loaded: &Loaded, options: &RunOptions, progress: &dyn Progress) -> Result<Self, RunError> {
        let mut grid = Self::default();
        for index in 0..loaded.points() {
            go_on(&options.cancel)?;
            let scenario = loaded.point(index)?.scenario;
            memory::check_before_draw(&scenario)?;
            Readings::of(&scenario).map_err(ConfigError::from)?;
            grid.fingerprints += scenario.fingerprint_text();
            grid.paths += scenario.paths;
            grid.largest = grid.largest.max((memory::least_for_owners(&scenario), index));
            for world in [Variant::NoFeedback, Variant::NoReuse] {
                if scenario.counterfactuals.contains(&world) && !grid.worlds.contains(&world) {
                    grid.worlds.push(world);
                }
            }
            progress.advance();
        }
        grid.worlds.sort_by_key(|world| world.name());
        if loaded.points() == 0 { Err(RunError::NoPoints) } else { Ok(grid) }
    }
}

/// The text of a scenario with its axes put back: it repeats the sweep.
fn with_axes(resolved_toml: &str, axes: &[Axis]) -> String {
    let mut tree: toml::Table = resolved_toml.parse().expect("a resolved scenario is TOML");
    let values = |axis: &Axis| toml::Table::from_iter([("values".to_owned(), Value::Array(axis.values.clone()))]);
    let sweep = axes.iter().map(|axis| (axis.key.clone(), Value::Table(values(axis)))).collect();
    tree.insert("sweep".to_owned(), Value::Table(sweep));
    toml::to_string(&tree).expect("a table of TOML can be written as TOML")
}

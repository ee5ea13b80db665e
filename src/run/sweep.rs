//! A sweep: one scenario at many points that differ in named keys, on the same seed and so on the same random numbers.
//! It leaves the paths of every point as one hive-partitioned data set, and a table with a row per point.

use super::collect::PathsTable;
use super::pipeline::{Ticket, Workers};
use super::progress::{Phase, Progress};
use super::stopwatch::Stopwatch;
use super::summarise::kind_of;
use super::{RunError, RunOptions, footer, go_on, manifest_of, memory, pipeline};
use crate::chart;
use crate::engine::{Record, Simulation};
use crate::metric::summary::Summary;
use crate::metric::{self, Column};
use crate::scenario::{Axis, Loaded, Point, Scenario, Variant};
use crate::store::draft::Draft;
use crate::store::manifest::{AxisEntry, Manifest, RunKind, TableEntry, Timings, sha256};
use crate::store::parquet::{Cell, TableWriter, file_of, read_column};
use crate::store::{self, StoreError, schema, write_json, write_text};
use indexmap::IndexMap;
use rayon::ThreadPool;
use serde::Serialize;
use std::path::{Path, PathBuf};
use toml::Value;

/// A value on an axis.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum AxisValue {
    /// A number.
    Number(f64),
    /// Anything else, as written in TOML; of a text the text.
    Text(String),
}

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

/// What came out at a point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointSummary {
    /// One value an axis.
    pub values: Vec<AxisValue>,
    /// By column of `paths.parquet`.
    pub columns: IndexMap<String, Figures>,
}

/// What a sweep keeps of a column: [`schema::SWEEP_FIGURES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Mean.
    pub mean: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 95 % quantile.
    pub p95: Option<f64>,
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
        let axes: Vec<_> = self.loaded.axes.iter().map(|axis| (axis.key.as_str(), all_numbers(axis))).collect();
        let table = schema::sweep(&axes, &self.grid.worlds);
        let mut table = TableWriter::create(self.draft.path(), table, &self.footer)?;
        let mut points = Vec::new();
        let mut owners = 0;
        for index in 0..self.loaded.points() {
            let point = self.loaded.point(index)?;
            let simulation = Simulation::new(&point.scenario)?;
            owners = simulation.owners().len();
            let summary = self.run_point(&point, &simulation)?;
            self.add_row(&mut table, index, &summary)?;
            points.push(summary);
        }
        self.stopwatch.phase(Phase::Summary, 0);
        let tables = vec![
            TableEntry { file: "paths/**/paths.parquet".to_owned(), rows: self.grid.paths },
            TableEntry { file: "sweep.parquet".to_owned(), rows: table.finish()? },
        ];
        let manifest = Manifest { owners, tables, ..self.manifest() };
        self.publish(manifest, points)
    }

    /// Runs the paths of a point into its partition, and summarises them.
    fn run_point(&self, point: &Point, simulation: &Simulation) -> Result<PointSummary, RunError> {
        let values: Vec<AxisValue> = point.values.iter().map(|(_, value)| AxisValue::of(value)).collect();
        let mut directory = self.draft.path().join("paths");
        for (axis, value) in self.loaded.axes.iter().zip(&values) {
            directory.push(format!("{}={}", axis.key, value.partition()));
        }
        std::fs::create_dir_all(&directory).map_err(|source| StoreError::File { path: directory.clone(), source })?;
        let mut table = PathsTable::create(&directory, &point.scenario, &self.footer)?;
        let window = memory::window(simulation, &point.scenario, self.pool.current_num_threads());
        let workers = Workers { simulation, pool: &self.pool, window, cancel: &self.options.cancel };
        let tickets = (0..point.scenario.paths).map(|path| Ticket { path, record: Record::default() });
        workers.run_in_order(tickets, |outcome| {
            table.add(&outcome)?;
            self.progress.advance();
            Ok(())
        })?;
        table.finish()?;
        Ok(PointSummary { values, columns: summarise(&point.scenario, &directory)? })
    }

    fn add_row(&self, table: &mut TableWriter, index: usize, point: &PointSummary) -> Result<(), StoreError> {
        let texts: Vec<String> = point.values.iter().map(AxisValue::text).collect();
        let values = self.loaded.axes.iter().zip(&point.values).zip(&texts).map(|((axis, value), text)| match value {
            AxisValue::Number(x) if all_numbers(axis) => Cell::F64(*x),
            _ => Cell::Str(text),
        });
        let figures = metric::columns(&self.grid.worlds).into_iter().flat_map(|column| {
            let f = point.columns.get(&column.name).copied().unwrap_or_default();
            [f.mean, f.se, f.p50, f.p95].map(|x| Cell::F64(x.unwrap_or(f64::NAN)))
        });
        table.row(std::iter::once(Cell::U32(index as u32)).chain(values).chain(figures))
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

impl AxisValue {
    /// From a config.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Integer(x) => Self::Number(*x as f64),
            Value::Float(x) => Self::Number(*x),
            Value::String(text) => Self::Text(text.clone()),
            other => Self::Text(other.to_string()),
        }
    }

    /// As a person would write it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Number(x) => x.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    /// As the value of a hive partition: what cannot stand in a file name is percent-encoded.
    fn partition(&self) -> String {
        use std::fmt::Write;
        self.text().bytes().fold(String::new(), |mut name, byte| {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => name.push(byte as char),
                _ => write!(name, "%{byte:02X}").expect("a string takes what is written"),
            }
            name
        })
    }
}

fn all_numbers(axis: &Axis) -> bool {
    axis.values.iter().all(|value| matches!(AxisValue::of(value), AxisValue::Number(_)))
}

/// The text of a scenario with its axes put back: it repeats the sweep.
fn with_axes(resolved_toml: &str, axes: &[Axis]) -> String {
    let mut tree: toml::Table = resolved_toml.parse().expect("a resolved scenario is TOML");
    let values = |axis: &Axis| toml::Table::from_iter([("values".to_owned(), Value::Array(axis.values.clone()))]);
    let sweep = axes.iter().map(|axis| (axis.key.clone(), Value::Table(values(axis)))).collect();
    tree.insert("sweep".to_owned(), Value::Table(sweep));
    toml::to_string(&tree).expect("a table of TOML can be written as TOML")
}

fn summarise(scenario: &Scenario, directory: &Path) -> Result<IndexMap<String, Figures>, StoreError> {
    let file = file_of(directory, "paths");
    let figures = |column: Column| {
        let s = Summary::of(&read_column(&file, &column.name)?, kind_of(&column));
        Ok((column.name, Figures { mean: s.mean, se: s.mean_se, p50: s.quantile(50), p95: s.quantile(95) }))
    };
    metric::columns(&scenario.counterfactuals).into_iter().map(figures).collect()
}

#[cfg(test)]
mod tests {
    use super::AxisValue;

    #[test]
    fn partitions_are_file_names() {
        assert_eq!(AxisValue::Number(0.5).partition(), "0.5");
        assert_eq!(AxisValue::Number(4.0).partition(), "4");
        assert_eq!(AxisValue::Text("pro rata/1=2".to_owned()).partition(), "pro%20rata%2F1%3D2");
    }
}

//! A sweep: one scenario at many points that differ in named keys, on the same seed and so on the same random numbers.
//! It leaves the paths of every point as one hive-partitioned data set, and a table with a row per point.

use super::collect::PathsTable;
use super::pipeline::{Ticket, Workers};
use super::progress::{Phase, Progress};
use super::stopwatch::Stopwatch;
use super::summarise::kind_of;
use super::{RunError, RunOptions, fingerprint, footer, go_on, manifest_of, memory, pipeline};
use crate::chart;
use crate::engine::{Record, Simulation};
use crate::metric::summary::Summary;
use crate::metric::{self, Column};
use crate::scenario::{Scenario, Variant};
use crate::store::draft::Draft;
use crate::store::manifest::{AxisEntry, Manifest, RunKind, TableEntry, Timings, sha256};
use crate::store::parquet::{Cell, TableWriter, file_of, read_column};
use crate::store::{self, StoreError, schema, write_json, write_text};
use indexmap::IndexMap;
use rayon::ThreadPool;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What to sweep.
#[derive(Debug)]
pub struct SweepPlan {
    /// The scenario with its axes, as resolved, TOML.
    pub resolved_toml: String,
    /// Dotted keys of the axes.
    pub axes: Vec<String>,
    /// The points; of a grid, the last axis turns fastest.
    pub points: Vec<SweepPoint>,
}

/// A point of a sweep.
#[derive(Debug)]
pub struct SweepPoint {
    /// One value an axis.
    pub values: Vec<AxisValue>,
    /// The scenario there.
    pub scenario: Scenario,
}

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
    pub columns: IndexMap<String, Summary>,
}

/// Runs a sweep and leaves its directory.
///
/// # Errors
/// As [`super::run`].
pub fn sweep(plan: &SweepPlan, options: &RunOptions, progress: &dyn Progress) -> Result<SweepReport, RunError> {
    let result = Sweep::prepare(plan, options, progress).and_then(Sweep::complete);
    progress.end();
    result
}

/// A sweep under way.
struct Sweep<'a> {
    plan: &'a SweepPlan,
    options: &'a RunOptions,
    progress: &'a dyn Progress,
    hash: String,
    footer: Vec<(String, String)>,
    draft: Draft,
    pool: ThreadPool,
    stopwatch: Stopwatch<'a>,
}

impl<'a> Sweep<'a> {
    fn prepare(plan: &'a SweepPlan, options: &'a RunOptions, progress: &'a dyn Progress) -> Result<Self, RunError> {
        let first = plan.points.first().ok_or(RunError::NoPoints)?;
        let hash = hash_of(plan);
        let name = format!("{}-sweep-{}-{}", first.scenario.name, first.scenario.seed, &hash[..8]);
        let draft = Draft::create(&options.folder, &name, options.replace)?;
        let pool = pipeline::pool(options.threads)?;
        let mut stopwatch = Stopwatch::start(progress);
        stopwatch.phase(Phase::Draw, plan.points.len() as u64);
        for point in &plan.points {
            memory::check_before_draw(&point.scenario)?;
            memory::check_run(&Simulation::new(&point.scenario), &point.scenario, pool.current_num_threads())?;
            go_on(&options.cancel)?;
            progress.advance();
        }
        let footer = footer(&first.scenario, &hash);
        Ok(Self { plan, options, progress, hash, footer, draft, pool, stopwatch })
    }

    fn complete(mut self) -> Result<SweepReport, RunError> {
        let total = self.plan.points.iter().map(|p| p.scenario.paths).sum();
        self.stopwatch.phase(Phase::Paths, total);
        let (mut rows, mut owners) = (0, 0);
        let mut points = Vec::new();
        for point in &self.plan.points {
            let simulation = Simulation::new(&point.scenario);
            owners = simulation.owners().len();
            let directory = self.run_point(point, &simulation)?;
            rows += point.scenario.paths;
            points.push(summarise(point, &directory)?);
        }
        self.stopwatch.phase(Phase::Summary, 0);
        let partitions = TableEntry { file: format!("paths/{}/paths.parquet", self.partition_pattern()), rows };
        let tables = vec![partitions, self.write_table(&points)?];
        let manifest = Manifest { owners, tables, ..self.manifest() };
        self.publish(manifest, points)
    }

    /// Runs the paths of a point into its partition; returns that directory.
    fn run_point(&self, point: &SweepPoint, simulation: &Simulation) -> Result<PathBuf, RunError> {
        let mut directory = self.draft.path().join("paths");
        for (key, value) in self.plan.axes.iter().zip(&point.values) {
            directory.push(format!("{key}={}", value.partition()));
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
        Ok(directory)
    }

    fn write_table(&self, points: &[PointSummary]) -> Result<TableEntry, StoreError> {
        let numbers = |axis: usize| points.iter().all(|p| matches!(p.values[axis], AxisValue::Number(_)));
        let axes: Vec<_> = self.plan.axes.iter().enumerate().map(|(i, key)| (key.as_str(), numbers(i))).collect();
        let worlds = self.worlds();
        let names: Vec<String> = metric::columns(&worlds).into_iter().map(|c| c.name).collect();
        let table = schema::sweep(&axes, &worlds);
        let mut table = TableWriter::create(self.draft.path(), table, &self.footer)?;
        for (number, point) in (0..).zip(points) {
            let texts: Vec<String> = point.values.iter().map(AxisValue::text).collect();
            let values = point.values.iter().zip(&axes).zip(&texts).map(|((value, axis), text)| match value {
                AxisValue::Number(x) if axis.1 => Cell::F64(*x),
                _ => Cell::Str(text),
            });
            let figures = names.iter().flat_map(|name| figures(point.columns.get(name)).map(Cell::F64));
            table.row(std::iter::once(Cell::U32(number)).chain(values).chain(figures))?;
        }
        Ok(TableEntry { file: "sweep.parquet".to_owned(), rows: table.finish()? })
    }

    fn manifest(&self) -> Manifest {
        let values = |axis: usize| {
            let mut values: Vec<String> = self.plan.points.iter().map(|p| p.values[axis].text()).collect();
            let mut seen = std::collections::BTreeSet::new();
            values.retain(|value| seen.insert(value.clone()));
            values
        };
        let axes = self.plan.axes.iter().enumerate();
        Manifest {
            kind: RunKind::Sweep,
            axes: axes.map(|(i, key)| AxisEntry { key: key.clone(), values: values(i) }).collect(),
            scenario_toml: self.plan.resolved_toml.clone(),
            ..manifest_of(&self.plan.points[0].scenario, &self.hash)
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
            axes: self.plan.axes.clone(),
            points,
        };
        write_json(&directory.join(store::SUMMARY), &summary)?;
        write_text(&directory.join(store::SCENARIO), &self.plan.resolved_toml)?;
        write_json(&directory.join(store::MANIFEST), &manifest)?;
        go_on(&self.options.cancel)?;
        self.stopwatch.phase(Phase::Charts, 0);
        let charts = chart::render_sweep(&directory).map_err(|e| e.to_string());
        go_on(&self.options.cancel)?;
        let paths = self.plan.points.iter().map(|p| p.scenario.paths).sum();
        let timings = self.stopwatch.stop(self.pool.current_num_threads(), paths);
        write_json(&directory.join(store::TIMINGS), &timings)?;
        let published = self.draft.publish()?;
        let charts = charts.map(|files| files.iter().map(|f| super::moved(f, &directory, &published)).collect());
        Ok(SweepReport { directory: published, manifest, summary, timings, charts })
    }

    /// Worlds that any point is run in.
    fn worlds(&self) -> Vec<Variant> {
        let run = |world: &Variant| self.plan.points.iter().any(|p| p.scenario.counterfactuals.contains(world));
        [Variant::NoFeedback, Variant::NoReuse].into_iter().filter(run).collect()
    }

    fn partition_pattern(&self) -> String {
        self.plan.axes.iter().map(|key| format!("{key}=*")).collect::<Vec<_>>().join("/")
    }
}

impl AxisValue {
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

fn hash_of(plan: &SweepPlan) -> String {
    let points = plan.points.iter().map(|point| fingerprint(&point.scenario));
    sha256(&plan.axes.iter().cloned().chain(points).collect::<Vec<_>>().join("\n"))
}

fn summarise(point: &SweepPoint, directory: &Path) -> Result<PointSummary, StoreError> {
    let file = file_of(directory, "paths");
    let summary = |column: Column| {
        let summary = Summary::of(&read_column(&file, &column.name)?, kind_of(&column));
        Ok((column.name, summary))
    };
    let columns: Result<IndexMap<_, _>, StoreError> =
        metric::columns(&point.scenario.counterfactuals).into_iter().map(summary).collect();
    Ok(PointSummary { values: point.values.clone(), columns: columns? })
}

/// The figures of [`schema::SWEEP_FIGURES`].
fn figures(summary: Option<&Summary>) -> [f64; schema::SWEEP_FIGURES.len()] {
    let figure = |of: fn(&Summary) -> Option<f64>| summary.and_then(of).unwrap_or(f64::NAN);
    [figure(|s| s.mean), figure(|s| s.mean_se), figure(|s| s.quantile(50)), figure(|s| s.quantile(95))]
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

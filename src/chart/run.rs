//! A finished run or sweep on disk: its manifest, and its tables on demand. Nothing here has to have been written by
//! this program: a manifest may be missing, and tables need no more than the columns that a chart asks for.

use super::error::ChartError;
use super::figure::Figure;
use super::number::{count, span};
use super::page::{HEIGHT, Page};
use super::table::Table;
use crate::metric::grouped::t95;
use crate::metric::summary::Z95;
use crate::random::Sampling;
use serde::Deserialize;
use std::cell::OnceCell;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What a run says of itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Manifest {
    pub(super) scenario: String,
    pub(super) seed: Option<u64>,
    pub(super) paths: u64,
    pub(super) sampling: Sampling,
    pub(super) steps: u64,
    pub(super) step_seconds: f64,
    pub(super) owners: u64,
    pub(super) version: String,
    /// Paths that the bands are over, if not all.
    pub(super) bands_paths: Option<u64>,
}

/// A run directory.
#[derive(Debug)]
pub(super) struct RunDir {
    dir: PathBuf,
    pub(super) manifest: Manifest,
    bands: OnceCell<Table>,
    series: OnceCell<Table>,
}

impl RunDir {
    /// Reads the manifest, if there is one.
    pub(super) fn open(dir: &Path) -> Result<Self, ChartError> {
        let file = dir.join("manifest.json");
        let mut manifest = match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                let reason = error.to_string();
                ChartError::Malformed { file: file.clone(), wanted: "JSON", reason }
            })?,
            Err(error) if error.kind() == ErrorKind::NotFound => Manifest::default(),
            Err(source) => return Err(ChartError::Open { file, source }),
        };
        if manifest.scenario.is_empty() {
            manifest.scenario = dir.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        }
        Ok(Self { dir: dir.to_owned(), manifest, bands: OnceCell::new(), series: OnceCell::new() })
    }

    /// How much wider intervals are than those of as large an error over many independent paths: Student's t of the
    /// groups that paths were sampled in.
    pub(super) fn widening(&self) -> f64 {
        let m = &self.manifest;
        let groups = m.sampling.groups(m.paths as usize);
        if m.sampling.is_random() || groups < 2 { 1.0 } else { t95(groups - 1) / Z95 }
    }

    /// The file of a table.
    pub(super) fn file(&self, table: &str) -> PathBuf {
        self.dir.join(format!("{table}.parquet"))
    }

    /// Columns of a table; those of `optional` only where they exist.
    pub(super) fn table(&self, name: &str, required: &[&str], optional: &[&str]) -> Result<Table, ChartError> {
        Table::read(&self.file(name), required, optional)
    }

    /// `bands.parquet`, read once.
    pub(super) fn bands(&self) -> Result<&Table, ChartError> {
        let columns = ["series", "entity", "time_hours", "p01", "p05", "p25", "p50", "p75", "p95", "p99"];
        read_once(&self.bands, || self.table("bands", &columns, &[]))
    }

    /// `series.parquet`, read once.
    pub(super) fn series(&self) -> Result<&Table, ChartError> {
        let columns = ["path", "role", "rank", "world", "time_hours", "series", "entity", "value"];
        read_once(&self.series, || self.table("series", &columns, &[]))
    }

    /// What was simulated, as a clause: `bfusd_stack: 1,000 paths of 7 days in 5-minute steps, 10,000 owners.`
    pub(super) fn clause(&self) -> String {
        let m = &self.manifest;
        let mut parts = Vec::new();
        if m.paths > 0 {
            let plural = if m.paths == 1 { "path" } else { "paths" };
            parts.push(format!("{}\u{a0}{plural}{}", count(m.paths as f64), self.length()));
        }
        if m.owners > 0 {
            parts.push(format!("{}\u{a0}owners", count(m.owners as f64)));
        }
        if parts.is_empty() { format!("{}.", m.scenario) } else { format!("{}: {}.", m.scenario, parts.join(", ")) }
    }

    fn length(&self) -> String {
        let m = &self.manifest;
        if m.steps == 0 || m.step_seconds <= 0.0 {
            return String::new();
        }
        format!(" of {} in steps of {}", span(m.steps as f64 * m.step_seconds), span(m.step_seconds))
    }

    /// Length of a path in words, `7 days`; `the path` if unknown.
    pub(super) fn horizon(&self) -> String {
        let m = &self.manifest;
        if m.steps == 0 || m.step_seconds <= 0.0 {
            "the path".to_owned()
        } else {
            span(m.steps as f64 * m.step_seconds)
        }
    }

    /// A page whose subtitle begins with what was simulated.
    pub(super) fn page(&self, height: f64, title: &str, definitions: &str) -> Page {
        let m = &self.manifest;
        let program = if m.version.is_empty() { "rehypo".to_owned() } else { format!("rehypo {}", m.version) };
        let seed = m.seed.map(|seed| format!(" · seed {seed}")).unwrap_or_default();
        let footer = format!("{program} · {}{seed}", m.scenario);
        Page::new(height, title, &format!("{} {definitions}", self.clause()), &footer)
    }

    /// The figure of a table without rows.
    pub(super) fn nothing_in(&self, table: &str) -> Figure {
        let words = format!("{table}.parquet has no rows.");
        self.page(HEIGHT, "There is nothing to draw", "").say(&words)
    }
}

fn read_once(cell: &OnceCell<Table>, read: impl FnOnce() -> Result<Table, ChartError>) -> Result<&Table, ChartError> {
    if let Some(table) = cell.get() {
        return Ok(table);
    }
    let table = read()?;
    Ok(cell.get_or_init(|| table))
}

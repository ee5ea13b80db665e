//! What a sweep keeps of a point: a row of `sweep.parquet`, the rows of its cohorts in `sweep_cohorts.parquet`, and the
//! same in `summary.json`.

use super::cohorts::CohortSummary;
use super::observed::ObservedSummary;
use super::summarise::kind_of;
use crate::metric::summary::Summary;
use crate::metric::{self, Column};
use crate::random::Sampling;
use crate::scenario::{Axis, Variant};
use crate::store::manifest::TableEntry;
use crate::store::parquet::{Cell, TableWriter, read_column};
use crate::store::{StoreError, schema};
use indexmap::IndexMap;
use serde::Serialize;
use std::path::Path;
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

/// What came out at a point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointSummary {
    /// One value an axis.
    pub values: Vec<AxisValue>,
    /// By column of `paths.parquet`.
    pub columns: IndexMap<String, Figures>,
    /// Cohorts in every world; `all` for everybody.
    pub cohorts: Vec<PointCohort>,
    /// What was observed, beside the figures at this point.
    pub observed: Vec<ObservedSummary>,
}

/// A cohort at a point, in one world.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointCohort {
    /// Its name; `all` for everybody.
    pub cohort: String,
    /// World.
    pub world: String,
    /// Owners.
    pub owners: u32,
    /// Net worth at the opening, USD.
    pub equity_usd: f64,
    /// Share of owners hit by a forced close, mean over paths.
    pub p_liquidated: f64,
    /// Loss of the cohort over paths, USD.
    pub loss_usd: Figures,
    /// What it gave up in deleveraging over paths, USD; part of its loss.
    pub adl_paid_usd: Figures,
}

/// What a sweep keeps of a number: [`schema::SWEEP_FIGURES`].
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

/// The tables with rows for each point, on their way.
pub struct PointTables {
    points: TableWriter,
    cohorts: TableWriter,
    /// Whether all values of an axis are numbers.
    numbers: Vec<bool>,
    columns: Vec<Column>,
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
    #[must_use]
    pub fn partition(&self) -> String {
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

impl Figures {
    fn of(summary: &Summary) -> Self {
        Self { mean: summary.mean, se: summary.mean_se, p50: summary.quantile(50), p95: summary.quantile(95) }
    }

    fn cells<'a>(self) -> impl Iterator<Item = Cell<'a>> {
        [self.mean, self.se, self.p50, self.p95].into_iter().map(|x| Cell::F64(x.unwrap_or(f64::NAN)))
    }
}

impl From<CohortSummary> for PointCohort {
    fn from(summary: CohortSummary) -> Self {
        Self {
            owners: summary.owners,
            equity_usd: summary.equity_usd,
            p_liquidated: summary.p_liquidated,
            loss_usd: Figures::of(&summary.loss_usd),
            adl_paid_usd: Figures::of(&summary.adl_paid_usd),
            cohort: summary.cohort,
            world: summary.world,
        }
    }
}

impl PointTables {
    /// Opens the tables of a sweep in a directory.
    ///
    /// # Errors
    /// If a file cannot be created.
    pub fn create(
        directory: &Path,
        axes: &[Axis],
        worlds: &[Variant],
        about: &[(String, String)],
    ) -> Result<Self, StoreError> {
        let is_number = |value: &Value| matches!(AxisValue::of(value), AxisValue::Number(_));
        let numbers: Vec<bool> = axes.iter().map(|axis| axis.values.iter().all(is_number)).collect();
        let keys: Vec<_> = axes.iter().map(|axis| axis.key.as_str()).zip(numbers.iter().copied()).collect();
        Ok(Self {
            points: TableWriter::create(directory, schema::sweep(&keys, worlds), about)?,
            cohorts: TableWriter::create(directory, schema::sweep_cohorts(&keys), about)?,
            numbers,
            columns: metric::columns(worlds),
        })
    }

    /// Adds a point.
    ///
    /// # Errors
    /// If a table cannot be written.
    pub fn add(&mut self, index: usize, point: &PointSummary) -> Result<(), StoreError> {
        let texts: Vec<String> = point.values.iter().map(AxisValue::text).collect();
        let values = self.numbers.iter().zip(&point.values).zip(&texts).map(|((numbers, value), text)| match value {
            AxisValue::Number(x) if *numbers => Cell::F64(*x),
            _ => Cell::Str(text),
        });
        let start: Vec<Cell> = std::iter::once(Cell::U32(index as u32)).chain(values).collect();
        let figures = self.columns.iter().map(|column| point.columns.get(&column.name).copied().unwrap_or_default());
        self.points.row(start.iter().copied().chain(figures.flat_map(Figures::cells)))?;
        for c in &point.cohorts {
            let who = [Cell::Str(&c.cohort), Cell::Str(&c.world), Cell::U32(c.owners)];
            let hit = [Cell::F64(c.equity_usd), Cell::F64(c.p_liquidated)];
            let figures = c.loss_usd.cells().chain(c.adl_paid_usd.cells());
            self.cohorts.row(start.iter().copied().chain(who).chain(hit).chain(figures))?;
        }
        Ok(())
    }

    /// Completes the tables.
    ///
    /// # Errors
    /// If a table cannot be written.
    pub fn finish(self) -> Result<[TableEntry; 2], StoreError> {
        let entry = |table: &str, rows| TableEntry { file: format!("{table}.parquet"), rows };
        Ok([entry("sweep", self.points.finish()?), entry("sweep_cohorts", self.cohorts.finish()?)])
    }
}

/// The figures of every column of a file of `paths`.
///
/// # Errors
/// If the table cannot be read.
pub fn figures(
    paths: &Path,
    counterfactuals: &[Variant],
    sampling: Sampling,
) -> Result<IndexMap<String, Figures>, StoreError> {
    let figures = |column: Column| {
        let summary = Summary::of(&read_column(paths, &column.name)?, kind_of(&column), sampling);
        Ok((column.name, Figures::of(&summary)))
    };
    metric::columns(counterfactuals).into_iter().map(figures).collect()
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

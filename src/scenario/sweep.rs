//! Sweeps: a grid over any keys. A point is the config with those keys set, read and checked like a file.

use super::Scenario;
use super::check::check;
use super::diagnostic::ConfigError;
use super::edit::Raw;
use super::key::KeyPath;
use super::parse::{Loaded, build};
use super::schema;
use super::source::{Problem, Source};
use super::spec::AxisSpec;
use serde::Deserialize;
use toml::{Table, Value};

/// More points than this are refused.
const POINTS_MAX: usize = 100_000;

/// An axis of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Dotted key.
    pub key: String,
    /// Its values, in order.
    pub values: Vec<Value>,
}

/// A point of a sweep.
#[derive(Debug)]
pub struct Point {
    /// Position in the grid, the last axis fastest.
    pub index: usize,
    /// Key and value on each axis.
    pub values: Vec<(String, Value)>,
    /// The world there.
    pub scenario: Scenario,
}

impl Loaded {
    /// Number of points of the grid; 0 without axes.
    #[must_use]
    pub fn points(&self) -> usize {
        if self.axes.is_empty() { 0 } else { self.axes.iter().map(|a| a.values.len()).product() }
    }

    /// Key and value on each axis at a point; the last axis is the fastest.
    #[must_use]
    pub fn point_values(&self, index: usize) -> Vec<(String, Value)> {
        let mut rest = index;
        let mut values: Vec<(String, Value)> = Vec::new();
        for axis in self.axes.iter().rev() {
            values.push((axis.key.clone(), axis.values[rest % axis.values.len()].clone()));
            rest /= axis.values.len();
        }
        values.reverse();
        values
    }

    /// The world at a point.
    ///
    /// # Errors
    /// What is wrong with the config at this point; messages name the point.
    pub fn point(&self, index: usize) -> Result<Point, ConfigError> {
        let values = self.point_values(index);
        let mut source = self.source.clone();
        source.tree_mut().remove("sweep");
        for (key, value) in &values {
            let label = format!("sweep point {} ({key} = {value})", index + 1);
            source.edit(key, &Raw::Value(value), &label).map_err(|p| source.report(vec![p]))?;
        }
        let (_, scenario) = build(&source).map_err(|error| at_point(error, index, &values))?;
        Ok(Point { index, values, scenario })
    }

    /// Checks every point, keeping none.
    ///
    /// # Errors
    /// Those of the first point that has any.
    pub fn check_points(&self) -> Result<(), ConfigError> {
        (0..self.points()).try_for_each(|index| self.point(index).map(|_| ()))
    }
}

/// A problem in a line of the file that arises only at a point says which.
fn at_point(mut error: ConfigError, index: usize, values: &[(String, Value)]) -> ConfigError {
    let point: Vec<String> = values.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    for problem in error.problems.iter_mut().filter(|p| !p.file.starts_with("sweep point")) {
        problem.message = format!("{} [at sweep point {}: {}]", problem.message, index + 1, point.join(", "));
    }
    error
}

/// `[sweep]` keys written with bare dots are tables within tables: joins them to one key each.
pub(super) fn flatten(tree: &mut Table) {
    let Some(Value::Table(sweep)) = tree.get_mut("sweep") else { return };
    let mut flat = Table::new();
    for (key, value) in std::mem::take(sweep) {
        join(key, value, &mut flat);
    }
    *sweep = flat;
}

fn join(key: String, value: Value, flat: &mut Table) {
    match value {
        Value::Table(below)
            if !below.is_empty() && below.keys().all(|k| !is_way(k)) && below.values().all(Value::is_table) =>
        {
            for (name, value) in below {
                join(format!("{key}.{name}"), value, flat);
            }
        }
        value => {
            flat.insert(key, value);
        }
    }
}

fn is_way(key: &str) -> bool {
    ["values", "range", "log_range"].contains(&key)
}

/// The axes of `[sweep]` of a checked config: each key must exist, each value must be one that the key takes.
pub(super) fn axes(source: &Source) -> Result<Vec<Axis>, ConfigError> {
    let Some(Value::Table(sweep)) = source.tree().get("sweep") else { return Ok(Vec::new()) };
    let below = KeyPath::root().key("sweep");
    let mut axes = Vec::new();
    let mut problems = Vec::new();
    for (key, spec) in sweep {
        match axis(source, key, spec, &below.key(key)) {
            Ok(axis) => axes.push(axis),
            Err(problem) => problems.push(problem),
        }
    }
    let points = axes.iter().fold(1usize, |n, axis| n.saturating_mul(axis.values.len()));
    if problems.is_empty() && points > POINTS_MAX {
        problems.push(Problem::new(&below, format!("{points} points are more than {POINTS_MAX}")).on_key());
    }
    if problems.is_empty() { Ok(axes) } else { Err(source.report(problems)) }
}

fn axis(source: &Source, key: &str, spec: &Value, path: &KeyPath) -> Result<Axis, Problem> {
    let spec = AxisSpec::deserialize(spec.clone()).map_err(|e| Problem::new(path, e.message().to_owned()))?;
    let values = values(&spec, path)?;
    let mut accepted: Vec<Value> = Vec::new();
    for value in values {
        let mut probe = source.tree().clone();
        let set = super::edit::set(&mut probe, key, &Raw::Value(&value));
        let place = set.map_err(|p| Problem { path: path.clone(), on: super::source::On::Key, ..p })?;
        let value = place.find(&probe).cloned().unwrap_or(value);
        let wrong = check(schema::root(), &probe).into_iter().find(|p| place.holds(&p.path));
        if let Some(wrong) = wrong {
            return Err(Problem { path: path.clone(), message: format!("{value}: {}", wrong.message), ..wrong });
        }
        if accepted.contains(&value) {
            return Err(Problem::new(path, format!("the value {value} is there twice")));
        }
        accepted.push(value);
    }
    Ok(Axis { key: key.to_owned(), values: accepted })
}

fn values(spec: &AxisSpec, path: &KeyPath) -> Result<Vec<Value>, Problem> {
    let (way, from, to, count) = match spec {
        AxisSpec::Values(values) if values.is_empty() => {
            return Err(Problem::new(&path.key("values"), "an axis needs a value"));
        }
        AxisSpec::Values(values) => return Ok(values.clone()),
        AxisSpec::Range { from, to, count } => ("range", *from, *to, *count),
        AxisSpec::LogRange { from, to, count } => ("log_range", *from, *to, *count),
    };
    let path = path.key(way);
    if count < 2 || count as usize > POINTS_MAX {
        let message = format!("{count} values make no range: expected 2 to {POINTS_MAX}");
        return Err(Problem::new(&path.key("count"), message));
    }
    if way == "log_range" && (from <= 0.0 || to <= 0.0) {
        return Err(Problem::new(&path, "equal ratios need ends above 0").help("use `range` for equal steps"));
    }
    let last = f64::from(count - 1);
    let value = |i: u32| match (i, way) {
        (0, _) => from,
        (i, _) if i == count - 1 => to,
        (i, "range") => from + (to - from) * f64::from(i) / last,
        (i, _) => from * libm::pow(to / from, f64::from(i) / last),
    };
    Ok((0..count).map(|i| Value::Float(short(value(i)))).collect())
}

/// Twelve digits: 0.3 and not 0.30000000000000004 in tables and directory names.
fn short(x: f64) -> f64 {
    format!("{x:.11e}").parse().expect("a number as it was printed")
}

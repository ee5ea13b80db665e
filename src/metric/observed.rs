//! Event beside simulation: figures of a path that stand beside what was observed. Pure: a path's series and totals in,
//! one number out; NaN where the path has no such figure (a level that is never reached).

use super::{Clock, METRICS, Metric, named};
use crate::engine::series;
use crate::outcome::{Outcome, SeriesName};
use crate::scenario::ConfigError;
use crate::scenario::observed::{Figure, Misfit, Observed, SeriesOf};
use crate::scenario::{Loaded, Scenario, suggest};

/// The figures of a scenario's observations, ready to be read off its paths.
#[derive(Debug, Default)]
pub struct Readings<'a> {
    readings: Vec<(&'a Observed, Source)>,
    /// Numbers in a row of the series.
    width: usize,
}

/// Where a figure is read.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// A column of the series.
    Column(usize),
    /// Two columns of the series, one over the other.
    Columns(usize, usize),
    /// The totals.
    Metric(&'static Metric),
}

impl<'a> Readings<'a> {
    /// Looks the names up.
    ///
    /// # Errors
    /// Every series and metric that the scenario does not record, and every unit that is not the metric's.
    pub fn of(scenario: &'a Scenario) -> Result<Self, Vec<Misfit>> {
        let mut misfits = Vec::new();
        let mut readings = Vec::new();
        if scenario.observed.is_empty() {
            return Ok(Self::default());
        }
        let names = series::names(scenario);
        for (i, observed) in scenario.observed.iter().enumerate() {
            match source(observed, &names) {
                Ok(source) => readings.push((observed, source)),
                Err(misfit) => misfits.push(Misfit { key: format!("observed.{i}.{}", misfit.key), ..misfit }),
            }
        }
        if misfits.is_empty() { Ok(Self { readings, width: names.len() }) } else { Err(misfits) }
    }

    /// The number of each figure on a path, times what its row says, from its full world with its series.
    ///
    /// # Panics
    /// If a figure of a series is asked of an outcome without series.
    pub fn on(&self, outcome: &Outcome, clock: &Clock) -> impl Iterator<Item = f64> {
        self.readings.iter().map(|(observed, source)| {
            let figure = &observed.figure;
            let number = match *source {
                Source::Metric(metric) => (metric.of)(outcome, clock),
                Source::Column(column) => of_series(figure, &self.column(outcome, column, clock), clock),
                Source::Columns(above, below) => {
                    of_two(figure, &self.column(outcome, above, clock), &self.column(outcome, below, clock))
                }
            };
            number * observed.times
        })
    }
}

impl Readings<'_> {
    /// A column of a path's series, by row.
    fn column(&self, outcome: &Outcome, column: usize, clock: &Clock) -> impl Fn(usize) -> f64 {
        let rows = clock.steps + 1;
        assert!(outcome.series.len() == rows * self.width, "a path without its series");
        move |row| outcome.series[row * self.width + column]
    }
}

/// Checks that a config's observations can be read off its paths.
///
/// # Errors
/// Every series and metric that is not recorded, with its place.
pub fn check(loaded: &Loaded) -> Result<(), ConfigError> {
    Readings::of(&loaded.scenario).map(|_| ()).map_err(|misfits| loaded.placed(misfits))
}

/// A figure of a series whose value in a row is `value(row)`, for rows 0 (the opening) to `clock.steps`.
#[must_use]
pub fn of_series(figure: &Figure, value: &dyn Fn(usize) -> f64, clock: &Clock) -> f64 {
    match figure {
        Figure::FirstHours { level, after_seconds, from, .. } => {
            let first = (*from..=clock.steps).find(|&row| level.reached(value(row)));
            first.map_or(f64::NAN, |row| (clock.hours(row as f64) - after_seconds / 3600.0).max(0.0))
        }
        Figure::At { row, .. } => value(*row),
        Figure::Change { from, to, relative, .. } => {
            let (then, now) = (value(*from), value(*to));
            match (relative, then == 0.0) {
                (false, _) => now - then,
                (true, false) => now / then - 1.0,
                (true, true) => f64::NAN,
            }
        }
        // `min` and `max` leave NaN out, unless there is nothing else.
        Figure::Lowest { from, to, .. } => (*from..=*to).map(value).fold(f64::NAN, f64::min),
        Figure::Highest { from, to, .. } => (*from..=*to).map(value).fold(f64::NAN, f64::max),
        Figure::Ratio { .. } | Figure::Metric(_) => f64::NAN,
    }
}

/// A figure of two series, whose values in a row are `above(row)` and `below(row)`.
#[must_use]
pub fn of_two(figure: &Figure, above: &dyn Fn(usize) -> f64, below: &dyn Fn(usize) -> f64) -> f64 {
    let Figure::Ratio { from, to, .. } = figure else { return f64::NAN };
    let rise = |series: &dyn Fn(usize) -> f64| series(*to) - series(*from);
    if rise(below) == 0.0 { f64::NAN } else { rise(above) / rise(below) }
}

fn source(observed: &Observed, names: &[SeriesName]) -> Result<Source, Misfit> {
    let figure = &observed.figure;
    let key = format!("figure.{}", figure.kind());
    if let Figure::Ratio { of, over, .. } = figure {
        return Ok(Source::Columns(column(of, &key, "series", names)?, column(over, &key, "over", names)?));
    }
    if let Some(of) = figure.series() {
        return column(of, &key, "series", names).map(Source::Column);
    }
    let misfit = |key: String, message: String, help: String| Err(Misfit { key, message, help });
    let Figure::Metric(name) = figure else { unreachable!("a figure is of a series or a metric") };
    match named(name) {
        None => {
            let help = suggest(name, "metrics", METRICS.iter().map(|m| m.name));
            misfit(key, format!("there is no metric called `{name}`"), help)
        }
        Some(metric) if metric.unit != observed.unit => {
            let message = format!("`{name}` is in \"{}\", not in \"{}\"", metric.unit, observed.unit);
            misfit("unit".to_owned(), message, format!("write unit = \"{}\", and `value` in it", metric.unit))
        }
        Some(metric) => Ok(Source::Metric(metric)),
    }
}

/// The column of a series that is named under `key`, in its entry `name`.
fn column(of: &SeriesOf, key: &str, name: &str, names: &[SeriesName]) -> Result<usize, Misfit> {
    let SeriesOf { series, entity } = of;
    if let Some(column) = names.iter().position(|n| n.series == series && n.entity == *entity) {
        return Ok(column);
    }
    let misfit =
        |entry: &str, message: String, help: String| Err(Misfit { key: format!("{key}.{entry}"), message, help });
    let entities: Vec<&str> = names.iter().filter(|n| n.series == series).map(|n| n.entity.as_str()).collect();
    if entities.is_empty() {
        let mut known: Vec<&str> = names.iter().map(|n| n.series).collect();
        known.sort_unstable();
        known.dedup();
        let message = format!("this scenario records no series called `{series}`");
        return misfit(name, message, suggest(series, "series", known));
    }
    if key == "figure.ratio" {
        let whole: Vec<&str> = names.iter().filter(|n| n.entity.is_empty()).map(|n| n.series).collect();
        return misfit(name, format!("`{series}` is not of the whole system"), suggest(series, "series", whole));
    }
    let (message, help) = match (entity.as_str(), entities == [""]) {
        ("", _) => (format!("`{series}` of what?"), suggest("", "entities", entities)),
        (_, true) => (format!("`{series}` is of the whole system"), "leave `entity` out".to_owned()),
        _ => (format!("no `{series}` of `{entity}` is recorded"), suggest(entity, "entities", entities)),
    };
    misfit("entity", message, help)
}

//! One number per path: [`METRICS`] is the only list. It makes the columns of `paths.parquet`, `rehypo list metrics`,
//! axis labels and the docs. What compares two worlds on the same path is in [`COMPARISONS`].
//!
//! A number that has no meaning on a path (the hour of a failure that never came) is NaN here, null in tables.

pub mod figure;
pub mod fund;
pub mod grouped;
pub mod observed;
pub mod order;
pub mod summary;
mod table;

use crate::outcome::{Outcome, PathOutcome};
use crate::scenario::Variant;
pub use table::{COMPARISONS, METRICS};

/// A number per path.
#[derive(Debug)]
pub struct Metric {
    /// Column name, unit last.
    pub name: &'static str,
    /// Unit: `USD`, `share`, `count`, `hours`, `x`, or `0/1` for what either happened or did not.
    pub unit: &'static str,
    /// Axis label: short, capitalised, without the unit.
    pub label: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Larger is worse (decides which tail value at risk and expected shortfall take).
    pub larger_is_worse: bool,
    /// The number.
    pub of: fn(&Outcome, &Clock) -> f64,
}

/// A number per path that sets the full world beside another on the same random numbers.
#[derive(Debug)]
pub struct Comparison {
    /// Column name, unit last.
    pub name: &'static str,
    /// Unit, as of a metric.
    pub unit: &'static str,
    /// Axis label: short, capitalised, without the unit.
    pub label: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Larger is worse.
    pub larger_is_worse: bool,
    /// The world beside the full one.
    pub beside: Variant,
    /// The number, from the full world and the other.
    pub of: fn(&Outcome, &Outcome) -> f64,
}

/// What a metric needs to know of time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Seconds in a step.
    pub step_seconds: f64,
    /// Steps in a path.
    pub steps: usize,
}

impl Clock {
    /// Hours that so many steps take.
    #[must_use]
    pub fn hours(&self, steps: f64) -> f64 {
        steps * self.step_seconds / 3600.0
    }
}

/// A column of `paths.parquet`: a metric in one world, or a comparison.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name: the metric's, after the name of its world unless that is the full one.
    pub name: String,
    /// What it holds.
    pub source: Source,
}

/// What a column of `paths.parquet` holds.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// A metric in a world.
    Metric(&'static Metric, Variant),
    /// A comparison of two worlds.
    Comparison(&'static Comparison),
}

impl Column {
    /// The number of a path.
    #[must_use]
    pub fn of(&self, path: &PathOutcome, clock: &Clock) -> f64 {
        match self.source {
            Source::Metric(metric, variant) => path.of(variant).map_or(f64::NAN, |o| (metric.of)(o, clock)),
            Source::Comparison(c) => path.of(c.beside).map_or(f64::NAN, |other| (c.of)(&path.full, other)),
        }
    }

    /// Its unit.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        match self.source {
            Source::Metric(m, _) => m.unit,
            Source::Comparison(c) => c.unit,
        }
    }

    /// Its axis label.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self.source {
            Source::Metric(m, _) => m.label,
            Source::Comparison(c) => c.label,
        }
    }

    /// Whether larger is worse.
    #[must_use]
    pub const fn larger_is_worse(&self) -> bool {
        match self.source {
            Source::Metric(m, _) => m.larger_is_worse,
            Source::Comparison(c) => c.larger_is_worse,
        }
    }
}

/// The columns of `paths.parquet` after `path`: every metric of the full world, the same for each counterfactual, then
/// the comparisons that these worlds allow.
#[must_use]
pub fn columns(counterfactuals: &[Variant]) -> Vec<Column> {
    let worlds = std::iter::once(Variant::Full).chain(counterfactuals.iter().copied());
    let metrics = worlds.flat_map(|world| {
        METRICS.iter().map(move |m| Column { name: column_name(world, m.name), source: Source::Metric(m, world) })
    });
    let comparisons = COMPARISONS
        .iter()
        .filter(|c| counterfactuals.contains(&c.beside))
        .map(|c| Column { name: c.name.to_owned(), source: Source::Comparison(c) });
    metrics.chain(comparisons).collect()
}

/// The name of a quantity's column in a world: `loss_usd`, `no_reuse_loss_usd`.
#[must_use]
pub fn column_name(world: Variant, name: &str) -> String {
    match world {
        Variant::Full => name.to_owned(),
        other => format!("{}_{name}", other.name()),
    }
}

/// The metric of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|m| m.name == name)
}

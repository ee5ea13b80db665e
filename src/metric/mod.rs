//! One number per path: [`METRICS`] is the only list. It makes the columns of `paths.parquet`, `rehypo list metrics`,
//! axis labels and the docs.

use crate::outcome::Outcome;

/// A number per path.
pub struct Metric {
    /// Column name, unit last.
    pub name: &'static str,
    /// Unit: `USD`, `share`, `count`, `hours`, `x`.
    pub unit: &'static str,
    /// Axis label: short, capitalised, without the unit.
    pub label: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Larger is worse (decides which tail VaR and expected shortfall take).
    pub larger_is_worse: bool,
    /// The number.
    pub of: fn(&Outcome, &Clock) -> f64,
}

/// What a metric needs to know of time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Seconds in a step.
    pub step_seconds: f64,
    /// Steps in a path.
    pub steps: usize,
}

//! Numbers over paths (or owners): quantiles and tails by the same rules as `summary.json`.

use crate::metric::order;
use crate::metric::summary::{Kind, Summary};
use crate::random::Sampling;

/// A sample without missing values, sorted.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    sorted: Vec<f64>,
}

impl Sample {
    pub(super) fn new(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        Self { sorted }
    }

    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }

    pub(super) fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    /// The quantile at a whole per cent; `NaN` of an empty sample.
    pub(super) fn quantile(&self, percent: u32) -> f64 {
        if self.sorted.is_empty() { f64::NAN } else { order::quantile(&self.sorted, percent) }
    }

    /// Value at risk and expected shortfall of a loss at 99 %; `NaN` of an empty sample.
    pub(super) fn risk(&self) -> (f64, f64) {
        let summary = Summary::of(&self.sorted, Kind { larger_is_worse: true, yes_or_no: false }, Sampling::Random);
        summary.risk(99).map_or((f64::NAN, f64::NAN), |risk| (risk.var, risk.es))
    }

    /// How many values are above zero.
    pub(super) fn positive(&self) -> usize {
        self.sorted.iter().filter(|value| **value > 0.0).count()
    }
}

/// A level so rare that only the worst paths reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rare {
    /// Per cent of paths below it.
    pub(super) percent: u32,
    /// One path in so many reaches it.
    pub(super) one_in: u32,
}

/// The rarest level that a sample of this size still tells something about.
pub(super) fn rare(paths: usize) -> Rare {
    match paths {
        200.. => Rare { percent: 99, one_in: 100 },
        40..200 => Rare { percent: 95, one_in: 20 },
        _ => Rare { percent: 90, one_in: 10 },
    }
}

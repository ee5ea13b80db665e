//! What was observed in the event that a scenario reproduces, resolved: times have become rows of a series. Names of
//! series and metrics are still text: they belong to layers above this one, see [`crate::metric::observed`].

use super::key::KeyPath;
use super::source::Problem;
use super::{ConfigError, Diagnostic, Loaded};

/// A number observed, and the figure of a path beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// What was observed.
    pub what: String,
    /// The number, in `unit`.
    pub value: f64,
    /// Unit, as of a metric.
    pub unit: &'static str,
    /// Where the number is from.
    pub source: String,
    /// What the figure is multiplied by.
    pub times: f64,
    /// The figure.
    pub figure: Figure,
}

/// A figure of a path. A row of a series is a step; row 0 is the opening.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// Hours from a time until a series first reaches a level.
    FirstHours {
        /// Which series.
        of: SeriesOf,
        /// The level.
        level: Threshold,
        /// The time, seconds from the opening.
        after_seconds: f64,
        /// The first row that counts: the first at or after the time.
        from: usize,
    },
    /// A series in a row.
    At {
        /// Which series.
        of: SeriesOf,
        /// Which row.
        row: usize,
    },
    /// A series in one row less the same in an earlier one.
    Change {
        /// Which series.
        of: SeriesOf,
        /// Earlier row.
        from: usize,
        /// Later row.
        to: usize,
        /// Over the value in the earlier row.
        relative: bool,
    },
    /// Lowest value of a series in rows `from` to `to`, both included.
    Lowest {
        /// Which series.
        of: SeriesOf,
        /// First row.
        from: usize,
        /// Last row.
        to: usize,
    },
    /// Highest value of a series in rows `from` to `to`, both included.
    Highest {
        /// Which series.
        of: SeriesOf,
        /// First row.
        from: usize,
        /// Last row.
        to: usize,
    },
    /// Rise of a series over the rise of another between two rows.
    Ratio {
        /// The series above.
        of: SeriesOf,
        /// The series below.
        over: SeriesOf,
        /// Earlier row.
        from: usize,
        /// Later row.
        to: usize,
    },
    /// A metric of that name.
    Metric(String),
}

/// A series by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesOf {
    /// What is followed.
    pub series: String,
    /// Of what; empty for the whole system.
    pub entity: String,
}

/// A level that a series reaches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// From below.
    AtLeast(f64),
    /// From above.
    AtMost(f64),
}

impl Threshold {
    /// Whether a value is there.
    #[must_use]
    pub fn reached(self, value: f64) -> bool {
        match self {
            Self::AtLeast(level) => value >= level,
            Self::AtMost(level) => value <= level,
        }
    }
}

impl Figure {
    /// The series that it is a figure of; none of a metric.
    #[must_use]
    pub const fn series(&self) -> Option<&SeriesOf> {
        match self {
            Self::FirstHours { of, .. }
            | Self::At { of, .. }
            | Self::Change { of, .. }
            | Self::Lowest { of, .. }
            | Self::Highest { of, .. }
            | Self::Ratio { of, .. } => Some(of),
            Self::Metric(_) => None,
        }
    }

    /// Its key in the config.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::FirstHours { .. } => "first_hours",
            Self::At { .. } => "at",
            Self::Change { .. } => "change",
            Self::Lowest { .. } => "lowest",
            Self::Highest { .. } => "highest",
            Self::Ratio { .. } => "ratio",
            Self::Metric(_) => "metric",
        }
    }
}

/// What is wrong with a key, found where the text of the config is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Dotted key, list entries by position: `observed.0.figure.at.series`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

impl Loaded {
    /// The problems, each with its place in the text.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    pub fn placed(&self, misfits: Vec<Misfit>) -> ConfigError {
        let problem = |m: Misfit| Problem::new(&KeyPath::dotted(&m.key), m.message).help(m.help);
        self.source.report(misfits.into_iter().map(problem).collect())
    }
}

/// The problems without their places, where there is a scenario and no text.
impl From<Vec<Misfit>> for ConfigError {
    fn from(misfits: Vec<Misfit>) -> Self {
        let diagnostic = |m: Misfit| Diagnostic {
            file: "the scenario as resolved".to_owned(),
            line: None,
            column: None,
            key: m.key,
            message: m.message,
            help: Some(m.help),
            source_line: None,
            width: 0,
        };
        Self { problems: misfits.into_iter().map(diagnostic).collect() }
    }
}

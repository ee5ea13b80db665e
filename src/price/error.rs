//! What can be wrong with `[prices]`: one message each, naming what is wrong and what would be right. The key of
//! the config file that is to blame comes apart ([`PriceError::key`]), so that the config layer can point at its line.

use super::correlation::CorrelationError;
use super::fault::FileFault;
use super::timestamp::show_span;
use std::path::{Path, PathBuf};

/// A price model that cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// A key names a coin that does not exist.
    #[error("there is no coin `{coin}` under [coins]{}", did_you_mean(.nearest.as_deref()))]
    UnknownCoin {
        /// Dotted key.
        key: String,
        /// As written.
        coin: String,
        /// The coin that was perhaps meant.
        nearest: Option<String>,
    },
    /// A key gives a law to a pegged coin.
    #[error("`{coin}` is pegged, and no price law drives it: leave it out here (what breaks a peg is a depeg shock)")]
    Pegged {
        /// Dotted key.
        key: String,
        /// The coin.
        coin: String,
    },
    /// A coin that is not pegged has no number in a table of the law.
    #[error("`{coin}` is missing: every coin that is not pegged needs its number, such as `{coin} = {example}`")]
    Missing {
        /// Dotted key of the table.
        key: String,
        /// The coin.
        coin: String,
        /// A number such as would be right.
        example: f64,
    },
    /// A number that its own type allows and the law does not.
    #[error("{why}")]
    Unfit {
        /// Dotted key.
        key: String,
        /// What is wrong, and what would be right.
        why: String,
    },
    /// There is nothing to draw.
    #[error("every coin is pegged, so no history is needed: write `[prices.gbm]` with `volatility_per_year = {{}}`")]
    NothingToDrive,
    /// The correlation matrix is none.
    #[error("{error}")]
    Correlation {
        /// Dotted key of the matrix.
        key: String,
        /// What is wrong with it.
        error: CorrelationError,
    },
    /// `from` or `to` is not a day.
    #[error("\"{text}\" is not a day: write one such as \"2020-09-20\"")]
    Day {
        /// Dotted key.
        key: &'static str,
        /// As written.
        text: String,
    },
    /// `from` is after `to`.
    #[error("the history ends ({to}) before it begins ({from}): `from` must not be after `to`")]
    DayOrder {
        /// First day.
        from: String,
        /// Last day.
        to: String,
    },
    /// A replay does not know when to start.
    #[error("a replay needs the time of its opening: write `start` here or in [run], such as \"2025-10-10T20:45:00Z\"")]
    NoStart,
    /// The start of a replay is no time.
    #[error("\"{text}\" is not a time in UTC: write one such as \"2025-10-10T20:45:00Z\"")]
    Start {
        /// As written.
        text: String,
    },
    /// A replay moves no coin.
    #[error("every coin is pegged or held, so there is nothing to replay: expected a coin that follows the file")]
    NothingToReplay,
    /// A coin that is held and follows a symbol.
    #[error("`{coin}` has a symbol and is held: expected one of the two")]
    HeldAndFollowed {
        /// Dotted key.
        key: String,
        /// The coin.
        coin: String,
    },
    /// A coin does not open at the recorded price.
    #[error(
        "the coin opens at {written_usd}, but the recorded price at the start is {recorded_usd}: write that, or \
         `rescale = true` in [prices.replay] to lay the recorded moves over {written_usd}"
    )]
    Opening {
        /// Dotted key.
        key: String,
        /// As written, USD.
        written_usd: f64,
        /// As recorded, USD.
        recorded_usd: f64,
    },
    /// Scripted points out of order.
    #[error("{at} is not after {before}, the point before: expected points in order of time")]
    PointOrder {
        /// Dotted key.
        key: String,
        /// Time of the point.
        at: String,
        /// Time of the one before.
        before: String,
    },
    /// The price file is wrong.
    #[error("{}: {fault}", .file.display())]
    File {
        /// Dotted key.
        key: String,
        /// The file.
        file: PathBuf,
        /// What is wrong.
        fault: Box<FileFault>,
    },
    /// The block is shorter than a bar.
    #[error("blocks of {mean_block} are shorter than the bars of the price file: expected at least {bar}")]
    BlockTooShort {
        /// Mean length of a block.
        mean_block: String,
        /// Length of a bar.
        bar: String,
    },
    /// The history is too short for its blocks.
    #[error(
        "blocks of {mean_block} are too long for a history of {bars} bars of {bar} in {stretches} unbroken \
         stretch(es): expected at most {longest}"
    )]
    HistoryTooShort {
        /// Mean length of a block.
        mean_block: String,
        /// Joint bars.
        bars: usize,
        /// Length of a bar.
        bar: String,
        /// Stretches without a gap.
        stretches: usize,
        /// The longest mean block that would do.
        longest: String,
    },
    /// Neither the step nor the bar is a whole number of the other.
    #[error(
        "a step of {step} does not fit the bars of {bar} of the price file: a bar must be a whole number of steps, or a \
         step a whole number of bars"
    )]
    Step {
        /// Length of a step.
        step: String,
        /// Length of a bar.
        bar: String,
    },
}

impl PriceError {
    /// The dotted key of the config file that is to blame.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::UnknownCoin { key, .. }
            | Self::Pegged { key, .. }
            | Self::Missing { key, .. }
            | Self::Unfit { key, .. }
            | Self::Correlation { key, .. }
            | Self::File { key, .. }
            | Self::HeldAndFollowed { key, .. }
            | Self::Opening { key, .. }
            | Self::PointOrder { key, .. } => key,
            Self::Day { key, .. } => key,
            Self::NoStart | Self::NothingToReplay => "prices.replay",
            Self::Start { .. } => "prices.replay.start",
            Self::NothingToDrive => "prices.bootstrap",
            Self::DayOrder { .. } => "prices.bootstrap.from",
            Self::BlockTooShort { .. } | Self::HistoryTooShort { .. } => "prices.bootstrap.mean_block",
            Self::Step { .. } => "run.step",
        }
    }

    /// The same fault of a correlation matrix that stands under another key.
    pub(super) fn blaming(self, key: String) -> Self {
        match self {
            Self::Correlation { error, .. } => Self::Correlation { key, error },
            other => other,
        }
    }

    /// What would be right, where it takes more than the message.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Correlation { error, .. } => error.help(),
            _ => None,
        }
    }

    pub(super) fn file(law: &str, file: &Path, fault: FileFault) -> Self {
        Self::File { key: format!("prices.{law}.{}", fault.key()), file: file.to_owned(), fault: Box::new(fault) }
    }

    pub(super) fn step(step_seconds: f64, bar_ms: i64) -> Self {
        Self::Step { step: show_span(libm::round(step_seconds * 1e3) as i64), bar: show_span(bar_ms) }
    }
}

/// The candidate closest to what was written, if it is close enough to be a slip.
#[must_use]
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let slips = |name: &str| strsim::damerau_levenshtein(&written.to_lowercase(), &name.to_lowercase());
    let (slips, name) = candidates.into_iter().map(|name| (slips(name), name)).min_by_key(|(slips, _)| *slips)?;
    (slips <= 2.min(written.chars().count() / 2)).then(|| name.to_owned())
}

pub(super) fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |name| format!("; did you mean `{name}`?"))
}

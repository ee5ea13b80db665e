//! What can be wrong with a price file. Rows of a CSV file are counted as an editor counts lines (the header is line
//! 1), those of a Parquet file from 1.

use super::error::did_you_mean;
use super::timestamp::{Zone, show, show_day, show_span};

/// What is wrong with a price file.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    /// It cannot be opened.
    #[error("cannot open the price file: {0}")]
    Open(std::io::Error),
    /// It is of no known kind.
    #[error("a price file ends in .csv or .parquet")]
    Kind,
    /// It is not what its name says.
    #[error("cannot be read as {kind}: {what}")]
    Malformed {
        /// `CSV` or `Parquet`.
        kind: &'static str,
        /// What the reader says.
        what: String,
    },
    /// A column is missing.
    #[error("there is no column `{column}`, but {}{}", list(.present), did_you_mean(.nearest.as_deref()))]
    NoColumn {
        /// The column that is needed.
        column: &'static str,
        /// The columns of the file.
        present: Vec<String>,
        /// The column that was perhaps meant.
        nearest: Option<String>,
    },
    /// A column has the wrong type.
    #[error("column `{column}` is {is}: expected {expected}")]
    ColumnType {
        /// The column.
        column: &'static str,
        /// Its type.
        is: String,
        /// What it should be.
        expected: &'static str,
    },
    /// Klines without their columns.
    #[error(
        "the first line is of numbers, as of klines without a header, but has {columns} columns: expected open time, open, \
         high, low, close and more, or a header with `timestamp`, `symbol`, `open`, `high`, `low`, `close`"
    )]
    Klines {
        /// How many it has.
        columns: usize,
    },
    /// A symbol is missing.
    #[error("there is no symbol `{symbol}` for coin `{coin}`, but {}{}", list(.present),
        did_you_mean(.nearest.as_deref()))]
    NoSymbol {
        /// The coin it is for.
        coin: String,
        /// The symbol.
        symbol: String,
        /// The symbols of the file.
        present: Vec<String>,
        /// The symbol that was perhaps meant.
        nearest: Option<String>,
    },
    /// A bar is wrong.
    #[error("{counted_in} {row}: {fault}")]
    Bar {
        /// `line` or `row`.
        counted_in: &'static str,
        /// Which.
        row: u64,
        /// What is wrong with it.
        fault: BarFault,
    },
    /// `from` or `to` is outside the file.
    #[error(
        "{symbol} has bars from {} to {} only, not on {}: write a day between them",
        show_day(*.first_ms), show_day(*.last_ms), show_day(*.day_ms)
    )]
    Outside {
        /// Key of the law.
        key: &'static str,
        /// The day asked for.
        day_ms: i64,
        /// The symbol that falls short.
        symbol: String,
        /// Its first bar.
        first_ms: i64,
        /// Its last bar.
        last_ms: i64,
    },
    /// A symbol has no bar at the start of a replay.
    #[error("no bar of {symbol} begins at {}: expected a start where one does{}{}", show(*.ms),
        neighbour("before", counted_in, *.before), neighbour("after", counted_in, *.after))]
    NoBarAt {
        /// The symbol.
        symbol: String,
        /// `line` or `row`.
        counted_in: &'static str,
        /// The start.
        ms: i64,
        /// The bar before it: row and time.
        before: Option<(u64, i64)>,
        /// The bar after it.
        after: Option<(u64, i64)>,
    },
    /// A symbol ends before the path of a replay does.
    #[error(
        "{symbol} ends at {} ({counted_in} {row}), but the path goes from {} to {}: expected bars to its end; make it \
         shorter or start it earlier",
        show(*.last_ms), show(*.start_ms), show(*.end_ms)
    )]
    TooShort {
        /// The symbol.
        symbol: String,
        /// `line` or `row`.
        counted_in: &'static str,
        /// Its last bar.
        row: u64,
        /// The end of that.
        last_ms: i64,
        /// Start of the path.
        start_ms: i64,
        /// End of the path.
        end_ms: i64,
    },
    /// A symbol has one bar, the length of which nobody knows.
    #[error("{symbol} has a single bar, in {counted_in} {row}: expected two or more, to see how long they are")]
    OneBar {
        /// The symbol.
        symbol: String,
        /// `line` or `row`.
        counted_in: &'static str,
        /// Which.
        row: u64,
    },
    /// The symbols have no bar in common.
    #[error("no bar that {} all have at the same time in the days asked for", list(.symbols))]
    NoOverlap {
        /// The symbols.
        symbols: Vec<String>,
    },
}

/// What is wrong with a bar.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BarFault {
    /// Not a time.
    #[error("timestamp is {0}: expected ISO 8601 in UTC, such as 2020-09-20T13:00:00Z")]
    Timestamp(String),
    /// Not the open time of a kline.
    #[error("open time is {0}: expected milliseconds or microseconds since 1970, such as 1735689600000")]
    OpenTime(String),
    /// A time that is not in UTC.
    #[error("timestamp \"{text}\" is not in UTC: expected all times in UTC, this one as {}", show(*.ms))]
    Offset {
        /// As written.
        text: String,
        /// The time meant.
        ms: i64,
    },
    /// Some times state a zone, some do not.
    #[error(
        "timestamp \"{text}\" states {} time zone, unlike that of {counted} {first_row}: expected all times in UTC, and \
         written alike",
        if *.zone == Zone::Utc { "its" } else { "no" }
    )]
    MixedZones {
        /// As written.
        text: String,
        /// Its zone.
        zone: Zone,
        /// `line` or `row`.
        counted: &'static str,
        /// The first row, which does otherwise.
        first_row: u64,
    },
    /// Not a number.
    #[error("{column} is {text}: expected a number")]
    Number {
        /// Column.
        column: &'static str,
        /// As written.
        text: String,
    },
    /// Not a price.
    #[error("{column} of {symbol} is {value}: expected a price above 0")]
    Price {
        /// Symbol.
        symbol: String,
        /// Column.
        column: &'static str,
        /// The number.
        value: f64,
    },
    /// The highest price is not the highest.
    #[error("high of {symbol} is {high}, below its {column} {value}: expected the highest price of the bar")]
    High {
        /// Symbol.
        symbol: String,
        /// Its high.
        high: f64,
        /// The price above it.
        column: &'static str,
        /// That price.
        value: f64,
    },
    /// The lowest price is not the lowest.
    #[error("low of {symbol} is {low}, above its {column} {value}: expected the lowest price of the bar")]
    Low {
        /// Symbol.
        symbol: String,
        /// Its low.
        low: f64,
        /// The price below it.
        column: &'static str,
        /// That price.
        value: f64,
    },
    /// Out of order.
    #[error("bar of {symbol} at {} comes after its bar at {}: sort the file by timestamp", show(*.ms), show(*.before_ms))]
    Unsorted {
        /// Symbol.
        symbol: String,
        /// Time of the bar.
        ms: i64,
        /// Time of the bar before it in the file.
        before_ms: i64,
    },
    /// There twice.
    #[error("second bar of {symbol} at {}: expected one", show(*.ms))]
    Duplicate {
        /// Symbol.
        symbol: String,
        /// Time of the bar.
        ms: i64,
    },
    /// Bars are missing before it.
    #[error(
        "gap in {symbol}: {} from {} to {}, where bars are {} apart; {advice}",
        show_span(ms - before_ms), show(*.before_ms), show(*.ms), show_span(*.bar_ms)
    )]
    Gap {
        /// Symbol.
        symbol: String,
        /// Time of the bar.
        ms: i64,
        /// Time of the bar before.
        before_ms: i64,
        /// Length of a bar.
        bar_ms: i64,
        /// What to do about it.
        advice: &'static str,
    },
    /// Too close to the bar before.
    #[error(
        "bar of {symbol} at {} is only {} after the bar before it, where bars are {} apart: expected bars of one length",
        show(*.ms), show_span(ms - before_ms), show_span(*.bar_ms)
    )]
    TooClose {
        /// Symbol.
        symbol: String,
        /// Time of the bar.
        ms: i64,
        /// Time of the bar before.
        before_ms: i64,
        /// Length of a bar.
        bar_ms: i64,
    },
}

impl FileFault {
    /// The key of the law that is to blame.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Outside { key, .. } => key,
            Self::NoBarAt { .. } | Self::TooShort { .. } => "start",
            Self::NoSymbol { .. } => "symbols",
            _ => "file",
        }
    }

    pub(super) fn malformed(kind: &'static str, what: &impl ToString) -> Self {
        Self::Malformed { kind, what: what.to_string() }
    }
}

/// `; the one before begins at 2020-09-20T13:00:00Z (line 7)`.
fn neighbour(which: &str, counted_in: &str, place: Option<(u64, i64)>) -> String {
    place.map_or(String::new(), |(row, ms)| format!("; the one {which} begins at {} ({counted_in} {row})", show(ms)))
}

/// `a, b and 7 more`.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown = names.iter().take(SHOWN).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "none at all".to_owned(),
        n if n > SHOWN => format!("{shown} and {} more", n - SHOWN),
        _ => shown,
    }
}

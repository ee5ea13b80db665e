//! What can be wrong with a price file. Rows of a CSV file are counted as an editor counts lines (the header is line
//! 1), those of a Parquet file from 1.

use super::error::did_you_mean;
use super::timestamp::{show, show_day, show_span};

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
        /// Dotted key.
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
        "gap in {symbol}: {} from {} to {}, where bars are {} apart; add the missing bars, choose days without gap with \
         `from` and `to`, or write `gaps = \"split\"` if the gaps are known",
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
    /// The dotted key of the config file that is to blame.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Outside { key, .. } => key,
            Self::NoSymbol { .. } => "prices.bootstrap.symbols",
            _ => "prices.bootstrap.file",
        }
    }

    pub(super) fn malformed(kind: &'static str, what: &impl ToString) -> Self {
        Self::Malformed { kind, what: what.to_string() }
    }
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

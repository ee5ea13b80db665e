//! Reads a price file, CSV or Parquet, in long format: columns `timestamp` (start of the bar, UTC), `symbol`, `open`,
//! `high`, `low`, `close`; others are ignored. What it returns is what the file says, in the order of the file; whether
//! the bars make a history is for [`super::history`] to find out.

use super::error::nearest;
use super::fault::{BarFault, FileFault};
use super::{parquet, timestamp};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

/// The bars of the symbols that were asked for.
#[derive(Debug)]
pub struct Table {
    /// What rows are counted in: `line` of a CSV file (the header is line 1), `row` of a Parquet file.
    pub counted_in: &'static str,
    /// Every symbol of the file.
    pub symbols: BTreeSet<String>,
    /// The bars of each symbol asked for.
    pub bars: Vec<Vec<Recorded>>,
}

/// A bar as recorded.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// Where in the file.
    pub row: u64,
    /// When it begins, milliseconds since 1970.
    pub ms: i64,
    /// Open, high, low, close.
    pub prices: [f64; 4],
}

/// The names of [`Recorded::prices`].
pub const PRICES: [&str; 4] = ["open", "high", "low", "close"];

/// Reads the bars of `symbols`.
///
/// # Errors
/// If the file cannot be read, lacks a column, or has a cell that is not a time or a number.
pub fn read(file: &Path, symbols: &[&str]) -> Result<Table, FileFault> {
    let open = || File::open(file).map_err(FileFault::Open);
    match file.extension().and_then(|e| e.to_str()).map(str::to_lowercase).as_deref() {
        Some("csv") => read_csv(open()?, symbols),
        Some("parquet") => parquet::read(open()?, symbols),
        _ => Err(FileFault::Kind),
    }
}

impl Table {
    pub(super) fn new(counted_in: &'static str, symbols: &[&str]) -> Self {
        Self { counted_in, symbols: BTreeSet::new(), bars: vec![Vec::new(); symbols.len()] }
    }

    /// Notes that the file has this symbol; where its bars go if it was asked for.
    pub(super) fn place(&mut self, symbol: &str, asked: &[&str]) -> Option<&mut Vec<Recorded>> {
        if !self.symbols.contains(symbol) {
            self.symbols.insert(symbol.to_owned());
        }
        asked.iter().position(|s| *s == symbol).map(|at| &mut self.bars[at])
    }
}

fn read_csv(open: File, asked: &[&str]) -> Result<Table, FileFault> {
    let malformed = |e: csv::Error| FileFault::malformed("CSV", &e);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(open);
    let header = reader.headers().map_err(malformed)?.clone();
    let names: Vec<&str> = header.iter().collect();
    let at = |column| find(&names, column);
    let (time, symbol) = (at("timestamp")?, at("symbol")?);
    let prices = [at(PRICES[0])?, at(PRICES[1])?, at(PRICES[2])?, at(PRICES[3])?];

    let mut table = Table::new("line", asked);
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(malformed)? {
        let row = record.position().map_or(0, csv::Position::line);
        let Some(bars) = table.place(&record[symbol], asked) else { continue };
        let ms = parse_time(&record[time]);
        let bar = ms.and_then(|ms| Ok(Recorded { row, ms, prices: parse_prices(&record, prices)? }));
        bars.push(bar.map_err(|fault| FileFault::Bar { counted_in: "line", row, fault })?);
    }
    Ok(table)
}

fn parse_time(text: &str) -> Result<i64, BarFault> {
    timestamp::parse(text).ok_or_else(|| BarFault::Timestamp(quoted(text)))
}

fn parse_prices(record: &csv::StringRecord, columns: [usize; 4]) -> Result<[f64; 4], BarFault> {
    let mut prices = [0.0; 4];
    for ((price, at), column) in prices.iter_mut().zip(columns).zip(PRICES) {
        *price = record[at].parse().map_err(|_| BarFault::Number { column, text: quoted(&record[at]) })?;
    }
    Ok(prices)
}

/// A cell as a message shows it.
pub(super) fn quoted(text: &str) -> String {
    if text.is_empty() { "empty".to_owned() } else { format!("\"{text}\"") }
}

/// The position of a column.
pub(super) fn find(names: &[&str], column: &'static str) -> Result<usize, FileFault> {
    names.iter().position(|name| *name == column).ok_or_else(|| FileFault::NoColumn {
        column,
        present: names.iter().map(|&name| name.to_owned()).collect(),
        nearest: nearest(column, names.iter().copied()),
    })
}

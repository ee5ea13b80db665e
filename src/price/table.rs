//! Reads a price file, CSV or Parquet, in long format: columns `timestamp` (start of the bar, UTC), `symbol`, `open`,
//! `high`, `low`, `close`; others are ignored. What it returns is what the file says, in the order of the file; whether
//! the bars make a history is for [`super::history`] to find out.
//!
//! Also exchange klines, as Binance publishes them (github.com/binance/binance-public-data): `open_time` in milliseconds
//! or, from 2025 on, microseconds since 1970, `open`, `high`, `low`, `close` and more; as CSV with or without that
//! header. Such a file is of one symbol, which its name begins with: `BTCUSDT-1h-2025-10.csv`.

use super::error::nearest;
use super::fault::{BarFault, FileFault};
use super::timestamp::Zone;
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
        Some("csv") => read_csv(file, open()?, symbols),
        Some("parquet") => parquet::read(file, open()?, symbols),
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

    /// A symbol is missing that a coin needs.
    pub(super) fn no_symbol(&self, coin: &str, symbol: &str) -> FileFault {
        FileFault::NoSymbol {
            coin: coin.to_owned(),
            symbol: symbol.to_owned(),
            present: self.symbols.iter().cloned().collect(),
            nearest: nearest(symbol, self.symbols.iter().map(String::as_str)),
        }
    }
}

/// Reads times as text, and sees that all of a file state their zone in one way.
#[derive(Debug)]
pub(super) struct Clock {
    counted: &'static str,
    first: Option<(u64, Zone)>,
}

impl Clock {
    /// For a file whose rows are counted in that.
    pub(super) const fn new(counted: &'static str) -> Self {
        Self { counted, first: None }
    }

    /// The time in a row, in milliseconds since 1970.
    pub(super) fn read(&mut self, row: u64, text: &str) -> Result<i64, BarFault> {
        let (ms, zone) = timestamp::parse_zoned(text).ok_or_else(|| BarFault::Timestamp(quoted(text)))?;
        if matches!(zone, Zone::Ahead(_)) {
            return Err(BarFault::Offset { text: text.to_owned(), ms });
        }
        let (first_row, first) = *self.first.get_or_insert((row, zone));
        if first == zone {
            Ok(ms)
        } else {
            Err(BarFault::MixedZones { text: text.to_owned(), zone, counted: self.counted, first_row })
        }
    }
}

/// Where the columns of a CSV file are.
struct Layout {
    time: usize,
    /// Of klines there is no column: the file is of one symbol.
    symbol: Option<usize>,
    prices: [usize; 4],
}

impl Layout {
    /// From the first line; whether that is a header.
    fn of(first: &csv::StringRecord) -> Result<(Self, bool), FileFault> {
        if first.get(0).is_some_and(|cell| cell.parse::<u64>().is_ok()) {
            if first.len() < 5 {
                return Err(FileFault::Klines { columns: first.len() });
            }
            return Ok((Self { time: 0, symbol: None, prices: [1, 2, 3, 4] }, false));
        }
        let names: Vec<&str> = first.iter().collect();
        let at = |column| find(&names, column);
        let is_kline = names.contains(&"open_time") && !names.contains(&"timestamp");
        let (time, symbol) = if is_kline { (at("open_time")?, None) } else { (at("timestamp")?, Some(at("symbol")?)) };
        Ok((Self { time, symbol, prices: [at(PRICES[0])?, at(PRICES[1])?, at(PRICES[2])?, at(PRICES[3])?] }, true))
    }
}

fn read_csv(file: &Path, open: File, asked: &[&str]) -> Result<Table, FileFault> {
    let malformed = |e: csv::Error| FileFault::malformed("CSV", &e);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).has_headers(false).from_reader(open);
    let mut record = csv::StringRecord::new();
    if !reader.read_record(&mut record).map_err(malformed)? {
        return Err(FileFault::malformed("CSV", &"the file is empty"));
    }
    let (layout, is_header) = Layout::of(&record)?;
    let of_all = klines_symbol(file);

    let (mut table, mut clock) = (Table::new("line", asked), Clock::new("line"));
    let mut is_bar = !is_header || reader.read_record(&mut record).map_err(malformed)?;
    while is_bar {
        let row = record.position().map_or(0, csv::Position::line);
        if let Some(bars) = table.place(layout.symbol.map_or(of_all, |at| &record[at]), asked) {
            let time = &record[layout.time];
            let ms = if layout.symbol.is_some() {
                clock.read(row, time)
            } else {
                open_time(time.parse().ok(), || quoted(time))
            };
            let bar = ms.and_then(|ms| Ok(Recorded { row, ms, prices: parse_prices(&record, layout.prices)? }));
            bars.push(bar.map_err(|fault| FileFault::Bar { counted_in: "line", row, fault })?);
        }
        is_bar = reader.read_record(&mut record).map_err(malformed)?;
    }
    Ok(table)
}

/// The symbol of a file of klines.
pub(super) fn klines_symbol(file: &Path) -> &str {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    stem.split('-').next().unwrap_or_default()
}

/// The open time of a kline, milliseconds; `shown` is the cell as a message shows it. Times from March 1973 to the year 5138
/// tell milliseconds from microseconds; seconds and nanoseconds lie outside both, and are refused: taken for milliseconds,
/// seconds would make an hour one of 3.6 seconds.
pub(super) fn open_time(ticks: Option<i64>, shown: impl Fn() -> String) -> Result<i64, BarFault> {
    const FIRST_MS: i64 = 100_000_000_000;
    const FIRST_US: i64 = 1_000 * FIRST_MS;
    const FIRST_NS: i64 = 1_000 * FIRST_US;
    match ticks {
        Some(ticks) if (FIRST_MS..FIRST_US).contains(&ticks) => Ok(ticks),
        Some(ticks) if (FIRST_US..FIRST_NS).contains(&ticks) => Ok(ticks / 1_000),
        _ => Err(BarFault::OpenTime(shown())),
    }
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

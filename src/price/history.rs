//! Recorded history as joint bars: at each time one bar of every coin, so that what happened together stays together.
//! A bar is kept as logs relative to the close before it. Where bars are missing, history falls into stretches; the
//! first bar of a stretch is relative to its own open, because nobody knows what came just before.

use super::error::PriceError;
use super::fault::{BarFault, FileFault};
use super::table::{self, PRICES, Recorded, Table};
use super::timestamp::{DAY_MS, parse_day, show_day};
use crate::scenario::spec::{BootstrapSpec, GapsSpec};
use std::collections::BTreeMap;
use std::path::Path;

/// Joint bars.
#[derive(Clone, Debug)]
pub struct History {
    /// Coins in a joint bar.
    pub coins: usize,
    /// Length of a bar, milliseconds.
    pub bar_ms: i64,
    /// Joint bar by joint bar, `coins` each.
    pub bars: Vec<Bar>,
    /// Position of the first joint bar of each stretch without a gap, rising; the first is 0.
    pub stretches: Vec<usize>,
    /// When each stretch begins, milliseconds since 1970.
    pub stretch_starts_ms: Vec<i64>,
}

/// A bar of one coin: logs relative to the close before it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bar {
    /// First price; 0 where trading went on from the last close.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price: the return of the bar.
    pub close: f64,
}

impl History {
    /// Reads the history that `spec` asks for, for each coin the bars of its symbol. `base` is the directory that
    /// relative paths start from.
    ///
    /// # Errors
    /// If the file cannot be read or lacks something, or a bar in the days asked for is wrong; see [`PriceError`].
    pub fn read(spec: &BootstrapSpec, coins: &[(&str, String)], base: &Path) -> Result<Self, PriceError> {
        let days = Days::of(spec)?;
        let mut symbols: Vec<&str> = coins.iter().map(|(_, symbol)| symbol.as_str()).collect();
        symbols.sort_unstable();
        symbols.dedup();
        let file = base.join(&spec.file);
        let wrong = |fault| PriceError::file("bootstrap", &file, fault);
        let table = table::read(&file, &symbols).map_err(wrong)?;
        for (coin, symbol) in coins {
            if !table.symbols.contains(symbol) {
                return Err(wrong(table.no_symbol(coin, symbol)));
            }
        }
        let checked = Checked::of(&symbols, table, &days, spec.gaps).map_err(wrong)?;
        let column = |symbol: &String| symbols.partition_point(|s| *s < symbol.as_str());
        let columns: Vec<usize> = coins.iter().map(|(_, symbol)| column(symbol)).collect();
        checked.join(&columns).map_err(wrong)
    }

    /// Joint bars in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bars.len() / self.coins
    }

    /// Whether there is no bar.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bars.is_empty()
    }

    /// The joint bar at a position, coin by coin.
    #[must_use]
    pub fn joint(&self, at: usize) -> &[Bar] {
        &self.bars[at * self.coins..][..self.coins]
    }
}

/// The days asked for, as milliseconds: from the first, before the end of the last.
struct Days {
    from: Option<i64>,
    to: Option<i64>,
}

impl Days {
    fn of(spec: &BootstrapSpec) -> Result<Self, PriceError> {
        let day = |key, text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => parse_day(text).map(Some).ok_or_else(|| PriceError::Day { key, text: text.clone() }),
        };
        let days = Self { from: day("prices.bootstrap.from", &spec.from)?, to: day("prices.bootstrap.to", &spec.to)? };
        match (days.from, days.to) {
            (Some(from), Some(to)) if from > to => Err(PriceError::DayOrder { from: show_day(from), to: show_day(to) }),
            _ => Ok(days),
        }
    }

    fn hold(&self, ms: i64) -> bool {
        self.from.is_none_or(|from| ms >= from) && self.to.is_none_or(|to| ms < to + DAY_MS)
    }

    /// Refuses days that a symbol does not reach.
    fn check_reach(&self, symbol: &str, first_ms: i64, last_ms: i64) -> Result<(), FileFault> {
        let asked = [("from", self.from), ("to", self.to)];
        for (key, day) in asked {
            if let Some(day_ms) = day.filter(|day| day + DAY_MS <= first_ms || *day > last_ms) {
                return Err(FileFault::Outside { key, day_ms, symbol: symbol.to_owned(), first_ms, last_ms });
            }
        }
        Ok(())
    }
}

/// Bars of each symbol in the days common to all: sorted, each a proper bar, evenly spaced but for gaps allowed.
struct Checked {
    symbols: Vec<String>,
    bars: Vec<Vec<Recorded>>,
    bar_ms: i64,
}

impl Checked {
    fn of(symbols: &[&str], table: Table, days: &Days, gaps: GapsSpec) -> Result<Self, FileFault> {
        let counted_in = table.counted_in;
        let wrong = |(row, fault)| FileFault::Bar { counted_in, row, fault };
        let mut bars = table.bars;
        for (bars, symbol) in bars.iter_mut().zip(symbols) {
            let first = bars.iter().map(|b| b.ms).min().expect("the symbol is in the file");
            let last = bars.iter().map(|b| b.ms).max().expect("the symbol is in the file");
            days.check_reach(symbol, first, last)?;
            bars.retain(|b| days.hold(b.ms));
            check_bars(symbol, bars).map_err(wrong)?;
        }
        keep_common_time(&mut bars);
        let bar_ms = most_common_distance(bars.iter().map(Vec::as_slice)).unwrap_or(DAY_MS);
        for (bars, symbol) in bars.iter().zip(symbols) {
            check_spacing(symbol, bars, bar_ms, gaps, ADVICE).map_err(wrong)?;
        }
        let symbols = symbols.iter().map(|&s| s.to_owned()).collect();
        Ok(Self { symbols, bars, bar_ms })
    }

    /// The times that all symbols have; `columns` says which symbol each coin follows.
    fn join(&self, columns: &[usize]) -> Result<History, FileFault> {
        let mut history = History {
            coins: columns.len(),
            bar_ms: self.bar_ms,
            bars: Vec::new(),
            stretches: Vec::new(),
            stretch_starts_ms: Vec::new(),
        };
        let mut next = vec![0; self.bars.len()];
        let mut before: Option<Vec<Recorded>> = None;
        for first in &self.bars[0] {
            let here: Option<Vec<Recorded>> =
                self.bars.iter().zip(&mut next).map(|(b, n)| seek(b, n, first.ms)).collect();
            let Some(here) = here else { continue };
            let last = before.filter(|last| here[0].ms - last[0].ms == self.bar_ms);
            if last.is_none() {
                history.stretches.push(history.len());
                history.stretch_starts_ms.push(first.ms);
            }
            for &column in columns {
                let reference = last.as_ref().map_or(here[column].prices[0], |last| last[column].prices[3]);
                history.bars.push(Bar::relative(here[column].prices, reference));
            }
            before = Some(here);
        }
        if history.is_empty() {
            return Err(FileFault::NoOverlap { symbols: self.symbols.clone() });
        }
        Ok(history)
    }
}

impl Bar {
    /// Of open, high, low and close; `reference` is the close before.
    pub(super) fn relative(prices: [f64; 4], reference: f64) -> Self {
        let [open, high, low, close] = prices.map(|price| libm::log(price / reference));
        Self { open, high, low, close }
    }
}

/// The bar at `ms`, if there is one; `next` moves on to it.
fn seek(bars: &[Recorded], next: &mut usize, ms: i64) -> Option<Recorded> {
    while bars.get(*next).is_some_and(|bar| bar.ms < ms) {
        *next += 1;
    }
    bars.get(*next).copied().filter(|bar| bar.ms == ms)
}

/// What to do about a gap.
const ADVICE: &str = "add the missing bars, choose days without gap (`from`, `to`), or, if the gaps are known, have them \
                      split (`gaps = \"split\"` in a config, `--gaps split` on the command line)";

/// A fault and the row it is in.
type Fault = (u64, BarFault);

/// Refuses bars whose prices are none, and bars out of order or there twice.
pub(super) fn check_bars(symbol: &str, bars: &[Recorded]) -> Result<(), Fault> {
    for bar in bars {
        check_prices(symbol, bar.prices).map_err(|fault| (bar.row, fault))?;
    }
    let Some(pair) = bars.windows(2).find(|pair| pair[1].ms <= pair[0].ms) else { return Ok(()) };
    let (symbol, ms, before_ms) = (symbol.to_owned(), pair[1].ms, pair[0].ms);
    let twice = ms == before_ms;
    let fault = if twice { BarFault::Duplicate { symbol, ms } } else { BarFault::Unsorted { symbol, ms, before_ms } };
    Err((pair[1].row, fault))
}

fn check_prices(symbol: &str, prices: [f64; 4]) -> Result<(), BarFault> {
    let (symbol, named) = (|| symbol.to_owned(), || PRICES.into_iter().zip(prices));
    let [_, high, low, _] = prices;
    if let Some((column, value)) = named().find(|(_, price)| !(price.is_finite() && *price > 0.0)) {
        return Err(BarFault::Price { symbol: symbol(), column, value });
    }
    if let Some((column, value)) = named().find(|(_, price)| *price > high) {
        return Err(BarFault::High { symbol: symbol(), high, column, value });
    }
    if let Some((column, value)) = named().find(|(_, price)| *price < low) {
        return Err(BarFault::Low { symbol: symbol(), low, column, value });
    }
    Ok(())
}

/// Cuts every symbol to the time from the latest beginning to the earliest end.
fn keep_common_time(bars: &mut [Vec<Recorded>]) {
    let first = bars.iter().map(|b| b.first().map_or(i64::MAX, |b| b.ms)).max().unwrap_or(i64::MAX);
    let last = bars.iter().map(|b| b.last().map_or(i64::MIN, |b| b.ms)).min().unwrap_or(i64::MIN);
    for bars in bars {
        bars.retain(|bar| (first..=last).contains(&bar.ms));
    }
}

/// The length of a bar; of equally common distances the shortest.
pub(super) fn most_common_distance<'a>(bars: impl Iterator<Item = &'a [Recorded]>) -> Option<i64> {
    let mut counts = BTreeMap::<i64, usize>::new();
    for pair in bars.flat_map(|bars| bars.windows(2)) {
        *counts.entry(pair[1].ms - pair[0].ms).or_default() += 1;
    }
    counts.into_iter().max_by_key(|&(distance, count)| (count, -distance)).map(|(distance, _)| distance)
}

/// Refuses bars that are not `bar_ms` apart; `advice` is what to do about a gap.
pub(super) fn check_spacing(
    symbol: &str,
    bars: &[Recorded],
    bar_ms: i64,
    gaps: GapsSpec,
    advice: &'static str,
) -> Result<(), Fault> {
    let wrong = |pair: &&[Recorded]| {
        let apart_ms = pair[1].ms - pair[0].ms;
        apart_ms < bar_ms || (apart_ms > bar_ms && gaps == GapsSpec::Refuse)
    };
    let Some(pair) = bars.windows(2).find(wrong) else { return Ok(()) };
    let (symbol, ms, before_ms) = (symbol.to_owned(), pair[1].ms, pair[0].ms);
    let fault = if ms - before_ms < bar_ms {
        BarFault::TooClose { symbol, ms, before_ms, bar_ms }
    } else {
        BarFault::Gap { symbol, ms, before_ms, bar_ms, advice }
    };
    Err((pair[1].row, fault))
}

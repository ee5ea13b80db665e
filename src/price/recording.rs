//! The part of a price file that a replay needs: of each coin the bars from the opening to the end of the path, checked.
//! Symbols can have bars of different lengths.

use super::driven::driven_coin;
use super::error::PriceError;
use super::fault::FileFault;
use super::history::{Bar, check_bars, check_spacing, most_common_distance};
use super::pace::Pace;
use super::table::{self, Recorded};
use super::{Grid, timestamp};
use crate::scenario::Coin;
use crate::scenario::spec::{GapsSpec, ReplaySpec};
use std::path::Path;

/// What a replay follows.
#[derive(Debug)]
pub struct Recording {
    /// One a coin that follows a symbol.
    pub tracks: Vec<Track>,
}

/// The bars of one coin, in order. A bar that is shorter than a step has been joined with others to one as long.
#[derive(Clone, Debug)]
pub struct Track {
    /// Which coin.
    pub coin: usize,
    /// Steps in a bar.
    pub steps_per_bar: usize,
    /// The recorded price at the opening, USD.
    pub first_usd: f64,
    /// Bars relative to the close before.
    pub bars: Vec<Bar>,
    /// Recorded closes, USD.
    pub closes_usd: Vec<f64>,
}

/// From when to when, milliseconds since 1970.
#[derive(Clone, Copy)]
struct Window {
    start_ms: i64,
    end_ms: i64,
}

impl Recording {
    /// Reads the bars of every coin that is neither pegged nor held.
    ///
    /// # Errors
    /// If a coin is unknown or pegged, there is no coin to move, the start is no time, the file or a bar of it is wrong,
    /// the path is not inside the recording, or bar and step do not fit.
    pub fn read(spec: &ReplaySpec, coins: &[Coin], grid: &Grid, base: &Path) -> Result<Self, PriceError> {
        let followed = followed(spec, coins)?;
        let window = Window::of(spec, grid)?;
        let symbols: Vec<&str> = followed.iter().map(|(_, symbol)| symbol.as_str()).collect();
        let mut asked = symbols.clone();
        asked.sort_unstable();
        asked.dedup();
        let file = base.join(&spec.file);
        let wrong = |fault| PriceError::file("replay", &file, fault);
        let table = table::read(&file, &asked).map_err(wrong)?;
        let mut tracks = Vec::new();
        for (coin, symbol) in &followed {
            let at = asked.partition_point(|asked| *asked < symbol.as_str());
            if table.bars[at].is_empty() {
                return Err(wrong(table.no_symbol(&coins[*coin].name, symbol)));
            }
            let (bars, bar_ms) = cut(symbol, &table.bars[at], window, table.counted_in).map_err(wrong)?;
            tracks.push(track(*coin, &bars, bar_ms, grid)?);
        }
        Ok(Self { tracks })
    }

    /// Returns of all coins over the bars that they have in common: rows of one log return per coin.
    #[must_use]
    pub fn joint_returns(&self) -> Vec<f64> {
        let common = self.tracks.iter().map(|track| track.steps_per_bar).fold(1, lcm);
        let joint = |track: &Track| track.bars.len() * track.steps_per_bar / common;
        let rows = self.tracks.iter().map(joint).min().unwrap_or(0);
        let moved = |track: &Track, row: usize| -> f64 {
            let bars = common / track.steps_per_bar;
            track.bars[row * bars..][..bars].iter().map(|bar| bar.close).sum()
        };
        (0..rows).flat_map(|row| self.tracks.iter().map(move |track| moved(track, row))).collect()
    }
}

impl Window {
    fn of(spec: &ReplaySpec, grid: &Grid) -> Result<Self, PriceError> {
        let text = spec.start.as_deref().ok_or(PriceError::NoStart)?;
        let start_ms = timestamp::parse(text).ok_or_else(|| PriceError::Start { text: text.to_owned() })?;
        let length = libm::round(grid.steps as f64 * grid.step_seconds * 1e3) as i64;
        Ok(Self { start_ms, end_ms: start_ms + length })
    }
}

/// The coins that follow a symbol, with it.
fn followed(spec: &ReplaySpec, coins: &[Coin]) -> Result<Vec<(usize, String)>, PriceError> {
    for name in spec.symbols.keys() {
        driven_coin(&format!("prices.replay.symbols.{name}"), name, coins)?;
    }
    for (i, name) in spec.hold.iter().enumerate() {
        let key = format!("prices.replay.hold.{i}");
        driven_coin(&key, name, coins)?;
        if spec.symbols.contains_key(name) {
            return Err(PriceError::HeldAndFollowed { key, coin: name.clone() });
        }
    }
    let is_followed = |coin: &Coin| !coin.pegged && !spec.hold.contains(&coin.name);
    let symbol = |coin: &Coin| {
        spec.symbols.get(&coin.name).map_or_else(|| format!("{}USDT", coin.name.to_uppercase()), String::clone)
    };
    let of = coins.iter().enumerate().filter(|(_, coin)| is_followed(coin));
    let followed: Vec<_> = of.map(|(at, coin)| (at, symbol(coin))).collect();
    if followed.is_empty() { Err(PriceError::NothingToReplay) } else { Ok(followed) }
}

/// The bars of a symbol that the path goes through, and their length.
fn cut(
    symbol: &str,
    all: &[Recorded],
    window: Window,
    counted_in: &'static str,
) -> Result<(Vec<Recorded>, i64), FileFault> {
    let wrong = |(row, fault)| FileFault::Bar { counted_in, row, fault };
    let Window { start_ms, end_ms } = window;
    let in_window = |bar: &&Recorded| (start_ms..end_ms).contains(&bar.ms);
    let bars: Vec<Recorded> = all.iter().filter(in_window).copied().collect();
    check_bars(symbol, &bars).map_err(wrong)?;
    let Some(bar_ms) = most_common_distance(std::iter::once(all)) else {
        return Err(FileFault::OneBar { symbol: symbol.to_owned(), counted_in, row: all[0].row });
    };
    if bars.first().is_none_or(|bar| bar.ms != start_ms) {
        let place = |bar: &Recorded| (bar.row, bar.ms);
        let before = all.iter().filter(|bar| bar.ms < start_ms).max_by_key(|bar| bar.ms).map(place);
        let after = all.iter().filter(|bar| bar.ms > start_ms).min_by_key(|bar| bar.ms).map(place);
        return Err(FileFault::NoBarAt { symbol: symbol.to_owned(), counted_in, ms: start_ms, before, after });
    }
    check_spacing(symbol, &bars, bar_ms, GapsSpec::Refuse, "add the missing bars, or replay a time without gap")
        .map_err(wrong)?;
    let last = bars[bars.len() - 1];
    if last.ms + bar_ms < end_ms {
        let (symbol, row, last_ms) = (symbol.to_owned(), last.row, last.ms + bar_ms);
        return Err(FileFault::TooShort { symbol, counted_in, row, last_ms, start_ms, end_ms });
    }
    Ok((bars, bar_ms))
}

/// Lays the bars of a coin on the grid.
fn track(coin: usize, recorded: &[Recorded], bar_ms: i64, grid: &Grid) -> Result<Track, PriceError> {
    let bar_seconds = bar_ms as f64 / 1e3;
    let (steps_per_bar, joined) = match Pace::of(grid.step_seconds, bar_seconds) {
        Some(Pace::StepsPerBar(steps)) => (steps, 1),
        Some(Pace::BarsPerStep(bars)) => (1, bars),
        None => return Err(PriceError::step(grid.step_seconds, bar_ms)),
    };
    let first_usd = recorded[0].prices[0];
    let mut track = Track { coin, steps_per_bar, first_usd, bars: Vec::new(), closes_usd: Vec::new() };
    let mut before = first_usd;
    for bars in recorded.chunks_exact(joined) {
        let prices = |at: usize| bars.iter().map(move |bar| bar.prices[at]);
        let close = bars[joined - 1].prices[3];
        let (high, low) = (prices(1).fold(0.0, f64::max), prices(2).fold(f64::INFINITY, f64::min));
        track.bars.push(Bar::relative([bars[0].prices[0], high, low, close], before));
        track.closes_usd.push(close);
        before = close;
    }
    Ok(track)
}

fn lcm(a: usize, b: usize) -> usize {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}

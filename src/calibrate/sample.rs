//! What is fitted: the returns of one or more symbols over the bars that they have in common.

use crate::price::fault::FileFault;
use crate::price::history::History;
use crate::price::timestamp::{show, show_span};
use crate::price::{PriceError, table};
use crate::scenario::spec::{BootstrapSpec, GapsSpec};
use crate::unit::{Span, YEAR_SECONDS};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};

/// Fewest bars from which a law is fitted.
pub const LEAST_BARS: usize = 250;

/// A coin and its symbol in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The coin of a config.
    pub coin: String,
    /// Its symbol.
    pub symbol: String,
}

/// Which bars of a file.
#[derive(Clone, Debug)]
pub struct Request {
    /// The price file.
    pub file: PathBuf,
    /// Coins and symbols; empty for the only symbol of the file.
    pub symbols: Vec<Named>,
    /// First day, `2020-09-20`.
    pub from: Option<String>,
    /// Last day.
    pub to: Option<String>,
    /// Length of the bars, if not that of the file.
    pub bar: Option<Span>,
    /// Whether missing bars are an error, or returns across them are left out.
    pub gaps: GapsSpec,
}

/// Returns of the coins.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The coins.
    pub coins: Vec<Named>,
    /// Log returns of each coin, bar by bar.
    pub returns: Vec<Vec<f64>>,
    /// Positions at which a stretch without gap begins; the first is 0.
    pub starts: Vec<usize>,
    /// Seconds in a bar.
    pub bar_seconds: f64,
    /// Beginning of the first bar and end of the last, milliseconds since 1970.
    pub span_ms: [i64; 2],
}

/// Why there is nothing to fit.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The file cannot be read.
    #[error("{}: {fault}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        fault: Box<FileFault>,
    },
    /// A bar, a symbol or a day is wrong.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// The file has no bars.
    #[error("{} has no bars", .0.display())]
    Empty(PathBuf),
    /// The file has several symbols and none is asked for.
    #[error("{} has the symbols {}: choose with --symbol, such as --symbol {first}", file.display(), present.join(", "))]
    Symbols {
        /// The file.
        file: PathBuf,
        /// What it has.
        present: Vec<String>,
        /// One of them.
        first: String,
    },
    /// A coin or a symbol is asked for twice.
    #[error("--symbol asks for {0} twice: expected each coin and each symbol once")]
    Twice(String),
    /// Bars that are no whole number of those of the file.
    #[error("--bar {bar} is not a whole number of the file's bars of {}", show_span(*.file_ms))]
    Bar {
        /// Asked for.
        bar: Span,
        /// Length of the file's bars, milliseconds.
        file_ms: i64,
    },
    /// Bars that do not begin where bars aligned to UTC could.
    #[error(
        "--bar {bar} joins bars that begin at whole multiples of it, UTC, but one begins at {}, and they are {} long",
        show(*.ms), show_span(*.file_ms)
    )]
    Unaligned {
        /// Asked for.
        bar: Span,
        /// Beginning of a bar, milliseconds since 1970.
        ms: i64,
        /// Length of the file's bars, milliseconds.
        file_ms: i64,
    },
    /// Too few bars.
    #[error(
        "{} has only {bars} bars of {bar} from {} to {}: expected at least {LEAST_BARS}, as fewer tell a law's numbers from \
         chance too badly",
        file.display(), show(*.from_ms), show(*.to_ms)
    )]
    Short {
        /// The file.
        file: PathBuf,
        /// How many.
        bars: usize,
        /// How long.
        bar: String,
        /// Beginning of the first.
        from_ms: i64,
        /// End of the last.
        to_ms: i64,
    },
}

impl Sample {
    /// Reads the returns asked for.
    ///
    /// # Errors
    /// If the file or a bar of it is wrong, or there are too few bars.
    ///
    /// # Panics
    /// Never: the hour it reads is one.
    pub fn read(request: &Request) -> Result<Self, SampleError> {
        let coins = coins(request)?;
        let spec = BootstrapSpec {
            file: request.file.clone(),
            mean_block: "1h".parse().expect("an hour"),
            symbols: IndexMap::new(),
            from: request.from.clone(),
            to: request.to.clone(),
            keep_drift: true,
            gaps: request.gaps,
        };
        let followed: Vec<(&str, String)> =
            coins.iter().map(|named| (named.coin.as_str(), named.symbol.clone())).collect();
        let history = History::read(&spec, &followed, Path::new(""))?;
        let sample = Self::of(coins, &history, request.bar)?;
        if sample.bars() < LEAST_BARS {
            return Err(SampleError::Short {
                file: request.file.clone(),
                bars: sample.bars(),
                bar: show_span(libm::round(sample.bar_seconds * 1e3) as i64),
                from_ms: sample.span_ms[0],
                to_ms: sample.span_ms[1],
            });
        }
        Ok(sample)
    }

    /// The returns of a history, bars joined to longer ones where asked: only those of which no part is missing.
    fn of(coins: Vec<Named>, history: &History, bar: Option<Span>) -> Result<Self, SampleError> {
        let long_ms = bar.map_or(history.bar_ms, |bar| libm::round(bar.seconds() * 1e3) as i64);
        if long_ms % history.bar_ms != 0 {
            return Err(SampleError::Bar { bar: bar.expect("asked for"), file_ms: history.bar_ms });
        }
        let joined = (long_ms / history.bar_ms) as usize;
        let mut sample = Self {
            returns: vec![Vec::new(); coins.len()],
            coins,
            starts: Vec::new(),
            bar_seconds: long_ms as f64 / 1e3,
            span_ms: [history.stretch_starts_ms[0]; 2],
        };
        let ends = history.stretches.iter().skip(1).copied().chain([history.len()]);
        for ((first, end), start_ms) in history.stretches.iter().zip(ends).zip(&history.stretch_starts_ms) {
            let ahead = (long_ms - start_ms % long_ms) % long_ms;
            if let Some(bar) = bar.filter(|_| joined > 1 && ahead % history.bar_ms != 0) {
                return Err(SampleError::Unaligned { bar, ms: *start_ms, file_ms: history.bar_ms });
            }
            let skipped = if joined > 1 { ahead / history.bar_ms } else { 0 };
            let whole = (end - first).saturating_sub(skipped as usize) / joined;
            if whole == 0 {
                continue;
            }
            if sample.returns[0].is_empty() {
                sample.span_ms[0] = start_ms + skipped * history.bar_ms;
            }
            sample.span_ms[1] = start_ms + skipped * history.bar_ms + whole.cast_signed() as i64 * long_ms;
            sample.starts.push(sample.bars());
            for bar in 0..whole {
                let from = first + skipped as usize + bar * joined;
                for (coin, returns) in sample.returns.iter_mut().enumerate() {
                    returns.push((from..from + joined).map(|at| history.joint(at)[coin].close).sum());
                }
            }
        }
        Ok(sample)
    }

    /// Bars of each coin.
    #[must_use]
    pub fn bars(&self) -> usize {
        self.returns[0].len()
    }

    /// Years of 365 days in a bar.
    #[must_use]
    pub fn years(&self) -> f64 {
        self.bar_seconds / YEAR_SECONDS
    }
}

/// The coins asked for, or the only one of the file.
fn coins(request: &Request) -> Result<Vec<Named>, SampleError> {
    let names = |named: &Named| [named.coin.clone(), named.symbol.clone()];
    for (at, named) in request.symbols.iter().enumerate() {
        let before = &request.symbols[..at];
        if let Some(twice) = before.iter().find(|b| b.coin == named.coin || b.symbol == named.symbol) {
            let [coin, symbol] = names(twice);
            return Err(SampleError::Twice(if twice.coin == named.coin { coin } else { symbol }));
        }
    }
    if !request.symbols.is_empty() {
        return Ok(request.symbols.clone());
    }
    let table = table::read(&request.file, &[])
        .map_err(|fault| SampleError::File { file: request.file.clone(), fault: Box::new(fault) })?;
    let present: Vec<String> = table.symbols.into_iter().collect();
    match present.as_slice() {
        [symbol] => Ok(vec![Named::of_symbol(symbol)]),
        [] => Err(SampleError::Empty(request.file.clone())),
        [first, ..] => Err(SampleError::Symbols { file: request.file.clone(), first: first.clone(), present }),
    }
}

impl Named {
    /// `btc` for `BTCUSDT`.
    #[must_use]
    pub fn of_symbol(symbol: &str) -> Self {
        let quotes = ["USDT", "USDC", "FDUSD", "BUSD", "USD"];
        let base = quotes.iter().find_map(|quote| symbol.strip_suffix(quote)).filter(|base| !base.is_empty());
        let coin: String = base.unwrap_or(symbol).trim_end_matches(['-', '_', '/']).to_lowercase();
        Self { coin, symbol: symbol.to_owned() }
    }
}

impl std::str::FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((coin, symbol)) if !coin.is_empty() && !symbol.is_empty() => {
                Ok(Self { coin: coin.to_owned(), symbol: symbol.to_owned() })
            }
            None if !text.is_empty() => Ok(Self::of_symbol(text)),
            _ => Err("expected a symbol of the file such as BTCUSDT, or a coin and its symbol such as btc=BTCUSDT"
                .to_owned()),
        }
    }
}

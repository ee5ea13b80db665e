//! The coins that a law drives, and its tables of one number per coin.

use super::error::nearest;
use super::timestamp::show_span;
use super::{Grid, PriceError};
use crate::scenario::Coin;
use crate::unit::YEAR_SECONDS;
use indexmap::IndexMap;

/// The largest standard deviation of a log-price over a path, 500 %, and over a step where a law has wild states. Beyond
/// it half of all prices are below a 100,000th of what they are expected to be, and means over paths say nothing.
const LARGEST_DEVIATION: f64 = 5.0;

/// The largest move of the log of an expected price over a path.
const LARGEST_DRIFT: f64 = 10.0;

/// The coins that a law drives: all that are not pegged, in the order of the law's first table, which is also that of
/// the rows of its correlation matrix.
#[derive(Clone, Debug)]
pub struct Driven<'a> {
    law: &'static str,
    coins: &'a [Coin],
    /// Names, in order.
    pub names: Vec<&'a str>,
    /// Positions among all coins, in order.
    pub at: Vec<usize>,
}

impl<'a> Driven<'a> {
    /// The coins of a law's first table.
    ///
    /// # Errors
    /// If the table names a coin that is unknown or pegged, or lacks one that is not pegged.
    pub fn of<N>(
        law: &'static str,
        key: &str,
        table: &'a IndexMap<String, N>,
        coins: &'a [Coin],
        example: f64,
    ) -> Result<Self, PriceError> {
        let path = format!("prices.{law}.{key}");
        let names: Vec<&str> = table.keys().map(String::as_str).collect();
        let place = |name: &&str| driven_coin(&format!("{path}.{name}"), name, coins);
        let at = names.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        if let Some(coin) = coins.iter().find(|c| !c.pegged && !table.contains_key(&c.name)) {
            return Err(PriceError::Missing { key: path, coin: coin.name.clone(), example });
        }
        Ok(Self { law, coins, names, at })
    }

    /// A number for every coin from a further table of the law; coins that it leaves out get `default` or, if there is
    /// none, are an error, which shows `example`.
    ///
    /// # Errors
    /// If the table names a coin that is unknown or pegged, or lacks one that it needs.
    pub fn numbers<N: Copy + Into<f64>>(
        &self,
        key: &str,
        table: &IndexMap<String, N>,
        default: Option<f64>,
        example: f64,
    ) -> Result<Vec<f64>, PriceError> {
        let path = format!("prices.{}.{key}", self.law);
        for name in table.keys() {
            driven_coin(&format!("{path}.{name}"), name, self.coins)?;
        }
        let number = |name: &&str| match (table.get(*name), default) {
            (Some(number), _) => Ok((*number).into()),
            (None, Some(default)) => Ok(default),
            (None, None) => Err(PriceError::Missing { key: path.clone(), coin: (*name).to_owned(), example }),
        };
        self.names.iter().map(number).collect()
    }

    /// A number for every coin from a further table of the law; coins that it leaves out get theirs of `others`.
    ///
    /// # Errors
    /// If the table names a coin that is unknown or pegged.
    pub fn numbers_or<N: Copy + Into<f64>>(
        &self,
        key: &str,
        table: &IndexMap<String, N>,
        others: &[f64],
    ) -> Result<Vec<f64>, PriceError> {
        // Numbers of a config are finite, so NaN can stand for those that are not written.
        let numbers = self.numbers(key, table, Some(f64::NAN), 0.0)?;
        Ok(numbers.iter().zip(others).map(|(number, other)| if number.is_nan() { *other } else { *number }).collect())
    }

    /// Refuses volatilities, per year, that are none: over this time, the path or a step, the log-price would spread by
    /// more than [`LARGEST_DEVIATION`].
    ///
    /// # Errors
    /// If one is too large; the table's coin is named.
    pub fn check_volatility(&self, table: &str, per_year: &[f64], seconds: f64) -> Result<(), PriceError> {
        let root = libm::sqrt(seconds / YEAR_SECONDS);
        let Some(i) = per_year.iter().position(|volatility| volatility * root > LARGEST_DEVIATION) else {
            return Ok(());
        };
        let why = format!(
            "a volatility of {} per year is {:.0} % over {}: expected at most {:.0} %, or {:.1} per year (0.8 means 80 %)",
            per_year[i],
            per_year[i] * root * 100.0,
            show(seconds),
            LARGEST_DEVIATION * 100.0,
            LARGEST_DEVIATION / root,
        );
        Err(PriceError::Unfit { key: self.key_of(table, self.names[i]), why })
    }

    /// Refuses drifts, per year, that move a price in the path by more than a factor of e to the [`LARGEST_DRIFT`].
    ///
    /// # Errors
    /// If one is too large; the table's coin is named.
    pub fn check_drift(&self, table: &str, per_year: &[f64], grid: &Grid) -> Result<(), PriceError> {
        let years = grid.seconds() / YEAR_SECONDS;
        let Some(i) = per_year.iter().position(|drift| drift.abs() * years > LARGEST_DRIFT) else { return Ok(()) };
        let why = format!(
            "a drift of {} per year moves the price over {} by a factor of e^{:.0}: expected at most {:.1} per year either \
             way (0.1 means 10 %)",
            per_year[i],
            show(grid.seconds()),
            per_year[i] * years,
            LARGEST_DRIFT / years,
        );
        Err(PriceError::Unfit { key: self.key_of(table, self.names[i]), why })
    }

    /// The dotted key of a setting of the law.
    #[must_use]
    pub fn key(&self, key: &str) -> String {
        format!("prices.{}.{key}", self.law)
    }

    /// The dotted key of a coin's number in a table of the law.
    #[must_use]
    pub fn key_of(&self, table: &str, coin: &str) -> String {
        format!("prices.{}.{table}.{coin}", self.law)
    }

    /// The opening price of each coin, USD.
    #[must_use]
    pub fn opening_usd(&self, grid: &Grid) -> Vec<f64> {
        self.at.iter().map(|&at| grid.opening_usd[at]).collect()
    }
}

fn show(seconds: f64) -> String {
    show_span(libm::round(seconds * 1e3) as i64)
}

/// The position of a coin that a key of the law names.
pub(super) fn driven_coin(key: &str, name: &str, coins: &[Coin]) -> Result<usize, PriceError> {
    let (key, coin) = (key.to_owned(), name.to_owned());
    match coins.iter().position(|c| c.name == name) {
        None => {
            let nearest = nearest(name, coins.iter().map(|c| c.name.as_str()));
            Err(PriceError::UnknownCoin { key, coin, nearest })
        }
        Some(at) if coins[at].pegged => Err(PriceError::Pegged { key, coin }),
        Some(at) => Ok(at),
    }
}

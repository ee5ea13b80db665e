//! The coins that a law drives, and its tables of one number per coin.

use super::error::nearest;
use super::{Grid, PriceError};
use crate::scenario::Coin;
use indexmap::IndexMap;

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

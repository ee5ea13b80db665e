//! One trader's account at a futures venue, resolved from an account file (TOML or CSV), for the margin calculator.

mod csv;

use super::check::check;
use super::diagnostic::ConfigError;
use super::key::KeyPath;
use super::parse::cannot_read;
use super::source::{Problem, Source};
use super::spec::AccountSpec;
use super::{Futures, resolve, schema};
use crate::id::CoinId;
use std::path::Path;

/// An account and the venue's terms. The columns of `table` are: the collateral, the contracts, the loans.
#[derive(Clone, Debug)]
pub struct Account {
    /// Terms; it has no funds.
    pub table: Futures,
    /// Name of each collateral.
    pub assets: Vec<String>,
    /// Name of each coin.
    pub coins: Vec<String>,
    /// Coin of each collateral.
    pub on: Vec<CoinId>,
    /// Wallet balance of each collateral.
    pub balances: Vec<f64>,
    /// Coins of each collateral that are owed.
    pub loans: Vec<f64>,
    /// Index price of each collateral, USD.
    pub index_usd: Vec<f64>,
    /// Mark price of each contract, in its settlement coin.
    pub marks: Vec<f64>,
    /// Order book of each contract; an empty side fills at the mark.
    pub books: Vec<Book>,
    /// Positions, in the order of the file.
    pub positions: Vec<Position>,
}

/// A position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Its contract, in hedge mode its leg.
    pub contract: usize,
    /// Contracts; below zero for a short.
    pub quantity: f64,
    /// Mean entry price.
    pub entry: f64,
    /// Leverage, for the initial margin.
    pub leverage: f64,
    /// Margin set apart for it; none if the whole account backs it.
    pub isolated_margin: Option<f64>,
}

/// An order book.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    /// Bids, best first.
    pub bids: Vec<Level>,
    /// Asks, best first.
    pub asks: Vec<Level>,
}

/// A price and the quantity that rests there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Price.
    pub price: f64,
    /// Quantity, in coins.
    pub quantity: f64,
}

/// Reads and checks an account file: CSV if its name ends so, else TOML.
///
/// # Errors
/// Every problem found, each with its place and what would be right.
pub fn load_account(path: &Path) -> Result<Account, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| cannot_read(path, "account", &error))?;
    let (base_dir, label) = (path.parent().unwrap_or(Path::new("")), path.display().to_string());
    let source = if path.extension().is_some_and(|e| e == "csv") {
        csv::source(&text, base_dir, &label)?
    } else {
        Source::new(&text, base_dir, &label)?
    };
    let problems = check(schema::account_root(), source.tree());
    if !problems.is_empty() {
        return Err(source.report(problems));
    }
    let tree = toml::Value::Table(source.tree().clone());
    let spec: AccountSpec = serde_path_to_error::deserialize(tree).map_err(|error| {
        let path = KeyPath::dotted(&error.path().to_string());
        source.report(vec![Problem::new(&path, error.into_inner().message().to_owned())])
    })?;
    resolve::account::resolve(&spec, source.base_dir()).map_err(|problems| source.report(problems))
}

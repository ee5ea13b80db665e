//! Exogenous prices: what the world would do without us. A path is drawn whole before anything happens, so that one
//! path can be run in several worlds. One file a law; [`shock`] lays scheduled events over what a law has drawn.
//!
//! A law owns its grid (openings, steps, length of a step) and which coins it drives. Pegged coins stay at their peg;
//! [`peg`] moves those that can leave it. [`between`] draws how far prices go within steps, if that is asked for.

pub mod between;
pub mod blocks;
pub mod bootstrap;
pub mod bridge;
pub mod correlation;
pub mod dependence;
pub mod driven;
pub mod error;
pub mod fault;
pub mod gamma;
pub mod garch;
pub mod gbm;
pub mod heston;
pub mod higham;
pub mod history;
pub mod hours;
pub mod jump;
pub mod kou;
pub mod merton;
pub mod pace;
mod parquet;
pub mod peg;
pub mod poisson;
mod recording;
pub mod regime;
pub mod replay;
pub mod scripted;
pub mod shock;
pub mod table;
pub mod timestamp;

use crate::random::Source;
use crate::scenario::Coin;
use crate::scenario::spec::PricesSpec;
pub use between::{Between, Ends};
pub use bootstrap::Bootstrap;
pub use error::PriceError;
pub use garch::Garch;
pub use gbm::Gbm;
pub use heston::Heston;
pub use hours::Hours;
pub use kou::Kou;
pub use merton::Merton;
pub use peg::Pegs;
pub use regime::Regime;
pub use replay::Replay;
pub use scripted::Scripted;
use std::path::Path;

/// The law of prices, ready to draw from.
#[derive(Clone, Debug)]
pub enum PriceModel {
    /// Correlated geometric Brownian motion.
    Gbm(Gbm),
    /// Heston's stochastic volatility.
    Heston(Heston),
    /// GARCH(1,1) with Student-t innovations.
    Garch(Garch),
    /// Markov switching between states of the market.
    Regime(Regime),
    /// Geometric Brownian motion with normal jumps of the log-price.
    Merton(Merton),
    /// Geometric Brownian motion with double-exponential jumps of the log-price.
    Kou(Kou),
    /// Stationary block bootstrap of recorded bars.
    Bootstrap(Bootstrap),
    /// A recorded path.
    Replay(Replay),
    /// A path that is written down.
    Scripted(Scripted),
}

/// The laws that a config can ask for: the table below `[prices]`, and what it is.
pub const LAWS: &[(&str, &str)] = &[
    ("gbm", "Correlated geometric Brownian motion, exact on the grid."),
    (
        "heston",
        "Stochastic volatility that reverts and moves with the price; quadratic-exponential scheme, martingale kept.",
    ),
    ("garch", "GARCH(1,1) per bar with Student-t innovations: volatility in clusters, fat tails."),
    ("regime", "States of the market with volatilities, drifts and correlations of their own, exact on the grid."),
    (
        "merton",
        "Geometric Brownian motion with normal jumps of the log-price, common ones if wished, exact on the grid.",
    ),
    ("kou", "Geometric Brownian motion with double-exponential jumps of the log-price, likewise."),
    ("bootstrap", "Stationary block bootstrap of recorded bars, joint across coins, refined to the step."),
    ("replay", "A recorded path."),
    ("scripted", "A path that is written down, log-linear between its points."),
];

/// The prices of one path: `steps + 1` rows of one price per coin, row 0 the opening. USD.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PricePath {
    /// Coins in a row.
    pub coins: usize,
    /// Row by row.
    pub usd: Vec<f64>,
    /// Lowest price in the step that ends with the row, where that was drawn ([`Between`]); else empty.
    pub low: Vec<f64>,
    /// Highest price in it, likewise.
    pub high: Vec<f64>,
}

/// What every law draws on: where prices open and how time runs.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Opening price of every coin, pegged ones too, USD.
    pub opening_usd: Vec<f64>,
    /// Steps in a path.
    pub steps: usize,
    /// Seconds in a step.
    pub step_seconds: f64,
}

impl Grid {
    /// Seconds in a path.
    #[must_use]
    pub const fn seconds(&self) -> f64 {
        self.steps as f64 * self.step_seconds
    }
}

impl PriceModel {
    /// Reads and checks a law for these coins, each of which it drives unless it is pegged. `base` is the directory of
    /// the config file, from which relative paths start.
    ///
    /// # Errors
    /// If the law does not fit the coins or the grid, or its file is wrong; [`PriceError::key`] says which key is.
    pub fn build(
        spec: &PricesSpec,
        coins: &[Coin],
        steps: usize,
        step_seconds: f64,
        base: &Path,
    ) -> Result<Self, PriceError> {
        let opening_usd = coins.iter().map(|coin| coin.opening_usd).collect();
        let grid = Grid { opening_usd, steps, step_seconds };
        match spec {
            PricesSpec::Gbm(spec) => Gbm::build(spec, coins, grid).map(Self::Gbm),
            PricesSpec::Heston(spec) => Heston::build(spec, coins, grid).map(Self::Heston),
            PricesSpec::Garch(spec) => Garch::build(spec, coins, grid).map(Self::Garch),
            PricesSpec::Regime(spec) => Regime::build(spec, coins, grid).map(Self::Regime),
            PricesSpec::Merton(spec) => Merton::build(spec, coins, grid).map(Self::Merton),
            PricesSpec::Kou(spec) => Kou::build(spec, coins, grid).map(Self::Kou),
            PricesSpec::Bootstrap(spec) => Bootstrap::build(spec, coins, grid, base).map(Self::Bootstrap),
            PricesSpec::Replay(spec) => Replay::build(spec, coins, grid, base).map(Self::Replay),
            PricesSpec::Scripted(spec) => Scripted::build(spec, coins, &grid).map(Self::Scripted),
        }
    }

    /// Fills `path` with a fresh draw. What was in it does not matter; its memory is used again. The same stream
    /// leaves the same path, bit for bit, on any machine.
    pub fn fill<R: Source>(&self, rng: &mut R, path: &mut PricePath) {
        match self {
            Self::Gbm(law) => law.fill(rng, path),
            Self::Heston(law) => law.fill(rng, path),
            Self::Garch(law) => law.fill(rng, path),
            Self::Regime(law) => law.fill(rng, path),
            Self::Merton(law) => law.fill(rng, path),
            Self::Kou(law) => law.fill(rng, path),
            Self::Bootstrap(law) => law.fill(rng, path),
            Self::Replay(law) => law.fill(rng, path),
            Self::Scripted(law) => law.fill(path),
        }
    }

    /// What draws the ends of steps; none for a law that has no such thing.
    #[must_use]
    pub fn between(&self) -> Option<Between> {
        match self {
            Self::Gbm(law) => Some(law.between()),
            _ => None,
        }
    }
}

impl PricePath {
    /// The prices at a step, one per coin; step 0 is the opening.
    #[must_use]
    pub fn row(&self, step: usize) -> &[f64] {
        &self.usd[step * self.coins..][..self.coins]
    }

    /// The lowest and highest prices of a step, if they were drawn.
    #[must_use]
    pub fn ends(&self, step: usize) -> Option<Ends<'_>> {
        let row = step * self.coins..(step + 1) * self.coins;
        Some(Ends { open: self.row(step - 1), low: self.low.get(row.clone())?, high: self.high.get(row)? })
    }

    /// Steps in the path.
    #[must_use]
    pub fn steps(&self) -> usize {
        (self.usd.len() / self.coins.max(1)).saturating_sub(1)
    }

    /// Multiplies a coin's prices from step `from` to before `until`; the factor is given the steps since `from`. It
    /// strikes at the end of step `from`, so the ends of that step are left as they are.
    fn scale(&mut self, coin: usize, from: usize, until: usize, factor: impl Fn(usize) -> f64) {
        for (prices, from) in [(&mut self.usd, from), (&mut self.low, from + 1), (&mut self.high, from + 1)] {
            let rows = prices.chunks_exact_mut(self.coins).take(until).skip(from);
            rows.enumerate().for_each(|(since, row)| row[coin] *= factor(since));
        }
    }

    /// Every row at the opening: `steps + 1` of them, then work space, which [`Self::close`] cuts off again.
    fn open(&mut self, grid: &Grid, steps: usize, work_space: usize) -> (&mut [f64], &mut [f64]) {
        self.coins = grid.opening_usd.len();
        let rows = (steps + 1) * self.coins;
        self.usd.clear();
        self.usd.extend_from_slice(&grid.opening_usd);
        while self.usd.len() < rows {
            self.usd.extend_from_within(..self.usd.len().min(rows - self.usd.len()));
        }
        self.add_work_space(work_space)
    }

    /// The rows as they are, then work space of zeros, which [`Self::close`] cuts off again.
    fn add_work_space(&mut self, work_space: usize) -> (&mut [f64], &mut [f64]) {
        let rows = self.usd.len();
        self.usd.resize(rows + work_space, 0.0);
        self.usd.split_at_mut(rows)
    }

    fn close(&mut self, grid: &Grid) {
        self.usd.truncate((grid.steps + 1) * self.coins);
    }
}

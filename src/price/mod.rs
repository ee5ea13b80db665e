//! Exogenous prices: what the world would do without us. A path is drawn whole before anything happens, so that one
//! path can be run in several worlds. One file a law; [`shock`] lays scheduled events over what a law has drawn.
//!
//! A law owns its grid (openings, steps, length of a step) and which coins it drives. Pegged coins stay at their peg;
//! [`peg`] moves those that can leave it.

pub mod blocks;
pub mod bootstrap;
pub mod bridge;
pub mod correlation;
pub mod dependence;
pub mod driven;
pub mod error;
pub mod fault;
pub mod gbm;
pub mod history;
pub mod hours;
mod parquet;
pub mod peg;
pub mod shock;
pub mod table;
pub mod timestamp;

use crate::random::Source;
use crate::scenario::Coin;
use crate::scenario::spec::PricesSpec;
pub use bootstrap::Bootstrap;
pub use error::PriceError;
pub use gbm::Gbm;
pub use hours::Hours;
pub use peg::Pegs;
use std::path::Path;

/// The law of prices, ready to draw from.
#[derive(Clone, Debug)]
pub enum PriceModel {
    /// Correlated geometric Brownian motion.
    Gbm(Gbm),
    /// Stationary block bootstrap of recorded bars.
    Bootstrap(Bootstrap),
    /// The same given path every time, for replays and tests; no config file asks for it.
    Scripted {
        /// Rows of one price per coin, USD; row 0 is the opening.
        usd: Vec<Vec<f64>>,
    },
}

/// The laws that a config can ask for: the table below `[prices]`, and what it is.
pub const LAWS: [(&str, &str); 2] = [
    ("gbm", "Correlated geometric Brownian motion, exact on the grid."),
    ("bootstrap", "Stationary block bootstrap of recorded bars, joint across coins, refined to the step."),
];

/// The prices of one path: `steps + 1` rows of one price per coin, row 0 the opening. USD.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PricePath {
    /// Coins in a row.
    pub coins: usize,
    /// Row by row.
    pub usd: Vec<f64>,
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
            PricesSpec::Bootstrap(spec) => Bootstrap::build(spec, coins, grid, base).map(Self::Bootstrap),
        }
    }

    /// Fills `path` with a fresh draw. What was in it does not matter; its memory is used again. The same stream
    /// leaves the same path, bit for bit, on any machine.
    pub fn fill<R: Source>(&self, rng: &mut R, path: &mut PricePath) {
        match self {
            Self::Gbm(law) => law.fill(rng, path),
            Self::Bootstrap(law) => law.fill(rng, path),
            Self::Scripted { usd } => {
                path.coins = usd.first().map_or(0, Vec::len);
                path.usd.clear();
                path.usd.extend(usd.iter().flatten());
            }
        }
    }
}

impl PricePath {
    /// The prices at a step, one per coin; step 0 is the opening.
    #[must_use]
    pub fn row(&self, step: usize) -> &[f64] {
        &self.usd[step * self.coins..][..self.coins]
    }

    /// Steps in the path.
    #[must_use]
    pub fn steps(&self) -> usize {
        (self.usd.len() / self.coins.max(1)).saturating_sub(1)
    }

    /// Multiplies a coin's prices from step `from` to before `until`; the factor is given the steps since `from`.
    fn scale(&mut self, coin: usize, from: usize, until: usize, factor: impl Fn(usize) -> f64) {
        let rows = self.usd.chunks_exact_mut(self.coins).take(until).skip(from);
        rows.enumerate().for_each(|(since, row)| row[coin] *= factor(since));
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
        self.usd.resize(rows + work_space, 0.0);
        self.usd.split_at_mut(rows)
    }

    fn close(&mut self, grid: &Grid) {
        self.usd.truncate((grid.steps + 1) * self.coins);
    }
}

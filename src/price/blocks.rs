//! The order in which a path visits history: the stationary bootstrap of Politis and Romano (1994, JASA 89). After
//! each bar, with probability `1 / mean_block`, a new block starts at a bar drawn uniformly; else the block goes on,
//! so that lengths are geometric. A block that reaches the end of a stretch ends there, and the next starts at the
//! first bar of a stretch drawn uniformly. With one stretch that is the paper's circle; with any number, every bar is
//! visited equally often and no block spans a gap.

use crate::random::uniform;
use rand::{Rng, RngExt};

/// The law of blocks over a history.
#[derive(Clone, Debug)]
pub struct Blocks {
    bars: u64,
    stretches: Vec<usize>,
    restart: f64,
}

impl Blocks {
    /// Blocks of `mean_block` bars (at least 1) over a history of so many bars, with stretches that begin at
    /// `stretches`.
    ///
    /// # Panics
    /// If there is no bar, or no stretch, or a mean below one bar.
    #[must_use]
    pub fn new(bars: usize, stretches: &[usize], mean_block: f64) -> Self {
        assert!(bars > 0 && stretches.first() == Some(&0) && mean_block >= 1.0, "{bars} bars, blocks of {mean_block}");
        Self { bars: bars as u64, stretches: stretches.to_vec(), restart: 1.0 / mean_block }
    }

    /// The bar after bar `at`; the first of a path if there is none before.
    pub fn next<R: Rng>(&self, at: Option<usize>, rng: &mut R) -> usize {
        match at {
            Some(at) if uniform(rng) >= self.restart => self.follow(at, rng),
            _ => rng.random_range(0..self.bars) as usize,
        }
    }

    fn follow<R: Rng>(&self, at: usize, rng: &mut R) -> usize {
        let after = at + 1;
        if after < self.bars as usize && self.stretches.binary_search(&after).is_err() {
            return after;
        }
        self.stretches[rng.random_range(0..self.stretches.len() as u64) as usize]
    }
}

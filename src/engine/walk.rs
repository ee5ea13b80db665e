//! A path that is walked step by step: the caller brings the exogenous prices of each step and looks at the world between
//! two, so prices may answer to what the step before did. Steps are those of [`Runner::run`], but for what happens between
//! two of them, which is not seen here: the caller's prices have no ends.

use super::path::{Opening, Runner};
use super::patience::Patience;
use crate::outcome::Outcome;
use crate::world::World;

/// A path under way; [`super::Simulation::walk`] begins one.
#[derive(Debug)]
pub struct Walk<'w, 'a> {
    runner: &'w mut Runner<'a>,
    opening: &'w Opening,
    patience: &'w mut Patience,
}

impl<'w, 'a> Walk<'w, 'a> {
    pub(super) fn new(runner: &'w mut Runner<'a>, opening: &'w Opening, patience: &'w mut Patience) -> Self {
        Self { runner, opening, patience }
    }

    /// Takes the next step. `exogenous` are its prices, by coin in the order of the scenario, USD.
    ///
    /// # Panics
    /// If there are not as many prices as coins, or an invariant is broken.
    pub fn step(&mut self, exogenous: &[f64]) {
        self.runner.step(self.opening, exogenous, None, self.patience);
    }

    /// The world as the last step left it.
    #[must_use]
    pub fn world(&self) -> &World<'a> {
        &self.runner.world
    }

    /// Ends the path: checks that balances add up, and says what it left.
    ///
    /// # Panics
    /// If a column of the ledger does not sum to zero.
    #[must_use]
    pub fn finish(self) -> Outcome {
        self.runner.finish(self.opening)
    }
}

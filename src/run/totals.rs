//! What is added up over paths: per owner, and per cohort and layer. Of fixed size, and always in the order of paths.

use crate::engine::OwnerOpening;
use crate::outcome::{Layer, Outcome, PathOutcome};
use crate::scenario::Variant;

/// Sums over the paths of one world.
#[derive(Clone, Debug)]
pub struct WorldTotals {
    /// Which world.
    pub world: Variant,
    /// Per owner, paths with a forced close.
    pub owner_liquidated: Vec<u32>,
    /// Per owner, loss, USD.
    pub owner_loss_usd: Vec<f64>,
    /// Per cohort and layer, loss, USD.
    pub cohort_loss_usd: Vec<[f64; Layer::ALL.len()]>,
}

/// Sums over paths, world by world, the full one first.
#[derive(Clone, Debug)]
pub struct Totals {
    /// Paths added up.
    pub paths: u64,
    /// Each world.
    pub worlds: Vec<WorldTotals>,
}

/// What owners have at the opening, of one cohort or of all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opening {
    /// How many.
    pub owners: u32,
    /// Net worth, USD.
    pub equity_usd: f64,
    /// Nominal leverage, weighted by net worth.
    pub nominal_leverage_x: f64,
    /// Gross exposure over net worth, all together.
    pub effective_leverage_x: f64,
}

impl Totals {
    /// Nothing yet.
    #[must_use]
    pub fn new(worlds: impl Iterator<Item = Variant>, owners: usize, cohorts: usize) -> Self {
        let empty = |world| WorldTotals {
            world,
            owner_liquidated: vec![0; owners],
            owner_loss_usd: vec![0.0; owners],
            cohort_loss_usd: vec![[0.0; Layer::ALL.len()]; cohorts],
        };
        Self { paths: 0, worlds: worlds.map(empty).collect() }
    }

    /// Adds a path.
    ///
    /// # Panics
    /// If the path was not run in one of the worlds.
    pub fn add(&mut self, path: &PathOutcome) {
        self.paths += 1;
        for totals in &mut self.worlds {
            let outcome = path.of(totals.world).expect("every path is run in every world");
            totals.add(outcome);
        }
    }
}

impl WorldTotals {
    fn add(&mut self, outcome: &Outcome) {
        for (sum, hit) in self.owner_liquidated.iter_mut().zip(&outcome.owner_liquidated) {
            *sum += u32::from(*hit);
        }
        for (sum, loss) in self.owner_loss_usd.iter_mut().zip(&outcome.owner_loss_usd) {
            *sum += loss;
        }
        for (sums, losses) in self.cohort_loss_usd.iter_mut().zip(&outcome.losses_usd) {
            for (sum, loss) in sums.iter_mut().zip(losses) {
                *sum += loss;
            }
        }
    }
}

impl Opening {
    /// Adds owners up.
    #[must_use]
    pub fn of<'a>(owners: impl Iterator<Item = &'a OwnerOpening>) -> Self {
        let mut all = Self::default();
        let (mut nominal, mut gross) = (0.0, 0.0);
        for owner in owners {
            all.owners += 1;
            all.equity_usd += owner.equity_usd;
            nominal += owner.nominal_leverage * owner.equity_usd;
            gross += owner.gross_exposure_usd;
        }
        all.nominal_leverage_x = nominal / all.equity_usd;
        all.effective_leverage_x = gross / all.equity_usd;
        all
    }
}

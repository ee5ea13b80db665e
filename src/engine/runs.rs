//! Runs: who begins to leave, and when.
//!
//! Each owner leaves when a hazard, driven by what can be seen, has accumulated past an exponential draw of the owner's
//! own. The hazard is common to a cohort up to a factor that grows with wealth, so the next to leave is always the one
//! with the smallest draw over factor: a sorted list and a pointer, however many stand by.

use crate::id::{CohortId, OwnerId};
use crate::ledger::Ledger;
use crate::population::Population;
use crate::random::{Purpose, exponential, stream};
use crate::scenario::{AssetKind, RunsSpec, Scenario};
use crate::world::World;

/// The patience of every owner on a path: accumulated hazard at which each leaves, by cohort, rising.
#[derive(Clone, Debug, Default)]
pub struct Patience {
    by_cohort: Vec<Vec<(f64, OwnerId)>>,
}

impl Patience {
    /// Draws the patience of all owners for a path; the same in every world.
    pub fn draw(&mut self, scenario: &Scenario, population: &Population, path: u64) {
        self.by_cohort.resize(scenario.cohorts.len(), Vec::new());
        self.by_cohort.iter_mut().for_each(Vec::clear);
        let mut rng = stream(scenario.seed, Purpose::Runs, path);
        for (i, owner) in population.owners.iter().enumerate() {
            if scenario.cohorts[owner.cohort.index()].runs.is_some() {
                let patience = exponential(&mut rng) / owner.haste;
                self.by_cohort[owner.cohort.index()].push((patience, OwnerId::at(i)));
            }
        }
        for list in &mut self.by_cohort {
            list.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        }
    }
}

/// What each cohort is exposed to, and so looks at: reserves whose receipts it holds, tokens it holds.
#[derive(Clone, Debug, Default)]
pub struct Exposures {
    reserves: Vec<Vec<(usize, usize)>>,
    tokens: Vec<Vec<usize>>,
}

impl Exposures {
    /// Exposures at an opening.
    #[must_use]
    pub fn at_opening(scenario: &Scenario, population: &Population, opening: &Ledger) -> Self {
        let mut exposures = Self {
            reserves: vec![Vec::new(); scenario.cohorts.len()],
            tokens: vec![Vec::new(); scenario.cohorts.len()],
        };
        for (a, asset) in scenario.assets.iter().enumerate() {
            for owner in population.owner_ids() {
                let cohort = population.owners[owner.index()].cohort.index();
                if population.accounts_of(owner).all(|account| opening.row(account)[a] <= 0.0) {
                    continue;
                }
                match asset.kind {
                    AssetKind::Receipt { pool, reserve } if !exposures.reserves[cohort].contains(&(pool, reserve)) => {
                        exposures.reserves[cohort].push((pool, reserve));
                    }
                    AssetKind::Token { issuer } if !exposures.tokens[cohort].contains(&issuer) => {
                        exposures.tokens[cohort].push(issuer);
                    }
                    _ => {}
                }
            }
        }
        exposures
    }
}

/// The state of runs on a path.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    accumulated: Vec<f64>,
    next: Vec<usize>,
    news: Vec<(f64, f64)>,
    /// Owners on their way out, in the order in which they left.
    pub leaving: Vec<OwnerId>,
}

impl Runs {
    /// Nobody has left.
    pub fn reset(&mut self, scenario: &Scenario) {
        self.accumulated.clear();
        self.accumulated.resize(scenario.cohorts.len(), 0.0);
        self.next.clear();
        self.next.resize(scenario.cohorts.len(), 0);
        self.news.clear();
        self.leaving.clear();
    }

    /// News that frightens: an extra hazard per day that fades.
    pub fn hear(&mut self, leave_per_day: f64, half_life: f64) {
        self.news.push((leave_per_day, half_life));
    }

    /// Accumulates a step of hazard and returns who begins to leave, the least patient first.
    pub fn step(&mut self, world: &World, exposures: &Exposures, patience: &Patience) -> Vec<OwnerId> {
        let seconds = world.scenario.step_seconds;
        let news: f64 = self.news.iter().map(|(hazard, _)| hazard).sum();
        let mut leavers = Vec::new();
        for (id, cohort) in world.scenario.cohorts() {
            let Some(runs) = &cohort.runs else { continue };
            let hazard = hazard_per_day(world, exposures, id, runs) + news;
            let c = id.index();
            self.accumulated[c] += hazard.min(runs.cap_per_day.get()) * seconds / 86_400.0;
            while let Some((_, owner)) =
                patience.by_cohort[c].get(self.next[c]).filter(|(p, _)| *p <= self.accumulated[c])
            {
                leavers.push(*owner);
                self.next[c] += 1;
            }
        }
        for (hazard, half_life) in &mut self.news {
            *hazard *= crate::market::law::half_life_factor(seconds, *half_life);
        }
        leavers
    }
}

/// Hazard of leaving per day that a cohort feels, from what it can see of what it holds.
fn hazard_per_day(world: &World, exposures: &Exposures, cohort: CohortId, runs: &RunsSpec) -> f64 {
    let mut hazard = runs.calm_per_day.get();
    let from = runs.utilisation_from.get();
    let reserves = &exposures.reserves[cohort.index()];
    let utilisation = reserves.iter().map(|(pool, reserve)| world.utilisation(*pool, *reserve)).fold(0.0, f64::max);
    hazard += runs.utilisation_per_day.get() * ((utilisation - from) / (1.0 - from)).max(0.0);
    let outflow = reserves.iter().map(|(pool, _)| world.pools[*pool].outflow_share()).fold(0.0, f64::max);
    hazard += runs.outflow_per_day.get() * outflow;
    let discount =
        exposures.tokens[cohort.index()].iter().map(|issuer| -world.token_discount(*issuer)).fold(0.0, f64::max);
    hazard + runs.discount_per_day.get() * discount
}

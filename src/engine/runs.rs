//! Runs: who begins to leave, and when.
//!
//! What can be seen makes a signal, the same for a cohort but for what each has lost. Under the hazard rule each owner
//! leaves when it has accumulated past an exponential draw of the owner's own; under the threshold rule when it stands at
//! a draw of the owner's own. A draw is divided by a factor that grows with wealth, so the next of a cohort to leave is
//! always the one with the smallest: a rising list ([`super::patience`]) and a pointer, however many stand by. Only where
//! one's own loss counts is everybody looked at.
//!
//! A threshold is a best response to what the others do: outflow then includes what was paid earlier in the step, and
//! those who stay look again until nobody else leaves. The outcome of a step is thus the equilibrium that is reached from
//! nobody leaving, and a run does not become slower because steps are longer.

use super::path::Opening;
use super::patience::Patience;
use crate::id::{AssetId, CohortId, OwnerId};
use crate::ledger::Ledger;
use crate::population::Population;
use crate::scenario::{AssetKind, RunsSpec, Scenario};
use crate::world::World;

/// What each cohort is exposed to, and so looks at, layer by layer: reserves whose receipts it holds, tokens and
/// stablecoins that it holds or that stand behind what it holds.
#[derive(Clone, Debug, Default)]
pub struct Exposures {
    reserves: Vec<Vec<(usize, usize)>>,
    tokens: Vec<Vec<usize>>,
    stablecoins: Vec<Vec<usize>>,
}

impl Exposures {
    /// Exposures at an opening.
    #[must_use]
    pub fn at_opening(scenario: &Scenario, population: &Population, opening: &Ledger) -> Self {
        let cohorts = scenario.cohorts.len();
        let mut exposures = Self {
            reserves: vec![Vec::new(); cohorts],
            tokens: vec![Vec::new(); cohorts],
            stablecoins: vec![Vec::new(); cohorts],
        };
        for a in 0..scenario.assets.len() {
            for owner in population.owner_ids() {
                let cohort = population.owners[owner.index()].cohort.index();
                if population.accounts_of(owner).any(|account| opening.row(account)[a] > 0.0) {
                    exposures.add(scenario, cohort, AssetId::at(a));
                }
            }
        }
        exposures
    }

    fn add(&mut self, scenario: &Scenario, cohort: usize, asset: AssetId) {
        match scenario.assets[asset.index()].kind {
            AssetKind::Receipt { pool, reserve } => {
                note(&mut self.reserves[cohort], (pool, reserve));
                self.add(scenario, cohort, scenario.pools[pool].reserves[reserve].asset);
            }
            AssetKind::Token { issuer } => {
                // Issuers may hold each other's tokens in a circle.
                if note(&mut self.tokens[cohort], issuer) {
                    let table = &scenario.issuers[issuer];
                    self.add(scenario, cohort, scenario.coin_asset(table.par));
                    table.holds.iter().for_each(|held| self.add(scenario, cohort, scenario.issuers[held.issuer].token));
                }
            }
            AssetKind::Lp { amm } => {
                let table = &scenario.amms[amm];
                table.assets.iter().for_each(|asset| self.add(scenario, cohort, *asset));
                if let Some(idle) = table.idle {
                    let lie_there = idle.reserves.into_iter().flatten();
                    lie_there.for_each(|reserve| {
                        note(&mut self.reserves[cohort], (idle.pool, reserve));
                    });
                }
            }
            AssetKind::Coin(coin) if scenario.coins[coin.index()].pegged => {
                note(&mut self.stablecoins[cohort], coin.index());
            }
            AssetKind::Coin(_) | AssetKind::Contract { .. } | AssetKind::Debt { .. } => {}
        }
    }
}

/// Adds an entry; returns whether it was missing.
fn note<T: PartialEq>(list: &mut Vec<T>, entry: T) -> bool {
    let missing = !list.contains(&entry);
    if missing {
        list.push(entry);
    }
    missing
}

/// The state of runs on a path.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    /// Level that has been reached, by cohort: accumulated hazard, or the signal.
    level: Vec<f64>,
    /// How many of the patience list have left, by cohort.
    next: Vec<usize>,
    /// The same for cohorts whose own loss counts: hazard accumulated by each owner, and who has left.
    own_level: Vec<f64>,
    left: Vec<bool>,
    news: Vec<(f64, f64)>,
    /// Owners on their way out, in the order in which they left.
    pub leaving: Vec<OwnerId>,
}

impl Runs {
    /// Nobody has left.
    pub fn reset(&mut self, scenario: &Scenario, population: &Population) {
        self.level.clear();
        self.level.resize(scenario.cohorts.len(), 0.0);
        self.next.clear();
        self.next.resize(scenario.cohorts.len(), 0);
        let counted = if scenario.cohorts.iter().any(|c| c.runs.as_ref().is_some_and(own_loss_counts)) {
            population.owners.len()
        } else {
            0
        };
        self.own_level.clear();
        self.own_level.resize(counted, 0.0);
        self.left.clear();
        self.left.resize(counted, false);
        self.news.clear();
        self.leaving.clear();
    }

    /// News that frightens: an extra signal per day that fades.
    pub fn hear(&mut self, leave_per_day: f64, half_life: f64) {
        self.news.push((leave_per_day, half_life));
    }

    /// Adds a step of hazard and returns who begins to leave, the least patient first.
    pub fn step(&mut self, world: &World, opening: &Opening, patience: &mut Patience) -> Vec<OwnerId> {
        let mut leavers = Vec::new();
        for (id, cohort) in world.scenario.cohorts() {
            let Some(runs) = &cohort.runs else { continue };
            self.look(world, opening, patience, id, runs, &mut leavers);
        }
        leavers
    }

    /// Lets a step go by: news fades.
    pub fn fade(&mut self, seconds: f64) {
        for (hazard, half_life) in &mut self.news {
            *hazard *= crate::market::law::half_life_factor(seconds, *half_life);
        }
    }

    /// Who of those with thresholds leaves at what can be seen after others have left in this step.
    pub fn look_again(&mut self, world: &World, opening: &Opening, patience: &mut Patience) -> Vec<OwnerId> {
        let mut leavers = Vec::new();
        for (id, cohort) in world.scenario.cohorts() {
            let Some(runs) = cohort.runs.as_ref().filter(|runs| runs.threshold.is_some()) else { continue };
            self.look(world, opening, patience, id, runs, &mut leavers);
        }
        leavers
    }

    fn look(
        &mut self,
        world: &World,
        opening: &Opening,
        patience: &mut Patience,
        id: CohortId,
        runs: &RunsSpec,
        leavers: &mut Vec<OwnerId>,
    ) {
        let news: f64 = self.news.iter().map(|(hazard, _)| hazard).sum();
        let signal = signal_per_day(world, &opening.exposures, id, runs) + news;
        let days = world.scenario.step_seconds / 86_400.0;
        let reached = |level: f64, signal: f64| match runs.threshold {
            None => level + signal.min(runs.cap_per_day.get()) * days,
            Some(_) => signal,
        };
        let c = id.index();
        if own_loss_counts(runs) {
            for (patience, owner) in patience.up_to(id, f64::INFINITY) {
                let i = owner.index();
                if self.left[i] {
                    continue;
                }
                let lost = own_loss(world, opening, *owner);
                self.own_level[i] = reached(self.own_level[i], signal + runs.own_loss_per_day.get() * lost);
                if *patience <= self.own_level[i] {
                    self.left[i] = true;
                    leavers.push(*owner);
                }
            }
            return;
        }
        self.level[c] = reached(self.level[c], signal);
        let list = patience.up_to(id, self.level[c]);
        while let Some((_, owner)) = list.get(self.next[c]).filter(|(patience, _)| *patience <= self.level[c]) {
            leavers.push(*owner);
            self.next[c] += 1;
        }
    }
}

fn own_loss_counts(runs: &RunsSpec) -> bool {
    runs.own_loss_per_day.get() > 0.0
}

/// Share of an owner's net worth at the opening that is lost at the marks published last.
fn own_loss(world: &World, opening: &Opening, owner: OwnerId) -> f64 {
    let then = opening.equity_usd[owner.index()];
    if then > 0.0 { (1.0 - world.owner_usd(owner) / then).max(0.0) } else { 0.0 }
}

/// What a cohort can see of what it holds, per day.
fn signal_per_day(world: &World, exposures: &Exposures, cohort: CohortId, runs: &RunsSpec) -> f64 {
    let c = cohort.index();
    let from = runs.utilisation_from.get();
    let reserves = &exposures.reserves[c];
    let utilisation = reserves.iter().map(|(pool, reserve)| world.utilisation(*pool, *reserve)).fold(0.0, f64::max);
    let outflow = reserves.iter().map(|(pool, _)| {
        let pool = &world.pools[*pool];
        if runs.threshold.is_some() { pool.outflow_share_now() } else { pool.outflow_share() }
    });
    let tokens = exposures.tokens[c].iter().map(|issuer| -world.token_discount(*issuer));
    let stablecoins = exposures.stablecoins[c].iter().map(|coin| {
        let coin = &world.scenario.coins[*coin];
        1.0 - world.mark(coin.asset) / coin.opening_usd
    });
    runs.calm_per_day.get()
        + runs.utilisation_per_day.get() * ((utilisation - from) / (1.0 - from)).max(0.0)
        + runs.outflow_per_day.get() * outflow.fold(0.0, f64::max)
        + runs.discount_per_day.get() * tokens.chain(stablecoins).fold(0.0, f64::max)
}

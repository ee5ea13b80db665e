//! One path through one world: the loop, and nothing else.
//!
//! Within a step: prices and shocks; interest, queues and funding; marks; owners act; rounds of close-outs until a round
//! finds nobody; venues tidy up; the step is recorded. A path never sees another.

use super::behaviour::Progress;
use super::exchange::Exchanges;
use super::origin::QuietBooks;
use super::patience::Patience;
use super::runs::{Exposures, Runs};
use super::watch::{Search, Trigger, Watch, WatchState};
use super::{Record, exposure, invariants, result, series};
use crate::event::EventKind;
use crate::id::AccountId;
use crate::outcome::{IssuerSheet, Layer, Outcome};
use crate::price::{Ends, PricePath};
use crate::random::{Purpose, Stream, stream};
use crate::scenario::{OrderSpec, Place, ShockKind, Variant};
use crate::world::World;
use rand::seq::SliceRandom;

/// More rounds than this in a step are a bug: an account has few orders in a step before it is taken over.
pub(super) const MAX_ROUNDS: u16 = 10_000;

/// What a thread reuses from path to path.
#[derive(Debug)]
pub struct Runner<'a> {
    /// The world.
    pub world: World<'a>,
    pub(super) states: Vec<WatchState>,
    changed: Vec<AccountId>,
    exchanges: Exchanges,
    pub(super) quiet_books: QuietBooks,
    runs: Runs,
    order: Stream,
    pub(super) search: Search,
    checks: bool,
    pub(super) path: u64,
    next_shock: usize,
    series: Option<Vec<f64>>,
}

/// What all paths of one opening share.
#[derive(Debug)]
pub struct Opening {
    /// Lines that accounts can cross.
    pub watches: Vec<Watch>,
    /// What each cohort looks at.
    pub exposures: Exposures,
    /// Net worth of each owner, USD.
    pub equity_usd: Vec<f64>,
    /// Exposure of all owners.
    pub exposure: exposure::Exposure,
    /// Longs, USD.
    pub open_interest_usd: f64,
    /// Balance sheet of each issuer.
    pub issuer_sheets: Vec<IssuerSheet>,
    /// Placed, lent and earned in a year, per pool, USD.
    pub lending_usd: Vec<(f64, f64, f64)>,
}

impl Opening {
    /// Prepares what paths share, from a world at its opening.
    #[must_use]
    pub fn of(world: &World) -> Self {
        let mut watches = Vec::new();
        for (i, _) in world.scenario.futures.iter().enumerate() {
            watches.push(Watch::new(world, Place::Futures(i), Trigger::Liquidation));
            watches.push(Watch::new(world, Place::Futures(i), Trigger::Owner));
        }
        for (i, _) in world.scenario.pools.iter().enumerate().filter(|(_, p)| p.loans.is_some()) {
            watches.push(Watch::new(world, Place::Pool(i), Trigger::Liquidation));
            watches.push(Watch::new(world, Place::Pool(i), Trigger::Owner));
        }
        let (exposure, equity_usd) = exposure::of_everybody(world);
        Self {
            watches,
            exposures: Exposures::at_opening(world.scenario, world.population, &world.ledger),
            equity_usd,
            exposure,
            open_interest_usd: world.open_interest_usd(),
            issuer_sheets: (0..world.issuers.len()).map(|issuer| world.issuer_sheet(issuer)).collect(),
            lending_usd: (0..world.pools.len()).map(|pool| world.placed_lent_earned(pool)).collect(),
        }
    }
}

impl<'a> Runner<'a> {
    /// A runner around a world.
    #[must_use]
    pub fn new(world: World<'a>, watches: usize, search: Search, checks: bool) -> Self {
        Self {
            states: vec![WatchState::new(world.population); watches],
            changed: Vec::new(),
            exchanges: Exchanges::default(),
            quiet_books: QuietBooks::new(&world),
            runs: Runs::default(),
            order: stream(world.scenario.seed, Purpose::Order, 0),
            search,
            checks,
            path: 0,
            next_shock: 0,
            series: None,
            world,
        }
    }

    /// Runs a path in a world. `prices` are the exogenous prices of the whole path.
    pub fn run(
        &mut self,
        path: u64,
        variant: Variant,
        opening: &Opening,
        prices: &PricePath,
        patience: &mut Patience,
        record: Record,
    ) -> Outcome {
        self.begin(path, variant, opening, record);
        for step in 1..=self.world.scenario.steps {
            self.step(opening, prices.row(step), prices.ends(step), patience);
        }
        self.finish(opening)
    }

    /// Begins a path: everything back to the opening.
    pub fn begin(&mut self, path: u64, variant: Variant, opening: &Opening, record: Record) {
        self.path = path;
        self.next_shock = 0;
        self.world.reset(variant);
        self.world.keep_events = record.events && variant == Variant::Full;
        self.states.iter_mut().zip(&opening.watches).for_each(|(state, watch)| state.reset(watch));
        self.exchanges.reset(&self.world);
        self.runs.reset(self.world.scenario, self.world.population);
        self.order = stream(self.world.scenario.seed, Purpose::Order, path);
        self.world.auctions = stream(self.world.scenario.seed, Purpose::Auctions, path);
        let follow = record.series || (variant == Variant::Full && self.world.scenario.observes_series());
        self.series = follow.then(Vec::new);
        self.follow();
    }

    /// Takes the next step of the path. `exogenous` are its prices, by coin, USD; `ends` how far they went on the way, if
    /// that is seen.
    ///
    /// # Panics
    /// If there are not as many prices as coins, or an invariant is broken.
    pub fn step(&mut self, opening: &Opening, exogenous: &[f64], ends: Option<Ends<'_>>, patience: &mut Patience) {
        self.world.step += 1;
        self.world.round = 0;
        self.world.tally.begin_step();
        self.world.exogenous.copy_from_slice(exogenous);
        let seconds = self.world.scenario.step_seconds;
        self.world.markets.decay(self.world.step as usize, seconds, &self.world.exogenous);
        self.world.gas.fade(self.world.scenario.step_seconds);
        if let Some(ends) = ends {
            self.close_between(opening, ends);
        }
        let scenario = self.world.scenario;
        while let Some(shock) = scenario.shocks.get(self.next_shock).filter(|s| s.step <= self.world.step as usize) {
            self.strike(&shock.kind);
            self.next_shock += 1;
        }
        self.world.steal();
        self.begin_step();
        self.act(opening, patience);
        self.exchange();
        self.cascade(opening);
        self.end_step();
        self.follow();
        if self.checks {
            invariants::assert_all(&self.world, self.path);
        }
    }

    /// Ends the path: checks that balances add up, and says what it left.
    ///
    /// # Panics
    /// If a column of the ledger does not sum to zero.
    pub fn finish(&mut self, opening: &Opening) -> Outcome {
        invariants::assert_conserved(&self.world, self.path);
        result::outcome(&mut self.world, opening, self.series.take().unwrap_or_default())
    }

    fn follow(&mut self) {
        if let Some(series) = &mut self.series {
            series::record(&self.world, series);
        }
    }

    fn strike(&mut self, shock: &ShockKind) {
        match shock {
            ShockKind::Depth { coins, multiplier, half_life } => {
                for coin in coins {
                    self.world.markets.withdraw_depth(*coin, *multiplier, *half_life);
                }
            }
            ShockKind::Slash { issuer, share } => self.world.slash(*issuer, *share),
            ShockKind::News { leave_per_day, half_life } => self.runs.hear(*leave_per_day, *half_life),
            ShockKind::Gas { multiplier, half_life } => self.world.gas.surge(*multiplier, *half_life),
            ShockKind::Theft { from, taken, steps } => self.world.begin_theft(from, *taken, *steps),
            ShockKind::Forgery(forgery) => self.world.forge(forgery),
            ShockKind::Freeze { pool, reserves } => self.world.freeze(*pool, reserves),
            ShockKind::Gap { .. } | ShockKind::Push { .. } | ShockKind::Depeg { .. } => {} // laid over the exogenous prices
        }
    }

    /// Interest, queues, funding; then marks.
    fn begin_step(&mut self) {
        self.world.cause = Layer::Exit;
        self.world.publish();
        self.world.accrue_pools();
        for issuer in 0..self.world.issuers.len() {
            self.world.begin_issuer_step(issuer);
        }
        for venue in 0..self.world.futures.len() {
            self.world.begin_futures_step(venue);
        }
        for issuer in 0..self.world.issuers.len() {
            self.world.settle_hedge_funding(issuer);
        }
        for amm in 0..self.world.amms.len() {
            self.world.begin_amm_step(amm);
        }
        self.world.publish();
    }

    /// Owners leave and top up.
    fn act(&mut self, opening: &Opening, patience: &mut Patience) {
        let mut leavers = self.runs.step(&self.world, opening, patience);
        let mut leaving = std::mem::take(&mut self.runs.leaving);
        loop {
            for owner in &leavers {
                let (wallet, usd) = (self.world.population.owners[owner.index()].wallet, self.world.owner_usd(*owner));
                let coin = self.world.scenario.coins[0].asset;
                let price = self.world.mark(coin);
                self.world.record(EventKind::Leave, wallet, coin, usd / price, price);
            }
            leaving.append(&mut leavers);
            let acted = !leaving.is_empty();
            leaving.retain(|owner| self.world.unwind(*owner) == Progress::Stuck);
            self.runs.leaving.append(&mut leaving);
            if acted {
                self.world.publish();
            }
            leavers = self.runs.look_again(&self.world, opening, patience);
            if leavers.is_empty() {
                break;
            }
        }
        self.runs.fade(self.world.scenario.step_seconds);
        let mut topped_up = false;
        for (place, accounts) in self.find(opening, Trigger::Owner) {
            topped_up |= !accounts.is_empty();
            for account in accounts {
                match place {
                    Place::Futures(venue) => {
                        self.world.top_up(venue, account);
                    }
                    Place::Pool(pool) => self.world.answer_margin_call(pool, account),
                    Place::Wallet => {}
                }
            }
        }
        if topped_up {
            self.world.publish();
        }
    }

    /// Venues sell collateral for settlement coins that are too far below zero.
    fn exchange(&mut self) {
        if self.exchanges.run(&mut self.world) {
            self.world.publish();
        }
    }

    /// Tells everybody who watches accounts which of them have changed.
    pub(super) fn note_changes(&mut self, opening: &Opening) {
        self.world.ledger.take_changed(&mut self.changed);
        self.exchanges.note(&self.world, &self.changed);
        for (watch, state) in opening.watches.iter().zip(&mut self.states) {
            watch.note(&self.world, state, &self.changed);
        }
    }

    /// Who has crossed a line of that kind, by place; of those to be closed out, who is due.
    fn find(&mut self, opening: &Opening, trigger: Trigger) -> Vec<(Place, Vec<AccountId>)> {
        self.note_changes(opening);
        let mut found = Vec::new();
        for (watch, state) in opening.watches.iter().zip(&mut self.states) {
            if watch.trigger() == trigger {
                let mut accounts = watch.find(&self.world, state, self.search);
                match (watch.place(), trigger) {
                    (Place::Pool(pool), Trigger::Liquidation) => {
                        accounts.retain(|account| self.world.can_liquidate_loan(pool, *account));
                    }
                    (Place::Futures(venue), Trigger::Liquidation) => accounts = self.world.due(venue, accounts),
                    _ => {}
                }
                found.push((watch.place(), accounts));
            }
        }
        found
    }

    /// Rounds of close-outs until a round finds nobody.
    fn cascade(&mut self, opening: &Opening) {
        for round in 1..=MAX_ROUNDS {
            let found = self.find(opening, Trigger::Liquidation);
            if found.iter().all(|(_, accounts)| accounts.is_empty()) {
                return;
            }
            self.world.round = round;
            self.world.tally.rounds = self.world.tally.rounds.max(u32::from(round));
            self.quiet_books.begin_round(&mut self.world, &found);
            for (place, mut accounts) in found {
                self.put_in_order(place, &mut accounts);
                let together = self.world.scenario.order == OrderSpec::Simultaneous;
                let batch = if together { accounts.len().max(1) } else { 1 };
                for batch in accounts.chunks(batch) {
                    match place {
                        Place::Futures(venue) => self.world.liquidate(venue, batch),
                        Place::Pool(pool) => batch.iter().for_each(|account| self.world.liquidate_loan(pool, *account)),
                        Place::Wallet => {}
                    }
                    if !together {
                        self.world.publish();
                    }
                }
            }
            self.world.publish();
            self.world.note_price_gap();
        }
        panic!(
            "step {}: still liquidating after {MAX_ROUNDS} rounds; replay with: rehypo replay CONFIG --path {} --seed {}",
            self.world.step, self.path, self.world.scenario.seed
        );
    }

    fn put_in_order(&mut self, place: Place, accounts: &mut [AccountId]) {
        let size = |account: &AccountId| match place {
            Place::Futures(venue) => self.world.health(venue, *account).notional,
            Place::Pool(pool) => self.world.loan(pool, *account).debt_usd,
            Place::Wallet => 0.0,
        };
        match self.world.scenario.order {
            OrderSpec::Simultaneous | OrderSpec::Sequential => {}
            OrderSpec::LargestFirst => accounts.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.cmp(b))),
            OrderSpec::Random => accounts.shuffle(&mut self.order),
        }
    }

    fn end_step(&mut self) {
        let step = self.world.step;
        for venue in 0..self.world.futures.len() {
            self.world.end_futures_step(venue);
        }
        for issuer in 0..self.world.issuers.len() {
            self.world.end_issuer_step(issuer);
        }
        self.world.publish();
        for pool in 0..self.world.pools.len() {
            self.world.end_pool_step(pool);
        }
        for venue in 0..self.world.futures.len() {
            self.world.note_funds(venue);
        }
        self.world.note_price_gap();
        self.world.tally.end_step(step);
        self.world.wave.end_step();
    }
}

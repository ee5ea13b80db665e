//! A lending pool: deposits with receipts, loans against them, two-slope rates. Withdrawals are paid out of free cash,
//! first come, first served; nobody is paid out of turn.
//!
//! `U = D / (A + D)` with free cash A and debt D; rates and indices from [`super::lending::rates`].

mod deposit;
mod liquidate;
mod loans;

use super::lending::rates::{borrow_rate, debt_factor, supply_factor, supply_rate};
use super::peers::Matching;
use super::window::Delay;
use crate::event::EventKind;
use crate::id::AccountId;
use crate::outcome::Layer;
use crate::scenario::{AssetKind, Lending, Place, Pool, RateCurve, Reserve, Scenario, WhenDrySpec};
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// State of a pool on a path.
#[derive(Clone, Debug)]
pub struct PoolState {
    /// Its reserves.
    pub reserves: Vec<ReserveState>,
    /// Withdrawals that wait, in order.
    queue: VecDeque<Waiting>,
    /// Who is in it, and for which reserve.
    in_line: BTreeSet<(AccountId, usize)>,
    /// Loans that a liquidator has tried in this step.
    tried: BTreeSet<AccountId>,
    /// Top-ups refused in this step, USD.
    refused_usd: f64,
    /// Withdrawals refused and not paid since, where there is no line: receipts.
    refused: BTreeMap<(AccountId, usize), f64>,
    /// USD paid in each step of the last 24 hours, and where the ring stands.
    outflow: VecDeque<f64>,
    /// Their sum.
    outflow_usd: f64,
    paid_this_step_usd: f64,
    supply_at_opening_usd: f64,
}

/// State of one reserve of a pool.
#[derive(Clone, Debug)]
pub struct ReserveState {
    /// Units of what was deposited per receipt.
    pub liquidity_index: f64,
    /// Units owed per unit of debt.
    pub borrow_index: f64,
    /// Rise of the borrow rate beyond the kink, per year.
    pub slope2: f64,
    /// Price that the pool's oracle believes, USD, as published last.
    pub oracle_usd: f64,
    /// What a unit of deposits is worth: assets over claims, at most 1, as published last.
    pub solvency: f64,
    /// Whether nothing new is lent out of it or deposited in it.
    pub frozen: bool,
    /// Receipts that wait in line.
    pub waiting: f64,
    /// Loans matched for a term, if that is how the pool lends.
    pub matching: Matching,
    believed: Delay,
}

impl ReserveState {
    fn new(table: &Reserve) -> Self {
        Self {
            liquidity_index: 1.0,
            borrow_index: 1.0,
            slope2: table.rates.slope2,
            oracle_usd: 0.0,
            solvency: 1.0,
            frozen: table.frozen,
            waiting: 0.0,
            matching: Matching::default(),
            believed: Delay::of(table.stale_steps),
        }
    }

    /// Back to the opening.
    fn reset(&mut self, table: &Reserve) {
        (self.liquidity_index, self.borrow_index, self.slope2) = (1.0, 1.0, table.rates.slope2);
        (self.waiting, self.matching, self.frozen) = (0.0, Matching::default(), table.frozen);
    }

    /// Takes the price that the oracle's rule gives now and publishes that of its age, USD.
    pub fn publish(&mut self, step: u32, rule_usd: f64, solvency: f64) {
        self.oracle_usd = self.believed.at(step, rule_usd);
        self.solvency = solvency;
    }

    fn curve(&self, table: &Reserve) -> RateCurve {
        RateCurve { slope2: self.slope2, ..table.rates }
    }
}

/// A withdrawal that waits.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// Who holds the receipts and gets what was deposited.
    pub account: AccountId,
    /// Which reserve.
    pub reserve: usize,
    /// Receipts still to be paid.
    pub receipts: f64,
}

impl PoolState {
    /// A pool before the opening.
    #[must_use]
    pub fn new(table: &Pool, scenario: &Scenario) -> Self {
        let mut state = Self {
            reserves: table.reserves.iter().map(ReserveState::new).collect(),
            queue: VecDeque::new(),
            in_line: BTreeSet::new(),
            tried: BTreeSet::new(),
            refused_usd: 0.0,
            refused: BTreeMap::new(),
            outflow: VecDeque::new(),
            outflow_usd: 0.0,
            paid_this_step_usd: 0.0,
            supply_at_opening_usd: 0.0,
        };
        state.reset(table, scenario);
        state
    }

    /// Back to the opening.
    pub fn reset(&mut self, table: &Pool, scenario: &Scenario) {
        self.reserves.iter_mut().zip(&table.reserves).for_each(|(state, table)| state.reset(table));
        self.queue.clear();
        self.in_line.clear();
        self.tried.clear();
        self.refused_usd = 0.0;
        self.refused.clear();
        self.outflow.clear();
        self.outflow.resize(((86_400.0 / scenario.step_seconds) as usize).max(1), 0.0);
        self.outflow_usd = 0.0;
        self.paid_this_step_usd = 0.0;
        self.supply_at_opening_usd = 0.0;
    }

    /// Share of the opening deposits that was paid out in the last 24 hours.
    #[must_use]
    pub fn outflow_share(&self) -> f64 {
        if self.supply_at_opening_usd > 0.0 { self.outflow_usd / self.supply_at_opening_usd } else { 0.0 }
    }

    /// The same with what has been paid in this step.
    #[must_use]
    pub fn outflow_share_now(&self) -> f64 {
        let paid = self.outflow_usd + self.paid_this_step_usd;
        if self.supply_at_opening_usd > 0.0 { paid / self.supply_at_opening_usd } else { 0.0 }
    }

    /// Whether the account already stands in line for that reserve.
    #[must_use]
    pub fn waits(&self, account: AccountId, reserve: usize) -> bool {
        self.in_line.contains(&(account, reserve))
    }

    /// Lowers a withdrawal that was refused to what is still asked for.
    pub fn ask_for_at_most(&mut self, account: AccountId, reserve: usize, receipts: f64) {
        if let Some(refused) = self.refused.get_mut(&(account, reserve)) {
            *refused = refused.min(receipts);
        }
    }

    /// Stands in line no more.
    pub(super) fn leave_line(&mut self, account: AccountId, reserve: usize) {
        self.in_line.remove(&(account, reserve));
    }

    fn push(&mut self, waiting: Waiting) {
        self.in_line.insert((waiting.account, waiting.reserve));
        self.reserves[waiting.reserve].waiting += waiting.receipts;
        self.queue.push_back(waiting);
    }

    /// Cuts what an account waits for to what it still holds.
    fn cut(&mut self, account: AccountId, reserve: usize, holds: f64) {
        if !self.waits(account, reserve) {
            return;
        }
        for waiting in self.queue.iter_mut().filter(|w| w.account == account && w.reserve == reserve) {
            let cut = (waiting.receipts - holds).max(0.0);
            waiting.receipts -= cut;
            self.reserves[reserve].waiting -= cut;
        }
    }
}

impl World<'_> {
    /// Lets interest accrue for a step and pays those who wait.
    pub fn accrue_pools(&mut self) {
        let seconds = self.scenario.step_seconds;
        for pool in 0..self.pools.len() {
            for reserve in 0..self.pools[pool].reserves.len() {
                let table = &self.scenario.pools[pool].reserves[reserve];
                let utilisation = self.utilisation(pool, reserve);
                let lent = self.lent_share(pool, reserve);
                let (now, term_steps) = (self.borrow_rate(pool, reserve), self.term_steps(pool));
                let state = &mut self.pools[pool].reserves[reserve];
                let rate = term_steps.map_or(now, |steps| state.matching.mean_rate(now, steps));
                let earned = supply_rate(rate, lent, table.reserve_factor);
                state.borrow_index *= debt_factor(rate, seconds);
                state.liquidity_index *= supply_factor(earned, seconds);
                if let Some(oracle) = &table.slope2_oracle {
                    state.slope2 = oracle.moved(state.slope2, utilisation, table.rates.kink, seconds);
                }
            }
            self.begin_pool_step(pool);
            self.roll_over(pool);
            if !self.pools[pool].queue.is_empty() {
                self.pay_queue(pool);
            }
        }
    }

    fn begin_pool_step(&mut self, pool: usize) {
        if self.pools[pool].supply_at_opening_usd == 0.0 {
            self.pools[pool].supply_at_opening_usd = self.supply_usd(pool);
        }
        let state = &mut self.pools[pool];
        state.refused_usd = 0.0;
        state.tried.clear();
        let paid = std::mem::take(&mut state.paid_this_step_usd);
        state.outflow.push_back(paid);
        let oldest = state.outflow.pop_front().unwrap_or(0.0);
        state.outflow_usd = (state.outflow_usd + paid - oldest).max(0.0);
    }

    /// How much is placed in a pool (deposits and idle collateral), how much of it is lent, and what a year of the rates
    /// now earns depositors, USD.
    #[must_use]
    pub fn placed_lent_earned(&self, pool: usize) -> (f64, f64, f64) {
        let (at, reserves) = (self.population.system.pools[pool], &self.scenario.pools[pool].reserves);
        let (mut placed, mut lent, mut earned) = (self.supply_usd(pool), 0.0, 0.0);
        for (i, reserve) in reserves.iter().enumerate() {
            let loans = self.ledger.balance(at, reserve.debt) * self.mark(reserve.debt);
            lent += loans;
            earned += loans * self.borrow_rate(pool, i) * (1.0 - reserve.reserve_factor);
        }
        let accounts = self.population.accounts.iter().enumerate().filter(|(_, a)| a.place == Place::Pool(pool));
        for account in accounts.map(|(i, _)| AccountId::at(i)) {
            placed += reserves.iter().map(|r| self.ledger.balance(account, r.asset) * self.mark(r.asset)).sum::<f64>();
        }
        (placed, lent, earned)
    }

    /// Rate per year that the curve of a reserve gives now: at its utilisation, of a bank at the one that the config states,
    /// so that a loan costs the same at all kinds of lenders to begin with.
    #[must_use]
    pub fn borrow_rate(&self, pool: usize, reserve: usize) -> f64 {
        let table = &self.scenario.pools[pool].reserves[reserve];
        let utilisation = match self.scenario.pools[pool].lending {
            Lending::Bank { .. } => table.utilisation,
            Lending::Pool | Lending::PeerToPeer { .. } => self.utilisation(pool, reserve),
        };
        borrow_rate(&self.pools[pool].reserves[reserve].curve(table), utilisation)
    }

    fn supply_usd(&self, pool: usize) -> f64 {
        let at = self.population.system.pools[pool];
        self.scenario.pools[pool]
            .reserves
            .iter()
            .map(|r| -self.ledger.balance(at, r.receipt) * self.mark(r.receipt))
            .sum()
    }

    /// Debt over debt and free cash.
    #[must_use]
    pub fn utilisation(&self, pool: usize, reserve: usize) -> f64 {
        let (at, table) = (self.population.system.pools[pool], &self.scenario.pools[pool].reserves[reserve]);
        let debt = self.ledger.balance(at, table.debt) * self.pools[pool].reserves[reserve].borrow_index;
        let cash = self.ledger.balance(at, table.asset);
        if debt + cash > 0.0 { debt / (debt + cash) } else { 0.0 }
    }

    /// Debt over deposits: below the utilisation where a deficit is left, on which nobody pays interest.
    ///
    /// Source: Aave v3.3, `DefaultReserveInterestRateStrategyV2.sol`, `unbacked` is the deficit.
    fn lent_share(&self, pool: usize, reserve: usize) -> f64 {
        let (at, table) = (self.population.system.pools[pool], &self.scenario.pools[pool].reserves[reserve]);
        let state = &self.pools[pool].reserves[reserve];
        let debt = self.ledger.balance(at, table.debt) * state.borrow_index;
        let claims = -self.ledger.balance(at, table.receipt) * state.liquidity_index;
        let whole = (debt + self.ledger.balance(at, table.asset)).max(claims);
        if whole > 0.0 { debt / whole } else { 0.0 }
    }

    /// Pays those who wait, in order; a reserve that runs dry holds up its own line only.
    fn pay_queue(&mut self, pool: usize) {
        let mut dry = vec![false; self.pools[pool].reserves.len()];
        let queue = std::mem::take(&mut self.pools[pool].queue);
        for waiting in queue {
            let Waiting { account, reserve, receipts } = waiting;
            let receipt = self.scenario.pools[pool].reserves[reserve].receipt;
            let wanted = receipts.min(self.ledger.balance(account, receipt).max(0.0));
            let left = if dry[reserve] { wanted } else { wanted - self.pay(pool, reserve, account, wanted) };
            if left >= self.ledger.tick(receipt) {
                dry[reserve] = true;
                self.pools[pool].queue.push_back(Waiting { receipts: left, ..waiting });
            } else {
                self.pools[pool].in_line.remove(&(account, reserve));
            }
        }
        let state = &mut self.pools[pool];
        for (reserve, table) in state.reserves.iter_mut().enumerate() {
            table.waiting = state.queue.iter().filter(|w| w.reserve == reserve).map(|w| w.receipts).sum();
        }
    }

    /// Redeems receipts out of free cash; what owners take out by choice counts as outflow. Returns the receipts redeemed.
    pub(super) fn pay(&mut self, pool: usize, reserve: usize, account: AccountId, receipts: f64) -> f64 {
        let (at, table) = (self.population.system.pools[pool], &self.scenario.pools[pool].reserves[reserve]);
        let asset = table.asset;
        let index = self.pools[pool].reserves[reserve].liquidity_index;
        let cash = self.ledger.balance(at, asset).max(0.0);
        let tick = self.ledger.tick(table.receipt);
        let redeemed = receipts.min(((cash / index) / tick).floor() * tick).max(0.0);
        if redeemed <= 0.0 {
            return 0.0;
        }
        self.transfer(account, at, table.receipt, redeemed);
        self.note_paid(pool, reserve, account, redeemed);
        let paid = self.transfer(at, account, asset, (redeemed * index).min(cash));
        if self.population.owner_of(account).is_some() && self.cause == Layer::Exit {
            let usd = paid * self.mark(asset);
            self.pools[pool].paid_this_step_usd += usd;
            self.tally.pools[pool].paid_usd += usd;
        }
        redeemed
    }

    /// Asks for a withdrawal. What the free cash cannot pay waits in line if the asker `can_wait` and the pool keeps a
    /// line, else is refused; what is lent for a term waits for its end. Returns the receipts redeemed at once.
    pub fn withdraw(&mut self, pool: usize, reserve: usize, account: AccountId, receipts: f64, can_wait: bool) -> f64 {
        let receipt = self.scenario.pools[pool].reserves[reserve].receipt;
        let tick = self.ledger.tick(receipt);
        let receipts = (receipts / tick).floor() * tick;
        if receipts <= 0.0 || self.pools[pool].waits(account, reserve) {
            return 0.0;
        }
        if self.term_steps(pool).is_some() {
            let due = self.unlent(pool, reserve, account, can_wait);
            let redeemed = self.pay(pool, reserve, account, receipts.min(due));
            if can_wait && self.ledger.balance(account, receipt) >= tick {
                self.pools[pool].in_line.insert((account, reserve));
            }
            return redeemed;
        }
        let redeemed = self.redeem_if_free(pool, reserve, account, receipts);
        let left = receipts - redeemed;
        let first_refusal =
            if left > 0.0 { self.refuse(pool, Waiting { account, reserve, receipts: left }, can_wait) } else { false };
        if left <= 0.0 {
            self.pools[pool].refused.remove(&(account, reserve));
        }
        if first_refusal {
            let price = self.mark(receipt);
            self.record(EventKind::FailedWithdrawal, account, receipt, left, price);
        }
        redeemed
    }

    /// Puts what cannot be paid in line, or refuses it; returns whether a withdrawal (not a top-up, which has an event of
    /// its own) has failed for the first time.
    fn refuse(&mut self, pool: usize, left: Waiting, can_wait: bool) -> bool {
        let step = self.step;
        self.tally.pools[pool].first_failed_step.get_or_insert(step);
        let receipt = self.scenario.pools[pool].reserves[left.reserve].receipt;
        if !can_wait {
            self.pools[pool].refused_usd += left.receipts * self.mark(receipt);
            return false;
        }
        if self.scenario.pools[pool].when_dry == WhenDrySpec::Queue {
            self.pools[pool].push(left);
            return true;
        }
        self.pools[pool].refused.insert((left.account, left.reserve), left.receipts).is_none()
    }

    /// Redeems what free cash pays at once, if nobody is in line before; the rest is simply kept. Returns the receipts
    /// redeemed.
    pub fn redeem_if_free(&mut self, pool: usize, reserve: usize, account: AccountId, receipts: f64) -> f64 {
        if self.pools[pool].reserves[reserve].waiting > 0.0 {
            return 0.0;
        }
        let due = self.unlent(pool, reserve, account, false);
        self.pay(pool, reserve, account, receipts.min(due))
    }

    /// Unpaid withdrawals of a pool now, USD.
    #[must_use]
    pub fn unpaid_usd(&self, pool: usize) -> f64 {
        let tables = &self.scenario.pools[pool].reserves;
        let waiting =
            tables.iter().zip(&self.pools[pool].reserves).map(|(t, s)| s.waiting.max(0.0) * self.mark(t.receipt));
        let refused = self.pools[pool].refused.iter().map(|((account, reserve), receipts)| {
            let receipt = tables[*reserve].receipt;
            receipts.min(self.ledger.balance(*account, receipt).max(0.0)) * self.mark(receipt)
        });
        waiting.sum::<f64>() + refused.sum::<f64>() + self.pools[pool].refused_usd
    }

    /// Updates a pool's totals at the end of a step.
    pub fn end_pool_step(&mut self, pool: usize) {
        let unpaid = self.unpaid_usd(pool);
        let utilisation = (0..self.pools[pool].reserves.len()).map(|r| self.utilisation(pool, r)).fold(0.0, f64::max);
        let tally = &mut self.tally.pools[pool];
        tally.unpaid_peak_usd = tally.unpaid_peak_usd.max(unpaid);
        tally.unpaid_end_usd = unpaid;
        tally.dry_steps += u32::from(unpaid > 0.0);
        tally.utilisation_max = tally.utilisation_max.max(utilisation);
    }

    /// The pool and reserve of a receipt, if it is one.
    #[must_use]
    pub fn receipt_of(&self, asset: crate::id::AssetId) -> Option<(usize, usize)> {
        match self.scenario.assets[asset.index()].kind {
            AssetKind::Receipt { pool, reserve } => Some((pool, reserve)),
            _ => None,
        }
    }
}

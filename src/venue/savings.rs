//! A lending pool: deposits with receipts, loans against them, two-slope rates. Withdrawals are paid out of free cash,
//! first come, first served; nobody is paid out of turn.
//!
//! `U = D / (A + D)` with free cash A and debt D; borrow rate `base + slope1 U / U*` up to the kink, then
//! `+ slope2 (U - U*) / (1 - U*)`; depositors earn `rate * U * (1 - reserve factor)` (Aave v3,
//! `DefaultReserveInterestRateStrategyV2`).

use super::peers::Matching;
use crate::event::EventKind;
use crate::id::{AccountId, CoinId};
use crate::market::Side;
use crate::outcome::Layer;
use crate::scenario::{AssetKind, Lending, Place, Pool, RateCurve, Scenario, WhenDrySpec};
use crate::unit::YEAR_SECONDS;
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
    /// Receipts that wait in line.
    pub waiting: f64,
    /// Loans matched for a term, if that is how the pool lends.
    pub matching: Matching,
}

impl Default for ReserveState {
    fn default() -> Self {
        Self { liquidity_index: 1.0, borrow_index: 1.0, waiting: 0.0, matching: Matching::default() }
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

/// Borrow rate per year at a utilisation.
#[must_use]
pub fn borrow_rate(curve: &RateCurve, utilisation: f64) -> f64 {
    if utilisation <= curve.kink {
        curve.base + if curve.kink > 0.0 { curve.slope1 * utilisation / curve.kink } else { curve.slope1 }
    } else {
        curve.base + curve.slope1 + curve.slope2 * (utilisation - curve.kink) / (1.0 - curve.kink)
    }
}

impl PoolState {
    /// A pool before the opening.
    #[must_use]
    pub fn new(table: &Pool, scenario: &Scenario) -> Self {
        let mut state = Self {
            reserves: vec![ReserveState::default(); table.reserves.len()],
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
        state.reset(scenario);
        state
    }

    /// Back to the opening.
    pub fn reset(&mut self, scenario: &Scenario) {
        self.reserves.fill(ReserveState::default());
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

    /// Whether the account already stands in line for that reserve.
    #[must_use]
    pub fn waits(&self, account: AccountId, reserve: usize) -> bool {
        self.in_line.contains(&(account, reserve))
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
        let years = self.scenario.step_seconds / YEAR_SECONDS;
        for pool in 0..self.pools.len() {
            for reserve in 0..self.pools[pool].reserves.len() {
                let table = &self.scenario.pools[pool].reserves[reserve];
                let utilisation = self.utilisation(pool, reserve);
                let now = borrow_rate(&table.rates, utilisation);
                let renewal = match self.scenario.pools[pool].lending {
                    Lending::Pool => None,
                    Lending::PeerToPeer { term } => Some(term / self.scenario.step_seconds),
                    Lending::Bank { .. } => Some(f64::INFINITY),
                };
                let state = &mut self.pools[pool].reserves[reserve];
                let rate = renewal.map_or(now, |steps| state.matching.mean_rate(now, steps));
                state.borrow_index *= 1.0 + rate * years;
                state.liquidity_index *= 1.0 + rate * utilisation * (1.0 - table.reserve_factor) * years;
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
            earned += loans * borrow_rate(&reserve.rates, self.utilisation(pool, i)) * (1.0 - reserve.reserve_factor);
        }
        let accounts = self.population.accounts.iter().enumerate().filter(|(_, a)| a.place == Place::Pool(pool));
        for account in accounts.map(|(i, _)| AccountId::at(i)) {
            placed += reserves.iter().map(|r| self.ledger.balance(account, r.asset) * self.mark(r.asset)).sum::<f64>();
        }
        (placed, lent, earned)
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
            let due = self.unlent(pool, reserve, account, Some(can_wait));
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
        let due = self.unlent(pool, reserve, account, None);
        self.pay(pool, reserve, account, receipts.min(due))
    }

    /// Repays debt with `amount` of what was borrowed out of an account; returns what was paid.
    pub fn repay(&mut self, pool: usize, reserve: usize, payer: AccountId, borrower: AccountId, amount: f64) -> f64 {
        let (at, table) = (self.population.system.pools[pool], &self.scenario.pools[pool].reserves[reserve]);
        let index = self.pools[pool].reserves[reserve].borrow_index;
        let owed = -self.ledger.balance(borrower, table.debt);
        let units = (amount / index).min(owed);
        if units <= 0.0 {
            return 0.0;
        }
        let cleared = self.transfer(at, borrower, table.debt, units);
        let paid = self.transfer(payer, at, table.asset, (cleared * index).min(amount));
        self.loans_shrink(pool, reserve, cleared, false);
        paid
    }

    /// Units of a reserve that an account can borrow now: within what its collateral lends, out of free cash that nobody
    /// waits for. Matched lenders lend nothing on the spot.
    #[must_use]
    pub fn can_borrow(&self, pool: usize, reserve: usize, account: AccountId) -> f64 {
        let (table, state) = (&self.scenario.pools[pool], &self.pools[pool].reserves[reserve]);
        let asset = table.reserves[reserve].asset;
        let is_lent = self.scenario.coin_of(asset).is_some() && !matches!(table.lending, Lending::PeerToPeer { .. });
        let Some(loans) = table.loans.filter(|_| is_lent && state.waiting <= 0.0) else { return 0.0 };
        let (collateral_usd, debt_usd) = self.loan_position(pool, account);
        let headroom = (collateral_usd * loans.initial_ltv.get() - debt_usd) / self.mark(asset);
        let cash = self.ledger.balance(self.population.system.pools[pool], asset);
        headroom.min(cash).max(0.0)
    }

    /// Lends an owner up to that many units of a reserve against what is in the owner's account at the pool, paid into the
    /// owner's wallet; returns what was lent, at most [`Self::can_borrow`].
    pub fn borrow(&mut self, pool: usize, reserve: usize, account: AccountId, amount: f64) -> f64 {
        let (at, table) = (self.population.system.pools[pool], &self.scenario.pools[pool].reserves[reserve]);
        let (asset, debt) = (table.asset, table.debt);
        let Some(owner) = self.population.owner_of(account) else { return 0.0 };
        let wallet = self.population.owners[owner.index()].wallet;
        let tick = self.ledger.tick(asset);
        let units = (amount.min(self.can_borrow(pool, reserve, account)) / tick).floor() * tick;
        if units <= 0.0 {
            return 0.0;
        }
        let lent = self.transfer(at, wallet, asset, units);
        self.transfer(account, at, debt, lent / self.pools[pool].reserves[reserve].borrow_index);
        lent
    }

    /// Value of what backs an account's loans, and of the loans, USD. What of the reserves' coins and tokens lies in the account backs them too.
    #[must_use]
    pub fn loan_position(&self, pool: usize, account: AccountId) -> (f64, f64) {
        let (mut collateral, mut debt) = (0.0, 0.0);
        for table in &self.scenario.pools[pool].reserves {
            collateral += self.ledger.balance(account, table.receipt) * self.mark(table.receipt);
            collateral += self.ledger.balance(account, table.asset) * self.mark(table.asset);
            debt -= self.ledger.balance(account, table.debt) * self.mark(table.debt);
        }
        (collateral, debt)
    }

    /// Whether a loan can still be liquidated in this step: each is tried once, a bank's when it looks at its loans.
    #[must_use]
    pub fn can_liquidate_loan(&self, pool: usize, account: AccountId) -> bool {
        let looks = match self.scenario.pools[pool].lending {
            Lending::Bank { review_steps, .. } => self.step.is_multiple_of(review_steps),
            Lending::Pool | Lending::PeerToPeer { .. } => true,
        };
        looks && !self.pools[pool].tried.contains(&account)
    }

    /// Liquidates a loan: a liquidator repays part of the largest debt and takes collateral worth it plus the fee,
    /// sells it, and what no collateral covers is written off as bad debt.
    pub fn liquidate_loan(&mut self, pool: usize, account: AccountId) {
        let Some(terms) = self.scenario.pools[pool].loans else { return };
        let (collateral_usd, debt_usd) = self.loan_position(pool, account);
        if debt_usd <= 0.0 || debt_usd < collateral_usd * terms.liquidation_ltv.get() {
            return;
        }
        let underwater = debt_usd * (1.0 + terms.liquidation_fee.get()) >= collateral_usd;
        let share = if underwater { 1.0 } else { terms.close_factor.get() };
        self.pools[pool].tried.insert(account);
        self.sell_collateral_of_loan(pool, account, debt_usd * share);
    }

    /// A liquidator repays that much of a loan and takes collateral worth it plus the fee, as far as she can sell it; what
    /// no collateral covers is written off.
    pub(super) fn sell_collateral_of_loan(&mut self, pool: usize, account: AccountId, usd: f64) {
        let Some(terms) = self.scenario.pools[pool].loans else { return };
        let (collateral_usd, debt_usd) = self.loan_position(pool, account);
        self.cause = Layer::Liquidation;
        let bonus = 1.0 + terms.liquidation_fee.get();
        let room_usd = self.liquidation_room(pool, account, terms.liquidation_fee.get());
        let repay_usd = usd.min(debt_usd).min(collateral_usd / bonus).min(room_usd / bonus);
        let taken = self.seize(pool, account, repay_usd * bonus);
        let paid = self.repay_from_outside(pool, account, repay_usd);
        self.trade_out(pool, &taken, &paid);
        let (left_usd, owed_usd) = self.loan_position(pool, account);
        if owed_usd > 0.0 && left_usd < 1e-6 * owed_usd.max(1.0) {
            for reserve in 0..self.scenario.pools[pool].reserves.len() {
                self.write_off(pool, reserve, account, f64::INFINITY);
            }
        }
    }

    /// Value of an account's collateral that a liquidator can sell, in the mix it is held in, before slippage eats the
    /// fee: beyond it nobody liquidates. A pool without a fee liquidates itself, as far as half a per cent of slippage.
    fn liquidation_room(&self, pool: usize, account: AccountId, fee: f64) -> f64 {
        let (collateral_usd, _) = self.loan_position(pool, account);
        let mut room = f64::INFINITY;
        for table in &self.scenario.pools[pool].reserves {
            let held = self.ledger.balance(account, table.receipt) * self.mark(table.receipt)
                + self.ledger.balance(account, table.asset) * self.mark(table.asset);
            if held > 0.0 {
                // the mean price of an order is nearer than its last: twice the fee at the margin is the fee on average
                let book_usd = self.room(table.asset, (2.0 * fee).clamp(0.005, 0.5)) * self.mark(table.asset);
                room = room.min(book_usd * collateral_usd / held);
            }
        }
        room
    }

    /// A liquidator takes collateral of that value, pro rata over what there is. Returns the units taken per reserve.
    fn seize(&mut self, pool: usize, account: AccountId, usd: f64) -> Vec<f64> {
        let (collateral_usd, _) = self.loan_position(pool, account);
        let share = if collateral_usd > 0.0 { (usd / collateral_usd).min(1.0) } else { 0.0 };
        let outside = self.outside();
        let mut units = Vec::new();
        for reserve in 0..self.scenario.pools[pool].reserves.len() {
            let table = &self.scenario.pools[pool].reserves[reserve];
            let (asset, receipt) = (table.asset, table.receipt);
            let taken = self.transfer(account, outside, receipt, self.ledger.balance(account, receipt) * share);
            let holds = self.ledger.balance(account, receipt);
            self.pools[pool].cut(account, reserve, holds);
            let held = self.transfer(account, outside, asset, self.ledger.balance(account, asset) * share);
            self.redeem_if_free(pool, reserve, outside, taken);
            units.push(taken * self.pools[pool].reserves[reserve].liquidity_index + held);
        }
        units
    }

    /// The liquidator repays debt of that value. Returns the units paid per reserve.
    fn repay_from_outside(&mut self, pool: usize, account: AccountId, usd: f64) -> Vec<f64> {
        let mut left = usd;
        let outside = self.outside();
        let mut units = Vec::new();
        for reserve in 0..self.scenario.pools[pool].reserves.len() {
            let asset = self.scenario.pools[pool].reserves[reserve].asset;
            let price = self.mark(asset);
            let paid = self.repay(pool, reserve, outside, account, left / price);
            if paid > 0.0 {
                left -= paid * price;
                self.tally.loans_liquidated_usd += paid * price;
                self.record(EventKind::LoanLiquidation, account, asset, paid, price);
            }
            units.push(paid);
        }
        units
    }

    /// The liquidator sells what was taken and buys what was paid, net: tokens on their own books for their par coins,
    /// coins on the spot market.
    fn trade_out(&mut self, pool: usize, taken: &[f64], paid: &[f64]) {
        let mut bought = vec![0.0; self.scenario.coins.len()];
        for (reserve, (taken, paid)) in taken.iter().zip(paid).enumerate() {
            let asset = self.scenario.pools[pool].reserves[reserve].asset;
            let (coin, units) = self.trade_token(asset, paid - taken);
            bought[coin.index()] += units;
        }
        for (coin, units) in bought.into_iter().enumerate() {
            self.markets.execute(CoinId::at(coin), Side::Spot, units * self.exogenous[coin]);
        }
    }

    /// Writes debt off, at most what is owed.
    pub(super) fn write_off(&mut self, pool: usize, reserve: usize, account: AccountId, units: f64) {
        let (at, debt) = (self.population.system.pools[pool], self.scenario.pools[pool].reserves[reserve].debt);
        let units = units.min(-self.ledger.balance(account, debt));
        if units > 0.0 {
            let units = self.transfer(at, account, debt, units);
            self.loans_shrink(pool, reserve, units, true);
            let price = self.mark(debt);
            self.tally.pools[pool].bad_debt_usd += units * price;
            self.record(EventKind::BadDebt, account, debt, units, price);
        }
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

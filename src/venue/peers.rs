//! Peer-to-peer loans: lenders matched with borrowers for a fixed term (Bitfinex funding, Poloniex lending). The baseline that
//! a pool is compared with.
//!
//! Of each lender's deposit the share `m` is lent, the same for all who stay: `m = (D - L) / (S - H)` with the loans D, the
//! deposits S, and of those who have given notice the deposits H and the part L of them still lent. Idle money can be
//! taken out at once, lent money only as its loans expire: with loans at all stages of the term, the fraction `t / term` of it
//! by the time `t` after the notice. What expires is rolled over to the idle money of others; once they have none (`m` would
//! pass 1) the borrowers repay, out of their wallets or by a forced sale of collateral. Claims that are due add up to the
//! cash exactly, so nobody who is due goes unpaid and nobody is paid before.
//!
//! Borrowers may repay early, which sets the lenders' money free pro rata. What a borrower fails to repay all lenders bear:
//! the index of their deposits falls. Collateral is coins in the borrower's own account, lent to nobody.

use crate::id::AccountId;
use crate::outcome::Layer;
use crate::scenario::Lending;
use crate::world::World;
use std::collections::BTreeMap;

/// Matched loans of a reserve.
#[derive(Clone, Debug)]
pub struct Matching {
    /// Mean rate of running loans, per year.
    pub rate: Option<f64>,
    /// What is left of a loan running since the opening that was neither repaid early nor written off.
    alive: f64,
    /// Lenders who have given notice.
    notices: BTreeMap<AccountId, Notice>,
    /// What they have, as of a step.
    sums: Option<Sums>,
    /// Accounts with loans that can be called.
    borrowers: Option<Vec<AccountId>>,
}

/// What lenders on notice have together.
#[derive(Clone, Copy, Debug)]
struct Sums {
    step: u32,
    /// Receipts.
    held: f64,
    /// Units of the asset still lent.
    lent: f64,
}

/// A lender's notice.
#[derive(Clone, Copy, Debug)]
struct Notice {
    /// Units of the asset that were lent then.
    lent: f64,
    /// When.
    step: u32,
    /// [`Matching::alive`] then.
    alive: f64,
}

impl Default for Matching {
    fn default() -> Self {
        Self { rate: None, alive: 1.0, notices: BTreeMap::new(), sums: None, borrowers: None }
    }
}

impl Matching {
    /// Mean rate of running loans over the next step, in which those that expire are renewed at the rate of now.
    pub(super) fn mean_rate(&mut self, now: f64, term_steps: f64) -> f64 {
        let mean = self.rate.map_or(now, |rate| rate + (now - rate) / term_steps.max(1.0));
        *self.rate.insert(mean)
    }

    /// Units still lent of a lender who has given notice.
    fn lent(&self, notice: &Notice, step: u32, term_steps: f64) -> f64 {
        let running = (1.0 - f64::from(step - notice.step) / term_steps).max(0.0);
        notice.lent * running * self.alive / notice.alive
    }

    /// Debt falls by a share of all debt other than by expiry.
    fn shrink(&mut self, share: f64) {
        let left = (1.0 - share).max(0.0);
        self.alive *= left;
        if let Some(sums) = &mut self.sums {
            sums.lent *= left;
        }
        if self.alive == 0.0 {
            // Nothing that ran is left: what is lent from here on is new.
            self.notices.values_mut().for_each(|notice| notice.lent = 0.0);
            self.alive = 1.0;
            self.notices.values_mut().for_each(|notice| notice.alive = 1.0);
        }
    }
}

impl World<'_> {
    /// Steps in the term of a pool's loans; none if they are not matched.
    #[must_use]
    pub fn term_steps(&self, pool: usize) -> Option<f64> {
        match self.scenario.pools[pool].lending {
            Lending::PeerToPeer { term } => Some(term / self.scenario.step_seconds),
            Lending::Pool | Lending::Bank { .. } => None,
        }
    }

    /// Deposits and the part of them still lent of all who have given notice, in units of the asset.
    fn under_notice(&mut self, pool: usize, reserve: usize, term_steps: f64) -> (f64, f64) {
        let (step, receipt) = (self.step, self.scenario.pools[pool].reserves[reserve].receipt);
        let state = &mut self.pools[pool].reserves[reserve];
        let index = state.liquidity_index;
        let matching = &state.matching;
        let sums = matching.sums.filter(|sums| sums.step == step).unwrap_or_else(|| {
            let mut sums = Sums { step, held: 0.0, lent: 0.0 };
            for (account, notice) in &matching.notices {
                let holds = self.ledger.balance(*account, receipt);
                sums.held += holds;
                sums.lent += matching.lent(notice, step, term_steps).min(holds * index);
            }
            sums
        });
        state.matching.sums = Some(sums);
        (sums.held * index, sums.lent)
    }

    /// Takes note that receipts of a lender on notice were paid.
    pub(super) fn note_paid(&mut self, pool: usize, reserve: usize, account: AccountId, receipts: f64) {
        let matching = &mut self.pools[pool].reserves[reserve].matching;
        if let Some(sums) = matching.sums.as_mut().filter(|_| matching.notices.contains_key(&account)) {
            sums.held -= receipts;
        }
    }

    /// Deposits and loans of those who stay, in units of the asset.
    fn staying(&mut self, pool: usize, reserve: usize, term_steps: f64) -> (f64, f64) {
        let (held, lent) = self.under_notice(pool, reserve, term_steps);
        let (at, table) = (self.population.system.pools[pool], &self.scenario.pools[pool].reserves[reserve]);
        let state = &self.pools[pool].reserves[reserve];
        let deposits = -self.ledger.balance(at, table.receipt) * state.liquidity_index;
        let loans = self.ledger.balance(at, table.debt) * state.borrow_index;
        (deposits - held, loans - lent)
    }

    /// Receipts of an account that can be paid now: all but what is lent. Who gives `notice` lends no more from now on; who
    /// takes a part out takes of what is idle, and loans are spread over all deposits anew.
    pub(super) fn unlent(&mut self, pool: usize, reserve: usize, account: AccountId, notice: bool) -> f64 {
        let table = &self.scenario.pools[pool].reserves[reserve];
        let holds = self.ledger.balance(account, table.receipt).max(0.0);
        let Some(term_steps) = self.term_steps(pool) else { return holds };
        let index = self.pools[pool].reserves[reserve].liquidity_index;
        if notice && !self.pools[pool].reserves[reserve].matching.notices.contains_key(&account) {
            let (deposits, loans) = self.staying(pool, reserve, term_steps);
            let share = if deposits > 0.0 { (loans / deposits).clamp(0.0, 1.0) } else { 0.0 };
            let (step, lent) = (self.step, holds * index * share);
            let matching = &mut self.pools[pool].reserves[reserve].matching;
            matching.notices.insert(account, Notice { lent, step, alive: matching.alive });
            if let Some(sums) = &mut matching.sums {
                sums.held += holds;
                sums.lent += lent;
            }
        }
        let matching = &self.pools[pool].reserves[reserve].matching;
        let lent = if let Some(notice) = matching.notices.get(&account) {
            matching.lent(notice, self.step, term_steps)
        } else {
            let (deposits, loans) = self.staying(pool, reserve, term_steps);
            if deposits > 0.0 { holds * index * (loans / deposits).clamp(0.0, 1.0) } else { 0.0 }
        };
        (holds - lent / index).max(0.0)
    }

    /// What lenders who want all their money back still have lent, USD.
    #[must_use]
    pub fn not_due_usd(&self, pool: usize) -> f64 {
        let reserves = self.scenario.pools[pool].reserves.iter().zip(&self.pools[pool].reserves);
        let leaving = reserves.flat_map(|(table, state)| {
            let leaving = state.matching.notices.keys();
            leaving.map(|account| self.ledger.balance(*account, table.receipt) * self.mark(table.receipt))
        });
        leaving.fold(0.0, |sum, usd| sum + usd)
    }

    /// Begins a step of matched loans: borrowers repay what no idle money rolls over, lenders on notice get what is due.
    pub(super) fn roll_over(&mut self, pool: usize) {
        let Some(term_steps) = self.term_steps(pool) else { return };
        for reserve in 0..self.pools[pool].reserves.len() {
            let (deposits, loans) = self.staying(pool, reserve, term_steps);
            let tick = self.ledger.tick(self.scenario.pools[pool].reserves[reserve].receipt);
            if loans - deposits.max(0.0) > tick {
                self.recall(pool, reserve, loans - deposits.max(0.0));
            }
            let leaving: Vec<AccountId> = self.pools[pool].reserves[reserve].matching.notices.keys().copied().collect();
            for account in leaving {
                let receipts = self.unlent(pool, reserve, account, false);
                self.pay(pool, reserve, account, receipts);
                let receipt = self.scenario.pools[pool].reserves[reserve].receipt;
                if self.ledger.balance(account, receipt) < tick {
                    self.pools[pool].reserves[reserve].matching.notices.remove(&account);
                    self.pools[pool].leave_line(account, reserve);
                }
            }
        }
    }

    /// Loans that nobody rolls over are repaid, pro rata: outsiders bring the money, owners pay out of their wallets, and
    /// collateral is sold for the rest.
    fn recall(&mut self, pool: usize, reserve: usize, amount: f64) {
        let table = &self.scenario.pools[pool].reserves[reserve];
        let (asset, debt, at) = (table.asset, table.debt, self.population.system.pools[pool]);
        let index = self.pools[pool].reserves[reserve].borrow_index;
        let share = (amount / (self.ledger.balance(at, debt) * index)).min(1.0);
        // Nobody borrows of matched lenders on a path: who owes was there at the opening.
        let borrowers = self.pools[pool].reserves[reserve].matching.borrowers.take().unwrap_or_else(|| {
            let all = (0..self.population.accounts.len()).map(AccountId::at);
            all.filter(|account| self.ledger.balance(*account, debt) < 0.0).collect()
        });
        let Matching { alive, sums, .. } = self.pools[pool].reserves[reserve].matching;
        for &account in &borrowers {
            let due = -self.ledger.balance(account, debt) * index * share;
            let Some(owner) = self.population.owner_of(account) else {
                self.repay(pool, reserve, account, account, due);
                continue;
            };
            let wallet = self.population.owners[owner.index()].wallet;
            self.cause = Layer::Exit;
            let coins = due.min(self.ledger.balance(wallet, asset).max(0.0));
            let paid = self.repay(pool, reserve, wallet, account, coins);
            if due - paid > self.ledger.tick(asset) {
                let usd = (due - paid) * self.mark(asset);
                self.sell_collateral_of_loan(pool, account, usd);
            }
        }
        // What expired is not an early repayment: notices have run down by it already.
        let matching = &mut self.pools[pool].reserves[reserve].matching;
        (matching.alive, matching.sums, matching.borrowers) = (alive, sums, Some(borrowers));
    }

    /// Takes note that debt has fallen other than by expiry; of a debt written off the lenders bear the loss.
    pub(super) fn loans_shrink(&mut self, pool: usize, reserve: usize, units: f64, written_off: bool) {
        if self.term_steps(pool).is_none() {
            return;
        }
        let at = self.population.system.pools[pool];
        let left = self.ledger.balance(at, self.scenario.pools[pool].reserves[reserve].debt);
        let state = &mut self.pools[pool].reserves[reserve];
        state.matching.shrink(units / (left + units));
        if written_off {
            let lost = units * state.borrow_index;
            self.bear(pool, reserve, lost);
        }
    }

    /// Lenders of matched loans bear a loss of so many units of the asset, in proportion to their deposits.
    pub(super) fn bear(&mut self, pool: usize, reserve: usize, lost: f64) {
        let (at, table) = (self.population.system.pools[pool], &self.scenario.pools[pool].reserves[reserve]);
        let receipts = -self.ledger.balance(at, table.receipt);
        let state = &mut self.pools[pool].reserves[reserve];
        if matches!(self.scenario.pools[pool].lending, Lending::PeerToPeer { .. }) && receipts > 0.0 {
            state.liquidity_index = (state.liquidity_index - lost / receipts).max(0.0);
        }
    }
}

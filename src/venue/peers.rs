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
use crate::population::Holder;
use crate::scenario::{Lending, Place};
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
    /// Whether all that falls due goes home, or only what is asked for.
    leaves: bool,
}

impl Default for Matching {
    fn default() -> Self {
        Self { rate: None, alive: 1.0, notices: BTreeMap::new() }
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
        self.alive *= (1.0 - share).max(0.0);
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
    fn under_notice(&self, pool: usize, reserve: usize, term_steps: f64) -> (f64, f64) {
        let state = &self.pools[pool].reserves[reserve];
        let receipt = self.scenario.pools[pool].reserves[reserve].receipt;
        let (mut held, mut lent) = (0.0, 0.0);
        for (account, notice) in &state.matching.notices {
            let holds = self.ledger.balance(*account, receipt) * state.liquidity_index;
            held += holds;
            lent += state.matching.lent(notice, self.step, term_steps).min(holds);
        }
        (held, lent)
    }

    /// Deposits and loans of those who stay, in units of the asset.
    fn staying(&self, pool: usize, reserve: usize, term_steps: f64) -> (f64, f64) {
        let (at, table) = (self.population.system.pools[pool], &self.scenario.pools[pool].reserves[reserve]);
        let state = &self.pools[pool].reserves[reserve];
        let deposits = -self.ledger.balance(at, table.receipt) * state.liquidity_index;
        let loans = self.ledger.balance(at, table.debt) * state.borrow_index;
        let (held, lent) = self.under_notice(pool, reserve, term_steps);
        (deposits - held, loans - lent)
    }

    /// Receipts of an account that can be paid now: all but what is lent. `notice` fixes what is lent for good.
    pub(super) fn unlent(&mut self, pool: usize, reserve: usize, account: AccountId, notice: Option<bool>) -> f64 {
        let table = &self.scenario.pools[pool].reserves[reserve];
        let holds = self.ledger.balance(account, table.receipt).max(0.0);
        let Some(term_steps) = self.term_steps(pool) else { return holds };
        let index = self.pools[pool].reserves[reserve].liquidity_index;
        if let Some(leaves) = notice {
            if !self.pools[pool].reserves[reserve].matching.notices.contains_key(&account) {
                let (deposits, loans) = self.staying(pool, reserve, term_steps);
                let share = if deposits > 0.0 { (loans / deposits).clamp(0.0, 1.0) } else { 0.0 };
                let step = self.step;
                let matching = &mut self.pools[pool].reserves[reserve].matching;
                let notice = Notice { lent: holds * index * share, step, alive: matching.alive, leaves };
                matching.notices.insert(account, notice);
            } else if leaves {
                let matching = &mut self.pools[pool].reserves[reserve].matching;
                matching.notices.entry(account).and_modify(|notice| notice.leaves = true);
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
            let leaving = state.matching.notices.iter().filter(|(_, notice)| notice.leaves);
            leaving.map(|(account, _)| self.ledger.balance(*account, table.receipt) * self.mark(table.receipt))
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
            let leaving = self.pools[pool].reserves[reserve].matching.notices.iter().filter(|(_, n)| n.leaves);
            for account in leaving.map(|(account, _)| *account).collect::<Vec<_>>() {
                let receipts = self.unlent(pool, reserve, account, None);
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
        let borrowers = self.population.accounts.iter().enumerate().filter(|(i, a)| {
            let owes = self.ledger.balance(AccountId::at(*i), debt) < 0.0;
            owes && (a.place == Place::Pool(pool) || a.holder == Holder::Outside)
        });
        let alive = self.pools[pool].reserves[reserve].matching.alive;
        for account in borrowers.map(|(i, _)| AccountId::at(i)).collect::<Vec<_>>() {
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
        self.pools[pool].reserves[reserve].matching.alive = alive;
    }

    /// Takes note that debt has fallen other than by expiry; of a debt written off the lenders bear the loss.
    pub(super) fn loans_shrink(&mut self, pool: usize, reserve: usize, units: f64, written_off: bool) {
        if self.term_steps(pool).is_none() {
            return;
        }
        let (at, table) = (self.population.system.pools[pool], &self.scenario.pools[pool].reserves[reserve]);
        let left = self.ledger.balance(at, table.debt);
        let deposits = -self.ledger.balance(at, table.receipt) * self.pools[pool].reserves[reserve].liquidity_index;
        let state = &mut self.pools[pool].reserves[reserve];
        state.matching.shrink(units / (left + units));
        if written_off && deposits > 0.0 {
            state.liquidity_index *= (1.0 - units * state.borrow_index / deposits).max(0.0);
        }
    }
}

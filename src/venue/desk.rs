//! Which breached accounts are closed out now: a venue's engine can be slow, late or halted. An account is due once the
//! delay since its breach was first seen has passed; of those due, the worst margin ratios go first, as many accounts a
//! step as the engine closes. While trading is halted nobody is.

use crate::id::AccountId;
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};

/// Close-outs of a venue on a path.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// Liquidation orders that each account had in this step.
    orders: BTreeMap<AccountId, u32>,
    /// Step in which the breach of each account that waits was first seen.
    seen: BTreeMap<AccountId, u32>,
    /// Accounts closed out in this step.
    served: BTreeSet<AccountId>,
    /// Accounts that wait, when the desk was looked at last.
    waiting: u32,
}

impl Desk {
    /// Nobody waits.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Starts a step.
    pub fn begin_step(&mut self) {
        self.orders.clear();
        self.served.clear();
    }

    /// Counts an order of an account and returns how many it has had in this step.
    pub fn count_order(&mut self, account: AccountId) -> u32 {
        let orders = self.orders.entry(account).or_default();
        *orders += 1;
        *orders
    }

    /// Accounts that waited for a close-out when the desk was looked at last.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        self.waiting
    }
}

impl World<'_> {
    /// Whether trading at a venue is halted in this step.
    #[must_use]
    pub fn is_halted(&self, venue: usize) -> bool {
        self.scenario.futures[venue].liquidation.halts.iter().any(|h| (h.from..h.until).contains(&self.step))
    }

    /// Of all accounts of a venue that are in breach now, in order of account, those that are closed out now, in the same
    /// order. The others wait; whoever is no longer in breach is forgotten.
    pub fn due(&mut self, venue: usize, breached: Vec<AccountId>) -> Vec<AccountId> {
        if breached.is_empty() && self.futures[venue].desk.seen.is_empty() {
            return breached;
        }
        let (terms, step, halted) = (&self.scenario.futures[venue].liquidation, self.step, self.is_halted(venue));
        if !terms.may_wait() {
            return breached;
        }
        let mut desk = std::mem::take(&mut self.futures[venue].desk);
        desk.seen.retain(|account, _| breached.binary_search(account).is_ok());
        let all = breached.len();
        let mut due = breached;
        due.retain(|account| step - *desk.seen.entry(*account).or_insert(step) >= terms.delay_steps && !halted);
        let (mut due, mut new): (Vec<_>, Vec<_>) = due.into_iter().partition(|a| desk.served.contains(a));
        let room = (terms.closes_per_step as usize).saturating_sub(desk.served.len());
        if new.len() > room {
            let ratio = |account: &AccountId| self.health(venue, *account).margin_ratio();
            let mut ranked: Vec<(f64, AccountId)> = new.iter().map(|account| (ratio(account), *account)).collect();
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            new = ranked.into_iter().take(room).map(|(_, account)| account).collect();
        }
        desk.served.extend(&new);
        due.extend(new);
        due.sort_unstable();
        desk.waiting = (all - due.len()) as u32;
        self.futures[venue].desk = desk;
        due
    }
}

//! Auto-exchange outside liquidations: whose settlement coin has fallen too far below zero, and who owes nearly all that
//! there is without holding a position.
//!
//! Wallet balances change by transfers and by funding, not with marks: accounts are looked at when their balances have
//! changed, and all of a venue's once it has settled funding. What a flat account owes against what it has does move
//! with marks: those few accounts are watched.

use crate::id::AccountId;
use crate::scenario::{MarginMode, Place};
use crate::world::World;
use std::collections::BTreeSet;

/// What is still to be looked at on a path.
#[derive(Clone, Debug, Default)]
pub struct Exchanges {
    /// Accounts whose balances have changed.
    changed: Vec<AccountId>,
    /// Accounts without positions that owe something.
    flat: BTreeSet<AccountId>,
    /// By venue, cumulative funding when all were looked at last.
    funding: Vec<Vec<f64>>,
}

impl Exchanges {
    /// Nothing has changed; nobody owes anything.
    pub fn reset(&mut self, world: &World) {
        self.changed.clear();
        self.flat.clear();
        self.funding.clear();
        self.funding.extend(world.futures.iter().map(|venue| venue.marks.funding.clone()));
    }

    /// Takes note of accounts whose balances have changed.
    pub fn note(&mut self, world: &World, changed: &[AccountId]) {
        let at_venue = |a: &&AccountId| matches!(world.population.accounts[a.index()].place, Place::Futures(_));
        self.changed.extend(changed.iter().filter(at_venue));
    }

    /// Sells the collateral of all who have crossed a threshold; says whether anything was sold. A halted venue sells
    /// nothing and is looked at again.
    pub fn run(&mut self, world: &mut World) -> bool {
        let mut any = false;
        for venue in 0..world.futures.len() {
            let place = Place::Futures(venue);
            let (mut here, elsewhere): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.changed).into_iter().partition(|a| place_of(world, *a) == place);
            self.changed = elsewhere;
            if world.scenario.futures[venue].margin == MarginMode::SingleAsset {
                continue;
            }
            if world.is_halted(venue) {
                self.changed.extend(here);
                continue;
            }
            if self.funding[venue] != world.futures[venue].marks.funding {
                self.funding[venue].clone_from(&world.futures[venue].marks.funding);
                here.clear();
                here.extend((0..world.population.accounts.len()).map(AccountId::at));
                here.retain(|a| place_of(world, *a) == place);
            }
            here.sort_unstable();
            here.dedup();
            for account in here {
                any |= world.exchange_if_below_threshold(venue, account);
                if world.flat_loan_to_value(venue, account).is_some() {
                    self.flat.insert(account);
                }
            }
            self.flat.retain(|account| {
                place_of(world, *account) != place || world.flat_loan_to_value(venue, *account).is_some()
            });
            let flat = self.flat.iter().copied().filter(|a| place_of(world, *a) == place).collect::<Vec<_>>();
            for account in flat {
                any |= world.cover_if_owing(venue, account);
            }
        }
        any
    }
}

fn place_of(world: &World, account: AccountId) -> Place {
    world.population.accounts[account.index()].place
}

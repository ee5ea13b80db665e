//! Auto-exchange outside liquidations: whose settlement coin has fallen too far below zero, and who owes nearly all that
//! there is without holding a position.
//!
//! Wallet balances change by transfers and by funding, not with marks. Accounts are looked at when their balances have
//! changed; when a venue has settled funding, those that have ever changed are, and those of the opening that funding
//! within a band could bring to the threshold. What a flat account owes against what it has does move with marks: those
//! few accounts are watched.

use crate::id::AccountId;
use crate::scenario::{MarginMode, Place, Variant};
use crate::world::World;
use std::collections::BTreeSet;

/// Cumulative funding, as a share of the opening price, within which only accounts near the threshold can cross it.
const FUNDING_BAND: f64 = 0.02;

/// What is still to be looked at on a path.
#[derive(Clone, Debug, Default)]
pub struct Exchanges {
    /// Accounts whose balances have changed since the last look.
    changed: Vec<AccountId>,
    /// Accounts whose balances have ever changed.
    touched: BTreeSet<AccountId>,
    /// Accounts without positions that owe something.
    flat: BTreeSet<AccountId>,
    /// By venue, cumulative funding at the last look.
    funding: Vec<Vec<f64>>,
    /// What all paths of a world share.
    openings: Vec<Opening>,
    /// Which of them this path's is.
    opening: usize,
}

/// Accounts to look at from the opening of a world on.
#[derive(Clone, Debug)]
struct Opening {
    variant: Variant,
    /// By venue, prices of its contracts.
    prices: Vec<Vec<f64>>,
    /// By venue, accounts that funding within the band can bring to the threshold.
    near: Vec<Vec<AccountId>>,
    /// Accounts without positions that owe something.
    flat: BTreeSet<AccountId>,
}

impl Exchanges {
    /// Nothing has changed since the opening, at which the world stands.
    pub fn reset(&mut self, world: &World) {
        self.changed.clear();
        self.touched.clear();
        self.funding.clear();
        self.funding.extend(world.futures.iter().map(|venue| venue.marks.funding.clone()));
        self.opening = self.openings.iter().position(|o| o.variant == world.variant).unwrap_or(self.openings.len());
        if self.opening == self.openings.len() {
            self.openings.push(Opening::of(world));
        }
        self.flat.clone_from(&self.openings[self.opening].flat);
    }

    /// Takes note of accounts whose balances have changed.
    pub fn note(&mut self, world: &World, changed: &[AccountId]) {
        let at_venue = |a: &&AccountId| matches!(place_of(world, **a), Place::Futures(_));
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
            if here.is_empty() && self.flat.is_empty() && self.funding[venue] == world.futures[venue].marks.funding {
                continue;
            }
            if world.scenario.futures[venue].margin == MarginMode::SingleAsset {
                continue;
            }
            if world.is_halted(venue) {
                self.changed.extend(here);
                continue;
            }
            self.touched.extend(&here);
            if self.funding[venue] != world.futures[venue].marks.funding {
                self.funding[venue].clone_from(&world.futures[venue].marks.funding);
                here = self.within_reach(world, venue);
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

    /// Accounts of a venue that funding can have brought to the threshold.
    fn within_reach(&self, world: &World, venue: usize) -> Vec<AccountId> {
        let (opening, place) = (&self.openings[self.opening], Place::Futures(venue));
        let in_band = |(funding, price): (&f64, &f64)| funding.abs() < FUNDING_BAND * price;
        if self.funding[venue].iter().zip(&opening.prices[venue]).all(in_band) {
            let touched = self.touched.iter().filter(|a| place_of(world, **a) == place);
            return opening.near[venue].iter().chain(touched).copied().collect();
        }
        accounts_at(world, place).collect()
    }
}

impl Opening {
    fn of(world: &World) -> Self {
        let venues = 0..world.futures.len();
        let near = |venue: usize| {
            accounts_at(world, Place::Futures(venue))
                .filter(|account| world.is_near_threshold(venue, *account, FUNDING_BAND))
                .collect()
        };
        let flat = |venue: usize| {
            accounts_at(world, Place::Futures(venue))
                .filter(move |account| world.flat_loan_to_value(venue, *account).is_some())
        };
        Self {
            variant: world.variant,
            prices: world.futures.iter().map(|venue| venue.marks.price.clone()).collect(),
            near: venues.clone().map(near).collect(),
            flat: venues.flat_map(flat).collect(),
        }
    }
}

fn accounts_at<'a>(world: &'a World, place: Place) -> impl Iterator<Item = AccountId> + 'a {
    let accounts = world.population.accounts.iter().enumerate();
    accounts.filter(move |(_, a)| a.place == place).map(|(i, _)| AccountId::at(i))
}

fn place_of(world: &World, account: AccountId) -> Place {
    world.population.accounts[account.index()].place
}

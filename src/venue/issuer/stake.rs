//! Staked coins: the reward, the way out, slashing.
//!
//! The reward of a step is `stake * reward_per_year * step in years`; the issuer keeps its commission, the rest is staked
//! too. If the stake is in the coin of issue, holders are promised that much more: the token's rate grows by it over the
//! tokens issued.
//!
//! An exit finds `queue` coins of others ahead of it, and earlier exits of the same issuer. The queue moves at the churn;
//! what has left it is cash after the delay, and earns nothing meanwhile. So an exit of x coins requested at t, with none
//! before it, is cash from `t + queue / churn + delay` to `x / churn` later.

use crate::event::EventKind;
use crate::scenario::Staked;
use crate::unit::YEAR_SECONDS;
use crate::world::World;
use std::collections::VecDeque;

/// Exits under way, in order of request.
#[derive(Clone, Debug, Default)]
pub struct Exits(VecDeque<Exit>);

/// An exit.
#[derive(Clone, Copy, Debug)]
struct Exit {
    /// Coins requested.
    coins: f64,
    /// Coins of it that have become cash.
    paid: f64,
    /// When its turn comes, seconds from the start of the path.
    turn: f64,
}

impl Exit {
    /// Coins that have left the queue by then.
    fn left(&self, terms: &Staked, time: f64) -> f64 {
        let elapsed = time - self.turn;
        // A turn is a sum of divisions: what is due at a step must not be missed by its last bit.
        match elapsed {
            _ if elapsed < -1e-6 => 0.0,
            _ if terms.churn_per_second.is_infinite() => self.coins,
            _ => (elapsed.max(0.0) * terms.churn_per_second).min(self.coins),
        }
    }

    fn end(&self, terms: &Staked) -> f64 {
        self.turn + terms.leaving_seconds(self.coins)
    }
}

impl Exits {
    /// No exit.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Coins under way.
    #[must_use]
    pub fn coins(&self) -> f64 {
        self.0.iter().map(|exit| exit.coins - exit.paid).sum()
    }

    /// Coins that have left the queue and are not cash yet.
    fn delayed(&self, terms: &Staked, now: f64) -> f64 {
        self.0.iter().map(|exit| exit.left(terms, now) - exit.paid).sum()
    }

    /// When an exit requested now would have its turn.
    fn next_turn(&self, terms: &Staked, now: f64) -> f64 {
        let free = self.0.back().map_or(f64::NEG_INFINITY, |exit| exit.end(terms));
        (now + terms.leaving_seconds(terms.queue)).max(free)
    }

    /// Coins that become cash now.
    fn take_paid(&mut self, terms: &Staked, now: f64) -> f64 {
        let mut coins = 0.0;
        for exit in &mut self.0 {
            let left = exit.left(terms, now - terms.delay);
            coins += left - exit.paid;
            exit.paid = left;
        }
        while self.0.front().is_some_and(|exit| exit.paid >= exit.coins) {
            self.0.pop_front();
        }
        coins
    }

    /// Seconds until that many coins more will have become cash, new exits requested now if those under way do not do.
    #[must_use]
    pub fn seconds_to(&self, terms: &Staked, now: f64, coins: f64) -> f64 {
        let mut missing = coins;
        for exit in &self.0 {
            let here = exit.coins - exit.paid;
            if missing <= here && here > 0.0 {
                return (exit.turn + terms.leaving_seconds(exit.paid + missing) + terms.delay - now).max(0.0);
            }
            missing -= here;
        }
        self.next_turn(terms, now) + terms.leaving_seconds(missing) + terms.delay - now
    }
}

impl World<'_> {
    /// Units of the staked coin that are staked, those on their way out included.
    #[must_use]
    pub fn staked_coins(&self, issuer: usize) -> f64 {
        match (self.scenario.issuers[issuer].staked, self.population.system.stakes[issuer]) {
            (Some(terms), Some(stake)) => self.ledger.balance(stake, self.coin_asset(terms.coin)),
            _ => 0.0,
        }
    }

    /// Adds the reward of a step, and turns what has come out of the queue into coins in hand.
    pub(super) fn accrue_stake(&mut self, issuer: usize) {
        let table = &self.scenario.issuers[issuer];
        let (Some(terms), Some(stake)) = (table.staked, self.population.system.stakes[issuer]) else { return };
        let (coin, now) = (self.coin_asset(terms.coin), self.now());
        let before = now - self.scenario.step_seconds;
        let earning = self.ledger.balance(stake, coin) - self.issuers[issuer].exits.delayed(&terms, before);
        let gross = earning * terms.reward_per_year * self.scenario.step_seconds / YEAR_SECONDS;
        let reward = self.transfer(self.outside(), stake, coin, gross * (1.0 - terms.commission));
        let issued = self.tokens_issued(issuer);
        if terms.coin == table.par && issued > 0.0 {
            self.issuers[issuer].rate += reward / issued;
        }
        let out = self.issuers[issuer].exits.take_paid(&terms, now);
        if out > 0.0 {
            let out = out.min(self.ledger.balance(stake, coin));
            self.transfer(stake, self.population.system.treasuries[issuer], coin, out);
        }
    }

    /// Requests the exit of what of these coins is not on its way out yet.
    pub(super) fn request_exit(&mut self, issuer: usize, coins: f64) {
        let Some(terms) = self.scenario.issuers[issuer].staked else { return };
        let under_way = self.issuers[issuer].exits.coins();
        let more = (coins - under_way).min(self.staked_coins(issuer) - under_way);
        if more > self.ledger.tick(self.coin_asset(terms.coin)) {
            let turn = self.issuers[issuer].exits.next_turn(&terms, self.now());
            self.issuers[issuer].exits.0.push_back(Exit { coins: more, paid: 0.0, turn });
        }
    }

    /// Takes a share of what is staked away.
    pub fn slash(&mut self, issuer: usize, share: f64) {
        let (Some(terms), Some(stake)) = (self.scenario.issuers[issuer].staked, self.population.system.stakes[issuer])
        else {
            return;
        };
        let coin = self.coin_asset(terms.coin);
        let lost = self.transfer(stake, self.outside(), coin, self.ledger.balance(stake, coin) * share);
        for exit in &mut self.issuers[issuer].exits.0 {
            exit.coins = exit.paid + (exit.coins - exit.paid) * (1.0 - share);
        }
        self.record(EventKind::Slashing, stake, coin, lost, self.mark(coin));
    }
}

//! Which of the accounts in breach would be so without our own impact ([`crate::world::wave`]): the marks are published
//! once more on quiet books, each account is asked about, and the marks of the real books are published again.

use super::watch::{Trigger, has_crossed};
use crate::id::{AccountId, CoinId};
use crate::market::{Markets, Side};
use crate::scenario::Place;
use crate::world::World;

/// Books without any impact, to publish on.
#[derive(Debug)]
pub struct QuietBooks(Markets);

impl QuietBooks {
    /// For the books of a world.
    #[must_use]
    pub fn new(world: &World) -> Self {
        Self(Markets::new(world.scenario))
    }

    /// Begins a round of close-outs of the accounts found. What the basis window and stale indices remember of earlier
    /// steps stays as it is.
    pub fn begin_round(&mut self, world: &mut World, found: &[(Place, Vec<AccountId>)]) {
        if is_quiet(world) {
            world.wave.begin_round(std::iter::empty());
            return;
        }
        // A fund's gain is not to see the marks go there and back: not even in the last bit.
        let gains: Vec<f64> = world.tally.futures.iter().map(|f| f.fund_gain_usd).collect();
        self.publish(world);
        let endogenous: Vec<AccountId> = found
            .iter()
            .flat_map(|(place, accounts)| accounts.iter().map(|account| (*place, *account)))
            .filter(|(place, account)| !has_crossed(world, *place, Trigger::Liquidation, *account))
            .map(|(_, account)| account)
            .collect();
        self.publish(world);
        world.tally.futures.iter_mut().zip(gains).for_each(|(f, gain)| f.fund_gain_usd = gain);
        world.wave.begin_round(endogenous.into_iter());
    }

    /// Publishes after an exchange of the books for the others.
    fn publish(&mut self, world: &mut World) {
        std::mem::swap(&mut self.0, &mut world.markets);
        world.publish();
    }
}

/// Whether no impact stands in any book.
fn is_quiet(world: &World) -> bool {
    let coins = (0..world.scenario.coins.len()).map(CoinId::at);
    let at_rest = |coin| [Side::Spot, Side::Perp].iter().all(|side| world.markets.factor(coin, *side) == 1.0);
    let tokens = 0..world.scenario.issuers.len();
    coins.into_iter().all(at_rest) && tokens.into_iter().all(|issuer| world.markets.token_factor(issuer) == 1.0)
}

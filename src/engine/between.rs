//! Close-outs between two steps. An account at a futures venue whose slack hangs on the price of one coin has one price at
//! which it comes into breach on the way down, and one on the way up. If the lowest or highest price of the step
//! ([`crate::price::between`]) passes it, the account is closed out there, before anything else of the step happens.
//!
//! The end of a step that is nearer to its start comes first: the lows of some coins with the highs of others, then the
//! rest. At each end rounds go: publish at the ends, find, and close out one account after another in the order in which
//! its coin meets their prices, all other coins at the prices of the step's start. Impact of the earlier ones stands in
//! the marks of the later: whom it brings into breach is closed out at the marks that it left. A further round finds whom
//! impact brings within reach, and accounts that were closed in part and are in breach again: these at the end
//! itself, so that a close in parts takes two orders and not one for every move on the way.
//!
//! Owners do not act between steps, loans at pools are looked at in steps only, and so are accounts that hang on several
//! prices.

use super::path::{MAX_ROUNDS, Opening, Runner};
use super::watch::Trigger;
use crate::id::{AccountId, CoinId};
use crate::outcome::Layer;
use crate::price::Ends;
use crate::scenario::{AssetKind, Place};
use crate::venue::margin::liquidation::{Moving, crossings};
use crate::world::World;
use std::collections::BTreeSet;

/// Relative move beyond the price of a breach by which rounding is made sure to be on its side.
const BEYOND: f64 = 1e-14;

/// An account that comes into breach on the way to an end.
struct Reached {
    account: AccountId,
    venue: usize,
    coin: CoinId,
    /// Exogenous price of the coin at which it does, with the books as they are.
    usd: f64,
}

impl Runner<'_> {
    /// Closes out who comes into breach on the way to the step's prices, which the world has.
    pub(super) fn close_between(&mut self, opening: &Opening, ends: Ends<'_>) {
        self.world.cause = Layer::Exit;
        self.world.futures.iter_mut().for_each(|venue| venue.desk.begin_step());
        let gains: Vec<f64> = self.world.tally.futures.iter().map(|f| f.fund_gain_usd).collect();
        let funds_usd: Vec<f64> = (0..gains.len()).map(|venue| self.world.funds_usd(venue)).collect();
        let close = self.world.exogenous.clone();
        let (mut nearer, mut farther) = (ends.open.to_vec(), ends.open.to_vec());
        for (at, _) in self.world.scenario.coins.iter().enumerate().filter(|(_, coin)| !coin.pegged) {
            let (low, high) = (ends.low[at], ends.high[at]);
            let low_is_nearer = low * high >= ends.open[at] * ends.open[at];
            (nearer[at], farther[at]) = if low_is_nearer { (low, high) } else { (high, low) };
        }
        let mut anybody = false;
        for end in [nearer, farther] {
            anybody |= self.close_on_the_way(opening, ends.open, &end);
        }
        self.world.exogenous.copy_from_slice(&close);
        self.world.publish();
        if !anybody {
            // The funds' gain is not to see the marks go there and back: not even in the last bit.
            self.world.tally.futures.iter_mut().zip(gains).for_each(|(f, gain)| f.fund_gain_usd = gain);
            self.world.revalue_funds(&funds_usd);
        }
    }

    /// Rounds on the way from the step's start to one end of each coin; whether anybody was closed out.
    fn close_on_the_way(&mut self, opening: &Opening, open: &[f64], end: &[f64]) -> bool {
        let (mut closed, mut now) = (BTreeSet::new(), open.to_vec());
        for round in 1..=MAX_ROUNDS {
            self.world.exogenous.copy_from_slice(end);
            self.world.publish();
            let mut reached = self.reached(opening, open, end);
            if reached.is_empty() {
                return round > 1;
            }
            self.world.round = round;
            self.world.tally.rounds = self.world.tally.rounds.max(u32::from(round));
            let found: Vec<_> = reached.iter().map(|r| (Place::Futures(r.venue), vec![r.account])).collect();
            self.quiet_books.begin_round(&mut self.world, &found);
            let way = |r: &Reached| (r.usd / open[r.coin.index()]).max(open[r.coin.index()] / r.usd);
            reached.sort_by(|a, b| way(a).total_cmp(&way(b)).then(a.account.cmp(&b.account)));
            for Reached { account, venue, coin, .. } in reached {
                let (now, end) = (&mut now[coin.index()], end[coin.index()]);
                self.publish_with(open, coin, end);
                let again = !closed.insert(account);
                // Anew, as the sales of those before have moved the book.
                *now = if again { end } else { price_of_breach(&self.world, venue, account, coin, (*now, end)) };
                *now = self.bring_to_breach((venue, account), open, coin, (*now, end));
                self.world.liquidate(venue, &[account]);
            }
            self.world.publish();
            self.world.note_price_gap();
        }
        panic!(
            "step {}: still liquidating after {MAX_ROUNDS} rounds between steps; replay with: rehypo replay CONFIG --path {} --seed {}",
            self.world.step, self.path, self.world.scenario.seed
        );
    }

    /// Who is in breach at the ends, which are published, and at which price each came to be.
    fn reached(&mut self, opening: &Opening, open: &[f64], end: &[f64]) -> Vec<Reached> {
        self.note_changes(opening);
        let mut reached = Vec::new();
        for (watch, state) in opening.watches.iter().zip(&mut self.states) {
            let (Place::Futures(venue), Trigger::Liquidation) = (watch.place(), watch.trigger()) else { continue };
            for account in watch.find(&self.world, state, self.search) {
                if let Some(coin) = only_coin(&self.world, venue, account) {
                    let (open, end) = (open[coin.index()], end[coin.index()]);
                    let usd = price_of_breach(&self.world, venue, account, coin, (open, end));
                    reached.push(Reached { account, venue, coin, usd });
                }
            }
        }
        reached
    }

    /// Publishes at the price `usd` of an account's coin, or as little beyond it towards `end` as it takes for a breach.
    /// Returns the price.
    fn bring_to_breach(
        &mut self,
        (venue, account): (usize, AccountId),
        open: &[f64],
        coin: CoinId,
        (usd, end): (f64, f64),
    ) -> f64 {
        let (rest, mut beyond) = (end - usd, 0.0);
        loop {
            let usd = usd + rest.signum() * (usd * beyond).min(rest.abs());
            self.publish_with(open, coin, usd);
            if usd == end || self.world.health(venue, account).is_breached() {
                return usd;
            }
            beyond = (beyond * 8.0).max(BEYOND);
        }
    }

    /// Publishes at these prices, but for that of one coin.
    fn publish_with(&mut self, prices: &[f64], coin: CoinId, usd: f64) {
        self.world.exogenous.copy_from_slice(prices);
        self.world.exogenous[coin.index()] = usd;
        self.world.publish();
    }
}

/// The one coin on whose price the slack of an account hangs: contracts on it, margin and settlement in pegged coins.
fn only_coin(world: &World, venue: usize, account: AccountId) -> Option<CoinId> {
    let scenario = world.scenario;
    let is_pegged = |coin: CoinId| scenario.coins[coin.index()].pegged;
    let mut only = None;
    for (asset, _) in scenario.assets.iter().zip(world.ledger.row(account)).filter(|(_, balance)| **balance != 0.0) {
        match asset.kind {
            AssetKind::Coin(coin) if is_pegged(coin) => {}
            AssetKind::Contract { venue: at, contract } if at == venue => {
                let terms = &scenario.futures[venue].contracts[contract];
                let settles = scenario.assets[world.settles_in(venue, contract).index()].kind;
                let settles_in_pegged = matches!(settles, AssetKind::Coin(coin) if is_pegged(coin));
                if is_pegged(terms.coin) || !settles_in_pegged || only.is_some_and(|coin| coin != terms.coin) {
                    return None;
                }
                only = Some(terms.coin);
            }
            _ => return None,
        }
    }
    only
}

/// The exogenous price at which an account that is in breach at the end of the way came to be so; the start of the way if
/// it was so there.
fn price_of_breach(world: &World, venue: usize, account: AccountId, coin: CoinId, (open, end): (f64, f64)) -> f64 {
    let table = &world.scenario.futures[venue];
    let contracts = (0..table.contracts.len()).filter(|contract| table.contracts[*contract].coin == coin).collect();
    let moving = Moving { contracts, collateral: Vec::new() };
    let back = crossings(table, &world.futures[venue].marks, world.ledger.row(account), &moving);
    if end < open {
        back.above.map_or(open, |factor| (end * factor).min(open))
    } else {
        back.below.map_or(open, |factor| (end * factor).max(open))
    }
}

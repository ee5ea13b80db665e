//! Positions of the opening: how large they may be, which leg holds them, in whose account; and loans inside accounts.

use super::Owner;
use super::opening::{Hand, Opening, TradeDraw};
use crate::id::{AccountId, AssetId};
use crate::scenario::{Place, Step};
use crate::venue::bracket::{Tier, tier};
use crate::venue::margin::{self, Marks};

/// How an owner trades at a venue.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    /// Position in `futures`.
    pub(super) venue: usize,
    /// What leverage is measured against, USD; the margin posted if none.
    pub(super) base_usd: Option<f64>,
    /// Size of the opposite leg over the position.
    pub(super) hedged_share: f64,
}

/// Accounts of their own that a step needs: one for each isolated position.
pub(super) fn isolated_accounts(step: &Step) -> usize {
    match step {
        Step::Trade { isolated: true, contracts_per_owner, hedged_share, .. } => {
            contracts_per_owner * legs(*hedged_share)
        }
        _ => 0,
    }
}

fn legs(hedged_share: f64) -> usize {
    if hedged_share > 0.0 { 2 } else { 1 }
}

impl Opening<'_> {
    /// The coin that a contract settles in.
    pub(super) fn settles_in(&self, venue: usize, contract: usize) -> AssetId {
        let table = &self.scenario.futures[venue];
        table.collateral[table.contracts[contract].settles].asset
    }

    /// Opening price of a contract, in the coin that it settles in.
    pub(super) fn price(&self, venue: usize, contract: usize) -> f64 {
        let asset = self.scenario.futures[venue].contracts[contract].asset;
        self.mark(asset) / self.mark(self.settles_in(venue, contract))
    }

    /// USD value of the unit in which a venue counts.
    fn unit_usd(&self, venue: usize) -> f64 {
        self.mark(self.scenario.coin_asset(self.scenario.futures[venue].settlement))
    }

    /// Equity of an account before it trades, in settlement coin.
    fn margin(&self, venue: usize, account: AccountId) -> f64 {
        let futures = &self.scenario.futures[venue];
        let unit = self.unit_usd(venue);
        let mut marks = Marks { unit_usd: unit, ..Marks::new(futures) };
        for (index, collateral) in marks.index.iter_mut().zip(&futures.collateral) {
            *index = self.mark(collateral.asset) / unit;
        }
        for (contract, price) in marks.price.iter_mut().enumerate() {
            *price = self.price(venue, contract);
        }
        margin::health(futures, &marks, self.ledger.row(account)).equity
    }

    /// Opens the positions of a trade on one account's margin, cut to what the brackets allow at its size.
    pub(super) fn trade(&mut self, owner: &Owner, terms: Terms, draw: &TradeDraw) {
        let account = self.account_at(owner, Place::Futures(terms.venue));
        let margin = self.margin(terms.venue, account);
        let wanted = self.wanted(terms, draw, margin);
        let part = margin / draw.contracts.len() as f64;
        let mut capped = false;
        for &contract in &draw.contracts {
            let tiers = &self.scenario.futures[terms.venue].contracts[contract].tiers;
            let limit = largest_with_hedge(tiers, part, terms.hedged_share);
            capped |= wanted > limit;
            for (sign, share) in sides(draw.long, terms.hedged_share) {
                self.open(terms.venue, account, contract, sign, wanted.min(limit) * share);
            }
        }
        self.capped += u32::from(capped);
    }

    /// The same with each position in an account of its own, from `free_account` on, and an equal part of the margin.
    pub(super) fn trade_isolated(&mut self, owner: &Owner, terms: Terms, draw: &TradeDraw, free_account: &mut u32) {
        let shared = self.account_at(owner, Place::Futures(terms.venue));
        let coin = self.scenario.coin_asset(self.scenario.futures[terms.venue].settlement);
        let wanted = self.wanted(terms, draw, self.margin(terms.venue, shared));
        let positions = draw.contracts.len() * legs(terms.hedged_share);
        let part = self.ledger.balance(shared, coin) / positions as f64;
        let mut capped = false;
        for &contract in &draw.contracts {
            for (sign, share) in sides(draw.long, terms.hedged_share) {
                let account = AccountId(*free_account);
                *free_account += 1;
                self.ledger.transfer(shared, account, coin, part);
                let tiers = &self.scenario.futures[terms.venue].contracts[contract].tiers;
                let limit = margin::largest_notional(tiers, self.margin(terms.venue, account));
                capped |= wanted * share > limit;
                self.open(terms.venue, account, contract, sign, (wanted * share).min(limit));
            }
        }
        self.capped += u32::from(capped);
    }

    /// Notional wanted of each contract, in settlement coin.
    fn wanted(&self, terms: Terms, draw: &TradeDraw, margin: f64) -> f64 {
        let base = terms.base_usd.map_or(margin, |usd| usd / self.unit_usd(terms.venue));
        draw.leverage * base / draw.contracts.len() as f64
    }

    /// Opens a position worth `notional` of the venue's unit, in whole lots.
    fn open(&mut self, venue: usize, account: AccountId, contract: usize, sign: f64, notional: f64) {
        let futures = &self.scenario.futures[venue];
        let contract = futures.leg_for(contract, sign);
        let quantity = notional * self.unit_usd(venue) / self.mark(futures.contracts[contract].asset);
        let quantity = futures.contracts[contract].whole_lots(quantity);
        self.position(venue, account, contract, sign * quantity, self.price(venue, contract));
    }

    /// Enters a position at a price in the coin that it settles in.
    pub(super) fn position(&mut self, venue: usize, account: AccountId, contract: usize, quantity: f64, price: f64) {
        let (asset, coin) = (self.scenario.futures[venue].contracts[contract].asset, self.settles_in(venue, contract));
        let moved = self.ledger.transfer(self.system.outside, account, asset, quantity);
        self.ledger.transfer(account, self.system.outside, coin, moved * price);
    }

    /// Borrows a share of an account's equity from the venue's pool: the debt stays in the account, the coin comes to
    /// hand.
    pub(super) fn margin_loan(&mut self, owner: &Owner, venue: usize, collateral: usize, share: f64) -> Hand {
        let account = self.account_at(owner, Place::Futures(venue));
        let terms = &self.scenario.futures[venue].collateral[collateral];
        let loan = terms.loan.expect("the chain was checked against the venue");
        let units = self.margin(venue, account).max(0.0) * share * self.unit_usd(venue) / self.mark(terms.asset);
        let pool = self.system.pools[loan.pool];
        let moved = self.ledger.transfer(pool, owner.wallet, terms.asset, units);
        self.ledger.transfer(account, pool, loan.debt, moved);
        Hand::Holds { account: owner.wallet, asset: terms.asset, amount: moved }
    }
}

/// Signs of the legs that a trade opens, with their sizes over the position.
fn sides(long: bool, hedged_share: f64) -> impl Iterator<Item = (f64, f64)> {
    let sign = if long { 1.0 } else { -1.0 };
    [(sign, 1.0), (-sign, hedged_share)].into_iter().take(legs(hedged_share))
}

/// Largest notional that an equity can open under the brackets' leverage limits together with an opposite leg of
/// `share` times it: the initial margins of both, each by its own bracket, add up to at most the equity.
fn largest_with_hedge(tiers: &[Tier], equity: f64, share: f64) -> f64 {
    if share == 0.0 {
        return margin::largest_notional(tiers, equity);
    }
    // Leverage limits are constant between the ends of either leg's brackets.
    let mut ends: Vec<f64> = tiers.iter().flat_map(|t| [t.cap_usd, t.cap_usd / share]).collect();
    ends.retain(|end| *end <= tiers[tiers.len() - 1].cap_usd);
    ends.sort_by(f64::total_cmp);
    let (mut largest, mut from) = (0.0, 0.0);
    for to in ends {
        let inside = 0.5 * (from + to);
        let per_notional = 1.0 / tier(tiers, inside).max_leverage + share / tier(tiers, inside * share).max_leverage;
        if from * per_notional <= equity {
            largest = f64::max(largest, (equity / per_notional).min(to));
        }
        from = to;
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_legs_together_need_no_more_than_the_margin() {
        let tier =
            |floor_usd, cap_usd, max_leverage, rate| Tier { floor_usd, cap_usd, max_leverage, rate, cum_usd: 0.0 };
        let tiers = [tier(0.0, 1000.0, 10.0, 0.01), tier(1000.0, 10_000.0, 5.0, 0.02), tier(1e4, 1e5, 2.0, 0.1)];
        // 900 / 10 + 450 / 10 = 135
        assert!((largest_with_hedge(&tiers, 135.0, 0.5) - 900.0).abs() < 1e-9);
        // 1500 / 5 + 750 / 10 = 375
        assert!((largest_with_hedge(&tiers, 375.0, 0.5) - 1500.0).abs() < 1e-9);
        // the limit of the last bracket
        assert_eq!(largest_with_hedge(&tiers, 1e9, 1.0), 1e5);
        assert_eq!(largest_with_hedge(&tiers, 135.0, 0.0), margin::largest_notional(&tiers, 135.0));
    }
}

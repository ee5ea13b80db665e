//! Auto-deleveraging: bankrupt positions that a fund does not bear are closed against the opposite side, at the
//! bankruptcy price, without a fee.
//!
//! All positions of one side of a contract that fail together form a *wave*. It is closed at one price, the mean of
//! their bankruptcy prices; whoever is chosen by the venue's rule ([`rules`]) gives up the distance of that price from
//! the mark. *Needed* is what the funds behind the positions cannot bear, *removed* is what the opposite side gave up;
//! with `take = "whole"` they differ, because a fund then bears all of a position or nothing.
//!
//! Rank in the queue: profit rate times effective leverage (divided by it for losers), highest first; profit rate =
//! unrealised profit over notional, effective leverage = notional over equity (Binance, "What is auto-deleveraging").
//! Holders who are not simulated stand in line in proportion to their share of the opposite side. What a rule may not
//! take from anybody the fund takes over, whatever it costs.

mod fill;
mod integer;
pub mod rules;

use crate::event::EventKind;
use crate::id::AccountId;
use crate::scenario::{AdlRuleSpec, Place};
use crate::world::World;
use rules::{Allocation, RiskWeight, Winner};

/// Part of a bankrupt position that is to be deleveraged. It stands with the outside until its wave is closed.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    contract: usize,
    /// Contracts; a long is positive.
    quantity: f64,
    /// Bankruptcy price, in the coin that the contract settles in.
    price: f64,
    /// What of its loss its fund cannot bear, USD.
    needed_usd: f64,
}

/// Who stands against a wave.
struct Opposite {
    accounts: Vec<AccountId>,
    winners: Vec<Winner>,
    /// Contracts that fall on them and not on those who are not simulated.
    asked: f64,
    /// What a contract closed takes, USD.
    per_contract: f64,
}

/// Leverage of accounts with less equity than this, USD, is measured as if they had it.
const SMALLEST_EQUITY_USD: f64 = 1e-9;

/// The claims of one side of a contract, added up.
struct Wave {
    contract: usize,
    /// Contracts; longs are positive.
    quantity: f64,
    /// Mean bankruptcy price.
    price: f64,
    /// What of its loss funds cannot bear, USD.
    needed_usd: f64,
    /// Contracts, of both legs in hedge mode, that stand with the outside for waves not closed yet.
    standing: f64,
}

impl World<'_> {
    /// Takes part of a position from an account at its bankruptcy price, to be closed by [`Self::deleverage`]; of what that
    /// loses the fund cannot bear `needed_usd`.
    pub(super) fn claim(
        &mut self,
        venue: usize,
        contract: usize,
        account: AccountId,
        (quantity, price): (f64, f64),
        needed_usd: f64,
    ) {
        let outside = self.outside();
        let quantity = self.hand_over(venue, contract, account, outside, quantity, price);
        self.futures[venue].claims.push(Claim { contract, quantity, price, needed_usd });
    }

    /// Closes all claims against the opposite sides.
    pub(super) fn deleverage(&mut self, venue: usize) {
        let mut claims = std::mem::take(&mut self.futures[venue].claims);
        claims.sort_by_key(|claim| (claim.contract, claim.quantity < 0.0));
        let mut open = claims.as_slice();
        for claim in claims.chunk_by(|a, b| a.contract == b.contract && (a.quantity < 0.0) == (b.quantity < 0.0)) {
            let contract = claim[0].contract;
            let leg = self.scenario.futures[venue].opposite_leg(contract);
            let of_listing = |c: &&Claim| c.contract == leg || c.contract == contract;
            let quantity: f64 = claim.iter().map(|c| c.quantity).sum();
            let paid: f64 = claim.iter().map(|c| c.quantity * c.price).sum();
            let standing = open.iter().filter(of_listing).map(|c| c.quantity).sum();
            let needed_usd = claim.iter().map(|c| c.needed_usd).sum();
            self.close_wave(venue, &Wave { contract, quantity, price: paid / quantity, needed_usd, standing });
            open = &open[claim.len()..];
        }
        claims.clear();
        self.futures[venue].claims = claims;
    }

    fn close_wave(&mut self, venue: usize, wave: &Wave) {
        let (terms, unit) = (self.contract(venue, wave.contract), self.mark(self.settles_in(venue, wave.contract)));
        let mark = self.futures[venue].marks.price[wave.contract];
        let loss_usd = (wave.quantity * (wave.price - mark) * unit).max(0.0);
        let opposite = self.opposite_side(venue, wave);
        let allocation = self.allocate(venue, wave, &opposite);
        let leg = self.scenario.futures[venue].opposite_leg(wave.contract);
        let mut closed = 0.0;
        for (account, contracts) in opposite.accounts.iter().zip(&allocation.contracts) {
            let contracts = contracts.min(opposite.asked - closed);
            if contracts > 0.0 {
                self.close_against(venue, leg, *account, contracts.copysign(wave.quantity), wave.price);
                closed += contracts;
            }
        }
        let left = opposite.asked - closed;
        let mut removed_usd = loss_usd;
        if left > opposite.asked * rules::ROUNDING {
            removed_usd -= loss_usd * left / wave.quantity.abs();
            let fund = self.fund_of(venue, wave.contract);
            let outside = self.outside();
            self.hand_over(venue, wave.contract, outside, fund, left.copysign(wave.quantity), wave.price);
            self.book_loss(venue, loss_usd * left / wave.quantity.abs());
        }
        let notional_usd = (wave.quantity.abs() - left) * mark * unit;
        self.tally.funds[venue][terms.fund].borne_by_others_usd += removed_usd;
        let tally = &mut self.tally.futures[venue];
        tally.adl_usd += notional_usd;
        tally.adl_needed_usd += wave.needed_usd;
        tally.adl_removed_usd += removed_usd;
        tally.adl_over_shoot_usd += (removed_usd - wave.needed_usd).max(0.0);
        self.tally.step_adl_usd += notional_usd;
    }

    /// Accounts that stand against a wave, by account.
    fn opposite_side(&self, venue: usize, wave: &Wave) -> Opposite {
        let table = &self.scenario.futures[venue];
        let leg = table.opposite_leg(wave.contract);
        let (terms, side) = (&table.contracts[leg], wave.quantity.signum());
        let unit = self.mark(self.settles_in(venue, leg));
        let (mark, numeraire) = (self.futures[venue].marks.price[leg], self.mark(self.settlement(venue)));
        // At the mark nobody loses anything: the rules then share out notional, and profit is no limit.
        let distance = (mark - wave.price).abs();
        let at_mark = distance <= mark * rules::ROUNDING;
        let per_contract = if at_mark { mark * unit } else { distance * unit };
        let (mut accounts, mut winners, mut simulated) = (Vec::new(), Vec::new(), 0.0);
        for (i, account) in self.population.accounts.iter().enumerate() {
            let id = AccountId::at(i);
            let contracts = -side * self.ledger.balance(id, terms.asset);
            if account.place != Place::Futures(venue) || contracts <= 0.0 {
                continue;
            }
            let notional = contracts * mark * unit;
            let equity = self.health(venue, id).equity * numeraire;
            let profit = side * contracts * (self.entry_price(venue, leg, id) - mark) * unit;
            let leverage = notional / equity.max(SMALLEST_EQUITY_USD);
            simulated += contracts;
            accounts.push(id);
            winners.push(Winner {
                contracts,
                lot: (terms.lot > 0.0).then_some(terms.lot),
                per_contract,
                profit: if at_mark { notional } else { profit },
                equity: if at_mark { notional } else { equity },
                leverage,
                score: score(profit / notional, leverage),
            });
        }
        let held = |leg: usize| self.ledger.balance(self.outside(), table.contracts[leg].asset);
        let other_leg = if leg == wave.contract { 0.0 } else { held(wave.contract) };
        let of_outsiders = held(leg) + other_leg - wave.standing;
        let not_simulated = (-side * of_outsiders).max(0.0);
        let share = if simulated > 0.0 { simulated / (simulated + not_simulated) } else { 0.0 };
        let asked = terms.lots_above(wave.quantity.abs() * share).min(wave.quantity.abs());
        Opposite { accounts, winners, asked, per_contract }
    }

    /// Contracts that each winner gives up under the venue's rule.
    fn allocate(&self, venue: usize, wave: &Wave, opposite: &Opposite) -> Allocation {
        let (winners, budget) = (&opposite.winners, opposite.asked * opposite.per_contract);
        match self.scenario.futures[venue].adl.rule {
            AdlRuleSpec::Queue => rules::queue(budget, winners),
            AdlRuleSpec::ProRata => rules::pro_rata(budget, winners),
            AdlRuleSpec::CappedProRata(terms) => {
                rules::capped_pro_rata(budget, winners, &vec![terms.cap.get(); winners.len()])
            }
            AdlRuleSpec::RiskWeighted(terms) => {
                let weight = RiskWeight { above: terms.above.get(), power: terms.power.get() };
                rules::risk_weighted(budget, winners, weight)
            }
            AdlRuleSpec::Integer => {
                debug_assert!(self.contract(venue, wave.contract).lot > 0.0, "checked with the config");
                rules::integer(budget, winners, 0.0)
            }
        }
    }

    /// Rank of an account's position in the queue.
    #[must_use]
    pub fn adl_rank(&self, venue: usize, contract: usize, account: AccountId) -> f64 {
        let terms = &self.scenario.futures[venue].contracts[contract];
        let price = self.futures[venue].marks.price[contract];
        let quantity = self.ledger.balance(account, terms.asset);
        let unit = self.mark(self.settles_in(venue, contract)) / self.mark(self.settlement(venue));
        let profit_rate = quantity.signum() * (price - self.entry_price(venue, contract, account)) / price;
        let equity = self.health(venue, account).equity.max(SMALLEST_EQUITY_USD);
        score(profit_rate, quantity.abs() * price * unit / equity)
    }

    /// Closes part of a winner's position; `quantity` is what he gets of its column.
    fn close_against(&mut self, venue: usize, leg: usize, winner: AccountId, quantity: f64, price: f64) {
        let outside = self.outside();
        let moved = self.hand_over(venue, leg, outside, winner, quantity, price);
        let Some(owner) = self.population.owner_of(winner).filter(|_| moved != 0.0) else { return };
        let (asset, unit) = (self.contract(venue, leg).asset, self.mark(self.settles_in(venue, leg)));
        let given_up_usd = (moved * (price - self.futures[venue].marks.price[leg]) * unit).max(0.0);
        self.tally.adl_paid_usd[self.population.owners[owner.index()].cohort.index()] += given_up_usd;
        if !self.tally.deleveraged[owner.index()] {
            self.tally.futures[venue].adl_owners += 1;
        }
        self.record(EventKind::Deleveraging, winner, asset, moved, price * unit);
    }
}

/// Profit rate times effective leverage, divided by it for losers.
fn score(profit_rate: f64, leverage: f64) -> f64 {
    if profit_rate >= 0.0 { profit_rate * leverage } else { profit_rate / leverage }
}

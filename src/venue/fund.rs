//! Insurance funds. A fund takes a bankrupt position of its contracts over at the bankruptcy price, bears its loss, keeps
//! clearance fees and whatever a taken-over account is still worth, and sells what it took over. It never accepts a loss
//! that would take it below its floor: such a position is deleveraged instead ([`super::adl`]), whole or as much of it as
//! the fund cannot bear.
//!
//! The account of each path, in USD and to the last digit: `opening + inflow + top-ups - paid + gain = end`, where inflow
//! is fees and take-overs at a profit, paid is take-overs at a loss and deficits of flat accounts, and gain is what
//! became of its own holdings: price changes, slippage, collateral bought at a discount, interest of loans it repays.

use crate::event::EventKind;
use crate::id::{AccountId, AssetId};
use crate::outcome::Layer;
use crate::population::Holder;
use crate::scenario::{AdlTakeSpec, Fund};
use crate::venue::margin::liquidation::{given_up, loans, takeover_price, worth};
use crate::world::World;
use crate::world::tally::FundTrack;

/// Below this a fund's loss is what rounding to ticks has left of a worth of nothing.
const CENT: f64 = 0.01;

impl World<'_> {
    /// Value of a venue's insurance fund with all that it took over, USD.
    #[must_use]
    pub fn fund_usd(&self, venue: usize, fund: usize) -> f64 {
        self.account_usd(self.population.system.funds[venue][fund])
    }

    /// Value of all of a venue's insurance funds, USD.
    #[must_use]
    pub fn funds_usd(&self, venue: usize) -> f64 {
        (0..self.scenario.futures[venue].funds.len()).map(|fund| self.fund_usd(venue, fund)).sum()
    }

    /// The fund of an account's largest position; the venue's first for an account without any.
    #[must_use]
    pub fn fund_behind(&self, venue: usize, account: AccountId) -> usize {
        let (table, mut largest, mut fund) = (&self.scenario.futures[venue], 0.0, 0);
        for (i, contract) in table.contracts.iter().enumerate() {
            let usd = self.position_usd(venue, i, account);
            if usd > largest {
                (largest, fund) = (usd, contract.fund);
            }
        }
        fund
    }

    /// Notional of an account's position at the mark, USD.
    fn position_usd(&self, venue: usize, contract: usize, account: AccountId) -> f64 {
        let quantity = self.ledger.balance(account, self.contract(venue, contract).asset);
        quantity.abs() * self.futures[venue].marks.price[contract] * self.mark(self.settles_in(venue, contract))
    }

    /// Notes what funds have at the opening.
    pub(crate) fn open_funds(&mut self) {
        for venue in 0..self.futures.len() {
            for fund in 0..self.scenario.futures[venue].funds.len() {
                self.tally.funds[venue][fund].opening_usd = self.fund_usd(venue, fund);
            }
            let usd = self.funds_usd(venue);
            self.tally.futures[venue].fund_open_usd = usd;
            self.tally.futures[venue].fund_low_usd = usd;
            self.tally.futures[venue].fund_end_usd = usd;
            self.tally.futures[venue].fund_gain_usd = 0.0;
        }
    }

    /// Notes how low a venue's funds stand now.
    pub(super) fn note_fund_low(&mut self, venue: usize) {
        let mut usd = 0.0;
        for fund in 0..self.scenario.futures[venue].funds.len() {
            let now = self.fund_usd(venue, fund);
            let track = &mut self.tally.funds[venue][fund];
            let fall = track.opening_usd - (now - track.top_up_usd) + track.borne_by_others_usd;
            track.fall_usd = track.fall_usd.max(fall);
            usd += now;
        }
        let tally = &mut self.tally.futures[venue];
        tally.fund_low_usd = tally.fund_low_usd.min(usd);
    }

    /// What a fund has above its floor, USD; negative if it is below.
    pub(super) fn fund_room_usd(&self, venue: usize, fund: usize) -> f64 {
        self.fund_usd(venue, fund) - self.scenario.futures[venue].funds[fund].floor_usd
    }

    /// What a fund's account has above the fund's floor, USD; no limit for accounts that are no fund's.
    pub(super) fn room_above_floor_usd(&self, account: AccountId) -> f64 {
        match self.population.accounts[account.index()].holder {
            Holder::Fund { venue, fund } => self.fund_room_usd(venue, fund),
            _ => f64::INFINITY,
        }
    }

    /// An account pays a fund.
    pub(super) fn pay_fund(&mut self, venue: usize, fund: usize, account: AccountId, coin: AssetId, amount: f64) {
        let to = self.population.system.funds[venue][fund];
        let paid = self.transfer(account, to, coin, amount);
        self.tally.futures[venue].fund_inflow_usd += paid * self.mark(coin);
    }

    /// Does something with a fund's own holdings and books what it gains by it.
    pub(super) fn with_fund(&mut self, venue: usize, fund: usize, act: impl FnOnce(&mut Self, AccountId)) {
        let before = self.fund_usd(venue, fund);
        act(self, self.population.system.funds[venue][fund]);
        self.tally.futures[venue].fund_gain_usd += self.fund_usd(venue, fund) - before;
    }

    /// Books what funds gain when marks are published anew; `before` is their value at the marks of before.
    pub(crate) fn revalue_funds(&mut self, before: &[f64]) {
        for (venue, before) in before.iter().enumerate() {
            self.tally.futures[venue].fund_gain_usd += self.funds_usd(venue) - before;
        }
    }

    /// A bankrupt account's positions go to the funds of their contracts at the bankruptcy price, at which the account is
    /// worth nothing at the venue's index; what else it holds and owes goes with its largest position. What loans inside
    /// the account lack is no loss of the positions: those give up what they would without the loans.
    pub(super) fn take_over(&mut self, venue: usize, account: AccountId) {
        let heir = self.fund_behind(venue, account);
        let (table, marks) = (&self.scenario.futures[venue], &self.futures[venue].marks);
        let row = self.ledger.row(account);
        let given_up_usd = given_up(worth(table, marks, row), loans(table, marks, row)) * marks.unit_usd;
        let contracts = 0..table.contracts.len();
        let notional_usd: f64 = contracts.clone().map(|i| self.position_usd(venue, i, account)).sum();
        let due = |i: usize| table.contracts[i].clearance_fee * self.position_usd(venue, i, account);
        let unpaid_usd = contracts.clone().map(due).sum::<f64>() - given_up_usd.max(0.0);
        self.tally.futures[venue].fees_unpaid_usd += unpaid_usd.max(0.0);
        for contract in contracts {
            if self.position_usd(venue, contract, account) > 0.0 {
                self.take_position(venue, contract, account, (given_up_usd, notional_usd));
            }
        }
        self.record_loans_taken(venue, account, notional_usd == 0.0);
        self.take_rest(venue, heir, account);
    }

    /// Records the loans of an account that is taken over; without positions the take-over itself is recorded by them.
    fn record_loans_taken(&mut self, venue: usize, account: AccountId, alone: bool) {
        for collateral in &self.scenario.futures[venue].collateral {
            let Some(loan) = collateral.loan else { continue };
            let coins = self.owed(&loan, account);
            if coins > 0.0 {
                let price = self.mark(collateral.asset);
                self.tally.loans_liquidated_usd += coins * price;
                let kind = if alone { EventKind::TakeOver } else { EventKind::LoanLiquidation };
                self.record(kind, account, collateral.asset, coins, price);
            }
        }
    }

    /// Takes a position over, or has it deleveraged, at the price at which it gives up its share, by notional, of what all
    /// positions of the account give up.
    fn take_position(
        &mut self,
        venue: usize,
        contract: usize,
        account: AccountId,
        (given_up_usd, notional_usd): (f64, f64),
    ) {
        let asset = self.contract(venue, contract).asset;
        let quantity = self.ledger.balance(account, asset);
        let (mark, unit) = (self.futures[venue].marks.price[contract], self.mark(self.settles_in(venue, contract)));
        let bankruptcy = takeover_price(mark, quantity, given_up_usd, notional_usd);
        let loss_usd = quantity * (bankruptcy - mark) * unit;
        self.count_forced(account, -quantity, mark * unit, quantity.abs());
        self.record_worth(EventKind::TakeOver, account, asset, -quantity, bankruptcy * unit, mark * unit);
        let (taken, needed_usd) = self.accept(venue, contract, quantity, loss_usd);
        if taken != quantity {
            self.claim(venue, contract, account, (quantity - taken, bankruptcy), needed_usd);
        }
        let left = self.ledger.balance(account, asset);
        if left != 0.0 {
            let fund = self.fund_of(venue, contract);
            let moved = self.hand_over(venue, contract, account, fund, left, bankruptcy);
            self.book_loss(venue, moved * (bankruptcy - mark) * unit);
        }
    }

    /// How much of a position its fund takes over if all of it means that loss, and what of the loss the fund could not
    /// have borne in any case. What it could have borne counts once: `room_forgone_usd` remembers it.
    fn accept(&mut self, venue: usize, contract: usize, quantity: f64, loss_usd: f64) -> (f64, f64) {
        let terms = self.contract(venue, contract);
        let room_usd = self.fund_room_usd(venue, terms.fund).max(0.0);
        if loss_usd <= room_usd || loss_usd <= 0.0 {
            return (quantity, 0.0);
        }
        let taken = match self.scenario.futures[venue].adl.take {
            AdlTakeSpec::Whole => 0.0,
            AdlTakeSpec::Uncovered => terms.whole_lots(quantity.abs() * room_usd / loss_usd).copysign(quantity),
        };
        let spent_usd = loss_usd * taken / quantity;
        let track = &mut self.tally.funds[venue][terms.fund];
        let left_usd = room_usd - spent_usd;
        track.room_forgone_usd = track.room_forgone_usd.min(left_usd);
        let forgone_usd = (left_usd - track.room_forgone_usd).min(loss_usd - spent_usd);
        track.room_forgone_usd += forgone_usd;
        (taken, loss_usd - spent_usd - forgone_usd)
    }

    /// Moves a position between two accounts at a price in the coin that it settles in; returns the contracts moved.
    pub(super) fn hand_over(
        &mut self,
        venue: usize,
        contract: usize,
        from: AccountId,
        to: AccountId,
        quantity: f64,
        price: f64,
    ) -> f64 {
        let (asset, coin) = (self.contract(venue, contract).asset, self.settles_in(venue, contract));
        let before = (self.ledger.balance(from, asset), self.ledger.balance(to, asset));
        let moved = self.transfer(from, to, asset, quantity);
        self.transfer(to, from, coin, moved * (price - self.futures[venue].marks.funding[contract]));
        self.note_position(venue, contract, from, before.0);
        self.note_position(venue, contract, to, before.1);
        moved
    }

    /// A loss that a fund bears, USD; a negative one is a profit.
    pub(super) fn book_loss(&mut self, venue: usize, usd: f64) {
        let tally = &mut self.tally.futures[venue];
        if usd > 0.0 {
            tally.fund_paid_usd += usd;
        } else {
            tally.fund_inflow_usd -= usd;
        }
    }

    /// All that an account without positions holds and owes goes to a fund, which repays its loans.
    fn take_rest(&mut self, venue: usize, fund: usize, account: AccountId) {
        let to = self.population.system.funds[venue][fund];
        let before = self.fund_usd(venue, fund);
        for asset in 0..self.scenario.assets.len() {
            self.transfer_all(account, to, AssetId::at(asset));
        }
        self.write_off_margin_loans(venue, fund, before);
        self.book_loss(venue, before - self.fund_usd(venue, fund));
        self.with_fund(venue, fund, |world, to| world.repay_taken_loans(venue, to));
    }

    /// What a fund cannot bear of the loans that it took over, the pool that lent them writes off.
    fn write_off_margin_loans(&mut self, venue: usize, fund: usize, before_usd: f64) {
        let to = self.population.system.funds[venue][fund];
        let floor_usd = self.scenario.futures[venue].funds[fund].floor_usd.min(before_usd);
        for loan in self.scenario.futures[venue].collateral.iter().filter_map(|c| c.loan) {
            let beyond_usd = floor_usd - self.fund_usd(venue, fund);
            if beyond_usd < CENT {
                break;
            }
            let owed_usd = -self.ledger.balance(to, loan.debt) * self.mark(loan.debt);
            self.tally.funds[venue][fund].borne_by_others_usd += beyond_usd.min(owed_usd).max(0.0);
            self.write_off(loan.pool, loan.reserve, to, beyond_usd / self.mark(loan.debt));
        }
    }

    /// Repays every loan that an account of the system's owes, with coins bought where it has too few.
    fn repay_taken_loans(&mut self, venue: usize, payer: AccountId) {
        let settlement = self.scenario.futures[venue].settlement;
        for i in 0..self.scenario.futures[venue].collateral.len() {
            let Some(loan) = self.scenario.futures[venue].collateral[i].loan else { continue };
            let owed = self.owed(&loan, payer);
            if owed <= 0.0 {
                continue;
            }
            let coin = self.coin_of(self.scenario.pools[loan.pool].reserves[loan.reserve].asset);
            let missing = owed - self.ledger.balance(payer, self.coin_asset(coin));
            if coin != settlement && missing > 0.0 {
                self.buy_coin(payer, coin, missing, settlement);
            }
            self.repay(loan.pool, loan.reserve, payer, payer, owed);
        }
    }

    /// Covers a flat account's negative balances: collateral is sold, and once there is none left its fund pays what is
    /// missing, even below its floor: there is nobody to deleverage.
    pub fn cover(&mut self, venue: usize, account: AccountId, fund: usize) {
        for i in 0..self.scenario.futures[venue].collateral.len() {
            let asset = self.scenario.futures[venue].collateral[i].asset;
            if self.ledger.balance(account, asset) >= 0.0 {
                continue;
            }
            self.auto_exchange(venue, account, i, fund);
            let deficit = -self.ledger.balance(account, asset);
            if deficit > 0.0 && self.sellable_usd(venue, account, i) < CENT {
                let from = self.population.system.funds[venue][fund];
                let usd = self.transfer(from, account, asset, deficit) * self.mark(asset);
                self.tally.futures[venue].fund_paid_usd += usd;
            }
        }
    }

    /// Ends a step: funds sell what they took over, and are topped up.
    pub fn end_funds_step(&mut self, venue: usize) {
        self.cause = Layer::Liquidation;
        for fund in 0..self.scenario.futures[venue].funds.len() {
            if !self.is_halted(venue) {
                self.with_fund(venue, fund, |world, account| world.unwind_fund(venue, fund, account));
            }
        }
        self.note_fund_low(venue);
        for fund in 0..self.scenario.futures[venue].funds.len() {
            self.top_up_fund(venue, fund);
        }
    }

    /// Notes the totals of a venue's funds at the marks with which a step ends.
    pub fn note_funds(&mut self, venue: usize) {
        self.note_fund_low(venue);
        let funds = 0..self.scenario.futures[venue].funds.len();
        let short_usd: f64 = funds.map(|fund| (-self.fund_usd(venue, fund)).max(0.0)).fold(0.0, |a, b| a + b);
        let worse = short_usd - self.tally.futures[venue].shortfall_usd;
        if worse > CENT {
            let (account, coin) = (self.population.system.funds[venue][0], self.settlement(venue));
            let price = self.mark(coin);
            self.record(EventKind::Shortfall, account, coin, worse / price, price);
        }
        let (end_usd, waiting) = (self.funds_usd(venue), self.futures[venue].desk.waiting());
        let needed = |(track, terms): (&FundTrack, &Fund)| {
            if track.fall_usd > CENT { track.fall_usd + terms.floor_usd } else { 0.0 }
        };
        let needed_usd = self.tally.funds[venue].iter().zip(&self.scenario.futures[venue].funds).map(needed).sum();
        let tally = &mut self.tally.futures[venue];
        tally.fund_end_usd = end_usd;
        tally.fund_needed_usd = needed_usd;
        if worse > CENT {
            tally.shortfall_usd = short_usd;
        }
        tally.backlog_max = tally.backlog_max.max(waiting);
    }

    /// The exchange pays into a fund that runs low.
    fn top_up_fund(&mut self, venue: usize, fund: usize) {
        let Some(terms) = self.scenario.futures[venue].funds[fund].top_up else { return };
        let usd = self.fund_usd(venue, fund);
        if usd < terms.below_usd {
            let (outside, to, coin) =
                (self.outside(), self.population.system.funds[venue][fund], self.settlement(venue));
            let price = self.mark(coin);
            let paid = self.transfer(outside, to, coin, (terms.to_usd - usd) / price);
            self.tally.futures[venue].fund_top_up_usd += paid * price;
            self.tally.funds[venue][fund].top_up_usd += paid * price;
            self.record(EventKind::FundTopUp, to, coin, paid, price);
        }
    }

    /// The fund sells what it took over, as far as books allow within its own deviation; below its floor its contracts
    /// are deleveraged at the mark instead, so that it loses no more.
    fn unwind_fund(&mut self, venue: usize, fund: usize, account: AccountId) {
        let deviation = self.scenario.futures[venue].fund_order_deviation;
        let ruined = self.fund_room_usd(venue, fund) < 0.0;
        for contract in 0..self.scenario.futures[venue].contracts.len() {
            let quantity = self.ledger.balance(account, self.contract(venue, contract).asset);
            if quantity == 0.0 {
                continue;
            }
            if ruined {
                let mark = self.futures[venue].marks.price[contract];
                self.claim(venue, contract, account, (quantity, mark), 0.0);
            } else {
                let share = self.fillable_share(venue, contract, -quantity, deviation);
                let order = if share < 1.0 {
                    -self.contract(venue, contract).whole_lots(quantity.abs() * share).copysign(quantity)
                } else {
                    -quantity
                };
                let price = self.execute(venue, contract, order);
                self.trade(venue, account, contract, order, price);
            }
        }
        self.deleverage(venue);
        self.sell_holdings(venue, account, deviation);
    }
}

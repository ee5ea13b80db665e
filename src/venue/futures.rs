//! A futures venue on a path: its state, margin health, trades. Mark prices and indices are in [`crate::world::marks`],
//! funding in [`super::funding`], close-outs in [`super::liquidation`], what happens to collateral in
//! [`super::collateral`].

use crate::id::{AccountId, AssetId};
use crate::market::Side;
use crate::population::Holder;
use crate::scenario::{Contract, Futures};
use crate::venue::adl::Claim;
use crate::venue::desk::Desk;
use crate::venue::funding::FundingClock;
use crate::venue::margin::{self, Health, Marks};
use crate::venue::window::{Delay, MovingMean};
use crate::world::World;

/// State of a futures venue on a path.
#[derive(Clone, Debug)]
pub struct FuturesState {
    /// What the venue publishes; equity is counted in its settlement coin.
    pub marks: Marks,
    /// Funding, by contract.
    pub clocks: Vec<FundingClock>,
    /// Basis in the mark price, by contract, in the coin that it settles in.
    pub basis: Vec<MovingMean>,
    /// What the venue believes of its collateral, by collateral, in USD.
    pub believed: Vec<Delay>,
    /// Close-outs.
    pub desk: Desk,
    /// What the backstop holds, by contract; longs are positive.
    pub(super) backstop: Vec<f64>,
    /// Bankrupt positions that wait to be deleveraged; none between two close-outs.
    pub(super) claims: Vec<Claim>,
}

impl FuturesState {
    /// A venue before the opening.
    #[must_use]
    pub fn new(table: &Futures) -> Self {
        Self {
            marks: Marks::new(table),
            clocks: table.contracts.iter().map(|c| FundingClock::new(table.funding, c.funding_cap)).collect(),
            basis: vec![MovingMean::over(table.basis_steps); table.contracts.len()],
            believed: table.collateral.iter().map(|c| Delay::of(c.stale_steps)).collect(),
            desk: Desk::default(),
            backstop: vec![0.0; table.contracts.len()],
            claims: Vec::new(),
        }
    }

    /// Back to the opening; windows start anew with what is published there.
    pub fn reset(&mut self) {
        self.marks.funding.fill(0.0);
        self.clocks.iter_mut().for_each(FundingClock::reset);
        self.desk.reset();
        self.backstop.fill(0.0);
        self.claims.clear();
    }
}

impl<'w> World<'w> {
    pub(super) fn contract(&self, venue: usize, contract: usize) -> &'w Contract {
        let scenario = self.scenario;
        &scenario.futures[venue].contracts[contract]
    }

    /// Column of the venue's settlement coin.
    #[must_use]
    pub fn settlement(&self, venue: usize) -> AssetId {
        self.coin_asset(self.scenario.futures[venue].settlement)
    }

    /// Column of the coin that a contract settles in.
    #[must_use]
    pub fn settles_in(&self, venue: usize, contract: usize) -> AssetId {
        let table = &self.scenario.futures[venue];
        table.collateral[table.contracts[contract].settles].asset
    }

    /// The insurance fund that a contract belongs to.
    #[must_use]
    pub fn fund_of(&self, venue: usize, contract: usize) -> AccountId {
        self.population.system.funds[venue][self.contract(venue, contract).fund]
    }

    /// Equity and maintenance margin of an account, at the venue's own marks, in settlement coin.
    #[must_use]
    pub fn health(&self, venue: usize, account: AccountId) -> Health {
        margin::health(&self.scenario.futures[venue], &self.futures[venue].marks, self.ledger.row(account))
    }

    /// Starts a step: settles funding when its time has come.
    pub fn begin_futures_step(&mut self, venue: usize) {
        self.futures[venue].desk.begin_step();
        self.settle_funding(venue);
    }

    /// Ends a step: notes the premium for the next funding and lets the backstop and the funds sell what they took over.
    pub fn end_futures_step(&mut self, venue: usize) {
        self.sample_premiums(venue);
        self.work_off(venue);
        self.end_funds_step(venue);
    }

    /// Trades contracts against the outside at a price in settlement coin.
    pub(super) fn trade(
        &mut self,
        venue: usize,
        account: AccountId,
        contract: usize,
        quantity: f64,
        price: f64,
    ) -> f64 {
        let (asset, settlement, outside) =
            (self.contract(venue, contract).asset, self.settles_in(venue, contract), self.outside());
        let before = self.ledger.balance(account, asset);
        let moved = self.transfer(outside, account, asset, quantity);
        let paid = moved * (price - self.futures[venue].marks.funding[contract]);
        self.transfer(account, outside, settlement, paid);
        self.note_position(venue, contract, account, before);
        moved
    }

    /// Keeps the open interest current after an account's position changed.
    pub(super) fn note_position(&mut self, venue: usize, contract: usize, account: AccountId, before: f64) {
        if matches!(self.population.accounts[account.index()].holder, Holder::Outside | Holder::Fund { .. }) {
            return;
        }
        let now = self.ledger.balance(account, self.contract(venue, contract).asset);
        self.tally.long_contracts[venue][contract] += now.max(0.0) - before.max(0.0);
    }

    /// Counts the open interest of the opening.
    pub fn open_interest_at_opening(&mut self) {
        for venue in 0..self.futures.len() {
            for contract in 0..self.scenario.futures[venue].contracts.len() {
                let asset = self.contract(venue, contract).asset;
                self.tally.long_contracts[venue][contract] = self
                    .population
                    .accounts
                    .iter()
                    .enumerate()
                    .filter(|(_, a)| !matches!(a.holder, Holder::Outside | Holder::Fund { .. }))
                    .map(|(i, _)| self.ledger.balance(AccountId::at(i), asset).max(0.0))
                    .sum();
            }
        }
    }

    /// Open interest now, longs of all but the outside and the funds, USD.
    #[must_use]
    pub fn open_interest_usd(&self) -> f64 {
        let venue = |v: usize| {
            let contracts = self.tally.long_contracts[v].iter().zip(&self.futures[v].marks.price).enumerate();
            contracts.map(|(i, (q, p))| q * p * self.mark(self.settles_in(v, i))).sum::<f64>()
        };
        (0..self.futures.len()).map(venue).sum()
    }

    /// Sends an order to the contract's book and returns its mean price, settlement coin.
    pub(super) fn execute(&mut self, venue: usize, contract: usize, quantity: f64) -> f64 {
        let coin = self.contract(venue, contract).coin;
        let price = self.exogenous[coin.index()];
        price * self.markets.execute(coin, Side::Perp, quantity * price) / self.mark(self.settles_in(venue, contract))
    }

    /// A voluntary trade at the market, with the taker fee.
    pub fn trade_at_market(&mut self, venue: usize, account: AccountId, contract: usize, quantity: f64) {
        if quantity == 0.0 {
            return;
        }
        let price = self.execute(venue, contract, quantity);
        let moved = self.trade(venue, account, contract, quantity, price);
        let fee = moved.abs() * price * self.contract(venue, contract).taker_fee;
        let (settlement, outside) = (self.settles_in(venue, contract), self.outside());
        self.transfer(account, outside, settlement, fee);
    }

    /// Mean price that an order would get, as far as it fills within the largest deviation; settlement coin.
    pub(super) fn quote(&self, venue: usize, contract: usize, quantity: f64) -> f64 {
        let coin = self.contract(venue, contract).coin;
        let price = self.exogenous[coin.index()];
        let share = self.fillable_share(venue, contract, quantity, self.contract(venue, contract).max_order_deviation);
        price * self.markets.quote(coin, Side::Perp, quantity * share * price)
            / self.mark(self.settles_in(venue, contract))
    }

    /// Share of an order that fills within a deviation from the mark.
    #[must_use]
    pub fn fillable_share(&self, venue: usize, contract: usize, quantity: f64, deviation: f64) -> f64 {
        let coin = self.contract(venue, contract).coin;
        let exogenous = self.exogenous[coin.index()];
        let mark = self.futures[venue].marks.price[contract] * self.mark(self.settles_in(venue, contract));
        let limit = mark / exogenous * (1.0 + deviation * quantity.signum());
        let room = self.markets.fillable(coin, Side::Perp, quantity.signum(), limit);
        let usd = quantity.abs() * exogenous;
        if usd > room { room / usd } else { 1.0 }
    }
}

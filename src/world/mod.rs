//! The state of one path in one world: balances, books, venues, prices, and the running totals. Venues and behaviour
//! act on it; the order in which they do is the engine's.

pub mod marks;
pub mod tally;
pub mod wave;

use crate::event::{Event, EventKind};
use crate::id::{AccountId, AssetId, CoinId, OwnerId};
use crate::ledger::Ledger;
use crate::market::{Markets, Side};
use crate::outcome::Layer;
use crate::population::{Holder, Population};
use crate::random::{Purpose, Stream, stream};
use crate::scenario::{AssetKind, Scenario, Variant};
use crate::venue::amm::AmmState;
use crate::venue::claims::network;
use crate::venue::clearing::Claims;
use crate::venue::futures::FuturesState;
use crate::venue::gas::Gas;
use crate::venue::issuer::IssuerState;
use crate::venue::savings::PoolState;
use crate::venue::theft::Theft;
use std::collections::BTreeSet;
use tally::{ForcedClose, Tally};
use wave::Wave;

/// The state of one path in one world.
#[derive(Debug)]
pub struct World<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Everybody.
    pub population: &'a Population,
    /// Which world this is.
    pub variant: Variant,
    /// Balances.
    pub ledger: Ledger,
    /// Order books.
    pub markets: Markets,
    /// Futures venues.
    pub futures: Vec<FuturesState>,
    /// Pools.
    pub pools: Vec<PoolState>,
    /// Issuers.
    pub issuers: Vec<IssuerState>,
    /// Price of gas.
    pub gas: Gas,
    /// Thefts under way.
    pub thefts: Vec<Theft>,
    /// Accounts at pools that have borrowed against deposits which a dry pool did not pay, and do not repay.
    pub walked_away: BTreeSet<AccountId>,
    /// Draws of auctions, of this path.
    pub auctions: Stream,
    /// Their claims on each other, as published last; none where no issuer holds another's token.
    pub claims: Option<Claims>,
    /// Pools of two assets.
    pub amms: Vec<AmmState>,
    /// Step now, 1 is the first.
    pub step: u32,
    /// Round of the cascade now, 0 before the first.
    pub round: u16,
    /// Exogenous price of each coin, USD.
    pub exogenous: Vec<f64>,
    /// USD value of a unit of each asset, as published last.
    pub marks: Vec<f64>,
    /// The same at the opening.
    pub opening_marks: Vec<f64>,
    /// Totals.
    pub tally: Tally,
    /// What sets the close-outs of this round off.
    pub wave: Wave,
    /// To which layer value given up in transfers now belongs.
    pub cause: Layer,
    /// Whether to keep events.
    pub keep_events: bool,
    /// Value of each venue's funds at the marks of before, while marks are published.
    funds_before_usd: Vec<f64>,
    layer_of: Vec<Layer>,
    cohort_of: Vec<Option<u16>>,
}

impl<'a> World<'a> {
    /// A world ready for [`Self::reset`].
    #[must_use]
    pub fn new(scenario: &'a Scenario, population: &'a Population) -> Self {
        Self {
            scenario,
            population,
            variant: Variant::Full,
            ledger: population.opening.clone(),
            markets: Markets::new(scenario),
            futures: scenario.futures.iter().map(FuturesState::new).collect(),
            pools: scenario.pools.iter().map(|p| PoolState::new(p, scenario)).collect(),
            issuers: scenario.issuers.iter().map(|_| IssuerState::default()).collect(),
            gas: Gas::default(),
            thefts: Vec::new(),
            walked_away: BTreeSet::new(),
            auctions: stream(scenario.seed, Purpose::Auctions, 0),
            claims: network(scenario),
            amms: vec![AmmState::default(); scenario.amms.len()],
            step: 0,
            round: 0,
            exogenous: scenario.coins.iter().map(|c| c.opening_usd).collect(),
            marks: population.marks.clone(),
            opening_marks: population.marks.clone(),
            tally: Tally::new(scenario, population),
            wave: Wave::default(),
            cause: Layer::Exit,
            keep_events: false,
            funds_before_usd: Vec::new(),
            layer_of: scenario.assets.iter().map(|a| layer_of(a.kind)).collect(),
            cohort_of: population.accounts.iter().map(|a| cohort_of(population, a.holder)).collect(),
        }
    }

    /// Back to the opening, in that world.
    ///
    /// # Panics
    /// If `NoReuse` is asked for and was not among the scenario's counterfactuals.
    pub fn reset(&mut self, variant: Variant) {
        let same_opening = (variant == Variant::NoReuse) == (self.variant == Variant::NoReuse);
        self.variant = variant;
        let opening = self.opening_ledger();
        if same_opening {
            self.ledger.reset_to(opening);
        } else {
            self.ledger.clone_from(opening);
        }
        self.markets.reset(variant == Variant::NoFeedback);
        self.futures.iter_mut().for_each(FuturesState::reset);
        let scenario = self.scenario;
        self.pools.iter_mut().zip(&scenario.pools).for_each(|(pool, table)| pool.reset(table, scenario));
        self.gas.reset();
        self.issuers.iter_mut().zip(&scenario.issuers).for_each(|(issuer, terms)| issuer.reset(terms));
        self.amms.fill(AmmState::default());
        self.thefts.clear();
        self.walked_away.clear();
        (self.step, self.round) = (0, 0);
        for (price, coin) in self.exogenous.iter_mut().zip(&self.scenario.coins) {
            *price = coin.opening_usd;
        }
        self.marks.clone_from(&self.population.marks);
        self.tally.reset();
        self.wave.reset();
        self.cause = Layer::Exit;
        self.open_issuers();
        self.publish();
        self.opening_marks.clone_from(&self.marks);
        self.open_interest_at_opening();
        self.open_funds();
    }

    /// Balances at the opening of this world.
    ///
    /// # Panics
    /// If the world is `NoReuse` and was not among the scenario's counterfactuals.
    #[must_use]
    pub fn opening_ledger(&self) -> &'a Ledger {
        match self.variant {
            Variant::NoReuse => self.population.opening_no_reuse.as_ref().expect("the scenario asks for this world"),
            _ => &self.population.opening,
        }
    }

    /// Layer to which an asset's gains and losses belong, by position.
    #[must_use]
    pub fn layer_of(&self, asset: usize) -> Layer {
        self.layer_of[asset]
    }

    /// Notes how far impact has pushed any coin or contract below its exogenous price.
    pub fn note_price_gap(&mut self) {
        for coin in 0..self.scenario.coins.len() {
            for side in [Side::Spot, Side::Perp] {
                let gap = self.markets.factor(CoinId::at(coin), side) - 1.0;
                self.tally.largest_price_gap = self.tally.largest_price_gap.min(gap);
            }
        }
    }

    /// Moves an amount and books its value, at the marks published last, for the owners' loss account.
    pub fn transfer(&mut self, from: AccountId, to: AccountId, asset: AssetId, amount: f64) -> f64 {
        let moved = self.ledger.transfer(from, to, asset, amount);
        let usd = moved * self.marks[asset.index()];
        let (layer, cause) = (self.layer_of[asset.index()], self.cause);
        for (account, usd) in [(from, -usd), (to, usd)] {
            if let Some(cohort) = self.cohort_of[account.index()] {
                self.tally.inflow_usd[cohort as usize][layer as usize] += usd;
                self.tally.inflow_usd[cohort as usize][cause as usize] -= usd;
            }
        }
        moved
    }

    /// Moves all of an asset.
    pub fn transfer_all(&mut self, from: AccountId, to: AccountId, asset: AssetId) -> f64 {
        let amount = self.ledger.balance(from, asset);
        if amount == 0.0 { 0.0 } else { self.transfer(from, to, asset, amount) }
    }

    /// USD of a unit of the asset, as published last.
    #[must_use]
    pub fn mark(&self, asset: AssetId) -> f64 {
        self.marks[asset.index()]
    }

    /// Value of an account's balances at the marks published last, USD.
    #[must_use]
    pub fn account_usd(&self, account: AccountId) -> f64 {
        self.ledger.row(account).iter().zip(&self.marks).map(|(balance, mark)| balance * mark).sum()
    }

    /// Column of a coin.
    #[must_use]
    pub fn coin_asset(&self, coin: CoinId) -> AssetId {
        self.scenario.coin_asset(coin)
    }

    /// The outside.
    #[must_use]
    pub fn outside(&self) -> AccountId {
        self.population.system.outside
    }

    /// Sells coins on the spot market, and through the pools of its route, for another coin, which is bought there; returns
    /// the units received.
    pub fn sell_coin(&mut self, account: AccountId, coin: CoinId, units: f64, to: CoinId) -> f64 {
        let (swapped, received) = self.sell_to_pools(account, coin, units, to);
        let (from_asset, to_asset) = (self.coin_asset(coin), self.coin_asset(to));
        let moved = self.transfer(account, self.population.system.outside, from_asset, units - swapped);
        let factor = self.markets.execute(coin, Side::Spot, -moved * self.exogenous[coin.index()]);
        let usd = moved * self.exogenous[coin.index()] * factor;
        let bought = self.exogenous[to.index()] * self.markets.execute(to, Side::Spot, usd);
        received + self.transfer(self.population.system.outside, account, to_asset, usd / bought)
    }

    /// Buys coins on the spot market and sells another coin there to pay for them.
    pub fn buy_coin(&mut self, account: AccountId, coin: CoinId, units: f64, with: CoinId) {
        let outside = self.population.system.outside;
        let bought = self.transfer(outside, account, self.coin_asset(coin), units);
        let usd = bought * self.exogenous[coin.index()];
        let usd = usd * self.markets.execute(coin, Side::Spot, usd);
        let each = self.exogenous[with.index()] * self.markets.execute(with, Side::Spot, -usd);
        self.transfer(account, outside, self.coin_asset(with), usd / each);
    }

    /// Coins that the spot market buys within a deviation from the mark.
    #[must_use]
    pub fn spot_room(&self, coin: CoinId, deviation: f64) -> f64 {
        let exogenous = self.exogenous[coin.index()];
        let limit = self.mark(self.coin_asset(coin)) / exogenous * (1.0 - deviation);
        self.markets.fillable(coin, Side::Spot, -1.0, limit) / exogenous
    }

    /// Units of an asset that its own market buys within a deviation from its mark: of a coin on the spot market, of a
    /// token on its book. What has no market of its own has no limit here.
    #[must_use]
    pub fn room(&self, asset: AssetId, deviation: f64) -> f64 {
        match self.scenario.assets[asset.index()].kind {
            AssetKind::Coin(coin) => self.spot_room(coin, deviation),
            AssetKind::Token { issuer } => self.token_room(issuer, deviation),
            AssetKind::Contract { .. } | AssetKind::Receipt { .. } | AssetKind::Debt { .. } | AssetKind::Lp { .. } => {
                f64::INFINITY
            }
        }
    }

    /// What selling so much of a coin or token on its own market loses against its mark, both USD.
    #[must_use]
    pub fn slippage_usd(&self, asset: AssetId, sold_usd: f64) -> f64 {
        let units = sold_usd / self.mark(asset);
        let brings_usd = match self.scenario.assets[asset.index()].kind {
            AssetKind::Coin(coin) => {
                let usd = units * self.exogenous[coin.index()];
                usd * self.markets.quote(coin, Side::Spot, -usd)
            }
            AssetKind::Token { issuer } => {
                let usd = units * self.token_rests_usd(issuer);
                usd * self.markets.quote_token(issuer, -usd).unwrap_or(1.0)
            }
            kind => unreachable!("{kind:?} has no market"),
        };
        sold_usd - brings_usd
    }

    /// The outside buys units of a token on its book (negative: sells); returns its par coin and the units of it that have
    /// to be bought to pay. A coin is its own par.
    pub fn trade_token(&mut self, asset: AssetId, units: f64) -> (CoinId, f64) {
        match self.scenario.assets[asset.index()].kind {
            AssetKind::Token { issuer } => {
                let par = self.scenario.issuers[issuer].par;
                let usd = units * self.token_rests_usd(issuer);
                (par, usd / self.mark(self.coin_asset(par)) * self.markets.trade_token(issuer, usd).unwrap_or(1.0))
            }
            AssetKind::Coin(coin) => (coin, units),
            kind => unreachable!("{kind:?} is no reserve of a pool"),
        }
    }

    /// Sells coins on the spot market as far as the price stays within a deviation from the mark; returns the units sold.
    pub fn sell_coin_within(
        &mut self,
        account: AccountId,
        coin: CoinId,
        units: f64,
        to: CoinId,
        deviation: f64,
    ) -> f64 {
        let units = units.min(self.spot_room(coin, deviation));
        if units > 0.0 {
            self.sell_coin(account, coin, units, to);
        }
        units
    }

    /// Records that something happened, worth its price.
    pub fn record(&mut self, kind: EventKind, account: AccountId, asset: AssetId, amount: f64, price_usd: f64) {
        self.record_worth(kind, account, asset, amount, price_usd, price_usd);
    }

    /// Records that something happened at a price other than the mark by which it is counted.
    pub fn record_worth(
        &mut self,
        kind: EventKind,
        account: AccountId,
        asset: AssetId,
        amount: f64,
        price_usd: f64,
        mark_usd: f64,
    ) {
        let owner = self.population.owner_of(account);
        self.tally.count(kind, owner);
        let generation = (self.round > 0 && kind.is_forced_close()).then(|| self.wave.generation_of(account));
        if let Some(generation) = generation {
            self.wave.note(generation);
            self.tally.generations = self.tally.generations.max(generation);
        }
        if self.keep_events {
            let amount_usd = (amount * mark_usd).abs();
            self.tally.events.push(Event {
                step: self.step,
                round: self.round,
                generation,
                kind,
                owner,
                asset,
                amount,
                amount_usd,
                price_usd,
            });
        }
    }

    /// Adds a position closed by force to the totals: contracts, negative for a long, at a price in USD; `absorbed` of
    /// them, without sign, did not meet the book.
    pub fn count_forced(&mut self, account: AccountId, contracts: f64, price_usd: f64, absorbed: f64) {
        self.tally.add_forced(&ForcedClose {
            usd: contracts.abs() * price_usd,
            absorbed_usd: absorbed * price_usd,
            is_long: contracts < 0.0,
            is_endogenous: self.wave.generation_of(account) > 0,
            step: self.step,
            round: self.round,
        });
    }

    /// Net worth of an owner at the marks published last, USD.
    #[must_use]
    pub fn owner_usd(&self, owner: OwnerId) -> f64 {
        self.population.accounts_of(owner).map(|account| self.account_usd(account)).sum()
    }
}

fn layer_of(kind: AssetKind) -> Layer {
    match kind {
        AssetKind::Coin(_) => Layer::Coins,
        AssetKind::Contract { .. } => Layer::Futures,
        AssetKind::Receipt { .. } => Layer::Savings,
        AssetKind::Debt { .. } => Layer::Loans,
        AssetKind::Token { .. } | AssetKind::Lp { .. } => Layer::Tokens,
    }
}

fn cohort_of(population: &Population, holder: Holder) -> Option<u16> {
    match holder {
        Holder::Owner(owner) => Some(population.owners[owner.index()].cohort.0),
        _ => None,
    }
}

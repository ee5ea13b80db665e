//! Order books: what our own flow does to prices.
//!
//! The traded price of a coin is its exogenous price times `exp(impact)`. A book's state is the net flow that it has
//! still to absorb, in units of its depth ([`law`]); selling adds negative flow, time lets the temporary part of it
//! decay. Spot and perpetual books of a coin are tied: arbitrage carries flow from one to the other, so that a share of
//! the gap that an order opens is closed at once, and what gap remains closes with a half-life.
//!
//! What absorbs the flow out of a stablecoin is its issuer: where redemption has hours, impact decays only in them.

mod book;
mod integral;
pub mod law;
pub mod levels;
mod stress;

use crate::id::CoinId;
use crate::scenario::{Issuer, RecoverySpec, Scenario};
use book::{Book, OrderBook};

/// The state of every book on a path.
#[derive(Clone, Debug)]
pub struct Markets {
    books: Vec<Book>,
    tokens: Vec<Option<Book>>,
    /// Book of each coin.
    coin_of: Vec<Option<usize>>,
    frozen: bool,
}

/// Which book of a coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Coins.
    Spot,
    /// Contracts.
    Perp,
}

fn token_book(issuer: &Issuer) -> Option<Book> {
    issuer.market.map(|law| Book::single(law, issuer.market_terms.recovery == RecoverySpec::Redemption))
}

impl Markets {
    /// Quiet books for every market and traded token of the scenario. `frozen` books have no impact at all.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            books: scenario.markets.iter().map(|m| Book::of(m, scenario.coins[m.coin.index()].opening_usd)).collect(),
            tokens: scenario.issuers.iter().map(token_book).collect(),
            coin_of: (0..scenario.coins.len())
                .map(|coin| scenario.markets.iter().position(|m| m.coin == CoinId::at(coin)))
                .collect(),
            frozen: false,
        }
    }

    /// Back to quiet books.
    pub fn reset(&mut self, frozen: bool) {
        self.frozen = frozen;
        self.books.iter_mut().chain(self.tokens.iter_mut().flatten()).for_each(Book::reset);
    }

    /// Lets impact decay and depth follow what has happened, over a step (from 1) of that many seconds at the end of which coins
    /// have those exogenous prices.
    pub fn decay(&mut self, step: usize, seconds: f64, exogenous: &[f64]) {
        if self.frozen {
            return; // they take no flow, and nobody asks for their depth
        }
        let from = (step - 1) as f64 * seconds;
        for (coin, usd) in exogenous.iter().enumerate() {
            if let Some(book) = self.coin_of[coin] {
                self.books[book].decay(from, seconds, *usd);
            }
        }
        self.tokens.iter_mut().flatten().for_each(|book| book.decay(from, seconds, 1.0));
    }

    /// Market makers of a coin withdraw: depth is multiplied, then recovers.
    pub fn withdraw_depth(&mut self, coin: CoinId, multiplier: f64, half_life: f64) {
        if let Some(book) = self.coin_of[coin.index()] {
            self.books[book].withdraw(multiplier, half_life);
        }
    }

    /// Traded over exogenous price of a coin (spot) or its contract (perp).
    #[must_use]
    pub fn factor(&self, coin: CoinId, side: Side) -> f64 {
        self.coin_of[coin.index()].map_or(1.0, |book| self.books[book].factor(side))
    }

    /// Market price of an issuer's token over its redemption value; 1 if it does not trade.
    #[must_use]
    pub fn token_factor(&self, issuer: usize) -> f64 {
        self.tokens[issuer].as_ref().map_or(1.0, |book| book.factor(Side::Spot))
    }

    fn book(&self, coin: CoinId) -> Option<&Book> {
        self.coin_of[coin.index()].map(|b| &self.books[b]).filter(|_| !self.frozen)
    }

    /// Mean price, over the exogenous price, that an order of `usd` (negative sells) would get now.
    #[must_use]
    pub fn quote(&self, coin: CoinId, side: Side, usd: f64) -> f64 {
        self.book(coin).map_or(1.0, |book| book.quote(side, usd).0)
    }

    /// Price over the exogenous one of the last unit of such an order.
    #[must_use]
    pub fn last(&self, coin: CoinId, side: Side, usd: f64) -> f64 {
        self.book(coin).map_or(1.0, |book| book.last(side, usd))
    }

    /// Sends an order of `usd` at exogenous prices (negative sells) and returns its mean price over the exogenous one.
    pub fn execute(&mut self, coin: CoinId, side: Side, usd: f64) -> f64 {
        match self.coin_of[coin.index()].filter(|_| !self.frozen && usd != 0.0) {
            Some(book) => self.books[book].execute(side, usd),
            None => self.factor(coin, side),
        }
    }

    /// Mean price over its redemption value that an order of `usd` of an issuer's token at that value (negative sells)
    /// would get now, or none if it does not trade.
    #[must_use]
    pub fn quote_token(&self, issuer: usize, usd: f64) -> Option<f64> {
        let OrderBook { law, flow, .. } = &self.tokens[issuer].as_ref()?.spot;
        Some(if self.frozen { 1.0 } else { flow.mean_factor(law, usd / law.depth_1pct_usd) })
    }

    /// Trades `usd` of an issuer's token at its redemption value (negative sells); returns the mean price over that value,
    /// or none if it does not trade.
    pub fn trade_token(&mut self, issuer: usize, usd: f64) -> Option<f64> {
        let mean = self.quote_token(issuer, usd)?;
        if let Some(book) = self.tokens[issuer].as_mut().filter(|_| !self.frozen) {
            let OrderBook { law, flow, .. } = &mut book.spot;
            flow.add(law, usd / law.depth_1pct_usd);
        }
        Some(mean)
    }

    /// USD at par of an issuer's token that its book takes until its price over its redemption value stands at `limit`.
    #[must_use]
    pub fn token_room(&self, issuer: usize, limit: f64) -> f64 {
        match &self.tokens[issuer] {
            Some(book) if !self.frozen => {
                book.spot.flow.room(&book.spot.law, -1.0, limit) * book.spot.law.depth_1pct_usd
            }
            _ => f64::INFINITY,
        }
    }

    /// USD at redemption value of a token whose selling redemption absorbs, that arbitrage would take off its book in that
    /// time, as far as the price over the redemption value stays below `limit`.
    #[must_use]
    pub fn token_recovery(&self, issuer: usize, seconds: f64, limit: f64) -> f64 {
        let Some(Book { spot: OrderBook { law, flow, .. }, is_redeemed: true, .. }) = &self.tokens[issuer] else {
            return 0.0;
        };
        let fading = (-flow.fading(law, seconds)).max(0.0);
        fading.min(flow.room(law, 1.0, limit)) * law.depth_1pct_usd
    }

    /// Arbitrage takes that many USD at redemption value off a token's book.
    pub fn absorb_token(&mut self, issuer: usize, usd: f64) {
        if let Some(Book { spot: OrderBook { law, flow, .. }, .. }) = &mut self.tokens[issuer] {
            flow.carry(-usd / law.depth_1pct_usd);
        }
    }

    /// Largest order, USD at exogenous prices without sign, on the selling (`-1.0`) or buying (`1.0`) side, whose last
    /// unit trades at `limit` times the exogenous price or better.
    #[must_use]
    pub fn fillable(&self, coin: CoinId, side: Side, direction: f64, limit: f64) -> f64 {
        self.book(coin).map_or(f64::INFINITY, |book| book.fillable(side, direction, limit))
    }
}

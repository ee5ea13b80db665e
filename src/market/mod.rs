//! Order books: what our own flow does to prices.
//!
//! The traded price of a coin is its exogenous price times `exp(impact)`. A book's state is the net flow that it has
//! still to absorb, in units of its depth ([`law`]); selling adds negative flow, time lets the temporary part of it
//! decay. Spot and perpetual books of a coin are tied: arbitrage passes a share of every order to the other book at
//! once, and what gap remains between them closes with a half-life.

pub mod law;

use crate::id::CoinId;
use crate::scenario::{ImpactLaw, Market, Scenario};
use law::Flow;

/// The state of every book on a path.
#[derive(Clone, Debug)]
pub struct Markets {
    books: Vec<Book>,
    tokens: Vec<Option<Book>>,
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

/// One coin's pair of books (or a token's single one, as `spot`).
#[derive(Clone, Debug)]
struct Book {
    spot: (ImpactLaw, Flow),
    perp: Option<(ImpactLaw, Flow)>,
    arbitrage_share: f64,
    arbitrage_half_life: f64,
    depth: f64,
    depth_half_life: f64,
}

impl Book {
    fn of(market: &Market) -> Self {
        Self {
            spot: (market.spot, Flow::default()),
            perp: market.perp.map(|law| (law, Flow::default())),
            arbitrage_share: market.arbitrage_share,
            arbitrage_half_life: market.arbitrage_half_life,
            depth: 1.0,
            depth_half_life: f64::INFINITY,
        }
    }

    fn single(law: ImpactLaw) -> Self {
        Self {
            spot: (law, Flow::default()),
            perp: None,
            arbitrage_share: 0.0,
            arbitrage_half_life: f64::INFINITY,
            depth: 1.0,
            depth_half_life: f64::INFINITY,
        }
    }

    fn reset(&mut self) {
        self.spot.1 = Flow::default();
        if let Some((_, flow)) = &mut self.perp {
            *flow = Flow::default();
        }
        self.depth = 1.0;
    }

    /// The book that an order meets and the one that arbitrage passes a share of it to.
    fn pair(&mut self, side: Side) -> (&mut (ImpactLaw, Flow), Option<&mut (ImpactLaw, Flow)>) {
        match (side, &mut self.perp) {
            (Side::Perp, Some(perp)) => (perp, Some(&mut self.spot)),
            (_, perp) => (&mut self.spot, perp.as_mut()),
        }
    }

    fn decay(&mut self, seconds: f64) {
        self.spot.1.decay(&self.spot.0, seconds);
        if let Some((law, flow)) = &mut self.perp {
            flow.decay(law, seconds);
            self.spot.1.approach(
                flow,
                &self.spot.0,
                law,
                1.0 - law::half_life_factor(seconds, self.arbitrage_half_life),
            );
        }
        if self.depth != 1.0 {
            self.depth = 1.0 - (1.0 - self.depth) * law::half_life_factor(seconds, self.depth_half_life);
        }
    }
}

impl Markets {
    /// Quiet books for every market and traded token of the scenario. `frozen` books have no impact at all.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            books: scenario.markets.iter().map(Book::of).collect(),
            tokens: scenario.issuers.iter().map(|i| i.market.map(Book::single)).collect(),
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

    /// Lets impact decay and depth recover for that long.
    pub fn decay(&mut self, seconds: f64) {
        self.books.iter_mut().chain(self.tokens.iter_mut().flatten()).for_each(|book| book.decay(seconds));
    }

    /// Market makers of a coin withdraw: depth is multiplied, then recovers.
    pub fn withdraw_depth(&mut self, coin: CoinId, multiplier: f64, half_life: f64) {
        if let Some(book) = self.coin_of[coin.index()] {
            self.books[book].depth *= multiplier;
            self.books[book].depth_half_life = half_life;
        }
    }

    /// Traded over exogenous price of a coin (spot) or its contract (perp).
    #[must_use]
    pub fn factor(&self, coin: CoinId, side: Side) -> f64 {
        let Some(book) = self.coin_of[coin.index()].map(|b| &self.books[b]) else { return 1.0 };
        match (side, &book.perp) {
            (Side::Perp, Some((law, flow))) => flow.factor(law),
            _ => book.spot.1.factor(&book.spot.0),
        }
    }

    /// Market price of an issuer's token over its redemption value; 1 if it does not trade.
    #[must_use]
    pub fn token_factor(&self, issuer: usize) -> f64 {
        self.tokens[issuer].as_ref().map_or(1.0, |book| book.spot.1.factor(&book.spot.0))
    }

    /// Mean price, over the exogenous price, that an order of `usd` (negative sells) would get now.
    #[must_use]
    pub fn quote(&self, coin: CoinId, side: Side, usd: f64) -> f64 {
        let Some(book) = self.coin_of[coin.index()].map(|b| &self.books[b]) else { return 1.0 };
        if self.frozen {
            return 1.0;
        }
        let share = if book.perp.is_some() { 1.0 - book.arbitrage_share } else { 1.0 };
        let (law, flow) = match (side, &book.perp) {
            (Side::Perp, Some(perp)) => perp,
            _ => &book.spot,
        };
        flow.mean_factor(law, usd * share / (law.depth_1pct_usd * book.depth))
    }

    /// Sends an order of `usd` at exogenous prices (negative sells) and returns its mean price over the exogenous one.
    pub fn execute(&mut self, coin: CoinId, side: Side, usd: f64) -> f64 {
        let mean = self.quote(coin, side, usd);
        if let Some(book) = self.coin_of[coin.index()].filter(|_| !self.frozen) {
            let book = &mut self.books[book];
            let (share, depth) = (book.arbitrage_share, book.depth);
            let (own, other) = book.pair(side);
            let passed = if let Some((law, flow)) = other {
                flow.add(law, usd * share / (law.depth_1pct_usd * depth));
                share
            } else {
                0.0
            };
            own.1.add(&own.0, usd * (1.0 - passed) / (own.0.depth_1pct_usd * depth));
        }
        mean
    }

    /// Sells `usd` of an issuer's token at par; returns the mean price over its redemption value, or none if it does
    /// not trade.
    pub fn sell_token(&mut self, issuer: usize, usd: f64) -> Option<f64> {
        let frozen = self.frozen;
        let book = self.tokens[issuer].as_mut()?;
        if frozen {
            return Some(1.0);
        }
        let (law, flow) = &mut book.spot;
        let flow_in_depths = -usd / law.depth_1pct_usd;
        let mean = flow.mean_factor(law, flow_in_depths);
        flow.add(law, flow_in_depths);
        Some(mean)
    }

    /// USD at par of an issuer's token that its book takes until its price over its redemption value stands at `limit`.
    #[must_use]
    pub fn token_room(&self, issuer: usize, limit: f64) -> f64 {
        match &self.tokens[issuer] {
            Some(book) if !self.frozen => book.spot.1.room(&book.spot.0, -1.0, limit) * book.spot.0.depth_1pct_usd,
            _ => f64::INFINITY,
        }
    }

    /// Largest order, USD at exogenous prices without sign, on the selling (`-1.0`) or buying (`1.0`) side, whose last
    /// unit trades at `limit` times the exogenous price or better.
    #[must_use]
    pub fn fillable(&self, coin: CoinId, side: Side, direction: f64, limit: f64) -> f64 {
        let Some(book) = self.coin_of[coin.index()].map(|b| &self.books[b]) else { return f64::INFINITY };
        if self.frozen {
            return f64::INFINITY;
        }
        let share = if book.perp.is_some() { 1.0 - book.arbitrage_share } else { 1.0 };
        let (law, flow) = match (side, &book.perp) {
            (Side::Perp, Some(perp)) => perp,
            _ => &book.spot,
        };
        flow.room(law, direction, limit) * law.depth_1pct_usd * book.depth / share
    }
}

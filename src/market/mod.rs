//! Order books: what our own flow does to prices.
//!
//! The traded price of a coin is its exogenous price times `exp(impact)`. A book's state is the net flow that it has
//! still to absorb, in units of its depth ([`law`]); selling adds negative flow, time lets the temporary part of it
//! decay. Spot and perpetual books of a coin are tied: arbitrage carries flow from one to the other, so that a share of
//! the gap that an order opens is closed at once, and what gap remains closes with a half-life.
//!
//! What absorbs the flow out of a stablecoin is its issuer: where redemption has hours, impact decays only in them.

pub mod law;
pub mod levels;

use crate::id::CoinId;
use crate::price::Hours;
use crate::scenario::{ImpactLaw, Issuer, Market, RecoverySpec, Scenario};
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
    /// When impact decays, if not always.
    redemption: Option<Hours>,
    /// Whether selling is absorbed by redemption ([`Markets::absorb_token`]) and not by time.
    is_redeemed: bool,
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
            redemption: market.redemption.clone(),
            is_redeemed: false,
            depth: 1.0,
            depth_half_life: f64::INFINITY,
        }
    }

    fn single(law: ImpactLaw, is_redeemed: bool) -> Self {
        Self {
            spot: (law, Flow::default()),
            perp: None,
            arbitrage_share: 0.0,
            arbitrage_half_life: f64::INFINITY,
            redemption: None,
            is_redeemed,
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

    /// The book that an order meets, and the other one.
    fn pair(&self, side: Side) -> (&(ImpactLaw, Flow), Option<&(ImpactLaw, Flow)>) {
        match (side, &self.perp) {
            (Side::Perp, Some(perp)) => (perp, Some(&self.spot)),
            (_, perp) => (&self.spot, perp.as_ref()),
        }
    }

    fn seen<'a>(&self, (law, flow): &'a (ImpactLaw, Flow)) -> law::Seen<'a> {
        (law, *flow, law.depth_1pct_usd * self.depth)
    }

    /// Part of an order that arbitrage takes to the other book at once.
    fn passed_usd(&self, side: Side, usd: f64) -> f64 {
        let (own, other) = self.pair(side);
        let Some(other) = other else { return 0.0 };
        let (law, flow, depth) = self.seen(own);
        let carried =
            law::arbitrage_usd((law, flow.after(law, usd / depth), depth), self.seen(other), self.arbitrage_share);
        if carried * usd <= 0.0 { 0.0 } else { carried.abs().min(usd.abs()).copysign(usd) }
    }

    /// Mean price over the exogenous one that an order gets, and the part of it that arbitrage passes on.
    fn quote(&self, side: Side, usd: f64) -> (f64, f64) {
        let (law, flow, depth) = self.seen(self.pair(side).0);
        let passed = self.passed_usd(side, usd);
        (flow.mean_factor(law, (usd - passed) / depth), passed)
    }

    fn execute(&mut self, side: Side, usd: f64) -> f64 {
        let (mean, passed) = self.quote(side, usd);
        let depth = self.depth;
        let books = match (side, &mut self.perp) {
            (Side::Perp, Some(perp)) => [Some(perp), Some(&mut self.spot)],
            (_, perp) => [Some(&mut self.spot), perp.as_mut()],
        };
        for (book, usd) in books.into_iter().zip([usd - passed, passed]) {
            if let Some((law, flow)) = book {
                flow.add(law, usd / (law.depth_1pct_usd * depth));
            }
        }
        mean
    }

    /// Largest order whose last unit trades at `limit` times the exogenous price: what its own book takes, and what
    /// arbitrage takes to the other one meanwhile.
    fn fillable(&self, side: Side, direction: f64, limit: f64) -> f64 {
        let (own, other) = self.pair(side);
        let (law, flow, depth) = self.seen(own);
        let room = flow.room(law, direction, limit) * depth;
        let Some(other) = other.filter(|_| room > 0.0) else { return room };
        let (other_law, other_flow, other_depth) = self.seen(other);
        let now = flow.factor(law);
        let follows = other_flow.factor(other_law) * libm::pow(limit / now, self.arbitrage_share);
        room + other_flow.room(other_law, direction, follows) * other_depth
    }

    /// Arbitrage between the books over a step.
    fn tie(&mut self, share: f64) {
        let Some(perp) = &self.perp else { return };
        let usd = law::arbitrage_usd(self.seen(perp), self.seen(&self.spot), share);
        let depth = self.depth;
        self.spot.1.carry(-usd / (self.spot.0.depth_1pct_usd * depth));
        if let Some((law, flow)) = &mut self.perp {
            flow.carry(usd / (law.depth_1pct_usd * depth));
        }
    }

    fn decay(&mut self, from: f64, seconds: f64) {
        let absorbing = self.redemption.as_ref().map_or(seconds, |hours| hours.open_seconds(from, from + seconds));
        if !(self.is_redeemed && self.spot.1.fading(&self.spot.0, absorbing) < 0.0) {
            self.spot.1.decay(&self.spot.0, absorbing);
        }
        if let Some((law, flow)) = &mut self.perp {
            flow.decay(law, absorbing);
        }
        self.tie(1.0 - law::half_life_factor(seconds, self.arbitrage_half_life));
        if self.depth != 1.0 {
            self.depth = 1.0 - (1.0 - self.depth) * law::half_life_factor(seconds, self.depth_half_life);
        }
    }
}

fn token_book(issuer: &Issuer) -> Option<Book> {
    issuer.market.map(|law| Book::single(law, issuer.market_terms.recovery == RecoverySpec::Redemption))
}

impl Markets {
    /// Quiet books for every market and traded token of the scenario. `frozen` books have no impact at all.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            books: scenario.markets.iter().map(Book::of).collect(),
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

    /// Lets impact decay and depth recover over a step (from 1) of that many seconds.
    pub fn decay(&mut self, step: usize, seconds: f64) {
        if self.frozen {
            return; // they take no flow, and nobody asks for their depth
        }
        let from = (step - 1) as f64 * seconds;
        self.books.iter_mut().chain(self.tokens.iter_mut().flatten()).for_each(|book| book.decay(from, seconds));
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

    fn book(&self, coin: CoinId) -> Option<&Book> {
        self.coin_of[coin.index()].map(|b| &self.books[b]).filter(|_| !self.frozen)
    }

    /// Mean price, over the exogenous price, that an order of `usd` (negative sells) would get now.
    #[must_use]
    pub fn quote(&self, coin: CoinId, side: Side, usd: f64) -> f64 {
        self.book(coin).map_or(1.0, |book| book.quote(side, usd).0)
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
        let (law, flow) = &self.tokens[issuer].as_ref()?.spot;
        Some(if self.frozen { 1.0 } else { flow.mean_factor(law, usd / law.depth_1pct_usd) })
    }

    /// Trades `usd` of an issuer's token at its redemption value (negative sells); returns the mean price over that value,
    /// or none if it does not trade.
    pub fn trade_token(&mut self, issuer: usize, usd: f64) -> Option<f64> {
        let mean = self.quote_token(issuer, usd)?;
        if let Some(book) = self.tokens[issuer].as_mut().filter(|_| !self.frozen) {
            let (law, flow) = &mut book.spot;
            flow.add(law, usd / law.depth_1pct_usd);
        }
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

    /// USD at redemption value of a token whose selling redemption absorbs, that arbitrage would take off its book in that
    /// time, as far as the price over the redemption value stays below `limit`.
    #[must_use]
    pub fn token_recovery(&self, issuer: usize, seconds: f64, limit: f64) -> f64 {
        let Some(Book { spot: (law, flow), is_redeemed: true, .. }) = &self.tokens[issuer] else { return 0.0 };
        let fading = (-flow.fading(law, seconds)).max(0.0);
        fading.min(flow.room(law, 1.0, limit)) * law.depth_1pct_usd
    }

    /// Arbitrage takes that many USD at redemption value off a token's book.
    pub fn absorb_token(&mut self, issuer: usize, usd: f64) {
        if let Some(Book { spot: (law, flow), .. }) = &mut self.tokens[issuer] {
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

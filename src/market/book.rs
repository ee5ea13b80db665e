//! The two books of a coin, or the one of a token, and what their makers have taken on.
//!
//! **When depth changes**, makers who leave keep what they have taken on, and those who come back quote where they left; all who
//! are there quote together. So a fall of depth moves no price, a round trip of depth moves none either, and what was sold into
//! a thin book weighs on a full one by what it weighs there. Nobody can pump money out of it: with `W(u)` the integral of
//! `price - 1` from 0 to u, trading costs what `depth W(u)` summed over those there and those away grows, W is convex, and
//! so pooling and decay only lower the sum.

use super::Side;
use super::law::{self, Flow};
use super::stress::StressState;
use crate::price::Hours;
use crate::scenario::{ImpactLaw, Market};

/// One order book.
#[derive(Clone, Copy, Debug)]
pub(super) struct OrderBook {
    pub(super) law: ImpactLaw,
    /// What makers have taken on who quote.
    pub(super) flow: Flow,
    /// What those had taken on who have withdrawn.
    away: Flow,
}

impl OrderBook {
    fn quiet(law: ImpactLaw) -> Self {
        Self { law, flow: Flow::default(), away: Flow::default() }
    }

    fn reset(&mut self) {
        (self.flow, self.away) = (Flow::default(), Flow::default());
    }

    pub(super) fn factor(&self) -> f64 {
        self.flow.factor(&self.law)
    }

    fn decay(&mut self, seconds: f64) {
        self.flow.decay(&self.law, seconds);
        self.away.decay(&self.law, seconds);
    }

    /// Depth goes from one multiple of the calm one to another. Makers beyond the calm depth come quoting the exogenous price
    /// and leave for good.
    fn redepth(&mut self, from: f64, to: f64) {
        let (calm_from, calm_to) = (from.min(1.0), to.min(1.0));
        if calm_to < calm_from {
            self.away = self.away.pooled(1.0 - calm_from, self.flow, calm_from - calm_to);
        }
        if to > from {
            let back = self.flow.pooled(from, self.away, calm_to - calm_from);
            let fresh = to - from - (calm_to - calm_from);
            self.flow = back.pooled(to - fresh, Flow::default(), fresh);
        }
    }
}

/// One coin's pair of books (or a token's single one, as `spot`).
#[derive(Clone, Debug)]
pub(super) struct Book {
    pub(super) spot: OrderBook,
    pub(super) perp: Option<OrderBook>,
    arbitrage_share: f64,
    arbitrage_half_life: f64,
    /// When impact decays, if not always.
    redemption: Option<Hours>,
    /// Whether selling is absorbed by redemption ([`super::Markets::absorb_token`]) and not by time.
    pub(super) is_redeemed: bool,
    /// Depth now, as a multiple of the calm one: what shocks have left times what stress has.
    depth: f64,
    shocked: f64,
    shock_half_life: f64,
    stress: Option<StressState>,
    /// Net flow of the step in USD.
    step_usd: f64,
}

impl Book {
    pub(super) fn of(market: &Market, opening_usd: f64) -> Self {
        Self {
            perp: market.perp.map(OrderBook::quiet),
            arbitrage_share: market.arbitrage_share,
            arbitrage_half_life: market.arbitrage_half_life,
            redemption: market.redemption.clone(),
            stress: market.stress.map(|terms| StressState::new(terms, opening_usd)),
            ..Self::single(market.spot, false)
        }
    }

    pub(super) fn single(law: ImpactLaw, is_redeemed: bool) -> Self {
        Self {
            spot: OrderBook::quiet(law),
            perp: None,
            arbitrage_share: 0.0,
            arbitrage_half_life: f64::INFINITY,
            redemption: None,
            is_redeemed,
            depth: 1.0,
            shocked: 1.0,
            shock_half_life: f64::INFINITY,
            stress: None,
            step_usd: 0.0,
        }
    }

    pub(super) fn reset(&mut self) {
        self.spot.reset();
        self.perp.iter_mut().for_each(OrderBook::reset);
        (self.depth, self.shocked, self.step_usd) = (1.0, 1.0, 0.0);
        self.stress.iter_mut().for_each(StressState::reset);
    }

    /// The book that an order meets, and the other one.
    fn pair(&self, side: Side) -> (&OrderBook, Option<&OrderBook>) {
        match (side, &self.perp) {
            (Side::Perp, Some(perp)) => (perp, Some(&self.spot)),
            (_, perp) => (&self.spot, perp.as_ref()),
        }
    }

    fn seen<'a>(&self, book: &'a OrderBook) -> law::Seen<'a> {
        (&book.law, book.flow, book.law.depth_1pct_usd * self.depth)
    }

    pub(super) fn factor(&self, side: Side) -> f64 {
        self.pair(side).0.factor()
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
    pub(super) fn quote(&self, side: Side, usd: f64) -> (f64, f64) {
        let (law, flow, depth) = self.seen(self.pair(side).0);
        let passed = self.passed_usd(side, usd);
        (flow.mean_factor(law, (usd - passed) / depth), passed)
    }

    /// Price over the exogenous one after an order.
    pub(super) fn last(&self, side: Side, usd: f64) -> f64 {
        let (law, flow, depth) = self.seen(self.pair(side).0);
        flow.after(law, (usd - self.passed_usd(side, usd)) / depth).factor(law)
    }

    pub(super) fn execute(&mut self, side: Side, usd: f64) -> f64 {
        let (mean, passed) = self.quote(side, usd);
        let depth = self.depth;
        let books = match (side, &mut self.perp) {
            (Side::Perp, Some(perp)) => [Some(perp), Some(&mut self.spot)],
            (_, perp) => [Some(&mut self.spot), perp.as_mut()],
        };
        for (book, usd) in books.into_iter().zip([usd - passed, passed]) {
            if let Some(OrderBook { law, flow, .. }) = book {
                flow.add(law, usd / (law.depth_1pct_usd * depth));
            }
        }
        self.step_usd += usd;
        mean
    }

    /// Largest order whose last unit trades at `limit` times the exogenous price: what its own book takes, and what
    /// arbitrage takes to the other one meanwhile.
    pub(super) fn fillable(&self, side: Side, direction: f64, limit: f64) -> f64 {
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
        self.spot.flow.carry(-usd / (self.spot.law.depth_1pct_usd * depth));
        if let Some(OrderBook { law, flow, .. }) = &mut self.perp {
            flow.carry(usd / (law.depth_1pct_usd * depth));
        }
    }

    /// Impact decays and depth changes over a step, at the end of which the exogenous price is `price_usd`.
    pub(super) fn decay(&mut self, from: f64, seconds: f64, price_usd: f64) {
        let absorbing = self.redemption.as_ref().map_or(seconds, |hours| hours.open_seconds(from, from + seconds));
        if !(self.is_redeemed && self.spot.flow.fading(&self.spot.law, absorbing) < 0.0) {
            self.spot.decay(absorbing);
        }
        self.perp.iter_mut().for_each(|perp| perp.decay(absorbing));
        self.tie(1.0 - law::half_life_factor(seconds, self.arbitrage_half_life));
        if self.shocked != 1.0 {
            self.shocked = 1.0 - (1.0 - self.shocked) * law::half_life_factor(seconds, self.shock_half_life);
        }
        let depth_usd = self.calm_depth_usd() * self.depth;
        let stress =
            self.stress.as_mut().map_or(1.0, |stress| stress.step(price_usd, seconds, self.step_usd / depth_usd));
        self.step_usd = 0.0;
        self.redepth(self.shocked * stress);
    }

    /// USD within 1 % of the price in calm, both books.
    fn calm_depth_usd(&self) -> f64 {
        self.spot.law.depth_1pct_usd + self.perp.map_or(0.0, |perp| perp.law.depth_1pct_usd)
    }

    /// A shock multiplies depth, which then recovers.
    pub(super) fn withdraw(&mut self, multiplier: f64, half_life: f64) {
        self.shocked *= multiplier;
        self.shock_half_life = half_life;
        self.redepth(self.depth * multiplier);
    }

    fn redepth(&mut self, depth: f64) {
        if depth != self.depth {
            self.spot.redepth(self.depth, depth);
            self.perp.iter_mut().for_each(|perp| perp.redepth(self.depth, depth));
            self.depth = depth;
        }
    }
}

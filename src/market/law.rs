//! The impact law. With cumulative depth `D (d / 1 %)^g` within a distance d, a net flow of `u = USD / D` depths walks
//! the book to the log-distance `0.01 sign(u) |u|^(1/g)`; `g = 1` is the linear law, `g = 2` the square-root law, which may
//! have a second curve beside it: the larger impact counts. The mean price of an order is the integral of the price over
//! it, so splitting an order changes nothing and proceeds rise with size. The exponential law pays the middle of the
//! prices before and after instead: proceeds rise with size, but parts of an order bring less than the whole.

use super::integral::integral;
use crate::scenario::{ImpactLaw, PaidPrice};

/// The net flow that a book has still to absorb, in depths; positive pushes the price up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flow {
    permanent: f64,
    temporary: f64,
}

/// Flows below this are no flow: 1e-9 of the depth.
const QUIET: f64 = 1e-9;

/// `2^(-seconds / half_life)`.
#[must_use]
pub fn half_life_factor(seconds: f64, half_life: f64) -> f64 {
    if half_life.is_infinite() { 1.0 } else { libm::exp2(-seconds / half_life) }
}

/// Log-distance of the price at a net flow, with its sign.
pub(super) fn log_impact(law: &ImpactLaw, depths: f64) -> f64 {
    if depths == 0.0 {
        return 0.0;
    }
    let along = |depths: f64, exponent: f64| {
        if exponent == 1.0 { depths } else { libm::pow(depths, 1.0 / exponent) }
    };
    let size = along(depths.abs(), law.exponent);
    let size = law.beside.map_or(size, |curve| size.max(along(depths.abs() * curve.ratio, curve.exponent)));
    0.01 * size.copysign(depths)
}

/// The flow that stands at that log-distance: the inverse of [`log_impact`].
fn depths_at(law: &ImpactLaw, log_impact: f64) -> f64 {
    let size = libm::pow(log_impact.abs() * 100.0, law.exponent);
    let beside = law.beside.map(|curve| libm::pow(log_impact.abs() * 100.0, curve.exponent) / curve.ratio);
    beside.map_or(size, |beside| size.min(beside)).copysign(log_impact)
}

impl Flow {
    fn net(self) -> f64 {
        self.permanent + self.temporary
    }

    /// Price over the exogenous price.
    #[must_use]
    pub fn factor(self, law: &ImpactLaw) -> f64 {
        if self.net() == 0.0 { 1.0 } else { libm::exp(log_impact(law, self.net())) }
    }

    /// Adds an order of that many depths.
    pub fn add(&mut self, law: &ImpactLaw, depths: f64) {
        self.permanent += depths * law.permanent_share;
        self.temporary += depths * (1.0 - law.permanent_share);
    }

    /// Lets the temporary part decay.
    pub fn decay(&mut self, law: &ImpactLaw, seconds: f64) {
        if self.temporary != 0.0 {
            self.temporary *= half_life_factor(seconds, law.recovery_half_life);
            if self.temporary.abs() < QUIET {
                self.temporary = 0.0;
            }
        }
    }

    /// Depths by which the temporary part would decay, with the sign of the flow.
    #[must_use]
    pub fn fading(self, law: &ImpactLaw, seconds: f64) -> f64 {
        self.temporary * (1.0 - half_life_factor(seconds, law.recovery_half_life))
    }

    /// Moves depths out of (negative: into) the temporary part: what arbitrage carries from one book to another.
    pub fn carry(&mut self, depths: f64) {
        self.temporary -= depths;
    }

    /// The flow of makers who stand together at one price, of a book of which this share stood at this flow and that share at the
    /// other: flow is what they have taken on, and adds up.
    #[must_use]
    pub fn pooled(self, share: f64, other: Self, other_share: f64) -> Self {
        let mean = |a: f64, b: f64| (a * share + b * other_share) / (share + other_share);
        Self { permanent: mean(self.permanent, other.permanent), temporary: mean(self.temporary, other.temporary) }
    }

    /// The same flow after an order of that many depths.
    #[must_use]
    pub fn after(mut self, law: &ImpactLaw, depths: f64) -> Self {
        self.add(law, depths);
        self
    }

    /// Mean price over the exogenous price for an order of that many depths, starting now.
    #[must_use]
    pub fn mean_factor(self, law: &ImpactLaw, depths: f64) -> f64 {
        let (from, to) = (self.net(), self.net() + depths);
        if from == to {
            return self.factor(law);
        }
        if law.paid == PaidPrice::Middle {
            return f64::midpoint(self.factor(law), self.after(law, depths).factor(law));
        }
        if from * to < 0.0 {
            return (integral(law, from, 0.0) + integral(law, 0.0, to)) / (to - from);
        }
        integral(law, from, to) / (to - from)
    }

    /// Depths, without sign, that can be taken in `direction` until the price factor stands at `limit`.
    #[must_use]
    pub fn room(self, law: &ImpactLaw, direction: f64, limit: f64) -> f64 {
        debug_assert!(direction.abs() == 1.0, "a direction is 1 or -1, not {direction}");
        ((depths_at(law, libm::log(limit)) - self.net()) * direction).max(0.0)
    }
}

/// A book as arbitrage sees it: its law, its flow, its depth now in USD.
pub type Seen<'a> = (&'a ImpactLaw, Flow, f64);

/// Flow in USD that arbitrage carries from one book to another to close that share of the gap between their log-prices.
/// What leaves one arrives at the other, so the other never moves beyond the first.
#[must_use]
pub fn arbitrage_usd(from: Seen, to: Seen, share: f64) -> f64 {
    let ((law, flow, depth), (to_law, to_flow, to_depth)) = (from, to);
    let there = log_impact(to_law, to_flow.net());
    let gap = log_impact(law, flow.net()) - there;
    if gap.abs() < 1e-9 || share <= 0.0 {
        return 0.0;
    }
    let left = |usd: f64| {
        log_impact(law, flow.net() - usd / depth)
            - log_impact(to_law, to_flow.net() + usd / to_depth)
            - (1.0 - share) * gap
    };
    let all = (flow.net() - depths_at(law, there)) * depth;
    root(left, (0.0, gap * share), (all, left(all)))
}

/// Root of a monotone function between two points at which its signs differ, by the Illinois variant of false position.
fn root(f: impl Fn(f64) -> f64, mut low: (f64, f64), mut high: (f64, f64)) -> f64 {
    const STEPS: u32 = 60;
    for _ in 0..STEPS {
        if high.1 == 0.0 || low.1 * high.1 > 0.0 {
            return high.0;
        }
        let next = high.0 - high.1 * (high.0 - low.0) / (high.1 - low.1);
        let value = f(next);
        if value.abs() < 1e-9 {
            return next;
        }
        if value * high.1 < 0.0 {
            low = high;
        } else {
            low.1 /= 2.0;
        }
        high = (next, value);
    }
    high.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(exponent: f64) -> ImpactLaw {
        let (beside, paid) = (None, PaidPrice::Path);
        ImpactLaw { depth_1pct_usd: 1e6, exponent, beside, paid, permanent_share: 0.3, recovery_half_life: 3600.0 }
    }

    #[test]
    fn one_depth_is_one_per_cent_for_every_exponent() {
        for exponent in [0.5, 0.67, 1.0] {
            let mut flow = Flow::default();
            flow.add(&law(exponent), -1.0);
            assert!((libm::log(flow.factor(&law(exponent))) + 0.01).abs() < 1e-12);
        }
    }

    #[test]
    fn splitting_an_order_changes_neither_price_nor_proceeds() {
        let law = law(0.75);
        let whole = Flow::default().mean_factor(&law, -3.0) * 3.0;
        let (mut flow, mut parts) = (Flow::default(), 0.0);
        for _ in 0..3 {
            parts += flow.mean_factor(&law, -1.0);
            flow.add(&law, -1.0);
        }
        assert!((whole / parts - 1.0).abs() < 2e-6, "{whole} {parts}: beyond the error of the quadrature");
    }

    #[test]
    fn proceeds_rise_with_size() {
        let law = law(0.5);
        let proceeds = |u: f64| Flow::default().mean_factor(&law, -u) * u;
        assert!((1..200).all(|i| proceeds(f64::from(i) / 10.0) < proceeds(f64::from(i + 1) / 10.0)));
    }

    #[test]
    fn room_is_what_moves_the_price_to_the_limit() {
        let law = law(0.6);
        let mut flow = Flow::default();
        flow.add(&law, -0.7);
        let room = flow.room(&law, -1.0, 0.95);
        flow.add(&law, -room);
        assert!((flow.factor(&law) - 0.95).abs() < 1e-12);
        assert_eq!(flow.room(&law, -1.0, 0.96), 0.0);
    }

    #[test]
    fn arbitrage_closes_the_gap_and_never_overshoots() {
        let (thick, thin) = (law(0.77), law(0.67));
        let sold = Flow::default().after(&thick, -5.0);
        for share in [0.3, 1.0] {
            let usd = arbitrage_usd((&thick, sold, 1e6), (&thin, Flow::default(), 1e5), share);
            let (mut from, mut to) = (sold, Flow::default());
            from.carry(usd / 1e6);
            to.carry(-usd / 1e5);
            let before = libm::log(sold.factor(&thick));
            let gap = libm::log(from.factor(&thick)) - libm::log(to.factor(&thin));
            assert!((gap - (1.0 - share) * before).abs() < 1e-8, "{share}: {gap} {before}");
            assert!(from.factor(&thick) > sold.factor(&thick) && to.factor(&thin) < 1.0);
        }
    }

    #[test]
    fn the_permanent_share_stays() {
        let law = law(1.0);
        let mut flow = Flow::default();
        flow.add(&law, -1.0);
        flow.decay(&law, 1e9);
        assert!((libm::log(flow.factor(&law)) + 0.003).abs() < 1e-12);
    }
}

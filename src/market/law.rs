//! The impact law. With cumulative depth `D (d / 1 %)^g` within a distance d, a net flow of `u = USD / D` depths walks
//! the book to the log-distance `0.01 sign(u) |u|^(1/g)`; `g = 1` is the linear law. The mean price of an order is the
//! integral of the price over it, so splitting an order changes nothing and proceeds rise with size.

use crate::scenario::ImpactLaw;

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

fn log_impact(law: &ImpactLaw, depths: f64) -> f64 {
    if depths == 0.0 {
        return 0.0;
    }
    let size = if law.exponent == 1.0 { depths.abs() } else { libm::pow(depths.abs(), 1.0 / law.exponent) };
    0.01 * size.copysign(depths)
}

/// The flow that stands at that log-distance: the inverse of [`log_impact`].
fn depths_at(law: &ImpactLaw, log_impact: f64) -> f64 {
    libm::pow(log_impact.abs() * 100.0, law.exponent).copysign(log_impact)
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

    /// Arbitrage: trades the two books towards each other until that share of the gap between their log-prices is
    /// closed, half from each side.
    pub fn approach(&mut self, other: &mut Self, law: &ImpactLaw, other_law: &ImpactLaw, share: f64) {
        let (mine, theirs) = (log_impact(law, self.net()), log_impact(other_law, other.net()));
        let gap = theirs - mine;
        if gap.abs() < 1e-9 || share == 0.0 {
            return;
        }
        let move_each = gap * share / 2.0;
        self.temporary += depths_at(law, mine + move_each) - self.net();
        other.temporary += depths_at(other_law, theirs - move_each) - other.net();
    }

    /// Mean price over the exogenous price for an order of that many depths, starting now.
    #[must_use]
    pub fn mean_factor(self, law: &ImpactLaw, depths: f64) -> f64 {
        let (from, to) = (self.net(), self.net() + depths);
        if from == to {
            return self.factor(law);
        }
        if from * to < 0.0 {
            return (integral(law, from, 0.0) + integral(law, 0.0, to)) / (to - from);
        }
        integral(law, from, to) / (to - from)
    }

    /// Depths, without sign, that can be taken in `direction` until the price factor stands at `limit`.
    #[must_use]
    pub fn room(self, law: &ImpactLaw, direction: f64, limit: f64) -> f64 {
        ((depths_at(law, libm::log(limit)) - self.net()) * direction).max(0.0)
    }
}

/// Nodes and weights of the five-point Gauss-Legendre rule on [-1, 1].
const GAUSS: [(f64, f64); 5] = [
    (-0.906_179_845_938_664, 0.236_926_885_056_189_08),
    (-0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
    (0.0, 0.568_888_888_888_888_9),
    (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
    (0.906_179_845_938_664, 0.236_926_885_056_189_08),
];

/// Integral of the price factor from one net flow to another.
fn integral(law: &ImpactLaw, from: f64, to: f64) -> f64 {
    let (middle, half) = (f64::midpoint(from, to), (to - from) / 2.0);
    half * GAUSS.iter().map(|(x, w)| w * libm::exp(log_impact(law, middle + half * x))).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(exponent: f64) -> ImpactLaw {
        ImpactLaw { depth_1pct_usd: 1e6, exponent, permanent_share: 0.3, recovery_half_life: 3600.0 }
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
        assert!((whole - parts).abs() < 1e-7, "{whole} {parts}");
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
    fn the_permanent_share_stays() {
        let law = law(1.0);
        let mut flow = Flow::default();
        flow.add(&law, -1.0);
        flow.decay(&law, 1e9);
        assert!((libm::log(flow.factor(&law)) + 0.003).abs() < 1e-12);
    }
}

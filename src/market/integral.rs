//! What an order is paid: the integral of `exp(impact)` over the flow that it adds.
//!
//! Where the price moves by less than a factor of e and the curve is smooth, five-point Gauss-Legendre. Elsewhere in closed form:
//! along a curve of exponent g, `integral of exp(x) from 0 to u = u M(g, g + 1, x)` with x the (signed) log-distance at u and
//! M Kummer's function (substitute `v = u s^g`; Abramowitz and Stegun 13.2.1). A sale of whatever size so brings at most
//! `D 100^g Gamma(g + 1)`, all the bids that there are, and a larger one never less.

use super::law::log_impact;
use crate::scenario::{Curve, ImpactLaw};

/// Nodes and weights of the five-point Gauss-Legendre rule on [-1, 1].
const GAUSS: [(f64, f64); 5] = [
    (-0.906_179_845_938_664, 0.236_926_885_056_189_08),
    (-0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
    (0.0, 0.568_888_888_888_888_9),
    (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
    (0.906_179_845_938_664, 0.236_926_885_056_189_08),
];

/// Integral of the price factor from one net flow to another of the same sign (or none).
pub(super) fn integral(law: &ImpactLaw, from: f64, to: f64) -> f64 {
    if let Some(kink) = kink(law).map(|kink| kink.copysign(from + to))
        && (from < kink) != (to < kink)
        && from != kink
        && to != kink
    {
        return integral(law, from, kink) + integral(law, kink, to);
    }
    let starts_smooth = law.exponent <= 1.0 && law.beside.is_none();
    if starts_smooth || 2.0 * from.abs().min(to.abs()) >= from.abs().max(to.abs()) {
        let (middle, half) = (f64::midpoint(from, to), (to - from) / 2.0);
        let at = GAUSS.map(|(x, _)| log_impact(law, middle + half * x));
        if (at[4] - at[0]).abs() <= 1.0 {
            return half * GAUSS.iter().zip(at).map(|((_, w), x)| w * libm::exp(x)).sum::<f64>();
        }
    }
    walked(law, to) - walked(law, from)
}

/// Flow, without sign, at which the two curves of a law cross; none if it has one or they never do.
fn kink(law: &ImpactLaw) -> Option<f64> {
    let beside = law.beside.filter(|beside| beside.exponent != law.exponent)?;
    Some(libm::pow(beside.ratio, 1.0 / (beside.exponent / law.exponent - 1.0)))
}

/// Integral of the price factor from no flow.
fn walked(law: &ImpactLaw, to: f64) -> f64 {
    let main = Curve { ratio: 1.0, exponent: law.exponent };
    let size = to.abs();
    let along = |curve: Curve, size: f64| {
        let x = 0.01 * libm::pow(curve.ratio * size, 1.0 / curve.exponent);
        size * kummer(curve.exponent, x.copysign(to))
    };
    let value = match (law.beside, kink(law)) {
        (None, _) => along(main, size),
        (Some(beside), None) => along(if beside.ratio > 1.0 { beside } else { main }, size),
        (Some(beside), Some(kink)) => {
            // The curve with the smaller exponent is the flatter one near zero and the steeper one beyond.
            let (near, far) = if main.exponent > beside.exponent { (main, beside) } else { (beside, main) };
            let within = along(near, size.min(kink));
            if size > kink { within + along(far, size) - along(far, kink) } else { within }
        }
    };
    value.copysign(to)
}

/// Kummer's `M(g, g + 1, x) = g sum x^k / (k! (g + k))`.
fn kummer(g: f64, x: f64) -> f64 {
    const SMALL: f64 = 1e-17;
    let (mut sum, mut term, mut k) = (0.0, 1.0_f64, 0.0);
    if x > 0.0 {
        while term.is_finite() && (k <= x || term > SMALL * sum) {
            sum += term * g / (g + k);
            k += 1.0;
            term *= x / k;
        }
        return if term.is_finite() { sum } else { f64::INFINITY };
    }
    let x = -x;
    if x > 40.0 + 2.0 * g {
        return libm::tgamma(g + 1.0) * libm::pow(x, -g);
    }
    // Kummer's transformation: all terms of one sign.
    while k <= x || term > SMALL * sum {
        sum += term;
        k += 1.0;
        term *= x / (g + k);
    }
    sum * libm::exp(-x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kummer_is_what_it_is_in_closed_form() {
        for x in [-90.0, -41.9, -40.0, -7.0, -0.3, 0.0, 0.2, 5.0, 60.0] {
            let linear = if x == 0.0 { 1.0 } else { libm::expm1(x) / x };
            assert!((kummer(1.0, x) / linear - 1.0).abs() < 1e-13, "g = 1, x = {x}");
            let square = if x == 0.0 { 1.0 } else { 2.0 * (libm::exp(x) * (x - 1.0) + 1.0) / (x * x) };
            assert!((kummer(2.0, x) / square - 1.0).abs() < 1e-12, "g = 2, x = {x}");
            if x < 0.0 {
                let root = libm::sqrt(-x);
                let half = libm::sqrt(std::f64::consts::PI) / 2.0 * libm::erf(root) / root;
                assert!((kummer(0.5, x) / half - 1.0).abs() < 1e-13, "g = 0.5, x = {x}");
            }
        }
    }
}

//! Student's t distribution: tail probabilities, the standard normal of equal probability, and the incomplete beta
//! function that they are made of.

use super::inverse_normal;
use std::f64::consts::PI;

/// Degrees up to which the gamma function has all its digits; above, its logarithm serves.
const MOST_OF_GAMMA: f64 = 300.0;

/// Student's t law, to about 1e-14 of the tail for 1 to 300 degrees of freedom, and to 1e-12 up to 1,000.
#[derive(Clone, Debug)]
pub struct Student {
    degrees: f64,
    /// `1 / B(degrees / 2, 1 / 2)`.
    per_beta: f64,
}

impl Student {
    /// Of so many degrees of freedom, more than 0.
    #[must_use]
    pub fn of(degrees: f64) -> Self {
        let shape = 0.5 * degrees;
        let per_beta = if degrees <= MOST_OF_GAMMA {
            libm::tgamma(shape + 0.5) / (libm::tgamma(shape) * libm::sqrt(PI))
        } else {
            libm::exp(libm::lgamma(shape + 0.5) - libm::lgamma(shape)) / libm::sqrt(PI)
        };
        Self { degrees, per_beta }
    }

    /// The probability above `x`, which is 0 or more: half the regularised incomplete beta function of
    /// `degrees / (degrees + x^2)`, by whichever continued fraction converges fast (Abramowitz and Stegun 26.5.27).
    #[must_use]
    pub fn tail(&self, x: f64) -> f64 {
        let (shape, square) = (0.5 * self.degrees, x * x / self.degrees);
        let near = 1.0 / (1.0 + square);
        let far = square / (1.0 + square);
        // near^shape far^(1/2) / B(shape, 1/2)
        let front = libm::exp(-shape * libm::log1p(square)) * libm::sqrt(far) * self.per_beta;
        if near * (shape + 2.5) < shape + 1.0 {
            0.5 * front * beta_fraction(shape, 0.5, near) / shape
        } else {
            0.5 - front * beta_fraction(0.5, shape, far)
        }
    }

    /// The standard normal with the same probability below it as `x`.
    #[must_use]
    pub fn normal_score(&self, x: f64) -> f64 {
        let score = -inverse_normal(self.tail(x.abs()).max(f64::MIN_POSITIVE));
        score.copysign(x)
    }
}

/// The continued fraction of the incomplete beta function `B_x(a, b) a / (x^a (1 - x)^b)` (Abramowitz and Stegun 26.5.8), by
/// Lentz's method; it converges in some `sqrt(max(a, b))` terms where `x < (a + 1) / (a + b + 2)`.
#[must_use]
pub fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const MOST_TERMS: i32 = 10_000;
    let mut above = 1.0;
    let mut below = 1.0 / (1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = below;
    for term in 1..MOST_TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for coefficient in [even, odd] {
            below = 1.0 / (1.0 + coefficient * below);
            above = 1.0 + coefficient / above;
            fraction *= above * below;
        }
        if (above * below - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

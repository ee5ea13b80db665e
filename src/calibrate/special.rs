//! Distribution functions that likelihoods and tests of fit need, both tails of each, so that neither loses its digits.

use crate::random::inverse_normal;
use std::f64::consts::{PI, SQRT_2};

/// The least probability that a score is taken of: 37 standard deviations.
const LEAST: f64 = 1e-300;

/// Probability below and above a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tails {
    /// At or below.
    pub below: f64,
    /// Above.
    pub above: f64,
}

impl Tails {
    /// Of a standard normal.
    #[must_use]
    pub fn normal(z: f64) -> Self {
        Self { below: 0.5 * libm::erfc(-z / SQRT_2), above: 0.5 * libm::erfc(z / SQRT_2) }
    }

    /// Of Student's t.
    #[must_use]
    pub fn student(t: f64, degrees: f64) -> Self {
        let half = 0.5 * beta_share(0.5 * degrees, 0.5, degrees / (degrees + t * t));
        if t > 0.0 { Self { below: 1.0 - half, above: half } } else { Self { below: half, above: 1.0 - half } }
    }

    /// The same with this weight, added to others.
    #[must_use]
    pub fn plus(self, weight: f64, other: Self) -> Self {
        Self { below: self.below + weight * other.below, above: self.above + weight * other.above }
    }

    /// The standard normal that has the same tails.
    #[must_use]
    pub fn score(self) -> f64 {
        let total = self.below + self.above;
        if self.below <= self.above {
            inverse_normal((self.below / total).max(LEAST))
        } else {
            -inverse_normal((self.above / total).max(LEAST))
        }
    }
}

/// Density of a normal, given its distance from the mean and its variance.
#[must_use]
pub fn normal_density(x: f64, variance: f64) -> f64 {
    libm::exp(-0.5 * x * x / variance) / libm::sqrt(2.0 * PI * variance)
}

/// The regularised incomplete beta function `I_x(a, b)` by its continued fraction (Abramowitz and Stegun 26.5.8, with
/// the method of Lentz).
#[must_use]
pub fn beta_share(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front =
        libm::exp(libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log1p(-x));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, 1.0 - x) / b
    }
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const ROUNDS: usize = 10_000;
    let safe = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut above = 1.0;
    let mut below = 1.0 / safe(1.0 - (a + b) * x / (a + 1.0));
    let mut value = below;
    for m in 1..ROUNDS {
        let m = m as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        below = 1.0 / safe(1.0 + even * below);
        above = safe(1.0 + even / above);
        value *= below * above;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        below = 1.0 / safe(1.0 + odd * below);
        above = safe(1.0 + odd / above);
        let change = below * above;
        value *= change;
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// The value that a share `p` of a beta distribution lies below, by bisection.
#[must_use]
pub fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if beta_share(a, b, middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Probability that a chi-square of an even number of degrees is above a value: a Poisson sum.
///
/// # Panics
/// If the degrees are odd.
#[must_use]
pub fn chi_square_above(value: f64, degrees: usize) -> f64 {
    assert!(degrees.is_multiple_of(2), "{degrees} degrees of freedom are not even");
    let half = 0.5 * value;
    let mut term = libm::exp(-half);
    let mut sum = 0.0;
    for k in 0..degrees / 2 {
        sum += term;
        term *= half / (k + 1) as f64;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(left: f64, right: f64, relative: f64) {
        assert!((left - right).abs() <= relative * right.abs(), "{left} is not {right}");
    }

    #[test]
    fn tails_are_those_of_tables() {
        near(Tails::normal(1.959_963_984_540_054).above, 0.025, 1e-13);
        near(Tails::normal(-10.0).below, 7.619_853_024_160_527e-24, 1e-12);
        // t of 1 degree is Cauchy; of 2 degrees it has a closed form; 2.228 is the 97.5 % point for 10 degrees.
        near(Tails::student(1.0, 1.0).above, 0.25, 1e-13);
        near(Tails::student(-3.0, 2.0).below, 0.5 - 3.0 / (2.0 * libm::sqrt(11.0)), 1e-12);
        near(Tails::student(2.228_138_851_964_939, 10.0).above, 0.025, 1e-9);
        near(Tails::student(1e8, 1.0).above, 1.0 / (PI * 1e8), 1e-6);
        for z in [-20.0, -3.0, 0.0, 0.5, 8.0, 30.0] {
            assert!((Tails::normal(z).score() - z).abs() < 1e-9, "{z}");
        }
    }

    #[test]
    fn betas_are_order_statistics_of_uniforms() {
        near(beta_share(1.0, 5.0, 0.3), 1.0 - libm::pow(0.7, 5.0), 1e-13);
        near(beta_share(2.0, 3.0, 0.4), 0.5248, 1e-13);
        near(beta_quantile(1.0, 100.0, 0.025), 1.0 - libm::pow(0.975, 0.01), 1e-9);
        near(beta_quantile(500.0, 501.0, 0.5), 0.5 - 1.0 / (6.0 * 1000.0), 1e-2);
    }

    #[test]
    fn chi_squares_are_those_of_tables() {
        near(chi_square_above(31.410_432_844_230_92, 20), 0.05, 1e-9);
        near(chi_square_above(2.0 * std::f64::consts::LN_2, 2), 0.5, 1e-13);
    }
}

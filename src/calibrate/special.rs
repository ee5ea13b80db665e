//! Distribution functions that likelihoods and tests of fit need, both tails of each, so that neither loses its digits.

use crate::random::student::{Student, beta_fraction};
use crate::random::{inverse_normal, normal_cdf};
use std::f64::consts::PI;

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
        Self { below: normal_cdf(z), above: normal_cdf(-z) }
    }

    /// Of Student's t.
    #[must_use]
    pub fn student(t: f64, law: &Student) -> Self {
        let tail = law.tail(t.abs());
        if t > 0.0 { Self { below: 1.0 - tail, above: tail } } else { Self { below: tail, above: 1.0 - tail } }
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

/// The regularised incomplete beta function `I_x(a, b)` by its continued fraction.
#[must_use]
pub fn beta_share(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front =
        libm::exp(libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log1p(-x));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
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
        let student = |t, degrees| Tails::student(t, &Student::of(degrees));
        near(student(1.0, 1.0).above, 0.25, 1e-13);
        near(student(-3.0, 2.0).below, 0.5 - 3.0 / (2.0 * libm::sqrt(11.0)), 1e-12);
        near(student(2.228_138_851_964_939, 10.0).above, 0.025, 1e-9);
        near(student(1e8, 1.0).above, 1.0 / (PI * 1e8), 1e-6);
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

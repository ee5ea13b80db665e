//! The laws that owners are drawn from: wealth, leverage, choice of contracts. Every owner takes the same number of
//! draws, so more owners in a cohort leave the first ones as they were.

use crate::random::{inverse_normal, normal_cdf, uniform};
use crate::scenario::{LeverageSpec, WealthSpec};
use rand::Rng;

/// Draws a wealth in USD: the law conditioned on not exceeding its maximum.
pub fn wealth_usd<R: Rng>(law: &WealthSpec, rng: &mut R) -> f64 {
    let u = uniform(rng);
    match law {
        WealthSpec::Fixed { usd } => usd.get(),
        WealthSpec::Lognormal { median_usd, sigma, max_usd } => {
            lognormal(median_usd.get(), sigma.get(), max_usd.get(), u)
        }
        WealthSpec::Pareto { min_usd, alpha, max_usd } => {
            let (min, alpha) = (min_usd.get(), alpha.get());
            let beyond = libm::pow(min / max_usd.get(), alpha);
            min * libm::pow(1.0 - u * (1.0 - beyond), -1.0 / alpha)
        }
    }
}

/// Draws a leverage.
pub fn leverage<R: Rng>(law: &LeverageSpec, rng: &mut R) -> f64 {
    let (u, v) = (uniform(rng), uniform(rng));
    match law {
        LeverageSpec::Fixed { x } => x.get(),
        LeverageSpec::Lognormal { median, sigma, max } => lognormal(median.get(), sigma.get(), max.get(), u),
        LeverageSpec::Histogram { edges, weights } => {
            let bin = choose(weights.iter().map(|w| w.get()), u);
            let (low, high) = (edges[bin].get(), edges[bin + 1].get());
            low * libm::pow(high / low, v)
        }
    }
}

/// Draws `count` different entries of a weighted table, without replacement.
pub fn choose_several<R: Rng>(table: &[(usize, f64)], count: usize, rng: &mut R) -> Vec<usize> {
    let mut left = table.to_vec();
    (0..count)
        .map(|_| {
            let i = choose(left.iter().map(|(_, w)| *w), uniform(rng));
            left.remove(i).0
        })
        .collect()
}

fn lognormal(median: f64, sigma: f64, max: f64, u: f64) -> f64 {
    let below_max = normal_cdf(libm::log(max / median) / sigma);
    median * libm::exp(sigma * inverse_normal(u * below_max))
}

fn choose(weights: impl Iterator<Item = f64> + Clone, u: f64) -> usize {
    let total: f64 = weights.clone().sum();
    let mut left = u * total;
    let mut last = 0;
    for (i, weight) in weights.enumerate().filter(|(_, w)| *w > 0.0) {
        last = i;
        left -= weight;
        if left < 0.0 {
            break;
        }
    }
    last
}

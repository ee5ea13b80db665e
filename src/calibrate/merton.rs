//! Merton's jump diffusion: the log return of a bar is a mixture over the number of jumps in it,
//!
//! ```text
//! f(x) = sum_n e^-m m^n / n! N(x; a + n mu, s^2 + n d^2),    m = jumps_per_year dt,  s = volatility sqrt(dt)
//! ```
//!
//! with `a = (drift - volatility^2 / 2 - jumps_per_year (e^(mu + d^2 / 2) - 1)) dt`. The likelihood of such a mixture
//! has no upper bound: with `s -> 0` and `a` on one of the returns it grows without end (Kiefer 1978; Honore 1998). So
//! `s` is kept above a fifth of the returns' robust scale, where no sensible law lies, and `m` between a fifth of a jump in
//! all the data and two a bar.

use super::optimise::{Range, maximise};
use super::special::{Tails, normal_density};
use super::{Fit, LAGS, Series, flaws, mean, numbers, scale, variance};

/// Centre and deviation of a bar without jump, jumps a bar, mean and deviation of a log jump.
const NAMES: [&str; 5] = ["drift", "volatility_per_year", "jumps_per_year", "jump_mean", "jump_deviation"];

pub(super) fn fit(series: &Series<'_>) -> Fit {
    let (returns, years) = (series.returns, series.years);
    let (unit, n) = (scale(returns), returns.len() as f64);
    let wide = libm::sqrt(variance(returns)).max(unit);
    let ranges = [
        Range::Free(unit / libm::sqrt(n)),
        Range::Log(0.2 * unit, 3.0 * wide),
        Range::Log(0.2 / n, 2.0),
        Range::Free(unit),
        Range::Log(0.2 * unit, 50.0 * wide),
    ];
    let best = maximise(&ranges, &starts(returns, unit), |p| {
        let terms = terms(p);
        returns.iter().map(|x| libm::log(density(&terms, *x))).sum()
    });
    let root = libm::sqrt(years);
    let jump = |p: &[f64]| libm::expm1(p[3] + 0.5 * p[4] * p[4]);
    let numbers = numbers(
        &best,
        &[
            ("volatility_per_year", &|p| p[1] / root),
            ("jumps_per_year", &|p| p[2] / years),
            ("jump_mean", &|p| p[3]),
            ("jump_deviation", &|p| p[4]),
            ("drift_per_year", &|p| (p[0] + 0.5 * p[1] * p[1] + p[2] * jump(p)) / years),
        ],
    );
    let terms = terms(&best.at);
    let score = |x: &f64| {
        let none = Tails { below: 0.0, above: 0.0 };
        terms
            .iter()
            .fold(none, |sum, t| sum.plus(t.weight, Tails::normal((x - t.centre) / libm::sqrt(t.variance))))
            .score()
    };
    let quiet = |x: &f64| terms[0].density(*x) / density(&terms, *x);
    Fit {
        numbers,
        flaws: flaws(&best, &NAMES),
        log_likelihood: best.log_likelihood,
        parameters: ranges.len(),
        scores: returns.iter().map(score).collect(),
        implied: Some(vec![0.0; LAGS]),
        jumped: Some(returns.iter().map(|x| 1.0 - quiet(x)).collect()),
        variance_now: None,
    }
}

/// Rare large jumps, rarer larger ones, frequent small ones. Shared with the law of Kou.
pub(super) fn starts(returns: &[f64], unit: f64) -> Vec<Vec<f64>> {
    let (centre, n) = (mean(returns), returns.len() as f64);
    let beyond = |widths: f64| {
        let jumps: Vec<f64> = returns.iter().map(|x| x - centre).filter(|x| x.abs() > widths * unit).collect();
        let size =
            if jumps.is_empty() { widths * unit } else { libm::sqrt(variance(&jumps) + mean(&jumps) * mean(&jumps)) };
        vec![centre, unit, (jumps.len().max(1) as f64 / n).min(1.0), 0.0, size]
    };
    vec![beyond(3.0), beyond(6.0), vec![centre, 0.7 * unit, 0.5, 0.0, 1.5 * unit]]
}

/// A part of the mixture.
struct Term {
    weight: f64,
    centre: f64,
    variance: f64,
    /// `weight / sqrt(2 pi variance)`.
    height: f64,
}

impl Term {
    fn density(&self, x: f64) -> f64 {
        let x = x - self.centre;
        self.height * libm::exp(-0.5 * x * x / self.variance)
    }
}

fn terms(p: &[f64]) -> Vec<Term> {
    let mut weight = libm::exp(-p[2]);
    let mut terms = Vec::new();
    for jumps in 0..60 {
        let n = f64::from(jumps);
        if n > p[2] && weight < 1e-25 {
            break;
        }
        let variance = p[1] * p[1] + n * p[4] * p[4];
        terms.push(Term { weight, centre: p[0] + n * p[3], variance, height: weight * normal_density(0.0, variance) });
        weight *= p[2] / (n + 1.0);
    }
    terms
}

fn density(terms: &[Term], x: f64) -> f64 {
    terms.iter().map(|term| term.density(x)).sum::<f64>().max(f64::MIN_POSITIVE)
}

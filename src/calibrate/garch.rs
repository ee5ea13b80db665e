//! GARCH(1,1) with Student-t innovations, one bar a step:
//!
//! ```text
//! x_t = drift dt - h_t / 2 + sqrt(h_t) e_t,    h_(t+1) = omega + alpha h_t e_t^2 + beta h_t
//! ```
//!
//! `e` is Student's t of `nu` degrees, scaled to unit variance. The search runs over the long-run variance
//! `omega / (1 - alpha - beta)`, the persistence `alpha + beta` below 0.9999 and alpha's share of it. A stretch of bars
//! begins at the long-run variance, as nobody knows what came before.
//!
//! Squares are correlated by `rho_1 = alpha (1 - alpha beta - beta^2) / (1 - 2 alpha beta - beta^2)` and
//! `rho_k = rho_1 (alpha + beta)^(k - 1)` if the fourth moment is finite (Bollerslev 1986), else not at all.

use super::optimise::{Range, maximise};
use super::special::Tails;
use super::{Fit, LAGS, Series, flaws, mean, numbers, scale, variance};
use crate::random::student::Student;
use std::f64::consts::PI;

const NAMES: [&str; 5] = ["drift", "long-run volatility", "alpha + beta", "alpha / (alpha + beta)", "degrees"];

pub(super) fn fit(series: &Series<'_>) -> Fit {
    let (returns, years) = (series.returns, series.years);
    let unit = scale(returns);
    let wide = libm::sqrt(variance(returns)).max(unit);
    let ranges = [
        Range::Free(unit / libm::sqrt(returns.len() as f64)),
        Range::Log(0.2 * unit, 20.0 * wide),
        Range::Between(0.0, 0.9999),
        Range::Between(1e-6, 1.0),
        Range::Log(2.05, 500.0),
    ];
    let centre = mean(returns);
    let start = |persistence: f64, share: f64, degrees: f64| vec![centre, wide, persistence, share, degrees];
    let starts = [start(0.98, 0.06, 5.0), start(0.9, 0.15, 4.0), start(0.5, 0.3, 10.0)];
    let best = maximise(&ranges, &starts, |p| {
        let law = Law::of(p);
        let mut sum = 0.0;
        law.walk(series, |x, h| sum += law.log_density(x, h));
        sum
    });
    let law = Law::of(&best.at);
    let (mut scores, root) = (Vec::with_capacity(returns.len()), libm::sqrt(years));
    let stretch = libm::sqrt(law.degrees / (law.degrees - 2.0));
    let student = Student::of(law.degrees);
    let last = law.walk(series, |x, h| scores.push(Tails::student(x / libm::sqrt(h) * stretch, &student).score()));
    let numbers = numbers(
        &best,
        &[
            ("long_run_volatility_per_year", &|p| p[1] / root),
            ("alpha", &|p| p[2] * p[3]),
            ("beta", &|p| p[2] * (1.0 - p[3])),
            ("degrees", &|p| p[4]),
            ("drift_per_year", &|p| p[0] / years),
        ],
    );
    Fit {
        numbers,
        flaws: flaws(&best, &NAMES),
        log_likelihood: best.log_likelihood,
        parameters: ranges.len(),
        scores,
        implied: law.correlation_of_squares(),
        jumped: None,
        variance_now: Some(last / years),
    }
}

struct Law {
    drift: f64,
    long_run: f64,
    alpha: f64,
    beta: f64,
    degrees: f64,
    /// What the density of a bar has before the parts that vary.
    front: f64,
}

impl Law {
    fn of(p: &[f64]) -> Self {
        let degrees = p[4];
        let front =
            libm::lgamma(0.5 * (degrees + 1.0)) - libm::lgamma(0.5 * degrees) - 0.5 * libm::log(PI * (degrees - 2.0));
        Self { drift: p[0], long_run: p[1] * p[1], alpha: p[2] * p[3], beta: p[2] * (1.0 - p[3]), degrees, front }
    }

    /// Hands over the surprise of each bar and its variance; the variance of the bar to come.
    fn walk(&self, series: &Series<'_>, mut see: impl FnMut(f64, f64)) -> f64 {
        let omega = self.long_run * (1.0 - self.alpha - self.beta);
        let mut h = self.long_run;
        let mut starts = series.starts.iter().peekable();
        for (at, x) in series.returns.iter().enumerate() {
            if starts.next_if(|start| **start == at).is_some() {
                h = self.long_run;
            }
            let surprise = x - self.drift + 0.5 * h;
            see(surprise, h);
            h = omega + self.alpha * surprise * surprise + self.beta * h;
        }
        h
    }

    fn log_density(&self, x: f64, h: f64) -> f64 {
        let tail = libm::log1p(x * x / (h * (self.degrees - 2.0)));
        self.front - 0.5 * libm::log(h) - 0.5 * (self.degrees + 1.0) * tail
    }

    fn correlation_of_squares(&self) -> Option<Vec<f64>> {
        let (a, b) = (self.alpha, self.beta);
        let kurtosis = 3.0 * (self.degrees - 2.0) / (self.degrees - 4.0);
        if self.degrees <= 4.0 || kurtosis * a * a + 2.0 * a * b + b * b >= 1.0 {
            return None;
        }
        let first = a * (1.0 - a * b - b * b) / (1.0 - 2.0 * a * b - b * b);
        Some((0..LAGS).map(|lag| first * libm::pow(a + b, lag as f64)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Squares are an ARMA(1,1) process: its autocorrelation by its moving-average weights, summed.
    #[test]
    fn squares_are_correlated_as_their_moving_average_is() {
        const TERMS: usize = 4_000;
        for (alpha, beta, degrees) in [(0.06, 0.9, 8.0), (0.2, 0.5, 12.0), (0.1, 0.0, 6.0)] {
            let persistence = alpha + beta;
            let law = Law::of(&[0.0, 1.0, persistence, alpha / persistence, degrees]);
            let weight = |k: usize| if k == 0 { 1.0 } else { alpha * libm::pow(persistence, (k - 1) as f64) };
            let weights: Vec<f64> = (0..TERMS).map(weight).collect();
            let covariance = |lag: usize| weights.iter().zip(&weights[lag..]).map(|(a, b)| a * b).sum::<f64>();
            let implied = law.correlation_of_squares().expect("a fourth moment");
            assert_eq!(implied.len(), LAGS);
            for (lag, found) in (1..).zip(implied) {
                assert!((found - covariance(lag) / covariance(0)).abs() < 1e-10, "{alpha} {beta} {lag}: {found}");
            }
        }
        // No fourth moment: of the shock, or of the variance.
        assert!(Law::of(&[0.0, 1.0, 0.96, 0.0625, 4.0]).correlation_of_squares().is_none());
        assert!(Law::of(&[0.0, 1.0, 0.99, 0.25, 8.0]).correlation_of_squares().is_none());
    }
}

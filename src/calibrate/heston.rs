//! Heston's variance, by an approximate filter: its returns have no likelihood in closed form. After Bates (2006,
//! "Maximum likelihood estimation of latent affine processes") the variance given the past is taken as a gamma variable,
//! of which the filter carries mean and variance. With `dt` a bar, over which the variance is its own expected mean,
//!
//! ```text
//! w = theta + (v - theta) (1 - e^(-kappa dt)) / (kappa dt)
//! x | v     ~ N((drift - w / 2) dt, w dt)
//! v' | v, x : mean theta + (v - theta) e^(-kappa dt) + rho sigma e (1 - e^(-kappa dt)) / (kappa dt),   e = x - mean of x
//!             variance (1 - rho^2) sigma^2 w dt (1 - e^(-2 kappa dt)) / (2 kappa dt)
//! ```
//!
//! Sums over `v` run over points even in `ln v`. Two approximations, then: the gamma shape, and variance that is even
//! within a bar; both vanish as bars get shorter, and daily bars are short beside `1 / kappa` of months or weeks. A stretch
//! of bars begins at the stationary law of the variance.
//!
//! Squares of returns are correlated as integrated variances are, whatever `rho` (to first order in `dt`):
//! `cov_k = sigma^2 theta / (2 kappa) ((1 - e^(-kappa dt)) / kappa)^2 e^(-kappa dt (k - 1))`.

use super::optimise::{Range, maximise};
use super::special::Tails;
use super::{Fit, LAGS, Series, flaws, mean, numbers, scale, variance};
use std::f64::consts::TAU;

/// Points over which variances are summed.
const POINTS: usize = 32;

const NAMES: [&str; 5] = [
    "drift",
    "reversion_per_year",
    "long_run_volatility_per_year",
    "volatility_of_variance",
    "spot_variance_correlation",
];

pub(super) fn fit(series: &Series<'_>) -> Fit {
    let (returns, years) = (series.returns, series.years);
    let long = variance(returns).max(scale(returns) * scale(returns)) / years;
    let span = years * returns.len() as f64;
    let ranges = [
        Range::Free(libm::sqrt(long / span)),
        Range::Log(0.1 / span, 0.7 / years),
        Range::Log(0.02 * long, 20.0 * long),
        Range::Log(1e-3 * libm::sqrt(long), libm::sqrt(long / years)),
        Range::Between(-0.99, 0.99),
    ];
    let centre = mean(returns) / years + 0.5 * long;
    // The ratio of the stationary deviation of the variance to its mean is `ratio`.
    let start = |bars: f64, ratio: f64| {
        let kappa = 1.0 / (bars * years);
        vec![centre, kappa, long, ratio * libm::sqrt(2.0 * kappa * long), 0.0]
    };
    let starts = [start(200.0, 0.7), start(30.0, 1.0)];
    let best = maximise(&ranges, &starts, |p| {
        let mut sum = 0.0;
        Filter::of(p, years).walk(series, |_, density, _| sum += libm::log(density));
        sum
    });
    let filter = Filter::of(&best.at, years);
    let mut scores = Vec::with_capacity(returns.len());
    let last = filter.walk(series, |x, _, points| scores.push(filter.tails(x, points).score()));
    let numbers = numbers(
        &best,
        &[
            ("long_run_volatility_per_year", &|p| libm::sqrt(p[2])),
            ("reversion_per_year", &|p| p[1]),
            ("volatility_of_variance", &|p| p[3]),
            ("spot_variance_correlation", &|p| p[4]),
            ("drift_per_year", &|p| p[0]),
        ],
    );
    Fit {
        numbers,
        flaws: flaws(&best, &NAMES),
        log_likelihood: best.log_likelihood,
        parameters: ranges.len(),
        scores,
        implied: Some(filter.correlation_of_squares()),
        jumped: None,
        variance_now: Some(last),
    }
}

struct Filter {
    drift: f64,
    theta: f64,
    sigma: f64,
    rho: f64,
    kappa: f64,
    years: f64,
    /// `e^(-kappa dt)`, and the mean of `e^(-kappa s)` and of `e^(-2 kappa s)` over a bar.
    left: f64,
    mean_left: f64,
    mean_left_squared: f64,
}

/// A variance that may be, and the logarithm of its weight beforehand.
#[derive(Clone, Copy, Default)]
struct Point {
    v: f64,
    log_weight: f64,
}

impl Filter {
    fn of(p: &[f64], years: f64) -> Self {
        let k = p[1] * years;
        Self {
            drift: p[0],
            kappa: p[1],
            theta: p[2],
            sigma: p[3],
            rho: p[4],
            years,
            left: libm::exp(-k),
            mean_left: -libm::expm1(-k) / k,
            mean_left_squared: -libm::expm1(-2.0 * k) / (2.0 * k),
        }
    }

    /// Mean and variance of a bar given the variance at its beginning.
    fn bar(&self, v: f64) -> (f64, f64) {
        let even = (self.theta + (v - self.theta) * self.mean_left) * self.years;
        (self.drift * self.years - 0.5 * even, even)
    }

    /// Hands over each return, its density given those before, and the variances it may have had; the expected
    /// variance at the end.
    fn walk(&self, series: &Series<'_>, mut see: impl FnMut(f64, f64, &[Point])) -> f64 {
        let stationary = (self.theta, self.sigma * self.sigma * self.theta / (2.0 * self.kappa));
        let mut state = stationary;
        let mut points = [Point::default(); POINTS];
        let mut starts = series.starts.iter().peekable();
        for (at, x) in series.returns.iter().enumerate() {
            if starts.next_if(|start| **start == at).is_some() {
                state = stationary;
            }
            let total = spread(state, &mut points);
            let (density, next) = self.step(*x, &points, total);
            see(*x, density, &points);
            state = next;
        }
        state.0
    }

    /// The density of a return, and mean and variance of the variance after it.
    fn step(&self, x: f64, points: &[Point], total: f64) -> (f64, (f64, f64)) {
        let (mut sum, mut first, mut second, mut noise) = (0.0, 0.0, 0.0, 0.0);
        let push = self.rho * self.sigma * self.mean_left;
        for point in points {
            let (mean, even) = self.bar(point.v);
            let away = x - mean;
            let weight = libm::exp(point.log_weight - 0.5 * away * away / even) / libm::sqrt(even);
            let pushed = self.theta + (point.v - self.theta) * self.left + push * away;
            sum += weight;
            first += weight * pushed;
            second += weight * pushed * pushed;
            noise += weight * even;
        }
        if sum <= 0.0 {
            return (f64::MIN_POSITIVE, (self.theta, self.theta * self.theta));
        }
        let own = (1.0 - self.rho * self.rho) * self.sigma * self.sigma * self.mean_left_squared;
        let mean = first / sum;
        let spread = second / sum - mean * mean + own * noise / sum;
        let mean = mean.max(1e-4 * self.theta);
        (sum / (total * libm::sqrt(TAU)), (mean, spread.max(1e-8 * mean * mean)))
    }

    fn tails(&self, x: f64, points: &[Point]) -> Tails {
        let none = Tails { below: 0.0, above: 0.0 };
        points.iter().fold(none, |sum, point| {
            let (mean, even) = self.bar(point.v);
            sum.plus(libm::exp(point.log_weight), Tails::normal((x - mean) / libm::sqrt(even)))
        })
    }

    fn correlation_of_squares(&self) -> Vec<f64> {
        let k = self.kappa * self.years;
        let front = self.sigma * self.sigma * self.theta / self.kappa;
        let cov = 0.5 * front * self.mean_left * self.mean_left * self.years * self.years;
        let spread = front / (self.kappa * self.kappa) * (k + libm::expm1(-k));
        let square = self.theta * self.theta * self.years * self.years;
        let of_squares = 3.0 * (spread + square) - square;
        (0..LAGS).map(|lag| cov * libm::exp(-k * lag as f64) / of_squares).collect()
    }
}

/// Lays points over a gamma variable of this mean and variance, even in the logarithm, and weighs them; the sum of all
/// weights, in closed form: that of points so close is the integral over `ln v`.
fn spread((mean, variance): (f64, f64), points: &mut [Point; POINTS]) -> f64 {
    let shape = mean * mean / variance;
    let width = 1.0 / libm::sqrt(shape);
    // So far out on both sides that next to nothing is left out.
    let low = -5.5 * width - 12.0 / (shape + 1.0) * width.min(1.0);
    let high = 1.1 * libm::log1p(5.5 * width + 4.0 * width * width);
    let step = (high - low) / (POINTS - 1) as f64;
    let grow = libm::exp(step);
    let (mut share, mut log) = (libm::exp(low), low);
    for point in points.iter_mut() {
        *point = Point { v: mean * share, log_weight: shape * (log - share + 1.0) };
        share *= grow;
        log += step;
    }
    libm::exp(libm::lgamma(shape) + shape - shape * libm::log(shape)) / step
}

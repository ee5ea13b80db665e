//! Kou's jump diffusion: as Merton's, with log jumps that are exponential, up with probability `p` and mean `up`, else
//! down with mean `down`. The density of a bar comes from its characteristic function (see [`super::fourier`]),
//!
//! ```text
//! exp(i u a - s^2 u^2 / 2 + m (p / (1 - i u up) + (1 - p) / (1 + i u down) - 1)),   s = volatility sqrt(dt)
//! ```
//!
//! on a grid of an eighth of the returns' robust scale. `s` is kept above a quarter of that scale: below, likelihoods of
//! mixtures have no upper bound (see [`super::merton`]).

use super::fourier::{Density, density, times};
use super::merton::starts;
use super::optimise::{Range, maximise};
use super::special::normal_density;
use super::{Fit, LAGS, Series, flaws, numbers, scale, variance};

/// Centre and deviation of a bar without jump, jumps a bar, share of jumps up, mean sizes.
const NAMES: [&str; 6] = ["drift", "volatility_per_year", "jumps_per_year", "up_probability", "mean_up", "mean_down"];

/// Most points of a grid.
const POINTS: usize = 1 << 14;

pub(super) fn fit(series: &Series<'_>) -> Fit {
    let (returns, years) = (series.returns, series.years);
    let (unit, n) = (scale(returns), returns.len() as f64);
    let wide = libm::sqrt(variance(returns)).max(unit);
    let ranges = [
        Range::Free(unit / libm::sqrt(n)),
        Range::Log(0.25 * unit, 3.0 * wide),
        Range::Log(0.2 / n, 2.0),
        Range::Between(0.0, 1.0),
        Range::Log(0.1 * unit, (30.0 * wide).min(0.9)),
        Range::Log(0.1 * unit, 30.0 * wide),
    ];
    let most = returns.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let points = ((2.6 * most / (unit / 8.0)) as usize).next_power_of_two().clamp(256, POINTS);
    let step = (unit / 8.0).max(2.6 * most / points as f64);
    let is_coarse = step > unit / 8.0;
    let bar = |p: &[f64]| {
        let (a, s, m, up) = (p[0], p[1], p[2], p[3]);
        Density::new(
            density(points, step, |u| {
                let (rise, fall) = (u * p[4], u * p[5]);
                let (by_rise, by_fall) = (up / (1.0 + rise * rise), (1.0 - up) / (1.0 + fall * fall));
                let size = libm::exp(-0.5 * s * s * u * u + m * (by_rise + by_fall - 1.0));
                let angle = u * a + m * (by_rise * rise - by_fall * fall);
                times((size, 0.0), (libm::cos(angle), libm::sin(angle)))
            }),
            step,
        )
    };
    let least = 1e-14 / unit;
    let starts: Vec<Vec<f64>> =
        starts(returns, unit).iter().map(|s| vec![s[0], s[1], s[2], 0.5, (0.8 * s[4]).min(0.5), 0.8 * s[4]]).collect();
    let best = maximise(&ranges, &starts, |p| {
        let bar = bar(p);
        returns.iter().map(|x| libm::log(bar.read(*x).max(least))).sum()
    });
    let root = libm::sqrt(years);
    let jump = |p: &[f64]| p[3] / (1.0 - p[4]) + (1.0 - p[3]) / (1.0 + p[5]) - 1.0;
    let numbers = numbers(
        &best,
        &[
            ("volatility_per_year", &|p| p[1] / root),
            ("jumps_per_year", &|p| p[2] / years),
            ("up_probability", &|p| p[3]),
            ("mean_up", &|p| p[4]),
            ("mean_down", &|p| p[5]),
            ("drift_per_year", &|p| (p[0] + 0.5 * p[1] * p[1] + p[2] * jump(p)) / years),
        ],
    );
    let fitted = bar(&best.at);
    let p = &best.at;
    let quiet = |x: &f64| libm::exp(-p[2]) * normal_density(x - p[0], p[1] * p[1]) / fitted.read(*x).max(least);
    let mut flaws = flaws(&best, &NAMES);
    if is_coarse {
        flaws.push(format!(
            "the largest move is {:.0} times the typical one, more than the densities' grid resolves: do not rely on these \
             numbers, nor on the likelihood",
            most / unit
        ));
    }
    Fit {
        numbers,
        flaws,
        log_likelihood: best.log_likelihood,
        parameters: ranges.len(),
        scores: returns.iter().map(|x| fitted.tails(*x).score()).collect(),
        implied: Some(vec![0.0; LAGS]),
        jumped: Some(returns.iter().map(|x| 1.0 - quiet(x).min(1.0)).collect()),
        variance_now: None,
    }
}

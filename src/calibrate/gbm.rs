//! Geometric Brownian motion: log returns of a bar are `N((drift - volatility^2 / 2) dt, volatility^2 dt)`. The maximum
//! has a closed form: mean and mean square distance of the returns; the standard errors are `sd / sqrt(n)` for the mean
//! and `sd / sqrt(2 n)` for the standard deviation, and the two are independent.

use super::{Fit, LAGS, Number, Series, mean, variance};
use std::f64::consts::PI;

pub(super) fn fit(series: &Series<'_>) -> Fit {
    let n = series.returns.len() as f64;
    let (centre, square) = (mean(series.returns), variance(series.returns));
    let deviation = libm::sqrt(square);
    let root = libm::sqrt(series.years);
    let number = |key: &str, value, error| Number { key: key.to_owned(), value, error: Some(error) };
    Fit {
        numbers: vec![
            number("volatility_per_year", deviation / root, deviation / root / libm::sqrt(2.0 * n)),
            number(
                "drift_per_year",
                (centre + 0.5 * square) / series.years,
                libm::sqrt(square / n + 0.5 * square * square / n) / series.years,
            ),
        ],
        flaws: Vec::new(),
        log_likelihood: -0.5 * n * (libm::log(2.0 * PI * square) + 1.0),
        parameters: 2,
        scores: series.returns.iter().map(|x| (x - centre) / deviation).collect(),
        implied: Some(vec![0.0; LAGS]),
        jumped: None,
        variance_now: None,
    }
}

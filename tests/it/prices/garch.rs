//! GARCH(1,1) with Student-t innovations against its closed forms: tails, clusters, reversion, steps and bars.

use super::{assert_close, assert_mean, build, for_paths, mean_and_error};
use rehypo::price::{PriceModel, PricePath};
use rehypo::random::{Purpose, stream};
use rehypo::unit::YEAR_SECONDS;
use std::path::Path;

const BTC: [(&str, f64, bool); 1] = [("btc", 100.0, false)];
const HOUR: f64 = 3600.0;
/// So small that `h / 2` is nothing beside `sqrt(h)`: returns are the shocks.
const LONG_RUN: f64 = 1e-3;
const PER_BAR: f64 = LONG_RUN * LONG_RUN * HOUR / YEAR_SECONDS;

fn garch(law: &str, of: &[(&str, f64, bool)], steps: usize, step: f64) -> PriceModel {
    build(law, of, steps, step, Path::new("")).expect("a proper law")
}

fn one(initial: f64, alpha: f64, beta: f64, degrees: f64) -> String {
    format!(
        "[garch]\nbar = '1h'\nlong_run_volatility_per_year = {{ btc = {LONG_RUN:?} }}\n\
         initial_volatility_per_year = {{ btc = {initial:?} }}\nalpha = {{ btc = {alpha:?} }}\n\
         beta = {{ btc = {beta:?} }}\ndegrees = {{ btc = {degrees:?} }}"
    )
}

/// The return from step `from` to step `to` of the only coin, by the root of the long-run variance of a bar.
fn shock(path: &PricePath, from: usize, to: usize) -> f64 {
    libm::log(path.usd[to] / path.usd[from]) / PER_BAR.sqrt()
}

/// P(|T| > t) of Student's t.
fn beyond(degrees: u32, t: f64) -> f64 {
    match degrees {
        3 => {
            let x = t / 3.0_f64.sqrt();
            1.0 - 2.0 / std::f64::consts::PI * (x / (1.0 + x * x) + x.atan())
        }
        4 => {
            let y = t * t / (4.0 + t * t);
            1.0 - y.sqrt() * (1.0 + 0.5 * (1.0 - y))
        }
        _ => unreachable!("no closed form here"),
    }
}

#[test]
fn tails_are_those_of_student_whether_a_bar_is_one_step_or_twelve() {
    for degrees in [3, 4] {
        for steps in [1, 12] {
            let model = garch(&one(LONG_RUN, 0.1, 0.8, f64::from(degrees)), &BTC, steps, HOUR / steps as f64);
            let mut shocks = Vec::new();
            for_paths(&model, 11, 200_000 / steps as u64, |path| shocks.push(shock(path, 0, steps)));
            for t in [0.5, 2.0, 5.0, 12.0] {
                let scaled = t * (f64::from(degrees - 2) / f64::from(degrees)).sqrt();
                let hits: Vec<f64> = shocks.iter().map(|e| f64::from(e.abs() > scaled)).collect();
                assert_mean(&format!("P(|T| > {t}), {degrees} degrees, {steps} steps"), &hits, beyond(degrees, t));
            }
        }
    }
}

/// With `p = alpha + beta` and `k` the kurtosis of the innovations, 3 (nu - 2) / (nu - 4): the squares' autocorrelation is
/// `rho_1 = alpha (1 - p beta) / (1 - p^2 + alpha^2)`, then falls by p a bar; the kurtosis of returns is
/// `k (1 - p^2) / (1 - p^2 - (k - 1) alpha^2)` (Bollerslev 1986; He and Terasvirta 1999).
#[test]
fn volatility_comes_in_clusters_that_fade_by_alpha_plus_beta() {
    let (alpha, beta, degrees) = (0.15, 0.7, 20.0);
    let (p, k): (f64, f64) = (alpha + beta, 3.0 * (degrees - 2.0) / (degrees - 4.0));
    let kurtosis = k * (1.0 - p * p) / (1.0 - p * p - (k - 1.0) * alpha * alpha);
    let first = alpha * (1.0 - p * beta) / (1.0 - p * p + alpha * alpha);
    let (burn_in, bars, lags) = (80, 100, [1, 2, 5, 15]);
    let model = garch(&one(LONG_RUN, alpha, beta, degrees), &BTC, burn_in + bars + 15, HOUR);
    let mut fourth = Vec::new();
    let mut products = [const { Vec::new() }; 4];
    for_paths(&model, 21, 12_000, |path| {
        let squares: Vec<f64> = (burn_in..burn_in + bars + 15).map(|at| shock(path, at, at + 1).powi(2)).collect();
        let mean = |lag: usize| (0..bars).map(|at| squares[at] * squares[at + lag]).sum::<f64>() / bars as f64;
        fourth.push(mean(0));
        products.iter_mut().zip(lags).for_each(|(products, lag)| products.push(mean(lag)));
    });
    assert_mean("kurtosis", &fourth, kurtosis);
    for (products, lag) in products.iter().zip(lags) {
        let exact = first * libm::pow(p, lag as f64 - 1.0);
        assert_mean(&format!("squares {lag} bars apart"), products, 1.0 + exact * (kurtosis - 1.0));
        let (mean, error) = mean_and_error(products);
        assert!(mean - 1.0 > 4.0 * error, "no clusters {lag} bars apart: {mean} +- {error}");
    }
}

#[test]
fn the_variance_reverts_to_its_long_run() {
    let (alpha, beta) = (0.1, 0.8);
    let model = garch(&one(3.0 * LONG_RUN, alpha, beta, 6.0), &BTC, 40, HOUR);
    let mut squares = [const { Vec::new() }; 4];
    let bars = [0, 1, 6, 39];
    for_paths(&model, 31, 40_000, |path| {
        squares.iter_mut().zip(bars).for_each(|(squares, at)| squares.push(shock(path, at, at + 1).powi(2)));
    });
    for (squares, at) in squares.iter().zip(bars) {
        assert_mean(&format!("variance of bar {at}"), squares, 1.0 + 8.0 * libm::pow(alpha + beta, at as f64));
    }
}

/// Steps of a bar share its variance in equal parts, and what it is mixed with: `E a^2 = (nu - 2) / (nu - 4)`.
#[test]
fn within_a_bar_the_path_is_brownian_at_the_variance_of_the_bar() {
    let (alpha, beta, degrees) = (0.1, 0.8, 12.0);
    let model = garch(&one(LONG_RUN, alpha, beta, degrees), &BTC, 8, HOUR / 4.0);
    let mut moments = [const { Vec::new() }; 4];
    for_paths(&model, 41, 60_000, |path| {
        let e = |step| shock(path, step, step + 1).powi(2) * 4.0;
        let bar = shock(path, 0, 4).powi(2);
        for (moments, x) in moments.iter_mut().zip([e(0), e(2), e(0) * e(3), bar * e(6)]) {
            moments.push(x);
        }
    });
    let mixing: f64 = (degrees - 2.0) / (degrees - 4.0);
    // Of the next bar, given this one: 1 - alpha - beta + alpha e^2 + beta.
    let next = 1.0 - alpha + alpha * 3.0 * mixing;
    for (moments, exact) in moments.iter().zip([1.0, 1.0, mixing, next]) {
        assert_mean("moment", moments, exact);
    }
}

#[test]
fn a_step_of_a_day_is_the_sum_of_its_hours() {
    let law = |bar: &str| {
        format!(
            "[garch]\nbar = '{bar}'\nlong_run_volatility_per_year = {{ btc = 0.8 }}\nalpha = {{ btc = 0.1 }}\n\
             beta = {{ btc = 0.85 }}\ndegrees = {{ btc = 4 }}\ndrift_per_year = {{ btc = 0.5 }}"
        )
    };
    let [hours, days] = [(72, HOUR), (3, 24.0 * HOUR)].map(|(steps, step)| {
        let mut path = PricePath::default();
        garch(&law("1h"), &BTC, steps, step).fill(&mut stream(7, Purpose::Prices, 3), &mut path);
        path.usd
    });
    assert_eq!(days, [0, 24, 48, 72].map(|hour| hours[hour]));
}

/// The drift is that of the log-price plus half the variance.
#[test]
fn the_drift_is_that_of_the_log_price_plus_half_its_variance() {
    let law = "[garch]\nbar = '1h'\nlong_run_volatility_per_year = { btc = 0.8 }\nalpha = { btc = 0.1 }\n\
               beta = { btc = 0.8 }\ndegrees = { btc = 8 }\ndrift_per_year = { btc = 3.0 }";
    let model = garch(law, &BTC, 240, HOUR);
    let (mut logs, mut growth) = (Vec::new(), Vec::new());
    for_paths(&model, 51, 20_000, |path| {
        growth.push(path.usd[240] / 100.0);
        logs.push(libm::log(path.usd[240] / 100.0));
    });
    let years = 240.0 * HOUR / YEAR_SECONDS;
    assert_mean("log", &logs, (3.0 - 0.32) * years);
    assert_mean("growth", &growth, libm::exp(3.0 * years));
}

const PAIR: [(&str, f64, bool); 3] = [("btc", 100.0, false), ("usdt", 1.0, true), ("eth", 10.0, false)];

/// Correlated by r, of equal degrees, a common W gives `E e_i e_j = r` and `E e_i^2 e_j^2 = (1 + 2 r^2) E a^2`; W of their
/// own give `r (E sqrt a)^2` and `1 + 2 r^2`. For 6 degrees `E a^2 = 2` and
/// `E sqrt a = sqrt 4 Gamma(5/2) / (sqrt 2 Gamma(3))`.
#[test]
fn common_shocks_are_the_multivariate_t() {
    for (r, common) in [(0.0, true), (0.0, false), (0.7, true), (0.7, false)] {
        let law = format!(
            "[garch]\nbar = '1h'\nlong_run_volatility_per_year = {{ eth = {LONG_RUN:?}, btc = {LONG_RUN:?} }}\n\
             alpha = {{ eth = 0.1, btc = 0.2 }}\nbeta = {{ eth = 0.8, btc = 0.5 }}\ndegrees = {{ eth = 6, btc = 6 }}\n\
             correlation = [[1.0, {r:?}], [{r:?}, 1.0]]\ncommon_shocks = {common}"
        );
        let model = garch(&law, &PAIR, 1, HOUR);
        let (mut products, mut within) = (Vec::new(), Vec::new());
        for_paths(&model, 61, 100_000, |path| {
            assert_eq!(path.row(1)[1], 1.0, "a pegged coin moved");
            let e = |coin: usize| libm::log(path.row(1)[coin] / PAIR[coin].1) / PER_BAR.sqrt();
            products.push(e(0) * e(2));
            // The fourth moment of six degrees has no variance of its own: shares of bars in which both are small.
            within.push(f64::from(e(0).abs() > 2.5 && e(2).abs() > 2.5));
        });
        let root = 2.0 * libm::tgamma(2.5) / (2.0_f64.sqrt() * libm::tgamma(3.0));
        assert_mean("product", &products, if common { r } else { r * root * root });
        if r == 0.0 {
            // P(|e| > 2.5) of six degrees, by its closed form.
            let t: f64 = 2.5 * (6.0_f64 / 4.0).sqrt();
            let y = t * t / (6.0 + t * t);
            let tail = 1.0 - y.sqrt() * (1.0 + 0.5 * (1.0 - y) + 0.375 * (1.0 - y) * (1.0 - y));
            let (mean, error) = mean_and_error(&within);
            if common {
                assert!(mean - 4.0 * error > 2.0 * tail * tail, "no common tail events: {mean} +- {error}");
            } else {
                assert_close("joint tail", mean, tail * tail, 4.0 * error);
            }
        }
    }
}

#[test]
fn prices_stay_numbers_where_tails_are_fattest() {
    let law = "[garch]\nbar = '30d'\nlong_run_volatility_per_year = { btc = 0.85 }\nalpha = { btc = 0.98 }\n\
               beta = { btc = 0.01 }\ndegrees = { btc = 2.01 }";
    // A bar of a deviation of 24 % and 2.5 degrees would move by a factor of e^6 once in ten thousand draws.
    let once = garch(&law.replace("2.01", "2.5"), &BTC, 1, 30.0 * 24.0 * HOUR);
    for_paths(&once, 72, 200_000, |path| {
        let log = libm::log(path.usd[1] / 100.0);
        assert!(log.abs() < 6.0, "the variance of a bar is not cut: {log}");
    });
    let model = garch(law, &BTC, 100, 30.0 * 24.0 * HOUR);
    for_paths(&model, 71, 2_000, |path| {
        assert!(path.usd.iter().all(|usd| usd.is_finite() && *usd > 0.0), "{:?}", path.usd);
    });
}

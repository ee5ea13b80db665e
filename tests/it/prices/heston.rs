//! Heston's law against P03 (Lewis), closed-form moments, and the properties it is named for.

use super::{assert_close, assert_mean, build, for_paths, mean_and_error};
use rehypo::price::PriceModel;
use rehypo::unit::YEAR_SECONDS;
use std::path::Path;

const BTC: [(&str, f64, bool); 1] = [("btc", 100.0, false)];

fn heston(law: &str, of: &[(&str, f64, bool)], steps: usize, years: f64) -> PriceModel {
    build(law, of, steps, years * YEAR_SECONDS / steps as f64, Path::new("")).expect("a proper law")
}

fn one(long_run: f64, initial: f64, kappa: f64, xi: f64, rho: f64, drift: f64) -> String {
    format!(
        "[heston]\nlong_run_volatility_per_year = {{ btc = {long_run:?} }}\n\
         initial_volatility_per_year = {{ btc = {initial:?} }}\nreversion_per_year = {{ btc = {kappa:?} }}\n\
         volatility_of_variance = {{ btc = {xi:?} }}\nspot_variance_correlation = {{ btc = {rho:?} }}\n\
         drift_per_year = {{ btc = {drift:?} }}"
    )
}

/// r = .01, q = .02, v0 = .04, kappa = 4, theta = .25, xi = 1, rho = -.5.
fn lewis(steps: usize) -> PriceModel {
    heston(&one(0.5, 0.2, 4.0, 1.0, -0.5, -0.01), &BTC, steps, 1.0)
}

/// Strike, call and put of one year on 100 (`QuantLib`, `testAlanLewisReferencePrices`).
const P03: [(f64, f64, f64); 5] = [
    (80.0, 26.774_758_743_998_854, 7.958_878_113_256_768),
    (90.0, 20.933_349_000_596_71, 12.017_966_707_346_305),
    (100.0, 16.070_154_917_028_834, 17.055_270_961_270_11),
    (110.0, 12.132_211_516_709_845, 23.017_825_898_442_8),
    (120.0, 9.024_913_483_457_836, 29.811_026_202_682_472),
];

fn terminals(model: &PriceModel, seed: u64, paths: u64) -> Vec<f64> {
    let mut prices = Vec::new();
    for_paths(model, seed, paths, |path| prices.push(path.usd[path.usd.len() - 1]));
    prices
}

fn discounted(prices: &[f64], payoff: impl Fn(f64) -> f64) -> Vec<f64> {
    prices.iter().map(|price| libm::exp(-0.01) * payoff(*price)).collect()
}

#[test]
fn p03_options_are_those_of_lewis() {
    for (seed, paths) in [(31, 4_000), (32, 64_000)] {
        let prices = terminals(&lewis(100), seed, paths);
        for (strike, call, put) in P03 {
            let samples =
                [discounted(&prices, |x| (x - strike).max(0.0)), discounted(&prices, |x| (strike - x).max(0.0))];
            for (what, sample, exact) in [("call", &samples[0], call), ("put", &samples[1], put)] {
                let (mean, error) = mean_and_error(sample);
                let off = (mean - exact).abs();
                assert!(
                    off <= 4.0 * error + 0.02,
                    "{what} of {strike}: {mean} is not {exact} within 4 x {error} + 0.02"
                );
            }
        }
    }
}

/// The error of the put at 120 and its standard error, by regression on the price, whose mean is known.
fn bias(steps: usize, paths: u64) -> (f64, f64) {
    let prices = terminals(&lewis(steps), 41, paths);
    let puts = discounted(&prices, |x| (120.0 - x).max(0.0));
    let (mean_put, mean) = (mean_and_error(&puts).0, mean_and_error(&prices).0);
    let covariance: f64 = puts.iter().zip(&prices).map(|(put, price)| put * (price - mean)).sum();
    let slope = covariance / prices.iter().map(|price| (price - mean).powi(2)).sum::<f64>();
    let held = |(put, price): (&f64, &f64)| put - mean_put - slope * (price - mean);
    let left: Vec<f64> = puts.iter().zip(&prices).map(held).collect();
    (mean_put - slope * (mean - 100.0 * libm::exp(-0.01)) - P03[4].2, mean_and_error(&left).1)
}

#[test]
fn the_bias_shrinks_with_the_step() {
    let two = bias(2, 200_000);
    assert!(two.0.abs() - 4.0 * two.1 > 0.3, "half a year is a coarse step, but its error is {two:?}");
    for (steps, paths, most) in [(5, 200_000, 0.2), (20, 60_000, 0.02), (100, 20_000, 0.02)] {
        let (bias, error) = bias(steps, paths);
        assert!(bias.abs() <= most + 4.0 * error, "{steps} steps: {bias} +- {error}");
    }
}

/// Feller's condition `2 kappa theta >= xi^2` fails by a factor of 25 in the last.
const WILD: [(f64, f64, f64, f64); 3] = [(0.5, 0.2, 4.0, 1.0), (0.8, 1.2, 6.0, 3.0), (0.2, 0.2, 0.5, 1.0)];

#[test]
fn the_expected_price_is_the_opening_at_any_step() {
    for (long_run, initial, kappa, xi) in WILD {
        for rho in [-0.9, 0.0, 0.3] {
            let model = heston(&one(long_run, initial, kappa, xi, rho, 0.0), &BTC, 6, 0.5);
            let mut growth = [const { Vec::new() }; 3];
            for_paths(&model, 51, 60_000, |path| {
                for (growth, at) in growth.iter_mut().zip([1, 3, 6]) {
                    growth.push(path.usd[at] / 100.0);
                }
            });
            for growth in &growth {
                assert_mean(&format!("price at xi {xi}, rho {rho}"), growth, 1.0);
            }
        }
    }
}

/// Mean and variance of the variance after `t` years (Cox, Ingersoll and Ross 1985).
fn cir(v0: f64, kappa: f64, theta: f64, xi: f64, t: f64) -> (f64, f64) {
    let kept = libm::exp(-kappa * t);
    let spread = v0 * kept * (1.0 - kept) + 0.5 * theta * (1.0 - kept).powi(2);
    (theta + (v0 - theta) * kept, xi * xi / kappa * spread)
}

/// Where price and variance are uncorrelated a return is `-I/2 + sqrt(I) Z`, I the step times the mean of the variances at
/// its ends: its moments follow from those of the variance, which the scheme keeps exactly, step after step.
#[test]
fn the_variance_has_the_moments_of_its_process() {
    let years = 0.5;
    for (long_run, initial, kappa, xi) in WILD {
        let (v0, theta) = (initial * initial, long_run * long_run);
        let model = heston(&one(long_run, initial, kappa, xi, 0.0, 0.0), &BTC, 3, 3.0 * years);
        let mut returns = [const { Vec::new() }; 3];
        for_paths(&model, 61, 200_000, |path| {
            (0..3).for_each(|k| returns[k].push(libm::log(path.usd[k + 1] / path.usd[k])));
        });
        for (k, returns) in returns.iter().enumerate() {
            let [before, after] = [k, k + 1].map(|k| cir(v0, kappa, theta, xi, years * k as f64));
            let sum = before.0 + after.0;
            let square = sum * sum + before.1 * (1.0 + 2.0 * libm::exp(-kappa * years)) + after.1;
            assert_mean(&format!("return {k}, xi {xi}"), returns, -0.25 * years * sum);
            let squares: Vec<f64> = returns.iter().map(|r| r * r).collect();
            assert_mean(
                &format!("square of return {k}, xi {xi}"),
                &squares,
                0.5 * years * sum + years * years / 16.0 * square,
            );
        }
    }
}

/// `E X_T V_T / X_0` is the mean variance where each path counts by its price: a process that reverts at
/// `kappa - rho xi` to `kappa theta` over that.
#[test]
fn falls_make_a_coin_wilder() {
    let (v0, kappa, theta, xi, years, steps) = (0.09, 4.0, 0.25, 1.0, 0.25, 100);
    for rho in [-0.8, 0.0, 0.8] {
        let model = heston(&one(0.5, 0.3, kappa, xi, rho, 0.0), &BTC, steps + 1, years * 1.01);
        let mut weighted = Vec::new();
        let mut cubes = Vec::new();
        for_paths(&model, 71, 40_000, |path| {
            let last = libm::log(path.usd[steps + 1] / path.usd[steps]);
            weighted.push(path.usd[steps] / 100.0 * last * last / (years / steps as f64));
            cubes.push(libm::log(path.usd[steps] / 100.0));
        });
        let (speed, kept) = (kappa - rho * xi, libm::exp(-(kappa - rho * xi) * years));
        let exact = v0 * kept + kappa * theta / speed * (1.0 - kept);
        let (mean, error) = mean_and_error(&weighted);
        assert_close(&format!("variance weighed by price, rho {rho}"), mean, exact, 4.0 * error + 0.005 * exact);
        let centre = mean_and_error(&cubes).0;
        for x in &mut cubes {
            *x = (*x - centre).powi(3);
        }
        let (skew, error) = mean_and_error(&cubes);
        if rho != 0.0 {
            assert!(skew * rho > 4.0 * error * rho.abs(), "rho {rho}: third moment {skew} +- {error}");
        }
    }
}

const PAIR: [(&str, f64, bool); 3] = [("btc", 100.0, false), ("usdt", 1.0, true), ("eth", 10.0, false)];

fn pair(rho: [f64; 2], more: &str) -> String {
    format!(
        "[heston]\nlong_run_volatility_per_year = {{ eth = 0.5, btc = 0.4 }}\nreversion_per_year = {{ eth = 4.0, btc = 2.0 }}\n\
         volatility_of_variance = {{ eth = 1.5, btc = 1.0 }}\n\
         spot_variance_correlation = {{ eth = {:?}, btc = {:?} }}\n{more}",
        rho[0], rho[1]
    )
}

/// Small steps: returns are `sqrt(V dt) W`.
#[test]
fn prices_are_correlated_as_told_whatever_their_variances_do() {
    let more = "correlation = [[1.0, 0.6], [0.6, 1.0]]\nvariance_correlation = [[1.0, 0.5], [0.5, 1.0]]";
    for rho in [[-0.9, -0.2], [-0.7, 0.7], [0.0, 0.0]] {
        let model = heston(&pair(rho, more), &PAIR, 1, 1e-5);
        let mut products = Vec::new();
        for_paths(&model, 81, 100_000, |path| {
            assert_eq!(path.row(1)[1], 1.0, "a pegged coin moved");
            let z = |coin: usize, volatility: f64| {
                libm::log(path.row(1)[coin] / PAIR[coin].1) / (volatility * libm::sqrt(1e-5))
            };
            products.push(z(0, 0.4) * z(2, 0.5));
        });
        let (mean, error) = mean_and_error(&products);
        assert_close(&format!("correlation at {rho:?}"), mean, 0.6, 4.0 * error + 0.005);
    }
}

/// Over a short time `V = v0 + xi sqrt(v0) B`, and `E r_i^2 r_j^2` of a later, shorter step shows the covariance of V:
/// `1 + xi_i xi_j corr(B_i, B_j) t / (sqrt(v0_i) sqrt(v0_j))`.
#[test]
fn variances_are_correlated_as_the_head_of_the_law_says() {
    let (t, steps) = (0.01, 50);
    for (rho, shared, more) in [
        ([-0.6, -0.8], 0.0, "correlation = [[1.0, 0.9], [0.9, 1.0]]"),
        ([-0.6, 0.8], 0.9, "correlation = [[1.0, 0.9], [0.9, 1.0]]\nvariance_correlation = [[1.0, 0.9], [0.9, 1.0]]"),
        ([0.0, 0.0], 0.9, "variance_correlation = [[1.0, 0.9], [0.9, 1.0]]"),
    ] {
        let c = if rho[0] == 0.0 { 0.0 } else { 0.9 };
        let b: f64 = rho[0] * rho[1] * c + libm::sqrt((1.0 - rho[0] * rho[0]) * (1.0 - rho[1] * rho[1])) * shared;
        let model = heston(&pair(rho, more), &PAIR, steps + 1, t * (1.0 + 1.0 / steps as f64));
        let mut products = Vec::new();
        for_paths(&model, 91, 60_000, |path| {
            let square = |coin: usize, volatility: f64| {
                let r = libm::log(path.row(steps + 1)[coin] / path.row(steps)[coin]) / volatility;
                r * r * steps as f64 / t
            };
            products.push(square(0, 0.4) * square(2, 0.5));
        });
        let (mean, error) = mean_and_error(&products);
        let exact = (1.0 + 2.0 * c * c) * (1.0 + 1.5 * b * t / (0.5 * 0.4));
        assert_close(&format!("product of squares at {rho:?}, {shared}"), mean, exact, 4.0 * error + 0.01 * exact);
    }
}

#[test]
fn prices_stay_numbers_where_the_variance_is_wildest() {
    for (kappa, xi, rho) in [(0.01, 5.0, -1.0), (50.0, 20.0, -0.5), (0.1, 1e-6, 0.5), (1e-9, 0.5, 1.0)] {
        let model = heston(&one(1.0, 0.01, kappa, xi, rho, 0.0), &BTC, 24, 0.5);
        for_paths(&model, 101, 2_000, |path| {
            assert!(path.usd.iter().all(|usd| usd.is_finite() && *usd > 0.0), "{kappa} {xi} {rho}: {:?}", path.usd);
        });
    }
}

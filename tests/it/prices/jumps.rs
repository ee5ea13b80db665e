//! Jump diffusions against closed forms: P03's calls, expected prices, cumulants, the law of the number of jumps, and
//! what coins share.

use super::{assert_mean, build, fingerprint, for_paths};
use rehypo::price::poisson::Poisson;
use rehypo::price::{PriceModel, PricePath};
use rehypo::random::{Purpose, normal_cdf, stream};
use rehypo::unit::YEAR_SECONDS;
use std::path::Path;

const ONE: [(&str, f64, bool); 1] = [("btc", 100.0, false)];
const THREE: [(&str, f64, bool); 4] =
    [("usdt", 1.0, true), ("btc", 100_000.0, false), ("eth", 4_000.0, false), ("sol", 200.0, false)];
const AT: [usize; 3] = [2, 1, 3]; // eth, btc, sol: the order of the tables below
const VOLATILITY: [f64; 3] = [0.4, 0.3, 0.6];
const DRIFT: [f64; 3] = [0.0, 0.3, -0.4];
const CORRELATION: [[f64; 3]; 3] = [[1.0, 0.8, 0.5], [0.8, 1.0, -0.1], [0.5, -0.1, 1.0]];
const SHARED: &str = "
volatility_per_year = { eth = 0.4, btc = 0.3, sol = 0.6 }
drift_per_year = { btc = 0.3, sol = -0.4 }
correlation = [[1.0, 0.8, 0.5], [0.8, 1.0, -0.1], [0.5, -0.1, 1.0]]
common_jumps_per_year = 8
";
const JUMPS: [f64; 3] = [20.0, 8.0, 30.0];
const COMMON: f64 = 8.0;
const MERTON: &str = "
[merton]
jumps_per_year = { eth = 20, btc = 8, sol = 30 }
jump_mean = { eth = -0.03, sol = 0.02 }
jump_deviation = { eth = 0.08, btc = 0.05, sol = 0.1 }
";
const KOU: &str = "
[kou]
jumps_per_year = { eth = 20, btc = 8, sol = 30 }
up_probability = { eth = 0.3, btc = 0.5, sol = 0.8 }
mean_up = { eth = 0.04, btc = 0.05, sol = 0.03 }
mean_down = { eth = 0.08, btc = 0.03, sol = 0.1 }
";

fn law(toml: &str, of: &[(&str, f64, bool)], steps: usize, years: f64) -> PriceModel {
    build(toml, of, steps, years * YEAR_SECONDS / steps as f64, Path::new("")).expect("a proper law")
}

/// First four moments about zero of the log size of each coin's jumps.
fn size_moments(merton: bool) -> [[f64; 4]; 3] {
    let normal = |m: f64, s: f64| {
        let v = s * s;
        [m, m * m + v, m * (m * m + 3.0 * v), m.powi(4) + 6.0 * m * m * v + 3.0 * v * v]
    };
    let double = |p: f64, up: f64, down: f64| {
        let moment = |k: i32, of_k: f64| of_k * (p * up.powi(k) + (1.0 - p) * (-down).powi(k));
        [moment(1, 1.0), moment(2, 2.0), moment(3, 6.0), moment(4, 24.0)]
    };
    if merton {
        [normal(-0.03, 0.08), normal(0.0, 0.05), normal(0.02, 0.1)]
    } else {
        [double(0.3, 0.04, 0.08), double(0.5, 0.05, 0.03), double(0.8, 0.03, 0.1)]
    }
}

/// Expected `e^size - 1` of each coin's jumps, as published (Merton 1976; Kou 2002, eq. 2).
fn growth(merton: bool) -> [f64; 3] {
    let normal = |m: f64, s: f64| libm::exp(m + s * s / 2.0) - 1.0;
    let double = |p: f64, eta1: f64, eta2: f64| p * eta1 / (eta1 - 1.0) + (1.0 - p) * eta2 / (eta2 + 1.0) - 1.0;
    if merton {
        [normal(-0.03, 0.08), normal(0.0, 0.05), normal(0.02, 0.1)]
    } else {
        [double(0.3, 1.0 / 0.04, 1.0 / 0.08), double(0.5, 20.0, 1.0 / 0.03), double(0.8, 1.0 / 0.03, 10.0)]
    }
}

/// Asserts that a law prices a call as it should, on paths of `steps` steps.
fn assert_call(toml: &str, steps: usize, (strike, rate, years, exact): (f64, f64, f64, f64), seed: u64, paths: u64) {
    let model = law(toml, &ONE, steps, years);
    let discount = libm::exp(-rate * years);
    let mut paid = Vec::with_capacity(paths as usize);
    for_paths(&model, seed, paths, |path| paid.push(discount * (path.row(steps)[0] - strike).max(0.0)));
    assert_mean(&format!("call at {strike} in {steps} steps, {paths} paths, of {toml}"), &paid, exact);
}

/// All rows of P03 for Merton, each on its own seed: total volatility 0.25, of whose square the share `gamma` is that of
/// the jumps, which leave the expected price where it is.
fn merton_calls(paths: u64, seed: u64) {
    for (row, (strike, years, jumps, gamma, exact)) in (0..).zip([
        (80.0, 0.5, 10.0, 0.25, 23.605_461_95),
        (100.0, 0.25, 5.0, 0.5, 5.873_622_02),
        (100.0, 0.1, 1.0, 0.75, 2.696_349_64),
        (110.0, 0.5, 10.0, 0.5, 4.711_948_85),
        (120.0, 0.1, 1.0, 0.75, 0.292_294_17),
    ]) {
        let (volatility, deviation) = (0.25 * f64::sqrt(1.0 - gamma), 0.25 * f64::sqrt(gamma / jumps));
        let toml = format!(
            "[merton]\nvolatility_per_year = {{ btc = {volatility:?} }}\ndrift_per_year = {{ btc = 0.08 }}\n\
             jumps_per_year = {{ btc = {jumps:?} }}\njump_mean = {{ btc = {:?} }}\njump_deviation = {{ btc = {deviation:?} }}",
            -0.5 * deviation * deviation
        );
        let steps = if row == 1 { 5 } else { 1 };
        assert_call(&toml, steps, (strike, 0.08, years, exact), seed + row, paths);
    }
}

/// P03 for Kou, whole and in steps.
fn kou_calls(paths: u64, seed: u64) {
    let toml = "[kou]\nvolatility_per_year = { btc = 0.16 }\ndrift_per_year = { btc = 0.05 }\n\
                jumps_per_year = { btc = 1 }\nup_probability = { btc = 0.4 }\nmean_up = { btc = 0.1 }\nmean_down = { btc = 0.2 }";
    let call = (98.0, 0.05, 0.5, 9.147_317_303_8);
    assert_call(toml, 1, call, seed, paths);
    assert_call(toml, 4, call, seed + 1, paths / 4);
}

#[test]
fn p03_merton_calls() {
    merton_calls(20_000, 100);
    merton_calls(320_000, 200);
}

#[test]
fn p03_kou_calls() {
    kou_calls(40_000, 300);
    kou_calls(640_000, 400);
}

/// P03 at its own size: `cargo test --release --test it -- --ignored p03`.
#[test]
#[ignore = "takes several seconds"]
fn p03_at_full_size() {
    merton_calls(4_000_000, 500);
    kou_calls(4_000_000, 600);
}

#[test]
fn expected_prices_grow_by_the_drift() {
    for (seed, toml) in [(11, MERTON), (12, KOU)] {
        let years = 0.5;
        let model = law(&format!("{toml}{SHARED}"), &THREE, 20, years);
        let mut price = [const { [const { Vec::new() }; 3] }; 3];
        for_paths(&model, seed, 40_000, |path| {
            for (step, price) in [1, 7, 20].into_iter().zip(&mut price) {
                assert_eq!(path.row(step)[0], 1.0, "a pegged coin moved");
                (0..3).for_each(|i| price[i].push(path.row(step)[AT[i]] / THREE[AT[i]].1));
            }
        });
        for (step, price) in [1.0, 7.0, 20.0].into_iter().zip(&price) {
            for i in 0..3 {
                let exact = libm::exp(DRIFT[i] * years * step / 20.0);
                assert_mean(&format!("price after {step} steps of {}{toml}", THREE[AT[i]].0), &price[i], exact);
            }
        }
    }
}

/// Means, variances, third and fourth cumulants of log returns, over the whole path and over a late step, and their
/// covariances: diffusion and common jumps only.
#[test]
fn cumulants_and_covariances_are_the_closed_forms() {
    for (seed, merton, toml) in [(21, true, MERTON), (22, false, KOU)] {
        let model = law(&format!("{toml}{SHARED}"), &THREE, 5, 0.25);
        let (moments, growth, joint) = (size_moments(merton), growth(merton), joint_moments(merton));
        for (from, years) in [(0, 0.25), (4, 0.05)] {
            let mut x = [const { Vec::new() }; 3];
            for_paths(&model, seed, 150_000, |path| {
                for i in 0..3 {
                    let log = libm::log(path.row(5)[AT[i]] / path.row(from)[AT[i]]);
                    let rate = DRIFT[i] - VOLATILITY[i].powi(2) / 2.0 - JUMPS[i] * growth[i] + JUMPS[i] * moments[i][0];
                    x[i].push(log - rate * years);
                }
            });
            for i in 0..3 {
                let what = |k: usize| format!("moment {k} of {} from step {from} of {toml}", THREE[AT[i]].0);
                let power = |k: i32| x[i].iter().map(|x| x.powi(k)).collect::<Vec<_>>();
                let variance = (VOLATILITY[i].powi(2) + JUMPS[i] * moments[i][1]) * years;
                assert_mean(&what(1), &x[i], 0.0);
                assert_mean(&what(2), &power(2), variance);
                assert_mean(&what(3), &power(3), JUMPS[i] * moments[i][2] * years);
                assert_mean(&what(4), &power(4), JUMPS[i] * moments[i][3] * years + 3.0 * variance * variance);
            }
            for (i, j) in [(0, 1), (0, 2), (1, 2)] {
                let product: Vec<f64> = x[i].iter().zip(&x[j]).map(|(a, b)| a * b).collect();
                let diffusion = CORRELATION[i][j] * VOLATILITY[i] * VOLATILITY[j];
                assert_mean(&format!("covariance of {toml}"), &product, (diffusion + COMMON * joint[i][j]) * years);
            }
        }
    }
}

/// Expected product of two coins' log sizes at a common event.
fn joint_moments(merton: bool) -> [[f64; 3]; 3] {
    const H: f64 = 0.04;
    let (mean, deviation) = ([-0.03, 0.0, 0.02], [0.08, 0.05, 0.1]);
    let (p, up, down) = ([0.3, 0.5, 0.8], [0.04, 0.05, 0.03], [0.08, 0.03, 0.1]);
    let size = |i: usize, z: f64| {
        let u = normal_cdf(z);
        if u > 1.0 - p[i] { -up[i] * libm::log(normal_cdf(-z) / p[i]) } else { down[i] * libm::log(u / (1.0 - p[i])) }
    };
    // Of the Gaussian copula by the trapezoid rule in two independent normals.
    let grid: Vec<f64> = (-200..=200).map(|k| f64::from(k) * H).collect();
    let weight = |z: f64| H * 0.398_942_280_401_432_7 * libm::exp(-z * z / 2.0);
    let mut joint = [[0.0; 3]; 3];
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        let rho = CORRELATION[i][j];
        joint[i][j] = if merton {
            mean[i] * mean[j] + rho * deviation[i] * deviation[j]
        } else {
            let inner = |a: f64| -> f64 {
                grid.iter().map(|&b| weight(b) * size(j, rho * a + (1.0 - rho * rho).sqrt() * b)).sum()
            };
            grid.iter().map(|&a| weight(a) * size(i, a) * inner(a)).sum()
        };
    }
    joint
}

/// Jumps of one size and next to no diffusion: prices count events.
#[test]
fn events_follow_the_poisson_law_and_are_shared_as_told() {
    let toml = "[merton]\nvolatility_per_year = { eth = 1e-9, btc = 1e-9, sol = 1e-9 }\n\
                jumps_per_year = { eth = 40, btc = 60, sol = 90 }\ncommon_jumps_per_year = 40\n\
                jump_mean = { eth = -0.01, btc = -0.01, sol = -0.01 }\njump_deviation = { eth = 0, btc = 0, sol = 0 }";
    let (steps, years, rate) = (3, 0.1, [40.0, 60.0, 90.0]);
    let model = law(toml, &THREE, steps, years);
    let drift = -libm::expm1(-0.01) * years / steps as f64;
    let mut counts = [[const { Vec::new() }; 3], [const { Vec::new() }; 3], [const { Vec::new() }; 3]];
    for_paths(&model, 31, 60_000, |path| {
        for (step, counts) in counts.iter_mut().enumerate() {
            for i in 0..3 {
                let log = libm::log(path.row(step + 1)[AT[i]] / path.row(step)[AT[i]]);
                let count = (log - rate[i] * drift) / -0.01;
                assert!((count - count.round()).abs() < 1e-4, "{count} jumps");
                counts[i].push(count.round());
            }
        }
    });
    let mean = |i: usize| rate[i] * years / steps as f64;
    for step in &counts {
        for i in 0..3 {
            let mut exact = libm::exp(-mean(i));
            for k in 0..8 {
                let is: Vec<f64> = step[i].iter().map(|&c| f64::from(c == f64::from(k))).collect();
                assert_mean(&format!("P({k} jumps of {})", THREE[AT[i]].0), &is, exact);
                exact *= mean(i) / f64::from(k + 1);
            }
        }
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let product: Vec<f64> = step[i].iter().zip(&step[j]).map(|(a, b)| (a - mean(i)) * (b - mean(j))).collect();
            assert_mean("covariance of counts", &product, 40.0 * years / steps as f64);
        }
        // Every jump of eth is a common one: nobody ever jumps less often.
        assert!(step[0].iter().zip(&step[1]).all(|(eth, btc)| eth <= btc));
    }
    let [first, _, last] = &counts;
    for (i, (first, last)) in first.iter().zip(last).enumerate() {
        let product: Vec<f64> = first.iter().zip(last).map(|(a, b)| (a - mean(i)) * (b - mean(i))).collect();
        assert_mean("covariance of two steps", &product, 0.0);
    }
}

#[test]
fn large_poisson_counts() {
    for (seed, mean) in [(41, 0.003), (42, 700.5), (43, 90_000.0)] {
        let (law, mut rng) = (Poisson::of_mean(mean), stream(seed, Purpose::Prices, 0));
        let counts: Vec<f64> = (0..40_000).map(|_| law.draw(&mut rng) as f64).collect();
        assert_mean("mean count", &counts, mean);
        assert_mean("variance", &counts.iter().map(|c| (c - mean).powi(2)).collect::<Vec<_>>(), mean);
        assert_mean("third moment", &counts.iter().map(|c| (c - mean).powi(3)).collect::<Vec<_>>(), mean);
    }
}

/// Until the first jump a path is the one of the GBM law on the same stream, but for what makes up for jumps.
#[test]
fn without_jumps_it_is_the_gbm_law_bit_for_bit() {
    let table = "volatility_per_year = { btc = 0.5 }\ndrift_per_year = { btc = 0.1 }\n";
    let draw = |toml: &str| {
        let mut path = PricePath::default();
        law(toml, &ONE, 100, 0.1).fill(&mut stream(7, Purpose::Prices, 3), &mut path);
        path
    };
    let gbm = draw(&format!("[gbm]\n{table}"));
    let none = "jumps_per_year = { btc = 0 }\n";
    assert_eq!(gbm, draw(&format!("[merton]\n{table}{none}jump_deviation = {{ btc = 0.1 }}")));
    let sizes = "up_probability = { btc = 0.5 }\nmean_up = { btc = 0.1 }\nmean_down = { btc = 0.1 }";
    assert_eq!(gbm, draw(&format!("[kou]\n{table}{none}{sizes}")));
}

#[test]
fn a_path_depends_on_its_stream_alone_and_its_memory_is_used_again() {
    for (toml, bits) in [(MERTON, 1_326_937_055_056_895_004), (KOU, 8_107_787_224_708_041_124)] {
        let model = law(&format!("{toml}{SHARED}"), &THREE, 200, 0.5);
        let draw = |n, path: &mut PricePath| model.fill(&mut stream(5, Purpose::Prices, n), path);
        let (mut alone, mut after) = (PricePath::default(), PricePath::default());
        draw(17, &mut alone);
        draw(0, &mut after);
        let before = (after.usd.as_ptr(), after.usd.capacity());
        (1..=17).for_each(|n| draw(n, &mut after));
        assert_eq!(alone, after);
        assert_eq!(before, (after.usd.as_ptr(), after.usd.capacity()));
        assert_eq!((alone.row(0), alone.usd.len()), (&[1.0, 100_000.0, 4_000.0, 200.0][..], 201 * 4));
        assert_eq!(fingerprint(&alone), bits, "the same bits on every machine");
    }
}

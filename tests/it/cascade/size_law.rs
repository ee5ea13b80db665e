//! The size of a cascade whose liquidation levels are a Poisson process of rate `rho` per unit of log-price, where each
//! close moves the log-price by `lambda / rho` for ever and a gap of `theta / rho` starts it, is generalised Poisson
//! (Borel 1942, Tanner 1961, Consul and Jain 1973): `P(N = n) = theta (theta + n lambda)^(n-1) exp(-theta - n lambda) / n!`.
//! The final set is the same in whatever order accounts are closed.

use super::ladder::{fill, ladder, run, set};
use rehypo::random::{Purpose, Stream, exponential, stream};
use rehypo::scenario::{OrderSpec, Scenario};

/// Liquidation levels per unit of log-price.
pub const RHO: f64 = 1000.0;

/// Every order of processing.
pub const ORDERS: [OrderSpec; 4] =
    [OrderSpec::Simultaneous, OrderSpec::Sequential, OrderSpec::LargestFirst, OrderSpec::Random];

/// A row of the published table: `theta`, `lambda`, mean, variance, P(N = 10), P(N > 50), 99 % quantile.
const ROWS: [[f64; 7]; 4] = [
    [10.0, 0.15, 11.764_705_88, 16.283_33, 0.098_204_41, 5.485_10e-11, 22.0],
    [10.0, 0.5, 20.0, 80.0, 0.032_407_17, 5.038_04e-3, 46.0],
    [10.0, 0.8, 50.0, 1250.0, 0.008_325_09, 0.381_213_622, 174.0],
    [2.0, 0.9, 20.0, 2000.0, 0.021_705_10, 0.099_550_516_9, 219.0],
];

/// `P(N = n)` of the generalised Poisson law; of the Borel law for one liquidation at the start, `theta` 0.
fn probability(theta: f64, lambda: f64, n: usize) -> f64 {
    let x = n as f64;
    if theta == 0.0 {
        return if n == 0 {
            0.0
        } else {
            libm::exp((x - 1.0) * libm::log(lambda * x) - lambda * x - libm::lgamma(x + 1.0))
        };
    }
    let log = libm::log(theta) + (x - 1.0) * libm::log(theta + x * lambda) - theta - x * lambda;
    libm::exp(log - libm::lgamma(x + 1.0))
}

/// Draws levels, in units of `1 / rho`, until the cascade has stopped, and as many beyond as could reach it if it went
/// on: what lies deeper cannot matter. Returns the levels, rising, and how many are liquidated: the first `n` such that
/// the next level lies below `theta + n lambda`.
pub fn draw(rng: &mut Stream, theta: f64, lambda: f64) -> (Vec<f64>, usize) {
    const BEYOND: usize = 12;
    let (mut levels, mut level, mut stopped) = (Vec::new(), 0.0, None);
    loop {
        level += exponential(rng);
        let n = levels.len();
        if stopped.is_none() && level > theta + n as f64 * lambda {
            stopped = Some(n);
        }
        levels.push(level);
        if let Some(n) = stopped.filter(|n| levels.len() == n + BEYOND) {
            return (levels, n);
        }
    }
}

/// Upper tail of the chi-square law: the continued fraction or the series of the incomplete gamma function.
fn chi_square_tail(x: f64, degrees: f64) -> f64 {
    let (a, x) = (degrees / 2.0, x / 2.0);
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, a);
        while term > 1e-16 * sum {
            k += 1.0;
            term *= x / k;
            sum += term;
        }
        return 1.0 - front * sum;
    }
    let fraction = (1..500).rev().map(f64::from).fold(0.0, |tail, k| k * (k - a) / (x + 2.0 * k + 1.0 - a - tail));
    front / (x + 1.0 - a - fraction)
}

/// Chi-square p-value of the sizes against the law, in classes of an expected 8 or more.
pub fn fit(sizes: &[usize], law: impl Fn(usize) -> f64) -> f64 {
    let total = sizes.len() as f64;
    let largest = sizes.iter().max().unwrap() + 1;
    let mut counts = vec![0.0; largest + 1];
    for n in sizes {
        counts[*n] += 1.0;
    }
    let (mut classes, mut open, mut left) = (Vec::new(), (0.0, 0.0), (total, total));
    for (n, count) in counts.iter().enumerate() {
        open = (open.0 + count, open.1 + total * law(n));
        if open.1 >= 8.0 && left.1 - open.1 >= 8.0 {
            classes.push(open);
            left = (left.0 - open.0, left.1 - open.1);
            open = (0.0, 0.0);
        }
    }
    classes.push(left); // the tail, and what is below it since the last class
    let statistic: f64 =
        classes.iter().map(|(found, expected)| (found - expected) * (found - expected) / expected).sum();
    chi_square_tail(statistic, classes.len() as f64 - 1.0)
}

/// A probability of the table: its name, what it is, and of which sizes.
type Listed = (&'static str, f64, &'static dyn Fn(usize) -> bool);

/// Mean and variance within 4 standard errors of the law's, the standard error of the variance from the law's fourth
/// moment; the shape by chi-square; the listed probabilities within 4 standard errors.
fn assert_law(sizes: &[usize], [theta, lambda, mean, variance, ten, beyond_50, q99]: [f64; 7]) {
    let n = sizes.len() as f64;
    let law = |k: usize| probability(theta, lambda, k);
    let share = |of: &dyn Fn(usize) -> bool| sizes.iter().filter(|k| of(**k)).count() as f64 / n;
    let found_mean = sizes.iter().map(|k| *k as f64).sum::<f64>() / n;
    let found_variance = sizes.iter().map(|k| (*k as f64 - mean) * (*k as f64 - mean)).sum::<f64>() / n;
    let fourth: f64 = (0..20_000).map(|k| libm::pow(k as f64 - mean, 4.0) * law(k)).sum();
    let errors = (libm::sqrt(variance / n), libm::sqrt((fourth - variance * variance) / n));
    let at = format!("theta {theta}, lambda {lambda}, {n} cascades");
    assert!((found_mean - mean).abs() < 4.0 * errors.0, "{at}: mean {found_mean}, not {mean}");
    assert!((found_variance - variance).abs() < 4.0 * errors.1, "{at}: variance {found_variance}, not {variance}");
    let none = libm::exp(-theta);
    let listed: [Listed; 3] =
        [("P(N = 0)", none, &|k| k == 0), ("P(N = 10)", ten, &|k| k == 10), ("P(N > 50)", beyond_50, &|k| k > 50)];
    for (name, p, of) in listed {
        // At a probability of next to nothing one case in the sample is within the law.
        let error = 4.0 * libm::sqrt(p * (1.0 - p) / n) + 1.0 / n;
        assert!((share(of) - p).abs() < error, "{at}: {name} {}, not {p}", share(of));
    }
    let tail = 1.0 - (0..=q99 as usize).map(law).sum::<f64>();
    let found = share(&|k| k > q99 as usize);
    assert!((found - tail).abs() < 4.0 * libm::sqrt(tail * (1.0 - tail) / n) + 1.0 / n, "{at}: P(N > q99) {found}");
    let p = fit(sizes, law);
    assert!(p > 1e-4, "{at}: chi-square p-value {p}");
}

/// The law as coded here has the published moments, probabilities and quantiles.
#[test]
fn the_law_is_the_published_one() {
    for [theta, lambda, mean, variance, ten, beyond_50, q99] in ROWS {
        let law = |k: usize| probability(theta, lambda, k);
        let sum = |of: &dyn Fn(f64) -> f64| (0..20_000).map(|k| of(k as f64) * law(k)).sum::<f64>();
        let close = |found: f64, expected: f64| (found / expected - 1.0).abs() < 1e-6;
        assert!(close(sum(&|_| 1.0), 1.0) && close(sum(&|k| k), mean) && close(mean, theta / (1.0 - lambda)));
        assert!(close(sum(&|k| (k - mean) * (k - mean)), variance), "{theta} {lambda}");
        assert!(close(variance, theta / libm::pow(1.0 - lambda, 3.0)) && close(law(10), ten), "{theta} {lambda}");
        let above = |from: usize| (from..20_000).map(law).sum::<f64>();
        assert!(close(above(51), beyond_50), "{theta} {lambda}: {}", above(51));
        assert!(above(q99 as usize + 1) <= 0.01 && above(q99 as usize) > 0.01, "{theta} {lambda}");
    }
    let borel = [0.449_328_964_1, 0.161_517_214_4, 0.087_089_235_2, 0.055_653_995_8, 0.039_073_363_0];
    for (n, expected) in (1..).zip(borel) {
        assert!((probability(0.0, 0.8, n) - expected).abs() < 1e-10, "{n}");
    }
    // Median and 99 % quantile of chi-square with 10 degrees of freedom, 95 % with 3.
    for (x, degrees, tail) in [(9.341_818, 10.0, 0.5), (23.209_251, 10.0, 0.01), (7.814_728, 3.0, 0.05)] {
        assert!((chi_square_tail(x, degrees) - tail).abs() < 1e-6);
    }
}

/// The rule that a cascade stops where the next level lies beyond what the sales so far have reached, at sizes at which a
/// small bias would show.
#[test]
fn the_brute_force_cascade_has_the_law() {
    for (row, seed) in ROWS.into_iter().zip(1..) {
        for (count, seed) in [(20_000, 100 + seed), (320_000, 200 + seed)] {
            let mut rng = stream(seed, Purpose::Population, 0);
            let sizes: Vec<usize> = (0..count).map(|_| draw(&mut rng, row[0], row[1]).1).collect();
            assert_law(&sizes, row);
        }
    }
}

/// Runs a book in one order and checks that exactly the first `expected` accounts are liquidated.
fn assert_set(world: &mut Scenario, order: OrderSpec, path: usize, expected: usize) {
    let found = set(&run(world, order, path as u64));
    let first = found.iter().take_while(|hit| **hit).count();
    let more = found[first..].iter().filter(|hit| **hit).count();
    assert!(first == expected && more == 0, "{order:?} {path}: the first {first} and {more} more, not {expected}");
}

/// The engine on a row of the table: 120 books in all orders, and with fresh seeds 16 times as many, one order each. Every
/// set is that of the brute force, account by account, and so the same in all orders; the sizes have the law.
fn assert_engine(row: [f64; 7], seed: u64) {
    let [theta, lambda, ..] = row;
    let mut world = ladder(theta / RHO, lambda / RHO, "").scenario;
    for (count, each, seed) in [(120, 4, seed), (16 * 120, 1, seed + 1000)] {
        let mut rng = stream(seed, Purpose::Population, 0);
        let mut sizes = Vec::with_capacity(count);
        for path in 0..count {
            let (mut levels, expected) = draw(&mut rng, theta, lambda);
            for level in &mut levels {
                *level /= RHO;
            }
            fill(&mut world, &levels);
            for turn in 0..each {
                assert_set(&mut world, ORDERS[(path + turn) % 4], path, expected);
            }
            sizes.push(expected);
        }
        assert_law(&sizes, row);
    }
}

#[test]
fn the_engine_has_the_law_at_theta_10_lambda_15_per_cent() {
    assert_engine(ROWS[0], 11);
}

#[test]
fn the_engine_has_the_law_at_theta_10_lambda_50_per_cent() {
    assert_engine(ROWS[1], 12);
}

#[test]
fn the_engine_has_the_law_at_theta_10_lambda_80_per_cent() {
    assert_engine(ROWS[2], 13);
}

#[test]
fn the_engine_has_the_law_at_theta_2_lambda_90_per_cent() {
    assert_engine(ROWS[3], 14);
}

/// One liquidation starts it and no gap: the Borel law, mean `1 / (1 - lambda)`, variance `lambda / (1 - lambda)^3`.
#[test]
fn the_engine_has_the_borel_law_after_one_liquidation() {
    const LAMBDA: f64 = 0.8;
    // The one stands just above the gap, all others below it.
    const GAP: f64 = 2e-7;
    let mut world = ladder(GAP, LAMBDA / RHO, "").scenario;
    for (count, each, seed) in [(120, 4, 21), (16 * 120, 1, 22)] {
        let mut rng = stream(seed, Purpose::Population, 0);
        let mut sizes = Vec::with_capacity(count);
        for path in 0..count {
            let (others, more) = draw(&mut rng, LAMBDA, LAMBDA);
            let levels: Vec<f64> =
                std::iter::once(GAP / 2.0).chain(others.iter().map(|level| GAP + level / RHO)).collect();
            fill(&mut world, &levels);
            for turn in 0..each {
                assert_set(&mut world, ORDERS[(path + turn) % 4], path, 1 + more);
            }
            sizes.push(1 + more);
        }
        let n = count as f64;
        let mean = sizes.iter().map(|k| *k as f64).sum::<f64>() / n;
        let error = libm::sqrt(LAMBDA / libm::pow(1.0 - LAMBDA, 3.0) / n);
        assert!((mean - 1.0 / (1.0 - LAMBDA)).abs() < 4.0 * error, "{count}: {mean}");
        assert!(fit(&sizes, |k| probability(0.0, LAMBDA, k)) > 1e-4, "{count}");
    }
}

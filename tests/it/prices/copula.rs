//! Student's t copula: the t law itself, margins that stay normal, and moves that come together.

use super::{assert_mean, build, for_paths};
use rehypo::random::student::Student;
use rehypo::random::{inverse_normal, normal_cdf};
use std::f64::consts::PI;
use std::path::Path;

const COINS: [(&str, f64, bool); 2] = [("btc", 100.0, false), ("eth", 10.0, false)];
const DEGREES: f64 = 4.0;
const RHO: f64 = 0.5;

/// The integral of `f` times the density of the t law from `x` > 0 up, by Simpson's rule in the root of 1 / t.
fn above(degrees: f64, x: f64, f: impl Fn(f64) -> f64) -> f64 {
    const CELLS: usize = 4_000;
    let ln = libm::lgamma(0.5 * degrees + 0.5) - libm::lgamma(degrees / 2.0) - 0.5 * libm::log(degrees * PI);
    let integrand = |v: f64| {
        let ends = libm::pow(v, 2.0 * degrees - 1.0) * libm::pow(v.powi(4) + 1.0 / degrees, -0.5 * degrees - 0.5);
        2.0 * ends * if v > 0.0 { f(1.0 / (v * v)) } else { 1.0 }
    };
    let h = 1.0 / f64::sqrt(x) / CELLS as f64;
    let weight = |k: usize| if k == 0 || k == CELLS { 1.0 } else { 2.0 + 2.0 * (k % 2) as f64 };
    let sum: f64 = (0..=CELLS).map(|k| weight(k) * integrand(k as f64 * h)).sum();
    libm::exp(ln) * sum * h / 3.0
}

/// Degrees, x, probability above it: Abramowitz and Stegun 26.7.3 and 26.7.4 in numbers of 80 digits.
const EXACT: [(f64, f64, f64); 12] = [
    (3.0, 0.5, 0.325_723_982_424_075_5),
    (3.0, 30.0, 4.067_640_213_581_98e-5),
    (4.0, 0.5, 0.321_664_981_590_931_65),
    (4.0, 2.0, 0.058_058_261_758_407_795),
    (4.0, 9.0, 4.219_162_588_006_392e-4),
    (7.0, 1.0, 0.175_308_331_410_103_77),
    (7.0, 9.0, 2.132_850_460_562_164e-5),
    (30.0, 0.5, 0.310_361_502_442_563_66),
    (30.0, 4.0, 1.909_228_180_418_784_3e-4),
    (30.0, 30.0, 3.125_895_815_304_444e-24),
    (200.0, 1.0, 0.159_259_423_954_873_33),
    (200.0, 9.0, 8.854_691_461_632_395e-17),
];

#[test]
fn tails_of_the_t_law() {
    for x in [1e-9, 0.01, 0.3, 1.0, 1.5, 2.0, 3.0, 10.0, 1e3, 1e8] {
        let root = f64::sqrt(2.0 + x * x);
        let closed = [(1.0, libm::atan(1.0 / x) / PI), (2.0, 1.0 / (root * (root + x)))];
        for (degrees, exact) in closed {
            let tail = Student::of(degrees).tail(x);
            assert!((tail / exact - 1.0).abs() < 1e-13, "tail of t_{degrees} at {x}: {tail:e}, not {exact:e}");
        }
        let (s, c) = (x / f64::sqrt(4.0 + x * x), 4.0 / (4.0 + x * x));
        let four = 0.5 - 0.5 * s * (1.0 + 0.5 * c);
        assert!((Student::of(4.0).tail(x) - four).abs() < 1e-15, "t_4 at {x}");
    }
    for (degrees, x, exact) in EXACT {
        let tail = Student::of(degrees).tail(x);
        assert!((tail / exact - 1.0).abs() < 2e-14, "tail of t_{degrees} at {x}: {tail:e}, not {exact:e}");
    }
    for degrees in [1.3, 2.5, 4.0, 7.7] {
        for x in [0.5, 1.0, 2.0, 9.0] {
            let (tail, exact) = (Student::of(degrees).tail(x), above(degrees, x, |_| 1.0));
            assert!((tail / exact - 1.0).abs() < 1e-10, "tail of t_{degrees} at {x}: {tail:e}, not {exact:e}");
        }
        assert_eq!(Student::of(degrees).tail(0.0), 0.5);
        let score = Student::of(degrees).normal_score(-1.3);
        assert!((normal_cdf(score) - Student::of(degrees).tail(1.3)).abs() < 1e-15);
        assert_eq!(Student::of(degrees).normal_score(1.3), -score);
    }
}

/// The shocks of two coins, a pair a step, as the prices show them.
fn shocks(copula: &str, seed: u64, paths: u64) -> Vec<[f64; 2]> {
    let law = format!(
        "[gbm]\nvolatility_per_year = {{ btc = 0.5, eth = 0.9 }}\ncorrelation = [[1.0, {RHO}], [{RHO}, 1.0]]\n{copula}"
    );
    let step = 365.0 * 86.4;
    let model = build(&law, &COINS, 1_000, step, Path::new("")).expect("a proper law");
    let mut pairs = Vec::new();
    for_paths(&model, seed, paths, |path| {
        for (before, now) in (0..1_000).map(|step| (path.row(step), path.row(step + 1))) {
            let shock = |i: usize, volatility: f64| {
                let deviation = volatility * f64::sqrt(1e-3);
                libm::log(now[i] / before[i]) / deviation + 0.5 * deviation
            };
            pairs.push([shock(0, 0.5), shock(1, 0.9)]);
        }
    });
    pairs
}

const T: &str = "copula = { t = { degrees = 4 } }";

#[test]
fn margins_stay_normal_and_quadrants_are_those_of_the_correlation() {
    let pairs = shocks(T, 51, 200);
    for i in 0..2 {
        let mut z: Vec<f64> = pairs.iter().map(|pair| pair[i]).collect();
        for (power, exact) in [(1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0)] {
            assert_mean("moment", &z.iter().map(|z| z.powi(power)).collect::<Vec<_>>(), exact);
        }
        // Kolmogorov and Smirnov: exceeded once in 100,000 samples.
        z.sort_by(f64::total_cmp);
        let n = z.len() as f64;
        let distance = z.iter().enumerate().map(|(k, z)| (normal_cdf(*z) - (k as f64 + 0.5) / n).abs());
        let distance = distance.fold(0.0, f64::max) * n.sqrt();
        assert!(distance < 2.47, "the largest distance from the normal law is {distance}");
    }
    // Both below the median: the same for every elliptical copula of this correlation (Kendall's tau 2 / pi asin rho).
    let low: Vec<f64> = pairs.iter().map(|[a, b]| f64::from(*a < 0.0 && *b < 0.0)).collect();
    assert_mean("both fall", &low, 0.25 + libm::asin(RHO) / (2.0 * PI));
    let concordant = |pair: &[[f64; 2]]| f64::from((pair[0][0] < pair[1][0]) == (pair[0][1] < pair[1][1]));
    let concordant: Vec<f64> = pairs.chunks_exact(2).map(concordant).collect();
    assert_mean("concordance", &concordant, 0.5 + libm::asin(RHO) / PI);
}

/// P(both in the tail of probability q) / q of the t copula, by quadrature over one coin: given `s`, the other is a t
/// variable of one degree of freedom more, about `rho s`.
fn together(q: f64) -> f64 {
    let (student, given) = (Student::of(DEGREES), Student::of(DEGREES + 1.0));
    let (mut low, mut high) = (0.0, 1e12);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if student.tail(middle) > q { low = middle } else { high = middle }
    }
    let other_above = |s: f64| {
        let spread = f64::sqrt((DEGREES + s * s) * (1.0 - RHO * RHO) / (DEGREES + 1.0));
        let x = (low - RHO * s) / spread;
        if x > 0.0 { given.tail(x) } else { 1.0 - given.tail(-x) }
    };
    above(DEGREES, low, other_above) / q
}

#[test]
fn the_largest_moves_come_together() {
    const Q: f64 = 0.001;
    let limit = 2.0 * Student::of(DEGREES + 1.0).tail(f64::sqrt((DEGREES + 1.0) * (1.0 - RHO) / (1.0 + RHO)));
    assert!((together(1e-10) / limit - 1.0).abs() < 1e-3, "{} does not tend to {limit}", together(1e-10));
    let least = -inverse_normal(Q);
    let joint = |pairs: &[[f64; 2]], sign: f64| -> Vec<f64> {
        pairs.iter().map(|[a, b]| f64::from(sign * a > least && sign * b > least)).collect()
    };
    let (t, gaussian) = (shocks(T, 61, 400), shocks("copula = 'gaussian'", 62, 400));
    for sign in [1.0, -1.0] {
        assert_mean("joint tail", &joint(&t, sign), Q * together(Q));
        let share = |joint: &[f64]| joint.iter().sum::<f64>() / joint.len() as f64 / Q;
        let (t, gaussian) = (share(&joint(&t, sign)), share(&joint(&gaussian, sign)));
        assert!(t > 0.9 * limit && gaussian < 0.4 * t, "{t} and {gaussian}");
    }
}

/// Squares of shocks move together by more than correlation makes them, `2 rho^2`.
#[test]
fn squares_of_shocks_move_together() {
    let squares = |copula: &str| -> Vec<f64> {
        shocks(copula, 71, 100).iter().map(|[a, b]| (a * a - 1.0) * (b * b - 1.0)).collect()
    };
    assert_mean("without", &squares(""), 2.0 * RHO * RHO);
    let one = squares(&T.replace('4', "1"));
    assert!(one.iter().sum::<f64>() / one.len() as f64 > 3.0 * RHO * RHO, "squares do not move together");
}

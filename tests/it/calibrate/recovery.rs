//! Numbers that data were drawn with are found again, within the standard errors that the fit states: no estimate more
//! than four of them off, and their spread over many fits is the one stated.

use super::{HOUR, YEAR, drawn, fitted, law, sample};
use rehypo::calibrate::Model;
use rehypo::random::{Purpose, Stream, exponential, normal, stream, uniform};

const DAY: f64 = 86_400.0;

/// Fits samples and compares with the truth, key by key.
fn check(model: Model, bar_seconds: f64, truth: &[(&str, f64)], samples: impl Iterator<Item = Vec<f64>>) {
    let (mut squares, mut sums) = (Vec::new(), vec![0.0; truth.len()]);
    for (at, returns) in samples.enumerate() {
        let calibration = fitted(&sample(vec![returns], bar_seconds), model);
        let fit = &calibration.fits[0];
        assert!(fit.flaws.is_empty(), "sample {at}: {:?}", fit.flaws);
        for ((key, exact), sum) in truth.iter().zip(&mut sums) {
            let number = fit.numbers.iter().find(|n| n.key == *key).unwrap_or_else(|| panic!("no {key}"));
            let error = number.error.unwrap_or_else(|| panic!("sample {at}: no error of {key}"));
            let z = (number.value - exact) / error;
            assert!(z.abs() < 4.0, "sample {at}: {key} is {} +- {error}, not {exact}", number.value);
            squares.push(z * z);
            *sum += z;
        }
    }
    let samples = (squares.len() / truth.len()) as f64;
    for ((key, _), sum) in truth.iter().zip(sums) {
        assert!(sum.abs() < 4.0 * libm::sqrt(samples), "{key} is off by {} errors on average", sum / samples);
    }
    let (n, mean) = (squares.len() as f64, squares.iter().sum::<f64>() / squares.len() as f64);
    // The mean of n squared standard normals is 1 +- sqrt(2 / n); those of one sample hang together a little.
    let slack = 3.5 * libm::sqrt(2.0 / n);
    assert!(mean > (1.0 - slack).max(0.3) && mean < 1.0 + slack, "mean square z {mean} of {n}");
}

/// Bars with a number of jumps of a Poisson law, counted by exponential times, and sizes that are drawn.
fn jumping(
    seed: u64,
    bars: usize,
    (centre, deviation, rate): (f64, f64, f64),
    size: fn(&mut Stream) -> f64,
) -> Vec<f64> {
    let mut rng = stream(seed, Purpose::Prices, 7);
    let bar = |_| {
        let mut x = centre + deviation * normal(&mut rng);
        let mut time = exponential(&mut rng);
        while time < rate {
            x += size(&mut rng);
            time += exponential(&mut rng);
        }
        x
    };
    (0..bars).map(bar).collect()
}

#[test]
fn brownian_numbers() {
    let model = law("[gbm]\nvolatility_per_year = { a = 0.8 }\ndrift_per_year = { a = 0.3 }", 1, 2_000, HOUR);
    let truth = [("volatility_per_year", 0.8), ("drift_per_year", 0.3)];
    check(Model::Gbm, HOUR, &truth, (0..40).map(|seed| drawn(&model, seed, 1).remove(0)));
}

#[test]
fn brownian_numbers_by_hand() {
    // Half the bars rise by 2 %, half fall by 1 %: mean 0.005, deviation 0.015. Errors sd / sqrt(2 n) and
    // sqrt(var / n + var^2 / (2 n)).
    let returns: Vec<f64> = (0..400).map(|at| if at % 2 == 0 { 0.02 } else { -0.01 }).collect();
    let fit = &fitted(&sample(vec![returns], DAY), Model::Gbm).fits[0];
    let root = libm::sqrt(365.0);
    let exact = [
        (0.015 * root, 0.015 * root / libm::sqrt(800.0)),
        ((0.005 + 0.5 * 2.25e-4) * 365.0, libm::sqrt(2.25e-4 / 400.0 + 2.25e-4 * 2.25e-4 / 800.0) * 365.0),
    ];
    for (number, (value, error)) in fit.numbers.iter().zip(exact) {
        assert!((number.value / value - 1.0).abs() < 1e-12, "{number:?} is not {value}");
        assert!((number.error.unwrap() / error - 1.0).abs() < 1e-12, "{number:?} is not +- {error}");
    }
    let log = -200.0 * (libm::log(2.0 * std::f64::consts::PI * 2.25e-4) + 1.0);
    assert!((fit.log_likelihood - log).abs() < 1e-9);
}

#[test]
fn merton_numbers() {
    // A twentieth of a jump a day, of mean -3 % and deviation 6 %, on 40 % a year.
    let (years, vol, rate) = (DAY / YEAR, 0.4, 0.05);
    let jump = libm::exp(-0.03 + 0.5 * 0.0036) - 1.0;
    let centre = (0.2 - 0.5 * vol * vol) * years - rate * jump;
    let draw = |seed| jumping(seed, 1_500, (centre, vol * libm::sqrt(years), rate), |rng| -0.03 + 0.06 * normal(rng));
    let truth = [
        ("volatility_per_year", vol),
        ("jumps_per_year", rate / years),
        ("jump_mean", -0.03),
        ("jump_deviation", 0.06),
        ("drift_per_year", 0.2),
    ];
    check(Model::Merton, DAY, &truth, (0..6).map(draw));
}

#[test]
fn kou_numbers() {
    let (years, vol, rate) = (DAY / YEAR, 0.4, 0.1);
    let jump = 0.4 / (1.0 - 0.05) + 0.6 / (1.0 + 0.08) - 1.0;
    let centre = (0.2 - 0.5 * vol * vol) * years - rate * jump;
    let size = |rng: &mut Stream| {
        if uniform(rng) < 0.4 { 0.05 * exponential(rng) } else { -0.08 * exponential(rng) }
    };
    let draw = |seed| jumping(seed, 1_500, (centre, vol * libm::sqrt(years), rate), size);
    let truth = [
        ("volatility_per_year", vol),
        ("jumps_per_year", rate / years),
        ("up_probability", 0.4),
        ("mean_up", 0.05),
        ("mean_down", 0.08),
        ("drift_per_year", 0.2),
    ];
    check(Model::Kou, DAY, &truth, (0..6).map(draw));
}

#[test]
fn garch_numbers() {
    let model = law(
        "[garch]\nbar = '1h'\nlong_run_volatility_per_year = { a = 0.7 }\nalpha = { a = 0.1 }\nbeta = { a = 0.85 }\n\
         degrees = { a = 5.0 }\ndrift_per_year = { a = 0.5 }",
        1,
        3_000,
        HOUR,
    );
    let truth = [
        ("long_run_volatility_per_year", 0.7),
        ("alpha", 0.1),
        ("beta", 0.85),
        ("degrees", 5.0),
        ("drift_per_year", 0.5),
    ];
    check(Model::Garch, HOUR, &truth, (0..6).map(|seed| drawn(&model, seed, 1).remove(0)));
}

/// Calm of 40 % a year, stressed of 120 %; a stay is of 100 and of 25 hours.
const REGIMES: &str = "[regime]\n[[regime.states]]\nname = 'calm'\nvolatility_per_year = { a = 0.4, b = 0.5 }\n\
                       switches_per_year = { wild = 87.6 }\n[[regime.states]]\nname = 'wild'\n\
                       volatility_per_year = { a = 1.2, b = 1.5 }\nswitches_per_year = { calm = 350.4 }\n";

#[test]
fn regime_numbers() {
    let one = REGIMES.replace(", b = 0.5", "").replace(", b = 1.5", "");
    let model = law(&one, 1, 3_000, HOUR);
    let truth = [
        ("calm.volatility_per_year", 0.4),
        ("stressed.volatility_per_year", 1.2),
        ("calm.drift_per_year", 0.0),
        ("stressed.drift_per_year", 0.0),
    ];
    check(Model::Regime, HOUR, &truth, (0..5).map(|seed| drawn(&model, seed, 1).remove(0)));
}

#[test]
fn regimes_of_two_coins_with_their_rates_and_correlation() {
    let text = REGIMES.replace("[regime]\n", "[regime]\ncorrelation = [[1.0, 0.6], [0.6, 1.0]]\n");
    let returns = drawn(&law(&text, 2, 4_000, HOUR), 3, 1);
    let calibration = fitted(&sample(returns, HOUR), Model::Regime);
    let chain = calibration.chain.expect("a chain");
    assert_eq!(chain.states, ["calm", "stressed"]);
    for ((value, error), exact) in chain.rates.iter().zip([87.6, 350.4]) {
        let error = error.expect("an error");
        assert!((value - exact).abs() < 4.0 * error && error < 0.5 * exact, "{value} +- {error} is not {exact}");
    }
    let exact = [[0.4, 1.2], [0.5, 1.5]];
    for (fit, exact) in calibration.fits.iter().zip(exact) {
        for (number, exact) in [&fit.numbers[0], &fit.numbers[2]].into_iter().zip(exact) {
            let error = number.error.expect("an error");
            assert!((number.value - exact).abs() < 4.0 * error, "{number:?} is not {exact}");
        }
    }
    // (1 - 0.6^2) / sqrt(4,000) is 0.01.
    assert!((calibration.correlation[1] - 0.6).abs() < 0.05, "{:?}", calibration.correlation);
    assert!((chain.now.iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

#[test]
fn heston_numbers() {
    // Feller fails: 2 kappa theta is 4.9, the square of the volatility of variance 9. Eight steps a bar.
    let model = law(
        "[heston]\nlong_run_volatility_per_year = { a = 0.7 }\nreversion_per_year = { a = 5.0 }\n\
         volatility_of_variance = { a = 3.0 }\nspot_variance_correlation = { a = -0.4 }",
        1,
        8 * 1_500,
        DAY / 16.0,
    );
    let truth = [
        ("long_run_volatility_per_year", 0.7),
        ("reversion_per_year", 5.0),
        ("volatility_of_variance", 3.0),
        ("spot_variance_correlation", -0.4),
        ("drift_per_year", 0.0),
    ];
    let truth = &truth;
    check(Model::Heston, DAY / 2.0, truth, (0..3).map(|seed| drawn(&model, seed, 8).remove(0)));
}

#[test]
fn common_jumps() {
    // Each of two coins jumps in a twentieth of its bars, half of them with the other. Correlated shocks may only make
    // the estimate larger.
    for (rho, seed) in [(0.0, 5), (0.7, 6)] {
        let mut rng = stream(seed, Purpose::Prices, 0);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for _ in 0..3_000 {
            let (x, y) = (normal(&mut rng), normal(&mut rng));
            let which = uniform(&mut rng);
            let jump = |hit: bool, rng: &mut Stream| if hit { 8.0 * normal(rng) } else { 0.0 };
            a.push(0.01 * (x + jump(which < 0.05, &mut rng)));
            let shock = rho * x + libm::sqrt(1.0 - rho * rho) * y;
            b.push(0.01 * (shock + jump((0.025..0.075).contains(&which), &mut rng)));
        }
        let calibration = fitted(&sample(vec![a, b], DAY), Model::Merton);
        let common = calibration.common_jumps.expect("two coins") * DAY / YEAR;
        let most = if rho > 0.0 { 0.07 } else { 0.035 };
        assert!(common > 0.015 && common < most, "{common}");
    }
}

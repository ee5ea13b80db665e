//! Markov switching against the closed forms of its chain and of the mixture.

use super::{assert_close, assert_mean, build, for_paths, mean_and_error};
use rehypo::price::PriceModel;
use rehypo::unit::YEAR_SECONDS;
use std::path::Path;

const BTC: [(&str, f64, bool); 1] = [("btc", 100.0, false)];

fn regime(law: &str, of: &[(&str, f64, bool)], steps: usize, years: f64) -> PriceModel {
    build(law, of, steps, years * YEAR_SECONDS / steps as f64, Path::new("")).expect("a proper law")
}

/// A state of one coin.
fn state(name: &str, volatility: f64, drift: f64, switches: &str) -> String {
    format!(
        "[[regime.states]]\nname = '{name}'\nvolatility_per_year = {{ btc = {volatility:?} }}\n\
         drift_per_year = {{ btc = {drift:?} }}\nswitches_per_year = {{ {switches} }}\n"
    )
}

/// exp(Q t) of a small chain, by the squaring of a Taylor series.
fn exponential_of<const N: usize>(q: [[f64; N]; N], t: f64) -> [[f64; N]; N] {
    let product = |a: [[f64; N]; N], b: [[f64; N]; N]| {
        std::array::from_fn(|i| std::array::from_fn(|j| (0..N).map(|k| a[i][k] * b[k][j]).sum::<f64>()))
    };
    let small = q.map(|row| row.map(|x| x * t / 1024.0));
    let mut sum: [[f64; N]; N] = std::array::from_fn(|i| std::array::from_fn(|j| f64::from(i == j)));
    let mut term = sum;
    for n in 1..=12 {
        term = product(term, small).map(|row| row.map(|x| x / f64::from(n)));
        sum = std::array::from_fn(|i| std::array::from_fn(|j| sum[i][j] + term[i][j]));
    }
    (0..10).fold(sum, |sum, _| product(sum, sum))
}

/// The path shows its chain: next to no volatility, and a drift that tells the states apart.
const SILENT: f64 = 1e-9;

#[test]
fn occupation_stays_and_switches_are_those_of_the_chain() {
    let q = [[-5.0, 4.0, 1.0], [6.0, -8.0, 2.0], [0.0, 10.0, -10.0]];
    let drifts = [0.0, 1.0, 4.0];
    let law = "[regime]\ninitial = 'calm'\n".to_owned()
        + &state("calm", SILENT, drifts[0], "tense = 4.0, crisis = 1.0")
        + &state("tense", SILENT, drifts[1], "calm = 6.0, crisis = 2.0")
        + &state("crisis", SILENT, drifts[2], "tense = 10.0");
    // One step over half a year, then short ones in which hardly any path switches.
    for steps in [3, 50] {
        let years = 0.5;
        let model = regime(&law, &BTC, steps, years);
        let (mut stayed, mut grown, mut drifted) = (Vec::new(), Vec::new(), Vec::new());
        for_paths(&model, 11, 60_000, |path| {
            let growth = libm::log(path.usd[steps] / 100.0);
            stayed.push(f64::from(growth.abs() < 1e-6));
            grown.push(growth);
            drifted.push(path.usd[steps] / 100.0);
        });
        assert_mean("never left", &stayed, libm::exp(q[0][0] * years));
        // Time in each state is the integral of P(t); here summed by Simpson's rule.
        let cells = 200;
        let mean_drift = |t: f64| -> f64 { (0..3).map(|s| exponential_of(q, t)[0][s] * drifts[s]).sum() };
        let h = years / f64::from(cells);
        let simpson = |k: i32| f64::from(if k == 0 || k == cells { 1 } else { 2 + 2 * (k % 2) });
        let time = (0..=cells).map(|k| simpson(k) * mean_drift(f64::from(k) * h)).sum::<f64>() * h / 3.0;
        assert_mean("time by drift", &grown, time);
        // E exp(integral of the drift) = sum of a row of exp((Q + diag(drift)) t).
        let tilted: [[f64; 3]; 3] =
            std::array::from_fn(|i| std::array::from_fn(|j| q[i][j] + if i == j { drifts[i] } else { 0.0 }));
        assert_mean("growth", &drifted, exponential_of(tilted, years)[0].iter().sum());
    }
}

/// In steps far shorter than a stay the drift of a step tells the state: stays last 1 / rate, and switches split by rate.
#[test]
fn stays_have_their_mean_length_and_transitions_are_exp_qt() {
    let q = [[-5.0, 4.0, 1.0], [6.0, -8.0, 2.0], [0.0, 10.0, -10.0]];
    let law = "[regime]\n".to_owned()
        + &state("calm", SILENT, 1.0, "tense = 4.0, crisis = 1.0")
        + &state("tense", SILENT, 2.0, "calm = 6.0, crisis = 2.0")
        + &state("crisis", SILENT, 3.0, "tense = 10.0");
    let steps = 400;
    let dt = 1e-3;
    let model = regime(&law, &BTC, steps, dt * steps as f64);
    // Stationary: left at the rate at which it is entered.
    let balance = [30.0 / 63.0, 25.0 / 63.0, 8.0 / 63.0];
    let mut opened = [const { Vec::new() }; 3];
    let mut moved = [const { Vec::new() }; 3];
    let mut occupied = [const { Vec::new() }; 3];
    for_paths(&model, 21, 10_000, |path| {
        let at = |step: usize| libm::log(path.usd[step + 1] / path.usd[step]) / dt;
        let state = |drift: f64, s: usize| f64::from((drift - (s as f64 + 1.0)).abs() < 1e-3);
        for s in 0..3 {
            opened[s].push(state(at(0), s));
            occupied[s].push((0..steps).map(|step| state(at(step), s)).sum::<f64>() / steps as f64);
            // From calm after one step to s at the end of 300.
            moved[s].push(state(at(0), 0) * state(at(300), s));
        }
    });
    let p = exponential_of(q, 0.3);
    for s in 0..3 {
        // A step with a switch in it shows no state: a share of rate x dt of them, and on either side of a step.
        let slack = |mean: f64| mean * 2.0 * 10.0 * dt + 1e-4;
        for (what, sample, exact) in [
            ("opening", &opened[s], balance[s]),
            ("occupation", &occupied[s], balance[s]),
            ("transition", &moved[s], balance[0] * p[0][s]),
        ] {
            let (mean, error) = mean_and_error(sample);
            assert_close(&format!("{what} of {s}"), mean, exact, 4.0 * error + slack(exact));
        }
    }
}

/// Two states, left at rates a and b: with `r = a + b` the integral I of the variance over t has the mean
/// `(pi_1 v_1 + pi_2 v_2) t` and the variance `2 pi_1 pi_2 (v_1 - v_2)^2 (r t - 1 + exp(-r t)) / r^2`. A drift of half the
/// variance in each state makes the log-return `sqrt(I) Z`: its kurtosis is `3 E I^2 / (E I)^2`.
#[test]
fn returns_are_the_mixture_of_their_variances() {
    let (calm, wild, a, b): (f64, f64, f64, f64) = (0.3, 1.5, 6.0, 30.0);
    let law = "[regime]\n".to_owned()
        + &state("calm", calm, calm * calm / 2.0, &format!("wild = {a:?}"))
        + &state("wild", wild, wild * wild / 2.0, &format!("calm = {b:?}"));
    for (steps, years) in [(1, 0.01), (1, 0.5), (7, 0.1)] {
        let model = regime(&law, &BTC, steps, years);
        let (mut squares, mut fourths) = (Vec::new(), Vec::new());
        for_paths(&model, 31, 200_000 / steps as u64, |path| {
            let r = libm::log(path.usd[steps] / 100.0);
            squares.push(r * r);
            fourths.push(r.powi(4));
        });
        let (r, shares) = (a + b, [b / (a + b), a / (a + b)]);
        let mean = (shares[0] * calm * calm + shares[1] * wild * wild) * years;
        let spread = (wild * wild - calm * calm).powi(2) * shares[0] * shares[1];
        let variance = 2.0 * spread * (r * years - 1.0 + libm::exp(-r * years)) / (r * r);
        let fourth = 3.0 * (mean * mean + variance);
        assert!(fourth / (mean * mean) > 3.3, "the case is too tame to tell");
        assert_mean("square", &squares, mean);
        assert_mean("fourth power", &fourths, fourth);
    }
}

const PAIR: [(&str, f64, bool); 3] = [("btc", 100.0, false), ("usdt", 1.0, true), ("eth", 10.0, false)];

/// The covariance of two coins is the integral of that of each state, and without drift the expected price is the opening.
#[test]
fn coins_switch_together_and_correlations_are_those_of_the_state() {
    let (a, b, years): (f64, f64, f64) = (20.0, 60.0, 0.05);
    let law = "[regime]\ninitial = 'calm'\ncorrelation = [[1.0, 0.4], [0.4, 1.0]]\n\
               [[regime.states]]\nname = 'calm'\nvolatility_per_year = { eth = 0.5, btc = 0.4 }\n\
               switches_per_year = { wild = 20.0 }\n\
               [[regime.states]]\nname = 'wild'\nvolatility_per_year = { btc = 1.2, eth = 2.0 }\n\
               switches_per_year = { calm = 60.0 }\ncorrelation = [[1.0, 0.95], [0.95, 1.0]]\n";
    for steps in [1, 12] {
        let model = regime(law, &PAIR, steps, years);
        let mut growth = [const { Vec::new() }; 2];
        let mut products = Vec::new();
        for_paths(&model, 41, 100_000, |path| {
            let [btc, eth] = [0, 2].map(|coin| path.row(steps)[coin] / PAIR[coin].1);
            assert_eq!(path.row(steps)[1], 1.0, "a pegged coin moved");
            growth[0].push(btc);
            growth[1].push(eth);
            products.push(btc * eth);
        });
        for growth in &growth {
            assert_mean("growth", growth, 1.0);
        }
        // E X Y = E exp(integral of the covariance rate), of the chain from calm.
        let tilted = [[-a + 0.4 * 0.5 * 0.4, a], [b, -b + 0.95 * 2.0 * 1.2]];
        assert_mean("product", &products, exponential_of(tilted, years)[0].iter().sum());
    }
}

#[test]
fn one_state_is_geometric_brownian_motion() {
    let model = regime(&("[regime]\n".to_owned() + &state("only", 0.8, 0.2, "")), &BTC, 4, 1.0);
    let (mut growth, mut logs) = (Vec::new(), Vec::new());
    for_paths(&model, 51, 100_000, |path| {
        growth.push(path.usd[4] / 100.0);
        logs.push(((libm::log(path.usd[4] / 100.0) - 0.2 + 0.32) / 0.8).powi(2));
    });
    assert_mean("growth", &growth, libm::exp(0.2));
    assert_mean("square of the standardised log", &logs, 1.0);
}

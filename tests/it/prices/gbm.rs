//! Geometric Brownian motion against its closed forms, and P02: first passage under discrete monitoring.

use super::{assert_mean, build, fingerprint, for_paths};
use rehypo::price::{PriceModel, PricePath};
use rehypo::random::{Purpose, stream};
use rehypo::unit::YEAR_SECONDS;
use std::path::Path;

const COINS: [(&str, f64, bool); 4] =
    [("usdt", 1.0, true), ("btc", 100_000.0, false), ("eth", 4_000.0, false), ("sol", 200.0, false)];
const VOLATILITY: [f64; 3] = [0.9, 0.5, 1.2]; // eth, btc, sol: the order of the table below
const DRIFT: [f64; 3] = [0.0, 0.3, -0.4];
const LAW: &str = "
[gbm]
volatility_per_year = { eth = 0.9, btc = 0.5, sol = 1.2 }
drift_per_year = { btc = 0.3, sol = -0.4 }
correlation = [[1.0, 0.8, 0.5], [0.8, 1.0, -0.1], [0.5, -0.1, 1.0]]
";

fn gbm(law: &str, of: &[(&str, f64, bool)], steps: usize, step: f64) -> PriceModel {
    build(law, of, steps, step, Path::new("")).expect("a proper law")
}

#[test]
fn terminal_mean_variance_and_correlation_are_the_closed_forms() {
    let years: f64 = 90.0 / 365.0;
    let model = gbm(LAW, &COINS, 3, years * YEAR_SECONDS / 3.0);
    let at = [2, 1, 3];
    let mut price = [const { Vec::new() }; 3];
    let mut z = [const { Vec::new() }; 3];
    for_paths(&model, 11, 100_000, |path| {
        assert_eq!(path.row(3)[0], 1.0, "a pegged coin moved");
        for i in 0..3 {
            let growth = path.row(3)[at[i]] / COINS[at[i]].1;
            price[i].push(growth);
            let mean = (DRIFT[i] - VOLATILITY[i].powi(2) / 2.0) * years;
            z[i].push((libm::log(growth) - mean) / (VOLATILITY[i] * years.sqrt()));
        }
    });
    for i in 0..3 {
        assert_mean("terminal price", &price[i], libm::exp(DRIFT[i] * years));
        assert_mean("standardised log", &z[i], 0.0);
        assert_mean("its square", &z[i].iter().map(|z| z * z).collect::<Vec<_>>(), 1.0);
    }
    for (i, j, correlation) in [(0, 1, 0.8), (0, 2, 0.5), (1, 2, -0.1)] {
        let product: Vec<f64> = z[i].iter().zip(&z[j]).map(|(a, b)| a * b).collect();
        assert_mean("correlation", &product, correlation);
    }
}

#[test]
fn p02_first_passage_is_that_of_discrete_monitoring() {
    let month = 30.0 / 365.0;
    let day = 1.0 / 365.0;
    for (barrier, volatility, years, steps, paths, exact) in [
        (80.0, 0.8, month, 1, 400_000, 0.195_377_12),
        (80.0, 0.8, month, 5, 200_000, 0.262_660_54),
        (80.0, 0.8, month, 30, 100_000, 0.318_504_46),
        (80.0, 0.8, month, 120, 50_000, 0.342_266_65),
        (80.0, 0.8, month, 720, 20_000, 0.357_426_08),
        (95.0, 1.0, day, 6, 200_000, 0.240_529_58),
        (95.0, 1.0, day, 288, 40_000, 0.318_954_69),
    ] {
        let law = format!("[gbm]\nvolatility_per_year = {{ btc = {volatility:?} }}");
        let model = gbm(&law, &[("btc", 100.0, false)], steps, years * YEAR_SECONDS / steps as f64);
        let mut hits = Vec::new();
        for_paths(&model, 2, paths, |path| hits.push(f64::from(path.usd.iter().any(|usd| *usd <= barrier))));
        assert_mean(&format!("P(min <= {barrier}) in {steps} steps"), &hits, exact);
    }
}

#[test]
fn a_path_depends_on_its_stream_alone() {
    let model = gbm(LAW, &COINS, 50, 300.0);
    let draw = |n, path: &mut PricePath| model.fill(&mut stream(5, Purpose::Prices, n), path);
    let (mut alone, mut after) = (PricePath::default(), PricePath::default());
    draw(17, &mut alone);
    for n in 0..=17 {
        draw(n, &mut after);
    }
    assert_eq!(alone, after);
    draw(18, &mut after);
    assert_ne!(alone, after);
    assert_eq!(alone.usd.len(), 51 * 4);
    assert_eq!(alone.row(0), [1.0, 100_000.0, 4_000.0, 200.0]);
}

#[test]
fn memory_is_used_again() {
    let model = gbm(LAW, &COINS, 500, 300.0);
    let mut path = PricePath::default();
    model.fill(&mut stream(5, Purpose::Prices, 0), &mut path);
    let before = (path.usd.as_ptr(), path.usd.capacity());
    model.fill(&mut stream(5, Purpose::Prices, 1), &mut path);
    assert_eq!(before, (path.usd.as_ptr(), path.usd.capacity()));
}

#[test]
fn the_bits_are_the_same_on_every_machine() {
    let model = gbm(LAW, &COINS, 200, 300.0);
    let mut path = PricePath::default();
    model.fill(&mut stream(1, Purpose::Prices, 3), &mut path);
    assert_eq!(fingerprint(&path), 142_072_280_418_450_379);
}

#[test]
fn a_world_of_stablecoins_stands_still() {
    let model = gbm("[gbm]\nvolatility_per_year = {}", &[("usdt", 1.0, true), ("usdc", 0.999, true)], 3, 60.0);
    let mut path = PricePath::default();
    model.fill(&mut stream(1, Purpose::Prices, 0), &mut path);
    assert_eq!(path.usd, [1.0, 0.999].repeat(4));
}

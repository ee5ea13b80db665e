//! A law that the data were drawn from is not accused; one that they were not is, and of the right fault.

use super::{HOUR, drawn, fitted, law, sample};
use rehypo::calibrate::block::{Style, write};
use rehypo::calibrate::special::beta_share;
use rehypo::calibrate::verdict::{Grade, Verdict};
use rehypo::calibrate::{MODELS, Model, calibrate};
use rehypo::chart::goodness;
use rehypo::price::correlation;
use rehypo::random::{Purpose, normal, stream};

const GARCH: &str = "[garch]\nbar = '1h'\nlong_run_volatility_per_year = { a = 0.7 }\nalpha = { a = 0.15 }\n\
                     beta = { a = 0.8 }\ndegrees = { a = 4.0 }\n";

fn verdict(returns: Vec<f64>, model: Model) -> Verdict {
    Verdict::of(model, &fitted(&sample(vec![returns], HOUR), model).fits[0])
}

#[test]
fn the_right_law_is_not_accused() {
    let gbm = law("[gbm]\nvolatility_per_year = { a = 0.8 }", 1, 1_000, HOUR);
    let poor = (0..100).filter(|seed| verdict(drawn(&gbm, *seed, 1).remove(0), Model::Gbm).grade != Grade::Good);
    // Two tests at 1 % each: 2 of 100 on average.
    let poor = poor.count();
    assert!(poor <= 8, "{poor} of 100 are accused");
    let garch = law(GARCH, 1, 2_000, HOUR);
    for seed in 0..4 {
        let verdict = verdict(drawn(&garch, seed, 1).remove(0), Model::Garch);
        assert_eq!(verdict.grade, Grade::Good, "{}", verdict.words);
        assert!(verdict.words.starts_with("no misfit found"), "{}", verdict.words);
    }
}

#[test]
fn the_wrong_law_is_accused_of_what_is_wrong() {
    let returns = drawn(&law(GARCH, 1, 3_000, HOUR), 1, 1).remove(0);
    let gbm = verdict(returns.clone(), Model::Gbm);
    assert_eq!(gbm.grade, Grade::Poor);
    for words in ["gbm fits poorly", "more extreme", "kurtosis", "clusters", "p < 1e-10"] {
        assert!(gbm.words.contains(words), "{}", gbm.words);
    }
    // Jumps make the tails right, not the clusters.
    let merton = verdict(returns, Model::Merton);
    assert_eq!(merton.grade, Grade::Poor);
    assert!(merton.words.contains("clusters"), "{}", merton.words);
    assert!(merton.distance < 0.3 * gbm.distance, "{} and {}", merton.distance, gbm.distance);
}

#[test]
fn fat_tails_alone_are_no_clusters() {
    let mut rng = stream(2, Purpose::Prices, 0);
    let returns = (0..3_000).map(|at| normal(&mut rng) * if at % 10 == at / 10 % 10 { 0.03 } else { 0.01 }).collect();
    let verdict = verdict(returns, Model::Gbm);
    assert!(verdict.shape_p < 1e-6 && verdict.kurtosis > 3.5, "{verdict:?}");
    assert!(verdict.words.contains("more extreme"), "{}", verdict.words);
}

#[test]
fn data_without_jumps_do_not_tell_the_size_of_jumps() {
    let mut rng = stream(9, Purpose::Prices, 0);
    let returns = (0..1_000).map(|_| 0.01 * normal(&mut rng)).collect();
    let fit = &fitted(&sample(vec![returns], HOUR), Model::Merton).fits[0];
    assert!(!fit.flaws.is_empty(), "{:?}", fit.numbers);
}

#[test]
fn the_lag_at_which_squares_are_most_correlated_is_named() {
    let mut rng = stream(5, Purpose::Prices, 0);
    let wild = |at: usize| if [0, 7].contains(&(at % 70)) { 0.06 } else { 0.01 };
    let returns: Vec<f64> = (0..3_000).map(|at| normal(&mut rng) * wild(at)).collect();
    let gbm = verdict(returns.clone(), Model::Gbm);
    let words = format!(
        "clusters that it does not have (Ljung-Box of squares p < 1e-10; autocorrelation {:.2} at lag 7)",
        gbm.squares[6]
    );
    assert!(gbm.squares[6] > 0.1 && gbm.words.contains(&words), "{}", gbm.words);
    // A law with clusters is not told that it has none.
    let garch = verdict(returns, Model::Garch);
    assert!(
        garch.words.contains("other clusters than it has them") && garch.words.contains("at lag 7"),
        "{}",
        garch.words
    );
}

/// A stablecoin's year with a depeg: moves of a thousandth of a cent and of 12 %.
#[test]
fn moves_that_no_grid_resolves_are_flagged() {
    let mut rng = stream(6, Purpose::Prices, 0);
    let mut returns: Vec<f64> = (0..300).map(|_| 1e-5 * normal(&mut rng)).collect();
    (returns[100], returns[110]) = (-0.12, 0.12);
    let fit = &fitted(&sample(vec![returns], HOUR), Model::Kou).fits[0];
    assert!(fit.flaws.iter().any(|flaw| flaw.contains("times the typical one")), "{:?}", fit.flaws);
}

#[test]
fn prices_that_hardly_move_are_refused() {
    let mut returns = vec![0.0; 1_000];
    returns[10] = 0.1;
    let why = calibrate(&sample(vec![returns], HOUR), Model::Gbm, 2).unwrap_err();
    assert!(why.contains("does not move") && why.contains("--bar"), "{why}");
}

/// The block of a law fitted to two coins that it does not fit, which is built and drawn from.
#[test]
fn every_block_can_be_pasted() {
    let gbm =
        law("[gbm]\nvolatility_per_year = { a = 0.8, b = 0.5 }\ncorrelation = [[1, 0.9], [0.9, 1]]", 2, 600, HOUR);
    for model in MODELS.map(|(model, _)| model) {
        for keep_drift in [false, true] {
            let sample = sample(drawn(&gbm, 4, 1), HOUR);
            let calibration = fitted(&sample, model);
            let verdicts: Vec<Verdict> = calibration.fits.iter().map(|fit| Verdict::of(model, fit)).collect();
            let text = write(&sample, &calibration, &verdicts, Style { source: "made.csv", keep_drift });
            assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
            assert_eq!(text.lines().any(|line| line.starts_with("drift_per_year")), keep_drift, "{text}");
            let table: toml::Table = toml::from_str(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
            let path = drawn(&law(&toml::to_string(&table["prices"]).unwrap(), 2, 600, HOUR), 1, 1);
            assert!(path.iter().flatten().all(|x| x.is_finite()), "{text}");
            // The data have no jumps, so that laws of jumps find none that coins share.
            if ![Model::Merton, Model::Kou].contains(&model) {
                let pairs: Vec<f64> = path[0].iter().zip(&path[1]).flat_map(|(a, b)| [*a, *b]).collect();
                let together = correlation::measured(&pairs, 2)[1];
                assert!((together - 0.9).abs() < 0.06, "{}: {together}", model.name());
            }
        }
    }
}

#[test]
fn the_chart_names_law_coins_and_fault() {
    let sample = sample(drawn(&law(GARCH, 1, 1_500, HOUR), 1, 1), HOUR);
    let calibration = fitted(&sample, Model::Gbm);
    let verdicts = [Verdict::of(Model::Gbm, &calibration.fits[0])];
    let figure = goodness::draw(&sample, &calibration, &verdicts, "made.csv");
    assert!(figure.title().starts_with("gbm fits a poorly: moves are more extreme"), "{}", figure.title());
    crate::charts::well_set(&figure, "goodness");
    let words: Vec<String> = figure.texts().into_iter().map(|text| text.text).collect();
    assert!(words.iter().any(|w| w.contains("1,500 bars of 1\u{a0}hour")), "{words:?}");
}

/// The band's edges are those of order statistics: the chance that the k-th of n uniforms is below x is that of k or
/// more of n trials.
#[test]
fn order_statistics_are_binomial() {
    let (n, k, x) = (12_usize, 4_usize, 0.3_f64);
    let chosen = |j: usize| (0..j).map(|i| (n - i) as f64 / (i + 1) as f64).product::<f64>();
    let sum: f64 = (k..=n).map(|j| chosen(j) * libm::pow(x, j as f64) * libm::pow(1.0 - x, (n - j) as f64)).sum();
    assert!((beta_share(k as f64, (n - k + 1) as f64, x) - sum).abs() < 1e-13);
}

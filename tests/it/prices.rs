//! Prices: laws against closed forms, history against the file it was read from, and every way a price file can be
//! wrong against the message it gives.

mod bad_input;
mod bad_volatility;
pub mod between;
mod bootstrap;
mod bridge;
mod copula;
mod gamma;
mod garch;
mod gbm;
mod heston;
mod hours;
mod jumps;
mod klines;
mod nearest;
mod normal;
mod out_of_range;
mod peg;
mod regime;
mod replay;
mod sampling;
mod scripted;
mod shocks;

use rehypo::id::AssetId;
use rehypo::price::{PriceError, PriceModel, PricePath};
use rehypo::random::{Purpose, stream};
use rehypo::scenario::Coin;
use rehypo::scenario::spec::PricesSpec;
use std::path::{Path, PathBuf};

/// The scenario coins of `(name, opening or peg, pegged)`.
fn coins(of: &[(&str, f64, bool)]) -> Vec<Coin> {
    let coin = |(at, &(name, opening_usd, pegged)): (usize, &(&str, f64, bool))| Coin {
        name: name.to_owned(),
        asset: AssetId::at(at),
        opening_usd,
        pegged,
        stable: None,
    };
    of.iter().enumerate().map(coin).collect()
}

/// What stands below `[prices]`.
fn spec(toml: &str) -> PricesSpec {
    toml::from_str(toml).expect("a proper [prices]")
}

fn build(toml: &str, of: &[(&str, f64, bool)], steps: usize, step: f64, base: &Path) -> Result<PriceModel, PriceError> {
    PriceModel::build(&spec(toml), &coins(of), steps, step, base)
}

/// The directory of the bundled prices.
fn bundled() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/prices")
}

/// Hands each of the first paths to `look`.
fn for_paths(model: &PriceModel, seed: u64, paths: u64, mut look: impl FnMut(&PricePath)) {
    let mut path = PricePath::default();
    for n in 0..paths {
        model.fill(&mut stream(seed, Purpose::Prices, n), &mut path);
        look(&path);
    }
}

/// The mean of `samples` and its standard error.
fn mean_and_error(samples: &[f64]) -> (f64, f64) {
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    (mean, (samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt())
}

/// Asserts that `x` is `exact` within `within`.
fn assert_close(what: &str, x: f64, exact: f64, within: f64) {
    assert!((x - exact).abs() <= within, "{what}: {x:?} is not {exact:?} within {within:e}");
}

/// Asserts that the mean of `samples` is `exact` within four standard errors.
fn assert_mean(what: &str, samples: &[f64], exact: f64) {
    let (mean, error) = mean_and_error(samples);
    assert!((mean - exact).abs() <= 4.0 * error, "{what}: {mean} is not {exact} within 4 x {error}");
}

/// A fingerprint of every bit of a path.
fn fingerprint(path: &PricePath) -> u64 {
    path.usd.iter().fold(path.coins as u64, |sum, usd| (sum ^ usd.to_bits()).wrapping_mul(0x0100_0000_01B3))
}

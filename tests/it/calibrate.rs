//! Calibration: a fit finds the numbers that data were drawn with, within its own standard errors; the verdict tells a
//! law that fits from one that does not; the block runs; the command refuses what it cannot do.

mod command;
mod recovery;
mod verdicts;

use rehypo::calibrate::sample::{Named, Sample};
use rehypo::calibrate::{Calibration, Model, calibrate};
use rehypo::id::AssetId;
use rehypo::price::{PriceModel, PricePath};
use rehypo::random::{Purpose, stream};
use rehypo::scenario::Coin;
use rehypo::scenario::spec::PricesSpec;
use std::path::Path;

const HOUR: f64 = 3600.0;
const YEAR: f64 = 31_536_000.0;

/// A sample of coins named `a`, `b` and so on.
fn sample(returns: Vec<Vec<f64>>, bar_seconds: f64) -> Sample {
    let named = |at: usize| {
        let coin = char::from(b'a' + at as u8).to_string();
        Named { symbol: coin.to_uppercase(), coin }
    };
    let coins = (0..returns.len()).map(named).collect();
    Sample { coins, returns, starts: vec![0], bar_seconds, span_ms: [0, 3_600_000] }
}

fn coins(number: usize) -> Vec<Coin> {
    let coin = |at: usize| Coin {
        name: char::from(b'a' + at as u8).to_string(),
        asset: AssetId::at(at),
        opening_usd: 100.0,
        pegged: false,
        stable: None,
    };
    (0..number).map(coin).collect()
}

/// What stands below `[prices]`.
fn law(toml: &str, number: usize, bars: usize, bar_seconds: f64) -> PriceModel {
    let spec: PricesSpec = toml::from_str(toml).unwrap_or_else(|e| panic!("{e}\n{toml}"));
    PriceModel::build(&spec, &coins(number), bars, bar_seconds, Path::new("."))
        .unwrap_or_else(|e| panic!("{}: {e}\n{toml}", e.key()))
}

/// Log returns of a drawn path, coin by coin, one in `every` steps.
fn drawn(model: &PriceModel, seed: u64, every: usize) -> Vec<Vec<f64>> {
    let mut path = PricePath::default();
    model.fill(&mut stream(seed, Purpose::Prices, 0), &mut path);
    let ends = || (every..=path.steps()).step_by(every);
    let moved = |coin: usize| ends().map(|t| libm::log(path.row(t)[coin] / path.row(t - every)[coin])).collect();
    (0..path.coins).map(moved).collect()
}

fn fitted(sample: &Sample, model: Model) -> Calibration {
    calibrate(sample, model, 2).expect("data that move")
}

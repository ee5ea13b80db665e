//! Drawing prices on one thread: standard normals, and paths of 1,440 steps of one coin (a day of minutes), law by law.
//! Items are normals and paths. `benches/peers/prices.py` measures the same in `NumPy` and `QuantLib`.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rehypo::id::AssetId;
use rehypo::price::{PriceModel, PricePath};
use rehypo::random::{Draws, Purpose, Sampling, fill_normals, normal, stream};
use rehypo::scenario::Coin;
use std::path::Path;

const STEPS: usize = 1_440;

fn main() {
    divan::main();
}

#[divan::bench]
fn normals(bencher: Bencher) {
    let mut rng = stream(1, Purpose::Prices, 0);
    let mut out = vec![0.0; STEPS];
    bencher.counter(ItemsCount::new(STEPS)).bench_local(|| {
        fill_normals(&mut rng, &mut out);
        black_box(&out);
    });
}

#[divan::bench]
fn normals_one_by_one(bencher: Bencher) {
    let mut rng = stream(1, Purpose::Prices, 0);
    let mut out = vec![0.0; STEPS];
    bencher.counter(ItemsCount::new(STEPS)).bench_local(|| {
        for x in &mut out {
            *x = normal(&mut rng);
        }
        black_box(&out);
    });
}

/// Paths of a law, drawn with independent streams.
fn paths(bencher: Bencher, law: &str) {
    sampled(bencher, law, Sampling::Random);
}

fn sampled(bencher: Bencher, law: &str, sampling: Sampling) {
    let coin = Coin { name: "btc".to_owned(), asset: AssetId::at(0), opening_usd: 100.0, pegged: false, stable: None };
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/prices");
    let spec = toml::from_str(law).expect("a proper [prices]");
    let law = PriceModel::build(&spec, &[coin], STEPS, 60.0, &base).expect("a proper law");
    let (mut path, mut number) = (PricePath::default(), 0);
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        match sampling.draws(1, number) {
            Draws::Random(mut stream) => law.fill(&mut stream, &mut path),
            mut draws => law.fill(&mut draws, &mut path),
        }
        number += 1;
        black_box(&path);
    });
}

const GBM: &str = "[gbm]\nvolatility_per_year = { btc = 0.8 }";

#[divan::bench]
fn gbm(bencher: Bencher) {
    paths(bencher, GBM);
}

#[divan::bench]
fn gbm_antithetic(bencher: Bencher) {
    sampled(bencher, GBM, Sampling::Antithetic);
}

#[divan::bench]
fn gbm_sobol(bencher: Bencher) {
    sampled(bencher, GBM, Sampling::Sobol { replicates: 16 });
}

#[divan::bench]
fn merton(bencher: Bencher) {
    paths(
        bencher,
        "[merton]\nvolatility_per_year = { btc = 0.6 }\njumps_per_year = { btc = 365 }\njump_deviation = { btc = 0.03 }",
    );
}

#[divan::bench]
fn kou(bencher: Bencher) {
    let sizes = "up_probability = { btc = 0.4 }\nmean_up = { btc = 0.03 }\nmean_down = { btc = 0.05 }";
    let law = format!("[kou]\nvolatility_per_year = {{ btc = 0.6 }}\njumps_per_year = {{ btc = 365 }}\n{sizes}");
    paths(bencher, &law);
}

#[divan::bench]
fn heston(bencher: Bencher) {
    let variance = "reversion_per_year = { btc = 4 }\nvolatility_of_variance = { btc = 1 }";
    let correlation = "spot_variance_correlation = { btc = -0.5 }";
    paths(bencher, &format!("[heston]\nlong_run_volatility_per_year = {{ btc = 0.8 }}\n{variance}\n{correlation}"));
}

/// A bar a step.
#[divan::bench]
fn garch(bencher: Bencher) {
    let bar = "alpha = { btc = 0.08 }\nbeta = { btc = 0.9 }\ndegrees = { btc = 4 }";
    paths(bencher, &format!("[garch]\nbar = '1m'\nlong_run_volatility_per_year = {{ btc = 0.8 }}\n{bar}"));
}

#[divan::bench]
fn regime(bencher: Bencher) {
    let calm = "name = 'calm'\nvolatility_per_year = { btc = 0.5 }\nswitches_per_year = { wild = 50 }";
    let wild = "name = 'wild'\nvolatility_per_year = { btc = 1.5 }\nswitches_per_year = { calm = 200 }";
    paths(bencher, &format!("[regime]\n[[regime.states]]\n{calm}\n[[regime.states]]\n{wild}"));
}

/// Hourly bars refined to minutes.
#[divan::bench]
fn replay(bencher: Bencher) {
    paths(
        bencher,
        "[replay]\nfile = 'may_2021.csv'\nstart = '2021-05-19T00:00:00Z'\nwithin_bar = 'bridge'\nrescale = true",
    );
}

#[divan::bench]
fn bootstrap(bencher: Bencher) {
    paths(bencher, "[bootstrap]\nfile = 'binance_spot_1h.parquet'\nmean_block = '24h'\ngaps = 'split'");
}

//! What a run on a pool of 1,000,000 depositors costs.
//!
//! `leaving` runs a path of a day, in steps of an hour, on which about so many leave; `bystanders` runs paths of many steps on
//! which nobody does, so that the time that grows with the number of steps is what a step costs; `patience` is the draw alone.
//! What is left with nobody leaving is paid once a path: the outcome holds the loss of every owner.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rehypo::engine::patience::Patience;
use rehypo::engine::{Record, Simulation};
use rehypo::id::CohortId;
use rehypo::scenario::{Loaded, load_text};
use std::path::Path;

fn main() {
    divan::main();
}

const OWNERS: usize = 1_000_000;

/// A pool whose depositors leave at that hazard, the large sooner.
fn pool(per_day: f64, steps: usize) -> Loaded {
    let world = format!(
        r#"
name = "runs"
run = {{ paths = 1, seed = 1, horizon = "{steps}h", step = "1h", counterfactuals = [] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, btc = {{ price_usd = 100.0 }} }}
prices.gbm.volatility_per_year = {{ btc = 0.5 }}
venues.earn.savings.when_dry = "queue"
[venues.earn.savings.reserves.usdt]
receipt = "ldusdt"
outside_supply_usd = 0.0
utilisation = 0.5
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.05
slope2_per_year = 0.5
reserve_factor = 0.1
[[cohorts]]
name = "savers"
owners = {OWNERS}
coin = "usdt"
wealth.lognormal = {{ median_usd = 1000, sigma = 1.5, max_usd = 1e7 }}
chain = [ {{ deposit = {{ venue = "earn" }} }} ]
runs = {{ calm_per_day = {per_day:e}, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.1, cap_per_day = 1e9 }}
"#
    );
    load_text(&world, Path::new("."), "runs", &[]).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The hazard at which about so many leave in a day.
fn hazard(leaving: usize) -> f64 {
    -libm::log1p(-(leaving as f64) / OWNERS as f64)
}

fn paths(bencher: Bencher, per_day: f64, steps: usize, items: usize) {
    let loaded = pool(per_day, steps);
    let simulation = Simulation::new(&loaded.scenario).expect("the pool opens");
    let mut workspace = simulation.workspace();
    let mut path = 0;
    bencher.counter(ItemsCount::new(items)).bench_local(|| {
        path += 1;
        black_box(simulation.run(path, Record::default(), &mut workspace))
    });
}

/// Items are those who leave.
#[divan::bench(args = [100, 10_000, 100_000], sample_count = 10)]
fn leaving(bencher: Bencher, leaving: usize) {
    paths(bencher, hazard(leaving), 24, leaving);
}

/// Items are steps.
#[divan::bench(args = [24, 2_400, 24_000], sample_count = 10)]
fn bystanders(bencher: Bencher, steps: usize) {
    paths(bencher, 0.0, steps, steps);
}

/// Items are those who leave.
#[divan::bench(args = [100, 10_000, 100_000, 999_000], sample_count = 10)]
fn patience(bencher: Bencher, leaving: usize) {
    let per_day = hazard(leaving);
    let loaded = pool(per_day, 1);
    let simulation = Simulation::new(&loaded.scenario).expect("the pool opens");
    let mut patience = Patience::new(&loaded.scenario, simulation.population());
    let mut path = 0;
    bencher.counter(ItemsCount::new(leaving)).bench_local(|| {
        path += 1;
        patience.begin(path);
        black_box(patience.up_to(CohortId(0), per_day).len())
    });
}

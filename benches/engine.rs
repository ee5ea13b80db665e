//! What a step costs: the plain sweep of columns, the whole run, and the share of it that prices alone would take.
//!
//! `cargo bench` prints times per call; the items per second are account-steps (accounts times steps), so 1e9 a second is
//! 1 ns each. The last group compares our normals with the ziggurat of `rand_distr`.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rand_distr::{Distribution, StandardNormal};
use rehypo::engine::watch::Search;
use rehypo::engine::{Record, Simulation};
use rehypo::price::PricePath;
use rehypo::random::{Purpose, normal, stream};
use rehypo::scenario::{Loaded, Place, Variant, load};
use rehypo::world::World;
use std::path::Path;

fn main() {
    divan::main();
}

fn default_run() -> Loaded {
    load(Path::new("configs/bfusd_stack.toml"), &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// Accounts at the futures venue of the default run, all swept at the opening marks: items are accounts.
#[divan::bench]
fn plain_sweep_of_columns(bencher: Bencher) {
    let loaded = default_run();
    let simulation = Simulation::new(&loaded.scenario).expect("the default run opens");
    let mut world = World::new(&loaded.scenario, simulation.population());
    world.reset(Variant::Full);
    let watch = simulation.opening().watches.iter().find(|w| w.place() == Place::Futures(0)).expect("a venue");
    bencher.counter(ItemsCount::new(watch.rows())).bench_local(|| black_box(watch.sweep_all(&world)));
}

fn account_steps(loaded: &Loaded, simulation: &Simulation) -> ItemsCount {
    let worlds = 1 + loaded.scenario.counterfactuals.len();
    ItemsCount::new(simulation.population().owners.len() * loaded.scenario.steps * worlds)
}

/// One path of the default run in its three worlds: items are owners times steps times worlds.
#[divan::bench(args = [Search::Pruned, Search::Plain], sample_count = 10)]
fn whole_path(bencher: Bencher, search: Search) {
    let loaded = default_run();
    let simulation = Simulation::new(&loaded.scenario).expect("the default run opens").with_search(search);
    let mut workspace = simulation.workspace();
    let mut path = 0;
    bencher.counter(account_steps(&loaded, &simulation)).bench_local(|| {
        path += 1;
        black_box(simulation.run(path % 10, Record::default(), &mut workspace))
    });
}

/// The prices of one path of the default run alone.
#[divan::bench]
fn prices_alone(bencher: Bencher) {
    let loaded = default_run();
    let simulation = Simulation::new(&loaded.scenario).expect("the default run opens");
    let (mut prices, mut path) = (PricePath::default(), 0);
    bencher.bench_local(|| {
        path += 1;
        simulation.draw_prices(path % 10, &mut prices);
        black_box(prices.usd.last().copied())
    });
}

const NORMALS: usize = 10_000;

#[divan::bench]
fn normals_by_inversion(bencher: Bencher) {
    let mut rng = stream(1, Purpose::Prices, 0);
    bencher
        .counter(ItemsCount::new(NORMALS))
        .bench_local(|| (0..NORMALS).map(|_| normal(&mut rng)).fold(0.0, f64::max));
}

#[divan::bench]
fn normals_by_ziggurat(bencher: Bencher) {
    let mut rng = stream(1, Purpose::Prices, 0);
    bencher
        .counter(ItemsCount::new(NORMALS))
        .bench_local(|| (0..NORMALS).map(|_| -> f64 { StandardNormal.sample(&mut rng) }).fold(0.0, f64::max));
}

//! Mark price, premium index and funding, as a world publishes them, against values worked out by hand.

use super::{one_bet, run};
use rehypo::engine::Simulation;
use rehypo::id::AccountId;
use rehypo::market::Side;
use rehypo::scenario::{Loaded, Scenario, Variant};
use rehypo::world::World;

/// One owner long and one short of about a bitcoin, quiet prices; the book loses 1 % to a sale of 1e6 USD.
fn two_people(sets: &[&str]) -> Loaded {
    let short = "[[cohorts]]\nname = 'shorts'\nowners = 1\ncoin = 'usdt'\nwealth.fixed = { usd = 100000 }\n\
        chain = [\n{ pledge = { venue = 'binance' } },\n\
        { trade = { venue = 'binance', leverage = { fixed = { x = 1 } }, long_share = 0.0, contracts = { btc-perp = 1.0 } } },\n]";
    let quiet = [
        "prices.gbm.volatility_per_year.btc=1e-12",
        "run.horizon=1d",
        "run.step=1h",
        "markets.btc.perp.linear.depth_1pct_usd=1e6",
        "markets.btc.arbitrage_share=0",
        "cohorts.bettors.owners=1",
        "cohorts.bettors.wealth={ fixed = { usd = 100000 } }",
        "cohorts.bettors.chain.trade.leverage={ fixed = { x = 1 } }",
        "cohorts.bettors.chain.trade.long_share=1",
    ];
    one_bet(&[&quiet, sets].concat(), short)
}

/// A world at its opening.
fn open<'a>(scenario: &'a Scenario, simulation: &'a Simulation<'_>) -> World<'a> {
    let mut world = World::new(scenario, simulation.population());
    world.reset(Variant::Full);
    world
}

/// The next step, at a price, after an order of that many USD at exogenous prices.
fn step(world: &mut World, price: f64, order_usd: f64) {
    let btc = world.scenario.futures[0].contracts[0].coin;
    world.step += 1;
    world.exogenous[btc.index()] = price;
    world.begin_futures_step(0);
    world.publish();
    world.markets.execute(btc, Side::Perp, order_usd);
    world.publish();
}

fn close(a: f64, b: f64) -> bool {
    (a / b - 1.0).abs() < 1e-12
}

#[test]
fn the_mark_is_the_median_of_funding_basis_and_last() {
    let loaded = two_people(&["venues.binance.futures.basis_window=3h"]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = open(&loaded.scenario, &simulation);
    // Books do not decay here: a linear law of depth 1e6 loses 1 % of the logarithm per 1e6 sold.
    let last = |price: f64, sold: f64| price * libm::exp(-0.01 * sold / 1e6);
    step(&mut world, 100_000.0, -1e6);
    let first = last(100_000.0, 1e6) - 100_000.0;
    assert!(close(world.futures[0].marks.price[0], 100_000.0 + first / 3.0), "the mean over 3 steps is in the middle");
    step(&mut world, 90_000.0, -1e6);
    let second = last(90_000.0, 2e6) - 90_000.0;
    assert!(close(world.futures[0].marks.price[0], 90_000.0 + (first + second) / 3.0));
    step(&mut world, 95_000.0, 0.0);
    let third = last(95_000.0, 2e6) - 95_000.0;
    assert!(close(world.futures[0].marks.price[0], 95_000.0 + (first + second + third) / 3.0));
    step(&mut world, 95_000.0, 0.0);
    assert!(close(world.futures[0].marks.price[0], 95_000.0 + (second + 2.0 * third) / 3.0), "the first has left");
    step(&mut world, 95_000.0, 3e6);
    // Now the last price is above the index, and the mean basis below it: the index with funding, of which none has
    // been settled, is in the middle.
    assert!(close(world.futures[0].marks.price[0], 95_000.0));
}

#[test]
fn a_round_replaces_the_sample_of_its_step() {
    let loaded = two_people(&["venues.binance.futures.basis_window=4h"]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let (mut at_once, mut in_rounds) = (open(&loaded.scenario, &simulation), open(&loaded.scenario, &simulation));
    step(&mut at_once, 100_000.0, -2e6);
    step(&mut in_rounds, 100_000.0, -0.5e6);
    for _ in 0..3 {
        let btc = loaded.scenario.futures[0].contracts[0].coin;
        in_rounds.markets.execute(btc, Side::Perp, -0.5e6);
        in_rounds.publish();
    }
    assert!(close(in_rounds.futures[0].marks.price[0], at_once.futures[0].marks.price[0]));
}

#[test]
fn the_index_with_the_last_rate_is_the_mark_when_it_is_in_the_middle() {
    let loaded = two_people(&["venues.binance.futures.funding={ interest_8h = 0.0, premium_8h = 0.0025 }"]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = open(&loaded.scenario, &simulation);
    for _ in 0..8 {
        step(&mut world, 100_000.0, 0.0);
    }
    assert!(close(world.futures[0].clocks[0].rate(), 0.002));
    step(&mut world, 100_000.0, -1e6);
    step(&mut world, 100_000.0, 2e6);
    // Two hours on, six are left. Basis of this step +1 %, in a window of one step: so is the last price; both are above.
    let left: f64 = 6.0 / 8.0;
    assert!(world.futures[0].clocks[0].expected() > 0.0 && close(world.futures[0].clocks[0].expected(), 0.002 * left));
    let above = 100_000.0 * libm::exp(0.01);
    assert!(close(world.futures[0].marks.price[0], above), "with a window of one step, basis and last agree");
    let loaded = two_people(&[
        "venues.binance.futures.funding={ interest_8h = 0.0, premium_8h = 0.0025 }",
        "venues.binance.futures.basis_window=100h",
    ]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = open(&loaded.scenario, &simulation);
    for _ in 0..9 {
        step(&mut world, 100_000.0, 0.0);
    }
    step(&mut world, 100_000.0, 1e6);
    // The mean basis is 10 USD, the index with funding 150 above the index, the last price 1,005 above.
    assert!(close(world.futures[0].marks.price[0], 100_000.0 * (1.0 + 0.002 * left)));
}

#[test]
fn the_premium_is_measured_with_the_impact_notional() {
    let loaded = two_people(&[]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = open(&loaded.scenario, &simulation);
    let leverage = loaded.scenario.futures[0].contracts[0].tiers[0].max_leverage;
    assert_eq!(leverage, 150.0);
    assert_eq!(world.premium_index(0, 0), 0.0, "a quiet book has no premium: bid below, ask above the index");
    // Mean price, over the exogenous one, of an order of u depths on a linear book whose log-price stands at f:
    // (exp(f + 0.01 u) - exp(f)) / (0.01 u), with u of the notional 200 * 150 at the book's price.
    let mean = |f: f64, sign: f64| {
        let u = sign * 200.0 * leverage / 1e6 / libm::exp(f);
        (libm::exp(f + 0.01 * u) - libm::exp(f)) / (0.01 * u)
    };
    step(&mut world, 100_000.0, 0.5e6);
    assert!((world.premium_index(0, 0) - (mean(0.005, -1.0) - 1.0)).abs() < 1e-11);
    step(&mut world, 90_000.0, -1.5e6);
    assert!((world.premium_index(0, 0) + (1.0 - mean(-0.01, 1.0))).abs() < 1e-11);
    step(&mut world, 90_000.0, 1e6 + 1e4);
    assert_eq!(world.premium_index(0, 0), 0.0, "0.01 % above the index is within the half spread of the impact order");
}

#[test]
fn the_rate_follows_the_premium_of_the_book_late_samples_most() {
    let loaded = two_people(&["venues.binance.futures.funding={ interval = '4h', interest_8h = 0.0 }"]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = open(&loaded.scenario, &simulation);
    let mut premiums = [0.0; 4]; // the opening is the first sample
    for (hour, order_usd) in [(1, 0.2e6), (2, 0.1e6), (3, -0.1e6)] {
        step(&mut world, 100_000.0, order_usd);
        premiums[hour] = world.premium_index(0, 0);
        world.end_futures_step(0);
    }
    assert!(premiums[2] > premiums[1] && premiums[1] > 0.0015, "{premiums:?}");
    step(&mut world, 100_000.0, 0.0);
    let mean = (2.0 * premiums[1] + 3.0 * premiums[2] + 4.0 * premiums[3]) / 10.0;
    assert!(close(world.futures[0].clocks[0].rate(), (mean - 0.0005) / 2.0), "{:?}", world.futures[0].clocks[0]);
}

#[test]
fn what_longs_pay_shorts_and_the_outside_receive() {
    let loaded = two_people(&["venues.binance.futures.funding={ interest_8h = 0.0, premium_8h = 0.001 }"]);
    let outcome = run(&loaded, 0);
    let [long, short] = outcome.full.owner_loss_usd.as_slice() else { panic!("two owners") };
    // One bitcoin at 100,000; 0.1 % less the band of 0.05 % at 8, 16 and 24 hours.
    assert!((long - 3.0 * 0.0005 * 100_000.0).abs() < 1e-4, "{long}");
    assert!((short + 3.0 * 0.0005 * 100_000.0).abs() < 1e-4, "{short}");
}

#[test]
fn over_all_holders_funding_sums_to_zero() {
    let sets = ["cohorts.bettors.chain.trade.leverage={ fixed = { x = 3 } }"];
    let loaded = two_people(&[&sets[..], &["venues.binance.futures.funding={ premium_8h = 0.01 }"]].concat());
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = open(&loaded.scenario, &simulation);
    let contract = loaded.scenario.futures[0].contracts[0].asset;
    for _ in 0..24 {
        step(&mut world, 100_000.0, 0.0);
    }
    let paid = world.futures[0].marks.funding[0];
    // Capped at 0.75 * 0.4 % after 8 hours, then hourly at (1 % - 0.05 %) / 8, which is not calm.
    assert!(close(paid, 100_000.0 * (0.003 + 16.0 * 0.0095 / 8.0)), "{paid}");
    let accounts = (0..simulation.population().accounts.len()).map(AccountId::at);
    let payments: Vec<f64> =
        accounts.map(|a| -world.ledger.balance(a, contract) * paid).filter(|p| *p != 0.0).collect();
    assert_eq!(payments.len(), 3, "the long, the short and the outside: {payments:?}");
    assert_eq!(payments.iter().sum::<f64>(), 0.0);
}

#[test]
fn both_legs_of_a_contract_have_one_rate() {
    let loaded = two_people(&[
        "venues.binance.futures.positions=hedge",
        "venues.binance.futures.funding={ premium_8h = 0.003 }",
    ]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = open(&loaded.scenario, &simulation);
    for hour in 0..20 {
        step(&mut world, 100_000.0 + 100.0 * f64::from(hour), 1e5);
        world.end_futures_step(0);
    }
    let marks = &world.futures[0].marks;
    assert_eq!(marks.price.len(), 2);
    assert!(marks.funding[0] > 0.0);
    assert_eq!([marks.price[0], marks.funding[0]], [marks.price[1], marks.funding[1]]);
}

//! A workload of a benchmark of 22 engines, against the loop that states its rules: one market, cross-margined accounts with
//! cash, coins and a position; what is sold in a step moves the price of the next.

#[path = "../../../examples/pb1/world.rs"]
mod world;

use rehypo::engine::Simulation;
use rehypo::engine::watch::Search;
use rehypo::random::{Purpose, normal, stream, uniform};
use world::{Instance, Left};

const ACCOUNTS: usize = 500;
const STEPS: usize = 200;

/// Accounts with leverage of 1.2 to 25, two thirds of them long; open interest against a depth of four times it.
fn instance(seed: u64) -> Instance {
    let mut rng = stream(seed, Purpose::Population, 0);
    let (mut cash_usd, mut coins, mut positions) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ACCOUNTS {
        let equity = 10_000.0 * libm::exp(1.5 * normal(&mut rng) - 1.125);
        let leverage = (1.0 + libm::exp(1.2 + 0.8 * normal(&mut rng))).clamp(1.2, 25.0);
        let side = if uniform(&mut rng) < 0.65 { 1.0 } else { -1.0 };
        let in_coins = uniform(&mut rng) * 0.6;
        cash_usd.push(equity * (1.0 - in_coins));
        coins.push(equity * in_coins);
        positions.push(side * leverage * equity);
    }
    let depth_usd = 4.0 * positions.iter().map(|q: &f64| q.abs()).sum::<f64>();
    Instance { depth_usd, rate: 0.02, fee: 0.005, counts: 0.9, kappa: 1.0, cap: 0.2, cash_usd, coins, positions }
}

/// Calm minutes, then gaps of that size one way and the other.
fn returns(seed: u64, path: u64, gap: f64) -> Vec<f64> {
    let mut rng = stream(seed, Purpose::Prices, path);
    let at = |step: usize| match step {
        60 => -gap,
        120 => 1.5 * gap,
        _ => 0.0,
    };
    (0..STEPS).map(|step| 0.004 * normal(&mut rng) + at(step)).collect()
}

/// The rules, in the words of the benchmark.
fn naive(instance: &Instance, returns: &[f64]) -> Left {
    let (mut c, mut u, mut q) = (instance.cash_usd.clone(), instance.coins.clone(), instance.positions.clone());
    let (mut price, mut sold_usd) = (1.0_f64, 0.0_f64);
    let mut left = Left { liquidated: 0, bad_usd: 0.0, final_price: 1.0, lowest_price: 1.0, most_in_a_step: 0 };
    for x in returns {
        price *= libm::exp(x - (instance.kappa * sold_usd / instance.depth_usd).clamp(-instance.cap, instance.cap));
        sold_usd = 0.0;
        let before = left.liquidated;
        for i in 0..c.len() {
            let worth = c[i] + u[i] * price + q[i] * (price - 1.0);
            let equity = worth - (1.0 - instance.counts) * u[i] * price;
            if equity < instance.rate * q[i].abs() * price {
                sold_usd += (q[i] + u[i]) * price;
                let rest = worth - instance.fee * q[i].abs() * price;
                left.bad_usd += (-rest).max(0.0);
                (c[i], u[i], q[i]) = (rest.max(0.0), 0.0, 0.0);
                left.liquidated += 1;
            }
        }
        left.most_in_a_step = left.most_in_a_step.max(left.liquidated - before);
        left.lowest_price = left.lowest_price.min(price);
    }
    Left { final_price: price, ..left }
}

fn agree(gap: f64, search: Search) -> Vec<Left> {
    let instance = instance(20_261_121);
    let folder = tempfile::tempdir().unwrap();
    let loaded = world::load(&instance, folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let simulation = Simulation::new(&loaded.scenario).unwrap().with_checks().with_search(search);
    let mut workspace = simulation.workspace();
    let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-9 * expected.abs();
    let path = |path| {
        let returns = returns(7, path, gap);
        let (found, expected) =
            (world::walk(&instance, &simulation, path, &returns, &mut workspace), naive(&instance, &returns));
        assert_eq!(found.liquidated, expected.liquidated, "path {path}");
        assert_eq!(found.most_in_a_step, expected.most_in_a_step, "path {path}");
        assert!(close(found.final_price, expected.final_price), "path {path}: {found:?} {expected:?}");
        assert!(close(found.lowest_price, expected.lowest_price), "path {path}: {found:?} {expected:?}");
        assert!(close(found.bad_usd, expected.bad_usd), "path {path}: {found:?} {expected:?}");
        found
    };
    (0..3).map(path).collect()
}

/// Some are worth less than their fee, many less than nothing; all the same the fund pays and nobody is deleveraged.
#[test]
fn gaps_leave_the_bad_debt_of_the_naive_loop() {
    let [pruned, plain] = [Search::Pruned, Search::Plain].map(|search| agree(0.12, search));
    assert_eq!(pruned, plain);
    assert!(pruned.iter().all(|left| left.bad_usd > 1e4 && left.liquidated > 100), "{pruned:?}");
}

/// Without gaps most paths leave no bad debt: there it is nothing to the last bit.
#[test]
fn where_every_close_out_pays_its_fee_nothing_is_left() {
    for search in [Search::Pruned, Search::Plain] {
        let left = agree(0.0, search);
        let clean = left.iter().filter(|left| left.bad_usd == 0.0 && left.liquidated > 10).count();
        assert!(clean >= 2, "{left:?}");
    }
}

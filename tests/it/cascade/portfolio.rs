//! Vasicek's portfolio: everybody falls with probability `p` and a correlation `rho` through one common factor `Z`. In the
//! engine there are two exact ways to have it.
//!
//! *Many coins*: a long on each of K coins, all at one liquidation distance, log-normal prices with one correlation. The
//! share that falls is a mixture of binomials, which is the law for any K, and Vasicek's in the limit.
//!
//! *Many accounts*: given the factor, an account falls if `sqrt(rho) Z + sqrt(1 - rho) e <= c`, that is if Z is below a
//! level of its own. So longs on one coin, its return the factor, with the quantiles of `e` in their levels, lose as the
//! limit does to within one account: the coin's return at a probability leaves the loss at that probability.

use super::ladder::{fill, ladder, run, set};
use super::size_law::fit;
use super::standing_at;
use rehypo::engine::{Record, Simulation};
use rehypo::random::inverse_normal;
use rehypo::scenario::{OrderSpec, Scenario, load_text};
use std::fmt::Write;
use std::path::Path;

fn normal_below(x: f64) -> f64 {
    libm::erfc(-x / std::f64::consts::SQRT_2) / 2.0
}

/// Standard deviation of the coin's return, and how far it falls at a factor of 0: no level is above the opening.
const SIGMA: f64 = 0.02;
const SHIFT: f64 = 0.3;

/// A book of which the share `Phi((c - sqrt(rho) z) / sqrt(1 - rho))` falls at the factor z.
fn one_factor(p: f64, rho: f64, accounts: usize) -> Scenario {
    let mut world = ladder(1e-9, 1e-12, "").scenario;
    let levels: Vec<f64> = (0..accounts)
        .map(|i| {
            let own = inverse_normal((i as f64 + 0.5) / accounts as f64);
            let factor = (inverse_normal(p) - libm::sqrt(1.0 - rho) * own) / libm::sqrt(rho);
            SHIFT - SIGMA * factor
        })
        .collect();
    fill(&mut world, &levels);
    world
}

/// Share that falls at a factor.
fn loss(world: &mut Scenario, factor: f64) -> f64 {
    let price = 100.0 * libm::exp(SIGMA * factor - SHIFT);
    world.prices = standing_at(world, Some(price));
    let hit = set(&run(world, OrderSpec::Simultaneous, 0));
    hit.iter().filter(|hit| **hit).count() as f64 / hit.len() as f64
}

#[test]
fn the_loss_at_a_probability_is_vasicek_s() {
    const ACCOUNTS: usize = 1000;
    for (p, rho, tail, expected) in
        [(0.01, 0.2, 0.001, 0.145_525_27), (0.01, 0.2, 0.01, 0.075_250_79), (0.05, 0.5, 0.01, 0.500_069_24)]
    {
        let found = loss(&mut one_factor(p, rho, ACCOUNTS), inverse_normal(tail));
        assert!((found - expected).abs() < 1.0 / ACCOUNTS as f64, "{p} {rho} {tail}: {found}, not {expected}");
    }
    // Expected shortfall: the mean loss over the tail, by the midpoint rule.
    for (p, rho, tail, expected) in [(0.01, 0.2, 0.001, 0.181_435_53), (0.05, 0.5, 0.01, 0.624_999_98)] {
        const POINTS: usize = 100;
        let mut world = one_factor(p, rho, ACCOUNTS);
        let at = |i: usize| inverse_normal(tail * (i as f64 + 0.5) / POINTS as f64);
        let found = (0..POINTS).map(|i| loss(&mut world, at(i))).sum::<f64>() / POINTS as f64;
        assert!((found - expected).abs() < 1.0 / ACCOUNTS as f64, "{p} {rho} {tail}: {found}, not {expected}");
    }
    // Probability of losing more than half: that of the factor at which half is lost.
    let mut world = one_factor(0.1, 0.8, ACCOUNTS);
    let (mut low, mut high) = (-4.0, 0.0);
    while high - low > 1e-4 {
        let middle = f64::midpoint(low, high);
        if loss(&mut world, middle) > 0.5 { low = middle } else { high = middle }
    }
    assert!((normal_below(low) - 0.075_954_898_1).abs() < 1.0 / ACCOUNTS as f64, "{}", normal_below(low));
}

/// One long on each of that many coins, all at the liquidation distance that is passed with probability `p`, over one year.
fn many_coins(coins: usize, p: f64, rho: f64, folder: &Path) -> Scenario {
    const SIGMA: f64 = 0.1;
    const RATE: f64 = 0.2;
    let level = SIGMA * SIGMA / 2.0 - SIGMA * inverse_normal(p);
    let margin = 100.0 - (1.0 - RATE) * 100.0 * libm::exp(-level);
    let brackets = folder.join("brackets.json");
    let tier = r#"{"minNotional":0,"maxNotional":1e9,"maintenanceMarginRate":0.2,"maxLeverage":5}"#;
    std::fs::write(&brackets, format!("{{\"BTC/USDT:USDT\":[{tier}]}}")).unwrap();
    let (mut book, mut listed, mut markets) =
        (String::from("owner,place,asset,amount,entry_price_usd\n"), String::new(), String::new());
    let deep = "linear = { depth_1pct_usd = 1e15, permanent_share = 1.0, recovery_half_life = \"1h\" }";
    for i in 0..coins {
        writeln!(book, "o{i},v,usdt,{margin:?},\no{i},v,c{i}-perp,1,100").unwrap();
        writeln!(
            listed,
            "c{i}-perp = {{ coin = \"c{i}\", symbol = \"BTC/USDT:USDT\", clearance_fee = 0.0, taker_fee = 0.0 }}"
        )
        .unwrap();
        writeln!(markets, "c{i} = {{ spot.{deep}, perp.{deep} }}").unwrap();
    }
    std::fs::write(folder.join("book.csv"), book).unwrap();
    let list = |entry: &dyn Fn(usize) -> String| (0..coins).map(entry).collect::<Vec<_>>().join(", ");
    let text = format!(
        r#"
name = "vasicek"
run = {{ paths = 1, seed = 5, horizon = "365d", step = "365d", counterfactuals = [] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, {prices} }}
[prices.gbm]
volatility_per_year = {{ {volatilities} }}
correlation = [{rows}]
[markets]
{markets}
[venues.v.futures]
settlement = "usdt"
margin = "single_asset"
brackets = "{brackets}"
insurance_funds.general = {{ opening_usd = 1e6 }}
collateral.usdt = {{ ratio = 1.0 }}
funding.interest_8h = 0.0
[venues.v.futures.contracts]
{listed}
[[cohorts]]
name = "book"
book = "{book}"
"#,
        prices = list(&|i| format!("c{i} = {{ price_usd = 100.0 }}")),
        volatilities = list(&|i| format!("c{i} = {SIGMA}")),
        rows = list(&|i| format!("[{}]", list(&|j| if i == j { "1.0".to_owned() } else { format!("{rho:?}") }))),
        brackets = brackets.display(),
        book = folder.join("book.csv").display(),
    );
    load_text(&text, Path::new("."), "vasicek", &[]).unwrap_or_else(|e| panic!("{e}")).scenario
}

/// Probability that j of n fall, by the trapezoidal rule over the factor, which for a normal converges at once.
fn mixture(n: usize, j: usize, p: f64, rho: f64) -> f64 {
    const STEP: f64 = 0.02;
    let (n, j) = (n as f64, j as f64);
    let choose = libm::lgamma(n + 1.0) - libm::lgamma(j + 1.0) - libm::lgamma(n - j + 1.0);
    let at = |z: f64| {
        let falls = normal_below((inverse_normal(p) - libm::sqrt(rho) * z) / libm::sqrt(1.0 - rho));
        let binomial = libm::exp(choose) * libm::pow(falls, j) * libm::pow(1.0 - falls, n - j);
        binomial * libm::exp(-z * z / 2.0)
    };
    (-450..=450).map(|i| at(f64::from(i) * STEP)).sum::<f64>() * STEP / libm::sqrt(2.0 * std::f64::consts::PI)
}

#[test]
fn as_many_coins_fall_together_as_one_factor_makes_them() {
    const COINS: usize = 16;
    for (p, rho, seed) in [(0.05, 0.5, 5), (0.10, 0.8, 6)] {
        let folder = tempfile::tempdir().unwrap();
        let mut world = many_coins(COINS, p, rho, folder.path());
        for (paths, seed) in [(250, seed), (16 * 250, seed + 100)] {
            world.seed = seed;
            let simulation = Simulation::new(&world).unwrap();
            let mut workspace = simulation.workspace();
            let mut fallen = |path| simulation.run(path, Record::default(), &mut workspace).full.liquidated_owners;
            let counts: Vec<usize> = (0..paths).map(|path| fallen(path) as usize).collect();
            let law: Vec<f64> = (0..=COINS).map(|j| mixture(COINS, j, p, rho)).collect();
            let moment = |k: i32| (0..=COINS).map(|j| libm::pow(j as f64, f64::from(k)) * law[j]).sum::<f64>();
            assert!((moment(0) - 1.0).abs() < 1e-9 && (moment(1) - COINS as f64 * p).abs() < 1e-9);
            let mean = counts.iter().sum::<usize>() as f64 / paths as f64;
            let error = libm::sqrt((moment(2) - moment(1) * moment(1)) / paths as f64);
            assert!((mean - moment(1)).abs() < 4.0 * error, "{p} {rho} {paths}: {mean}");
            let p_value = fit(&counts, |j| law.get(j).copied().unwrap_or(0.0));
            assert!(p_value > 1e-4, "{p} {rho} {paths}: {p_value}");
        }
    }
}

//! Configs of recorded crashes: they play what was recorded, and with fewer accounts than they simulate still show what
//! the tables at their heads say, coarsely.

use rehypo::engine::{Record, Simulation};
use rehypo::outcome::Outcome;
use rehypo::scenario::{Loaded, load};
use std::path::Path;

fn event(name: &str, sets: &[&str]) -> Loaded {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(name);
    let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    load(&path, &sets).unwrap_or_else(|e| panic!("{e}"))
}

fn run(loaded: &Loaded) -> Outcome {
    let simulation = Simulation::new(&loaded.scenario).unwrap_or_else(|e| panic!("{e}"));
    simulation.run(0, Record::default(), &mut simulation.workspace()).full
}

fn open_interest_change(outcome: &Outcome) -> f64 {
    outcome.open_interest_usd.1 / outcome.open_interest_usd.0 - 1.0
}

fn assert_between(what: &str, x: f64, low: f64, high: f64) {
    assert!((low..=high).contains(&x), "{what}: {x} is not between {low} and {high}");
}

/// Closes of a symbol in a bundled file, in order.
fn closes(file: &str, symbol: &str) -> Vec<f64> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/prices").join(file);
    let text = std::fs::read_to_string(path).expect("a bundled file");
    let of_symbol = text.lines().filter(|line| line.split(',').nth(1) == Some(symbol));
    of_symbol.map(|line| line.split(',').nth(5).and_then(|close| close.parse().ok()).expect("a close")).collect()
}

const OCTOBER: [&str; 2] = ["run.counterfactuals=[]", "cohorts.usdt_margin.owners=20000"];

#[test]
fn every_recorded_close_of_october_is_on_the_path() {
    let loaded = event("october_2025.toml", &OCTOBER);
    let simulation = Simulation::new(&loaded.scenario).unwrap_or_else(|e| panic!("{e}"));
    let mut path = rehypo::price::PricePath::default();
    simulation.draw_prices(3, &mut path);
    let symbols = [
        ("btc", "BTCUSD_PERP"),
        ("eth", "ETHUSDT"),
        ("sol", "SOLUSDT"),
        ("bnb", "BNBUSDT"),
        ("xrp", "XRPUSD"),
        ("doge", "DOGE-USD"),
        ("link", "LINK-USD"),
        ("aave", "AAVE-USD"),
        ("atom", "ATOM-USD"),
        ("wif", "WIF-USD"),
    ];
    for (coin, symbol) in symbols {
        let at = loaded.scenario.coins.iter().position(|c| c.name == coin).expect("a coin");
        let closes = closes("october_2025.csv", symbol);
        let steps = 195 / closes.len();
        assert_eq!(steps * closes.len(), 195, "{symbol}");
        for (k, close) in closes.iter().enumerate() {
            assert_eq!(path.row((k + 1) * steps)[at].to_bits(), close.to_bits(), "{symbol}, bar {k}");
        }
    }
}

#[test]
fn october_closes_out_about_as_much_with_fewer_accounts() {
    let outcome = run(&event("october_2025.toml", &OCTOBER));
    assert_between("open interest", open_interest_change(&outcome), -0.7, -0.3);
    let share = f64::from(outcome.liquidated_owners) / f64::from(outcome.owners);
    assert_between("accounts closed", share, 0.08, 0.25);
    assert_between("minute of the peak", f64::from(outcome.peak_step), 20.0, 45.0);
}

#[test]
fn the_rule_of_the_next_day_keeps_holders_of_tokens_from_being_closed_out() {
    let hit = |rule: &str| {
        let set = format!("venues.perps.futures.token_index=\"{rule}\"");
        let loaded = event("october_2025.toml", &[&OCTOBER[..], &[&set]].concat());
        let simulation = Simulation::new(&loaded.scenario).unwrap_or_else(|e| panic!("{e}"));
        let outcome = simulation.run(0, Record::default(), &mut simulation.workspace()).full;
        let cohort = loaded.scenario.cohorts.iter().position(|c| c.name == "wbeth_margin").expect("a cohort");
        let of_cohort = simulation.owners().iter().zip(&outcome.owner_liquidated);
        let hit = of_cohort.filter(|(owner, hit)| owner.cohort.index() == cohort && **hit).count();
        (hit, outcome.issuers.iter().map(|issuer| issuer.worst_discount).fold(0.0, f64::min))
    };
    let (spot, redemption) = (hit("spot"), hit("redemption"));
    assert!(2 * redemption.0 < spot.0, "WBETH accounts closed: {} by the book, {} by redemption", spot.0, redemption.0);
    assert!(spot.1 < redemption.1, "lowest token: {} by the book, {} by redemption", spot.1, redemption.1);
}

/// With bitcoin as margin a long without leverage is closed out at half of its opening price, which the price fell below.
#[test]
fn march_2020_closes_out_every_long() {
    let few = "cohorts.traders.owners=20000";
    let noon = run(&event("march_2020.toml", &[few, "run.horizon=12h", "observed=[]"]));
    assert_between("open interest at noon", open_interest_change(&noon), -0.95, -0.75);
    assert!(closes("march_2020.csv", "BTCUSDT").iter().all(|close| *close > 7934.52 / 2.0), "no close is as low");
    let end = run(&event("march_2020.toml", &[few]));
    assert_eq!(open_interest_change(&end), -1.0);
}

#[test]
fn may_2021_closes_out_most_of_two_coins() {
    let outcome = run(&event("may_2021.toml", &["cohorts.traders.owners=20000"]));
    assert_between("open interest", open_interest_change(&outcome), -0.9, -0.65);
}

//! What a close-out at a futures venue costs, by number of positions: its sizing alone, and all of it; and what one
//! deleveraging costs, by rule and number of counterparties. Items are accounts.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rehypo::engine::Simulation;
use rehypo::id::AccountId;
use rehypo::scenario::{Place, Scenario, Variant, load, load_text};
use rehypo::venue::margin::Marks;
use rehypo::venue::margin::close::closes;
use rehypo::world::World;
use std::cell::RefCell;
use std::fmt::Write;
use std::path::Path;

fn main() {
    divan::main();
}

fn default_venue() -> Scenario {
    load(Path::new("configs/bfusd_stack.toml"), &[]).unwrap_or_else(|error| panic!("{error}")).scenario
}

/// The smallest closes that restore compliance of an account with a twentieth of its maintenance margin: of several
/// positions most close whole.
#[divan::bench(args = [1, 3, 10])]
fn sizing(bencher: Bencher, positions: usize) {
    let scenario = default_venue();
    let mut table = scenario.futures[0].clone();
    let first = table.contracts[0].clone();
    table.contracts.clear();
    let columns = table.collateral.iter().map(|c| c.asset.index()).max().expect("there is collateral") + 1;
    for at in 0..positions {
        let asset = rehypo::id::AssetId::at(columns + at);
        table.contracts.push(rehypo::scenario::Contract { asset, clearance_fee: 0.001, ..first.clone() });
    }
    for collateral in &mut table.collateral {
        collateral.settles.clear();
    }
    table.collateral[first.settles].settles = (0..positions).collect();
    let mut marks = Marks::new(&table);
    marks.price.fill(60_000.0);
    marks.index.fill(1.0);
    let mut row = vec![0.0_f64; scenario.assets.len().max(columns + positions)];
    let mut maintenance = 0.0;
    for (at, contract) in table.contracts.iter().enumerate() {
        row[contract.asset.index()] = if at % 2 == 0 { 200.0 } else { -100.0 };
        let notional = row[contract.asset.index()].abs() * 60_000.0;
        maintenance += rehypo::venue::bracket::maintenance_usd(&contract.tiers, notional);
    }
    let net: f64 = table.contracts.iter().map(|c| row[c.asset.index()]).sum();
    row[table.collateral[first.settles].asset.index()] = 0.05 * maintenance - net * 60_000.0;
    let (entry, slippage) = (vec![60_000.0; positions], vec![6.0; positions]);
    bencher
        .counter(ItemsCount::new(1_usize))
        .bench_local(|| black_box(closes(&table, &marks, black_box(&row), &entry, &slippage, 0.001)));
}

/// One account with that many positions and half its margin in bitcoin.
fn one_account(positions: usize) -> String {
    let (mut contracts, mut weights) = (String::new(), String::new());
    for i in 0..positions {
        writeln!(contracts, "contracts.c{i} = {{ coin = \"btc\", symbol = \"BTC/USDT:USDT\", clearance_fee = 0.005, taker_fee = 0.0005 }}")
            .expect("a string takes what is written");
        write!(weights, "c{i} = 1.0,").expect("a string takes what is written");
    }
    let book = "{ depth_1pct_usd = 1e9, exponent = 0.7, permanent_share = 0.3, recovery_half_life = \"1h\" }";
    format!(
        r#"
name = "one_account"
run = {{ paths = 1, seed = 1, horizon = "1h", step = "5m", counterfactuals = [] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, btc = {{ price_usd = 100000.0 }} }}
prices.gbm.volatility_per_year = {{ btc = 0.6 }}
markets.btc = {{ spot = {{ book = {book} }}, perp = {{ book = {book} }} }}
[venues.binance.futures]
settlement = "usdt"
brackets = "data/leverage_tiers/binance_usdm_2025-10-09.json"
insurance_funds.general = {{ opening_usd = 1e9 }}
collateral = {{ usdt = {{ ratio = 1.0 }}, btc = {{ ratio = 0.95 }} }}
{contracts}
[[cohorts]]
name = "one"
owners = 1
coin = "btc"
wealth.fixed = {{ usd = 2e7 }}
chain = [
  {{ pledge = {{ venue = "binance" }} }},
  {{ trade = {{ venue = "binance", leverage = {{ fixed = {{ x = 8.0 }} }}, long_share = 1.0, contracts = {{ {weights} }}, contracts_per_owner = {positions} }} }},
]
"#
    )
}

/// All of a close-out: sizing, order and fees, settlement, auto-exchange of bitcoin for what was lost. Putting the world
/// back to its opening is not timed.
#[divan::bench(args = [1, 3, 10], sample_count = 1000, sample_size = 1)]
fn close_out(bencher: Bencher, positions: usize) {
    let loaded = load_text(&one_account(positions), Path::new("."), "bench", &[]).unwrap_or_else(|e| panic!("{e}"));
    let simulation = Simulation::new(&loaded.scenario).expect("the account opens");
    let people = simulation.population();
    let account =
        (0..people.accounts.len()).map(AccountId::at).find(|a| people.accounts[a.index()].place == Place::Futures(0));
    let account = account.expect("there is one at the venue");
    let world = RefCell::new(World::new(&loaded.scenario, people));
    let fall = || {
        let mut world = world.borrow_mut();
        world.reset(Variant::Full);
        (world.step, world.exogenous[1]) = (1, 89_600.0);
        world.publish();
        assert!(world.health(0, account).is_breached());
    };
    bencher.counter(ItemsCount::new(1_usize)).with_inputs(fall).bench_local_values(|()| {
        world.borrow_mut().liquidate(0, black_box(&[account]));
    });
}

/// One long without equity left and that many shorts, without a fund.
fn one_against_many(rule: &str, shorts: usize) -> String {
    let cohort = |name: &str, owners: usize, usd: f64, leverage: f64, long_share: f64| {
        format!(
            r#"
[[cohorts]]
name = "{name}"
owners = {owners}
coin = "usdt"
wealth.lognormal = {{ median_usd = {usd:?}, sigma = 1.0, max_usd = 1e9 }}
chain = [
  {{ pledge = {{ venue = "binance" }} }},
  {{ trade = {{ venue = "binance", leverage = {{ fixed = {{ x = {leverage:?} }} }}, long_share = {long_share:?}, contracts = {{ btc-perp = 1.0 }} }} }},
]
"#
        )
    };
    let book = "{ depth_1pct_usd = 1e9, permanent_share = 0.3, recovery_half_life = \"1h\" }";
    format!(
        r#"
name = "one_against_many"
run = {{ paths = 1, seed = 1, horizon = "1h", step = "5m", counterfactuals = [] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, btc = {{ price_usd = 100000.0 }} }}
prices.gbm.volatility_per_year = {{ btc = 0.6 }}
markets.btc = {{ spot.linear = {book}, perp.linear = {book} }}
[venues.binance.futures]
settlement = "usdt"
brackets = "data/leverage_tiers/binance_usdm_2025-10-09.json"
insurance_funds.general = {{ opening_usd = 0.0 }}
collateral.usdt = {{ ratio = 1.0 }}
contracts.btc-perp = {{ coin = "btc", symbol = "BTC/USDT:USDT", lot = 0.001, clearance_fee = 0.005, taker_fee = 0.0005 }}
adl = {{ rule = {rule}, take = "whole" }}
{}{}
"#,
        cohort("long", 1, 1e6, 20.0, 1.0),
        cohort("shorts", shorts, 1e4, 3.0, 0.0),
    )
}

/// Rules and lengths of the line.
fn lines() -> Vec<(&'static str, usize)> {
    let rules =
        ["\"queue\"", "\"pro_rata\"", "{ capped_pro_rata = { cap = 0.9 } }", "{ risk_weighted = {} }", "\"integer\""];
    rules.iter().flat_map(|rule| [(*rule, 1_000), (*rule, 100_000)]).collect()
}

/// The take-over of one bankrupt long with a line of counterparties: drawing up the line, sharing the loss out, closing.
/// Putting the world back to its opening is not timed.
#[divan::bench(args = lines(), sample_count = 20, sample_size = 1)]
fn deleveraging(bencher: Bencher, (rule, counterparties): (&str, usize)) {
    let text = one_against_many(rule, counterparties);
    let loaded = load_text(&text, Path::new("."), "bench", &[]).unwrap_or_else(|e| panic!("{e}"));
    let simulation = Simulation::new(&loaded.scenario).expect("the accounts open");
    let people = simulation.population();
    let first =
        (0..people.accounts.len()).map(AccountId::at).find(|a| people.accounts[a.index()].place == Place::Futures(0));
    let first = first.expect("there is one at the venue");
    let world = RefCell::new(World::new(&loaded.scenario, people));
    let fall = || {
        let mut world = world.borrow_mut();
        world.reset(Variant::Full);
        (world.step, world.exogenous[1]) = (1, 90_000.0);
        world.publish();
        assert!(world.account_usd(first) < 0.0);
    };
    bencher.counter(ItemsCount::new(counterparties)).with_inputs(fall).bench_local_values(|()| {
        world.borrow_mut().liquidate(0, black_box(&[first]));
        assert!(world.borrow().tally.futures[0].adl_owners > 0);
    });
}

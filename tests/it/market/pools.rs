//! Sales that go through a pool of two assets, in the engine: balances, gas, congestion, arbitrage back to the book.

use proptest::prelude::*;
use rehypo::engine::Simulation;
use rehypo::id::{AccountId, AssetId, CoinId};
use rehypo::market::Side;
use rehypo::scenario::{Loaded, Place, Variant, load_text};
use rehypo::venue::swap::{Fee, amount_out};
use rehypo::world::World;
use std::path::Path;

const USDT: CoinId = CoinId(0);
const COIN: CoinId = CoinId(1);

/// A coin at 100 USD; a thin linear book; a pool of 1 M USD on each side at a fee of 30 points; and what else there is.
fn load(route: &str, more: &str) -> Loaded {
    let text = format!(
        r#"
name = "pools"
run = {{ paths = 1, seed = 1, horizon = "6h", step = "1h", counterfactuals = ["no_feedback"] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, coin = {{ price_usd = 100.0 }} }}
prices.gbm.volatility_per_year = {{ coin = 1e-9 }}
[markets.coin]
spot.linear = {{ depth_1pct_usd = 1e5, permanent_share = 0.0, recovery_half_life = "100d" }}
{route}
[venues.swap.amm]
assets = ["coin", "usdt"]
lp = "lp"
outside_reserves_usd = 2e6
fee = 0.003
{more}
[[cohorts]]
name = "seller"
owners = 1
coin = "coin"
wealth.fixed = {{ usd = 1e6 }}
"#
    );
    load_text(&text, Path::new("."), "pools", &[]).unwrap_or_else(|problem| panic!("{problem}"))
}

const ROUTE: &str = "route = { pools = [\"swap\"], gas_usd = 2.0 }";

fn opened<'a>(loaded: &'a Loaded, simulation: &'a Simulation<'a>, variant: Variant) -> (World<'a>, AccountId) {
    let mut world = World::new(&loaded.scenario, simulation.population());
    world.reset(variant);
    let wallet = simulation.population().owners[0].wallet;
    (world, wallet)
}

fn sums_are_zero(world: &World) {
    for asset in 0..world.scenario.assets.len() {
        let accounts = 0..world.population.accounts.len();
        let sum: f64 = accounts.map(|account| world.ledger.balance(AccountId::at(account), AssetId::at(asset))).sum();
        assert_eq!(sum, 0.0, "{}", world.scenario.assets[asset].name);
    }
}

/// 2,000 coins (200,000 USD). On the book alone they bring 1e7 (1 - e^-0.02) = 198,013.27; through the pool too the last of them
/// brings the same on both, the pool pays to the tick what its contract says, and 2 USD of gas are gone.
#[test]
fn a_sale_goes_where_it_brings_most() {
    let loaded = load(ROUTE, "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let (mut world, wallet) = opened(&loaded, &simulation, Variant::Full);
    let (coin, usdt) = (world.coin_asset(COIN), world.coin_asset(USDT));
    let at = world.population.system.amms[0];
    let [before, cash] = [coin, usdt].map(|asset| world.ledger.balance(at, asset));
    let received = world.sell_coin(wallet, COIN, 2000.0, USDT);
    let swapped = world.ledger.balance(at, coin) - before;
    let out = cash - world.ledger.balance(at, usdt);
    let ticks = |asset: AssetId, units: f64| (units / world.ledger.tick(asset)) as u128;
    let contract =
        amount_out(ticks(coin, swapped), ticks(coin, before), ticks(usdt, cash), Fee::new(30, 10_000).unwrap());
    assert_eq!(ticks(usdt, out), contract.unwrap());
    assert!(swapped > 70.0 && swapped < 90.0, "{swapped}");
    let deep = before + 0.997 * swapped;
    let (pool, book) = (0.997 * before * cash / (deep * deep), 100.0 * world.markets.factor(COIN, Side::Spot));
    assert!((pool / book - 1.0).abs() < 1e-9, "{pool} in the pool, {book} on the book");
    let sold = 100.0 * (2000.0 - swapped);
    let brought = 1e7 * -libm::expm1(-sold / 1e7);
    assert!((received - (out - 2.0 + brought)).abs() < 1e-4, "{received}");
    assert!(received > 198_013.28 + 50.0);
    assert_eq!(world.ledger.balance(wallet, coin), 8000.0);
    assert!((world.ledger.balance(wallet, usdt) - received).abs() < 1e-9);
    sums_are_zero(&world);
}

/// The first of a small sale lose less on the book than the pool's fee, so nothing is swapped; nor without a route.
#[test]
fn a_small_sale_stays_on_the_book() {
    let plain = load("", "");
    let routed = load(ROUTE, "");
    for (loaded, units) in [(&routed, 200.0), (&plain, 5000.0)] {
        let simulation = Simulation::new(&loaded.scenario).unwrap();
        let (mut world, wallet) = opened(loaded, &simulation, Variant::Full);
        let usd = 100.0 * units;
        let received = world.sell_coin(wallet, COIN, units, USDT);
        assert!((received / (1e7 * -libm::expm1(-usd / 1e7)) - 1.0).abs() < 1e-7);
    }
}

/// The hop gains some 70 USD: at 2 or 20 USD of gas it is made, at 100 it is not. In the world without feedback it
/// does anyway, as the book there has no bottom.
#[test]
fn congestion_and_no_feedback_keep_sales_on_the_book() {
    let loaded = load(ROUTE, "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let swapped = |multiple: f64, variant: Variant| {
        let (mut world, wallet) = opened(&loaded, &simulation, variant);
        world.gas.surge(multiple, 3600.0);
        world.sell_to_pools(wallet, COIN, 2000.0, USDT)
    };
    let (units, received) = swapped(1.0, Variant::Full);
    assert!(units > 0.0);
    let (dear_units, dear) = swapped(10.0, Variant::Full);
    assert_eq!(dear_units, units, "the cost is fixed: it changes whether, not how much");
    assert!((received - dear - 18.0).abs() < 1e-6, "nine times 2 USD more: {}", received - dear);
    assert_eq!(swapped(50.0, Variant::Full), (0.0, 0.0));
    assert_eq!(swapped(1.0, Variant::NoFeedback), (0.0, 0.0));
}

/// A pool that keeps 90 % of its reserves in a savings pool that has lent all of its own pays what it has.
#[test]
fn a_pool_pays_no_more_than_it_has() {
    let idle = r#"
idle = { venue = "earn", share = 0.99 }
[venues.earn.savings]
when_dry = "fail"
[venues.earn.savings.reserves.usdt]
receipt = "ldusdt"
outside_supply_usd = 1e7
utilisation = 1.0
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
"#;
    let loaded = load(ROUTE, idle);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let (mut world, wallet) = opened(&loaded, &simulation, Variant::Full);
    let (at, usdt) = (world.population.system.amms[0], world.coin_asset(USDT));
    // What is laid idle goes into the pool and could come back: all of it is withdrawn by somebody else.
    world.publish();
    world.begin_amm_step(0);
    let lent = world.population.system.pools[0];
    let outside = world.outside();
    world.transfer_all(lent, outside, usdt);
    let cash = world.ledger.balance(at, usdt);
    assert!(cash < 0.02e6, "{cash}");
    let (units, received) = world.sell_to_pools(wallet, COIN, 8000.0, USDT);
    assert_eq!(world.ledger.balance(at, usdt), 0.0);
    assert!((received - (cash - 2.0)).abs() < 1e-6 && units < 200.0, "{units} {received}");
    sums_are_zero(&world);
}

/// A sale has moved book and pool; the book is calm again. What is below its price in the pool is bought there and sold on the
/// book: both end where the last unit pays just the fee.
#[test]
fn arbitrage_carries_flow_from_the_pool_to_the_book() {
    let loaded = load(ROUTE, "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let (mut world, wallet) = opened(&loaded, &simulation, Variant::Full);
    let (coin, usdt, at) = (world.coin_asset(COIN), world.coin_asset(USDT), world.population.system.amms[0]);
    world.sell_coin(wallet, COIN, 8000.0, USDT);
    world.markets.reset(false);
    world.publish();
    let [reserve_out, reserve_in] = [coin, usdt].map(|asset| world.ledger.balance(at, asset));
    world.begin_amm_step(0);
    let bought = reserve_out - world.ledger.balance(at, coin);
    let deep = reserve_in + 0.997 * (world.ledger.balance(at, usdt) - reserve_in);
    let last = deep * deep / (0.997 * reserve_in * reserve_out);
    let book = world.markets.factor(COIN, Side::Spot);
    assert!(bought > 100.0, "{bought}");
    assert!((last / (100.0 * book) - 1.0).abs() < 1e-7, "{last} in the pool, {} on the book", 100.0 * book);
    assert!((libm::log(book) + 100.0 * bought / 1e7).abs() < 1e-12, "{bought} bought, the book at {book}");
    sums_are_zero(&world);
    let coins = world.ledger.balance(at, coin);
    world.publish();
    world.begin_amm_step(0);
    assert!((world.ledger.balance(at, coin) / coins - 1.0).abs() < 1e-7, "the book is where the pool is");
}

/// The coin falls to 65 by itself: the pool follows to the edge of its fee, and no order reaches the book; nor does one
/// (but for the fee) if the sale that came before has left the pool as far below the price as the book.
#[test]
fn a_pool_follows_the_exogenous_price_without_orders() {
    for sale in [0.0, 8000.0] {
        let loaded = load(ROUTE, "");
        let simulation = Simulation::new(&loaded.scenario).unwrap();
        let (mut world, wallet) = opened(&loaded, &simulation, Variant::Full);
        let at = world.population.system.amms[0];
        let price = |world: &World| {
            let [coin, usdt] = [COIN, USDT].map(|c| world.ledger.balance(at, world.coin_asset(c)));
            usdt / coin
        };
        if sale > 0.0 {
            world.sell_coin(wallet, COIN, sale, USDT);
        }
        let (book, before) = (world.markets.factor(COIN, Side::Spot), price(&world));
        world.exogenous[COIN.index()] = 65.0;
        world.publish();
        world.begin_amm_step(0);
        // Who sells coins to the pool gets 0.997 of its price, and stops there; the sale before has used up part of that band,
        // and what is left of it is traded with the book: a fraction of 0.3 % of the pool, where all of the fall would be 2 %
        // of the book.
        let edge = 0.65 * before / 0.997;
        assert!((price(&world) / edge - 1.0).abs() < 3.1e-3, "{} {edge}", price(&world));
        assert!(
            (world.markets.factor(COIN, Side::Spot) - book).abs() < 5e-4,
            "{} {book}",
            world.markets.factor(COIN, Side::Spot)
        );
        sums_are_zero(&world);
    }
}

/// A pool that lends stablecoins against the coin, and a borrower at half of what her coins are worth.
const LOANS: &str = r#"
[markets.usdt]
spot.linear = { depth_1pct_usd = 1e9, permanent_share = 0.0, recovery_half_life = "100d" }
[venues.pool.savings.loans]
initial_ltv = 0.5
margin_call_ltv = 0.7
liquidation_ltv = 0.75
liquidation_fee = 0.05
close_factor = 1.0
full_close_below_health_factor = 0.0
[venues.pool.savings.reserves.usdt]
receipt = "pusdt"
outside_supply_usd = 5e6
utilisation = 0.0
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[venues.pool.savings.reserves.coin]
receipt = "pcoin"
outside_supply_usd = 0.0
utilisation = 0.0
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[[cohorts]]
name = "borrower"
owners = 1
coin = "coin"
wealth.fixed = { usd = 1e6 }
chain = [ { deposit = { venue = "pool" } }, { borrow = { venue = "pool", coin = "usdt", ltv = 0.5 } } ]
"#;

/// Her 10,000 coins stand at 65 USD and her debt of half a million is liquidated. What the liquidator got for each dollar
/// repaid is 1.05 dollars of coins; of them those that bring more there go to the pool and the rest, once, to the book.
#[test]
fn liquidators_sell_through_the_pool() {
    let fallen = |route: &str| {
        let loaded = load(route, LOANS);
        let simulation = Simulation::new(&loaded.scenario).unwrap();
        let (mut world, _) = opened(&loaded, &simulation, Variant::Full);
        let people = simulation.population();
        let at_pool =
            |a: &AccountId| people.accounts[a.index()].place == Place::Pool(0) && people.owner_of(*a).is_some();
        let account = (0..people.accounts.len()).map(AccountId::at).find(at_pool).unwrap();
        let [coin, usdt] = [COIN, USDT].map(|coin| world.coin_asset(coin));
        let (at, pledged) = (world.population.system.amms[0], loaded.scenario.pools[0].reserves[1].receipt);
        world.exogenous[COIN.index()] = 65.0;
        world.step = 1;
        world.publish();
        world.begin_amm_step(0);
        let before = [at, account].map(|who| [coin, usdt, pledged].map(|asset| world.ledger.balance(who, asset)));
        world.liquidate_loan(0, account);
        let after = [at, account].map(|who| [coin, usdt, pledged].map(|asset| world.ledger.balance(who, asset)));
        let seized = before[1][2] - after[1][2];
        let repaid = world.tally.loans_liquidated_usd;
        assert!(repaid > 1e4 && (seized * 65.0 / repaid - 1.05).abs() < 1e-6, "{seized} coins for {repaid} USD");
        let swapped = after[0][0] - before[0][0];
        let flow = -libm::log(world.markets.factor(COIN, Side::Spot)) / 0.01 * 1e5 / 65.0;
        assert!((flow + swapped - seized).abs() < 1e-6 * seized, "{seized} seized, {swapped} swapped, {flow} sold");
        // Of the debt repaid the pool paid a part, gas apart; the liquidator bought the rest.
        let out = before[0][1] - after[0][1];
        let gas = if out > 0.0 { 2.0 } else { 0.0 };
        let bought = libm::log(world.markets.factor(USDT, Side::Spot)) / 0.01 * 1e9;
        assert!((bought - (repaid - out + gas)).abs() < 1e-2, "{bought} bought of {repaid}, {out} from the pool");
        let deep = before[0][0] + 0.997 * swapped;
        let pool = 0.997 * before[0][0] * before[0][1] / (deep * deep);
        sums_are_zero(&world);
        let book = world.markets.factor(COIN, Side::Spot) / world.markets.factor(USDT, Side::Spot);
        (swapped, pool / (65.0 * book))
    };
    assert_eq!(fallen("").0, 0.0);
    let (swapped, level) = fallen(ROUTE);
    assert!(swapped > 10.0 && (level - 1.0).abs() < 1e-4, "{swapped} swapped, the pool at {level} of the book");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn more_coins_bring_more_and_no_column_leaks(units in 1.0..4000.0_f64, more in 1.01..2.0_f64, earlier in 0.0..2000.0_f64, gas in 0.0..50.0_f64) {
        let loaded = load(ROUTE, "");
        let simulation = Simulation::new(&loaded.scenario).unwrap();
        let sell = |units: f64| {
            let (mut world, wallet) = opened(&loaded, &simulation, Variant::Full);
            world.gas.surge(1.0 + gas, 3600.0);
            if earlier > 1.0 {
                world.sell_coin(wallet, COIN, earlier, USDT);
            }
            let received = world.sell_coin(wallet, COIN, units, USDT);
            sums_are_zero(&world);
            received
        };
        prop_assert!(sell(units * more) > sell(units));
    }
}

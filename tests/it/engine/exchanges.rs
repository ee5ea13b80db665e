//! Auto-exchange, one trigger at a time, with the exchange's own numbers.

use super::modes::{at_opening, margin_accounts, set_btc, world};
use rehypo::engine::Simulation;
use rehypo::engine::exchange::Exchanges;
use rehypo::event::EventKind;
use rehypo::id::{AccountId, AssetId};
use rehypo::scenario::Loaded;
use rehypo::world::World;

const USDC: AssetId = AssetId(1);
const BTC: AssetId = AssetId(2);

fn multi_assets() -> Loaded {
    world(
        "multi_assets",
        &[
            "venues.binance.futures.collateral.usdc.auto_exchange_below=5000",
            "venues.binance.futures.collateral.btc.auto_exchange_haircut=0.025",
        ],
    )
}

/// An account whose only margin is enough bitcoin, with or without positions in USDC.
fn holder_of_bitcoin(world: &World) -> AccountId {
    let fits = |a: &AccountId| world.ledger.balance(*a, BTC) > 0.2;
    margin_accounts(world).into_iter().find(fits).unwrap()
}

fn sold_usd(world: &World) -> f64 {
    let sales = world.tally.events.iter().filter(|e| e.kind == EventKind::AutoExchange);
    sales.map(|e| e.amount_usd).fold(0.0, |a, b| a + b)
}

/// Runs the watch over what has changed.
fn watch(exchanges: &mut Exchanges, world: &mut World) {
    let mut changed = Vec::new();
    world.ledger.take_changed(&mut changed);
    exchanges.note(world, &changed);
    exchanges.run(world);
}

/// A cent less than 5,000 USDC below zero is within the threshold; a cent more is not, and 5,000.01 / 97.5 % of bitcoin is sold for it. Profit
/// that is not realised counts neither way.
#[test]
fn beyond_the_threshold_the_deficit_over_one_less_the_haircut_is_sold() {
    let loaded = multi_assets();
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    let mut exchanges = Exchanges::default();
    exchanges.reset(&world);
    let (account, outside) = (holder_of_bitcoin(&world), world.outside());
    assert!(
        world.wallet_balance(0, account, 1).abs() < 1e-4,
        "nothing but bitcoin: {}",
        world.wallet_balance(0, account, 1)
    );
    world.transfer(account, outside, USDC, 4999.99 + world.wallet_balance(0, account, 1));
    watch(&mut exchanges, &mut world);
    assert_eq!(sold_usd(&world), 0.0);
    world.transfer(account, outside, USDC, 0.02);
    set_btc(&mut world, 1.01 * 120_000.0);
    watch(&mut exchanges, &mut world);
    assert!((sold_usd(&world) - 5000.01 / 0.975).abs() < 0.005, "{}", sold_usd(&world));
    assert!((5000.0_f64 / 0.975 - 5128.20).abs() < 0.01);
    assert!(world.wallet_balance(0, account, 1) >= 0.0);
    assert!(world.ledger.imbalance().is_none());
}

/// Funding is what moves a wallet balance without a transfer: after a settlement all accounts are looked at.
#[test]
fn funding_alone_can_take_a_balance_below_the_threshold() {
    let loaded = multi_assets();
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    let mut exchanges = Exchanges::default();
    exchanges.reset(&world);
    let contract = loaded.scenario.futures[0].contracts.iter().position(|c| c.name == "btc-usdc").unwrap();
    let asset = loaded.scenario.futures[0].contracts[contract].asset;
    let long = |a: &AccountId| world.ledger.balance(*a, asset) > 0.05 && world.ledger.balance(*a, BTC) > 0.02;
    let account = margin_accounts(&world).into_iter().find(long).unwrap();
    let each = 5000.5 / world.ledger.balance(account, asset);
    exchanges.run(&mut world);
    world.futures[0].marks.funding[contract] = each;
    world.publish();
    exchanges.run(&mut world);
    assert!(sold_usd(&world) > 0.0, "{}", world.wallet_balance(0, account, 1));
    assert!(world.wallet_balance(0, account, 1) >= 0.0 || world.ledger.balance(account, BTC) < 1e-6);
}

/// After a liquidation nobody who stays owes a coin while there is collateral to sell, flat or with positions left.
#[test]
fn what_a_liquidation_realised_is_covered_at_once() {
    let funds = ["majors", "rest"].map(|f| format!("venues.binance.futures.insurance_funds.{f}.opening_usd=1e12"));
    // Books so deep, and a fee and haircut so low, that whoever closes all has something left.
    let cheap = [
        "cohorts.coins.wealth={lognormal={median_usd=2e6, sigma=2.0, max_usd=1e8}}",
        "markets.btc.perp.book.depth_1pct_usd=4e8",
        "markets.btc.spot.book.depth_1pct_usd=4e8",
        "venues.binance.futures.contracts.btc-perp.clearance_fee=0.006",
        "venues.binance.futures.contracts.btc-usdc.clearance_fee=0.006",
        "venues.binance.futures.collateral.btc.auto_exchange_haircut=0.01",
    ];
    let loaded = world("multi_assets", &[&cheap[..], &[&funds[0], &funds[1]]].concat());
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let (mut flat, mut trimmed) = (0, 0);
    for fall in [0.98, 0.96, 0.94, 0.92, 0.9, 0.88, 0.86, 0.84] {
        let mut world = at_opening(&simulation, &loaded);
        set_btc(&mut world, fall * 120_000.0);
        let breached: Vec<AccountId> =
            margin_accounts(&world).into_iter().filter(|a| world.health(0, *a).is_breached()).collect();
        world.liquidate(0, &breached);
        for account in breached {
            let left = world.ledger.balance(account, BTC);
            for coin in 0..2 {
                let wallet = world.wallet_balance(0, account, coin);
                assert!(wallet >= -1e-3 || left < 1e-6, "{account:?} owes {wallet} of {coin} and has {left} bitcoin");
            }
            if left > 0.0 {
                let open = world.health(0, account).notional > 0.0;
                *(if open { &mut trimmed } else { &mut flat }) += 1;
            }
        }
    }
    assert!(flat > 0 && trimmed > 0, "{flat} flat, {trimmed} trimmed");
}

/// Without positions it is the debt over the collateral that counts, at the marks of now.
#[test]
fn a_flat_account_is_sold_out_at_the_limit_of_its_loan_to_value() {
    let loaded = multi_assets();
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    let mut exchanges = Exchanges::default();
    exchanges.reset(&world);
    let (account, outside) = (holder_of_bitcoin(&world), world.outside());
    for asset in 0..loaded.scenario.assets.len() {
        world.transfer_all(account, outside, AssetId::at(asset));
    }
    world.transfer(outside, account, BTC, 0.04);
    world.transfer(account, outside, USDC, 4300.0);
    // 4300 * 1.0002 / (0.04 * 120,000 * 0.95) = 0.9432
    watch(&mut exchanges, &mut world);
    assert_eq!(sold_usd(&world), 0.0);
    set_btc(&mut world, 119_000.0);
    // 0.9511
    exchanges.run(&mut world);
    assert!((sold_usd(&world) - 4300.0 / 0.975).abs() < 0.01, "{}", sold_usd(&world));
    assert!(world.ledger.balance(account, USDC) >= 0.0);
}

/// A coin with a surplus pays for one with a deficit; single-asset mode sells nothing.
#[test]
fn a_surplus_in_one_settlement_coin_covers_another() {
    let loaded = multi_assets();
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    let plain = |a: &AccountId| world.wallet_balance(0, *a, 0) > 20_000.0 && world.ledger.balance(*a, BTC) == 0.0;
    let account = margin_accounts(&world).into_iter().find(plain).unwrap();
    let (outside, surplus) = (world.outside(), world.wallet_balance(0, account, 0));
    world.transfer(account, outside, USDC, 5001.0);
    assert!(world.exchange_if_below_threshold(0, account));
    let haircut = loaded.scenario.futures[0].collateral[0].auto_exchange_haircut;
    assert!((surplus - world.wallet_balance(0, account, 0) - 5001.0 / (1.0 - haircut)).abs() < 0.01);
    assert!(world.wallet_balance(0, account, 1) >= 0.0);
}

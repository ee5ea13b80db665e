//! Case P04: numbers that others have published, or that follow by hand.

use super::account::{Account, brackets, btc_2021};
use rehypo::market::levels::walk;
use rehypo::scenario::{Level, MarginMode};
use rehypo::venue::margin::close::fees;
use rehypo::venue::margin::liquidation::{Moving, bankruptcy_price, crossings, given_up, takeover_price};

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found}, expected {expected}");
}

/// One position on one coin that counts in full.
fn single(cash: f64, quantity: f64, entry: f64, tiers: Vec<rehypo::venue::bracket::Tier>) -> Account {
    let mut account = Account::empty(MarginMode::SingleAsset);
    let usdt = account.asset(cash, 1.0, 1.0, 0.0);
    account.position(usdt, tiers, quantity, entry, entry);
    account
}

fn liquidation_price(account: &Account, contract: usize) -> Option<f64> {
    let moving = Moving::contract(&account.table, contract);
    let found = crossings(&account.table, &account.marks, &account.row, &moving);
    let factor = if account.quantity(contract) > 0.0 { found.below } else { found.above };
    factor.map(|factor| factor * account.marks.price[contract])
}

/// Five positions of quantity and cash, opened at 1; maintenance 10 %.
fn five() -> Vec<Account> {
    let rows = [(1.0, 2.0), (1.0, 2.0 / 3.0), (-4.0, 8.0 / 3.0), (1.0, 2.0 / 19.0), (-1.0, 10.0 / 99.0)];
    rows.map(|(quantity, cash)| single(cash, quantity, 1.0, brackets(&[(1e9, 0.1)]))).to_vec()
}

#[test]
fn p04a_the_five_position_exchange() {
    // Funding that a long of one contract has paid: -gamma * mark of each time, gamma = 3/5 - mark / oracle.
    let paid = [-(0.6 - 1.4 / 1.5) * 1.4, -(0.6 - 1.4 / 1.5) * 1.4 - (0.6 - 1.3 / 1.25) * 1.3];
    let equity = [
        [1.933_333_333_3, 0.6, 2.933_333_333_3, 0.038_596_491_2, 0.167_676_767_7],
        [1.261_333_333_3, -0.072, 5.621_333_333_3, -0.633_403_508_8, 0.839_676_767_7],
    ];
    let leverage = [0.724_137_93, 2.333_333_33, 1.909_090_91, 36.272_727_27, 8.349_397_59];
    let winners = [(0, 1.030_655_39), (2, 0.925_047_44), (4, 1.548_214_80)];
    let losers = [(1, 18.055_555_56), (3, 2.052_404_17)];
    let venue = [-0.133_333_333_3, -1.477_333_333_3];
    for (time, mark) in [(0, 1.4), (1, 1.3)] {
        let mut left = 0.0;
        for (at, mut account) in five().into_iter().enumerate() {
            let cash = account.health().equity;
            (account.marks.price[0], account.marks.funding[0]) = (mark, paid[time]);
            let health = account.health();
            near(health.equity, equity[time][at], 1e-9);
            near(health.maintenance, 0.1 * account.quantity(0).abs() * mark, 1e-12);
            let breached = if time == 0 { at == 3 } else { at == 1 || at == 3 };
            assert_eq!(health.is_breached(), breached, "{at} at {mark}");
            if time == 0 {
                near(health.notional / health.equity, leverage[at], 1e-8);
            }
            for (_, leverage) in winners.iter().chain(&losers).filter(|(i, _)| time == 1 && *i == at) {
                near(health.notional / health.equity.abs(), *leverage, 1e-8);
            }
            left += cash - health.equity;
        }
        near(left, venue[time], 1e-9);
    }
}

#[test]
fn p04a_prices_at_the_entry() {
    let bankruptcy = [None, Some(0.333_333_333_3), Some(1.666_666_666_7), Some(0.894_736_842_1), Some(1.101_010_101_0)];
    let liquidation =
        [None, Some(0.370_370_370_4), Some(1.515_151_515_2), Some(0.994_152_046_8), Some(1.000_918_273_6)];
    let opening = [0.5, 1.5, 1.5, 9.5, 9.9];
    for (at, account) in five().iter().enumerate() {
        near(account.health().notional / account.health().equity, opening[at], 1e-9);
        let found = bankruptcy_price(&account.table, &account.marks, &account.row, 0);
        for (found, expected) in [(found, bankruptcy[at]), (liquidation_price(account, 0), liquidation[at])] {
            assert_eq!(found.is_some(), expected.is_some(), "{at}: {found:?}");
            near(found.unwrap_or(0.0), expected.unwrap_or(0.0), 1e-9);
        }
    }
}

#[test]
fn p04b_walking_a_book() {
    let level = |(price, quantity)| Level { price, quantity };
    let asks = [(1.0, 1.0), (1.1, 3.0), (1.2, 10.0)].map(level);
    let fill = walk(&asks, 5.0, f64::INFINITY).unwrap();
    near(fill.price, 1.1, 1e-12);
    assert_eq!(fill.quantity, 5.0);
    // Not beyond the limit, and not a contract more than there is.
    let fill = walk(&asks, 5.0, 1.15).unwrap();
    assert_eq!(fill.quantity, 4.0);
    near(fill.price, (1.0 + 3.3) / 4.0, 1e-12);
    assert_eq!(walk(&asks, 5.0, 0.9), None);
    let bids = [(1.0, 1.0), (0.9, 3.0)].map(level);
    let fill = walk(&bids, -9.0, 0.0).unwrap();
    assert_eq!(fill.quantity, 4.0);
    near(fill.price, (1.0 + 2.7) / 4.0, 1e-12);
    assert_eq!(walk(&bids, -1.0, 1.01), None);
}

#[test]
fn p04c_liquidation_fees() {
    let account = single(1.0, 1.0, 1.3, brackets(&[(1e9, 0.1)]));
    let mut terms = account.table.contracts[0].clone();
    terms.clearance_fee = 0.004;
    let binance = fees(&terms, 0.5, 1.30, 1.32);
    near(binance.clearance + binance.taker, 0.0026, 1e-15);
    (terms.clearance_fee, terms.liquidation_taker_fee) = (0.002, 0.001);
    let hyperliquid = fees(&terms, 0.5, 1.30, 1.32);
    near(hyperliquid.clearance + hyperliquid.taker, 0.001_96, 1e-15);
}

#[test]
fn p04d_liquidation_prices_over_brackets() {
    for (cash, quantity, entry, price) in [
        (1_000.0, 0.5, 20_000.0, 18_072.289_156_63),
        (5_000.0, 5.0, 40_000.0, 39_185.929_648_24),
        (100_000.0, 20.0, 50_000.0, 45_388.888_888_89),
        (100_000.0, -20.0, 50_000.0, 54_453.658_536_59),
        (2_000_000.0, 400.0, 50_000.0, 46_667.631_578_95),
    ] {
        near(liquidation_price(&single(cash, quantity, entry, btc_2021()), 0).unwrap(), price, 1e-8);
    }
}

#[test]
fn p04e_wrong_way_collateral() {
    let (quantity, price, coins) = (50.0, 3000.0, 10.0);
    let mut account = Account::empty(MarginMode::MultiAssets);
    let usdt = account.asset(0.0, 1.0, 1.0, 0.0);
    account.asset(coins, price, 0.95, 0.05);
    account.position(usdt, brackets(&[(1e9, 0.01)]), quantity, price, price);
    let eth = rehypo::id::CoinId(1);
    let moving = Moving::coin(&account.table, &[rehypo::id::CoinId(0), eth], eth);
    assert_eq!((moving.contracts.as_slice(), moving.collateral.as_slice()), (&[0][..], &[1][..]));
    let found = crossings(&account.table, &account.marks, &account.row, &moving);
    near(found.below.unwrap() * price, 2_542.372_881_355_9, 1e-8);
    near(
        liquidation_price(&single(30_000.0, quantity, price, brackets(&[(1e9, 0.01)])), 0).unwrap(),
        2_424.242_424_242_4,
        1e-8,
    );
}

/// uniMMR by hand. ETH at 4,000, SOL at 200: 20 WBETH at 4,300 and 95 %, 400 BNSOL at 210 of which 50,000 USD count 90 %
/// and the rest 80 %, 80,000 USDe at 99 %; 30,000 USDT in the wallet, 70,000 borrowed at 5 %; long 50 ETH from 4,100.
#[test]
fn portfolio_margin_with_staking_tokens_and_a_loan() {
    let mut account = Account::empty(MarginMode::Portfolio { liquidation_unimmr: 1.05, loans_from: None });
    let usdt = account.asset(30_000.0, 1.0, 1.0, 0.0);
    let wbeth = account.asset(20.0, 4300.0, 0.95, 0.0);
    let bnsol = account.asset(400.0, 210.0, 0.9, 0.0);
    let tier = |up_to_usd, ratio| rehypo::scenario::RatioTier { up_to_usd, ratio };
    account.table.collateral[bnsol].ratios = vec![tier(50e3, 0.9), tier(f64::INFINITY, 0.8)];
    account.asset(80_000.0, 1.0, 0.99, 0.0);
    account.loan(usdt, 70_000.0, 0.05);
    let contract = account.position(usdt, brackets(&[(50e3, 0.004), (600e3, 0.005)]), 50.0, 4100.0, 4000.0);
    let health = account.health();
    // USDT: 30,000 - 70,000 - 5,000; WBETH 81,700; BNSOL 45,000 + 27,200; USDe 79,200.
    near(health.equity, -45_000.0 + 81_700.0 + 72_200.0 + 79_200.0, 1e-9);
    // 200,000 * 0.5 % - 50, and 5 % of the loan.
    near(health.maintenance, 950.0 + 3_500.0, 1e-9);
    near(health.equity / health.maintenance, 188_100.0 / 4_450.0, 1e-12);
    assert!(!health.is_breached());
    // Ether with WBETH on it: 107,900 + 4,085 * p / 4,000 * 20 * ... = 1.05 * (3,500 + 50 p * 0.5 % - 50).
    let coin = |at| rehypo::id::CoinId::at(at);
    let mut table = account.table.clone();
    table.contracts[contract].coin = coin(1);
    let moving = Moving::coin(&table, &[coin(0), coin(1), coin(2), coin(3)], coin(1));
    assert_eq!((moving.contracts.len(), moving.collateral.as_slice()), (1, &[wbeth][..]));
    let price = crossings(&table, &account.marks, &account.row, &moving).below.unwrap() * 4000.0;
    let equity = |p: f64| -40_000.0 + 50.0 * (p - 4100.0) + 20.0 * 4300.0 * 0.95 * p / 4000.0 + 72_200.0 + 79_200.0;
    near(equity(price), 1.05 * (50.0 * price * 0.005 - 50.0 + 3_500.0), 1e-6);
}

/// Two positions of 300 and 100 share what they give up by notional, and no price is below zero.
#[test]
fn positions_are_taken_over_at_the_bankruptcy_price() {
    for (worth, loans, long, short) in [
        (40.0, 0.0, 27.0, 55.0),
        (-40.0, 0.0, 33.0, 45.0),
        (-40.0, 20.0, 31.5, 47.5),
        (-40.0, 50.0, 30.0, 50.0),
        (800.0, 0.0, 0.0, 150.0),
        (-800.0, 0.0, 90.0, 0.0),
    ] {
        let shared = given_up(worth, loans);
        near(takeover_price(30.0, 10.0, shared, 400.0), long, 1e-12);
        near(takeover_price(50.0, -2.0, shared, 400.0), short, 1e-12);
    }
}

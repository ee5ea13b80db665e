//! Sizing of forced closes: the smallest that restores compliance, and the collateral sold for a deficit.

use super::account::{Account, any_account, brackets, btc_2021};
use proptest::prelude::*;
use rehypo::scenario::MarginMode;
use rehypo::scenario::spec::CloseOrderSpec;
use rehypo::venue::margin::close::{closes, exchange_plan};

/// Closes what the sizing says, at the slippage that it was told.
fn closed(account: &Account, trades: &[(usize, f64)], slippage: &[f64]) -> Account {
    let mut after = account.clone();
    for &(contract, quantity) in trades {
        let (terms, mark) = (&account.table.contracts[contract], account.marks.price[contract]);
        let fill = mark + slippage[contract].copysign(quantity);
        let fees = quantity.abs() * (terms.clearance_fee * mark + terms.liquidation_taker_fee * fill);
        after.trade(contract, quantity, fill, fees);
    }
    after
}

fn sized(account: &Account, slippage: &[f64]) -> Vec<(usize, f64)> {
    closes(&account.table, &account.marks, &account.row, &account.entry, slippage, 0.0)
}

proptest! {
    /// What is closed restores compliance exactly and nothing less does; or all is closed.
    #[test]
    fn closes_are_the_smallest_that_suffice(account in any_account(0.3..1.2), slip in 0.0..0.01_f64) {
        let slippage: Vec<f64> = account.marks.price.iter().map(|mark| slip * mark).collect();
        let trades = sized(&account, &slippage);
        let before = account.health();
        if !before.is_breached() {
            prop_assert_eq!(trades, vec![]);
            return Ok(());
        }
        for &(contract, quantity) in &trades {
            let held = account.quantity(contract);
            prop_assert!(held * quantity < 0.0 && quantity.abs() <= held.abs(), "{held} {quantity}");
        }
        let open = (0..account.marks.price.len()).filter(|c| account.quantity(*c) != 0.0).count();
        let all = trades.len() == open && trades.iter().all(|(c, q)| *q == -account.quantity(*c));
        let after = closed(&account, &trades, &slippage).health();
        let scale = before.notional + before.equity.abs();
        if !all {
            prop_assert!(after.slack().abs() <= 1e-9 * scale, "{} of {scale}: {trades:?}", after.slack());
            // In turn, only the last is partial; pro rata all are.
            let partial = if account.table.liquidation.order == CloseOrderSpec::ProRata { 0 } else { trades.len() - 1 };
            let mut less = trades.clone();
            less[partial..].iter_mut().for_each(|(_, quantity)| *quantity *= 0.999);
            prop_assert!(closed(&account, &less, &slippage).health().slack() < 0.0, "less would do: {trades:?}");
        }
    }

    /// Whole lots, never one too few, and no more than one too many.
    #[test]
    fn lots_are_rounded_up(account in any_account(0.6..1.0), lots in 3.0..1e4_f64) {
        let mut coarse = account.clone();
        for (contract, terms) in coarse.table.contracts.iter_mut().enumerate() {
            terms.lot = account.row[terms.asset.index()].abs() / lots;
            prop_assert!(terms.lot > 0.0, "{contract}");
        }
        let slippage = vec![0.0; account.marks.price.len()];
        let (fine, whole) = (sized(&account, &slippage), sized(&coarse, &slippage));
        prop_assert_eq!(fine.len(), whole.len());
        for ((contract, exact), (_, rounded)) in fine.iter().zip(&whole) {
            let (lot, held) = (coarse.table.contracts[*contract].lot, account.quantity(*contract).abs());
            let number = rounded.abs() / lot;
            prop_assert!((number - number.round()).abs() < 1e-6 || rounded.abs() == held, "{number} lots");
            prop_assert!(rounded.abs() >= exact.abs() * (1.0 - 1e-8) && rounded.abs() < exact.abs() + lot * 1.001 );
        }
    }
}

/// Two longs in brackets of one rate: nothing but the order differs.
fn two(order: CloseOrderSpec) -> Account {
    let mut account = Account::empty(MarginMode::SingleAsset);
    account.table.liquidation.order = order;
    let usdt = account.asset(1790.0, 1.0, 1.0, 0.0);
    account.position(usdt, brackets(&[(1e9, 0.05)]), 100.0, 110.0, 100.0); // maintenance 500, loss 1,000
    account.position(usdt, brackets(&[(1e9, 0.01)]), -300.0, 100.0, 100.0); // maintenance 300, loss 0
    account
}

/// Equity 790 for a maintenance of 800: closes must free 10.
#[test]
fn the_order_of_closes_is_a_choice() {
    let sized = |order| {
        let account = two(order);
        assert_eq!((account.health().equity, account.health().maintenance), (790.0, 800.0));
        sized(&account, &[0.0, 0.0])
    };
    let near = |found: &[(usize, f64)], expected: &[(usize, f64)]| {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (f, e) in found.iter().zip(expected) {
            assert!(f.0 == e.0 && (f.1 - e.1).abs() < 1e-9, "{found:?} {expected:?}");
        }
    };
    near(&sized(CloseOrderSpec::LargestMaintenance), &[(0, -2.0)]);
    near(&sized(CloseOrderSpec::LargestLoss), &[(0, -2.0)]);
    near(&sized(CloseOrderSpec::LargestNotional), &[(1, 10.0)]);
    near(&sized(CloseOrderSpec::ProRata), &[(0, -1.25), (1, 3.75)]);
    let mut gainer = two(CloseOrderSpec::LargestLoss);
    gainer.entry = vec![90.0, 99.0];
    near(&closes(&gainer.table, &gainer.marks, &gainer.row, &gainer.entry, &[0.0, 0.0], 0.0), &[(1, 10.0)]);
}

/// Below the fee a rate frees nothing: small accounts are always closed whole.
#[test]
fn a_position_whose_rate_is_below_the_fee_is_closed_whole() {
    let mut account = Account::empty(MarginMode::SingleAsset);
    let usdt = account.asset(3.9, 1.0, 1.0, 0.0);
    let contract = account.position(usdt, btc_2021(), 0.025, 40e3, 40e3);
    account.table.contracts[contract].clearance_fee = 0.0125;
    assert_eq!(sized(&account, &[0.0]), [(0, -0.025)]);
    // With a buffer a compliant account is trimmed as well.
    account.row[0] += 0.2;
    assert_eq!(sized(&account, &[0.0]), []);
    assert_eq!(closes(&account.table, &account.marks, &account.row, &account.entry, &[0.0], 0.1), [(0, -0.025)]);
}

/// The exchange's example: a deficit of 5,000 USDC at 97.5 % sells BTC worth 5,128.20 USDC.
#[test]
fn auto_exchange_sells_the_deficit_over_one_less_the_haircut() {
    let mut account = Account::empty(MarginMode::MultiAssets);
    let usdc = account.asset(-5000.0, 1.0, 0.9999, 0.0001);
    let btc = account.asset(1.0, 60_000.0, 0.95, 0.05);
    account.table.collateral[btc].auto_exchange_haircut = 0.025;
    let plan = |account: &Account| exchange_plan(&account.table, &account.marks, &account.row, 5000.0, usdc);
    assert_eq!(plan(&account).len(), 1);
    assert!((plan(&account)[0].1 * 60_000.0 - 5_128.205_128_205).abs() < 1e-6);
    // Pro rata to value; what runs out leaves its part to the others.
    let eth = account.asset(10.0, 2000.0, 0.95, 0.05);
    account.table.collateral[eth].auto_exchange_haircut = 0.05;
    let two = plan(&account);
    assert!((two[0].1 * 60_000.0 - 3750.0 / 0.975).abs() < 1e-9 && (two[1].1 * 2000.0 - 1250.0 / 0.95).abs() < 1e-9);
    account.row = vec![-5000.0, 0.04, 1.4];
    let all = plan(&account);
    assert_eq!(all[1], (eth, 1.4), "5,000 of 2,400 * 0.975 + 2,800 * 0.95 = 5,000: all of it");
    assert!((all[0].1 - 0.04).abs() < 1e-12);
    account.row = vec![-5000.0, 0.05, 1.1];
    let short = plan(&account);
    assert_eq!(short[1], (eth, 1.1), "3,000 and 2,200: ether would have to give 2,226.7");
    assert!((short[0].1 * 60_000.0 * 0.975 - (5000.0 - 2200.0 * 0.95)).abs() < 1e-9, "{short:?}");
}

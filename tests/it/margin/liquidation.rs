//! Liquidation prices: health changes its mind exactly there, and the exchange's closed formula says the same.

use super::account::{Account, any_account};
use proptest::prelude::*;
use rehypo::id::CoinId;
use rehypo::scenario::{Collateral, MarginMode};
use rehypo::venue::bracket::{Tier, maintenance_usd};
use rehypo::venue::margin::liquidation::{Moving, crossings};
use rehypo::venue::margin::{coins, health, loan_maintenance, owed};

/// All that can move in an account: each contract, each collateral, each coin.
fn moves(account: &Account) -> Vec<Moving> {
    let table = &account.table;
    let on: Vec<CoinId> = (0..table.collateral.len()).map(CoinId::at).collect();
    let contracts = (0..table.contracts.len()).map(|contract| Moving::contract(table, contract));
    let collateral = (0..on.len()).map(Moving::collateral);
    let coins = (0..=table.contracts.len()).map(|coin| Moving::coin(table, &on, CoinId::at(coin)));
    contracts.chain(collateral).chain(coins).collect()
}

/// Slack at a factor and the amount that its rounding is relative to.
fn slack(account: &Account, moving: &Moving, factor: f64) -> (f64, f64) {
    let (table, marks) = (&account.table, moving.moved(&account.marks, factor));
    let parts = (0..table.collateral.len()).map(|at| {
        let notional = |c: &usize| account.quantity(*c).abs() * (marks.price[*c] + account.entry[*c]);
        let positions: f64 = table.collateral[at].settles.iter().map(notional).sum();
        (account.row[table.collateral[at].asset.index()].abs() + positions) * marks.index[at]
    });
    (health(table, &marks, &account.row).slack(), parts.sum())
}

proptest! {
    /// A billionth before the crossing the account is on one side, a billionth after it on the other; and nowhere between
    /// here and there does it change.
    #[test]
    fn health_changes_at_the_crossing_and_not_before(account in any_account(0.5..4.0)) {
        let now = account.health().is_breached();
        for moving in moves(&account) {
            let found = crossings(&account.table, &account.marks, &account.row, &moving);
            let breached = |f: f64| health(&account.table, &moving.moved(&account.marks, f), &account.row).is_breached();
            for factor in [found.below, found.above].into_iter().flatten() {
                let (low, high) = (slack(&account, &moving, factor * (1.0 - 1e-9)), slack(&account, &moving, factor * (1.0 + 1e-9)));
                // Where slack hardly depends on the factor, a billionth of it drowns in rounding.
                if (high.0 - low.0).abs() > 1e-13 * high.1 {
                    let (here, there) = if factor < 1.0 { (1.0 + 1e-9, 1.0 - 1e-9) } else { (1.0 - 1e-9, 1.0 + 1e-9) };
                    prop_assert_eq!(breached(factor * here), now, "{} {:?}", factor, moving);
                    prop_assert_eq!(breached(factor * there), !now, "{} {:?}", factor, moving);
                }
            }
            let (low, high) = (found.below.unwrap_or(0.0), found.above.unwrap_or(1e6));
            for part in 1..40 {
                let (down, up) = (1.0 - (1.0 - low) * f64::from(part) / 40.5, 1.0 + (high - 1.0) * f64::from(part) / 40.5);
                for factor in [down, up] {
                    let (slack, scale) = slack(&account, &moving, factor);
                    let sure = slack.abs() > 1e-12 * scale;
                    prop_assert!(!sure || breached(factor) == now, "{factor} of {found:?} {moving:?}");
                }
            }
        }
    }

    /// Retried over all brackets, the formula of the exchange gives the same prices.
    #[test]
    fn the_closed_formula_says_the_same(account in any_account(0.5..4.0)) {
        for contract in 0..account.table.contracts.len() {
            let moving = Moving::contract(&account.table, contract);
            let found = crossings(&account.table, &account.marks, &account.row, &moving);
            let mark = account.marks.price[contract];
            let prices = closed_form(&account, &moving.contracts);
            let below = prices.iter().copied().filter(|p| *p < mark).fold(None, |a: Option<f64>, p| Some(a.map_or(p, |a| a.max(p))));
            let above = prices.iter().copied().filter(|p| *p > mark).fold(None, |a: Option<f64>, p| Some(a.map_or(p, |a| a.min(p))));
            for (found, expected) in [(found.below, below), (found.above, above)] {
                let found = found.map(|factor| factor * mark);
                // Far out, or where slack is level, a price is not determined by figures of finite precision.
                let steep = |price: f64| {
                    let at = |f| slack(&account, &moving, price / mark * f);
                    price < 1e6 * mark && price > 1e-6 * mark && (at(1.001).0 - at(0.999).0).abs() > 1e-9 * at(1.0).1
                };
                match (found, expected) {
                    (Some(found), Some(expected)) => {
                        prop_assert!(!steep(found) || (found / expected - 1.0).abs() < 1e-6, "{found} {expected}");
                        let exact = slack(&account, &moving, found / mark);
                        prop_assert!(exact.0.abs() <= 1e-12 * exact.1, "{exact:?} at {found}");
                    }
                    (Some(price), None) | (None, Some(price)) => prop_assert!(!steep(price), "{found:?} {expected:?} {account:?}"),
                    (None, None) => {}
                }
            }
        }
    }
}

/// Pieces of the value of a worth: slope, value at zero, from, to.
fn pieces(collateral: &Collateral) -> Vec<(f64, f64, f64, f64)> {
    let mut pieces = vec![(1.0 + collateral.ask_buffer, 0.0, f64::NEG_INFINITY, 0.0)];
    let (mut from, mut value) = (0.0, 0.0);
    for tier in &collateral.ratios {
        pieces.push((tier.ratio, value - from * tier.ratio, from, tier.up_to_usd));
        value += (tier.up_to_usd - from) * tier.ratio;
        from = tier.up_to_usd;
    }
    pieces
}

/// `LP = (WB - TMM1 + UPNL1 + cum_L + cum_S - Q_L EP_L + Q_S EP_S) / (Q_L MMR_L + Q_S MMR_S - Q_L + Q_S)`, with every
/// bracket of either leg, and with every rate at which the settlement coin may count then. `EP` is in the balance.
fn closed_form(account: &Account, legs: &[usize]) -> Vec<f64> {
    let (table, marks, row) = (&account.table, &account.marks, &account.row);
    let settles = table.contracts[legs[0]].settles;
    let (index, ask) = (marks.index[settles], 1.0 + table.collateral[settles].ask_buffer);
    let multiple = table.margin.equity_per_maintenance();
    let mut fixed = 0.0; // other coins' equity, less what all else must maintain
    for (at, collateral) in table.collateral.iter().enumerate() {
        if at != settles {
            fixed +=
                collateral.value((coins(table, marks, row, at) - owed(table, marks, row, at)) * marks.index[at], 1.0);
        }
        fixed -= multiple * loan_maintenance(table, marks, row, at);
        for contract in collateral.settles.iter().filter(|c| !legs.contains(c)) {
            let notional = account.quantity(*contract).abs() * marks.price[*contract];
            let maintenance = maintenance_usd(&table.contracts[*contract].tiers, notional);
            fixed -= multiple * maintenance * marks.index[at] * (1.0 + collateral.ask_buffer);
        }
    }
    let marked: f64 = legs.iter().map(|leg| account.quantity(*leg) * marks.price[*leg]).sum();
    let balance = coins(table, marks, row, settles) - owed(table, marks, row, settles) - marked;
    let quantities: Vec<f64> = legs.iter().map(|leg| account.quantity(*leg)).collect();
    let net: f64 = quantities.iter().sum();
    let none = [Tier { floor_usd: 0.0, cap_usd: f64::INFINITY, max_leverage: 1.0, rate: 0.0, cum_usd: 0.0 }];
    let tiers = |leg: usize| legs.get(leg).map_or(&none[..], |contract| &table.contracts[*contract].tiers);
    let mut prices = Vec::new();
    for first in tiers(0) {
        for second in tiers(1) {
            for (slope, offset, from, to) in pieces(&table.collateral[settles]) {
                let both = [first, second];
                let rates: f64 = quantities.iter().zip(both).map(|(q, tier)| q.abs() * tier.rate).sum();
                let cum: f64 = quantities.iter().zip(both).map(|(_, tier)| tier.cum_usd).sum();
                let price = (fixed + offset + slope * index * balance + multiple * index * ask * cum)
                    / (multiple * index * ask * rates - slope * index * net);
                let near = |x: f64, low: f64, high: f64| {
                    x >= low - 1e-9 * (low.abs() + x.abs()).min(1e300)
                        && x <= high + 1e-9 * (high.abs() + x.abs()).min(1e300)
                };
                let in_bracket = |leg: usize, tier: &Tier| {
                    let last = tiers(leg).last().is_some_and(|last| last == tier);
                    let cap = if last { f64::INFINITY } else { tier.cap_usd };
                    quantities.get(leg).is_none_or(|q| near(q.abs() * price, tier.floor_usd, cap))
                };
                let worth = (balance + net * price) * index;
                if price > 0.0 && in_bracket(0, first) && in_bracket(1, second) && near(worth, from, to) {
                    prices.push(price);
                }
            }
        }
    }
    prices
}

/// A contract's liquidation price is the same alone and as the isolated position of the formula.
#[test]
fn one_position_in_every_mode_is_liquidated_at_the_formula() {
    for mode in [
        MarginMode::SingleAsset,
        MarginMode::MultiAssets,
        MarginMode::Portfolio { liquidation_unimmr: 1.05, loans_from: None },
    ] {
        for side in [1.0, -1.0] {
            let mut account = Account::empty(mode);
            let usdt = account.asset(10_000.0, 1.0, 1.0, 0.0);
            account.position(usdt, super::account::btc_2021(), side, 60_000.0, 60_000.0);
            let found = crossings(&account.table, &account.marks, &account.row, &Moving::contract(&account.table, 0));
            let multiple = mode.equity_per_maintenance();
            let price = (10_000.0 + multiple * 50.0 - side * 60_000.0) / (multiple * 0.005 - side);
            let found = if side > 0.0 { found.below } else { found.above }.expect("it is liquidated") * 60_000.0;
            assert!((found - price).abs() < 1e-8, "{mode:?}: {found} {price}");
        }
    }
}

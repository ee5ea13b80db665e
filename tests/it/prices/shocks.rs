//! Shocks laid over a path.

use super::coins;
use rehypo::id::CoinId;
use rehypo::price::{PricePath, shock};
use rehypo::scenario::{Shock, ShockKind};

const COINS: [(&str, f64, bool); 2] = [("usdc", 1.0, true), ("btc", 100.0, false)];
const USDC: CoinId = CoinId(0);
const BTC: CoinId = CoinId(1);

/// A flat path of eight steps of an hour with these shocks.
fn shocked(shocks: &[(usize, ShockKind)]) -> PricePath {
    let shocks: Vec<Shock> = shocks.iter().map(|(step, kind)| Shock { step: *step, kind: kind.clone() }).collect();
    let mut path = PricePath { coins: 2, usd: [1.0, 100.0].repeat(9), ..PricePath::default() };
    shock::apply(&shocks, &coins(&COINS), 3600.0, &mut path);
    path
}

fn assert_prices(path: &PricePath, coin: usize, expected: [f64; 9]) {
    for (step, expected) in expected.into_iter().enumerate() {
        let usd = path.row(step)[coin];
        assert!((usd - expected).abs() < 1e-12 * expected, "step {step}: {usd}, not {expected}");
    }
}

#[test]
fn a_gap_stays_and_gaps_add_up() {
    let gap = |by: f64| ShockKind::Gap { coin: BTC, log_return: libm::log(by) };
    let path = shocked(&[(2, gap(0.9)), (5, gap(1.1)), (99, gap(0.1))]);
    assert_prices(&path, 1, [100.0, 100.0, 90.0, 90.0, 90.0, 99.0, 99.0, 99.0, 99.0]);
    assert_prices(&path, 0, [1.0; 9]);
}

#[test]
fn a_depeg_wears_off_by_its_half_life() {
    let path = shocked(&[(1, ShockKind::Depeg { coin: USDC, price_usd: 0.81, half_life: 7200.0 })]);
    let back = |hours: f64| libm::pow(0.81, libm::pow(2.0, -hours / 2.0));
    assert_prices(&path, 0, [1.0, 0.81, back(1.0), 0.9, back(3.0), 0.9_f64.sqrt(), back(5.0), back(6.0), back(7.0)]);
    assert_prices(&path, 1, [100.0; 9]);
}

#[test]
fn a_depeg_without_half_life_stays_until_the_next_takes_its_place() {
    let depeg = |price_usd, half_life| ShockKind::Depeg { coin: USDC, price_usd, half_life };
    let path = shocked(&[(2, depeg(0.9, f64::INFINITY)), (4, depeg(0.64, 3600.0))]);
    let back = |hours: f64| libm::pow(0.64, libm::pow(2.0, -hours));
    assert_prices(&path, 0, [1.0, 1.0, 0.9, 0.9, 0.64, 0.8, back(2.0), back(3.0), back(4.0)]);
}

#[test]
fn depth_and_news_move_no_price() {
    let path = shocked(&[
        (1, ShockKind::Depth { coins: vec![BTC], multiplier: 0.1, half_life: 60.0 }),
        (1, ShockKind::News { leave_per_day: 5.0, half_life: 60.0 }),
    ]);
    assert_eq!(path.usd, [1.0, 100.0].repeat(9));
}

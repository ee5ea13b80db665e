//! Rates and indices against the published curves, direct compounding, and each other.

use rehypo::scenario::RateCurve;
use rehypo::unit::YEAR_SECONDS;
use rehypo::venue::lending::rates::{Slope2Oracle, borrow_rate, debt_factor, supply_factor, supply_rate};

fn curve(kink: f64, base: f64, slope1: f64, slope2: f64) -> RateCurve {
    RateCurve { kink, base, slope1, slope2 }
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1e-3), "{found} instead of {expected}");
}

#[test]
fn published_curves() {
    let usdc = curve(0.92, 0.0, 0.065, 0.35);
    for (utilisation, rate) in [(0.0, 0.0), (0.46, 0.0325), (0.92, 0.065), (0.96, 0.24), (1.0, 0.415)] {
        near(borrow_rate(&usdc, utilisation), rate);
    }
    // WETH on 18 April 2026: 8.35 % at full utilisation, no reason to repay.
    near(borrow_rate(&curve(0.92, 0.0, 0.0235, 0.06), 1.0), 0.0835);
    near(borrow_rate(&curve(0.7, 0.03, 0.14, 3.0), 0.85), 1.67);
    near(supply_rate(0.065, 0.92, 0.1), 0.05382);
    near(borrow_rate(&curve(1.0, 0.01, 0.04, 9.0), 1.0), 0.05);
}

#[test]
fn a_debt_s_index_is_compound_interest_to_the_third_order() {
    let year = f64::from(365 * 24 * 3600);
    for rate in [0.02, 0.4, 3.0] {
        let steps = 8760;
        let hourly: f64 = (0..steps).map(|_| debt_factor(rate, 3600.0)).product();
        // a step leaves out less than x^4 / 24 (1 + x)
        let x = rate / f64::from(steps);
        let left_out = f64::from(steps) * x * x * x * x / 24.0 * (1.0 + x);
        let continuous = libm::exp(rate);
        assert!((hourly / continuous - 1.0).abs() < left_out + 1e-11, "{rate}: {hourly} {continuous}");
        // a day by seconds, simple interest on each
        let seconds: f64 = (0..86_400).map(|_| 1.0 + rate / year).product();
        let daily = debt_factor(rate, 86_400.0);
        let day = rate / 365.0;
        assert!((daily / seconds - 1.0).abs() < day * day / 86_400.0 + day * day * day * day / 12.0 + 1e-11, "{rate}");
    }
    near(debt_factor(0.1, YEAR_SECONDS), 1.0 + 0.1 + 0.005 + 0.001 / 6.0);
    near(supply_factor(0.1, YEAR_SECONDS / 2.0), 1.05);
}

/// At a constant utilisation borrowers pay what depositors and the reserve get, and the compound part of an accrual.
#[test]
fn interest_goes_to_depositors_and_the_reserve() {
    for (rate, utilisation, factor, seconds) in
        [(0.065, 0.92, 0.1, 3600.0), (0.4, 0.99, 0.15, 86_400.0), (2.0, 0.3, 0.5, 1e6)]
    {
        let debt = 1e9;
        let supply = debt / utilisation;
        let paid = debt * (debt_factor(rate, seconds) - 1.0);
        let earned = supply * (supply_factor(supply_rate(rate, utilisation, factor), seconds) - 1.0);
        let x = rate * seconds / YEAR_SECONDS;
        let kept = factor * debt * x;
        let compound = debt * (x * x / 2.0 + x * x * x / 6.0);
        assert!((paid - earned - kept - compound).abs() < 1e-6, "{paid} {earned} {kept} {compound}");
        assert!(compound > 0.0 && compound < 0.51 * x * x * debt * (1.0 + x));
    }
}

const ORACLE: Slope2Oracle = Slope2Oracle { floor: 0.02, ceiling: 0.4, max_change: 0.04, interval_seconds: 28_800.0 };

#[test]
fn an_oracle_raises_the_slope_while_stress_lasts_and_lowers_it_after() {
    let after = |slope: f64, utilisation: f64, step: f64, steps: u32| {
        (0..steps).fold(slope, |slope, _| ORACLE.moved(slope, utilisation, 0.92, step))
    };
    near(after(0.02, 0.99, 28_800.0, 1), 0.06);
    near(after(0.02, 0.99, 3600.0, 8), 0.06);
    near(after(0.02, 0.93, 300.0, 3 * 96), 0.14);
    near(after(0.02, 0.99, 28_800.0, 9), 0.38);
    assert_eq!(after(0.02, 0.99, 28_800.0, 10), 0.4);
    assert_eq!(after(0.02, 1.0, 3600.0, 500), 0.4);
    near(after(0.14, 0.9, 28_800.0, 2), 0.06);
    assert_eq!(after(0.14, 0.0, 28_800.0, 4), 0.02);
    assert_eq!(after(0.14, 0.92, 28_800.0, 4), 0.14);
    // From 2026-01-30: 1.5 points for WETH.
    near(Slope2Oracle { max_change: 0.015, ..ORACLE }.moved(0.06, 1.0, 0.92, 28_800.0), 0.075);
}

//! The lending pool's arithmetic: rates, health, liquidation and its limits, against published and worked numbers.

mod account;
mod liquidation;
mod liquidator;
mod published;
mod rates;

use rehypo::venue::lending::liquidation::{Liquidation, LiquidationRules};
use rehypo::venue::lending::{Account, CollateralTerms, Leg, PoolTerms, ReserveTerms};

/// Position of the collateral in [`two_reserves`].
pub const SEIZED: usize = 0;
/// Position of the debt.
pub const REPAID: usize = 1;

/// Only a close factor: no small accounts, no dust.
pub const fn half_at_a_time() -> LiquidationRules {
    LiquidationRules { close_factor: 0.5, full_at_health: 0.0, full_below_usd: 0.0, least_left_usd: 0.0 }
}

/// A reserve that counts for nothing as collateral.
pub const NO_COLLATERAL: ReserveTerms =
    ReserveTerms { collateral: CollateralTerms { ltv: 0.0, threshold: 0.0, bonus: 0.0 }, protocol_fee: 0.0 };

/// A pool with one collateral and one coin to borrow.
pub fn two_reserves(ltv: f64, threshold: f64, bonus: f64, protocol_fee: f64) -> PoolTerms {
    let collateral = CollateralTerms { ltv, threshold, bonus };
    PoolTerms { reserves: vec![ReserveTerms { collateral, protocol_fee }, NO_COLLATERAL], categories: vec![] }
}

/// An account in such a pool.
pub fn loan(collateral_usd: f64, debt_usd: f64) -> [Leg; 2] {
    [Leg { collateral_usd, debt_usd: 0.0 }, Leg { collateral_usd: 0.0, debt_usd }]
}

/// Books a liquidation.
pub fn book(legs: &mut [Leg], seized: usize, repaid: usize, liquidation: &Liquidation) {
    legs[seized].collateral_usd -= liquidation.seized_usd;
    legs[repaid].debt_usd -= liquidation.repaid_usd;
}

/// Liquidates once, as much as may be of a wanted amount; whether anything could be.
pub fn liquidate(terms: &PoolTerms, rules: &LiquidationRules, legs: &mut [Leg; 2], wanted_usd: f64) -> Option<Account> {
    let account = terms.account(legs, None);
    let done = rules.largest(&account, &terms.pair(&account, legs, SEIZED, REPAID), wanted_usd)?;
    book(legs, SEIZED, REPAID, &done);
    Some(terms.account(legs, None))
}

/// Equal to a number printed with so many decimals.
pub fn assert_printed(found: f64, printed: f64, decimals: i32) {
    let half_a_digit = 0.500_000_1 * libm::pow(10.0, f64::from(-decimals));
    assert!((found - printed).abs() <= half_a_digit, "{found} instead of {printed}");
}

//! Health and borrowing power, with and without an e-mode category.

use super::NO_COLLATERAL;
use rehypo::venue::lending::{Category, CollateralTerms, Leg, PoolTerms, ReserveTerms};

const USDC: usize = 0;
const WETH: usize = 1;
const WSTETH: usize = 2;
const RSETH: usize = 3;

fn terms(ltv: f64, threshold: f64, bonus: f64) -> CollateralTerms {
    CollateralTerms { ltv, threshold, bonus }
}

/// Aave on Ethereum: the ether category of 2025, and that of rsETH.
fn pool() -> PoolTerms {
    let reserve = |collateral| ReserveTerms { collateral, protocol_fee: 0.1 };
    PoolTerms {
        reserves: vec![
            reserve(terms(0.77, 0.80, 0.045)),
            reserve(terms(0.805, 0.83, 0.05)),
            reserve(terms(0.785, 0.81, 0.06)),
            NO_COLLATERAL,
        ],
        categories: vec![
            Category {
                terms: terms(0.93, 0.95, 0.01),
                collateral: vec![false, false, false, true],
                borrowable: vec![false, true, true, false],
            },
            Category {
                terms: terms(0.95, 0.965, 0.01),
                collateral: vec![false, true, true, false],
                borrowable: vec![false, true, false, false],
            },
        ],
    }
}

fn legs(collateral: &[(usize, f64)], debt: &[(usize, f64)]) -> [Leg; 4] {
    let mut legs = [Leg::default(); 4];
    for (reserve, usd) in collateral {
        legs[*reserve].collateral_usd = *usd;
    }
    for (reserve, usd) in debt {
        legs[*reserve].debt_usd = *usd;
    }
    legs
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found} instead of {expected}");
}

#[test]
fn each_collateral_counts_with_its_own_terms() {
    let account = pool().account(&legs(&[(USDC, 1000.0), (WETH, 2000.0)], &[(USDC, 500.0), (WSTETH, 700.0)]), None);
    assert_eq!(account.category, None);
    assert_eq!((account.collateral_usd, account.debt_usd), (3000.0, 1200.0));
    near(account.power_usd, 770.0 + 1610.0);
    near(account.health(), (800.0 + 1660.0) / 1200.0);
    near(account.headroom_usd(), 1180.0);
    near(account.ltv(), 0.4);
    let nothing = pool().account(&legs(&[], &[]), None);
    assert_eq!((nothing.health(), nothing.ltv(), nothing.headroom_usd()), (f64::INFINITY, 0.0, 0.0));
    let bare = pool().account(&legs(&[], &[(USDC, 1.0)]), None);
    assert_eq!((bare.health(), bare.ltv(), bare.headroom_usd()), (0.0, f64::INFINITY, 0.0));
}

#[test]
fn an_account_is_in_a_category_while_all_it_owes_is() {
    let pool = pool();
    let inside = legs(&[(WSTETH, 1000.0), (USDC, 100.0)], &[(WETH, 900.0)]);
    let account = pool.account(&inside, None);
    assert_eq!(account.category, Some(1));
    near(account.health(), (965.0 + 80.0) / 900.0);
    near(account.power_usd, 950.0 + 77.0);
    assert_eq!(pool.pair(&account, &inside, WSTETH, WETH).bonus, 0.01);
    assert_eq!(pool.pair(&account, &inside, USDC, WETH).bonus, 0.045);
    // One dollar of something else, or the wish for it, and the terms are the reserve's.
    let outside = legs(&[(WSTETH, 1000.0), (USDC, 100.0)], &[(WETH, 900.0), (USDC, 1.0)]);
    let account = pool.account(&outside, None);
    assert_eq!(account.category, None);
    near(account.health(), (810.0 + 80.0) / 901.0);
    let pair = pool.pair(&account, &outside, WSTETH, WETH);
    assert_eq!((pair.bonus, pair.threshold, pair.protocol_fee, pair.debt_usd), (0.06, 0.81, 0.1, 900.0));
    assert_eq!(pool.account(&inside, Some(USDC)).category, None);
    assert_eq!(pool.account(&inside, Some(WETH)).category, Some(1));
}

/// WETH can be borrowed in both categories: the one that takes the collateral is chosen.
#[test]
fn an_owner_chooses_the_category_that_is_best_for_him() {
    let pool = pool();
    let account = |collateral: &[(usize, f64)]| pool.account(&legs(collateral, &[(WETH, 900.0)]), None);
    assert_eq!(account(&[(RSETH, 1000.0)]).category, Some(0));
    near(account(&[(RSETH, 1000.0)]).health(), 950.0 / 900.0);
    assert_eq!(account(&[(RSETH, 1000.0), (WSTETH, 2000.0)]).category, Some(0));
    assert_eq!(account(&[(RSETH, 1000.0), (WSTETH, 9000.0)]).category, Some(1));
    assert_eq!(pool.account(&legs(&[(RSETH, 1000.0)], &[(USDC, 1.0)]), None).health(), 0.0);
}

/// 93 % can be looped up to 1 / (1 - 0.93).
#[test]
fn a_loop_in_a_category_has_its_leverage() {
    let pool = pool();
    let mut legs = legs(&[(RSETH, 1.0)], &[]);
    for _ in 0..600 {
        let borrowed = pool.account(&legs, Some(WETH)).headroom_usd();
        legs[RSETH].collateral_usd += borrowed;
        legs[WETH].debt_usd += borrowed;
    }
    near(legs[RSETH].collateral_usd, 1.0 / 0.07);
    near(pool.account(&legs, None).health(), 0.95 / 0.93);
}

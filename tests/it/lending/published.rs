//! Liquidation spirals, the frontier of losses and loops: published and independently computed numbers (cases P06, P07).

use super::{REPAID, SEIZED, assert_printed, half_at_a_time, liquidate, loan, two_reserves};
use rehypo::venue::lending::frontier::{eligible_drop, loss_frontier, restoring_repay_usd, toxic_ltv};
use rehypo::venue::lending::liquidation::{LiquidationRules, deficit_usd};
use rehypo::venue::lending::{Leg, PoolTerms};

/// Loan-to-value after each round until nothing can be liquidated, and the deficit.
fn spiral(debt_usd: f64) -> (Vec<f64>, f64) {
    let (terms, mut legs) = (two_reserves(0.4, 0.5, 0.08, 0.1), loan(100.0, debt_usd));
    let mut ltvs = Vec::new();
    while let Some(after) = liquidate(&terms, &half_at_a_time(), &mut legs, f64::INFINITY) {
        ltvs.push(after.ltv());
    }
    (ltvs, deficit_usd(&legs))
}

#[test]
fn p06_a_liquidation_heals_below_the_toxic_ltv_and_ruins_above_it() {
    assert_printed(toxic_ltv(0.08), 0.925_925_925_9, 10);
    for (debt, rounds, deficit) in [
        (88.0, &[0.838_415, 0.766_017, 0.653_207][..], 0.0),
        (95.5, &[0.985_959, 1.054_317, 1.224_045, 1.805_293, 35.902_256], 2.907_407_407_4),
        (97.0, &[], 4.407_407_407_4),
        (92.0, &[], 0.0),
    ] {
        let (ltvs, left) = spiral(debt);
        rounds.iter().zip(&ltvs).for_each(|(printed, found)| assert_printed(*found, *printed, 6));
        assert!(ltvs.len() > rounds.len() && (debt != 95.5 || ltvs.len() == 6), "{ltvs:?}");
        assert_printed(left, deficit, 10);
        let first = ltvs[0];
        assert_eq!(first < debt / 100.0, debt / 100.0 < toxic_ltv(0.08), "{debt}: {first}");
        if deficit > 0.0 {
            assert_eq!(*ltvs.last().unwrap(), f64::INFINITY, "{ltvs:?}");
        } else {
            assert!(ltvs.windows(2).all(|w| w[1] < w[0]) && *ltvs.last().unwrap() <= 0.5, "{ltvs:?}");
        }
    }
}

#[test]
fn p06_the_repay_that_restores_health() {
    let terms = two_reserves(0.8, 0.825, 0.05, 0.0);
    for (target, printed) in [(1.0, 11.214_953_271_0), (1.05, 31.020_408_163_3)] {
        let mut legs = loan(100.0, 84.0);
        let account = terms.account(&legs, None);
        let repay = restoring_repay_usd(&account, &terms.pair(&account, &legs, SEIZED, REPAID), target).unwrap();
        assert_printed(repay, printed, 10);
        let after = liquidate(&terms, &half_at_a_time(), &mut legs, repay).unwrap();
        assert!((after.health() - target).abs() < 1e-14, "{after:?}");
    }
    // A bonus that takes more health than the repayment gives, and an account that needs none.
    let toxic = two_reserves(0.8, 0.96, 0.05, 0.0);
    let legs = loan(100.0, 97.0);
    let account = toxic.account(&legs, None);
    assert_eq!(restoring_repay_usd(&account, &toxic.pair(&account, &legs, SEIZED, REPAID), 1.0), None);
    let legs = loan(100.0, 50.0);
    let account = toxic.account(&legs, None);
    assert_eq!(restoring_repay_usd(&account, &toxic.pair(&account, &legs, SEIZED, REPAID), 1.0), Some(0.0));
}

/// First just so much that the account stays liquidatable, then half of the rest: more than half at once.
#[test]
fn p06_two_liquidations_earn_more_than_one() {
    let terms = two_reserves(0.8, 0.825, 0.05, 0.0);
    let bonus = |legs: &[Leg; 2]| (100.0 - legs[SEIZED].collateral_usd) - (84.0 - legs[REPAID].debt_usd);
    let mut single = loan(100.0, 84.0);
    liquidate(&terms, &half_at_a_time(), &mut single, f64::INFINITY).unwrap();
    let mut double = loan(100.0, 84.0);
    let account = terms.account(&double, None);
    let first = restoring_repay_usd(&account, &terms.pair(&account, &double, SEIZED, REPAID), 1.0).unwrap();
    let after = liquidate(&terms, &half_at_a_time(), &mut double, first * (1.0 - 1e-13)).unwrap();
    assert!(after.health() < 1.0);
    liquidate(&terms, &half_at_a_time(), &mut double, f64::INFINITY).unwrap();
    assert_printed(bonus(&single), 2.1, 10);
    assert_printed(bonus(&double), 2.380_373_831_8, 10);
    assert_printed(100.0 * (bonus(&double) / bonus(&single) - 1.0), 13.351_135, 6);
}

/// Deposits 1 and borrows all that can be borrowed, deposits it again, so many times over.
fn looped(ltv: f64, turns: u32) -> (f64, f64) {
    let terms = two_reserves(ltv, 0.95, 0.01, 0.0);
    let mut legs = loan(1.0, 0.0);
    for _ in 0..turns {
        let borrowed = terms.account(&legs, Some(REPAID)).headroom_usd();
        legs[SEIZED].collateral_usd += borrowed;
        legs[REPAID].debt_usd += borrowed;
    }
    (legs[SEIZED].collateral_usd, legs[REPAID].debt_usd)
}

#[test]
fn p07_loops() {
    for (ltv, turns, leverage, debt, decimals) in [
        (0.7, 5, 2.941_17, 1.941_17, 5),
        (0.75, 10, 3.831_059_455_9, 2.831_059_455_9, 10),
        (0.9, 10, 6.861_894_039_1, 5.861_894_039_1, 10),
        (0.93, 50, 13.932_911_231_4, 12.932_911_231_4, 10),
    ] {
        let (gross, owed) = looped(ltv, turns);
        assert_printed(gross, leverage, decimals);
        assert_printed(owed, debt, decimals);
    }
}

const MILLION: f64 = 1e6;

/// A loop of twelve times 1 / 12 of 100 million, of a token that counts for 95 %, bonus 1 %.
fn anchor() -> (PoolTerms, [Leg; 2]) {
    (two_reserves(0.93, 0.95, 0.01, 0.1), loan(100.0 * MILLION, 100.0 * MILLION * (1.0 - 1.0 / 12.0)))
}

/// Deficit when the price falls so far at one go and liquidators then do all that they may.
fn gap_deficit_usd(drop: f64) -> f64 {
    let (terms, mut legs) = anchor();
    legs[SEIZED].collateral_usd *= 1.0 - drop;
    while liquidate(&terms, &LiquidationRules::AAVE_V3, &mut legs, f64::INFINITY).is_some() {}
    deficit_usd(&legs)
}

#[test]
fn p07_bad_debt_after_a_gap() {
    for (drop, printed) in [(0.05, 0.0), (0.08, 0.577_558), (0.12, 4.537_954), (0.2, 12.458_746), (0.35, 27.310_231)] {
        assert_printed(gap_deficit_usd(drop) / MILLION, printed, 6);
    }
    // The price falls on by so much before an oracle that lags lets anybody act.
    for (lag, printed) in [(0.0031, 0.859_934), (0.0159, 2.025_875), (0.05, 5.132_013)] {
        assert_printed(gap_deficit_usd(1.0 - 0.92 * (1.0 - lag)) / MILLION, printed, 6);
    }
}

/// The frontier is where the engine of liquidations itself begins to leave a deficit.
#[test]
fn p07_the_loss_frontier() {
    let (terms, legs) = anchor();
    let health = terms.account(&legs, None).health();
    assert_printed(health, 1.036_363_636_4, 10);
    assert_printed(eligible_drop(health), 0.035_087_719_3, 10);
    let frontier = loss_frontier(health, 0.95, 0.01);
    assert_printed(frontier, 0.074_166_666_7, 10);
    let (mut safe, mut lossy) = (0.0, 0.2);
    for _ in 0..60 {
        let drop = 0.5 * (safe + lossy);
        *(if gap_deficit_usd(drop) > 0.0 { &mut lossy } else { &mut safe }) = drop;
    }
    assert!((safe - frontier).abs() < 1e-12, "{safe} {frontier}");
    assert_eq!((eligible_drop(0.9), eligible_drop(f64::INFINITY)), (0.0, 1.0));
    // Above 1 / (1 + bonus) any loan that can be liquidated at all loses.
    assert_eq!(loss_frontier(1.25, 0.96, 0.05), eligible_drop(1.25));
}

/// Falls in steps of a basis point with one liquidation at each.
fn deficit_after_a_slide(terms: &PoolTerms, mut legs: [Leg; 2], drop: f64) -> f64 {
    let mut price = 1.0;
    while price > 1.0 - drop {
        price *= 0.9999;
        legs[SEIZED].collateral_usd *= 0.9999;
        liquidate(terms, &LiquidationRules::AAVE_V3, &mut legs, f64::INFINITY);
    }
    while liquidate(terms, &LiquidationRules::AAVE_V3, &mut legs, f64::INFINITY).is_some() {}
    deficit_usd(&legs)
}

#[test]
fn p07_a_slide_costs_the_lender_nothing_if_the_bonus_is_covered_by_the_threshold() {
    let (terms, legs) = anchor();
    for drop in [0.05, 0.08, 0.2, 0.35, 0.9] {
        assert_eq!(deficit_after_a_slide(&terms, legs, drop), 0.0, "{drop}");
    }
    let toxic = two_reserves(0.93, 0.97, 0.05, 0.1);
    assert!(deficit_after_a_slide(&toxic, legs, 0.08) > MILLION);
}

//! What a pool lets liquidators do: the close factor, small and sick accounts, dust, the collateral's end, the deficit.

use super::{NO_COLLATERAL, REPAID, SEIZED, book, half_at_a_time, liquidate, loan, two_reserves};
use proptest::prelude::*;
use rehypo::venue::lending::liquidation::{Liquidation, LiquidationRules, Pair, Refusal, deficit_usd};
use rehypo::venue::lending::{Account, CollateralTerms, Leg, PoolTerms, ReserveTerms};

const AAVE: LiquidationRules = LiquidationRules::AAVE_V3;

fn pair(collateral_usd: f64, debt_usd: f64) -> Pair {
    Pair { collateral_usd, debt_usd, threshold: 0.8, bonus: 0.05, protocol_fee: 0.1 }
}

fn account(health: f64, debt_usd: f64) -> Account {
    Account { debt_usd, threshold_usd: health * debt_usd, ..Account::default() }
}

#[test]
fn half_of_all_debt_may_be_repaid_unless_the_account_is_small_or_sick() {
    for (health, total, pair, most) in [
        (0.97, 10_000.0, pair(8_000.0, 10_000.0), 5_000.0),
        (0.97, 10_000.0, pair(8_000.0, 6_000.0), 5_000.0),
        (0.97, 10_000.0, pair(8_000.0, 4_000.0), 4_000.0),
        (0.95, 10_000.0, pair(8_000.0, 6_000.0), 6_000.0),
        (0.950_001, 10_000.0, pair(8_000.0, 6_000.0), 5_000.0),
        (0.97, 10_000.0, pair(1_999.99, 6_000.0), 6_000.0),
        (0.97, 10_000.0, pair(2_000.0, 6_000.0), 5_000.0),
        (0.97, 3_000.0, pair(8_000.0, 1_999.0), 1_999.0),
        (0.97, 3_000.0, pair(8_000.0, 2_000.0), 1_500.0),
    ] {
        assert_eq!(AAVE.most_usd(&account(health, total), &pair), most, "{health} {total} {pair:?}");
    }
}

#[test]
fn the_liquidator_gets_the_bonus_less_the_protocol_s_share() {
    let done = AAVE.liquidation(&account(0.97, 10_000.0), &pair(9_000.0, 10_000.0), 1_000.0).unwrap();
    assert_eq!((done.repaid_usd, done.seized_usd), (1_000.0, 1_050.0));
    assert!((done.protocol_fee_usd - 5.0).abs() < 1e-12);
    let healthy = AAVE.liquidation(&account(1.0, 10_000.0), &pair(9_000.0, 10_000.0), 1_000.0);
    assert_eq!(healthy, Err(Refusal::Healthy));
    for (collateral, debt, wanted) in [(0.0, 10_000.0, 1.0), (9_000.0, 0.0, 1.0), (9_000.0, 10_000.0, 0.0)] {
        let refused = AAVE.liquidation(&account(0.97, 10_000.0), &pair(collateral, debt), wanted);
        assert_eq!(refused, Err(Refusal::Nothing));
        assert_eq!(AAVE.largest(&account(0.97, 10_000.0), &pair(collateral, debt), wanted), None);
    }
}

#[test]
fn collateral_that_is_too_little_is_taken_whole_and_pays_less() {
    let done = AAVE.liquidation(&account(0.5, 10_000.0), &pair(4_200.0, 10_000.0), f64::INFINITY).unwrap();
    assert_eq!((done.seized_usd, done.repaid_usd), (4_200.0, 4_000.0));
    assert!((done.protocol_fee_usd - 20.0).abs() < 1e-9);
}

#[test]
fn a_liquidator_leaves_what_must_be_left() {
    // Half of 2,500 leaves 2,400 - 1,250 * 1.2 = 900 of collateral: 1,000 must be left.
    let tight = Pair { bonus: 0.2, ..pair(2_400.0, 2_500.0) };
    let sick = account(0.96, 2_500.0);
    assert_eq!(AAVE.liquidation(&sick, &tight, f64::INFINITY), Err(Refusal::Dust));
    let done = AAVE.largest(&sick, &tight, f64::INFINITY).unwrap();
    assert!((done.repaid_usd - 1_400.0 / 1.2).abs() < 1e-9 && (done.seized_usd - 1_400.0).abs() < 1e-9, "{done:?}");
    // A small debt may be repaid whole, or down to 1,000, or not at all.
    let small = |debt: f64, wanted: f64| {
        AAVE.largest(&account(0.97, debt), &pair(5_000.0, debt), wanted).map(|done| done.repaid_usd)
    };
    assert_eq!(small(1_500.0, 1_500.0), Some(1_500.0));
    assert_eq!(small(1_500.0, 1_499.0), Some(500.0));
    assert_eq!(small(1_500.0, 300.0), Some(300.0));
    assert_eq!((small(900.0, 899.0), small(900.0, 900.0)), (None, Some(900.0)));
}

#[test]
fn what_is_owed_is_a_deficit_once_no_collateral_is_left_anywhere() {
    let leg = |collateral_usd, debt_usd| Leg { collateral_usd, debt_usd };
    assert_eq!(deficit_usd(&[leg(0.0, 5.0), leg(0.0, 7.0)]), 12.0);
    assert_eq!(deficit_usd(&[leg(0.0, 5.0), leg(0.01, 7.0)]), 0.0);
    assert_eq!(deficit_usd(&[leg(0.0, 0.0), leg(0.0, 0.0)]), 0.0);
}

/// In an auction without bids the collateral is gone and the debt stays: Maker's vaults on 12 March 2020.
#[test]
fn collateral_that_nobody_bids_for_pays_nothing() {
    let mut legs = loan(1_000.0, 900.0);
    let terms = two_reserves(0.6, 2.0 / 3.0, 0.13, 0.0);
    let sick = terms.account(&legs, None);
    let done = Liquidation::unbid(&terms.pair(&sick, &legs, SEIZED, REPAID));
    assert_eq!(done, Liquidation { repaid_usd: 0.0, seized_usd: 1_000.0, protocol_fee_usd: 0.0 });
    book(&mut legs, SEIZED, REPAID, &done);
    assert_eq!(deficit_usd(&legs), 900.0);
}

/// Flexible Loan: initial 78 %, liquidation 91 %, a fee of 2 % that the venue keeps, half at a time.
#[test]
fn a_loan_with_one_limit_is_a_set_of_parameters() {
    let terms = two_reserves(0.78, 0.91, 0.02, 1.0);
    assert_eq!(terms.account(&loan(1_000.0, 0.0), Some(REPAID)).headroom_usd(), 780.0);
    let mut legs = loan(1_000.0, 909.0);
    assert!(liquidate(&terms, &half_at_a_time(), &mut legs, f64::INFINITY).is_none());
    legs[REPAID].debt_usd = 911.0;
    let sick = terms.account(&legs, None);
    let done = half_at_a_time().largest(&sick, &terms.pair(&sick, &legs, SEIZED, REPAID), f64::INFINITY).unwrap();
    assert_eq!(done.repaid_usd, 455.5);
    assert!((done.seized_usd - 464.61).abs() < 1e-9 && (done.protocol_fee_usd - 9.11).abs() < 1e-9, "{done:?}");
    let after = liquidate(&terms, &half_at_a_time(), &mut legs, f64::INFINITY).unwrap();
    assert!((after.ltv() - 455.5 / (1_000.0 - 464.61)).abs() < 1e-12 && after.health() > 1.0);
}

/// Four reserves, two legs with collateral and two with debt at least, and a price path of their collateral.
fn drawn() -> impl Strategy<Value = (PoolTerms, [Leg; 4])> {
    let reserve = (0.3..0.97_f64, 0.0..0.15_f64, 0.0..1.0_f64);
    let leg = (0.0..1.0_f64, 0.0..1.0_f64, 0..3);
    let scale = 3.0..6.0_f64;
    (proptest::collection::vec(reserve, 4), proptest::collection::vec(leg, 4), scale, 0.4..1.3_f64).prop_map(
        |(reserves, drawn, scale, ltv)| {
            let reserve = |(threshold, bonus, protocol_fee)| ReserveTerms {
                collateral: CollateralTerms { ltv: threshold - 0.05, threshold, bonus },
                protocol_fee,
            };
            let mut legs = [Leg::default(); 4];
            let size = libm::pow(10.0, scale);
            for (leg, (collateral, debt, kind)) in legs.iter_mut().zip(drawn) {
                leg.collateral_usd = if kind == 0 { 0.0 } else { size * collateral };
                leg.debt_usd = if kind == 1 { 0.0 } else { size * debt };
            }
            let (collateral, debt) = legs
                .iter()
                .fold((0.0, 0.0), |sums: (f64, f64), leg| (sums.0 + leg.collateral_usd, sums.1 + leg.debt_usd));
            if debt > 0.0 {
                for leg in &mut legs {
                    leg.debt_usd *= ltv * collateral / debt;
                }
            }
            (PoolTerms { reserves: reserves.into_iter().map(reserve).collect(), categories: vec![] }, legs)
        },
    )
}

/// Every pair of an account, collateral first.
fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (0..4).flat_map(|seized| (0..4).map(move |repaid| (seized, repaid)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Collateral is seized or left, debt repaid or left; the price of a repaid dollar is the bonus; the limits hold.
    #[test]
    fn a_liquidation_moves_what_it_says((terms, legs) in drawn(), share in 0.0..1.5_f64) {
        let before = terms.account(&legs, None);
        for (seized, repaid) in pairs() {
            let pair = terms.pair(&before, &legs, seized, repaid);
            let wanted = share * pair.debt_usd;
            let Ok(done) = AAVE.liquidation(&before, &pair, wanted) else { continue };
            let mut left = legs;
            book(&mut left, seized, repaid, &done);
            let after = terms.account(&left, None);
            prop_assert!(left[seized].collateral_usd >= 0.0 && left[repaid].debt_usd >= 0.0);
            prop_assert!(done.repaid_usd <= wanted && done.repaid_usd <= AAVE.most_usd(&before, &pair));
            let size = before.collateral_usd + before.debt_usd;
            prop_assert!((before.collateral_usd - after.collateral_usd - done.seized_usd).abs() < 1e-12 * size);
            prop_assert!((before.debt_usd - after.debt_usd - done.repaid_usd).abs() < 1e-12 * size);
            prop_assert!((done.seized_usd - done.repaid_usd * (1.0 + pair.bonus)).abs() < 1e-12 * size);
            let bonus = done.seized_usd - done.repaid_usd;
            prop_assert!((done.protocol_fee_usd - bonus * pair.protocol_fee).abs() < 1e-12 * size);
            let (kept, owed) = (left[seized].collateral_usd, left[repaid].debt_usd);
            prop_assert!(kept == 0.0 || owed == 0.0 || (kept >= 999.999 && owed >= 999.999), "{} {}", kept, owed);
            // Health rises if and only if it is above the threshold of what is seized, grown by the bonus.
            let margin = before.health() - pair.threshold * (1.0 + pair.bonus);
            if after.debt_usd > 1e-6 * before.debt_usd && done.repaid_usd > 1e-6 * before.debt_usd && margin.abs() > 1e-6 {
                prop_assert_eq!(after.health() > before.health(), margin > 0.0);
            }
        }
    }

    /// The largest legal amount is legal, and no amount on a fine grid is legal and larger.
    #[test]
    fn the_largest_is_the_largest((terms, legs) in drawn(), share in 0.0..1.5_f64) {
        let before = terms.account(&legs, None);
        for (seized, repaid) in pairs() {
            let pair = terms.pair(&before, &legs, seized, repaid);
            let wanted = share * pair.debt_usd;
            let found = AAVE.largest(&before, &pair, wanted).map_or(0.0, |done| done.repaid_usd);
            prop_assert!(found <= wanted * (1.0 + 1e-15));
            if found > 1e-6 * pair.debt_usd {
                let nearby = [found, found * (1.0 - 1e-12), found * (1.0 + 1e-12)];
                prop_assert!(nearby.iter().any(|r| AAVE.liquidation(&before, &pair, *r).is_ok()), "{found} {pair:?}");
            }
            for k in 1..=200 {
                let tried = AAVE.liquidation(&before, &pair, wanted * f64::from(k) / 200.0);
                prop_assert!(tried.is_err() || tried.unwrap().repaid_usd <= found * (1.0 + 1e-12));
            }
        }
    }

    /// However the collateral falls: what liquidators paid, what is still owed and the deficit are the claim.
    #[test]
    fn recoveries_and_deficit_are_the_claim((terms, mut legs) in drawn(), falls in proptest::collection::vec(0.5..1.0_f64, 6)) {
        let claim: f64 = legs.iter().map(|leg| leg.debt_usd).sum();
        let (mut recovered, mut rounds) = (0.0, 0);
        for fall in falls {
            for leg in &mut legs {
                leg.collateral_usd *= fall;
            }
            let mut moved = true;
            while moved {
                moved = false;
                for (seized, repaid) in pairs() {
                    let account = terms.account(&legs, None);
                    if let Some(done) = AAVE.largest(&account, &terms.pair(&account, &legs, seized, repaid), f64::INFINITY) {
                        book(&mut legs, seized, repaid, &done);
                        recovered += done.repaid_usd;
                        (moved, rounds) = (true, rounds + 1);
                    }
                }
                prop_assert!(rounds < 2_000);
            }
        }
        let (deficit, account) = (deficit_usd(&legs), terms.account(&legs, None));
        // Liquidators stop when the account is healthy or nothing is left to seize, never before.
        prop_assert!(account.health() >= 1.0 || account.collateral_usd == 0.0, "{:?}", account);
        prop_assert_eq!(deficit > 0.0, account.collateral_usd == 0.0 && account.debt_usd > 0.0);
        let left = if deficit > 0.0 { deficit } else { account.debt_usd };
        prop_assert!((recovered + left - claim).abs() <= 1e-9 * claim.max(1.0), "{} {} {}", recovered, left, claim);
    }
}

#[test]
fn what_counts_for_nothing_is_no_collateral() {
    let legs = [Leg { collateral_usd: 5_000.0, debt_usd: 10.0 }];
    let terms = PoolTerms { reserves: vec![NO_COLLATERAL], categories: vec![] };
    assert_eq!(terms.account(&legs, None).health(), 0.0);
}

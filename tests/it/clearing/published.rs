//! P12: clearing vectors of the literature, and what is refused.

use super::{Plain, assert_near};
use rehypo::venue::clearing::{Claims, ClaimsError, Costs, greatest, least};

/// Node i pays its creditors in proportion: a debt of i to j is a claim of i that j holds.
fn debts(debts: &[(usize, usize, f64)], outside: &[f64]) -> Plain {
    let mut nominal = vec![0.0; outside.len()];
    for &(debtor, _, amount) in debts {
        nominal[debtor] += amount;
    }
    let held = debts.iter().map(|&(debtor, creditor, amount)| (creditor, debtor, amount)).collect();
    Plain { nominal, outside: outside.to_vec(), held }
}

fn payments(plain: &Plain, recovery: &[f64]) -> Vec<f64> {
    plain.nominal.iter().zip(recovery).map(|(nominal, recovery)| nominal * recovery).collect()
}

#[test]
fn p12a_three_nodes_that_owe_each_other() {
    let all = [(0, 1, 6.0), (0, 2, 4.0), (1, 0, 3.0), (1, 2, 5.0), (2, 0, 2.0), (2, 1, 4.0)];
    let plain = debts(&all, &[1.0, 2.0, 5.0]);
    for recovery in [greatest(&plain.claims(), Costs::NONE), least(&plain.claims(), Costs::NONE)] {
        assert_near(&recovery, &[0.6, 1.0, 1.0], 1e-12);
        assert_near(&payments(&plain, &recovery), &[6.0, 8.0, 6.0], 1e-12);
        let assets = plain.claims().assets(&recovery);
        let equity: Vec<f64> =
            assets.iter().zip(payments(&plain, &recovery)).map(|(assets, paid)| assets - paid).collect();
        assert_near(&equity, &[0.0, 1.6, 6.4], 1e-12);
    }
}

#[test]
fn p12b_a_chain_passes_on_what_is_left() {
    let plain = debts(&[(0, 1, 10.0), (1, 2, 10.0), (2, 3, 10.0)], &[4.0, 1.0, 2.0, 0.0]);
    for recovery in [greatest(&plain.claims(), Costs::NONE), least(&plain.claims(), Costs::NONE)] {
        assert_near(&payments(&plain, &recovery), &[4.0, 5.0, 7.0, 0.0], 1e-12);
        assert_eq!(recovery[3], 1.0, "who owes nothing owes nothing");
    }
}

#[test]
fn p12c_with_default_costs_two_outcomes_clear() {
    let plain = debts(&[(0, 1, 2.2), (1, 0, 2.2)], &[1.0, 1.0]);
    let costs = Costs { outside: 0.5, claims: 0.5 };
    assert_near(&payments(&plain, &greatest(&plain.claims(), costs)), &[2.2, 2.2], 1e-12);
    assert_near(&payments(&plain, &least(&plain.claims(), costs)), &[1.0, 1.0], 1e-12);
}

/// Eisenberg and Noe, appendix 2: mutual debts of 1 and nothing else clear at any t (1, 1); a hundredth settles it.
#[test]
fn tokens_that_back_each_other_with_nothing_are_worth_anything() {
    let empty = debts(&[(0, 1, 1.0), (1, 0, 1.0)], &[0.0, 0.0]);
    assert_eq!(greatest(&empty.claims(), Costs::NONE), [1.0, 1.0]);
    assert_eq!(least(&empty.claims(), Costs::NONE), [0.0, 0.0]);
    let settled = debts(&[(0, 1, 1.0), (1, 0, 1.0)], &[0.01, 0.0]);
    assert_eq!(greatest(&settled.claims(), Costs::NONE), [1.0, 1.0]);
    assert_eq!(least(&settled.claims(), Costs::NONE), [1.0, 1.0]);
}

/// Issuers 0 and 1 hold all of each other and nothing else; 2 is backed by them and by money, 3 by 2. Only the loop and what
/// rests on it are open.
#[test]
fn doubt_reaches_only_what_rests_on_the_loop() {
    let plain = Plain {
        nominal: vec![4.0, 4.0, 5.0, 2.0, 1.0],
        outside: vec![0.0, 0.0, 3.0, 1.0, 0.7],
        held: vec![(0, 1, 4.0), (1, 0, 3.0), (2, 0, 1.0), (3, 2, 2.0)],
    };
    // 1 gets 3 of the 4 that it owes, whatever 0 pays; then 0 gets 3 of 4, and so on: they pay nothing at all.
    assert_near(&greatest(&plain.claims(), Costs::NONE), &[0.0, 0.0, 0.6, 1.0, 0.7], 1e-12);
    let closed = Plain { held: vec![(0, 1, 4.0), (1, 0, 4.0)], ..plain.clone() };
    assert_near(&greatest(&closed.claims(), Costs::NONE), &[1.0, 1.0, 0.6, 0.5, 0.7], 1e-12);
    assert_near(&least(&closed.claims(), Costs::NONE), &[0.0, 0.0, 0.6, 0.5, 0.7], 1e-12);
}

/// A debt that nobody in the loop can pay but by the others' payments, and shares of one that are no binary fractions.
#[test]
fn a_loop_held_in_thirds_is_as_closed_as_one_held_whole() {
    let third = 1.0 / 3.0;
    let loop_of = |outside: f64| Plain {
        nominal: vec![1.0, 1.0, 1.0],
        outside: vec![outside, 0.0, 0.0],
        held: vec![(0, 1, third), (2, 1, 0.7 - third), (2, 1, 0.3), (1, 0, 0.7), (1, 0, 0.2), (1, 0, 0.1), (0, 2, 1.0)],
    };
    let empty = loop_of(0.0).claims();
    assert_eq!(least(&empty, Costs::NONE), [0.0; 3]);
    let high = greatest(&empty, Costs::NONE);
    // Payments of a closed loop are a multiple of its invariant vector: 0 gets 1/3 of 1 and all of 2, and so on.
    assert_near(&high, &[1.0, 1.0, 2.0 / 3.0], 1e-12);
    let settled = loop_of(1e-9).claims();
    assert_near(&least(&settled, Costs::NONE), &high, 1e-12);
    assert_near(&greatest(&settled, Costs::NONE), &high, 1e-12);
}

/// Nothing of a defaulter's outside assets is left (alpha = 0), yet whoever owes less than it has outside is solvent.
#[test]
fn the_least_recoveries_start_with_those_who_need_nobody() {
    let plain = debts(&[(0, 1, 1.0), (1, 0, 2.0)], &[1.5, 1.0]);
    let costs = Costs { outside: 0.0, claims: 1.0 };
    assert_near(&least(&plain.claims(), costs), &[1.0, 1.0], 0.0);
    let poorer = debts(&[(0, 1, 1.0), (1, 0, 2.5)], &[1.5, 1.0]);
    assert_near(&least(&poorer.claims(), costs), &[1.0, 0.4], 1e-15);
}

#[test]
fn balance_sheets_that_do_not_fit_are_refused() {
    let refused = |nominal: &[f64], outside: &[f64], held: &[(usize, usize, f64)]| {
        Claims::new(nominal.to_vec(), outside.to_vec(), held).expect_err("refused")
    };
    assert_eq!(refused(&[1.0], &[], &[]), ClaimsError::Length { nominal: 1, outside: 0 });
    assert_eq!(refused(&[1.0, 1.0], &[0.0; 2], &[(1, 1, 0.5)]), ClaimsError::SelfHeld { issuer: 1 });
    assert_eq!(refused(&[1.0, 1.0], &[0.0; 2], &[(0, 2, 0.5)]), ClaimsError::Unknown { issuer: 2, issuers: 2 });
    assert_eq!(
        refused(&[1.0, 1.0], &[0.0; 2], &[(0, 1, 1.25)]),
        ClaimsError::Overheld { issuer: 1, held: 1.25, issued: 1.0 }
    );
    let amount = |what, value| ClaimsError::Amount { issuer: 0, what, value };
    assert_eq!(refused(&[-1.0], &[0.0], &[]), amount("claims", -1.0));
    assert_eq!(refused(&[1.0], &[f64::INFINITY], &[]), amount("outside assets", f64::INFINITY));
    assert_eq!(refused(&[1.0, 1.0], &[0.0; 2], &[(0, 1, -0.5)]), amount("claims held", -0.5));
    assert_eq!(
        refused(&[1.0, 1.0], &[0.0; 2], &[(1, 1, 0.5)]).to_string(),
        "issuer 1 holds its own claims: expected claims of others only"
    );
}

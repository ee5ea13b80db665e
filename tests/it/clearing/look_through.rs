//! P12 (d): gross and net value, and what a claim stands for through every layer.

use super::{Plain, assert_near};
use rehypo::random::{Purpose, stream, uniform};
use rehypo::venue::clearing::look_through::{ClosedLoop, Row, Shares, exposure};
use rehypo::venue::clearing::{Costs, greatest, least};

fn both(held: &[(usize, usize, f64)], own: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let shares = Shares::new(own.len(), held).expect("proper shares");
    let gross = shares.gross(own).expect("finite");
    let net = shares.net(&gross);
    (gross, net)
}

#[test]
fn p12d_two_tokens_half_backed_by_each_other() {
    let (gross, net) = both(&[(0, 1, 0.5), (1, 0, 0.5)], &[1.0, 1.0]);
    assert_near(&gross, &[2.0, 2.0], 1e-12);
    assert_near(&net, &[1.0, 1.0], 1e-12);
    assert_near(&[gross.iter().sum::<f64>() / net.iter().sum::<f64>()], &[2.0], 1e-12);
}

#[test]
fn p12d_a_chain_of_three() {
    let (gross, net) = both(&[(1, 0, 0.8), (2, 1, 0.6)], &[100.0, 10.0, 5.0]);
    assert_near(&gross, &[100.0, 90.0, 59.0], 1e-12);
    assert_near(&net, &[20.0, 36.0, 59.0], 1e-12);
    assert_near(&[gross.iter().sum::<f64>() / net.iter().sum::<f64>()], &[249.0 / 115.0], 1e-12);
    assert!((249.0 / 115.0 - 2.165_217_4_f64).abs() < 5e-8);
}

/// `(I - C)^-1` as the sum of powers: what goes around once, twice, and so on.
#[test]
fn gross_value_is_the_sum_of_all_rounds() {
    for path in 0..50 {
        let rng = &mut stream(4, Purpose::Population, path);
        let count = 2 + path as usize % 12;
        let mut held = Vec::new();
        for issuer in 0..count {
            let holders: Vec<usize> = (0..count).filter(|&i| i != issuer && uniform(rng) < 0.4).collect();
            held.extend(holders.iter().map(|&i| (i, issuer, 0.9 * uniform(rng) / holders.len() as f64)));
        }
        let own: Vec<f64> = (0..count).map(|_| 3.0 * uniform(rng) - 1.0).collect();
        let (gross, net) = both(&held, &own);
        let (mut sum, mut round) = (own.clone(), own.clone());
        for _ in 0..600 {
            let mut next = vec![0.0; count];
            for &(i, j, share) in &held {
                next[i] += share * round[j];
            }
            sum.iter_mut().zip(&next).for_each(|(sum, next)| *sum += next);
            round = next;
        }
        assert_near(&gross, &sum, 1e-12);
        assert_near(&[net.iter().sum::<f64>()], &[own.iter().sum::<f64>()], 1e-12);
    }
}

/// Issuer 0 holds 60 of coin 7; issuer 1 all 50 of 0's claims and 50 of coin 3; 2 is short coin 7 and long dollars (9).
#[test]
fn a_claim_stands_for_what_is_behind_it() {
    let plain = Plain {
        nominal: vec![50.0, 100.0, 40.0],
        outside: vec![60.0, 50.0, 20.0],
        held: vec![(1, 0, 50.0), (2, 1, 20.0)],
    };
    let own: [Row; 3] = [vec![(7, 60.0)], vec![(3, 50.0)], vec![(7, -10.0), (9, 30.0)]];
    let claims = plain.claims();
    let rows = exposure(&claims, &greatest(&claims, Costs::NONE), &own).expect("finite");
    assert_eq!(rows[0], [(7, 1.0)]);
    assert_eq!(rows[1], [(3, 0.5), (7, 0.5)]);
    assert_eq!(rows[2], [(3, 0.25), (7, 0.0), (9, 0.75)]);
}

/// In a loop with several coins behind it, with costs and without: a unit of value is a unit of coins in all, and each
/// row is the mixture of what the issuer has.
#[test]
fn what_a_claim_stands_for_adds_up() {
    for path in 0..50 {
        let rng = &mut stream(5, Purpose::Population, path);
        let count = 3 + path as usize % 10;
        let mut own = vec![Row::new(); count];
        let mut plain = Plain { nominal: vec![1.0; count], outside: vec![0.0; count], held: Vec::new() };
        for (i, own) in own.iter_mut().enumerate() {
            let amount = 0.5 * uniform(rng);
            own.push((i % 3, amount));
            own.push((3 + i % 2, 0.2));
            plain.outside[i] = amount + 0.2;
            plain.held.push((i, (i + 1) % count, 0.8 * uniform(rng)));
            plain.held.push((i, (i + 2) % count, 0.2 * uniform(rng)));
        }
        let claims = plain.claims();
        for recovery in [greatest(&claims, Costs::NONE), least(&claims, Costs { outside: 0.6, claims: 0.7 })] {
            let rows = exposure(&claims, &recovery, &own).expect("finite");
            let assets = plain.assets(&recovery);
            for i in 0..count {
                assert_near(&[rows[i].iter().map(|(_, share)| share).sum::<f64>()], &[1.0], 1e-12);
                let of = |row: &Row, asset| row.iter().find(|(a, _)| *a == asset).map_or(0.0, |(_, amount)| *amount);
                for asset in 0..5 {
                    let layers: f64 = plain
                        .held
                        .iter()
                        .filter(|held| held.0 == i)
                        .map(|&(_, j, amount)| amount * recovery[j] * of(&rows[j], asset))
                        .sum();
                    let behind = (of(&own[i], asset) + layers) / assets[i];
                    assert_near(&[of(&rows[i], asset)], &[behind], 1e-12);
                }
            }
        }
    }
}

#[test]
fn a_loop_with_nothing_in_it_stands_for_nothing() {
    let loop_of = |outside: f64| Plain {
        nominal: vec![1.0, 1.0, 1.0],
        outside: vec![outside, 0.0, 1.0],
        held: vec![(0, 1, 1.0), (1, 0, 1.0)],
    };
    let empty = loop_of(0.0).claims();
    let own: [Row; 3] = [Row::new(), Row::new(), vec![(0, 1.0)]];
    let solid: Row = vec![(0, 1.0)];
    for recovery in [greatest(&empty, Costs::NONE), least(&empty, Costs::NONE)] {
        assert_eq!(exposure(&empty, &recovery, &own), Ok(vec![Row::new(), Row::new(), solid.clone()]));
    }
    let backed = loop_of(0.25).claims();
    let own: [Row; 3] = [vec![(0, 0.25)], Row::new(), vec![(0, 1.0)]];
    let rows = exposure(&backed, &greatest(&backed, Costs::NONE), &own).expect("finite");
    for row in rows {
        assert!(row.len() == 1 && row[0].0 == 0 && (row[0].1 - 1.0).abs() < 1e-12, "{row:?}");
    }
}

#[test]
fn owners_of_all_of_each_other_and_of_something_have_no_finite_gross_value() {
    let shares = Shares::new(3, &[(0, 1, 1.0), (1, 0, 0.7), (1, 0, 0.2), (1, 0, 0.1)]).expect("proper shares");
    assert_eq!(shares.gross(&[0.0, 0.0, 5.0]), Ok(vec![0.0, 0.0, 5.0]));
    let refused = shares.gross(&[0.0, 1.0, 5.0]).expect_err("no finite value");
    assert!(refused == ClosedLoop { issuer: 1 });
}

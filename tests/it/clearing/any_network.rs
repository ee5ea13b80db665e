//! Random networks: Picard iteration of the definition as a second way, and properties of any clearing.

use super::{Plain, assert_near};
use rand::RngExt;
use rehypo::random::{Purpose, Stream, stream, uniform};
use rehypo::venue::clearing::{Costs, greatest, least};

/// Of every kind: sparse and dense, all of an issuer's claims held inside or part of them, with and without own money.
fn random(rng: &mut Stream, count: usize) -> Plain {
    let nominal: Vec<f64> = (0..count).map(|_| 0.5 + 9.5 * uniform(rng)).collect();
    let (density, rich) = (uniform(rng), 0.7 * uniform(rng));
    let outside =
        nominal.iter().map(|n| if uniform(rng) < 0.3 { 0.0 } else { n * rich * 2.0 * uniform(rng) }).collect();
    let mut held = Vec::new();
    for (issuer, &nominal) in nominal.iter().enumerate() {
        let weights: Vec<f64> = (0..count)
            .map(|holder| if holder != issuer && uniform(rng) < density { uniform(rng) } else { 0.0 })
            .collect();
        let sum: f64 = weights.iter().sum();
        let share = if uniform(rng) < 0.5 { 1.0 } else { uniform(rng) };
        let amount = |weight: f64| nominal * share * weight / sum;
        held.extend(
            weights.iter().enumerate().filter(|(_, w)| **w > 0.0).map(|(holder, w)| (holder, issuer, amount(*w))),
        );
    }
    Plain { nominal, outside, held }
}

/// Small whole numbers, so that assets often just equal what is owed, all claims held inside, and money rare.
fn degenerate(rng: &mut Stream, count: usize) -> Plain {
    let mut plain = Plain { nominal: vec![0.0; count], outside: vec![0.0; count], held: Vec::new() };
    for issuer in 0..count {
        for holder in (0..count).filter(|&holder| holder != issuer) {
            let amount = f64::from(rng.random_range(0..3u8));
            plain.nominal[issuer] += amount;
            plain.held.push((holder, issuer, amount));
        }
        plain.outside[issuer] = f64::from(rng.random_range(0..6u8) / 4);
    }
    plain
}

const COSTS: [Costs; 5] = [
    Costs::NONE,
    Costs { outside: 0.5, claims: 0.5 },
    Costs { outside: 0.9, claims: 1.0 },
    Costs { outside: 0.0, claims: 1.0 },
    Costs { outside: 1.0, claims: 0.0 },
];

#[test]
fn both_ends_are_those_of_picard_iteration() {
    let (mut apart, mut unequal) = (0, 0);
    for path in 0..400 {
        let rng = &mut stream(1, Purpose::Population, path);
        let count = rng.random_range(2..9usize);
        let plain = if path % 2 == 0 { random(rng, count) } else { degenerate(rng, count.min(5)) };
        for costs in COSTS {
            let (high, low) = (greatest(&plain.claims(), costs), least(&plain.claims(), costs));
            assert_near(&high, &plain.picard(costs, 1.0), 1e-11);
            assert_near(&low, &plain.picard(costs, 0.0), 1e-11);
            apart += usize::from(high.iter().zip(&low).any(|(high, low)| high - low > 1e-6));
            unequal += usize::from(high.iter().any(|&r| r > 1e-6 && r < 1.0 - 1e-6));
        }
    }
    assert!(apart > 50 && unequal > 500, "too easy: {apart} with two ends, {unequal} with partial recoveries");
}

/// What issuers are paid from outside is all that anybody else gets: recoveries and deficits add up to claims, and
/// assets over claims bound every redemption.
#[test]
fn nothing_is_made_or_lost() {
    for path in 0..300 {
        let rng = &mut stream(2, Purpose::Population, path);
        let count = rng.random_range(2..40usize);
        let plain = random(rng, count);
        for recovery in [greatest(&plain.claims(), Costs::NONE), least(&plain.claims(), Costs::NONE)] {
            let assets = plain.assets(&recovery);
            assert_near(&plain.claims().assets(&recovery), &assets, 1e-12);
            let (mut equity, mut public) = (0.0, 0.0);
            for i in 0..count {
                let paid = recovery[i] * plain.nominal[i];
                assert!((0.0..=1.0).contains(&recovery[i]));
                assert!(paid <= assets[i] * (1.0 + 1e-11), "issuer {i} pays {paid} out of {}", assets[i]);
                assert!((assets[i] - paid) * (plain.nominal[i] - paid) < 1e-9, "issuer {i} keeps what it owes");
                equity += assets[i] - paid;
                public += paid;
            }
            plain.held.iter().for_each(|&(_, j, amount)| public -= amount * recovery[j]);
            let outside: f64 = plain.outside.iter().sum();
            assert!(
                (outside - equity - public).abs() <= 1e-10 * outside.max(1.0),
                "{outside} is not {equity} + {public}"
            );
        }
    }
}

#[test]
fn the_order_of_issuers_and_holdings_does_not_matter() {
    for path in 0..100 {
        let rng = &mut stream(3, Purpose::Population, path);
        let count = rng.random_range(2..30usize);
        let plain = random(rng, count);
        let mut to: Vec<usize> = (0..count).collect();
        (1..count).for_each(|i| to.swap(i, rng.random_range(0..=i)));
        let mut other = plain.clone();
        for (i, &to) in to.iter().enumerate() {
            (other.nominal[to], other.outside[to]) = (plain.nominal[i], plain.outside[i]);
        }
        other.held = plain.held.iter().rev().map(|&(i, j, amount)| (to[i], to[j], amount)).collect();
        for costs in COSTS {
            let mixed = greatest(&other.claims(), costs);
            let back: Vec<f64> = to.iter().map(|&i| mixed[i]).collect();
            assert_near(&back, &greatest(&plain.claims(), costs), 1e-12);
            let mixed = least(&other.claims(), costs);
            let back: Vec<f64> = to.iter().map(|&i| mixed[i]).collect();
            assert_near(&back, &least(&plain.claims(), costs), 1e-12);
        }
    }
}

/// Other amounts on the same holdings, then fewer holdings, then the first again: each as if made anew.
#[test]
fn renewed_claims_are_new_claims() {
    for path in 0..100 {
        let rng = &mut stream(4, Purpose::Population, path);
        let count = rng.random_range(2..12usize);
        let mut first = random(rng, count);
        first.held.sort_by_key(|&(holder, issuer, _)| (holder, issuer));
        let smaller = |kept: &dyn Fn(usize) -> f64| Plain {
            nominal: first.nominal.iter().map(|n| 2.0 * n).collect(),
            outside: first.outside.iter().map(|n| 0.7 * n).collect(),
            held: first.held.iter().enumerate().map(|(at, &(i, j, amount))| (i, j, amount * kept(at))).collect(),
        };
        let mut claims = first.claims();
        for plain in [smaller(&|at| 0.3 + 0.1 * (at % 7) as f64), smaller(&|at| f64::from(at % 3 != 0)), first.clone()]
        {
            claims.renew(plain.nominal.clone(), plain.outside.clone(), &plain.held).unwrap();
            for costs in COSTS {
                assert_eq!(greatest(&claims, costs), greatest(&plain.claims(), costs), "{plain:?}");
                assert_eq!(least(&claims, costs), least(&plain.claims(), costs), "{plain:?}");
            }
        }
        let (nominal, outside) = (first.nominal.clone(), first.outside.clone());
        assert!(claims.renew(nominal, outside, &[(0, 1, f64::NAN)]).is_err());
    }
}

/// Each of a ring holds all of the next; the first is short, so all are, and the loss goes around for ever: a millionth of
/// each debt leaves the ring. With `keep` the share held inside and money m, each pays keep * r + m: r = m / (1 - keep).
#[test]
fn a_ring_that_hardly_leaks_is_still_exact() {
    let (count, leak) = (300, 1e-6);
    let plain = Plain {
        nominal: vec![1.0; count],
        outside: vec![leak / 4.0; count],
        held: (0..count).map(|i| (i, (i + 1) % count, 1.0 - leak)).collect(),
    };
    assert_near(&greatest(&plain.claims(), Costs::NONE), &vec![0.25; count], 1e-9);
    assert_near(&least(&plain.claims(), Costs::NONE), &vec![0.25; count], 1e-9);
}

#[test]
fn a_chain_of_any_length_is_walked_once() {
    let count = 100_000;
    let plain = Plain {
        nominal: vec![1.0; count],
        outside: (0..count).map(|i| if i == 0 { 0.5 } else { 0.0 }).collect(),
        held: (1..count).map(|i| (i, i - 1, 1.0)).collect(),
    };
    assert_eq!(greatest(&plain.claims(), Costs::NONE), vec![0.5; count]);
    assert_eq!(least(&plain.claims(), Costs::NONE), vec![0.5; count]);
}

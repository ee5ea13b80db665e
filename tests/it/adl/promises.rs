//! What every rule promises, on random books.

use super::{haircuts, whole_lots};
use proptest::prelude::*;
use rehypo::random::{Purpose, exponential, normal, stream, uniform};
use rehypo::venue::adl::rules::{Allocation, RiskWeight, Winner, capped_pro_rata, pro_rata, queue, risk_weighted};

const RISK: RiskWeight = RiskWeight { above: 1.5, power: 1.3 };

fn any_winners() -> impl Strategy<Value = Vec<Winner>> {
    prop::collection::vec(any_winner(), 1..12)
}

fn any_caps() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0.0..=1.0_f64, 12)
}

fn any_winner() -> impl Strategy<Value = Winner> {
    (0.1..50.0_f64, 0.05..20.0_f64, -5.0..300.0_f64, -5.0..300.0_f64, 0.1..30.0_f64, 0.0..4.0_f64).prop_map(
        |(contracts, per_contract, profit, equity, leverage, score)| {
            let score = score.floor(); // ties
            Winner { contracts, lot: None, per_contract, profit, equity, leverage, score }
        },
    )
}

/// Every rule with what it may take of each winner.
fn waves(budget: f64, winners: &[Winner], caps: &[f64]) -> Vec<(&'static str, Allocation, Vec<f64>)> {
    let capacity: Vec<f64> = winners.iter().map(Winner::capacity).collect();
    let capped = capacity.iter().zip(caps).map(|(c, cap)| c * cap).collect();
    vec![
        ("queue", queue(budget, winners), winners.iter().map(Winner::whole).collect()),
        ("pro rata", pro_rata(budget, winners), capacity.clone()),
        ("capped", capped_pro_rata(budget, winners, caps), capped),
        ("risk", risk_weighted(budget, winners, RISK), capacity),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3_000) })]

    #[test]
    fn the_budget_balances_and_nobody_is_beyond_his_limit(
        winners in any_winners(), share in 0.0..1.4_f64, caps in any_caps(),
    ) {
        let all: f64 = winners.iter().map(Winner::capacity).sum();
        let budget = share * all;
        for (name, wave, limits) in waves(budget, &winners, &caps[..winners.len()]) {
            let possible = budget.min(limits.iter().sum());
            let taken = haircuts(&winners, &wave);
            let sum: f64 = taken.iter().sum();
            prop_assert!((sum - possible).abs() <= 1e-12 * possible, "{}: {} of {}", name, sum, possible);
            prop_assert!((wave.taken - possible).abs() <= 1e-12 * possible, "{}", name);
            prop_assert!((wave.uncovered - (budget - possible)).abs() <= 2e-12 * budget, "{}: {:?}", name, wave);
            prop_assert_eq!(wave.over_shoot, 0.0);
            for (i, (h, limit)) in taken.iter().zip(&limits).enumerate() {
                prop_assert!(*h >= 0.0 && *h <= limit * (1.0 + 1e-12), "{}: {} takes {} of {}", name, i, h, limit);
                prop_assert!(wave.contracts[i] <= winners[i].contracts);
            }
            let most = taken.iter().copied().fold(0.0, f64::max);
            prop_assert_eq!(wave.balances.map(|i| taken[i]), (most > 0.0).then_some(most));
        }
    }

    #[test]
    fn a_larger_budget_relieves_nobody(
        winners in any_winners(), share in 0.0..1.0_f64, caps in any_caps(),
    ) {
        let all: f64 = winners.iter().map(Winner::capacity).sum();
        let caps = &caps[..winners.len()];
        let (less, more) = (waves(0.9 * share * all, &winners, caps), waves(share * all, &winners, caps));
        for ((name, less, _), (_, more, _)) in less.iter().zip(&more) {
            for (a, b) in haircuts(&winners, less).iter().zip(haircuts(&winners, more)) {
                prop_assert!(*a <= b + 1e-12 * all, "{}: {} then {}", name, a, b);
            }
        }
    }

    #[test]
    fn the_order_of_winners_does_not_matter(winners in any_winners(), share in 0.0..1.2_f64) {
        let all: f64 = winners.iter().map(Winner::capacity).sum();
        let turned: Vec<Winner> = winners.iter().rev().copied().collect();
        let caps = vec![0.6; winners.len()];
        let (there, back) = (waves(share * all, &winners, &caps), waves(share * all, &turned, &caps));
        // The queue takes ties in their order.
        for ((name, a, _), (_, b, _)) in there.iter().zip(&back).skip(1) {
            for (x, y) in a.contracts.iter().zip(b.contracts.iter().rev()) {
                prop_assert!((x - y).abs() <= 1e-9 * (1.0 + x), "{}: {} and {}", name, x, y);
            }
        }
    }

    #[test]
    fn lots_cover_the_budget_with_less_than_a_lot_too_much(
        winners in any_winners(), lots in prop::collection::vec(0.05..2.0_f64, 12), share in 0.0..1.2_f64,
    ) {
        let winners: Vec<Winner> = winners.iter().zip(lots).map(|(w, lot)| Winner { lot: Some(lot), ..*w }).collect();
        let all: f64 = winners.iter().map(Winner::capacity).sum();
        let budget = share * all;
        let caps = vec![0.6; winners.len()];
        let value = |w: &Winner| w.lot.unwrap() * w.per_contract;
        let largest = winners.iter().map(value).fold(0.0, f64::max);
        for (name, wave, limits) in waves(budget, &winners, &caps) {
            let whole: f64 = winners.iter().zip(&limits).map(|(w, limit)| (limit / value(w)).floor() * value(w)).sum();
            let possible = budget.min(whole);
            prop_assert!(wave.taken >= possible * (1.0 - 1e-11), "{}: {} of {}", name, wave.taken, possible);
            prop_assert!(wave.over_shoot < largest, "{}: {:?}", name, wave);
            for ((w, q), limit) in winners.iter().zip(&wave.contracts).zip(limits) {
                let n = q / w.lot.unwrap();
                prop_assert!((n - n.round()).abs() < 1e-9, "{}: {} lots", name, n);
                prop_assert!(q * w.per_contract <= limit * (1.0 + 1e-11), "{}: {} lots", name, n);
            }
        }
    }

    #[test]
    fn proportional_pieces_pay_what_the_whole_paid(winners in any_winners(), share in 0.0..1.0_f64, part in 0.05..0.95_f64) {
        let piece = |w: &Winner, part: f64| Winner {
            contracts: w.contracts * part, profit: w.profit * part, equity: w.equity * part, ..*w
        };
        let budget = share * winners.iter().map(Winner::capacity).sum::<f64>();
        let mut split = vec![piece(&winners[0], part)];
        split.extend_from_slice(&winners[1..]);
        split.push(piece(&winners[0], 1.0 - part));
        let caps = vec![0.6; split.len()];
        let (whole, pieces) = (waves(budget, &winners, &caps[1..]), waves(budget, &split, &caps));
        for ((name, whole, _), (_, pieces, _)) in whole.iter().zip(&pieces).skip(1) {
            let both = pieces.contracts[0] + pieces.contracts[winners.len()];
            prop_assert!((both - whole.contracts[0]).abs() <= 1e-9 * (1.0 + both), "{}: {:?}", name, whole);
        }
    }
}

#[test]
fn a_hundred_thousand_winners_balance_to_the_last_digit() {
    let mut rng = stream(5, Purpose::Population, 0);
    let winners: Vec<Winner> = (0..100_000)
        .map(|_| {
            let profit = 1e3 * libm::exp(2.0 * normal(&mut rng));
            let equity = profit * (1.0 + 3.0 * exponential(&mut rng));
            let (leverage, score) = (0.2 + 20.0 * uniform(&mut rng), uniform(&mut rng));
            Winner { contracts: profit / 37.0, lot: None, per_contract: 50.0, profit, equity, leverage, score }
        })
        .collect();
    let budget = 0.7 * winners.iter().map(Winner::capacity).sum::<f64>();
    for (name, wave, _) in waves(budget, &winners, &vec![0.9; winners.len()]) {
        assert!((wave.taken / budget - 1.0).abs() < 1e-12, "{name}: {wave:?}", wave = wave.taken / budget - 1.0);
        assert_eq!((wave.uncovered, wave.over_shoot), (0.0, 0.0), "{name}");
    }
}

#[test]
#[should_panic(expected = "winner 1 is out of range")]
fn a_position_of_nothing_is_a_bug() {
    let good = super::winner(1.0, 1.0);
    let _ = pro_rata(1.0, &[good, Winner { contracts: 0.0, ..good }]);
}

#[test]
#[should_panic(expected = "needs the lot of each winner")]
fn whole_lots_of_no_size_are_a_bug() {
    let _ = whole_lots(1.0, &[super::winner(1.0, 1.0)], 0.0);
}

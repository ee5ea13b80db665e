//! The integer rule against brute force, and on books of the size of 10 October 2025.

use super::{haircuts, whole_lots, winner};
use proptest::prelude::*;
use rehypo::random::{Purpose, Stream, normal, stream, uniform};
use rehypo::venue::adl::rules::{Allocation, Winner, pro_rata, queue};

/// What lots may be worth in the small books: some in each other's multiples, some not.
const VALUES: [f64; 7] = [1.0, 2.0, 3.0, 5.0, 0.35, 1.7, std::f64::consts::PI];

/// A winner who can give up so many lots and a part of one.
fn lots(value: f64, number: f64) -> Winner {
    let (lot, per_contract) = (0.5, 2.0 * value);
    Winner { contracts: 2.0 * lot * (number + 1.0), lot: Some(lot), per_contract, ..winner(number * value, 1e9) }
}

fn value(winner: &Winner) -> f64 {
    winner.lot.unwrap() * winner.per_contract
}

fn room(winner: &Winner) -> u32 {
    (winner.capacity() / value(winner) + 1e-9).floor() as u32
}

/// Every choice of lots within the winners' room.
fn choices(winners: &[Winner]) -> Vec<Vec<f64>> {
    winners.iter().fold(vec![vec![]], |some, winner| {
        let longer = |choice: &Vec<f64>| {
            let choice = choice.clone();
            (0..=room(winner)).map(move |n| choice.iter().copied().chain([f64::from(n)]).collect())
        };
        some.iter().flat_map(longer).collect()
    })
}

fn taken(winners: &[Winner], choice: &[f64]) -> f64 {
    winners.iter().zip(choice).map(|(w, n)| n * value(w)).sum()
}

/// Distance from pro rata of the contracts' totals: squares over capacity.
fn distance(winners: &[Winner], choice: &[f64], budget: f64) -> f64 {
    let all: f64 = winners.iter().map(Winner::capacity).sum();
    let class = |v: &f64| {
        let of =
            |x: &dyn Fn(usize) -> f64| (0..winners.len()).filter(|&i| value(&winners[i]) == *v).map(x).sum::<f64>();
        let (capacity, given) = (of(&|i| winners[i].capacity()), of(&|i| choice[i] * v));
        if capacity == 0.0 { 0.0 } else { (given - budget * capacity / all).powi(2) / capacity }
    };
    VALUES.iter().map(class).sum()
}

fn small_book(parts: impl Strategy<Value = f64>) -> impl Strategy<Value = Vec<Winner>> {
    let one = (0..VALUES.len(), 0_u8..6, parts).prop_map(|(v, n, part)| lots(VALUES[v], f64::from(n) + part));
    prop::collection::vec(one, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn no_choice_of_lots_over_shoots_less(winners in small_book(0.0..0.95_f64), share in 0.0..1.1_f64) {
        let budget = share * winners.iter().map(Winner::capacity).sum::<f64>();
        let wave = whole_lots(budget, &winners, 0.0);
        let sums: Vec<f64> = choices(&winners).iter().map(|c| taken(&winners, c)).collect();
        let covering = sums.iter().map(|sum| sum - budget).filter(|over| *over >= -1e-9).fold(f64::INFINITY, f64::min);
        if covering.is_finite() {
            prop_assert_eq!(wave.uncovered, 0.0);
            let over = wave.over_shoot;
            prop_assert!(over <= covering + 1e-9, "{} instead of {}", over, covering);
        } else {
            let most = sums.iter().copied().fold(0.0, f64::max);
            prop_assert!((wave.taken - most).abs() < 1e-9, "{} instead of {}", wave.taken, most);
        }
        for (w, q) in winners.iter().zip(&wave.contracts) {
            let n = q / w.lot.unwrap();
            prop_assert!(n == n.round() && q * w.per_contract <= w.capacity() * (1.0 + 1e-11), "{} lots of {:?}", n, w);
        }
    }

    #[test]
    fn among_the_best_none_is_nearer_to_pro_rata(
        winners in small_book(Just(0.0)), share in 0.0..1.0_f64, tolerance in prop_oneof![Just(0.0), 0.0..0.2_f64],
    ) {
        let budget = share * winners.iter().map(Winner::capacity).sum::<f64>();
        let wave = whole_lots(budget, &winners, tolerance);
        let choice: Vec<f64> = wave.contracts.iter().zip(&winners).map(|(q, w)| q / w.lot.unwrap()).collect();
        let ours = distance(&winners, &choice, budget);
        for other in choices(&winners) {
            let over = taken(&winners, &other) - budget;
            if over >= -1e-9 && over <= wave.over_shoot.max(tolerance * budget - 2e-9) + 1e-9 {
                let theirs = distance(&winners, &other, budget);
                prop_assert!(ours <= theirs + 1e-9, "{:?} at {}, {:?} at {}", choice, ours, other, theirs);
                prop_assert!(wave.over_shoot <= over.max(tolerance * budget) + 1e-9, "{:?}, {:?}", choice, other);
            }
        }
    }

    #[test]
    fn within_a_contract_no_choice_is_nearer_to_pro_rata(
        numbers in prop::collection::vec(0_u8..6, 1..6), share in 0.0..1.0_f64,
    ) {
        let winners: Vec<Winner> = numbers.iter().map(|n| lots(2.0, f64::from(*n))).collect();
        let all: f64 = winners.iter().map(Winner::capacity).sum();
        let budget = 2.0 * (share * all / 2.0).floor();
        let wave = whole_lots(budget, &winners, 0.0);
        prop_assert_eq!(wave.over_shoot, 0.0);
        let apart = |haircuts: Vec<f64>| -> f64 {
            haircuts.iter().zip(&winners).map(|(h, w)| (h - budget * w.capacity() / all.max(1.0)).powi(2)).sum()
        };
        let ours = apart(haircuts(&winners, &wave));
        for other in choices(&winners).iter().filter(|c| taken(&winners, c) == budget) {
            prop_assert!(ours <= apart(other.iter().map(|n| 2.0 * n).collect()) + 1e-9, "{:?}: {:?}", wave, other);
        }
    }
}

/// Lognormal winners in so many contracts whose lots are worth 1 to 1,000 USD; room for 1.5 to 4 times the budget.
fn book(budget: f64, winners: usize, contracts: usize, rng: &mut Stream) -> Vec<Winner> {
    let terms: Vec<(f64, f64)> = (0..contracts)
        .map(|k| {
            let value = if k == 0 { 1.0 } else { libm::pow(1000.0, uniform(rng)) };
            let lot = libm::pow(10.0, -(k as f64 % 4.0));
            (lot, value / lot)
        })
        .collect();
    let mut book: Vec<Winner> = (0..winners)
        .map(|i| {
            let (lot, per_contract) = terms[i % contracts];
            let profit = libm::exp(2.0 * normal(rng));
            let (equity, leverage) = (profit * (1.0 + 5.0 * uniform(rng)), 0.2 + 10.0 * uniform(rng));
            let score = profit / equity;
            Winner { contracts: 1.0, lot: Some(lot), per_contract, profit, equity, leverage, score }
        })
        .collect();
    let scale = (1.5 + 2.5 * uniform(rng)) * budget / book.iter().map(|w| w.profit).sum::<f64>();
    for winner in &mut book {
        winner.profit *= scale;
        winner.equity *= scale;
        let lot = winner.lot.unwrap();
        winner.contracts = ((1.0 + 2.0 * uniform(rng)) * winner.profit / value(winner)).ceil() * lot;
    }
    book
}

/// Sixteen waves that need 15,079,670 USD together (E4), the largest a third of it.
fn needs(rng: &mut Stream) -> Vec<f64> {
    let sizes: Vec<f64> = (0..16).map(|_| libm::exp(1.3 * normal(rng))).collect();
    let all: f64 = sizes.iter().sum();
    sizes.iter().map(|size| 15_079_670.0 * size / all).collect()
}

#[test]
fn the_waves_of_october_over_shoot_by_less_than_a_thousandth() {
    let mut rng = stream(10, Purpose::Population, 0);
    for contracts in [1, 2, 12, 100] {
        for need in needs(&mut rng) {
            let winners = book(need, 1_200, contracts, &mut rng);
            let wave = whole_lots(need, &winners, 0.0);
            let rounded = pro_rata(need, &winners);
            let smallest = winners.iter().map(value).fold(f64::INFINITY, f64::min);
            assert_eq!(wave.uncovered, 0.0);
            assert!(wave.over_shoot <= 1e-3 * need, "{contracts} contracts: {} beyond {need}", wave.over_shoot);
            assert!(wave.over_shoot < smallest, "{} where a lot is worth {smallest}", wave.over_shoot);
            assert!(wave.over_shoot <= rounded.over_shoot, "{} {}", wave.over_shoot, rounded.over_shoot);
            // If a millionth counts as none, nobody is far from pro rata.
            let fairer = whole_lots(need, &winners, 1e-6);
            assert!(fairer.over_shoot <= wave.over_shoot.max(1e-6 * need), "{}", fairer.over_shoot);
            near_pro_rata(need, &winners, &fairer);
            // The queue covers as much, out of fewer pockets and out of principal.
            let queued = queue(need, &winners);
            assert_eq!(queued.uncovered, 0.0);
            assert!(principal(&winners, &queued) > 0.1 * need && principal(&winners, &wave) == 0.0);
        }
    }
}

/// Nobody is a hundred lots, or a tenth of his capacity, away from his pro-rata haircut.
fn near_pro_rata(need: f64, winners: &[Winner], wave: &Allocation) {
    let rate = need / winners.iter().map(Winner::capacity).sum::<f64>();
    for (w, h) in winners.iter().zip(haircuts(winners, wave)) {
        let apart = (h - rate * w.capacity()).abs();
        assert!(apart <= 100.0 * value(w) + 0.1 * w.capacity(), "{h} instead of {}", rate * w.capacity());
    }
}

/// What is taken beyond profit.
fn principal(winners: &[Winner], wave: &Allocation) -> f64 {
    haircuts(winners, wave).iter().zip(winners).map(|(h, w)| (h - w.profit * (1.0 + 1e-11)).max(0.0)).sum()
}

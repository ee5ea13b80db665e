//! Rules of auto-deleveraging: published numbers (case P05), what each rule promises, and what a split account pays.

mod integer;
mod promises;

use rehypo::venue::adl::rules::{
    Allocation, RiskWeight, Winner, capped_pro_rata, integer as whole_lots, pro_rata, queue, risk_weighted,
};

/// A winner who can give up his profit, which is also what closing the whole position takes.
fn winner(profit: f64, equity: f64) -> Winner {
    let (per_contract, leverage, score) = (0.25, 1.0, 0.0);
    Winner { contracts: profit / per_contract, lot: None, per_contract, profit, equity, leverage, score }
}

/// The three winners of the five-position exchange; scores put the second first.
fn five_positions() -> [Winner; 3] {
    let scored = |profit, equity, score| Winner { score, ..winner(profit, equity) };
    [scored(8.0, 10.0, 2.0), scored(4.0, 5.0, 3.0), scored(0.5, 1.0, 1.0)]
}

fn haircuts(winners: &[Winner], allocation: &Allocation) -> Vec<f64> {
    winners.iter().zip(&allocation.contracts).map(|(w, q)| q * w.per_contract).collect()
}

fn assert_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (x, y) in found.iter().zip(expected) {
        assert!((x - y).abs() <= 1e-9 * y.abs(), "{found:?} instead of {expected:?}");
    }
}

/// Shares of profit given up, and equity afterwards.
fn shares_and_equity(winners: &[Winner], allocation: &Allocation) -> (Vec<f64>, Vec<f64>) {
    let taken = haircuts(winners, allocation);
    let shares = taken.iter().zip(winners).map(|(h, w)| h / w.profit).collect();
    (shares, taken.iter().zip(winners).map(|(h, w)| w.equity - h).collect())
}

#[test]
fn case_p05_queue() {
    let winners = five_positions();
    let wave = queue(7.5, &winners);
    let (shares, equity) = shares_and_equity(&winners, &wave);
    assert_near(&shares, &[0.4375, 1.0, 0.0]);
    assert_near(&equity, &[6.5, 1.0, 1.0]);
    assert_eq!((wave.taken, wave.uncovered, wave.over_shoot, wave.balances), (7.5, 0.0, 0.0, Some(1)));
}

#[test]
fn case_p05_pro_rata() {
    let winners = five_positions();
    let (shares, equity) = shares_and_equity(&winners, &pro_rata(7.5, &winners));
    assert_near(&shares, &[0.6, 0.6, 0.6]);
    assert_near(&equity, &[5.2, 2.6, 0.7]);
}

#[test]
fn case_p05_capped_pro_rata() {
    let winners = five_positions();
    let (shares, _) = shares_and_equity(&winners, &capped_pro_rata(7.5, &winners, &[0.5, 0.9, 1.0]));
    assert_near(&shares, &[0.5, 3.5 / 4.5, 3.5 / 4.5]);
    assert!((shares[1] - 0.777_777_777_8).abs() < 5e-11);
}

#[test]
fn case_p05_risk_weighted() {
    let winners: Vec<Winner> = [(1.2613, 1.031), (5.6214, 0.925), (0.8397, 1.548)]
        .map(|(equity, leverage)| Winner { leverage, ..winner(equity, equity) })
        .to_vec();
    for (above, power, expected) in [
        (0.0, 1.0, [0.164_248_69, 0.589_242_61, 0.246_508_70]),
        (0.0, 2.0, [0.154_509_74, 0.497_314_54, 0.348_175_72]),
        (0.9, 1.0, [0.149_084_92, 0.113_765_76, 0.737_149_32]),
    ] {
        let budget = 0.01; // so small that nobody's capacity binds
        let wave = risk_weighted(budget, &winners, RiskWeight { above, power });
        for (haircut, printed) in haircuts(&winners, &wave).iter().zip(expected) {
            assert!((haircut / budget - printed).abs() < 5.1e-9, "{above} {power}: {} {printed}", haircut / budget);
        }
    }
}

#[test]
fn case_p05_a_deficit_beyond_all_profits_takes_them_and_says_what_is_missing() {
    let winners = five_positions();
    let lots: Vec<Winner> = winners.iter().map(|w| Winner { lot: Some(2.0), ..*w }).collect();
    for wave in [
        queue(15.0, &winners),
        pro_rata(15.0, &winners),
        capped_pro_rata(15.0, &winners, &[1.0; 3]),
        risk_weighted(15.0, &winners, RiskWeight { above: 2.0, power: 1.0 }),
        whole_lots(15.0, &lots, 0.0),
    ] {
        assert_near(&haircuts(&winners, &wave), &[8.0, 4.0, 0.5]);
        assert_eq!((wave.taken, wave.uncovered, wave.over_shoot), (12.5, 2.5, 0.0));
    }
}

#[test]
fn case_p05_severity_of_a_small_deficit() {
    let winners = [winner(5.0, 6.0), winner(2.72, 3.0)];
    let (shares, _) = shares_and_equity(&winners, &pro_rata(0.705, &winners));
    assert_near(&shares, &[0.705 / 7.72; 2]);
    assert!((shares[0] - 0.0913).abs() < 5e-5);
}

/// Rank of the venue: profit over equity, for a position in profit.
fn ranked(mut winners: Vec<Winner>) -> Vec<Winner> {
    for winner in &mut winners {
        winner.score = winner.profit / winner.equity;
    }
    winners
}

#[test]
fn splitting_an_account_changes_nothing_under_pro_rata_and_does_under_queue() {
    let other = winner(4.0, 10.0);
    let whole = ranked(vec![winner(4.0, 8.0), other]);
    // The position in two halves, the equity unevenly behind them.
    let split = ranked(vec![winner(2.0, 6.0), other, winner(2.0, 2.0)]);
    let pays = |wave: &Allocation, winners: &[Winner]| {
        let taken = haircuts(winners, wave);
        taken[0] + taken.get(2).unwrap_or(&0.0)
    };
    assert_near(&[pays(&pro_rata(4.0, &split), &split)], &[pays(&pro_rata(4.0, &whole), &whole)]);
    let caps = [0.4, 1.0, 0.4];
    let capped = pays(&capped_pro_rata(4.0, &whole, &caps[..2]), &whole);
    assert_near(&[capped, pays(&capped_pro_rata(4.0, &split, &caps), &split)], &[1.6, 1.6]);
    assert_near(&[pays(&queue(4.0, &whole), &whole)], &[4.0]);
    assert_near(&[pays(&queue(4.0, &split), &split)], &[2.0]);
}

#[test]
fn the_queue_may_take_principal_and_the_others_may_not() {
    // Closing the whole position takes 10, of which 4 are profit.
    let deep = Winner { contracts: 40.0, score: 1.0, ..winner(4.0, 5.0) };
    let winners = [deep, winner(6.0, 9.0)];
    assert_near(&haircuts(&winners, &queue(9.0, &winners)), &[9.0, 0.0]);
    assert_near(&haircuts(&winners, &pro_rata(9.0, &winners)), &[3.6, 5.4]);
    let poor = [Winner { equity: 1.0, ..deep }, winner(6.0, 9.0)];
    assert_near(&haircuts(&poor, &pro_rata(9.0, &poor)), &[1.0, 6.0]);
}

#[test]
fn lots_are_given_back_by_largest_remainder() {
    // Ten contracts among capacities 6, 3 and 2: shares 5.45, 2.73 and 1.82.
    let lot = |contracts| Winner { lot: Some(1.0), per_contract: 1.0, contracts, ..winner(contracts, 9.0) };
    let winners = [6.0, 3.0, 2.0].map(lot);
    assert_eq!(pro_rata(10.0, &winners).contracts, [5.0, 3.0, 2.0]);
    assert_eq!(pro_rata(9.0, &winners).contracts, [5.0, 2.0, 2.0]);
    // Half a lot more than nine needs the tenth.
    let wave = pro_rata(9.5, &winners);
    assert_eq!((wave.contracts.iter().sum::<f64>(), wave.over_shoot), (10.0, 0.5));
    // Half a contract of a limit is no lot: its owner gives one, the other all he has.
    let odd = [lot(1.5), lot(8.0)];
    let wave = pro_rata(9.5, &odd);
    assert_eq!((wave.contracts, wave.uncovered), (vec![1.0, 8.0], 0.5));
}

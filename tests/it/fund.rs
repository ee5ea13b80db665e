//! Insurance funds: ruin and size against closed forms and simulation (case P16), and `rehypo fund` as a user meets it.

mod command;

use proptest::prelude::*;
use rehypo::metric::fund::{Costs, ExpectedCost, expected_cost, newsvendor_size, ruin_probability};
use rehypo::random::{Purpose, Sampling, exponential, stream};

/// Fund, claims per time, mean claim, income per time, and the probability of ruin.
const RUIN: [(f64, f64, f64, f64, f64); 4] = [
    (0.0, 1.0, 1.0, 1.2, 0.833_333_333_3),
    (10.0, 1.0, 1.0, 1.2, 0.157_396_335_7),
    (20.0, 2.0, 5.0, 12.0, 0.427_847_599_2),
    (100.0, 2.0, 5.0, 12.0, 0.029_728_327_8),
];

/// Whether a fund is ruined within a time: income comes steadily, claims at the times of a Poisson process.
fn ruined(fund: f64, claims_per_time: f64, mean_claim: f64, income_per_time: f64, horizon: f64, path: u64) -> bool {
    let mut rng = stream(16, Purpose::Runs, path);
    let (mut time, mut reserve) = (0.0, fund);
    loop {
        let wait = exponential(&mut rng) / claims_per_time;
        time += wait;
        if time > horizon {
            return false;
        }
        reserve += income_per_time * wait - mean_claim * exponential(&mut rng);
        if reserve < 0.0 {
            return true;
        }
    }
}

#[test]
fn case_p16_ruin_has_its_closed_form() {
    for (fund, rate, mean, income, expected) in RUIN {
        let found = ruin_probability(fund, rate, mean, income);
        assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
    }
}

#[test]
fn case_p16_ruin_is_that_of_simulated_funds() {
    const PATHS: u64 = 20_000;
    for (case, (fund, rate, mean, income, _)) in RUIN.into_iter().enumerate() {
        let expected = ruin_probability(fund, rate, mean, income);
        let first = case as u64 * PATHS;
        let horizon = 1000.0 / rate;
        let hits = (first..first + PATHS).filter(|path| ruined(fund, rate, mean, income, horizon, *path)).count();
        let share = hits as f64 / PATHS as f64;
        let se = libm::sqrt(expected * (1.0 - expected) / PATHS as f64);
        assert!((share - expected).abs() < 4.0 * se, "case {case}: {share} instead of {expected}, error {se}");
    }
}

#[test]
fn income_that_only_matches_claims_ruins_any_fund_and_no_claims_ruin_none() {
    assert_eq!(ruin_probability(1e9, 2.0, 5.0, 10.0), 1.0);
    assert_eq!(ruin_probability(1e9, 2.0, 5.0, 3.0), 1.0);
    assert_eq!([ruin_probability(0.0, 0.0, 5.0, 0.0), ruin_probability(0.0, 2.0, 0.0, 1.0)], [0.0, 0.0]);
    let near = ruin_probability(7.0, 2.0, 5.0, 10.0 + 1e-9);
    assert!(near > 1.0 - 1e-8 && near < 1.0, "{near}");
}

#[test]
#[should_panic(expected = "out of range")]
fn a_negative_fund_is_a_bug() {
    let _ = ruin_probability(-1.0, 1.0, 1.0, 2.0);
}

/// Mean deficit, costs, and the size of fund for exponential deficits: `-mean ln(r / kappa)`.
const SIZES: [(f64, Costs, f64); 2] = [
    (10e6, Costs { capital: 0.05, loss: 1.0 }, 29_957_322.735_5),
    (2.5e6, Costs { capital: 0.08, loss: 0.5 }, 4_581_453.659_4),
];

#[test]
fn case_p16_size_is_exact_on_the_quantiles_of_the_exponential() {
    for (mean, costs, expected) in SIZES {
        // The i-th of n deficits is the quantile at i / n; the last, infinite, stands as something large.
        let n = 1000;
        let quantile = |i: i32| if i < n { -mean * libm::log1p(-f64::from(i) / f64::from(n)) } else { 1e12 };
        let deficits: Vec<f64> = (1..=n).rev().map(quantile).collect();
        let size = newsvendor_size(&deficits, costs, Sampling::Random).usd;
        assert!((size - expected).abs() < 1e-4, "{size} instead of {expected}");
    }
}

#[test]
fn case_p16_size_of_a_million_simulated_deficits() {
    for (case, (mean, costs, expected)) in SIZES.into_iter().enumerate() {
        let mut rng = stream(16, Purpose::Population, case as u64);
        let deficits: Vec<f64> = (0..1_000_000).map(|_| mean * exponential(&mut rng)).collect();
        let size = newsvendor_size(&deficits, costs, Sampling::Random);
        assert!((size.usd / expected - 1.0).abs() < 0.01, "{size:?} instead of {expected}");
        let [low, high] = size.ci95_usd.map(Option::unwrap);
        assert!(low < size.usd && size.usd < high && high / low < 1.02, "{size:?}");
        // Least cost of exponential deficits: r mean (1 + ln(kappa / r)).
        let least = costs.capital * (mean + expected);
        let ExpectedCost { usd, ci95_usd } = expected_cost(&deficits, size.usd, costs, Sampling::Random);
        let [low, high] = ci95_usd.unwrap();
        assert!(
            (usd / least - 1.0).abs() < 0.01 && high - low < 0.01 * usd && low < usd && usd < high,
            "{usd} {least}"
        );
    }
}

#[test]
fn the_interval_of_the_size_covers_the_truth_as_promised() {
    let (mean, costs, expected) = SIZES[0];
    let covered = (0..1000).filter(|sample| {
        let mut rng = stream(17, Purpose::Population, *sample);
        let deficits: Vec<f64> = (0..400).map(|_| mean * exponential(&mut rng)).collect();
        let [low, high] = newsvendor_size(&deficits, costs, Sampling::Random).ci95_usd.map(Option::unwrap);
        low <= expected && expected <= high
    });
    // At least 95 % by construction; 4 standard errors of 1,000 samples are 2.8 %.
    assert!((922..=995).contains(&covered.count()));
}

#[test]
fn capital_dearer_than_losses_wants_no_fund() {
    let size = newsvendor_size(&[1.0, 5.0, 9.0], Costs { capital: 0.3, loss: 0.3 }, Sampling::Random);
    assert_eq!((size.usd, size.ci95_usd), (0.0, [Some(0.0); 2]));
}

#[test]
fn few_deficits_leave_the_size_without_an_upper_bound() {
    let deficits: Vec<f64> = (1..=20).map(f64::from).collect();
    let size = newsvendor_size(&deficits, Costs { capital: 0.05, loss: 1.0 }, Sampling::Random);
    assert_eq!(size.usd, 19.0);
    // P(at most 16 of 20 below) = 1.6 %, at most 17: 7.5 %; P(all 20 below) = 36 %.
    assert_eq!(size.ci95_usd, [Some(17.0), None]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn no_other_size_costs_less(
        deficits in prop::collection::vec(prop_oneof![Just(0.0), 0.0..100.0_f64], 1..40), capital in 0.01..1.0_f64,
    ) {
        let costs = Costs { capital, loss: 1.0 };
        let size = newsvendor_size(&deficits, costs, Sampling::Random).usd;
        let least = expected_cost(&deficits, size, costs, Sampling::Random).usd;
        let others = deficits.iter().copied().chain((0..=400).map(|i| f64::from(i) / 4.0));
        for other in others {
            let cost = expected_cost(&deficits, other, costs, Sampling::Random).usd;
            prop_assert!(least <= cost + 1e-9, "{} costs {}, {} costs {}", size, least, other, cost);
        }
    }
}

//! Prices between steps against first-passage laws (P01), published barrier prices, and the joint laws of two ends.

use super::{assert_mean, build};
use rehypo::id::CoinId;
use rehypo::price::{PricePath, shock};
use rehypo::random::{Purpose, normal_cdf, stream};
use rehypo::scenario::{Shock, ShockKind};
use rehypo::unit::YEAR_SECONDS;
use std::f64::consts::PI;
use std::path::Path;

/// Coins that open at 1, by volatility and drift of the price over the whole path.
struct Coins<'a> {
    volatility: &'a [f64],
    drift: &'a [f64],
    correlation: f64,
}

/// Hands paths of a year, with the ends of their steps, to `look`.
fn for_paths(coins: &Coins<'_>, steps: usize, seed: u64, paths: u64, mut look: impl FnMut(&PricePath)) {
    let names: Vec<String> = (0..coins.volatility.len()).map(|i| format!("c{i}")).collect();
    let table = |of: &[f64]| {
        let each: Vec<String> = names.iter().zip(of).map(|(name, x)| format!("{name} = {x:?}")).collect();
        each.join(", ")
    };
    let row = |i| (0..names.len()).map(move |j| if i == j { 1.0 } else { coins.correlation }).collect::<Vec<f64>>();
    let law = format!(
        "[gbm]\nvolatility_per_year = {{ {} }}\ndrift_per_year = {{ {} }}\ncorrelation = {:?}",
        table(coins.volatility),
        table(coins.drift),
        (0..names.len()).map(row).collect::<Vec<_>>()
    );
    let of: Vec<_> = names.iter().map(|name| (name.as_str(), 1.0, false)).collect();
    let model = build(&law, &of, steps, YEAR_SECONDS / steps as f64, Path::new("")).unwrap();
    let between = model.between().expect("a law that is seen between steps");
    let mut path = PricePath::default();
    for n in 0..paths {
        model.fill(&mut stream(seed, Purpose::Prices, n), &mut path);
        between.fill(&mut stream(seed, Purpose::Between, n), &mut path);
        look(&path);
    }
}

/// Lowest and highest price of a coin on a path.
fn ends(path: &PricePath, coin: usize) -> (f64, f64) {
    let of = |row: &[f64]| row.iter().skip(coin).step_by(path.coins).copied().collect::<Vec<_>>();
    (of(&path.low).into_iter().fold(f64::INFINITY, f64::min), of(&path.high).into_iter().fold(0.0, f64::max))
}

/// Probability that a price from 1 with this volatility and no drift comes to `barrier` (Reiner and Rubinstein 1991).
pub fn passage(barrier: f64, volatility: f64) -> f64 {
    let (b, mean) = (libm::log(barrier).abs(), -0.5 * volatility * volatility * (barrier - 1.0).signum());
    let reflected = libm::exp(2.0 * mean * b / (volatility * volatility));
    normal_cdf((mean - b) / volatility) + reflected * normal_cdf((-mean - b) / volatility)
}

#[test]
fn p01_first_passage_is_that_of_continuous_time_for_any_number_of_steps() {
    let days = |days: f64| (days / 365.0_f64).sqrt();
    // Barrier, volatility over the path, probability.
    let rows = [
        (0.90, 0.8 * days(7.0), 0.359_796_048_0),
        (0.80, 0.8 * days(30.0), 0.368_358_564_1),
        (0.80, 0.6 * days(30.0), 0.217_022_917_7),
        (0.95, days(1.0), 0.335_545_456_3),
        (0.50, 0.8, 0.525_810_201_8),
        (0.683_760_683_8, 0.8 * days(7.0), 0.000_725_46),
        (0.683_760_683_8, 0.8 * days(30.0), 0.117_284_28),
        (0.989_898_989_9, 0.8 * days(7.0), 0.931_603_04),
    ];
    for (barrier, volatility, exact) in rows {
        assert!((passage(barrier, volatility) - exact).abs() < 1e-8, "{barrier}: the formula of this test");
    }
    let volatility = rows.map(|row| row.1);
    for (steps, paths) in [(1, 900), (1, 14_400), (10, 600), (10, 9600), (1000, 60), (1000, 960)] {
        let mut below = [const { Vec::new() }; 8];
        let mut above = [const { Vec::new() }; 8];
        let coins = Coins { volatility: &volatility, drift: &[0.0; 8], correlation: 0.3 };
        for_paths(&coins, steps, 7 + paths, paths, |path| {
            for (i, (barrier, ..)) in rows.iter().enumerate() {
                let (low, high) = ends(path, i);
                below[i].push(f64::from(low <= *barrier));
                above[i].push(f64::from(high >= 1.0 / barrier));
            }
        });
        for (i, (barrier, volatility, exact)) in rows.into_iter().enumerate() {
            let what = format!("{barrier} at {volatility} in {steps} steps, {paths} paths");
            if exact * paths as f64 > 9.0 {
                assert_mean(&format!("low {what}"), &below[i], exact);
                assert_mean(&format!("high {what}"), &above[i], passage(1.0 / barrier, volatility));
            }
        }
    }
}

/// Haug (1998), pages 72 and 95, as `barrieroption.cpp` and `digitaloption.cpp` of `QuantLib` have them, and Beaglehole, Dybvig
/// and Zhou (1997). What pays at the hit is discounted from the middle of the step that it falls in.
#[test]
fn published_barrier_prices_come_out() {
    const STEPS: usize = 64;
    let half = 0.5_f64.sqrt();
    // Over the path: volatility and drift. Then what the option pays.
    let coins = Coins {
        volatility: &[0.2 * half, 0.2 * half, 0.2 * half, 0.2 * half, 0.25 * half, 0.5],
        drift: &[0.05, 0.05, -0.05, -0.05, 0.02, libm::log(1.1)],
        correlation: 0.0,
    };
    let touch = |path: &PricePath, coin: usize, barrier: f64| {
        let hit = |step: &usize| {
            let at = step * path.coins + coin;
            if barrier < 1.0 { path.low[at] <= barrier } else { path.high[at] >= barrier }
        };
        let paid = |step: usize| 15.0 * libm::exp(-0.1 * 0.5 * (step as f64 - 0.5) / STEPS as f64);
        (1..=STEPS).find(hit).map_or(0.0, paid)
    };
    let mut worth = [const { Vec::new() }; 7];
    for_paths(&coins, STEPS, 3, 6000, |path| {
        let last = path.row(STEPS);
        for (coin, barrier) in [100.0 / 105.0, 100.0 / 95.0, 100.0 / 105.0, 100.0 / 95.0].into_iter().enumerate() {
            worth[coin].push(touch(path, coin, barrier));
        }
        let hit = ends(path, 0).0 <= 100.0 / 105.0;
        worth[4].push(libm::exp(-0.05) * 15.0 * f64::from(hit));
        let call = (100.0 * last[4] - 90.0).max(0.0);
        worth[5].push(libm::exp(-0.04) * if ends(path, 4).0 <= 0.95 { call } else { 3.0 });
        let alive = ends(path, 5).0 > 0.9;
        worth[6].push((50.0 * last[5] - 50.0).max(0.0) * f64::from(alive) / 1.1);
    });
    for (name, worth, published) in [
        ("cash at hit, put-type", &worth[0], 9.7264),
        ("cash at hit, call-type", &worth[1], 11.6553),
        ("cash at hit, put-type, dividend .2", &worth[2], 12.2715),
        ("cash at hit, call-type, dividend .2", &worth[3], 8.9109),
        ("cash at expiry", &worth[4], 9.3604),
        ("down-in call", &worth[5], 7.7627),
        ("down-out call", &worth[6], 5.477),
    ] {
        assert_mean(name, worth, published);
    }
}

/// The modified Bessel function of the first kind, by its series.
fn bessel_i(order: f64, z: f64) -> f64 {
    let term = |k: f64| {
        libm::exp((2.0 * k + order) * libm::log(0.5 * z) - libm::lgamma(k + 1.0) - libm::lgamma(k + order + 1.0))
    };
    (0..60).map(|k| term(f64::from(k))).sum()
}

/// Probability that two Brownian motions of variance 1 and that correlation both stay above `-a` and `-b` until time 1: a
/// Brownian motion in a wedge (Iyengar 1985; Metzler 2010, equation 1.4).
fn both_stay(a: f64, b: f64, correlation: f64) -> f64 {
    let root = (1.0 - correlation * correlation).sqrt();
    let wedge = libm::acos(-correlation);
    let radius2 = (a * a + b * b - 2.0 * correlation * a * b) / (1.0 - correlation * correlation);
    let angle = libm::atan2(b * root, a - correlation * b);
    let z = radius2 / 4.0;
    let sum: f64 = (0..40)
        .map(|k| f64::from(2 * k + 1))
        .map(|n| {
            let order = n * PI / wedge;
            let bessel = bessel_i(0.5 * (order - 1.0), z) + bessel_i(0.5 * (order + 1.0), z);
            libm::sin(order * angle) / n * bessel
        })
        .sum();
    2.0 * radius2.sqrt() / (2.0 * PI).sqrt() * libm::exp(-z) * sum
}

/// Probability that a Brownian motion of variance 1 stays between `-a` and `b` until time 1.
fn stays_inside(a: f64, b: f64) -> f64 {
    let rate = PI / (a + b);
    let term = |k: f64| 4.0 / (k * PI) * libm::sin(k * rate * a) * libm::exp(-0.5 * (k * rate) * (k * rate));
    (0..40).map(|k| term(f64::from(2 * k + 1))).sum()
}

/// Shares of paths on which both ends of a pair are passed, and what they should be: low and low of two coins, high of one
/// and low of the other, low and high of one.
fn joint(correlation: f64, steps: usize, paths: u64) -> [(Vec<f64>, f64); 3] {
    const DEVIATION: f64 = 0.2;
    let (a, b) = (0.7, 1.1);
    let alone = |x: f64| 2.0 * normal_cdf(-x);
    let both = |correlation| alone(a) + alone(b) - 1.0 + both_stay(a, b, correlation);
    let barrier = |x: f64| libm::exp(x * DEVIATION);
    let drift = 0.5 * DEVIATION * DEVIATION; // none of the log-price
    let coins = Coins { volatility: &[DEVIATION; 2], drift: &[drift; 2], correlation };
    let mut hits = [const { Vec::new() }; 3];
    for_paths(&coins, steps, 29, paths, |path| {
        let ((low, high), (low_2, _)) = (ends(path, 0), ends(path, 1));
        hits[0].push(f64::from(low <= barrier(-a) && low_2 <= barrier(-b)));
        hits[1].push(f64::from(high >= barrier(a) && low_2 <= barrier(-b)));
        hits[2].push(f64::from(low <= barrier(-a) && high >= barrier(b)));
    });
    let [lows, opposite, own] = hits;
    let one = alone(a) + alone(b) - 1.0 + stays_inside(a, b);
    [(lows, both(correlation)), (opposite, both(-correlation)), (own, one)]
}

#[test]
fn two_ends_are_passed_together_as_often_as_they_should() {
    let independent = (1.0 - 2.0 * normal_cdf(-0.7)) * (1.0 - 2.0 * normal_cdf(-1.1));
    assert!((both_stay(0.7, 1.1, 0.0) - independent).abs() < 1e-12, "the formula of this test");
    for correlation in [0.8, -0.8] {
        for (steps, paths) in [(1, 12_000), (10, 8000), (100, 6000)] {
            for (hits, exact) in joint(correlation, steps, paths) {
                assert_mean(&format!("correlation {correlation}, {steps} steps"), &hits, exact);
            }
        }
    }
}

#[test]
fn coins_that_are_one_have_one_low_and_mirrored_ones_each_other_s() {
    // A factor of 1 - 1e-10 is taken as whole, so the second coin is the first, or its mirror image in logs.
    for correlation in [1.0 - 1e-9, -1.0 + 1e-9] {
        let drift = 0.5 * 0.3 * 0.3;
        let coins = Coins { volatility: &[0.3; 2], drift: &[drift; 2], correlation };
        for_paths(&coins, 3, 1, 20, |path| {
            let (one, other) = (ends(path, 0), ends(path, 1));
            let other = if correlation > 0.0 { other } else { (1.0 / other.1, 1.0 / other.0) };
            assert!((one.0 / other.0 - 1.0).abs() < 1e-3 && (one.1 / other.1 - 1.0).abs() < 1e-3, "{one:?} {other:?}");
        });
    }
}

#[test]
fn ends_enclose_their_rows_and_leave_the_grid_alone() {
    let law = "[gbm]\nvolatility_per_year = { btc = 0.9 }";
    let of = [("usdt", 1.0, true), ("btc", 100.0, false)];
    for steps in [1, 63, 64, 500] {
        let model = build(law, &of, steps, 3600.0, Path::new("")).unwrap();
        let (mut alone, mut seen) = (PricePath::default(), PricePath::default());
        for n in 0..5 {
            model.fill(&mut stream(1, Purpose::Prices, n), &mut alone);
            assert!(alone.ends(1).is_none());
            model.fill(&mut stream(1, Purpose::Prices, n), &mut seen);
            model.between().unwrap().fill(&mut stream(1, Purpose::Between, n), &mut seen);
            assert_eq!(alone.usd, seen.usd);
            for step in 1..=steps {
                let (ends, close) = (seen.ends(step).unwrap(), seen.row(step));
                assert!(ends.low[1] <= ends.open[1].min(close[1]) && ends.high[1] >= ends.open[1].max(close[1]));
                assert!(ends.low[1] < ends.high[1]);
                assert_eq!((ends.low[0], ends.high[0]), (1.0, 1.0));
            }
        }
    }
}

#[test]
fn a_gap_comes_after_the_ends_of_its_step() {
    let gap = Shock { step: 2, kind: ShockKind::Gap { coin: CoinId::at(0), log_return: libm::log(0.5) } };
    let mut path = PricePath { coins: 1, usd: vec![8.0; 4], low: vec![7.0; 4], high: vec![9.0; 4] };
    let coins = super::coins(&[("btc", 8.0, false)]);
    shock::apply(&[gap], &coins, 60.0, &mut path);
    assert_eq!(
        (path.usd, path.low, path.high),
        (vec![8.0, 8.0, 4.0, 4.0], vec![7.0, 7.0, 7.0, 3.5], vec![9.0, 9.0, 9.0, 4.5])
    );
}

//! The bridge keeps each bar exactly and, on Brownian bars, moves as Brownian motion does.

use proptest::prelude::*;
use rehypo::price::bridge::refine;
use rehypo::price::history::Bar;
use rehypo::random::{Purpose, Stream, normal, stream};

fn refined(bar: &Bar, steps: usize, rng: &mut Stream) -> Vec<f64> {
    let mut x: Vec<f64> = (0..=steps).map(|_| normal(rng)).collect();
    refine(bar, &mut x);
    x
}

/// Bars of every shape: extremes inside, at the open, at the close, or both; with and without a gap at the open.
fn any_bar() -> impl Strategy<Value = Bar> {
    let gap = prop_oneof![Just(0.0), -0.05..0.05];
    let beyond = || prop_oneof![Just(0.0), 0.0..0.1];
    (gap, prop_oneof![Just(0.0), -0.1..0.1], beyond(), beyond()).prop_map(|(open, change, above, below)| {
        let close = open + change;
        Bar { open, high: open.max(close) + above, low: open.min(close) - below, close }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20_000) })]

    #[test]
    fn open_high_low_and_close_are_kept_exactly(bar in any_bar(), steps in 3_usize..70, seed: u64) {
        let x = refined(&bar, steps, &mut stream(seed, Purpose::Prices, 0));
        // The row of a path before the first sub-step shows the close before, which is the open where there is no gap.
        let shown = if bar.open == 0.0 { &x[..] } else { &x[1..] };
        prop_assert_eq!(x[0], bar.open);
        prop_assert_eq!(x[steps], bar.close);
        prop_assert_eq!(shown.iter().copied().fold(f64::MIN, f64::max), bar.high);
        prop_assert_eq!(shown.iter().copied().fold(f64::MAX, f64::min), bar.low);
    }

    #[test]
    fn two_steps_keep_what_they_have_room_for(bar in any_bar(), seed: u64) {
        let x = refined(&bar, 2, &mut stream(seed, Purpose::Prices, 0));
        prop_assert_eq!(x[2], bar.close);
        prop_assert!((bar.low..=bar.high).contains(&x[1]));
        let (above, below) = (bar.high - bar.open.max(bar.close), bar.open.min(bar.close) - bar.low);
        if above > 0.0 || below > 0.0 {
            prop_assert_eq!(x[1], if above >= below { bar.high } else { bar.low });
        }
    }
}

#[test]
fn one_step_is_the_close() {
    let bar = Bar { open: 0.01, high: 0.05, low: -0.03, close: 0.02 };
    assert_eq!(refined(&bar, 1, &mut stream(1, Purpose::Prices, 0)), [0.01, 0.02]);
}

/// A Brownian bar of variance 1e-4 over many more points than sub-steps, as trading is.
fn brownian_bar(moves: impl Iterator<Item = f64>) -> Bar {
    let mut bar = Bar::default();
    for by in moves {
        bar.close += by;
        bar.high = bar.high.max(bar.close);
        bar.low = bar.low.min(bar.close);
    }
    bar
}

#[test]
fn brownian_bars_refine_to_brownian_steps() {
    const RHO: f64 = 0.8;
    const POINTS: usize = 1200;
    let pair = |rng: &mut Stream| {
        let (a, b) = (normal(rng), normal(rng));
        (a, RHO * a + (1.0 - RHO * RHO).sqrt() * b)
    };
    let rng = &mut stream(3, Purpose::Prices, 0);
    let mut moments = [0.0; 5]; // squares of either, products, products with the step before, count
    let steps = 12;
    for _ in 0..4_000 {
        let (a, b): (Vec<f64>, Vec<f64>) = (0..POINTS).map(|_| pair(rng)).unzip();
        let size = 0.01 / (POINTS as f64).sqrt();
        let bars = [brownian_bar(a.iter().map(|z| z * size)), brownian_bar(b.iter().map(|z| z * size))];
        let (mut x, mut y): (Vec<f64>, Vec<f64>) = (0..=steps).map(|_| pair(rng)).unzip();
        refine(&bars[0], &mut x);
        refine(&bars[1], &mut y);
        for j in 1..=steps {
            let (dx, dy) = (x[j] - x[j - 1], y[j] - y[j - 1]);
            let before = if j > 1 { x[j - 1] - x[j - 2] } else { 0.0 };
            for (sum, term) in moments.iter_mut().zip([dx * dx, dy * dy, dx * dy, dx * before, 1.0]) {
                *sum += term;
            }
        }
    }
    let [xx, yy, xy, lagged, count] = moments;
    let variance = xx / count / (1e-4 / steps as f64);
    let correlation = xy / (xx * yy).sqrt();
    let autocorrelation = lagged / xx;
    assert!((variance - 1.0).abs() < 0.1, "mean square of a step over that of Brownian motion: {variance}");
    assert!((0.62..RHO).contains(&correlation), "correlation of steps: {correlation}");
    assert!(autocorrelation.abs() < 0.15, "autocorrelation of steps: {autocorrelation}");
}

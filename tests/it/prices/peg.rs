//! The distance of a stablecoin from its peg against the closed forms of the Ornstein-Uhlenbeck process, and by hand
//! where there is no noise.

use super::{assert_mean, coins};
use rehypo::id::CoinId;
use rehypo::price::{Hours, Pegs, PricePath, timestamp};
use rehypo::random::{Purpose, stream};
use rehypo::scenario::{Coin, Doubt, Resolution, Shock, ShockKind, Stable};

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;
const USDC: CoinId = CoinId(0);

/// `usdc` with that peg, noise, half-life of two hours and redemption; `btc` at 100.
fn world(peg_usd: f64, noise_per_day: f64, redemption: Hours) -> Vec<Coin> {
    let mut coins = coins(&[("usdc", peg_usd, true), ("btc", 100.0, false)]);
    coins[0].stable = Some(Stable { noise_per_day, return_half_life: 2.0 * HOUR, redemption });
    coins
}

fn lay(pegs: &Pegs, seed: u64, path: u64, steps: usize, peg_usd: f64) -> PricePath {
    let mut prices = PricePath { coins: 2, usd: [peg_usd, 100.0].repeat(steps + 1), ..PricePath::default() };
    pegs.lay(&mut stream(seed, Purpose::Pegs, path), &mut stream(seed, Purpose::Reserves, path), &mut prices);
    prices
}

fn push(step: usize, price_usd: f64, doubt: impl Into<Option<Doubt>>) -> Shock {
    Shock { step, kind: ShockKind::Push { coin: USDC, price_usd, doubt: doubt.into() } }
}

fn doubt(at_risk_share: f64, noise_per_day: f64, end: Option<(usize, f64, Option<f64>)>) -> Doubt {
    let resolution = end.map(|(step, recovery_probability, recovered_price_usd)| Resolution {
        step,
        recovery_probability,
        recovered_price_usd,
    });
    Doubt { at_risk_share, noise_per_day, resolution }
}

/// The price of the coin, step by step, without noise.
fn quiet(redemption: Hours, shocks: &[Shock], steps: usize, step_seconds: f64) -> Vec<f64> {
    let pegs = Pegs::build(&world(1.0, 0.0, redemption), shocks, steps, step_seconds);
    lay(&pegs, 1, 0, steps, 1.0).usd.chunks(2).map(|row| row[0]).collect()
}

/// From Friday 10 March 2023, 20:00 UTC; Monday to Friday, 14:00 to 22:00.
fn office(days: f64) -> Hours {
    let start = timestamp::parse("2023-03-10T20:00:00Z").unwrap();
    Hours::weekly(start, days * DAY, [true, true, true, true, true, false, false], (14.0 * HOUR, 22.0 * HOUR))
}

/// The log-distances after all steps, of many paths.
fn ends(redemption: &Hours, noise: f64, steps: usize, step_seconds: f64, paths: u64) -> Vec<f64> {
    let pegs = Pegs::build(&world(1.25, noise, redemption.clone()), &[], steps, step_seconds);
    (0..paths).map(|n| libm::log(lay(&pegs, 7, n, steps, 1.25).row(steps)[0] / 1.25)).collect()
}

fn assert_variance(what: &str, x: &[f64], exact: f64) {
    assert_mean(what, x, 0.0);
    assert_mean(&format!("{what}: square"), &x.iter().map(|x| x * x / exact).collect::<Vec<_>>(), 1.0);
}

/// `s^2 / (2 k)` whatever the step, here a sixth of a half-life and five of them, for n and 16 n paths.
#[test]
fn the_stationary_variance_is_that_of_the_process() {
    let per_day = std::f64::consts::LN_2 * 12.0; // a half-life of two hours
    let exact = 0.01 * 0.01 / (2.0 * per_day);
    for paths in [1_000, 16_000] {
        assert_variance("short steps", &ends(&Hours::always(), 0.01, 90, HOUR / 3.0, paths), exact);
        assert_variance("long steps", &ends(&Hours::always(), 0.01, 3, 10.0 * HOUR, paths), exact);
    }
}

/// On the way there the variance is `s^2 (1 - e^(-2 k t)) / (2 k)`, and the autocorrelation halves every half-life.
#[test]
fn variance_and_autocorrelation_before_it_is_stationary() {
    let per_day = std::f64::consts::LN_2 * 12.0;
    let exact = 1e-4 * (1.0 - libm::exp(-2.0 * per_day / 24.0)) / (2.0 * per_day);
    assert_variance("an hour", &ends(&Hours::always(), 0.01, 4, HOUR / 4.0, 16_000), exact);
    let pegs = Pegs::build(&world(1.0, 0.01, Hours::always()), &[], 20, 2.0 * HOUR);
    let stationary = 1e-4 / (2.0 * per_day);
    let products: Vec<f64> = (0..16_000)
        .map(|n| {
            let path = lay(&pegs, 3, n, 20, 1.0);
            libm::log(path.row(19)[0]) * libm::log(path.row(20)[0]) / stationary
        })
        .collect();
    assert_mean("autocorrelation over a half-life", &products, 0.5);
}

#[test]
fn while_closed_the_variance_grows_in_proportion_to_time() {
    let closed = Hours::all_but(&[(0.0, f64::INFINITY)]);
    for paths in [1_000, 16_000] {
        for days in [1, 4] {
            assert_variance("closed", &ends(&closed, 0.01, 2 * days, DAY / 2.0, paths), 1e-4 * days as f64);
        }
    }
}

/// One step over opening and closing is the steps between them one after another.
#[test]
fn a_step_over_the_edges_has_the_law_of_its_parts() {
    let hours = Hours::all_but(&[(0.0, 2.0 * HOUR), (3.0 * HOUR, 5.0 * HOUR)]);
    let two_k = 2.0 * std::f64::consts::LN_2 * 12.0; // per day
    let pulled = |v: f64, h: f64| v * libm::exp(-two_k * h / 24.0) + (1.0 - libm::exp(-two_k * h / 24.0)) / two_k;
    let exact = 1e-4 * pulled(pulled(2.0 / 24.0, 1.0) + 2.0 / 24.0, 1.0);
    assert_variance("one step", &ends(&hours, 0.01, 1, 6.0 * HOUR, 16_000), exact);
    assert_variance("seven steps", &ends(&hours, 0.01, 7, 6.0 * HOUR / 7.0, 16_000), exact);
    let pushed = [push(1, 0.9, None)];
    let late = quiet(Hours::all_but(&[(0.0, 8.0 * HOUR), (9.0 * HOUR, 11.0 * HOUR)]), &pushed, 2, 6.0 * HOUR);
    assert!((late[2] - libm::pow(0.9, libm::pow(2.0, -1.0))).abs() < 1e-12, "two hours of six: {late:?}");
}

/// Pushed on Friday at 23:00, an hour after closing: nothing until Monday 14:00, then half of it every two hours until 22:00.
#[test]
fn a_push_before_the_weekend_waits_for_monday() {
    let usd = quiet(office(5.0), &[push(3, 0.88, None)], 120, HOUR);
    let left = |half_lives: f64| libm::pow(0.88, libm::pow(2.0, -half_lives));
    for (step, usd) in usd.into_iter().enumerate() {
        let expected = match step {
            0..3 => 1.0,
            3..=66 => 0.88,
            67..=74 => left((step - 66) as f64 / 2.0),
            75..=90 => left(4.0),
            91..=98 => left(4.0 + (step - 90) as f64 / 2.0),
            99..=114 => left(8.0),
            _ => left(8.0 + (step - 114) as f64 / 2.0),
        };
        assert!((usd - expected).abs() < 1e-12, "hour {step}: {usd}, not {expected}");
    }
}

/// The numbers of March 2023 with redemption open: 8 % in doubt, the low below that, then a rescue or none.
#[test]
fn doubt_pulls_to_what_is_left_and_its_end_to_the_peg() {
    let always = |end| quiet(Hours::always(), &[push(1, 0.88, doubt(0.08, 0.0, end))], 40, HOUR);
    let from = |from: f64, to: f64, hours: f64| to * libm::pow(from / to, libm::pow(2.0, -hours / 2.0));
    let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    let lasting = always(None);
    close(lasting[9], from(0.88, 0.92, 8.0));
    close(lasting[40], from(0.88, 0.92, 39.0));
    let recovered = always(Some((9, 1.0, None)));
    close(recovered[9], lasting[9]);
    close(recovered[13], from(lasting[9], 1.0, 4.0));
    let told = always(Some((9, 1.0, Some(0.97))));
    close(told[8], lasting[8]);
    close(told[9], 0.97);
    close(told[13], from(0.97, 1.0, 4.0));
    let lost = always(Some((9, 0.0, Some(0.97))));
    assert_eq!(lost, lasting);
}

#[test]
fn a_later_push_takes_the_place_of_the_earlier_and_of_its_doubt() {
    let first = push(1, 0.8, doubt(0.2, 0.0, Some((6, 1.0, Some(0.99)))));
    let usd = quiet(Hours::always(), &[first, push(4, 0.9, None)], 8, HOUR);
    for (step, usd) in usd.into_iter().enumerate().skip(1) {
        let expected = if step < 4 { 0.8 } else { libm::pow(0.9, libm::pow(2.0, -((step - 4) as f64) / 2.0)) };
        assert!((usd - expected).abs() < 1e-12, "step {step}: {usd}, not {expected}");
    }
}

#[test]
fn reserves_are_recovered_as_often_as_said_and_noise_ends_with_the_doubt() {
    let closed = Hours::all_but(&[(0.0, f64::INFINITY)]);
    let shocks = [push(1, 0.88, doubt(0.08, 0.02, Some((3, 0.7, Some(0.97)))))];
    let pegs = Pegs::build(&world(1.0, 0.0, closed), &shocks, 5, DAY);
    let (mut recovered, mut noise) = (Vec::new(), Vec::new());
    for n in 0..4_000 {
        let path = lay(&pegs, 9, n, 5, 1.0);
        let usd: Vec<f64> = path.usd.chunks(2).map(|row| row[0]).collect();
        assert!(usd[1] == 0.88 && usd[3] == usd[5], "noise before the push or after the end: {usd:?}");
        assert_eq!(path.row(4)[1], 100.0);
        recovered.push(f64::from((usd[3] - 0.97).abs() < 1e-12));
        noise.push(libm::log(usd[2] / 0.88) / 0.02);
    }
    assert_mean("recovered", &recovered, 0.7);
    assert_variance("noise while in doubt", &noise, 1.0);
}

#[test]
fn noise_depends_on_seed_and_path_alone() {
    let plain = Pegs::build(&world(1.0, 0.01, Hours::always()), &[], 50, HOUR);
    let shocks = [push(20, 0.9, doubt(0.1, 0.01, Some((30, 0.5, None))))];
    let pushed = Pegs::build(&world(1.0, 0.01, Hours::always()), &shocks, 50, HOUR);
    let (one, other) = (lay(&plain, 5, 17, 50, 1.0), lay(&pushed, 5, 17, 50, 1.0));
    assert_eq!(one, lay(&plain, 5, 17, 50, 1.0));
    assert_eq!(one.usd[..40], other.usd[..40], "what comes later does not change what was");
    assert_ne!(one.usd[40..], other.usd[40..]);
    assert_ne!(one, lay(&plain, 5, 18, 50, 1.0));
    assert_ne!(one, lay(&plain, 6, 17, 50, 1.0));
    let closed = || world(1.0, 0.01, Hours::all_but(&[(0.0, f64::INFINITY)]));
    let still = Pegs::build(&closed(), &[], 50, HOUR);
    let stuck = Pegs::build(&closed(), &[push(20, 0.9, doubt(0.1, 0.01, Some((30, 0.5, None))))], 50, HOUR);
    let (still, stuck) = (lay(&still, 5, 17, 50, 1.0), lay(&stuck, 5, 17, 50, 1.0));
    for step in (1..=50).filter(|step| *step != 20) {
        let moved = |path: &PricePath| libm::log(path.row(step)[0] / path.row(step - 1)[0]);
        assert!((moved(&still) - moved(&stuck)).abs() < 1e-12, "step {step}: a resolution draws on the noise");
    }
    let shorter = Pegs::build(&world(1.0, 0.01, Hours::always()), &[], 30, HOUR);
    assert_eq!(lay(&shorter, 5, 17, 30, 1.0).usd[..], one.usd[..62], "a longer path begins as the shorter one");
}

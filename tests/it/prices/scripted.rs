//! A path that is written down: on its points, between them, and what cannot be one.

use super::{build, fingerprint};
use rehypo::price::{PriceModel, PricePath};
use rehypo::random::{Purpose, stream};
use std::path::Path;

const COINS: [(&str, f64, bool); 3] = [("usdt", 1.0, true), ("btc", 100.0, false), ("eth", 10.0, false)];

fn law(points: &str) -> String {
    format!("[scripted.points]\n{points}")
}

fn path(model: &PriceModel, seed: u64) -> PricePath {
    let mut path = PricePath { coins: 7, usd: vec![0.0; 99], ..PricePath::default() };
    model.fill(&mut stream(seed, Purpose::Prices, 0), &mut path);
    path
}

#[test]
fn points_are_met_and_the_way_between_is_log_linear() {
    let law = law(
        "btc = [{ at = '2m', price_usd = 400.0 }, { at = '3m', price_usd = 50.0 }, { at = '7m', price_usd = 800.0 }]",
    );
    let model = build(&law, &COINS, 9, 60.0, Path::new("")).expect("in order");
    let played = path(&model, 1);
    assert_eq!((played.coins, played.steps()), (3, 9));
    let btc: Vec<f64> = (0..=9).map(|step| played.row(step)[1]).collect();
    let by_hand = [100.0, 200.0, 400.0, 50.0, 100.0, 200.0, 400.0, 800.0, 800.0, 800.0];
    for (step, (price, by_hand)) in btc.iter().zip(by_hand).enumerate() {
        assert!((price / by_hand - 1.0).abs() < 1e-15, "step {step}: {price}");
    }
    assert_eq!([btc[2], btc[3], btc[7], btc[9]], [400.0, 50.0, 800.0, 800.0]);
    assert!((0..=9).all(|step| played.row(step)[0] == 1.0 && played.row(step)[2] == 10.0), "no points, no move");
    assert_eq!(fingerprint(&played), fingerprint(&path(&model, 2)), "the same on every path");
}

#[test]
fn points_can_fall_between_steps_and_beyond_the_end() {
    let law = law("btc = [{ at = '90s', price_usd = 200.0 }]\neth = [{ at = '4m', price_usd = 160.0 }]");
    let played = path(&build(&law, &COINS, 2, 60.0, Path::new("")).expect("in order"), 1);
    let near = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-15, "{a} is not {b}");
    near(played.row(1)[1], 100.0 * libm::pow(2.0, 2.0 / 3.0));
    near(played.row(2)[1], 200.0);
    near(played.row(1)[2], 20.0);
    near(played.row(2)[2], 40.0);
}

#[test]
fn what_is_no_script() {
    let refused = |points: &str, key: &str, says: &str| {
        let refused = build(&law(points), &COINS, 9, 60.0, Path::new("")).expect_err("should be refused");
        assert_eq!(refused.key(), key, "{refused}");
        assert!(refused.to_string().contains(says), "{refused}");
    };
    refused("etj = []", "prices.scripted.points.etj", "did you mean `eth`?");
    refused("usdt = []", "prices.scripted.points.usdt", "`usdt` is pegged");
    let points = "btc = [{ at = '2m', price_usd = 1.0 }, { at = '2m', price_usd = 2.0 }]";
    refused(points, "prices.scripted.points.btc.1.at", "2m is not after 2m");
}

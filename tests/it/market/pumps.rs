//! Nobody who starts from a quiet book and ends flat has made money, whatever depth did meanwhile.

use super::{COIN, world};
use proptest::prelude::*;
use rehypo::market::{Markets, Side};
use rehypo::scenario::Loaded;

const LASTS: &str = "permanent_share = 0.4, recovery_half_life = \"3h\"";

/// What happens between two orders.
#[derive(Clone, Copy, Debug)]
enum Between {
    Nothing,
    /// Depth is multiplied, and recovers in a few hours.
    Shock(f64),
    /// An hour passes.
    Hour,
}

fn books() -> Vec<Loaded> {
    let laws = [
        format!("book = {{ depth_1pct_usd = 1e6, exponent = 0.5, {LASTS} }}"),
        format!("linear = {{ depth_1pct_usd = 1e6, {LASTS} }}"),
        format!("square_root = {{ daily_volume_usd = 1e9, daily_volatility = 0.04, {LASTS} }}"),
        format!("square_root = {{ daily_volume_usd = 1e9, daily_volatility = 0.04, depth_1pct_usd = 5e6, {LASTS} }}"),
    ];
    let stress = "stress = { floor = 0.02, flow = { withdrawn_share = 0.3, recovery_half_life = \"2h\" } }";
    laws.iter().flat_map(|law| [world(law, ""), world(law, stress)]).collect()
}

fn between() -> impl Strategy<Value = Between> {
    prop_oneof![
        Just(Between::Nothing),
        (0.05..3.0_f64).prop_map(Between::Shock),
        Just(Between::Hour),
        Just(Between::Hour),
    ]
}

/// Sends an order and returns what it cost above the exogenous price.
fn order(markets: &mut Markets, usd: f64) -> f64 {
    usd * (markets.execute(COIN, Side::Spot, usd) - 1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_round_trip_never_profits(which in 0..8_usize, orders in proptest::collection::vec((-5e6..5e6_f64, between()), 1..8)) {
        let books = books();
        let mut markets = Markets::new(&books[which].scenario);
        let (mut held, mut cost, mut volume, mut step) = (0.0, 0.0, 0.0, 0);
        for (usd, then) in orders {
            cost += order(&mut markets, usd);
            held += usd;
            volume += usd.abs();
            match then {
                Between::Nothing => {}
                Between::Shock(multiplier) => markets.withdraw_depth(COIN, multiplier, 2.0 * 3600.0),
                Between::Hour => {
                    step += 1;
                    markets.decay(step, 3600.0, &[1.0, 1.0]);
                }
            }
        }
        cost += order(&mut markets, -held);
        prop_assert!(cost >= -1e-7 * volume, "{} made on {}", -cost, volume);
    }
}

/// Who sells into a thin book weighs on the full one by what that sale weighs there; what was sold before is as it was.
#[test]
fn makers_come_back_where_they_left() {
    let loaded =
        world("linear = { depth_1pct_usd = 1e6, permanent_share = 0.0, recovery_half_life = \"1000000d\" }", "");
    let mut markets = Markets::new(&loaded.scenario);
    let log = |markets: &Markets| libm::log(markets.factor(COIN, Side::Spot));
    markets.execute(COIN, Side::Spot, -2e6);
    assert!((log(&markets) + 0.02).abs() < 1e-12);
    markets.withdraw_depth(COIN, 0.1, 3600.0);
    assert!((log(&markets) + 0.02).abs() < 1e-12, "leaving moves no price");
    markets.execute(COIN, Side::Spot, -1e6);
    assert!((log(&markets) + 0.12).abs() < 1e-12, "1 M of a depth of 0.1 M");
    for step in 1..200 {
        markets.decay(step, 3600.0, &[1.0, 1.0]);
    }
    assert!((log(&markets) + 0.03).abs() < 1e-6, "3 M of a depth of 1 M: {}", log(&markets));
}

//! Depth that shrinks with volatility and flow, by hand.

use super::{COIN, world};
use rehypo::market::{Markets, Side};

const LINEAR: &str = "linear = { depth_1pct_usd = 1e6, permanent_share = 0.0, recovery_half_life = \"1s\" }";
const HOUR: f64 = 3600.0;

/// Share of calm depth that a small order meets.
fn depth(markets: &Markets, side: Side) -> f64 {
    let usd = 1e3;
    0.01 * usd / 1e6 / -libm::log(markets.last(COIN, side, -usd) / markets.factor(COIN, side))
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

/// Calm at 87.6 % a year: variance 0.76738 a year. A return of -ln 2 * 0.1 in an hour (variance a year 8,760 r^2) counts half,
/// and half as much with each hour of calm after it.
#[test]
fn depth_falls_with_realised_volatility() {
    let terms =
        "stress = { floor = 0.05, volatility = { elasticity = 1.5, calm_per_year = 0.876, half_life = \"1h\" } }";
    let loaded = world(LINEAR, &format!("perp.{LINEAR}\narbitrage_share = 0.0\n{terms}"));
    let mut markets = Markets::new(&loaded.scenario);
    let calm = 0.876 * 0.876;
    let share = |variance: f64| libm::pow(0.876 / libm::sqrt(variance), 1.5);
    markets.decay(1, HOUR, &[1.0, 1.0]);
    close(depth(&markets, Side::Spot), 1.0);
    let quiet = calm / 2.0;
    let fall = 0.02_f64;
    markets.decay(2, HOUR, &[libm::exp(-fall), 1.0]);
    let rough = quiet / 2.0 + 0.5 * 8760.0 * fall * fall;
    close(depth(&markets, Side::Spot), share(rough));
    close(depth(&markets, Side::Perp), share(rough));
    assert!(share(rough) < 0.6);
    markets.decay(3, HOUR, &[libm::exp(-fall), 1.0]);
    close(depth(&markets, Side::Spot), share(rough / 2.0));
    markets.decay(4, HOUR, &[0.5, 1.0]);
    close(depth(&markets, Side::Spot), 0.05);
    markets.reset(false);
    markets.decay(1, HOUR, &[1.0, 1.0]);
    close(depth(&markets, Side::Spot), 1.0);
}

/// A net sale of 3 M of the 2 M within 1 % of both books: 1.5 depths leave 0.8^1.5 of the quotes; half of what is missing returns
/// in an hour. What was sold in pieces, or bought back, counts by its sum.
#[test]
fn depth_falls_with_net_flow_and_recovers() {
    let terms = "stress = { floor = 0.01, flow = { withdrawn_share = 0.2, recovery_half_life = \"1h\" } }";
    let loaded = world(LINEAR, &format!("perp.{LINEAR}\narbitrage_share = 0.0\n{terms}"));
    for orders in [vec![-3e6], vec![-1e6, -2e6], vec![-4e6, 1e6], vec![3e6]] {
        let mut markets = Markets::new(&loaded.scenario);
        for (i, usd) in orders.iter().enumerate() {
            markets.execute(COIN, if i == 0 { Side::Perp } else { Side::Spot }, *usd);
            close(depth(&markets, Side::Spot), 1.0);
        }
        markets.decay(1, HOUR, &[1.0, 1.0]);
        let stayed = 1.0 - (1.0 - libm::pow(0.8, 1.5)) / 2.0;
        close(depth(&markets, Side::Spot), stayed);
        // Of the depth that is left, 0.5 M is more.
        markets.execute(COIN, Side::Spot, -0.5e6);
        markets.decay(2, HOUR, &[1.0, 1.0]);
        let next = 1.0 - (1.0 - stayed * libm::pow(0.8, 0.25 / stayed)) / 2.0;
        close(depth(&markets, Side::Spot), next);
        markets.decay(3, HOUR, &[1.0, 1.0]);
        close(depth(&markets, Side::Spot), 1.0 - (1.0 - next) / 2.0);
    }
}

/// Volatility, flow and a shock multiply.
#[test]
fn a_depth_shock_comes_on_top() {
    let terms = "stress = { floor = 0.05, volatility = { elasticity = 1.0, calm_per_year = 0.5, half_life = \"1h\" } }";
    let loaded = world(LINEAR, terms);
    let mut markets = Markets::new(&loaded.scenario);
    markets.decay(1, HOUR, &[0.1, 1.0]);
    close(depth(&markets, Side::Spot), 0.05);
    markets.withdraw_depth(COIN, 0.5, HOUR);
    close(depth(&markets, Side::Spot), 0.025);
    markets.decay(2, HOUR, &[0.1, 1.0]);
    close(depth(&markets, Side::Spot), 0.75 * 0.05);
}

//! Spot and perpetual book of a coin with different laws, tied by arbitrage.

use super::{COIN, world};
use rehypo::market::{Markets, Side};

const LASTS: &str = "permanent_share = 0.0, recovery_half_life = \"10000d\"";

fn laws() -> [String; 4] {
    [
        format!("book = {{ depth_1pct_usd = 1e6, exponent = 0.67, {LASTS} }}"),
        format!("square_root = {{ daily_volume_usd = 1e9, daily_volatility = 0.04, {LASTS} }}"),
        format!("square_root = {{ daily_volume_usd = 1e9, daily_volatility = 0.04, depth_1pct_usd = 5e5, {LASTS} }}"),
        format!("exponential = {{ market_cap_usd = 1e9, fall = 0.1, {LASTS} }}"),
    ]
}

/// An order opens a gap between the books; the stated share of it is closed at once, half of the rest with each half-life.
#[test]
fn arbitrage_closes_the_share_of_the_gap_whatever_the_laws() {
    for spot in laws() {
        for perp in laws() {
            let more = format!("perp.{perp}\narbitrage_share = 0.4\narbitrage_half_life = \"1h\"");
            let loaded = world(&spot, &more);
            let apart = world(&spot, &format!("perp.{perp}\narbitrage_share = 0.0"));
            for (side, usd) in [(Side::Perp, -3e6), (Side::Spot, -3e6), (Side::Perp, 2e5)] {
                let (mut tied, mut alone) = (Markets::new(&loaded.scenario), Markets::new(&apart.scenario));
                let gap = |markets: &Markets| {
                    libm::log(markets.factor(COIN, Side::Perp)) - libm::log(markets.factor(COIN, Side::Spot))
                };
                alone.execute(COIN, side, usd);
                let after = tied.last(COIN, side, usd);
                tied.execute(COIN, side, usd);
                assert_eq!(
                    after.to_bits(),
                    tied.factor(COIN, side).to_bits(),
                    "`last` is where the order leaves the price"
                );
                let (opened, left) = (gap(&alone), gap(&tied));
                assert!((left - 0.6 * opened).abs() < 1e-8, "{spot} {perp}: {left} of {opened}");
                tied.decay(1, 3600.0, &[1.0, 1.0]);
                assert!(
                    (gap(&tied) - left / 2.0).abs() < 1e-4 * left.abs() + 1e-8,
                    "{spot} {perp}: {left} to {}",
                    gap(&tied)
                );
            }
        }
    }
}

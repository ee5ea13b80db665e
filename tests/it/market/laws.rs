//! Every impact law: the price is what the formula says, orders get what lies between the prices, whatever came before.

use super::law;
use proptest::prelude::*;
use rehypo::market::law::Flow;
use rehypo::scenario::{Curve, ImpactLaw, PaidPrice};

const LASTS: &str = "permanent_share = 0.3, recovery_half_life = \"1h\"";

/// Fall of the log-price after a sale of so many USD.
fn falls(law: &ImpactLaw, usd: f64) -> f64 {
    -libm::log(Flow::default().after(law, -usd / law.depth_1pct_usd).factor(law))
}

fn close(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 1e-12, "{found} is not {expected}");
}

/// 3.2 bn USD on a day of 100 bn and 6 %: about 1.1 % (docs/model.md); a quarter of the flow has half the impact.
#[test]
fn the_square_root_law_is_the_formula() {
    let law = |more: &str| {
        law(&format!("square_root = {{ daily_volume_usd = 100e9, daily_volatility = 0.06, {LASTS}{more} }}"))
    };
    close(falls(&law(""), 3.2e9), 0.06 * libm::sqrt(0.032));
    assert!((falls(&law(""), 3.2e9) - 0.0107).abs() < 5e-5);
    close(falls(&law(""), 0.8e9), falls(&law(""), 3.2e9) / 2.0);
    let bitcoin = law(", prefactor = 0.9, exponent = 0.489");
    close(falls(&bitcoin, 3.2e9), 0.9 * 0.06 * libm::pow(0.032, 0.489));
}

/// The same order walks 16 depths of 200 M: the log-price falls by 16 % on a linear curve. Small orders follow the root.
#[test]
fn an_order_beyond_the_depth_walks_the_book() {
    let law = |exponent: &str| {
        law(&format!(
            "square_root = {{ daily_volume_usd = 100e9, daily_volatility = 0.06, depth_1pct_usd = 200e6{exponent}, {LASTS} }}"
        ))
    };
    close(falls(&law(""), 3.2e9), 0.16);
    close(falls(&law(", depth_exponent = 0.67"), 3.2e9), 0.01 * libm::pow(16.0, 1.0 / 0.67));
    close(falls(&law(""), 1e6), 0.06 * libm::sqrt(1e-5));
}

/// A sale of 5 % of all there is makes the price fall by 8 %, of another 5 % by 8 % of the rest; who sells gets the middle.
#[test]
fn the_exponential_law_falls_by_its_share() {
    let law =
        law("exponential = { market_cap_usd = 1e9, fall = 0.08, permanent_share = 1.0, recovery_half_life = \"1h\" }");
    let depths = 0.05e9 / law.depth_1pct_usd;
    let once = Flow::default().after(&law, -depths);
    close(once.factor(&law), 0.92);
    close(Flow::default().mean_factor(&law, -depths), 0.96);
    close(once.after(&law, -depths).factor(&law), 0.92 * 0.92);
    close(once.mean_factor(&law, -depths), f64::midpoint(0.92, 0.92 * 0.92));
}

fn curves() -> impl Strategy<Value = ImpactLaw> {
    let exponent = || prop_oneof![Just(0.5), Just(0.67), Just(1.0), Just(2.0), 0.3..4.0_f64];
    let beside = proptest::option::of((-3.0..3.0_f64, exponent()));
    (exponent(), beside, 0.0..=1.0_f64).prop_map(|(exponent, beside, permanent_share)| ImpactLaw {
        depth_1pct_usd: 1e6,
        exponent,
        beside: beside.map(|(ratio, exponent)| Curve { ratio: libm::exp10(ratio), exponent }),
        paid: PaidPrice::Path,
        permanent_share,
        recovery_half_life: 3600.0,
    })
}

/// The flow that moves the log-price by that much from quiet.
fn sized(law: &ImpactLaw, log: f64) -> f64 {
    Flow::default().room(law, log.signum(), libm::exp(log)).copysign(log)
}

/// Orders, as the log-distance to which each would move a quiet book, and seconds that pass after it.
fn history() -> impl Strategy<Value = Vec<(f64, f64)>> {
    proptest::collection::vec((-1.0..1.0_f64, 0.0..7200.0_f64), 0..4)
}

fn after(law: &ImpactLaw, history: &[(f64, f64)]) -> Flow {
    let mut flow = Flow::default();
    for (log, seconds) in history {
        flow.add(law, sized(law, *log));
        flow.decay(law, *seconds);
    }
    flow
}

/// The integral of the price over an order as a sum over 20,000 pieces, dense where it starts.
fn by_pieces(law: &ImpactLaw, flow: Flow, depths: f64) -> f64 {
    let pieces = 20_000;
    let sum: f64 = (0..pieces)
        .map(|i| {
            let t = (f64::from(i) + 0.5) / f64::from(pieces);
            3.0 * t * t * flow.after(law, depths * t * t * t).factor(law)
        })
        .sum();
    sum / f64::from(pieces)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_larger_sale_moves_the_price_further_and_brings_more(
        law in curves(), history in history(), log in 1e-4..10.0_f64, more in 1.01..2.0_f64, middle in any::<bool>(),
    ) {
        let law = if middle { ImpactLaw { exponent: 1.0, beside: None, paid: PaidPrice::Middle, ..law } } else { law };
        let flow = after(&law, &history);
        let small = sized(&law, log);
        let large = small * more;
        prop_assert!(flow.after(&law, -large).factor(&law) < flow.after(&law, -small).factor(&law));
        let brings = |depths: f64| depths * flow.mean_factor(&law, -depths);
        prop_assert!(brings(large) > brings(small), "{} brings {}, {} brings {}", large, brings(large), small, brings(small));
    }

    #[test]
    fn parts_of_an_order_get_what_the_whole_gets(
        law in curves(), history in history(), log in -3.0..3.0_f64, first in 0.01..0.99_f64,
    ) {
        let flow = after(&law, &history);
        let whole = sized(&law, log);
        let (one, two) = (whole * first, whole * (1.0 - first));
        let parts = one * flow.mean_factor(&law, one) + two * flow.after(&law, one).mean_factor(&law, two);
        let found = whole * flow.mean_factor(&law, whole);
        prop_assert!((parts / found - 1.0).abs() < 5e-5, "{} in parts, {} at once", parts, found);
    }

    #[test]
    fn room_moves_the_price_to_the_limit(law in curves(), history in history(), log in 0.001..2.0_f64, buys in any::<bool>()) {
        let flow = after(&law, &history);
        let direction = if buys { 1.0 } else { -1.0 };
        let limit = flow.factor(&law) * libm::exp(direction * log);
        let there = flow.after(&law, direction * flow.room(&law, direction, limit));
        prop_assert!((libm::log(there.factor(&law) / limit)).abs() < 1e-9);
        prop_assert_eq!(there.room(&law, direction, limit * (1.0 - direction * 1e-6)), 0.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// From a quiet book, where the curve is steepest or flattest, and from one that has been pushed, up to a fall by e^8.
    #[test]
    fn an_order_gets_the_integral_of_the_price(law in curves(), pushed in -1.0..1.0_f64, quiet in any::<bool>(), log in -8.0..2.0_f64) {
        let flow = if quiet { Flow::default() } else { Flow::default().after(&law, sized(&law, pushed)) };
        let depths = sized(&law, log);
        let (found, summed) = (flow.mean_factor(&law, depths), by_pieces(&law, flow, depths));
        prop_assert!((found / summed - 1.0).abs() < 1e-4, "{} is not {}", found, summed);
    }
}

/// The exponential law pays the middle of two prices, more than the path between them: parts bring less than the whole,
/// and there and back costs nothing.
#[test]
fn the_middle_is_more_than_the_path() {
    let law =
        law("exponential = { market_cap_usd = 1e9, fall = 0.5, permanent_share = 1.0, recovery_half_life = \"1h\" }");
    let flow = Flow::default();
    let half = 1.0 * flow.mean_factor(&law, -1.0) + flow.after(&law, -1.0).mean_factor(&law, -1.0);
    assert!(half < 2.0 * flow.mean_factor(&law, -2.0));
    assert_eq!(flow.mean_factor(&law, -2.0), flow.after(&law, -2.0).mean_factor(&law, 2.0));
}

/// All the bids of a book bring `D 100^g Gamma(g + 1)`, however much is sold.
#[test]
fn a_sale_brings_at_most_all_bids() {
    for (exponent, bids) in [(0.5, 10.0 * 0.886_226_925_452_758), (1.0, 100.0), (2.0, 20_000.0)] {
        let law = ImpactLaw {
            depth_1pct_usd: 1e6,
            exponent,
            beside: None,
            paid: PaidPrice::Path,
            permanent_share: 0.0,
            recovery_half_life: 1.0,
        };
        for depths in [1e9, 1e12] {
            close(depths * Flow::default().mean_factor(&law, -depths), bids);
        }
    }
}

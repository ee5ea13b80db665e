//! Tipping points: where a little more pressure makes a sale much larger. Mean-field books through the engine; a fund with
//! a cap on its leverage through the impact law.

use super::ladder::{fill, ladder, run, set};
use rehypo::scenario::OrderSpec;

/// Isolated longs of equal notional whose liquidation distance is `1 / L`, `L` uniform on [2, 20]: the quantiles.
fn distances(accounts: usize) -> Vec<f64> {
    let mut levels: Vec<f64> = (0..accounts).map(|i| 1.0 / (2.0 + 18.0 * (i as f64 + 0.5) / accounts as f64)).collect();
    levels.sort_by(f64::total_cmp);
    levels
}

/// The drop after the cascade, `shock + k (share liquidated)`, in the engine. Its impact is in log-price, and so drop here
/// means log-drop: with distances in the same unit the equation is the same, term by term.
fn drop_after(shock: f64, k: f64, accounts: usize, order: OrderSpec) -> f64 {
    let mut world = ladder(shock, k / accounts as f64, "").scenario;
    fill(&mut world, &distances(accounts));
    let hit = set(&run(&mut world, order, 0)).iter().filter(|hit| **hit).count();
    shock + k * hit as f64 / accounts as f64
}

/// `x = s + k F(x)`, `F(x) = (20 - 1/x) / 18` on [1/20, 1/2]: the larger root of a quadratic.
fn mean_field(s: f64, k: f64) -> f64 {
    let a = s + 20.0 * k / 18.0;
    f64::midpoint(a, libm::sqrt(a * a - 4.0 * k / 18.0))
}

const SHOCKS: [f64; 4] = [0.051, 0.06, 0.08, 0.10];

/// Rows of the published table: `k`, then the drop at each of [`SHOCKS`].
const DROPS: [(f64, [f64; 4]); 4] = [
    (0.02, [0.051_752_522_7, 0.065_173_786_5, 0.089_856_879_5, 0.112_330_802_5]),
    (0.05, [0.061_071_610_4, 0.081_452_528_6, 0.110_392_908_7, 0.134_975_723_0]),
    (0.08, [0.091_105_277_7, 0.107_573_447_8, 0.136_275_128_0, 0.161_342_192_2]),
    (0.10, [0.112_905_948_5, 0.127_557_907_0, 0.155_349_440_2, 0.180_297_911_4]),
];

#[test]
fn the_engine_falls_as_far_as_the_mean_field_equation_says() {
    const ACCOUNTS: usize = 1000;
    for (k, drops) in DROPS {
        for (shock, expected) in SHOCKS.into_iter().zip(drops) {
            assert!((mean_field(shock, k) - expected).abs() < 2e-10, "{k} {shock}: {}", mean_field(shock, k));
            let found = drop_after(shock, k, ACCOUNTS, OrderSpec::Simultaneous);
            assert!((found - expected).abs() < 20.0 * k / ACCOUNTS as f64, "{k} {shock}: {found}, not {expected}");
        }
    }
}

/// Up to a shock of .05 nobody is liquidated. Beyond it the slope `k f(.05) = k / (18 .05^2)` decides: below 1 the drop
/// follows the shock, above 1 it jumps to `20 k / 18`.
#[test]
fn beyond_the_tipping_point_the_engine_jumps() {
    const ACCOUNTS: usize = 1000;
    let n = ACCOUNTS as f64;
    for (k, after) in [(0.02, 0.05), (0.05, 0.055_555_555_6), (0.08, 0.088_888_888_9), (0.10, 0.111_111_111_1)] {
        assert_eq!(drop_after(0.05, k, ACCOUNTS, OrderSpec::Sequential), 0.05, "{k}");
        // The first account stands 0.0225 / n beyond .05.
        let found = drop_after(0.05 + 0.03 / n, k, ACCOUNTS, OrderSpec::Sequential);
        assert!((found - after).abs() < 20.0 * k / n, "{k}: {found}, not {after}");
    }
}

mod fund {
    //! One fund: 100 units at a price of 1, debt 80, leverage capped at 5. After a shock of 2 % it sells at the price its
    //! own sale leaves, and repays debt, until the cap holds: `s = 400 (1 / p - 1)`, with `p = .98 exp(-alpha s)`.

    use rehypo::market::law::Flow;
    use rehypo::scenario::{ImpactLaw, PaidPrice};

    /// What the fund ends with, or that it is wiped out.
    #[derive(Debug)]
    enum End {
        Sold { units: f64, price: f64, equity: f64 },
        WipedOut,
    }

    /// The least sale that restores the cap, by repeated sale from none on, and how many rounds it took. The count has no
    /// cap: each round sells more than the one before, and so ends at a sale or with all equity gone.
    fn sell_down(alpha: f64) -> (End, u64) {
        // Linear in log-price, all permanent: one per cent per depth of `.01 / alpha` units.
        let law = ImpactLaw {
            depth_1pct_usd: 1.0,
            exponent: 1.0,
            beside: None,
            paid: PaidPrice::Path,
            permanent_share: 1.0,
            recovery_half_life: 1.0,
        };
        let (mut sold, mut rounds) = (0.0, 0);
        loop {
            let price = 0.98 * Flow::default().after(&law, -100.0 * alpha * sold).factor(&law);
            let equity = 100.0 * price - 80.0;
            if equity <= 0.0 {
                return (End::WipedOut, rounds);
            }
            // Assets left at the price that the sales so far have left, over equity, is to be 5.
            let wanted = 100.0 - 5.0 * equity / price;
            if wanted - sold <= 1e-12 * wanted {
                return (End::Sold { units: sold, price, equity }, rounds);
            }
            sold = wanted;
            rounds += 1;
        }
    }

    #[test]
    fn a_fund_with_a_leverage_cap_sells_what_the_closed_form_says() {
        for (alpha, expected) in [
            (0.0, (8.163_265_306_1, 0.98, 18.0)),
            (0.001, (13.859_648_403_4, 0.966_511_235_3, 16.651_123_525_4)),
            (0.002, (62.627_870_060_1, 0.864_625_816_7, 6.462_581_674_6)),
        ] {
            let (End::Sold { units, price, equity }, _) = sell_down(alpha) else { panic!("{alpha}: wiped out") };
            let off = [units - expected.0, price - expected.1, equity - expected.2].map(f64::abs);
            assert!(off.into_iter().all(|off| off < 1e-8), "{alpha}: {units} {price} {equity}");
        }
        assert!(matches!(sell_down(0.003).0, End::WipedOut));
    }

    /// The largest impact at which the fund survives, by bisection over whole sales: a tangency, near which the number of
    /// rounds grows without bound as the inverse root of the distance.
    #[test]
    fn the_fund_tips_at_the_critical_impact() {
        const CRITICAL: f64 = 0.002_030_564_41;
        let (mut low, mut high) = (0.002, 0.003);
        while high - low > 1e-12 {
            let middle = f64::midpoint(low, high);
            match sell_down(middle).0 {
                End::Sold { .. } => low = middle,
                End::WipedOut => high = middle,
            }
        }
        assert!((low - CRITICAL).abs() < 2e-11, "{low}");
        let (End::Sold { units, .. }, _) = sell_down(low) else { panic!() };
        assert!((units - 92.4739).abs() < 0.02, "{units}: the double root, approached as the root of the distance");
        let rounds = |distance: f64| sell_down(low * (1.0 + distance)).1 as f64;
        let (near, nearer) = (rounds(1e-6), rounds(1e-8));
        assert!(near > 10_000.0 && (nearer / near / 10.0 - 1.0).abs() < 0.05, "{near} {nearer}");
    }
}

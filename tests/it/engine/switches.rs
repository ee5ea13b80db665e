//! Rules of close-outs and markets in any combination: whole accounts, a backstop, limits of throughput, thin books, depth
//! under stress, sales through a pool whose idle side gets frozen; with loans inside accounts, tokens and deleveraging.

use super::ALL;
use super::modes::world_with;
use proptest::prelude::*;
use rehypo::engine::Simulation;
use rehypo::engine::watch::Search;
use rehypo::scenario::Variant;

const POOL: &str = r#"
[venues.swap.amm]
assets = ["btc", "usdt"]
lp = "lp"
outside_reserves_usd = 2e6
fee = 0.003
idle = { venue = "earn", share = 0.9 }
"#;
const SHOCKS: &str = r#"shocks=[{ at = "2h", gap = { btc = -0.12, eth = -0.18 } }, { at = "3h", freeze = { venue = "earn", reserves = ["usdt"] } }, { at = "4h", gap = { btc = -0.15, eth = 0.25 } }, { at = "5h", depth = { multiplier = 0.05, half_life = "6h" } }, { at = "7h", gap = { btc = 0.3 } }]"#;
const STRESS: &str = r#"{ floor = 0.05, volatility = { elasticity = 1.0, calm_per_year = 0.8, half_life = "1h" }, flow = { withdrawn_share = 0.3, recovery_half_life = "1h" } }"#;
const ROOT: &str = r#"{ square_root = { daily_volume_usd = 1e8, daily_volatility = 0.03, depth_1pct_usd = 1e6, permanent_share = 0.3, recovery_half_life = "1h" } }"#;
const CAPPED: &str =
    r#"{ exponential = { market_cap_usd = 1e8, fall = 0.3, permanent_share = 0.3, recovery_half_life = "1h" } }"#;

fn switches() -> impl Strategy<Value = Vec<String>> {
    let law = prop_oneof![Just(None), Just(Some(ROOT)), Just(Some(CAPPED))];
    let order = prop_oneof![Just("simultaneous"), Just("sequential"), Just("largest_first"), Just("random")];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let venue = (prop_oneof![Just(0.0), 0.05..0.95_f64, Just(1.0)], 1..40_u32, 0.001..0.1_f64);
    (law, order, flags, venue).prop_map(|(law, order, (whole, stress, route), (backed, closes, deviation))| {
        let futures = "venues.binance.futures";
        let mut sets = vec![
            "run.horizon=9h".to_owned(),
            SHOCKS.to_owned(),
            format!("engine.order={order}"),
            format!("{futures}.liquidation.closes_per_step={closes}"),
            format!("{futures}.liquidation.close={}", if whole { "account" } else { "smallest" }),
            format!("{futures}.liquidation.halts=[{{ at = '5h', length = '1h' }}]"),
            format!("{futures}.contracts.btc-perp.max_order_deviation={deviation}"),
        ];
        if backed > 0.0 {
            let terms = format!("{{ share = {backed}, work_off_half_life = '30m' }}");
            sets.push(format!("{futures}.liquidation.backstop={terms}"));
        }
        if let Some(law) = law {
            sets.push(format!("markets.btc.spot={law}"));
            sets.push(format!("markets.btc.perp={law}"));
        }
        if stress {
            sets.push(format!("markets.btc.stress={STRESS}"));
        }
        if route {
            sets.push("markets.btc.route={ pools = ['swap'], gas_usd = 3.0 }".to_owned());
        }
        sets
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Columns sum to zero and nobody is overdrawn (asserted inside the run), both searches find the same, and every account
    /// of what was lost, closed and absorbed adds up.
    #[test]
    fn nothing_is_lost_whatever_is_switched_on(sets in switches(), portfolio in any::<bool>()) {
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        let loaded = world_with(if portfolio { "portfolio" } else { "multi_assets" }, &sets, POOL);
        let pruned = Simulation::new(&loaded.scenario).unwrap().with_checks();
        let plain = Simulation::new(&loaded.scenario).unwrap().with_search(Search::Plain);
        // The second run of a path in a workspace is the first: nothing is left of the one before.
        let mut workspace = pruned.workspace();
        pruned.run(1, ALL, &mut workspace);
        let (a, b) = (pruned.run(0, ALL, &mut workspace), plain.run(0, ALL, &mut plain.workspace()));
        prop_assert_eq!(&a.full.events, &b.full.events);
        prop_assert_eq!(&a.full.series, &b.full.series);
        prop_assert!(a.full.liquidated_usd > 0.0 && a.full.series.iter().all(|x| !x.is_nan()));
        for world in std::iter::once(&a.full).chain(&a.counterfactuals) {
            let f = &world.futures[0];
            let end = f.fund_open_usd + f.fund_inflow_usd + f.fund_top_up_usd - f.fund_paid_usd + f.fund_gain_usd;
            prop_assert!((end - f.fund_end_usd).abs() < 0.01, "{:?} adds up to {}", f, end);
            let layers: f64 = world.losses_usd.iter().flatten().sum();
            prop_assert!((layers - (world.wealth_usd - world.final_wealth_usd)).abs() < 1e-7 * world.wealth_usd);
            let phases: f64 = world.phases.iter().map(|phase| phase.usd).sum();
            prop_assert!((phases - world.liquidated_usd).abs() <= 1e-9 * phases);
            prop_assert!(world.endogenous_usd <= world.liquidated_usd * (1.0 + 1e-12));
            prop_assert!(world.absorbed_usd <= world.liquidated_usd * (1.0 + 1e-12));
            prop_assert!(world.first_half_hour_usd <= world.liquidated_usd * (1.0 + 1e-12));
            if world.variant == Variant::NoFeedback {
                prop_assert_eq!((world.endogenous_usd, world.generations), (0.0, 0));
            }
        }
    }
}

/// Coins have books without end and only a token's is thin: what its price does to those who hold it as margin is set off by
/// our own sales as well.
#[test]
fn a_tokens_own_fall_sets_off_closes_too() {
    let mut sets = vec!["run.horizon=9h".to_owned(), SHOCKS.to_owned()];
    sets.extend(
        ["btc", "eth"]
            .iter()
            .flat_map(|coin| ["spot", "perp"].map(|side| format!("markets.{coin}.{side}.book.depth_1pct_usd=1e40"))),
    );
    sets.push("venues.ethena.issuer.market.book.depth_1pct_usd=2e3".to_owned());
    sets.push("venues.binance.futures.token_index=spot".to_owned());
    sets.push("venues.binance.futures.liquidation={}".to_owned());
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let loaded = world_with("multi_assets", &sets, POOL);
    let simulation = Simulation::new(&loaded.scenario).unwrap().with_checks();
    let outcome = simulation.run(0, ALL, &mut simulation.workspace()).full;
    assert!(outcome.endogenous_usd > 0.0 && outcome.generations > 0, "{}", outcome.endogenous_usd);
    assert!(outcome.endogenous_usd < outcome.liquidated_usd);
}

//! The pruned search finds what the plain one finds, on every path, in every world, to the last event.

use super::{ALL, one_bet, whole_chain};
use rehypo::engine::watch::Search;
use rehypo::engine::{Record, Simulation};
use rehypo::price::PricePath;
use rehypo::scenario::Loaded;

/// Runs paths with either search and compares all that they leave.
pub fn agree(loaded: &Loaded, paths: u64) {
    let pruned = Simulation::new(&loaded.scenario).unwrap();
    let plain = Simulation::new(&loaded.scenario).unwrap().with_search(Search::Plain);
    let (mut a, mut b) = (pruned.workspace(), plain.workspace());
    for path in 0..paths {
        let (a, b) = (pruned.run(path, ALL, &mut a), plain.run(path, ALL, &mut b));
        assert_eq!(a.full.events, b.full.events, "path {path}");
        assert_eq!(a.full.series, b.full.series, "path {path}");
        for (a, b) in a.counterfactuals.iter().zip(&b.counterfactuals) {
            assert_eq!(a.owner_loss_usd, b.owner_loss_usd, "path {path} {}", a.variant.name());
        }
    }
}

#[test]
fn on_a_calm_whole_chain() {
    agree(&whole_chain(&["run.horizon=2d"], ""), 4);
}

#[test]
fn in_a_crash_that_leaves_the_bands() {
    let crash = "[[shocks]]\nat = '12h'\ngap = { btc = -0.45, eth = -0.45 }\n[[shocks]]\nat = '1d'\ngap = { btc = -0.45, eth = 1.9 }";
    agree(&whole_chain(&["run.horizon=2d"], crash), 3);
}

#[test]
fn on_large_positions_that_straddle_brackets() {
    agree(&one_bet(&["run.horizon=1d", "cohorts.bettors.wealth.lognormal.median_usd=300000"], ""), 6);
}

#[test]
fn a_walk_along_the_drawn_prices_is_the_run() {
    let crash = "[[shocks]]\nat = '6h'\ngap = { btc = -0.3, eth = -0.3 }";
    let loaded = whole_chain(&["run.horizon=12h"], crash);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut workspace = simulation.workspace();
    let ran = simulation.run(3, Record::default(), &mut workspace);
    let mut prices = PricePath::default();
    simulation.draw_prices(3, &mut prices);
    for expected in std::iter::once(&ran.full).chain(&ran.counterfactuals) {
        let mut walk = simulation.walk(3, expected.variant, &mut workspace);
        prices.usd.chunks(prices.coins).skip(1).for_each(|row| walk.step(row));
        let walked = walk.finish();
        assert!(expected.liquidated_usd > 0.0 && walked.liquidated_usd == expected.liquidated_usd);
        assert_eq!(walked.owner_loss_usd, expected.owner_loss_usd, "{}", expected.variant.name());
    }
}

//! What is recorded of a cascade: what set each close off and in which generation, phases, the first half hour, what the
//! backstop absorbed; each against the levels of the book or against the events.

use super::ladder::{fill, ladder, run, set};
use super::size_law::{ORDERS, RHO, draw};
use super::standing_at;
use crate::engine::{ALL, whole_chain};
use rehypo::engine::watch::Search;
use rehypo::engine::{Record, Simulation};
use rehypo::event::EventKind;
use rehypo::outcome::{Outcome, Phase};
use rehypo::random::{Purpose, stream};
use rehypo::scenario::{OrderSpec, Variant};

/// Generation of every account that falls: those that the gap reaches are 0, those that the sales up to generation `g`
/// reach, and no earlier ones, `g + 1`.
fn generations(levels: &[f64], theta: f64, lambda: f64) -> Vec<u32> {
    let (mut found, mut reach) = (Vec::new(), theta);
    for generation in 0.. {
        let fallen = levels.iter().take_while(|level| **level <= reach).count();
        if fallen == found.len() {
            return found;
        }
        found.resize(fallen, generation);
        reach = theta + fallen as f64 * lambda;
    }
    unreachable!()
}

/// Generation of every account closed out, in order of account.
fn recorded(outcome: &Outcome) -> Vec<u32> {
    let mut closed: Vec<_> = outcome
        .events
        .iter()
        .filter(|e| e.kind == EventKind::Liquidation)
        .map(|e| (e.owner.unwrap(), e.generation.unwrap()))
        .collect();
    closed.sort_unstable();
    closed.into_iter().map(|(_, generation)| generation).collect()
}

/// Every generation is that of the levels, in every order; and of all that falls, our own sales set off the share lambda.
#[test]
fn generations_are_those_of_the_branching_process_and_their_share_is_the_ratio() {
    const LAMBDA: f64 = 0.6;
    const THETA: f64 = 8.0;
    let mut world = ladder(THETA / RHO, LAMBDA / RHO, "").scenario;
    for (count, seed) in [(60, 41), (16 * 60, 42)] {
        let mut rng = stream(seed, Purpose::Population, 0);
        let (mut off, mut squares, mut all) = (0.0, 0.0, 0.0);
        for path in 0..count {
            let (levels, _) = draw(&mut rng, THETA, LAMBDA);
            let expected = generations(&levels, THETA, LAMBDA);
            fill(&mut world, &levels.iter().map(|level| level / RHO).collect::<Vec<_>>());
            let outcome = run(&mut world, ORDERS[path % 4], path as u64);
            assert_eq!(recorded(&outcome), expected, "{:?} {path}", ORDERS[path % 4]);
            assert_eq!(outcome.generations, expected.iter().copied().max().unwrap_or(0));
            let own = expected.iter().filter(|generation| **generation > 0).count() as f64;
            let share = outcome.endogenous_usd / outcome.liquidated_usd;
            assert!((share - own / expected.len() as f64).abs() < 0.01 || expected.is_empty(), "{path}: {share}");
            let residual = own - LAMBDA * expected.len() as f64;
            (off, squares, all) = (off + residual, squares + residual * residual, all + expected.len() as f64);
        }
        assert!(off.abs() < 4.0 * libm::sqrt(squares), "{count}: {}", off / all);
    }
}

/// One close a step: sales of earlier steps set off what falls in the first round of later ones.
#[test]
fn what_earlier_steps_set_off_is_our_own_doing_though_it_falls_in_a_first_round() {
    const STEPS: &str = "[venues.v.futures.liquidation]\ncloses_per_step = 1";
    let levels = [0.001, 0.002, 0.0105, 0.0116, 0.0135, 0.02];
    let mut world = ladder(0.01, 0.001, STEPS).scenario;
    world.steps = 90;
    world.prices = standing_at(&world, None);
    fill(&mut world, &levels);
    let outcome = run(&mut world, OrderSpec::Simultaneous, 0);
    assert_eq!(set(&outcome), [true, true, true, true, true, false]);
    assert_eq!(outcome.first_round_usd, outcome.liquidated_usd);
    // Worst first: those whom the gap reached, then one after another, each set off by the one before.
    assert_eq!(recorded(&outcome), [0, 0, 1, 2, 3]);
    let steps: Vec<u32> = outcome.events.iter().map(|e| e.step).collect();
    assert_eq!(steps, [1, 2, 3, 4, 5]);
    assert_eq!(outcome.forced_steps, Some((1, 5)));
    // Thirds of five steps: 1 and 2, 3 and 4, 5.
    let sum = |from: u32, to: u32| {
        let mut phase = Phase::default();
        for event in outcome.events.iter().filter(|e| (from..=to).contains(&e.step)) {
            phase.add(event.amount_usd, if event.generation == Some(0) { 0.0 } else { event.amount_usd });
        }
        phase
    };
    let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
    for (found, expected) in outcome.phases.iter().zip([sum(1, 2), sum(3, 4), sum(5, 5)]) {
        assert!(near(found.usd, expected.usd) && near(found.endogenous_usd, expected.endogenous_usd), "{found:?}");
    }
    assert_eq!(outcome.phases.map(|p| p.endogenous_usd > 0.0), [false, true, true]);
    assert!(near(outcome.first_half_hour_usd, outcome.liquidated_usd));
    assert!(near(outcome.liquidated_long_usd, outcome.liquidated_usd));
}

/// Forty that the gap reaches, one a minute: thirty fall in the first half hour.
#[test]
fn the_first_half_hour_begins_with_the_first_close() {
    let mut world = ladder(0.05, 1e-9, "[venues.v.futures.liquidation]\ncloses_per_step = 1\ndelay = \"5m\"").scenario;
    world.steps = 90;
    world.prices = standing_at(&world, None);
    fill(&mut world, &(1..=40).map(|i| f64::from(i) / 1000.0).collect::<Vec<_>>());
    let outcome = run(&mut world, OrderSpec::Simultaneous, 0);
    assert_eq!(outcome.forced_steps, Some((6, 45)));
    assert!((outcome.first_half_hour_usd / outcome.liquidated_usd - 0.75).abs() < 1e-6);
    assert_eq!(outcome.endogenous_usd, 0.0);
}

const SLOW: &str = "[venues.v.futures.liquidation]\nbackstop = { share = 0.6, work_off_half_life = \"100000d\" }";

/// What the backstop takes moves no price: the cascade is that of a branching ratio smaller by its share.
#[test]
fn a_backstop_takes_its_share_out_of_the_branching_ratio() {
    const THETA: f64 = 10.0;
    const LAMBDA: f64 = 1.5; // explosive without a backstop
    let mut world = ladder(THETA / RHO, LAMBDA / RHO, SLOW).scenario;
    let mut rng = stream(51, Purpose::Population, 0);
    for path in 0..80 {
        let (levels, expected) = draw(&mut rng, THETA, 0.4 * LAMBDA);
        fill(&mut world, &levels.iter().map(|level| level / RHO).collect::<Vec<_>>());
        let outcome = run(&mut world, ORDERS[path % 4], path as u64);
        let found = set(&outcome).iter().filter(|hit| **hit).count();
        assert_eq!(found, expected, "{:?} {path}", ORDERS[path % 4]);
        assert!((outcome.absorbed_usd - 0.6 * outcome.liquidated_usd).abs() < 1e-6, "{path}: {}", outcome.absorbed_usd);
    }
}

/// Ten fall in the gap, each order a log-price of .001, 60 % of it held back and worked off by half every two steps.
#[test]
fn the_backstop_works_off_what_it_holds() {
    let terms = "[venues.v.futures.liquidation]\nbackstop = { share = 0.6, work_off_half_life = \"2m\" }";
    let mut world = ladder(0.02, 0.001, terms).scenario;
    let mut levels: Vec<f64> = (1..=10).map(|i| f64::from(i) / 1000.0).collect();
    levels.push(0.2);
    fill(&mut world, &levels);
    world.order = OrderSpec::Simultaneous;
    let simulation = Simulation::new(&world).unwrap();
    let record = Record { events: true, series: true };
    let outcome = simulation.run(0, record, &mut simulation.workspace()).full;
    let names = simulation.series_names();
    let column = names.iter().position(|name| name.series == "mark_price_usd").unwrap();
    for step in 1..=3 {
        let mark = outcome.series[step * names.len() + column];
        let worked_off = 1.0 - libm::exp2(-(step as f64) / 2.0);
        let expected = 0.02 + 0.01 * (0.4 + 0.6 * worked_off);
        assert!((-libm::log(mark / 100.0) - expected).abs() < 1e-9, "{step}: {mark} {expected}");
    }
    // Sellers got the mark for 60 %, and the mean price of the order in the book for the rest.
    let mark = 100.0 * libm::exp(-0.02);
    let book = mark * -libm::expm1(-0.004) / 0.004;
    assert!((outcome.events[0].price_usd - (0.6 * mark + 0.4 * book)).abs() < 1e-6, "{:?}", outcome.events[0]);
}

/// In a halt in the second minute it sells nothing, and goes on in the third.
#[test]
fn in_a_halt_the_backstop_waits() {
    let terms = "[venues.v.futures.liquidation]\nbackstop = { share = 0.6, work_off_half_life = \"2m\" }\nhalts = [{ at = \"2m\", length = \"1m\" }]";
    let mut world = ladder(0.02, 0.001, terms).scenario;
    fill(&mut world, &[0.001, 0.002, 0.003, 0.2]);
    let simulation = Simulation::new(&world).unwrap();
    let outcome = simulation.run(0, ALL, &mut simulation.workspace()).full;
    let names = simulation.series_names();
    let column = names.iter().position(|name| name.series == "mark_price_usd").unwrap();
    for (step, sold) in [(1, 1), (2, 1), (3, 2)] {
        let mark = outcome.series[step * names.len() + column];
        let expected = 0.02 + 0.003 * (0.4 + 0.6 * (1.0 - libm::exp2(-f64::from(sold) / 2.0)));
        assert!((-libm::log(mark / 100.0) - expected).abs() < 1e-9, "{step}: {mark} {expected}");
    }
}

/// Bankrupt accounts are taken over whole: nothing meets the book at once.
#[test]
fn a_take_over_is_absorbed_in_full() {
    let mut world = ladder(0.5, 0.001, "").scenario;
    fill(&mut world, &[0.01, 0.02]);
    let outcome = run(&mut world, OrderSpec::Simultaneous, 0);
    assert_eq!(outcome.events.iter().filter(|e| e.kind == EventKind::TakeOver).count(), 2, "{:?}", outcome.events);
    assert!(outcome.liquidated_usd > 0.0 && outcome.absorbed_usd == outcome.liquidated_usd);
    assert_eq!(outcome.liquidated_long_usd, outcome.liquidated_usd);
}

/// Savings, loans, an issuer and futures at once, in every order and with a backstop: nothing is lost, the searches agree in
/// every event and generation, and publishing on quiet books in between leaves no trace in the funds' account.
#[test]
fn in_a_whole_chain_the_records_disturb_nothing() {
    let backstop = "venues.binance.futures.liquidation.backstop={ share = 0.5, work_off_half_life = \"30m\" }";
    for order in ["simultaneous", "random"] {
        let loaded = whole_chain(&[&format!("engine.order={order}"), backstop], "");
        let pruned = Simulation::new(&loaded.scenario).unwrap().with_checks();
        let plain = Simulation::new(&loaded.scenario).unwrap().with_search(Search::Plain);
        let (mut a, mut b) = (pruned.workspace(), plain.workspace());
        let (mut own, mut all) = (0, 0);
        for path in 0..3 {
            let (a, b) = (pruned.run(path, ALL, &mut a), plain.run(path, ALL, &mut b));
            assert_eq!(a.full.events, b.full.events, "{order} {path}");
            assert_eq!(a.full.series, b.full.series, "{order} {path}");
            for world in std::iter::once(&a.full).chain(&a.counterfactuals) {
                let f = &world.futures[0];
                let end = f.fund_open_usd + f.fund_inflow_usd + f.fund_top_up_usd - f.fund_paid_usd + f.fund_gain_usd;
                assert!((end - f.fund_end_usd).abs() < 0.01, "{order} {path}: {f:?} adds up to {end}");
                let phases: f64 = world.phases.iter().map(|phase| phase.usd).sum();
                assert!((phases - world.liquidated_usd).abs() <= 1e-9 * phases, "{order} {path}");
                assert!(world.endogenous_usd <= world.liquidated_usd && world.absorbed_usd <= world.liquidated_usd);
                if world.variant == Variant::NoFeedback {
                    assert_eq!((world.endogenous_usd, world.generations), (0.0, 0), "{order} {path}");
                }
            }
            let forced = a.full.events.iter().filter(|e| e.kind.is_forced_close() && e.round > 0);
            for event in forced {
                let generation = event.generation.expect("a forced close in a round has a generation");
                all += 1;
                own += u32::from(generation > 0);
            }
        }
        assert!(own > 0 && own < all, "{order}: {own} of {all}");
    }
}

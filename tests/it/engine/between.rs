//! Close-outs between steps: as often, at the price and in the order that continuous time has them (P01).

use super::modes;
use super::oracle::agree;
use super::{ALL, load, run, whole_chain};
use crate::prices::between::passage;
use rehypo::engine::{Record, Simulation};
use rehypo::event::{Event, EventKind};
use rehypo::id::OwnerId;
use rehypo::price::PricePath;
use rehypo::random::normal_cdf;
use rehypo::scenario::Loaded;

/// Isolated bets: leverage, whether long.
fn bets(sets: &[&str], bets: &[(f64, bool)]) -> Loaded {
    let cohort = |(i, (leverage, long)): (usize, &(f64, bool))| {
        format!(
            "[[cohorts]]\nname = 'c{i}'\nowners = 1\ncoin = 'usdt'\nwealth.fixed.usd = 1000\nchain = [{{ pledge = {{ venue = 'v' }} }}, \
             {{ trade = {{ venue = 'v', leverage = {{ fixed = {{ x = {leverage:?} }} }}, long_share = {:?}, isolated = true, \
             contracts = {{ {} = 1.0 }} }} }}]\n",
            f64::from(u8::from(*long)),
            if rate(*leverage) == 0.005 { "half" } else { "whole" },
        )
    };
    let cohorts: String = bets.iter().enumerate().map(cohort).collect();
    load(include_str!("../worlds/leverage.toml"), sets, &cohorts)
}

/// Maintenance rate of the contract that a bet of this leverage is on.
fn rate(leverage: f64) -> f64 {
    if leverage > 10.0 { 0.01 } else { 0.005 }
}

/// Liquidation price of a bet, over its entry.
fn barrier((leverage, long): (f64, bool)) -> f64 {
    let side = if long { 1.0 } else { -1.0 };
    (1.0 - side / leverage) / (1.0 - side * rate(leverage))
}

const BETS: [(f64, bool); 6] = [(5.0, true), (5.0, false), (10.0, true), (10.0, false), (50.0, true), (50.0, false)];

#[test]
fn p01_positions_are_liquidated_as_often_as_in_continuous_time() {
    let volatility = 0.8 * (7.0_f64 / 365.0).sqrt();
    for (leverage, published) in [(5.0, 0.054_544_23), (10.0, 0.383_553_22), (50.0, 0.931_603_04)] {
        assert!((passage(barrier((leverage, true)), volatility) - published).abs() < 1e-8);
    }
    for (step, between, paths) in [
        ("7d", "bridge", 500),
        ("7d", "bridge", 8000),
        ("1008m", "bridge", 300),
        ("1008m", "bridge", 4800),
        ("7d", "unseen", 8000),
    ] {
        let sets = [format!("run.step={step}"), format!("engine.between_steps={between}"), format!("run.seed={paths}")];
        let loaded = bets(&sets.each_ref().map(String::as_str), &BETS);
        let simulation = Simulation::new(&loaded.scenario).unwrap();
        let mut workspace = simulation.workspace();
        let mut hits = [0.0; BETS.len()];
        for path in 0..paths {
            let outcome = simulation.run(path, Record::default(), &mut workspace).full;
            for (hits, hit) in hits.iter_mut().zip(&outcome.owner_liquidated) {
                *hits += f64::from(u8::from(*hit));
            }
        }
        for (bet, hits) in BETS.into_iter().zip(hits) {
            let (barrier, n) = (barrier(bet), paths as f64);
            let end = normal_cdf((libm::log(barrier) + 0.5 * volatility * volatility) / volatility);
            let exact = match (between, bet.1) {
                ("bridge", _) => passage(barrier, volatility),
                (_, true) => end,
                (_, false) => 1.0 - end,
            };
            let error = (exact * (1.0 - exact) / n).sqrt();
            let share = hits / n;
            assert!(
                (share - exact).abs() <= 4.0 * error,
                "{bet:?} {step} {between}: {share} is not {exact} +- {error}"
            );
        }
    }
}

/// Close-outs and take-overs of an owner.
fn forced(events: &[Event], owner: usize) -> Vec<&Event> {
    let is_forced = |e: &&Event| matches!(e.kind, EventKind::Liquidation | EventKind::TakeOver);
    events.iter().filter(|e| e.owner == Some(OwnerId::at(owner))).filter(is_forced).collect()
}

#[test]
fn a_close_is_at_the_price_of_the_breach_in_the_step_that_reaches_it_and_costs_the_margin_less_maintenance() {
    let loaded = bets(&["run.step=1d"], &BETS);
    let simulation = Simulation::new(&loaded.scenario).unwrap().with_checks();
    let mut workspace = simulation.workspace();
    let mut prices = PricePath::default();
    let (mut closed, mut recovered) = (0, 0);
    for path in 0..60 {
        simulation.draw_prices(path, &mut prices);
        let outcome = simulation.run(path, ALL, &mut workspace).full;
        for (owner, bet) in BETS.into_iter().enumerate() {
            let price = 100.0 * barrier(bet);
            let is_reached = |step: &usize| {
                let ends = prices.ends(*step).unwrap();
                if bet.1 { ends.low[1] <= price } else { ends.high[1] >= price }
            };
            let expected = (1..=loaded.scenario.steps).find(is_reached);
            let events = forced(&outcome.events, owner);
            assert_eq!(events.first().map(|e| e.step as usize), expected, "path {path} {bet:?}");
            let Some(step) = expected else { continue };
            let [event] = events[..] else { panic!("path {path} {bet:?}: {events:?}") };
            assert_eq!((event.kind, event.generation), (EventKind::Liquidation, Some(0)));
            assert!(event.round >= 1);
            assert!(
                (event.price_usd / price - 1.0).abs() < 1e-9,
                "path {path} {bet:?}: {} is not {price}",
                event.price_usd
            );
            let maintenance = rate(bet.0) * bet.0 * 10.0 * price;
            let loss = outcome.owner_loss_usd[owner];
            assert!((loss - (1000.0 - maintenance)).abs() < 1e-6, "path {path} {bet:?}: {loss}");
            closed += 1;
            recovered += u32::from(if bet.1 { prices.row(step)[1] > price } else { prices.row(step)[1] < price });
        }
    }
    assert!(closed > 100 && recovered > 20, "{closed} closes, {recovered} of which no step shows");
}

#[test]
fn closes_go_in_the_order_of_their_prices_and_feed_each_other() {
    const DEPTH: f64 = 3e5;
    let longs: Vec<(f64, bool)> = (0..25).map(|i| (20.0 - 0.6 * f64::from(i), true)).collect();
    let depth = format!("markets.btc.perp.linear.depth_1pct_usd={DEPTH}");
    let loaded = bets(&[&depth], &longs);
    let simulation = Simulation::new(&loaded.scenario).unwrap().with_checks();
    let mut workspace = simulation.workspace();
    let mut prices = PricePath::default();
    let (mut closed, mut by_impact) = (0, 0);
    for path in 0..60 {
        simulation.draw_prices(path, &mut prices);
        let low = prices.ends(1).unwrap().low[1];
        // The way down: each closes at its price, or where the price stands if impact has passed it by.
        let (mut now, mut factor, mut left) = (100.0_f64, 1.0, (0..longs.len()).collect::<Vec<_>>());
        let mut expected = Vec::new();
        left.sort_by(|a, b| barrier(longs[*b]).total_cmp(&barrier(longs[*a])));
        for i in left {
            let at = (100.0 * barrier(longs[i]) / factor).min(now);
            if at < low {
                break;
            }
            by_impact += u32::from(100.0 * barrier(longs[i]) < low);
            now = at;
            expected.push((i, at * factor));
            factor *= libm::exp(-0.01 * longs[i].0 * 10.0 * at / DEPTH);
        }
        let outcome = simulation.run(path, ALL, &mut workspace).full;
        let order: Vec<usize> = outcome
            .events
            .iter()
            .filter(|e| e.kind == EventKind::Liquidation)
            .map(|e| e.owner.unwrap().index())
            .collect();
        let all: std::collections::BTreeSet<usize> = order.iter().copied().collect();
        assert_eq!(all, expected.iter().map(|(i, _)| *i).collect(), "path {path}, low {low}");
        assert!(outcome.events.iter().all(|e| e.kind != EventKind::TakeOver));
        // Each at its mark, but for half of what its own order moves.
        for (i, mark) in expected {
            let event = forced(&outcome.events, i)[0];
            assert!((event.price_usd / mark - 1.0).abs() < 5e-4, "path {path}: {} is not {mark}", event.price_usd);
        }
        // Of a round, in order.
        for pair in outcome.events.windows(2).filter(|pair| pair[0].round == pair[1].round) {
            let of = |event: &Event| barrier(longs[event.owner.unwrap().index()]);
            assert!(of(&pair[0]) >= of(&pair[1]), "path {path}: {pair:?}");
        }
        closed += order.len();
    }
    assert!(closed > 200 && by_impact > 20, "{closed} closes, {by_impact} by impact alone");
}

#[test]
fn both_searches_and_all_worlds_agree_on_what_happens_between_steps() {
    let seen = "engine.between_steps=bridge";
    agree(&whole_chain(&[seen, "run.horizon=12h", "run.step=2h"], ""), 2);
    let nobody_waits = ["venues.binance.futures.liquidation={order='pro_rata'}", "run.step=2h"];
    for mode in ["single_asset", "isolated", "hedge"] {
        let loaded = modes::world(mode, &[&nobody_waits[..], &[seen]].concat());
        agree(&loaded, 1);
        let (on, off) = (run(&loaded, 0).full, run(&modes::world(mode, &nobody_waits), 0).full);
        assert_ne!(on.events, off.events, "{mode}");
        assert!(on.events.iter().all(|e| !e.kind.is_forced_close() || e.round >= 1), "{mode}");
    }
}

#[test]
fn where_nobody_is_reached_nothing_changes_to_the_last_bit() {
    let calm = ["run.horizon=6h", "prices.gbm.volatility_per_year.btc=0.01", "prices.gbm.volatility_per_year.eth=0.01"];
    let seen: Vec<&str> = calm.iter().copied().chain(["engine.between_steps=bridge"]).collect();
    let (on, off) = (run(&whole_chain(&seen, ""), 1), run(&whole_chain(&calm, ""), 1));
    assert_eq!(on.full.series, off.full.series);
    assert_eq!(on.full.events, off.full.events);
    assert_eq!(on.full.owner_loss_usd, off.full.owner_loss_usd);
    let gains = |of: &rehypo::outcome::Outcome| of.futures.iter().map(|f| f.fund_gain_usd).collect::<Vec<_>>();
    assert_eq!(gains(&on.full), gains(&off.full));
}

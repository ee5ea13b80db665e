//! Stablecoins with redemption in whole worlds: their books, conservation, what does not change.

use super::oracle::agree;
use super::{run, whole_chain};
use rehypo::engine::Simulation;
use rehypo::id::CoinId;
use rehypo::market::{Markets, Side};
use rehypo::price::PricePath;
use rehypo::scenario::Loaded;

const USDT: CoinId = CoinId(0);

/// News on Saturday at 02:00, a rescue on Sunday at 22:00; Monday to Friday, 14:00 to 22:00.
const WEEKEND: [&str; 3] = [
    "run.start=2023-03-10T20:00:00Z",
    "run.horizon=4d",
    "coins.usdt={ stable = { peg_usd = 1.0, noise_per_day = 0.001, return_half_life = '2h', redemption = { weekly = \
     { days = ['mon', 'tue', 'wed', 'thu', 'fri'], from = '14:00', to = '22:00' } } } }",
];

const NEWS: &str = "[[shocks]]\nat = '6h'\nnews = { leave_per_day = 1.0, half_life = '1d' }\n\
                    depeg = { coin = 'usdt', price_usd = 0.88, doubt = { at_risk_share = 0.08, noise_per_day = 0.03, \
                    resolution = { at = '50h', recovery_probability = 0.75, recovered_price_usd = 0.97 } } }";

const BOOK: &str = "[markets.usdt]\nspot = { linear = { depth_1pct_usd = 1e6, permanent_share = 0.0, \
                    recovery_half_life = '30m' } }\n";

fn weekend(extra: &str) -> Loaded {
    whole_chain(&WEEKEND, extra)
}

/// Sold five depths on Friday at 20:00: open until 22:00, closed until Monday 14:00. The book of another coin recovers
/// all the time.
#[test]
fn impact_on_a_stablecoin_decays_in_the_hours_of_redemption() {
    let loaded = weekend(BOOK);
    let mut markets = Markets::new(&loaded.scenario);
    let btc = CoinId(1);
    markets.execute(USDT, Side::Spot, -5e6);
    markets.execute(btc, Side::Spot, -1e6);
    let seconds = loaded.scenario.step_seconds;
    let prices: Vec<f64> = loaded.scenario.coins.iter().map(|coin| coin.opening_usd).collect();
    let mut btc_before = markets.factor(btc, Side::Spot);
    for step in 1..=loaded.scenario.steps {
        markets.decay(step, seconds, &prices);
        let hours = step as f64 * seconds / 3600.0;
        let open = hours.min(2.0) + (hours - 66.0).clamp(0.0, 8.0) + (hours - 90.0).clamp(0.0, 8.0);
        let expected = -0.05 * libm::exp2(-2.0 * open);
        let found = libm::log(markets.factor(USDT, Side::Spot));
        assert!((found - expected).abs() < 2e-11, "after {hours} hours: {found}, not {expected}");
        let now = markets.factor(btc, Side::Spot);
        assert!(now > btc_before || hours > 24.0, "after {hours} hours the book of btc stands still");
        btc_before = now;
    }
}

#[test]
fn a_weekend_without_redemption_conserves_every_column() {
    let loaded = weekend(&format!("{BOOK}{NEWS}"));
    for path in 0..2 {
        let outcome = run(&loaded, path);
        let loss = outcome.full.wealth_usd - outcome.full.final_wealth_usd;
        let layers: f64 = outcome.full.losses_usd.iter().flatten().sum();
        assert!((layers - loss).abs() < 1e-7 * outcome.full.wealth_usd, "{layers} {loss}");
    }
}

/// The recovered are at par within a per cent on Monday night, the lost at 0.92; before Monday nobody is pulled anywhere.
#[test]
fn the_weekend_of_march_2023() {
    let loaded = weekend(NEWS);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut prices = PricePath::default();
    let (mut recovered, mut lost, mut sunday) = (0, 0, Vec::new());
    for path in 0..400 {
        simulation.draw_prices(path, &mut prices);
        let at = |hours: f64| prices.row((hours * 12.0) as usize)[0];
        assert!((at(5.9) - 1.0).abs() < 0.01 && at(6.0) == 0.88, "{} {}", at(5.9), at(6.0));
        sunday.push(libm::log(at(49.0) / 0.88));
        let back = (at(50.0) - 0.97).abs() < 1e-12;
        let goal = if back { 1.0 } else { 0.92 };
        recovered += u32::from(back);
        lost += u32::from(!back);
        assert!((at(74.0) - goal).abs() < 0.02, "path {path}: {} on Monday night, not {goal}", at(74.0));
    }
    let mean = sunday.iter().sum::<f64>() / 400.0;
    let deviation = 0.03 * libm::sqrt(43.0 / 24.0);
    assert!(mean.abs() < 4.0 * deviation / 20.0, "Sunday's mean moved by {mean}");
    let error = libm::sqrt(400.0 * 0.75 * 0.25);
    assert!((f64::from(recovered) - 300.0).abs() < 4.0 * error, "{recovered} recovered, {lost} lost");
}

/// A stablecoin without noise and without a push is one at its peg, bit for bit.
#[test]
fn without_noise_it_is_a_coin_at_its_peg() {
    let one_day = |coin: &[&str]| {
        let sets: Vec<&str> = coin.iter().copied().chain(["run.horizon=1d"]).collect();
        format!("{:?}", run(&whole_chain(&sets, ""), 3))
    };
    assert_eq!(one_day(&["coins.usdt={ stable = { peg_usd = 1.0, noise_per_day = 0.0 } }"]), one_day(&[]));
}

/// The pegs have streams of their own: the other coins' prices are those of the world without them.
#[test]
fn noise_leaves_other_prices_alone() {
    let draw = |loaded: &Loaded, path| {
        let mut prices = PricePath::default();
        Simulation::new(&loaded.scenario).unwrap().draw_prices(path, &mut prices);
        prices
    };
    let (stable, plain) = (weekend(NEWS), whole_chain(&WEEKEND[..2], ""));
    for path in 0..3 {
        let (with, without) = (draw(&stable, path), draw(&plain, path));
        assert_eq!(with, draw(&stable, path));
        for step in 0..=with.steps() {
            assert_eq!(with.row(step)[1..], without.row(step)[1..]);
        }
        assert_ne!(with, without);
    }
}

/// The search for breaches finds the same accounts whatever the settlement coin does.
#[test]
fn the_fast_search_agrees_with_the_plain_one() {
    agree(&weekend(&format!("{BOOK}{NEWS}")), 2);
}

/// The noise of a peg has nothing to do with the other coins: correlation 0 over 2,000 paths.
#[test]
fn noise_is_independent_of_other_prices() {
    let loaded =
        whole_chain(&["run.horizon=2h", "coins.usdt={ stable = { peg_usd = 1.0, noise_per_day = 0.01 } }"], "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut prices = PricePath::default();
    for coin in [1, 2] {
        let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
        for path in 0..2_000 {
            simulation.draw_prices(path, &mut prices);
            let first = |coin: usize| libm::log(prices.row(1)[coin] / prices.row(0)[coin]);
            let (x, y) = (first(0), first(coin));
            (xx, yy, xy) = (xx + x * x, yy + y * y, xy + x * y);
        }
        let correlation = xy / libm::sqrt(xx * yy);
        assert!(correlation.abs() < 4.0 / libm::sqrt(2_000.0), "coin {coin}: {correlation}");
    }
}

/// Forced sales push the stablecoin's book; with a half-life of a second nothing but the last step's is left at the end
/// where redemption is open, and what came after the closure stays where it is not.
#[test]
fn a_path_knows_the_time_of_its_books() {
    let book = "[markets.usdt]\nspot = { linear = { depth_1pct_usd = 1e6, permanent_share = 0.0, \
                recovery_half_life = '1s' } }\n[[shocks]]\nat = '2h'\ngap = { btc = -0.3, eth = -0.3 }";
    let end = |redemption: &str| {
        let coin =
            format!("coins.usdt={{ stable = {{ peg_usd = 1.0, noise_per_day = 0.0, redemption = {redemption} }} }}");
        let loaded = whole_chain(&["run.horizon=1d", &coin], book);
        let names = Simulation::new(&loaded.scenario).unwrap().series_names();
        let at = names.iter().position(|n| n.series == "spot_price_usd" && n.entity == "usdt").unwrap();
        let series = run(&loaded, 0).full.series;
        let usd: Vec<f64> = series.into_iter().skip(at).step_by(names.len()).collect();
        (usd.iter().fold(0.0_f64, |most, usd| most.max((usd - 1.0).abs())), (usd[usd.len() - 1] - 1.0).abs())
    };
    let (always, closed) = (end("'always'"), end("{ closed = [{ from = '90m' }] }"));
    let reopened = end("{ closed = [{ from = '90m', to = '12h' }] }");
    assert!(always.0 > 1e-4 && always.1 < 1e-5, "always open: {always:?}");
    assert!(closed.1 > 1e-4, "closed: {closed:?}");
    assert!(reopened.0 > 1e-4 && reopened.1 < 1e-5, "open again: {reopened:?}");
}

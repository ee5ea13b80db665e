//! What depositors get back and what is lost add up to what they were owed, and those who came first are paid first.

use super::{load, run};
use rehypo::event::EventKind;
use rehypo::outcome::Outcome;

const CLAIM: f64 = 10.0;
const SAVERS: usize = 50;

/// A pool of 540: 50 savers with 10 each, who all leave within the day, and 40 of others, who stay. It has lent 382 against
/// 4 coins of 191 and 50 against coins worth 400. At hour 3 the coin falls.
fn world(when_dry: &str, fall: f64) -> String {
    format!(
        r#"
name = "recoveries"
run = {{ paths = 1, seed = 3, horizon = "2d", step = "1h", counterfactuals = [] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, btc = {{ price_usd = 191.0 }} }}
prices.gbm.volatility_per_year = {{ btc = 1e-9 }}
markets.btc.spot.book = {{ depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "15m" }}
venues.pool.savings.when_dry = "{when_dry}"
venues.pool.savings.loans = {{ initial_ltv = 0.5, margin_call_ltv = 0.8, liquidation_ltv = 0.9, liquidation_fee = 0.08, close_factor = 0.5, full_close_below_health_factor = 0.0 }}
[venues.pool.savings.reserves.usdt]
receipt = "pusdt"
outside_supply_usd = 40.0
utilisation = 0.0
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[venues.pool.savings.reserves.btc]
receipt = "pbtc"
outside_supply_usd = 0.0
utilisation = 0.0
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[[cohorts]]
name = "bold"
owners = 4
coin = "btc"
wealth.fixed = {{ usd = 191.0 }}
chain = [ {{ deposit = {{ venue = "pool" }} }}, {{ borrow = {{ venue = "pool", coin = "usdt", ltv = 0.5 }} }} ]
[[cohorts]]
name = "careful"
owners = 1
coin = "btc"
wealth.fixed = {{ usd = 400.0 }}
chain = [ {{ deposit = {{ venue = "pool" }} }}, {{ borrow = {{ venue = "pool", coin = "usdt", ltv = 0.125 }} }} ]
[[cohorts]]
name = "savers"
owners = {SAVERS}
coin = "usdt"
wealth.fixed = {{ usd = {CLAIM} }}
chain = [ {{ deposit = {{ venue = "pool" }} }} ]
runs = {{ calm_per_day = 24.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }}
[[shocks]]
at = "3h"
gap = {{ btc = -{fall} }}
"#
    )
}

/// A run, and what deposits are worth at its end.
fn play(when_dry: &str, fall: f64) -> (Outcome, f64) {
    let loaded = load(&world(when_dry, fall), &[], "");
    let simulation = rehypo::engine::Simulation::new(&loaded.scenario).unwrap();
    let names = simulation.series_names();
    let supplied = names.iter().position(|n| n.series == "supplied_usd" && n.entity == "pool/usdt").unwrap();
    let outcome = run(&loaded, 0).full;
    let worth = outcome.series[outcome.series.len() - names.len() + supplied];
    (outcome, worth)
}

/// Losses of the savers in the order in which they began to leave.
fn losses_in_order(outcome: &Outcome) -> Vec<f64> {
    let left = outcome.events.iter().filter(|e| e.kind == EventKind::Leave).filter_map(|e| e.owner);
    left.map(|owner| outcome.owner_loss_usd[owner.index()]).collect()
}

/// Of 540 owed: paid, still worth something, written off.
#[test]
fn recoveries_and_the_deficit_add_up_to_the_claims() {
    for when_dry in ["queue", "fail"] {
        for fall in [0.1, 0.55, 0.7, 0.8] {
            let (outcome, worth) = play(when_dry, fall);
            let pool = &outcome.pools[0];
            let (owed, lost) = (SAVERS as f64 * CLAIM + 40.0, pool.bad_debt_usd);
            assert!((pool.paid_usd + worth + lost - owed).abs() < 1e-5, "{} {worth} {lost}", pool.paid_usd);
            // What is lost, from the other side: a loan is repaid as far as its collateral goes, less the fee.
            let value = 4.0 * 191.0 * (1.0 - fall);
            let expected = if value < 382.0 / 0.9 { (382.0 - value / 1.08).max(0.0) } else { 0.0 };
            assert!((lost - expected).abs() < 1e-5, "{fall}: {lost}, not {expected}");
            // Of the loss, those who still hold deposits bear as much each per claim.
            let savers = losses_in_order(&outcome);
            assert_eq!(savers.len(), SAVERS);
            let held = owed - pool.paid_usd;
            let of_others = 40.0 * (1.0 - worth / held);
            assert!((savers.iter().sum::<f64>() + of_others - lost).abs() < 1e-5, "{savers:?} {of_others} {lost}");
        }
    }
}

/// In the order in which they began to leave, savers lose nothing, then one perhaps a part, then all others as much as can
/// be: nobody is paid before one who came earlier.
#[test]
fn nobody_who_comes_later_recovers_more() {
    for when_dry in ["queue", "fail"] {
        for fall in [0.55, 0.7, 0.8] {
            let (outcome, worth) = play(when_dry, fall);
            let losses = losses_in_order(&outcome);
            let most = CLAIM * (1.0 - worth / (SAVERS as f64 * CLAIM + 40.0 - outcome.pools[0].paid_usd));
            let (whole, part): (Vec<f64>, Vec<f64>) = losses.iter().partition(|loss| **loss < 1e-6);
            assert!(whole.len() > 5 && part.len() > 5, "{fall}: {} are paid and {} are not", whole.len(), part.len());
            assert!(losses.is_sorted_by(|a, b| *a <= b + 1e-6), "{when_dry} {fall}: {losses:?}");
            assert!(part[1..].iter().all(|loss| (loss - most).abs() < 1e-6), "{when_dry} {fall}: {losses:?}");
        }
    }
}

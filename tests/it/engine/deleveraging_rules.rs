//! One price, few people, numbers by hand: what each rule takes, from whom, and what of it was needed.
//!
//! The mark falls from 100,000 to 70,000. A long of 1 BTC with a margin of 8,000 is bankrupt at 92,000: it loses 22,000
//! that somebody must bear.

use super::{load, run};
use rehypo::event::{Event, EventKind};
use rehypo::outcome::{FuturesOutcome, Outcome};
use std::fmt::Write;

const LONG: &str = "l,binance,usdt,8000,\nl,binance,btc-perp,1,100000\n";

/// A short with its margin.
fn short(name: &str, margin: f64, contracts: f64, entry: f64) -> String {
    format!("{name},binance,usdt,{margin},\n{name},binance,btc-perp,-{contracts},{entry}\n")
}

/// One path with the fall in its last step, one cohort a book.
fn fall(books: &[String], fund_usd: f64, sets: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let mut cohorts = String::new();
    for (i, rows) in books.iter().enumerate() {
        let file = folder.path().join(format!("{i}.csv"));
        std::fs::write(&file, format!("owner,place,asset,amount,entry_price_usd\n{rows}")).unwrap();
        writeln!(cohorts, "[[cohorts]]\nname = \"c{i}\"\nbook = {:?}", file.to_str().unwrap()).unwrap();
    }
    let world = include_str!("../worlds/one_bet.toml");
    let world = &world[..world.find("[[cohorts]]").unwrap()];
    let fund = format!("venues.binance.futures.insurance_funds.general.opening_usd={fund_usd:?}");
    let mut all = vec![fund.as_str(), "run.horizon=10m", "prices.gbm.volatility_per_year.btc=1e-9"];
    all.extend(sets);
    let shock = "[[shocks]]\nat = '10m'\ngap = { btc = -0.3 }\n";
    run(&load(world, &all, &format!("{cohorts}{shock}")), 0).full
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-6 * expected.abs().max(1.0) + 0.01
}

fn rule(name: &str) -> String {
    format!("venues.binance.futures.adl.rule={name}")
}

fn venue(outcome: &Outcome) -> &FuturesOutcome {
    &outcome.futures[0]
}

fn deleveraged(outcome: &Outcome) -> Vec<&Event> {
    outcome.events.iter().filter(|e| e.kind == EventKind::Deleveraging).collect()
}

#[test]
fn the_queue_closes_at_the_bankruptcy_price_even_where_that_costs_principal() {
    let outcome = fall(&[LONG.into(), short("s", 50e3, 1.0, 80e3)], 0.0, &[&rule("queue")]);
    let [event] = deleveraged(&outcome)[..] else { panic!("{:?}", outcome.events) };
    assert!(close(event.price_usd, 92e3) && close(event.amount, 1.0), "{event:?}");
    // Sold at 80,000 and bought back at 92,000: 12,000 of the margin are gone. (At the opening, at 100,000, 20,000 were.)
    assert!(close(outcome.owner_loss_usd[1], 12e3 - 20e3), "{}", outcome.owner_loss_usd[1]);
    let (needed, removed) = (venue(&outcome).adl_needed_usd, venue(&outcome).adl_removed_usd);
    assert!(close(needed, 22e3) && close(removed, 22e3) && venue(&outcome).shortfall_usd < 0.01);
}

#[test]
fn rules_that_spare_principal_take_the_profit_and_leave_the_rest_to_the_fund() {
    for name in ["pro_rata", "{ capped_pro_rata = { cap = 1.0 } }", "{ risk_weighted = {} }"] {
        let outcome = fall(&[LONG.into(), short("s", 50e3, 1.0, 80e3)], 0.0, &[&rule(name)]);
        // A profit of 10,000 pays for 10 / 22 of the position. The rest ruins the fund, which then closes it at the mark.
        let [event, rest] = deleveraged(&outcome)[..] else { panic!("{name}: {:?}", outcome.events) };
        assert!(close(event.amount, 10.0 / 22.0) && close(event.price_usd, 92e3), "{name}: {event:?}");
        assert!(close(rest.amount, 12.0 / 22.0) && close(rest.price_usd, 70e3), "{name}: {rest:?}");
        assert!(close(venue(&outcome).adl_removed_usd, 10e3), "{name}: {:?}", venue(&outcome));
        assert!(close(venue(&outcome).adl_needed_usd, 22e3), "{name}");
        assert!(close(venue(&outcome).shortfall_usd, 12e3), "{name}: {:?}", venue(&outcome));
    }
    // Half of the profit, and no more.
    let outcome =
        fall(&[LONG.into(), short("s", 50e3, 1.0, 80e3)], 0.0, &[&rule("{ capped_pro_rata = { cap = 0.5 } }")]);
    assert!(close(venue(&outcome).adl_removed_usd, 5e3), "{:?}", venue(&outcome));
}

/// 10,000 in the fund, 22,000 to bear. A venue whose fund takes a position as a whole or not at all removes all of it.
#[test]
fn over_shoot_is_what_the_fund_could_have_borne_and_at_most_a_lot_if_it_bears_its_part() {
    let books = [LONG.into(), short("s", 50e3, 1.0, 100e3)];
    let whole = fall(&books, 10e3, &[&rule("queue")]);
    assert!(close(venue(&whole).adl_needed_usd, 12e3) && close(venue(&whole).adl_removed_usd, 22e3));
    assert!(close(venue(&whole).adl_over_shoot_usd, 10e3) && close(venue(&whole).fund_end_usd, 10e3));
    let lot = "venues.binance.futures.contracts.btc-perp.lot=0.0001";
    let uncovered = "venues.binance.futures.adl.take=uncovered";
    for name in ["queue", "pro_rata", "{ risk_weighted = {} }", "integer"] {
        let part = fall(&books, 10e3, &[&rule(name), uncovered, lot]);
        // The fund takes 0.4545 of the position, the short the 0.5455 that are left.
        assert!(close(venue(&part).adl_removed_usd, 0.5455 * 22e3), "{name}: {:?}", venue(&part));
        assert!(close(venue(&part).adl_needed_usd, 12e3), "{name}: {:?}", venue(&part));
        let over = venue(&part).adl_over_shoot_usd;
        assert!(close(over, 1.0) && over <= 1e-3 * venue(&part).adl_needed_usd, "{name}: {over}");
    }
}

#[test]
fn positions_that_fail_together_are_closed_at_their_mean_bankruptcy_price() {
    let longs = format!("{LONG}m,binance,usdt,6000,\nm,binance,btc-perp,3,82000\n");
    for name in ["queue", "pro_rata"] {
        let outcome = fall(&[longs.clone(), short("s", 500e3, 10.0, 100e3)], 0.0, &[&rule(name)]);
        let [event] = deleveraged(&outcome)[..] else { panic!("{name}: {:?}", outcome.events) };
        // 1 at 92,000 and 3 at 80,000.
        assert!(close(event.amount, 4.0) && close(event.price_usd, 83e3), "{name}: {event:?}");
        assert!(close(venue(&outcome).adl_removed_usd, 22e3 + 30e3), "{name}");
    }
}

#[test]
fn what_each_cohort_gave_up_adds_up_to_what_was_removed() {
    // Profits of 30,000 and 60,000: pro rata takes a third and two thirds of 22,000.
    let books = [LONG.into(), short("s", 50e3, 2.0, 85e3), short("t", 50e3, 3.0, 90e3)];
    let outcome = fall(&books, 0.0, &[&rule("pro_rata")]);
    assert!(close(outcome.adl_paid_usd[1], 22e3 / 3.0) && close(outcome.adl_paid_usd[2], 44e3 / 3.0));
    assert_eq!(outcome.adl_paid_usd[0], 0.0);
    // The queue takes it all from the one with more profit on less equity.
    let outcome = fall(&books, 0.0, &[&rule("queue")]);
    assert!(close(outcome.adl_paid_usd[1], 0.0) && close(outcome.adl_paid_usd[2], 22e3), "{:?}", outcome.adl_paid_usd);
}

/// 4 contracts in one account, or 1 and 3 in two.
#[test]
fn splitting_an_account_changes_nothing_pro_rata() {
    let other = short("s", 50e3, 1.0, 100e3);
    let one = fall(&[LONG.into(), other.clone(), short("t", 80e3, 4.0, 95e3)], 0.0, &[&rule("pro_rata")]);
    let parts = short("t", 20e3, 1.0, 95e3) + &short("u", 60e3, 3.0, 95e3);
    let two = fall(&[LONG.into(), other, parts], 0.0, &[&rule("pro_rata")]);
    assert!(close(one.adl_paid_usd[1], two.adl_paid_usd[1]) && close(one.adl_paid_usd[2], two.adl_paid_usd[2]));
}

/// A dollar short of the loss, a fund that takes positions whole bears nothing of it.
#[test]
fn a_fund_that_lacks_a_dollar_bears_nothing_of_a_position_it_must_take_whole() {
    let books = [LONG.into(), short("s", 50e3, 1.0, 100e3)];
    let outcome = fall(&books, 22e3 - 1.0, &[&rule("pro_rata")]);
    assert!(close(venue(&outcome).adl_needed_usd, 1.0) && close(venue(&outcome).adl_removed_usd, 22e3));
    let outcome = fall(&books, 22e3 + 1.0, &[&rule("pro_rata")]);
    assert!(venue(&outcome).adl_removed_usd == 0.0 && close(venue(&outcome).fund_paid_usd, 22e3));
}

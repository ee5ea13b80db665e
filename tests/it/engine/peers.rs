//! The same deposits and loans as a pool, as matched peers and as a bank, by hand.

use super::{load, run};
use rehypo::event::EventKind;
use rehypo::outcome::Outcome;

/// Ten lenders of 100 each, 800 of it lent to outsiders; `leaving` of them want their money after an hour.
fn lenders(lending: &str, leaving: u32, horizon: &str) -> Outcome {
    lenders_and(lending, leaving, horizon, "")
}

fn lenders_and(lending: &str, leaving: u32, horizon: &str, more: &str) -> Outcome {
    run(&load(&lenders_text(lending, leaving, horizon), &[], more), 0).full
}

fn lenders_text(lending: &str, leaving: u32, horizon: &str) -> String {
    let runs = "runs = { calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }";
    let cohort = |name: &str, owners: u32, runs: &str| {
        format!(
            "[[cohorts]]\nname = \"{name}\"\nowners = {owners}\ncoin = \"usdt\"\nwealth.fixed = {{ usd = 100.0 }}\nchain = [ {{ deposit = {{ venue = \"earn\" }} }} ]\n{runs}\n"
        )
    };
    let staying = if leaving < 10 { cohort("stay", 10 - leaving, "") } else { String::new() };
    format!(
        r#"
name = "peers"
run = {{ paths = 1, seed = 3, horizon = "{horizon}", step = "1h", counterfactuals = [] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, btc = {{ price_usd = 100.0 }} }}
prices.gbm.volatility_per_year = {{ btc = 1e-9 }}
[venues.earn.savings]
lending = "{lending}"
peer_to_peer.term = "10h"
bank.multiple = 9.0
when_dry = "queue"
[venues.earn.savings.reserves.usdt]
receipt = "ldusdt"
outside_supply_usd = 0.0
utilisation = 0.8
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[[shocks]]
at = "1h"
news = {{ leave_per_day = 1e9, half_life = "10d" }}
{}{staying}
"#,
        cohort("leave", leaving, runs)
    )
}

fn paid(outcome: &Outcome) -> f64 {
    (outcome.pools[0].paid_usd * 1e6).round() / 1e6
}

fn last_utilisation(outcome: &Outcome) -> f64 {
    // Series of this world: two prices, six totals, then the pool's utilisation, unpaid and bad debt.
    outcome.series[outcome.series.len() - 5]
}

/// All leave: 20 of each 100 lie idle, the other 80 come back over the ten hours of the term; a tenth an hour.
#[test]
fn nobody_runs_on_loans_that_have_a_term() {
    for (hours, expected) in [(1, 200.0), (2, 280.0), (6, 600.0), (11, 1000.0), (12, 1000.0)] {
        let outcome = lenders("peer_to_peer", 10, &format!("{hours}h"));
        assert_eq!(paid(&outcome), expected, "after {hours} h");
        assert_eq!(outcome.pools[0].unpaid_peak_usd, 0.0, "what is lent for a term is not due before");
        let not_due = outcome.pools[0].not_due_end_usd;
        assert!((not_due - (1000.0 - expected)).abs() < 1e-6, "{not_due} after {hours} h");
        assert!(outcome.events.iter().all(|e| e.kind != EventKind::FailedWithdrawal));
    }
    // The same people in a pool: who asks first gets all, then it is dry for ever.
    let pool = lenders("pool", 10, "12h");
    assert_eq!((paid(&pool), pool.pools[0].unpaid_end_usd), (200.0, 800.0));
}

/// Five leave with 100 idle at once; the 400 they have lent expire by 40 an hour. The stayers' idle 100 take two and a half
/// hours of that over, so loans stay at 800; from then on borrowers repay 40 an hour.
#[test]
fn what_expires_is_rolled_over_as_long_as_others_have_idle_money() {
    for (hours, sum_paid, loans) in [
        (1, 100.0, 800.0),
        (3, 180.0, 800.0),
        (4, 220.0, 780.0),
        (5, 260.0, 740.0),
        (11, 500.0, 500.0),
        (15, 500.0, 500.0),
    ] {
        let outcome = lenders("peer_to_peer", 5, &format!("{hours}h"));
        assert_eq!(paid(&outcome), sum_paid, "after {hours} h");
        let deposits = 1000.0 - sum_paid;
        let found = last_utilisation(&outcome) * deposits;
        assert!((found - loans).abs() < 1e-6, "after {hours} h: loans {found}, not {loans}");
    }
}

/// 1,000 paid in, loans of nine times the cash: 100 of it is there, whatever `utilisation` says.
#[test]
fn a_bank_lends_a_multiple_of_its_cash() {
    let outcome = lenders("bank", 10, "1h");
    let bank = &outcome.pools[0];
    assert_eq!((bank.placed_open_usd, bank.lent_open_usd), (1000.0, 900.0));
    assert_eq!((paid(&outcome), last_utilisation(&outcome)), (100.0, 1.0));
    assert_eq!(lenders("pool", 1, "1h").pools[0].lent_open_usd, 800.0);
    // Its loans cost what the curve says at 80 %, not at 90 %, and go on to when the cash is gone.
    let text = lenders_text("bank", 10, "1h")
        .replace("slope1_per_year = 0.0", "slope1_per_year = 0.09")
        .replace("slope2_per_year = 0.0", "slope2_per_year = 3.0");
    let earned = run(&load(&text, &[], ""), 0).full.pools[0].yield_open_usd;
    assert!((earned - 900.0 * 0.08 * 0.9).abs() < 1e-9, "{earned}");
}

/// One borrower with 10 btc at 100 owes 500 to five lenders of 200; the coin falls to 40. The sale of all collateral
/// at a fee of 2 % pays 400 / 1.02, the rest each lender bears alike. In the meantime the collateral was lent to nobody.
fn default(lending: &str, more: &str) -> Outcome {
    loan(lending, "30d", -0.6, "", more)
}

fn loan(lending: &str, term: &str, gap: f64, then: &str, more: &str) -> Outcome {
    let text = format!(
        r#"
name = "default"
run = {{ paths = 1, seed = 3, horizon = "30h", step = "1h", counterfactuals = [] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, btc = {{ price_usd = 100.0 }} }}
prices.gbm.volatility_per_year = {{ btc = 1e-9 }}
markets.btc.spot.book = {{ depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "15m" }}
[venues.earn.savings]
lending = "{lending}"
peer_to_peer.term = "{term}"
bank = {{ multiple = 1.0, review = "1d" }}
loans = {{ initial_ltv = 0.6, margin_call_ltv = 0.7, liquidation_ltv = 0.8, liquidation_fee = 0.02, close_factor = 1.0 }}
[venues.earn.savings.reserves.usdt]
receipt = "ldusdt"
outside_supply_usd = 0.0
utilisation = 0.0
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[venues.earn.savings.reserves.btc]
receipt = "ldbtc"
outside_supply_usd = 0.0
utilisation = 0.0
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[[shocks]]
at = "2h"
gap = {{ btc = {gap} }}
[[cohorts]]
name = "lenders"
owners = 5
coin = "usdt"
wealth.fixed = {{ usd = 200.0 }}
chain = [ {{ deposit = {{ venue = "earn" }} }} ]
runs = {{ calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }}
[[cohorts]]
name = "borrower"
owners = 1
coin = "btc"
wealth.fixed = {{ usd = 1000.0 }}
chain = [ {{ deposit = {{ venue = "earn" }} }}, {{ borrow = {{ venue = "earn", coin = "usdt", ltv = 0.5 }} }}{then} ]
"#
    );
    run(&load(&text, &[], more), 0).full
}

#[test]
fn lenders_share_what_a_borrower_does_not_repay() {
    let loss = 500.0 - 400.0 / 1.02;
    let outcome = default("peer_to_peer", "");
    let found = outcome.pools[0].bad_debt_usd;
    assert!((found - loss).abs() < 1e-6, "{found}");
    for lender in &outcome.owner_loss_usd[..5] {
        assert!((lender - loss / 5.0).abs() < 1e-6, "{lender}");
    }
    assert_eq!((outcome.pools[0].placed_open_usd, outcome.pools[0].lent_open_usd), (2000.0, 500.0));
}

/// Who takes the money out after the default gets no more than who stays: the haircut is on the deposit, not on the last in
/// line. A pool pays the first in full.
#[test]
fn a_haircut_is_not_left_to_the_last() {
    let news = "[[shocks]]\nat = '4h'\nnews = { leave_per_day = 1e9, half_life = '10d' }";
    let loss = (500.0 - 400.0 / 1.02) / 5.0;
    let peers = default("peer_to_peer", news);
    assert!(peers.owner_loss_usd[..5].iter().all(|l| (l - loss).abs() < 1e-6), "{:?}", &peers.owner_loss_usd[..5]);
    let pool = default("pool", news);
    let [first, .., last] = &pool.owner_loss_usd[..5] else { unreachable!() };
    let (least, most) = (first.min(*last), first.max(*last));
    assert!(least.abs() < 1e-6 && most > 4.0 * loss, "{:?}", &pool.owner_loss_usd[..5]);
}

/// The bank looks at its loans once a day: after 24 h, when the coin has already fallen.
#[test]
fn a_bank_liquidates_when_it_looks() {
    for (lending, step) in [("bank", 24), ("pool", 2), ("peer_to_peer", 2)] {
        let outcome = default(lending, "");
        let first = outcome.events.iter().find(|e| e.kind == EventKind::LoanLiquidation).unwrap();
        assert_eq!(first.step, step, "{lending}");
    }
}

/// The lenders leave and nobody takes their loans over: once the term is up, all 500 have been repaid. The borrower has made
/// coins of the loan, so collateral is sold; nobody is rewarded for it and nobody was liquidated.
#[test]
fn a_loan_that_ends_is_repaid_without_a_penalty() {
    let news = "[[shocks]]\nat = '1h'\nnews = { leave_per_day = 1e9, half_life = '10d' }";
    let outcome = loan("peer_to_peer", "10h", 1e-9, ", { convert = { to = \"btc\" } }", news);
    let recalled: f64 = outcome.events.iter().filter(|e| e.kind == EventKind::Recall).map(|e| e.amount_usd).sum();
    assert!((recalled - 500.0).abs() < 1e-6, "{recalled}");
    assert!(outcome.owner_loss_usd.iter().all(|loss| loss.abs() < 1e-5), "{:?}", outcome.owner_loss_usd);
    assert_eq!(
        (outcome.loans_liquidated_usd, outcome.liquidated_owners, outcome.pools[0].not_due_end_usd),
        (0.0, 0, 0.0)
    );
}

/// All that lay idle is stolen, 200 of 1,000: each lender bears a fifth, the first to leave as well as the last.
#[test]
fn lenders_bear_a_theft_alike() {
    let theft = "[[shocks]]\nat = '1h'\nexploit = { venue = 'earn', share = 1.0 }";
    let outcome = lenders_and("peer_to_peer", 10, "13h", theft);
    assert!(outcome.owner_loss_usd.iter().all(|loss| (loss - 20.0).abs() < 1e-6), "{:?}", outcome.owner_loss_usd);
    assert_eq!((outcome.pools[0].unpaid_peak_usd, paid(&outcome)), (0.0, 800.0));
}

/// A lender who takes a little of what lies idle as margin goes on lending: loans stay at 500 of then 999.
#[test]
fn a_top_up_is_no_notice() {
    let text = r#"
name = "top_up"
run = { paths = 1, seed = 3, horizon = "6d", step = "1d", counterfactuals = [] }
coins = { usdt = { peg_usd = 1.0 }, eth = { price_usd = 100.0 } }
prices.gbm.volatility_per_year = { eth = 1e-9 }
[markets.eth]
spot.book = { depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "15m" }
perp.book = { depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "15m" }
[venues.earn.savings]
lending = "peer_to_peer"
peer_to_peer.term = "4d"
[venues.earn.savings.reserves.usdt]
receipt = "ldusdt"
outside_supply_usd = 0.0
utilisation = 0.5
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[venues.v.futures]
settlement = "usdt"
brackets = "../../../data/leverage_tiers/binance_usdm_2025-10-09.json"
insurance_funds.general = { opening_usd = 10000.0 }
collateral.usdt = { ratio = 1.0 }
collateral.ldusdt = { ratio = 1.0 }
contracts.eth-perp = { coin = "eth", symbol = "ETH/USDT:USDT", clearance_fee = 0.0, taker_fee = 0.0 }
funding.interest_8h = 0.0
[[cohorts]]
name = "lender"
owners = 1
coin = "usdt"
wealth.fixed = { usd = 1000.0 }
chain = [ { deposit = { venue = "earn", keep = 0.99 } }, { pledge = { venue = "v" } }, { trade = { venue = "v", leverage = { fixed = { x = 2.0 } }, long_share = 1.0, contracts = { eth-perp = 1.0 } } } ]
top_up = { at_margin_ratio = 0.0085, to_margin_ratio = 0.0082 }
[[shocks]]
at = "1d"
gap = { eth = -0.1 }
"#;
    let loaded = load(text, &[], "");
    let names = rehypo::engine::Simulation::new(&loaded.scenario).unwrap().series_names();
    let outcome = run(&loaded, 0).full;
    assert!(outcome.events.iter().any(|e| e.kind == EventKind::TopUp), "nobody topped up");
    let supplied = names.iter().position(|n| n.series == "supplied_usd").unwrap();
    let utilisation = names.iter().position(|n| n.series == "utilisation").unwrap();
    let last = &outcome.series[outcome.series.len() - names.len()..];
    assert!((last[supplied] * last[utilisation] - 500.0).abs() < 1e-6, "{} of {}", last[utilisation], last[supplied]);
}

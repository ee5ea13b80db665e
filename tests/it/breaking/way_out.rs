//! What stands in the way out: lines, loans and tokens behind them, lenders that lend only coins, issuers behind issuers.

use super::{check, table};
use rehypo::engine::Simulation;
use rehypo::scenario::load_text;
use std::path::Path;

const RATES: &str =
    "kink = 0.9\nbase_per_year = 0.0\nslope1_per_year = 0.0\nslope2_per_year = 0.0\nreserve_factor = 0.0\n";
const BOOK: &str = "{ depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = \"30m\" }";
const RUNS: &str = "calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9";
const LOANS: &str =
    "initial_ltv = 0.8, margin_call_ltv = 0.82, liquidation_ltv = 0.85, liquidation_fee = 0.05, close_factor = 0.5";

/// Dollars, ether at 100 and gold at 100 that stay where they are, and a staking token with its cash at hand.
fn world(counterfactuals: &str, more: &str) -> String {
    format!(
        r#"
name = "way_out"
run = {{ paths = 1, seed = 3, horizon = "4h", step = "1h", counterfactuals = [{counterfactuals}] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, eth = {{ price_usd = 100.0 }}, gold = {{ price_usd = 100.0 }} }}
prices.gbm.volatility_per_year = {{ eth = 1e-9, gold = 1e-9 }}
markets.eth.spot.book = {BOOK}
markets.gold.spot.book = {BOOK}
[venues.wb.issuer]
token = "wbeth"
par = "eth"
outside_supply_usd = 10000.0
cash_share = 1.0
reserve_fund_share = 0.0
fast = {{ quota_per_day = 0.9, fee = 0.0 }}
standard = {{ delay = "1d", fee = 0.0 }}
unwind_per_day = 0.0
{more}"#
    )
}

/// A reserve of `p`.
fn reserve(coin: &str, supply_usd: f64, utilisation: f64) -> String {
    format!(
        "[venues.p.savings.reserves.{coin}]\nreceipt = \"p{coin}\"\noutside_supply_usd = {supply_usd:.1}\nutilisation = {utilisation:?}\n{RATES}"
    )
}

/// The dollars that are asked for in the first hour are lent until the third, when their borrower leaves. They are paid in the
/// fourth and go on into gold.
#[test]
fn who_stood_in_line_flees_with_what_is_paid() {
    let more = format!(
        r#"
[venues.p.savings]
when_dry = "queue"
loans = {{ {LOANS} }}
{}{}
[[cohorts]]
name = "saver"
owners = 1
coin = "usdt"
wealth.fixed = {{ usd = 1000.0 }}
chain = [ {{ deposit = {{ venue = "p" }} }} ]
runs = {{ {RUNS}, discount_per_day = 0.0, accept_discount = 0.5, threshold = {{ fixed = {{ per_day = 100.0 }} }}, flight_to = {{ coin = "gold" }} }}
[[cohorts]]
name = "borrower"
owners = 1
coin = "eth"
wealth.fixed = {{ usd = 2000.0 }}
chain = [ {{ deposit = {{ venue = "p" }} }}, {{ borrow = {{ venue = "p", coin = "usdt", ltv = 0.5 }} }} ]
runs = {{ {RUNS}, discount_per_day = 0.0, accept_discount = 0.5, threshold = {{ fixed = {{ per_day = 1e6 }} }} }}
[[shocks]]
at = "1h"
news = {{ leave_per_day = 1e3, half_life = "10d" }}
[[shocks]]
at = "3h"
news = {{ leave_per_day = 1e7, half_life = "10d" }}
"#,
        reserve("usdt", 0.0, 0.0),
        reserve("eth", 0.0, 0.0)
    );
    let columns = [("unpaid_usd:p", 2), ("left_owners", 0), ("flight_usd", 2)];
    check(
        &table(&world("", &more), &columns, 1),
        "
hour  unpaid_usd:p  left_owners  flight_usd
   0          0.00            0        0.00
   1       1000.00            1        0.00
   2       1000.00            1        0.00
   3       1000.00            2        0.00
   4          0.00            2     1000.00
",
    );
}

/// Tokens worth 1,000 lie in the account and back a loan of 800 at 0.8; the gold that was bought with it finds no buyer
/// without a discount. Nothing can be repaid, so no token leaves.
#[test]
fn tokens_that_back_a_loan_stay() {
    let more = format!(
        r#"
[venues.p.savings]
lending = "peer_to_peer"
loans = {{ {LOANS} }}
{}{}
[[cohorts]]
name = "borrower"
owners = 1
coin = "eth"
wealth.fixed = {{ usd = 1000.0 }}
chain = [ {{ subscribe = {{ venue = "wb" }} }}, {{ deposit = {{ venue = "p" }} }}, {{ borrow = {{ venue = "p", coin = "usdt", ltv = 0.8 }} }}, {{ convert = {{ to = "gold" }} }} ]
runs = {{ {RUNS}, discount_per_day = 0.0, accept_discount = 0.0 }}
[[shocks]]
at = "1h"
news = {{ leave_per_day = 1e9, half_life = "10d" }}
"#,
        reserve("usdt", 2000.0, 0.4),
        reserve("wbeth", 0.0, 0.0)
    );
    let columns = [("utilisation:p/usdt", 3), ("bad_debt_usd:p", 2), ("issuer_claims_usd:wbeth", 2)];
    check(
        &table(&world("", &more), &columns, 1),
        "
hour  utilisation:p/usdt  bad_debt_usd:p  issuer_claims_usd:wbeth
   0               0.400            0.00                 11000.00
   1               0.400            0.00                 11000.00
   2               0.400            0.00                 11000.00
   3               0.400            0.00                 11000.00
   4               0.400            0.00                 11000.00
",
    );
}

/// A bank that has lent nine times its cash has lent dollars, not the tokens pledged to it nor coins that it does not lend.
#[test]
fn a_bank_lends_only_what_it_lends() {
    let more = format!(
        r#"
[venues.p.savings]
lending = "bank"
bank.multiple = 9.0
loans = {{ {LOANS} }}
{}{}borrowable = false
{}
[[cohorts]]
name = "borrower"
owners = 1
coin = "eth"
wealth.fixed = {{ usd = 1000.0 }}
chain = [ {{ subscribe = {{ venue = "wb" }} }}, {{ deposit = {{ venue = "p" }} }} ]
"#,
        reserve("usdt", 2000.0, 0.4),
        reserve("eth", 500.0, 0.0),
        reserve("wbeth", 0.0, 0.0)
    );
    let columns = [("utilisation:p/usdt", 3), ("utilisation:p/eth", 3), ("utilisation:p/wbeth", 3)];
    check(
        &table(&world("", &more), &columns, 4),
        "
hour  utilisation:p/usdt  utilisation:p/eth  utilisation:p/wbeth
   0               0.900              0.000                0.000
   4               0.900              0.000                0.000
",
    );
}

/// A loan at 0.9 in an e-mode of the token: against the coin behind it it would be liquidated before the first step.
#[test]
fn without_reuse_the_coin_must_lend_as_much_as_its_token() {
    let refused = |assets: &str| {
        let more = format!(
            r#"
[venues.p.savings]
loans = {{ {LOANS}, e_modes = {{ ether = {{ assets = [{assets}], borrowable = ["eth"], ltv = 0.93, liquidation_threshold = 0.95, bonus = 0.01 }} }} }}
{}{}
[[cohorts]]
name = "borrower"
owners = 1
coin = "eth"
wealth.fixed = {{ usd = 1000.0 }}
chain = [ {{ subscribe = {{ venue = "wb" }} }}, {{ deposit = {{ venue = "p" }} }}, {{ borrow = {{ venue = "p", coin = "eth", ltv = 0.9 }} }} ]
"#,
            reserve("eth", 20000.0, 0.4),
            reserve("wbeth", 0.0, 0.0)
        );
        let text = world("\"no_reuse\"", &more);
        let loaded = load_text(&text, Path::new("tests/it/worlds"), "world", &[]).unwrap_or_else(|p| panic!("{p}"));
        Simulation::new(&loaded.scenario).err().map(|error| error.to_string())
    };
    let error = refused("\"wbeth\"").expect("the coin lends less");
    assert!(error.contains("replaces `wbeth` by `eth`, which lends less at p in e-mode `ether`"), "{error}");
    assert_eq!(refused("\"wbeth\", \"eth\""), None);
}

/// Who holds a token sees the token that stands behind it rest a fifth below par, and leaves.
#[test]
fn holders_look_through_what_their_issuer_holds() {
    let issuer = |name: &str, more: &str| {
        format!(
            "[venues.{name}.issuer]\ntoken = \"{name}tok\"\npar = \"usdt\"\noutside_supply_usd = 1000.0\nreserve_fund_share = 0.0\nfast = {{ quota_per_day = 0.0, fee = 0.0 }}\nstandard = {{ delay = \"1d\", fee = 0.0 }}\nunwind_per_day = 0.0\n{more}\n"
        )
    };
    let left = |holds: &str, cash: &str| {
        let behind = format!("cash_share = 1.0\nmarket.book = {BOOK}\nmarket_terms = {{ risk_discount = 0.2 }}");
        let more = format!(
            r#"
{}{}
[[cohorts]]
name = "holder"
owners = 1
coin = "usdt"
wealth.fixed = {{ usd = 100.0 }}
chain = [ {{ subscribe = {{ venue = "a" }} }} ]
runs = {{ {RUNS}, discount_per_day = 10.0, accept_discount = 0.0, threshold = {{ fixed = {{ per_day = 1.0 }} }} }}
"#,
            issuer("a", &format!("cash_share = {cash}\n{holds}")),
            issuer("b", &behind)
        );
        table(&world("", &more), &[("left_owners", 0)], 4)
    };
    check(&left("holds = { btok = 0.5 }", "0.5"), "hour  left_owners\n   0            0\n   4            1");
    check(&left("", "1.0"), "hour  left_owners\n   0            0\n   4            0");
}

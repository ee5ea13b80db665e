//! Small books with numbers that fit on a sheet of paper: two contracts, a maintenance rate of 1 %, prices of 100 that
//! gap once. What a hostile reader would try.

use super::{load, run};
use rehypo::event::EventKind;
use rehypo::outcome::{FuturesOutcome, Outcome};

const DEEP: &str = "depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = \"15m\"";

const BRACKETS: &str = r#"{
"BTC/USDT:USDT":[{"minNotional":0,"maxNotional":1e9,"maintenanceMarginRate":0.01,"maxLeverage":50}],
"ETH/USDT:USDT":[{"minNotional":0,"maxNotional":1e9,"maintenanceMarginRate":0.01,"maxLeverage":50}]}"#;

/// One path of a book of `owner,asset,amount,entry`; `world` says what is not as in the base.
fn fall(gap: &str, rows: &[&str], sets: &[&str], more: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let (book, brackets) = (folder.path().join("book.csv"), folder.path().join("brackets.json"));
    let rows: Vec<String> = rows.iter().map(|row| row.replacen(',', ",v,", 1)).collect();
    std::fs::write(&book, format!("owner,place,asset,amount,entry_price_usd\n{}\n", rows.join("\n"))).unwrap();
    std::fs::write(&brackets, BRACKETS).unwrap();
    let cohort = if rows.is_empty() {
        String::new()
    } else {
        format!("[[cohorts]]\nname = \"book\"\nbook = \"{}\"", book.display())
    };
    let text = format!(
        r#"
name = "by_hand"
run = {{ paths = 1, seed = 1, horizon = "2h", step = "1h", counterfactuals = [] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, btc = {{ price_usd = 100.0 }}, eth = {{ price_usd = 100.0 }} }}
prices.gbm.volatility_per_year = {{ btc = 1e-9, eth = 1e-9 }}
markets.btc = {{ spot = {{ book = {{ {DEEP} }} }}, perp = {{ book = {{ {DEEP} }} }}, arbitrage_share = 0.0 }}
markets.eth = {{ spot = {{ book = {{ {DEEP} }} }}, perp = {{ book = {{ {DEEP} }} }}, arbitrage_share = 0.0 }}
[[shocks]]
at = "1h"
gap = {gap}
[venues.v.futures]
settlement = "usdt"
brackets = "{}"
insurance_funds.general = {{ opening_usd = 0.0 }}
collateral.usdt = {{ ratio = 1.0 }}
funding.interest_8h = 0.0
[venues.v.futures.contracts]
btc-perp = {{ coin = "btc", symbol = "BTC/USDT:USDT", clearance_fee = 0.0, taker_fee = 0.0 }}
eth-perp = {{ coin = "eth", symbol = "ETH/USDT:USDT", clearance_fee = 0.0, taker_fee = 0.0 }}
{more}
{cohort}
"#,
        brackets.display()
    );
    run(&load(&text, sets, ""), 0).full
}

fn fund(usd: f64) -> String {
    format!("venues.v.futures.insurance_funds.general.opening_usd={usd:?}")
}

fn depth(coin: &str, usd: f64) -> [String; 2] {
    ["spot", "perp"].map(|side| format!("markets.{coin}.{side}.book.depth_1pct_usd={usd:?}"))
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-6 * expected.abs() + 1e-3
}

fn count(outcome: &Outcome, kind: EventKind) -> usize {
    outcome.events.iter().filter(|e| e.kind == kind).count()
}

fn closed(outcome: &Outcome, owner: u32) -> f64 {
    let mine = outcome.events.iter().filter(|e| e.kind == EventKind::Liquidation);
    mine.filter(|e| e.owner.is_some_and(|o| o.0 == owner)).map(|e| e.amount).sum()
}

fn venue(outcome: &Outcome) -> &FuturesOutcome {
    &outcome.futures[0]
}

/// 10 long bankrupt by 100, 5 long that are not; against them 2 that are simulated and 13 that are not.
#[test]
fn outsiders_stand_in_line_in_hedge_mode_too() {
    let rows =
        ["a,usdt,100,", "a,btc-perp,10,100", "b,usdt,10000,", "b,btc-perp,5,100", "w,usdt,10000,", "w,btc-perp,-2,100"];
    for positions in ["one_way", "hedge"] {
        let outcome = fall("{ btc = -0.2 }", &rows, &[&format!("venues.v.futures.positions={positions}")], "");
        let book = venue(&outcome);
        assert!(
            close(book.adl_removed_usd, 100.0) && close(outcome.adl_paid_usd[0], 100.0 * 2.0 / 15.0),
            "{positions}: {book:?}"
        );
        assert!(close(book.fund_paid_usd, 0.0) && close(book.shortfall_usd, 0.0), "{positions}: {book:?}");
    }
}

/// 10,000 of ether, 7,980 borrowed against it, and a short of 10; ether halves. What the loan lacks is no loss of the short.
#[test]
fn a_loan_s_deficit_is_not_put_on_a_position() {
    let world = |trade: &str| {
        format!(
            r#"
margin.portfolio.loans_from = "earn"
[venues.earn.savings.reserves.usdt]
receipt = "ldusdt"
outside_supply_usd = 50e3
utilisation = 0.8
kink = 0.92
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[[cohorts]]
name = "borrower"
owners = 1
coin = "eth"
wealth.fixed.usd = 10000
chain = [{{ pledge = {{ venue = "v" }} }}, {{ margin_loan = {{ venue = "v", coin = "usdt", share = 0.84 }} }}, {trade}]
"#
        )
    };
    let short = "{ trade = { venue = \"v\", leverage = { fixed = { x = 0.001 } }, of = \"wealth\", long_share = 0, contracts = { btc-perp = 1 } } }";
    for (trade, taken) in [(short, "btc-perp"), ("", "usdt")] {
        let text =
            world(trade).replacen("margin.portfolio.loans_from", "[venues.v.futures.margin.portfolio]\nloans_from", 1);
        let terms = "venues.v.futures.collateral={ usdt = { ratio = 1.0, loan_maintenance = 0.05 }, eth = { ratio = 0.95, auto_exchange_haircut = 0.025 } }";
        let outcome = fall("{ eth = -0.5 }", &[], &[terms], &text);
        assert!(close(outcome.pools[0].bad_debt_usd, 2980.0), "{taken}: {:?}", outcome.pools);
        assert_eq!(count(&outcome, EventKind::Deleveraging), 0, "{taken}");
        let over = outcome.events.iter().find(|e| e.kind == EventKind::TakeOver).expect(taken);
        let price = if taken == "usdt" { 1.0 } else { 100.0 };
        assert!(close(over.price_usd, price), "{taken}: {over:?}");
        assert!(close(outcome.loans_liquidated_usd, 7980.0) && outcome.liquidated_owners == 1, "{taken}");
        assert!(close(venue(&outcome).fund_needed_usd, 2980.0), "a larger fund would have paid the pool");
    }
}

/// 10,000 of bitcoin that counts half, 1,000 ether long: bankrupt at 90, in breach at 95.5, filled at 94.6.
#[test]
fn a_close_above_the_bankruptcy_price_is_filled_whatever_haircuts_say() {
    let terms = "venues.v.futures.collateral={ usdt = { ratio = 1.0 }, btc = { ratio = 0.5, ask_buffer = 0.0, auto_exchange_haircut = 0.025 } }";
    let thin = depth("eth", 5e4);
    let outcome = fall("{ eth = -0.045 }", &["a,btc,100,", "a,eth-perp,1000,100"], &[terms, &thin[0], &thin[1]], "");
    assert_eq!(count(&outcome, EventKind::TakeOver), 0, "{:?}", outcome.events);
    assert!(close(closed(&outcome, 0), -1000.0), "{:?}", outcome.events);
    assert!(outcome.owner_loss_usd[0] < 6000.0, "{:?} of 10,000", outcome.owner_loss_usd);
}

/// The fund takes over what a book of 2e4 a per cent does not take in two steps.
#[test]
fn the_account_of_the_fund_closes_at_the_marks_of_the_end() {
    let thin = depth("btc", 2e4);
    let rows = ["a,usdt,10000,", "a,btc-perp,1000,100", "w,usdt,1000000,", "w,btc-perp,-1000,100"];
    let outcome = fall("{ btc = -0.2 }", &rows, &[&fund(5e4), &thin[0], &thin[1]], "");
    let f = venue(&outcome);
    let end = f.fund_open_usd + f.fund_inflow_usd + f.fund_top_up_usd - f.fund_paid_usd + f.fund_gain_usd;
    assert!(f.fund_gain_usd < -100.0 && (f.fund_end_usd - end).abs() < 1e-6, "{end}: {f:?}");
    assert!(close(f.fund_needed_usd, f.fund_open_usd - f.fund_low_usd), "{f:?}");
}

#[test]
fn a_top_up_does_not_hide_how_low_the_fund_was() {
    let rows = ["a,usdt,100,", "a,btc-perp,10,100", "w,usdt,10000,", "w,btc-perp,-8,100"];
    let top_up = "venues.v.futures.insurance_funds.general.top_up={ below_usd = 50.0, to_usd = 100.0 }";
    let outcome = fall("{ btc = -0.2 }", &rows, &[&fund(100.0), top_up], "");
    let f = venue(&outcome);
    assert!(close(f.fund_low_usd, 0.0) && close(f.fund_end_usd, 100.0) && close(f.fund_needed_usd, 100.0), "{f:?}");
}

/// A large long and a small short are closed together: the short buys below the mark, which is no cost.
#[test]
fn a_better_price_is_not_a_cost() {
    let rows = ["l,usdt,29000,", "l,btc-perp,10000,100", "s,eth,5,", "s,btc-perp,-100,97"];
    let terms =
        "venues.v.futures.collateral={ usdt = { ratio = 1.0 }, eth = { ratio = 1.0, auto_exchange_haircut = 0.025 } }";
    let gap = "{ btc = -0.02, eth = -0.7 }";
    let deep = fall(gap, &rows, &[terms, &fund(5e4)], "");
    let thin = depth("btc", 1e6);
    let shallow = fall(gap, &rows, &[terms, &fund(5e4), &thin[0], &thin[1]], "");
    let first = |o: &Outcome| {
        let mine = o.events.iter().find(|e| e.kind == EventKind::Liquidation && e.owner.is_some_and(|o| o.0 == 1));
        mine.expect("the short is closed").amount
    };
    assert!(
        first(&deep) > 40.0 && first(&shallow) <= first(&deep) * (1.0 + 1e-9),
        "{} {}",
        first(&deep),
        first(&shallow)
    );
}

/// Two longs in two contracts on one coin share a book as if they were in one.
#[test]
fn contracts_on_one_coin_share_its_book() {
    let thin = depth("btc", 1e6);
    let more = "[venues.v.futures.contracts.btc-2]\ncoin = \"btc\"\nsymbol = \"ETH/USDT:USDT\"\nclearance_fee = 0.0\ntaker_fee = 0.0";
    let closes = |contract: &str| {
        let rows = ["a,usdt,29400,".to_owned(), "a,btc-perp,10000,100".to_owned(), "b,usdt,29400,".to_owned()];
        let last = format!("b,{contract},10000,100");
        let rows: Vec<&str> = rows.iter().chain([&last]).map(String::as_str).collect();
        fall("{ btc = -0.02 }", &rows, &[&fund(5e4), &thin[0], &thin[1]], more)
    };
    let (one, two) = (closes("btc-perp"), closes("btc-2"));
    assert!(closed(&one, 0) < -100.0 && close(closed(&one, 0), closed(&two, 0)), "{:?} {:?}", one.events, two.events);
    assert!(close(closed(&one, 1), closed(&two, 1)), "{:?} {:?}", one.events, two.events);
    assert_eq!(count(&one, EventKind::TakeOver), count(&two, EventKind::TakeOver));
}

/// Two waves of 100 each and a fund of 80: 120 must be taken from others, under either rule.
#[test]
fn what_a_fund_can_bear_it_can_bear_once() {
    let rows = [
        "a,usdt,100,",
        "a,btc-perp,10,100",
        "b,usdt,100,",
        "b,eth-perp,10,100",
        "w,usdt,10000,",
        "w,btc-perp,-10,100",
        "w,eth-perp,-10,100",
    ];
    for (take, over_shoot) in [("whole", 80.0), ("uncovered", 0.0)] {
        let take = format!("venues.v.futures.adl.take={take}");
        let outcome = fall("{ btc = -0.2, eth = -0.2 }", &rows, &[&fund(80.0), &take], "");
        let book = venue(&outcome);
        assert!(close(book.adl_needed_usd, 120.0) && close(book.adl_over_shoot_usd, over_shoot), "{take}: {book:?}");
        assert!(close(book.fund_needed_usd, 200.0), "{take}: {book:?}");
    }
}

/// Tiers are in USD: when the settlement coin doubles and bitcoin trebles, half of the collateral stops counting.
#[test]
fn a_breach_by_a_rising_settlement_coin_is_found() {
    let terms = "venues.v.futures.collateral={ usdt = { ratio = 1.0 }, btc = { tiers = [{ up_to_usd = 200.0, ratio = 1.0 }, { ratio = 0.0 }], auto_exchange_haircut = 0.025 } }";
    let depeg = "[[shocks]]\nat = \"1h\"\ndepeg = { coin = \"usdt\", price_usd = 1.0 }\n";
    let rows = ["a,btc,1,", "a,btc-perp,-2.5,100"];
    let outcome = fall("{ btc = 2.0 }", &rows, &[terms, "coins.usdt.peg_usd=0.5", &fund(1e4)], depeg);
    assert_eq!(outcome.liquidated_owners, 1, "{:?}", outcome.events);
}

/// What the book of a token does not take within the haircut the fund buys, as far as it has the money.
#[test]
fn a_fund_buys_collateral_as_far_as_it_can_pay() {
    let issuer = r#"
[venues.usde.issuer]
token = "usde"
par = "usdt"
outside_supply_usd = 10e6
cash_share = 1.0
hedged = {}
reserve_fund_share = 0.0
fast = { quota_per_day = 0.0, fee = 0.0 }
standard = { delay = "5d", fee = 0.0 }
unwind_per_day = 0.0
market.book = { depth_1pct_usd = 200.0, exponent = 0.67, permanent_share = 0.0, recovery_half_life = "1000d" }
"#;
    let terms = "venues.v.futures.collateral={ usdt = { ratio = 1.0 }, usde = { ratio = 0.95, auto_exchange_haircut = 0.05, index = \"redemption\" } }";
    let rows = ["a,usde,100000,", "a,btc-perp,4700,100", "w,usdt,1000000,", "w,btc-perp,-4700,100"];
    let sold = |usd: f64| {
        let outcome = fall("{ btc = -0.2 }", &rows, &[terms, &fund(usd)], issuer);
        assert!(venue(&outcome).shortfall_usd < 0.01, "{usd}: {:?}", venue(&outcome));
        assert!(closed(&outcome, 0) < 0.0 && count(&outcome, EventKind::TakeOver) == 0, "{:?}", outcome.events);
        outcome.auto_exchanged_usd
    };
    // Tens of thousands are owed: a book of 200 a per cent gives some hundreds within 5 %.
    assert!(sold(0.0) < 1_500.0 && sold(1e6) > 19_000.0, "{} {}", sold(0.0), sold(1e6));
}

/// 10,000 of bitcoin that counts half, 400 ether long: at 88 equity is 200 and maintenance 352.
#[test]
fn an_account_that_is_closed_whole_keeps_the_settlement_coin_alone() {
    let terms = "venues.v.futures.collateral={ usdt = { ratio = 1.0 }, btc = { ratio = 0.5, ask_buffer = 0.0, auto_exchange_haircut = 0.025 } }";
    let [smallest, whole] = ["smallest", "account"].map(|size| {
        let size = format!("venues.v.futures.liquidation.close={size}");
        fall("{ eth = -0.12 }", &["a,btc,100,", "a,eth-perp,400,100"], &[terms, &size], "")
    });
    assert!(closed(&smallest, 0) > -200.0 && smallest.auto_exchanged_usd < 3000.0, "{:?}", smallest.events);
    assert!(close(closed(&whole, 0), -400.0) && close(whole.auto_exchanged_usd, 10_000.0), "{:?}", whole.events);
    assert!(close(whole.owner_loss_usd[0], 4800.0) && count(&whole, EventKind::TakeOver) == 0, "{whole:?}");
}

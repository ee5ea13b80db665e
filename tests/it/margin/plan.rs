//! What the calculator says that a liquidation would do, on accounts small enough to check by hand.

use super::files::{margin, near};
use serde_json::Value;

fn report(text: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("account.toml");
    std::fs::write(&file, text).unwrap();
    let (out, err, code) = margin(&file, &["--json"]);
    assert_eq!((err.as_str(), code), ("", 0));
    let report: Value = serde_json::from_str(&out).unwrap();
    report["accounts"][0].clone()
}

/// 1,000 USDT and one bitcoin long from 60,000; maintenance 0.5 %.
fn long(mark: f64, leverage: f64, more: &str) -> Value {
    report(&format!(
        "margin = \"single_asset\"
         [assets.usdt]
         balance = 1000.0
         [contracts.btcusdt]
         coin = \"btc\"
         settlement = \"usdt\"
         brackets = [{{ floor = 0.0, cap = 1e9, rate = 0.005 }}]
         {more}
         [[positions]]
         contract = \"btcusdt\"
         quantity = 1.0
         entry = 60000.0
         mark = {mark}
         leverage = {leverage}"
    ))
}

/// Equity 200, maintenance 296.
#[test]
fn an_account_in_breach_is_trimmed_now() {
    let account = long(59_200.0, 100.0, "");
    assert_eq!(account["summary"]["level"], "liquidation");
    assert_eq!(account["positions"][0]["liquidation_below"], Value::Null);
    near(&account["positions"][0]["liquidation_above"], 59_000.0 / 0.995, 1e-8);
    let plan = &account["plans"][0];
    assert_eq!(plan["trigger"], Value::Null);
    near(&plan["closes"][0]["quantity"], -(1.0 - 200.0 / (296.0 * 1.001)), 1e-9);
    near(&plan["outcome"]["compliant"]["equity"], 200.0, 1e-9);
    near(&plan["outcome"]["compliant"]["maintenance"], 200.0 / 1.001, 1e-9);
}

/// The same into a book: 0.2 at 10 below the mark, the rest at 30 below. Closing q of more than 0.2 costs
/// 2 + 30 (q - 0.2) and leaves 296.296 (1 - q) to meet.
#[test]
fn orders_walk_the_book_of_the_file() {
    let account = long(59_200.0, 100.0, "bids = [[59190.0, 0.2], [59170.0, 5.0]]");
    let close = &account["plans"][0]["closes"][0];
    let quantity = (296.296 - 200.0 + 2.0 - 6.0) / (296.296 - 30.0);
    near(&close["filled"], quantity, 1e-9);
    near(&close["price"], (0.2 * 59_190.0 + (quantity - 0.2) * 59_170.0) / quantity, 1e-6);
    let after = &account["plans"][0]["outcome"]["compliant"];
    near(&after["equity"], 200.0 - 2.0 - 30.0 * (quantity - 0.2), 1e-6);
}

/// Without bids within the largest deviation, or below the bankruptcy price, the fund takes over at that price: 59,000.
#[test]
fn what_does_not_fill_is_taken_over_at_the_bankruptcy_price() {
    for (mark, bids, worth) in [
        (59_200.0, "bids = [[59100.0, 5.0]]\nmax_order_deviation = 0.001", 200.0),
        (59_200.0, "bids = [[58000.0, 5.0]]", 200.0),
        (58_900.0, "", -100.0),
    ] {
        let account = long(mark, 100.0, bids);
        let plan = &account["plans"][0];
        let filled: f64 = plan["closes"].as_array().unwrap().iter().map(|c| c["filled"].as_f64().unwrap()).sum();
        assert_eq!(filled, 0.0, "{plan}");
        let taken = &plan["outcome"]["taken_over"];
        near(&taken["positions"][0]["price"], 59_000.0, 1e-8);
        near(&taken["worth"], worth, 1e-9);
    }
}

/// A wallet cannot lose more than it has: what the last coin does not cover the fund pays.
#[test]
fn collateral_pays_for_a_realised_loss() {
    let account = report(
        "[assets.usdt]
         index_usd = 1.0
         ratio = 1.0
         [assets.btc]
         balance = 0.1
         index_usd = 50000.0
         ratio = 0.95
         auto_exchange_haircut = 0.025
         [contracts.ethusdt]
         coin = \"eth\"
         settlement = \"usdt\"
         clearance_fee = 0.0125
         brackets = [{ floor = 0.0, cap = 1e9, rate = 0.01 }]
         [[positions]]
         contract = \"ethusdt\"
         quantity = 100.0
         entry = 3000.0
         mark = 2954.0
         leverage = 50.0",
    );
    // Equity 4,750 - 4,600 = 150 of 2,954: all is closed. The account is worth 400 without haircuts, and the fee of 3,692
    // takes that; 5,000 are missing, and bitcoin brings in 4,875.
    let plan = &account["plans"][0];
    near(&plan["closes"][0]["clearance_fee"], 400.0, 1e-9);
    assert_eq!(plan["sales"][0]["asset"], "btc");
    near(&plan["sales"][0]["quantity"], 0.1, 1e-12);
    near(&plan["sales"][0]["proceeds"], 4_875.0, 1e-9);
    near(&plan["outcome"]["compliant"]["fund_pays"], 125.0, 1e-9);
    near(&plan["outcome"]["compliant"]["equity"], 0.0, 1e-9);
}

/// A hundred bitcoins at 100 that count for half, and 1,000 ether long at 95.5 from 100: equity 500 of 955, worth 5,500.
/// The bankruptcy price is 90: 93.5 is above it, though haircut equity is used up at 95. All is sold, 6,500 are missing.
/// At 89.9 the order would fill below, and nothing is sold.
#[test]
fn the_bankruptcy_price_knows_no_haircut() {
    let account = |bid: f64| {
        report(&format!(
            "[assets.usdt]
             index_usd = 1.0
             ratio = 1.0
             [assets.btc]
             balance = 100.0
             index_usd = 100.0
             ratio = 0.5
             auto_exchange_haircut = 0.025
             [contracts.ethusdt]
             coin = \"eth\"
             settlement = \"usdt\"
             brackets = [{{ floor = 0.0, cap = 1e9, rate = 0.01 }}]
             bids = [[{bid}, 1e6]]
             max_order_deviation = 0.1
             [[positions]]
             contract = \"ethusdt\"
             quantity = 1000.0
             entry = 100.0
             mark = 95.5
             leverage = 50.0"
        ))
    };
    let sold = account(93.5);
    near(&sold["positions"][0]["bankruptcy"], 90.0, 1e-9);
    let plan = &sold["plans"][0];
    near(&plan["closes"][0]["filled"], 1_000.0, 1e-9);
    near(&plan["closes"][0]["price"], 93.5, 1e-12);
    near(&plan["sales"][0]["quantity"], 65.0 / 0.975, 1e-9);
    near(&plan["outcome"]["compliant"]["equity"], 0.5 * (10_000.0 - 6_500.0 / 0.975), 1e-9);
    let taken = &account(89.9)["plans"][0];
    assert_eq!(taken["closes"].as_array().unwrap().len(), 0);
    near(&taken["outcome"]["taken_over"]["positions"][0]["price"], 90.0, 1e-9);
}

/// A bid above the mark costs nothing: an account worth 200 is not taken over for it.
#[test]
fn a_fill_better_than_the_mark_is_no_loss() {
    let plan = &long(59_200.0, 100.0, "bids = [[61000.0, 5.0]]")["plans"][0];
    near(&plan["closes"][0]["price"], 61_000.0, 1e-9);
    assert!(plan["outcome"]["compliant"].is_object(), "{plan}");
}

/// A short of 0.1 at 100 beside ether worth 5,000 against a loan of 8,000 USDT.
fn indebted(entry: f64, mark: f64) -> Value {
    report(&format!(
        "margin = {{ portfolio = {{}} }}
         [assets.usdt]
         index_usd = 1.0
         ratio = 1.0
         loan = 8000.0
         loan_maintenance = 0.05
         [assets.eth]
         balance = 100.0
         index_usd = 50.0
         ratio = 0.95
         [contracts.btcusdt]
         coin = \"btc\"
         settlement = \"usdt\"
         brackets = [{{ floor = 0.0, cap = 1e9, rate = 0.01 }}]
         [[positions]]
         contract = \"btcusdt\"
         quantity = -0.1
         entry = {entry}
         mark = {mark}
         leverage = 50.0"
    ))
}

/// A short whose loss the ether covers is taken over at the mark: what is missing is missing on the loan. The ether
/// covers 5,000, which 0.1 contracts lose at 50,100.
#[test]
fn a_bankrupt_account_is_taken_over_at_once_and_its_loans_are_no_loss_of_its_positions() {
    for (entry, mark, price, worth, unpaid) in [
        (100.0, 100.0, 100.0, -3_000.0, 3_000.0),
        (100.0, 40_100.0, 40_100.0, -7_000.0, 7_000.0),
        (100.0, 60_100.0, 50_100.0, -9_000.0, 8_000.0),
    ] {
        let plan = &indebted(entry, mark)["plans"][0];
        for nothing in ["closes", "sales", "repayments"] {
            assert_eq!(plan[nothing].as_array().unwrap().len(), 0, "{nothing} {plan}");
        }
        let taken = &plan["outcome"]["taken_over"];
        near(&taken["positions"][0]["price"], price, 1e-6);
        near(&taken["worth"], worth, 1e-6);
        near(&taken["loans_unpaid"], unpaid, 1e-6);
    }
}

/// 100 USDe at 99 % against a loan at 5 %.
fn borrower(loan: f64) -> Value {
    report(&format!(
        "margin = {{ portfolio = {{}} }}
         [assets.usdt]
         index_usd = 1.0
         ratio = 1.0
         loan = {loan}
         loan_maintenance = 0.05
         [assets.usde]
         balance = 100.0
         index_usd = 1.0
         ratio = 0.99"
    ))
}

#[test]
fn unimmr_has_four_levels() {
    for (loan, level) in [
        (90.0, "free"),
        (92.0, "free"),
        (93.0, "reminder"),
        (93.3, "reminder"),
        (93.4, "reduce_only"),
        (94.0, "reduce_only"),
        (95.0, "liquidation"),
    ] {
        let account = borrower(loan);
        near(&account["summary"]["unimmr"], (99.0 - loan) / (0.05 * loan), 1e-9);
        assert_eq!(account["summary"]["level"], level, "{loan}");
    }
    // What may leave keeps 1.2 maintenance margins: 9 - 1.2 * 4.5 = 3.6.
    near(&borrower(90.0)["assets"][1]["transfer_out"], 3.6 / 0.99, 1e-9);
}

/// Equity stays 4: the haircut of the sale is that of the margin. 4 = 1.05 * 1.001 * 5 % of what is still owed.
#[test]
fn a_loan_is_repaid_out_of_the_collateral() {
    let plan = &borrower(95.0)["plans"][0];
    let repaid = 95.0 - 4.0 / (1.05 * 1.001 * 0.05);
    near(&plan["repayments"][0]["quantity"], repaid, 1e-9);
    near(&plan["sales"][0]["quantity"], repaid / 0.99, 1e-9);
    near(&plan["outcome"]["compliant"]["equity"], 4.0, 1e-9);
}

/// Unrealised profit backs orders and is not transferred; an unrealised loss stays covered.
#[test]
fn unrealised_profit_is_not_transferred() {
    let winner = long(61_000.0, 100.0, "");
    near(&winner["summary"]["available"], 2_000.0 - 610.0, 1e-9);
    near(&winner["assets"][0]["transfer_out"], 1_000.0, 1e-9);
    let loser = long(59_500.0, 200.0, "");
    near(&loser["summary"]["available"], 500.0 - 297.5, 1e-9);
    near(&loser["assets"][0]["transfer_out"], 202.5, 1e-9);
}

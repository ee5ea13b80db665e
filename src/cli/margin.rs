//! `rehypo margin`: what a futures venue would say of one account.

use super::args::MarginArgs;
use super::failure::Failure;
use super::text::{lines, print, table};
use crate::calculator::{
    AccountReport, Level, Move, Outcome, Plan, PlannedClose, PlannedRepayment, PlannedSale, PlannedTakeOver, Report,
    Summary, report,
};
use crate::metric::figure::exact;
use crate::scenario::account::load_account;

pub fn main(arguments: &MarginArgs) -> Result<(), Failure> {
    let report = report(&load_account(&arguments.account)?);
    if arguments.json {
        let json = serde_json::to_string_pretty(&report).expect("a report can be written as JSON");
        return print(&format!("{json}\n"));
    }
    print(&text(&report))
}

fn text(report: &Report) -> String {
    let accounts: Vec<String> = report.accounts.iter().map(|account| self::account(report.margin, account)).collect();
    accounts.join("\n")
}

fn account(mode: &str, account: &AccountReport) -> String {
    let mut text = format!("Account: {}, {}\n\n", account.scope, mode.replace('_', "-"));
    text.push_str(&summary(&account.summary));
    text.push_str(&assets(account));
    text.push_str(&positions(account));
    let breached = account.summary.level == Level::Liquidation;
    let meaning = if breached { "compliant again" } else { "liquidated" };
    text.push_str(&moves(&format!("If one collateral's index alone moves, {meaning} at"), &account.by_collateral));
    text.push_str(&moves(&format!("If a coin moves with all that is on it, {meaning} at"), &account.by_coin));
    account.plans.iter().for_each(|plan| text.push_str(&self::plan(plan)));
    text
}

fn summary(summary: &Summary) -> String {
    let percent = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{} %", exact(share * 100.0)));
    let mut rows = table(&["account", "USD"], 1);
    rows.add_row(["equity".to_owned(), exact(summary.equity)]);
    rows.add_row(["maintenance margin".to_owned(), exact(summary.maintenance)]);
    rows.add_row(["initial margin".to_owned(), exact(summary.initial)]);
    rows.add_row(["notional".to_owned(), exact(summary.notional)]);
    rows.add_row(["available for orders".to_owned(), exact(summary.available)]);
    rows.add_row(["margin ratio".to_owned(), percent(summary.margin_ratio)]);
    if summary.unimmr.is_some() {
        rows.add_row(["uniMMR".to_owned(), percent(summary.unimmr)]);
    }
    let level = match summary.level {
        Level::Free => "free",
        Level::Reminder => "free, with a reminder",
        Level::ReduceOnly => "orders can only reduce",
        Level::Liquidation => "in liquidation",
    };
    rows.add_row(["state", level]);
    lines(&rows)
}

fn assets(account: &AccountReport) -> String {
    let header = ["asset", "balance", "loan", "unrealised", "bid", "ask", "equity USD", "available", "transfer out"];
    let mut rows = table(&header, 1);
    for line in &account.assets {
        rows.add_row([
            line.asset.clone(),
            exact(line.balance),
            exact(line.loan),
            exact(line.unrealised),
            exact(line.bid_usd),
            exact(line.ask_usd),
            exact(line.equity),
            option(line.available),
            exact(line.transfer_out),
        ]);
    }
    format!("\n{}", lines(&rows))
}

fn positions(account: &AccountReport) -> String {
    if account.positions.is_empty() {
        return String::new();
    }
    let mut held = table(&["position", "quantity", "entry", "mark", "notional", "unrealised", "initial"], 1);
    let mut prices = table(&["position", "bracket", "rate", "maintenance", "liquidation price", "bankruptcy price"], 1);
    for line in &account.positions {
        let (contract, rate) = (line.contract.clone(), format!("{} %", exact(line.rate * 100.0)));
        let quantities = [line.quantity, line.entry, line.mark, line.notional, line.unrealised, line.initial];
        held.add_row(std::iter::once(contract.clone()).chain(quantities.map(exact)));
        prices.add_row([
            contract,
            line.bracket.to_string(),
            rate,
            exact(line.maintenance),
            both(line.liquidation_below, line.liquidation_above),
            option(line.bankruptcy),
        ]);
    }
    let note = if account.summary.level == Level::Liquidation {
        "The account is in breach: liquidation prices are those at which it would be compliant again.\n"
    } else {
        ""
    };
    format!("\n{}\n{}{note}", lines(&held), lines(&prices))
}

fn moves(title: &str, moves: &[Move]) -> String {
    if moves.is_empty() {
        return String::new();
    }
    let mut rows = table(&["", "price now", "at", "change"], 1);
    for line in moves {
        let change = |change: Option<f64>| {
            change.map(|change| format!("{}{} %", if change > 0.0 { "+" } else { "" }, exact(change * 100.0)))
        };
        let changes: Vec<String> =
            [change(line.change_below), change(line.change_above)].into_iter().flatten().collect();
        rows.add_row([line.name.clone(), option(line.price), both(line.below, line.above), changes.join(" or ")]);
    }
    format!("\n{title}\n{}", lines(&rows))
}

fn plan(plan: &Plan) -> String {
    let title = match &plan.trigger {
        None => "\nThe liquidation now:\n".to_owned(),
        Some((contract, price)) => format!("\nThe liquidation if {contract} is at {}:\n", exact(*price)),
    };
    let sale = |sale: &PlannedSale| {
        let (quantity, proceeds) = (exact(sale.quantity), exact(sale.proceeds));
        format!("  exchanges {quantity} {} for {proceeds} {}\n", sale.asset, sale.into)
    };
    let repaid = |loan: &PlannedRepayment| format!("  repays {} {} of the loan\n", exact(loan.quantity), loan.asset);
    let closes = plan.closes.iter().map(close);
    let lines: String = closes.chain(plan.sales.iter().map(sale)).chain(plan.repayments.iter().map(repaid)).collect();
    title + &lines + &outcome(&plan.outcome)
}

fn close(close: &PlannedClose) -> String {
    let does = if close.quantity < 0.0 { "sells" } else { "buys back" };
    let ordered = close.quantity.abs();
    let short = if close.filled < ordered { format!(" of {} ordered", exact(ordered)) } else { String::new() };
    let fees = [("clearance fee", close.clearance_fee), ("taker fee", close.taker_fee)];
    let fees = fees.iter().filter(|(_, fee)| *fee > 0.0).map(|(name, fee)| format!(", {name} {}", exact(*fee)));
    let (quantity, price, fees) = (exact(close.filled), exact(close.price), fees.collect::<String>());
    format!("  {does} {quantity}{short} {} at {price}{fees}\n", close.contract)
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Compliant { equity, maintenance, fund_pays } => {
            let fund = if *fund_pays > 0.0 {
                format!(", the insurance fund pays {} USD", exact(*fund_pays))
            } else {
                String::new()
            };
            format!("  then equity is {} USD, maintenance margin {} USD{fund}\n", exact(*equity), exact(*maintenance))
        }
        Outcome::TakenOver { positions, worth, loans_unpaid } => {
            let takes = |p: &PlannedTakeOver| {
                format!("  the insurance fund takes over {} {} at {}\n", exact(p.quantity), p.contract, exact(p.price))
            };
            let taken: String = positions.iter().map(takes).collect();
            let (name, usd) = (if *worth < 0.0 { "loss" } else { "profit" }, exact(worth.abs()));
            let unpaid = if *loans_unpaid > 0.0 {
                format!(
                    "  loans not repaid, {} USD of it, are the lender's below the fund's floor\n",
                    exact(*loans_unpaid)
                )
            } else {
                String::new()
            };
            format!("{taken}  the fund's {name} is {usd} USD\n{unpaid}")
        }
    }
}

/// One price or two, as bounds.
fn both(below: Option<f64>, above: Option<f64>) -> String {
    let below = below.map(|price| format!("<= {}", exact(price)));
    let above = above.map(|price| format!(">= {}", exact(price)));
    let found: Vec<String> = [below, above].into_iter().flatten().collect();
    if found.is_empty() { "-".to_owned() } else { found.join(" or ") }
}

fn option(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), exact)
}

//! `rehypo list`.

use super::args::{ListArgs, Listing};
use super::failure::Failure;
use super::text::{lines, print, table};
use crate::chart::CHARTS;
use crate::event::EventKind;
use crate::metric::{COMPARISONS, METRICS};
use crate::price::LAWS;
use comfy_table::Table;

/// Kinds of venues, as tables below `[venues.<name>]`.
const VENUES: [(&str, &str); 4] = [
    (
        "futures",
        "Perpetual futures in multi-assets, single-asset or portfolio margin: brackets, insurance funds, deleveraging, funding.",
    ),
    ("savings", "A lending pool: deposits with receipts, loans against them, two-slope rates, withdrawals in line."),
    (
        "issuer",
        "An issuer of a token backed by its coin and, for dollar tokens, by delta-neutral pairs: reserve fund, redemptions.",
    ),
    (
        "amm",
        "A pool of two assets with constant product: LP tokens, fees, arbitrage, idle reserves in a savings pool, rewards.",
    ),
];

pub fn main(arguments: &ListArgs) -> Result<(), Failure> {
    let listing = match arguments.what {
        Listing::Metrics => metrics(),
        Listing::Charts => {
            let charts =
                CHARTS.iter().map(|chart| [chart.name.to_owned(), chart.tables.join(", "), chart.doc.to_owned()]);
            rows(&["chart", "reads", "shows"], charts)
        }
        Listing::Prices => rows(&["law", "meaning"], LAWS.iter().map(|&(name, doc)| [name, doc].map(str::to_owned))),
        Listing::Venues => {
            rows(&["venue", "meaning"], VENUES.iter().map(|&(name, doc)| [name, doc].map(str::to_owned)))
        }
        Listing::Events => {
            let kinds = EventKind::ALL.iter().map(|kind| [kind.name().to_owned(), event_doc(*kind).to_owned()]);
            rows(&["kind", "what happened"], kinds)
        }
    };
    print(&lines(&listing))
}

fn metrics() -> Table {
    let worse = |larger: bool| if larger { "more" } else { "less" };
    let metrics = METRICS.iter().map(|m| [m.name, m.unit, worse(m.larger_is_worse), m.doc]);
    let comparisons = COMPARISONS.iter().map(|c| [c.name, c.unit, worse(c.larger_is_worse), c.doc]);
    rows(
        &["column of paths.parquet", "unit", "worse", "meaning"],
        metrics.chain(comparisons).map(|row| row.map(str::to_owned)),
    )
}

fn rows<const N: usize>(header: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> Table {
    let mut listing = table(header, N);
    for row in rows {
        listing.add_row(row);
    }
    listing
}

const fn event_doc(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Liquidation => "A futures position was closed by force in the market.",
        EventKind::TakeOver => "The insurance fund took a bankrupt position over.",
        EventKind::Deleveraging => "A profitable position was closed against a bankrupt one.",
        EventKind::AutoExchange => "The venue sold collateral to cover a negative balance.",
        EventKind::LoanLiquidation => "A loan from a pool was liquidated.",
        EventKind::Recall => "Collateral was sold to repay a loan whose term had ended and that nobody rolled over.",
        EventKind::BadDebt => "A debt that no collateral covers was written off.",
        EventKind::Shortfall => "A loss that nobody could be made to pay.",
        EventKind::FailedWithdrawal => "A withdrawal was not paid, or not in full; the amount is what was not paid.",
        EventKind::FailedTopUp => {
            "A margin top-up that the pool could not pay in full; the amount is what was not paid."
        }
        EventKind::TopUp => "A margin top-up out of savings.",
        EventKind::FundTopUp => "The exchange paid into an insurance fund.",
        EventKind::Leave => "An owner began to leave; the amount is the wealth that leaves.",
        EventKind::Gate => "An issuer's fast redemption closed, for want of quota or cash.",
        EventKind::Suspension => "An issuer suspended all redemption; the amount is what is due.",
        EventKind::Slashing => "Part of what an issuer has staked was taken away.",
        EventKind::Theft => "An attacker took coins, or issued tokens for nothing.",
        EventKind::LoanToLeave => "One who could not withdraw borrowed another coin against the deposit and left.",
        EventKind::Flight => "What has left was exchanged for another coin or deposited elsewhere.",
        EventKind::VaultClosure => {
            "A vault could no longer meet its limit and was closed; the amount is its collateral."
        }
    }
}

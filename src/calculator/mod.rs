//! The margin calculator: everything that a futures venue would say of one account, from the arithmetic that the engine
//! liquidates with ([`crate::venue::margin`]). Amounts are in USD at the index unless a name says otherwise; prices of
//! contracts are in their settlement asset. Isolated positions are accounts of their own.
//!
//! References: Binance, "How to calculate margin ratio in the multi-assets mode" (equity, available for order), "How to
//! check futures wallet balance" (available in single-asset mode), "Frequently asked questions on the classic portfolio
//! margin program" (largest withdrawal: the wallet balance of the coin, and equity - 1.2 * maintenance margin in all).

mod plan;
mod sheet;

use crate::scenario::MarginMode;
use crate::scenario::account::Account;
use crate::venue::margin::liquidation::{Crossings, Moving, bankruptcy_price, crossings};
use crate::venue::margin::{Health, Marks};
pub use plan::{Outcome, Plan, PlannedClose, PlannedRepayment, PlannedSale, PlannedTakeOver};
use serde::Serialize;
use sheet::Sheet;
pub use sheet::{AssetLine, PositionLine};

/// A price is not shown if it is further away than this multiple of the present one.
const FURTHEST: f64 = 1000.0;

/// What the calculator says of an account file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Margin mode, as the file writes it.
    pub margin: &'static str,
    /// The account, unless all that it has is in isolated positions, and each of those.
    pub accounts: Vec<AccountReport>,
}

/// One account, or one isolated position.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountReport {
    /// `cross`, or `isolated` and the contract.
    pub scope: String,
    /// What is in the wallet.
    pub assets: Vec<AssetLine>,
    /// Positions.
    pub positions: Vec<PositionLine>,
    /// The whole.
    pub summary: Summary,
    /// Index prices at which the account meets its maintenance margin when one collateral alone moves.
    pub by_collateral: Vec<Move>,
    /// How far a coin can move with all that is on it.
    pub by_coin: Vec<Move>,
    /// What a liquidation would do: now if there is one, else at the liquidation price of each contract.
    pub plans: Vec<Plan>,
}

/// An account as a whole, USD.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Margin balance after haircuts.
    pub equity: f64,
    /// Maintenance margin of positions and loans.
    pub maintenance: f64,
    /// Initial margin of positions.
    pub initial: f64,
    /// Notional, longs and shorts added.
    pub notional: f64,
    /// Maintenance over equity; none if there is no equity.
    pub margin_ratio: Option<f64>,
    /// Equity over maintenance, in portfolio margin.
    pub unimmr: Option<f64>,
    /// Where the account stands.
    pub level: Level,
    /// Available for orders.
    pub available: f64,
}

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing is restricted (portfolio margin: uniMMR above 150 %).
    Free,
    /// A reminder is sent (120 to 150 %).
    Reminder,
    /// Orders can only reduce (down to the liquidation uniMMR, 105 %).
    ReduceOnly,
    /// The venue liquidates.
    Liquidation,
}

/// Where the account meets its maintenance margin when something moves: of a compliant account, where it is
/// liquidated; of a breached one, where it would be compliant again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Move {
    /// What moves.
    pub name: String,
    /// Its price now; none for a coin without a price of its own here.
    pub price: Option<f64>,
    /// Nearest price below; none if there is none.
    pub below: Option<f64>,
    /// Nearest price above.
    pub above: Option<f64>,
    /// The first as a change, a share of the price.
    pub change_below: Option<f64>,
    /// The second as a change.
    pub change_above: Option<f64>,
}

impl Move {
    fn new(name: &str, price: Option<f64>, found: Crossings) -> Self {
        Self {
            name: name.to_owned(),
            price,
            below: found.below.zip(price).map(|(factor, price)| factor * price),
            above: found.above.zip(price).map(|(factor, price)| factor * price),
            change_below: found.below.map(|factor| factor - 1.0),
            change_above: found.above.map(|factor| factor - 1.0),
        }
    }

    /// Whether no move of it matters.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.change_below.is_none() && self.change_above.is_none()
    }
}

/// Everything about an account.
#[must_use]
pub fn report(account: &Account) -> Report {
    let cross = account.positions.iter().filter(|p| p.isolated_margin.is_none()).copied();
    let whole = Sheet::new(account, "cross".to_owned(), account.balances.clone(), &account.loans, cross.collect());
    let isolated = account.positions.iter().filter_map(|position| {
        let margin = position.isolated_margin?;
        let terms = &account.table.contracts[position.contract];
        let mut balances = vec![0.0; account.balances.len()];
        balances[terms.settles] = margin;
        let loans = vec![0.0; balances.len()];
        Some(Sheet::new(account, format!("isolated {}", terms.name), balances, &loans, vec![*position]))
    });
    let sheets = std::iter::once(whole).chain(isolated).filter(|sheet| !sheet.is_empty());
    Report {
        margin: match account.table.margin {
            MarginMode::MultiAssets => "multi_assets",
            MarginMode::SingleAsset => "single_asset",
            MarginMode::Portfolio { .. } => "portfolio",
        },
        accounts: sheets.map(|sheet| of_sheet(&sheet)).collect(),
    }
}

fn of_sheet(sheet: &Sheet<'_>) -> AccountReport {
    let (account, table) = (sheet.account, &sheet.account.table);
    let health = sheet.health();
    let summary = summary(health, table.margin, sheet.initial());
    let moves = |moving: &Moving| nearby(sheet, moving);
    let by_collateral = (0..account.assets.len())
        .map(|at| Move::new(&account.assets[at], Some(account.index_usd[at]), moves(&Moving::collateral(at))));
    let by_coin = account.coins.iter().enumerate().map(|(coin, name)| {
        let moving = Moving::coin(table, &account.on, crate::id::CoinId::at(coin));
        Move::new(name, sheet.coin_price(name, &moving), moves(&moving))
    });
    AccountReport {
        scope: sheet.scope.clone(),
        assets: sheet.assets(&summary),
        positions: sheet.positions(&moves, |contract| bankruptcy_price(table, &sheet.marks, &sheet.row, contract)),
        by_collateral: by_collateral.filter(|found| !found.is_idle()).collect(),
        by_coin: by_coin.filter(|found| !found.is_idle()).collect(),
        plans: plans(sheet, health),
        summary,
    }
}

/// The crossings that are near enough to be shown.
fn nearby(sheet: &Sheet<'_>, moving: &Moving) -> Crossings {
    let found = crossings(&sheet.account.table, &sheet.marks, &sheet.row, moving);
    Crossings { above: found.above.filter(|factor| *factor <= FURTHEST), ..found }
}

fn summary(health: Health, mode: MarginMode, initial: f64) -> Summary {
    let unimmr = health.equity / health.maintenance;
    let portfolio = matches!(mode, MarginMode::Portfolio { .. });
    Summary {
        equity: health.equity,
        maintenance: health.maintenance,
        initial,
        notional: health.notional,
        margin_ratio: Some(health.margin_ratio()).filter(|ratio| ratio.is_finite()),
        unimmr: Some(unimmr).filter(|unimmr| portfolio && unimmr.is_finite()),
        level: match unimmr {
            _ if health.is_breached() => Level::Liquidation,
            unimmr if portfolio && unimmr <= 1.2 => Level::ReduceOnly,
            unimmr if portfolio && unimmr <= 1.5 => Level::Reminder,
            _ => Level::Free,
        },
        available: (health.equity - initial).max(0.0),
    }
}

/// The liquidation now, or those at the nearest liquidation prices of each contract.
fn plans(sheet: &Sheet<'_>, health: Health) -> Vec<Plan> {
    let table = &sheet.account.table;
    if health.is_breached() {
        return vec![plan::plan(sheet, &sheet.marks, None)];
    }
    let mut plans: Vec<Plan> = Vec::new();
    for contract in 0..table.contracts.len() {
        let moving = Moving::contract(table, contract);
        if moving.contracts[0] != contract {
            continue;
        }
        let found = nearby(sheet, &moving);
        for factor in [found.below, found.above].into_iter().flatten() {
            let marks: Marks = moving.moved(&sheet.marks, factor);
            let trigger = (table.contracts[contract].listing.clone(), marks.price[contract]);
            plans.push(plan::plan(sheet, &marks, Some(trigger)));
        }
    }
    plans
}

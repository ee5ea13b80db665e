//! Every table and every column: name, type, meaning. Writers follow it, `docs/tables.md` is printed from it.

mod page;
mod sweep;

use crate::metric::{self, Column as PathColumn, Source};
use crate::outcome::Layer;
use crate::scenario::Variant;
use crate::scenario::observed::Observed;
pub use page::page;
pub use sweep::{SWEEP_FIGURES, sweep, sweep_cohorts};

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// File name without `.parquet`.
    pub name: &'static str,
    /// What a row is, and whatever else there is to say.
    pub doc: &'static str,
    /// Its columns, in order.
    pub columns: Vec<Column>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name, unit last.
    pub name: String,
    /// Type.
    pub kind: Kind,
    /// What it holds.
    pub doc: String,
}

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole number of 32 bits, never null.
    U32,
    /// The same, null where it does not apply.
    U32OrNull,
    /// Whole number of 64 bits, never null.
    U64,
    /// Floating-point number; null where it has no meaning, never NaN.
    F64,
    /// Text, never null.
    Str,
    /// The same, null where it does not apply.
    StrOrNull,
}

impl Kind {
    /// Its name in the documentation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::U32 => "u32",
            Self::U32OrNull => "u32, may be null",
            Self::U64 => "u64",
            Self::F64 => "f64",
            Self::Str => "str",
            Self::StrOrNull => "str, may be null",
        }
    }
}

/// Quantiles of a cohort's loss in `cohorts`, percent.
pub const COHORT_QUANTILES: [u32; 5] = [5, 25, 50, 75, 95];

/// One row per path.
#[must_use]
pub fn paths(counterfactuals: &[Variant]) -> Table {
    let mut columns = vec![column("path", Kind::U64, "Path, 0 is the first.")];
    columns.extend(metric::columns(counterfactuals).iter().map(|c| column(&c.name, Kind::F64, &path_doc(c))));
    Table {
        name: "paths",
        doc: "One row per path: every metric of the full world, the same for each counterfactual world with its name \
              in front, then the comparisons.",
        columns,
    }
}

/// One row per event of the full world.
#[must_use]
pub fn events() -> Table {
    Table {
        name: "events",
        doc: "One row per event of the full world, in the order in which they happened, path by path.",
        columns: vec![
            column("path", Kind::U64, "Path."),
            column("step", Kind::U32, "Step in which it happened, 1 is the first."),
            column("time_hours", Kind::F64, "End of that step, hours from the start."),
            column("round", Kind::U32, "Round of the cascade within the step; 0 before the first."),
            column(
                "generation",
                Kind::U32OrNull,
                "Of forced closes in a round: 0 if the outside price alone brought the account down, else one more than the largest of earlier rounds of the cascade; null for other events.",
            ),
            column("kind", Kind::Str, "What happened; `rehypo list events` explains each kind."),
            column("owner", Kind::U32OrNull, "Owner, as in `accounts`; null for what the system does on its own."),
            column("cohort", Kind::StrOrNull, "The owner's cohort."),
            column("asset", Kind::Str, "Contract, coin or token."),
            column("amount", Kind::F64, "How much, in units of the asset."),
            column("amount_usd", Kind::F64, "How much, USD."),
            column("price_usd", Kind::F64, "Price at which it was done, USD."),
        ],
    }
}

/// One row per series and step: quantiles over paths.
#[must_use]
pub fn bands() -> Table {
    let mut columns = vec![
        column("series", Kind::Str, SERIES_DOC),
        column("entity", Kind::Str, ENTITY_DOC),
        column("step", Kind::U32, "Step; 0 is the opening."),
        column("time_hours", Kind::F64, "End of that step, hours from the start."),
        column("paths", Kind::U32, "Paths that the figures of this row are over."),
        column("mean", Kind::F64, "Mean over these paths, in the unit of the series."),
    ];
    columns.extend(metric::summary::QUANTILES.iter().map(|p| {
        column(&format!("p{p:02}"), Kind::F64, &format!("Quantile at {p} %: the smallest value that {p} % reach."))
    }));
    Table {
        name: "bands",
        doc: "One row per series and step of the full world: mean and exact quantiles over paths. Over all paths if \
              their series fit 128 MiB in single precision, else over the first paths that do (`bands_paths` in \
              manifest.json).",
        columns,
    }
}

/// One row per path: the figures that stand beside what was observed.
#[must_use]
pub fn observed(rows: &[Observed]) -> Table {
    let mut columns = vec![column("path", Kind::U64, "Path, 0 is the first.")];
    columns.extend(rows.iter().enumerate().map(|(i, row)| {
        column(&observed_column(i), Kind::F64, &format!("{} ({}); null if it never happened.", row.what, row.unit))
    }));
    Table {
        name: "observed",
        doc: "One row per path: the figures of the full world that the config sets beside what was observed in the event \
              that it reproduces, one column for each `[[observed]]` in their order, the first is `observed_1`. Only \
              where the config has any. `summary.json` has the numbers observed.",
        columns,
    }
}

/// The column of a row of `[[observed]]`, by position from 0.
#[must_use]
pub fn observed_column(position: usize) -> String {
    format!("observed_{}", position + 1)
}

/// Whole series of a few paths.
#[must_use]
pub fn series() -> Table {
    Table {
        name: "series",
        doc: "Whole series of the worst paths (largest `loss_usd`) and of a sample (the first paths), in every world. \
              A path that is both is there twice.",
        columns: vec![
            column("path", Kind::U64, "Path."),
            column("role", Kind::Str, "`worst` or `sample`."),
            column("rank", Kind::U32, "1 is the worst, or the first of the sample."),
            column("world", Kind::Str, WORLD_DOC),
            column("step", Kind::U32, "Step; 0 is the opening."),
            column("time_hours", Kind::F64, "End of that step, hours from the start."),
            column("series", Kind::Str, SERIES_DOC),
            column("entity", Kind::Str, ENTITY_DOC),
            column("value", Kind::F64, "Value, in the unit of the series."),
        ],
    }
}

/// One row per owner.
#[must_use]
pub fn accounts(counterfactuals: &[Variant]) -> Table {
    let mut columns = vec![
        column("owner", Kind::U32, "Owner, 0 is the first."),
        column("name", Kind::Str, "Name in a real book; empty for drawn owners."),
        column("cohort", Kind::Str, "Cohort."),
        column("equity_usd", Kind::F64, "Net worth at the opening, USD."),
        column("notional_usd", Kind::F64, "Futures notional at the opening, longs and shorts added, USD."),
        column("gross_exposure_usd", Kind::F64, "Exposure at the opening, looking through every token, USD."),
        column("nominal_leverage_x", Kind::F64, "Futures notional over the equity that the venue sees."),
        column("effective_leverage_x", Kind::F64, "`gross_exposure_usd` over `equity_usd`."),
    ];
    for world in worlds(counterfactuals) {
        let name = |quantity| metric::column_name(world, quantity);
        let where_ = in_world(world);
        columns.push(column(
            &name("p_liquidated"),
            Kind::F64,
            &format!("Share of paths with a forced close of the owner{where_}."),
        ));
        columns.push(column(
            &name("mean_loss_usd"),
            Kind::F64,
            &format!("Mean loss over paths{where_}, USD; a gain is negative."),
        ));
    }
    Table { name: "accounts", doc: "One row per owner: the opening, and what became of it over all paths.", columns }
}

/// One row per cohort and world.
#[must_use]
pub fn cohorts() -> Table {
    let mut columns = vec![
        column("cohort", Kind::Str, COHORT_DOC),
        column("world", Kind::Str, WORLD_DOC),
        column("owners", Kind::U32, "Owners."),
        column("equity_usd", Kind::F64, "Net worth at the opening, USD."),
        column("nominal_leverage_x", Kind::F64, "Leverage that venues believe, weighted by net worth; full world."),
        column("effective_leverage_x", Kind::F64, "Gross exposure over net worth, all together; full world."),
        column("p_liquidated", Kind::F64, P_LIQUIDATED_DOC),
        column("mean_loss_usd", Kind::F64, "Loss of the cohort as a whole, mean over paths, USD; a gain is negative."),
    ];
    columns.extend(
        COHORT_QUANTILES
            .iter()
            .map(|p| column(&format!("loss_p{p:02}_usd"), Kind::F64, &format!("Its quantile at {p} % of paths, USD."))),
    );
    columns.extend([
        column("loss_var99_usd", Kind::F64, "Its value at risk at 99 %, USD."),
        column("loss_es95_usd", Kind::F64, "Its expected shortfall at 95 %: mean of the worst 5 % of paths, USD."),
        column("loss_es99_usd", Kind::F64, "Its expected shortfall at 99 %, USD."),
    ]);
    columns.extend(Layer::ALL.iter().map(|layer| {
        let doc = format!("Part of `mean_loss_usd` in the layer {}, USD.", layer.name());
        column(&format!("loss_{}_usd", layer.name()), Kind::F64, &doc)
    }));
    let doc = "What it gave up in deleveraging, mean over paths, USD; part of the loss in the layer liquidation.";
    columns.push(column("mean_adl_paid_usd", Kind::F64, doc));
    Table { name: "cohorts", doc: "One row per cohort and world, and a row `all` for each world.", columns }
}

/// One row per path: the loss of each cohort, and what it gave up in deleveraging.
#[must_use]
pub fn cohort_losses(cohorts: &[&str], counterfactuals: &[Variant]) -> Table {
    let mut columns = vec![column("path", Kind::U64, "Path, 0 is the first.")];
    for world in worlds(counterfactuals) {
        columns.extend(cohorts.iter().map(|cohort| {
            let doc = format!("Loss of the cohort `{cohort}`{}, USD; a gain is negative.", in_world(world));
            column(&cohort_loss_column(world, cohort), Kind::F64, &doc)
        }));
        columns.extend(cohorts.iter().map(|cohort| {
            let doc = format!("What the cohort `{cohort}` gave up in deleveraging{}, USD.", in_world(world));
            column(&cohort_adl_paid_column(world, cohort), Kind::F64, &doc)
        }));
    }
    Table {
        name: "cohort_losses",
        doc: "One row per path: the loss of each cohort in each world, and the part of it that it gave up in \
              deleveraging, with the name of a counterfactual world in front.",
        columns,
    }
}

/// What `issuers` says of a balance sheet, in order: name of the column after `open_` or `end_`, and what it holds.
pub const ISSUER_SHEET: [(&str, &str); 8] = [
    ("cash_usd", "Cash: the coin of redemption"),
    ("spot_usd", "Other coins"),
    ("hedge_usd", "Equity of the hedge account"),
    ("staked_usd", "Staked coins, those on their way out included"),
    ("held_tokens_usd", "Receipts and tokens of others"),
    ("reserve_usd", "Reserve fund"),
    ("claims_usd", "What holders of the token were promised"),
    ("equity_usd", "The six assets less the claims"),
];

/// One row per path, world and issuer: its balance sheet at the opening and at the end.
#[must_use]
pub fn issuers() -> Table {
    let mut columns = vec![
        column("path", Kind::U64, "Path, 0 is the first."),
        column("world", Kind::Str, WORLD_DOC),
        column("issuer", Kind::Str, "Issuer."),
        column("token", Kind::Str, "Its token."),
    ];
    for (when, name) in [("at the opening", "open"), ("at the end", "end")] {
        columns.extend(
            ISSUER_SHEET
                .iter()
                .map(|(sheet, doc)| column(&format!("{name}_{sheet}"), Kind::F64, &format!("{doc}, {when}, USD."))),
        );
    }
    columns.extend([
        column("redeemed_usd", Kind::F64, "Redemptions paid, USD."),
        column("backstop_used_usd", Kind::F64, "Paid in out of the issuer's own pocket, USD."),
        column("gated_hours", Kind::F64, "Hours in which fast redemption was closed while somebody wanted it."),
        column("suspended_hours", Kind::F64, "Hours in which all redemption was suspended."),
    ]);
    Table {
        name: "issuers",
        doc: "One row per path, world and issuer: its balance sheet at the opening and at the end. Assets less claims are \
              the equity; between the two stand what it redeemed and what it paid in.",
        columns,
    }
}

/// The column of a cohort's loss in `cohort_losses`.
#[must_use]
pub fn cohort_loss_column(world: Variant, cohort: &str) -> String {
    metric::column_name(world, &format!("{cohort}_loss_usd"))
}

/// The column of what a cohort gave up in deleveraging in `cohort_losses`.
#[must_use]
pub fn cohort_adl_paid_column(world: Variant, cohort: &str) -> String {
    metric::column_name(world, &format!("{cohort}_adl_paid_usd"))
}

const SERIES_DOC: &str = "What is followed, unit last.";
const ENTITY_DOC: &str = "Of what: a coin, a contract, a pool's reserve, a token, a venue; empty for the whole system.";
const COHORT_DOC: &str = "Cohort; `all` for everybody.";
const P_LIQUIDATED_DOC: &str = "Share of its owners hit by a forced close, mean over paths.";
const WORLD_DOC: &str = "`full`, `no_feedback` or `no_reuse`.";

/// The full world, then the counterfactuals.
pub fn worlds(counterfactuals: &[Variant]) -> impl Iterator<Item = Variant> {
    std::iter::once(Variant::Full).chain(counterfactuals.iter().copied())
}

fn column(name: &str, kind: Kind, doc: &str) -> Column {
    Column { name: name.to_owned(), kind, doc: doc.to_owned() }
}

fn in_world(world: Variant) -> String {
    if world == Variant::Full { String::new() } else { format!(" in the world `{}`", world.name()) }
}

fn path_doc(c: &PathColumn) -> String {
    match c.source {
        Source::Metric(m, Variant::Full) => m.doc.to_owned(),
        Source::Metric(m, world) => format!("`{}`{}.", m.name, in_world(world)),
        Source::Comparison(c) => c.doc.to_owned(),
    }
}

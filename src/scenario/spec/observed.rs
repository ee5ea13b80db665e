//! What really happened in an event that a config reproduces, and which figure of a path is set beside it.

use crate::unit::{Number, Positive, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number that was observed in the event, and the figure of a path that stands beside it. It changes nothing in the
/// simulation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObservedSpec {
    /// What was observed, in a few words: `"WETH pool: hours until all is lent out"`.
    pub what: String,
    /// The number observed, in `unit`; 0 or 1 if that is `0/1`.
    pub value: Number,
    /// Unit of both numbers.
    pub unit: UnitSpec,
    /// Where the number observed is from, with its date.
    pub source: String,
    /// What the figure of a path is multiplied by before it is set beside: 100 in a world of a hundredth. For USD and counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<Positive>,
    /// The figure of a path, in the full world. A series has a value at the opening and at the end of each step; its value
    /// at a time is the one at the end of the last step that ends by then, in which a shock at that time has struck.
    pub figure: FigureSpec,
}

/// Unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UnitSpec {
    /// Hours.
    #[serde(rename = "hours")]
    Hours,
    /// A share of 1.
    #[serde(rename = "share")]
    Share,
    /// US dollars.
    #[serde(rename = "USD")]
    Usd,
    /// A multiple.
    #[serde(rename = "x")]
    Multiple,
    /// How many.
    #[serde(rename = "count")]
    Count,
    /// 1 if it happened, else 0.
    #[serde(rename = "0/1")]
    YesOrNo,
}

/// A figure of a path: exactly one kind.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FigureSpec {
    /// Hours from a time until a series first reaches a level; 0 if it is there already, without a value if it never is.
    FirstHours(FirstHoursSpec),
    /// A series at a time.
    At(AtSpec),
    /// A series at one time less the same at an earlier one.
    Change(ChangeSpec),
    /// The lowest value of a series between two times, both included.
    Lowest(BetweenSpec),
    /// The highest value of a series between two times, both included.
    Highest(BetweenSpec),
    /// What one series rises over what another rises between two times, such as the share of the forced volume of a phase
    /// that our own sales set off; without a value where the other does not rise.
    Ratio(RatioSpec),
    /// A metric by name (`rehypo list metrics`).
    Metric(String),
}

/// Hours from a time until a series first reaches a level: exactly one of `at_least` and `at_most`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstHoursSpec {
    /// Name of the series, as in `series.parquet`.
    pub series: String,
    /// Of what, as in `series.parquet`: a coin, a contract, `pool/coin`, a token; left out for the whole system.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entity: String,
    /// The level, reached from below.
    #[serde(default)]
    pub at_least: Option<Number>,
    /// The level, reached from above.
    #[serde(default)]
    pub at_most: Option<Number>,
    /// The time from which hours are counted; the opening if left out. What is before it does not count.
    #[serde(default)]
    pub after: Option<Span>,
}

/// A series at a time.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AtSpec {
    /// Name of the series, as in `series.parquet`.
    pub series: String,
    /// Of what, as in `series.parquet`; left out for the whole system.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entity: String,
    /// The time.
    pub time: Span,
}

/// A series at one time less the same at an earlier one.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSpec {
    /// Name of the series, as in `series.parquet`.
    pub series: String,
    /// Of what, as in `series.parquet`; left out for the whole system.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entity: String,
    /// The earlier time; the opening if left out.
    #[serde(default)]
    pub from: Option<Span>,
    /// The later time; the end of the path if left out.
    #[serde(default)]
    pub to: Option<Span>,
    /// Divide by the earlier value: a share of it. Without a value where the earlier value is 0.
    #[serde(default)]
    pub relative: bool,
}

/// The rise of one series over that of another; both of the whole system.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatioSpec {
    /// Name of the series above, as in `series.parquet`: `endogenous_cumulative_usd`.
    pub series: String,
    /// Name of the series below: `liquidated_cumulative_usd`.
    pub over: String,
    /// The earlier time; the opening if left out.
    #[serde(default)]
    pub from: Option<Span>,
    /// The later time; the end of the path if left out.
    #[serde(default)]
    pub to: Option<Span>,
}

/// A series between two times.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BetweenSpec {
    /// Name of the series, as in `series.parquet`.
    pub series: String,
    /// Of what, as in `series.parquet`; left out for the whole system.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entity: String,
    /// The first time; the opening if left out.
    #[serde(default)]
    pub from: Option<Span>,
    /// The last time; the end of the path if left out.
    #[serde(default)]
    pub to: Option<Span>,
}

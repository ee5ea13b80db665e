//! The config file as written: names, not ids. One struct a table, one field a key; unknown keys are refused
//! everywhere. What a value may be is in its type ([`crate::unit`]); what fits together is checked by
//! [`super::resolve`]. The doc comment of a field is what the manual says of the key.
//!
//! A choice is a table name (`[prices.gbm]`), so no struct here uses `flatten` or `untagged`.

mod account;
mod amm;
mod coin;
mod copula;
mod futures;
mod issuer;
mod jumps;
mod lending;
mod market;
mod observed;
mod prices;
mod recorded;
mod runs;
mod savings;
mod shock;
mod volatility;

use crate::unit::{Amount, Positive, Share, ShareBelowOne, Span};
pub use account::*;
pub use amm::*;
pub use coin::*;
pub use copula::*;
pub use futures::*;
use indexmap::IndexMap;
pub use issuer::*;
pub use jumps::*;
pub use lending::*;
pub use market::*;
pub use observed::*;
pub use prices::*;
pub use recorded::*;
pub use runs::*;
pub use savings::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use shock::*;
use std::path::PathBuf;
pub use volatility::*;

/// A whole config file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Name of the scenario: letters, digits, `_` and `-`; names the run directory.
    pub name: String,
    /// One sentence on what the scenario asks.
    #[serde(default)]
    pub about: String,
    /// How much to simulate.
    pub run: RunSpec,
    /// How a cascade is processed.
    #[serde(default)]
    pub engine: EngineSpec,
    /// The coins that exist, by name.
    pub coins: IndexMap<String, CoinSpec>,
    /// The law of the coins' prices.
    pub prices: PricesSpec,
    /// Shocks laid over the drawn prices.
    #[serde(default)]
    pub shocks: Vec<ShockSpec>,
    /// Order books, by coin.
    #[serde(default)]
    pub markets: IndexMap<String, MarketSpec>,
    /// Venues, by name.
    #[serde(default)]
    pub venues: IndexMap<String, VenueSpec>,
    /// Who is there, and what they have done with their money.
    pub cohorts: Vec<CohortSpec>,
    /// What was observed in the event that the scenario reproduces; set beside the simulated figures, not used by the
    /// simulation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed: Vec<ObservedSpec>,
    /// Axes of a sweep: dotted key to values. Read by `rehypo sweep`, ignored by `rehypo run`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub sweep: IndexMap<String, AxisSpec>,
}

/// How much to simulate.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// Number of price paths.
    pub paths: u64,
    /// Seed of every random stream.
    pub seed: u64,
    /// How price paths are sampled; whatever else is random stays independent between paths.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sampling: SamplingSpec,
    /// Independent scrambles of Sobol points, from whose spread errors are told; with `sampling = "sobol"` only, by default
    /// 32. `paths` is a power of two times it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicates: Option<u32>,
    /// Length of a path, such as `"7d"`.
    pub horizon: Span,
    /// Length of a step, such as `"5m"`; the horizon is a whole number of them.
    pub step: Span,
    /// Start of the path on the calendar, UTC, such as `"2023-03-10T20:00:00Z"`; for what goes by days and hours.
    #[serde(default)]
    pub start: Option<String>,
    /// Which worlds to run beside the full one, on the same random numbers.
    #[serde(default = "default_counterfactuals")]
    pub counterfactuals: Vec<CounterfactualSpec>,
    /// How many of the first paths to keep in full in `series.parquet`.
    #[serde(default = "default_series_paths")]
    pub sample_paths: u64,
    /// How many of the worst paths (largest owners' loss) to keep in full.
    #[serde(default = "default_series_paths")]
    pub worst_paths: u64,
}

fn default_counterfactuals() -> Vec<CounterfactualSpec> {
    vec![CounterfactualSpec::NoFeedback, CounterfactualSpec::NoReuse]
}

fn default_series_paths() -> u64 {
    3
}

/// How price paths are sampled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SamplingSpec {
    /// Independent paths.
    #[default]
    Random,
    /// Pairs: the second path of each has the mirrored draws of the first. `paths` is even.
    Antithetic,
    /// Sobol points, scrambled by Owen's method: more even than random ones. Worth it where results are smooth in few
    /// draws; `paths` is a power of two times `replicates`.
    Sobol,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A world that differs from the full one in one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CounterfactualSpec {
    /// Impact off: forced sales move no price.
    NoFeedback,
    /// Every token posted as collateral replaced by the coin behind it, in the owner's name and lent to nobody.
    NoReuse,
}

/// How a cascade is processed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EngineSpec {
    /// Order of close-outs within a round.
    pub order: OrderSpec,
    /// What is seen of prices between steps.
    #[serde(skip_serializing_if = "is_default")]
    pub between_steps: BetweenStepsSpec,
}

/// What is seen of prices between steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BetweenStepsSpec {
    /// Nothing: who is in breach between two steps and no longer at the second stays.
    #[default]
    Unseen,
    /// The lowest and the highest price, drawn exactly given both steps (`[prices.gbm]`). A futures account that depends on
    /// the price of one coin only is closed out at the price at which it came into breach; all others as without.
    Bridge,
}

/// Order of close-outs within a round. All but `simultaneous` publish prices after each account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderSpec {
    /// All of a round are sized on the same marks and sold together.
    #[default]
    Simultaneous,
    /// One after another, in the order of their accounts.
    Sequential,
    /// One after another, largest position first.
    LargestFirst,
    /// One after another, in an order drawn per path.
    Random,
}

/// A venue: exactly one kind.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VenueSpec {
    /// Perpetual futures: multi-assets mode, single-asset mode or portfolio margin.
    Futures(Box<FuturesSpec>),
    /// A lending pool: deposits with receipts, loans, utilisation.
    Savings(Box<SavingsSpec>),
    /// An issuer of a token backed by its coin and, for dollar tokens, by delta-neutral pairs; or by a vault.
    Issuer(Box<IssuerSpec>),
    /// A pool of two assets with constant product, and its LP token.
    Amm(Box<AmmSpec>),
}

/// A group of owners with one chain, or a real book.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CohortSpec {
    /// Name.
    pub name: String,
    /// How many owners (with `coin`, `wealth`, `chain`).
    #[serde(default)]
    pub owners: Option<u32>,
    /// Coin they start with.
    #[serde(default)]
    pub coin: Option<String>,
    /// Law of their wealth.
    #[serde(default)]
    pub wealth: Option<WealthSpec>,
    /// What they did with it, in order.
    #[serde(default)]
    pub chain: Vec<StepSpec>,
    /// A real book instead: CSV or Parquet, one row per owner and asset or position.
    #[serde(default)]
    pub book: Option<PathBuf>,
    /// Top up futures margin from savings.
    #[serde(default)]
    pub top_up: Option<TopUpSpec>,
    /// Leave when frightened.
    #[serde(default)]
    pub runs: Option<RunsSpec>,
}

/// Law of wealth in USD.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WealthSpec {
    /// The same for all.
    Fixed {
        /// Wealth of each.
        usd: Positive,
    },
    /// Log-normal, cut off at the top.
    Lognormal {
        /// Median.
        median_usd: Positive,
        /// Standard deviation of the logarithm.
        sigma: Positive,
        /// Largest.
        max_usd: Positive,
    },
    /// Pareto, cut off at the top.
    Pareto {
        /// Smallest.
        min_usd: Positive,
        /// Tail exponent.
        alpha: Positive,
        /// Largest.
        max_usd: Positive,
    },
}

/// One step of a chain. Each acts on what the owner then has in hand.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepSpec {
    /// Put the coin in hand into a pool; its receipt is then in hand.
    Deposit(DepositSpec),
    /// Pledge the receipt in hand to its pool and borrow; the loan is then in hand.
    Borrow(BorrowSpec),
    /// Buy an issuer's token with the coin in hand; the token is then in hand.
    Subscribe(SubscribeSpec),
    /// Put the coin in hand into a pool of two assets, half of it exchanged for each at the opening price; the LP token is
    /// then in hand.
    Provide(ProvideSpec),
    /// Exchange the coin in hand for another on the spot market at the opening price.
    Convert(ConvertSpec),
    /// Post what is in hand as margin; nothing is then in hand.
    Pledge(PledgeSpec),
    /// Borrow against the margin posted (portfolio margin); the loan is then in hand.
    MarginLoan(MarginLoanSpec),
    /// Open positions against the margin posted.
    Trade(TradeSpec),
    /// Repeat steps.
    Loop(LoopSpec),
}

/// Put the coin in hand into a pool.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepositSpec {
    /// The pool.
    pub venue: String,
    /// Share of what is in hand that is kept back as free savings: its receipt stays in the pool, not in hand.
    #[serde(default)]
    pub keep: Option<Share>,
}

/// Pledge the receipt in hand and borrow.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BorrowSpec {
    /// The pool.
    pub venue: String,
    /// Coin to borrow.
    pub coin: String,
    /// Loan over collateral, at most the pool's `initial_ltv`.
    pub ltv: ShareBelowOne,
}

/// Buy an issuer's token with the coin in hand.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscribeSpec {
    /// The issuer.
    pub venue: String,
}

/// Exchange the coin in hand.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConvertSpec {
    /// Coin to get.
    pub to: String,
}

/// Post what is in hand as margin.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PledgeSpec {
    /// The futures venue.
    pub venue: String,
}

/// Borrow inside a portfolio-margin account from the venue's `loans_from` pool.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarginLoanSpec {
    /// The futures venue.
    pub venue: String,
    /// Coin to borrow: a collateral with `loan_maintenance`.
    pub coin: String,
    /// Loan over the account's equity.
    pub share: ShareBelowOne,
}

/// Open positions.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TradeSpec {
    /// The futures venue.
    pub venue: String,
    /// Law of notional over `of`.
    pub leverage: LeverageSpec,
    /// What leverage is measured against.
    #[serde(default)]
    pub of: LeverageBase,
    /// Probability that an owner is long.
    pub long_share: Share,
    /// Each position in an account of its own, with an equal part of the margin posted (single-asset mode only).
    #[serde(default)]
    pub isolated: bool,
    /// In hedge mode: size of the opposite leg that each owner holds as well, as a share of the position.
    #[serde(default)]
    pub hedged_share: Option<Share>,
    /// Contracts and their weights; each owner draws `contracts_per_owner` of them.
    pub contracts: IndexMap<String, Positive>,
    /// Contracts per owner, of equal notional.
    #[serde(default = "default_contracts_per_owner")]
    pub contracts_per_owner: u32,
}

fn default_contracts_per_owner() -> u32 {
    1
}

/// What leverage is measured against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeverageBase {
    /// The margin posted.
    #[default]
    Margin,
    /// The owner's wealth at the start of the chain: the same bet however thin the margin.
    Wealth,
}

/// Law of leverage.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LeverageSpec {
    /// The same for all.
    Fixed {
        /// Leverage.
        x: Positive,
    },
    /// Log-normal, cut off at the top.
    Lognormal {
        /// Median.
        median: Positive,
        /// Standard deviation of the logarithm.
        sigma: Positive,
        /// Largest.
        max: Positive,
    },
    /// A histogram: weights between edges, log-uniform within a bin.
    Histogram {
        /// Rising edges, one more than weights.
        edges: Vec<Positive>,
        /// Weights of the bins.
        weights: Vec<Amount>,
    },
}

/// Repeat steps.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoopSpec {
    /// How often; 0 leaves the steps out.
    pub times: u32,
    /// The steps.
    pub steps: Vec<StepSpec>,
}

/// Top up futures margin from savings.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopUpSpec {
    /// Margin ratio (maintenance over equity) at which an owner acts.
    pub at_margin_ratio: Share,
    /// Margin ratio that is restored.
    pub to_margin_ratio: Share,
}

/// Values of one axis of a sweep: exactly one way to list them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AxisSpec {
    /// The values themselves.
    Values(#[schemars(with = "Vec<serde_json::Value>")] Vec<toml::Value>),
    /// Equal steps from the first to the last.
    Range {
        /// First.
        from: f64,
        /// Last.
        to: f64,
        /// How many.
        count: u32,
    },
    /// Equal ratios from the first to the last.
    LogRange {
        /// First.
        from: f64,
        /// Last.
        to: f64,
        /// How many.
        count: u32,
    },
}

//! Futures venues as written.

use crate::unit::{Amount, Number, Positive, Share, ShareBelowOne, Span};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Perpetual futures: multi-assets mode, single-asset mode or portfolio margin.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FuturesSpec {
    /// Coin in which contracts settle unless they say otherwise, and in which the venue counts.
    pub settlement: String,
    /// What backs a position.
    #[serde(default)]
    pub margin: MarginSpec,
    /// Whether an account can be long and short in one contract.
    #[serde(default)]
    pub positions: PositionsSpec,
    /// Bracket table in ccxt format, relative to the config file.
    pub brackets: PathBuf,
    /// Contracts, by name.
    pub contracts: IndexMap<String, ContractSpec>,
    /// What counts as margin, by asset; every settlement coin must be in it.
    pub collateral: IndexMap<String, CollateralSpec>,
    /// Which price the venue believes of tokens; `index` of a collateral overrides it.
    #[serde(default)]
    pub token_index: IndexSpec,
    /// Insurance funds, by name; each contract belongs to one.
    pub insurance_funds: IndexMap<String, FundSpec>,
    /// How accounts are closed out.
    #[serde(default)]
    pub liquidation: LiquidationSpec,
    /// Negative balance over collateral at which the collateral of an account without positions is sold.
    #[serde(default = "default_flat_ltv")]
    pub flat_ltv: Share,
    /// Who is deleveraged when the fund cannot pay.
    #[serde(default)]
    pub adl: AdlSpec,
    /// Longest distance from the mark at which the insurance funds sell, in each step, what they took over.
    #[serde(default = "default_fund_order_deviation")]
    pub fund_order_deviation: Share,
    /// Window of the moving average of the basis in the mark price, one sample a step; one step if it is shorter. The
    /// opening stands for the time before it.
    #[serde(default = "default_basis_window")]
    pub basis_window: Span,
    /// Funding.
    #[serde(default)]
    pub funding: FundingSpec,
}

fn default_basis_window() -> Span {
    Span::from_seconds(30)
}

fn default_fund_order_deviation() -> Share {
    share(0.01)
}

fn default_flat_ltv() -> Share {
    share(0.995)
}

fn share(x: f64) -> Share {
    Share::try_from(x).expect("in range")
}

/// What backs a position.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarginSpec {
    /// All collateral backs all positions, each asset at its own bid or ask rate (Binance multi-assets mode).
    #[default]
    MultiAssets,
    /// Only the settlement coin counts, in full.
    SingleAsset,
    /// Collateral, positions and loans in one account (Binance portfolio margin), judged by
    /// uniMMR = equity / maintenance margin.
    Portfolio(PortfolioSpec),
}

/// Terms of portfolio margin.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortfolioSpec {
    /// uniMMR at which an account is liquidated.
    #[serde(default = "default_liquidation_unimmr")]
    pub liquidation_unimmr: Positive,
    /// Savings pool that lends to the accounts; no loans if left out.
    #[serde(default)]
    pub loans_from: Option<String>,
}

fn default_liquidation_unimmr() -> Positive {
    Positive::try_from(1.05).expect("in range")
}

/// Whether an account can be long and short in one contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PositionsSpec {
    /// One position a contract.
    #[default]
    OneWay,
    /// A long and a short leg a contract, each with its own maintenance margin. Their columns are called
    /// `<contract>-long` and `<contract>-short`.
    Hedge,
}

/// A perpetual contract of one coin.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractSpec {
    /// Coin it is on.
    pub coin: String,
    /// Its symbol in the bracket table, `BTC/USDT:USDT`.
    pub symbol: String,
    /// Coin it settles in; the venue's if left out.
    #[serde(default)]
    pub settlement: Option<String>,
    /// Smallest number of contracts that trades, in coins; any if left out.
    #[serde(default)]
    pub lot: Option<Positive>,
    /// Fee on the liquidated notional at the mark, paid to the insurance fund.
    pub clearance_fee: Share,
    /// Taker fee on voluntary trades, paid to the exchange.
    pub taker_fee: Share,
    /// Taker fee on liquidation orders, on their fill, paid to the exchange.
    #[serde(default)]
    pub liquidation_taker_fee: Option<Share>,
    /// Longest distance of a liquidation order from the mark; what it cannot fill within it the fund takes over.
    #[serde(default = "default_max_order_deviation")]
    pub max_order_deviation: Share,
}

fn default_max_order_deviation() -> Share {
    share(0.05)
}

/// How an asset counts as margin.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollateralSpec {
    /// Share of the index value that counts (1 - haircut, 1 - bid buffer); this or `tiers`.
    #[serde(default)]
    pub ratio: Option<Share>,
    /// Shares by amount, from the first dollar up; each counts for its own part of the amount.
    #[serde(default)]
    pub tiers: Vec<RatioTierSpec>,
    /// What a negative balance counts above its index value; 1 - `ratio` if left out, 0 in portfolio margin. None
    /// in single-asset mode.
    #[serde(default)]
    pub ask_buffer: Option<Share>,
    /// For tokens: which price the venue believes; the venue's `token_index` if left out.
    #[serde(default)]
    pub index: Option<IndexSpec>,
    /// By how many steps the venue's index lags; the opening stands for the time before it.
    #[serde(default)]
    pub stale_steps: u32,
    /// Haircut when the venue sells the asset to cover a deficit; 1 - `ratio` if left out, but for all except settlement
    /// coins no less than 0.01, Binance's for stable assets: at 0 no market would take it. None in single-asset mode.
    #[serde(default)]
    pub auto_exchange_haircut: Option<ShareBelowOne>,
    /// For settlement coins: negative balance, in coins, beyond which other collateral is sold for it; 5000 if left out.
    /// None in single-asset mode.
    #[serde(default)]
    pub auto_exchange_below: Option<Amount>,
    /// In portfolio margin: maintenance margin rate of loans of this coin.
    #[serde(default)]
    pub loan_maintenance: Option<Share>,
}

/// A share that counts up to an amount.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatioTierSpec {
    /// Value up to which it holds, USD; without end if left out (the last tier).
    #[serde(default)]
    pub up_to_usd: Option<Positive>,
    /// Share that counts.
    pub ratio: Share,
}

/// Which price of a token a venue believes.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IndexSpec {
    /// Its market price; for what does not trade, its redemption value.
    #[default]
    Spot,
    /// What its issuer can pay.
    Redemption,
    /// A weighted mean of the two, with a floor.
    Blend(BlendSpec),
}

/// A weighted mean of market price and redemption value, with a floor.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlendSpec {
    /// Weight of the market price.
    pub spot_weight: Share,
    /// Never below this share of par.
    #[serde(default)]
    pub floor: Option<Share>,
}

/// An insurance fund.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FundSpec {
    /// At the opening, in USD of the settlement coin.
    pub opening_usd: Amount,
    /// Contracts whose losses it bears; all if left out, which only a single fund can. Each contract has one fund.
    #[serde(default)]
    pub contracts: Vec<String>,
    /// What it never spends; a loss that would take it below is deleveraged.
    #[serde(default)]
    pub floor_usd: Option<Amount>,
    /// The exchange pays in when it runs low.
    #[serde(default)]
    pub top_up: Option<FundTopUpSpec>,
}

/// The exchange tops a fund up at the end of a step.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FundTopUpSpec {
    /// When it is below this, USD.
    pub below_usd: Amount,
    /// Up to this, USD.
    pub to_usd: Positive,
}

/// How accounts are closed out.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LiquidationSpec {
    /// How much of an account a close-out closes.
    pub close: CloseSizeSpec,
    /// Which positions of an account are closed first.
    pub order: CloseOrderSpec,
    /// Most accounts closed out in a step, worst margin ratio first; no limit if left out.
    pub closes_per_step: Option<u32>,
    /// Time from the breach to the close-out.
    pub delay: Option<Span>,
    /// Trading halts: no order of any kind is filled.
    pub halts: Vec<HaltSpec>,
    /// Who stands behind the book: takes part of every liquidation order off it. Nobody if left out.
    pub backstop: Option<OrderBackstopSpec>,
}

/// A venue's backstop (liquidation engine, liquidator vault, market makers' programme) takes part of every liquidation order
/// at the mark, so that it does not meet the book, and works it off there later. Its money is not the
/// insurance fund's: it is a party outside, whose gains and losses are not followed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBackstopSpec {
    /// Share of each order that it takes.
    pub share: Share,
    /// Half-life of what it holds, sold or bought back in the contract's book at the end of every step.
    pub work_off_half_life: Span,
}

/// How much of an account a close-out closes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloseSizeSpec {
    /// The least that restores compliance (Binance's smart liquidation).
    #[default]
    Smallest,
    /// The whole account: every position in full; its loans are repaid and all other collateral than settlement coins is sold.
    Account,
}

/// Which positions of an account are closed first; each by the smallest amount that restores compliance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloseOrderSpec {
    /// That with the largest maintenance margin.
    #[default]
    LargestMaintenance,
    /// That with the largest unrealised loss.
    LargestLoss,
    /// That with the largest notional.
    LargestNotional,
    /// All by the same share.
    ProRata,
}

/// A trading halt.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HaltSpec {
    /// When it begins, from the start of the path.
    pub at: Span,
    /// How long it lasts.
    pub length: Span,
}

/// Auto-deleveraging: who gives up positions when a fund cannot pay, and how much is taken.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdlSpec {
    /// Who is deleveraged.
    pub rule: AdlRuleSpec,
    /// How much of a bankrupt position.
    pub take: AdlTakeSpec,
}

/// Who is deleveraged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdlRuleSpec {
    /// Binance's queue: highest profit rate times leverage first. Can take more than profits.
    #[default]
    Queue,
    /// Everyone opposite in proportion to what can be taken: the profit of the position, and no more than closing all of
    /// it at the bankruptcy price takes.
    ProRata,
    /// The same, but nobody gives up more than a share of that; what then is missing the fund bears.
    CappedProRata(CappedProRataSpec),
    /// In proportion to equity * leverage * g, where g = max(0, leverage - above)^power; never more than the profit.
    RiskWeighted(RiskWeightedSpec),
    /// Whole lots, as near to pro rata as leaves the least taken beyond the need.
    Integer,
}

/// Cap of `capped_pro_rata`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CappedProRataSpec {
    /// Largest share of what can be taken that one gives up.
    pub cap: Share,
}

/// Weights of `risk_weighted`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RiskWeightedSpec {
    /// Exponent.
    pub power: Amount,
    /// Leverage up to which one has no weight and pays last, pro rata, what the profits of all others do not cover.
    pub above: Amount,
}

impl Default for RiskWeightedSpec {
    fn default() -> Self {
        let amount = |x| Amount::try_from(x).expect("in range");
        Self { power: amount(1.0), above: amount(0.0) }
    }
}

/// How much of a bankrupt position is deleveraged when its fund cannot bear the whole loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdlTakeSpec {
    /// All of it: the fund accepts a position as a whole or not at all (Binance).
    #[default]
    Whole,
    /// Only what the fund cannot bear: it accepts as much as it can pay for.
    Uncovered,
}

/// Funding of each contract, on a clock of its own: `F = P + clamp(interest - P, +-0.05 %)` per 8 hours, capped. P is the
/// premium of the contract's book over the index, at the mean price of an order of 200 over the initial margin rate;
/// late samples weigh more.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FundingSpec {
    /// Time between settlements.
    pub interval: Span,
    /// Interest part per 8 hours.
    pub interest_8h: Number,
    /// Premium that crowded longs pay before any basis of our own making, per 8 hours; added to P.
    pub premium_8h: Number,
    /// Largest rate per settlement, either way, over the maintenance margin rate of the first bracket.
    pub cap_over_maintenance: Positive,
    /// After a settlement at the cap, settlements come at this interval...
    pub capped_interval: Span,
    /// ...until the rate has stayed within this for `calm_for`.
    pub calm_rate: Share,
    /// How long it must stay calm before the interval is as before.
    pub calm_for: Span,
}

impl Default for FundingSpec {
    fn default() -> Self {
        let number = |x| Number::try_from(x).expect("finite");
        Self {
            interval: Span::from_seconds(8 * 3600),
            interest_8h: number(0.0001),
            premium_8h: number(0.0),
            cap_over_maintenance: Positive::try_from(0.75).expect("in range"),
            capped_interval: Span::from_seconds(3600),
            calm_rate: share(0.00025),
            calm_for: Span::from_seconds(16 * 3600),
        }
    }
}

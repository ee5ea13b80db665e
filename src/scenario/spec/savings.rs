//! Lending pools as written: reserves with their rates, terms of loans.

use super::{BankSpec, IndexSpec, LendingSpec, PeerToPeerSpec};
use crate::unit::{Amount, Positive, Share, ShareBelowOne, Span};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A lending pool.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SavingsSpec {
    /// What can be deposited and borrowed, by coin.
    pub reserves: IndexMap<String, ReserveSpec>,
    /// Terms of loans against receipts; no loans if left out.
    #[serde(default)]
    pub loans: Option<LoanSpec>,
    /// What a withdrawal does when the pool is dry.
    #[serde(default)]
    pub when_dry: WhenDrySpec,
    /// How deposits become loans.
    #[serde(default)]
    pub lending: LendingSpec,
    /// Terms of `lending = "peer_to_peer"`.
    #[serde(default)]
    pub peer_to_peer: PeerToPeerSpec,
    /// Terms of `lending = "bank"`.
    #[serde(default)]
    pub bank: BankSpec,
}

/// One coin or issued token of a lending pool.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReserveSpec {
    /// Name of the receipt token, such as `ldusdt`.
    pub receipt: String,
    /// Deposits of people who are not simulated, in USD at the opening; they stay.
    pub outside_supply_usd: Amount,
    /// Share of all deposits that is lent out at the opening; outsiders owe what owners do not.
    pub utilisation: Share,
    /// Utilisation at which the rate turns steep.
    pub kink: ShareBelowOne,
    /// Borrow rate per year at utilisation 0.
    pub base_per_year: Amount,
    /// Rise of the rate up to the kink.
    pub slope1_per_year: Amount,
    /// Rise of the rate from the kink to utilisation 1; no less than `slope1_per_year`.
    pub slope2_per_year: Amount,
    /// An oracle that moves `slope2_per_year`, which is where it stands at the opening; it stays there if left out.
    #[serde(default)]
    pub slope2_oracle: Option<Slope2OracleSpec>,
    /// Share of the interest that the pool keeps.
    pub reserve_factor: Share,
    /// Most that may be deposited, USD at opening prices; no limit if left out. It binds at the opening: nobody deposits
    /// later.
    #[serde(default)]
    pub supply_cap_usd: Option<Positive>,
    /// Most that may be lent, USD at opening prices (a number of coins from then on); no limit if left out.
    #[serde(default)]
    pub borrow_cap_usd: Option<Positive>,
    /// What deposits count for as collateral; the levels and the fee of `loans` if left out.
    #[serde(default)]
    pub collateral: Option<CollateralTermsSpec>,
    /// Which price the pool's oracle believes when it judges and liquidates loans: `spot`, `redemption` (of a stablecoin:
    /// its peg) or a blend. A fixed price is `{ blend = { spot_weight = 0.0, floor = 1.0 } }`.
    #[serde(default)]
    pub index: IndexSpec,
    /// Age of the oracle's price; none if left out. The opening stands for the time before it.
    #[serde(default)]
    pub stale: Option<Span>,
    /// Whether it is lent to owners.
    #[serde(default = "default_yes")]
    pub borrowable: bool,
    /// Whether it is frozen from the opening on: what is lent stays lent and is repaid, deposits are paid out, nothing new is
    /// lent.
    #[serde(default)]
    pub frozen: bool,
}

fn default_yes() -> bool {
    true
}

/// An oracle that moves the upper slope of a rate: up while utilisation is above the kink, down while it is below, in
/// proportion to time (Aave since October 2025).
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slope2OracleSpec {
    /// Lowest slope, per year.
    pub floor_per_year: Amount,
    /// Highest slope, per year.
    pub ceiling_per_year: Amount,
    /// Most that it changes in an `interval`: 0.04 is 4 points per year.
    pub max_change: Positive,
    /// In this time.
    #[serde(default = "default_slope2_interval")]
    pub interval: Span,
}

fn default_slope2_interval() -> Span {
    Span::from_seconds(8 * 3_600)
}

/// What an asset counts for as collateral.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollateralTermsSpec {
    /// Share of its value that can be borrowed against it; 0 for what is no collateral.
    pub ltv: ShareBelowOne,
    /// Share of its value that counts in the health factor; no less than `ltv`.
    pub liquidation_threshold: ShareBelowOne,
    /// What a liquidator gets beyond the debt repaid.
    pub bonus: Share,
}

/// Terms of loans against receipts (loan-to-value levels). A loan can be liquidated when its health factor, collateral at
/// the liquidation levels over debt, is below 1.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoanSpec {
    /// Largest LTV at which one can borrow.
    pub initial_ltv: ShareBelowOne,
    /// LTV at which the borrower is warned and tops up. For collateral with terms of its own the line stands as far below its
    /// threshold, in proportion, as this level below `liquidation_ltv`.
    pub margin_call_ltv: ShareBelowOne,
    /// LTV beyond which the loan is liquidated.
    pub liquidation_ltv: ShareBelowOne,
    /// Penalty on the repaid debt, paid in collateral to the liquidator.
    pub liquidation_fee: Share,
    /// Largest share of the debt repaid in one liquidation.
    pub close_factor: Share,
    /// Health factor at or below which one liquidation may repay the whole debt of a reserve (Aave: 0.95); if left out,
    /// `liquidation_ltv * (1 + liquidation_fee)`, where the collateral pays for no more than the debt.
    #[serde(default)]
    pub full_close_below_health_factor: Option<Share>,
    /// Value of a debt or of its collateral below which the whole debt may be repaid, USD (Aave: 2000).
    #[serde(default = "default_nothing")]
    pub full_close_below_usd: Amount,
    /// What a liquidation must leave of both debt and collateral unless one of them is gone, USD (Aave: 1000).
    #[serde(default = "default_nothing")]
    pub min_leftover_usd: Amount,
    /// Share of the liquidator's fee that the pool keeps (Aave: 0.1 to 0.2).
    #[serde(default = "default_no_share")]
    pub protocol_fee: Share,
    /// What liquidating costs; nothing if left out: liquidators then outbid each other until slippage has eaten the fee.
    #[serde(default)]
    pub liquidators: Option<LiquidatorsSpec>,
    /// Collateral is auctioned (Maker in 2020); at a fixed discount if left out.
    #[serde(default)]
    pub auctions: Option<AuctionsSpec>,
    /// Better terms for collateral whose price moves with what is borrowed, by name. An account has those under which it is
    /// healthiest, of those that lend all that it owes.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub e_modes: IndexMap<String, EModeSpec>,
}

fn default_nothing() -> Amount {
    Amount::try_from(0.0).expect("in range")
}

fn default_no_share() -> Share {
    Share::try_from(0.0).expect("in range")
}

/// What liquidating costs. A liquidator repays at the oracle's prices, sells what she gets at the market's, as far as the
/// next unit brings more than the debt that it repays, and comes only if that pays for slippage and gas.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiquidatorsSpec {
    /// Gas of one liquidation in calm, USD.
    pub gas_usd: Amount,
    /// Multiple of the calm gas price above which nobody comes; there is none if left out.
    #[serde(default)]
    pub drop_out_gas: Option<Positive>,
}

/// Auctions of collateral in congestion. On 12 March 2020 36 % of Maker's were won with a bid of zero.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuctionsSpec {
    /// Share of auctions that a lone keeper wins with a bid of nothing: the collateral goes, the debt stays.
    pub zero_bid_share: Share,
    /// Multiple of the calm gas price above which that happens.
    pub above_gas: Positive,
}

/// Terms of an e-mode.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EModeSpec {
    /// Which reserves are its collateral; others count as without it.
    pub assets: Vec<String>,
    /// Which reserves its members may owe; those of `assets` that are lent if left out.
    #[serde(default)]
    pub borrowable: Option<Vec<String>>,
    /// Share of the value of `assets` that can be borrowed.
    pub ltv: ShareBelowOne,
    /// Share of their value that counts in the health factor.
    pub liquidation_threshold: ShareBelowOne,
    /// What a liquidator gets of them beyond the debt repaid.
    pub bonus: Share,
}

/// What a withdrawal does when the pool is dry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenDrySpec {
    /// What cannot be paid waits in line.
    #[default]
    Queue,
    /// What cannot be paid is refused; who wants it must ask again.
    Fail,
}

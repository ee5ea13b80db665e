//! Lending pools as written: reserves with their rates, terms of loans.

use super::{BankSpec, LendingSpec, PeerToPeerSpec};
use crate::unit::{Amount, Share, ShareBelowOne};
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

/// One coin of a lending pool.
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
    /// Rise of the rate from the kink to utilisation 1.
    pub slope2_per_year: Amount,
    /// Share of the interest that the pool keeps.
    pub reserve_factor: Share,
}

/// Terms of loans against receipts (loan-to-value levels).
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoanSpec {
    /// Largest LTV at which one can borrow.
    pub initial_ltv: ShareBelowOne,
    /// LTV at which the borrower is warned and tops up.
    pub margin_call_ltv: ShareBelowOne,
    /// LTV at which the loan is liquidated.
    pub liquidation_ltv: ShareBelowOne,
    /// Penalty on the repaid debt, paid in collateral to the liquidator.
    pub liquidation_fee: Share,
    /// Largest share of the debt repaid in one liquidation.
    pub close_factor: Share,
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

//! How a savings venue turns deposits into loans: a pool, matched peers, a bank. The tables of all three may stand in one
//! config; `lending` alone says which is in force, so that the same people can be put before each.

use crate::unit::{Positive, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How deposits become loans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LendingSpec {
    /// One pot: every deposit, collateral too, is lent from; free cash pays whoever asks first; no cash is lent that is not
    /// there.
    #[default]
    Pool,
    /// Lenders matched with borrowers for a fixed term: collateral lies idle, nobody can call a loan before its term, at
    /// expiry it is rolled over to another lender or repaid, and what a borrower does not repay all lenders bear.
    PeerToPeer,
    /// A bank with fractional reserves: has lent a multiple of the cash that it holds, as far as deposits come back to it, at
    /// the rate that the curve gives at `utilisation`, which no run moves, and looks at its loans now and then instead of having code do it.
    Bank,
}

/// Terms of matched loans.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PeerToPeerSpec {
    /// Length of a loan. Loans run at all stages of it at the opening: in every part of the term that part of them expires.
    pub term: Span,
}

impl Default for PeerToPeerSpec {
    fn default() -> Self {
        Self { term: Span::from_seconds(30 * 86_400) }
    }
}

/// Terms of a bank.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BankSpec {
    /// Loans over cash at the opening, in place of `utilisation`, which sets the rate only: 9.0 keeps a tenth of the deposits.
    pub multiple: Positive,
    /// Time between two looks at the loans: one beyond its `liquidation_ltv` is liquidated at the next.
    pub review: Span,
}

impl Default for BankSpec {
    fn default() -> Self {
        Self { multiple: Positive::try_from(10.0).expect("in range"), review: Span::from_seconds(86_400) }
    }
}

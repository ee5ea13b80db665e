//! Lending pools, resolved: reserves, rates, terms of loans.

use super::spec::{IndexSpec, WhenDrySpec};
use crate::id::AssetId;
use crate::venue::lending::PoolTerms;
use crate::venue::lending::liquidation::LiquidationRules;
use crate::venue::lending::liquidator::{Congestion, Sale};
use crate::venue::lending::rates::Slope2Oracle;

/// A lending pool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// Its coins and tokens.
    pub reserves: Vec<Reserve>,
    /// Terms of loans, if it lends to owners.
    pub loans: Option<Loans>,
    /// What a withdrawal does when the pool is dry.
    pub when_dry: WhenDrySpec,
    /// How deposits become loans.
    pub lending: Lending,
}

/// Terms of a pool's loans.
#[derive(Clone, Debug)]
pub struct Loans {
    /// What each reserve counts for as collateral, and e-modes.
    pub terms: PoolTerms,
    /// Names of the e-modes, in the order of the terms' categories.
    pub e_modes: Vec<String>,
    /// How much may be liquidated at once.
    pub rules: LiquidationRules,
    /// Where the borrower is warned: debt over collateral at the thresholds.
    pub margin_call: f64,
    /// What liquidating costs; none if nothing.
    pub congestion: Option<Congestion>,
    /// How collateral is sold.
    pub sale: Sale,
}

/// How a savings venue turns deposits into loans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lending {
    /// One pot.
    Pool,
    /// Matched for a fixed term.
    PeerToPeer {
        /// Length of a loan, seconds.
        term: f64,
    },
    /// Fractional reserves.
    Bank {
        /// Loans over cash at the opening.
        multiple: f64,
        /// Steps between two looks at the loans.
        review_steps: u32,
    },
}

/// One coin or token of a lending pool.
#[derive(Clone, Debug)]
pub struct Reserve {
    /// What is deposited and lent: a coin or an issued token.
    pub asset: AssetId,
    /// Column of its receipts.
    pub receipt: AssetId,
    /// Column of its debts.
    pub debt: AssetId,
    /// Opening deposits of outsiders, USD.
    pub outside_supply_usd: f64,
    /// Opening utilisation.
    pub utilisation: f64,
    /// Rates per year.
    pub rates: RateCurve,
    /// What moves the upper slope of the rate, if anything does.
    pub slope2_oracle: Option<Slope2Oracle>,
    /// Share of the interest that the pool keeps.
    pub reserve_factor: f64,
    /// Most that may be deposited at the opening, USD; infinite for no limit.
    pub supply_cap_usd: f64,
    /// Most that may be lent, USD at the opening price; infinite for no limit.
    pub borrow_cap_usd: f64,
    /// Which price the pool's oracle believes.
    pub index: IndexSpec,
    /// How many steps old that price is.
    pub stale_steps: usize,
    /// Whether it is lent to owners.
    pub borrowable: bool,
    /// Whether nothing new is lent on a path.
    pub frozen: bool,
}

/// A two-slope borrow rate.
#[derive(Clone, Copy, Debug)]
pub struct RateCurve {
    /// Utilisation of the kink.
    pub kink: f64,
    /// Rate at 0, per year.
    pub base: f64,
    /// Rise to the kink.
    pub slope1: f64,
    /// Rise from the kink to 1.
    pub slope2: f64,
}

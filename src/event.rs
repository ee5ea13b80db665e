//! What happened on a path, in order.

use crate::id::{AssetId, OwnerId};

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// Step in which it happened, 1 is the first.
    pub step: u32,
    /// Round of the cascade within the step; 0 before the first.
    pub round: u16,
    /// Of forced closes in a round: 0 if the outside price alone brought the account down, else how many forced closes led
    /// to it ([`crate::world::wave`]).
    pub generation: Option<u32>,
    /// What happened.
    pub kind: EventKind,
    /// To whom; none for the system's own.
    pub owner: Option<OwnerId>,
    /// Which contract, coin or token.
    pub asset: AssetId,
    /// How much, in units of the asset. Trades and take-overs carry a sign: what the account bought (a short closed),
    /// negative what it sold or gave up (a long closed); deleveraging is seen from the account it was done to.
    pub amount: f64,
    /// How much, in USD without sign, at the mark by which totals are counted.
    pub amount_usd: f64,
    /// Price in USD at which it was done; of a take-over, the bankruptcy price.
    pub price_usd: f64,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// A futures position was closed by force in the market.
    Liquidation,
    /// The insurance fund took a bankrupt position over.
    TakeOver,
    /// A profitable position was closed against a bankrupt one.
    Deleveraging,
    /// The venue sold collateral to cover a negative balance.
    AutoExchange,
    /// A loan from a pool was liquidated.
    LoanLiquidation,
    /// Collateral was sold to repay a loan whose term had ended and that nobody rolled over.
    Recall,
    /// A debt that no collateral covers was written off.
    BadDebt,
    /// A loss that nobody could be made to pay.
    Shortfall,
    /// A withdrawal was not paid, or not in full; the amount is what was not paid.
    FailedWithdrawal,
    /// A margin top-up that the pool could not pay in full; the amount is what was not paid.
    FailedTopUp,
    /// A margin top-up out of savings.
    TopUp,
    /// The exchange paid into an insurance fund.
    FundTopUp,
    /// An owner begins to leave; the amount is the wealth that leaves.
    Leave,
    /// An issuer's fast redemption closed, for want of quota or cash.
    Gate,
    /// An issuer suspended all redemption; the amount is what is due.
    Suspension,
    /// Staked coins were taken away.
    Slashing,
    /// An attacker took coins, or issued tokens for nothing.
    Theft,
    /// One who could not withdraw borrowed another coin against the deposit and left.
    LoanToLeave,
    /// What has left was exchanged for another coin or deposited elsewhere.
    Flight,
    /// A vault could no longer meet its limit and was closed; the amount is its collateral.
    VaultClosure,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 20] = [
        Self::Liquidation,
        Self::TakeOver,
        Self::Deleveraging,
        Self::AutoExchange,
        Self::LoanLiquidation,
        Self::Recall,
        Self::BadDebt,
        Self::Shortfall,
        Self::FailedWithdrawal,
        Self::FailedTopUp,
        Self::TopUp,
        Self::FundTopUp,
        Self::Leave,
        Self::Gate,
        Self::Suspension,
        Self::Slashing,
        Self::Theft,
        Self::LoanToLeave,
        Self::Flight,
        Self::VaultClosure,
    ];

    /// Whether an account was closed out.
    #[must_use]
    pub const fn is_forced_close(self) -> bool {
        matches!(self, Self::Liquidation | Self::TakeOver | Self::LoanLiquidation)
    }

    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Liquidation => "liquidation",
            Self::TakeOver => "take_over",
            Self::Deleveraging => "deleveraging",
            Self::AutoExchange => "auto_exchange",
            Self::LoanLiquidation => "loan_liquidation",
            Self::Recall => "recall",
            Self::BadDebt => "bad_debt",
            Self::Shortfall => "shortfall",
            Self::FailedWithdrawal => "failed_withdrawal",
            Self::FailedTopUp => "failed_top_up",
            Self::TopUp => "top_up",
            Self::FundTopUp => "fund_top_up",
            Self::Leave => "leave",
            Self::Gate => "gate",
            Self::Suspension => "suspension",
            Self::Slashing => "slashing",
            Self::Theft => "theft",
            Self::LoanToLeave => "loan_to_leave",
            Self::Flight => "flight",
            Self::VaultClosure => "vault_closure",
        }
    }
}

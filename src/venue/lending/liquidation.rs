//! How much of a loan a liquidator may repay and what she gets for it.
//!
//! Of the debt in one reserve she may repay all if it or the collateral seized is small, or if health is low; else at
//! most `close_factor` of the account's debt in *all* reserves. She gets collateral worth it times `1 + bonus`, as far as
//! there is any; of the bonus the pool keeps a share. Either side must be gone, or both must leave an amount worth
//! liquidating. An account without collateral leaves its debt to the pool as a deficit.
//!
//! Source: Aave, `LiquidationLogic.sol` (v3.3 and later).

use super::{Account, Leg};

/// Rules of liquidation of a pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiquidationRules {
    /// Share of the account's whole debt that can be repaid at once.
    pub close_factor: f64,
    /// Health factor at or below which the whole debt of a reserve can be.
    pub full_at_health: f64,
    /// Size of a collateral or debt below which the whole debt of a reserve can be, USD.
    pub full_below_usd: f64,
    /// What must be left of both sides unless one is gone, USD.
    pub least_left_usd: f64,
}

impl LiquidationRules {
    /// Aave v3.3 and later.
    pub const AAVE_V3: Self =
        Self { close_factor: 0.5, full_at_health: 0.95, full_below_usd: 2_000.0, least_left_usd: 1_000.0 };
}

/// One collateral of an account and one of its debts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Collateral in the reserve seized, USD.
    pub collateral_usd: f64,
    /// Debt in the reserve repaid, USD.
    pub debt_usd: f64,
    /// Liquidation threshold of the collateral.
    pub threshold: f64,
    /// Bonus on the collateral.
    pub bonus: f64,
    /// Share of the bonus that the pool keeps.
    pub protocol_fee: f64,
}

/// A liquidation. The liquidator gets what is seized less the protocol's fee.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Liquidation {
    /// Debt repaid, USD.
    pub repaid_usd: f64,
    /// Collateral taken from the account, USD.
    pub seized_usd: f64,
    /// What of it goes to the pool, USD.
    pub protocol_fee_usd: f64,
}

/// Why a pool refuses a liquidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The health factor is not below 1.
    Healthy,
    /// There is no such debt or no such collateral, or nothing is asked for.
    Nothing,
    /// It would leave too little of the collateral or of the debt (`MustNotLeaveDust`).
    Dust,
}

impl Liquidation {
    /// Repaying that much of a pair, or as much as its collateral pays for, whatever the rules say.
    #[must_use]
    pub fn repaying(pair: &Pair, repaid_usd: f64) -> Self {
        let factor = 1.0 + pair.bonus;
        let (repaid_usd, seized_usd) = if repaid_usd * factor > pair.collateral_usd {
            (pair.collateral_usd / factor, pair.collateral_usd)
        } else {
            (repaid_usd, repaid_usd * factor)
        };
        Self { repaid_usd, seized_usd, protocol_fee_usd: (seized_usd - seized_usd / factor) * pair.protocol_fee }
    }

    /// All collateral of a pair given away for nothing: an auction without bids. The debt stays.
    #[must_use]
    pub const fn unbid(pair: &Pair) -> Self {
        Self { repaid_usd: 0.0, seized_usd: pair.collateral_usd, protocol_fee_usd: 0.0 }
    }
}

impl LiquidationRules {
    /// The most debt of a pair that can be repaid at once, USD, whatever collateral there is.
    #[must_use]
    pub fn most_usd(&self, account: &Account, pair: &Pair) -> f64 {
        let large = pair.collateral_usd >= self.full_below_usd && pair.debt_usd >= self.full_below_usd;
        if large && account.health() > self.full_at_health {
            pair.debt_usd.min(self.close_factor * account.debt_usd)
        } else {
            pair.debt_usd
        }
    }

    /// What the pool does when asked to let that much debt be repaid.
    ///
    /// # Errors
    /// [`Refusal`] if the account is healthy, there is nothing to do, or dust would be left.
    pub fn liquidation(&self, account: &Account, pair: &Pair, wanted_usd: f64) -> Result<Liquidation, Refusal> {
        if account.health() >= 1.0 {
            return Err(Refusal::Healthy);
        }
        let sized = Liquidation::repaying(pair, wanted_usd.min(self.most_usd(account, pair)));
        if sized.repaid_usd <= 0.0 {
            return Err(Refusal::Nothing);
        }
        let one_is_gone = sized.repaid_usd >= pair.debt_usd || sized.seized_usd >= pair.collateral_usd;
        let left_usd = (pair.debt_usd - sized.repaid_usd).min(pair.collateral_usd - sized.seized_usd);
        if one_is_gone || left_usd >= self.least_left_usd { Ok(sized) } else { Err(Refusal::Dust) }
    }

    /// The largest liquidation that the pool allows of those that repay at most that much; none if it allows none. Where
    /// dust would be left, the liquidator repays less, so that what must be left is left.
    #[must_use]
    pub fn largest(&self, account: &Account, pair: &Pair, wanted_usd: f64) -> Option<Liquidation> {
        match self.liquidation(account, pair, wanted_usd) {
            Ok(sized) => Some(sized),
            Err(Refusal::Dust) => {
                let of_collateral = (pair.collateral_usd - self.least_left_usd) / (1.0 + pair.bonus);
                let less = of_collateral.min(pair.debt_usd - self.least_left_usd);
                (less > 0.0).then(|| Liquidation::repaying(pair, less))
            }
            Err(Refusal::Healthy | Refusal::Nothing) => None,
        }
    }
}

/// What an account leaves unpaid, USD: all it owes once it has no collateral left in any reserve, else nothing yet.
#[must_use]
pub fn deficit_usd(legs: &[Leg]) -> f64 {
    let is_bare = legs.iter().all(|leg| leg.collateral_usd <= 0.0);
    if is_bare { legs.iter().map(|leg| leg.debt_usd).sum() } else { 0.0 }
}

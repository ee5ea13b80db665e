//! Closed forms of liquidation: where it starts to do harm, how much of it heals, how far a price can fall at once
//! before the lender loses.
//!
//! A liquidation takes `1 + bonus` of collateral per unit of debt, so it lowers the loan-to-value only below
//! `1 / (1 + bonus)` (Warmuz, Chaudhary, Pinna, "Toxic liquidation spirals", arXiv:2212.07306). A loan that becomes
//! liquidatable below that, `threshold (1 + bonus) < 1`, is lossless on a continuous path; a gap loses once it jumps over
//! the whole margin between (Gatto, "Liquidation without loss", SSRN 7157638).

use super::Account;
use super::liquidation::Pair;

/// Loan-to-value above which a liquidation raises the loan-to-value.
#[must_use]
pub fn toxic_ltv(bonus: f64) -> f64 {
    1.0 / (1.0 + bonus)
}

/// Debt to repay of a pair so that the account's health factor becomes `target`, USD:
/// `(target D - T) / (target - threshold (1 + bonus))` with debt D and collateral at thresholds T. 0 if health is that
/// high already; none if a liquidation takes more health than it gives. Neither the limits of a liquidation nor the
/// amounts there are of the pair are looked at.
#[must_use]
pub fn restoring_repay_usd(account: &Account, pair: &Pair, target: f64) -> Option<f64> {
    let missing = target * account.debt_usd - account.threshold_usd;
    let gained = target - pair.threshold * (1.0 + pair.bonus);
    if missing <= 0.0 { Some(0.0) } else { (gained > 0.0).then(|| missing / gained) }
}

/// Fall of the collateral's price, a share, at which an account can be liquidated: `1 - 1 / health`; 0 if it can already.
#[must_use]
pub fn eligible_drop(health: f64) -> f64 {
    (1.0 - 1.0 / health).max(0.0)
}

/// Largest fall of the collateral's price at one go, a share, that costs the lender nothing if a liquidator acts after it:
/// `max(1 - 1 / health, 1 - (1 + bonus) threshold / health)`. The collateral is one asset, or several that fall together
/// and have the same terms.
#[must_use]
pub fn loss_frontier(health: f64, threshold: f64, bonus: f64) -> f64 {
    eligible_drop(health).max(1.0 - (1.0 + bonus) * threshold / health)
}

//! Who leaves, and when.

use crate::unit::{Amount, Positive, Share, ShareBelowOne};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hazard of leaving, per day, from what can be seen. Leaving unwinds the whole chain from the top.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunsSpec {
    /// In calm times.
    pub calm_per_day: Amount,
    /// Added as the pool's utilisation goes from `utilisation_from` to 1.
    pub utilisation_per_day: Amount,
    /// Utilisation at which depositors begin to notice.
    pub utilisation_from: ShareBelowOne,
    /// Added per unit of discount of the token held (0.01 of it at 0.99).
    pub discount_per_day: Amount,
    /// Added per share of the pool that left in the last 24 hours (herding).
    pub outflow_per_day: Amount,
    /// Hazard grows with `(wealth / median wealth)^size_exponent`: the large run first.
    pub size_exponent: Amount,
    /// Cap of the hazard before size.
    pub cap_per_day: Positive,
    /// Largest discount of a token at which one on the way out sells it rather than waits for redemption.
    #[serde(default = "default_accept_discount")]
    pub accept_discount: Share,
}

fn default_accept_discount() -> Share {
    Share::try_from(0.01).expect("in range")
}

//! Who leaves, and when.

use crate::unit::{Amount, Positive, Share, ShareBelowOne};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The signal to leave, per day, from what can be seen. Without a `threshold` it is a hazard: each owner leaves once it has
/// added up to an exponential draw. Leaving unwinds the whole chain from the top.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunsSpec {
    /// In calm times.
    pub calm_per_day: Amount,
    /// Added as the pool's utilisation goes from `utilisation_from` to 1.
    pub utilisation_per_day: Amount,
    /// Utilisation at which depositors begin to notice.
    pub utilisation_from: ShareBelowOne,
    /// Added per unit of discount of what is held or stands behind it (0.01 of it at 0.99): a token below its par, a
    /// stablecoin below its peg; the largest counts.
    pub discount_per_day: Amount,
    /// Added per share of the pool that left in the last 24 hours (herding).
    pub outflow_per_day: Amount,
    /// Added per share of one's own net worth at the opening that is lost, at the marks published last.
    #[serde(default = "default_nothing")]
    pub own_loss_per_day: Amount,
    /// Hazard grows with `(wealth / median wealth)^size_exponent`, and thresholds fall with it: the large run first.
    pub size_exponent: Amount,
    /// Cap of the hazard before size; thresholds are held against the signal without it.
    pub cap_per_day: Positive,
    /// Largest discount of a token at which one on the way out sells it rather than waits for redemption.
    #[serde(default = "default_accept_discount")]
    pub accept_discount: Share,
    /// Leave as soon as the signal has reached a threshold of one's own, in place of the hazard. Outflow then includes what
    /// has been paid earlier in the step, and those who stay look again until nobody else leaves.
    #[serde(default)]
    pub threshold: Option<ThresholdSpec>,
    /// Whether one whose deposits a dry pool does not pay borrows its other coins against them and takes those home. The
    /// deposits stay behind as collateral, and the loan is not repaid. Who stands in line (`when_dry = "queue"`) does not
    /// borrow.
    #[serde(default)]
    pub borrow_to_leave: bool,
    /// Where what has come home goes; it stays in the wallet if left out.
    #[serde(default)]
    pub flight_to: Option<FlightSpec>,
}

fn default_nothing() -> Amount {
    Amount::try_from(0.0).expect("in range")
}

/// Law of the owners' thresholds, in the unit of the signal (per day); each is drawn anew on every path.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ThresholdSpec {
    /// The same for all.
    Fixed {
        /// Signal at which one leaves.
        per_day: Positive,
    },
    /// Log-normal.
    Lognormal {
        /// Median.
        median_per_day: Positive,
        /// Standard deviation of the logarithm.
        sigma: Positive,
    },
    /// Uniform.
    Uniform {
        /// Lowest.
        from_per_day: Amount,
        /// Highest.
        to_per_day: Positive,
    },
}

/// Where those who have left go.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FlightSpec {
    /// All coins are exchanged for this one on the spot market, each step as far as `accept_discount` allows.
    Coin(String),
    /// What this pool takes is deposited there; other coins stay in the wallet. Deposits there do not run again.
    Pool(String),
}

fn default_accept_discount() -> Share {
    Share::try_from(0.01).expect("in range")
}

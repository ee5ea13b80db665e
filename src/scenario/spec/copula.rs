//! How the shocks of several coins hang together beyond correlation.

use crate::unit::Positive;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the shocks of several coins hang together within a step. Each coin alone has normal shocks in either case.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CopulaSpec {
    /// By correlation alone: the largest moves of two coins are seldom in one step.
    #[default]
    Gaussian,
    /// Student's t: large moves of all coins come together, more so with fewer degrees of freedom.
    T(TCopulaSpec),
}

/// Student's t copula.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TCopulaSpec {
    /// Degrees of freedom, 1 to 200.
    pub degrees: Positive,
}

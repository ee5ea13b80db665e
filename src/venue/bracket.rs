//! Maintenance-margin brackets: maintenance = notional * rate - cum, with the bracket chosen on the notional of the
//! whole position at the mark. `cum` makes it continuous; rates rise, so maintenance is convex in the notional.

/// One bracket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tier {
    /// Notional at which the bracket begins.
    pub floor_usd: f64,
    /// Notional at which the next one begins.
    pub cap_usd: f64,
    /// Largest leverage at opening.
    pub max_leverage: f64,
    /// Maintenance margin rate.
    pub rate: f64,
    /// Maintenance amount, subtracted.
    pub cum_usd: f64,
}

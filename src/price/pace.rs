//! How steps and bars fit.

/// Whole steps in a bar, or whole bars in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// So many steps in a bar.
    StepsPerBar(usize),
    /// So many bars in a step.
    BarsPerStep(usize),
}

impl Pace {
    /// Of a step and a bar of these lengths; none if neither is a whole number of the other.
    #[must_use]
    pub fn of(step_seconds: f64, bar_seconds: f64) -> Option<Self> {
        let whole = |ratio: f64| {
            let count = libm::round(ratio);
            (count >= 1.0 && (ratio - count).abs() < 1e-9 * count).then_some(count as usize)
        };
        let steps = whole(bar_seconds / step_seconds).map(Self::StepsPerBar);
        steps.or_else(|| whole(step_seconds / bar_seconds).map(Self::BarsPerStep))
    }
}

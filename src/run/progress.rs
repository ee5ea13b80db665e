//! How a run tells whoever waits how far it is. The library says nothing by itself: see [`Silent`].

/// A part of a run that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Owners are drawn and opening balances made.
    Draw,
    /// Paths are run, each in every world.
    Paths,
    /// The worst paths and the sample are run again, to be kept in full.
    Series,
    /// Quantiles, summaries and the tables made of them.
    Summary,
    /// Charts are drawn.
    Charts,
}

impl Phase {
    /// Its name in `timings.json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draw => "draw",
            Self::Paths => "paths",
            Self::Series => "series",
            Self::Summary => "summary",
            Self::Charts => "charts",
        }
    }

    /// What to tell a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Draw => "drawing owners",
            Self::Paths => "running paths",
            Self::Series => "running the worst paths again, to keep them in full",
            Self::Summary => "summarising",
            Self::Charts => "drawing charts",
        }
    }
}

/// Told by a run how far it is.
pub trait Progress: Sync {
    /// A phase begins; `total` steps of it are to come, 0 if they are not counted.
    fn begin(&self, phase: Phase, total: u64);
    /// One more step of the phase is done.
    fn advance(&self);
    /// The run is over, well or not.
    fn end(&self);
}

/// Says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _phase: Phase, _total: u64) {}
    fn advance(&self) {}
    fn end(&self) {}
}

//! Venues.
pub mod bracket;

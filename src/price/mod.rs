//! Exogenous prices: what the world would do without us. A path is drawn whole before anything happens.

use crate::random::Stream;

/// The law of prices, ready to draw from.
#[derive(Debug)]
pub enum PriceModel {
    /// Placeholder until the models land.
    Flat,
}

/// The prices of one path: `steps + 1` rows of one price per coin, row 0 the opening. USD.
#[derive(Clone, Debug, Default)]
pub struct PricePath {
    /// Coins in a row.
    pub coins: usize,
    /// Row by row.
    pub usd: Vec<f64>,
}

impl PriceModel {
    /// Fills `path` with a fresh draw.
    pub fn fill(&self, _rng: &mut Stream, _path: &mut PricePath) {}
}

//! Exogenous prices: what the world would do without us. A path is drawn whole before anything happens.

use crate::random::Stream;
use crate::scenario::spec::PricesSpec;
use std::path::Path;

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

/// Why a model cannot be built: the config key it is about, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceError {
    key: String,
    message: String,
}

impl PriceError {
    /// The dotted key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl std::fmt::Display for PriceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl PriceModel {
    /// Builds the model of a config.
    ///
    /// # Errors
    /// If the config cannot be met.
    pub fn build(
        spec: &PricesSpec,
        _coins: &[(&str, f64, bool)],
        _steps: usize,
        _step_seconds: f64,
        base_dir: &Path,
    ) -> Result<Self, PriceError> {
        match spec {
            PricesSpec::Bootstrap(b) if !base_dir.join(&b.file).exists() => Err(PriceError {
                key: "prices.bootstrap.file".to_owned(),
                message: format!("cannot read {}", b.file.display()),
            }),
            _ => Ok(Self::Flat),
        }
    }

    /// Fills `path` with a fresh draw.
    pub fn fill(&self, _rng: &mut Stream, _path: &mut PricePath) {}
}

//! A path that is written down: for each coin points `(t_i, X_i)`, and between them
//!
//! ```text
//! ln X(t) = ln X_i + (ln X_(i+1) - ln X_i) (t - t_i) / (t_(i+1) - t_i)
//! ```
//!
//! from the opening price at `t_0 = 0` on, and `X_n` after the last point. A point that falls between two steps is on no
//! row: the rows go straight past it. No noise: every path is the same.

use super::driven::driven_coin;
use super::{Grid, PriceError, PricePath};
use crate::scenario::Coin;
use crate::scenario::spec::{PointSpec, ScriptedSpec};

/// A path that is written down, on a grid.
#[derive(Clone, Debug)]
pub struct Scripted {
    coins: usize,
    usd: Vec<f64>,
}

impl Scripted {
    /// Lays the points on a grid.
    ///
    /// # Errors
    /// If a coin is unknown or pegged, or its points are not in order of time.
    pub fn build(spec: &ScriptedSpec, coins: &[Coin], grid: &Grid) -> Result<Self, PriceError> {
        let width = grid.opening_usd.len();
        let mut usd = grid.opening_usd.repeat(grid.steps + 1);
        for (name, points) in &spec.points {
            let key = format!("prices.scripted.points.{name}");
            let coin = driven_coin(&key, name, coins)?;
            check_order(&key, points)?;
            for (step, row) in usd.chunks_exact_mut(width).enumerate() {
                row[coin] = price_at(step as f64 * grid.step_seconds, grid.opening_usd[coin], points);
            }
        }
        Ok(Self { coins: width, usd })
    }

    /// Writes the path.
    pub fn fill(&self, path: &mut PricePath) {
        path.coins = self.coins;
        path.usd.clone_from(&self.usd);
    }
}

fn price_at(seconds: f64, opening_usd: f64, points: &[PointSpec]) -> f64 {
    let after = points.partition_point(|point| point.at.seconds() <= seconds);
    let (from, before_usd) =
        points[..after].last().map_or((0.0, opening_usd), |point| (point.at.seconds(), point.price_usd.get()));
    let Some(next) = points.get(after) else { return before_usd };
    let share = (seconds - from) / (next.at.seconds() - from);
    if share == 0.0 { before_usd } else { before_usd * libm::pow(next.price_usd.get() / before_usd, share) }
}

fn check_order(key: &str, points: &[PointSpec]) -> Result<(), PriceError> {
    match points.windows(2).position(|pair| pair[1].at <= pair[0].at) {
        None => Ok(()),
        Some(at) => Err(PriceError::PointOrder {
            key: format!("{key}.{}.at", at + 1),
            at: points[at + 1].at.to_string(),
            before: points[at].at.to_string(),
        }),
    }
}

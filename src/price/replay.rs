//! Replay of a recorded path. With `C_k` the recorded close of bar k, `C_0` the open of the first bar and `s` the scale
//! (1, or the coin's own opening price over `C_0`), the price at the end of bar k is
//!
//! ```text
//! X(t_k) = s C_k
//! ```
//!
//! to the last bit where `s` is 1. A step that is as long as a whole number of bars takes the last of their closes. A
//! bar that is as long as `n` steps is either gone through straight, `X = s C_(k-1) (C_k / C_(k-1))^(j / n)`, the same on
//! every path, or refined by [`super::bridge`] so that its high and low are reached: the way between is noise, drawn
//! path by path, correlated between coins as the recorded returns are over the bars that all have in common.
//!
//! What a recorded price already holds, the market's own cascade included, it holds here too.

use super::bridge;
use super::correlation::{cholesky, correlate, measured};
use super::recording::{Recording, Track};
use super::{Grid, PriceError, PricePath};
use crate::random::normal;
use crate::scenario::Coin;
use crate::scenario::spec::{ReplaySpec, WithinBarSpec};
use rand::Rng;
use std::path::Path;

/// Replay of a recorded path on a grid.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Opens at the recorded prices, or at the coins' own.
    grid: Grid,
    tracks: Vec<Track>,
    /// Rows that are filled: a bar that the path ends in is gone through whole.
    rows: usize,
    /// Factor of the correlated noise; empty if no path needs any.
    noise: Vec<f64>,
}

impl Replay {
    /// Reads the recording and lays it on a grid. Relative paths start from `base`.
    ///
    /// # Errors
    /// If a coin is unknown or pegged, the file or a bar of it is wrong, the path is not inside the recording, bar and
    /// step do not fit, or an opening price is not the recorded one.
    pub fn build(spec: &ReplaySpec, coins: &[Coin], mut grid: Grid, base: &Path) -> Result<Self, PriceError> {
        let recording = Recording::read(spec, coins, &grid, base)?;
        for track in &recording.tracks {
            let opening_usd = &mut grid.opening_usd[track.coin];
            if !spec.rescale {
                check_opening(&coins[track.coin].name, *opening_usd, track.first_usd)?;
                *opening_usd = track.first_usd;
            }
        }
        let is_drawn = spec.within_bar == WithinBarSpec::Bridge && recording.tracks.iter().any(|t| t.steps_per_bar > 1);
        let n = recording.tracks.len();
        let noise = if is_drawn { cholesky(&measured(&recording.joint_returns(), n), n).0 } else { Vec::new() };
        let rows = recording.tracks.iter().map(|t| t.closes_usd.len() * t.steps_per_bar).max().unwrap_or(0);
        Ok(Self { rows: rows.max(grid.steps), grid, tracks: recording.tracks, noise })
    }

    /// Writes the path, with noise within bars where it is asked for.
    pub fn fill<R: Rng>(&self, rng: &mut R, path: &mut PricePath) {
        let (coins, n) = (self.grid.opening_usd.len(), self.tracks.len());
        let longest = self.tracks.iter().map(|track| track.steps_per_bar).max().unwrap_or(0);
        let noises = if self.noise.is_empty() { 0 } else { self.rows * n };
        let (rows, work) = path.open(&self.grid, self.rows, noises + longest + 1);
        let (noise, way) = work.split_at_mut(noises);
        for shocks in noise.chunks_exact_mut(n) {
            for shock in &mut *shocks {
                *shock = normal(rng);
            }
            correlate(&self.noise, shocks);
        }
        for (i, track) in self.tracks.iter().enumerate() {
            let scale = self.grid.opening_usd[track.coin] / track.first_usd;
            let way = &mut way[..=track.steps_per_bar];
            let mut before = self.grid.opening_usd[track.coin];
            for (k, (bar, close)) in track.bars.iter().zip(&track.closes_usd).enumerate() {
                let first = k * track.steps_per_bar;
                if noise.is_empty() {
                    straight(bar.close, way);
                } else {
                    for (j, x) in way.iter_mut().enumerate().skip(1) {
                        *x = noise[(first + j - 1) * n + i];
                    }
                    bridge::refine(bar, way);
                }
                let column = rows[(first + 1) * coins..].iter_mut().skip(track.coin).step_by(coins);
                for (cell, log) in column.zip(&way[1..]) {
                    *cell = before * libm::exp(*log);
                }
                before = close * scale;
                rows[(first + track.steps_per_bar) * coins + track.coin] = before;
            }
        }
        path.close(&self.grid);
    }
}

/// The logs of a straight way to `end`.
fn straight(end: f64, way: &mut [f64]) {
    let last = (way.len() - 1) as f64;
    for (j, x) in way.iter_mut().enumerate() {
        *x = end * (j as f64 / last);
    }
}

/// An opening price that rounds the recorded one to six digits is taken for it.
fn check_opening(coin: &str, written_usd: f64, recorded_usd: f64) -> Result<(), PriceError> {
    const ROUNDING: f64 = 1e-6;
    if (written_usd / recorded_usd - 1.0).abs() <= ROUNDING {
        return Ok(());
    }
    Err(PriceError::Opening { key: format!("coins.{coin}.price_usd"), written_usd, recorded_usd })
}

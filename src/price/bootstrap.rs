//! Bootstrap of recorded history: a path is a sequence of joint bars, drawn in blocks ([`super::blocks`]), each applied
//! to the running price of its coin. Every coin takes the same bar at the same time, so crashes stay joint.
//!
//! Where a bar is longer than a step it is refined ([`super::bridge`]) with noise correlated as the returns of the
//! history are; where a step is longer than a bar it takes a whole number of bars. Gaps between a close and the next
//! open are kept inside a block.
//!
//! Unless the drift is kept, each bar's move is lessened by `ln mean(exp(return))` of its coin, so that the mean simple
//! return of a bar is zero, as in a GBM without drift. The bar as a whole moves, its shape does not change.

use super::blocks::Blocks;
use super::driven::driven_coin;
use super::error::PriceError;
use super::history::History;
use super::pace::Pace;
use super::{Grid, PricePath, bridge, correlation, timestamp};
use crate::random::normal;
use crate::scenario::Coin;
use crate::scenario::spec::BootstrapSpec;
use rand::Rng;
use std::path::Path;

/// Bootstrap of recorded history on a grid.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    grid: Grid,
    driven: Vec<usize>,
    history: History,
    blocks: Blocks,
    /// Taken off each bar's logs, per driven coin.
    drift: Vec<f64>,
    noise: Vec<f64>,
    pace: Pace,
}

impl Bootstrap {
    /// Reads the history and prepares it for a grid. Relative paths start from `base`.
    ///
    /// # Errors
    /// If a coin is unknown or pegged, the file or a bar of it is wrong, or block, bar and step do not fit.
    pub fn build(spec: &BootstrapSpec, coins: &[Coin], grid: Grid, base: &Path) -> Result<Self, PriceError> {
        for name in spec.symbols.keys() {
            driven_coin(&format!("prices.bootstrap.symbols.{name}"), name, coins)?;
        }
        let driven: Vec<usize> = (0..coins.len()).filter(|&at| !coins[at].pegged).collect();
        if driven.is_empty() {
            return Err(PriceError::NothingToDrive);
        }
        let symbol =
            |name: &str| spec.symbols.get(name).map_or_else(|| format!("{}USDT", name.to_uppercase()), String::clone);
        let named: Vec<_> = driven.iter().map(|&at| (coins[at].name.as_str(), symbol(&coins[at].name))).collect();
        let history = History::read(spec, &named, base)?;
        let pace = pace(&grid, &history)?;
        let blocks = Blocks::new(history.len(), &history.stretches, mean_block(spec, &history)?);
        let returns: Vec<f64> = history.bars.iter().map(|bar| bar.close).collect();
        let (noise, _) = correlation::cholesky(&correlation::measured(&returns, driven.len()), driven.len());
        let drift = if spec.keep_drift { vec![0.0; driven.len()] } else { drift(&returns, driven.len()) };
        Ok(Self { grid, driven, history, blocks, drift, noise, pace })
    }

    /// The history it draws from; its coins are those that are not pegged, in the order of the scenario.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// Draws a path.
    pub fn fill<R: Rng>(&self, rng: &mut R, path: &mut PricePath) {
        match self.pace {
            Pace::StepsPerBar(steps) => self.fill_refined(steps, rng, path),
            Pace::BarsPerStep(bars) => self.fill_joined(bars, rng, path),
        }
    }

    /// Bars cut into steps; the last bar is drawn whole though the path may end within it.
    fn fill_refined<R: Rng>(&self, steps: usize, rng: &mut R, path: &mut PricePath) {
        let coins = self.grid.opening_usd.len();
        let bars = self.grid.steps.div_ceil(steps);
        let noises = self.driven.len() * (steps + 1);
        let (rows, noise) = path.open(&self.grid, bars * steps, noises);
        let mut at = None;
        for start in (0..bars).map(|bar| bar * steps * coins) {
            let here = self.blocks.next(at, rng);
            at = Some(here);
            self.draw_noise(noise, steps, rng);
            let rows = &mut rows[start..][..(steps + 1) * coins];
            for (i, bar) in self.history.joint(here).iter().enumerate() {
                let column = &mut noise[i * (steps + 1)..][..=steps];
                bridge::refine(bar, column);
                let cells = rows.iter_mut().skip(self.driven[i]).step_by(coins);
                write_prices(cells, column, self.drift[i]);
            }
        }
        path.close(&self.grid);
    }

    /// Correlated normals, a column of `steps + 1` per driven coin of which the first is unused; none where a bar is
    /// one step.
    fn draw_noise<R: Rng>(&self, noise: &mut [f64], steps: usize, rng: &mut R) {
        if steps == 1 {
            return;
        }
        let n = self.driven.len();
        for j in 1..=steps {
            for i in 0..n {
                noise[i * (steps + 1) + j] = normal(rng);
            }
            for i in (0..n).rev() {
                let row = &self.noise[i * n..];
                noise[i * (steps + 1) + j] = (0..=i).map(|k| row[k] * noise[k * (steps + 1) + j]).sum();
            }
        }
    }

    /// Steps made of whole bars.
    fn fill_joined<R: Rng>(&self, bars: usize, rng: &mut R, path: &mut PricePath) {
        let coins = self.grid.opening_usd.len();
        let (rows, moves) = path.open(&self.grid, self.grid.steps, self.driven.len());
        let mut at = None;
        for end in (coins..rows.len()).step_by(coins) {
            moves.fill(0.0);
            for _ in 0..bars {
                let here = self.blocks.next(at, rng);
                at = Some(here);
                for ((sum, bar), drift) in moves.iter_mut().zip(self.history.joint(here)).zip(&self.drift) {
                    *sum += bar.close - drift;
                }
            }
            let (before, now) = rows[end - coins..].split_at_mut(coins);
            for (&coin, sum) in self.driven.iter().zip(&*moves) {
                now[coin] = before[coin] * libm::exp(*sum);
            }
        }
        path.close(&self.grid);
    }
}

/// Writes a refined bar after the price in the first cell, the close before it.
fn write_prices<'a>(mut cells: impl Iterator<Item = &'a mut f64>, logs: &[f64], drift: f64) {
    let Some(&mut before) = cells.next() else { return };
    for (cell, log) in cells.zip(&logs[1..]) {
        *cell = before * libm::exp(log - drift);
    }
}

/// `ln mean(exp(return))` of each coin.
fn drift(returns: &[f64], coins: usize) -> Vec<f64> {
    let bars = (returns.len() / coins) as f64;
    let growth = |coin| returns.iter().skip(coin).step_by(coins).map(|r| libm::exp(*r)).sum::<f64>();
    (0..coins).map(|coin| libm::log(growth(coin) / bars)).collect()
}

/// The mean length of a block in bars, checked against the history.
fn mean_block(spec: &BootstrapSpec, history: &History) -> Result<f64, PriceError> {
    let bar = timestamp::show_span(history.bar_ms);
    let bars = spec.mean_block.seconds() * 1e3 / history.bar_ms as f64;
    if bars < 1.0 {
        return Err(PriceError::BlockTooShort { mean_block: spec.mean_block.to_string(), bar });
    }
    // Blocks end at gaps: were stretches shorter than blocks, few blocks would have the length asked for.
    let longest = (history.len() / history.stretches.len().max(2)).max(1);
    if bars > longest as f64 {
        return Err(PriceError::HistoryTooShort {
            mean_block: spec.mean_block.to_string(),
            bars: history.len(),
            bar,
            stretches: history.stretches.len(),
            longest: timestamp::show_span(i64::try_from(longest).unwrap_or(i64::MAX).saturating_mul(history.bar_ms)),
        });
    }
    Ok(bars)
}

fn pace(grid: &Grid, history: &History) -> Result<Pace, PriceError> {
    Pace::of(grid.step_seconds, history.bar_ms as f64 / 1e3)
        .ok_or_else(|| PriceError::step(grid.step_seconds, history.bar_ms))
}

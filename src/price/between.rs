//! What prices do between the rows of a path: the lowest and the highest price of each step, given the prices at its
//! ends. The grid itself stays what it is.
//!
//! Given both ends the log-price is a Brownian bridge, whatever its drift. Over variance v from x to y its minimum is
//! below b with probability `exp(-2 (x - b) (y - b) / v)` (b below both), so by inversion, U uniform,
//!
//! ```text
//! low = (x + y - sqrt((y - x)^2 - 2 v ln U)) / 2,      high = (x + y + sqrt((y - x)^2 - 2 v ln U')) / 2
//! ```
//!
//! and a barrier is hit with its exact probability however long the steps are (Beaglehole, Dybvig and Zhou 1997;
//! Glasserman 2003, section 6.4).
//!
//! That is each end of each coin alone. Together they are exact on a finer grid only: where a path has fewer than
//! [`FINE`] steps each is refined first, by bridges whose shocks have the correlation matrix C of the law. Within a
//! part the uniforms are joined by a Gaussian copula, U = N(z), U' = N(w), with
//!
//! ```text
//! z = sqrt((1 + r) / 2) a + sqrt((1 - r) / 2) b,      w = -sqrt((1 + r) / 2) a + sqrt((1 - r) / 2) b
//! ```
//!
//! a of correlation C, b of correlations `C_ij^2`. So a coin that goes deep goes less high, by [`OPPOSITION`]; coins of
//! correlation 1 have their ends in common, coins of -1 each other's, coins of 0 nothing. (A t copula of the law joins the
//! steps, not what is between them.)

use super::correlation::{cholesky, correlate};
use super::{PricePath, dependence::Dependence};
use crate::random::{Stream, normal, normal_cdf};

/// The fewest parts that a path is seen in.
const FINE: usize = 64;

/// r: that of Brownian bridges which end where they begin, whose minimum and maximum have the correlation -0.6545, as
/// `(pi^2 / 6 - pi / 2 - 2 q) / (2 q)` with q = 1/2 - pi/8 (Kuiper's range).
const OPPOSITION: f64 = 0.6855;

/// Draws the ends of steps.
#[derive(Clone, Debug)]
pub struct Between {
    driven: Vec<usize>,
    /// Variance of the log-price in a part of a step, per driven coin.
    variance: Vec<f64>,
    /// Parts of a step.
    parts: usize,
    /// Lower factors of C and of its squares.
    factors: [Vec<f64>; 2],
}

/// The ends of a step, per coin, USD. Those of coins that the law does not drive say nothing.
#[derive(Clone, Copy, Debug)]
pub struct Ends<'a> {
    /// Prices at its start.
    pub open: &'a [f64],
    /// Lowest prices.
    pub low: &'a [f64],
    /// Highest prices.
    pub high: &'a [f64],
}

impl Between {
    /// For coins whose log-prices have these standard deviations in each of `steps` steps, and that dependence.
    #[must_use]
    pub fn of(driven: &[usize], deviation: &[f64], dependence: &Dependence, steps: usize) -> Self {
        let n = driven.len();
        let parts = FINE.div_ceil(steps.max(1)).next_power_of_two();
        let factor = dependence.factor().to_vec();
        let dot = |i: usize, j: usize| -> f64 { (0..n).map(|k| factor[i * n + k] * factor[j * n + k]).sum() };
        let squares: Vec<f64> = (0..n * n).map(|at| dot(at / n, at % n)).map(|c| c * c).collect();
        Self {
            driven: driven.to_vec(),
            variance: deviation.iter().map(|d| d * d / parts as f64).collect(),
            parts,
            factors: [factor, cholesky(&squares, n).0],
        }
    }

    /// Draws the ends of every step of a path from a stream of their own. In a step: one normal per coin and part that it
    /// is refined by, then two per coin and part.
    pub fn fill(&self, rng: &mut Stream, path: &mut PricePath) {
        let n = self.driven.len();
        path.low.clone_from(&path.usd);
        path.high.clone_from(&path.usd);
        // Log-prices since the start of the step: at the end of each part, then lowest and highest; then work space.
        let mut logs = vec![0.0; (self.parts + 1) * n];
        let (mut ends, mut normals) = (vec![(0.0, 0.0); n], vec![0.0; 2 * n]);
        for at in (path.coins..path.usd.len()).step_by(path.coins.max(1)) {
            for (i, coin) in self.driven.iter().enumerate() {
                let (before, now) = (path.usd[at - path.coins + coin], path.usd[at + coin]);
                logs[self.parts * n + i] = libm::log(now / before);
            }
            self.refine(rng, &mut logs, &mut normals);
            ends.fill((0.0, 0.0));
            for part in logs.windows(2 * n).step_by(n.max(1)) {
                self.widen(rng, part, &mut normals, &mut ends);
            }
            for (&coin, (lowest, highest)) in self.driven.iter().zip(&ends) {
                let (before, now) = (path.usd[at - path.coins + coin], path.usd[at + coin]);
                path.low[at + coin] = (before * libm::exp(*lowest)).min(before).min(now);
                path.high[at + coin] = (before * libm::exp(*highest)).max(before).max(now);
            }
        }
    }

    /// Draws the log-prices at the ends of the parts of a step, from those at the ends of the step.
    fn refine(&self, rng: &mut Stream, logs: &mut [f64], normals: &mut [f64]) {
        let n = self.driven.len();
        if self.parts == 1 || n == 0 {
            return;
        }
        let (inner, last) = logs.split_at_mut(self.parts * n);
        // A free walk, which then is tied to both ends.
        let (shocks, end) = normals.split_at_mut(n);
        end.fill(0.0);
        for part in 1..=self.parts {
            shocks.fill_with(|| normal(rng));
            correlate(&self.factors[0], shocks);
            for (i, shock) in shocks.iter().enumerate() {
                end[i] += libm::sqrt(self.variance[i]) * shock;
                if part < self.parts {
                    inner[part * n + i] = end[i];
                }
            }
        }
        for (part, row) in inner.chunks_exact_mut(n).enumerate() {
            let share = part as f64 / self.parts as f64;
            for (i, log) in row.iter_mut().enumerate() {
                *log += share * (last[i] - end[i]);
            }
        }
    }

    /// Widens the ends of a step by those of a part, of which the log-prices at the start and then at the end are given.
    fn widen(&self, rng: &mut Stream, part: &[f64], normals: &mut [f64], ends: &mut [(f64, f64)]) {
        let n = self.driven.len();
        let (a, b) = normals.split_at_mut(n);
        for (normals, factor) in [&mut *a, &mut *b].into_iter().zip(&self.factors) {
            normals.fill_with(|| normal(rng));
            correlate(factor, normals);
        }
        let (apart, alike) = (libm::sqrt(0.5 * (1.0 + OPPOSITION)), libm::sqrt(0.5 * (1.0 - OPPOSITION)));
        for (i, (lowest, highest)) in ends.iter_mut().enumerate() {
            let (from, to) = (part[i], part[n + i]);
            let (sum, gap) = (from + to, to - from);
            let reach = |z: f64| libm::sqrt(gap * gap - 2.0 * self.variance[i] * libm::log(normal_cdf(z)));
            *lowest = lowest.min(0.5 * (sum - reach(apart * a[i] + alike * b[i])));
            *highest = highest.max(0.5 * (sum + reach(alike * b[i] - apart * a[i])));
        }
    }
}

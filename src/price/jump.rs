//! Jumps over geometric Brownian motion, on the grid and exact in law, common to [`super::merton`] and [`super::kou`]:
//!
//! ```text
//! X_i(t) = G_i(t) exp(sum of the log sizes of the jumps of coin i until t)
//! ```
//!
//! `G` is a [`Gbm`] whose drift makes up for the jumps, `drift_i - jumps_i (E e^size - 1)`, so that `drift_i` is that of
//! the expected price. Coin i jumps at its own events, a Poisson process of rate `jumps_i - common`, and with all coins at
//! the common ones, of rate `common`: alone, each coin sees jumps of rate `jumps_i` and of its own law of sizes. At a
//! common event the sizes of the coins are joined by the Gaussian copula of the correlation matrix, at others they are
//! independent.
//!
//! A path's number of events is drawn by inversion, then in which step each falls (given their number, events of a
//! Poisson process fall independently and uniformly), then the sizes, step by step. The draws of `G` come first, then
//! the numbers: those that matter most lead.

use super::dependence::Dependence;
use super::driven::Driven;
use super::poisson::Poisson;
use super::{Gbm, Grid, PriceError, PricePath};
use crate::random::{Source, normal, uniform};
use crate::unit::YEAR_SECONDS;

/// Jumps in a path, on average, above which a law is refused: each is drawn, and so many are a volatility.
const MOST_JUMPS: f64 = 100_000.0;

/// The most that jumps may move the log of the expected price in a path.
const LARGEST_CHANGE: f64 = 20.0;

/// A law of the log sizes of jumps, per driven coin.
pub trait Sizes {
    /// Whether one normal gives the sum of any number of jumps; otherwise each jump takes one of its own.
    const SUMS: bool;

    /// Expected `e^size - 1` of a coin's jump.
    fn growth(&self, coin: usize) -> f64;

    /// The table of the law that [`Self::growth`] mostly comes from.
    fn table(&self, coin: usize) -> &'static str;

    /// The sum of the log sizes of `jumps` jumps of a coin, as a rising function of a standard normal. `jumps` is 1
    /// unless [`Self::SUMS`].
    fn sum(&self, coin: usize, jumps: f64, z: f64) -> f64;
}

/// Geometric Brownian motion with jumps, on a grid.
#[derive(Clone, Debug)]
pub struct JumpDiffusion<S> {
    grid: Grid,
    driven: Vec<usize>,
    diffusion: Gbm,
    /// Joins the sizes at common events.
    joint: Dependence,
    sizes: S,
    /// Common events of a path.
    common: Poisson,
    /// Each coin's own events of a path.
    own: Vec<Poisson>,
}

/// What both laws' tables have in common: per driven coin, per year.
pub struct Rates {
    /// Between jumps.
    pub volatility: Vec<f64>,
    /// Of the expected price.
    pub drift: Vec<f64>,
    /// Jumps, common ones included.
    pub jumps: Vec<f64>,
    /// Common jumps.
    pub common: f64,
}

impl Rates {
    /// Checks the rates against one another and the grid.
    ///
    /// # Errors
    /// If a volatility or drift is none, common jumps are more than all jumps of some coin, or a path has too many to draw.
    pub fn check(&self, driven: &Driven<'_>, grid: &Grid) -> Result<(), PriceError> {
        driven.check_volatility("volatility_per_year", &self.volatility, grid.seconds())?;
        driven.check_drift("drift_per_year", &self.drift, grid)?;
        for (name, &jumps) in driven.names.iter().zip(&self.jumps) {
            if self.common > jumps {
                let why = format!(
                    "{} common jumps a year are more than the {jumps} jumps a year of `{name}`, which has part in each: \
                     expected at most {jumps}",
                    self.common
                );
                return Err(PriceError::Unfit { key: driven.key("common_jumps_per_year"), why });
            }
            let in_path = jumps * grid.seconds() / YEAR_SECONDS;
            if in_path > MOST_JUMPS {
                let why = format!(
                    "{jumps} jumps a year are {in_path:.0} in a path: expected at most {MOST_JUMPS} in a path; smaller \
                     and more frequent moves are what volatility is for"
                );
                return Err(PriceError::Unfit { key: driven.key_of("jumps_per_year", name), why });
            }
        }
        Ok(())
    }
}

/// Refuses jumps whose sizes are none: those of a path would change the expected price by more than a factor of e to the
/// [`LARGEST_CHANGE`], which the diffusion would have to make up for.
///
/// # Errors
/// If there is such a coin.
pub fn check_sizes<S: Sizes>(sizes: &S, rates: &Rates, driven: &Driven<'_>, grid: &Grid) -> Result<(), PriceError> {
    let in_path = |i: usize| rates.jumps[i] * grid.seconds() / YEAR_SECONDS * sizes.growth(i);
    let wild = |i: &usize| sizes.growth(*i).is_infinite() || in_path(*i).abs() > LARGEST_CHANGE;
    let Some(i) = (0..driven.names.len()).find(wild) else { return Ok(()) };
    let why = format!(
        "a jump of `{}` multiplies the expected price by {:.3e}, {} of them a year: expected sizes such as 0.05 (5 %), and \
         that the jumps of a path change the expected price by less than a factor of e^{LARGEST_CHANGE}",
        driven.names[i],
        1.0 + sizes.growth(i),
        rates.jumps[i],
    );
    Err(PriceError::Unfit { key: driven.key_of(sizes.table(i), driven.names[i]), why })
}

impl<S: Sizes> JumpDiffusion<S> {
    /// The law of these coins, `rates` checked; `dependence` of shocks, then of sizes at common events.
    pub fn of(driven: Vec<usize>, rates: &Rates, sizes: S, dependence: [Dependence; 2], grid: Grid) -> Self {
        let [shocks, joint] = dependence;
        let drift = |(i, drift): (usize, &f64)| drift - rates.jumps[i] * sizes.growth(i);
        let drift: Vec<f64> = rates.drift.iter().enumerate().map(drift).collect();
        let years = grid.seconds() / YEAR_SECONDS;
        Self {
            diffusion: Gbm::of(driven.clone(), &rates.volatility, &drift, shocks, grid.clone()),
            common: Poisson::of_mean(rates.common * years),
            own: rates.jumps.iter().map(|jumps| Poisson::of_mean((jumps - rates.common) * years)).collect(),
            grid,
            driven,
            joint,
            sizes,
        }
    }

    /// Draws a path.
    pub fn fill<R: Source>(&self, rng: &mut R, path: &mut PricePath) {
        self.diffusion.fill(rng, path);
        let (n, steps, coins) = (self.driven.len(), self.grid.steps, path.coins);
        // Per step the number of common events, then of each coin's own; then three numbers per coin.
        let (rows, work) = path.add_work_space(steps * (1 + n) + 3 * n);
        let (counts, work) = work.split_at_mut(steps * (1 + n));
        let (level, work) = work.split_at_mut(n);
        let (factor, shocks) = work.split_at_mut(n);
        if self.draw_counts(rng, counts) {
            factor.fill(1.0);
            let steps = rows.chunks_exact_mut(coins).skip(1).zip(counts.chunks_exact(1 + n));
            for (now, counts) in steps {
                self.add_common(rng, counts[0], shocks, level);
                self.add_own(rng, &counts[1..], level);
                for (i, &coin) in self.driven.iter().enumerate() {
                    if counts[0] + counts[1 + i] > 0.0 {
                        factor[i] = libm::exp(level[i]);
                    }
                    now[coin] *= factor[i];
                }
            }
        }
        path.close(&self.grid);
    }

    /// Draws how many events fall into each step; whether there are any.
    fn draw_counts<R: Source>(&self, rng: &mut R, counts: &mut [f64]) -> bool {
        let (kinds, steps) = (1 + self.own.len(), self.grid.steps);
        let mut any = false;
        let laws = std::iter::once(&self.common).chain(&self.own);
        // The totals wait in the first step, where all events stay if it is the only one.
        for (kind, law) in laws.enumerate() {
            counts[kind] = law.draw(rng) as f64;
            any |= counts[kind] > 0.0;
        }
        for kind in 0..if steps > 1 { kinds } else { 0 } {
            let total = std::mem::take(&mut counts[kind]) as usize;
            for _ in 0..total {
                let step = (uniform(rng) * steps as f64) as usize;
                counts[step.min(steps - 1) * kinds + kind] += 1.0;
            }
        }
        any
    }

    /// Adds the jumps of `events` common events to each coin's sum.
    fn add_common<R: Source>(&self, rng: &mut R, events: f64, shocks: &mut [f64], level: &mut [f64]) {
        let (normals, jumps) = normals_for::<S>(events);
        for _ in 0..normals {
            self.joint.draw(rng, shocks);
            for (i, (level, &z)) in level.iter_mut().zip(&*shocks).enumerate() {
                *level += self.sizes.sum(i, jumps, z);
            }
        }
    }

    /// Adds each coin's jumps at its own events to its sum.
    fn add_own<R: Source>(&self, rng: &mut R, events: &[f64], level: &mut [f64]) {
        for (i, (level, &events)) in level.iter_mut().zip(events).enumerate() {
            let (normals, jumps) = normals_for::<S>(events);
            for _ in 0..normals {
                *level += self.sizes.sum(i, jumps, normal(rng));
            }
        }
    }
}

/// How many normals the sizes of so many jumps take, and how many jumps each stands for.
fn normals_for<S: Sizes>(jumps: f64) -> (usize, f64) {
    if S::SUMS { (usize::from(jumps > 0.0), jumps) } else { (jumps as usize, 1.0) }
}

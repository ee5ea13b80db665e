//! GARCH(1,1) with Student-t innovations (Bollerslev 1987), per bar t and coin i
//!
//! ```text
//! ln X_i(t) = ln X_i(t - 1) + drift_i bar - h_i(t) / 2 + shock_i(t),      shock_i(t) = sqrt(h_i(t) a_i(t)) Z_i(t)
//! h_i(t + 1) = omega_i + alpha_i shock_i(t)^2 + beta_i h_i(t),      omega_i = (1 - alpha_i - beta_i) longrun_i^2 bar
//! a_i(t) = (nu_i - 2) / W_i(t),      W_i(t) chi-square of nu_i degrees
//! ```
//!
//! so that `sqrt(a) Z` is Student's t of nu degrees, scaled to variance 1. Given h and W a bar is Brownian: a step that is
//! a part of a bar takes its part of the bar's variance and drift, and nothing is approximated. A step may also be a whole
//! number of bars. Z are correlated as told. With common shocks all W of a bar have one rank (coins of equal degrees: one
//! W, the multivariate t, and the correlation of returns is that of Z); otherwise they are independent, which takes
//! returns' correlation below that of Z.
//!
//! `E exp(t)` is infinite for a Student t of any degrees, so the usual `-h / 2` makes no martingale, and no other term
//! could: the drift is that of the log-price plus half the variance, and the mean of simple returns is above it. For
//! the same reason the conditional variance h, and the variance `h a` that a bar runs at, are cut at
//! [`LARGEST_VARIANCE`]: prices stay within what numbers can hold, and the mean is finite. At h = 1e-4 (volatility of 1 % a
//! bar) and 4 degrees a bar in 200 million is cut, at 3 degrees one in four million.

use super::dependence::Dependence;
use super::driven::Driven;
use super::gamma::ChiSquare;
use super::pace::Pace;
use super::{Grid, PriceError, PricePath};
use crate::random::normal;
use crate::scenario::Coin;
use crate::scenario::spec::GarchSpec;
use rand::Rng;

/// The largest variance of a bar's log-return: a standard deviation of 100 %.
pub const LARGEST_VARIANCE: f64 = 1.0;

/// The largest standard deviation of a bar that a law may open at or revert to.
const LARGEST_DEVIATION: f64 = 0.25;

/// The most degrees of freedom; a Student t of more is a normal to anyone's eyes.
const MOST_DEGREES: f64 = 1000.0;

/// GARCH(1,1) with Student-t innovations on a grid.
#[derive(Clone, Debug)]
pub struct Garch {
    grid: Grid,
    driven: Vec<usize>,
    coins: Vec<Bar>,
    pace: Pace,
    common_shocks: bool,
    dependence: Dependence,
}

/// One coin's law in a bar.
#[derive(Clone, Debug)]
struct Bar {
    drift: f64,
    initial: f64,
    omega: f64,
    alpha: f64,
    beta: f64,
    degrees: f64,
    mixing: ChiSquare,
}

/// One coin's state within a bar.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Conditional variance of the bar, h.
    variance: f64,
    /// Standard deviation that it runs at, the root of `h a`.
    deviation: f64,
    /// Sum of its normals so far.
    shock: f64,
}

impl Garch {
    /// Checks the law and prepares it for a grid.
    ///
    /// # Errors
    /// If a coin is unknown, pegged or missing, its numbers are not those of a stationary GARCH(1,1), bar and step do not
    /// fit, or the correlation matrix is none.
    pub fn build(spec: &GarchSpec, coins: &[Coin], grid: Grid) -> Result<Self, PriceError> {
        const LONG_RUN: &str = "long_run_volatility_per_year";
        const INITIAL: &str = "initial_volatility_per_year";
        let driven = Driven::of("garch", LONG_RUN, &spec.long_run_volatility_per_year, coins, 0.8)?;
        let long_run = driven.numbers(LONG_RUN, &spec.long_run_volatility_per_year, None, 0.8)?;
        let initial = driven.numbers_or(INITIAL, &spec.initial_volatility_per_year, &long_run)?;
        let alpha = driven.numbers("alpha", &spec.alpha, None, 0.08)?;
        let beta = driven.numbers("beta", &spec.beta, None, 0.9)?;
        let degrees = driven.numbers("degrees", &spec.degrees, None, 4.0)?;
        let drift = driven.numbers("drift_per_year", &spec.drift_per_year, Some(0.0), 0.0)?;
        driven.check_drift("drift_per_year", &drift, &grid)?;
        let years = spec.bar.years();
        let bar = |i: usize| {
            let unfit = |table, why| Err(PriceError::Unfit { key: driven.key_of(table, driven.names[i]), why });
            let sum = alpha[i] + beta[i];
            if sum >= 1.0 {
                let why = format!(
                    "alpha + beta is {} + {} = {sum}: expected below 1, as otherwise there is no long-run volatility",
                    alpha[i], beta[i]
                );
                return unfit("alpha", why);
            }
            if !(degrees[i] > 2.0 && degrees[i] <= MOST_DEGREES) {
                let why = format!(
                    "{} degrees: expected more than 2, as otherwise there is no variance, and at most {MOST_DEGREES}, \
                     where Student's t is normal",
                    degrees[i]
                );
                return unfit("degrees", why);
            }
            for (table, volatility) in [(LONG_RUN, long_run[i]), (INITIAL, initial[i])] {
                let deviation = volatility * libm::sqrt(years);
                if deviation > LARGEST_DEVIATION {
                    let why = format!(
                        "a volatility of {volatility} per year is {:.0} % in a bar of {}: expected at most {:.0} %; make \
                         the bar shorter",
                        deviation * 100.0,
                        spec.bar,
                        LARGEST_DEVIATION * 100.0
                    );
                    return unfit(table, why);
                }
            }
            Ok(Bar {
                drift: drift[i] * years,
                initial: initial[i] * initial[i] * years,
                omega: (1.0 - sum) * long_run[i] * long_run[i] * years,
                alpha: alpha[i],
                beta: beta[i],
                degrees: degrees[i],
                mixing: ChiSquare::of(degrees[i]),
            })
        };
        let pace = Pace::of(grid.step_seconds, spec.bar.seconds()).ok_or_else(|| {
            let step = humantime::format_duration(std::time::Duration::from_secs_f64(grid.step_seconds));
            let why = format!(
                "a step of {step} does not fit bars of {}: a bar must be a whole number of steps, or a step a whole number \
                 of bars",
                spec.bar
            );
            PriceError::Unfit { key: driven.key("bar"), why }
        })?;
        Ok(Self {
            coins: (0..driven.at.len()).map(bar).collect::<Result<_, _>>()?,
            pace,
            common_shocks: spec.common_shocks,
            dependence: Dependence::build(&spec.correlation, &driven)?,
            driven: driven.at,
            grid,
        })
    }

    /// Draws a path. A bar draws a normal for the W of all coins (or of each, where shocks are not common), then one per
    /// driven coin and step.
    pub fn fill<R: Rng>(&self, rng: &mut R, path: &mut PricePath) {
        let (bars, steps) = match self.pace {
            Pace::StepsPerBar(steps) => (1, steps),
            Pace::BarsPerStep(bars) => (bars, 1),
        };
        let part = 1.0 / steps as f64;
        let coins = self.grid.opening_usd.len();
        let (rows, shocks) = path.open(&self.grid, self.grid.steps, self.driven.len());
        let mut states: Vec<State> = self.coins.iter().map(Bar::opening).collect();
        for (step, end) in (coins..rows.len()).step_by(coins.max(1)).enumerate() {
            let (before, now) = rows[end - coins..].split_at_mut(coins);
            for bar in 0..bars {
                if step % steps == 0 {
                    self.begin(rng, &mut states, step + bar > 0);
                }
                self.dependence.draw(rng, shocks);
                for (i, &coin) in self.driven.iter().enumerate() {
                    let from = if bar == 0 { before[coin] } else { now[coin] };
                    now[coin] = from * libm::exp(self.coins[i].advance(&mut states[i], part, shocks[i]));
                }
            }
        }
        path.close(&self.grid);
    }

    /// Begins a bar: ends the one before, if there is one, and draws what the new one runs at.
    fn begin<R: Rng>(&self, rng: &mut R, states: &mut [State], ends_another: bool) {
        let common = if self.common_shocks { normal(rng) } else { 0.0 };
        for (state, bar) in states.iter_mut().zip(&self.coins) {
            let score = if self.common_shocks { common } else { normal(rng) };
            if ends_another {
                bar.end(state);
            }
            let scale = (bar.degrees - 2.0) / bar.mixing.at(score);
            state.deviation = libm::sqrt((state.variance * scale).min(LARGEST_VARIANCE));
        }
    }
}

impl Bar {
    fn opening(&self) -> State {
        State { variance: self.initial, ..State::default() }
    }

    /// The move of the log-price over a part of the bar.
    fn advance(&self, state: &mut State, part: f64, normal: f64) -> f64 {
        let shock = state.deviation * libm::sqrt(part) * normal;
        state.shock += shock;
        (self.drift - 0.5 * state.variance) * part + shock
    }

    /// The variance of the next bar, from the shock of this one.
    fn end(&self, state: &mut State) {
        let next = self.omega + self.alpha * state.shock * state.shock + self.beta * state.variance;
        *state = State { variance: next.min(LARGEST_VARIANCE), ..State::default() };
    }
}

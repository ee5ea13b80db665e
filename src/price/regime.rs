//! Markov switching: geometric Brownian motion whose volatilities, drifts and correlations are those of the state that
//! the market is in, a continuous-time Markov chain S shared by all coins,
//!
//! ```text
//! dX_i = drift_i(S) X_i dt + volatility_i(S) X_i dW_i,      dW_i dW_j = correlation_ij(S) dt
//! P(S(t + dt) = b | S(t) = a) = switches_ab dt
//! ```
//!
//! exact on the grid: times of switches are drawn as they fall within steps, and a step is the sum of its stretches, each
//! of which moves the coins as in [`super::gbm`]. A stay in state a is exponential of mean `1 / sum_b switches_ab`, and ends in b
//! with probability `switches_ab / sum_b switches_ab`. Chain and shocks are independent: where all drifts are 0 the expected
//! price is the opening.
//!
//! Rates are per year of 365 days.

use super::dependence::Dependence;
use super::driven::Driven;
use super::error::nearest;
use super::{Grid, PriceError, PricePath};
use crate::random::{exponential, uniform};
use crate::scenario::Coin;
use crate::scenario::spec::{RegimeSpec, RegimeStateSpec};
use crate::unit::YEAR_SECONDS;
use rand::Rng;

/// The most switches that a state may expect in a step; more would be a mixture, at the cost of each switch.
const MOST_SWITCHES_PER_STEP: f64 = 100.0;

/// Markov switching on a grid.
#[derive(Clone, Debug)]
pub struct Regime {
    grid: Grid,
    driven: Vec<usize>,
    states: Vec<State>,
    /// Probability of opening in each state.
    opening: Vec<f64>,
}

/// A state of the market. Rates and drifts per step, deviations per root of a step.
#[derive(Clone, Debug)]
struct State {
    drift: Vec<f64>,
    deviation: Vec<f64>,
    dependence: Dependence,
    /// Switches per step to each state, 0 to itself.
    switches: Vec<f64>,
    /// Their sum.
    leaves: f64,
}

impl Regime {
    /// Checks the law and prepares it for a grid.
    ///
    /// # Errors
    /// If there is no state, a state or coin is unknown or missing, a correlation matrix is none, or the opening
    /// state is not determined.
    pub fn build(spec: &RegimeSpec, coins: &[Coin], grid: Grid) -> Result<Self, PriceError> {
        let unfit = |key: &str, why: String| PriceError::Unfit { key: format!("prices.regime{key}"), why };
        let Some(first) = spec.states.first() else {
            let why = "there is no state: write one or more `[[prices.regime.states]]`".to_owned();
            return Err(unfit(".states", why));
        };
        for (at, state) in spec.states.iter().enumerate() {
            if spec.states[..at].iter().any(|other| other.name == state.name) {
                let why = format!("there is already a state `{}`: names must differ", state.name);
                return Err(unfit(&format!(".states.{at}.name"), why));
            }
        }
        let driven = Driven::of("regime", "states.0.volatility_per_year", &first.volatility_per_year, coins, 0.8)?;
        let state = |(at, state)| State::build(spec, at, state, &driven, &grid);
        let states = spec.states.iter().enumerate().map(state).collect::<Result<Vec<_>, _>>()?;
        let opening = match &spec.initial {
            Some(name) => {
                let at = place(spec, name).ok_or_else(|| unknown(".initial", name, spec))?;
                (0..states.len()).map(|state| if state == at { 1.0 } else { 0.0 }).collect()
            }
            None => stationary(&states.iter().map(|state| state.switches.as_slice()).collect::<Vec<_>>()).ok_or_else(
                || {
                    let why =
                        "where a path ends up depends on the state it opens in: write `initial = ` one of the states";
                    unfit("", why.to_owned())
                },
            )?,
        };
        Ok(Self { states, opening, driven: driven.at, grid })
    }

    /// Draws a path: a uniform for the opening state, an exponential for each stay, a uniform for each switch, one
    /// normal per driven coin for each stretch of a step within a state; as time runs.
    pub fn fill<R: Rng>(&self, rng: &mut R, path: &mut PricePath) {
        let coins = self.grid.opening_usd.len();
        let (rows, shocks) = path.open(&self.grid, self.grid.steps, self.driven.len());
        let mut state = pick(&self.opening, 1.0, rng);
        // In steps; infinite where a state is never left.
        let mut stay = exponential(rng) / self.states[state].leaves;
        for end in (coins..rows.len()).step_by(coins.max(1)) {
            let (before, now) = rows[end - coins..].split_at_mut(coins);
            now[..coins].copy_from_slice(before);
            let mut left = 1.0;
            while stay < left {
                self.stretch(state, stay, rng, shocks, now);
                left -= stay;
                let here = &self.states[state];
                state = pick(&here.switches, here.leaves, rng);
                stay = exponential(rng) / self.states[state].leaves;
            }
            self.stretch(state, left, rng, shocks, now);
            stay -= left;
        }
        path.close(&self.grid);
    }

    /// Moves the prices by a stretch of a step within a state.
    fn stretch<R: Rng>(&self, state: usize, length: f64, rng: &mut R, shocks: &mut [f64], prices: &mut [f64]) {
        let state = &self.states[state];
        state.dependence.draw(rng, shocks);
        let root = libm::sqrt(length);
        for (i, &coin) in self.driven.iter().enumerate() {
            prices[coin] *= libm::exp(state.drift[i] * length + state.deviation[i] * root * shocks[i]);
        }
    }
}

impl State {
    fn build(
        spec: &RegimeSpec,
        at: usize,
        state: &RegimeStateSpec,
        driven: &Driven<'_>,
        grid: &Grid,
    ) -> Result<Self, PriceError> {
        let key = |key: &str| format!("states.{at}.{key}");
        let volatility = driven.numbers(&key("volatility_per_year"), &state.volatility_per_year, None, 0.8)?;
        let drift = driven.numbers(&key("drift_per_year"), &state.drift_per_year, Some(0.0), 0.0)?;
        // A state may be too short to be wild for a path, but not for a step.
        driven.check_volatility(&key("volatility_per_year"), &volatility, grid.step_seconds)?;
        let years = grid.step_seconds / YEAR_SECONDS;
        let mut switches = vec![0.0; spec.states.len()];
        for (name, rate) in &state.switches_per_year {
            let below = format!(".{}.{name}", key("switches_per_year"));
            let to = place(spec, name).ok_or_else(|| unknown(&below, name, spec))?;
            if to == at {
                let why = format!("`{name}` cannot switch to itself: leave this out");
                return Err(PriceError::Unfit { key: format!("prices.regime{below}"), why });
            }
            switches[to] = rate.get() * years;
        }
        let leaves: f64 = switches.iter().sum();
        if leaves > MOST_SWITCHES_PER_STEP {
            let why = format!(
                "`{}` is left {leaves:.0} times in a step: expected at most {MOST_SWITCHES_PER_STEP}; lower the rates or \
                 make the step of the run shorter",
                state.name
            );
            return Err(PriceError::Unfit { key: driven.key(&key("switches_per_year")), why });
        }
        let own = !state.correlation.is_empty();
        let dependence = if own {
            Dependence::build(&state.correlation, driven).map_err(|e| e.blaming(driven.key(&key("correlation"))))
        } else {
            Dependence::build(&spec.correlation, driven)
        };
        Ok(Self {
            drift: drift.iter().zip(&volatility).map(|(drift, v)| (drift - 0.5 * v * v) * years).collect(),
            deviation: volatility.iter().map(|v| v * libm::sqrt(years)).collect(),
            dependence: dependence?,
            switches,
            leaves,
        })
    }
}

/// The position of a state.
fn place(spec: &RegimeSpec, name: &str) -> Option<usize> {
    spec.states.iter().position(|state| state.name == name)
}

fn unknown(key: &str, name: &str, spec: &RegimeSpec) -> PriceError {
    let near = nearest(name, spec.states.iter().map(|state| state.name.as_str()));
    let why = format!("there is no state `{name}`{}", super::error::did_you_mean(near.as_deref()));
    PriceError::Unfit { key: format!("prices.regime{key}"), why }
}

/// Draws one of several by weight; the last of positive weight takes what rounding leaves over.
fn pick<R: Rng>(weights: &[f64], total: f64, rng: &mut R) -> usize {
    let mut left = uniform(rng) * total;
    let mut last = 0;
    for (at, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        if left < weight {
            return at;
        }
        left -= weight;
        last = at;
    }
    last
}

/// The stationary distribution of a chain with these rates, what stands on the diagonal aside; none if there are several.
///
/// By elimination without subtraction (Grassmann, Taksar and Heyman 1985), from the last state of the closed class down.
#[must_use]
pub fn stationary(rates: &[&[f64]]) -> Option<Vec<f64>> {
    let n = rates.len();
    let mut reaches: Vec<Vec<bool>> = (0..n).map(|a| (0..n).map(|b| a == b || rates[a][b] > 0.0).collect()).collect();
    for via in 0..n {
        for a in 0..n {
            for b in 0..n {
                reaches[a][b] |= reaches[a][via] && reaches[via][b];
            }
        }
    }
    // In the one closed class are the states that every state reaches.
    let class: Vec<usize> = (0..n).filter(|&b| (0..n).all(|a| reaches[a][b])).collect();
    let mut q: Vec<Vec<f64>> = class.iter().map(|&a| class.iter().map(|&b| rates[a][b]).collect()).collect();
    for last in (1..class.len()).rev() {
        let leaves: f64 = q[last][..last].iter().sum();
        for a in 0..last {
            q[a][last] /= leaves;
            for b in 0..last {
                q[a][b] += q[a][last] * q[last][b];
            }
        }
    }
    let mut weights = vec![1.0; class.len()];
    for last in 1..class.len() {
        weights[last] = (0..last).map(|a| weights[a] * q[a][last]).sum();
    }
    let total: f64 = weights.iter().sum();
    let mut shares = vec![0.0; n];
    for (&state, weight) in class.iter().zip(&weights) {
        shares[state] = weight / total;
    }
    (!class.is_empty()).then_some(shares)
}

//! Regimes: a Markov chain in continuous time, shared by all coins, switches between states with their own drifts and
//! volatilities. The filter of Hamilton (1989) on bars, with transitions `P = exp(Q dt)`: the density of a bar that begins
//! in state `i` and ends in `j` is normal with the numbers of `i` if `i = j`, else an average over when it switched (three
//! points of Gauss and Legendre, switch times even over the bar). Two approximations, then, both of the second order in
//! rate times bar: switches there and back within a bar are not seen, and a switch is not more likely early than late. A
//! stretch of bars begins at the chain's stationary law.
//!
//! Shocks of several coins are correlated alike in every state. The correlation is that of the scores of a first fit, held
//! while the rest is fitted again, so that errors of the rest are conditional on it.

use super::matrix::{dot, exponential, inverse, times};
use super::optimise::{Optimum, Range, maximise};
use super::special::Tails;
use super::{Chain, Fit, LAGS, Number, Series, flaws, mean, scale, variance};
use crate::price::correlation;
use crate::price::regime::stationary;
use std::f64::consts::TAU;

/// Points and weights of Gauss and Legendre on the unit interval.
const SWITCH_AT: [(f64, f64); 3] =
    [(0.112_701_665_379_258_3, 5.0 / 18.0), (0.5, 8.0 / 18.0), (0.887_298_334_620_741_7, 5.0 / 18.0)];

pub(super) fn fit(coins: &[Series<'_>], states: usize) -> (Vec<Fit>, Chain) {
    let shape = Shape { states, coins: coins.len() };
    let ranges = shape.ranges(coins);
    let returns: Vec<f64> = shape.rows(coins, |series, bar| series.returns[bar]);
    let mut starts = shape.starts(coins);
    let mut dependence = Dependence::of(&correlation::measured(&returns, shape.coins), shape.coins);
    let mut best: Optimum;
    loop {
        best = maximise(&ranges, &starts, |p| {
            let mut sum = 0.0;
            Law::of(shape, p).walk(coins, &dependence, |density, _, _| sum += libm::log(density));
            sum
        });
        if shape.coins == 1 || starts.len() == 1 {
            break;
        }
        let scores = Law::of(shape, &best.at).scores(coins, &dependence);
        dependence = Dependence::of(&correlation::measured(&scores, shape.coins), shape.coins);
        starts = vec![best.at.clone()];
    }
    report(coins, shape, &best, &dependence)
}

/// How many states and coins; where a parameter stands: mean and deviation of a bar by state and coin, then rates.
#[derive(Clone, Copy)]
struct Shape {
    states: usize,
    coins: usize,
}

impl Shape {
    fn mean(self, state: usize, coin: usize) -> usize {
        2 * (state * self.coins + coin)
    }

    fn deviation(self, state: usize, coin: usize) -> usize {
        self.mean(state, coin) + 1
    }

    /// The rate from a state to another, per bar.
    fn rate(self, from: usize, to: usize) -> usize {
        2 * self.states * self.coins + from * (self.states - 1) + to - usize::from(to > from)
    }

    fn rows(self, coins: &[Series<'_>], value: impl Fn(&Series<'_>, usize) -> f64) -> Vec<f64> {
        (0..coins[0].returns.len() * self.coins).map(|at| value(&coins[at % self.coins], at / self.coins)).collect()
    }

    fn ranges(self, coins: &[Series<'_>]) -> Vec<Range> {
        let bars = coins[0].returns.len() as f64;
        let mut ranges = Vec::new();
        for _ in 0..self.states {
            for series in coins {
                let unit = scale(series.returns);
                let wide = libm::sqrt(variance(series.returns)).max(unit);
                ranges.extend([Range::Free(unit / libm::sqrt(bars)), Range::Log(0.1 * unit, 30.0 * wide)]);
            }
        }
        ranges.extend(vec![Range::Log(0.2 / bars, 1.0); self.states * (self.states - 1)]);
        ranges
    }

    fn starts(self, coins: &[Series<'_>]) -> Vec<Vec<f64>> {
        let start = |least: f64, most: f64, rates: [f64; 2]| {
            let mut at = Vec::new();
            for state in 0..self.states {
                let share = state as f64 / (self.states - 1) as f64;
                for series in coins {
                    let width = least * libm::pow(most / least, share) * libm::sqrt(variance(series.returns));
                    at.extend([mean(series.returns), width]);
                }
            }
            for from in 0..self.states {
                at.extend(vec![if from == 0 { rates[0] } else { rates[1] }; self.states - 1]);
            }
            at
        };
        vec![start(0.6, 2.0, [0.02, 0.1]), start(0.5, 3.5, [0.005, 0.3])]
    }

    /// Names of the parameters.
    fn names(self, states: &[String]) -> Vec<String> {
        let numbers = (0..self.states * self.coins).flat_map(|at| {
            let state = &states[at / self.coins];
            [format!("drift of state {state}"), format!("volatility of state {state}")]
        });
        let rates = (0..self.states * (self.states - 1))
            .map(|at| format!("the rate of leaving {}", states[at / (self.states - 1)]));
        numbers.chain(rates).collect()
    }
}

/// Correlation of the coins' shocks, as a density needs it.
struct Dependence {
    inverse: Vec<f64>,
    /// `1 / sqrt((2 pi)^coins det)`.
    front: f64,
}

impl Dependence {
    fn of(correlation: &[f64], coins: usize) -> Self {
        // What cannot be inverted is brought a little nearer to independence.
        let shrunk = |by: f64| -> Vec<f64> {
            (0..coins * coins)
                .map(|at| if at / coins == at % coins { 1.0 } else { (1.0 - by) * correlation[at] })
                .collect()
        };
        let found =
            [0.0, 1e-6, 1e-3, 0.1].into_iter().find_map(|by| inverse(&shrunk(by), coins).map(|i| (i, shrunk(by))));
        let (inverse, used) = found.expect("a correlation matrix, shrunk by a tenth, is positive definite");
        let (factor, _) = correlation::cholesky(&used, coins);
        let root: f64 = (0..coins).map(|i| factor[i * coins + i]).product();
        Self { inverse, front: 1.0 / (root * libm::pow(libm::sqrt(TAU), coins as f64)) }
    }
}

/// The law at given parameters.
struct Law {
    shape: Shape,
    /// Mean and variance by state and coin.
    bar: Vec<(f64, f64)>,
    transition: Vec<f64>,
    stationary: Vec<f64>,
}

impl Law {
    fn of(shape: Shape, p: &[f64]) -> Self {
        let n = shape.states;
        let mut rates = vec![0.0; n * n];
        for from in 0..n {
            for to in (0..n).filter(|to| *to != from) {
                rates[from * n + to] = p[shape.rate(from, to)];
                rates[from * n + from] -= p[shape.rate(from, to)];
            }
        }
        let transition = exponential(&rates, n);
        // Every rate is above 0, so that there is one; of rates that are no numbers the likelihood is none either.
        let stationary = stationary(&rates.chunks_exact(n).collect::<Vec<_>>()).unwrap_or_else(|| vec![f64::NAN; n]);
        let numbers = |at: usize| (p[2 * at], p[2 * at + 1] * p[2 * at + 1]);
        Self { shape, bar: (0..n * shape.coins).map(numbers).collect(), transition, stationary }
    }

    /// Hands over, of each bar, its density given those before, the states' probabilities beforehand and which bar;
    /// the probabilities at the end.
    fn walk(&self, coins: &[Series<'_>], dependence: &Dependence, mut see: impl FnMut(f64, &[f64], usize)) -> Vec<f64> {
        let n = self.shape.states;
        let mut state = self.stationary.clone();
        let mut next = vec![0.0; n];
        let mut starts = coins[0].starts.iter().peekable();
        let mut work = (vec![0.0; self.shape.coins], vec![0.0; n * n]);
        for bar in 0..coins[0].returns.len() {
            if starts.next_if(|start| **start == bar).is_some() {
                state.clone_from(&self.stationary);
            }
            self.densities(coins, bar, dependence, &mut work);
            for (to, next) in next.iter_mut().enumerate() {
                *next = (0..n).map(|from| state[from] * self.transition[from * n + to] * work.1[from * n + to]).sum();
            }
            let density = next.iter().sum::<f64>();
            if density > 1e-290 {
                see(density, &state, bar);
                state.iter_mut().zip(&next).for_each(|(state, next)| *state = next / density);
            } else {
                see(1e-290, &state, bar);
            }
        }
        state
    }

    /// The density of a bar by the states at its beginning and end.
    fn densities(
        &self,
        coins: &[Series<'_>],
        bar: usize,
        dependence: &Dependence,
        (z, densities): &mut (Vec<f64>, Vec<f64>),
    ) {
        let n = self.shape.states;
        for from in 0..n {
            densities[from * n + from] = self.density(coins, bar, dependence, (from, from, 1.0), z);
            for to in 0..from {
                let average =
                    SWITCH_AT.iter().map(|(at, w)| w * self.density(coins, bar, dependence, (from, to, *at), z)).sum();
                densities[from * n + to] = average;
                densities[to * n + from] = average;
            }
        }
    }

    fn density(
        &self,
        coins: &[Series<'_>],
        bar: usize,
        dependence: &Dependence,
        (from, to, share): (usize, usize, f64),
        z: &mut [f64],
    ) -> f64 {
        let mut scale = 1.0;
        for (coin, (z, series)) in z.iter_mut().zip(coins).enumerate() {
            let (mean, variance) = self.mixed(coin, from, to, share);
            let deviation = libm::sqrt(variance);
            *z = (series.returns[bar] - mean) / deviation;
            scale *= deviation;
        }
        let square = if let [z] = z { *z * *z } else { dot(z, &times(&dependence.inverse, z)) };
        dependence.front * libm::exp(-0.5 * square) / scale
    }

    /// Mean and variance of a coin in a bar of which `share` is in one state and the rest in another.
    fn mixed(&self, coin: usize, from: usize, to: usize, share: f64) -> (f64, f64) {
        let (a, b) = (self.bar[from * self.shape.coins + coin], self.bar[to * self.shape.coins + coin]);
        (share * a.0 + (1.0 - share) * b.0, share * a.1 + (1.0 - share) * b.1)
    }

    /// Scores bar by bar, a column a coin.
    fn scores(&self, coins: &[Series<'_>], dependence: &Dependence) -> Vec<f64> {
        let mut scores = Vec::new();
        self.walk(coins, dependence, |_, state, bar| {
            for (coin, series) in coins.iter().enumerate() {
                scores.push(self.tails(coin, state, series.returns[bar]).score());
            }
        });
        scores
    }

    fn tails(&self, coin: usize, state: &[f64], x: f64) -> Tails {
        let n = self.shape.states;
        let mut sum = Tails { below: 0.0, above: 0.0 };
        for (from, share) in state.iter().enumerate() {
            for to in 0..n {
                let weight = share * self.transition[from * n + to];
                let points: &[(f64, f64)] = if from == to { &[(1.0, 1.0)] } else { &SWITCH_AT };
                for (share, w) in points {
                    let (mean, variance) = self.mixed(coin, from, to, *share);
                    sum = sum.plus(weight * w, Tails::normal((x - mean) / libm::sqrt(variance)));
                }
            }
        }
        sum
    }

    fn correlation_of_squares(&self, coin: usize) -> Vec<f64> {
        let n = self.shape.states;
        let moments = |state: usize| {
            let (mean, variance) = self.bar[state * self.shape.coins + coin];
            let square = mean * mean;
            (variance + square, 3.0 * variance * variance + 6.0 * variance * square + square * square)
        };
        let second: Vec<f64> = (0..n).map(|state| moments(state).0).collect();
        let level = dot(&self.stationary, &second);
        let fourth: f64 = (0..n).map(|state| self.stationary[state] * moments(state).1).sum();
        let mut ahead = second.clone();
        let cov = (0..LAGS).map(|_| {
            ahead = times(&self.transition, &ahead);
            (0..n).map(|state| self.stationary[state] * second[state] * ahead[state]).sum::<f64>() - level * level
        });
        cov.map(|cov| cov / (fourth - level * level)).collect()
    }
}

/// The fits of the coins and the chain, states in the order of the first coin's volatility.
fn report(coins: &[Series<'_>], shape: Shape, best: &Optimum, dependence: &Dependence) -> (Vec<Fit>, Chain) {
    let years = coins[0].years;
    let mut order: Vec<usize> = (0..shape.states).collect();
    order.sort_by(|a, b| best.at[shape.deviation(*a, 0)].total_cmp(&best.at[shape.deviation(*b, 0)]));
    let names: &[&str] = if shape.states == 2 { &["calm", "stressed"] } else { &["calm", "busy", "stressed"] };
    let states: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut by_place = states.clone();
    order.iter().zip(&states).for_each(|(at, name)| by_place[*at].clone_from(name));
    let law = Law::of(shape, &best.at);
    let now = law.walk(coins, dependence, |_, _, _| {});
    let scores = law.scores(coins, dependence);
    let flaws = flaws(best, &shape.names(&by_place));
    let number =
        |key: String, of: &dyn Fn(&[f64]) -> f64| Number { key, value: of(&best.at), error: best.error_of(of) };
    let fit = |coin: usize| {
        let mut numbers = Vec::new();
        for (state, name) in order.iter().zip(&states) {
            let (m, d) = (shape.mean(*state, coin), shape.deviation(*state, coin));
            numbers.push(number(format!("{name}.volatility_per_year"), &|p| p[d] / libm::sqrt(years)));
            numbers.push(number(format!("{name}.drift_per_year"), &|p| (p[m] + 0.5 * p[d] * p[d]) / years));
        }
        let variance_now = (0..shape.states).map(|s| now[s] * law.bar[s * shape.coins + coin].1 / years).sum();
        Fit {
            numbers,
            flaws: flaws.clone(),
            log_likelihood: best.log_likelihood,
            parameters: best.at.len(),
            scores: scores.iter().skip(coin).step_by(shape.coins).copied().collect(),
            implied: Some(law.correlation_of_squares(coin)),
            jumped: None,
            variance_now: Some(variance_now),
        }
    };
    let rate = |from: usize, to: usize| {
        let at = shape.rate(order[from], order[to]);
        (best.at[at] / years, best.error_of(|p| p[at] / years))
    };
    let others = |from: usize| (0..shape.states).filter(move |to| *to != from).map(move |to| (from, to));
    let fits = (0..shape.coins).map(fit).collect();
    let chain = Chain {
        rates: (0..shape.states).flat_map(others).map(|(from, to)| rate(from, to)).collect(),
        now: order.iter().map(|at| now[*at]).collect(),
        states,
        log_likelihood: best.log_likelihood,
        parameters: best.at.len() + shape.coins * (shape.coins - 1) / 2,
    };
    (fits, chain)
}

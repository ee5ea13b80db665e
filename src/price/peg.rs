//! Stablecoins that redemption holds at their peg. The log-distance `x` of the price from the peg follows
//!
//! ```text
//! dx = -k (x - f) dt + s dW     while redemption is open, k = ln 2 / return_half_life
//! dx = s dW                     while it is closed
//! ```
//!
//! an Ornstein-Uhlenbeck process (Uhlenbeck and Ornstein 1930) whose pull is what arbitrageurs do who buy below and
//! redeem at the issuer, and a plain random walk while they cannot. `f` is the log-distance of what they expect to be
//! paid: 0, or `ln(1 - at_risk_share)` while reserves are in doubt. The path opens at the peg.
//!
//! Steps are exact. Over `d` of open time (of closed time the limit `k = 0`)
//!
//! ```text
//! x(t + d) = f + (x(t) - f) e^(-k d) + N(0, v),      v = s^2 (1 - e^(-2 k d)) / (2 k)
//! ```
//!
//! and stretches of a step, open and closed, follow one another, with one normal for all of them: variances add up,
//! those of earlier stretches times `e^(-2 k d)` of the later. `s` is per square root of a day.
//!
//! A push sets `x`; what it says of the reserves holds until a later push of the coin takes its place, which also calls
//! off the earlier one's resolution. Both strike at the start of their step, after what the time before has done.

use super::PricePath;
use super::hours::{DAY_SECONDS, Hours};
use crate::random::{Stream, normal, uniform};
use crate::scenario::{Coin, Doubt, Resolution, Shock, ShockKind};
use std::f64::consts::LN_2;

/// Every stablecoin that can leave its peg and return.
#[derive(Clone, Debug, Default)]
pub struct Pegs(Vec<Peg>);

#[derive(Clone, Debug)]
struct Peg {
    coin: usize,
    noise_per_day: f64,
    steps: Vec<Step>,
    events: Vec<Event>,
}

/// What a step does to a distance.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Share of the distance that is left.
    kept: f64,
    /// Standard deviation of the noise, for a noise of 1 per square root of a day.
    deviation: f64,
}

#[derive(Clone, Copy, Debug)]
struct Event {
    step: usize,
    what: What,
}

/// Distances are logarithms, from the peg.
#[derive(Clone, Copy, Debug)]
enum What {
    /// The price is pushed, with or without doubt.
    Push { distance: f64, fair: f64, noise_per_day: f64 },
    /// A doubt ends.
    Resolve { recovery_probability: f64, distance: Option<f64> },
}

/// A coin on its way along a path.
#[derive(Clone, Copy, Debug)]
struct State {
    distance: f64,
    fair: f64,
    noise_per_day: f64,
    /// Events that have been.
    past: usize,
}

impl Pegs {
    /// The stablecoins among `coins` and what `shocks` (by rising step) do to them, on a grid.
    #[must_use]
    pub fn build(coins: &[Coin], shocks: &[Shock], steps: usize, step_seconds: f64) -> Self {
        let peg = |(at, coin): (usize, &Coin)| {
            let stable = coin.stable.as_ref()?;
            let times = (0..steps).map(|step| (step as f64 * step_seconds, (step + 1) as f64 * step_seconds));
            Some(Peg {
                coin: at,
                noise_per_day: stable.noise_per_day,
                steps: times
                    .map(|(from, to)| Step::over(&stable.redemption, stable.return_half_life, from, to))
                    .collect(),
                events: events(at, coin.opening_usd, stable.noise_per_day, shocks),
            })
        };
        Self(coins.iter().enumerate().filter_map(peg).collect())
    }

    /// Lays the distances over a drawn path: one normal per coin and step of `noise`, one uniform per resolution of
    /// `reserves`.
    pub fn lay(&self, noise: &mut Stream, reserves: &mut Stream, path: &mut PricePath) {
        if self.0.is_empty() {
            return;
        }
        let mut states: Vec<State> = self.0.iter().map(Peg::at_opening).collect();
        debug_assert!(self.0.iter().all(|peg| peg.steps.len() == path.steps()), "pegs and prices have one grid");
        for step in 1..=path.steps() {
            let row = &mut path.usd[step * path.coins..][..path.coins];
            for (peg, state) in self.0.iter().zip(&mut states) {
                peg.advance(step, state, noise, reserves);
                row[peg.coin] *= libm::exp(state.distance);
            }
        }
    }
}

impl Peg {
    fn at_opening(&self) -> State {
        State { distance: 0.0, fair: 0.0, noise_per_day: self.noise_per_day, past: 0 }
    }

    fn advance(&self, step: usize, state: &mut State, noise: &mut Stream, reserves: &mut Stream) {
        let Step { kept, deviation } = self.steps[step - 1];
        state.distance =
            state.fair + (state.distance - state.fair) * kept + state.noise_per_day * deviation * normal(noise);
        while let Some(event) = self.events.get(state.past).filter(|event| event.step <= step) {
            state.past += 1;
            match event.what {
                What::Push { distance, fair, noise_per_day } => {
                    (state.distance, state.fair, state.noise_per_day) = (distance, fair, noise_per_day);
                }
                What::Resolve { recovery_probability, distance } => {
                    state.noise_per_day = self.noise_per_day;
                    if uniform(reserves) < recovery_probability {
                        state.fair = 0.0;
                        state.distance = distance.unwrap_or(state.distance);
                    }
                }
            }
        }
    }
}

impl Step {
    fn over(redemption: &Hours, half_life: f64, from: f64, to: f64) -> Self {
        let (mut kept, mut variance, mut at) = (1.0, 0.0, from);
        let rate_per_day = LN_2 / half_life * DAY_SECONDS;
        for (opens, closes) in redemption.within(from, to) {
            variance += (opens - at) / DAY_SECONDS;
            let days = (closes - opens) / DAY_SECONDS;
            variance = variance * libm::exp(-2.0 * rate_per_day * days)
                - libm::expm1(-2.0 * rate_per_day * days) / (2.0 * rate_per_day);
            kept *= libm::exp(-rate_per_day * days);
            at = closes;
        }
        variance += (to - at) / DAY_SECONDS;
        Self { kept, deviation: libm::sqrt(variance) }
    }
}

/// What shocks do to a coin, by rising step.
fn events(coin: usize, peg_usd: f64, noise_per_day: f64, shocks: &[Shock]) -> Vec<Event> {
    let pushes: Vec<(usize, f64, Option<Doubt>)> = shocks
        .iter()
        .filter_map(|shock| match shock.kind {
            ShockKind::Push { coin: pushed, price_usd, doubt } if pushed.index() == coin => {
                Some((shock.step, price_usd, doubt))
            }
            _ => None,
        })
        .collect();
    let mut events = Vec::new();
    for (i, &(step, price_usd, doubt)) in pushes.iter().enumerate() {
        let distance = libm::log(price_usd / peg_usd);
        let fair = doubt.map_or(0.0, |doubt| libm::log1p(-doubt.at_risk_share));
        let noise_per_day = doubt.map_or(noise_per_day, |doubt| doubt.noise_per_day);
        events.push(Event { step, what: What::Push { distance, fair, noise_per_day } });
        let until = pushes.get(i + 1).map_or(usize::MAX, |next| next.0);
        let resolution = doubt.and_then(|doubt| doubt.resolution).filter(|resolution| resolution.step < until);
        events.extend(resolution.map(|Resolution { step, recovery_probability, recovered_price_usd }| {
            let distance = recovered_price_usd.map(|usd| libm::log(usd / peg_usd));
            Event { step, what: What::Resolve { recovery_probability, distance } }
        }));
    }
    events
}

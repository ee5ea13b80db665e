//! The patience of owners: at what level of its cohort's signal each leaves. Drawn as far as it is reached, so a path costs
//! by those who leave, however many stay.
//!
//! An owner's draw is `law(e) / haste` with e exponential of mean one: e itself for accumulated hazard, the quantile of
//! `1 - exp(-e)` for a law of thresholds. Owners whose haste lies within a power of two form a class. In a class of n the
//! smallest e is exponential with mean `1 / n`, the next lies an exponential with mean `1 / (n - 1)` above it, and so on
//! (Rényi 1953, *On the theory of order statistics*); whose it is, each of those left is as likely to be. Nobody in a class
//! leaves before `law(e) / largest haste` with the next e: that far it is drawn, whatever the law.
//!
//! A class has a random stream of its own, so what has been drawn does not depend on the levels at which one asked: all
//! worlds of a path see the same.

use crate::id::{CohortId, OwnerId};
use crate::population::Population;
use crate::random::{Purpose, Stream, exponential, inverse_normal, part_of, uniform};
use crate::scenario::{Scenario, ThresholdSpec};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// The patience of every owner on a path.
#[derive(Clone, Debug)]
pub struct Patience {
    seed: u64,
    cohorts: Vec<Line>,
}

/// The owners of a cohort.
#[derive(Clone, Debug, Default)]
struct Line {
    law: Option<ThresholdSpec>,
    classes: Vec<Class>,
    /// All that leave at a level up to `reached`, rising.
    drawn: Vec<(f64, OwnerId)>,
    /// Some of those that leave above it: bits of the level, which for numbers from 0 on are in the order of the numbers.
    above: BinaryHeap<Reverse<(u64, OwnerId)>>,
    reached: f64,
}

/// Owners of a cohort whose haste lies within a power of two.
#[derive(Clone, Debug)]
struct Class {
    /// Which stream is its own.
    part: u64,
    /// Largest haste.
    haste: f64,
    /// Those that have been drawn, then all others, with their haste.
    members: Vec<(OwnerId, f64)>,
    /// For each that has been drawn, with which position it changed places.
    swapped: Vec<u32>,
    rng: Stream,
    /// The next exponential.
    next: f64,
}

impl Patience {
    /// Sorts the owners into classes; [`Self::begin`] comes next.
    #[must_use]
    pub fn new(scenario: &Scenario, population: &Population) -> Self {
        let mut classes = vec![BTreeMap::<i32, Vec<(OwnerId, f64)>>::new(); scenario.cohorts.len()];
        for (i, owner) in population.owners.iter().enumerate() {
            let cohort = owner.cohort.index();
            if scenario.cohorts[cohort].runs.is_some() && owner.haste > 0.0 {
                let (_, exponent) = libm::frexp(owner.haste);
                classes[cohort].entry(exponent).or_default().push((OwnerId::at(i), owner.haste));
            }
        }
        let cohorts = classes.into_iter().enumerate().map(|(cohort, classes)| Line {
            law: scenario.cohorts[cohort].runs.as_ref().and_then(|runs| runs.threshold),
            classes: classes.into_iter().map(|(exponent, members)| Class::new(cohort, exponent, members)).collect(),
            ..Line::default()
        });
        Self { seed: scenario.seed, cohorts: cohorts.collect() }
    }

    /// A new path, of which nothing is drawn yet.
    pub fn begin(&mut self, path: u64) {
        for line in &mut self.cohorts {
            line.drawn.clear();
            line.above.clear();
            line.reached = f64::NEG_INFINITY;
            for class in &mut line.classes {
                class.begin(self.seed, path);
            }
        }
    }

    /// Levels at which owners of a cohort leave, rising: all up to `level`, and more if more has been asked for on this path.
    pub fn up_to(&mut self, cohort: CohortId, level: f64) -> &[(f64, OwnerId)] {
        let line = &mut self.cohorts[cohort.index()];
        if level > line.reached {
            line.reach(level);
        }
        &line.drawn
    }
}

impl Line {
    fn reach(&mut self, level: f64) {
        let (law, before) = (self.law, self.drawn.len());
        for class in &mut self.classes {
            while class.swapped.len() < class.members.len() {
                let drawn = drawn_at(law, class.next);
                if drawn / class.haste > level {
                    break;
                }
                let (owner, haste) = class.draw();
                let at = drawn / haste;
                if at <= level {
                    self.drawn.push((at, owner));
                } else {
                    self.above.push(Reverse((at.to_bits(), owner)));
                }
            }
        }
        while let Some(Reverse((bits, owner))) = self.above.peek().copied().filter(|at| f64::from_bits(at.0.0) <= level)
        {
            self.above.pop();
            self.drawn.push((f64::from_bits(bits), owner));
        }
        self.drawn[before..].sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        self.reached = level;
    }
}

impl Class {
    fn new(cohort: usize, exponent: i32, members: Vec<(OwnerId, f64)>) -> Self {
        let part = ((cohort as u64) << 16) | u64::from(exponent.unsigned_abs() << 1 | u32::from(exponent < 0));
        let haste = members.iter().map(|(_, haste)| *haste).fold(0.0, f64::max);
        let rng = part_of(0, Purpose::Runs, part, 0);
        Self { part, haste, members, swapped: Vec::new(), rng, next: 0.0 }
    }

    /// Everybody back in place: what is drawn on a path does not depend on the path before.
    fn begin(&mut self, seed: u64, path: u64) {
        while let Some(other) = self.swapped.pop() {
            self.members.swap(self.swapped.len(), other as usize);
        }
        self.rng = part_of(seed, Purpose::Runs, self.part, path);
        self.next = 0.0;
        self.rise();
    }

    fn rise(&mut self) {
        let left = self.members.len() - self.swapped.len();
        if left > 0 {
            self.next += exponential(&mut self.rng) / left as f64;
        }
    }

    /// Who leaves next.
    fn draw(&mut self) -> (OwnerId, f64) {
        let first = self.swapped.len();
        let left = self.members.len() - first;
        let other = first + ((uniform(&mut self.rng) * left as f64) as usize).min(left - 1);
        self.members.swap(first, other);
        self.swapped.push(u32::try_from(other).expect("fewer owners than ids"));
        self.rise();
        self.members[first]
    }
}

/// The draw that goes with an exponential; rising.
fn drawn_at(law: Option<ThresholdSpec>, e: f64) -> f64 {
    match law {
        None => e,
        Some(ThresholdSpec::Fixed { per_day }) => per_day.get(),
        Some(ThresholdSpec::Lognormal { median_per_day, sigma }) => {
            median_per_day.get() * libm::exp(sigma.get() * normal_at(e))
        }
        Some(ThresholdSpec::Uniform { from_per_day, to_per_day }) => {
            let (from, to) = (from_per_day.get(), to_per_day.get());
            from - (to - from) * libm::expm1(-e)
        }
    }
}

/// The quantile of the standard normal law at `1 - exp(-e)`, by the nearer tail.
fn normal_at(e: f64) -> f64 {
    let below = -libm::expm1(-e);
    if below < 0.5 { inverse_normal(below) } else { -inverse_normal(libm::exp(-e)) }
}

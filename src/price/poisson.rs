//! Poisson counts by inversion: one uniform a count, so that a larger uniform never gives a smaller count.

use crate::random::uniform;
use rand::Rng;

/// The law of a Poisson count of a given mean.
#[derive(Clone, Debug)]
pub struct Poisson {
    /// The smallest count whose probability a uniform can show.
    first: usize,
    /// Probability of a count of at most `first`, `first + 1`, ...; empty if the mean is 0.
    cumulative: Vec<f64>,
}

impl Poisson {
    /// The law of this mean, zero or more. Time and memory grow with its square root.
    ///
    /// Probabilities are built outward from the most likely count, by the ratio of neighbours, and then made to sum to
    /// one: no factorial or exponential, and so nothing underflows, however large the mean.
    #[must_use]
    pub fn of_mean(mean: f64) -> Self {
        const NEGLIGIBLE: f64 = 1e-19;
        if mean == 0.0 {
            return Self { first: 0, cumulative: Vec::new() };
        }
        let mode = mean.floor();
        let more = |(k, p): &(f64, f64)| Some((k + 1.0, p * mean / (k + 1.0)));
        let fewer = |(k, p): &(f64, f64)| (*k > 0.0).then(|| (k - 1.0, p * k / mean));
        let shown = |(_, p): &(f64, f64)| *p > NEGLIGIBLE;
        let below = std::iter::successors(fewer(&(mode, 1.0)), fewer).take_while(shown).map(|(_, p)| p);
        let mut weights: Vec<f64> = below.collect();
        let first = mode as usize - weights.len();
        weights.reverse();
        weights.extend(std::iter::successors(Some((mode, 1.0)), more).take_while(shown).map(|(_, p)| p));
        let total: f64 = weights.iter().sum();
        let sum = |sum: &mut f64, weight: f64| {
            *sum += weight / total;
            Some(*sum)
        };
        Self { first, cumulative: weights.into_iter().scan(0.0, sum).collect() }
    }

    /// Draws a count: one uniform, or none if the mean is 0.
    pub fn draw<R: Rng>(&self, rng: &mut R) -> usize {
        if self.cumulative.is_empty() {
            return 0;
        }
        let u = uniform(rng);
        self.first + self.cumulative.partition_point(|&at_most| at_most < u)
    }
}

//! The price of gas, as a multiple of what it is in calm: shocks raise it, and it falls back.

use crate::market::law::half_life_factor;

/// The price of gas on a path.
#[derive(Clone, Debug, Default)]
pub struct Gas {
    /// What each shock has left above calm, and its half-life in seconds.
    surges: Vec<(f64, f64)>,
}

impl Gas {
    /// Back to calm.
    pub fn reset(&mut self) {
        self.surges.clear();
    }

    /// Gas costs that multiple of calm, beyond what other shocks have left, and falls back with a half-life in seconds.
    pub fn surge(&mut self, multiplier: f64, half_life: f64) {
        self.surges.push((multiplier - 1.0, half_life));
    }

    /// Multiple of the calm price now.
    #[must_use]
    pub fn multiple(&self) -> f64 {
        self.surges.iter().fold(1.0, |sum, (above, _)| sum + above)
    }

    /// Lets shocks fade for that long.
    pub fn fade(&mut self, seconds: f64) {
        for (above, half_life) in &mut self.surges {
            *above *= half_life_factor(seconds, *half_life);
        }
    }
}

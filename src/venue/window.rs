//! What a venue remembers of the last steps, one value a step: a moving mean, and a delay. Steps come one after another;
//! within a step a value replaces the one published before it. The opening (step 0) stands for all steps before it, and
//! starts a new path.

/// Mean over the last steps, this one included.
#[derive(Clone, Debug)]
pub struct MovingMean {
    steps: usize,
    opening: f64,
    /// Samples since the opening, by step modulo the length of the window.
    samples: Vec<f64>,
    step: u32,
    /// Sum over the window but for this step's sample.
    older: f64,
}

impl MovingMean {
    /// A window of that many steps, one or more.
    #[must_use]
    pub fn over(steps: usize) -> Self {
        Self { steps, opening: 0.0, samples: Vec::new(), step: 0, older: 0.0 }
    }

    /// Takes this step's sample and returns the mean.
    pub fn at(&mut self, step: u32, sample: f64) -> f64 {
        if step == 0 {
            self.samples.clear();
            (self.step, self.opening) = (0, sample);
            return sample;
        }
        let slot = (step - 1) as usize % self.steps;
        if step != self.step {
            put(&mut self.samples, slot, 0.0);
            let before = (self.steps - self.samples.len()) as f64 * self.opening;
            self.older = self.samples.iter().fold(before, |sum, sample| sum + sample);
            self.step = step;
        }
        self.samples[slot] = sample;
        (self.older + sample) / self.steps as f64
    }
}

/// What was published some steps ago.
#[derive(Clone, Debug)]
pub struct Delay {
    steps: usize,
    /// Values since the opening, by step modulo the delay and one.
    values: Vec<f64>,
}

impl Delay {
    /// A delay of that many steps; 0 for none.
    #[must_use]
    pub fn of(steps: usize) -> Self {
        Self { steps, values: Vec::new() }
    }

    /// Takes this step's value and returns that of `steps` ago.
    pub fn at(&mut self, step: u32, value: f64) -> f64 {
        let (now, length) = (step as usize, self.steps + 1);
        if now == 0 {
            self.values.clear();
        }
        put(&mut self.values, now % length, value);
        self.values[if now < self.steps { 0 } else { (now + 1) % length }]
    }
}

/// Writes into a slot, which is at most one beyond the last.
fn put(values: &mut Vec<f64>, slot: usize, value: f64) {
    if slot == values.len() {
        values.push(value);
    } else {
        values[slot] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_replaces_the_sample_of_its_step_and_keeps_older_ones() {
        let mut mean = MovingMean::over(3);
        assert_eq!(mean.at(0, 3.0), 3.0);
        assert_eq!(mean.at(1, 30.0), 12.0);
        assert_eq!(mean.at(1, 6.0), 4.0); // (3 + 3 + 6) / 3
        assert_eq!(mean.at(2, 9.0), 6.0); // (3 + 6 + 9) / 3
        assert_eq!(mean.at(3, 0.0), 5.0); // (6 + 9 + 0) / 3
        assert_eq!(mean.at(3, 15.0), 10.0);
        assert_eq!(mean.at(0, 1.0), 1.0); // a new path
        assert_eq!(mean.at(1, 4.0), 2.0);
    }

    #[test]
    fn a_window_of_one_step_is_the_sample() {
        let mut mean = MovingMean::over(1);
        assert_eq!([mean.at(0, 0.1), mean.at(1, 0.7), mean.at(1, 0.3)], [0.1, 0.7, 0.3]);
    }

    #[test]
    fn a_delay_repeats_the_last_value_of_the_step_that_long_ago() {
        let mut delay = Delay::of(2);
        assert_eq!(delay.at(0, 10.0), 10.0);
        assert_eq!(delay.at(1, 11.0), 10.0);
        assert_eq!(delay.at(1, 11.5), 10.0);
        assert_eq!(delay.at(2, 12.0), 10.0);
        assert_eq!(delay.at(3, 13.0), 11.5);
        assert_eq!(delay.at(4, 14.0), 12.0);
        assert_eq!(delay.at(0, 20.0), 20.0);
        assert_eq!(delay.at(1, 21.0), 20.0);
    }

    #[test]
    fn windows_longer_than_the_path_hold_no_more_than_the_path() {
        let (mut mean, mut delay) = (MovingMean::over(1 << 40), Delay::of(1 << 40));
        for step in 0..9 {
            assert_eq!(delay.at(step, f64::from(step)), 0.0);
            mean.at(step, 1.0);
        }
        assert_eq!(mean.at(9, 1.0), 1.0);
        assert_eq!((mean.samples.len(), delay.values.len()), (9, 9));
    }

    #[test]
    fn no_delay_is_the_value() {
        let mut delay = Delay::of(0);
        assert_eq!([delay.at(0, 1.0), delay.at(1, 2.0), delay.at(1, 3.0)], [1.0, 2.0, 3.0]);
    }
}

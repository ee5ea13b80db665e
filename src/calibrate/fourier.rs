//! A density on an even grid from its characteristic function, by the fast Fourier transform, and read between the grid
//! points. On the grid errors are those of rounding, about `1e-13` of the highest density, as long as the grid resolves
//! the density and holds its tails; between its points, `1e-7` at ten points to a standard deviation.

use super::special::Tails;
use std::f64::consts::TAU;

/// A density on a grid around zero.
#[derive(Clone, Debug)]
pub struct Density {
    step: f64,
    /// At `(i - n / 2) step`.
    at: Vec<f64>,
    /// Probability below and above each grid point.
    tails: Vec<Tails>,
}

/// A complex number.
pub type Complex = (f64, f64);

/// `a * b`.
#[must_use]
pub fn times(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// The density with this characteristic function on `n` points, a power of two, `step` apart.
#[must_use]
pub fn density(n: usize, step: f64, characteristic: impl Fn(f64) -> Complex) -> Vec<f64> {
    let mut values = vec![(0.0, 0.0); n];
    for (k, value) in values.iter_mut().enumerate().take(n / 2 + 1) {
        let (re, im) = characteristic(TAU * k as f64 / (n as f64 * step));
        // The grid begins at -n / 2 steps: every second frequency changes its sign.
        let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
        *value = (sign * re, sign * im);
    }
    for k in 1..n / 2 {
        values[n - k] = (values[k].0, -values[k].1);
    }
    values[n / 2].1 = 0.0;
    transform(&mut values);
    values.iter().map(|(re, _)| re / (n as f64 * step)).collect()
}

/// `sum_k v_k exp(-2 pi i j k / n)`, in place (Cooley and Tukey 1965).
fn transform(values: &mut [Complex]) {
    let n = values.len();
    assert!(n.is_power_of_two(), "{n} points are no power of two");
    let mut to = 0;
    for from in 1..n {
        let mut bit = n >> 1;
        while to & bit != 0 {
            to ^= bit;
            bit >>= 1;
        }
        to |= bit;
        if from < to {
            values.swap(from, to);
        }
    }
    let turns: Vec<Complex> =
        (0..n / 2).map(|k| TAU * k as f64 / n as f64).map(|a| (libm::cos(a), -libm::sin(a))).collect();
    let mut half = 1;
    while half < n {
        for block in values.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                let turned = times(*b, turns[k * (n / 2 / half)]);
                *b = (a.0 - turned.0, a.1 - turned.1);
                *a = (a.0 + turned.0, a.1 + turned.1);
            }
        }
        half *= 2;
    }
}

impl Density {
    /// Prepares a density on a grid for reading.
    #[must_use]
    pub fn new(at: Vec<f64>, step: f64) -> Self {
        // The rule of four points between each two: exact for cubics.
        let n = at.len();
        let cell = |i: usize| {
            let (a, b) = (at[(i + n - 1) % n], at[(i + 2) % n]);
            ((13.0 * (at[i] + at[(i + 1) % n]) - a - b) * step / 24.0).max(0.0)
        };
        let cells: Vec<f64> = (0..n - 1).map(cell).collect();
        let mut tails = vec![Tails { below: 0.0, above: 0.0 }; n];
        for i in 1..n {
            tails[i].below = tails[i - 1].below + cells[i - 1];
            tails[n - 1 - i].above = tails[n - i].above + cells[n - 1 - i];
        }
        Self { step, at, tails }
    }

    /// The density at `x`, by the polynomial through the six nearest grid points.
    #[must_use]
    pub fn read(&self, x: f64) -> f64 {
        let place = x / self.step + (self.at.len() / 2) as f64;
        let first = ((libm::floor(place) - 2.0).max(0.0) as usize).min(self.at.len() - 6);
        let t = place - first as f64;
        let weight =
            |i: usize| -> f64 { (0..6).filter(|j| *j != i).map(|j| (t - j as f64) / (i as f64 - j as f64)).product() };
        (0..6).map(|i| weight(i) * self.at[first + i]).sum()
    }

    /// Probability below and above `x`.
    #[must_use]
    pub fn tails(&self, x: f64) -> Tails {
        let place = x / self.step + (self.at.len() / 2) as f64;
        let first = (libm::floor(place).max(0.0) as usize).min(self.at.len() - 2);
        let share = (place - first as f64).clamp(0.0, 1.0);
        // Simpson's rule over the part of the cell.
        let from = (first as f64 - (self.at.len() / 2) as f64) * self.step;
        let part = share * self.step;
        let middle = self.read(from + 0.5 * part);
        let inside = (part / 6.0 * (self.at[first] + 4.0 * middle + self.read(from + part))).max(0.0);
        let tails = self.tails[first];
        Tails { below: (tails.below + inside).max(1e-13), above: (tails.above - inside).max(1e-13) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::special::normal_density;

    #[test]
    fn a_normal_comes_back_from_its_characteristic_function() {
        let (centre, deviation) = (0.3, 0.5);
        let normal = |u: f64| {
            let size = libm::exp(-0.5 * deviation * deviation * u * u);
            (size * libm::cos(u * centre), size * libm::sin(u * centre))
        };
        let density = Density::new(density(512, 0.05, normal), 0.05);
        for x in [-2.0, -0.313, 0.3, 0.777, 2.4] {
            let exact = normal_density(x - centre, deviation * deviation);
            assert!((density.read(x) - exact).abs() < 1e-7, "{x}: {} is not {exact}", density.read(x));
            let (tails, exact) = (density.tails(x), Tails::normal((x - centre) / deviation));
            assert!((tails.below - exact.below).abs() < 1e-6, "{x}: {tails:?} is not {exact:?}");
            assert!((tails.above - exact.above).abs() < 1e-6, "{x}: {tails:?} is not {exact:?}");
        }
    }
}

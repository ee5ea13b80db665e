//! Errors of estimates over paths that are independent only between groups: mirrored pairs, scrambled nets
//! ([`Sampling`]). Nothing is assumed of the paths of one group.
//!
//! An estimate that is smooth in its sample is, to first order, the mean of one influence per path: `x - m` for a mean,
//! `1(x <= q) - p` for the share up to a quantile, `q + max(x - q, 0) / (1 - a) - ES` for expected shortfall. With `T_g` the sum of
//! influences over group g, of G groups and n paths, the squared error is
//!
//! ```text
//! G / (G - 1) * sum_g (T_g - T / G)^2 / n^2
//! ```
//!
//! (the cluster-robust or ultimate-cluster variance; with groups of one path, the usual one), and intervals take
//! Student's t with G - 1 degrees of freedom. Shares and quantiles take Wilson's and the order statistics' interval at the
//! effective number of paths of Korn and Graubard (1998, Survey Methodology 24): the number of independent paths that would
//! have that error, times (1.96 / t)^2. The spread of counts over groups is taken to be at least that of one path that falls
//! otherwise in one group, so that groups that agree by chance do not look certain.

use super::summary::Z95;
use crate::random::Sampling;
use crate::random::student::Student;

/// The most that grouping may gain on independent paths.
const GAIN_MAX: f64 = 100.0;

/// Two-sided 95 % point of Student's t.
///
/// Solved from its distribution function; above 200 degrees of freedom from the expansion of Abramowitz and Stegun 26.7.5,
/// to 1e-9.
#[must_use]
pub fn t95(degrees: usize) -> f64 {
    if degrees > 200 {
        let (z, n) = (Z95, degrees as f64);
        let z3 = z * z * z;
        let z5 = z3 * z * z;
        let z7 = z5 * z * z;
        return z
            + (z3 + z) / (4.0 * n)
            + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * n * n)
            + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * n * n * n);
    }
    let law = Student::of(degrees as f64);
    let (mut low, mut high) = (0.0, 16.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if law.tail(middle) > 0.025 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// A sample by group.
#[derive(Clone, Debug)]
pub(super) struct Grouped<'a> {
    /// One number a path, NaN where it has no meaning.
    values: &'a [f64],
    sampling: Sampling,
    /// Paths on which the number has a meaning.
    defined: usize,
    /// Groups with such a path.
    groups: usize,
}

impl<'a> Grouped<'a> {
    /// Nothing where paths are independent.
    pub(super) fn of(values: &'a [f64], sampling: Sampling) -> Option<Self> {
        if sampling.is_random() {
            return None;
        }
        let mut seen = vec![false; sampling.groups(values.len())];
        let defined = values.iter().enumerate().filter(|(_, x)| !x.is_nan());
        let count = defined.map(|(path, _)| seen[sampling.group(path)] = true).count();
        Some(Self { values, sampling, defined: count, groups: seen.into_iter().filter(|seen| *seen).count() })
    }

    /// 95 % point for an estimate plus or minus so many errors; none of a single group.
    pub(super) fn t95(&self) -> Option<f64> {
        (self.groups > 1).then(|| t95(self.groups - 1))
    }

    /// Sum of squares of the groups' sums of an influence that has mean 0, less that of their mean.
    fn spread(&self, influence: impl Fn(f64) -> f64) -> f64 {
        let mut sums = vec![0.0; self.sampling.groups(self.values.len())];
        for (path, x) in self.values.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
            sums[self.sampling.group(path)] += influence(*x);
        }
        let total = sums.iter().fold(0.0, |sum, x| sum + x);
        let squares = sums.iter().fold(0.0, |sum, x| sum + x * x);
        (squares - total * total / self.groups as f64).max(0.0)
    }

    /// The standard error of an estimate with that influence; none of a single group.
    pub(super) fn error(&self, influence: impl Fn(f64) -> f64) -> Option<f64> {
        let groups = self.groups as f64;
        let n = self.defined as f64;
        (self.groups > 1).then(|| (groups / (groups - 1.0) * self.spread(influence)).sqrt() / n)
    }

    /// How many independent paths would tell a share as well, Student's t allowed for.
    pub(super) fn effective(&self, is_in: impl Fn(f64) -> bool) -> f64 {
        let (n, groups) = (self.defined as f64, self.groups as f64);
        let inside = self.values.iter().filter(|x| !x.is_nan() && is_in(**x)).count() as f64;
        let share = inside / n;
        let Some(t) = self.t95() else { return 1.0 };
        let of_t = (Z95 / t) * (Z95 / t);
        if share == 0.0 || share == 1.0 {
            return groups * of_t; // no spread to tell from: a group counts as one path
        }
        let spread = self.spread(|x| f64::from(is_in(x)) - share).max(1.0 - 1.0 / groups);
        let variance = groups / (groups - 1.0) * spread / (n * n);
        (share * (1.0 - share) / variance).min(GAIN_MAX * n) * of_t
    }
}

#[cfg(test)]
mod tests {
    use super::t95;
    use crate::random::student::Student;

    #[test]
    fn student_is_as_tabulated() {
        // Abramowitz and Stegun, table 26.10, to the digits printed; 200 and 201 on either side of the change of method.
        for (degrees, t) in
            [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (15, 2.131), (16, 2.120), (30, 2.042), (120, 1.980)]
        {
            assert!((t95(degrees) - t).abs() < 6e-4, "{degrees}: {}", t95(degrees));
        }
        // Two degrees have the quantile p sqrt(2 / (1 - p^2)), p = 0.95.
        assert!((t95(2) - 0.95 * (2.0_f64 / (1.0 - 0.95 * 0.95)).sqrt()).abs() < 1e-12, "{}", t95(2));
        // The expansion and the distribution function, where both hold.
        for degrees in [201, 290, 301, 900] {
            let tail = Student::of(f64::from(degrees)).tail(t95(degrees as usize));
            assert!((tail - 0.025).abs() < 1e-10, "{degrees}: {tail}");
        }
        let slope = t95(199) - t95(200);
        assert!((t95(200) - t95(201) - slope).abs() < 0.02 * slope, "{} {}", t95(200), t95(201));
    }
}

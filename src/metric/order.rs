//! Quantiles as order statistics, with a confidence interval that assumes nothing of the distribution.
//!
//! The quantile at `p` of `n` sorted values is the `ceil(n p)`-th smallest: always a value that occurred. How many of
//! `n` draws fall below the true quantile is binomial, `B ~ Bin(n, p)`, so the true quantile lies between the `l`-th and
//! the `u`-th smallest value with probability `P(l <= B <= u - 1)`, whatever the law of the draws (David and Nagaraja,
//! Order Statistics, 2003, section 7.1). At p = 99 %, n = 10,000: the 9,880th to the 9,920th, coverage 95.6 %.
//!
//! Levels of quantiles are whole percents, so ranks are exact integers.

/// Most that may be left out on either side of a 95 % interval.
const TAIL: f64 = 0.025;

/// Rank (1 is the smallest) of the quantile at `percent`.
///
/// # Panics
/// If `n` is 0 or `percent` above 100.
#[must_use]
pub fn rank(n: usize, percent: u32) -> usize {
    assert!(n > 0 && percent <= 100, "no quantile at {percent} % of {n} values");
    (n * percent as usize).div_ceil(100).max(1)
}

/// The quantile at `percent` of values sorted upwards.
///
/// # Panics
/// If there are no values.
#[must_use]
pub fn quantile(sorted: &[f64], percent: u32) -> f64 {
    sorted[rank(sorted.len(), percent) - 1]
}

/// Ranks `(l, u)` whose values enclose the true quantile with at least 95 % confidence, at most 2.5 % missed on either
/// side; `None` where `n` values are too few to bound it on that side.
#[must_use]
pub fn interval(n: usize, percent: u32) -> (Option<usize>, Option<usize>) {
    interval_at(n, f64::from(percent) / 100.0)
}

/// The same at any level strictly between 0 and 1.
#[must_use]
pub fn interval_at(n: usize, level: f64) -> (Option<usize>, Option<usize>) {
    let law = Binomial::near_mode(n, level);
    // l: the largest with P(B <= l - 1) <= TAIL. u: the smallest with P(B >= u) <= TAIL.
    let mut below = 0.0;
    let mut lower = law.first;
    for weight in &law.weights {
        below += weight;
        if below > TAIL {
            break;
        }
        lower += 1;
    }
    let mut above = 0.0;
    let mut upper = law.first + law.weights.len();
    for weight in law.weights.iter().rev() {
        above += weight;
        if above > TAIL {
            break;
        }
        upper -= 1;
    }
    ((lower >= 1).then_some(lower), (upper <= n).then_some(upper))
}

/// The same where `n` paths are not independent but tell as much as `effective` that are: ranks among those, stretched
/// to `n` and rounded outwards.
#[must_use]
pub fn interval_of(n: usize, level: f64, effective: f64) -> (Option<usize>, Option<usize>) {
    let independent = (effective as usize).max(1);
    let (lower, upper) = interval_at(independent, level);
    let stretch = n as f64 / independent as f64;
    let lower = lower.map(|rank| (rank as f64 * stretch).floor() as usize).filter(|rank| *rank >= 1);
    let upper = upper.map(|rank| (rank as f64 * stretch).ceil() as usize).filter(|rank| *rank <= n);
    (lower, upper)
}

/// The probabilities of a binomial law wherever they are not negligible.
struct Binomial {
    /// The count that `weights[0]` belongs to.
    first: usize,
    /// Probabilities of `first`, `first + 1`, ...
    weights: Vec<f64>,
}

impl Binomial {
    /// Walks from the mode outwards by the ratio of neighbours, then divides by the sum.
    fn near_mode(n: usize, p: f64) -> Self {
        const NEGLIGIBLE: f64 = 1e-18;
        let mode = (((n + 1) as f64 * p) as usize).min(n);
        let odds = p / (1.0 - p);
        let mut down = Vec::new();
        let mut weight = 1.0;
        for k in (0..mode).rev() {
            weight *= (k + 1) as f64 / ((n - k) as f64 * odds);
            if weight < NEGLIGIBLE {
                break;
            }
            down.push(weight);
        }
        let first = mode - down.len();
        let mut weights: Vec<f64> = down.into_iter().rev().collect();
        weight = 1.0;
        weights.push(weight);
        for k in mode..n {
            weight *= (n - k) as f64 * odds / (k + 1) as f64;
            if weight < NEGLIGIBLE {
                break;
            }
            weights.push(weight);
        }
        let total: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= total;
        }
        Self { first, weights }
    }
}

#[cfg(test)]
mod tests {
    use super::{Binomial, interval, quantile, rank};

    #[test]
    fn published_ranks_and_coverage() {
        assert_eq!(interval(10_000, 99), (Some(9_880), Some(9_920)));
        let law = Binomial::near_mode(10_000, 0.99);
        let coverage: f64 = (9_880..9_920).map(|k| law.weights[k - law.first]).sum();
        assert!((coverage - 0.9558).abs() < 5e-5, "{coverage}");
    }

    #[test]
    fn median_of_few_values_by_hand() {
        // n = 6: P(B = 0) = P(B = 6) = 1/64 <= 2.5 %, and 7/64 is too much: the whole range.
        assert_eq!(interval(6, 50), (Some(1), Some(6)));
        // n = 5: 1/32 is more than 2.5 %: no bound on either side.
        assert_eq!(interval(5, 50), (None, None));
    }

    #[test]
    fn too_few_values_bound_an_extreme_quantile_on_one_side() {
        // P(B = 100) = 0.99^100 = 37 %: no value is high enough; (0.99)^n <= 2.5 % needs n = 368.
        assert_eq!(interval(100, 99).1, None);
        assert!(interval(100, 99).0.is_some());
        assert_eq!(interval(367, 99).1, None);
        assert_eq!(interval(368, 99).1, Some(368));
        assert_eq!(interval(368, 1).0, Some(1));
        assert_eq!(interval(367, 1).0, None);
    }

    #[test]
    fn quantiles_are_values_that_occurred() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!([1, 5, 50, 99, 100].map(|p| quantile(&values, p)), [1.0, 5.0, 50.0, 99.0, 100.0]);
        assert_eq!(rank(100, 7), 7); // 100 * 0.07 is 7.000000000000001 in floating point
        assert_eq!(rank(10, 99), 10);
        assert_eq!(quantile(&[3.0], 1), 3.0);
    }

    #[test]
    fn the_interval_covers_as_promised() {
        for n in [50, 400, 1_000, 20_000] {
            for percent in [1, 5, 25, 50, 75, 95, 99] {
                let (l, u) = interval(n, percent);
                let law = Binomial::near_mode(n, f64::from(percent) / 100.0);
                let missed = |keep: &dyn Fn(usize) -> bool| -> f64 {
                    (0..law.weights.len()).filter(|&i| keep(law.first + i)).map(|i| law.weights[i]).sum()
                };
                if let Some(l) = l {
                    assert!(missed(&|k| k < l) <= 0.025 && missed(&|k| k <= l) > 0.025, "{n} {percent} {l}");
                }
                if let Some(u) = u {
                    assert!(missed(&|k| k >= u) <= 0.025 && missed(&|k| k + 1 >= u) > 0.025, "{n} {percent} {u}");
                }
            }
        }
    }
}

//! What a sample of one number per path says of all paths: estimators, each with its error.
//!
//! - mean: `m +- 1.96 s / sqrt(n)`; of a `0/1` number Wilson's interval (1927), which stays inside 0 to 1 and does not
//!   shrink to nothing when no path, or every path, is a 1.
//! - quantiles and value at risk: order statistics with a distribution-free interval ([`super::order`]).
//! - expected shortfall at level `a`: the mean of the worst `1 - a` of the sample, the value at the edge counted for the
//!   part of it that lies inside (Acerbi and Tasche 2002). Its error is asymptotic (Chen 2008):
//!   `sd sqrt(n) = sqrt((Var(X | X > q) + a (ES - q)^2) / (1 - a))`; not given for fewer than 10 paths in the tail.
//!
//! Where paths are independent only between groups (mirrored pairs, scrambled nets), errors and intervals are told from
//! the groups: [`super::grouped`].
//!
//! "Worst" is the upper tail of numbers of which more is worse, else the lower; risk figures keep the sign of the number.
//! Paths on which the number has no meaning (NaN) are left out and counted.

use super::grouped::Grouped;
use super::order;
use crate::random::Sampling;
use serde::{Deserialize, Serialize};

/// Levels of the quantiles, percent.
pub const QUANTILES: [u32; 7] = [1, 5, 25, 50, 75, 95, 99];

/// Two-sided 95 % point of the normal distribution.
pub const Z95: f64 = 1.959_963_984_540_054;

/// Fewest expected paths in the tail for which an error of expected shortfall is given.
const TAIL_PATHS: f64 = 10.0;

/// What kind of number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Larger is worse.
    pub larger_is_worse: bool,
    /// It is 0 or 1.
    pub yes_or_no: bool,
}

/// Everything that is said of one number over all paths. All in the number's own unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Paths on which the number has a meaning; all figures are over these.
    pub paths: usize,
    /// Paths on which it has none.
    pub undefined: usize,
    /// Mean.
    pub mean: Option<f64>,
    /// Standard error of the mean.
    pub mean_se: Option<f64>,
    /// 95 % confidence interval of the mean.
    pub mean_ci95: Option<[f64; 2]>,
    /// Standard deviation over paths.
    pub sd: Option<f64>,
    /// Smallest and largest.
    pub range: Option<[f64; 2]>,
    /// Quantiles at [`QUANTILES`].
    pub quantiles: Vec<Quantile>,
    /// Value at risk and expected shortfall at 95 % and 99 %.
    pub risk: Vec<Risk>,
}

/// A quantile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    /// Level, percent.
    pub percent: u32,
    /// Estimate.
    pub value: f64,
    /// 95 % confidence interval; null where the paths are too few to bound it on that side.
    pub ci95: [Option<f64>; 2],
}

/// How bad the worst paths are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Risk {
    /// Level, percent: 99 looks at the worst 1 % of paths.
    pub percent: u32,
    /// Value at risk: the edge of the worst paths.
    pub var: f64,
    /// 95 % confidence interval of `var`; null where the paths are too few to bound it on that side.
    pub var_ci95: [Option<f64>; 2],
    /// Expected shortfall: the mean of the worst paths.
    pub es: f64,
    /// Standard error of `es`, for at least 10 paths in the tail.
    pub es_se: Option<f64>,
    /// 95 % confidence interval of `es`.
    pub es_ci95: Option<[f64; 2]>,
}

impl Summary {
    /// Summarises one number per path, in the order of paths; NaN where it has no meaning. `sampling` says which paths are
    /// independent.
    #[must_use]
    pub fn of(values: &[f64], kind: Kind, sampling: Sampling) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        let undefined = values.len() - sorted.len();
        if sorted.is_empty() {
            return Self { undefined, ..Self::default() };
        }
        let (mean, sd) = mean_and_sd(&sorted);
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len();
        let errors = Errors(Grouped::of(values, sampling));
        let mean_se = errors.of_mean(mean, sd, n);
        let mean_ci95 =
            if kind.yes_or_no { Some(errors.of_share(mean, n)) } else { mean_se.map(|se| errors.around(mean, se)) };
        Self {
            paths: n,
            undefined,
            mean: Some(mean),
            mean_se,
            mean_ci95,
            sd,
            range: Some([sorted[0], sorted[n - 1]]),
            quantiles: QUANTILES.iter().map(|&percent| Quantile::of(&sorted, percent, &errors)).collect(),
            risk: [95, 99].iter().map(|&percent| Risk::of(&sorted, percent, kind.larger_is_worse, &errors)).collect(),
        }
    }

    /// The quantile at one of [`QUANTILES`].
    #[must_use]
    pub fn quantile(&self, percent: u32) -> Option<f64> {
        self.quantiles.iter().find(|q| q.percent == percent).map(|q| q.value)
    }

    /// Risk at 95 or 99 %.
    #[must_use]
    pub fn risk(&self, percent: u32) -> Option<&Risk> {
        self.risk.iter().find(|r| r.percent == percent)
    }
}

impl Quantile {
    fn of(sorted: &[f64], percent: u32, errors: &Errors<'_>) -> Self {
        let value = order::quantile(sorted, percent);
        let (lower, upper) = errors.of_quantile(sorted.len(), f64::from(percent) / 100.0, |x| x <= value);
        let at = |rank: Option<usize>| rank.map(|r| sorted[r - 1]);
        Self { percent, value, ci95: [at(lower), at(upper)] }
    }
}

impl Risk {
    fn of(sorted: &[f64], percent: u32, larger_is_worse: bool, errors: &Errors<'_>) -> Self {
        let sign = if larger_is_worse { 1.0 } else { -1.0 };
        // Worse is larger from here on; every number is given back with its own sign.
        let mirrored: Vec<f64>;
        let upwards = if larger_is_worse {
            sorted
        } else {
            mirrored = sorted.iter().rev().map(|x| -x).collect();
            &mirrored
        };
        let (var, level) = (order::quantile(upwards, percent), f64::from(percent) / 100.0);
        let ranks = errors.of_quantile(upwards.len(), level, |x| sign * x <= var);
        let at = |rank: Option<usize>| rank.map(|r| sign * upwards[r - 1]);
        let mut var_ci95 = [at(ranks.0), at(ranks.1)];
        let (es, of_independent) = expected_shortfall(upwards, percent);
        let es_se = errors.of_expected_shortfall(sign, var, es, level, of_independent);
        let es_ci95 = es_se.map(|se| errors.around(sign * es, se));
        if !larger_is_worse {
            var_ci95.reverse();
        }
        Self { percent, var: sign * var, var_ci95, es: sign * es, es_se, es_ci95 }
    }
}

/// The share of paths on which a number is in some set, with its 95 % confidence interval.
#[must_use]
pub fn share(values: &[f64], sampling: Sampling, is_in: impl Fn(f64) -> bool) -> (f64, [f64; 2]) {
    let share = values.iter().filter(|x| is_in(**x)).count() as f64 / values.len() as f64;
    let paths = Grouped::of(values, sampling).map_or(values.len() as f64, |groups| groups.effective(is_in));
    (share, wilson(share, paths))
}

/// What errors are told from: independent paths, or groups.
struct Errors<'a>(Option<Grouped<'a>>);

impl Errors<'_> {
    fn of_mean(&self, mean: f64, sd: Option<f64>, n: usize) -> Option<f64> {
        match &self.0 {
            None => sd.map(|sd| sd / (n as f64).sqrt()),
            Some(groups) => groups.error(|x| x - mean),
        }
    }

    /// Of a number that is 0 or 1.
    fn of_share(&self, share: f64, n: usize) -> [f64; 2] {
        match &self.0 {
            None => wilson(share, n as f64),
            Some(groups) => wilson(share, groups.effective(|x| x > 0.0)),
        }
    }

    /// Ranks that enclose a quantile; `is_below` says which numbers are not above its estimate.
    fn of_quantile(&self, n: usize, level: f64, is_below: impl Fn(f64) -> bool) -> (Option<usize>, Option<usize>) {
        match &self.0 {
            None => order::interval_at(n, level),
            Some(groups) => order::interval_of(n, level, groups.effective(is_below)),
        }
    }

    /// `sign` turns numbers so that larger is worse; given as many paths in the tail as `of_independent` takes.
    fn of_expected_shortfall(
        &self,
        sign: f64,
        var: f64,
        es: f64,
        level: f64,
        of_independent: Option<f64>,
    ) -> Option<f64> {
        match &self.0 {
            None => of_independent,
            Some(groups) => {
                let influence = |x: f64| var + (sign * x - var).max(0.0) / (1.0 - level) - es;
                of_independent.and_then(|_| groups.error(influence))
            }
        }
    }

    fn around(&self, x: f64, se: f64) -> [f64; 2] {
        let errors = self.0.as_ref().and_then(Grouped::t95).unwrap_or(Z95);
        [x - errors * se, x + errors * se]
    }
}

/// Expected shortfall of the upper tail and its standard error over independent paths.
fn expected_shortfall(sorted: &[f64], percent: u32) -> (f64, Option<f64>) {
    let n = sorted.len();
    let rank = order::rank(n, percent);
    let q = sorted[rank - 1];
    // Counted in hundredths of a path, so that the part of the edge value inside the tail is exact.
    let tail = (n * (100 - percent as usize)) as f64 / 100.0;
    let edge_weight = (rank * 100 - n * percent as usize) as f64 / 100.0;
    let moment = |of: &dyn Fn(f64) -> f64| {
        (edge_weight * of(q) + sorted[rank..].iter().map(|&x| of(x)).fold(0.0, |a, b| a + b)) / tail
    };
    let es = moment(&|x| x);
    let variance = moment(&|x| (x - es) * (x - es));
    let level = f64::from(percent) / 100.0;
    let se = ((variance + level * (es - q) * (es - q)) / tail).sqrt();
    (es, (tail >= TAIL_PATHS).then_some(se))
}

/// Mean and sample standard deviation in two passes; the latter needs two values.
fn mean_and_sd(values: &[f64]) -> (f64, Option<f64>) {
    let n = values.len() as f64;
    let mean = values.iter().fold(0.0, |sum, x| sum + x) / n;
    let squares = values.iter().fold(0.0, |sum, x| sum + (x - mean) * (x - mean));
    (mean, (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt()))
}

/// Wilson's interval of a probability, told from so many independent paths.
#[must_use]
pub fn wilson(p: f64, n: f64) -> [f64; 2] {
    let z2 = Z95 * Z95 / n;
    let centre = p + z2 / 2.0;
    let half = Z95 * (p * (1.0 - p) / n + z2 / (4.0 * n)).sqrt();
    [((centre - half) / (1.0 + z2)).max(0.0), ((centre + half) / (1.0 + z2)).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::{Kind, Summary, wilson};
    use crate::random::{Purpose, Sampling, normal, stream};

    const MORE_IS_WORSE: Kind = Kind { larger_is_worse: true, yes_or_no: false };

    fn normals(n: usize, sample: u64) -> Vec<f64> {
        let mut rng = stream(7, Purpose::Prices, sample);
        (0..n).map(|_| normal(&mut rng)).collect()
    }

    #[test]
    fn normal_sample_lies_within_four_errors_of_the_exact_values() {
        let n = 40_000;
        let s = Summary::of(&normals(n, 0), MORE_IS_WORSE, Sampling::Random);
        let risk = s.risk(99).unwrap();
        let root = (n as f64).sqrt();
        assert!(s.mean.unwrap().abs() < 4.0 / root);
        assert!((risk.var - 2.326_347_87).abs() < 4.0 * 3.733_236 / root, "{}", risk.var);
        assert!((risk.es - 2.665_214_22).abs() < 4.0 * 4.588_362 / root, "{}", risk.es);
        let sd = risk.es_se.unwrap() * root;
        assert!((sd / 4.588_362 - 1.0).abs() < 0.1, "{sd}");
    }

    #[test]
    fn spread_of_the_estimators_over_many_samples_is_the_asymptotic_one() {
        let (n, samples) = (4_000_usize, 600_u64);
        let mut covered = [0_u32; 2];
        let (mut var, mut es) = (Vec::new(), Vec::new());
        for sample in 0..samples {
            let s = Summary::of(&normals(n, 1 + sample), MORE_IS_WORSE, Sampling::Random);
            let risk = *s.risk(99).unwrap();
            var.push(risk.var);
            es.push(risk.es);
            let [low, high] = risk.var_ci95.map(Option::unwrap);
            covered[0] += u32::from((low..high).contains(&2.326_347_87));
            let [low, high] = risk.es_ci95.unwrap();
            covered[1] += u32::from((low..high).contains(&2.665_214_22));
        }
        let root_n = (n as f64).sqrt();
        let sd = |x: &[f64]| super::mean_and_sd(x).1.unwrap() * root_n;
        // The error of a standard deviation of 600 values is 3 %.
        assert!((sd(&var) / 3.733_236 - 1.0).abs() < 0.1, "{}", sd(&var));
        assert!((sd(&es) / 4.588_362 - 1.0).abs() < 0.1, "{}", sd(&es));
        let share = covered.map(|c| f64::from(c) / samples as f64);
        assert!(share[0] > 0.93 && share[1] > 0.90, "{share:?}");
    }

    #[test]
    fn ten_values_by_hand() {
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        let s = Summary::of(&values, MORE_IS_WORSE, Sampling::Random);
        assert_eq!(s.mean, Some(5.5));
        assert!((s.sd.unwrap() - (55.0_f64 / 6.0).sqrt()).abs() < 1e-15);
        assert_eq!(s.quantile(50), Some(5.0));
        // The worst 5 % of ten values is half of the largest one.
        assert_eq!((s.risk(95).unwrap().var, s.risk(95).unwrap().es), (10.0, 10.0));
        assert_eq!(s.risk(95).unwrap().es_se, None);
    }

    #[test]
    fn part_of_the_edge_value_counts() {
        // 30 values: the worst 5 % is 1.5 paths, all of 30 and half of 29.
        let values: Vec<f64> = (1..=30).map(f64::from).collect();
        let risk = *Summary::of(&values, MORE_IS_WORSE, Sampling::Random).risk(95).unwrap();
        assert_eq!(risk.var, 29.0);
        assert!((risk.es - (30.0 + 0.5 * 29.0) / 1.5).abs() < 1e-12, "{}", risk.es);
    }

    #[test]
    fn where_less_is_worse_the_lower_tail_counts() {
        let values = normals(5_000, 3);
        let mirrored: Vec<f64> = values.iter().map(|x| -x).collect();
        let up = *Summary::of(&values, MORE_IS_WORSE, Sampling::Random).risk(99).unwrap();
        let less_is_worse = Kind { larger_is_worse: false, yes_or_no: false };
        let down = *Summary::of(&mirrored, less_is_worse, Sampling::Random).risk(99).unwrap();
        assert_eq!((down.var, down.es), (-up.var, -up.es));
        let [low, high] = down.var_ci95.map(Option::unwrap);
        assert!(low <= down.var && down.var <= high);
    }

    #[test]
    fn what_has_no_meaning_is_left_out_and_counted() {
        let s = Summary::of(&[f64::NAN, 2.0, f64::NAN, 4.0], MORE_IS_WORSE, Sampling::Random);
        assert_eq!((s.paths, s.undefined, s.mean), (2, 2, Some(3.0)));
        let none = Summary::of(&[f64::NAN], MORE_IS_WORSE, Sampling::Random);
        assert_eq!((none.paths, none.undefined, none.mean), (0, 1, None));
        assert!(none.quantiles.is_empty());
    }

    #[test]
    fn a_probability_of_zero_is_not_certain() {
        // Wilson 1927: 0 of 20 gives 0 to z^2 / (n + z^2).
        let [low, high] = wilson(0.0, 20.0);
        assert_eq!(low, 0.0);
        assert!((high - 3.841_458_820_694_124 / 23.841_458_820_694_124).abs() < 1e-12);
        let yes_or_no = Kind { larger_is_worse: true, yes_or_no: true };
        let s = Summary::of(&[0.0; 20], yes_or_no, Sampling::Random);
        assert_eq!(s.mean_ci95.map(|c| c[1]), Some(high));
    }
}

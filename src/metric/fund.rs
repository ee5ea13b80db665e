//! Insurance funds: how likely one is to be ruined, and how large it should be.
//!
//! Ruin (Cramer and Lundberg): a fund of `u` earns at the rate `c` and pays claims that come as a Poisson process of
//! rate `L`, exponential with mean `m`. With `rho = L m / c` below 1 the probability that it is ever ruined is
//! `rho exp(-u (1 - rho) / m)`, else 1 (Asmussen and Albrecher, Ruin Probabilities, 2010, section IV).
//!
//! Size (the newsvendor): a dollar in the fund costs `r` over a period, a dollar of deficit `D` that the fund does not
//! cover costs `kappa`. A deficit is the fund that a period would have needed. `r K + kappa E[max(D - K, 0)]` is least where `P(D > K) = r / kappa`: at the quantile of `D` at
//! `1 - r / kappa`, 0 if `r >= kappa`. (Chitra, arXiv:2512.01112v3, 2026, calls it the value at risk of the deficit.)

use super::grouped::Grouped;
use super::order;
use super::summary::{Kind, Summary};
use crate::random::Sampling;

/// Probability that a fund is ever ruined: that claims so far exceed the fund and all income so far.
///
/// `fund` and `mean_claim` in USD, `claims_per_time` and `income_per_time` (USD) per any one unit of time; all 0 or
/// more. Income that does no more than match expected claims ruins any fund.
///
/// # Panics
/// If a number is negative or not finite.
#[must_use]
pub fn ruin_probability(fund: f64, claims_per_time: f64, mean_claim: f64, income_per_time: f64) -> f64 {
    let numbers = [fund, claims_per_time, mean_claim, income_per_time];
    assert!(numbers.iter().all(|x| x.is_finite() && *x >= 0.0), "fund, claims and income out of range: {numbers:?}");
    let expected = claims_per_time * mean_claim;
    if expected == 0.0 {
        return 0.0;
    }
    if income_per_time <= expected {
        return 1.0;
    }
    let load = expected / income_per_time;
    load * libm::exp(-fund * (1.0 - load) / mean_claim)
}

/// What a fund costs, per USD.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// A USD held in the fund over the period of a deficit, above 0.
    pub capital: f64,
    /// A USD of deficit that the fund does not cover, above 0.
    pub loss: f64,
}

/// A size and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// USD.
    pub usd: f64,
    /// 95 % confidence interval, whatever the law of the deficits; none where they are too few to bound it from above.
    pub ci95_usd: [Option<f64>; 2],
}

/// The mean over deficits of what a fund costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpectedCost {
    /// USD.
    pub usd: f64,
    /// 95 % confidence interval, not below what the capital costs; none of a single deficit.
    pub ci95_usd: Option<[f64; 2]>,
}

/// The size at which the expected cost over the sample is least, the smallest such: an order statistic of the deficits.
///
/// `deficits` in USD, one a period (a path), in the order of paths if `sampling` is not random, 0 where there was none.
///
/// # Panics
/// If there are no deficits, or one is negative or not finite, or a cost is not above 0.
#[must_use]
pub fn newsvendor_size(deficits: &[f64], costs: Costs, sampling: Sampling) -> Size {
    check(deficits, costs);
    if costs.capital >= costs.loss {
        return Size { usd: 0.0, ci95_usd: [Some(0.0); 2] };
    }
    let mut sorted = deficits.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len();
    let share = costs.capital / costs.loss;
    // Deficits that may stay above: a whole number even where the quotient misses it by rounding.
    let above = (n as f64 * share * (1.0 + 1e-12)).floor() as usize;
    let usd = sorted[n - above - 1];
    let (lower, upper) = match Grouped::of(deficits, sampling) {
        None => order::interval_at(n, 1.0 - share),
        Some(groups) => order::interval_of(n, 1.0 - share, groups.effective(|d| d <= usd)),
    };
    let at = |rank: Option<usize>| rank.map(|r| sorted[r - 1]);
    // No size is below 0, so too few deficits to bound it from below still do.
    Size { usd, ci95_usd: [at(lower).or(Some(0.0)), at(upper)] }
}

/// What a fund of `size` USD costs on average over the deficits: capital, and what it does not cover.
///
/// # Panics
/// As [`newsvendor_size`].
#[must_use]
pub fn expected_cost(deficits: &[f64], size: f64, costs: Costs, sampling: Sampling) -> ExpectedCost {
    check(deficits, costs);
    let cost: Vec<f64> = deficits.iter().map(|d| costs.capital * size + costs.loss * (d - size).max(0.0)).collect();
    let summary = Summary::of(&cost, Kind { larger_is_worse: true, yes_or_no: false }, sampling);
    let ci95_usd = summary.mean_ci95.map(|[low, high]| [low.max(costs.capital * size), high]);
    ExpectedCost { usd: summary.mean.unwrap_or(f64::NAN), ci95_usd }
}

fn check(deficits: &[f64], costs: Costs) {
    assert!(!deficits.is_empty(), "no deficits");
    for d in deficits {
        assert!(d.is_finite() && *d >= 0.0, "a deficit of {d}");
    }
    assert!(costs.capital > 0.0 && costs.loss > 0.0, "costs out of range: {costs:?}");
}

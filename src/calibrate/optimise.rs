//! Maximum likelihood: BFGS with numeric gradients from several starts, then Newton steps with the numeric Hessian,
//! which also says whether the maximum is one and how sure the estimates are (observed information, delta method).
//!
//! Parameters are searched without bounds: one between `low` and `high` is `low + (high - low) / (1 + e^-x)`, or the
//! same of its logarithm.

use super::matrix::{dot, inverse, times};

/// Rounds of BFGS from each start, and from the best place found.
const TRIAL: usize = 15;
const LAST: usize = 200;

/// A parameter of a likelihood and where it may lie.
#[derive(Clone, Copy, Debug)]
pub enum Range {
    /// Anywhere; the scale is the size of a natural step.
    Free(f64),
    /// Between two bounds.
    Between(f64, f64),
    /// Between two bounds above zero, on a logarithmic scale.
    Log(f64, f64),
}

/// The best parameters found.
#[derive(Clone, Debug)]
pub struct Optimum {
    /// The parameters.
    pub at: Vec<f64>,
    /// The log-likelihood there.
    pub log_likelihood: f64,
    /// Whether a further Newton step would gain less than a thousandth of log-likelihood.
    pub converged: bool,
    /// Which parameters lie at a bound.
    pub bound: Vec<usize>,
    /// Covariance of the parameters, row by row, from the observed information; zero for those at a bound; `None` if
    /// the information is not positive definite: the data do not tell some parameters apart.
    pub covariance: Option<Vec<f64>>,
}

impl Range {
    fn to(self, x: f64) -> f64 {
        match self {
            Self::Free(scale) => scale * x,
            Self::Between(low, high) => low + (high - low) * logistic(x),
            Self::Log(low, high) => libm::exp(libm::log(low) + libm::log(high / low) * logistic(x)),
        }
    }

    fn from(self, value: f64) -> f64 {
        let logit = |share: f64| libm::log(share / (1.0 - share));
        match self {
            Self::Free(scale) => value / scale,
            Self::Between(low, high) => logit(((value - low) / (high - low)).clamp(0.01, 0.99)),
            Self::Log(low, high) => logit((libm::log(value / low) / libm::log(high / low)).clamp(0.01, 0.99)),
        }
    }

    /// How fast the parameter moves with `x`.
    fn slope(self, x: f64) -> f64 {
        let s = logistic(x);
        match self {
            Self::Free(scale) => scale,
            Self::Between(low, high) => (high - low) * s * (1.0 - s),
            Self::Log(low, high) => self.to(x) * libm::log(high / low) * s * (1.0 - s),
        }
    }

    /// Whether `x` is at a bound, but for a thousandth of the way.
    fn is_bound(self, x: f64) -> bool {
        !matches!(self, Self::Free(_)) && x.abs() > 6.9
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// Finds the parameters at which `log_likelihood` is largest. Where it is not finite it is taken as very small.
///
/// # Panics
/// If there is no start.
pub fn maximise(ranges: &[Range], starts: &[Vec<f64>], log_likelihood: impl Fn(&[f64]) -> f64) -> Optimum {
    let natural = |x: &[f64]| -> Vec<f64> { ranges.iter().zip(x).map(|(range, x)| range.to(*x)).collect() };
    let loss = |x: &[f64]| {
        let value = -log_likelihood(&natural(x));
        if value.is_finite() { value } else { f64::MAX }
    };
    let from = |start: &Vec<f64>| ranges.iter().zip(start).map(|(range, value)| range.from(*value)).collect();
    let climbed = starts.iter().map(|start| descend(&loss, from(start), TRIAL));
    let (x, _) = climbed.min_by(|a, b| a.1.total_cmp(&b.1)).expect("a start");
    let (mut x, mut value) = descend(&loss, x, LAST);
    let mut steps = 0;
    let (bound, information, gain) = loop {
        let bound: Vec<usize> = (0..x.len()).filter(|i| ranges[*i].is_bound(x[*i])).collect();
        let free: Vec<usize> = (0..x.len()).filter(|i| !bound.contains(i)).collect();
        let (gradient, hessian) = derivatives(&loss, &x, value, &free);
        let information = inverse(&hessian, free.len());
        let Some(inverted) = &information else { break (bound, None, f64::INFINITY) };
        let step = times(inverted, &gradient);
        let gain = 0.5 * dot(&step, &gradient);
        steps += 1;
        if gain < 1e-7 || steps > 8 {
            break (bound, information, gain);
        }
        let Some((to, better)) = shorten(&loss, &x, value, &spread(&step, &free, x.len())) else {
            break (bound, information, gain);
        };
        (x, value) = (to, better);
    };
    let free: Vec<usize> = (0..x.len()).filter(|i| !bound.contains(i)).collect();
    let covariance = information.map(|inverted| {
        let n = x.len();
        let mut covariance = vec![0.0; n * n];
        for (a, &i) in free.iter().enumerate() {
            for (b, &j) in free.iter().enumerate() {
                let slopes = ranges[i].slope(x[i]) * ranges[j].slope(x[j]);
                covariance[i * n + j] = inverted[a * free.len() + b] * slopes;
            }
        }
        covariance
    });
    Optimum { at: natural(&x), log_likelihood: -value, converged: gain < 1e-3, bound, covariance }
}

/// Minus a step of the free parameters, as one of all.
fn spread(step: &[f64], free: &[usize], n: usize) -> Vec<f64> {
    let mut all = vec![0.0; n];
    for (step, &i) in step.iter().zip(free) {
        all[i] = -step;
    }
    all
}

/// The first of ever shorter steps that gains; `None` if none does.
fn shorten(loss: &impl Fn(&[f64]) -> f64, x: &[f64], value: f64, step: &[f64]) -> Option<(Vec<f64>, f64)> {
    (0..30).find_map(|halvings| {
        let to: Vec<f64> = x.iter().zip(step).map(|(x, step)| x + libm::ldexp(*step, -halvings)).collect();
        let there = loss(&to);
        (there < value).then_some((to, there))
    })
}

/// BFGS from `x`, so many rounds at most: where it stops, and the value there.
fn descend(loss: &impl Fn(&[f64]) -> f64, mut x: Vec<f64>, rounds: usize) -> (Vec<f64>, f64) {
    let n = x.len();
    let identity =
        |scale: f64| -> Vec<f64> { (0..n * n).map(|at| if at / n == at % n { scale } else { 0.0 }).collect() };
    let mut value = loss(&x);
    let mut slope = gradient(loss, &x);
    let mut curvature = identity(1.0 / libm::sqrt(dot(&slope, &slope)).max(1e-12));
    let mut fresh = true;
    for _ in 0..rounds {
        let mut step: Vec<f64> = times(&curvature, &slope).iter().map(|x| -x).collect();
        let longest = step.iter().fold(0.0, |most: f64, s| most.max(s.abs()));
        if longest > 1.0 {
            for s in &mut step {
                *s /= longest;
            }
        }
        let Some((to, there)) = shorten(loss, &x, value, &step) else {
            if fresh {
                break;
            }
            curvature = identity(0.1 / libm::sqrt(dot(&slope, &slope)).max(1e-12));
            fresh = true;
            continue;
        };
        let next = gradient(loss, &to);
        let moved: Vec<f64> = to.iter().zip(&x).map(|(a, b)| a - b).collect();
        let turned: Vec<f64> = next.iter().zip(&slope).map(|(a, b)| a - b).collect();
        let gained = value - there;
        (x, value, slope) = (to, there, next);
        update(&mut curvature, &moved, &turned);
        if gained < 1e-9 && !fresh {
            break;
        }
        fresh = false;
    }
    (x, value)
}

/// The update of Broyden, Fletcher, Goldfarb and Shanno of an inverse Hessian.
fn update(curvature: &mut [f64], moved: &[f64], turned: &[f64]) {
    let n = moved.len();
    let along = dot(moved, turned);
    if along <= 1e-14 {
        return;
    }
    let bent = times(curvature, turned);
    let factor = (1.0 + dot(turned, &bent) / along) / along;
    for i in 0..n {
        for j in 0..n {
            curvature[i * n + j] += factor * moved[i] * moved[j] - (bent[i] * moved[j] + moved[i] * bent[j]) / along;
        }
    }
}

fn gradient(loss: &impl Fn(&[f64]) -> f64, x: &[f64]) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let mut x = x.to_vec();
    (0..x.len())
        .map(|i| {
            let centre = x[i];
            let mut at = |by: f64| {
                x[i] = centre + by;
                loss(&x)
            };
            let slope = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            x[i] = centre;
            slope
        })
        .collect()
}

/// Gradient and Hessian over the free parameters, by central differences. Each step is as long as changes the loss by
/// about a tenth, so that rounding does not drown a flat direction.
fn derivatives(loss: &impl Fn(&[f64]) -> f64, x: &[f64], value: f64, free: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let shifted = |moves: &[(usize, f64)]| {
        let mut x = x.to_vec();
        for (i, by) in moves {
            x[*i] += by;
        }
        loss(&x)
    };
    let mut steps = Vec::new();
    let (mut slope, mut hessian) = (Vec::new(), vec![0.0; free.len() * free.len()]);
    for (a, &i) in free.iter().enumerate() {
        let mut step = 1e-3;
        for _ in 0..4 {
            let change = f64::midpoint(shifted(&[(i, step)]), shifted(&[(i, -step)])) - value;
            step = (step * libm::sqrt(0.1 / change.abs().max(1e-9))).clamp(1e-5, 0.2);
        }
        let (up, down) = (shifted(&[(i, step)]), shifted(&[(i, -step)]));
        slope.push((up - down) / (2.0 * step));
        hessian[a * free.len() + a] = (up + down - 2.0 * value) / (step * step);
        steps.push(step);
    }
    for a in 0..free.len() {
        for b in 0..a {
            let corner = |s: f64, t: f64| shifted(&[(free[a], s * steps[a]), (free[b], t * steps[b])]);
            let cross = (corner(1.0, 1.0) - corner(1.0, -1.0) - corner(-1.0, 1.0) + corner(-1.0, -1.0))
                / (4.0 * steps[a] * steps[b]);
            hessian[a * free.len() + b] = cross;
            hessian[b * free.len() + a] = cross;
        }
    }
    (slope, hessian)
}

impl Optimum {
    /// Standard error of a number made of the parameters, by the delta method; `None` if the data do not tell.
    pub fn error_of(&self, number: impl Fn(&[f64]) -> f64) -> Option<f64> {
        let covariance = self.covariance.as_ref()?;
        let n = self.at.len();
        let slope = |i: usize| {
            let deviation = libm::sqrt(covariance[i * n + i]);
            if deviation <= 0.0 {
                return 0.0;
            }
            let at = |by: f64| {
                let mut parameters = self.at.clone();
                parameters[i] += by * 1e-3 * deviation;
                number(&parameters)
            };
            (at(1.0) - at(-1.0)) / (2e-3 * deviation)
        };
        let slopes: Vec<f64> = (0..n).map(slope).collect();
        let variance = dot(&slopes, &times(covariance, &slopes));
        (variance > 0.0).then(|| libm::sqrt(variance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_peak_is_found_with_its_curvature() {
        // A bent normal density: log-likelihood -(a - 2)^2 / (2 * 0.01) - (log b - a)^2 / (2 * 0.04).
        let bent = |p: &[f64]| -libm::pow(p[0] - 2.0, 2.0) / 0.02 - libm::pow(libm::log(p[1]) - p[0], 2.0) / 0.08;
        let ranges = [Range::Free(1.0), Range::Log(0.1, 1000.0)];
        let best = maximise(&ranges, &[vec![-3.0, 0.5], vec![5.0, 500.0]], bent);
        assert!(best.converged && best.bound.is_empty());
        assert!((best.at[0] - 2.0).abs() < 1e-5 && (libm::log(best.at[1]) - 2.0).abs() < 1e-5, "{:?}", best.at);
        let error = best.error_of(|p| p[0]).unwrap();
        assert!((error - 0.1).abs() < 1e-4, "{error}");
        let error = best.error_of(|p| libm::log(p[1])).unwrap();
        assert!((error - libm::sqrt(0.05)).abs() < 1e-3, "{error}");
    }

    #[test]
    fn a_parameter_without_effect_is_not_identified() {
        let flat = |p: &[f64]| -libm::pow(p[0] + p[1] - 1.0, 2.0);
        let best = maximise(&[Range::Free(1.0), Range::Free(1.0)], &[vec![0.0, 0.0]], flat);
        assert!(best.covariance.is_none() && best.error_of(|p| p[0]).is_none());
    }

    #[test]
    fn a_peak_beyond_a_bound_is_held_at_it() {
        let beyond = |p: &[f64]| -1e4 * libm::pow(p[0] - 3.0, 2.0) - libm::pow(p[1], 2.0);
        let best = maximise(&[Range::Between(0.0, 1.0), Range::Free(1.0)], &[vec![0.5, 1.0]], beyond);
        assert_eq!(best.bound, [0]);
        assert!(best.at[0] > 0.99 && best.error_of(|p| p[1]).is_some());
    }
}

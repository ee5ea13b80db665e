//! Refines a bar into sub-steps that keep its open, high, low and close: a Brownian bridge from the open to the close,
//! bent so that its own highest and lowest points become the high and the low.
//!
//! With `b` a standard Brownian bridge on the `k` sub-steps and `s^2` the variance that the bar shows (Garman and
//! Klass 1980: `(H-L)^2 / 2 - (2 ln 2 - 1) (C-O)^2`),
//!
//! ```text
//! x_j = O + (C - O) j / k + a s b_j,      j = 0 ... k
//! ```
//!
//! then a correction, linear between the anchors (open, the extremes, close), moves the extremes of `x` onto the high
//! and the low, and what still sticks out is folded back in. Because the place of the extremes comes from the noise,
//! coins refined with correlated noise turn at the same sub-step as often as Brownian paths do. The factor `a` is below
//! 1 because a recorded extreme falls between sub-steps but is put on one here, which adds variance; `1 - 3.6 / k` (at
//! least 0.3) keeps the mean square of a sub-step near one k-th of the bar's for 12 sub-steps or more. For fewer than
//! about 8, sub-steps move more than that: hitting high and low alone takes it.

use super::history::Bar;

/// Turns the standard normals in `x[1..]` into the bar's path, one value per sub-step: logs relative to the close
/// before the bar, with `x[0]` the open and the last the close.
///
/// The highest of `x` is the high, the lowest the low. Where the open is not the close before it, the open is on no
/// row of a price path; if it is also the high or low, the first sub-step repeats it. Two sub-steps leave room for
/// one extreme besides the close: the one that reaches further. One sub-step is the close alone.
pub fn refine(bar: &Bar, x: &mut [f64]) {
    let last = x.len() - 1;
    if bar.high > bar.low {
        draw_bridge(bar, x);
        let (high_at, low_at) = extremes(bar, x);
        bend(bar, high_at, low_at, x);
    } else {
        x.fill(bar.close);
    }
    x[0] = bar.open;
    x[last] = bar.close;
}

/// The bridge from open to close.
fn draw_bridge(bar: &Bar, x: &mut [f64]) {
    const TWO_LN_2_LESS_1: f64 = 2.0 * std::f64::consts::LN_2 - 1.0;
    let steps = (x.len() - 1) as f64;
    let (range, change) = (bar.high - bar.low, bar.close - bar.open);
    let variance = 0.5 * range * range - TWO_LN_2_LESS_1 * change * change;
    let scale = libm::sqrt(variance / steps) * (1.0 - 3.6 / steps).max(0.3);
    let mut sum = 0.0;
    x[0] = 0.0;
    for x in &mut *x {
        sum += *x;
        *x = sum;
    }
    for (j, x) in x.iter_mut().enumerate() {
        let share = j as f64 / steps;
        *x = bar.open + change * share + scale * (*x - share * sum);
    }
}

/// The sub-steps that become the high and the low; `None` where there is no room for one.
fn extremes(bar: &Bar, x: &[f64]) -> (Option<usize>, Option<usize>) {
    let last = x.len() - 1;
    let fixed = |extreme: f64| match extreme {
        e if e == bar.close => Some(last),
        e if e == bar.open && bar.open == 0.0 => Some(0),
        e if e == bar.open => Some(1.min(last)),
        _ => None,
    };
    let above = bar.high - bar.open.max(bar.close);
    let below = bar.open.min(bar.close) - bar.low;
    match (fixed(bar.high), fixed(bar.low)) {
        (Some(high), Some(low)) if high == low => (None, None),
        (Some(high), Some(low)) => (Some(high), Some(low)),
        (Some(high), None) => match farthest(x, Some(high), -1.0) {
            None => (None, farthest(x, None, -1.0)),
            low => (Some(high), low),
        },
        (None, Some(low)) => match farthest(x, Some(low), 1.0) {
            None => (farthest(x, None, 1.0), None),
            high => (high, Some(low)),
        },
        (None, None) if above >= below => {
            let high = farthest(x, None, 1.0);
            (high, farthest(x, high, -1.0))
        }
        (None, None) => {
            let low = farthest(x, None, -1.0);
            (farthest(x, low, 1.0), low)
        }
    }
}

/// The inner sub-step that is highest (`sign` 1) or lowest (-1), other than `taken`.
fn farthest(x: &[f64], taken: Option<usize>, sign: f64) -> Option<usize> {
    let inner = 1..x.len().saturating_sub(1);
    inner.filter(|j| Some(*j) != taken).reduce(|best, j| if sign * x[j] > sign * x[best] { j } else { best })
}

/// Moves `x` onto its anchors and folds the rest between low and high.
fn bend(bar: &Bar, high_at: Option<usize>, low_at: Option<usize>, x: &mut [f64]) {
    let last = x.len() - 1;
    let mut anchors = [(0, bar.open), (0, bar.open), (0, bar.open), (last, bar.close)];
    let mut inner = [high_at.map(|at| (at, bar.high)), low_at.map(|at| (at, bar.low))];
    inner.sort_by_key(|anchor| anchor.map(|(at, _)| at));
    for (anchor, inner) in anchors[1..3].iter_mut().zip(inner) {
        *anchor = inner.unwrap_or(*anchor);
    }
    let free = anchors.map(|(at, _)| x[at]);
    for leg in 0..3 {
        let ((from, start), (to, end)) = (anchors[leg], anchors[leg + 1]);
        let (shift, shift_end) = (start - free[leg], end - free[leg + 1]);
        for (j, x) in x.iter_mut().enumerate().take(to).skip(from + 1) {
            let share = (j - from) as f64 / (to - from) as f64;
            *x = fold(*x + shift + (shift_end - shift) * share, bar.low, bar.high);
        }
        x[to] = end;
    }
}

/// Reflects at the bounds, once.
fn fold(x: f64, low: f64, high: f64) -> f64 {
    let x = if x > high { 2.0 * high - x } else { x };
    let x = if x < low { 2.0 * low - x } else { x };
    x.clamp(low, high)
}

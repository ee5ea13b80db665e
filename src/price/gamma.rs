//! The gamma distribution by inversion: one uniform a draw, so that a larger uniform always gives a larger number.

use libm::{erfc, exp, fabs, lgamma, log, sqrt};
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// `(ln P, ln Q)` of the regularised incomplete gamma functions `P(shape, x)` and `Q = 1 - P`, each to about 1e-13 of
/// itself (1e-11 at a shape of 500). `shape` and `x` above 0. Series and continued fraction: Abramowitz and Stegun
/// 6.5.29 and 6.5.31.
#[must_use]
pub fn ln_incomplete(shape: f64, x: f64) -> (f64, f64) {
    let front = shape * log(x) - x - lgamma(shape);
    let other = |ln: f64| libm::log1p(-exp(ln));
    if x < shape + 1.0 {
        let (mut term, mut sum, mut order) = (1.0 / shape, 1.0 / shape, shape);
        while term > sum * 1e-17 {
            order += 1.0;
            term *= x / order;
            sum += term;
        }
        let lower = front + log(sum);
        (lower, other(lower))
    } else {
        // Lentz's method; every denominator is positive here.
        let mut b = x + 1.0 - shape;
        let (mut above, mut below) = (f64::INFINITY, 1.0 / b);
        let mut fraction = below;
        for order in 1..100_000 {
            let order = f64::from(order);
            let a = -order * (order - shape);
            b += 2.0;
            below = 1.0 / (a * below + b);
            above = b + a / above;
            fraction *= above * below;
            if fabs(above * below - 1.0) < 1e-16 {
                break;
            }
        }
        let upper = front + log(fraction);
        (other(upper), upper)
    }
}

/// Chi-square variables from standard normal ones, of equal probability below: `ln w` as a function of the normal score
/// is nearly a line, so a table with cubic pieces holds it to about 1e-9.
#[derive(Clone, Debug)]
pub struct ChiSquare {
    /// `ln w` and its slope, per cell, at scores from `-REACH` up.
    nodes: Vec<[f64; 2]>,
}

/// Scores beyond this do not come from uniforms on a lattice of 2^-53.
const REACH: f64 = 8.5;
const CELLS_PER_SCORE: f64 = 32.0;

impl ChiSquare {
    /// Of so many degrees of freedom, more than 0; meant for up to 1,000.
    #[must_use]
    pub fn of(degrees: f64) -> Self {
        let shape = 0.5 * degrees;
        let cells = (2.0 * REACH * CELLS_PER_SCORE) as usize;
        let score = |at: usize| at as f64 / CELLS_PER_SCORE - REACH;
        // From the middle outwards, each node starting where the one before ended.
        let mut nodes = vec![[0.0; 2]; cells + 1];
        let middle = cells / 2;
        let first = log(shape);
        let outward: [&mut dyn Iterator<Item = usize>; 2] = [&mut (0..=middle).rev(), &mut (middle..=cells)];
        for way in outward {
            let mut ln_x = first;
            for at in way {
                let slope;
                (ln_x, slope) = inverse(shape, score(at), ln_x);
                nodes[at] = [ln_x + std::f64::consts::LN_2, slope / CELLS_PER_SCORE];
            }
        }
        Self { nodes }
    }

    /// The variable at a score.
    #[must_use]
    pub fn at(&self, score: f64) -> f64 {
        let place = ((score + REACH) * CELLS_PER_SCORE).clamp(0.0, (self.nodes.len() - 1) as f64);
        let cell = (place as usize).min(self.nodes.len() - 2);
        let (t, [[y0, d0], [y1, d1]]) = (place - cell as f64, [self.nodes[cell], self.nodes[cell + 1]]);
        let rise = y1 - y0;
        exp(y0 + t * (d0 + t * (3.0 * rise - 2.0 * d0 - d1 + t * (d0 + d1 - 2.0 * rise))))
    }
}

/// `ln x` where a gamma variable has the probabilities of a normal score on either side, and its slope in the score.
/// Newton on the log of the smaller tail, which is concave in `ln x`: after the first step it comes from one side.
fn inverse(shape: f64, score: f64, start: f64) -> (f64, f64) {
    let tail = 0.5 * erfc(fabs(score) * FRAC_1_SQRT_2);
    let ln_tail = log(tail);
    let density = |ln_x: f64| shape * ln_x - exp(ln_x) - lgamma(shape);
    let mut ln_x = start;
    for _ in 0..200 {
        let (below, above) = ln_incomplete(shape, exp(ln_x));
        let (ln, sign) = if score < 0.0 { (below, 1.0) } else { (above, -1.0) };
        let step = sign * (ln_tail - ln) * exp(ln - density(ln_x));
        ln_x += step;
        if fabs(step) < 1e-13 {
            break;
        }
    }
    (ln_x, exp(-0.5 * score * score - density(ln_x)) / sqrt(2.0 * PI))
}

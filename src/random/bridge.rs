//! Increments of Brownian motion. From a generator whose first draws are its best ([`Source::best_first`]) the end comes
//! first, then the middle, then the quarters: most of the variance of anything smooth in the path hangs on the first few
//! draws (Moskowitz and Caflisch 1996). From any other they come in order of time, one draw each.

use super::{Source, fill_normals};
use std::collections::VecDeque;

/// Fills `out` with `out.len() / width` steps of `width` independent standard normals each, a step after the other: the
/// increments of `width` Brownian motions over steps of length 1. One normal is drawn for each, in both orders.
///
/// # Panics
/// If `width` does not divide the length of `out`.
pub fn increments<R: Source>(rng: &mut R, width: usize, out: &mut [f64]) {
    if !rng.best_first() {
        return fill_normals(rng, out);
    }
    if out.is_empty() {
        return;
    }
    assert!(out.len().is_multiple_of(width), "{} numbers in rows of {width}", out.len());
    let steps = out.len() / width;
    let mut normals = vec![0.0; out.len()];
    fill_normals(rng, &mut normals);
    let mut normals = normals.chunks_exact(width);
    let mut next = || normals.next().expect("as many rows as steps");
    // Row s - 1 of `out` holds the motions at s; at 0 they are 0.
    let deviation = (steps as f64).sqrt();
    for (at, z) in out[(steps - 1) * width..].iter_mut().zip(next()) {
        *at = deviation * z;
    }
    let mut spans = VecDeque::from([(0, steps)]);
    while let Some((from, to)) = spans.pop_front() {
        if to - from < 2 {
            continue;
        }
        let middle = from.midpoint(to);
        let (before, after, whole) = ((middle - from) as f64, (to - middle) as f64, (to - from) as f64);
        let deviation = (before * after / whole).sqrt();
        for (k, z) in next().iter().enumerate() {
            let start = if from == 0 { 0.0 } else { out[(from - 1) * width + k] };
            let end = out[(to - 1) * width + k];
            out[(middle - 1) * width + k] = (after * start + before * end) / whole + deviation * z;
        }
        spans.extend([(from, middle), (middle, to)]);
    }
    for at in (width..out.len()).rev() {
        out[at] -= out[at - width];
    }
}

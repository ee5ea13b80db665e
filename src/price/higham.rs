//! The correlation matrix nearest to a symmetric matrix, in the sum of squared differences: alternating projections
//! with Dykstra's correction (Higham 2002, IMA Journal of Numerical Analysis 22, 329-343, algorithm 3.3), unit weights.
//! Matrices are square, row by row.

use super::correlation::cholesky;

/// The nearest correlation matrix: unit diagonal, no eigenvalue below zero but for rounding. Where the given matrix has
/// an eigenvalue below zero, so does the nearest one have one of zero.
#[must_use]
pub fn nearest(matrix: &[f64], n: usize) -> Vec<f64> {
    const CLOSE: f64 = 1e-12;
    let mut with_ones = matrix.to_vec();
    let mut correction = vec![0.0; n * n];
    // Convergence is linear; the bound keeps a message from taking longer than it is worth.
    for _ in 0..2_000 {
        let corrected: Vec<f64> = with_ones.iter().zip(&correction).map(|(y, c)| y - c).collect();
        let semidefinite = without_negative_eigenvalues(&corrected, n);
        correction = semidefinite.iter().zip(&corrected).map(|(x, r)| x - r).collect();
        let before = std::mem::replace(&mut with_ones, semidefinite);
        (0..n).for_each(|i| with_ones[i * n + i] = 1.0);
        if with_ones.iter().zip(&before).all(|(now, before)| (now - before).abs() < CLOSE) {
            break;
        }
    }
    with_ones
}

/// The nearest matrix, in numbers of four decimals, that is positive definite as they stand: off the diagonal as little
/// as possible is taken off the nearest one.
#[must_use]
pub fn nearest_to_write(matrix: &[f64], n: usize) -> Vec<f64> {
    let nearest = nearest(matrix, n);
    let written = |share: f64| {
        let entry = |(at, x): (usize, &f64)| if at / n == at % n { 1.0 } else { (share * x * 1e4).round() / 1e4 + 0.0 };
        nearest.iter().enumerate().map(entry).collect::<Vec<f64>>()
    };
    let shares = (0..10_000).map(|cut| 1.0 - f64::from(cut) * 1e-4);
    // Independence, the end of the line, is positive definite.
    shares.map(written).find(|matrix| cholesky(matrix, n).1.is_none()).unwrap_or_else(|| written(0.0))
}

/// The nearest matrix without negative eigenvalues: those are taken as zero.
fn without_negative_eigenvalues(matrix: &[f64], n: usize) -> Vec<f64> {
    let (values, vectors) = eigen(matrix, n);
    let entry = |at: usize| {
        let (i, j) = (at / n, at % n);
        (0..n).map(|k| values[k].max(0.0) * vectors[i * n + k] * vectors[j * n + k]).sum()
    };
    (0..n * n).map(entry).collect()
}

/// Eigenvalues of a symmetric matrix, and their eigenvectors as columns: cyclic Jacobi rotations (Golub and Van Loan,
/// Matrix Computations, section 8.5).
fn eigen(matrix: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    const MOST_SWEEPS: usize = 60;
    let mut a = matrix.to_vec();
    let mut vectors = vec![0.0; n * n];
    (0..n).for_each(|i| vectors[i * n + i] = 1.0);
    let size: f64 = a.iter().map(|x| x * x).sum();
    for _ in 0..MOST_SWEEPS {
        let off: f64 = (0..n * n).filter(|at| at / n != at % n).map(|at| a[at] * a[at]).sum();
        if off <= 1e-32 * size {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, n, p, q);
            }
        }
    }
    ((0..n).map(|i| a[i * n + i]).collect(), vectors)
}

/// One rotation, which makes the entry in row `p` and column `q` zero.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let off = matrix[p * n + q];
    if off == 0.0 {
        return;
    }
    let theta = (matrix[q * n + q] - matrix[p * n + p]) / (2.0 * off);
    let tangent = f64::copysign(1.0, theta) / (theta.abs() + libm::sqrt(theta * theta + 1.0));
    let cosine = 1.0 / libm::sqrt(tangent * tangent + 1.0);
    let sine = tangent * cosine;
    let turn = |of: &mut [f64], one: usize, other: usize| {
        let (first, second) = (of[one], of[other]);
        (of[one], of[other]) = (cosine * first - sine * second, sine * first + cosine * second);
    };
    (0..n).for_each(|k| turn(matrix, k * n + p, k * n + q));
    (0..n).for_each(|k| turn(matrix, p * n + k, q * n + k));
    (0..n).for_each(|k| turn(vectors, k * n + p, k * n + q));
}

//! Small dense symmetric matrices: what standard errors and Newton steps need.

/// The inverse of a symmetric matrix of `n` rows by its Cholesky factor; `None` if it is not positive definite, to
/// `1e-12` of the diagonal.
#[must_use]
pub fn inverse(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
            let left = matrix[i * n + j] - dot;
            if i != j {
                lower[i * n + j] = left / lower[j * n + j];
            } else if left > 1e-12 * matrix[i * n + i] && left.is_finite() {
                lower[i * n + i] = libm::sqrt(left);
            } else {
                return None;
            }
        }
    }
    let mut result = vec![0.0; n * n];
    for column in 0..n {
        let mut x = vec![0.0; n];
        for i in 0..n {
            let dot: f64 = (0..i).map(|k| lower[i * n + k] * x[k]).sum();
            x[i] = (f64::from(u8::from(i == column)) - dot) / lower[i * n + i];
        }
        for i in (0..n).rev() {
            let dot: f64 = (i + 1..n).map(|k| lower[k * n + i] * x[k]).sum();
            x[i] = (x[i] - dot) / lower[i * n + i];
        }
        for i in 0..n {
            result[i * n + column] = x[i];
        }
    }
    Some(result)
}

/// `matrix * vector`.
#[must_use]
pub fn times(matrix: &[f64], vector: &[f64]) -> Vec<f64> {
    matrix.chunks_exact(vector.len()).map(|row| dot(row, vector)).collect()
}

/// The product of two square matrices of `n` rows.
#[must_use]
pub fn product(left: &[f64], right: &[f64], n: usize) -> Vec<f64> {
    let entry = |at: usize| (0..n).map(|k| left[at / n * n + k] * right[k * n + at % n]).sum();
    (0..n * n).map(entry).collect()
}

/// The sum of products.
#[must_use]
pub fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// `exp(matrix)` of `n` rows by Taylor's series of a part of it, squared again and again.
#[must_use]
pub fn exponential(matrix: &[f64], n: usize) -> Vec<f64> {
    let size = matrix.iter().fold(0.0, |most: f64, x| most.max(x.abs())) * n as f64;
    let halvings = (0..60).find(|k| size < 0.1 * libm::ldexp(1.0, *k)).unwrap_or(60);
    let part: Vec<f64> = matrix.iter().map(|x| libm::ldexp(*x, -halvings)).collect();
    let identity: Vec<f64> = (0..n * n).map(|at| f64::from(u8::from(at / n == at % n))).collect();
    let (mut sum, mut term) = (identity.clone(), identity);
    for k in 1..12 {
        term = product(&term, &part, n).into_iter().map(|x| x / f64::from(k)).collect();
        sum.iter_mut().zip(&term).for_each(|(sum, term)| *sum += term);
    }
    for _ in 0..halvings {
        sum = product(&sum, &sum, n);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_undoes_its_matrix() {
        let matrix = [4.0, 1.0, -2.0, 1.0, 3.0, 0.5, -2.0, 0.5, 5.0];
        let unit = product(&matrix, &inverse(&matrix, 3).unwrap(), 3);
        for (at, entry) in unit.iter().enumerate() {
            assert!((entry - f64::from(u8::from(at / 3 == at % 3))).abs() < 1e-14, "{unit:?}");
        }
        assert_eq!(inverse(&[1.0, 2.0, 2.0, 1.0], 2), None);
        assert_eq!(inverse(&[1.0, 1.0, 1.0, 1.0], 2), None);
    }

    #[test]
    fn the_exponential_of_a_chain_of_two_states_is_known() {
        let (away, back) = (3.0, 7.0);
        let chain = exponential(&[-away, away, back, -back], 2);
        let stay = (back + away * libm::exp(-away - back)) / (away + back);
        assert!((chain[0] - stay).abs() < 1e-12 && (chain[0] + chain[1] - 1.0).abs() < 1e-12, "{chain:?}");
    }
}

//! Correlation matrices and their lower Cholesky factor: `C = L L'`. With `z` independent standard normals, `L z`
//! has correlation `C`. Matrices and factors are square, row by row.

use super::higham::nearest_to_write;

/// A matrix that is no correlation matrix. Rows and columns count from 1 and carry the name of their coin.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CorrelationError {
    /// Wrong number of rows.
    #[error("the correlation matrix has {rows} rows: expected {coins}, one for each coin that the law drives")]
    Rows {
        /// Its rows.
        rows: usize,
        /// Coins.
        coins: usize,
    },
    /// A row of the wrong length.
    #[error("row {row} ({coin}) of the correlation matrix has {numbers} numbers: expected {coins}")]
    Length {
        /// Which row.
        row: usize,
        /// Its coin.
        coin: String,
        /// Its numbers.
        numbers: usize,
        /// Coins.
        coins: usize,
    },
    /// A number that no correlation can be.
    #[error("row {row} ({coin}) of the correlation matrix has {value} in column {column}: expected -1 to 1")]
    Range {
        /// Which row.
        row: usize,
        /// Its coin.
        coin: String,
        /// Which column.
        column: usize,
        /// The number.
        value: f64,
    },
    /// A coin that is not itself.
    #[error("row {row} ({coin}) of the correlation matrix has {value} on the diagonal: expected 1")]
    Diagonal {
        /// Which row.
        row: usize,
        /// Its coin.
        coin: String,
        /// The number.
        value: f64,
    },
    /// Two halves that differ.
    #[error(
        "row {row} ({coin}) of the correlation matrix is not symmetric: column {column} has {here}, row {column} column \
         {row} has {there}; expected the same"
    )]
    Asymmetric {
        /// Which row.
        row: usize,
        /// Its coin.
        coin: String,
        /// Which column.
        column: usize,
        /// The number in the row.
        here: f64,
        /// The number on the other side of the diagonal.
        there: f64,
    },
    /// Correlations that no coins can have together.
    #[error(
        "the correlation matrix is not positive definite at row {row} ({coin}): these correlations contradict those of \
         the rows above"
    )]
    NotPositiveDefinite {
        /// Which row.
        row: usize,
        /// Its coin.
        coin: String,
        /// The nearest matrix that is, row by row, as it can be written.
        nearest: Vec<f64>,
    },
}

impl CorrelationError {
    /// What to write instead, if that can be told.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let Self::NotPositiveDefinite { nearest, .. } = self else { return None };
        let n = nearest.len().isqrt();
        let rows: Vec<String> = nearest.chunks_exact(n).map(|row| format!("{row:?}")).collect();
        Some(format!("the nearest that is: correlation = [{}]", rows.join(", ")))
    }
}

/// The lower factor of a correlation matrix written row by row; the identity if no row is written.
///
/// # Errors
/// If it is not square, symmetric, of unit diagonal and positive definite; the first such row is named.
pub fn factor_of_written(rows: &[Vec<f64>], coins: &[&str]) -> Result<Vec<f64>, CorrelationError> {
    let n = coins.len();
    if rows.is_empty() {
        return Ok(identity(n));
    }
    if rows.len() != n {
        return Err(CorrelationError::Rows { rows: rows.len(), coins: n });
    }
    for (i, row) in rows.iter().enumerate() {
        if row.len() != n {
            return Err(CorrelationError::Length { row: i + 1, coin: coins[i].into(), numbers: row.len(), coins: n });
        }
    }
    for (i, coin) in coins.iter().enumerate() {
        check_row(rows, i, coin)?;
    }
    let matrix = rows.concat();
    let (factor, dependent) = cholesky(&matrix, n);
    match dependent {
        Some(row) => {
            let nearest = nearest_to_write(&matrix, n);
            Err(CorrelationError::NotPositiveDefinite { row: row + 1, coin: coins[row].into(), nearest })
        }
        None => Ok(factor),
    }
}

fn check_row(rows: &[Vec<f64>], i: usize, coin: &str) -> Result<(), CorrelationError> {
    let (row, coin) = (i + 1, || coin.to_owned());
    for (j, &here) in rows[i].iter().enumerate() {
        let (column, there) = (j + 1, rows[j][i]);
        if !(-1.0..=1.0).contains(&here) && i != j {
            return Err(CorrelationError::Range { row, coin: coin(), column, value: here });
        }
        if i == j && here != 1.0 {
            return Err(CorrelationError::Diagonal { row, coin: coin(), value: here });
        }
        if j < i && here != there {
            return Err(CorrelationError::Asymmetric { row, coin: coin(), column, here, there });
        }
    }
    Ok(())
}

/// The lower factor of a symmetric matrix of `n` rows, and the first row that depends on those above it, if any.
/// What is left of a dependent row is taken as zero, so that a matrix measured on data always has a factor.
#[must_use]
pub fn cholesky(matrix: &[f64], n: usize) -> (Vec<f64>, Option<usize>) {
    const LEAST_PIVOT: f64 = 1e-10;
    let mut lower = vec![0.0; n * n];
    let mut dependent = None;
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
            let left = matrix[i * n + j] - dot;
            lower[i * n + j] = match (i == j, left > LEAST_PIVOT) {
                (true, true) => libm::sqrt(left),
                (true, false) => {
                    dependent.get_or_insert(i);
                    0.0
                }
                (false, _) if lower[j * n + j] > 0.0 => left / lower[j * n + j],
                (false, _) => 0.0,
            };
        }
    }
    (lower, dependent)
}

/// The correlation matrix of `n` series, given as rows of one value per series; series that never move correlate
/// with nothing.
#[must_use]
pub fn measured(rows: &[f64], n: usize) -> Vec<f64> {
    let count = (rows.len() / n.max(1)) as f64;
    let mean: Vec<f64> = (0..n).map(|i| rows.iter().skip(i).step_by(n).sum::<f64>() / count).collect();
    let product =
        |i: usize, j: usize| -> f64 { rows.chunks_exact(n).map(|r| (r[i] - mean[i]) * (r[j] - mean[j])).sum() };
    let size: Vec<f64> = (0..n).map(|i| libm::sqrt(product(i, i))).collect();
    let mut matrix = identity(n);
    for i in 0..n {
        for j in (0..n).filter(|&j| j != i && size[i] > 0.0 && size[j] > 0.0) {
            matrix[i * n + j] = product(i, j) / (size[i] * size[j]);
        }
    }
    matrix
}

/// Turns independent normals into correlated ones: `z` becomes `factor z`, in place.
pub fn correlate(factor: &[f64], z: &mut [f64]) {
    let n = z.len();
    for i in (0..n).rev() {
        z[i] = (0..=i).map(|j| factor[i * n + j] * z[j]).sum();
    }
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|at| if at / n == at % n { 1.0 } else { 0.0 }).collect()
}

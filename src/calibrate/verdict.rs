//! Whether a law fits: tests of its scores, which are independent standard normals if it does.
//!
//! - Shape: the statistic of Anderson and Darling for normality with mean and variance estimated, with the p-value of
//!   D'Agostino and Stephens (1986, table 4.9). For laws that estimate more than two numbers the true p-value is smaller.
//! - Clustering: the statistic of Ljung and Box (1978) of the squared scores (`McLeod` and Li 1983) over [`LAGS`] lags,
//!   against chi-square.
//!
//! With enough bars any law is refuted, so that the verdict weighs how far, too: the largest distance between the
//! distribution functions, and the autocorrelations.

use super::special::{Tails, chi_square_above};
use super::{Fit, LAGS, Model, mean, variance};

/// Below this p-value a misfit is more than chance.
const CHANCE: f64 = 0.01;
/// A distance between distribution functions, and an autocorrelation of squares, that matter.
const MATTERS: [f64; 2] = [0.01, 0.05];

/// How well a law fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// No misfit beyond chance.
    Good,
    /// A misfit beyond chance, too small to matter.
    Fair,
    /// A misfit that matters.
    Poor,
}

/// What the tests say.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// In a word.
    pub grade: Grade,
    /// p-value of the shape.
    pub shape_p: f64,
    /// Largest distance between the distribution of the scores and the standard normal.
    pub distance: f64,
    /// p-value of the clustering.
    pub clustering_p: f64,
    /// Autocorrelation of the squared scores, lag 1 onwards.
    pub squares: Vec<f64>,
    /// Kurtosis of the scores: 3 if the law is right.
    pub kurtosis: f64,
    /// In words.
    pub words: String,
    /// The same without numbers, for a title.
    pub short: String,
}

impl Verdict {
    /// Tests a fit.
    #[must_use]
    pub fn of(model: Model, fit: &Fit) -> Self {
        let scores = &fit.scores;
        let mut sorted = scores.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let squared: Vec<f64> = scores.iter().map(|z| z * z).collect();
        let squares = autocorrelation(&squared);
        let mut verdict = Self {
            grade: Grade::Good,
            shape_p: shape_p(&sorted),
            distance: distance(&sorted),
            clustering_p: ljung_box_p(&squares, scores.len()),
            kurtosis: kurtosis(scores),
            squares,
            words: String::new(),
            short: String::new(),
        };
        let most = verdict.squares.iter().fold(0.0, |most: f64, rho| most.max(rho.abs()));
        let (shape, clustering) = (verdict.shape_p < CHANCE, verdict.clustering_p < CHANCE);
        verdict.grade = match (shape, clustering) {
            (false, false) => Grade::Good,
            _ if (shape && verdict.distance > MATTERS[0]) || (clustering && most > MATTERS[1]) => Grade::Poor,
            _ => Grade::Fair,
        };
        verdict.words = verdict.explain(model, shape, clustering);
        verdict.short = match (shape, clustering) {
            (false, false) => String::new(),
            (true, false) => verdict.extremes().to_owned(),
            (false, true) => clusters(model).to_owned(),
            (true, true) => format!("{}, and {}", verdict.extremes(), clusters(model)),
        };
        verdict
    }

    fn extremes(&self) -> &'static str {
        match self.kurtosis {
            kurtosis if kurtosis > 3.3 => "moves are more extreme than it has them",
            kurtosis if kurtosis < 2.7 => "moves are less extreme than it has them",
            _ => "moves are of another shape than it has them",
        }
    }

    fn explain(&self, model: Model, shape: bool, clustering: bool) -> String {
        let name = model.name();
        let (of_shape, of_squares) = (p_words(self.shape_p), p_words(self.clustering_p));
        if self.grade == Grade::Good {
            return format!(
                "no misfit found: the shape of the returns (Anderson-Darling {of_shape}) and the clustering of large moves \
                 (Ljung-Box of squares {of_squares}) are as {name} has them"
            );
        }
        let mut reasons = Vec::new();
        if shape {
            reasons.push(format!(
                "{} (Anderson-Darling {of_shape}; kurtosis of residuals {:.1} instead of 3; distribution \
                 functions up to {:.1} % apart)",
                self.extremes(),
                self.kurtosis,
                100.0 * self.distance
            ));
        }
        if clustering {
            let lag = (0..LAGS).max_by(|a, b| self.squares[*a].abs().total_cmp(&self.squares[*b].abs())).unwrap_or(0);
            reasons.push(format!(
                "{} (Ljung-Box of squares {of_squares}; autocorrelation {:.2} at lag {})",
                clusters(model),
                self.squares[lag],
                lag + 1
            ));
        }
        let how = if self.grade == Grade::Poor { "fits poorly" } else { "fits, but for misfits that are small" };
        format!("{name} {how}: {}", reasons.join("; "))
    }
}

/// What is wrong where squares of scores are correlated.
const fn clusters(model: Model) -> &'static str {
    match model {
        Model::Gbm | Model::Merton | Model::Kou => "large moves come in clusters that it does not have",
        Model::Heston | Model::Garch | Model::Regime => "large moves come in other clusters than it has them",
    }
}

/// `p = 0.031`, `p < 1e-10`.
fn p_words(p: f64) -> String {
    match p {
        p if p < 1e-10 => "p < 1e-10".to_owned(),
        p if p < 1e-3 => format!("p = {p:.0e}"),
        p => format!("p = {p:.3}"),
    }
}

/// Autocorrelation at lags 1 to [`LAGS`].
#[must_use]
pub fn autocorrelation(values: &[f64]) -> Vec<f64> {
    let centre = mean(values);
    let moved: Vec<f64> = values.iter().map(|x| x - centre).collect();
    let product = |lag: usize| -> f64 { moved.iter().zip(&moved[lag..]).map(|(a, b)| a * b).sum() };
    let own = product(0);
    (1..=LAGS).map(|lag| product(lag) / own).collect()
}

fn ljung_box_p(correlations: &[f64], n: usize) -> f64 {
    let n = n as f64;
    let sum: f64 = correlations.iter().enumerate().map(|(k, rho)| rho * rho / (n - (k + 1) as f64)).sum();
    chi_square_above(n * (n + 2.0) * sum, correlations.len())
}

fn kurtosis(values: &[f64]) -> f64 {
    let (centre, square) = (mean(values), variance(values));
    values.iter().map(|x| libm::pow(x - centre, 4.0)).sum::<f64>() / values.len() as f64 / (square * square)
}

/// Anderson and Darling's p-value, sorted values, mean and variance estimated.
fn shape_p(sorted: &[f64]) -> f64 {
    let n = sorted.len() as f64;
    let (centre, square) = (mean(sorted), variance(sorted) * n / (n - 1.0));
    let tails: Vec<Tails> = sorted.iter().map(|z| Tails::normal((z - centre) / libm::sqrt(square))).collect();
    let log = |p: f64| libm::log(p.max(f64::MIN_POSITIVE));
    let pairs = tails.iter().zip(tails.iter().rev()).enumerate();
    let sum: f64 = pairs.map(|(i, (low, high))| (2 * i + 1) as f64 * (log(low.below) + log(high.above))).sum();
    let a = (-n - sum / n) * (1.0 + 0.75 / n + 2.25 / (n * n));
    let polynomial = |c: [f64; 3]| c[0] + c[1] * a + c[2] * a * a;
    match a {
        a if a > 10.0 => 0.0,
        a if a >= 0.6 => libm::exp(polynomial([1.2937, -5.709, 0.0186])),
        a if a >= 0.34 => libm::exp(polynomial([0.9177, -4.279, -1.38])),
        a if a >= 0.2 => 1.0 - libm::exp(polynomial([-8.318, 42.796, -59.938])),
        _ => 1.0 - libm::exp(polynomial([-13.436, 101.14, -223.73])),
    }
}

/// The largest distance between the distribution of sorted values and the standard normal.
fn distance(sorted: &[f64]) -> f64 {
    let n = sorted.len() as f64;
    let apart = |(i, z): (usize, &f64)| {
        let below = Tails::normal(*z).below;
        (below - i as f64 / n).max((i + 1) as f64 / n - below)
    };
    sorted.iter().enumerate().map(apart).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, normal, stream};

    fn sorted(mut values: Vec<f64>) -> Vec<f64> {
        values.sort_unstable_by(f64::total_cmp);
        values
    }

    #[test]
    fn p_values_are_uniform_under_the_null() {
        let (mut shape, mut clustering) = ([0.0; 3], [0.0; 3]);
        let samples = 2_000;
        for path in 0..samples {
            let mut rng = stream(71, Purpose::Prices, path);
            let z: Vec<f64> = (0..400).map(|_| normal(&mut rng)).collect();
            let squares: Vec<f64> = z.iter().map(|z| z * z).collect();
            let found = [shape_p(&sorted(z)), ljung_box_p(&autocorrelation(&squares), 400)];
            for (at, level) in [0.01, 0.05, 0.5].into_iter().enumerate() {
                shape[at] += f64::from(u8::from(found[0] < level)) / samples as f64;
                clustering[at] += f64::from(u8::from(found[1] < level)) / samples as f64;
            }
        }
        for (found, what) in [(shape, "shape"), (clustering, "clustering")] {
            for (share, level) in found.into_iter().zip([0.01, 0.05, 0.5]) {
                // Squares of normals are skewed: their test is known to reject a little less than it says.
                let error = libm::sqrt(level * (1.0 - level) / samples as f64);
                assert!((share - level).abs() < 4.0 * error + 0.25 * level, "{what} at {level}: {share}");
            }
        }
    }
}

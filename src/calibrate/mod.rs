//! Fits a price law to recorded bars by maximum likelihood and says how well it fits. What comes out is text: a
//! `[prices]` block ready to paste, with the standard errors and the verdict beside the numbers.
//!
//! One file a law: its likelihood, the numbers of its block, and the *scores* of its fit: each bar's place in the
//! distribution that the fitted law gave it beforehand, as a standard normal. If the law is right they are independent
//! standard normals, whatever the law; [`verdict`] tests that.

pub mod block;
mod fourier;
mod garch;
mod gbm;
mod heston;
mod kou;
mod matrix;
mod merton;
mod optimise;
mod regime;
pub mod sample;
pub mod special;
pub mod verdict;

use crate::price::correlation;
use optimise::Optimum;
use sample::Sample;
use std::fmt::Display;
use std::str::FromStr;

/// Lags over which the clustering of large moves is measured.
pub const LAGS: usize = 20;

/// A law that can be fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// Geometric Brownian motion.
    Gbm,
    /// Jumps of normal size.
    Merton,
    /// Jumps of double exponential size.
    Kou,
    /// Stochastic variance.
    Heston,
    /// GARCH(1,1) with Student-t innovations.
    Garch,
    /// Regimes of a Markov chain.
    Regime,
}

/// The laws that can be fitted, by the name of their table below `[prices]`.
pub const MODELS: [(Model, &str); 6] = [
    (Model::Gbm, "gbm"),
    (Model::Merton, "merton"),
    (Model::Kou, "kou"),
    (Model::Heston, "heston"),
    (Model::Garch, "garch"),
    (Model::Regime, "regime"),
];

impl Model {
    /// The name of its table below `[prices]`.
    #[must_use]
    pub fn name(self) -> &'static str {
        MODELS.iter().find(|(model, _)| *model == self).map_or("", |(_, name)| name)
    }
}

impl FromStr for Model {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if ["bootstrap", "replay", "scripted"].contains(&text) {
            return Err(format!("{text} draws on recorded prices as they are: there is nothing to fit"));
        }
        let found = MODELS.iter().find(|(_, name)| *name == text).map(|(model, _)| *model);
        found.ok_or_else(|| {
            let names: Vec<&str> = MODELS.iter().map(|(_, name)| *name).collect();
            format!("expected one of {}", names.join(", "))
        })
    }
}

/// A number of a fitted law.
#[derive(Clone, Debug)]
pub struct Number {
    /// Its key in the block.
    pub key: String,
    /// The estimate.
    pub value: f64,
    /// Its standard error; `None` where the data do not tell.
    pub error: Option<f64>,
}

/// A law fitted to one coin.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The numbers of the law.
    pub numbers: Vec<Number>,
    /// What the maximum lacks: convergence, identification, room before a bound. Empty if nothing.
    pub flaws: Vec<String>,
    /// Log-likelihood of the coin's returns.
    pub log_likelihood: f64,
    /// Numbers estimated.
    pub parameters: usize,
    /// The bars' places in their predicted distributions, as standard normals.
    pub scores: Vec<f64>,
    /// Autocorrelation of squared returns that the fitted law implies, lag 1 onwards; `None` where it has none because
    /// the fourth moment is infinite.
    pub implied: Option<Vec<f64>>,
    /// Probability that a bar had a jump, for laws that jump.
    pub jumped: Option<Vec<f64>>,
    /// Variance per year at the end of the data, for laws in which it moves.
    pub variance_now: Option<f64>,
}

/// The returns of one coin as a likelihood sees them.
#[derive(Clone, Copy, Debug)]
struct Series<'a> {
    /// Log returns, bar by bar.
    returns: &'a [f64],
    /// Positions at which a stretch without gap begins.
    starts: &'a [usize],
    /// Years in a bar.
    years: f64,
}

/// A law fitted to all coins of a sample.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// The law.
    pub model: Model,
    /// One a coin.
    pub fits: Vec<Fit>,
    /// Correlation of the coins' shocks, row by row.
    pub correlation: Vec<f64>,
    /// The regimes, for the law that has them.
    pub chain: Option<Chain>,
    /// Jumps per year that all coins share, for laws that jump, if there are several coins.
    pub common_jumps: Option<f64>,
}

/// What the coins share in a law of regimes.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Names of the states, calm first.
    pub states: Vec<String>,
    /// Switches per year from each state to each other, row by row, with their standard errors.
    pub rates: Vec<(f64, Option<f64>)>,
    /// Probability of each state at the end of the data.
    pub now: Vec<f64>,
    /// Log-likelihood of all coins together.
    pub log_likelihood: f64,
    /// Numbers estimated, correlations included.
    pub parameters: usize,
}

/// Fits `model` to every coin of a sample; `states` is the number of regimes, for the law that has them.
///
/// # Errors
/// If the prices of a coin never move.
pub fn calibrate(sample: &Sample, model: Model, states: usize) -> Result<Calibration, String> {
    for (name, returns) in sample.coins.iter().zip(&sample.returns) {
        if scale(returns) <= 0.0 {
            return Err(format!(
                "{} does not move in more than half of its bars: use longer ones (--bar)",
                name.symbol
            ));
        }
    }
    let series = |returns| Series { returns, starts: &sample.starts, years: sample.years() };
    let all: Vec<Series<'_>> = sample.returns.iter().map(|returns| series(returns)).collect();
    let (fits, chain) = match model {
        Model::Regime => {
            let (fits, chain) = regime::fit(&all, states);
            (fits, Some(chain))
        }
        Model::Gbm => (all.iter().map(gbm::fit).collect(), None),
        Model::Merton => (all.iter().map(merton::fit).collect(), None),
        Model::Kou => (all.iter().map(kou::fit).collect(), None),
        Model::Heston => (all.iter().map(heston::fit).collect(), None),
        Model::Garch => (all.iter().map(garch::fit).collect(), None),
    };
    let jumped: Vec<&Vec<f64>> = fits.iter().filter_map(|fit: &Fit| fit.jumped.as_ref()).collect();
    let rows = (0..sample.bars()).flat_map(|bar| fits.iter().map(move |fit| fit.scores[bar]));
    let correlation = correlation::measured(&rows.collect::<Vec<f64>>(), fits.len());
    let common_jumps = (jumped.len() > 1).then(|| common_jumps(&jumped, &fits, sample));
    Ok(Calibration { model, fits, correlation, chain, common_jumps })
}

/// Jumps per year of all coins at once: the likelihood's maximum over the share of bars with a common jump, each coin's
/// own law held (EM; Dempster, Laird and Rubin 1977), coins independent but for the common jump: shocks that
/// are correlated make it too large, never too small. No more than the coin with the fewest jumps has.
fn common_jumps(jumped: &[&Vec<f64>], fits: &[Fit], sample: &Sample) -> f64 {
    let bars = sample.bars() as f64;
    let own: Vec<f64> = jumped.iter().map(|jumped| jumped.iter().sum::<f64>() / bars).collect();
    // How much likelier a bar is with a jump than without, from the probability that it had one.
    let likelier = |(jumped, own): (&&Vec<f64>, &f64), bar: usize| {
        let p = jumped[bar].clamp(1e-12, 1.0 - 1e-12);
        p / (1.0 - p) * (1.0 - own) / own
    };
    let least = own.iter().copied().fold(f64::INFINITY, f64::min);
    let mut share = 0.5 * least;
    for _ in 0..200 {
        let common = |bar: usize| {
            let (mut all, mut each) = (share, 1.0 - share);
            for pair in jumped.iter().zip(&own) {
                let alone = ((pair.1 - share) / (1.0 - share)).max(0.0);
                let likelier = likelier(pair, bar);
                all *= likelier;
                each *= 1.0 - alone + alone * likelier;
            }
            all / (all + each)
        };
        share = ((0..sample.bars()).map(common).sum::<f64>() / bars).min(least);
    }
    let rates = fits.iter().filter_map(|fit| fit.numbers.iter().find(|n| n.key == "jumps_per_year"));
    (share / sample.years()).min(rates.map(|number| number.value).fold(f64::INFINITY, f64::min))
}

/// A scale of returns that outliers do not move: the distance between the quartiles, as that of a normal.
fn scale(returns: &[f64]) -> f64 {
    let mut sorted = returns.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| sorted[(share * (sorted.len() - 1) as f64) as usize];
    (at(0.75) - at(0.25)) / 1.349
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The mean square distance from the mean.
fn variance(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|x| (x - centre) * (x - centre)).sum::<f64>() / values.len() as f64
}

/// A number of a law and how it follows from the parameters.
type Shown<'a> = (&'a str, &'a dyn Fn(&[f64]) -> f64);

/// The numbers of a block from the parameters of an optimum.
fn numbers(best: &Optimum, shown: &[Shown<'_>]) -> Vec<Number> {
    let number =
        |(key, of): &Shown<'_>| Number { key: (*key).to_owned(), value: of(&best.at), error: best.error_of(of) };
    shown.iter().map(number).collect()
}

/// What an optimum lacks, in words; `names` are those of its parameters.
fn flaws<N: Display>(best: &Optimum, names: &[N]) -> Vec<String> {
    let mut flaws = Vec::new();
    if best.covariance.is_none() {
        flaws.push(
            "the information matrix is not positive definite: the data do not tell the parameters apart".to_owned(),
        );
    } else if !best.converged {
        flaws.push("the search did not converge: do not rely on these numbers".to_owned());
    }
    for &i in &best.bound {
        flaws
            .push(format!("{} is at the bound of its search ({:.4e}) and has no standard error", names[i], best.at[i]));
    }
    flaws
}

//! A calibration as text: the `[prices]` block, with what is to be known about its numbers in comments.

use super::sample::Sample;
use super::verdict::{Grade, Verdict};
use super::{Calibration, Chain, Fit, Model, Number};
use crate::price::correlation::factor_of_written;
use crate::price::timestamp::{show, show_span};
use std::fmt::Write;

/// How the block is written.
#[derive(Clone, Copy, Debug)]
pub struct Style<'a> {
    /// What the data are called.
    pub source: &'a str,
    /// Whether the fitted drifts go into the block, or the expected price stays at the opening.
    pub keep_drift: bool,
}

/// Width of a comment.
const WIDTH: usize = 116;

/// Writes a calibration; one verdict a coin.
#[must_use]
pub fn write(sample: &Sample, calibration: &Calibration, verdicts: &[Verdict], style: Style<'_>) -> String {
    let mut text = head(sample, calibration, style);
    for ((named, fit), verdict) in sample.coins.iter().zip(&calibration.fits).zip(verdicts) {
        let likelihood = match calibration.chain {
            None => format!(": {}", likelihood(fit.log_likelihood, fit.parameters, sample.bars())),
            Some(_) => String::new(),
        };
        comment(&mut text, &format!("{} ({}){likelihood}", named.coin, named.symbol));
        for number in &fit.numbers {
            estimate(&mut text, number);
        }
        for flaw in &fit.flaws {
            comment(&mut text, &format!("  WARNING: {flaw}"));
        }
        let grade = match verdict.grade {
            Grade::Good => "Good fit",
            Grade::Fair => "Fair fit",
            Grade::Poor => "POOR FIT",
        };
        comment(&mut text, &format!("  {grade}: {}", verdict.words));
    }
    if let Some(chain) = &calibration.chain {
        describe_chain(&mut text, chain, sample.bars());
    }
    let coins: Vec<String> = sample.coins.iter().map(|named| key(&named.coin)).collect();
    let correlation = correlation_lines(calibration, &coins);
    match &calibration.chain {
        Some(chain) => regime(&mut text, calibration, chain, &coins, &correlation, style.keep_drift),
        None => law(&mut text, sample, calibration, &coins, &correlation, style.keep_drift),
    }
    text
}

fn head(sample: &Sample, calibration: &Calibration, style: Style<'_>) -> String {
    let mut text = String::new();
    let name = calibration.model.name();
    let [from, to] = sample.span_ms;
    let how = match calibration.model {
        Model::Heston => "an approximate maximum likelihood (filter of Bates)",
        _ => "maximum likelihood",
    };
    comment(&mut text, &format!("Fitted by rehypo calibrate: {name}, by {how}; estimate +- standard error."));
    let gaps = match sample.starts.len() {
        1 => String::new(),
        n => format!(", in {n} stretches without gap"),
    };
    let bar = show_span(libm::round(sample.bar_seconds * 1e3) as i64);
    comment(
        &mut text,
        &format!("Data: {}, {} bars of {bar} from {} to {}{gaps}.", style.source, sample.bars(), show(from), show(to)),
    );
    if !style.keep_drift {
        comment(&mut text, "Fitted drifts are not written into the block: the expected price stays at the opening.");
    }
    text
}

fn likelihood(log_likelihood: f64, parameters: usize, bars: usize) -> String {
    let (k, n) = (parameters as f64, bars as f64);
    format!(
        "log-likelihood {log_likelihood:.2}, AIC {:.2}, BIC {:.2} ({parameters} numbers)",
        2.0 * (k - log_likelihood),
        k * libm::log(n) - 2.0 * log_likelihood
    )
}

fn estimate(text: &mut String, Number { key, value, error }: &Number) {
    let error =
        error.map_or("no standard error".to_owned(), |error| format!("+- {}", round(error, 2).trim_end_matches(".0")));
    comment(text, &format!("  {key:<28} {} {error}", round(*value, 6)));
}

fn describe_chain(text: &mut String, chain: &Chain, bars: usize) {
    let joint = likelihood(chain.log_likelihood, chain.parameters, bars);
    comment(text, &format!("States, shared by all coins: {joint}"));
    let n = chain.states.len();
    for (at, (value, error)) in chain.rates.iter().enumerate() {
        let (from, to) = switch(at, n);
        let key = format!("{} to {}, per year", chain.states[from], chain.states[to]);
        estimate(text, &Number { key, value: *value, error: *error });
    }
    let now: Vec<String> =
        chain.states.iter().zip(&chain.now).map(|(s, p)| format!("{s} {:.0} %", 100.0 * p)).collect();
    comment(text, &format!("  Probabilities at the end of the data: {}", now.join(", ")));
}

/// The states that a rate is between.
fn switch(at: usize, states: usize) -> (usize, usize) {
    let (from, rank) = (at / (states - 1), at % (states - 1));
    (from, rank + usize::from(rank >= from))
}

fn law(
    text: &mut String,
    sample: &Sample,
    calibration: &Calibration,
    coins: &[String],
    correlation: &str,
    keep_drift: bool,
) {
    let fits = &calibration.fits;
    if fits.iter().any(|fit| fit.variance_now.is_some()) {
        let now = |fit: &Fit| fit.variance_now.map_or(f64::NAN, libm::sqrt);
        let now = table("initial_volatility_per_year", coins, fits.iter().map(now));
        comment(text, &format!("To open in the state at the end of the data, add: {now}"));
    }
    if calibration.common_jumps.is_some() {
        comment(
            text,
            "common_jumps_per_year is an upper estimate: large shocks that are correlated count as common jumps.",
        );
    }
    if calibration.model == Model::Heston && fits.len() > 1 {
        comment(
            text,
            "Shocks of the coins' variances besides those they share with the prices are taken as independent.",
        );
    }
    writeln!(text, "[prices.{}]", calibration.model.name()).expect("a string");
    if calibration.model == Model::Garch {
        writeln!(text, "bar = \"{}\"", show_span(libm::round(sample.bar_seconds * 1e3) as i64)).expect("a string");
    }
    for (at, number) in fits[0].numbers.iter().enumerate() {
        if number.key != "drift_per_year" || keep_drift {
            writeln!(text, "{}", table(&number.key, coins, fits.iter().map(|fit| fit.numbers[at].value)))
                .expect("a string");
        }
    }
    if let Some(common) = calibration.common_jumps {
        let own = fits.iter().flat_map(|fit| fit.numbers.iter().filter(|n| n.key == "jumps_per_year"));
        let least = own.map(|n| rounded(n.value, 6)).fold(f64::INFINITY, f64::min);
        writeln!(text, "common_jumps_per_year = {:?}", rounded(common, 6).min(least)).expect("a string");
    }
    text.push_str(correlation);
}

fn regime(
    text: &mut String,
    calibration: &Calibration,
    chain: &Chain,
    coins: &[String],
    correlation: &str,
    keep_drift: bool,
) {
    writeln!(text, "[prices.regime]\n{correlation}").expect("a string");
    for (at, state) in chain.states.iter().enumerate() {
        let values =
            |of: usize| table_of(coins, calibration.fits.iter().map(move |fit| fit.numbers[2 * at + of].value));
        writeln!(text, "[[prices.regime.states]]\nname = \"{state}\"\nvolatility_per_year = {}", values(0))
            .expect("a string");
        if keep_drift {
            writeln!(text, "drift_per_year = {}", values(1)).expect("a string");
        }
        let n = chain.states.len();
        let leaving = (0..chain.rates.len()).filter(|rate| switch(*rate, n).0 == at);
        let rates: Vec<String> = leaving
            .map(|rate| format!("{} = {}", chain.states[switch(rate, n).1], round(chain.rates[rate].0, 6)))
            .collect();
        writeln!(text, "switches_per_year = {{ {} }}\n", rates.join(", ")).expect("a string");
    }
    text.pop();
}

/// `correlation = [...]` of several coins, positive definite as written; nothing for one.
fn correlation_lines(calibration: &Calibration, coins: &[String]) -> String {
    let n = coins.len();
    if n < 2 {
        return String::new();
    }
    let names: Vec<&str> = coins.iter().map(String::as_str).collect();
    let written = |shrink: f64| -> Vec<Vec<f64>> {
        let entry = |at: usize| match (at / n, at % n) {
            (i, j) if i == j => 1.0,
            (i, j) => libm::round(1e4 * shrink * calibration.correlation[i.max(j) * n + i.min(j)]) / 1e4,
        };
        (0..n).map(|i| (0..n).map(|j| entry(i * n + j)).collect()).collect()
    };
    // Coins that move as one, to the fourth decimal, would leave no positive definite matrix.
    let rows =
        [1.0, 0.9999, 0.999, 0.99, 0.9].map(written).into_iter().find(|rows| factor_of_written(rows, &names).is_ok());
    let rows = rows.expect("a tenth off the diagonal is enough for any correlation matrix");
    let rows: Vec<String> = rows.iter().map(|row| format!("  {row:?},\n")).collect();
    format!("correlation = [\n{}]\n", rows.concat())
}

fn table(key: &str, coins: &[String], values: impl Iterator<Item = f64>) -> String {
    format!("{key} = {}", table_of(coins, values))
}

fn table_of(coins: &[String], values: impl Iterator<Item = f64>) -> String {
    let cells: Vec<String> =
        coins.iter().zip(values).map(|(coin, value)| format!("{coin} = {}", round(value, 6))).collect();
    format!("{{ {} }}", cells.join(", "))
}

/// A coin as TOML writes keys.
fn key(coin: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if coin.chars().all(bare) { coin.to_owned() } else { format!("{coin:?}") }
}

fn round(value: f64, digits: usize) -> String {
    format!("{:?}", rounded(value, digits))
}

/// To so many significant digits.
fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

/// A comment, broken at blanks where it is too long; further lines are indented as the first and two more.
fn comment(text: &mut String, words: &str) {
    let indent = words.len() - words.trim_start().len();
    let mut line = format!("# {}", " ".repeat(indent));
    let mut empty = true;
    let mut blanks = 0;
    for word in words.trim_start().split(' ') {
        if word.is_empty() {
            blanks += 1;
            continue;
        }
        if !empty && line.chars().count() + 1 + blanks + word.chars().count() > WIDTH {
            writeln!(text, "{line}").expect("a string");
            line = format!("# {}{word}", " ".repeat(indent + 2));
        } else {
            if !empty {
                line.push_str(&" ".repeat(blanks + 1));
            }
            line.push_str(word);
        }
        (empty, blanks) = (false, 0);
    }
    writeln!(text, "{line}").expect("a string");
}

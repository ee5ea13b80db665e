//! How well a fitted law fits: for each coin the quantiles of its residuals against those that the law predicts, and
//! the autocorrelation of squares, of returns and of what the law leaves of them.
//!
//! The one chart that is not of a run: it is drawn from a calibration in memory, before anything is on disk.

use super::axis::Axis;
use super::figure::{Figure, Rect};
use super::number::{Unit, count, span};
use super::page::{Key, Page};
use super::panel::Panel;
use super::theme::{AXIS, BANDS, FULL, NOMINAL, WORST};
use crate::calibrate::sample::Sample;
use crate::calibrate::special::{Tails, beta_quantile};
use crate::calibrate::verdict::{Grade, Verdict, autocorrelation};
use crate::calibrate::{Calibration, Fit, LAGS};
use crate::price::timestamp::show_day;
use crate::random::inverse_normal;

/// Height of a coin's panels.
const ROW: f64 = 330.0;
/// Most dots of a coin: beyond these, only the tails are shown one by one.
const DOTS: usize = 400;

/// Draws the goodness of fit of every coin.
#[must_use]
pub fn draw(sample: &Sample, calibration: &Calibration, verdicts: &[Verdict], source: &str) -> Figure {
    let coins = sample.coins.len() as f64;
    let footer = format!("rehypo calibrate · {source}");
    let title = title(sample, calibration, verdicts);
    let mut page = Page::new(190.0 + ROW * coins, &title, &subtitle(sample), &footer);
    let mut legend = vec![
        (Key::Dot(FULL), "Bars"),
        (Key::Patch(BANDS[1]), "95 % band if the law is right"),
        (Key::Patch(NOMINAL), "Squared returns"),
        (Key::Patch(FULL), "Squared residuals"),
    ];
    if calibration.fits.iter().any(|fit| fit.implied.is_some()) {
        legend.push((Key::Dashes(WORST), "Squared returns as the law implies"));
    }
    page.legend(&legend);
    let rows = page.body.grid(1, sample.coins.len(), 14.0);
    for (coin, row) in rows.into_iter().enumerate() {
        let halves = row.grid(2, 1, 22.0);
        let name = &sample.coins[coin].coin;
        quantiles(&mut page.figure, halves[0], name, &calibration.fits[coin].scores);
        squares(&mut page.figure, halves[1], &calibration.fits[coin], &verdicts[coin], &sample.returns[coin]);
    }
    page.figure
}

fn title(sample: &Sample, calibration: &Calibration, verdicts: &[Verdict]) -> String {
    let law = calibration.model.name();
    let of = |grade: Grade| -> Vec<&str> {
        let pairs = sample.coins.iter().zip(verdicts);
        pairs.filter(|(_, verdict)| verdict.grade == grade).map(|(named, _)| named.coin.as_str()).collect()
    };
    let (poor, fair, good) = (of(Grade::Poor), of(Grade::Fair), of(Grade::Good));
    if let ([coin], [verdict]) = (sample.coins.as_slice(), verdicts) {
        let coin = &coin.coin;
        return match verdict.grade {
            Grade::Poor => format!("{law} fits {coin} poorly: {}", verdict.short),
            Grade::Fair => format!("{law} fits {coin} but for a small misfit: {}", verdict.short),
            Grade::Good => format!("{law} fits {coin}: no misfit in shape or clustering"),
        };
    }
    let parts = [(poor, "poorly"), (fair, "but for small misfits"), (good, "without visible misfit")];
    let filled = parts.into_iter().filter(|(coins, _)| !coins.is_empty());
    let words: Vec<String> = filled.map(|(coins, how)| format!("{} {how}", coins.join(", "))).collect();
    format!("{law} fits {}", words.join("; "))
}

fn subtitle(sample: &Sample) -> String {
    let [from, to] = sample.span_ms;
    format!(
        "{} bars of {} from {} to {}. Residuals are the bars' places in the distributions that the law gave them \
         beforehand, as standard normals. Left: sorted, against the normal; outside the band the law is wrong about how \
         large moves are. Right: outside the band, about when they come.",
        count(sample.bars() as f64),
        span(sample.bar_seconds),
        show_day(from),
        show_day(to - 1),
    )
}

/// Sorted residuals against normal quantiles, with the band that each order statistic stays in 95 times of 100.
fn quantiles(figure: &mut Figure, outer: Rect, coin: &str, scores: &[f64]) {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len();
    let expected = |at: usize| inverse_normal((at as f64 + 0.5) / n as f64);
    let edge = |at: usize, p: f64| inverse_normal(beta_quantile((at + 1) as f64, (n - at) as f64, p));
    let shown = shown(n);
    let xs: Vec<f64> = shown.iter().map(|at| expected(*at)).collect();
    let low: Vec<f64> = shown.iter().map(|at| edge(*at, 0.025)).collect();
    let high: Vec<f64> = shown.iter().map(|at| edge(*at, 0.975)).collect();
    let widest = -1.08 * expected(0);
    let tallest = sorted[n - 1].max(-sorted[0]).max(high[high.len() - 1]).max(-low[0]) * 1.05;
    let (x, y) = (Axis::linear((-widest, widest), Unit::Plain, 6), Axis::linear((-tallest, tallest), Unit::Plain, 6));
    let panel =
        Panel::new(outer, x, y).heading(coin).titles("Expected of a standard normal", "Residuals, sorted").gutter(40.0);
    panel.draw(figure);
    panel.band(figure, &xs, &low, &high, BANDS[1]);
    panel.line(figure, &[-widest, widest], &[-widest, widest], AXIS, 1.0);
    for (at, x) in shown.iter().zip(&xs) {
        figure.dot(panel.at(*x, sorted[*at]), 2.2, FULL);
    }
}

/// Which of `n` sorted values are drawn: all of the tails, the middle thinned out.
fn shown(n: usize) -> Vec<usize> {
    if n <= DOTS {
        return (0..n).collect();
    }
    let tail = DOTS / 8;
    let middle = DOTS - 2 * tail;
    let spread = |i: usize| {
        // Even in the normal quantile, so that dots are as far apart on the page.
        let ends = [tail, n - 1 - tail].map(|at| inverse_normal((at as f64 + 0.5) / n as f64));
        let z = ends[0] + (ends[1] - ends[0]) * i as f64 / (middle - 1) as f64;
        ((Tails::normal(z).below * n as f64) as usize).clamp(tail, n - 1 - tail)
    };
    let mut shown: Vec<usize> = (0..tail).chain((0..middle).map(spread)).chain(n - tail..n).collect();
    shown.dedup();
    shown
}

/// Autocorrelation of squared returns and residuals by lag.
fn squares(figure: &mut Figure, outer: Rect, fit: &Fit, verdict: &Verdict, returns: &[f64]) {
    let moved: Vec<f64> = returns.iter().map(|x| x * x).collect();
    let of_returns = autocorrelation(&moved);
    let edge = 1.96 / libm::sqrt(returns.len() as f64);
    let lags: Vec<f64> = (1..=LAGS).map(|lag| lag as f64).collect();
    let implied = fit.implied.as_deref().unwrap_or_default();
    let all = of_returns.iter().chain(&verdict.squares).chain(implied);
    let top = all.clone().copied().fold(2.0 * edge, f64::max) * 1.1;
    let bottom = all.copied().fold(-1.5 * edge, f64::min) * 1.1;
    let x = Axis::linear((0.0, LAGS as f64 + 0.7), Unit::Count, 6);
    let title = if fit.implied.is_some() {
        "Autocorrelation of squares"
    } else {
        "Autocorrelation of squares (the law has no fourth moment)"
    };
    let panel =
        Panel::new(outer, x, Axis::linear((bottom, top), Unit::Plain, 5)).titles("Lag, bars", title).gutter(44.0);
    panel.draw(figure);
    let ends = [0.0, LAGS as f64 + 0.7];
    panel.band(figure, &ends, &[-edge; 2], &[edge; 2], BANDS[1]);
    panel.line(figure, &ends, &[0.0; 2], AXIS, 1.0);
    for (lag, (a, b)) in lags.iter().zip(of_returns.iter().zip(&verdict.squares)) {
        panel.bar(figure, (lag - 0.34, 0.0), (lag - 0.02, *a), NOMINAL);
        panel.bar(figure, (lag + 0.02, 0.0), (lag + 0.34, *b), FULL);
    }
    if let Some(implied) = &fit.implied {
        panel.dashes(figure, &lags, implied, WORST, 2.0);
    }
}

//! How far tokens trade below par: bands over paths, one panel a token, with the worst paths.

use super::error::ChartError;
use super::fan::{self, Fan, MOST_PANELS};
use super::figure::Figure;
use super::number::{Unit, percent};
use super::page::HEIGHT;
use super::run::RunDir;
use super::track::{Bands, Track, bands, worst_tracks};

/// Draws the chart.
pub(super) fn draw(run: &RunDir) -> Result<Figure, ChartError> {
    if run.bands()?.rows() == 0 {
        return Ok(run.nothing_in("bands"));
    }
    let tracks = worst_tracks(run, "token_discount")?;
    let mut fans: Vec<Fan> = bands(run, "token_discount")?.into_iter().map(|b| fan_of(b, &tracks)).collect();
    if fans.is_empty() {
        let words = "No venue of this scenario issues a token.";
        return Ok(run.page(HEIGHT, "There is no token to discount", "").say(words));
    }
    if fans.iter().all(|fan| fan.extent().is_none_or(|range| range == (0.0, 0.0))) {
        let words = "Every token trades at par on every path kept, at every step.";
        return Ok(run.page(HEIGHT, "No token ever leaves par", "").say(words));
    }
    fans.sort_by(|a, b| lowest(a).total_cmp(&lowest(b)));
    let hidden = fans.len().saturating_sub(MOST_PANELS);
    fans.truncate(MOST_PANELS);
    let (rows, _) = fan::layout(fans.len());
    let definition = format!("Discount: market price of the token over par, less one. {}", fan::definition(run));
    let hidden = if hidden > 0 { format!(" {hidden} more tokens not shown.") } else { String::new() };
    let mut page = run.page(fan::page_height(rows), &title(&fans[0]), &format!("{definition}{hidden}"));
    fan::legend(&mut page, &fans);
    fan::draw(&mut page, &fans);
    Ok(page.figure)
}

fn fan_of(bands: Bands, tracks: &[Track]) -> Fan {
    let mut fan = Fan::new(bands, tracks, Unit::Share);
    fan.heading = fan.heading.to_uppercase();
    "discount to par".clone_into(&mut fan.y_title);
    fan.include = vec![0.0];
    fan
}

/// Lowest value of any quantile or worst path.
fn lowest(fan: &Fan) -> f64 {
    fan.extent().map_or(0.0, |(low, _)| low)
}

fn title(fan: &Fan) -> String {
    let low = |range: Option<(f64, f64)>| range.map_or(0.0, |(low, _)| -low.min(0.0));
    let (often, seldom) = (low(fan.bands.extent_of(1)), low(fan.bands.extent_of(0)));
    let worst = fan.worst.first().map(|track| low(super::axis::extent(track.values.iter().copied())));
    let rare =
        if often > 0.0 { (often, "1\u{a0}path\u{a0}of\u{a0}20") } else { (seldom, "1\u{a0}path\u{a0}of\u{a0}100") };
    let token = &fan.heading;
    let usual = if rare.0 > 0.0 {
        format!("{token} trades at least {} below par in {}", percent(rare.0), rare.1)
    } else {
        format!("{token} is at par in 99 paths of 100 at any time")
    };
    match worst {
        None => usual,
        Some(worst) if worst > 0.0 => format!("{usual}; {} below on the owners' worst path", percent(worst)),
        Some(_) => format!("{usual}; at par on the owners' worst path"),
    }
}

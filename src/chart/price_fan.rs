//! Prices of coins: bands over paths, one panel a coin, with the paths that were worst for the owners.

use super::axis::extent;
use super::error::ChartError;
use super::fan::{self, Fan, MOST_PANELS};
use super::figure::Figure;
use super::number::{Unit, percent};
use super::run::RunDir;
use super::track::{Bands, bands, worst_tracks};

/// A coin that moves less than this, even on its worst path, is taken for a stablecoin at its peg.
const STILL: f64 = 0.002;

/// Draws the chart.
pub(super) fn draw(run: &RunDir) -> Result<Figure, ChartError> {
    if run.bands()?.rows() == 0 {
        return Ok(run.nothing_in("bands"));
    }
    let tracks = worst_tracks(run, "spot_price_usd")?;
    let all: Vec<Fan> = bands(run, "spot_price_usd")?.into_iter().map(|b| fan_of(b, &tracks)).collect();
    let mut fans: Vec<Fan> = all.iter().filter(|fan| moves(fan)).cloned().collect();
    let still = all.len() - fans.len();
    let hidden = fans.len().saturating_sub(MOST_PANELS);
    fans.truncate(MOST_PANELS);
    let Some(first) = fans.first() else {
        let title = "No price moves in this scenario";
        return Ok(run.page(540.0, title, "").say("Every coin stays within 0.2 % of its opening price on every path."));
    };
    let (rows, _) = fan::layout(fans.len());
    let mut page = run.page(fan::page_height(rows), &title(run, first), &subtitle(run, &fans, still, hidden));
    fan::legend(&mut page, &fans);
    fan::draw(&mut page, &fans);
    Ok(page.figure)
}

fn fan_of(bands: Bands, tracks: &[super::track::Track]) -> Fan {
    let mut fan = Fan::new(bands, tracks, Unit::Price);
    fan.heading = fan.heading.to_uppercase();
    "USD".clone_into(&mut fan.y_title);
    fan
}

fn moves(fan: &Fan) -> bool {
    fan.extent().is_some_and(|(low, high)| high - low > STILL * fan.bands.start().abs())
}

fn title(run: &RunDir, fan: &Fan) -> String {
    let (coin, horizon) = (&fan.heading, run.horizon());
    let change = fan.bands.end(1) / fan.bands.start() - 1.0;
    let words = if change < 0.0 {
        format!("{coin} loses at least {} over {horizon} in 1\u{a0}path\u{a0}of\u{a0}20", percent(-change))
    } else {
        format!("{coin} ends above its opening price in 19 paths of 20")
    };
    let Some(track) = fan.worst.first() else { return words };
    let opening = track.values.first().copied().unwrap_or(f64::NAN);
    let (low, high) = extent(track.values.iter().map(|value| value / opening - 1.0)).unwrap_or((0.0, 0.0));
    let (verb, most) = if -low >= high { ("falls", -low) } else { ("rises", high) };
    format!("{words}; on the owners' worst path it {verb} by up to {}", percent(most))
}

fn subtitle(run: &RunDir, fans: &[Fan], still: usize, hidden: usize) -> String {
    let bands = fan::definition(run);
    let mut parts = vec!["Spot price of each coin with everybody's sales in it.", &bands];
    if fans.iter().any(|fan| !fan.worst.is_empty()) {
        parts.push("Worst: the largest loss of all owners together.");
    }
    let stable = format!("{still} stable {} not shown.", if still == 1 { "coin" } else { "coins" });
    if still > 0 {
        parts.push(&stable);
    }
    let more = format!("{hidden} more coins not shown.");
    if hidden > 0 {
        parts.push(&more);
    }
    parts.join(" ")
}

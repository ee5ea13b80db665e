//! The worst path step by step, around its peak: prices above, what was closed by force below, with the same path
//! without feedback beside it.

use super::axis::{Axis, extent, padded};
use super::error::ChartError;
use super::figure::{Anchor, Figure, Rect, Type};
use super::number::{Unit, percent, span, usd};
use super::page::{HEIGHT, Key};
use super::panel::{Panel, labels_margin};
use super::run::RunDir;
use super::theme::{CATEGORIES, Colour, FULL, GREY, NO_FEEDBACK};
use super::track::{Track, worst_tracks};

/// Lines that can be told apart.
const MOST_LINES: usize = 6;
/// An asset that stays within this share of its opening price in the window is left out.
const STILL: f64 = 0.002;
/// Shares of the notional that the window may hold, the first that fits.
const SHARES: [f64; 3] = [0.75, 0.5, 0.3];
/// Longest window before room is added, hours.
const LONGEST: f64 = 8.0;
/// Ratio of the highest to the lowest price from which on their axis is logarithmic.
const WIDE: f64 = 2.5;

/// Forced closes of the worst path.
struct Closes {
    full: Track,
    no_feedback: Option<Track>,
    /// Hours that are shown.
    window: (f64, f64),
    /// Hours in a step.
    step: f64,
}

/// A price relative to its opening.
struct Price {
    name: String,
    hours: Vec<f64>,
    shares: Vec<f64>,
    /// The same without feedback.
    no_feedback: Vec<f64>,
    colour: Colour,
}

/// Draws the chart.
pub(super) fn draw(run: &RunDir) -> Result<Figure, ChartError> {
    let Some(closes) = closes(run)? else {
        let note = "This run kept no worst path: set run.worst_paths to 1 or more and run it again.";
        return Ok(run.page(HEIGHT, "No worst path was kept", "").say(note));
    };
    let prices = prices(run, &closes)?;
    let mut page = run.page(HEIGHT + 60.0, &title(&closes), &subtitle(&closes, &prices));
    let mut legend = vec![(Key::Patch(FULL), "Forced closes, as configured")];
    if closes.no_feedback.is_some() {
        legend.push((Key::Patch(NO_FEEDBACK), "Forced closes, no feedback"));
        if !prices.is_empty() {
            legend.push((Key::Line(GREY), "Price, as configured"));
            legend.push((Key::Dashes(GREY), "Price, no feedback"));
        }
    }
    page.legend(&legend);
    let labels = prices.iter().map(|price| price.name.as_str());
    let margin = labels_margin(labels).max(30.0);
    let cut = page.body.top + 0.56 * page.body.height();
    let above = Rect { bottom: cut - 8.0, ..page.body };
    let below = Rect { top: cut + 8.0, ..page.body };
    let (above, below) = (price_panel(above, &closes, &prices), close_panel(below, &closes));
    let gutter = above.needs_gutter().max(below.needs_gutter());
    draw_prices(&mut page.figure, &above.gutter(gutter).margin(margin), &prices);
    draw_closes(&mut page.figure, &below.gutter(gutter).margin(margin), &closes);
    Ok(page.figure)
}

fn closes(run: &RunDir) -> Result<Option<Closes>, ChartError> {
    let tracks = worst_tracks(run, "liquidated_usd")?;
    let worst = tracks.iter().filter(|track| track.world == "full").min_by_key(|track| track.rank);
    let Some(full) = worst.cloned() else { return Ok(None) };
    let no_feedback = tracks.into_iter().find(|t| t.world == "no_feedback" && t.path == full.path);
    let step = full.hours.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let step = if step.is_finite() { step } else { 1.0 };
    Ok(Some(Closes { window: window(&full, step), full, no_feedback, step }))
}

/// The shortest time in which most of the notional was closed, with room on both sides; where that takes long, the
/// shortest that holds less of it, or the hours around the peak. All hours if nothing was closed.
fn window(track: &Track, step: f64) -> (f64, f64) {
    let all = extent(track.hours.iter().copied()).unwrap_or((0.0, 1.0));
    if total(track) <= 0.0 {
        return all;
    }
    let stretch = |share: f64| shortest(&track.values, share).map(|(a, b)| (track.hours[a], track.hours[b]));
    let short = SHARES.into_iter().filter_map(stretch).find(|(low, high)| high - low <= LONGEST);
    let peak = track.hours[peak(track)];
    let (low, high) = short.unwrap_or((peak - LONGEST / 2.0, peak + LONGEST / 2.0));
    let pad = (0.25 * (high - low)).max(12.0 * step);
    let snapped = |hours: f64| (hours / step).round() * step;
    (snapped(low - pad).max(all.0) - step / 2.0, snapped(high + pad).min(all.1) + step / 2.0)
}

/// The shortest stretch that holds this share of the sum of values that are not negative.
fn shortest(values: &[f64], share: f64) -> Option<(usize, usize)> {
    let target = share * values.iter().fold(0.0, |sum, value| sum + value.max(0.0));
    let (mut first, mut sum) = (0, 0.0);
    let mut best: Option<(usize, usize)> = None;
    for (last, value) in values.iter().enumerate() {
        sum += value.max(0.0);
        while first < last && sum - values[first].max(0.0) >= target {
            sum -= values[first].max(0.0);
            first += 1;
        }
        if target > 0.0 && sum >= target && best.is_none_or(|(a, b)| last - first < b - a) {
            best = Some((first, last));
        }
    }
    best
}

fn total(track: &Track) -> f64 {
    track.values.iter().filter(|value| value.is_finite()).fold(0.0, |sum, value| sum + value)
}

fn peak(track: &Track) -> usize {
    (0..track.values.len()).max_by(|a, b| track.values[*a].total_cmp(&track.values[*b]).then(b.cmp(a))).unwrap_or(0)
}

/// Marks of the contracts, coins without a contract, and tokens, as far as they move; those that move most first.
fn prices(run: &RunDir, closes: &Closes) -> Result<Vec<Price>, ChartError> {
    let mut found: Vec<Price> = Vec::new();
    for series in ["mark_price_usd", "spot_price_usd", "token_price_usd"] {
        let tracks = worst_tracks(run, series)?;
        for track in tracks.iter().filter(|t| t.world == "full" && t.path == closes.full.path) {
            let name = track.entity.to_uppercase();
            let listed = series == "spot_price_usd" && found.iter().any(|p| p.name.starts_with(&format!("{name}-")));
            let twin = |t: &&Track| t.world == "no_feedback" && t.path == track.path && t.entity == track.entity;
            let no_feedback = tracks.iter().find(twin).map(shares).unwrap_or_default();
            let price = Price { name, hours: track.hours.clone(), shares: shares(track), no_feedback, colour: FULL };
            if !listed && range_of(&price, closes.window).is_some_and(|(low, high)| high - low > STILL) {
                found.push(price);
            }
        }
    }
    let distance = |price: &Price| move_of(price, closes.window).abs();
    found.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
    found.truncate(MOST_LINES);
    for (price, colour) in found.iter_mut().zip(CATEGORIES) {
        price.colour = colour;
    }
    Ok(found)
}

fn shares(track: &Track) -> Vec<f64> {
    let opening = track.values.first().copied().unwrap_or(f64::NAN);
    track.values.iter().map(|value| value / opening).collect()
}

/// Smallest and largest share of the opening price within the window.
fn range_of(price: &Price, window: (f64, f64)) -> Option<(f64, f64)> {
    let inside = price.hours.iter().zip(&price.shares).filter(|(hour, _)| **hour >= window.0 && **hour <= window.1);
    extent(inside.map(|(_, share)| *share))
}

/// The furthest that a price is from its opening within the window, as a share of it.
fn move_of(price: &Price, window: (f64, f64)) -> f64 {
    let (low, high) = range_of(price, window).unwrap_or((1.0, 1.0));
    if 1.0 - low >= high - 1.0 { low - 1.0 } else { high - 1.0 }
}

fn price_panel(outer: Rect, closes: &Closes, prices: &[Price]) -> Panel {
    let inside = |price: &Price| {
        let shown = price.shares.iter().chain(&price.no_feedback);
        let hours = price.hours.iter().chain(&price.hours);
        let kept = hours.zip(shown).filter(|(hour, _)| **hour >= closes.window.0 && **hour <= closes.window.1);
        kept.map(|(_, share)| *share).collect::<Vec<f64>>()
    };
    let range = extent(prices.iter().flat_map(inside)).unwrap_or((0.99, 1.01));
    let mut x = Axis::clock(closes.window);
    x.ticks.clear();
    let y = if range.0 > 0.0 && range.1 / range.0 > WIDE {
        Axis::logarithmic((range.0 / 1.04, range.1 * 1.04), Unit::Share)
    } else {
        Axis::linear(padded(range, 0.05), Unit::Share, 6)
    };
    Panel::new(outer, x, y).heading("Prices").titles("", "% of the price at the start of the path")
}

fn close_panel(outer: Rect, closes: &Closes) -> Panel {
    let both = closes.full.values.iter().chain(closes.no_feedback.iter().flat_map(|track| &track.values));
    let top = extent(both.copied()).map_or(0.0, |(_, high)| high);
    let x = Axis::clock(closes.window);
    let y = Axis::linear((0.0, top * 1.06), Unit::Usd, 4);
    let step = span(closes.step * 3600.0);
    let y_title = format!("notional closed per step of {step}");
    Panel::new(outer, x, y).heading("Forced closes").titles("Time on the path", &y_title)
}

fn draw_prices(figure: &mut Figure, panel: &Panel, prices: &[Price]) {
    panel.draw(figure);
    let mut labels = Vec::new();
    for price in prices.iter().rev() {
        panel.dashes(figure, &price.hours, &price.no_feedback, price.colour, 1.1);
        panel.line(figure, &price.hours, &price.shares, price.colour, 1.7);
        let last = price.hours.iter().rposition(|hour| panel.x.contains(*hour));
        let end = last.map_or(f64::NAN, |i| price.shares[i]);
        labels.push((price.name.clone(), end, price.colour));
    }
    panel.labels_right(figure, &labels);
    if prices.is_empty() {
        note(figure, panel, "No price moves in these hours.");
    }
}

fn draw_closes(figure: &mut Figure, panel: &Panel, closes: &Closes) {
    panel.draw(figure);
    if total(&closes.full) <= 0.0 {
        note(figure, panel, "Nothing is closed by force on this path.");
    }
    let plot = panel.plot();
    let width = plot.width() * closes.step / (panel.x.high - panel.x.low);
    let half = closes.step * if width > 4.0 { 0.42 } else { 0.5 };
    bars(figure, panel, &closes.full, half, FULL);
    if let Some(track) = &closes.no_feedback {
        bars(figure, panel, track, half * 0.5, NO_FEEDBACK);
    }
}

fn bars(figure: &mut Figure, panel: &Panel, track: &Track, half: f64, colour: Colour) {
    for (hour, value) in track.hours.iter().zip(&track.values) {
        if *value > 0.0 && panel.x.contains(*hour) {
            panel.bar(figure, (hour - half, 0.0), (hour + half, *value), colour);
        }
    }
}

fn note(figure: &mut Figure, panel: &Panel, words: &str) {
    let plot = panel.plot();
    let centre = (f64::midpoint(plot.left, plot.right), f64::midpoint(plot.top, plot.bottom));
    figure.text(words, centre, Type::new(14.0, GREY).anchored(Anchor::Centre));
}

fn title(closes: &Closes) -> String {
    let all = total(&closes.full);
    if all <= 0.0 {
        return "Even on the worst path nothing is closed by force".to_owned();
    }
    let peak = closes.full.values[peak(&closes.full)];
    let part = if usd(peak) == usd(all) { "all".to_owned() } else { usd(peak) };
    let peak = format!("{part} of it within {}", span(closes.step * 3600.0));
    let without = closes.no_feedback.as_ref().map(|track| format!("; without feedback {}", usd(total(track))));
    format!("On the worst path {} is closed by force, {peak}{}", usd(all), without.unwrap_or_default())
}

fn subtitle(closes: &Closes, prices: &[Price]) -> String {
    let (all, (from, to)) = (total(&closes.full), closes.window);
    let times = closes.full.hours.iter().zip(&closes.full.values);
    let shown = times.filter(|(hour, _)| **hour >= from && **hour <= to).fold(0.0, |sum, (_, usd)| sum + usd);
    let around = format!("; the hours around the peak, with {} of its forced closes", percent(shown / all));
    let around = if all > 0.0 { around.as_str() } else { "" };
    let furthest = prices.first().map(|price| (&price.name, move_of(price, closes.window)));
    let down = furthest.map(|(name, change)| {
        let side = if change < 0.0 { "below" } else { "above" };
        format!(", in which {name} is up to {} {side} its opening price", percent(change.abs()))
    });
    let no_feedback =
        closes.no_feedback.as_ref().map(|_| " No feedback: the same path, but forced sales move no price.");
    let parts = [around, down.as_deref().unwrap_or_default(), ".", no_feedback.unwrap_or_default()];
    format!("Path {}, the largest loss of all owners together{}", closes.full.path, parts.concat())
}

#[cfg(test)]
mod tests {
    use super::shortest;

    #[test]
    fn the_window_is_the_shortest_that_holds_most() {
        assert_eq!(shortest(&[3.0, 0.0, 0.0, 0.0, 4.0, 5.0, 1.0, 0.0], 0.69), Some((4, 5)));
        assert_eq!(shortest(&[3.0, 0.0, 0.0, 0.0, 4.0, 5.0, 1.0, 0.0], 0.75), Some((4, 6)));
        assert_eq!(shortest(&[1.0, 0.0, 1.0], 1.0), Some((0, 2)));
        assert_eq!(shortest(&[0.0, 0.0], 0.75), None);
    }
}

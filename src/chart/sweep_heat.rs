//! A metric over the two axes of a sweep: a heat map of its mean, with the value in each cell where it can be read.

use super::axis::{Axis, extent};
use super::error::ChartError;
use super::figure::{Anchor, Figure, Rect, Type};
use super::label::{Label, label};
use super::number::count;
use super::page::HEIGHT;
use super::panel::Panel;
use super::sweep::{Sweep, SweptKey};
use super::theme::{Colour, GREY, INK, LABEL_SIZE, TICK_SIZE, WHITE, text_width};
use plotters::style::colors::colormaps::ViridisRGB;

/// Rectangles of the colour bar.
const SHADES: u32 = 256;
/// Room right of the map for the colour bar and its labels.
const BAR: f64 = 92.0;

/// Draws the chart of a metric.
pub(super) fn draw(sweep: &Sweep, metric: &str) -> Result<Figure, ChartError> {
    let label = label(metric);
    let means = sweep.figures(metric)?.into_iter().next().map(|figures| figures.mean).unwrap_or_default();
    let Some(range) = extent(means.iter().copied()) else {
        let words = format!("{} has no value at any point of this sweep.", label.words);
        return Ok(sweep.run.page(HEIGHT, &format!("{}: nothing to show", label.words), "").say(&words));
    };
    let (columns, rows) = (&sweep.keys[0], &sweep.keys[1]);
    let subtitle = format!(
        "Mean over paths at each of {} points, on the same random numbers. Colour: {}.",
        count(means.len() as f64),
        lowered(&label.words)
    );
    let mut page = sweep.run.page(HEIGHT + 40.0, &title(&label, columns, rows, &means), &subtitle);
    let panel = Panel::new(page.body, Axis::names(&columns.labels), Axis::names(&rows.labels))
        .titles(&columns.key, &rows.key)
        .margin(BAR);
    panel.draw(&mut page.figure);
    for (point, mean) in means.iter().enumerate().filter(|(_, mean)| mean.is_finite()) {
        let cell = (columns.at[point], rows.at[point]);
        draw_cell(&mut page.figure, &panel, cell, shade(*mean, range), &label.unit.say(*mean));
    }
    draw_bar(&mut page.figure, &panel, range, &label);
    Ok(page.figure)
}

fn draw_cell(figure: &mut Figure, panel: &Panel, cell: (usize, usize), colour: Colour, words: &str) {
    let (column, row) = (cell.0 as f64, cell.1 as f64);
    let ((left, bottom), (right, top)) = (panel.at(column - 0.5, row - 0.5), panel.at(column + 0.5, row + 0.5));
    figure.fill(Rect { left, top, right, bottom }, colour);
    if text_width(words, LABEL_SIZE, false) < right - left - 6.0 && bottom - top > LABEL_SIZE + 4.0 {
        let at = (f64::midpoint(left, right), f64::midpoint(top, bottom) + 0.36 * LABEL_SIZE);
        let ink = if colour.is_light() { INK } else { WHITE };
        figure.text(words, at, Type::new(LABEL_SIZE, ink).anchored(Anchor::Centre));
    }
}

fn draw_bar(figure: &mut Figure, panel: &Panel, range: (f64, f64), label: &Label) {
    let plot = panel.plot();
    let (left, right) = (plot.right + 16.0, plot.right + 32.0);
    let scale = Axis::linear(range, label.unit, 6);
    let height = |value: f64| plot.bottom - scale.fraction(value) * plot.height();
    for i in 0..SHADES {
        let value = |step: u32| scale.low + (scale.high - scale.low) * f64::from(step) / f64::from(SHADES);
        let rect = Rect { left, top: height(value(i + 1)), right, bottom: height(value(i)) };
        figure.fill(rect, shade(f64::midpoint(value(i), value(i + 1)), (scale.low, scale.high)));
    }
    for tick in &scale.ticks {
        let at = (right + 6.0, height(tick.at) + 0.36 * TICK_SIZE);
        figure.text(&tick.label, at, Type::new(TICK_SIZE, GREY));
    }
}

/// Viridis: dark is low, bright is high, in print as well.
fn shade(value: f64, (low, high): (f64, f64)) -> Colour {
    let share = if high > low { (value - low) / (high - low) } else { 0.5 };
    let colour = ViridisRGB::get_color(share.clamp(0.0, 1.0));
    Colour(colour.0, colour.1, colour.2)
}

fn title(label: &Label, columns: &SweptKey, rows: &SweptKey, means: &[f64]) -> String {
    let known = || (0..means.len()).filter(|i| means[*i].is_finite());
    let (Some(low), Some(high)) = (
        known().min_by(|a, b| means[*a].total_cmp(&means[*b])),
        known().min_by(|a, b| means[*b].total_cmp(&means[*a])),
    ) else {
        return label.words.clone();
    };
    if means[low] == means[high] {
        return format!("{} is {} at every point", label.words, label.unit.say(means[low]));
    }
    let (worst, best) = if label.larger_is_worse { (high, low) } else { (low, high) };
    let value = |key: &SweptKey| format!("{}\u{a0}=\u{a0}{}", key.key, key.labels[key.at[worst]]);
    let (say, place) = (|point: usize| label.unit.say(means[point]), [value(columns), value(rows)].join(", "));
    format!("{}: {} at worst ({place}), {} at best", label.words, say(worst), say(best))
}

fn lowered(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

//! A metric along the one axis of a sweep: its mean with a 95 % interval, and its 95 % quantile, in every world.

use super::axis::{Axis, extent, padded};
use super::error::ChartError;
use super::figure::{Figure, Rect};
use super::label::{Label, label};
use super::number::{Unit, count};
use super::page::{HEIGHT, Key, Page};
use super::panel::{Panel, labels_margin};
use super::sweep::{Figures, Sweep, SweptKey};
use super::theme::{Colour, GREY, WHITE};
use super::world::{World, definitions};
use crate::metric::summary::Z95;

/// Draws the chart of a metric.
pub(super) fn draw(sweep: &Sweep, metric: &str) -> Result<Figure, ChartError> {
    let label = label(metric);
    let key = &sweep.keys[0];
    let figures: Vec<Figures> = sweep.figures(metric)?.iter().map(|figures| sorted(figures, key)).collect();
    if figures.is_empty() {
        let words = format!("{} has no value at any point of this sweep.", label.words);
        return Ok(sweep.run.page(HEIGHT, &format!("{}: nothing to show", label.words), "").say(&words));
    }
    let mut page = sweep.run.page(HEIGHT, &title(&label, key, &figures), &subtitle(sweep, &label, &figures));
    legend(&mut page, &figures, &label);
    let (panel, xs) = panel(page.body, key, &label, &figures);
    panel.draw(&mut page.figure);
    for f in figures.iter().rev() {
        draw_interval(&mut page.figure, &panel, &xs, f);
    }
    for f in figures.iter().rev() {
        draw_lines(&mut page.figure, &panel, &xs, f, &label);
    }
    let ends: Vec<(String, f64, Colour)> =
        figures.iter().map(|f| (f.world.label.to_owned(), last(&f.mean), f.world.colour)).collect();
    panel.labels_right(&mut page.figure, &ends);
    Ok(page.figure)
}

/// The figures in the order of the axis.
fn sorted(figures: &Figures, key: &SweptKey) -> Figures {
    let order = |values: &[f64]| {
        let mut out = vec![f64::NAN; key.labels.len()];
        for (value, at) in values.iter().zip(&key.at) {
            out[*at] = *value;
        }
        out
    };
    let (mean, error, p95) = (order(&figures.mean), order(&figures.error), order(&figures.p95));
    Figures { world: figures.world, mean, error, p95 }
}

fn panel(outer: Rect, key: &SweptKey, label: &Label, figures: &[Figures]) -> (Panel, Vec<f64>) {
    let shown = figures.iter().flat_map(|f| {
        let ends = f.mean.iter().zip(&f.error).flat_map(|(m, e)| [m - Z95 * e, m + Z95 * e, *m]);
        ends.chain(if label.larger_is_worse { f.p95.clone() } else { Vec::new() }).collect::<Vec<f64>>()
    });
    let range = extent(shown).unwrap_or((0.0, 1.0));
    let range = if range.0 >= 0.0 && range.0 < 0.5 * range.1 { (0.0, range.1 * 1.05) } else { padded(range, 0.06) };
    let y = Axis::linear(range, label.unit, 6);
    let (x, xs) = key_axis(key);
    let margin = labels_margin(figures.iter().map(|f| f.world.label));
    (Panel::new(outer, x, y).titles(&key.key, &label.words).margin(margin), xs)
}

/// The axis of a swept key: logarithmic if its values grow by factors, linear if they are numbers, else by name.
fn key_axis(key: &SweptKey) -> (Axis, Vec<f64>) {
    let Some(values) = key.numbers.clone().filter(|values| values.len() > 1) else {
        return (Axis::names(&key.labels), (0..key.labels.len()).map(|i| i as f64).collect());
    };
    let (low, high) = (values[0], values[values.len() - 1]);
    let even = values.windows(2).all(|v| v[0] > 0.0 && v[1] / v[0] > 1.4) && high / low >= 8.0 && values.len() > 2;
    let axis = if even {
        Axis::logarithmic((low / 1.08, high * 1.08), Unit::Plain)
    } else {
        Axis::linear(padded((low, high), 0.03), Unit::Plain, 8)
    };
    let axis = if values.len() <= 12 { axis.with_ticks(&values, key.labels.clone()) } else { axis };
    (axis, values)
}

fn draw_interval(figure: &mut Figure, panel: &Panel, xs: &[f64], f: &Figures) {
    let bound = |sign: f64| f.mean.iter().zip(&f.error).map(|(m, e)| m + sign * Z95 * e).collect::<Vec<f64>>();
    panel.band(figure, xs, &bound(-1.0), &bound(1.0), f.world.colour.mix(WHITE, 0.78));
}

fn draw_lines(figure: &mut Figure, panel: &Panel, xs: &[f64], f: &Figures, label: &Label) {
    let colour = f.world.colour;
    if label.larger_is_worse {
        panel.dashes(figure, xs, &f.p95, colour, 1.3);
    }
    panel.line(figure, xs, &f.mean, colour, 2.0);
    for (x, mean) in xs.iter().zip(&f.mean).filter(|(_, mean)| mean.is_finite()) {
        figure.dot(panel.at(*x, *mean), 3.2, colour);
    }
}

fn legend(page: &mut Page, figures: &[Figures], label: &Label) {
    let full = figures[0].world.colour;
    let mut entries = vec![(Key::Line(full), "Mean"), (Key::Patch(full.mix(WHITE, 0.78)), "95 % interval of the mean")];
    if label.larger_is_worse {
        entries.push((Key::Dashes(GREY), "95 % quantile over paths"));
    }
    page.legend(&entries);
}

fn last(values: &[f64]) -> f64 {
    values.iter().copied().rfind(|value| value.is_finite()).unwrap_or(f64::NAN)
}

fn title(label: &Label, key: &SweptKey, figures: &[Figures]) -> String {
    let known: Vec<(usize, f64)> = figures[0].mean.iter().copied().enumerate().filter(|(_, m)| m.is_finite()).collect();
    let (words, show) = (&label.words, |value: f64| label.unit.say(value));
    let (Some((i, first)), Some((j, last))) = (known.first().copied(), known.last().copied()) else {
        return words.clone();
    };
    let span = format!("as {} goes from {} to {}", key.key, key.labels[i], key.labels[j]);
    let (low, high) = extent(known.iter().map(|(_, mean)| *mean)).unwrap_or((first, last));
    if i == j {
        return format!("{words} is {} on average at {} = {}", show(first), key.key, key.labels[i]);
    }
    if high - low <= 0.02 * high.abs().max(low.abs()) {
        return format!("{words} stays near {} on average {span}", show(last));
    }
    let peak = known.iter().copied().filter(|(_, mean)| *mean == high).map(|(k, _)| k).next().unwrap_or(i);
    if peak != i && peak != j && high - first.max(last) > 0.1 * (high - low) {
        return format!("{words} peaks at {} on average where {} is {}", show(high), key.key, key.labels[peak]);
    }
    let verb = if last > first { "rises" } else { "falls" };
    format!("{words} {verb} from {} to {} on average {span}", show(first), show(last))
}

fn subtitle(sweep: &Sweep, label: &Label, figures: &[Figures]) -> String {
    let shown: Vec<World> = figures.iter().map(|f| f.world).collect();
    let points = count(sweep.points() as f64);
    let better = if label.larger_is_worse { "" } else { " Lower is worse." };
    format!("{points} points on the same random numbers.{better} {}", definitions(&shown))
}

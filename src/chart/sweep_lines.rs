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
        let (low, high) = interval(f);
        let ends = low.into_iter().chain(high).chain(f.mean.iter().copied());
        ends.chain(if label.upper_tail { f.p95.clone() } else { Vec::new() }).collect::<Vec<f64>>()
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

/// Ends of the 95 % interval of the mean; not below 0 where no mean is.
fn interval(f: &Figures) -> (Vec<f64>, Vec<f64>) {
    let floor = if f.mean.iter().any(|mean| *mean < 0.0) { f64::NEG_INFINITY } else { 0.0 };
    let half = |error: &f64| if error.is_finite() { Z95 * error } else { 0.0 };
    f.mean.iter().zip(&f.error).map(|(m, e)| ((m - half(e)).max(floor.min(*m)), m + half(e))).unzip()
}

fn draw_interval(figure: &mut Figure, panel: &Panel, xs: &[f64], f: &Figures) {
    let (low, high) = interval(f);
    panel.ribbon(figure, xs, &low, &high, f.world.colour);
}

fn draw_lines(figure: &mut Figure, panel: &Panel, xs: &[f64], f: &Figures, label: &Label) {
    let colour = f.world.colour;
    if label.upper_tail {
        panel.dashes(figure, xs, &f.p95, colour, 1.3);
    }
    panel.line(figure, xs, &f.mean, colour, 2.0);
    for (x, mean) in xs.iter().zip(&f.mean).filter(|(_, mean)| mean.is_finite()) {
        figure.dot(panel.at(*x, *mean), 3.2, colour);
    }
}

fn legend(page: &mut Page, figures: &[Figures], label: &Label) {
    let full = figures[0].world.colour;
    let mut entries = vec![(Key::Line(full), "Mean"), (Key::Patch(full.mix(WHITE, 0.84)), "95 % interval of the mean")];
    if label.upper_tail {
        entries.push((Key::Dashes(GREY), "95 % quantile over paths"));
    }
    page.legend(&entries);
}

fn last(values: &[f64]) -> f64 {
    values.iter().copied().rfind(|value| value.is_finite()).unwrap_or(f64::NAN)
}

fn title(label: &Label, key: &SweptKey, figures: &[Figures]) -> String {
    let (words, f) = (&label.words, &figures[0]);
    let known: Vec<usize> = (0..f.mean.len()).filter(|i| f.mean[*i].is_finite()).collect();
    let (Some(&i), Some(&j)) = (known.first(), known.last()) else { return words.clone() };
    let (first, last) = (f.mean[i], f.mean[j]);
    let say = |value: f64| label.unit.say(value);
    if i == j {
        return format!("{words}: {} on average at {} = {}", say(first), key.key, key.labels[i]);
    }
    let error = |a: usize, b: usize| Z95 * libm::hypot(f.error[a], f.error[b]);
    let peak = known.iter().copied().fold(i, |peak, k| if f.mean[k] > f.mean[peak] { k } else { peak });
    if f.mean[peak] - first > error(peak, i) && f.mean[peak] - last > error(peak, j) {
        return format!("{words}: highest where {} is {}, {} on average", key.key, key.labels[peak], say(f.mean[peak]));
    }
    let span = format!("as {} goes from {} to {}", key.key, key.labels[i], key.labels[j]);
    if say(first) == say(last) {
        return format!("{words}: {} on average, no clear change {span}", say(last));
    }
    if (last - first).abs() <= error(i, j) {
        return format!("{words}: {} to {} on average, no clear change {span}", say(first), say(last));
    }
    let way = if last > first { "up" } else { "down" };
    format!("{words}: {way} from {} to {} on average {span}", say(first), say(last))
}

fn subtitle(sweep: &Sweep, label: &Label, figures: &[Figures]) -> String {
    let shown: Vec<World> = figures.iter().map(|f| f.world).collect();
    let points = count(sweep.points() as f64);
    let better = if label.larger_is_worse { "" } else { " Lower is worse." };
    format!("{points} points on the same random numbers.{better} {}", definitions(&shown))
}

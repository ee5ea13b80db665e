//! How large cascades get: share of paths on which at least so much is closed by force, with and without feedback and
//! reuse. Paths without any forced close have no place on a logarithmic axis; the subtitle counts them.

use super::axis::Axis;
use super::error::ChartError;
use super::figure::{Anchor, Figure, Type};
use super::number::{Unit, count, multiple, percent, usd};
use super::page::{HEIGHT, Key};
use super::panel::Panel;
use super::run::RunDir;
use super::sample::{Rare, Sample, rare};
use super::theme::{GREY, LABEL_SIZE, WHITE};
use super::world::{self, World};
use crate::scenario::Variant;

/// Ratio of the largest to the smallest cascade from which on the axis is logarithmic.
const WIDE: f64 = 30.0;

/// Draws the chart.
pub(super) fn draw(run: &RunDir) -> Result<Figure, ChartError> {
    let samples = world::samples(run, "liquidated_usd")?;
    let paths = samples[0].1.len();
    if paths == 0 {
        return Ok(run.nothing_in("paths"));
    }
    if samples.iter().all(|(_, sample)| sample.positive() == 0) {
        let title = "No position is closed by force on any path";
        let words = format!("Forced closes are zero on all {} paths, in every world.", count(paths as f64));
        return Ok(run.page(HEIGHT, title, "").say(&words));
    }
    let rare = rare(paths);
    let mut page = run.page(HEIGHT, &title(&samples), &subtitle(&samples));
    let words: Vec<(World, String)> = samples.iter().map(|(w, s)| (*w, legend_entry(w, s, rare))).collect();
    page.legend(&words.iter().map(|(w, words)| (Key::Line(w.colour), words.as_str())).collect::<Vec<_>>());
    let panel = panel(page.body, &samples);
    panel.draw(&mut page.figure);
    panel.draw_columns(&mut page.figure);
    draw_level(&mut page.figure, &panel, rare);
    for (world, sample) in samples.iter().rev() {
        draw_curve(&mut page.figure, &panel, world, sample);
    }
    for (world, sample) in samples.iter().rev() {
        let value = sample.quantile(rare.percent);
        if value > 0.0 {
            let at = panel.at(value, 1.0 / f64::from(rare.one_in));
            page.figure.dot(at, 5.6, WHITE);
            page.figure.dot(at, 4.2, world.colour);
        }
    }
    Ok(page.figure)
}

fn panel(outer: super::figure::Rect, samples: &[(World, Sample)]) -> Panel {
    let positive = || samples.iter().flat_map(|(_, s)| s.sorted()).copied().filter(|v| *v > 0.0);
    let (low, high) = super::axis::extent(positive()).unwrap_or((1.0, 1.0));
    let x = if high / low > WIDE {
        // The smallest cascades say least: three decades are enough.
        Axis::logarithmic((low.max(high * 1e-3), high * 1.1), Unit::Usd)
    } else {
        Axis::linear((0.0, high * 1.04), Unit::Usd, 7)
    };
    let rarest = samples.iter().map(|(_, s)| s.len()).max().unwrap_or(1) as f64;
    let y = Axis::logarithmic((0.7 / rarest, 1.0), Unit::Share);
    Panel::new(outer, x, y)
        .titles("Notional closed by force on a path", "Share of paths with at least as much")
        .margin(14.0)
}

/// Steps through (value, share of paths with at least that value).
fn draw_curve(figure: &mut Figure, panel: &Panel, world: &World, sample: &Sample) {
    let n = sample.len();
    let positive = sample.positive();
    let (mut xs, mut ys) = (vec![panel.x.low], vec![positive as f64 / n as f64]);
    for (i, value) in sample.sorted().iter().enumerate().skip(n - positive) {
        let value = value.max(panel.x.low);
        xs.extend([value, value]);
        ys.extend([(n - i) as f64 / n as f64, if i + 1 < n { (n - i - 1) as f64 / n as f64 } else { panel.y.low }]);
    }
    if positive > 0 {
        panel.line(figure, &xs, &ys, world.colour, if world.variant == Variant::Full { 2.4 } else { 1.9 });
    }
}

fn draw_level(figure: &mut Figure, panel: &Panel, rare: Rare) {
    let plot = panel.plot();
    let (_, y) = panel.at(panel.x.low, 1.0 / f64::from(rare.one_in));
    figure.dashes(&[(plot.left, y), (plot.right, y)], GREY, 0.9, (2.0, 3.0));
    let words = format!("1 path in {}", rare.one_in);
    figure.text(&words, (plot.left + 6.0, y - 6.0), Type::new(LABEL_SIZE, GREY).anchored(Anchor::Left));
}

fn legend_entry(world: &World, sample: &Sample, rare: Rare) -> String {
    format!("{} ({} at 1 in {})", world.label, usd(sample.quantile(rare.percent)), rare.one_in)
}

fn title(samples: &[(World, Sample)]) -> String {
    let rare = rare(samples[0].1.len());
    let full = samples[0].1.quantile(rare.percent);
    let name = format!("1-in-{} cascade", rare.one_in);
    if full <= 0.0 {
        return format!("Fewer than 1 path in {} sees a forced close", rare.one_in);
    }
    let causes = samples.iter().skip(1).map(|(world, sample)| (cause(*world), sample.quantile(rare.percent)));
    let mut words = String::new();
    for (cause, without) in causes {
        let what = if words.is_empty() { format!("a {name}") } else { "it".to_owned() };
        let clause = effect(cause, &what, full, without);
        if words.is_empty() { words = capitalised(&clause) } else { words = format!("{words}; {clause}") }
    }
    if words.is_empty() {
        format!("1 path in {} sees at least {} closed by force", rare.one_in, usd(full))
    } else {
        words
    }
}

fn cause(world: World) -> &'static str {
    if world.variant == Variant::NoFeedback { "feedback" } else { "reuse" }
}

fn effect(cause: &str, what: &str, full: f64, without: f64) -> String {
    if without <= 0.0 {
        format!("without {cause} there is no such cascade")
    } else if full >= 1.05 * without {
        format!("{cause} makes {what} {}\u{a0}times larger", multiple(full / without))
    } else if full <= 0.95 * without {
        format!("{cause} makes {what} {} smaller", percent(1.0 - full / without))
    } else {
        format!("{cause} hardly changes {what}")
    }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn subtitle(samples: &[(World, Sample)]) -> String {
    let none = |sample: &Sample| count((sample.len() - sample.positive()) as f64);
    let worlds = samples.iter().skip(1).map(|(w, s)| format!("{}: {}", w.label.to_lowercase(), none(s)));
    let others = worlds.collect::<Vec<_>>().join(", ");
    let others = if others.is_empty() { String::new() } else { format!(" ({others})") };
    let paths = count(samples[0].1.len() as f64);
    let shown: Vec<World> = samples.iter().map(|(world, _)| *world).collect();
    if samples.iter().all(|(_, sample)| sample.positive() == sample.len()) {
        return format!("Something is closed on every path. {}", world::definitions(&shown));
    }
    let zeros = format!("Nothing is closed on {} of {paths} paths{others}; these are not drawn.", none(&samples[0].1));
    format!("{zeros} {}", world::definitions(&shown))
}

//! What owners lose over all paths, in per cent of their wealth at the opening: a histogram of every world, and below
//! it one strip a world with its quantiles, value at risk and expected shortfall.

use super::axis::{Axis, extent, nice_step};
use super::error::ChartError;
use super::figure::{Anchor, Figure, Rect, Type};
use super::number::{Unit, percent, usd};
use super::page::{HEIGHT, Key};
use super::panel::Panel;
use super::run::RunDir;
use super::sample::Sample;
use super::theme::{BANDS, FULL, INK, LABEL_SIZE, WHITE, text_width};
use super::world::{self, World};
use crate::scenario::Variant;

/// Height of a strip.
const STRIP: f64 = 30.0;

/// A world's losses, as shares and in USD.
struct Losses {
    world: World,
    share: Sample,
    usd: Sample,
}

/// Draws the chart.
pub(super) fn draw(run: &RunDir) -> Result<Figure, ChartError> {
    let losses = losses(run)?;
    if losses[0].share.len() == 0 {
        return Ok(run.nothing_in("paths"));
    }
    let range = extent(losses.iter().flat_map(|l| l.share.sorted().iter().copied())).unwrap_or((0.0, 0.0));
    if range.1 - range.0 <= 0.0 {
        let words = format!("Owners lose {} of their wealth on every path, in every world.", percent(range.0));
        return Ok(run.page(HEIGHT, "Every path costs the owners the same", "").say(&words));
    }
    let mut page = run.page(HEIGHT + 40.0, &title(&losses), &subtitle(&losses));
    let mut legend: Vec<(Key, &str)> = losses.iter().map(|l| (Key::Line(l.world.colour), l.world.label)).collect();
    legend.extend([(Key::Tick(INK), "Median"), (Key::Dot(INK), "VaR 99 %"), (Key::Diamond(INK), "ES 99 %")]);
    page.legend(&legend);
    let step = nice_step((range.1 - range.0) / bars_wanted(losses[0].share.len()), Unit::Plain);
    let edges = ((range.0 / step).floor() * step, ((range.1 / step).floor() + 1.0) * step);
    let room = 34.0 + STRIP * losses.len() as f64;
    let above = Rect { bottom: page.body.bottom - room, ..page.body };
    let below = Rect { top: page.body.bottom - room, ..page.body };
    let labels: Vec<String> = losses.iter().map(risk_words).collect();
    let margin = labels.iter().map(|words| text_width(words, LABEL_SIZE, false)).fold(0.0, f64::max) + 14.0;
    draw_histogram(&mut page.figure, above, &losses, edges, step, margin);
    draw_strips(&mut page.figure, below, &losses, edges, &labels, margin);
    Ok(page.figure)
}

fn losses(run: &RunDir) -> Result<Vec<Losses>, ChartError> {
    let (shares, amounts) = (world::samples(run, "loss_share")?, world::samples(run, "loss_usd")?);
    let pairs = shares.into_iter().zip(amounts);
    Ok(pairs.map(|((world, share), (_, usd))| Losses { world, share, usd }).collect())
}

const GUTTER: f64 = 104.0;

fn draw_histogram(figure: &mut Figure, outer: Rect, losses: &[Losses], edges: (f64, f64), step: f64, margin: f64) {
    let bars: Vec<Vec<f64>> = losses.iter().map(|l| histogram(&l.share, edges, step)).collect();
    let top = bars.iter().flatten().copied().fold(0.0, f64::max);
    let mut x = Axis::linear(edges, Unit::Share, 8);
    x.ticks.clear();
    let y = Axis::linear((0.0, top * 1.12), Unit::Share, 5);
    let y_title = format!("Share of paths per bar of {}", Unit::Share.show(step));
    let panel = Panel::new(outer, x, y).titles("", &y_title).gutter(GUTTER).margin(margin);
    panel.draw(figure);
    let outlines: Vec<_> = bars.iter().map(|bars| outline(bars, edges.0, step)).collect();
    // The filled one first: it must not cover the lines of the others.
    let (xs, ys) = &outlines[0];
    panel.band(figure, xs, &vec![0.0; xs.len()], ys, BANDS[0]);
    for (l, (xs, ys)) in losses.iter().zip(&outlines).rev() {
        panel.line(figure, xs, ys, l.world.colour, if l.world.variant == Variant::Full { 1.8 } else { 1.4 });
    }
    if let Some(full) = losses.first() {
        draw_risk_lines(figure, &panel, full);
    }
}

/// Lines at value at risk and expected shortfall of the full world, named at their top.
fn draw_risk_lines(figure: &mut Figure, panel: &Panel, full: &Losses) {
    let plot = panel.plot();
    let (var, es) = full.share.risk();
    for (value, words, anchor, offset) in [(var, "VaR 99 %", Anchor::Right, -5.0), (es, "ES 99 %", Anchor::Left, 5.0)] {
        let (x, _) = panel.at(value, 0.0);
        figure.dashes(&[(x, plot.top), (x, plot.bottom)], FULL, 1.0, (4.0, 3.0));
        figure.text(words, (x + offset, plot.top + 11.0), Type::new(LABEL_SIZE, FULL).anchored(anchor));
    }
}

fn draw_strips(figure: &mut Figure, outer: Rect, losses: &[Losses], edges: (f64, f64), labels: &[String], margin: f64) {
    let rows = losses.len() as f64;
    let y = Axis::linear((0.0, rows), Unit::Plain, 1).with_ticks(&[], Vec::new());
    let x_title = "Loss of all owners, share of their net worth at the opening (a gain is negative)";
    let panel =
        Panel::new(outer, Axis::linear(edges, Unit::Share, 8), y).titles(x_title, "").gutter(GUTTER).margin(margin);
    panel.draw(figure);
    let plot = panel.plot();
    for (row, (l, words)) in losses.iter().zip(labels).enumerate() {
        let (_, y) = panel.at(edges.0, rows - row as f64 - 0.5);
        let baseline = y + 0.36 * LABEL_SIZE;
        let set = Type::new(LABEL_SIZE, l.world.colour.as_text());
        figure.text(l.world.label, (plot.left - 7.0, baseline), set.anchored(Anchor::Right));
        figure.text(words, (plot.right + 12.0, baseline), set);
        draw_strip(figure, &panel, l, y);
    }
}

fn draw_strip(figure: &mut Figure, panel: &Panel, l: &Losses, y: f64) {
    let at = |value: f64| panel.at(value, 0.0).0;
    let colour = l.world.colour;
    for (percents, half, tint) in [((1, 99), 1.0, 0.35), ((5, 95), 3.0, 0.55), ((25, 75), 5.5, 0.3)] {
        let (left, right) = (at(l.share.quantile(percents.0)), at(l.share.quantile(percents.1)));
        figure.fill(Rect { left, top: y - half, right, bottom: y + half }, colour.mix(WHITE, tint));
    }
    let median = at(l.share.quantile(50));
    figure.fill(Rect { left: median - 1.0, top: y - 7.0, right: median + 1.0, bottom: y + 7.0 }, colour);
    let (var, es) = l.share.risk();
    figure.dot((at(var), y), 5.4, WHITE);
    figure.dot((at(var), y), 4.0, colour);
    figure.diamond((at(es), y), 5.0, colour);
}

/// Share of the sample in each bar.
fn histogram(sample: &Sample, (low, high): (f64, f64), step: f64) -> Vec<f64> {
    let mut bars = vec![0.0; ((high - low) / step).round().max(1.0) as usize];
    let last = bars.len() - 1;
    for value in sample.sorted() {
        bars[(((value - low) / step) as usize).min(last)] += 1.0 / sample.len() as f64;
    }
    bars
}

/// Bars that show the shape of a sample of this size without its noise.
fn bars_wanted(paths: usize) -> f64 {
    (2.5 * (paths as f64).sqrt()).clamp(20.0, 90.0)
}

/// The outline of bars that stand side by side, from the first that is not empty to the last.
fn outline(bars: &[f64], low: f64, step: f64) -> (Vec<f64>, Vec<f64>) {
    let first = bars.iter().position(|bar| *bar > 0.0).unwrap_or(0);
    let last = bars.iter().rposition(|bar| *bar > 0.0).unwrap_or(0);
    let (mut xs, mut ys) = (vec![low + first as f64 * step], vec![0.0]);
    for (i, height) in bars.iter().enumerate().take(last + 1).skip(first) {
        xs.extend([low + i as f64 * step, low + (i + 1) as f64 * step]);
        ys.extend([*height, *height]);
    }
    xs.push(low + (last + 1) as f64 * step);
    ys.push(0.0);
    (xs, ys)
}

fn risk_words(l: &Losses) -> String {
    let ((var, es), (_, es_usd)) = (l.share.risk(), l.usd.risk());
    format!("VaR {}, ES {} ({})", percent(var), percent(es), usd(es_usd))
}

fn title(losses: &[Losses]) -> String {
    let es = |l: &Losses| l.share.risk().1;
    let paths = losses[0].share.len();
    let verb = if es(&losses[0]) < 0.0 { "still gain" } else { "lose" };
    let tail = if paths <= 100 { format!("worst of {paths} paths") } else { "worst 1 % of paths".to_owned() };
    let words = format!("In the {tail} owners {verb} {} of their wealth", percent(es(&losses[0]).abs()));
    let without =
        |l: &Losses| format!("{} {}", percent(es(l)), l.world.label.to_lowercase().replace("no ", "without "));
    let others: Vec<String> = losses.iter().skip(1).map(without).collect();
    if others.is_empty() { words } else { format!("{words}; {}", others.join(", ")) }
}

fn subtitle(losses: &[Losses]) -> String {
    let shown: Vec<World> = losses.iter().map(|l| l.world).collect();
    let words = "VaR 99 %: the loss that 1 path of 100 reaches; ES 99 %: the mean loss of these paths. \
                 Strips: 98 %, 90 % and 50 % of paths.";
    format!("{words} {}", world::definitions(&shown))
}

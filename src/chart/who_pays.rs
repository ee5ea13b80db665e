//! Who pays at each point of a sweep: for every cohort what it gave up in deleveraging, in dollars, and what it lost, over
//! its net worth. A row is a value of the first axis, a colour one of the second; bars are means over paths, with their
//! 95 % intervals. Where nothing is deleveraged at any point, only the losses are drawn.

mod words;

use super::axis::{Axis, extent, padded};
use super::error::ChartError;
use super::figure::{Anchor, Figure, Rect, Type};
use super::number::{Unit, count, usd};
use super::page::{HEIGHT, Key, Page};
use super::panel::Panel;
use super::sweep::{Sweep, SweptKey, swept_key};
use super::table::Table;
use super::theme::{
    AXIS, CATEGORIES, Colour, FOOTER_SIZE, FULL, GREY, GRID, INK, LABEL_SIZE, TICK_SIZE, WHITE, shorten, text_width,
};
use crate::metric::summary::Z95;
use crate::scenario::Variant;
use indexmap::IndexMap;
use words::{said, subtitle, title};

/// Width of the labels of rows.
const GUTTER: f64 = 168.0;
/// Between the two panels.
const GAP: f64 = 26.0;
/// Height of the line with a cohort's name.
const HEAD: f64 = 21.0;
/// Between rows.
const SPACE: f64 = 6.0;
/// Above the plot and below it: heading, axis, footer.
const AROUND: f64 = 96.0;
/// Values shown of the first and of the second axis at most.
const MOST: [usize; 2] = [8, 4];

const ALL: &str = "All owners";

/// A mean with its standard error, widened to what [`Z95`] of them make of the interval.
#[derive(Clone, Copy, Debug)]
struct Estimate {
    mean: f64,
    error: f64,
}

/// A cohort at a point.
#[derive(Clone, Copy, Debug)]
struct Bar {
    /// Given up in deleveraging, USD.
    paid: Estimate,
    /// Loss over net worth at the opening.
    loss: Estimate,
}

/// A panel and what of a bar it shows.
type Shows = (Panel, fn(&Bar) -> Estimate);

/// A cohort: its bars by value of the first axis and, within, of the second.
#[derive(Debug)]
struct Cohort {
    name: String,
    /// Owners and net worth, if they are the same at all points.
    detail: String,
    bars: Vec<Vec<Option<Bar>>>,
}

/// What is shown of an axis.
#[derive(Debug)]
struct Shown {
    key: String,
    labels: Vec<String>,
    of: usize,
}

/// Draws the chart; none for sweeps that did not note their cohorts.
pub(super) fn draw(sweep: &Sweep) -> Result<Option<Figure>, ChartError> {
    let file = sweep.run.file("sweep_cohorts");
    if !file.exists() {
        return Ok(None);
    }
    let keys: Vec<&str> = sweep.keys.iter().map(|key| key.key.as_str()).collect();
    let figures =
        ["cohort", "owners", "equity_usd", "loss_usd_mean", "loss_usd_se", "adl_paid_usd_mean", "adl_paid_usd_se"];
    let columns: Vec<&str> = ["world"].into_iter().chain(keys.iter().copied()).chain(figures).collect();
    let table = Table::read(&file, &columns, &[])?.rows_where("world", Variant::Full.name())?;
    let keys: Vec<SweptKey> = keys.into_iter().map(|key| swept_key(&table, key)).collect::<Result<_, _>>()?;
    let places: Vec<Vec<usize>> = keys.iter().zip(MOST).map(|(key, most)| evenly(key.labels.len(), most)).collect();
    let shown: Vec<Shown> = keys.iter().zip(&places).map(|(key, places)| Shown::of(key, places)).collect();
    let cohorts = cohorts(&table, &keys, &places, sweep.run.widening())?;
    if cohorts.is_empty() {
        return Ok(Some(sweep.run.nothing_in("sweep_cohorts")));
    }
    Ok(Some(figure(sweep, &shown, cohorts)))
}

fn figure(sweep: &Sweep, shown: &[Shown], mut cohorts: Vec<Cohort>) -> Figure {
    let deleveraged = cohorts.iter().any(Cohort::pays);
    let spared: Vec<Cohort> =
        if deleveraged { cohorts.extract_if(.., |cohort| !cohort.pays()).collect() } else { Vec::new() };
    let colours = colours(shown);
    let words = (title(&cohorts, shown, deleveraged), subtitle(sweep, shown, &spared));
    let page = |height| header(sweep.run.page(height, &words.0, &words.1), shown, &colours);
    let blocks = cohorts.iter().map(|cohort| block(cohort, colours.len())).sum::<f64>();
    let mut page = page((page(HEIGHT).body.top + blocks + AROUND).max(HEIGHT));
    let panels = panels(page.body, &cohorts, deleveraged);
    for (panel, _) in &panels {
        panel.draw(&mut page.figure);
        panel.draw_columns(&mut page.figure);
        let plot = panel.plot();
        page.figure.vertical(panel.at(0.0, 0.0).0, plot.top, plot.bottom, AXIS);
    }
    let body = page.body;
    draw_cohorts(&mut page.figure, body, &cohorts, &panels, &shown[0].labels, &colours);
    page.figure
}

/// The page with its legend.
fn header(mut page: Page, shown: &[Shown], colours: &[Colour]) -> Page {
    let series: Vec<String> = shown.iter().skip(1).flat_map(|a| a.labels.iter().map(|label| said(a, label))).collect();
    let mut legend: Vec<(Key, &str)> = colours.iter().zip(&series).map(|(c, s)| (Key::Patch(*c), s.as_str())).collect();
    legend.push((Key::Line(INK), "95 % interval of the mean"));
    page.legend(&legend);
    page
}

/// The panels from left to right, with what they show.
fn panels(body: Rect, cohorts: &[Cohort], deleveraged: bool) -> Vec<Shows> {
    let middle = body.left + GUTTER + (body.width() - GUTTER) / 2.0;
    let (left, gutter) = if deleveraged { (middle + GAP, 0.0) } else { (body.left, GUTTER) };
    let loss = Panel::new(Rect { left, ..body }, loss_axis(cohorts), no_ticks())
        .heading("Mean loss")
        .titles("Share of net worth at the opening (gains to the left)", "")
        .gutter(gutter);
    let paid = Panel::new(Rect { right: middle, ..body }, paid_axis(cohorts), no_ticks())
        .heading("Given up in deleveraging")
        .titles("USD, mean over paths", "")
        .gutter(GUTTER);
    let mut panels: Vec<Shows> = vec![(paid, |bar| bar.paid), (loss, |bar| bar.loss)];
    if !deleveraged {
        panels.remove(0);
    }
    panels
}

/// Cohorts in the order of the file, everybody first.
fn cohorts(table: &Table, keys: &[SweptKey], places: &[Vec<usize>], widening: f64) -> Result<Vec<Cohort>, ChartError> {
    let names = table.texts("cohort")?;
    let (owners, equity) = (table.numbers("owners")?, table.numbers("equity_usd")?);
    let figure = |name: &str| table.numbers(name);
    let paid = (figure("adl_paid_usd_mean")?, figure("adl_paid_usd_se")?);
    let loss = (figure("loss_usd_mean")?, figure("loss_usd_se")?);
    let mut rows: IndexMap<&str, Vec<usize>> = IndexMap::new();
    for (row, name) in names.iter().enumerate() {
        rows.entry(name).or_default().push(row);
    }
    let bar = |row: usize| Bar {
        paid: Estimate { mean: paid.0[row], error: widening * paid.1[row] },
        loss: Estimate { mean: loss.0[row] / equity[row], error: widening * loss.1[row] / equity[row] },
    };
    let cohort = |(name, rows): (&str, Vec<usize>)| {
        let at = |row: &usize, axis: usize, place: usize| keys.get(axis).is_none_or(|key| key.at[*row] == place);
        let find = |first, second| rows.iter().copied().find(|row| at(row, 0, first) && at(row, 1, second)).map(bar);
        let seconds = places.get(1).map_or(&[0][..], Vec::as_slice);
        let same = |values: &[f64]| rows.iter().all(|row| values[*row] == values[rows[0]]);
        let detail = format!("{} owners, {}", count(owners[rows[0]]), usd(equity[rows[0]]));
        Cohort {
            name: if name == "all" { ALL.to_owned() } else { name.to_owned() },
            detail: if same(&owners) && same(&equity) { detail } else { String::new() },
            bars: places[0].iter().map(|first| seconds.iter().map(|second| find(*first, *second)).collect()).collect(),
        }
    };
    let mut cohorts: Vec<Cohort> = rows.into_iter().map(cohort).collect();
    cohorts.sort_by_key(|cohort| cohort.name != ALL);
    Ok(cohorts)
}

fn draw_cohorts(
    figure: &mut Figure,
    body: Rect,
    cohorts: &[Cohort],
    panels: &[Shows],
    labels: &[String],
    colours: &[Colour],
) {
    let thick = thickness(colours.len());
    let mut y = panels[0].0.plot().top;
    for cohort in cohorts {
        draw_head(figure, cohort, Rect { top: y, bottom: y + HEAD - 3.0, ..body });
        y += HEAD;
        for (label, bars) in labels.iter().zip(&cohort.bars) {
            let height = thick * bars.len() as f64;
            let set = Type::new(TICK_SIZE, GREY).anchored(Anchor::Right);
            let words = shorten(label, TICK_SIZE, false, GUTTER - 12.0);
            figure.text(&words, (body.left + GUTTER - 8.0, y + height / 2.0 + 0.36 * TICK_SIZE), set);
            for (bar, colour) in bars.iter().zip(colours) {
                for (panel, of) in panels {
                    draw_bar(figure, panel, bar.as_ref().map(of), (y, y + thick), *colour);
                }
                y += thick;
            }
            y += SPACE;
        }
    }
}

fn draw_head(figure: &mut Figure, cohort: &Cohort, line: Rect) {
    figure.fill(line, GRID.mix(WHITE, 0.45));
    let baseline = f64::midpoint(line.top, line.bottom) + 0.36 * LABEL_SIZE;
    let name = shorten(&cohort.name, LABEL_SIZE, true, line.width() / 2.0);
    figure.text(&name, (line.left + 4.0, baseline), Type::new(LABEL_SIZE, INK).bold());
    let left = line.left + 14.0 + text_width(&name, LABEL_SIZE, true);
    figure.text(&cohort.detail, (left, baseline), Type::new(FOOTER_SIZE + 0.5, GREY));
}

fn draw_bar(figure: &mut Figure, panel: &Panel, bar: Option<Estimate>, (top, bottom): (f64, f64), colour: Colour) {
    let Some(bar) = bar.filter(|bar| bar.mean.is_finite()) else { return };
    let at = |value: f64| panel.at(value, 0.0).0;
    let (zero, end) = (at(0.0), at(bar.mean));
    figure.fill(Rect { left: zero.min(end), top: top + 0.5, right: zero.max(end), bottom: bottom - 0.5 }, colour);
    let ((low, high), y) = (bar.interval(), f64::midpoint(top, bottom));
    figure.line(vec![(at(low), y), (at(high), y)], INK, 1.2);
}

impl Cohort {
    /// Whether it gives up anything at any point.
    fn pays(&self) -> bool {
        self.bars.iter().flatten().flatten().any(|bar| bar.paid.mean > 0.0)
    }
}

impl Estimate {
    /// The 95 % interval; without an error the mean alone.
    fn interval(self) -> (f64, f64) {
        let half = if self.error.is_finite() { Z95 * self.error } else { 0.0 };
        (self.mean - half, self.mean + half)
    }

    /// Whether it lies above another by more than their errors explain.
    fn is_above(self, other: Self) -> bool {
        self.mean - other.mean > Z95 * libm::hypot(self.error, other.error)
    }
}

impl Shown {
    fn of(key: &SweptKey, places: &[usize]) -> Self {
        let labels = places.iter().map(|place| key.labels[*place].clone()).collect();
        Self { key: key.key.clone(), labels, of: key.labels.len() }
    }
}

fn bars(cohorts: &[Cohort]) -> impl Iterator<Item = Bar> {
    cohorts.iter().flat_map(|cohort| cohort.bars.iter().flatten().copied().flatten())
}

/// At most so many places among `of`, the first and the last included, evenly apart.
fn evenly(of: usize, most: usize) -> Vec<usize> {
    if of <= most { (0..of).collect() } else { (0..most).map(|i| i * (of - 1) / (most - 1)).collect() }
}

/// One colour a value of the second axis.
fn colours(shown: &[Shown]) -> Vec<Colour> {
    shown.get(1).map_or_else(|| vec![FULL], |axis| CATEGORIES[..axis.labels.len()].to_vec())
}

/// Height of a bar.
const fn thickness(series: usize) -> f64 {
    if series == 1 { 11.0 } else { 7.0 }
}

/// Height of a cohort.
fn block(cohort: &Cohort, series: usize) -> f64 {
    HEAD + cohort.bars.len() as f64 * (thickness(series) * series as f64 + SPACE)
}

fn paid_axis(cohorts: &[Cohort]) -> Axis {
    let most = bars(cohorts).map(|bar| bar.paid.interval().1).fold(0.0, f64::max);
    Axis::linear((0.0, 1.03 * most), Unit::Usd, 4)
}

fn loss_axis(cohorts: &[Cohort]) -> Axis {
    let ends = bars(cohorts).flat_map(|bar| [bar.loss.interval().0, bar.loss.interval().1]);
    Axis::linear(padded(extent(ends.chain([0.0])).unwrap_or((0.0, 0.0)), 0.03), Unit::Share, 5)
}

fn no_ticks() -> Axis {
    Axis::linear((0.0, 1.0), Unit::Plain, 1).with_ticks(&[], Vec::new())
}

//! Where the mean loss comes from: one bar a cohort, stacked by layer of the chain, losses to the right and gains to
//! the left, in per cent of the cohort's wealth; and the same for all owners in every world.

use super::axis::{Axis, extent, padded};
use super::error::ChartError;
use super::figure::{Anchor, Figure, Rect, Type};
use super::number::{Unit, count, percent, usd};
use super::page::{HEIGHT, Key};
use super::panel::Panel;
use super::run::RunDir;
use super::theme::{AXIS, Colour, FOOTER_SIZE, GREY, INK, LABEL_SIZE, WHITE, shorten, text_width};
use super::world::{WORLDS, definitions};
use crate::outcome::Layer;
use crate::scenario::Variant;

/// Height of a row.
const ROW: f64 = 42.0;
/// Widest label of a row.
const GUTTER: f64 = 190.0;

/// A bar.
struct Row {
    name: String,
    detail: String,
    bold: bool,
    variant: Variant,
    equity_usd: f64,
    /// Mean loss in each layer, USD.
    losses_usd: [f64; Layer::ALL.len()],
}

impl Row {
    /// Mean loss in a layer over wealth.
    fn share(&self, layer: Layer) -> f64 {
        let share = self.losses_usd[layer as usize] / self.equity_usd;
        if share.is_finite() { share } else { 0.0 }
    }

    fn total_usd(&self) -> f64 {
        self.losses_usd.iter().fold(0.0, |sum, loss| sum + loss)
    }

    fn total(&self) -> f64 {
        Layer::ALL.iter().fold(0.0, |sum, layer| sum + self.share(*layer))
    }
}

/// Draws the chart.
pub(super) fn draw(run: &RunDir) -> Result<Figure, ChartError> {
    let rows = rows(run)?;
    if rows.is_empty() {
        return Ok(run.nothing_in("cohorts"));
    }
    if rows.iter().all(|row| Layer::ALL.iter().all(|layer| row.share(*layer) == 0.0)) {
        let words = "The mean loss of every cohort is zero in every layer of its chain.";
        return Ok(run.page(HEIGHT, "Owners lose nothing on average", "").say(words));
    }
    let height = HEIGHT.max(200.0 + ROW * rows.len() as f64);
    let mut page = run.page(height, &title(&rows), &subtitle(&rows));
    let shown = Layer::ALL.into_iter().filter(|layer| rows.iter().any(|row| row.share(*layer) != 0.0));
    let mut legend: Vec<(Key, &str)> = shown.map(|layer| (Key::Patch(colour(layer)), words(layer))).collect();
    legend.push((Key::Diamond(INK), "Net"));
    page.legend(&legend);
    let panel = panel(page.body, &rows);
    panel.draw(&mut page.figure);
    panel.draw_columns(&mut page.figure);
    for (i, row) in rows.iter().enumerate() {
        draw_row(&mut page.figure, &panel, row, (rows.len() - 1 - i) as f64);
    }
    let (zero, plot) = (panel.at(0.0, 0.0).0, panel.plot());
    page.figure.vertical(zero, plot.top, plot.bottom, AXIS);
    for (i, row) in rows.iter().enumerate() {
        let at = panel.at(row.total(), (rows.len() - 1 - i) as f64);
        page.figure.diamond(at, 5.0, INK);
    }
    Ok(page.figure)
}

/// All owners in every world, then every cohort in the full one.
fn rows(run: &RunDir) -> Result<Vec<Row>, ChartError> {
    let layers = Layer::ALL.map(|layer| format!("loss_{}_usd", layer.name()));
    let mut columns = vec!["cohort", "world", "owners", "equity_usd"];
    columns.extend(layers.iter().map(String::as_str));
    let table = run.table("cohorts", &columns, &[])?;
    let (cohorts, worlds) = (table.texts("cohort")?, table.texts("world")?);
    let (owners, equity) = (table.numbers("owners")?, table.numbers("equity_usd")?);
    let losses: Vec<Vec<f64>> = layers.iter().map(|layer| table.numbers(layer)).collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    let mut each = Vec::new();
    for i in 0..table.rows() {
        let Some(world) = WORLDS.iter().find(|world| world.variant.name() == worlds[i]) else { continue };
        let (bold, variant) = (cohorts[i] == "all", world.variant);
        let detail = if bold { world.label.to_lowercase() } else { format!("{} owners", count(owners[i])) };
        let name = if bold { "All owners".to_owned() } else { cohorts[i].clone() };
        let losses_usd = std::array::from_fn(|layer| losses[layer][i]);
        let row = Row { name, detail, bold, variant, equity_usd: equity[i], losses_usd };
        if bold {
            all.push(row);
        } else if variant == Variant::Full {
            each.push(row);
        }
    }
    all.sort_by_key(|row| row.variant as u8);
    all.extend(each);
    Ok(all)
}

fn panel(outer: Rect, rows: &[Row]) -> Panel {
    let ends = rows.iter().flat_map(|row| {
        let sum = |positive: bool| {
            let shares = Layer::ALL.iter().map(|layer| row.share(*layer));
            shares.filter(|share| (*share > 0.0) == positive).fold(0.0, |sum, share| sum + share)
        };
        [sum(false), sum(true)]
    });
    let range = padded(extent(ends).unwrap_or((0.0, 0.0)), 0.03);
    let totals = rows.iter().map(|row| text_width(&total_words(row), LABEL_SIZE, false)).fold(0.0, f64::max);
    let y = Axis::names(&vec![String::new(); rows.len()]).with_ticks(&[], Vec::new());
    Panel::new(outer, Axis::linear(range, Unit::Share, 7), y)
        .titles("Mean loss, share of net worth at the opening (gains to the left)", "")
        .gutter(GUTTER)
        .margin(totals + 14.0)
}

fn draw_row(figure: &mut Figure, panel: &Panel, row: &Row, y: f64) {
    let plot = panel.plot();
    let (_, centre) = panel.at(0.0, y);
    let name = Type { bold: row.bold, ..Type::new(LABEL_SIZE, INK).anchored(Anchor::Right) };
    let width = GUTTER - 14.0;
    figure.text(&shorten(&row.name, LABEL_SIZE, row.bold, width), (plot.left - 10.0, centre - 1.0), name);
    let detail = Type::new(FOOTER_SIZE + 0.5, GREY).anchored(Anchor::Right);
    figure.text(&row.detail, (plot.left - 10.0, centre + 13.0), detail);
    let (mut left, mut right) = (0.0, 0.0);
    for layer in Layer::ALL {
        let share = row.share(layer);
        let from = if share > 0.0 { &mut right } else { &mut left };
        let (top, bottom) = (centre - 11.0, centre + 11.0);
        let (a, b) = (panel.at(*from, y).0, panel.at(*from + share, y).0);
        figure.fill(Rect { left: a.min(b), top, right: a.max(b), bottom }, colour(layer));
        figure.vertical(b, top, bottom, WHITE);
        *from += share;
    }
    figure.text(&total_words(row), (plot.right + 12.0, centre + 0.36 * LABEL_SIZE), Type::new(LABEL_SIZE, INK));
}

fn total_words(row: &Row) -> String {
    format!("{} ({})", percent(row.total()), usd(row.total_usd()))
}

const fn words(layer: Layer) -> &'static str {
    match layer {
        Layer::Coins => "Coins held",
        Layer::Savings => "Savings",
        Layer::Loans => "Loans",
        Layer::Tokens => "Tokens",
        Layer::Futures => "Futures",
        Layer::Liquidation => "Forced sales",
        Layer::Exit => "Leaving",
    }
}

const fn phrase(layer: Layer) -> &'static str {
    match layer {
        Layer::Coins => "on coins held",
        Layer::Savings => "on savings",
        Layer::Loans => "on loans",
        Layer::Tokens => "on tokens",
        Layer::Futures => "on futures",
        Layer::Liquidation => "in forced sales",
        Layer::Exit => "in leaving",
    }
}

const fn colour(layer: Layer) -> Colour {
    match layer {
        Layer::Coins => Colour(86, 180, 233),
        Layer::Savings => Colour(0, 158, 115),
        Layer::Loans => Colour(70, 76, 88),
        Layer::Tokens => Colour(204, 121, 167),
        Layer::Futures => Colour(0, 114, 178),
        Layer::Liquidation => Colour(213, 94, 0),
        Layer::Exit => Colour(230, 159, 0),
    }
}

fn title(rows: &[Row]) -> String {
    let Some(all) = rows.iter().find(|row| row.bold && row.variant == Variant::Full) else {
        return "Mean loss of each cohort by layer of the chain".to_owned();
    };
    let mut layers = Layer::ALL.to_vec();
    layers.sort_by(|a, b| all.share(*b).total_cmp(&all.share(*a)));
    let largest = layers.iter().take(2).filter(|layer| all.share(**layer) > 0.0);
    let parts: Vec<String> =
        largest.map(|layer| format!("{} {}", percent(all.share(*layer)), phrase(*layer))).collect();
    let verb = if all.total() < 0.0 { "gain" } else { "lose" };
    let whole = format!("Owners {verb} {} of their wealth on average", percent(all.total().abs()));
    if parts.is_empty() { whole } else { format!("{whole}: {}", parts.join(", ")) }
}

fn subtitle(rows: &[Row]) -> String {
    let shown = WORLDS.into_iter().filter(|world| rows.iter().any(|row| row.bold && row.variant == world.variant));
    let shown: Vec<_> = shown.collect();
    format!("Mean over paths, by layer of the chain; the layers add up to the net loss. {}", definitions(&shown))
}

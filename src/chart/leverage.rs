//! Leverage at the opening by cohort: what venues believe (nominal) against what owners carry once every token is
//! looked through (effective). Bars are quantiles over owners, diamonds are weighted by net worth.

use super::axis::{Axis, extent};
use super::error::ChartError;
use super::figure::{Anchor, Figure, Rect, Type};
use super::number::{Unit, count, multiple};
use super::page::{HEIGHT, Key};
use super::panel::Panel;
use super::run::RunDir;
use super::sample::Sample;
use super::theme::{Colour, FOOTER_SIZE, FULL, GREY, INK, LABEL_SIZE, NOMINAL, WHITE, shorten};
use indexmap::IndexMap;

/// Height of a cohort.
const ROW: f64 = 62.0;
const GUTTER: f64 = 150.0;
const MARGIN: f64 = 96.0;
/// Ratio of the largest to the smallest leverage from which on the axis is logarithmic.
const WIDE: f64 = 12.0;

/// Leverage of one kind in one cohort.
struct Leverage {
    /// Owners whose leverage is above zero.
    some: Sample,
    /// Weighted by net worth, over all owners.
    weighted: f64,
}

/// A cohort.
struct Cohort {
    name: String,
    owners: usize,
    nominal: Leverage,
    effective: Leverage,
}

/// Draws the chart.
pub(super) fn draw(run: &RunDir) -> Result<Figure, ChartError> {
    let (cohorts, all) = cohorts(run)?;
    if cohorts.is_empty() {
        return Ok(run.nothing_in("accounts"));
    }
    let shown = cohorts.iter().flat_map(|c| [&c.nominal, &c.effective]);
    let ends = shown.flat_map(|l| [l.some.quantile(1), l.some.quantile(99), l.weighted]).filter(|v| *v > 0.0);
    let Some(range) = extent(ends) else {
        let words = "No owner holds anything at risk: leverage is zero for everybody.";
        return Ok(run.page(HEIGHT, "Nobody has any leverage", "").say(words));
    };
    let height = HEIGHT.max(210.0 + ROW * cohorts.len() as f64);
    let mut page = run.page(height, &title(&all), &subtitle(&cohorts));
    page.legend(&[
        (Key::Patch(NOMINAL), "Nominal (venues' view)"),
        (Key::Patch(FULL), "Effective (through every token)"),
        (Key::Tick(INK), "Median"),
        (Key::Diamond(INK), "Weighted by net worth"),
    ]);
    let panel = panel(page.body, range, cohorts.len());
    panel.draw(&mut page.figure);
    panel.draw_columns(&mut page.figure);
    let plot = panel.plot();
    let set = Type::new(LABEL_SIZE, GREY).anchored(Anchor::Right);
    page.figure.text("median", (plot.right + MARGIN, plot.top - 14.0), set);
    for (i, cohort) in cohorts.iter().enumerate() {
        draw_cohort(&mut page.figure, &panel, cohort, (cohorts.len() - 1 - i) as f64);
    }
    Ok(page.figure)
}

/// Every cohort in the order of the file, and everybody together.
fn cohorts(run: &RunDir) -> Result<(Vec<Cohort>, Cohort), ChartError> {
    let columns = ["cohort", "equity_usd", "nominal_leverage_x", "effective_leverage_x"];
    let table = run.table("accounts", &columns, &[])?;
    let (equity, names) = (table.numbers("equity_usd")?, table.texts("cohort")?);
    let (nominal, effective) = (table.numbers("nominal_leverage_x")?, table.numbers("effective_leverage_x")?);
    let mut members: IndexMap<String, Vec<usize>> = IndexMap::new();
    for (i, name) in names.into_iter().enumerate() {
        members.entry(name).or_default().push(i);
    }
    let cohort = |name: String, owners: &[usize]| Cohort {
        name,
        owners: owners.len(),
        nominal: leverage(owners, &nominal, &equity),
        effective: leverage(owners, &effective, &equity),
    };
    let everybody: Vec<usize> = (0..equity.len()).collect();
    let all = cohort("all".to_owned(), &everybody);
    Ok((members.into_iter().map(|(name, owners)| cohort(name, &owners)).collect(), all))
}

fn leverage(owners: &[usize], leverage: &[f64], equity: &[f64]) -> Leverage {
    let known = || owners.iter().copied().filter(|i| leverage[*i].is_finite() && equity[*i] > 0.0);
    let (weighted, weights) =
        known().fold((0.0, 0.0), |(sum, weights), i| (sum + leverage[i] * equity[i], weights + equity[i]));
    Leverage { some: Sample::new(known().map(|i| leverage[i]).filter(|l| *l > 0.0)), weighted: weighted / weights }
}

fn panel(outer: Rect, (low, high): (f64, f64), cohorts: usize) -> Panel {
    let x = if high / low > WIDE {
        Axis::logarithmic((low * 0.93, high * 1.07), Unit::Times)
    } else {
        Axis::linear((0.0, high * 1.04), Unit::Times, 8)
    };
    let y = Axis::names(&vec![String::new(); cohorts]).with_ticks(&[], Vec::new());
    Panel::new(outer, x, y).titles("Leverage at the opening, multiples of net worth", " ").gutter(GUTTER).margin(MARGIN)
}

fn draw_cohort(figure: &mut Figure, panel: &Panel, cohort: &Cohort, row: f64) {
    let plot = panel.plot();
    let (_, centre) = panel.at(panel.x.low, row);
    let name = shorten(&cohort.name, LABEL_SIZE, true, GUTTER - 14.0);
    let set = Type::new(LABEL_SIZE, INK).bold().anchored(Anchor::Right);
    figure.text(&name, (plot.left - 12.0, centre - 1.0), set);
    let owners = format!("{} owners", count(cohort.owners as f64));
    let set = Type::new(FOOTER_SIZE + 0.5, GREY).anchored(Anchor::Right);
    figure.text(&owners, (plot.left - 12.0, centre + 13.0), set);
    draw_leverage(figure, panel, &cohort.nominal, centre - 11.0, NOMINAL, "no position at a venue");
    draw_leverage(figure, panel, &cohort.effective, centre + 11.0, FULL, "no exposure");
}

fn draw_leverage(figure: &mut Figure, panel: &Panel, leverage: &Leverage, y: f64, colour: Colour, none: &str) {
    let plot = panel.plot();
    let baseline = y + 0.36 * LABEL_SIZE;
    if leverage.some.len() == 0 {
        figure.text(none, (plot.left + 8.0, baseline), Type::new(LABEL_SIZE, GREY));
        return;
    }
    let at = |value: f64| panel.at(value, 0.0).0;
    for (percents, half, tint) in [((1, 99), 1.0, 0.45), ((5, 95), 3.5, 0.45), ((25, 75), 8.0, 0.0)] {
        let (left, right) = (at(leverage.some.quantile(percents.0)), at(leverage.some.quantile(percents.1)));
        let right = right.max(left + 2.0);
        figure.fill(Rect { left, top: y - half, right, bottom: y + half }, colour.mix(WHITE, tint));
    }
    let median = at(leverage.some.quantile(50));
    let on = if colour.is_light() { INK } else { WHITE };
    figure.fill(Rect { left: median - 1.25, top: y - 8.0, right: median + 1.25, bottom: y + 8.0 }, on);
    if leverage.weighted > 0.0 {
        figure.diamond((at(leverage.weighted), y), 5.0, INK);
    }
    let words = format!("{}x", multiple(leverage.some.quantile(50)));
    let set = Type::new(LABEL_SIZE, colour.as_text()).anchored(Anchor::Right);
    figure.text(&words, (plot.right + MARGIN, baseline), set);
}

fn title(all: &Cohort) -> String {
    let (nominal, effective) = (all.nominal.weighted, all.effective.weighted);
    let carried = format!("{} times their net worth", multiple(effective));
    if nominal > 0.0 {
        format!("Owners carry {carried}; their venues see {}", multiple(nominal))
    } else {
        format!("Owners carry {carried}; no venue sees a position")
    }
}

fn subtitle(cohorts: &[Cohort]) -> String {
    let words = "Nominal: futures notional over the equity that the venue sees. Effective: gross exposure, looking \
                 through every token, over net worth. Bars hold 98 %, 90 % and 50 % of owners.";
    match cohorts.iter().map(|cohort| cohort.owners - cohort.nominal.some.len()).sum::<usize>() {
        0 => words.to_owned(),
        1 => format!("{words} 1 owner without a position is left out of the nominal bars."),
        n => format!("{words} {} owners without a position are left out of the nominal bars.", count(n as f64)),
    }
}

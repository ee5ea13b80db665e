//! Whether the pools run dry: utilisation of each reserve, and withdrawals that were asked for and not yet paid.

use super::axis::extent;
use super::error::ChartError;
use super::fan::{self, Fan};
use super::figure::Figure;
use super::number::{Unit, percent, usd};
use super::page::HEIGHT;
use super::run::RunDir;
use super::track::{bands, worst_tracks};

/// Most reserves, and most pools, that get a panel.
const MOST: (usize, usize) = (6, 3);

/// Draws the chart.
pub(super) fn draw(run: &RunDir) -> Result<Figure, ChartError> {
    if run.bands()?.rows() == 0 {
        return Ok(run.nothing_in("bands"));
    }
    let mut reserves = fans(run, "utilisation", Unit::Share)?;
    let mut pools = fans(run, "unpaid_usd", Unit::Usd)?;
    if reserves.is_empty() && pools.is_empty() {
        let words = "No venue of this scenario takes deposits.";
        return Ok(run.page(HEIGHT, "There is no pool to run on", "").say(words));
    }
    let lowest = extent(reserves.iter().filter_map(Fan::extent).map(|(low, _)| low)).map_or(1.0, |(low, _)| low);
    for fan in &mut reserves {
        "utilisation".clone_into(&mut fan.y_title);
        (fan.include, fan.bounds) = (vec![1.0, lowest], (0.0, 1.0));
    }
    for fan in &mut pools {
        "withdrawals waiting, USD".clone_into(&mut fan.y_title);
        (fan.include, fan.bounds) = (vec![0.0], (0.0, f64::INFINITY));
    }
    let hidden = (reserves.len().saturating_sub(MOST.0), pools.len().saturating_sub(MOST.1));
    reserves.truncate(MOST.0);
    pools.truncate(MOST.1);
    let words = (title(&reserves, &pools), subtitle(run, hidden));
    let fans: Vec<Fan> = reserves.into_iter().chain(pools).collect();
    let (rows, _) = fan::layout(fans.len());
    let mut page = run.page(fan::page_height(rows), &words.0, &words.1);
    fan::legend(&mut page, &fans);
    fan::draw(&mut page, &fans);
    Ok(page.figure)
}

/// The fans of a series, highest first.
fn fans(run: &RunDir, series: &str, unit: Unit) -> Result<Vec<Fan>, ChartError> {
    let tracks = worst_tracks(run, series)?;
    let mut fans: Vec<Fan> = bands(run, series)?.into_iter().map(|b| Fan::new(b, &tracks, unit)).collect();
    for fan in &mut fans {
        fan.heading = fan.heading.replace('/', "\u{a0}/\u{a0}");
    }
    fans.sort_by(|a, b| highest(b).total_cmp(&highest(a)));
    Ok(fans)
}

fn highest(fan: &Fan) -> f64 {
    fan.extent().map_or(0.0, |(_, high)| high)
}

fn title(reserves: &[Fan], pools: &[Fan]) -> String {
    let peak = |fan: &Fan, quantile| fan.bands.extent_of(quantile).map_or(0.0, |(_, high)| high);
    let worst = |fan: &Fan| fan.worst.first().map(|track| extent(track.values.iter().copied()).map_or(0.0, |(_, h)| h));
    if let Some(pool) = pools.first().filter(|pool| highest(pool) > 0.0) {
        let on_worst = worst(pool).map_or(String::new(), |high| format!("; on the owners' worst path {}", usd(high)));
        let (often, seldom) = (peak(pool, 5), peak(pool, 6));
        return match (often > 0.0, seldom > 0.0) {
            (true, _) => {
                format!(
                    "1 path of 20 leaves at least {} of withdrawals waiting in the pool {}{on_worst}",
                    usd(often),
                    pool.heading
                )
            }
            (_, true) => {
                format!(
                    "1 path of 100 leaves at least {} of withdrawals waiting in the pool {}{on_worst}",
                    usd(seldom),
                    pool.heading
                )
            }
            _ => format!("The pool {} pays in 99 paths of 100{on_worst} waits", pool.heading),
        };
    }
    let paid = "Every withdrawal is paid";
    reserves.first().map_or_else(
        || paid.to_owned(),
        |r| format!("{paid}; utilisation of {} stays below {} in 99 paths of 100", r.heading, percent(peak(r, 6))),
    )
}

fn subtitle(run: &RunDir, (reserves, pools): (usize, usize)) -> String {
    let bands = fan::definition(run);
    let mut words = format!("Utilisation: lent out over deposited; at 100 % nobody can withdraw. {bands}");
    if reserves + pools > 0 {
        words.push_str(&format!(" {reserves} more reserves and {pools} more pools not shown."));
    }
    words
}

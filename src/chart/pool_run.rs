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
    for fan in &mut reserves {
        "utilisation".clone_into(&mut fan.y_title);
        (fan.include, fan.bounds) = (vec![1.0], (0.0, 1.0));
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
    let Some(pool) = pools.first().filter(|pool| highest(pool) > 0.0) else {
        let paid = "Every withdrawal is paid";
        let Some(reserve) = reserves.first() else { return paid.to_owned() };
        let (name, high) = (&reserve.heading, percent(peak(reserve, 6)));
        return format!("{paid}; utilisation of {name} is at most {high} in 99 paths of 100 at any time");
    };
    let (often, seldom, name) = (peak(pool, 5), peak(pool, 6), &pool.heading);
    let usual = if often > 0.0 {
        format!("1\u{a0}path\u{a0}of\u{a0}20 leaves at least {} of withdrawals waiting in the pool {name}", usd(often))
    } else if seldom > 0.0 {
        format!(
            "1\u{a0}path\u{a0}of\u{a0}100 leaves at least {} of withdrawals waiting in the pool {name}",
            usd(seldom)
        )
    } else {
        format!("Nothing waits in the pool {name} in 99 paths of 100 at any time")
    };
    match pool.worst.first().and_then(|track| extent(track.values.iter().copied())) {
        None => usual,
        Some((_, high)) if high > 0.0 => format!("{usual}; {} on the owners' worst path", usd(high)),
        Some(_) => format!("{usual}; nothing on the owners' worst path"),
    }
}

fn subtitle(run: &RunDir, (reserves, pools): (usize, usize)) -> String {
    let bands = fan::definition(run);
    let words = format!("Utilisation: lent out over deposited; at 100 % nobody can withdraw. {bands}");
    if reserves + pools == 0 {
        return words;
    }
    let more = [(reserves, "reserve"), (pools, "pool")].into_iter().filter(|(count, _)| *count > 0);
    let more = more.map(|(count, what)| format!("{count} more {what}{}", if count == 1 { "" } else { "s" }));
    format!("{words} {} not shown.", more.collect::<Vec<_>>().join(" and "))
}

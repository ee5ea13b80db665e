//! `rehypo sweep`.

use super::args::RunArgs;
use super::bar::Bar;
use super::failure::Failure;
use super::run::{options, print_json, whereabouts};
use super::source::Source;
use super::text::{lines, print, table};
use crate::metric::figure::{count, duration, show_option};
use crate::metric::{self, COMPARISONS};
use crate::run::sweep::{AxisValue, PointSummary, SweepReport, sweep};

/// What is printed of each point: columns of `paths.parquet`, those that the run has.
const SHOWN: [&str; 6] = [
    "loss_share",
    "liquidated_owner_share",
    "pool_run",
    "effective_leverage_open_x",
    "amplification_x",
    "reuse_loss_usd",
];

/// What is printed where points differ in it.
const SHOWN_WHERE_DIFFERENT: [&str; 1] = ["capital_efficiency_open"];

pub fn main(arguments: &RunArgs) -> Result<(), Failure> {
    let source = Source::read(&arguments.scenario)?;
    let report =
        sweep(&source.loaded, &options(arguments, &source), &Bar::new()).map_err(|error| source.place(error))?;
    if arguments.json {
        print_json(&report.directory)?;
    } else {
        print(&story(&report))?;
    }
    report.charts.map(|_| ()).map_err(Failure::Charts)
}

fn story(report: &SweepReport) -> String {
    let SweepReport { summary, timings, .. } = report;
    let run = |name: &&str| summary.points.iter().any(|point| point.columns.contains_key(*name));
    let mean = |point: &PointSummary, name: &str| point.columns.get(name).and_then(|figures| figures.mean);
    let differs = |name: &&str| summary.points.windows(2).any(|two| mean(&two[0], name) != mean(&two[1], name));
    let different = SHOWN_WHERE_DIFFERENT.into_iter().filter(differs);
    let shown: Vec<&str> = SHOWN.into_iter().filter(run).chain(different).collect();
    let axes = summary.axes.iter().map(|key| ending(key));
    let header: Vec<&str> = axes.chain(shown.iter().map(|name| meaning(name).0)).collect();
    let mut rows = table(&header, summary.axes.len());
    for point in &summary.points {
        let values = point.values.iter().map(AxisValue::text);
        let figures = shown.iter().map(|name| show_option(mean(point, name), meaning(name).1));
        rows.add_row(values.chain(figures));
    }
    format!(
        "{}: {} points of {} paths, seed {} ({} on {} threads); means over paths\n\n{}\n{}",
        summary.scenario,
        count(summary.points.len() as u64),
        count(summary.paths),
        summary.seed,
        duration(timings.elapsed_seconds),
        timings.threads,
        lines(&rows),
        whereabouts(&report.directory, &report.charts),
    )
}

/// The last parts of a dotted key, as many as fit a narrow column.
fn ending(key: &str) -> &str {
    const WIDTH: usize = 14;
    let starts = key.match_indices('.').map(|(dot, _)| dot + 1);
    let short = starts.map(|start| &key[start..]).find(|rest| rest.len() <= WIDTH);
    if key.len() <= WIDTH { key } else { short.unwrap_or(key) }
}

/// Label and unit of a column.
fn meaning(name: &str) -> (&'static str, &'static str) {
    let comparison = || COMPARISONS.iter().find(|c| c.name == name).map(|c| (c.label, c.unit));
    let metric = metric::named(name).map(|m| (m.label, m.unit));
    metric.or_else(comparison).expect("a name of the tables of metrics")
}

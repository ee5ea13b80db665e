//! `rehypo run`.

use super::args::RunArgs;
use super::bar::Bar;
use super::failure::Failure;
use super::interrupt;
use super::source::Source;
use super::text::{answers, lines, print, table};
use crate::metric::figure::{count, duration, span};
use crate::run::observed::ObservedSummary;
use crate::run::{self, RunOptions, RunReport};
use crate::store::SUMMARY;
use std::fmt::Write;
use std::path::Path;

pub fn main(arguments: &RunArgs) -> Result<(), Failure> {
    let source = Source::read(&arguments.scenario)?;
    let report = run::run(&source.loaded.scenario, &options(arguments, &source), &Bar::new())
        .map_err(|error| source.place(error))?;
    if arguments.json {
        print_json(&report.directory)?;
    } else {
        print(&story(&report))?;
    }
    report.charts.map(|_| ()).map_err(Failure::Charts)
}

/// How to run, from the flags.
pub fn options(arguments: &RunArgs, source: &Source) -> RunOptions {
    RunOptions {
        threads: arguments.threads.map_or(0, usize::from),
        folder: source.folder(arguments.out.as_ref()),
        replace: arguments.force,
        cancel: interrupt::flag(),
    }
}

/// Prints the `summary.json` of a directory.
pub fn print_json(directory: &Path) -> Result<(), Failure> {
    print(&std::fs::read_to_string(directory.join(SUMMARY)).map_err(Failure::Output)?)
}

/// What was written, and where.
pub fn whereabouts(directory: &Path, charts: &Result<Vec<std::path::PathBuf>, String>) -> String {
    let mut text = format!("Tables and summary.json are in {}\n", directory.display());
    for chart in charts.iter().flatten() {
        writeln!(text, "  {}", chart.display()).expect("a string takes what is written");
    }
    text
}

fn story(report: &RunReport) -> String {
    let RunReport { manifest, summary, timings, .. } = report;
    let answers = answers(summary.findings.iter().map(|f| (f.question, f.answer.as_str())));
    format!(
        "{}: {} paths of {} for {} owners, seed {} ({} on {} threads)\n\n{}\n{}{}",
        manifest.scenario,
        count(manifest.paths),
        span(summary.horizon_hours * 3600.0),
        count(manifest.owners as u64),
        manifest.seed,
        duration(timings.elapsed_seconds),
        timings.threads,
        lines(&answers),
        beside(&summary.observed),
        whereabouts(&report.directory, &report.charts),
    )
}

/// The event beside the simulation; nothing if no event is reproduced.
fn beside(observed: &[ObservedSummary]) -> String {
    if observed.is_empty() {
        return String::new();
    }
    let mut rows = table(&["observed in the event", "event", "simulated", "5 to 95 % of paths", "never on"], 1);
    for row in observed {
        rows.add_row(std::iter::once(row.what.clone()).chain(row.shown()));
    }
    format!("The event beside the simulation (median of paths)\n\n{}\n", lines(&rows))
}

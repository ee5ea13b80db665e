//! `rehypo run`.

use super::args::RunArgs;
use super::bar::Bar;
use super::failure::Failure;
use super::interrupt;
use super::source::Source;
use super::text::{plain, print};
use crate::metric::figure::{count, duration};
use crate::run::{self, RunOptions, RunReport};
use crate::store::SUMMARY;
use comfy_table::{Attribute, Cell};
use std::fmt::Write;
use std::path::Path;

pub fn main(arguments: &RunArgs) -> Result<(), Failure> {
    let source = Source::read(&arguments.scenario)?;
    let report = run::run(&source.loaded.scenario, &options(arguments, &source), &Bar::new())?;
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
    let mut table = plain();
    for finding in &summary.findings {
        table.add_row([Cell::new(finding.question).add_attribute(Attribute::Bold), Cell::new(&finding.answer)]);
    }
    let days = humantime::format_duration(std::time::Duration::from_secs_f64(summary.horizon_hours * 3600.0));
    format!(
        "{}: {} paths of {days} for {} owners, seed {} ({} on {} threads)\n{table}\n{}",
        manifest.scenario,
        count(manifest.paths),
        count(manifest.owners as u64),
        manifest.seed,
        duration(timings.elapsed_seconds),
        timings.threads,
        whereabouts(&report.directory, &report.charts),
    )
}

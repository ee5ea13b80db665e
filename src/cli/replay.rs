//! `rehypo replay`: one path again, and its story.

use super::args::ReplayArgs;
use super::failure::Failure;
use super::source::Source;
use super::text::{lines, print, table};
use crate::engine::{Record, Simulation};
use crate::event::{Event, EventKind};
use crate::metric::figure::{count, show, span, usd};
use crate::metric::{self, COMPARISONS, METRICS};
use crate::outcome::PathOutcome;
use crate::run::collect::{EventsTable, PathsTable, clock_of};
use crate::run::series::{Kept, rows};
use crate::run::{RunError, footer, memory};
use crate::scenario::Scenario;
use crate::store::draft::Draft;
use crate::store::manifest::{Manifest, sha256};
use crate::store::parquet::{TableWriter, file_of, read_row};
use crate::store::schema;
use std::path::{Path, PathBuf};

pub fn main(arguments: &ReplayArgs) -> Result<(), Failure> {
    let source = Source::read(&arguments.scenario)?;
    let scenario = &source.loaded.scenario;
    let draft = arguments.out.as_deref().map(draft).transpose()?;
    memory::check_before_draw(scenario)?;
    let simulation = Simulation::new(scenario).map_err(|error| source.place(RunError::Opening(error)))?;
    let record = Record { events: true, series: draft.is_some() };
    let outcome = simulation.run(arguments.path, record, &mut simulation.workspace());
    print(&story(scenario, &simulation, &outcome, arguments.events))?;
    if let Some(draft) = draft {
        write(scenario, &simulation, &outcome, &draft)?;
        print(&format!("\nSeries and events are in {}\n", draft.publish()?.display()))?;
    }
    match &source.run {
        Some((directory, manifest)) if arguments.scenario.edits().is_empty() => {
            compare(scenario, &outcome, directory, manifest)
        }
        _ => Ok(()),
    }
}

fn story(scenario: &Scenario, simulation: &Simulation, outcome: &PathOutcome, most: usize) -> String {
    let events = &outcome.full.events;
    let kinds = EventKind::ALL.iter().filter_map(|kind| {
        let number = events.iter().filter(|event| event.kind == *kind).count();
        (number > 0).then(|| format!("{} {}", count(number as u64), kind.name()))
    });
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let numbers = lines(&numbers(scenario, outcome));
    let head = format!("{}, path {}, seed {}\n\n{numbers}", scenario.name, outcome.path, scenario.seed);
    if events.is_empty() {
        return format!("{head}\nNothing happened: no events.\n");
    }
    let shown = if events.len() > most { format!("; the first {most}") } else { String::new() };
    let rows = chronicle(scenario, simulation, &events[..events.len().min(most)]);
    format!("{head}\n{} events ({kinds}){shown}:\n\n{}", count(events.len() as u64), lines(&rows))
}

fn numbers(scenario: &Scenario, outcome: &PathOutcome) -> comfy_table::Table {
    let clock = clock_of(scenario);
    let worlds: Vec<_> = schema::worlds(&scenario.counterfactuals).collect();
    let header: Vec<&str> = std::iter::once("metric").chain(worlds.iter().map(|world| world.name())).collect();
    let mut numbers = table(&header, 1);
    for metric in METRICS {
        let values = worlds.iter().map(|world| {
            let value = outcome.of(*world).map_or(f64::NAN, |world| (metric.of)(world, &clock));
            match metric.unit {
                "0/1" => if value == 0.0 { "no" } else { "yes" }.to_owned(),
                unit => show(value, unit),
            }
        });
        numbers.add_row(std::iter::once(metric.name.to_owned()).chain(values));
    }
    for comparison in COMPARISONS {
        if let Some(other) = outcome.of(comparison.beside) {
            let value = show((comparison.of)(&outcome.full, other), comparison.unit);
            numbers.add_row([comparison.name.to_owned(), value]);
        }
    }
    numbers
}

fn chronicle(scenario: &Scenario, simulation: &Simulation, events: &[Event]) -> comfy_table::Table {
    let mut rows = table(&["time", "round", "what", "owner", "cohort", "asset", "amount", "value", "price"], 6);
    for event in events {
        let seconds = f64::from(event.step) * scenario.step_seconds;
        let cohort = event.owner.map(|owner| simulation.owners()[owner.index()].cohort);
        rows.add_row([
            span(seconds),
            event.round.to_string(),
            event.kind.name().to_owned(),
            event.owner.map_or_else(String::new, |owner| owner.0.to_string()),
            cohort.map_or_else(String::new, |cohort| scenario.cohorts[cohort.index()].name.clone()),
            scenario.assets[event.asset.index()].name.clone(),
            show(event.amount, "count"),
            usd(event.amount_usd),
            usd(event.price_usd),
        ]);
    }
    rows
}

fn draft(out: &Path) -> Result<Draft, Failure> {
    let folder =
        out.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned);
    let name = out.file_name().map_or_else(|| "replay".to_owned(), |name| name.to_string_lossy().into_owned());
    Ok(Draft::create(&folder, &name, false)?)
}

fn write(scenario: &Scenario, simulation: &Simulation, outcome: &PathOutcome, draft: &Draft) -> Result<(), Failure> {
    let footer = footer(scenario, &sha256(scenario.fingerprint_text()));
    let mut paths = PathsTable::create(draft.path(), scenario, &footer)?;
    paths.add(outcome)?;
    paths.finish()?;
    let mut events = EventsTable::create(draft.path(), scenario, simulation, &footer)?;
    events.add(outcome.path, &outcome.full.events)?;
    events.finish()?;
    let mut series = TableWriter::create(draft.path(), schema::series(), &footer)?;
    let kept = Kept { path: outcome.path, role: "sample", rank: 1 };
    rows(&mut series, &simulation.series_names(), &kept, outcome, scenario.step_seconds)?;
    series.finish()?;
    Ok(())
}

/// Compares every number of the path with `paths.parquet` of the run, bit for bit.
fn compare(scenario: &Scenario, outcome: &PathOutcome, directory: &Path, manifest: &Manifest) -> Result<(), Failure> {
    if outcome.path >= manifest.paths || !manifest.axes.is_empty() {
        return Ok(());
    }
    let clock = clock_of(scenario);
    let row = read_row(&file_of(directory, "paths"), outcome.path as usize)?;
    let columns = metric::columns(&scenario.counterfactuals);
    let differs = |column: &&metric::Column| {
        let (now, then) = (column.of(outcome, &clock), row.get(&column.name).copied());
        !then.is_some_and(|then| now.to_bits() == then.to_bits() || now.is_nan() && then.is_nan())
    };
    let different: Vec<&str> = columns.iter().filter(differs).map(|column| column.name.as_str()).collect();
    if different.is_empty() {
        let number = count(columns.len() as u64);
        return print(&format!(
            "\nAll {number} numbers of this path are those of {}, bit for bit.\n",
            directory.display()
        ));
    }
    Err(Failure::NotReproduced {
        path: outcome.path,
        run: directory.display().to_string(),
        columns: different.join(", "),
    })
}

//! What is on disk: complete or not there, as documented, and true to the paths it came from.

use crate::small_run::{names, numbers, program, rehypo, run_small, table, texts, world};
use polars::prelude::{DataFrame, DataType};
use rehypo::run::progress::{Phase, Progress, Silent};
use rehypo::run::{RunError, RunOptions, run};
use rehypo::scenario::Variant;
use rehypo::store::StoreError;
use rehypo::store::manifest::Manifest;
use rehypo::store::schema::{self, Kind, Table};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

const WORLDS: [Variant; 2] = [Variant::NoFeedback, Variant::NoReuse];

#[test]
fn the_page_of_tables_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tables.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, schema::page()).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written == schema::page(), "docs/tables.md is stale: run BLESS=1 cargo test --release the_page_of");
}

#[test]
fn every_table_has_the_columns_it_promises() {
    let folder = tempfile::tempdir().unwrap();
    let directory = run_small(folder.path(), 2, &[]).directory;
    let cohorts: Vec<String> = world(&[]).scenario.cohorts.iter().map(|c| c.name.clone()).collect();
    let cohorts: Vec<&str> = cohorts.iter().map(String::as_str).collect();
    let tables = [
        schema::paths(&WORLDS),
        schema::events(),
        schema::bands(),
        schema::series(),
        schema::accounts(&WORLDS),
        schema::cohorts(),
        schema::cohort_losses(&cohorts, &WORLDS),
        schema::issuers(),
    ];
    for expected in &tables {
        assert_schema(&table(&directory, expected.name), expected);
    }
    let manifest = Manifest::read(&directory).unwrap();
    assert_eq!(manifest.tables.len(), tables.len());
    for entry in &manifest.tables {
        let frame = table(&directory, entry.file.trim_end_matches(".parquet"));
        assert_eq!(frame.height() as u64, entry.rows, "{}", entry.file);
    }
}

fn assert_schema(frame: &DataFrame, expected: &Table) {
    let name = expected.name;
    assert_eq!(frame.get_column_names_owned(), expected.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>());
    assert!(frame.height() > 0, "{name} is empty");
    for column in &expected.columns {
        let found = frame.column(&column.name).unwrap();
        let (kind, nulls) = match column.kind {
            Kind::U32 => (DataType::UInt32, false),
            Kind::U32OrNull => (DataType::UInt32, true),
            Kind::U64 => (DataType::UInt64, false),
            Kind::F64 => (DataType::Float64, true),
            Kind::Str => (DataType::String, false),
            Kind::StrOrNull => (DataType::String, true),
        };
        assert_eq!(*found.dtype(), kind, "{name}.{}", column.name);
        assert!(nulls || found.null_count() == 0, "{name}.{}", column.name);
        if kind == DataType::Float64 {
            assert!(found.f64().unwrap().iter().flatten().all(f64::is_finite), "{name}.{}", column.name);
        }
    }
}

#[test]
fn summaries_are_those_of_the_paths() {
    let folder = tempfile::tempdir().unwrap();
    let report = run_small(folder.path(), 2, &[]);
    let losses = numbers(&table(&report.directory, "paths"), "no_reuse_loss_usd");
    let mean = losses.iter().sum::<f64>() / losses.len() as f64;
    let said = report.summary.metric("loss_usd", Variant::NoReuse).unwrap().mean.unwrap();
    assert!((said / mean - 1.0).abs() < 1e-12);
    let text = std::fs::read_to_string(report.directory.join("summary.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let written = json["metrics"]["loss_usd"]["worlds"]["no_reuse"]["mean"].as_f64().unwrap();
    assert!((written / said - 1.0).abs() < 1e-15, "{written} {said}"); // serde_json reads floats to the last bit but one
    assert_eq!(json["comparisons"]["reuse_loss_usd"]["beside"], "no_reuse");
}

#[test]
fn cohorts_and_accounts_add_up_to_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let directory = run_small(folder.path(), 2, &[]).directory;
    let (cohorts, accounts) = (table(&directory, "cohorts"), table(&directory, "accounts"));
    let (names, worlds, means) =
        (texts(&cohorts, "cohort"), texts(&cohorts, "world"), numbers(&cohorts, "mean_loss_usd"));
    for (world, prefix) in [("full", ""), ("no_feedback", "no_feedback_"), ("no_reuse", "no_reuse_")] {
        let rows: Vec<usize> = (0..names.len()).filter(|&row| worlds[row] == world).collect();
        let all = rows.iter().copied().find(|&row| names[row] == "all").unwrap();
        let parts: f64 = rows.iter().filter(|&&row| row != all).map(|&row| means[row]).sum();
        let owners: f64 = numbers(&accounts, &format!("{prefix}mean_loss_usd")).iter().sum();
        let size = means[all].abs().max(1.0);
        assert!((parts - means[all]).abs() < 1e-6 * size, "{world}: cohorts {parts}, all {}", means[all]);
        assert!((owners - means[all]).abs() < 1e-6 * size, "{world}: owners {owners}, all {}", means[all]);
        let layers = rehypo::outcome::Layer::ALL.map(|l| numbers(&cohorts, &format!("loss_{}_usd", l.name()))[all]);
        assert!((layers.iter().sum::<f64>() - means[all]).abs() < 1e-6 * size, "{world}: layers {layers:?}");
    }
}

#[test]
fn bands_are_quantiles_of_the_series() {
    let folder = tempfile::tempdir().unwrap();
    let directory = run_small(folder.path(), 2, &["run.sample_paths=12"]).directory;
    let (bands, series) = (table(&directory, "bands"), table(&directory, "series"));
    let of = |name: &str, entity: &str, step: f64| {
        let (roles, worlds) = (texts(&series, "role"), texts(&series, "world"));
        let (names, entities) = (texts(&series, "series"), texts(&series, "entity"));
        let (steps, values) = (numbers(&series, "step"), numbers(&series, "value"));
        let here = |&row: &usize| {
            roles[row] == "sample"
                && worlds[row] == "full"
                && names[row] == name
                && entities[row] == entity
                && steps[row] == step
        };
        let mut found: Vec<f64> = (0..roles.len()).filter(here).map(|row| values[row]).collect();
        found.sort_unstable_by(f64::total_cmp);
        found
    };
    let (names, entities, steps) = (texts(&bands, "series"), texts(&bands, "entity"), numbers(&bands, "step"));
    for (name, entity) in [("spot_price_usd", "btc"), ("liquidated_cumulative_usd", "")] {
        let row = (0..names.len()).find(|&r| names[r] == name && entities[r] == entity && steps[r] == 288.0).unwrap();
        let values = of(name, entity, 288.0);
        assert_eq!(values.len(), 12, "{name}");
        let close = |band: &str, value: f64| {
            let found = numbers(&bands, band)[row];
            assert!((found - value).abs() <= 1e-6 * value.abs(), "{name} {band}: {found}, not {value}");
        };
        close("p50", values[5]); // the 6th smallest of 12
        close("p95", values[11]);
        close("p01", values[0]);
        close("mean", values.iter().sum::<f64>() / 12.0);
    }
}

#[test]
fn the_worst_paths_are_the_ones_with_the_largest_loss() {
    let folder = tempfile::tempdir().unwrap();
    let directory = run_small(folder.path(), 2, &[]).directory;
    let losses = numbers(&table(&directory, "paths"), "loss_usd");
    let mut order: Vec<usize> = (0..losses.len()).collect();
    order.sort_by(|a, b| losses[*b].total_cmp(&losses[*a]));
    let series = table(&directory, "series");
    let (roles, ranks, paths) = (texts(&series, "role"), numbers(&series, "rank"), numbers(&series, "path"));
    for (rank, path) in order.iter().take(3).enumerate() {
        let row = (0..roles.len()).find(|&r| roles[r] == "worst" && ranks[r] == (rank + 1) as f64).unwrap();
        assert_eq!(paths[row] as usize, *path);
    }
    assert!(!roles.iter().zip(&ranks).any(|(role, rank)| role == "worst" && *rank > 3.0));
}

#[test]
fn events_come_in_order_and_name_their_owner() {
    let folder = tempfile::tempdir().unwrap();
    let directory = run_small(folder.path(), 2, &[]).directory;
    let (events, accounts) = (table(&directory, "events"), table(&directory, "accounts"));
    let times: Vec<(f64, f64)> = numbers(&events, "path").into_iter().zip(numbers(&events, "step")).collect();
    assert!(times.windows(2).all(|pair| pair[0] <= pair[1]));
    let (owners, cohorts) = (numbers(&events, "owner"), texts(&events, "cohort"));
    let cohort_of = texts(&accounts, "cohort");
    for (owner, cohort) in owners.iter().zip(&cohorts) {
        let expected = if owner.is_nan() { "" } else { &cohort_of[*owner as usize] };
        assert_eq!(cohort, expected);
    }
    let paths = table(&directory, "paths");
    let forced: f64 = numbers(&paths, "liquidated_usd").iter().sum();
    let (kinds, amounts) = (texts(&events, "kind"), numbers(&events, "amount_usd"));
    let closed = ["liquidation", "take_over"];
    let seen: f64 = kinds.iter().zip(&amounts).filter(|(k, _)| closed.contains(&k.as_str())).map(|(_, a)| a).sum();
    // An event is valued at the price at which it was done, the metric at the mark.
    assert!(forced > 0.0 && (seen / forced - 1.0).abs() < 0.01, "events {seen}, paths {forced}");
}

/// Notes which phases begin.
#[derive(Default)]
struct Phases(Mutex<Vec<Phase>>);

impl Progress for Phases {
    fn begin(&self, phase: Phase, _total: u64) {
        self.0.lock().unwrap().push(phase);
    }
    fn advance(&self) {}
    fn end(&self) {}
}

#[test]
fn a_finished_run_is_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let first = run_small(folder.path(), 2, &[]).directory;
    let world = world(&[]);
    let mut options = RunOptions { folder: folder.path().to_owned(), ..RunOptions::default() };
    let phases = Phases::default();
    let refused = run(&world.scenario, &options, &phases);
    assert!(matches!(refused, Err(RunError::Store(StoreError::Finished(there))) if there == first));
    assert!(phases.0.lock().unwrap().is_empty());
    options.replace = true;
    assert_eq!(run(&world.scenario, &options, &Silent).unwrap().directory, first);
    assert_eq!(names(folder.path()).len(), 1);
}

#[test]
fn a_cancelled_run_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let options = RunOptions { folder: folder.path().to_owned(), ..RunOptions::default() };
    options.cancel.store(true, Ordering::Relaxed);
    assert!(matches!(run(&world(&[]).scenario, &options, &Silent), Err(RunError::Interrupted)));
    assert!(names(folder.path()).is_empty());
}

#[test]
fn memory_that_the_machine_has_not_is_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(&["cohorts.0.owners=4000000000"]);
    let options = RunOptions { folder: folder.path().to_owned(), ..RunOptions::default() };
    let phases = Phases::default();
    let refused = run(&world.scenario, &options, &phases);
    assert!(matches!(refused, Err(RunError::Memory { owners, .. }) if owners >= 4_000_000_000));
    assert!(phases.0.lock().unwrap().is_empty() && names(folder.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn a_killed_run_leaves_nothing_that_looks_finished_and_is_swept_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program("run", folder.path()).args(["--paths", "20000"]).spawn().unwrap();
    wait_for(&|| names(folder.path()).iter().any(|name| folder.path().join(name).join("paths.parquet").exists()));
    child.kill().unwrap();
    child.wait().unwrap();
    let left = names(folder.path());
    assert!(left.len() == 1 && left[0].starts_with(".partial-"), "{left:?}");
    let chart = rehypo().arg("chart").arg(folder.path().join(&left[0])).output().unwrap();
    assert_eq!(chart.status.code(), Some(2), "a draft is no run");
    let finished = run_small(folder.path(), 2, &[]).directory;
    assert_eq!(names(folder.path()), [finished.file_name().unwrap().to_str().unwrap()]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_so_and_leaves_nothing() {
    for signal in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let child = program("run", folder.path())
            .args(["--paths", "20000"])
            .stderr(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        wait_for(&|| names(folder.path()).iter().any(|name| folder.path().join(name).join("paths.parquet").exists()));
        let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{signal}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "error: interrupted; nothing is left behind\n");
        assert!(output.stdout.is_empty() && names(folder.path()).is_empty());
    }
}

#[cfg(unix)]
fn wait_for(condition: &dyn Fn() -> bool) {
    const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);
    let start = std::time::Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "waited too long");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

//! The same scenario leaves the same bytes: on any number of threads, in any length of run, whenever it is repeated.

use crate::small_run::{files, numbers, program, rehypo, run_small, table, world};
use polars::prelude::DataFrame;
use rehypo::random::Sampling;
use rehypo::run::RunOptions;
use rehypo::run::progress::Silent;
use rehypo::run::sweep::sweep;
use rehypo::scenario::Variant;
use rehypo::store::manifest::Manifest;
use std::path::Path;

fn assert_same_files(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    assert!(one.len() > 10, "tables, summaries and charts");
    for (name, bytes) in &one {
        let same = *bytes == other[name] || name == Path::new("timings.json");
        assert!(same, "{} differs", name.display());
    }
}

#[test]
fn one_two_and_seven_threads_leave_the_same_bytes() {
    let folders = [1, 2, 7].map(|threads| {
        let folder = tempfile::tempdir().unwrap();
        let report = run_small(folder.path(), threads, &[]);
        assert_eq!(report.timings.threads, threads);
        (folder, report.directory)
    });
    assert_same_files(&folders[0].1, &folders[1].1);
    assert_same_files(&folders[0].1, &folders[2].1);
}

#[test]
fn fewer_paths_are_a_prefix_of_more() {
    let folder = tempfile::tempdir().unwrap();
    let few = run_small(folder.path(), 2, &["run.paths=5"]).directory;
    let many = run_small(folder.path(), 2, &[]).directory;
    for name in ["paths", "cohort_losses"] {
        let (few, many) = (table(&few, name), table(&many, name));
        assert!(few.equals_missing(&many.head(Some(5))), "{name}");
        assert!(!few.equals_missing(&many.tail(Some(5))), "{name}");
    }
    let (few, many) = (table(&few, "events"), table(&many, "events"));
    assert!(few.height() > 0 && few.equals_missing(&many.head(Some(few.height()))));
    assert_eq!(numbers(&many, "path")[few.height()], 5.0);
}

#[test]
fn a_run_repeats_itself_from_its_directory() {
    let folder = tempfile::tempdir().unwrap();
    let first = run_small(folder.path(), 2, &[]).directory;
    let again = tempfile::tempdir().unwrap();
    let output = rehypo().arg("run").arg(&first).arg("--out").arg(again.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "no warnings");
    assert_same_files(&first, &again.path().join(first.file_name().unwrap()));
}

#[test]
fn any_path_replays_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let pairs = "run.sampling=\"antithetic\"";
    let nets = "run.sampling=\"sobol\"";
    for sampling in [&[][..], &[pairs], &[nets, "run.replicates=3"]] {
        let directory = run_small(folder.path(), 2, sampling).directory;
        for path in ["0", "11"] {
            let output = rehypo().arg("replay").arg(&directory).args(["--path", path]).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success() && said.contains("bit for bit"), "{said}");
        }
    }
}

#[test]
fn a_run_says_how_it_was_sampled_and_tells_its_errors_from_the_groups() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_small(folder.path(), 2, &["run.sampling=\"sobol\"", "run.replicates=3"]);
    assert_eq!(run.manifest.sampling, Sampling::Sobol { replicates: 3 });
    assert_eq!(Manifest::read(&run.directory).unwrap(), run.manifest);
    let loss = run.summary.metric("loss_usd", Variant::Full).unwrap();
    let losses = numbers(&table(&run.directory, "paths"), "loss_usd");
    // The means of three nets of four paths, by hand; t with two degrees of freedom is 4.303.
    let means = [0, 1, 2].map(|net| losses.iter().skip(net).step_by(3).sum::<f64>() / 4.0);
    let mean = means.iter().sum::<f64>() / 3.0;
    let error = (means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / 2.0 / 3.0).sqrt();
    assert!((loss.mean_se.unwrap() / error - 1.0).abs() < 1e-9, "{:?} {error}", loss.mean_se);
    let [low, high] = loss.mean_ci95.unwrap();
    assert!(((high - low) / (2.0 * 4.302_652_73 * error) - 1.0).abs() < 1e-6);
    let everybody = run.summary.cohorts.iter().find(|c| c.cohort == "all" && c.world == "full").unwrap();
    assert_eq!(everybody.loss_usd.mean_se, loss.mean_se);
}

#[test]
fn a_replay_that_differs_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let directory = run_small(folder.path(), 2, &[]).directory;
    let other = run_small(folder.path(), 2, &["run.seed=8"]).directory;
    std::fs::copy(other.join("paths.parquet"), directory.join("paths.parquet")).unwrap();
    let output = rehypo().arg("replay").arg(&directory).args(["--path", "3"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("loss_usd"));
}

#[test]
fn a_replayed_path_is_the_one_in_the_tables() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_small(folder.path(), 2, &[]).directory;
    let out = folder.path().join("path-1");
    let replay = rehypo().arg("replay").arg(&run).args(["--path", "1", "--out"]).arg(&out).output().unwrap();
    assert!(replay.status.success(), "{}", String::from_utf8_lossy(&replay.stderr));
    assert!(table(&out, "events").equals_missing(&rows_of(&table(&run, "events"), 1)));
    assert!(table(&out, "paths").equals_missing(&rows_of(&table(&run, "paths"), 1)));
    let (kept, replayed) = (table(&run, "series"), table(&out, "series"));
    let sample: Vec<f64> = numbers(&kept, "path")
        .into_iter()
        .zip(crate::small_run::texts(&kept, "role"))
        .zip(numbers(&kept, "value"))
        .filter(|((path, role), _)| *path == 1.0 && role == "sample")
        .map(|(_, value)| value)
        .collect();
    assert!(!sample.is_empty());
    assert!(sample.iter().map(|x| x.to_bits()).eq(numbers(&replayed, "value").iter().map(|x| x.to_bits())));
}

#[test]
fn points_of_a_sweep_share_their_random_numbers_with_a_run() {
    let axis = "venues.binance.futures.insurance_funds.general.opening_usd";
    let loaded = with_axis(&format!("\"{axis}\" = {{ values = [1e3, 1e5] }}"));
    let folders = [1, 2].map(|threads| {
        let folder = tempfile::tempdir().unwrap();
        let options = RunOptions { threads, folder: folder.path().to_owned(), ..RunOptions::default() };
        let report = sweep(&loaded, &options, &Silent).unwrap();
        (folder, report.directory)
    });
    assert_same_files(&folders[0].1, &folders[1].1);
    let folder = tempfile::tempdir().unwrap();
    for value in ["1000", "100000"] {
        let partition = folders[0].1.join(format!("paths/{axis}={value}"));
        let run = run_small(folder.path(), 2, &[&format!("{axis}={value}.0")]).directory;
        assert!(table(&partition, "paths").equals_missing(&table(&run, "paths")), "{value}");
    }
}

#[test]
fn a_sweep_repeats_itself_from_its_directory() {
    let folder = tempfile::tempdir().unwrap();
    let axis = "sweep={ \"run.seed\" = { values = [1, 2] } }";
    let first = program("sweep", folder.path()).args(["--set", axis]).output().unwrap();
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let name = crate::small_run::names(folder.path()).remove(0);
    let again = tempfile::tempdir().unwrap();
    let directory = folder.path().join(&name);
    let output = rehypo().arg("sweep").arg(&directory).arg("--out").arg(again.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_same_files(&directory, &again.path().join(&name));
}

fn rows_of(frame: &DataFrame, path: u64) -> DataFrame {
    let first = numbers(frame, "path").iter().position(|p| *p == path as f64).unwrap();
    let count = numbers(frame, "path").iter().filter(|p| **p == path as f64).count();
    frame.slice(i64::try_from(first).unwrap(), count)
}

fn with_axis(axis: &str) -> rehypo::scenario::Loaded {
    let text = world(&[]).scenario.resolved_toml;
    let text = text.replace("[sweep]\n", "") + &format!("\n[sweep]\n{axis}\n");
    rehypo::scenario::load_text(&text, Path::new(""), "the small world with an axis", &[]).unwrap()
}

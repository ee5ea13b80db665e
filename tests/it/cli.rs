//! The command line as a user meets it: what it prints where, and with which exit code it ends.

use crate::small_run::{SMALL, config, names, program, rehypo, run_small, texts};
use rehypo::event::EventKind;
use rehypo::metric::{COMPARISONS, METRICS};
use std::path::Path;
use std::process::Output;

fn said(output: &Output) -> (String, String, i32) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
}

/// Runs with the arguments; returns standard output, standard error and the exit code.
fn call(arguments: &[&str]) -> (String, String, i32) {
    said(&rehypo().args(arguments).output().unwrap())
}

/// Bad input: exit code 2, nothing on standard output, one error that says `what`.
fn assert_refused((out, err, code): (String, String, i32), what: &[&str]) {
    assert_eq!(code, 2, "{err}");
    assert_eq!(out, "", "{err}");
    assert_eq!(err.matches("error:").count(), 1, "{err}");
    for word in what {
        assert!(err.contains(word), "`{word}` is not in: {err}");
    }
}

#[test]
fn every_command_explains_itself() {
    let (help, _, code) = call(&["--help"]);
    assert_eq!(code, 0);
    for command in ["run", "sweep", "chart", "replay", "check", "fund", "list", "margin", "calibrate"] {
        assert!(help.contains(command));
        let (help, _, code) = call(&[command, "--help"]);
        assert!(code == 0 && help.contains("Usage: rehypo"), "{command}");
    }
    let (help, _, _) = call(&["run", "--help"]);
    for flag in ["--set", "--paths", "--seed", "--threads", "--out", "--json", "--force"] {
        assert!(help.contains(flag), "{flag}");
    }
}

#[test]
fn lists_are_complete() {
    let (metrics, _, _) = call(&["list", "metrics"]);
    for name in METRICS.iter().map(|m| m.name).chain(COMPARISONS.iter().map(|c| c.name)) {
        assert!(metrics.lines().any(|line| line.split_whitespace().next() == Some(name)), "{name}");
    }
    let (charts, _, _) = call(&["list", "charts"]);
    assert!(rehypo::chart::CHARTS.iter().all(|chart| charts.contains(chart.name)));
    let (events, _, _) = call(&["list", "events"]);
    assert!(EventKind::ALL.iter().all(|kind| events.contains(kind.name())));
}

/// The config format is the judge of what laws of prices and kinds of venues there are: it names them when it meets
/// one that it does not know.
#[test]
fn listed_laws_and_venues_are_those_of_the_config_format() {
    for (what, error) in [
        ("prices", serde_json::from_str::<rehypo::scenario::spec::PricesSpec>("{\"nonsense\": 1}").unwrap_err()),
        ("venues", serde_json::from_str::<rehypo::scenario::spec::VenueSpec>("{\"nonsense\": 1}").unwrap_err()),
    ] {
        let error = error.to_string();
        let known: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert!(known.len() >= 2, "{error}");
        let (listed, _, _) = call(&["list", what]);
        let names: Vec<&str> =
            listed.lines().skip(2).filter(|line| line.starts_with(' ') && !line.starts_with("  ")).collect();
        let names: Vec<&str> = names.iter().filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(names, known, "{what}");
    }
}

#[test]
fn a_run_says_what_it_found_and_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (out, err, code) = said(&program("run", folder.path()).output().unwrap());
    assert_eq!((err.as_str(), code), ("", 0), "no progress bar where there is no terminal");
    let directory = folder.path().join(&names(folder.path())[0]);
    for words in ["What do owners lose?", "Does a pool run dry?", "12 paths of 1 day", directory.to_str().unwrap()] {
        assert!(out.contains(words), "`{words}` is not in: {out}");
    }
    assert!(directory.join("charts/price_fan.png").is_file());
}

#[test]
fn json_is_the_summary_and_nothing_else() {
    for command in ["run", "sweep"] {
        let folder = tempfile::tempdir().unwrap();
        let mut program = program(command, folder.path());
        let axis = "sweep={ \"run.seed\" = { values = [1, 2] } }";
        let (out, err, code) = said(&program.args(["--json", "--set", axis]).output().unwrap());
        assert_eq!((err.as_str(), code), ("", 0));
        let directory = folder.path().join(&names(folder.path())[0]);
        assert_eq!(out, std::fs::read_to_string(directory.join("summary.json")).unwrap());
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["scenario"], "whole_chain");
    }
}

#[test]
fn flags_change_the_run_and_the_last_word_is_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = program("run", folder.path());
    let arguments = ["--paths", "3", "--seed", "99", "--threads", "1", "--set", "run.paths=5", "--json"];
    let (out, _, _) = said(&program.args(arguments).output().unwrap());
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((json["paths"].as_u64(), json["seed"].as_u64()), (Some(3), Some(99)));
    assert!(names(folder.path())[0].starts_with("whole_chain-99-"));
}

#[test]
fn bad_input_is_refused_with_code_two_and_one_message() {
    let config = config();
    let config = config.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("output");
    let out = out.to_str().unwrap();
    assert_refused(call(&["run", config, "--out", out, "--set", "run.pathz=3"]), &["pathz", "paths"]);
    assert_refused(call(&["run", config, "--out", out, "--set", "run.paths=many"]), &["run.paths"]);
    assert_refused(call(&["run", config, "--out", out, "--paths", "0"]), &["run.paths"]);
    assert_refused(call(&["run", "no_such.toml", "--out", out]), &["no_such.toml"]);
    assert_refused(call(&["run", folder.path().to_str().unwrap(), "--out", out]), &["not a run directory"]);
    assert_refused(call(&["sweep", config, "--out", out]), &["nothing to sweep"]);
    assert_refused(call(&["run", config, "--out", out, "--threads", "0"]), &["--threads"]);
    assert_refused(call(&["run", config, "--out", out, "--set", "cohorts.0.owners=4000000000"]), &["memory", "GiB"]);
    assert_refused(call(&["chart", "no_such_run"]), &["no_such_run"]);
    assert_refused(call(&["replay", config]), &["--path"]);
    assert!(names(std::path::Path::new(out)).is_empty(), "nothing was begun");
}

/// More borrowed than deposited shows only once everybody is drawn; it has its place in the file all the same.
#[test]
fn an_opening_that_cannot_be_names_its_line() {
    let arguments = ["configs/flexible_loop.toml", "--set", "cohorts.savers.owners=1"];
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    for command in [vec!["check"], vec!["run", "--out", out]] {
        let said = call(&[&command[..], &arguments].concat());
        assert_refused(said, &["configs/flexible_loop.toml:", "reserves.usdt", "are deposited", "help: raise"]);
    }
}

#[test]
fn an_output_folder_that_cannot_be_written_is_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let start = std::time::Instant::now();
    let mut program = program("run", &file.join("output"));
    assert_refused(said(&program.args(["--paths", "10000000"]).output().unwrap()), &["cannot write", "--out"]);
    assert!(start.elapsed().as_secs() < 20, "found before any path was run");
}

#[test]
fn a_finished_run_is_kept_unless_forced() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(said(&program("run", folder.path()).output().unwrap()).2, 0);
    assert_refused(said(&program("run", folder.path()).output().unwrap()), &["finished", "--force", "--out"]);
    assert_eq!(said(&program("run", folder.path()).arg("--force").output().unwrap()).2, 0);
    assert_eq!(names(folder.path()).len(), 1);
}

#[test]
fn charts_are_drawn_again_from_the_directory_alone() {
    let folder = tempfile::tempdir().unwrap();
    let directory = run_small(folder.path(), 2, &[]).directory;
    let drawn = std::fs::read(directory.join("charts/leverage.png")).unwrap();
    std::fs::remove_dir_all(directory.join("charts")).unwrap();
    let run = directory.to_str().unwrap();
    let (out, _, code) = call(&["chart", run]);
    assert_eq!((out.lines().count(), code), (rehypo::chart::CHARTS.len(), 0));
    assert_eq!(std::fs::read(directory.join("charts/leverage.png")).unwrap(), drawn);
    std::fs::remove_dir_all(directory.join("charts")).unwrap();
    let (out, err, code) = call(&["chart", run, "--only", "leverage"]);
    assert_eq!((out.lines().count(), code), (1, 0), "{err}");
    assert_eq!(names(&directory.join("charts")), ["leverage.png"]);
    assert_refused(call(&["chart", run, "--only", "levrage"]), &["levrage", "leverage"]);
}

#[test]
fn check_says_what_a_config_will_do_and_does_none_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = config();
    let mut arguments = vec!["check", config.to_str().unwrap()];
    arguments.extend(SMALL.iter().flat_map(|edit| ["--set", edit]));
    let output = rehypo().args(&arguments).current_dir(folder.path()).output().unwrap();
    let (out, err, code) = said(&output);
    assert_eq!((err.as_str(), code), ("", 0));
    for words in ["12 paths of 1 day", "effective", "ldusdt", "add up to zero", "Memory: about", "Time: about"] {
        assert!(out.contains(words), "`{words}` is not in: {out}");
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn replay_tells_the_story_of_a_path() {
    let folder = tempfile::tempdir().unwrap();
    let directory = run_small(folder.path(), 2, &[]).directory;
    let events = crate::small_run::table(&directory, "events");
    let first = &texts(&events, "kind")[0];
    let (out, _, code) = call(&["replay", directory.to_str().unwrap(), "--path", "0", "--events", "1"]);
    assert_eq!(code, 0);
    for words in ["path 0", "loss_usd", "no_reuse", "reuse_loss_usd", "the first 1", first] {
        assert!(out.contains(words), "`{words}` is not in: {out}");
    }
    let beyond = call(&["replay", directory.to_str().unwrap(), "--path", "500"]);
    assert_eq!(beyond.2, 0, "any path can be run: {}", beyond.1);
}

#[test]
fn every_config_that_ships_runs_and_draws() {
    let configs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let files = names(&configs).into_iter().filter(|name| Path::new(name).extension().is_some_and(|e| e == "toml"));
    let mut seen = 0;
    for file in files {
        let folder = tempfile::tempdir().unwrap();
        let config = configs.join(&file);
        let sweeps = std::fs::read_to_string(&config).unwrap().contains("\n[sweep");
        for command in ["run", "sweep"].iter().take(1 + usize::from(sweeps)) {
            let mut run = rehypo();
            run.arg(command).arg(&config).args(["--paths", "2", "--out"]).arg(folder.path());
            let (_, err, code) = said(&run.output().unwrap());
            assert_eq!((err.as_str(), code), ("", 0), "{command} {file}");
        }
        for directory in names(folder.path()) {
            assert!(!names(&folder.path().join(&directory).join("charts")).is_empty(), "{directory} has no charts");
        }
        seen += 1;
    }
    assert!(seen >= 5, "{seen} configs");
}

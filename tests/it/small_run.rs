//! A small run of the whole chain, for tests of what comes after the engine.

use polars::prelude::DataFrame;
use rehypo::run::progress::Silent;
use rehypo::run::{RunOptions, RunReport, run};
use rehypo::scenario::{Loaded, load};
use rehypo::store::parquet::{file_of, read};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The config of the small world.
pub fn config() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/worlds/whole_chain.toml")
}

/// Edits that make it small; more may follow.
pub const SMALL: [&str; 4] = ["run.horizon=1d", "run.paths=12", "run.sample_paths=2", "run.worst_paths=3"];

/// The small world with further edits.
pub fn world(edits: &[&str]) -> Loaded {
    let sets: Vec<String> = SMALL.iter().chain(edits).map(ToString::to_string).collect();
    load(&config(), &sets).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs the small world with further edits.
pub fn run_small(folder: &Path, threads: usize, edits: &[&str]) -> RunReport {
    let options = RunOptions { threads, folder: folder.to_owned(), ..RunOptions::default() };
    run(&world(edits).scenario, &options, &Silent).unwrap()
}

/// The program, with the arguments of a small run.
pub fn program(command: &str, folder: &Path) -> Command {
    let mut program = rehypo();
    program.arg(command).arg(config()).arg("--out").arg(folder);
    for edit in SMALL {
        program.args(["--set", edit]);
    }
    program
}

/// The program.
pub fn rehypo() -> Command {
    Command::new(env!("CARGO_BIN_EXE_rehypo"))
}

/// A table of a run.
pub fn table(directory: &Path, name: &str) -> DataFrame {
    read(&file_of(directory, name), None).unwrap()
}

/// A column of numbers; null is NaN.
pub fn numbers(frame: &DataFrame, column: &str) -> Vec<f64> {
    let column = frame.column(column).unwrap().cast(&polars::prelude::DataType::Float64).unwrap();
    column.f64().unwrap().iter().map(|x| x.unwrap_or(f64::NAN)).collect()
}

/// A column of text; null is empty.
pub fn texts(frame: &DataFrame, column: &str) -> Vec<String> {
    frame.column(column).unwrap().str().unwrap().iter().map(|x| x.unwrap_or("").to_owned()).collect()
}

/// Every file below a directory, by relative name, with its bytes.
pub fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().to_owned();
                all.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    all
}

/// Names in a folder, sorted; none if there is no folder.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

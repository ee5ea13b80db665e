//! A run on disk: a directory of Parquet tables and small JSON files, readable without this program.
//!
//! Written under a temporary name and renamed when complete ([`draft`]), so a directory of the final name is always
//! whole. What tables there are, and every column, is in [`schema`]; `docs/tables.md` is printed from it. Nothing in
//! a Parquet file or the manifest depends on the clock, the machine or the number of threads.

pub mod draft;
pub mod manifest;
pub mod parquet;
pub mod schema;

use std::path::{Path, PathBuf};

/// The manifest of a run or sweep: what was run.
pub const MANIFEST: &str = "manifest.json";
/// The scenario as resolved, complete: `rehypo run` on it, or on its directory, repeats the run.
pub const SCENARIO: &str = "scenario.toml";
/// What came out, for people and programs.
pub const SUMMARY: &str = "summary.json";
/// How long it took; the only file that differs when a run is repeated.
pub const TIMINGS: &str = "timings.json";

/// What can go wrong with a run directory.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is a finished run of that name.
    #[error(
        "{} holds a finished run of this very scenario and seed\n  \
         give --force to run it again and replace it, or --out to write somewhere else", .0.display()
    )]
    Finished(PathBuf),
    /// Something that is no run directory is in the way.
    #[error("{} is in the way and is not a run directory: move it, or give another folder with --out", .0.display())]
    InTheWay(PathBuf),
    /// The output folder cannot be written to.
    #[error("cannot write to the output folder {}: {source}\n  give another folder with --out", folder.display())]
    NotWritable {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A directory that should be a run is not one.
    #[error("{} is not a run directory: {why}", directory.display())]
    NotARun {
        /// The directory.
        directory: PathBuf,
        /// What is missing or unreadable.
        why: String,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A table could not be read or written.
    #[error("{}: {source}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Why.
        source: polars::error::PolarsError,
    },
}

impl StoreError {
    /// Whether the user can mend it: a bad name or folder, not a failing disk.
    #[must_use]
    pub const fn is_bad_input(&self) -> bool {
        !matches!(self, Self::File { .. } | Self::Table { .. })
    }

    fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    fn table(path: &Path, source: polars::error::PolarsError) -> Self {
        Self::Table { path: path.to_owned(), source }
    }
}

/// Writes a small text file.
///
/// # Errors
/// If the file cannot be written.
pub fn write_text(path: &Path, text: &str) -> Result<(), StoreError> {
    write_bytes(path, text.as_bytes())
}

/// Writes a small file, and the folder it is in if that is not there.
///
/// # Errors
/// If the file cannot be written.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder.and_then(|()| std::fs::write(path, bytes)).map_err(|e| StoreError::file(path, e))
}

/// Writes a value as indented JSON.
///
/// # Errors
/// If the file cannot be written.
///
/// # Panics
/// If the value is not representable in JSON, which no type of this crate is.
pub fn write_json<T: serde::Serialize>(path: &Path, value: &T) -> Result<(), StoreError> {
    let mut text = serde_json::to_string_pretty(value).expect("plain structs of numbers and strings");
    text.push('\n');
    write_text(path, &text)
}

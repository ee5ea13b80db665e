//! What was run, in enough detail to run it again byte for byte; and apart from it, how long it took.

use super::{MANIFEST, StoreError};
use crate::random::Sampling;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Version of the layout of run directories.
pub const FORMAT: u32 = 1;

/// What was run. Nothing in it depends on clock or threads, nor on the machine but for where the files are that the
/// scenario reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout of the directory, [`FORMAT`].
    pub format: u32,
    /// Version of this program.
    pub version: String,
    /// Run or sweep.
    pub kind: RunKind,
    /// Name of the scenario.
    pub scenario: String,
    /// What it asks.
    pub about: String,
    /// SHA-256 of the resolved scenario and all that it reads, in hexadecimal.
    pub scenario_sha256: String,
    /// Seed of all streams.
    pub seed: u64,
    /// How price paths are sampled, where they are not independent.
    #[serde(default, skip_serializing_if = "Sampling::is_random")]
    pub sampling: Sampling,
    /// Paths; of a sweep, of each point.
    pub paths: u64,
    /// Steps in a path.
    pub steps: usize,
    /// Seconds in a step.
    pub step_seconds: f64,
    /// Owners.
    pub owners: usize,
    /// Worlds that each path was run in.
    pub worlds: Vec<String>,
    /// Paths that `bands` is over (0 in a sweep).
    pub bands_paths: u64,
    /// Axes of a sweep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<AxisEntry>,
    /// Tables.
    pub tables: Vec<TableEntry>,
    /// The scenario as resolved, TOML.
    pub scenario_toml: String,
}

/// Run or sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// One scenario.
    Run,
    /// Many that differ in named keys.
    Sweep,
}

/// An axis of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisEntry {
    /// Dotted key.
    pub key: String,
    /// Its values, as written in TOML.
    pub values: Vec<String>,
}

/// A table of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEntry {
    /// Its file, relative to the directory.
    pub file: String,
    /// Its rows.
    pub rows: u64,
}

/// How long it took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// When it began, UTC.
    pub started_at: String,
    /// Threads that ran paths.
    pub threads: usize,
    /// From the first check to the last chart.
    pub elapsed_seconds: f64,
    /// Paths per second while paths were run.
    pub paths_per_second: f64,
    /// Phase by phase.
    pub phases: Vec<PhaseTiming>,
}

/// How long a phase took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseTiming {
    /// Its name.
    pub phase: String,
    /// How long.
    pub seconds: f64,
}

impl Manifest {
    /// Reads the manifest of a run directory.
    ///
    /// # Errors
    /// If the directory is not a finished run of this layout.
    pub fn read(directory: &Path) -> Result<Self, StoreError> {
        let not_a_run = |why: String| StoreError::NotARun { directory: directory.to_owned(), why };
        let text = std::fs::read_to_string(directory.join(MANIFEST))
            .map_err(|e| not_a_run(format!("its {MANIFEST} cannot be read: {e}")))?;
        let manifest: Self =
            serde_json::from_str(&text).map_err(|e| not_a_run(format!("its {MANIFEST} is damaged: {e}")))?;
        if manifest.format == FORMAT {
            Ok(manifest)
        } else {
            Err(not_a_run(format!("it has layout {}, this program reads layout {FORMAT}", manifest.format)))
        }
    }
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(text: &str) -> String {
    use std::fmt::Write;
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes what is written");
        hex
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn hash_is_that_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(super::sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}

//! Why a chart could not be drawn: a file, a column or a name, never a half-drawn picture.

use std::io;
use std::path::PathBuf;

/// Why a chart could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// A table or manifest cannot be opened.
    #[error("cannot read {}: {source}", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is there but is not what its name says.
    #[error("{} is not a readable {wanted} file: {reason}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// `Parquet` or `JSON`.
        wanted: &'static str,
        /// What the reader says.
        reason: String,
    },
    /// A table lacks a column.
    #[error("{} has no column `{column}`{}", file.display(), nearest(near.as_deref()))]
    Column {
        /// The table.
        file: PathBuf,
        /// What was looked for.
        column: String,
        /// The column it has whose name is closest.
        near: Option<String>,
    },
    /// A column holds the wrong kind of value.
    #[error("column `{column}` of {} holds {found}, not {wanted}", file.display())]
    Type {
        /// The table.
        file: PathBuf,
        /// The column.
        column: String,
        /// What it holds.
        found: String,
        /// What it should hold.
        wanted: &'static str,
    },
    /// There is no chart of that name.
    #[error("there is no chart `{name}`{} (charts: {known})", nearest(near.as_deref()))]
    Name {
        /// What was asked for.
        name: String,
        /// The chart whose name is closest.
        near: Option<String>,
        /// All names.
        known: String,
    },
    /// A picture cannot be written.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

fn nearest(name: Option<&str>) -> String {
    name.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// The candidate closest to `name`, if any is close enough to be what was meant.
pub(super) fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}

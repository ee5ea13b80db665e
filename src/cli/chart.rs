//! `rehypo chart`.

use super::args::ChartArgs;
use super::failure::Failure;
use super::text::print;
use crate::chart::{self, ChartError};
use crate::store::manifest::{Manifest, RunKind};
use crate::store::write_bytes;
use std::path::{Path, PathBuf};

pub fn main(arguments: &ChartArgs) -> Result<(), Failure> {
    let directory = &arguments.run_dir;
    let kind = Manifest::read(directory)?.kind;
    let charts = match (&arguments.only, kind) {
        (Some(name), _) => vec![one(directory, name, kind)?],
        (None, RunKind::Run) => chart::render_all(directory)?,
        (None, RunKind::Sweep) => chart::render_sweep(directory)?,
    };
    let lines: Vec<String> = charts.iter().map(|file| format!("{}\n", file.display())).collect();
    print(&lines.concat())
}

fn one(directory: &Path, name: &str, kind: RunKind) -> Result<PathBuf, Failure> {
    let png = match kind {
        RunKind::Run => chart::figure(directory, name)?.png(),
        RunKind::Sweep => sweep_figure(directory, name)?.png(),
    };
    let file = directory.join("charts").join(format!("{name}.png"));
    write_bytes(&file, &png)?;
    Ok(file)
}

fn sweep_figure(directory: &Path, name: &str) -> Result<chart::Figure, ChartError> {
    let figures = chart::sweep_figures(directory)?;
    let known = figures.iter().map(|(known, _)| known.as_str()).collect::<Vec<_>>().join(", ");
    let found = figures.into_iter().find(|(known, _)| known == name);
    found.map(|(_, figure)| figure).ok_or_else(|| ChartError::Name { name: name.to_owned(), near: None, known })
}

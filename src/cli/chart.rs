//! `rehypo chart`.

use super::args::ChartArgs;
use super::failure::Failure;
use super::text::print;
use crate::chart;
use crate::store::manifest::{Manifest, RunKind};

pub fn main(arguments: &ChartArgs) -> Result<(), Failure> {
    let directory = &arguments.run_dir;
    let manifest = Manifest::read(directory)?;
    let charts = match (&arguments.only, manifest.kind) {
        (Some(name), _) => {
            let file = directory.join("charts").join(format!("{name}.png"));
            chart::render(directory, name, &file)?;
            vec![file]
        }
        (None, RunKind::Run) => chart::render_all(directory)?,
        (None, RunKind::Sweep) => chart::render_sweep(directory)?,
    };
    let lines: Vec<String> = charts.iter().map(|file| format!("{}\n", file.display())).collect();
    print(&lines.concat())
}

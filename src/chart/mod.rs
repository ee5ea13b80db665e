//! Charts: pictures of a finished run, drawn from the tables on disk, never from memory, so that they can be drawn
//! again at any time, and from anybody's Parquet with the same columns. [`CHARTS`] is the only list.
//!
//! To add a chart: one file with a function `draw`, one line in [`CHARTS`].

mod axis;
mod cascade_ccdf;
mod error;
mod fan;
mod figure;
pub mod goodness;
mod label;
mod leverage;
mod loss_by_layer;
mod loss_distribution;
mod number;
mod page;
mod panel;
mod pool_run;
mod price_fan;
mod run;
mod sample;
mod sweep;
mod sweep_heat;
mod sweep_lines;
mod table;
mod theme;
mod token_discount;
mod track;
mod who_pays;
mod world;
mod worst_path;

pub use error::ChartError;
pub use figure::{Figure, TextBox};
use run::RunDir;
use std::fs;
use std::path::{Path, PathBuf};
use sweep::Sweep;

/// A picture of a run.
#[derive(Clone, Copy)]
pub struct Chart {
    /// Name of the chart and of its file.
    pub name: &'static str,
    /// What it shows, one sentence.
    pub doc: &'static str,
    /// Tables it reads.
    pub tables: &'static [&'static str],
    draw: fn(&RunDir) -> Result<Figure, ChartError>,
}

/// Every chart of a run, in the order in which a report shows them.
pub const CHARTS: &[Chart] = &[
    Chart {
        name: "price_fan",
        doc: "Prices of the coins over time: bands over paths, and the worst paths.",
        tables: &["bands", "series"],
        draw: price_fan::draw,
    },
    Chart {
        name: "worst_path",
        doc: "The worst path step by step around its peak: prices, and what was closed by force.",
        tables: &["series"],
        draw: worst_path::draw,
    },
    Chart {
        name: "cascade_ccdf",
        doc: "How large cascades get: share of paths with at least so much closed by force, in every world.",
        tables: &["paths"],
        draw: cascade_ccdf::draw,
    },
    Chart {
        name: "leverage",
        doc: "Leverage at the opening by cohort: what venues believe against what owners carry.",
        tables: &["accounts"],
        draw: leverage::draw,
    },
    Chart {
        name: "pool_run",
        doc: "Whether the pools run dry: utilisation of each reserve, and withdrawals that wait.",
        tables: &["bands", "series"],
        draw: pool_run::draw,
    },
    Chart {
        name: "token_discount",
        doc: "How far tokens trade below par: bands over paths, and the worst paths.",
        tables: &["bands", "series"],
        draw: token_discount::draw,
    },
    Chart {
        name: "loss_by_layer",
        doc: "Where the mean loss comes from: by cohort and layer of the chain, and for all owners in every world.",
        tables: &["cohorts"],
        draw: loss_by_layer::draw,
    },
    Chart {
        name: "loss_distribution",
        doc: "What owners lose over all paths in every world, with value at risk and expected shortfall.",
        tables: &["paths"],
        draw: loss_distribution::draw,
    },
];

/// Draws every chart of a run into `charts/` of its directory.
///
/// # Errors
/// If a table or a column is missing, or a picture cannot be written.
pub fn render_all(run_dir: &Path) -> Result<Vec<PathBuf>, ChartError> {
    let run = RunDir::open(run_dir)?;
    let to = charts_dir(run_dir)?;
    let render = |chart: &Chart| {
        let file = to.join(format!("{}.png", chart.name));
        write(&(chart.draw)(&run)?, &file).map(|()| file)
    };
    CHARTS.iter().map(render).collect()
}

/// Draws one chart of a run into the file `out`.
///
/// # Errors
/// If there is no chart of that name, a table or a column is missing, or the picture cannot be written.
pub fn render(run_dir: &Path, name: &str, out: &Path) -> Result<(), ChartError> {
    write(&figure(run_dir, name)?, out)
}

/// Draws one chart of a run and leaves it to the caller, who may want its SVG.
///
/// # Errors
/// If there is no chart of that name, or a table or a column is missing.
pub fn figure(run_dir: &Path, name: &str) -> Result<Figure, ChartError> {
    let chart = CHARTS.iter().find(|chart| chart.name == name).ok_or_else(|| {
        let names = CHARTS.iter().map(|chart| chart.name);
        let known = names.clone().collect::<Vec<_>>().join(", ");
        ChartError::Name { name: name.to_owned(), near: error::closest(name, names), known }
    })?;
    (chart.draw)(&RunDir::open(run_dir)?)
}

/// Draws the charts of a sweep into `charts/` of its directory: lines along one axis, a heat map over two, and who pays
/// at each point. A sweep over more axes has no picture and yields no file.
///
/// # Errors
/// If `sweep.parquet` or a column is missing, or a picture cannot be written.
pub fn render_sweep(sweep_dir: &Path) -> Result<Vec<PathBuf>, ChartError> {
    let figures = sweep_figures(sweep_dir)?;
    let to = charts_dir(sweep_dir)?;
    let render = |(name, figure): (String, Figure)| {
        let file = to.join(format!("{name}.png"));
        write(&figure, &file).map(|()| file)
    };
    figures.into_iter().map(render).collect()
}

/// Draws the charts of a sweep and leaves them to the caller, each with its name.
///
/// # Errors
/// If `sweep.parquet` or a column is missing.
pub fn sweep_figures(sweep_dir: &Path) -> Result<Vec<(String, Figure)>, ChartError> {
    let sweep = Sweep::open(sweep_dir)?;
    let (kind, draw): (_, fn(&Sweep, &str) -> _) = match sweep.keys.len() {
        1 => ("lines", sweep_lines::draw),
        2 => ("heat", sweep_heat::draw),
        _ => return Ok(Vec::new()),
    };
    let metrics = sweep.metrics.iter().map(|metric| Ok((format!("sweep_{kind}_{metric}"), draw(&sweep, metric)?)));
    let mut figures: Vec<_> = metrics.collect::<Result<_, ChartError>>()?;
    figures.extend(who_pays::draw(&sweep)?.map(|figure| ("who_pays".to_owned(), figure)));
    Ok(figures)
}

fn charts_dir(dir: &Path) -> Result<PathBuf, ChartError> {
    let to = dir.join("charts");
    fs::create_dir_all(&to).map_err(|source| ChartError::Write { file: to.clone(), source })?;
    Ok(to)
}

/// Writes under a temporary name first, so that no half picture is ever left.
fn write(figure: &Figure, file: &Path) -> Result<(), ChartError> {
    let partial = file.with_extension("png.partial");
    let written = fs::write(&partial, figure.png()).and_then(|()| fs::rename(&partial, file));
    written.map_err(|source| ChartError::Write { file: file.to_owned(), source })
}

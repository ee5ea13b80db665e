//! `rehypo calibrate`: fits a price law to recorded prices. The block goes to standard output or a new file, what is
//! wrong with the fit to standard error as well; files are written when all is done, and none replaces another unasked.

use super::args::{CalibrateArgs, Gaps};
use super::failure::Failure;
use super::text::print;
use crate::calibrate::block::{self, Style};
use crate::calibrate::calibrate;
use crate::calibrate::sample::{Request, Sample, SampleError};
use crate::calibrate::verdict::{Grade, Verdict};
use crate::chart::goodness;
use crate::scenario::spec::GapsSpec;
use std::path::{Path, PathBuf};

/// Why nothing was fitted or written.
#[derive(Debug, thiserror::Error)]
pub enum CalibrateError {
    /// The data.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// Data that no law can be fitted to.
    #[error("{}: {why}", data.display())]
    Unfit {
        /// The price file.
        data: PathBuf,
        /// Why not.
        why: String,
    },
    /// A file is in the way.
    #[error("{} is there already: give another name, or --force to replace it", .0.display())]
    InTheWay(PathBuf),
    /// Block and chart would be one file, or replace the data.
    #[error("{} is given twice: DATA, --out and --chart must be different files", .0.display())]
    Twice(PathBuf),
    /// The chart's name.
    #[error("{} is no name for the chart: expected one that ends in .png", .0.display())]
    NotPng(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

pub fn main(arguments: &CalibrateArgs) -> Result<(), Failure> {
    check_outputs(arguments)?;
    let request = Request {
        file: arguments.data.clone(),
        symbols: arguments.symbols.clone(),
        from: arguments.from.clone(),
        to: arguments.to.clone(),
        bar: arguments.bar,
        gaps: match arguments.gaps {
            Gaps::Refuse => GapsSpec::Refuse,
            Gaps::Split => GapsSpec::Split,
        },
    };
    let sample = Sample::read(&request).map_err(CalibrateError::from)?;
    let calibration = calibrate(&sample, arguments.model, usize::from(arguments.states))
        .map_err(|why| CalibrateError::Unfit { data: arguments.data.clone(), why })?;
    let verdicts: Vec<Verdict> = calibration.fits.iter().map(|fit| Verdict::of(calibration.model, fit)).collect();
    let source = arguments.data.file_name().unwrap_or_default().to_string_lossy();
    let style = Style { source: &source, keep_drift: arguments.keep_drift };
    let text = block::write(&sample, &calibration, &verdicts, style);
    let picture = arguments.chart.as_ref().map(|_| goodness::draw(&sample, &calibration, &verdicts, &source).png());

    for (named, (fit, verdict)) in sample.coins.iter().zip(calibration.fits.iter().zip(&verdicts)) {
        for flaw in &fit.flaws {
            eprintln!("warning: {}: {flaw}", named.coin);
        }
        if verdict.grade == Grade::Poor {
            eprintln!("note: {}: {}", named.coin, verdict.words);
        }
    }
    if let (Some(file), Some(png)) = (&arguments.chart, picture) {
        write(file, &png)?;
    }
    match &arguments.out {
        Some(file) => Ok(write(file, text.as_bytes())?),
        None => print(&text),
    }
}

/// Refuses outputs that are there, are the same or cannot be, before any work is done.
fn check_outputs(arguments: &CalibrateArgs) -> Result<(), CalibrateError> {
    if let Some(chart) = arguments.chart.as_ref().filter(|file| file.extension().is_none_or(|e| e != "png")) {
        return Err(CalibrateError::NotPng(chart.clone()));
    }
    let files: Vec<&PathBuf> = [&arguments.out, &arguments.chart].into_iter().flatten().collect();
    let same = |a: &Path, b: &Path| a == b || a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b));
    for (at, file) in files.iter().enumerate() {
        if same(file, &arguments.data) || files[..at].iter().any(|other| same(file, other)) {
            return Err(CalibrateError::Twice((*file).clone()));
        }
        if file.exists() && !arguments.force {
            return Err(CalibrateError::InTheWay((*file).clone()));
        }
    }
    Ok(())
}

/// Writes under a temporary name first, so that no half file is ever left.
fn write(file: &Path, bytes: &[u8]) -> Result<(), CalibrateError> {
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let written = std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, file));
    written.map_err(|source| {
        // Whatever has been written of it is no use; that it may not be there is no further fault.
        let _ = std::fs::remove_file(&partial);
        CalibrateError::Write { file: file.to_owned(), source }
    })
}

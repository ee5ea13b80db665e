//! Why a command failed, and the exit code that says so.

use super::calibrate::CalibrateError;
use super::fund::FundError;
use crate::chart::ChartError;
use crate::run::RunError;
use crate::scenario::ConfigError;
use crate::store::StoreError;
use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The config.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A run directory.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A chart.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// What a run says of its insurance funds.
    #[error(transparent)]
    Fund(#[from] FundError),
    /// What cannot be fitted.
    #[error(transparent)]
    Calibrate(#[from] CalibrateError),
    /// A run whose tables are complete and whose charts are not.
    #[error("the run is complete, but a chart could not be drawn: {0}")]
    Charts(String),
    /// A path that did not come out as it did in the run.
    #[error("path {path} came out differently from {run}: {columns}\n  was it run by another version of rehypo?")]
    NotReproduced {
        /// Which path.
        path: u64,
        /// The run directory.
        run: String,
        /// What differs.
        columns: String,
    },
    /// Standard output cannot be written to.
    #[error("cannot write the result: {0}")]
    Output(std::io::Error),
}

impl Failure {
    /// 1 something failed that should not, 2 bad input, 130 interrupted.
    #[must_use]
    pub fn code(&self) -> ExitCode {
        match self {
            Self::Run(RunError::Interrupted) => ExitCode::from(130),
            _ if self.is_bad_input() => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }

    /// Says it, once.
    pub fn report(&self) {
        match self {
            // Says "error:" itself, once for each problem.
            Self::Config(error) | Self::Run(RunError::Config(error)) => eprintln!("{error}"),
            error => eprintln!("error: {error}"),
        }
    }

    fn is_bad_input(&self) -> bool {
        match self {
            Self::Config(_) | Self::Chart(_) | Self::Fund(_) | Self::Calibrate(_) => true,
            Self::Store(error) | Self::Run(RunError::Store(error)) => error.is_bad_input(),
            Self::Run(error) => !matches!(error, RunError::Path { .. } | RunError::Threads(_) | RunError::Interrupted),
            Self::Charts(_) | Self::NotReproduced { .. } | Self::Output(_) => false,
        }
    }
}

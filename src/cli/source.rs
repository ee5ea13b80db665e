//! The scenario that a command is about: a config file, or the directory of a finished run.

use super::args::ScenarioArgs;
use super::failure::Failure;
use crate::metric::observed;
use crate::run::RunError;
use crate::scenario::observed::Misfit;
use crate::scenario::{self, Loaded};
use crate::store::SCENARIO;
use crate::store::manifest::{Manifest, sha256};
use std::path::{Path, PathBuf};

/// A scenario and where it came from.
pub struct Source {
    /// The scenario.
    pub loaded: Loaded,
    /// The finished run it came from, if it did.
    pub run: Option<(PathBuf, Manifest)>,
}

impl Source {
    /// Reads it.
    pub fn read(arguments: &ScenarioArgs) -> Result<Self, Failure> {
        let edits = arguments.edits();
        let path = &arguments.config;
        if !path.is_dir() {
            let loaded = scenario::load(path, &edits)?;
            observed::check(&loaded)?;
            return Ok(Self { loaded, run: None });
        }
        let manifest = Manifest::read(path)?;
        let loaded = scenario::load(&path.join(SCENARIO), &edits)?;
        observed::check(&loaded)?;
        let hash = sha256(loaded.scenario.fingerprint_text());
        if edits.is_empty() && manifest.axes.is_empty() && hash != manifest.scenario_sha256 {
            eprintln!("note: a file that the scenario of {} reads has changed since that run", path.display());
        }
        Ok(Self { loaded, run: Some((path.clone(), manifest)) })
    }

    /// Why a run failed; what is wrong with the opening has its place in the config.
    pub fn place(&self, error: RunError) -> Failure {
        let RunError::Opening(opening) = &error else { return error.into() };
        match opening.parts() {
            Some([key, message, help]) => self.loaded.placed(vec![Misfit { key, message, help }]).into(),
            None => error.into(),
        }
    }

    /// The folder in which its run directory is made.
    pub fn folder(&self, out: Option<&PathBuf>) -> PathBuf {
        let beside = || self.run.as_ref().and_then(|(directory, _)| directory.parent()).map(Path::to_owned);
        out.cloned().or_else(beside).unwrap_or_else(|| "output".into())
    }
}

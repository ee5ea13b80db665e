//! Config file to scenario: text, edits, shape, values, names. Each stage reports all it finds; the next one runs
//! only on what the one before let through.

use super::check::check;
use super::diagnostic::ConfigError;
use super::key::{KeyPath, nearest};
use super::source::{Elsewhere, Problem, Source};
use super::spec::Spec;
use super::sweep::{self, Axis};
use super::{Scenario, canonical, resolve, schema};
use std::path::Path;

/// A config that has been read and checked.
#[derive(Debug)]
pub struct Loaded {
    /// The world, ready to run.
    pub scenario: Scenario,
    /// The config as written, with the edits.
    pub spec: Spec,
    /// Axes of `[sweep]`; none if it is left out.
    pub axes: Vec<Axis>,
    pub(super) source: Source,
}

/// Reads a config file, applies `--set` edits such as `run.paths=100`, and checks everything.
///
/// # Errors
/// Every problem found, each with its place and what would be right.
pub fn load(path: &Path, sets: &[String]) -> Result<Loaded, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| cannot_read(path, "config", &error))?;
    let base_dir = path.parent().unwrap_or(Path::new(""));
    load_text(&text, base_dir, &path.display().to_string(), sets)
}

/// The same from a text; `label` names it in messages, and files that it names are relative to `base_dir`.
///
/// # Errors
/// As [`load`].
pub fn load_text(text: &str, base_dir: &Path, label: &str, sets: &[String]) -> Result<Loaded, ConfigError> {
    let mut source = Source::new(text, base_dir, label)?;
    source.set(sets)?;
    sweep::flatten(source.tree_mut());
    let (spec, scenario) = build(&source)?;
    let axes = sweep::axes(&source)?;
    Ok(Loaded { scenario, spec, axes, source })
}

impl Loaded {
    /// The same as [`load_text`], without edits.
    ///
    /// # Errors
    /// As [`load`].
    pub fn from_text(text: &str, base_dir: &Path, label: &str) -> Result<Self, ConfigError> {
        load_text(text, base_dir, label, &[])
    }
}

/// Tree to spec to scenario.
pub(super) fn build(source: &Source) -> Result<(Spec, Scenario), ConfigError> {
    let problems = check(schema::root(), source.tree());
    if !problems.is_empty() {
        return Err(source.report(problems));
    }
    let spec: Spec = serde_path_to_error::deserialize(toml::Value::Table(source.tree().clone())).map_err(|error| {
        let path = KeyPath::dotted(&error.path().to_string());
        source.report(vec![Problem::new(&path, error.into_inner().message().to_owned())])
    })?;
    let scenario = resolve::resolve(&spec, source.base_dir()).map_err(|problems| source.report(problems))?;
    Ok((spec, scenario))
}

pub(super) fn cannot_read(path: &Path, what: &str, error: &std::io::Error) -> ConfigError {
    let place = Elsewhere { file: path.display().to_string(), line: None, text: None };
    let mut problem = Problem::new(&KeyPath::root(), format!("cannot read the {what}: {}", canonical::reason(error)));
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = files.filter_map(|f| f.file_name().into_string().ok()).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|e| e == "toml"));
    names.sort();
    let wanted = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
    if let Some(near) = nearest(wanted, names.iter().map(String::as_str)) {
        problem = problem.help(format!("did you mean {}?", path.with_file_name(near).display()));
    }
    let source = Source::empty();
    source.report(vec![problem.elsewhere(place)])
}

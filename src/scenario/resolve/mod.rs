//! Names to ids: a [`Spec`] becomes a [`Scenario`], files are read, and everything that must fit together is checked.
//! One file a noun. Problems are collected; where one leaves an id unknown the first id stands in, and a scenario
//! with problems is never returned.

pub(super) mod account;
mod amm;
mod attack;
mod chain;
mod cohort;
mod coin;
mod futures;
mod issuer;
mod law;
mod market;
mod names;
mod observed;
mod pool;
mod ratio;
mod sampling;
mod shock;
mod vault;

pub(super) use names::{Names, VenueId, leg_name, legs};

use super::canonical;
use super::key::KeyPath;
use super::source::{Elsewhere, Problem};
use super::spec::{CounterfactualSpec, PricesSpec, RunSpec, Spec};
use super::{Scenario, Variant};
use crate::price::{Pegs, PriceModel, timestamp};
use std::path::Path;

/// More steps than this in a path are refused.
const STEPS_MAX: f64 = 10_000_000.0;

/// Builds the scenario of a spec; files are relative to `base_dir`.
pub(super) fn resolve(spec: &Spec, base_dir: &Path) -> Result<Scenario, Vec<Problem>> {
    let mut problems = Vec::new();
    check_name(&spec.name, &mut problems);
    let steps = steps(&spec.run, &mut problems);
    let step_seconds = spec.run.step.seconds();
    check_start(&spec.run, &mut problems);
    let sampling = sampling::resolve(&spec.run, &mut problems);
    let names = Names::declare(spec, &mut problems);
    let prices_fit = problems.is_empty();
    let futures = futures::resolve(&names, step_seconds, base_dir, &mut problems);
    let pools = pool::resolve(&names, step_seconds, &mut problems);
    let issuers = issuer::resolve(&names, step_seconds, &futures, &mut problems);
    let amms = amm::resolve(&names, &mut problems);
    let venues_fit = problems.is_empty();
    let shocks = shock::resolve(spec, &names, &mut problems);
    let markets = market::resolve(spec, &names, &mut problems);
    if venues_fit {
        market::check_needs(&names, &markets, &mut problems);
    }
    let world = cohort::World { names: &names, futures: &futures, markets: &markets, base_dir, fits: venues_fit };
    let cohorts = cohort::resolve(&spec.cohorts, &world, &mut problems);
    let observed = observed::resolve(spec, steps, &mut problems);
    let prices = prices_fit.then(|| prices(spec, &names, steps, base_dir));
    let prices = prices.and_then(|prices| prices.map_err(|problem| problems.push(problem)).ok());
    let Some(prices) = prices.filter(|_| problems.is_empty()) else { return Err(problems) };
    let pegs = Pegs::build(&names.coins, &shocks, steps, step_seconds);
    let texts = canonical::texts(spec, base_dir).map_err(|problem| vec![problem])?;
    Ok(Scenario {
        name: spec.name.clone(),
        about: spec.about.clone(),
        resolved_toml: texts.resolved,
        fingerprint: texts.fingerprint,
        seed: spec.run.seed,
        sampling,
        paths: spec.run.paths,
        steps,
        step_seconds,
        sample_paths: spec.run.sample_paths.min(spec.run.paths),
        worst_paths: spec.run.worst_paths.min(spec.run.paths),
        counterfactuals: spec.run.counterfactuals.iter().map(|&c| variant(c)).collect(),
        order: spec.engine.order,
        assets: names.assets,
        coins: names.coins,
        prices,
        pegs,
        shocks,
        markets,
        futures,
        pools,
        issuers,
        amms,
        cohorts,
        observed,
    })
}

fn variant(counterfactual: CounterfactualSpec) -> Variant {
    match counterfactual {
        CounterfactualSpec::NoFeedback => Variant::NoFeedback,
        CounterfactualSpec::NoReuse => Variant::NoReuse,
    }
}

/// Whether a name can stand in keys, columns and file names.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn check_name(name: &str, problems: &mut Vec<Problem>) {
    if !is_name(name) {
        let problem = Problem::new(&KeyPath::root().key("name"), format!("\"{name}\" cannot name a run directory"));
        problems.push(problem.help("use letters, digits, `_` and `-`"));
    }
}

fn check_start(run: &RunSpec, problems: &mut Vec<Problem>) {
    if let Some(start) = run.start.as_deref().filter(|start| timestamp::parse(start).is_none()) {
        let problem =
            Problem::new(&KeyPath::root().key("run").key("start"), format!("\"{start}\" is not a time in UTC"));
        problems.push(problem.help("write one such as \"2023-03-10T20:00:00Z\""));
    }
}

/// Checks `[run]` and counts the steps of a path.
fn steps(run: &RunSpec, problems: &mut Vec<Problem>) -> usize {
    let path = KeyPath::root().key("run");
    if run.paths == 0 {
        problems.push(Problem::new(&path.key("paths"), "0 paths are no run: expected 1 or more"));
    }
    for (i, counterfactual) in run.counterfactuals.iter().enumerate() {
        if run.counterfactuals[..i].contains(counterfactual) {
            problems.push(Problem::new(&path.key("counterfactuals").key(i), "this world is already in the list"));
        }
    }
    let steps = run.horizon.seconds() / run.step.seconds();
    if steps > STEPS_MAX {
        let message = format!("{} in steps of {} is more than {STEPS_MAX} steps", run.horizon, run.step);
        problems.push(Problem::new(&path.key("step"), message).help("make the step longer or the horizon shorter"));
    } else if steps < 1.0 || (steps - steps.round()).abs() > 1e-9 * steps {
        let message = format!("a horizon of {} is not a whole number of steps of {}", run.horizon, run.step);
        let whole = std::time::Duration::from_secs_f64((steps.round().max(1.0)) * run.step.seconds());
        let help = format!("the nearest that is: horizon = \"{}\"", humantime::format_duration(whole));
        problems.push(Problem::new(&path.key("horizon"), message).help(help));
    }
    steps.round() as usize
}

fn prices(spec: &Spec, names: &Names<'_>, steps: usize, base_dir: &Path) -> Result<PriceModel, Problem> {
    let mut law = spec.prices.clone();
    if let PricesSpec::Replay(replay) = &mut law {
        replay.start = replay.start.take().or_else(|| spec.run.start.clone());
    }
    PriceModel::build(&law, &names.coins, steps, spec.run.step.seconds(), base_dir).map_err(|error| {
        let problem = Problem::new(&KeyPath::dotted(error.key()), error.to_string());
        match error.help() {
            Some(help) => problem.help(help),
            None => problem,
        }
    })
}

/// A place in another file.
fn elsewhere(file: &Path, line: usize) -> Elsewhere {
    Elsewhere { file: file.display().to_string(), line: Some(line), text: None }
}

/// Reads a file that a key names.
fn read_file(path: &KeyPath, base_dir: &Path, file: &Path, problems: &mut Vec<Problem>) -> Option<String> {
    let full = base_dir.join(file);
    match std::fs::read_to_string(&full) {
        Ok(text) => Some(text),
        Err(error) => {
            problems.push(canonical::unreadable(path, &full, &error));
            None
        }
    }
}

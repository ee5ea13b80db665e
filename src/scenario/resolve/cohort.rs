//! Cohorts: drawn from laws or read from a real book, never both.

use super::law::check_wealth;
use super::names::{Names, VenueId};
use super::{chain, is_name};
use crate::scenario::holdings;
use crate::scenario::key::KeyPath;
use crate::scenario::source::Problem;
use crate::scenario::spec::{CohortSpec, FlightSpec, LendingSpec, RunsSpec, ThresholdSpec, TopUpSpec};
use crate::scenario::{Cohort, Flight, Futures, Market, Source};
use std::path::Path;

/// What cohorts refer to.
pub(super) struct World<'a> {
    pub(super) names: &'a Names<'a>,
    pub(super) futures: &'a [Futures],
    pub(super) markets: &'a [Market],
    pub(super) base_dir: &'a Path,
    /// Whether the venues are without problems: chains and books are only checked against such.
    pub(super) fits: bool,
}

/// All cohorts, in the order of the config.
pub(super) fn resolve(specs: &[CohortSpec], world: &World<'_>, problems: &mut Vec<Problem>) -> Vec<Cohort> {
    let root = KeyPath::root().key("cohorts");
    let owners: u64 = specs.iter().map(|c| u64::from(c.owners.unwrap_or(0))).sum();
    if specs.is_empty() {
        problems.push(Problem::new(&root, "there are no cohorts: expected one or more").on_key());
    } else if owners == 0 && specs.iter().all(|c| c.book.is_none() && c.owners.is_some()) {
        problems.push(Problem::new(&root, "the cohorts have no owners: expected one or more").on_key());
    } else if owners > u64::from(u32::MAX) {
        problems.push(Problem::new(&root, format!("{owners} owners are more than {}", u32::MAX)).on_key());
    }
    let mut cohorts = Vec::new();
    for (i, spec) in specs.iter().enumerate() {
        let path = root.key(i);
        check_name(&spec.name, &specs[..i], world.names, &path.key("name"), problems);
        problems.extend(spec.top_up.and_then(|top_up| check_top_up(top_up, &path.key("top_up"))));
        let source = match &spec.book {
            Some(file) => book(spec, file, &path, world, problems),
            None => drawn(spec, &path, world, problems),
        };
        let Some(source) = source else { continue };
        let runs = spec.runs.as_ref();
        let flight = runs.and_then(|runs| flight(runs, &path.key("runs"), world.names, problems));
        cohorts.push(Cohort { name: spec.name.clone(), source, top_up: spec.top_up, runs: spec.runs.clone(), flight });
    }
    cohorts
}

/// Where the owners of a cohort go when they leave; thresholds are checked on the way.
fn flight(runs: &RunsSpec, path: &KeyPath, names: &Names<'_>, problems: &mut Vec<Problem>) -> Option<Flight> {
    if let Some(ThresholdSpec::Uniform { from_per_day, to_per_day }) = runs.threshold {
        let (from, to) = (from_per_day.get(), to_per_day.get());
        if from >= to {
            let path = path.key("threshold").key("uniform").key("from_per_day");
            problems.push(Problem::new(&path, format!("{from} is not below to_per_day {to}")));
        }
    }
    let path = path.key("flight_to");
    match runs.flight_to.as_ref()? {
        FlightSpec::Coin(name) => Some(Flight::Coin(names.coin(name, &path.key("coin"), problems))),
        FlightSpec::Pool(name) => {
            let path = path.key("pool");
            let pool = names.venue(name, VenueId::POOL, &path).map_err(|p| problems.push(p)).ok()?;
            if names.pools[pool].1.lending == LendingSpec::PeerToPeer {
                let message = format!("`{name}` matches lenders for a term: nobody is admitted on a path");
                problems.push(Problem::new(&path, message).help("flee to a pool with lending = \"pool\" or \"bank\""));
            }
            Some(Flight::Pool(pool))
        }
    }
}

fn check_name(name: &str, before: &[CohortSpec], names: &Names<'_>, path: &KeyPath, problems: &mut Vec<Problem>) {
    if before.iter().any(|c| c.name == name) {
        problems.push(Problem::new(path, format!("there is already a cohort called `{name}`")));
    } else if names.venues.contains_key(name) {
        let problem = Problem::new(path, format!("there is already a venue called `{name}`"));
        problems.push(problem.help("cohorts and venues stand side by side in tables: name one otherwise"));
    } else if !is_name(name) || ["all", "outside"].contains(&name) || name.parse::<u64>().is_ok() {
        let problem = Problem::new(path, format!("\"{name}\" cannot name a cohort"));
        problems.push(problem.help("use letters, digits, `_` and `-`; not a number, `all` or `outside`"));
    }
}

fn check_top_up(top_up: TopUpSpec, path: &KeyPath) -> Option<Problem> {
    let (at, to) = (top_up.at_margin_ratio.get(), top_up.to_margin_ratio.get());
    if to < at && to > 0.0 {
        return None;
    }
    let message = format!("{to} is not between 0 and at_margin_ratio {at}");
    let help = "margin ratio is maintenance over equity: adding margin lowers it";
    Some(Problem::new(&path.key("to_margin_ratio"), message).help(help))
}

fn book(
    spec: &CohortSpec,
    file: &Path,
    path: &KeyPath,
    world: &World<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Source> {
    let drawn = [
        ("owners", spec.owners.is_some()),
        ("coin", spec.coin.is_some()),
        ("wealth", spec.wealth.is_some()),
        ("chain", !spec.chain.is_empty()),
    ];
    let mut both = drawn.iter().filter(|(_, given)| *given).map(|(key, _)| *key).peekable();
    if let Some(first) = both.peek() {
        let path = path.key(first);
        let message =
            format!("a cohort with a `book` has no {}", both.map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", "));
        problems.push(Problem::new(&path, message).on_key().help("a real book says itself who owns what"));
        return None;
    }
    if !world.fits {
        return None;
    }
    holdings::read(&world.base_dir.join(file), &path.key("book"), world.names)
        .map_err(|found| problems.extend(found))
        .ok()
        .map(Source::Book)
}

fn drawn(spec: &CohortSpec, path: &KeyPath, world: &World<'_>, problems: &mut Vec<Problem>) -> Option<Source> {
    let needed = [
        ("owners", spec.owners.is_none(), "how many owners"),
        ("coin", spec.coin.is_none(), "the coin they start with"),
        ("wealth", spec.wealth.is_none(), "the law of their wealth, such as { fixed = { usd = 1000.0 } }"),
    ];
    for (key, _, what) in needed.iter().filter(|(_, missing, _)| *missing) {
        let problem = Problem::new(path, format!("the key `{key}` is missing")).on_key();
        problems.push(problem.help(format!("{key}: {what} (or give a real `book` instead)")));
    }
    let (owners, coin, wealth) = (spec.owners?, spec.coin.as_ref()?, spec.wealth?);
    problems.extend(check_wealth(&wealth, &path.key("wealth")).err());
    let before = problems.len();
    let coin = world.names.coin(coin, &path.key("coin"), problems);
    if problems.len() > before || !world.fits {
        return None;
    }
    let asset = world.names.coins[coin.index()].asset;
    chain::resolve(&spec.chain, asset, &path.key("chain"), world)
        .map_err(|problem| problems.push(problem))
        .ok()
        .map(|chain| Source::Drawn { owners, coin, wealth, chain })
}

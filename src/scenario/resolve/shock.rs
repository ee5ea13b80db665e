//! Scheduled shocks: times to steps, sorted.

use super::names::Names;
use crate::scenario::key::KeyPath;
use crate::scenario::source::Problem;
use crate::scenario::spec::{ShockSpec, Spec};
use crate::scenario::{Shock, ShockKind};
use crate::unit::Span;

/// All shocks by rising step; shocks of one step in the order of the config.
pub(super) fn resolve(spec: &Spec, names: &Names<'_>, problems: &mut Vec<Problem>) -> Vec<Shock> {
    let mut shocks = Vec::new();
    for (i, shock) in spec.shocks.iter().enumerate() {
        let path = KeyPath::root().key("shocks").key(i);
        let step = step(spec, shock, &path, problems);
        let before = shocks.len();
        shocks.extend(kinds(shock, &path, spec, names, problems).into_iter().map(|kind| Shock { step, kind }));
        if shocks.len() == before {
            let problem = Problem::new(&path, "this shock does nothing").on_key();
            problems.push(problem.help("give it one or more of `gap`, `depeg`, `depth`, `gas`, `news`"));
        }
    }
    shocks.sort_by_key(|s| s.step);
    shocks
}

/// The first step that ends at or after the time.
fn step(spec: &Spec, shock: &ShockSpec, path: &KeyPath, problems: &mut Vec<Problem>) -> usize {
    if shock.at > spec.run.horizon {
        let message = format!("{} is after the end of the path", shock.at);
        problems.push(Problem::new(&path.key("at"), message).help(format!("run.horizon is {}", spec.run.horizon)));
    }
    let steps = shock.at.seconds() / spec.run.step.seconds();
    // A time that is a whole number of steps must not be pushed on by the last bit of a division.
    ((steps - 1e-9 * steps).ceil().max(1.0)) as usize
}

fn half_life(span: Option<Span>) -> f64 {
    span.map_or(f64::INFINITY, Span::seconds)
}

fn kinds(
    shock: &ShockSpec,
    path: &KeyPath,
    spec: &Spec,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<ShockKind> {
    let mut kinds = Vec::new();
    for (name, gap) in &shock.gap {
        let path = path.key("gap").key(name);
        let coin = names.coin(name, &path, problems);
        if names.coins.get(coin.index()).is_some_and(|c| c.pegged && &c.name == name) {
            let problem = Problem::new(&path, format!("`{name}` is a stablecoin: its price is its peg")).on_key();
            problems.push(problem.help(format!("write depeg = {{ coin = \"{name}\", price_usd = ... }}")));
        }
        kinds.push(ShockKind::Gap { coin, log_return: libm::log1p(gap.get()) });
    }
    if let Some(depeg) = &shock.depeg {
        kinds.push(ShockKind::Depeg {
            coin: names.stablecoin(&depeg.coin, &path.key("depeg").key("coin"), problems),
            price_usd: depeg.price_usd.get(),
            half_life: half_life(depeg.half_life),
        });
    }
    if let Some(gas) = &shock.gas {
        if gas.multiplier.get() < 1.0 {
            let message = format!("{} is below calm: expected 1 or more", gas.multiplier.get());
            problems.push(Problem::new(&path.key("gas").key("multiplier"), message));
        }
        kinds.push(ShockKind::Gas { multiplier: gas.multiplier.get(), half_life: half_life(gas.half_life) });
    }
    if let Some(depth) = &shock.depth {
        let path = path.key("depth").key("coins");
        let mut coins = Vec::new();
        let listed = depth.coins.iter().enumerate().map(|(i, name)| (name, path.key(i)));
        let all = spec.markets.keys().map(|name| (name, KeyPath::root().key("markets").key(name)));
        let wanted: Vec<_> = if depth.coins.is_empty() { all.collect() } else { listed.collect() };
        for (name, path) in wanted {
            let before = problems.len();
            coins.push(names.coin(name, &path, problems));
            if problems.len() == before && !spec.markets.contains_key(name) {
                let problem = Problem::new(&path, format!("`{name}` has no order book to withdraw from"));
                problems.push(problem.help(format!("add a table [markets.{name}]")));
            }
        }
        kinds.push(ShockKind::Depth {
            coins,
            multiplier: depth.multiplier.get(),
            half_life: half_life(depth.half_life),
        });
    }
    if let Some(news) = &shock.news {
        kinds.push(ShockKind::News { leave_per_day: news.leave_per_day.get(), half_life: half_life(news.half_life) });
    }
    kinds
}

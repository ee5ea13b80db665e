//! Scheduled shocks: times to steps, sorted.

use super::attack;
use super::names::{Names, VenueId};
use crate::scenario::key::KeyPath;
use crate::scenario::source::Problem;
use crate::scenario::spec::{DepegSpec, ShockSpec, SlashSpec, Spec};
use crate::scenario::{Doubt, Resolution, Shock, ShockKind};
use crate::unit::{Amount, Positive, Span};

/// All shocks by rising step; shocks of one step in the order of the config.
pub(super) fn resolve(spec: &Spec, names: &Names<'_>, problems: &mut Vec<Problem>) -> Vec<Shock> {
    let mut shocks = Vec::new();
    let mut attackers = 0;
    for (i, shock) in spec.shocks.iter().enumerate() {
        let path = KeyPath::root().key("shocks").key(i);
        let step = step(shock.at, spec, &path.key("at"), problems);
        let before = shocks.len();
        let found = problems.len();
        let mut kinds = kinds(shock, &path, spec, names, problems);
        kinds.extend(attacks(shock, &path, &mut attackers, spec, names, problems));
        shocks.extend(kinds.into_iter().map(|kind| Shock { step, kind }));
        if shocks.len() == before && problems.len() == found {
            let problem = Problem::new(&path, "this shock does nothing").on_key();
            problems.push(problem.help(
                "give it one or more of `gap`, `depeg`, `depth`, `gas`, `news`, `exploit`, `forge`, `freeze`, `slash`",
            ));
        }
    }
    shocks.sort_by_key(|s| s.step);
    shocks
}

/// The first step that ends at or after the time.
fn step(at: Span, spec: &Spec, path: &KeyPath, problems: &mut Vec<Problem>) -> usize {
    if at > spec.run.horizon {
        let message = format!("{at} is after the end of the path");
        problems.push(Problem::new(path, message).help(format!("run.horizon is {}", spec.run.horizon)));
    }
    let steps = at.seconds() / spec.run.step.seconds();
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
        kinds.push(depeg_kind(depeg, shock.at, &path.key("depeg"), spec, names, problems));
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
    kinds.extend(shock.slash.as_ref().map(|slash| slash_kind(slash, &path.key("slash"), names, problems)));
    kinds
}

/// An issuer that has something staked loses a share of it.
fn slash_kind(slash: &SlashSpec, path: &KeyPath, names: &Names<'_>, problems: &mut Vec<Problem>) -> ShockKind {
    let (key, name) = (path.key("issuer"), &slash.issuer);
    let issuer = names.venue(name, VenueId::ISSUER, &key).map_err(|p| problems.push(p)).ok();
    if issuer.is_some_and(|issuer| names.issuers[issuer].1.staked.is_none()) {
        let problem = Problem::new(&key, format!("`{name}` has nothing staked that could be slashed"));
        problems.push(problem.help(format!("add a table [venues.{name}.issuer.staked]")));
    }
    ShockKind::Slash { issuer: issuer.unwrap_or(0), share: slash.share.get() }
}

/// What somebody commits, in the order in which it is done: theft, forgery, the freeze that answers it.
fn attacks(
    shock: &ShockSpec,
    path: &KeyPath,
    attackers: &mut usize,
    spec: &Spec,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> impl Iterator<Item = ShockKind> {
    let theft = shock.exploit.as_ref().and_then(|e| attack::theft(e, &path.key("exploit"), spec, names, problems));
    let forged = shock.forge.as_ref().and_then(|f| attack::forgery(f, &path.key("forge"), attackers, names, problems));
    let freeze = shock.freeze.as_ref().and_then(|f| attack::freeze(f, &path.key("freeze"), names, problems));
    [theft, forged, freeze].into_iter().flatten()
}

/// A coin with `stable` returns by redemption and can be in doubt, any other by the half-life given here.
fn depeg_kind(
    depeg: &DepegSpec,
    at: Span,
    path: &KeyPath,
    spec: &Spec,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> ShockKind {
    let coin = names.stablecoin(&depeg.coin, &path.key("coin"), problems);
    let (name, price_usd) = (&depeg.coin, depeg.price_usd.get());
    let Some(stable) = names.coins.get(coin.index()).and_then(|c| c.stable.as_ref()) else {
        if depeg.doubt.is_some() && names.is_stablecoin(name) {
            let problem = Problem::new(&path.key("doubt"), format!("`{name}` has no redemption for a doubt to stop"));
            problems.push(problem.on_key().help(format!("write coins.{name} = {{ stable = {{ peg_usd = ... }} }}")));
        }
        return ShockKind::Depeg { coin, price_usd, half_life: half_life(depeg.half_life) };
    };
    if depeg.half_life.is_some() {
        let problem = Problem::new(&path.key("half_life"), format!("`{name}` returns to its peg by redemption"));
        problems.push(problem.on_key().help(format!("leave it out; see coins.{name}.stable.return_half_life")));
    }
    let doubt = depeg.doubt.map(|doubt| Doubt {
        at_risk_share: doubt.at_risk_share.get(),
        noise_per_day: doubt.noise_per_day.map_or(stable.noise_per_day, Amount::get),
        resolution: doubt.resolution.map(|resolution| {
            let path = path.key("doubt").key("resolution").key("at");
            if resolution.at <= at {
                let message = format!("the doubt ends at {}, before it begins", resolution.at);
                problems
                    .push(Problem::new(&path, message).help(format!("the shock is at {at}; both are from the start")));
            }
            Resolution {
                step: step(resolution.at, spec, &path, problems),
                recovery_probability: resolution.recovery_probability.get(),
                recovered_price_usd: resolution.recovered_price_usd.map(Positive::get),
            }
        }),
    });
    ShockKind::Push { coin, price_usd, doubt }
}

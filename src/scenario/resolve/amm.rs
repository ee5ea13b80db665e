//! Pools of two assets: what is in them, and where their reserves lie.

use super::names::{Names, VenueId, kind_name, venue_path};
use crate::id::AssetId;
use crate::scenario::key::{KeyPath, suggest};
use crate::scenario::source::Problem;
use crate::scenario::spec::{AmmSpec, IdleSpec};
use crate::scenario::{Amm, AssetKind, Idle, Mining};

/// All pools of two assets, in the order of the config.
pub(super) fn resolve(names: &Names<'_>, problems: &mut Vec<Problem>) -> Vec<Amm> {
    names.amms.iter().map(|(name, spec)| amm(name, spec, names, problems)).collect()
}

fn amm(name: &str, spec: &AmmSpec, names: &Names<'_>, problems: &mut Vec<Problem>) -> Amm {
    let path = venue_path(name).key("amm");
    let assets = assets(spec, &path.key("assets"), names, problems);
    let points = spec.fee.get() * 10_000.0;
    if (points - points.round()).abs() > 1e-6 {
        let problem = Problem::new(&path.key("fee"), format!("{} is no whole number of basis points", spec.fee.get()));
        problems.push(problem.help(format!("the nearest that is: {}", points.round() / 10_000.0)));
    }
    let mining = spec.mining.as_ref().map(|mining| Mining {
        coin: names.coin(&mining.coin, &path.key("mining").key("coin"), problems),
        per_year_usd: mining.per_year_usd.get(),
    });
    Amm {
        name: name.to_owned(),
        assets,
        lp: names.find(&spec.lp).unwrap_or(AssetId(0)),
        fee_points: points.round() as u16,
        outside_reserves_usd: spec.outside_reserves_usd.get(),
        idle: spec.idle.as_ref().and_then(|idle| self::idle(idle, spec, &path.key("idle"), names, problems)),
        mining,
    }
}

fn assets(spec: &AmmSpec, path: &KeyPath, names: &Names<'_>, problems: &mut Vec<Problem>) -> [AssetId; 2] {
    let before = problems.len();
    let mut found = Vec::new();
    for (i, name) in spec.assets.iter().enumerate() {
        let asset = names.asset(name, &path.key(i), problems);
        let kind = names.kind(asset);
        if names.find(name).is_some() && !matches!(kind, AssetKind::Coin(_) | AssetKind::Token { .. }) {
            let message = format!("`{name}` is {}, which is not swapped here", kind_name(kind));
            problems.push(Problem::new(&path.key(i), message).help("a pool has two of: coins, issuers' tokens"));
        }
        found.push(asset);
    }
    match found[..] {
        [a, b] if a != b || problems.len() > before => [a, b],
        [_, _] => {
            problems.push(Problem::new(path, format!("a pool of `{}` and itself", spec.assets[0])).on_key());
            [AssetId(0); 2]
        }
        _ => {
            let message = format!("{} assets: expected two", found.len());
            problems.push(Problem::new(path, message).on_key().help("for example [\"btc\", \"usdt\"]"));
            [AssetId(0); 2]
        }
    }
}

fn idle(
    idle: &IdleSpec,
    spec: &AmmSpec,
    path: &KeyPath,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Idle> {
    let key = path.key("venue");
    let pool = names.venue(&idle.venue, VenueId::POOL, &key).map_err(|problem| problems.push(problem)).ok()?;
    let reserves = &names.pools[pool].1.reserves;
    let at = |i: usize| spec.assets.get(i).and_then(|name| reserves.get_index_of(name.as_str()));
    let taken = [at(0), at(1)];
    if taken == [None, None] {
        let message = format!("`{}` takes none of {}", idle.venue, spec.assets.join(", "));
        let known = reserves.keys().map(String::as_str);
        problems.push(Problem::new(&key, message).help(suggest("", "it takes", known)));
    }
    Some(Idle { pool, reserves: taken, share: idle.share.get() })
}

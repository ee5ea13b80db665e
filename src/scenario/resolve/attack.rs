//! Shocks that somebody commits, and what venues do about them: theft, forged tokens, a freeze.

use super::names::{Names, VenueId};
use crate::scenario::key::{KeyPath, suggest};
use crate::scenario::source::Problem;
use crate::scenario::spec::{ExploitSpec, ForgeSpec, FreezeSpec, Spec};
use crate::scenario::{ForgedPledge, Forgery, ShockKind, Taken, Vault};

/// Theft from a pool or an issuer.
pub(super) fn theft(
    exploit: &ExploitSpec,
    path: &KeyPath,
    spec: &Spec,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<ShockKind> {
    let venue = path.key("venue");
    let from = match names.venues.get(exploit.venue.as_str()) {
        Some(VenueId::Pool(pool)) => {
            let named = exploit.reserve.as_ref().map(|name| (name.as_str(), path.key("reserve")));
            Vault::Pool { pool: *pool, reserves: reserves(*pool, named.into_iter(), names, problems) }
        }
        Some(VenueId::Issuer(issuer)) => {
            if exploit.reserve.is_some() {
                let message = format!("`{}` is an issuer, which has no reserves", exploit.venue);
                problems.push(Problem::new(&path.key("reserve"), message).on_key().help("leave `reserve` out"));
            }
            Vault::Issuer(*issuer)
        }
        Some(other @ (VenueId::Futures(_) | VenueId::Amm(_))) => {
            let problem = Problem::new(&venue, format!("`{}` is {}", exploit.venue, other.kind_name()));
            problems.push(problem.help("savings pools and issuers have cash that can be stolen"));
            return None;
        }
        None => {
            let known = names.pools.iter().map(|(n, _)| *n).chain(names.issuers.iter().map(|(n, _)| *n));
            let help = suggest(&exploit.venue, "pools and issuers", known);
            problems.push(Problem::new(&venue, format!("there is no venue called `{}`", exploit.venue)).help(help));
            return None;
        }
    };
    let taken = match (exploit.share, exploit.usd) {
        (Some(share), None) => Taken::Share(share.get()),
        (None, Some(usd)) => Taken::Usd(usd.get()),
        (given, _) => {
            let message = if given.is_some() { "`share` and `usd` exclude one another" } else { "nothing is taken" };
            let help = "give it one of `share` (of the cash) and `usd`";
            problems.push(Problem::new(path, message).on_key().help(help));
            return None;
        }
    };
    let steps = exploit.over.map_or(1.0, |over| over.seconds() / spec.run.step.seconds());
    Some(ShockKind::Theft { from, taken, steps: (steps.round() as usize).max(1) })
}

/// Tokens issued for nothing. `attackers` counts the accounts of attackers so far.
pub(super) fn forgery(
    forge: &ForgeSpec,
    path: &KeyPath,
    attackers: &mut usize,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<ShockKind> {
    let issuer = names.venue(&forge.issuer, VenueId::ISSUER, &path.key("issuer")).map_err(|p| problems.push(p)).ok()?;
    let token = names.issuers[issuer].1.token.as_str();
    let pledge = if let Some(name) = &forge.deposit_in {
        Some(pledge(forge, name, token, path, attackers, names, problems)?)
    } else {
        if forge.borrow.is_some() {
            let problem = Problem::new(&path.key("borrow"), "nothing is pledged to borrow against").on_key();
            problems.push(problem.help("deposit_in: the pool that takes the tokens as collateral"));
        }
        None
    };
    Some(ShockKind::Forgery(Forgery { issuer, tokens: forge.tokens.get(), pledge }))
}

fn pledge(
    forge: &ForgeSpec,
    name: &str,
    token: &str,
    path: &KeyPath,
    attackers: &mut usize,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<ForgedPledge> {
    let key = path.key("deposit_in");
    let pool = names.venue(name, VenueId::POOL, &key).map_err(|p| problems.push(p)).ok()?;
    let terms = names.pools[pool].1;
    let Some(reserve) = terms.reserves.get_index_of(token) else {
        let problem = Problem::new(&key, format!("`{name}` does not take `{token}`"));
        problems.push(problem.help(format!("add venues.{name}.savings.reserves.{token}")));
        return None;
    };
    let borrow = match &forge.borrow {
        Some(coin) => {
            let key = path.key("borrow");
            let Some(lent) = terms.reserves.get_index_of(coin.as_str()) else {
                let known = terms.reserves.keys().map(String::as_str);
                let message = format!("`{name}` does not lend `{coin}`");
                problems.push(Problem::new(&key, message).help(suggest(coin, "reserves", known)));
                return None;
            };
            if terms.loans.is_none() {
                problems.push(Problem::new(&key, format!("`{name}` lends to nobody: it has no `loans`")));
                return None;
            }
            Some((lent, forge.borrow_share_of_ltv.get()))
        }
        None => None,
    };
    *attackers += 1;
    Some(ForgedPledge { attacker: *attackers - 1, pool, reserve, borrow })
}

/// Reserves of a pool that are frozen.
pub(super) fn freeze(
    freeze: &FreezeSpec,
    path: &KeyPath,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<ShockKind> {
    let pool = names.venue(&freeze.venue, VenueId::POOL, &path.key("venue")).map_err(|p| problems.push(p)).ok()?;
    let path = path.key("reserves");
    let named = freeze.reserves.iter().enumerate().map(|(i, name)| (name.as_str(), path.key(i)));
    Some(ShockKind::Freeze { pool, reserves: reserves(pool, named, names, problems) })
}

/// Positions of reserves by name; all of the pool if none is named.
fn reserves<'n>(
    pool: usize,
    named: impl Iterator<Item = (&'n str, KeyPath)>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<usize> {
    let (venue, terms) = names.pools[pool];
    let mut named = named.peekable();
    if named.peek().is_none() {
        return (0..terms.reserves.len()).collect();
    }
    let mut found = Vec::new();
    for (name, path) in named {
        if let Some(reserve) = terms.reserves.get_index_of(name) {
            found.push(reserve);
        } else {
            let help = suggest(name, "reserves", terms.reserves.keys().map(String::as_str));
            problems.push(Problem::new(&path, format!("`{venue}` has no reserve `{name}`")).help(help));
        }
    }
    found
}

//! Issuers: what backs a token must not be the token, and must not be more than was paid for it.

use super::names::{Names, VenueId, kind_name, venue_path};
use crate::id::{AssetId, CoinId};
use crate::scenario::key::{KeyPath, suggest};
use crate::scenario::source::Problem;
use crate::scenario::spec::IssuerSpec;
use crate::scenario::{AssetKind, Futures, Hedge, Held, Issuer};
use crate::venue::bracket::maintenance_usd;

/// All issuers, in the order of the config.
pub(super) fn resolve(names: &Names<'_>, futures: &[Futures], problems: &mut Vec<Problem>) -> Vec<Issuer> {
    names.issuers.iter().map(|(name, spec)| issuer(name, spec, names, futures, problems)).collect()
}

fn issuer(
    name: &str,
    spec: &IssuerSpec,
    names: &Names<'_>,
    futures: &[Futures],
    problems: &mut Vec<Problem>,
) -> Issuer {
    let path = venue_path(name).key("issuer");
    let par = par(spec, &path.key("par"), names, problems);
    let hedge_venue = hedge_venue(spec, &path, names, problems);
    let holds = holds(spec, &path, names, problems);
    check_proceeds(spec, &path, problems);
    let hedged = match hedge_venue {
        Some(venue) => hedges(spec, &path, &futures[venue], problems),
        None => Vec::new(),
    };
    Issuer {
        name: name.to_owned(),
        token: names.find(&spec.token).unwrap_or(AssetId(0)),
        par,
        outside_supply_usd: spec.outside_supply_usd.get(),
        cash_share: spec.cash_share.get(),
        hedged,
        hedge_venue,
        hedge_margin: spec.hedge_margin.get(),
        holds,
        reserve_fund_share: spec.reserve_fund_share.get(),
        fast_quota_per_day: spec.fast.quota_per_day.get(),
        fast_fee: spec.fast.fee.get(),
        standard_delay: spec.standard.delay.seconds(),
        standard_fee: spec.standard.fee.get(),
        unwind_per_day: spec.unwind_per_day.get(),
        market: spec.market.map(super::market::law),
    }
}

/// The coin of issue. Follows tokens to say when one backs itself.
fn par(spec: &IssuerSpec, path: &KeyPath, names: &Names<'_>, problems: &mut Vec<Problem>) -> CoinId {
    let backs_itself = |chain: &str| {
        Problem::new(path, format!("`{}` would back itself: {chain}", spec.token))
            .help("a token is issued for a coin, such as par = \"usdt\"")
    };
    let mut at = spec.par.as_str();
    let mut chain = format!("it is issued for `{at}`");
    for _ in 0..=names.issuers.len() {
        if at == spec.token {
            problems.push(backs_itself(&chain));
            return CoinId(0);
        }
        let Some((_, issuer)) = names.issuers.iter().find(|(_, issuer)| issuer.token == at) else { break };
        at = &issuer.par;
        chain = format!("{chain}, which is issued for `{at}`");
    }
    names.coin(&spec.par, path, problems)
}

/// The venue of the short legs; it must take the coin that the issuer has as margin.
fn hedge_venue(spec: &IssuerSpec, path: &KeyPath, names: &Names<'_>, problems: &mut Vec<Problem>) -> Option<usize> {
    if spec.hedged.is_empty() {
        return None;
    }
    if names.coins.iter().any(|c| c.name == spec.par && !c.pegged) {
        let message = format!("a token issued for `{}` has nothing to hedge", spec.par);
        let problem = Problem::new(&path.key("hedged"), message).on_key();
        problems.push(problem.help("pairs keep the value of a stablecoin: write hedged = {} and cash_share = 1.0"));
        return None;
    }
    let Some(name) = &spec.hedge_venue else {
        let problem = Problem::new(path, "the key `hedge_venue` is missing").on_key();
        problems.push(problem.help("hedge_venue: the futures venue of the short legs in `hedged`"));
        return None;
    };
    let key = path.key("hedge_venue");
    let venue = names.venue(name, VenueId::FUTURES, &key).map_err(|p| problems.push(p)).ok()?;
    let terms = &names.futures[venue].1;
    let collateral = &terms.collateral;
    if !collateral.contains_key(&spec.par) && spec.par != terms.settlement {
        let message = if collateral.contains_key(&spec.token) {
            format!("`{name}` takes `{}` as margin but not `{}`: the token would back itself", spec.token, spec.par)
        } else {
            format!("`{name}` does not take `{}` as margin", spec.par)
        };
        problems
            .push(Problem::new(&key, message).help(format!("add `{}` to venues.{name}.futures.collateral", spec.par)));
    }
    Some(venue)
}

/// Tokens of other issuers among what backs this one.
fn holds(spec: &IssuerSpec, path: &KeyPath, names: &Names<'_>, problems: &mut Vec<Problem>) -> Vec<Held> {
    let mut holds = Vec::new();
    for (name, share) in &spec.holds {
        let key = path.key("holds").key(name);
        if *name == spec.token {
            let problem = Problem::new(&key, format!("`{name}` would back itself: it holds its own token")).on_key();
            problems
                .push(problem.help("an issuer holds the tokens of other issuers; these may hold its token in turn"));
            continue;
        }
        match names.find(name).map(|asset| names.kind(asset)) {
            Some(AssetKind::Token { issuer }) => holds.push(Held { issuer, share: share.get() }),
            found => {
                let tokens = names.issuers.iter().map(|(_, issuer)| issuer.token.as_str()).filter(|t| *t != spec.token);
                let message = match found {
                    Some(kind) => format!("`{name}` is {}, not a token", kind_name(kind)),
                    None => format!("there is no token called `{name}`"),
                };
                problems.push(Problem::new(&key, message).on_key().help(suggest(
                    name,
                    "other issuers' tokens",
                    tokens,
                )));
            }
        }
    }
    holds
}

fn check_proceeds(spec: &IssuerSpec, path: &KeyPath, problems: &mut Vec<Problem>) {
    let spot: f64 = spec.hedged.values().map(|s| s.get()).sum();
    let (cash, margin) = (spec.cash_share.get(), spot * spec.hedge_margin.get());
    let held: f64 = spec.holds.values().map(|s| s.get()).sum();
    let sum = cash + spot + margin + held;
    if (sum - 1.0).abs() > 1e-6 {
        let wrong = if sum > 1.0 { "more than was paid in" } else { "the rest is nowhere" };
        let message = format!(
            "cash {cash} + spot {spot} + margin {spot} * {}{} = {sum:.4} of the proceeds: {wrong}",
            spec.hedge_margin.get(),
            if spec.holds.is_empty() { String::new() } else { format!(" + tokens {held}") },
        );
        problems.push(Problem::new(&path.key("hedged"), message).on_key().help(format!(
            "with this cash and margin {:.4} is hedged in all, or cash_share is {:.4}",
            (1.0 - cash - held).max(0.0) / (1.0 + spec.hedge_margin.get()),
            (1.0 - spot - margin - held).max(0.0)
        )));
    }
}

fn hedges(spec: &IssuerSpec, path: &KeyPath, venue: &Futures, problems: &mut Vec<Problem>) -> Vec<Hedge> {
    let mut hedges = Vec::new();
    for (name, share) in &spec.hedged {
        let key = path.key("hedged").key(name);
        let Some(contract) = venue.listed(name).map(|c| venue.leg_for(c, -1.0)) else {
            let known = venue.contracts.iter().map(|c| c.listing.as_str());
            let message = format!("there is no contract `{name}` at `{}`", venue.name);
            problems.push(Problem::new(&key, message).on_key().help(suggest(name, "contracts", known)));
            continue;
        };
        let notional_usd = (share.get() * spec.outside_supply_usd.get()).max(1.0);
        let tiers = &venue.contracts[contract].tiers;
        let needed = if tiers.is_empty() { 0.0 } else { maintenance_usd(tiers, notional_usd) / notional_usd };
        if spec.hedge_margin.get() <= needed {
            let message = format!(
                "a short of {notional_usd:.0} USD in `{name}` needs a margin above {needed:.4}: \
                at {} it would be liquidated at the opening",
                spec.hedge_margin.get()
            );
            problems.push(Problem::new(&path.key("hedge_margin"), message));
        }
        hedges.push(Hedge { contract, share: share.get() });
    }
    hedges
}

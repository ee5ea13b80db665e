//! Issuers: what backs a token must not be the token, and must not be more than was paid for it.

use super::names::{Names, VenueId, kind_name, reserve_path, venue_path};
use crate::id::{AssetId, CoinId};
use crate::scenario::key::{KeyPath, suggest};
use crate::scenario::source::Problem;
use crate::scenario::spec::{GateSpec, IssuerSpec, StakedSpec};
use crate::scenario::{AssetKind, Futures, Gate, Hedge, Held, Issuer, MarketTerms, Staked};
use crate::unit::{Amount, Share, ShareBelowOne, Span};
use crate::venue::bracket::maintenance_usd;

const DAY_SECONDS: f64 = 86_400.0;

/// All issuers, in the order of the config.
pub(super) fn resolve(
    names: &Names<'_>,
    step_seconds: f64,
    futures: &[Futures],
    problems: &mut Vec<Problem>,
) -> Vec<Issuer> {
    names.issuers.iter().map(|(name, spec)| issuer(name, spec, names, step_seconds, futures, problems)).collect()
}

fn issuer(
    name: &str,
    spec: &IssuerSpec,
    names: &Names<'_>,
    step_seconds: f64,
    futures: &[Futures],
    problems: &mut Vec<Problem>,
) -> Issuer {
    let path = venue_path(name).key("issuer");
    let par = par(spec, &path.key("par"), names, problems);
    let hedge_venue = hedge_venue(spec, &path, names, problems);
    let holds = holds(spec, &path, names, problems);
    let staked = spec.staked.as_ref().and_then(|staked| stake(staked, spec, &path, names, problems));
    let vault =
        spec.vault.as_ref().and_then(|vault| super::vault::rules(vault, spec, &path, names, step_seconds, problems));
    if spec.vault.is_none() && staked.is_some() == spec.staked.is_some() {
        check_proceeds(spec, &path, staked.filter(|s| s.coin == par), problems);
    }
    check_transfers(spec, &path, names, problems);
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
        staked,
        vault,
        holds,
        reserve_fund_share: spec.reserve_fund_share.get(),
        reserve_fund_target_share: spec.reserve_fund_target_share.unwrap_or(spec.reserve_fund_share).get(),
        backstop_usd: spec.backstop.map_or(0.0, |backstop| backstop.limit_usd.map_or(f64::INFINITY, Amount::get)),
        fast_quota_per_day: spec.fast.quota_per_day.get(),
        fast_fee: spec.fast.fee.get(),
        standard_quota_per_day: spec.standard.quota_per_day.map_or(f64::INFINITY, Share::get),
        standard_delay: spec.standard.delay.seconds(),
        standard_fee: spec.standard.fee.get(),
        gate: spec.gate.as_ref().map(|terms| gate(terms, spec, &path.key("gate"), step_seconds, problems)),
        unwind_per_day: spec.unwind_per_day.get(),
        market: spec.market.map(|book| super::market::checked(book, &path.key("market"), problems)),
        market_terms: market_terms(spec, &path.key("market_terms"), problems),
    }
}

/// What is staked: the coin of issue, or the spot of a pair.
fn stake(
    staked: &StakedSpec,
    spec: &IssuerSpec,
    path: &KeyPath,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Staked> {
    let path = path.key("staked");
    let (name, key) = match &staked.coin {
        Some(name) => (name, path.key("coin")),
        None => (&spec.par, path.clone()),
    };
    let exit = staked.exit;
    if exit.queue.is_some_and(|queue| queue.get() > 0.0) && exit.churn_per_day.is_none() {
        let problem = Problem::new(&path.key("exit").key("queue"), "a queue without a churn never moves").on_key();
        problems.push(problem.help("say how many coins leave per day: exit.churn_per_day, such as 57600.0 for ether"));
    }
    let before = problems.len();
    let coin = names.coin(name, &key, problems);
    if problems.len() > before {
        return None;
    }
    if name != &spec.par {
        check_staked_pair(name, staked.share.get(), spec, &path, names, problems);
        if problems.len() > before {
            return None;
        }
    } else if names.is_stablecoin(name) {
        let problem = Problem::new(&key, format!("`{name}` is a stablecoin, which nobody stakes"));
        let problem = if staked.coin.is_none() { problem.on_key() } else { problem };
        problems.push(problem.help("name the coin of a pair in `hedged`, such as coin = \"eth\""));
        return None;
    }
    Some(Staked {
        coin,
        share: staked.share.get(),
        reward_per_year: staked.reward_per_year.get(),
        commission: staked.commission.get(),
        churn_per_second: exit.churn_per_day.map_or(f64::INFINITY, |churn| churn.get() / DAY_SECONDS),
        queue: exit.queue.map_or(0.0, Amount::get),
        delay: exit.delay.map_or(0.0, Span::seconds),
    })
}

/// A staked coin that is not the coin of issue is spot of a pair, and no more than that.
fn check_staked_pair(
    coin: &str,
    share: f64,
    spec: &IssuerSpec,
    path: &KeyPath,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let contracts = spec.hedge_venue.as_ref().and_then(|venue| names.futures.iter().find(|(name, _)| name == venue));
    let on_coin =
        |contract: &str| contracts.is_some_and(|(_, f)| f.contracts.get(contract).is_some_and(|c| c.coin == coin));
    let spot: f64 = spec.hedged.iter().filter(|(contract, _)| on_coin(contract)).map(|(_, share)| share.get()).sum();
    if spot == 0.0 {
        let message = format!("`{coin}` is neither the coin of issue, `{}`, nor the coin of a pair", spec.par);
        problems.push(
            Problem::new(&path.key("coin"), message)
                .help("a staked coin of a dollar token is the spot of a pair in `hedged`"),
        );
    } else if share > spot {
        let message = format!("{share} of the proceeds cannot be staked: {spot} of them are `{coin}`");
        problems.push(Problem::new(&path.key("share"), message).help(format!("expected at most {spot}, see `hedged`")));
    }
}

fn gate(terms: &GateSpec, spec: &IssuerSpec, path: &KeyPath, step_seconds: f64, problems: &mut Vec<Problem>) -> Gate {
    let (floor, cash) = (terms.when_cash_below.get(), spec.cash_share.get());
    if floor > cash {
        let message = format!("with cash of {cash} a gate at {floor} would be closed from the opening");
        let problem = Problem::new(&path.key("when_cash_below"), message);
        problems.push(problem.help(format!("expected less than cash_share {cash}, such as 0.0")));
    }
    Gate { when_cash_below: floor, at_most_steps: (terms.at_most.seconds() / step_seconds).ceil() as u32 }
}

/// A price that rests below the redemption value needs a book to stand on.
fn market_terms(spec: &IssuerSpec, path: &KeyPath, problems: &mut Vec<Problem>) -> MarketTerms {
    let terms = spec.market_terms;
    let terms = MarketTerms {
        required_return_per_year: terms.required_return_per_year.map_or(0.0, Amount::get),
        risk_discount: terms.risk_discount.map_or(0.0, ShareBelowOne::get),
        recovery: terms.recovery,
    };
    if spec.market.is_none() && (terms.required_return_per_year > 0.0 || terms.risk_discount > 0.0) {
        let problem = Problem::new(path, format!("`{}` does not trade: it has no price to rest", spec.token)).on_key();
        problems.push(problem.help("add its order book: market.book = { depth_1pct_usd = ... }"));
    }
    terms
}

/// A token that cannot change hands is nobody's collateral and has no market.
fn check_transfers(spec: &IssuerSpec, path: &KeyPath, names: &Names<'_>, problems: &mut Vec<Problem>) {
    if spec.transferable {
        return;
    }
    let token = &spec.token;
    let help = format!("leave it out, or write transferable = true for `{token}`");
    if spec.market.is_some() {
        let problem =
            Problem::new(&path.key("market"), format!("`{token}` cannot change hands, so that nobody trades it"));
        problems.push(problem.on_key().help(help.clone()));
    }
    let margin = names.futures.iter().filter(|(_, f)| f.collateral.contains_key(token));
    let margin = margin.map(|(name, _)| (*name, venue_path(name).key("futures").key("collateral").key(token)));
    let pools = names.pools.iter().filter(|(_, p)| p.reserves.contains_key(token));
    let pools = pools.map(|(name, _)| (*name, reserve_path(name, token)));
    for (name, key) in margin.chain(pools) {
        let problem = Problem::new(&key, format!("`{token}` cannot change hands, so that `{name}` cannot take it"));
        problems.push(problem.on_key().help(help.clone()));
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

fn check_proceeds(spec: &IssuerSpec, path: &KeyPath, staked: Option<Staked>, problems: &mut Vec<Problem>) {
    let spot = spec.hedged.values().fold(0.0, |sum, share| sum + share.get());
    let (cash, margin) = (spec.cash_share.get(), spot * spec.hedge_margin.get());
    let staked = staked.map_or(0.0, |staked| staked.share);
    let held = spec.holds.values().fold(0.0, |sum, share| sum + share.get());
    let sum = cash + spot + margin + staked + held;
    if (sum - 1.0).abs() <= 1e-6 {
        return;
    }
    let wrong = if sum > 1.0 { "more than was paid in" } else { "the rest is nowhere" };
    let stake = if staked > 0.0 { format!(" + staked {staked}") } else { String::new() };
    let tokens = if held > 0.0 { format!(" + tokens {held}") } else { String::new() };
    let message = format!(
        "cash {cash} + spot {spot} + margin {spot} * {}{stake}{tokens} = {sum:.4} of the proceeds: {wrong}",
        spec.hedge_margin.get()
    );
    let cash_share = (1.0 - spot - margin - staked - held).max(0.0);
    let help = if staked > 0.0 {
        format!(
            "with this cash {:.4} is staked, or cash_share is {cash_share:.4}",
            (1.0 - cash - spot - margin - held).max(0.0)
        )
    } else {
        format!(
            "with this cash and margin {:.4} is hedged in all, or cash_share is {cash_share:.4}",
            (1.0 - cash - held).max(0.0) / (1.0 + spec.hedge_margin.get())
        )
    };
    problems.push(Problem::new(&path.key(if staked > 0.0 { "staked" } else { "hedged" }), message).on_key().help(help));
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

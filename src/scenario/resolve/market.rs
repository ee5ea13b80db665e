//! Order books, and which coins need one: what can be sold by force must have somewhere to be sold.

use super::names::{Names, reserve_path, venue_path};
use crate::scenario::key::KeyPath;
use crate::scenario::source::Problem;
use crate::scenario::spec::{BookSpec, Spec};
use crate::scenario::{AssetKind, ImpactLaw, Market};

/// All books, in the order of the config.
pub(super) fn resolve(spec: &Spec, names: &Names<'_>, problems: &mut Vec<Problem>) -> Vec<Market> {
    let path = KeyPath::root().key("markets");
    let markets = spec.markets.iter().map(|(name, market)| {
        let before = problems.len();
        let coin = names.coin(name, &path.key(name), problems);
        problems[before..].iter_mut().for_each(|p| *p = p.clone().on_key());
        check(market.spot, &path.key(name).key("spot"), problems);
        market.perp.iter().for_each(|book| check(*book, &path.key(name).key("perp"), problems));
        let stable = names.coins.get(coin.index()).filter(|c| &c.name == name).and_then(|c| c.stable.as_ref());
        if stable.is_some() {
            let perp = market.perp.map(|book| (book, "perp"));
            perp.into_iter().chain([(market.spot, "spot")]).for_each(|(book, side)| {
                check_redeemable(book, name, &path.key(name).key(side), problems);
            });
        }
        Market {
            coin,
            redemption: stable.map(|s| s.redemption.clone()),
            spot: law(market.spot),
            perp: market.perp.map(law),
            arbitrage_share: market.arbitrage_share.get(),
            arbitrage_half_life: market.arbitrage_half_life.seconds(),
        }
    });
    markets.collect()
}

/// The law of a book.
pub(super) fn law(book: BookSpec) -> ImpactLaw {
    let (depth, exponent, permanent, half_life) = match book {
        BookSpec::Book(b) => (b.depth_1pct_usd, b.exponent.get(), b.permanent_share, b.recovery_half_life),
        BookSpec::Linear(b) => (b.depth_1pct_usd, 1.0, b.permanent_share, b.recovery_half_life),
    };
    ImpactLaw {
        depth_1pct_usd: depth.get(),
        exponent,
        permanent_share: permanent.get(),
        recovery_half_life: half_life.seconds(),
    }
}

/// Every contract needs a perpetual's book; every coin that is margin, hedge or loan collateral a spot book.
pub(super) fn check_needs(names: &Names<'_>, markets: &[Market], problems: &mut Vec<Problem>) {
    for (name, spec) in &names.futures {
        let path = venue_path(name).key("futures");
        for (contract, terms) in &spec.contracts {
            let path = path.key("contracts").key(contract).key("coin");
            let why = format!("`{contract}` is traded and liquidated on it");
            need(names, markets, &terms.coin, true, &path, &why, problems);
        }
        for asset in spec.collateral.keys() {
            let why = format!("`{name}` sells `{asset}` when it auto-exchanges or liquidates");
            for coin in coins_behind(names, asset) {
                need(names, markets, coin, false, &path.key("collateral").key(asset), &why, problems);
            }
        }
    }
    for (name, spec) in &names.issuers {
        for token in spec.holds.keys() {
            let Some((_, held)) = names.issuers.iter().find(|(_, other)| other.token == *token) else { continue };
            if held.par != spec.par {
                let path = venue_path(name).key("issuer").key("holds").key(token);
                let why = format!("`{name}` sells what `{token}` is redeemed in for `{}`", spec.par);
                need(names, markets, &held.par, false, &path, &why, problems);
            }
        }
    }
    for (name, spec) in names.pools.iter().filter(|(_, spec)| spec.loans.is_some()) {
        for coin in spec.reserves.keys() {
            let why = format!("loans of `{name}` against it are liquidated there");
            need(names, markets, coin, false, &reserve_path(name, coin), &why, problems);
        }
    }
}

/// The coins that a coin, a receipt or an LP token is sold as.
fn coins_behind<'n>(names: &'n Names<'_>, asset: &'n str) -> Vec<&'n str> {
    let coin = |name: &&str| names.find(name).is_some_and(|asset| matches!(names.kind(asset), AssetKind::Coin(_)));
    let candidates = match names.find(asset).map(|found| names.kind(found)) {
        Some(AssetKind::Coin(_)) => vec![asset],
        Some(AssetKind::Receipt { pool, reserve }) => {
            names.pools[pool].1.reserves.get_index(reserve).map(|(coin, _)| coin.as_str()).into_iter().collect()
        }
        Some(AssetKind::Lp { amm }) => names.amms[amm].1.assets.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    candidates.into_iter().filter(coin).collect()
}

fn need(
    names: &Names<'_>,
    markets: &[Market],
    coin: &str,
    perp: bool,
    path: &KeyPath,
    why: &str,
    problems: &mut Vec<Problem>,
) {
    let Some(AssetKind::Coin(id)) = names.find(coin).map(|a| names.kind(a)) else { return };
    let market = markets.iter().find(|m| m.coin == id);
    let (missing, table) = match (market, perp) {
        (None, false) if names.coins[id.index()].pegged => return,
        (None, _) => ("order book", format!("[markets.{coin}]")),
        (Some(market), true) if market.perp.is_none() => ("perpetual's book", format!("[markets.{coin}.perp.book]")),
        _ => return,
    };
    problems.push(
        Problem::new(path, format!("`{coin}` has no {missing}, and {why}"))
            .on_key()
            .help(format!("add a table {table}")),
    );
}

fn check(book: BookSpec, path: &KeyPath, problems: &mut Vec<Problem>) {
    if let BookSpec::Book(law) = book
        && law.exponent.get() < 0.1
    {
        let message = format!("{} makes impact grow faster than any book", law.exponent.get());
        problems.push(
            Problem::new(&path.key("book").key("exponent"), message).help("expected 0.1 or more; 0.67 is measured"),
        );
    }
}

/// What can be redeemed at par is not moved for good by who sells it.
fn check_redeemable(book: BookSpec, coin: &str, path: &KeyPath, problems: &mut Vec<Problem>) {
    let kind = if matches!(book, BookSpec::Book(_)) { "book" } else { "linear" };
    if law(book).permanent_share > 0.0 {
        let message = format!("`{coin}` can be redeemed, so that no impact on its price lasts");
        let path = path.key(kind).key("permanent_share");
        problems.push(Problem::new(&path, message).help("expected 0.0: impact decays while redemption is open"));
    }
}

//! Order books, and which coins need one: what can be sold by force must have somewhere to be sold.

use super::names::{Names, VenueId, reserve_path, venue_path};
use crate::scenario::key::KeyPath;
use crate::scenario::source::Problem;
use crate::scenario::spec::{AmmSpec, BookSpec, RouteSpec, Spec, SquareRootLawSpec, StressSpec};
use crate::scenario::{AssetKind, Curve, FlowStress, ImpactLaw, Market, PaidPrice, Route, Stress, VolatilityStress};
use crate::unit::Positive;

/// All books, in the order of the config.
pub(super) fn resolve(spec: &Spec, names: &Names<'_>, problems: &mut Vec<Problem>) -> Vec<Market> {
    let path = KeyPath::root().key("markets");
    let markets = spec.markets.iter().map(|(name, market)| {
        let before = problems.len();
        let coin = names.coin(name, &path.key(name), problems);
        problems[before..].iter_mut().for_each(|p| *p = p.clone().on_key());
        let spot = checked(market.spot, &path.key(name).key("spot"), problems);
        let perp = market.perp.map(|book| checked(book, &path.key(name).key("perp"), problems));
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
            spot,
            perp,
            arbitrage_share: market.arbitrage_share.get(),
            arbitrage_half_life: market.arbitrage_half_life.seconds(),
            stress: market.stress.map(|terms| stress(terms, &path.key(name).key("stress"), problems)),
            route: market.route.as_ref().map(|r| route(r, name, &path.key(name).key("route"), names, problems)),
        }
    });
    markets.collect()
}

/// The law of a book, checked.
pub(super) fn checked(book: BookSpec, path: &KeyPath, problems: &mut Vec<Problem>) -> ImpactLaw {
    check(book, path, problems);
    law(book)
}

/// The law of a book.
fn law(book: BookSpec) -> ImpactLaw {
    let one = |depth_1pct_usd, exponent, paid, permanent_share, recovery_half_life| ImpactLaw {
        depth_1pct_usd,
        exponent,
        beside: None,
        paid,
        permanent_share,
        recovery_half_life,
    };
    match book {
        BookSpec::Book(b) => {
            let (permanent, half_life) = (b.permanent_share.get(), b.recovery_half_life.seconds());
            one(b.depth_1pct_usd.get(), b.exponent.get(), PaidPrice::Path, permanent, half_life)
        }
        BookSpec::Linear(b) => {
            let (permanent, half_life) = (b.permanent_share.get(), b.recovery_half_life.seconds());
            one(b.depth_1pct_usd.get(), 1.0, PaidPrice::Path, permanent, half_life)
        }
        BookSpec::SquareRoot(b) => square_root(b),
        BookSpec::Exponential(b) => {
            // ln(price) falls by beta = -ln(1 - fall) / 5 % of all that there is.
            let depth = 0.01 * 0.05 * b.market_cap_usd.get() / -libm::log1p(-b.fall.get());
            let (permanent, half_life) = (b.permanent_share.get(), b.recovery_half_life.seconds());
            one(depth, 1.0, PaidPrice::Middle, permanent, half_life)
        }
    }
}

/// The square-root law as a depth curve: it moves the log-price by 1 % at `volume * (1 % / (prefactor * volatility))^(1 / exponent)`.
fn square_root(b: SquareRootLawSpec) -> ImpactLaw {
    let power = 1.0 / b.exponent.get();
    let depth = b.daily_volume_usd.get() * libm::pow(0.01 / (b.prefactor.get() * b.daily_volatility.get()), power);
    let beside = b
        .depth_1pct_usd
        .map(|walked| Curve { ratio: depth / walked.get(), exponent: b.depth_exponent.map_or(1.0, Positive::get) });
    ImpactLaw {
        depth_1pct_usd: depth,
        exponent: power,
        beside,
        paid: PaidPrice::Path,
        permanent_share: b.permanent_share.get(),
        recovery_half_life: b.recovery_half_life.seconds(),
    }
}

fn stress(terms: StressSpec, path: &KeyPath, problems: &mut Vec<Problem>) -> Stress {
    if terms.floor.get() > 1.0 {
        let message = format!("{} is more than all of the depth", terms.floor.get());
        problems.push(Problem::new(&path.key("floor"), message).help("expected a share above 0, at most 1"));
    }
    if terms.volatility.is_none() && terms.flow.is_none() {
        let problem = Problem::new(path, "nothing withdraws depth here").on_key();
        problems.push(problem.help("give it one or both of `volatility`, `flow`"));
    }
    Stress {
        volatility: terms.volatility.map(|v| VolatilityStress {
            elasticity: v.elasticity.get(),
            calm_per_year: v.calm_per_year.get(),
            half_life: v.half_life.seconds(),
        }),
        flow: terms.flow.map(|f| FlowStress {
            withdrawn_share: f.withdrawn_share.get(),
            recovery_half_life: f.recovery_half_life.seconds(),
        }),
        floor: terms.floor.get(),
    }
}

/// Every subset of the pools of a route is tried.
const POOLS_MAX: usize = 6;

fn route(spec: &RouteSpec, coin: &str, path: &KeyPath, names: &Names<'_>, problems: &mut Vec<Problem>) -> Route {
    let path = path.key("pools");
    if spec.pools.is_empty() || spec.pools.len() > POOLS_MAX {
        let message = format!("{} pools: expected one to {POOLS_MAX}", spec.pools.len());
        problems.push(Problem::new(&path, message).on_key());
    }
    let mut pools = Vec::new();
    for (i, name) in spec.pools.iter().enumerate() {
        let path = path.key(i);
        match names.venue(name, VenueId::AMM, &path) {
            Err(problem) => problems.push(problem),
            Ok(pool) => {
                let assets = &names.amms[pool].1.assets;
                let is_coin = |asset: &String| {
                    names.find(asset).is_some_and(|found| matches!(names.kind(found), AssetKind::Coin(_)))
                };
                if pools.contains(&pool) {
                    problems.push(Problem::new(&path, format!("`{name}` is already in the list")));
                } else if !(assets.iter().any(|asset| asset == coin) && assets.iter().all(is_coin)) {
                    let message = format!("`{name}` swaps {}, not `{coin}` for another coin", assets.join(" and "));
                    let trades = |(_, amm): &&(&str, &AmmSpec)| {
                        amm.assets.iter().any(|asset| asset == coin) && amm.assets.iter().all(is_coin)
                    };
                    let known: Vec<_> = names.amms.iter().filter(trades).map(|(name, _)| *name).collect();
                    let help = if known.is_empty() {
                        format!("no pool of the config does; leave [markets.{coin}.route] out")
                    } else {
                        format!("pools that do: {}", known.join(", "))
                    };
                    problems.push(Problem::new(&path, message).help(help));
                }
                pools.push(pool);
            }
        }
    }
    Route { pools, gas_usd: spec.gas_usd.get() }
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
    let kind = path.key(kind(book));
    match book {
        BookSpec::Book(law) => check_exponent(law.exponent, &kind.key("exponent"), "0.67 is measured", problems),
        BookSpec::SquareRoot(law) => {
            check_exponent(law.exponent, &kind.key("exponent"), "0.5 is measured", problems);
            if let Some(exponent) = law.depth_exponent {
                check_exponent(exponent, &kind.key("depth_exponent"), "0.67 is measured", problems);
            }
            if law.depth_exponent.is_some() && law.depth_1pct_usd.is_none() {
                let problem = Problem::new(&kind.key("depth_exponent"), "an exponent of a depth that is not given");
                problems.push(problem.on_key().help("add `depth_1pct_usd`, or leave it out"));
            }
        }
        BookSpec::Exponential(law) if law.fall.get() == 0.0 => {
            let problem = Problem::new(&kind.key("fall"), "a price that never falls has no impact law");
            problems.push(problem.help("expected a share above 0, such as 0.05"));
        }
        BookSpec::Linear(_) | BookSpec::Exponential(_) => {}
    }
}

fn check_exponent(exponent: Positive, path: &KeyPath, measured: &str, problems: &mut Vec<Problem>) {
    if !(0.1..=10.0).contains(&exponent.get()) {
        let message = format!("{} is the exponent of no book", exponent.get());
        problems.push(Problem::new(path, message).help(format!("expected 0.1 to 10; {measured}")));
    }
}

/// Key of a law.
fn kind(book: BookSpec) -> &'static str {
    match book {
        BookSpec::Book(_) => "book",
        BookSpec::Linear(_) => "linear",
        BookSpec::SquareRoot(_) => "square_root",
        BookSpec::Exponential(_) => "exponential",
    }
}

/// What can be redeemed at par is not moved for good by who sells it.
fn check_redeemable(book: BookSpec, coin: &str, path: &KeyPath, problems: &mut Vec<Problem>) {
    if law(book).permanent_share > 0.0 {
        let message = format!("`{coin}` can be redeemed, so that no impact on its price lasts");
        let path = path.key(kind(book)).key("permanent_share");
        problems.push(Problem::new(&path, message).help("expected 0.0: impact decays while redemption is open"));
    }
}

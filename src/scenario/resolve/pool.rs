//! Savings pools: reserves with their rates, caps and oracles.

mod loans;

use super::names::{Names, kind_name, reserve_path, venue_path};
use crate::id::AssetId;
use crate::scenario::key::{KeyPath, suggest};
use crate::scenario::source::Problem;
use crate::scenario::spec::{IndexSpec, LendingSpec, ReserveSpec, SavingsSpec};
use crate::scenario::{AssetKind, Lending, Pool, RateCurve, Reserve};
use crate::unit::Positive;
use crate::venue::lending::rates::Slope2Oracle;
pub(super) use loans::largest_ltv;

/// All pools, in the order of the config.
pub(super) fn resolve(names: &Names<'_>, step_seconds: f64, problems: &mut Vec<Problem>) -> Vec<Pool> {
    names.pools.iter().map(|(name, spec)| pool(name, spec, names, step_seconds, problems)).collect()
}

fn pool(name: &str, spec: &SavingsSpec, names: &Names<'_>, step_seconds: f64, problems: &mut Vec<Problem>) -> Pool {
    let path = venue_path(name).key("savings");
    if spec.reserves.is_empty() {
        problems.push(Problem::new(&path.key("reserves"), "a savings pool needs a coin").on_key());
    }
    let reserves = spec.reserves.iter().map(|(coin, terms)| reserve(name, coin, terms, names, step_seconds, problems));
    Pool {
        name: name.to_owned(),
        reserves: reserves.collect(),
        loans: loans::resolve(name, spec, names, problems),
        when_dry: spec.when_dry,
        lending: lending(spec, step_seconds),
    }
}

fn lending(spec: &SavingsSpec, step_seconds: f64) -> Lending {
    match spec.lending {
        LendingSpec::Pool => Lending::Pool,
        LendingSpec::PeerToPeer => Lending::PeerToPeer { term: spec.peer_to_peer.term.seconds() },
        LendingSpec::Bank => Lending::Bank {
            multiple: spec.bank.multiple.get(),
            review_steps: ((spec.bank.review.seconds() / step_seconds).round() as u32).max(1),
        },
    }
}

fn reserve(
    pool: &str,
    coin: &str,
    terms: &ReserveSpec,
    names: &Names<'_>,
    step_seconds: f64,
    problems: &mut Vec<Problem>,
) -> Reserve {
    let path = reserve_path(pool, coin);
    let kind = names.find(coin).map(|asset| names.kind(asset));
    if matches!(kind, Some(AssetKind::Token { .. })) && terms.utilisation.get() > 0.0 {
        let problem = Problem::new(&path.key("utilisation"), format!("`{coin}` is a token, which is not lent"));
        problems.push(problem.help("a token is collateral for loans of coins: write utilisation = 0.0"));
    }
    if matches!(kind, Some(AssetKind::Coin(_))) && !names.is_stablecoin(coin) && !matches!(terms.index, IndexSpec::Spot)
    {
        let problem =
            Problem::new(&path.key("index"), format!("`{coin}` is a coin without a peg, which nobody redeems"));
        problems.push(problem.help("leave `index` out: such a coin counts at its market price"));
    }
    Reserve {
        asset: reserve_asset(pool, coin, &path, names, problems),
        receipt: names.find(&terms.receipt).unwrap_or(AssetId(0)),
        debt: names.find(&format!("{pool}/{coin}-debt")).unwrap_or(AssetId(0)),
        outside_supply_usd: terms.outside_supply_usd.get(),
        utilisation: terms.utilisation.get(),
        rates: rates(terms, &path, problems),
        slope2_oracle: slope2_oracle(terms, &path, problems),
        reserve_factor: terms.reserve_factor.get(),
        supply_cap_usd: terms.supply_cap_usd.map_or(f64::INFINITY, Positive::get),
        borrow_cap_usd: terms.borrow_cap_usd.map_or(f64::INFINITY, Positive::get),
        index: terms.index,
        stale_steps: terms.stale.map_or(0, |age| (age.seconds() / step_seconds).round() as usize),
        borrowable: terms.borrowable,
        frozen: terms.frozen,
    }
}

fn rates(terms: &ReserveSpec, path: &KeyPath, problems: &mut Vec<Problem>) -> RateCurve {
    let (slope1, slope2) = (terms.slope1_per_year.get(), terms.slope2_per_year.get());
    if terms.kink.get() == 0.0 {
        problems.push(Problem::new(&path.key("kink"), "a kink at 0 leaves no slope before it: expected more than 0"));
    }
    if slope2 < slope1 {
        let message = format!("{slope2} is below slope1_per_year {slope1}: a rate rises no less beyond the kink");
        problems.push(Problem::new(&path.key("slope2_per_year"), message).help(format!("expected {slope1} or more")));
    }
    RateCurve { kink: terms.kink.get(), base: terms.base_per_year.get(), slope1, slope2 }
}

fn slope2_oracle(terms: &ReserveSpec, path: &KeyPath, problems: &mut Vec<Problem>) -> Option<Slope2Oracle> {
    let spec = terms.slope2_oracle?;
    let path = path.key("slope2_oracle");
    let (slope1, slope2) = (terms.slope1_per_year.get(), terms.slope2_per_year.get());
    let (floor, ceiling) = (spec.floor_per_year.get(), spec.ceiling_per_year.get());
    if !(floor..=ceiling).contains(&slope2) {
        let message = format!("slope2_per_year {slope2} does not lie between {floor} and {ceiling}");
        let help = "expected floor_per_year <= slope2_per_year <= ceiling_per_year";
        problems.push(Problem::new(&path, message).on_key().help(help));
    } else if floor < slope1 {
        let message = format!("{floor} is below slope1_per_year {slope1}: a rate rises no less beyond the kink");
        problems.push(Problem::new(&path.key("floor_per_year"), message).help(format!("expected {slope1} or more")));
    }
    let (max_change, interval_seconds) = (spec.max_change.get(), spec.interval.seconds());
    Some(Slope2Oracle { floor, ceiling, max_change, interval_seconds })
}

/// The coin or token of a reserve. A receipt that is deposited in its own pool would back itself.
fn reserve_asset(pool: &str, coin: &str, path: &KeyPath, names: &Names<'_>, problems: &mut Vec<Problem>) -> AssetId {
    let own = names.pools.iter().find(|(name, _)| *name == pool);
    if own.is_some_and(|(_, spec)| spec.reserves.values().any(|r| r.receipt == coin))
        && names.coins.iter().all(|c| c.name != coin)
    {
        let message = format!("`{coin}` is a receipt of `{pool}`: deposited in `{pool}` it would back itself");
        problems.push(Problem::new(path, message).on_key().help("reserves are coins and issued tokens"));
        return AssetId(0);
    }
    match names.find(coin).map(|asset| (asset, names.kind(asset))) {
        Some((asset, AssetKind::Coin(_) | AssetKind::Token { .. })) => return asset,
        Some((_, kind)) => {
            let message = format!("`{coin}` is {}, not a coin or an issued token", kind_name(kind));
            problems.push(Problem::new(path, message).on_key());
        }
        None => {
            let known = names.assets.iter().filter(|a| matches!(a.kind, AssetKind::Coin(_) | AssetKind::Token { .. }));
            let help = suggest(coin, "coins and tokens", known.map(|a| a.name.as_str()));
            problems.push(Problem::new(path, format!("there is no coin or token called `{coin}`")).on_key().help(help));
        }
    }
    AssetId(0)
}

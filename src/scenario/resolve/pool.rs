//! Savings pools: reserves with their rates, and the order of the loan levels.

use super::names::{Names, kind_name, reserve_path, venue_path};
use crate::id::AssetId;
use crate::scenario::key::{KeyPath, suggest};
use crate::scenario::source::Problem;
use crate::scenario::spec::{LendingSpec, LoanSpec, ReserveSpec, SavingsSpec};
use crate::scenario::{AssetKind, Lending, Pool, RateCurve, Reserve};

/// All pools, in the order of the config.
pub(super) fn resolve(names: &Names<'_>, step_seconds: f64, problems: &mut Vec<Problem>) -> Vec<Pool> {
    names.pools.iter().map(|(name, spec)| pool(name, spec, names, step_seconds, problems)).collect()
}

fn pool(name: &str, spec: &SavingsSpec, names: &Names<'_>, step_seconds: f64, problems: &mut Vec<Problem>) -> Pool {
    let path = venue_path(name).key("savings");
    if spec.reserves.is_empty() {
        problems.push(Problem::new(&path.key("reserves"), "a savings pool needs a coin").on_key());
    }
    if let Some(loans) = &spec.loans {
        check_loans(loans, &path.key("loans"), problems);
    }
    let reserves = spec.reserves.iter().map(|(coin, terms)| reserve(name, coin, terms, names, problems));
    Pool {
        name: name.to_owned(),
        reserves: reserves.collect(),
        loans: spec.loans,
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

fn reserve(pool: &str, coin: &str, terms: &ReserveSpec, names: &Names<'_>, problems: &mut Vec<Problem>) -> Reserve {
    let path = reserve_path(pool, coin);
    if terms.kink.get() == 0.0 {
        problems.push(Problem::new(&path.key("kink"), "a kink at 0 leaves no slope before it: expected more than 0"));
    }
    let is_token = names.find(coin).is_some_and(|asset| matches!(names.kind(asset), AssetKind::Token { .. }));
    if is_token && terms.utilisation.get() > 0.0 {
        let problem = Problem::new(&path.key("utilisation"), format!("`{coin}` is a token, which is not lent"));
        problems.push(problem.help("a token is collateral for loans of coins: write utilisation = 0.0"));
    }
    Reserve {
        asset: reserve_asset(pool, coin, &path, names, problems),
        receipt: names.find(&terms.receipt).unwrap_or(AssetId(0)),
        debt: names.find(&format!("{pool}/{coin}-debt")).unwrap_or(AssetId(0)),
        outside_supply_usd: terms.outside_supply_usd.get(),
        utilisation: terms.utilisation.get(),
        rates: RateCurve {
            kink: terms.kink.get(),
            base: terms.base_per_year.get(),
            slope1: terms.slope1_per_year.get(),
            slope2: terms.slope2_per_year.get(),
        },
        reserve_factor: terms.reserve_factor.get(),
    }
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

fn check_loans(loans: &LoanSpec, path: &KeyPath, problems: &mut Vec<Problem>) {
    let (initial, call, limit) = (loans.initial_ltv.get(), loans.margin_call_ltv.get(), loans.liquidation_ltv.get());
    let order = "expected initial_ltv < margin_call_ltv < liquidation_ltv, such as 0.78, 0.85, 0.91";
    if initial >= call {
        let message = format!("{call} is not above initial_ltv {initial}");
        problems.push(Problem::new(&path.key("margin_call_ltv"), message).help(order));
    } else if call >= limit {
        let message = format!("{limit} is not above margin_call_ltv {call}");
        problems.push(Problem::new(&path.key("liquidation_ltv"), message).help(order));
    }
    let seized = limit * (1.0 + loans.liquidation_fee.get());
    if seized >= 1.0 {
        let message = format!(
            "with liquidation_fee {} a liquidation takes {seized:.4} of the collateral: \
            it would lose money even at the limit",
            loans.liquidation_fee.get()
        );
        let help = format!(
            "liquidation_ltv * (1 + liquidation_fee) must be below 1: at most {:.4} here",
            1.0 / (1.0 + loans.liquidation_fee.get())
        );
        problems.push(Problem::new(&path.key("liquidation_ltv"), message).help(help));
    }
    if loans.close_factor.get() == 0.0 {
        problems
            .push(Problem::new(&path.key("close_factor"), "at 0 a liquidation repays nothing: expected more than 0"));
    }
}

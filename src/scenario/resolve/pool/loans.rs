//! Terms of a pool's loans: levels in order, collateral, e-modes, liquidation.

use super::super::names::{Names, reserve_path, venue_path};
use crate::scenario::key::{KeyPath, suggest};
use crate::scenario::source::Problem;
use crate::scenario::spec::{EModeSpec, LoanSpec, SavingsSpec};
use crate::scenario::{AssetKind, Loans};
use crate::unit::{Positive, Share, ShareBelowOne};
use crate::venue::lending::liquidation::LiquidationRules;
use crate::venue::lending::liquidator::{Congestion, Sale};
use crate::venue::lending::{Category, CollateralTerms, PoolTerms, ReserveTerms};

/// The terms of a pool's loans, if it lends to owners.
pub(super) fn resolve(pool: &str, spec: &SavingsSpec, names: &Names<'_>, problems: &mut Vec<Problem>) -> Option<Loans> {
    for (coin, reserve) in &spec.reserves {
        let path = reserve_path(pool, coin).key("collateral");
        match (&spec.loans, &reserve.collateral) {
            (None, Some(_)) => {
                let problem = Problem::new(&path, format!("`{pool}` does not lend, so nothing is its collateral"));
                let help = format!("give it terms of loans: [venues.{pool}.savings.loans]");
                problems.push(problem.on_key().help(help));
            }
            (Some(_), Some(own)) => {
                check_terms(terms(own.ltv, own.liquidation_threshold, own.bonus), &path, problems);
            }
            _ => {}
        }
    }
    let loans = spec.loans.as_ref()?;
    let path = venue_path(pool).key("savings").key("loans");
    check_levels(loans, &path, problems);
    let (initial, call, limit) = (loans.initial_ltv.get(), loans.margin_call_ltv.get(), loans.liquidation_ltv.get());
    let protocol_fee = loans.protocol_fee.get();
    let reserves = spec.reserves.keys().map(|coin| ReserveTerms { collateral: base(spec, loans, coin), protocol_fee });
    let under_water = limit * (1.0 + loans.liquidation_fee.get());
    Some(Loans {
        terms: PoolTerms {
            reserves: reserves.collect(),
            categories: categories(pool, spec, loans, names, &path.key("e_modes"), problems),
        },
        e_modes: loans.e_modes.keys().cloned().collect(),
        rules: LiquidationRules {
            close_factor: loans.close_factor.get(),
            full_at_health: loans.full_close_below_health_factor.map_or(under_water, Share::get),
            full_below_usd: loans.full_close_below_usd.get(),
            least_left_usd: loans.min_leftover_usd.get(),
        },
        margin_call: (call - initial) / (limit - initial),
        congestion: congestion(loans, &path, problems),
        sale: loans
            .auctions
            .map_or(Sale::FixedSpread, |auctions| Sale::Auction { unbid_share: auctions.zero_bid_share.get() }),
    })
}

/// What liquidating costs and when nobody competes; none if it costs nothing and always somebody does.
fn congestion(loans: &LoanSpec, path: &KeyPath, problems: &mut Vec<Problem>) -> Option<Congestion> {
    if loans.liquidators.is_none() && loans.auctions.is_none() {
        return None;
    }
    let drop_out = loans.liquidators.and_then(|liquidators| liquidators.drop_out_gas);
    if drop_out.is_some() && loans.auctions.is_some() {
        let message = "with auctions lots go for nothing where nobody comes, above auctions.above_gas";
        let problem = Problem::new(&path.key("liquidators").key("drop_out_gas"), message);
        problems.push(problem.help("leave drop_out_gas or auctions out"));
    }
    Some(Congestion {
        calm_gas_usd: loans.liquidators.map_or(0.0, |liquidators| liquidators.gas_usd.get()),
        drop_out: loans.auctions.map(|auctions| auctions.above_gas).or(drop_out).map_or(f64::INFINITY, Positive::get),
    })
}

fn terms(ltv: ShareBelowOne, threshold: ShareBelowOne, bonus: Share) -> CollateralTerms {
    CollateralTerms { ltv: ltv.get(), threshold: threshold.get(), bonus: bonus.get() }
}

/// Terms of a reserve without an e-mode.
fn base(spec: &SavingsSpec, loans: &LoanSpec, coin: &str) -> CollateralTerms {
    let own = spec.reserves.get(coin).and_then(|reserve| reserve.collateral);
    own.map_or_else(
        || terms(loans.initial_ltv, loans.liquidation_ltv, loans.liquidation_fee),
        |own| terms(own.ltv, own.liquidation_threshold, own.bonus),
    )
}

/// Largest loan-to-value at which a reserve can be borrowed against another, in the e-mode that lends most.
pub(in crate::scenario::resolve) fn largest_ltv(spec: &SavingsSpec, loans: &LoanSpec, held: &str, lent: &str) -> f64 {
    let lends = |mode: &EModeSpec| mode.borrowable.as_ref().unwrap_or(&mode.assets).iter().any(|name| name == lent);
    let modes = loans.e_modes.values().filter(|mode| lends(mode) && mode.assets.iter().any(|name| name == held));
    modes.map(|mode| mode.ltv.get()).fold(base(spec, loans, held).ltv, f64::max)
}

fn categories(
    pool: &str,
    spec: &SavingsSpec,
    loans: &LoanSpec,
    names: &Names<'_>,
    path: &KeyPath,
    problems: &mut Vec<Problem>,
) -> Vec<Category> {
    let is_lent = |coin: &str| {
        spec.reserves[coin].borrowable
            && names.find(coin).is_some_and(|asset| matches!(names.kind(asset), AssetKind::Coin(_)))
    };
    let mut categories = Vec::new();
    for (name, mode) in &loans.e_modes {
        let path = path.key(name);
        let own = terms(mode.ltv, mode.liquidation_threshold, mode.bonus);
        check_terms(own, &path, problems);
        let before = problems.len();
        known(pool, spec, &mode.assets, &path.key("assets"), problems);
        let lent = mode.borrowable.as_ref();
        if let Some(lent) = lent {
            known(pool, spec, lent, &path.key("borrowable"), problems);
        }
        if problems.len() > before {
            continue;
        }
        for (i, coin) in lent.iter().flat_map(|lent| lent.iter()).enumerate().filter(|(_, coin)| !is_lent(coin)) {
            let message = format!("`{pool}` does not lend `{coin}`");
            problems.push(Problem::new(&path.key("borrowable").key(i), message).help("leave it out here"));
        }
        for coin in &mode.assets {
            check_better(coin, own, base(spec, loans, coin), &path, problems);
        }
        let among = |names: &[String], coin: &String| names.contains(coin);
        categories.push(Category {
            terms: own,
            collateral: spec.reserves.keys().map(|coin| among(&mode.assets, coin)).collect(),
            borrowable: spec
                .reserves
                .keys()
                .map(|coin| is_lent(coin) && among(lent.unwrap_or(&mode.assets), coin))
                .collect(),
        });
    }
    categories
}

/// An e-mode names reserves of its pool, one or more.
fn known(pool: &str, spec: &SavingsSpec, coins: &[String], path: &KeyPath, problems: &mut Vec<Problem>) {
    if coins.is_empty() {
        problems.push(Problem::new(path, "expected one reserve or more"));
    }
    for (i, coin) in coins.iter().enumerate().filter(|(_, coin)| !spec.reserves.contains_key(coin.as_str())) {
        let help = suggest(coin, "its reserves", spec.reserves.keys().map(String::as_str));
        problems.push(Problem::new(&path.key(i), format!("`{coin}` is no reserve of `{pool}`")).help(help));
    }
}

fn check_better(coin: &str, mode: CollateralTerms, base: CollateralTerms, path: &KeyPath, problems: &mut Vec<Problem>) {
    for (key, mode, base) in [("ltv", mode.ltv, base.ltv), ("liquidation_threshold", mode.threshold, base.threshold)] {
        if mode < base {
            let message = format!("{mode} is below the {base} that `{coin}` has without this e-mode");
            problems.push(Problem::new(&path.key(key), message).help(format!("expected {base} or more")));
        }
    }
}

fn check_terms(terms: CollateralTerms, path: &KeyPath, problems: &mut Vec<Problem>) {
    if terms.ltv > terms.threshold {
        let message = format!(
            "{} is above liquidation_threshold {}: a new loan could be liquidated at once",
            terms.ltv, terms.threshold
        );
        problems.push(Problem::new(&path.key("ltv"), message).help(format!("expected at most {}", terms.threshold)));
    }
    check_covered(terms, ("liquidation_threshold", "bonus"), path, problems);
}

/// A liquidation at the limit must not take more collateral than there is.
fn check_covered(terms: CollateralTerms, (limit, fee): (&str, &str), path: &KeyPath, problems: &mut Vec<Problem>) {
    let seized = terms.threshold * (1.0 + terms.bonus);
    if seized >= 1.0 {
        let message = format!(
            "with {fee} {} a liquidation takes {seized:.4} of the collateral: it would lose money even at the limit",
            terms.bonus
        );
        let help = format!("{limit} * (1 + {fee}) must be below 1: at most {:.4} here", 1.0 / (1.0 + terms.bonus));
        problems.push(Problem::new(&path.key(limit), message).help(help));
    }
}

fn check_levels(loans: &LoanSpec, path: &KeyPath, problems: &mut Vec<Problem>) {
    let (initial, call, limit) = (loans.initial_ltv.get(), loans.margin_call_ltv.get(), loans.liquidation_ltv.get());
    let order = "expected initial_ltv < margin_call_ltv < liquidation_ltv, such as 0.78, 0.85, 0.91";
    if initial >= call {
        let message = format!("{call} is not above initial_ltv {initial}");
        problems.push(Problem::new(&path.key("margin_call_ltv"), message).help(order));
    } else if call >= limit {
        let message = format!("{limit} is not above margin_call_ltv {call}");
        problems.push(Problem::new(&path.key("liquidation_ltv"), message).help(order));
    }
    let base = terms(loans.initial_ltv, loans.liquidation_ltv, loans.liquidation_fee);
    check_covered(base, ("liquidation_ltv", "liquidation_fee"), path, problems);
    if loans.close_factor.get() == 0.0 {
        problems
            .push(Problem::new(&path.key("close_factor"), "at 0 a liquidation repays nothing: expected more than 0"));
    }
}

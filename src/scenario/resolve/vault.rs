//! Vaults: what stands beside one, and whether it can meet its limit at the opening.

use super::names::Names;
use crate::scenario::VaultRules;
use crate::scenario::key::KeyPath;
use crate::scenario::source::Problem;
use crate::scenario::spec::{IssuerSpec, RecoverySpec, VaultSpec};
use crate::unit::{Amount, Positive, ShareBelowOne, Span};

/// The vault of an issuer.
pub(super) fn rules(
    vault: &VaultSpec,
    spec: &IssuerSpec,
    issuer: &KeyPath,
    names: &Names<'_>,
    step_seconds: f64,
    problems: &mut Vec<Problem>,
) -> Option<VaultRules> {
    let path = issuer.key("vault");
    check_alone(spec, issuer, problems);
    check_wants(vault, &path, problems);
    let before = problems.len();
    let par = names.stablecoin(&spec.par, &issuer.key("par"), problems);
    let coin = names.coin(&vault.coin, &path.key("coin"), problems);
    if problems.len() > before {
        return None;
    }
    if coin == par {
        let message = format!("`{}` is what the token is issued for: there is no leverage in it", vault.coin);
        let problem = Problem::new(&path.key("coin"), message);
        problems.push(problem.help("name the volatile coin of the collateral, such as coin = \"eth\""));
        return None;
    }
    let (price, par_usd) = (names.coins[coin.index()].opening_usd, names.coins[par.index()].opening_usd);
    let (units, cover) = (vault.units_per_token.get(), vault.cover.get());
    let covered = units * price / par_usd;
    if covered < cover {
        let message =
            format!("{units} `{}` at {price} USD cover a token {covered:.4} times, the limit is {cover}", vault.coin);
        let least = cover * par_usd / price;
        problems.push(Problem::new(&path.key("units_per_token"), message).help(format!("expected {least} or more")));
    }
    Some(VaultRules {
        coin,
        units_per_token: units,
        cover,
        expected_return: vault.expected_return.get(),
        demand_usd: vault.demand_usd.map(Positive::get),
        period_steps: vault.rebalance.map_or(1, |span: Span| (span.seconds() / step_seconds).ceil() as u32).max(1),
    })
}

/// What the keeper wants must not lie below what her limit makes her hold.
fn check_wants(vault: &VaultSpec, path: &KeyPath, problems: &mut Vec<Problem>) {
    let (cover, expected) = (vault.cover.get(), vault.expected_return.get());
    if cover * expected < 1.0 {
        let message = format!("cover {cover} times expected_return {expected} is below 1: the limit would never bind");
        let problem = Problem::new(&path.key("cover"), message);
        problems.push(problem.help(format!("expected a cover of {:.6} or more", 1.0 / expected)));
    }
}

/// The collateral is all that backs the token, and the keeper's trades are all that moves its price: nothing that would do
/// either can stand beside a vault.
fn check_alone(spec: &IssuerSpec, path: &KeyPath, problems: &mut Vec<Problem>) {
    let token = &spec.token;
    let terms = spec.market_terms;
    let rests = terms.required_return_per_year.is_some_and(|r| r.get() > 0.0)
        || terms.risk_discount.map_or(0.0, ShareBelowOne::get) > 0.0
        || terms.recovery != RecoverySpec::Time;
    let backing = "its collateral is all that backs it";
    let redeemed = "nobody redeems while the vault stands";
    let beside = [
        (path.key("cash_share"), spec.cash_share.get() > 0.0, backing, "write cash_share = 0.0"),
        (path.key("hedged"), !spec.hedged.is_empty(), backing, "leave out `hedged`"),
        (path.key("holds"), !spec.holds.is_empty(), backing, "leave out `holds`"),
        (path.key("staked"), spec.staked.is_some(), backing, "leave out `staked`"),
        (
            path.key("reserve_fund_share"),
            spec.reserve_fund_share.get() > 0.0,
            backing,
            "write reserve_fund_share = 0.0",
        ),
        (path.key("backstop"), spec.backstop.is_some(), backing, "leave out `backstop`"),
        (
            path.key("fast").key("quota_per_day"),
            spec.fast.quota_per_day.get() > 0.0,
            redeemed,
            "write quota_per_day = 0.0",
        ),
        (
            path.key("standard").key("quota_per_day"),
            spec.standard.quota_per_day.is_some(),
            redeemed,
            "leave out `quota_per_day`; delay and fee are those after it is closed",
        ),
        (path.key("gate"), spec.gate.is_some(), redeemed, "leave out `gate`"),
        (path.key("market_terms"), rests, "its price is demand over supply", "leave out `market_terms`"),
    ];
    for (key, _, why, help) in beside.into_iter().filter(|(_, stands, ..)| *stands) {
        problems.push(Problem::new(&key, format!("`{token}` is issued against a vault: {why}")).on_key().help(help));
    }
    if spec.outside_supply_usd == Amount::try_from(0.0).expect("in range") {
        let message = format!("the keeper could not buy `{token}` back: nobody outside holds any");
        let problem = Problem::new(&path.key("outside_supply_usd"), message);
        problems.push(problem.help("expected more than 0: she buys from holders who are not simulated"));
    }
}

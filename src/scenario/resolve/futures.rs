//! Futures venues: contracts with their bracket tables, and what counts as margin.

use super::names::{Names, venue_path};
use super::{elsewhere, read_file};
use crate::scenario::key::{KeyPath, nearest};
use crate::scenario::source::Problem;
use crate::scenario::spec::{CollateralSpec, ContractSpec, FuturesSpec, IndexSpec};
use crate::scenario::{AssetKind, Collateral, Contract, Funding, Futures};
use crate::unit::ShareBelowOne;
use crate::venue::bracket::{BracketError, BracketFile, Tier};
use std::path::Path;

/// All futures venues, in the order of the config.
pub(super) fn resolve(names: &Names<'_>, base_dir: &Path, problems: &mut Vec<Problem>) -> Vec<Futures> {
    names.futures.iter().map(|(name, spec)| venue(name, spec, names, base_dir, problems)).collect()
}

fn venue(name: &str, spec: &FuturesSpec, names: &Names<'_>, base_dir: &Path, problems: &mut Vec<Problem>) -> Futures {
    let path = venue_path(name).key("futures");
    let before = problems.len();
    let settlement = names.stablecoin(&spec.settlement, &path.key("settlement"), problems);
    if problems.len() == before && !spec.collateral.contains_key(&spec.settlement) {
        let message = format!("the settlement coin `{}` is missing", spec.settlement);
        let problem = Problem::new(&path.key("collateral"), message).on_key();
        problems.push(problem.help(format!("add {} = {{ ratio = 0.9999 }}", spec.settlement)));
    }
    if spec.contracts.is_empty() {
        problems.push(Problem::new(&path.key("contracts"), "a futures venue needs a contract").on_key());
    }
    let brackets = brackets(&path, spec, base_dir, problems);
    let contracts = spec.contracts.iter().map(|(key, terms)| {
        let path = path.key("contracts").key(key);
        let tiers = brackets.as_ref().map_or(Vec::new(), |file| tiers(file, &path, spec, terms, problems));
        contract(key, terms, &path, spec, tiers, names, problems)
    });
    let contracts = contracts.collect();
    let collateral = spec.collateral.iter();
    let collateral =
        collateral.map(|(key, c)| collateral_of(key, c, &path.key("collateral").key(key), names, problems));
    Futures {
        name: name.to_owned(),
        settlement,
        contracts,
        collateral: collateral.collect(),
        insurance_fund_usd: spec.insurance_fund_usd.get(),
        adl: spec.adl,
        max_order_deviation: spec.max_order_deviation.get(),
        fund_order_deviation: spec.fund_order_deviation.get(),
        mark_window: spec.mark_window.seconds(),
        funding: Funding {
            interval: spec.funding.interval.seconds(),
            interest_8h: spec.funding.interest_8h.get(),
            premium_8h: spec.funding.premium_8h.get(),
            cap: spec.funding.cap.get(),
        },
    }
}

fn contract(
    name: &str,
    terms: &ContractSpec,
    path: &KeyPath,
    venue: &FuturesSpec,
    tiers: Vec<Tier>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Contract {
    if terms.coin == venue.settlement && names.is_stablecoin(&terms.coin) {
        let message = format!("a contract on `{}` cannot settle in `{0}` itself", terms.coin);
        problems.push(Problem::new(&path.key("coin"), message));
    }
    Contract {
        name: name.to_owned(),
        asset: names.find(name).unwrap_or(crate::id::AssetId(0)),
        coin: names.coin(&terms.coin, &path.key("coin"), problems),
        tiers,
        clearance_fee: terms.clearance_fee.get(),
        taker_fee: terms.taker_fee.get(),
    }
}

fn collateral_of(
    name: &str,
    terms: &CollateralSpec,
    path: &KeyPath,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Collateral {
    let asset = names.asset(name, path, problems);
    let kind = names.kind(asset);
    match (kind, terms.index) {
        (AssetKind::Contract { .. } | AssetKind::Debt { .. }, _) => {
            let message = format!("`{name}` is {}, which is no margin", super::names::kind_name(kind));
            problems.push(Problem::new(path, message).on_key().help("margin is coins, receipts and tokens"));
        }
        (AssetKind::Coin(_), IndexSpec::Redemption | IndexSpec::Blend(_)) => {
            let problem = Problem::new(&path.key("index"), format!("`{name}` is a coin, which nobody redeems"));
            problems.push(problem.help("leave `index` out: a coin counts at its market price"));
        }
        _ => {}
    }
    if terms.ratio.get() == 0.0 {
        let problem = Problem::new(&path.key("ratio"), format!("at a ratio of 0 `{name}` counts for nothing"));
        problems.push(problem.help("leave the asset out, or give it a ratio above 0"));
    }
    Collateral {
        asset,
        ratio: terms.ratio.get(),
        index: terms.index,
        auto_exchange_haircut: terms.auto_exchange_haircut.map_or(1.0 - terms.ratio.get(), ShareBelowOne::get),
    }
}

fn brackets(path: &KeyPath, spec: &FuturesSpec, base_dir: &Path, problems: &mut Vec<Problem>) -> Option<BracketFile> {
    let key = path.key("brackets");
    let text = read_file(&key, base_dir, &spec.brackets, problems)?;
    match BracketFile::parse(&text) {
        Ok(file) => Some(file),
        Err(error) => {
            let line = if let BracketError::Format(_, line) = error { line } else { 1 };
            problems
                .push(Problem::new(&key, error.to_string()).elsewhere(elsewhere(&base_dir.join(&spec.brackets), line)));
            None
        }
    }
}

fn tiers(
    file: &BracketFile,
    path: &KeyPath,
    spec: &FuturesSpec,
    terms: &ContractSpec,
    problems: &mut Vec<Problem>,
) -> Vec<Tier> {
    let error = match file.tiers(&terms.symbol) {
        Ok(tiers) => return tiers,
        Err(error) => error,
    };
    let problem = Problem::new(&path.key("symbol"), format!("{}: {error}", spec.brackets.display()));
    problems.push(match error {
        BracketError::NoSymbol(symbol) => {
            let all: Vec<&str> = file.symbols().take(8).collect();
            let help = nearest(&symbol, file.symbols()).map_or_else(
                || format!("the file has {} ...", all.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            problem.help(help)
        }
        _ => problem.help("brackets must join without gap or jump: cum = floor * (rate - rate before) + cum before"),
    });
    Vec::new()
}

//! Account files: names become positions in a venue's table, brackets are read, and what must fit together is checked.

mod asset;
mod contract;

use super::{elsewhere, read_file};
use crate::id::{AssetId, CoinId};
use crate::scenario::account::{Account, Book, Position};
use crate::scenario::key::{KeyPath, nearest};
use crate::scenario::source::Problem;
use crate::scenario::spec::{
    AccountContractSpec, AccountSpec, AdlRuleSpec, AdlTakeSpec, AssetSpec, CloseSizeSpec, MarginSpec, PositionSpec,
};
use crate::scenario::{Adl, Collateral, Contract, Funding, Futures, Leg, Liquidation, MarginMode};
use crate::unit::{Amount, Number, Positive};
use crate::venue::bracket::{self, BracketError, BracketFile, Tier};
use contract::{coin_of, side};
use indexmap::{IndexMap, IndexSet};
use std::path::Path;

/// Builds the account of a spec; files are relative to `base_dir`.
pub(in crate::scenario) fn resolve(spec: &AccountSpec, base_dir: &Path) -> Result<Account, Vec<Problem>> {
    let mut problems = Vec::new();
    let file = Resolver::new(spec, base_dir, &mut problems);
    let account = file.account(&mut problems);
    if problems.is_empty() { Ok(account) } else { Err(problems) }
}

/// A file being resolved.
struct Resolver<'a> {
    spec: &'a AccountSpec,
    margin: MarginMode,
    /// Bracket tables, if the file names some that can be read.
    brackets: Option<BracketFile>,
    /// Terms of every contract that is used.
    listed: IndexMap<String, AccountContractSpec>,
    coins: IndexSet<String>,
}

impl<'a> Resolver<'a> {
    fn new(spec: &'a AccountSpec, base_dir: &Path, problems: &mut Vec<Problem>) -> Self {
        let brackets = spec.brackets.as_ref().and_then(|file| {
            let key = KeyPath::root().key("brackets");
            let text = read_file(&key, base_dir, file, problems)?;
            let wrong = |error: BracketError| {
                let line = if let BracketError::Format(_, line) = error { line } else { 1 };
                problems.push(Problem::new(&key, error.to_string()).elsewhere(elsewhere(&base_dir.join(file), line)));
            };
            BracketFile::parse(&text).map_err(wrong).ok()
        });
        let mut listed = spec.contracts.clone();
        for (i, position) in spec.positions.iter().enumerate() {
            let name = &position.contract;
            let symbols = || brackets.iter().flat_map(BracketFile::symbols);
            if symbols().any(|symbol| symbol == name) {
                listed.entry(name.clone()).or_default();
            } else if !spec.contracts.contains_key(name) {
                let path = KeyPath::root().key("positions").key(i).key("contract");
                let near = nearest(name, spec.contracts.keys().map(String::as_str).chain(symbols()));
                let help = near.map_or_else(
                    || "name a table in `contracts`, or a symbol of the bracket tables".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                problems.push(Problem::new(&path, format!("there is no contract `{name}`")).help(help));
            }
        }
        let coins = spec.assets.iter().map(|(name, asset)| asset.coin.as_ref().unwrap_or(name).clone()).collect();
        let mut file = Self { spec, margin: margin_mode(spec, problems), brackets, listed, coins };
        let on: Vec<String> = file.listed.iter().map(|(name, terms)| coin_of(name, terms)).collect();
        file.coins.extend(on);
        file
    }

    fn account(&self, problems: &mut Vec<Problem>) -> Account {
        let spec = self.spec;
        let mut contracts: Vec<Contract> = Vec::new();
        let (mut marks, mut books) = (Vec::new(), Vec::new());
        for (name, terms) in &self.listed {
            let legs = self.legs(name, terms, problems);
            let mark = self.mark(name, terms, problems);
            for mut leg in legs {
                leg.asset = AssetId::at(spec.assets.len() + contracts.len());
                contracts.push(leg);
                marks.push(mark);
                books.push(Book { bids: side(&terms.bids), asks: side(&terms.asks) });
            }
            self.check_book(name, terms, problems);
        }
        let mut collateral: Vec<Collateral> = Vec::new();
        for (name, asset) in &spec.assets {
            let settles = (0..contracts.len()).filter(|i| contracts[*i].settles == collateral.len()).collect();
            let debt = AssetId::at(spec.assets.len() + contracts.len() + collateral.len());
            collateral.push(self.collateral(name, asset, debt, collateral.len(), settles, problems));
        }
        let positions = self.positions(&contracts, problems);
        let coin = |name: &str| CoinId::at(self.coins.get_index_of(name).unwrap_or(0));
        let of_assets = |value: fn(&AssetSpec) -> f64| spec.assets.values().map(value).collect::<Vec<f64>>();
        Account {
            assets: spec.assets.keys().cloned().collect(),
            on: spec.assets.iter().map(|(name, asset)| coin(asset.coin.as_ref().unwrap_or(name))).collect(),
            coins: self.coins.iter().cloned().collect(),
            balances: of_assets(|asset| asset.balance.map_or(0.0, Number::get)),
            loans: of_assets(|asset| asset.loan.map_or(0.0, Amount::get)),
            index_usd: of_assets(|asset| asset.index_usd.map_or(1.0, Positive::get)),
            table: self.table(contracts, collateral),
            marks,
            books,
            positions,
        }
    }

    fn table(&self, contracts: Vec<Contract>, collateral: Vec<Collateral>) -> Futures {
        Futures {
            name: "account".to_owned(),
            settlement: CoinId(0),
            margin: self.margin,
            contracts,
            collateral,
            funds: Vec::new(),
            liquidation: Liquidation {
                close: CloseSizeSpec::Smallest,
                order: self.spec.close_order,
                backstop: None,
                closes_per_step: u32::MAX,
                delay_steps: 0,
                halts: Vec::new(),
            },
            flat_ltv: 1.0,
            adl: Adl { rule: AdlRuleSpec::Queue, take: AdlTakeSpec::Whole },
            fund_order_deviation: 0.0,
            basis_steps: 1,
            funding: Funding {
                interval: f64::INFINITY,
                interest_8h: 0.0,
                premium_8h: 0.0,
                capped_interval: f64::INFINITY,
                calm_rate: 0.0,
                calm_for: 0.0,
            },
        }
    }

    fn positions(&self, contracts: &[Contract], problems: &mut Vec<Problem>) -> Vec<Position> {
        let mut found: Vec<Position> = Vec::new();
        for (i, spec) in self.spec.positions.iter().enumerate() {
            let path = KeyPath::root().key("positions").key(i);
            let quantity = spec.quantity.get();
            let long = quantity > 0.0;
            let fits =
                |c: &Contract| c.listing == spec.contract && (c.leg == Leg::Both || (c.leg == Leg::Long) == long);
            let Some(contract) = contracts.iter().position(fits) else { continue }; // said already
            if quantity == 0.0 {
                problems.push(Problem::new(&path.key("quantity"), "a position of 0 is none").help("leave it out"));
            }
            let isolated = spec.isolated_margin.map(Amount::get);
            if found.iter().any(|p| p.contract == contract && p.isolated_margin.is_some() == isolated.is_some()) {
                let problem = Problem::new(&path, format!("a second position on the same side of `{}`", spec.contract));
                problems.push(problem.on_key().help("add the two up, with their mean entry price"));
            }
            if isolated.is_some() && self.margin != MarginMode::SingleAsset {
                let problem =
                    Problem::new(&path.key("isolated_margin"), "positions are isolated in single-asset mode alone");
                problems.push(problem.on_key().help("margin = \"single_asset\""));
            }
            let leverage = leverage(spec, &contracts[contract].tiers, &path, problems);
            found.push(Position { contract, quantity, entry: spec.entry.get(), leverage, isolated_margin: isolated });
        }
        found
    }
}

/// The leverage chosen, or the largest of the bracket at the entry.
fn leverage(spec: &PositionSpec, tiers: &[Tier], path: &KeyPath, problems: &mut Vec<Problem>) -> f64 {
    let notional = spec.quantity.get().abs() * spec.mark.unwrap_or(spec.entry).get();
    let largest = || tiers.first().map(|_| bracket::tier(tiers, notional).max_leverage);
    let leverage = spec.leverage.map(Positive::get).or_else(largest).unwrap_or(1.0);
    if leverage.is_infinite() {
        let problem = Problem::new(path, format!("the position in `{}` has no leverage", spec.contract)).on_key();
        problems.push(problem.help("give it `leverage`, or its brackets `max_leverage`"));
    }
    leverage
}

fn margin_mode(spec: &AccountSpec, problems: &mut Vec<Problem>) -> MarginMode {
    let path = KeyPath::root().key("margin").key("portfolio");
    match &spec.margin {
        MarginSpec::MultiAssets => MarginMode::MultiAssets,
        MarginSpec::SingleAsset => MarginMode::SingleAsset,
        MarginSpec::Portfolio(terms) => {
            if terms.loans_from.is_some() {
                let problem = Problem::new(&path.key("loans_from"), "an account file has no pools").on_key();
                problems.push(problem.help("loans are given by asset: `loan` and `loan_maintenance`"));
            }
            let liquidation_unimmr = super::futures::liquidation_unimmr(terms, &path, problems);
            MarginMode::Portfolio { liquidation_unimmr, loans_from: None }
        }
    }
}

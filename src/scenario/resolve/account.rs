//! Account files: names become positions in a venue's table, brackets are read, and what must fit together is checked.

use super::{elsewhere, ratio, read_file};
use crate::id::{AssetId, CoinId};
use crate::scenario::account::{Account, Book, Level, Position};
use crate::scenario::key::{KeyPath, nearest, suggest};
use crate::scenario::source::Problem;
use crate::scenario::spec::{
    AccountContractSpec, AccountSpec, AdlRuleSpec, AdlTakeSpec, AssetSpec, CollateralSpec, IndexSpec, MarginSpec,
    PositionSpec,
};
use crate::scenario::{Adl, Collateral, Contract, Funding, Futures, Leg, Liquidation, LoanTerms, MarginMode};
use crate::unit::{Positive, Share, ShareBelowOne};
use crate::venue::bracket::{self, Bracket, BracketError, BracketFile, BracketKeys, Tier};
use indexmap::{IndexMap, IndexSet};
use std::path::Path;

/// Keys of a bracket in an account file.
const BRACKET_KEYS: BracketKeys = ["floor", "cap", "rate", "max_leverage"];

/// Longest distance of a liquidation order from the mark, if the file does not say: that of BTCUSDT.
const MAX_ORDER_DEVIATION: f64 = 0.05;

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
            balances: of_assets(|asset| asset.balance.map_or(0.0, crate::unit::Number::get)),
            loans: of_assets(|asset| asset.loan.map_or(0.0, crate::unit::Amount::get)),
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
                order: self.spec.close_order,
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

    /// The columns of a contract: two if there are positions on both sides of it.
    fn legs(&self, name: &str, terms: &AccountContractSpec, problems: &mut Vec<Problem>) -> Vec<Contract> {
        let on_side = |long: bool| {
            let mine = self.spec.positions.iter().filter(|p| p.contract == name);
            mine.filter(|p| (p.quantity.get() > 0.0) == long).count() > 0
        };
        let legs: &[Leg] = if on_side(true) && on_side(false) { &[Leg::Long, Leg::Short] } else { &[Leg::Both] };
        let settles = self.settles(name, terms, problems);
        let tiers = self.tiers(name, terms, problems);
        let leg = |leg: &Leg| Contract {
            name: match leg {
                Leg::Both => name.to_owned(),
                Leg::Long => format!("{name} long"),
                Leg::Short => format!("{name} short"),
            },
            listing: name.to_owned(),
            leg: *leg,
            asset: AssetId(0),
            coin: CoinId::at(self.coins.get_index_of(&coin_of(name, terms)).unwrap_or(0)),
            settles,
            fund: 0,
            lot: terms.lot.map_or(0.0, Positive::get),
            tiers: tiers.clone(),
            clearance_fee: terms.clearance_fee.map_or(0.0, Share::get),
            taker_fee: 0.0,
            liquidation_taker_fee: terms.liquidation_taker_fee.map_or(0.0, Share::get),
            max_order_deviation: terms.max_order_deviation.map_or(MAX_ORDER_DEVIATION, Share::get),
            funding_cap: 0.0,
        };
        legs.iter().map(leg).collect()
    }

    /// Where to point at a contract: at its table, or at the first position in it.
    fn place(&self, name: &str) -> KeyPath {
        let root = KeyPath::root();
        match self.spec.positions.iter().position(|p| p.contract == name) {
            Some(first) if !self.spec.contracts.contains_key(name) => root.key("positions").key(first).key("contract"),
            _ => root.key("contracts").key(name),
        }
    }

    fn settles(&self, name: &str, terms: &AccountContractSpec, problems: &mut Vec<Problem>) -> usize {
        let place = self.place(name);
        let of_symbol = symbol(name, terms).split_once(':').map(|(_, settlement)| settlement.to_lowercase());
        let Some(settlement) = terms.settlement.clone().or(of_symbol).or_else(|| self.spec.settlement.clone()) else {
            let problem = Problem::new(&place, format!("nothing says in which asset `{name}` settles")).on_key();
            problems.push(problem.help("give the contract a `settlement`, or the file"));
            return 0;
        };
        let Some(at) = self.spec.assets.get_index_of(&settlement) else {
            let message = format!("`{name}` settles in `{settlement}`, which is not among the assets");
            let help = suggest(&settlement, "assets", self.spec.assets.keys().map(String::as_str));
            problems.push(Problem::new(&place, message).on_key().help(help));
            return 0;
        };
        if coin_of(name, terms) == settlement {
            let message = format!("a contract on `{settlement}` cannot settle in `{settlement}` itself");
            problems.push(Problem::new(&place, message).on_key());
        }
        at
    }

    fn tiers(&self, name: &str, terms: &AccountContractSpec, problems: &mut Vec<Problem>) -> Vec<Tier> {
        let place = self.place(name);
        if !terms.brackets.is_empty() {
            let bracket = |b: &crate::scenario::spec::BracketSpec| Bracket {
                floor: b.floor.get(),
                cap: b.cap.get(),
                rate: b.rate.get(),
                max_leverage: b.max_leverage.map(Positive::get),
                cum: b.cum.map(crate::unit::Amount::get),
            };
            let brackets: Vec<Bracket> = terms.brackets.iter().map(bracket).collect();
            return bracket::checked(&brackets, BRACKET_KEYS).unwrap_or_else(|(at, what)| {
                let path = place.key("brackets").key(at - 1);
                let help = "brackets must join without gap or jump: cum = floor * (rate - rate before) + cum before";
                problems.push(Problem::new(&path, format!("bracket {at}: {what}")).help(help));
                Vec::new()
            });
        }
        let Some(file) = &self.brackets else {
            if self.spec.brackets.is_none() {
                let problem = Problem::new(&place, format!("`{name}` has no brackets")).on_key();
                problems.push(problem.help("give the contract `brackets`, or the file a bracket table"));
            }
            return Vec::new();
        };
        file.tiers(symbol(name, terms)).unwrap_or_else(|error| {
            let problem = Problem::new(&place, error.to_string()).on_key();
            problems.push(match error {
                BracketError::NoSymbol(symbol) => {
                    let near = nearest(&symbol, file.symbols()).map(|near| format!("did you mean `{near}`?"));
                    problem.help(near.unwrap_or_else(|| "name it by `symbol`, or give it `brackets`".to_owned()))
                }
                _ => problem,
            });
            Vec::new()
        })
    }

    /// The one mark price of a contract.
    fn mark(&self, name: &str, terms: &AccountContractSpec, problems: &mut Vec<Problem>) -> f64 {
        let root = KeyPath::root();
        let mut mark = terms.mark.map(Positive::get);
        for (i, position) in self.spec.positions.iter().enumerate().filter(|(_, p)| p.contract == name) {
            let path = root.key("positions").key(i);
            match (mark, position.mark.map(Positive::get)) {
                (Some(before), Some(now)) if before != now => {
                    let message = format!("`{name}` has the mark {before} as well");
                    problems.push(Problem::new(&path.key("mark"), message).help("a contract has one mark price"));
                }
                (None, None) => {
                    let problem = Problem::new(&path, format!("the position in `{name}` has no mark")).on_key();
                    problems.push(problem.help(format!("give it a `mark`, or contracts.{name}.mark")));
                    return 1.0;
                }
                (_, now) => mark = mark.or(now),
            }
        }
        mark.unwrap_or(1.0)
    }

    fn check_book(&self, name: &str, terms: &AccountContractSpec, problems: &mut Vec<Problem>) {
        let path = self.place(name);
        let out_of_order = |levels: &[(Positive, Positive)], better: fn(f64, f64) -> bool| {
            levels.windows(2).position(|pair| !better(pair[0].0.get(), pair[1].0.get()))
        };
        for (key, found) in
            [("bids", out_of_order(&terms.bids, |a, b| a > b)), ("asks", out_of_order(&terms.asks, |a, b| a < b))]
        {
            if let Some(at) = found {
                let problem = Problem::new(&path.key(key).key(at + 1), "a level is not worse than the one before");
                problems.push(problem.help("best level first: bids fall, asks rise"));
            }
        }
    }

    fn collateral(
        &self,
        name: &str,
        asset: &AssetSpec,
        debt: AssetId,
        at: usize,
        settles: Vec<usize>,
        problems: &mut Vec<Problem>,
    ) -> Collateral {
        let path = KeyPath::root().key("assets").key(name);
        let ratios = ratio::resolve(name, &self.counted(name, asset, &path, problems), &path, problems);
        if self.margin == MarginMode::SingleAsset {
            if ratios.len() > 1 || ratios[0].ratio < 1.0 {
                let problem = Problem::new(&path, format!("in single-asset mode `{name}` counts in full")).on_key();
                problems.push(problem.help("leave `ratio` out"));
            } else if settles.is_empty() && !self.listed.is_empty() {
                let problem = Problem::new(&path, format!("in single-asset mode `{name}` is no margin")).on_key();
                problems.push(problem.help(format!("no contract settles in it: leave `{name}` out")));
            } else if at > 0 {
                let problem =
                    Problem::new(&path, "in single-asset mode each settlement asset is an account of its own");
                problems.push(problem.on_key().help("write a file for each"));
            }
        }
        let haircut = 1.0 - ratios[0].ratio;
        let ask_buffer = if self.margin == MarginMode::MultiAssets { haircut } else { 0.0 };
        Collateral {
            asset: AssetId::at(at),
            ratios,
            ask_buffer: asset.ask_buffer.map_or(ask_buffer, Share::get),
            index: IndexSpec::Spot,
            stale_steps: 0,
            auto_exchange_haircut: asset.auto_exchange_haircut.map_or(haircut.min(0.999), ShareBelowOne::get),
            auto_exchange_below: f64::INFINITY,
            settles,
            loan: self.loan(asset, debt, &path, problems),
        }
    }

    /// The keys that say how an asset counts, as a venue's config has them.
    fn counted(&self, name: &str, asset: &AssetSpec, path: &KeyPath, problems: &mut Vec<Problem>) -> CollateralSpec {
        let single = self.margin == MarginMode::SingleAsset;
        if asset.index_usd.is_none() && !single {
            let problem = Problem::new(path, format!("`{name}` has no index price")).on_key();
            problems.push(problem.help("give it `index_usd`"));
        }
        if let (Some(_), Some(_)) = (asset.ratio, asset.bid_buffer) {
            let problem =
                Problem::new(&path.key("bid_buffer"), format!("`{name}` has both a `ratio` and a `bid_buffer`"));
            problems.push(problem.on_key().help("leave one of them out: ratio = 1 - bid_buffer"));
        }
        let share = |x| Share::try_from(x).ok();
        let full = if single && asset.tiers.is_empty() { share(1.0) } else { None };
        CollateralSpec {
            ratio: asset.ratio.or_else(|| share(1.0 - asset.bid_buffer?.get())).or(full),
            tiers: asset.tiers.clone(),
            ask_buffer: asset.ask_buffer,
            index: None,
            stale_steps: 0,
            auto_exchange_haircut: asset.auto_exchange_haircut,
            auto_exchange_below: None,
            loan_maintenance: asset.loan_maintenance,
        }
    }

    fn loan(&self, asset: &AssetSpec, debt: AssetId, path: &KeyPath, problems: &mut Vec<Problem>) -> Option<LoanTerms> {
        let portfolio = matches!(self.margin, MarginMode::Portfolio { .. });
        match (asset.loan, asset.loan_maintenance) {
            (None, None) => None,
            (Some(_), Some(rate)) if portfolio => {
                Some(LoanTerms { debt, pool: 0, reserve: 0, maintenance: rate.get() })
            }
            (_, Some(_)) if portfolio => {
                let problem = Problem::new(&path.key("loan_maintenance"), "there is no loan").on_key();
                problems.push(problem.help("give the amount borrowed as `loan`"));
                None
            }
            (Some(_), _) if portfolio => {
                let problem = Problem::new(&path.key("loan"), "the loan has no maintenance margin rate").on_key();
                problems.push(problem.help("give it `loan_maintenance`"));
                None
            }
            _ => {
                let key = if asset.loan.is_some() { "loan" } else { "loan_maintenance" };
                let problem = Problem::new(&path.key(key), "there are loans in portfolio margin alone").on_key();
                problems.push(problem.help("margin = { portfolio = {} }"));
                None
            }
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
            let isolated = spec.isolated_margin.map(crate::unit::Amount::get);
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

fn side(levels: &[(Positive, Positive)]) -> Vec<Level> {
    levels.iter().map(|(price, quantity)| Level { price: price.get(), quantity: quantity.get() }).collect()
}

/// Its symbol in the bracket tables.
fn symbol<'a>(name: &'a str, terms: &'a AccountContractSpec) -> &'a str {
    terms.symbol.as_deref().unwrap_or(name)
}

/// The coin that a contract is on.
fn coin_of(name: &str, terms: &AccountContractSpec) -> String {
    let of_symbol = || symbol(name, terms).split_once('/').map(|(coin, _)| coin.to_lowercase());
    terms.coin.clone().or_else(of_symbol).unwrap_or_else(|| name.to_owned())
}

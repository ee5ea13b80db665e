//! Futures venues: contracts with their bracket tables, what counts as margin, insurance funds, how accounts are closed.

mod fund;

use super::names::{Names, VenueId, leg_name, legs, venue_path};
use super::{elsewhere, ratio, read_file};
use crate::id::AssetId;
use crate::scenario::key::{KeyPath, nearest, suggest};
use crate::scenario::source::Problem;
use crate::scenario::spec::{
    AdlRuleSpec, CollateralSpec, ContractSpec, FuturesSpec, IndexSpec, LendingSpec, LiquidationSpec, MarginSpec,
    PortfolioSpec,
};
use crate::scenario::{
    Adl, AssetKind, Backstop, Collateral, Contract, Funding, Futures, Halt, Liquidation, LoanTerms, MarginMode,
};
use crate::unit::{Amount, Positive, Share, ShareBelowOne, Span};
use crate::venue::bracket::{BracketError, BracketFile, Tier};
use std::path::Path;

/// Negative balance of a settlement coin beyond which Binance sells other collateral, in coins.
const AUTO_EXCHANGE_BELOW: f64 = 5000.0;

/// A venue being resolved.
struct Venue<'a> {
    name: &'a str,
    spec: &'a FuturesSpec,
    names: &'a Names<'a>,
    path: KeyPath,
    margin: MarginMode,
}

/// All futures venues, in the order of the config.
pub(super) fn resolve(
    names: &Names<'_>,
    step_seconds: f64,
    base_dir: &Path,
    problems: &mut Vec<Problem>,
) -> Vec<Futures> {
    let venue = |(name, spec): &(&str, &FuturesSpec)| {
        let path = venue_path(name).key("futures");
        let margin = margin_mode(spec, &path, names, problems);
        Venue { name, spec, names, path, margin }.resolve(step_seconds, base_dir, problems)
    };
    names.futures.iter().map(venue).collect()
}

fn margin_mode(spec: &FuturesSpec, path: &KeyPath, names: &Names<'_>, problems: &mut Vec<Problem>) -> MarginMode {
    match &spec.margin {
        MarginSpec::MultiAssets => MarginMode::MultiAssets,
        MarginSpec::SingleAsset => MarginMode::SingleAsset,
        MarginSpec::Portfolio(terms) => {
            let path = path.key("margin").key("portfolio");
            let liquidation_unimmr = liquidation_unimmr(terms, &path, problems);
            let pool = terms.loans_from.as_ref().and_then(|pool| {
                let pool = names.venue(pool, VenueId::POOL, &path.key("loans_from"));
                pool.map_err(|problem| problems.push(problem)).ok()
            });
            if let Some(lender) = pool.filter(|pool| names.pools[*pool].1.lending == LendingSpec::PeerToPeer) {
                let message = format!("`{}` matches loans for a term", names.pools[lender].0);
                let problem = Problem::new(&path.key("loans_from"), message);
                problems.push(problem.help("loans inside accounts have no term: they need a pool or a bank"));
            }
            MarginMode::Portfolio { liquidation_unimmr, loans_from: pool }
        }
    }
}

/// The uniMMR at which accounts are liquidated, checked.
pub(super) fn liquidation_unimmr(terms: &PortfolioSpec, path: &KeyPath, problems: &mut Vec<Problem>) -> f64 {
    let unimmr = terms.liquidation_unimmr.get();
    if unimmr < 1.0 {
        let message = format!("{unimmr} would let accounts run below their maintenance margin");
        problems.push(Problem::new(&path.key("liquidation_unimmr"), message).help("expected 1 or more"));
    }
    unimmr
}

impl Venue<'_> {
    fn resolve(&self, step_seconds: f64, base_dir: &Path, problems: &mut Vec<Problem>) -> Futures {
        let Self { spec, names, path, .. } = self;
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
        let brackets = self.brackets(base_dir, problems);
        let mut contracts = Vec::new();
        for (key, terms) in &spec.contracts {
            let path = path.key("contracts").key(key);
            let tiers = brackets.as_ref().map_or(Vec::new(), |file| self.tiers(file, &path, terms, problems));
            contracts.extend(self.contract(key, terms, &path, &tiers, problems));
        }
        self.check_adl(&contracts, problems);
        let collateral = spec.collateral.iter();
        let collateral = collateral.map(|(key, c)| self.collateral(key, c, &contracts, problems)).collect();
        Futures {
            name: self.name.to_owned(),
            settlement,
            margin: self.margin,
            contracts,
            collateral,
            funds: self.funds(problems),
            liquidation: self.liquidation(&spec.liquidation, step_seconds, problems),
            flat_ltv: spec.flat_ltv.get(),
            adl: Adl { rule: spec.adl.rule, take: spec.adl.take },
            fund_order_deviation: spec.fund_order_deviation.get(),
            basis_steps: (spec.basis_window.seconds() / step_seconds).round().max(1.0) as usize,
            funding: Funding {
                interval: spec.funding.interval.seconds(),
                interest_8h: spec.funding.interest_8h.get(),
                premium_8h: spec.funding.premium_8h.get(),
                capped_interval: spec.funding.capped_interval.seconds().min(spec.funding.interval.seconds()),
                calm_rate: spec.funding.calm_rate.get(),
                calm_for: spec.funding.calm_for.seconds(),
            },
        }
    }

    /// The columns of a contract.
    fn contract(
        &self,
        key: &str,
        terms: &ContractSpec,
        path: &KeyPath,
        tiers: &[Tier],
        problems: &mut Vec<Problem>,
    ) -> Vec<Contract> {
        let settlement = terms.settlement.as_ref().unwrap_or(&self.spec.settlement);
        if let Some(own) = &terms.settlement {
            let at = path.key("settlement");
            self.names.stablecoin(own, &at, problems);
            if self.margin == MarginMode::SingleAsset && *own != self.spec.settlement {
                let message =
                    format!("in single-asset mode `{}` settles in `{}` alone", self.name, self.spec.settlement);
                problems.push(Problem::new(&at, message).help("write a venue of its own for each settlement coin"));
            } else if !self.spec.collateral.contains_key(own) {
                let message = format!("`{own}` is not collateral at `{}`", self.name);
                problems.push(
                    Problem::new(&at, message).help(format!("add it to venues.{}.futures.collateral", self.name)),
                );
            }
        }
        if terms.coin == *settlement && self.names.is_stablecoin(&terms.coin) {
            let message = format!("a contract on `{}` cannot settle in `{0}` itself", terms.coin);
            problems.push(Problem::new(&path.key("coin"), message));
        }
        let coin = self.names.coin(&terms.coin, &path.key("coin"), problems);
        let fund = self.spec.insurance_funds.values().position(|f| f.contracts.iter().any(|c| c == key));
        let leg = |leg| {
            let name = leg_name(key, leg);
            Contract {
                asset: self.names.find(&name).unwrap_or(AssetId(0)),
                name,
                listing: key.to_owned(),
                leg,
                coin,
                settles: self.spec.collateral.get_index_of(settlement).unwrap_or(0),
                fund: fund.unwrap_or(0),
                lot: terms.lot.map_or(0.0, Positive::get),
                tiers: tiers.to_vec(),
                clearance_fee: terms.clearance_fee.get(),
                taker_fee: terms.taker_fee.get(),
                liquidation_taker_fee: terms.liquidation_taker_fee.map_or(0.0, Share::get),
                max_order_deviation: terms.max_order_deviation.get(),
                funding_cap: tiers.first().map_or(1.0, |t| t.rate * self.spec.funding.cap_over_maintenance.get()),
            }
        };
        legs(self.spec).iter().map(|l| leg(*l)).collect()
    }

    fn collateral(
        &self,
        key: &str,
        terms: &CollateralSpec,
        contracts: &[Contract],
        problems: &mut Vec<Problem>,
    ) -> Collateral {
        let path = self.path.key("collateral").key(key);
        let asset = self.names.asset(key, &path, problems);
        let index = match self.names.kind(asset) {
            AssetKind::Token { .. } => terms.index.unwrap_or(self.spec.token_index),
            _ => IndexSpec::Spot,
        };
        if self.names.find(key).is_some() {
            self.check_collateral(key, asset, terms, &path, problems);
        }
        let at = self.spec.collateral.get_index_of(key);
        let settles: Vec<usize> = (0..contracts.len()).filter(|i| Some(contracts[*i].settles) == at).collect();
        let ratios = ratio::resolve(key, terms, &path, problems);
        let ask_buffer = match self.margin {
            MarginMode::MultiAssets => 1.0 - ratios[0].ratio,
            MarginMode::SingleAsset | MarginMode::Portfolio { .. } => 0.0,
        };
        let haircut = ratio::auto_exchange_haircut(&ratios, self.is_settlement(key));
        let below = if settles.is_empty() { f64::INFINITY } else { AUTO_EXCHANGE_BELOW };
        Collateral {
            asset,
            ratios,
            ask_buffer: terms.ask_buffer.map_or(ask_buffer, Share::get),
            index,
            stale_steps: terms.stale_steps as usize,
            auto_exchange_haircut: terms.auto_exchange_haircut.map_or(haircut, ShareBelowOne::get),
            auto_exchange_below: terms.auto_exchange_below.map_or(below, Amount::get),
            settles,
            loan: self.loan(key, terms, &path, problems),
        }
    }

    fn check_collateral(
        &self,
        key: &str,
        asset: AssetId,
        terms: &CollateralSpec,
        path: &KeyPath,
        problems: &mut Vec<Problem>,
    ) {
        let kind = self.names.kind(asset);
        match (kind, terms.index) {
            (AssetKind::Contract { .. } | AssetKind::Debt { .. }, _) => {
                let message = format!("`{key}` is {}, which is no margin", super::names::kind_name(kind));
                problems
                    .push(Problem::new(path, message).on_key().help("margin is coins, receipts, tokens and LP tokens"));
            }
            (AssetKind::Coin(_), Some(IndexSpec::Redemption | IndexSpec::Blend(_))) => {
                let problem = Problem::new(&path.key("index"), format!("`{key}` is a coin, which nobody redeems"));
                problems.push(problem.help("leave `index` out: a coin counts at its market price"));
            }
            (AssetKind::Receipt { pool, reserve }, _) if !self.is_receipt_of_coin(pool, reserve) => {
                let problem =
                    Problem::new(path, format!("`{key}` is a receipt of a token, which is no margin")).on_key();
                problems.push(problem.help("margin is coins, receipts of coins, and tokens themselves"));
            }
            (AssetKind::Lp { amm }, _) if !self.is_pool_of_coins(amm) => {
                let message = format!("`{key}` is liquidity of a token, which is no margin");
                problems
                    .push(Problem::new(path, message).on_key().help("an LP token is margin if its pool has two coins"));
            }
            (AssetKind::Lp { .. }, Some(IndexSpec::Redemption | IndexSpec::Blend(_))) => {
                let problem = Problem::new(&path.key("index"), format!("`{key}` is liquidity, which does not trade"));
                problems
                    .push(problem.help("leave `index` out: liquidity counts at its fair price, which no swap moves"));
            }
            (AssetKind::Receipt { .. }, Some(IndexSpec::Redemption | IndexSpec::Blend(_))) => {
                let problem = Problem::new(&path.key("index"), format!("`{key}` is a receipt, which does not trade"));
                problems.push(problem.help("leave `index` out: a receipt counts at what its pool can pay"));
            }
            _ => {}
        }
        if self.margin == MarginMode::SingleAsset {
            if key != self.spec.settlement {
                let message = format!("in single-asset mode only `{}` is margin", self.spec.settlement);
                let problem = Problem::new(path, message).on_key();
                problems.push(problem.help(format!("leave `{key}` out, or use margin = \"multi_assets\"")));
            } else if terms.ratio.is_some_and(|r| r.get() < 1.0) || !terms.tiers.is_empty() {
                let message = format!("in single-asset mode `{key}` counts in full");
                problems.push(Problem::new(path, message).on_key().help(format!("write {key} = {{ ratio = 1.0 }}")));
            }
        }
        if self.margin == MarginMode::SingleAsset {
            let means_nothing = [
                ("ask_buffer", terms.ask_buffer.is_some()),
                ("auto_exchange_haircut", terms.auto_exchange_haircut.is_some()),
                ("auto_exchange_below", terms.auto_exchange_below.is_some()),
            ];
            for (name, _) in means_nothing.iter().filter(|(_, is_written)| *is_written) {
                let message = format!("in single-asset mode `{key}` counts in full and is exchanged for nothing");
                problems.push(Problem::new(&path.key(name), message).on_key().help(format!("leave `{name}` out")));
            }
        } else if terms.auto_exchange_below.is_some() && !self.is_settlement(key) {
            let problem = Problem::new(&path.key("auto_exchange_below"), format!("no contract settles in `{key}`"));
            problems.push(problem.help("its balance cannot become negative: leave the key out"));
        }
    }

    fn is_pool_of_coins(&self, amm: usize) -> bool {
        let kind = |name: &String| self.names.find(name).map(|asset| self.names.kind(asset));
        self.names.amms[amm].1.assets.iter().all(|name| matches!(kind(name), Some(AssetKind::Coin(_))))
    }

    fn is_receipt_of_coin(&self, pool: usize, reserve: usize) -> bool {
        let deposited =
            self.names.pools[pool].1.reserves.get_index(reserve).and_then(|(name, _)| self.names.find(name));
        deposited.is_some_and(|asset| matches!(self.names.kind(asset), AssetKind::Coin(_)))
    }

    /// Whether contracts settle in an asset, or the venue counts in it.
    fn is_settlement(&self, asset: &str) -> bool {
        let settles = |c: &ContractSpec| c.settlement.as_deref() == Some(asset);
        self.spec.settlement == asset || self.spec.contracts.values().any(settles)
    }

    /// Terms of loans of a coin inside the accounts.
    fn loan(
        &self,
        key: &str,
        terms: &CollateralSpec,
        path: &KeyPath,
        problems: &mut Vec<Problem>,
    ) -> Option<LoanTerms> {
        let maintenance = terms.loan_maintenance?;
        let path = path.key("loan_maintenance");
        let MarginMode::Portfolio { loans_from: Some(pool), .. } = self.margin else {
            let problem = Problem::new(&path, format!("`{}` lends nothing", self.name));
            problems.push(problem.help("loans need margin.portfolio = { loans_from = \"<savings pool>\" }"));
            return None;
        };
        let (lender, spec) = self.names.pools[pool];
        let Some(reserve) = spec.reserves.get_index_of(key) else {
            let message = format!("`{lender}` does not lend `{key}`");
            let help = suggest(key, "it lends", spec.reserves.keys().map(String::as_str));
            problems.push(Problem::new(&path, message).help(help));
            return None;
        };
        let debt = self.names.find(&format!("{lender}/{key}-debt")).unwrap_or(AssetId(0));
        Some(LoanTerms { debt, pool, reserve, maintenance: maintenance.get() })
    }

    fn check_adl(&self, contracts: &[Contract], problems: &mut Vec<Problem>) {
        let without_lot = contracts.iter().find(|contract| contract.lot == 0.0);
        if let (AdlRuleSpec::Integer, Some(contract)) = (self.spec.adl.rule, without_lot) {
            let message = format!("`integer` closes whole lots, and `{}` has no lot", contract.listing);
            let problem = Problem::new(&self.path.key("adl").key("rule"), message);
            let key = self.path.key("contracts").key(&contract.listing).key("lot");
            problems.push(problem.help(format!("give every contract a lot: {key} = 0.001")));
        }
    }

    fn liquidation(&self, spec: &LiquidationSpec, step_seconds: f64, problems: &mut Vec<Problem>) -> Liquidation {
        let path = self.path.key("liquidation");
        if spec.closes_per_step == Some(0) {
            let problem = Problem::new(&path.key("closes_per_step"), "at 0 closes a step nobody is ever closed out");
            problems.push(problem.help("expected 1 or more; a pause is a halt"));
        }
        // A time that is a whole number of steps must not be pushed on by the last bit of a division.
        let steps = |span: Span| (span.seconds() / step_seconds * (1.0 - 1e-9)).ceil() as u32;
        let mut halts: Vec<Halt> = Vec::new();
        for (i, halt) in spec.halts.iter().enumerate() {
            let from = steps(halt.at).max(1);
            let halt = Halt { from, until: from + steps(halt.length) };
            if halts.last().is_some_and(|before| halt.from < before.until) {
                let problem =
                    Problem::new(&path.key("halts").key(i), "this halt begins before the one before has ended");
                problems.push(problem.on_key().help("list halts in order, without overlap"));
            }
            halts.push(halt);
        }
        Liquidation {
            close: spec.close,
            order: spec.order,
            closes_per_step: spec.closes_per_step.unwrap_or(u32::MAX),
            delay_steps: spec.delay.map_or(0, steps),
            halts,
            backstop: spec.backstop.map(|terms| Backstop {
                share: terms.share.get(),
                work_off: 1.0 - libm::exp2(-step_seconds / terms.work_off_half_life.seconds()),
            }),
        }
    }

    fn brackets(&self, base_dir: &Path, problems: &mut Vec<Problem>) -> Option<BracketFile> {
        let (key, file) = (self.path.key("brackets"), &self.spec.brackets);
        let text = read_file(&key, base_dir, file, problems)?;
        match BracketFile::parse(&text) {
            Ok(file) => Some(file),
            Err(error) => {
                let line = if let BracketError::Format(_, line) = error { line } else { 1 };
                let place = elsewhere(&base_dir.join(file), line);
                problems.push(Problem::new(&key, error.to_string()).elsewhere(place));
                None
            }
        }
    }

    fn tiers(
        &self,
        file: &BracketFile,
        path: &KeyPath,
        terms: &ContractSpec,
        problems: &mut Vec<Problem>,
    ) -> Vec<Tier> {
        let error = match file.tiers(&terms.symbol) {
            Ok(tiers) => return tiers,
            Err(error) => error,
        };
        let problem = Problem::new(&path.key("symbol"), format!("{}: {error}", self.spec.brackets.display()));
        problems.push(match error {
            BracketError::NoSymbol(symbol) => {
                let all: Vec<&str> = file.symbols().take(8).collect();
                let help = nearest(&symbol, file.symbols()).map_or_else(
                    || format!("the file has {} ...", all.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                problem.help(help)
            }
            _ => {
                problem.help("brackets must join without gap or jump: cum = floor * (rate - rate before) + cum before")
            }
        });
        Vec::new()
    }
}

//! Assets of an account file: how they count, and loans of them.

use super::Resolver;
use crate::id::AssetId;
use crate::scenario::key::KeyPath;
use crate::scenario::resolve::ratio;
use crate::scenario::source::Problem;
use crate::scenario::spec::{AssetSpec, CollateralSpec, IndexSpec};
use crate::scenario::{Collateral, LoanTerms, MarginMode};
use crate::unit::{Share, ShareBelowOne};

impl Resolver<'_> {
    pub(super) fn collateral(
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
            for (key, is_written) in [
                ("ask_buffer", asset.ask_buffer.is_some()),
                ("auto_exchange_haircut", asset.auto_exchange_haircut.is_some()),
            ] {
                if is_written {
                    let message = format!("in single-asset mode `{name}` counts in full and is exchanged for nothing");
                    problems.push(Problem::new(&path.key(key), message).on_key().help(format!("leave `{key}` out")));
                }
            }
        }
        let haircut = ratio::auto_exchange_haircut(&ratios, !settles.is_empty());
        let ask_buffer = if self.margin == MarginMode::MultiAssets { 1.0 - ratios[0].ratio } else { 0.0 };
        Collateral {
            asset: AssetId::at(at),
            ratios,
            ask_buffer: asset.ask_buffer.map_or(ask_buffer, Share::get),
            index: IndexSpec::Spot,
            stale_steps: 0,
            auto_exchange_haircut: asset.auto_exchange_haircut.map_or(haircut, ShareBelowOne::get),
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
}

//! The table of assets and the venues by name: what every other part of a config refers to.

use super::is_name;
use crate::id::{AssetId, CoinId};
use crate::scenario::key::{KeyPath, suggest};
use crate::scenario::source::Problem;
use crate::scenario::spec::{AmmSpec, CoinSpec, FuturesSpec, IssuerSpec, PositionsSpec, SavingsSpec, Spec, VenueSpec};
use crate::scenario::{Asset, AssetKind, Coin, Leg};
use indexmap::IndexMap;

/// A venue's kind and position in the table of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenario) enum VenueId {
    Futures(usize),
    Pool(usize),
    Issuer(usize),
    Amm(usize),
}

/// Every name of a config.
#[derive(Debug)]
pub(in crate::scenario) struct Names<'a> {
    /// Columns: coins, contracts, receipts, debts, tokens, LP tokens.
    pub(in crate::scenario) assets: Vec<Asset>,
    pub(in crate::scenario) coins: Vec<Coin>,
    pub(in crate::scenario) venues: IndexMap<&'a str, VenueId>,
    pub(in crate::scenario) futures: Vec<(&'a str, &'a FuturesSpec)>,
    pub(in crate::scenario) pools: Vec<(&'a str, &'a SavingsSpec)>,
    pub(in crate::scenario) issuers: Vec<(&'a str, &'a IssuerSpec)>,
    pub(in crate::scenario) amms: Vec<(&'a str, &'a AmmSpec)>,
    by_name: IndexMap<String, AssetId>,
}

/// Names of venues that mean something else in tables.
const RESERVED: [&str; 3] = ["wallet", "outside", "all"];

impl<'a> Names<'a> {
    /// Gives every coin, venue and asset its position.
    pub(in crate::scenario) fn declare(spec: &'a Spec, problems: &mut Vec<Problem>) -> Self {
        let mut names = Self {
            assets: Vec::new(),
            coins: Vec::new(),
            venues: IndexMap::new(),
            futures: Vec::new(),
            pools: Vec::new(),
            issuers: Vec::new(),
            amms: Vec::new(),
            by_name: IndexMap::new(),
        };
        names.declare_coins(spec, problems);
        names.declare_venues(spec, problems);
        names.declare_contracts(problems);
        names.declare_receipts(problems);
        names.declare_tokens(problems);
        names.declare_liquidity(problems);
        names
    }

    fn declare_coins(&mut self, spec: &'a Spec, problems: &mut Vec<Problem>) {
        let path = KeyPath::root().key("coins");
        if spec.coins.is_empty() {
            problems.push(Problem::new(&path, "there are no coins: expected one or more").on_key());
        }
        let run = &spec.run;
        for (name, coin) in &spec.coins {
            let id = CoinId::at(self.coins.len());
            let asset = self.declare_asset(name, &path.key(name), AssetKind::Coin(id), problems);
            let (opening_usd, pegged, stable) = match coin {
                CoinSpec::PriceUsd(price) => (price.get(), false, None),
                CoinSpec::PegUsd(peg) => (peg.get(), true, None),
                CoinSpec::Stable(spec) => {
                    let path = path.key(name).key("stable");
                    (spec.peg_usd.get(), true, Some(super::coin::stable(spec, run, &path, problems)))
                }
            };
            self.coins.push(Coin { name: name.clone(), asset, opening_usd, pegged, stable });
        }
    }

    fn declare_venues(&mut self, spec: &'a Spec, problems: &mut Vec<Problem>) {
        for (name, venue) in &spec.venues {
            if RESERVED.contains(&name.as_str()) || !is_name(name) {
                let problem = Problem::new(&venue_path(name), format!("`{name}` cannot name a venue")).on_key();
                problems.push(problem.help(name_rule()));
            }
            let id = match venue {
                VenueSpec::Futures(venue) => {
                    self.futures.push((name, venue));
                    VenueId::Futures(self.futures.len() - 1)
                }
                VenueSpec::Savings(venue) => {
                    self.pools.push((name, venue));
                    VenueId::Pool(self.pools.len() - 1)
                }
                VenueSpec::Issuer(venue) => {
                    self.issuers.push((name, venue));
                    VenueId::Issuer(self.issuers.len() - 1)
                }
                VenueSpec::Amm(venue) => {
                    self.amms.push((name, venue));
                    VenueId::Amm(self.amms.len() - 1)
                }
            };
            self.venues.insert(name, id);
        }
    }

    fn declare_contracts(&mut self, problems: &mut Vec<Problem>) {
        for (venue, (name, spec)) in self.futures.clone().into_iter().enumerate() {
            let path = venue_path(name).key("futures").key("contracts");
            let legs = legs(spec);
            for (listed, key) in spec.contracts.keys().enumerate() {
                for (i, leg) in legs.iter().enumerate() {
                    let kind = AssetKind::Contract { venue, contract: listed * legs.len() + i };
                    self.declare_asset(&leg_name(key, *leg), &path.key(key), kind, problems);
                }
            }
        }
    }

    fn declare_receipts(&mut self, problems: &mut Vec<Problem>) {
        let pools = self.pools.clone();
        for (pool, (name, spec)) in pools.iter().enumerate() {
            for (reserve, (coin, terms)) in spec.reserves.iter().enumerate() {
                let path = reserve_path(name, coin).key("receipt");
                if &terms.receipt == coin {
                    let problem = Problem::new(&path, format!("the receipt `{coin}` would back itself"));
                    problems.push(problem.help(format!("name it otherwise, such as `ld{coin}`")));
                }
                let kind = AssetKind::Receipt { pool, reserve };
                self.declare_asset(&terms.receipt, &path, kind, problems);
            }
        }
        for (pool, (name, spec)) in pools.iter().enumerate() {
            for (reserve, coin) in spec.reserves.keys().enumerate() {
                self.push_asset(&format!("{name}/{coin}-debt"), AssetKind::Debt { pool, reserve });
            }
        }
    }

    fn declare_tokens(&mut self, problems: &mut Vec<Problem>) {
        for (issuer, (name, spec)) in self.issuers.clone().into_iter().enumerate() {
            let path = venue_path(name).key("issuer").key("token");
            self.declare_asset(&spec.token, &path, AssetKind::Token { issuer }, problems);
        }
    }

    fn declare_liquidity(&mut self, problems: &mut Vec<Problem>) {
        for (amm, (name, spec)) in self.amms.clone().into_iter().enumerate() {
            self.declare_asset(&spec.lp, &venue_path(name).key("amm").key("lp"), AssetKind::Lp { amm }, problems);
        }
    }

    fn declare_asset(&mut self, name: &str, path: &KeyPath, kind: AssetKind, problems: &mut Vec<Problem>) -> AssetId {
        if !is_name(name) {
            problems.push(Problem::new(path, format!("\"{name}\" cannot name an asset")).on_key().help(name_rule()));
        }
        if let Some(&taken) = self.by_name.get(name) {
            let by = kind_name(self.assets[taken.index()].kind);
            if !problems.iter().any(|p| p.path == *path) {
                let problem = Problem::new(path, format!("the name `{name}` is already taken by {by}"));
                problems.push(problem.help("coins, contracts, receipts and tokens share one set of names"));
            }
        }
        self.push_asset(name, kind)
    }

    fn push_asset(&mut self, name: &str, kind: AssetKind) -> AssetId {
        let id = AssetId::at(self.assets.len());
        self.assets.push(Asset { name: name.to_owned(), kind });
        self.by_name.entry(name.to_owned()).or_insert(id);
        id
    }

    /// The asset of that name.
    pub(in crate::scenario) fn find(&self, name: &str) -> Option<AssetId> {
        self.by_name.get(name).copied()
    }

    /// What an asset is.
    pub(in crate::scenario) fn kind(&self, asset: AssetId) -> AssetKind {
        self.assets[asset.index()].kind
    }

    /// What an asset is called.
    pub(in crate::scenario) fn name(&self, asset: AssetId) -> &str {
        &self.assets[asset.index()].name
    }

    /// The asset that is of some kind; the first coin after reporting that there is none.
    pub(in crate::scenario) fn asset(&self, name: &str, path: &KeyPath, problems: &mut Vec<Problem>) -> AssetId {
        self.find(name).unwrap_or_else(|| {
            problems.push(Problem::new(path, format!("there is no asset called `{name}`")).on_key().help(suggest(
                name,
                "assets",
                self.assets.iter().map(|a| a.name.as_str()),
            )));
            AssetId(0)
        })
    }

    /// The coin of that name; the first after reporting that there is none.
    pub(in crate::scenario) fn coin(&self, name: &str, path: &KeyPath, problems: &mut Vec<Problem>) -> CoinId {
        let asset = self.find(name);
        if let Some(AssetKind::Coin(coin)) = asset.map(|a| self.kind(a)) {
            return coin;
        }
        let message = match asset {
            Some(asset) => format!("`{name}` is {}, not a coin", kind_name(self.kind(asset))),
            None => format!("there is no coin called `{name}`"),
        };
        let coins = self.coins.iter().map(|c| c.name.as_str());
        problems.push(Problem::new(path, message).help(suggest(name, "coins", coins)));
        CoinId(0)
    }

    /// Whether it is a coin with a peg.
    pub(in crate::scenario) fn is_stablecoin(&self, name: &str) -> bool {
        self.coins.iter().any(|c| c.name == name && c.pegged)
    }

    /// A stablecoin, or a report.
    pub(in crate::scenario) fn stablecoin(&self, name: &str, path: &KeyPath, problems: &mut Vec<Problem>) -> CoinId {
        let before = problems.len();
        let coin = self.coin(name, path, problems);
        if problems.len() == before && !self.coins[coin.index()].pegged {
            problems.push(
                Problem::new(path, format!("`{name}` is not a stablecoin"))
                    .help(format!("a stablecoin is one with a peg: coins.{name} = {{ peg_usd = 1.0 }}")),
            );
        }
        coin
    }

    /// The venue of that name if it is of the kind that is wanted.
    pub(in crate::scenario) fn venue(&self, name: &str, want: &str, path: &KeyPath) -> Result<usize, Problem> {
        let of_kind = self.venues.iter().filter(|(_, id)| id.kind_name() == want).map(|(name, _)| *name);
        match self.venues.get(name) {
            Some(VenueId::Futures(i) | VenueId::Pool(i) | VenueId::Issuer(i) | VenueId::Amm(i))
                if of_kind.clone().any(|n| n == name) =>
            {
                Ok(*i)
            }
            Some(other) => Err(Problem::new(path, format!("`{name}` is {}, not {want}", other.kind_name()))
                .help(suggest(name, &format!("venues that are {want}"), of_kind))),
            None => Err(Problem::new(path, format!("there is no venue called `{name}`")).help(suggest(
                name,
                &format!("venues that are {want}"),
                of_kind,
            ))),
        }
    }
}

impl VenueId {
    pub(in crate::scenario) const FUTURES: &'static str = "a futures venue";
    pub(in crate::scenario) const POOL: &'static str = "a savings pool";
    pub(in crate::scenario) const ISSUER: &'static str = "an issuer";
    pub(in crate::scenario) const AMM: &'static str = "a pool of two assets";

    pub(super) fn kind_name(self) -> &'static str {
        match self {
            Self::Futures(_) => Self::FUTURES,
            Self::Pool(_) => Self::POOL,
            Self::Issuer(_) => Self::ISSUER,
            Self::Amm(_) => Self::AMM,
        }
    }
}

/// The columns that each contract of a venue has.
pub(in crate::scenario) fn legs(spec: &FuturesSpec) -> &'static [Leg] {
    match spec.positions {
        PositionsSpec::OneWay => &[Leg::Both],
        PositionsSpec::Hedge => &[Leg::Long, Leg::Short],
    }
}

/// Name of a contract's column.
pub(in crate::scenario) fn leg_name(contract: &str, leg: Leg) -> String {
    match leg {
        Leg::Both => contract.to_owned(),
        Leg::Long => format!("{contract}-long"),
        Leg::Short => format!("{contract}-short"),
    }
}

/// `venues.<name>`.
pub(super) fn venue_path(name: &str) -> KeyPath {
    KeyPath::root().key("venues").key(name)
}

/// `venues.<name>.savings.reserves.<coin>`.
pub(super) fn reserve_path(pool: &str, coin: &str) -> KeyPath {
    venue_path(pool).key("savings").key("reserves").key(coin)
}

pub(in crate::scenario) fn kind_name(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::Coin(_) => "a coin",
        AssetKind::Contract { .. } => "a contract",
        AssetKind::Receipt { .. } => "a receipt",
        AssetKind::Debt { .. } => "a debt",
        AssetKind::Token { .. } => "a token",
        AssetKind::Lp { .. } => "an LP token",
    }
}

fn name_rule() -> String {
    format!("use letters, digits, `_` and `-`; venues are not called {}", RESERVED.join(", "))
}

//! Chains: walks the steps of a cohort with what is then in hand, so that nothing is used before it exists. Loops are
//! unrolled. The walk stops at the first step that cannot be taken: what follows it depends on it.

use super::cohort::World;
use super::law::check_leverage;
use super::names::{Names, VenueId};
use super::pool::largest_ltv;
use crate::id::AssetId;
use crate::scenario::key::{KeyPath, list, suggest};
use crate::scenario::source::Problem;
use crate::scenario::spec::{
    BorrowSpec, ConvertSpec, DepositSpec, IssuerSpec, LeverageBase, LoopSpec, MarginLoanSpec, PledgeSpec, ProvideSpec,
    StepSpec, SubscribeSpec, TradeSpec,
};
use crate::scenario::{AssetKind, Futures, Leg, MarginMode, Market, Step};

/// More steps than this in an unrolled chain are refused.
const STEPS_MAX: usize = 1_000;

/// What an owner has in hand between two steps.
#[derive(Clone, Copy)]
enum Hand {
    Asset(AssetId),
    /// Nothing, because of this.
    Nothing(&'static str),
}

struct Walk<'a> {
    names: &'a Names<'a>,
    futures: &'a [Futures],
    markets: &'a [Market],
    hand: Hand,
    /// Venues with margin to trade on.
    pledged: Vec<usize>,
    /// Venues where margin already backs positions.
    traded: Vec<usize>,
    steps: Vec<Step>,
}

/// Checks and unrolls a chain that starts with `coin` in hand.
pub(super) fn resolve(
    chain: &[StepSpec],
    coin: AssetId,
    path: &KeyPath,
    world: &World<'_>,
) -> Result<Vec<Step>, Problem> {
    let World { names, futures, markets, .. } = *world;
    let mut walk = Walk {
        names,
        futures,
        markets,
        hand: Hand::Asset(coin),
        pledged: Vec::new(),
        traded: Vec::new(),
        steps: Vec::new(),
    };
    walk.all(chain, path)?;
    Ok(walk.steps)
}

impl Walk<'_> {
    fn all(&mut self, chain: &[StepSpec], path: &KeyPath) -> Result<(), Problem> {
        for (i, step) in chain.iter().enumerate() {
            let path = path.key(i);
            let step = match step {
                StepSpec::Loop(spec) => {
                    self.repeat(spec, &path.key("loop"))?;
                    continue;
                }
                StepSpec::Deposit(spec) => self.deposit(spec, &path.key("deposit"))?,
                StepSpec::Borrow(spec) => self.borrow(spec, &path.key("borrow"))?,
                StepSpec::Subscribe(spec) => self.subscribe(spec, &path.key("subscribe"))?,
                StepSpec::Provide(spec) => self.provide(spec, &path.key("provide"))?,
                StepSpec::Convert(spec) => self.convert(spec, &path.key("convert"))?,
                StepSpec::Pledge(spec) => self.pledge(spec, &path.key("pledge"))?,
                StepSpec::MarginLoan(spec) => self.margin_loan(spec, &path.key("margin_loan"))?,
                StepSpec::Trade(spec) => self.trade(spec, &path.key("trade"))?,
            };
            if self.steps.len() == STEPS_MAX {
                return Err(Problem::new(&path, format!("the chain is longer than {STEPS_MAX} steps")).on_key());
            }
            self.steps.push(step);
        }
        Ok(())
    }

    fn repeat(&mut self, spec: &LoopSpec, path: &KeyPath) -> Result<(), Problem> {
        if spec.steps.is_empty() {
            return Err(Problem::new(&path.key("steps"), "a loop needs steps"));
        }
        let before = (self.hand, self.pledged.clone(), self.traded.clone(), self.steps.len());
        for turn in 1..=spec.times.max(1) {
            self.all(&spec.steps, &path.key("steps")).map_err(|mut problem| {
                if turn > 1 && !problem.message.contains("turn") {
                    problem.message = format!("on turn {turn} of the loop: {}", problem.message);
                }
                problem
            })?;
        }
        if spec.times == 0 {
            // The steps were taken once to check them, not to keep them.
            (self.hand, self.pledged, self.traded) = (before.0, before.1, before.2);
            self.steps.truncate(before.3);
        }
        Ok(())
    }

    /// What is in hand, or what is wrong if there is nothing.
    fn in_hand(&self, step: &str, path: &KeyPath) -> Result<AssetId, Problem> {
        match self.hand {
            Hand::Asset(asset) => Ok(asset),
            Hand::Nothing(why) => Err(Problem::new(path, format!("`{step}` finds nothing in hand: {why}")).on_key()),
        }
    }

    fn deposit(&mut self, spec: &DepositSpec, path: &KeyPath) -> Result<Step, Problem> {
        let pool = self.names.venue(&spec.venue, VenueId::POOL, &path.key("venue"))?;
        let hand = self.in_hand("deposit", path)?;
        let (name, terms) = self.names.pools[pool];
        let coin = self.names.name(hand);
        let Some(reserve) = terms.reserves.get(coin) else {
            let message = format!("`{name}` does not take `{coin}`, which is in hand here");
            let takes = list(terms.reserves.keys().map(String::as_str));
            return Err(Problem::new(path, message).on_key().help(format!("`{name}` takes {takes}")));
        };
        let keep = spec.keep.map_or(0.0, crate::unit::Share::get);
        self.hand = if keep < 1.0 {
            Hand::Asset(self.known(&reserve.receipt))
        } else {
            Hand::Nothing("the deposit kept all of it back (keep = 1)")
        };
        Ok(Step::Deposit { pool, keep })
    }

    fn borrow(&mut self, spec: &BorrowSpec, path: &KeyPath) -> Result<Step, Problem> {
        let pool = self.names.venue(&spec.venue, VenueId::POOL, &path.key("venue"))?;
        let hand = self.in_hand("borrow", path)?;
        let (name, terms) = self.names.pools[pool];
        let held = match self.names.kind(hand) {
            AssetKind::Receipt { pool: of, reserve } if of == pool => terms.reserves.get_index(reserve),
            _ => None,
        };
        let Some((held, _)) = held else {
            let message =
                format!("`{name}` lends against its own receipts, but `{}` is in hand here", self.names.name(hand));
            let problem = Problem::new(path, message).on_key();
            return Err(problem.help(format!("deposit into `{name}` first: {{ deposit = {{ venue = \"{name}\" }} }}")));
        };
        let Some(loans) = &terms.loans else {
            return Err(Problem::new(&path.key("venue"), format!("`{name}` does not lend"))
                .help(format!("give it terms of loans: [venues.{name}.savings.loans]")));
        };
        let Some(lent) = terms.reserves.get(&spec.coin) else {
            let lends = terms.reserves.keys().map(String::as_str);
            return Err(Problem::new(&path.key("coin"), format!("`{name}` does not lend `{}`", spec.coin))
                .help(suggest(&spec.coin, "it lends", lends)));
        };
        if !lent.borrowable {
            return Err(Problem::new(&path.key("coin"), format!("`{name}` does not lend `{}`", spec.coin))
                .help(format!("venues.{name}.savings.reserves.{} says borrowable = false", spec.coin)));
        }
        let most = largest_ltv(terms, loans, held, &spec.coin);
        if spec.ltv.get() > most {
            let message = if terms.reserves[held].collateral.is_none() && most <= loans.initial_ltv.get() {
                format!("{} is above the initial_ltv of `{name}`, {most}", spec.ltv.get())
            } else {
                let (ltv, coin) = (spec.ltv.get(), &spec.coin);
                format!("{ltv} is above the {most} at which `{name}` lends `{coin}` against `{held}`")
            };
            return Err(Problem::new(&path.key("ltv"), message).help(format!("expected at most {most}")));
        }
        if spec.ltv.get() == 0.0 {
            return Err(Problem::new(&path.key("ltv"), "a loan of 0 is none: expected more than 0"));
        }
        let asset = self.known(&spec.coin);
        let AssetKind::Coin(coin) = self.names.kind(asset) else {
            return Err(Problem::new(&path.key("coin"), format!("`{}` is not a coin", spec.coin)));
        };
        self.hand = Hand::Asset(asset);
        Ok(Step::Borrow { pool, coin, ltv: spec.ltv.get() })
    }

    fn subscribe(&mut self, spec: &SubscribeSpec, path: &KeyPath) -> Result<Step, Problem> {
        let issuer = self.names.venue(&spec.venue, VenueId::ISSUER, &path.key("venue"))?;
        let hand = self.names.name(self.in_hand("subscribe", path)?);
        let (name, terms) = self.names.issuers[issuer];
        if hand != terms.par && !self.accepts_in_kind(terms, hand) {
            let message = format!("`{name}` sells `{}` for `{}`, but `{hand}` is in hand here", terms.token, terms.par);
            let problem = Problem::new(path, message).on_key();
            return Err(problem.help(format!("get `{}` first: convert a coin, or borrow against a receipt", terms.par)));
        }
        self.hand = Hand::Asset(self.known(&terms.token));
        Ok(Step::Subscribe { issuer })
    }

    /// Whether an issuer takes another's token in the place of its coin: if it holds that token only, of the same coin.
    fn accepts_in_kind(&self, terms: &IssuerSpec, token: &str) -> bool {
        let issued_for = self.names.issuers.iter().find(|(_, other)| other.token == token).map(|(_, other)| &other.par);
        issued_for == Some(&terms.par) && terms.holds.get(token).is_some_and(|share| share.get() == 1.0)
    }

    fn provide(&mut self, spec: &ProvideSpec, path: &KeyPath) -> Result<Step, Problem> {
        let amm = self.names.venue(&spec.venue, VenueId::AMM, &path.key("venue"))?;
        let hand = self.in_hand("provide", path)?;
        if !matches!(self.names.kind(hand), AssetKind::Coin(_)) {
            let message = format!("`{}` is in hand here, and only a coin is exchanged for both", self.names.name(hand));
            return Err(Problem::new(path, message).on_key().help("provide liquidity with a coin in hand"));
        }
        self.hand = Hand::Asset(self.known(&self.names.amms[amm].1.lp));
        Ok(Step::Provide { amm })
    }

    fn convert(&mut self, spec: &ConvertSpec, path: &KeyPath) -> Result<Step, Problem> {
        let mut problems = Vec::new();
        let to = self.names.coin(&spec.to, &path.key("to"), &mut problems);
        if let Some(problem) = problems.pop() {
            return Err(problem);
        }
        let hand = self.in_hand("convert", path)?;
        if !matches!(self.names.kind(hand), AssetKind::Coin(_)) {
            let message = format!("only coins are exchanged, but `{}` is in hand here", self.names.name(hand));
            return Err(Problem::new(path, message).on_key());
        }
        if self.names.name(hand) == spec.to {
            return Err(Problem::new(&path.key("to"), format!("`{}` is already in hand here", spec.to)));
        }
        for name in [self.names.name(hand), spec.to.as_str()] {
            let asset = self.known(name);
            let booked = self.markets.iter().any(|m| self.names.coins[m.coin.index()].asset == asset);
            if !booked && !self.names.is_stablecoin(name) {
                return Err(Problem::new(path, format!("`{name}` has no order book to be exchanged on"))
                    .on_key()
                    .help(format!("add a table [markets.{name}]")));
            }
        }
        self.hand = Hand::Asset(self.known(&spec.to));
        Ok(Step::Convert { to })
    }

    fn pledge(&mut self, spec: &PledgeSpec, path: &KeyPath) -> Result<Step, Problem> {
        let venue = self.names.venue(&spec.venue, VenueId::FUTURES, &path.key("venue"))?;
        let hand = self.names.name(self.in_hand("pledge", path)?);
        let (name, terms) = self.names.futures[venue];
        if !terms.collateral.contains_key(hand) {
            let message = format!("`{hand}` is in hand here, and `{name}` does not take it as margin");
            let takes = list(terms.collateral.keys().map(String::as_str));
            return Err(Problem::new(path, message).on_key().help(format!("`{name}` takes {takes}")));
        }
        self.hand = Hand::Nothing("all of it was pledged before");
        self.pledged.push(venue);
        Ok(Step::Pledge { venue })
    }

    fn margin_loan(&mut self, spec: &MarginLoanSpec, path: &KeyPath) -> Result<Step, Problem> {
        let venue = self.names.venue(&spec.venue, VenueId::FUTURES, &path.key("venue"))?;
        self.check_pledged(venue, &spec.venue, path)?;
        let table = &self.futures[venue];
        let MarginMode::Portfolio { loans_from: Some(_), liquidation_unimmr } = table.margin else {
            let message = format!("`{}` lends nothing inside its accounts", spec.venue);
            return Err(Problem::new(&path.key("venue"), message).help(format!(
                "loans need venues.{}.futures.margin.portfolio = {{ loans_from = \"<savings pool>\" }}",
                spec.venue
            )));
        };
        let asset = self.names.find(&spec.coin);
        let found = table.collateral.iter().enumerate().find(|(_, c)| Some(c.asset) == asset);
        let Some((collateral, loan)) = found.and_then(|(i, c)| Some((i, c.loan?))) else {
            let lent = table.collateral.iter().filter(|c| c.loan.is_some()).map(|c| self.names.name(c.asset));
            let message = format!("`{}` does not lend `{}` inside its accounts", spec.venue, spec.coin);
            return Err(Problem::new(&path.key("coin"), message).help(suggest(&spec.coin, "it lends", lent)));
        };
        let share = spec.share.get();
        let most = 1.0 / (1.0 + loan.maintenance * liquidation_unimmr);
        if share == 0.0 {
            return Err(Problem::new(&path.key("share"), "a loan of 0 is none: expected more than 0"));
        }
        if share >= most {
            let message = format!("a loan of {share} of the equity would be liquidated at once");
            return Err(Problem::new(&path.key("share"), message).help(format!("expected less than {most:.4}")));
        }
        self.hand = Hand::Asset(self.known(&spec.coin));
        Ok(Step::MarginLoan { venue, collateral, share })
    }

    fn check_pledged(&self, venue: usize, name: &str, path: &KeyPath) -> Result<(), Problem> {
        if self.pledged.contains(&venue) {
            return Ok(());
        }
        let problem = Problem::new(path, format!("there is no margin at `{name}` yet")).on_key();
        Err(problem.help(format!("pledge first: {{ pledge = {{ venue = \"{name}\" }} }}")))
    }

    fn trade(&mut self, spec: &TradeSpec, path: &KeyPath) -> Result<Step, Problem> {
        let venue = self.names.venue(&spec.venue, VenueId::FUTURES, &path.key("venue"))?;
        self.check_pledged(venue, &spec.venue, path)?;
        self.check_account(venue, spec, path)?;
        let contracts = self.contracts(venue, spec, path)?;
        let key = path.key("leverage");
        let highest = check_leverage(&spec.leverage, &key)?;
        if spec.of == LeverageBase::Margin {
            for (contract, _) in &contracts {
                let contract = &self.futures[venue].contracts[*contract];
                let allowed = contract.tiers.first().map_or(f64::INFINITY, |t| t.max_leverage);
                if highest > allowed {
                    let message = format!("leverage {highest} is above the {allowed} that `{}` allows", contract.name);
                    return Err(Problem::new(&key, message).on_key());
                }
            }
        }
        if spec.isolated {
            self.pledged.retain(|v| *v != venue); // all of it is divided among the positions
        } else {
            self.traded.push(venue);
        }
        Ok(Step::Trade {
            venue,
            leverage: spec.leverage.clone(),
            of: spec.of,
            long_share: spec.long_share.get(),
            contracts,
            contracts_per_owner: spec.contracts_per_owner as usize,
            isolated: spec.isolated,
            hedged_share: spec.hedged_share.map_or(0.0, crate::unit::Share::get),
        })
    }

    /// Isolated accounts and second legs need a venue that has them.
    fn check_account(&self, venue: usize, spec: &TradeSpec, path: &KeyPath) -> Result<(), Problem> {
        let table = &self.futures[venue];
        if spec.isolated && table.margin != MarginMode::SingleAsset {
            let message = format!("`{}` has no isolated margin: all its margin is shared", spec.venue);
            return Err(Problem::new(&path.key("isolated"), message)
                .help(format!("isolated margin needs venues.{}.futures.margin = \"single_asset\"", spec.venue)));
        }
        if spec.isolated && self.traded.contains(&venue) {
            let message = format!("the margin at `{}` already backs positions of its own", spec.venue);
            return Err(Problem::new(&path.key("isolated"), message)
                .help("an owner's trades at a venue are all isolated or none is"));
        }
        if spec.hedged_share.is_some() && table.contracts.iter().all(|c| c.leg == Leg::Both) {
            let message = format!("`{}` has one position a contract, so none can be hedged by another leg", spec.venue);
            return Err(Problem::new(&path.key("hedged_share"), message)
                .help(format!("long and short legs need venues.{}.futures.positions = \"hedge\"", spec.venue)));
        }
        Ok(())
    }

    fn contracts(&self, venue: usize, spec: &TradeSpec, path: &KeyPath) -> Result<Vec<(usize, f64)>, Problem> {
        let known = &self.futures[venue].contracts;
        let key = path.key("contracts");
        let mut contracts = Vec::new();
        for (name, weight) in &spec.contracts {
            let Some(position) = self.futures[venue].listed(name) else {
                let message = format!("there is no contract `{name}` at `{}`", spec.venue);
                let help = suggest(name, "contracts", known.iter().map(|c| c.listing.as_str()));
                return Err(Problem::new(&key.key(name), message).on_key().help(help));
            };
            contracts.push((position, weight.get()));
        }
        let wanted = spec.contracts_per_owner as usize;
        if contracts.is_empty() {
            return Err(Problem::new(&key, "a trade needs a contract").help("for example { btc-perp = 1.0 }"));
        }
        if wanted == 0 || wanted > contracts.len() {
            let message = format!("{wanted} of {} contracts cannot be drawn", contracts.len());
            return Err(Problem::new(&path.key("contracts_per_owner"), message)
                .help(format!("expected 1 to {}", contracts.len())));
        }
        Ok(contracts)
    }

    fn known(&self, name: &str) -> AssetId {
        self.names.find(name).unwrap_or(AssetId(0))
    }
}

//! From laws and real books to the opening ledger. Everything enters by transfers from the outside, in the order in
//! which people did it, so the opening balances like every other state.

use super::laws::{choose_several, leverage, wealth_usd};
use super::liquidity::count_liquidity;
use super::tokens;
use super::trade::{self, Terms};
use super::{Account, Holder, OpeningError, Owner, Population, System};
use crate::id::{AccountId, AssetId, CohortId, CoinId, OwnerId};
use crate::ledger::{Ledger, tick_for};
use crate::random::{Purpose, stream, uniform};
use crate::scenario::{
    AssetKind, Cohort, Flight, Fund, Holding, Lending, LeverageBase, Place, Scenario, ShockKind, Source, Step, Variant,
};

/// An owner before the opening: wealth and the random parts of the chain.
struct Draft {
    cohort: CohortId,
    name: String,
    places: Vec<Place>,
    wealth_usd: f64,
    trades: Vec<TradeDraw>,
    holdings: Vec<Holding>,
}

pub(super) struct TradeDraw {
    pub(super) long: bool,
    pub(super) leverage: f64,
    pub(super) contracts: Vec<usize>,
}

/// Draws the owners of a scenario and opens their accounts.
///
/// # Errors
/// If what the owners want cannot be: a pool lent out beyond its deposits, a real book already in liquidation.
pub fn open(scenario: &Scenario) -> Result<Population, OpeningError> {
    let drafts: Vec<Draft> = scenario.cohorts().flat_map(|(id, cohort)| draft(scenario, id, cohort)).collect();
    let mut marks = opening_marks(scenario);
    let (owners, accounts, system) = open_accounts(scenario, &drafts);
    let mut ticks = ticks(scenario, &drafts, &marks);
    count_liquidity(scenario, &mut ticks, &mut marks);
    let ledger = Ledger::new(accounts.len(), ticks);
    let mut opening = Opening {
        scenario,
        marks: &marks,
        accounts: &accounts,
        system: &system,
        ledger,
        entries: Vec::new(),
        capped: 0,
    };
    for (amm, table) in scenario.amms.iter().enumerate() {
        opening.provide(amm, system.outside, table.outside_reserves_usd);
    }
    for (owner, draft) in owners.iter().zip(&drafts) {
        opening.admit(owner, draft);
        opening.check_caps(Some(draft.cohort))?;
    }
    opening.fund_venues()?;
    let (mut ledger, mut entries, capped_owners) = (opening.ledger, opening.entries, opening.capped);
    ledger.settle_opening();
    entries.sort_by_key(|(account, asset, _)| (*account, *asset));
    let mut population =
        Population { owners, accounts, system, opening: ledger, opening_no_reuse: None, marks, entries, capped_owners };
    set_haste(scenario, &mut population);
    if scenario.counterfactuals.contains(&Variant::NoReuse) {
        check_no_reuse(scenario)?;
        population.opening_no_reuse = Some(without_reuse(scenario, &population));
    }
    Ok(population)
}

fn draft(scenario: &Scenario, id: CohortId, cohort: &Cohort) -> Vec<Draft> {
    match &cohort.source {
        Source::Drawn { owners, wealth, chain, .. } => {
            let mut rng = stream(scenario.seed, Purpose::Population, u64::from(id.0));
            let places = places_of(chain, cohort.flight);
            (0..*owners)
                .map(|_| Draft {
                    cohort: id,
                    name: String::new(),
                    places: places.clone(),
                    wealth_usd: wealth_usd(wealth, &mut rng),
                    trades: chain.iter().filter_map(|step| draw_trade(step, &mut rng)).collect(),
                    holdings: Vec::new(),
                })
                .collect()
        }
        Source::Book(rows) => {
            let mut drafts = indexmap::IndexMap::<&str, Draft>::new();
            for row in rows {
                let draft = drafts.entry(&row.owner).or_insert_with(|| Draft {
                    cohort: id,
                    name: row.owner.clone(),
                    places: flight_place(cohort.flight).into_iter().collect(),
                    wealth_usd: 0.0,
                    trades: Vec::new(),
                    holdings: Vec::new(),
                });
                if row.place != Place::Wallet && !draft.places.contains(&row.place) {
                    draft.places.push(row.place);
                }
                draft.holdings.push(row.clone());
            }
            drafts.into_values().collect()
        }
    }
}

fn draw_trade(step: &Step, rng: &mut crate::random::Stream) -> Option<TradeDraw> {
    let Step::Trade { leverage: law, long_share, contracts, contracts_per_owner, .. } = step else { return None };
    Some(TradeDraw {
        long: uniform(rng) < *long_share,
        leverage: leverage(law, rng),
        contracts: choose_several(contracts, *contracts_per_owner, rng),
    })
}

fn flight_place(flight: Option<Flight>) -> Option<Place> {
    match flight {
        Some(Flight::Pool(pool)) => Some(Place::Pool(pool)),
        Some(Flight::Coin(_)) | None => None,
    }
}

/// Where a chain and a flight need accounts: one a venue in order of first use, then one for each isolated position.
fn places_of(chain: &[Step], flight: Option<Flight>) -> Vec<Place> {
    let mut places = Vec::new();
    let mut isolated = Vec::new();
    for step in chain {
        let place = match step {
            Step::Deposit { pool, .. } | Step::Borrow { pool, .. } => Place::Pool(*pool),
            Step::Pledge { venue } | Step::Trade { venue, .. } | Step::MarginLoan { venue, .. } => {
                Place::Futures(*venue)
            }
            Step::Subscribe { .. } | Step::Provide { .. } | Step::Convert { .. } => continue,
        };
        if !places.contains(&place) {
            places.push(place);
        }
        isolated.extend(std::iter::repeat_n(place, trade::isolated_accounts(step)));
    }
    places.extend(flight_place(flight).filter(|place| !places.contains(place)));
    places.extend(isolated);
    places
}

/// USD per unit of each asset at the opening: indices are 1, tokens at par, no impact, no basis.
fn opening_marks(scenario: &Scenario) -> Vec<f64> {
    let price = |coin: CoinId| scenario.coins[coin.index()].opening_usd;
    scenario
        .assets
        .iter()
        .enumerate()
        .map(|(i, asset)| match asset.kind {
            AssetKind::Coin(coin) => price(coin),
            AssetKind::Contract { venue, contract } => price(scenario.futures[venue].contracts[contract].coin),
            AssetKind::Debt { pool, reserve } => {
                let lent = scenario.pools[pool].reserves[reserve].asset;
                price(
                    scenario.coin_of(lent).or_else(|| scenario.coin_behind(lent)).expect("a coin is behind a reserve"),
                )
            }
            AssetKind::Lp { .. } => 1.0, // known once reserves have ticks
            AssetKind::Receipt { .. } | AssetKind::Token { .. } => {
                price(scenario.coin_behind(AssetId::at(i)).expect("a coin is behind every receipt and token"))
            }
        })
        .collect()
}

fn open_accounts(scenario: &Scenario, drafts: &[Draft]) -> (Vec<Owner>, Vec<Account>, System) {
    let mut accounts = Vec::new();
    let mut add = |holder, place| {
        accounts.push(Account { holder, place });
        AccountId::at(accounts.len() - 1)
    };
    let system = System {
        outside: add(Holder::Outside, Place::Wallet),
        funds: scenario
            .futures
            .iter()
            .enumerate()
            .map(|(venue, f)| (0..f.funds.len()).map(|fund| add(Holder::Fund { venue, fund }, Place::Wallet)).collect())
            .collect(),
        pools: (0..scenario.pools.len()).map(|i| add(Holder::Pool(i), Place::Wallet)).collect(),
        treasuries: (0..scenario.issuers.len()).map(|i| add(Holder::Treasury(i), Place::Wallet)).collect(),
        reserves: (0..scenario.issuers.len()).map(|i| add(Holder::Reserve(i), Place::Wallet)).collect(),
        hedges: scenario
            .issuers
            .iter()
            .enumerate()
            .map(|(i, issuer)| issuer.hedge_venue.map(|venue| add(Holder::Hedge(i), Place::Futures(venue))))
            .collect(),
        stakes: scenario
            .issuers
            .iter()
            .enumerate()
            .map(|(i, issuer)| issuer.staked.map(|_| add(Holder::Stake(i), Place::Wallet)))
            .collect(),
        amms: (0..scenario.amms.len()).map(|i| add(Holder::Amm(i), Place::Wallet)).collect(),
        attackers: scenario.forged_pledges().map(|p| add(Holder::Outside, Place::Pool(p.pool))).collect(),
    };
    let owners = drafts
        .iter()
        .enumerate()
        .map(|(i, draft)| {
            let holder = Holder::Owner(OwnerId::at(i));
            let wallet = add(holder, Place::Wallet);
            for place in &draft.places {
                add(holder, *place);
            }
            Owner {
                cohort: draft.cohort,
                name: draft.name.clone(),
                wallet,
                accounts: 1 + draft.places.len() as u32,
                haste: 1.0,
            }
        })
        .collect();
    (owners, accounts, system)
}

/// A tick per asset, from a bound on the gross amount of everything in USD.
fn ticks(scenario: &Scenario, drafts: &[Draft], marks: &[f64]) -> Vec<f64> {
    let drawn = |draft: &Draft| {
        let Source::Drawn { chain, .. } = &scenario.cohorts[draft.cohort.index()].source else { return 0.0 };
        let leverage: f64 = draft.trades.iter().map(|t| t.leverage).sum();
        draft.wealth_usd * (2.0 + chain.len() as f64 + 2.0 * leverage)
    };
    let booked = |draft: &Draft| draft.holdings.iter().map(|h| h.amount.abs() * marks[h.asset.index()]).sum::<f64>();
    let owners: f64 = drafts.iter().map(|d| drawn(d) + booked(d)).sum();
    let pools: f64 = scenario.pools.iter().flat_map(|p| &p.reserves).map(|r| r.outside_supply_usd).sum();
    let amms: f64 = scenario.amms.iter().map(|a| a.outside_reserves_usd).sum();
    let issuers = tokens::supply_bound_usd(scenario, owners + pools + amms);
    let issuers = issuers + tokens::vault_bound_usd(scenario, issuers);
    let fund = |f: &Fund| f.opening_usd + f.top_up.map_or(0.0, |top_up| top_up.to_usd);
    let funds: f64 = scenario.futures.iter().flat_map(|f| &f.funds).map(fund).sum();
    let forged = |kind: &ShockKind| match kind {
        ShockKind::Forgery(forgery) => forgery.tokens * marks[scenario.issuers[forgery.issuer].token.index()],
        _ => 0.0,
    };
    let forged: f64 = scenario.shocks.iter().map(|shock| forged(&shock.kind)).sum();
    let gross_usd = 2.0 * (owners + pools + amms + 3.0 * issuers + funds + 2.0 * forged);
    marks.iter().map(|mark| tick_for(gross_usd / mark)).collect()
}

/// The hand of an owner who walks the chain.
#[derive(Clone, Copy)]
pub(super) enum Hand {
    Nothing,
    Holds { account: AccountId, asset: AssetId, amount: f64 },
}

pub(super) struct Opening<'a> {
    pub(super) scenario: &'a Scenario,
    marks: &'a [f64],
    accounts: &'a [Account],
    pub(super) system: &'a System,
    pub(super) ledger: Ledger,
    entries: Vec<(AccountId, AssetId, f64)>,
    pub(super) capped: u32,
}

impl Opening<'_> {
    pub(super) fn mark(&self, asset: AssetId) -> f64 {
        self.marks[asset.index()]
    }

    pub(super) fn account_at(&self, owner: &Owner, place: Place) -> AccountId {
        (owner.wallet.0..owner.wallet.0 + owner.accounts)
            .map(AccountId)
            .find(|a| self.accounts[a.index()].place == place)
            .expect("an account was opened at every place of the chain")
    }

    fn admit(&mut self, owner: &Owner, draft: &Draft) {
        match &self.scenario.cohorts[draft.cohort.index()].source {
            Source::Drawn { coin, chain, .. } => self.walk(owner, draft, *coin, chain),
            Source::Book(_) => {
                for holding in &draft.holdings {
                    self.book(owner, holding);
                }
            }
        }
    }

    fn walk(&mut self, owner: &Owner, draft: &Draft, coin: CoinId, chain: &[Step]) {
        let asset = self.scenario.coin_asset(coin);
        let amount =
            self.ledger.transfer(self.system.outside, owner.wallet, asset, draft.wealth_usd / self.mark(asset));
        let mut hand = Hand::Holds { account: owner.wallet, asset, amount };
        let mut trades = draft.trades.iter();
        // Accounts of isolated positions come last.
        let isolated: usize = chain.iter().map(trade::isolated_accounts).sum();
        let mut free_account = owner.wallet.0 + owner.accounts - isolated as u32;
        for step in chain {
            hand = self.take(owner, draft, step, hand, &mut trades, &mut free_account);
        }
    }

    fn take<'d>(
        &mut self,
        owner: &Owner,
        draft: &Draft,
        step: &Step,
        hand: Hand,
        trades: &mut impl Iterator<Item = &'d TradeDraw>,
        free_account: &mut u32,
    ) -> Hand {
        match step {
            Step::Trade { venue, of, isolated, hedged_share, .. } => {
                let base_usd = match of {
                    LeverageBase::Margin => None,
                    LeverageBase::Wealth => Some(draft.wealth_usd),
                };
                let terms = Terms { venue: *venue, base_usd, hedged_share: *hedged_share };
                let draw = trades.next().expect("one draw per trade");
                if *isolated {
                    self.trade_isolated(owner, terms, draw, free_account);
                } else {
                    self.trade(owner, terms, draw);
                }
                return hand;
            }
            Step::MarginLoan { venue, collateral, share } => {
                return self.margin_loan(owner, *venue, *collateral, *share);
            }
            _ => {}
        }
        let Hand::Holds { account, asset, amount } = hand else { return hand };
        match step {
            Step::Deposit { pool, keep } => {
                let reserve = self.reserve_of(*pool, asset);
                let at = self.account_at(owner, Place::Pool(*pool));
                let receipt = self.scenario.pools[*pool].reserves[reserve].receipt;
                let moved = self.ledger.transfer(account, self.system.pools[*pool], asset, amount);
                let got = self.ledger.transfer(self.system.pools[*pool], at, receipt, moved);
                Hand::Holds { account: at, asset: receipt, amount: got * (1.0 - keep) }
            }
            Step::Borrow { pool, coin, ltv } => {
                let lent = self.scenario.coin_asset(*coin);
                let reserve = self.reserve_of(*pool, lent);
                let debt = self.scenario.pools[*pool].reserves[reserve].debt;
                let units = amount * self.mark(asset) * ltv / self.mark(lent);
                let at = self.account_at(owner, Place::Pool(*pool));
                if matches!(self.scenario.pools[*pool].lending, Lending::PeerToPeer { .. }) {
                    self.lay_idle(*pool, at, asset, amount);
                }
                let moved = self.ledger.transfer(self.system.pools[*pool], owner.wallet, lent, units);
                self.ledger.transfer(at, self.system.pools[*pool], debt, moved);
                Hand::Holds { account: owner.wallet, asset: lent, amount: moved }
            }
            Step::Subscribe { issuer } => {
                let token = self.scenario.issuers[*issuer].token;
                let moved = self.ledger.transfer(account, self.system.treasuries[*issuer], asset, amount);
                let got = self.ledger.transfer(self.system.treasuries[*issuer], owner.wallet, token, moved);
                Hand::Holds { account: owner.wallet, asset: token, amount: got }
            }
            Step::Provide { amm } => {
                let moved = self.ledger.transfer(account, self.system.outside, asset, amount);
                let got = self.provide(*amm, owner.wallet, moved * self.mark(asset));
                Hand::Holds { account: owner.wallet, asset: self.scenario.amms[*amm].lp, amount: got }
            }
            Step::Convert { to } => {
                let to = self.scenario.coin_asset(*to);
                let moved = self.ledger.transfer(account, self.system.outside, asset, amount);
                let units = moved * self.mark(asset) / self.mark(to);
                let got = self.ledger.transfer(self.system.outside, owner.wallet, to, units);
                Hand::Holds { account: owner.wallet, asset: to, amount: got }
            }
            Step::Pledge { venue } => {
                let at = self.account_at(owner, Place::Futures(*venue));
                self.ledger.transfer(account, at, asset, amount);
                Hand::Nothing
            }
            Step::Trade { .. } | Step::MarginLoan { .. } => unreachable!("handled above"),
        }
    }

    /// Collateral of matched loans is lent to nobody: the receipts become what was deposited for them again.
    fn lay_idle(&mut self, pool: usize, at: AccountId, receipt: AssetId, amount: f64) {
        let AssetKind::Receipt { reserve, .. } = self.scenario.assets[receipt.index()].kind else { return };
        let deposited = self.scenario.pools[pool].reserves[reserve].asset;
        let moved = self.ledger.transfer(at, self.system.pools[pool], receipt, amount);
        self.ledger.transfer(self.system.pools[pool], at, deposited, moved);
    }

    /// Puts units of an asset in the hands of the outside: of a token they are issued for its par coin. Returns them.
    pub(super) fn acquire(&mut self, asset: AssetId, units: f64) -> f64 {
        let AssetKind::Token { issuer } = self.scenario.assets[asset.index()].kind else { return units };
        let (outside, treasury) = (self.system.outside, self.system.treasuries[issuer]);
        let par = self.scenario.coin_asset(self.scenario.issuers[issuer].par);
        let paid = self.ledger.transfer(outside, treasury, par, units);
        self.ledger.transfer(treasury, outside, asset, paid)
    }

    fn reserve_of(&self, pool: usize, asset: AssetId) -> usize {
        let reserves = &self.scenario.pools[pool].reserves;
        reserves.iter().position(|r| r.asset == asset).expect("the chain was checked against the pool")
    }

    fn book(&mut self, owner: &Owner, holding: &Holding) {
        let at = self.account_at(owner, holding.place);
        let outside = self.system.outside;
        match self.scenario.assets[holding.asset.index()].kind {
            AssetKind::Coin(_) => {
                self.ledger.transfer(outside, at, holding.asset, holding.amount);
            }
            AssetKind::Receipt { pool, reserve } => {
                let deposited = self.scenario.pools[pool].reserves[reserve].asset;
                let amount = self.acquire(deposited, holding.amount);
                let moved = self.ledger.transfer(outside, self.system.pools[pool], deposited, amount);
                self.ledger.transfer(self.system.pools[pool], at, holding.asset, moved);
            }
            AssetKind::Debt { pool, reserve } => {
                let lent = self.scenario.pools[pool].reserves[reserve].asset;
                let moved = self.ledger.transfer(self.system.pools[pool], outside, lent, holding.amount);
                self.ledger.transfer(at, self.system.pools[pool], holding.asset, moved);
            }
            AssetKind::Token { .. } => {
                let bought = self.acquire(holding.asset, holding.amount);
                self.ledger.transfer(outside, at, holding.asset, bought);
            }
            AssetKind::Lp { amm } => {
                let got = self.provide(amm, outside, holding.amount * self.mark(holding.asset));
                self.ledger.transfer(outside, at, holding.asset, got);
            }
            AssetKind::Contract { venue, contract } => {
                let entry = holding.entry_usd.unwrap_or_else(|| self.mark(holding.asset));
                let price = entry / self.mark(self.settles_in(venue, contract));
                self.position(venue, at, contract, holding.amount, price);
                if let Some(entry) = holding.entry_usd {
                    self.entries.push((at, holding.asset, entry));
                }
            }
        }
    }

    /// What outsiders put in: insurance funds, deposits and loans, tokens; and what issuers do with the proceeds.
    fn fund_venues(&mut self) -> Result<(), OpeningError> {
        let outside = self.system.outside;
        for (venue, futures) in self.scenario.futures.iter().enumerate() {
            let coin = self.scenario.coin_asset(futures.settlement);
            for (fund, account) in futures.funds.iter().zip(&self.system.funds[venue]) {
                self.ledger.transfer(outside, *account, coin, fund.opening_usd / self.mark(coin));
            }
        }
        for issuer in 0..self.scenario.issuers.len() {
            let (token, usd) = (self.scenario.issuers[issuer].token, self.scenario.issuers[issuer].outside_supply_usd);
            self.acquire(token, usd / self.mark(token));
        }
        for amm in 0..self.scenario.amms.len() {
            self.lay_reserves_idle(amm);
        }
        for (pool, table) in self.scenario.pools.iter().enumerate() {
            for reserve in 0..table.reserves.len() {
                self.lend_out(pool, reserve)?;
            }
        }
        // All tokens are sold: only now is it known what issuers have to invest.
        self.hold_tokens()?;
        for issuer in 0..self.scenario.issuers.len() {
            self.invest(issuer);
        }
        self.check_caps(None)?;
        Ok(())
    }

    fn lend_out(&mut self, pool: usize, reserve: usize) -> Result<(), OpeningError> {
        let (outside, at) = (self.system.outside, self.system.pools[pool]);
        let table = &self.scenario.pools[pool].reserves[reserve];
        let asset = table.asset;
        let supplied = self.acquire(asset, table.outside_supply_usd / self.mark(asset));
        let table = &self.scenario.pools[pool].reserves[reserve];
        let moved = self.ledger.transfer(outside, at, asset, supplied);
        self.ledger.transfer(at, outside, table.receipt, moved);
        let supplied = -self.ledger.balance(at, table.receipt);
        let owed = self.ledger.balance(at, table.debt);
        if owed > supplied {
            return Err(OpeningError::PoolOverdrawn {
                pool: self.scenario.pools[pool].name.clone(),
                coin: self.scenario.assets[asset.index()].name.clone(),
                borrowed: owed * self.mark(asset),
                supplied: supplied * self.mark(asset),
            });
        }
        let is_lent = self.scenario.coin_of(asset).is_some() && table.borrowable && !table.frozen;
        let utilisation = match self.scenario.pools[pool].lending {
            Lending::Bank { multiple, .. } if is_lent => multiple / (1.0 + multiple),
            Lending::Bank { .. } | Lending::Pool | Lending::PeerToPeer { .. } => table.utilisation,
        };
        let lent = self.ledger.transfer(at, outside, asset, (supplied * utilisation - owed).max(0.0));
        self.ledger.transfer(outside, at, table.debt, lent);
        Ok(())
    }

    /// Nothing is deposited or lent beyond a reserve's caps; the last to come is a cohort or the outside.
    fn check_caps(&self, last: Option<CohortId>) -> Result<(), OpeningError> {
        for (pool, at) in self.scenario.pools.iter().zip(&self.system.pools) {
            for reserve in &pool.reserves {
                let usd = |column: AssetId| self.ledger.balance(*at, column).abs() * self.mark(column);
                let supply = (usd(reserve.receipt), reserve.supply_cap_usd, "supply", "deposited");
                let borrow = (usd(reserve.debt), reserve.borrow_cap_usd, "borrow", "borrowed");
                let over = [supply, borrow].into_iter().find(|(amount, most, ..)| *amount > most * (1.0 + 1e-9));
                let Some((amount, most, cap, verb)) = over else { continue };
                let coin = &self.scenario.assets[reserve.asset.index()].name;
                let who = last.map_or("outsiders".to_owned(), |cohort| {
                    format!("cohort `{}`", self.scenario.cohorts[cohort.index()].name)
                });
                return Err(OpeningError::OverCap {
                    key: format!("venues.{}.savings.reserves.{coin}.{cap}_cap_usd", pool.name),
                    what: format!("with those of {who} {amount:.0} USD are {verb}, the cap is {most:.0}"),
                    remedy: match (last, cap) {
                        (Some(_), _) => "the owners' number, wealth or ltv",
                        (None, "supply") => "outside_supply_usd",
                        (None, _) => "utilisation",
                    },
                });
            }
        }
        Ok(())
    }

    fn invest(&mut self, issuer: usize) {
        let terms = &self.scenario.issuers[issuer];
        let (outside, treasury) = (self.system.outside, self.system.treasuries[issuer]);
        let par = self.scenario.coin_asset(terms.par);
        let issued = -self.ledger.balance(treasury, terms.token);
        self.ledger.transfer(outside, self.system.reserves[issuer], par, issued * terms.reserve_fund_share);
        self.hedge(issuer, issued);
        if let Some(vault) = terms.vault {
            // The keeper has taken what tokens were sold for.
            self.ledger.transfer(treasury, outside, par, issued);
            let coin = self.scenario.coin_asset(vault.coin);
            self.ledger.transfer(outside, treasury, coin, issued * vault.units_per_token);
        }
        if let (Some(staked), Some(account)) = (terms.staked, self.system.stakes[issuer]) {
            let coin = self.scenario.coin_asset(staked.coin);
            self.ledger.transfer(treasury, account, coin, issued * staked.share * self.mark(par) / self.mark(coin));
        }
    }

    /// Buys the pairs of an issuer with its proceeds.
    fn hedge(&mut self, issuer: usize, issued: f64) {
        let terms = &self.scenario.issuers[issuer];
        let (outside, treasury) = (self.system.outside, self.system.treasuries[issuer]);
        let par = self.scenario.coin_asset(terms.par);
        let (Some(venue), Some(account)) = (terms.hedge_venue, self.system.hedges[issuer]) else { return };
        for hedge in &terms.hedged {
            let spot = self.scenario.coin_asset(self.scenario.futures[venue].contracts[hedge.contract].coin);
            let spent = self.ledger.transfer(treasury, outside, par, issued * hedge.share);
            let bought = self.ledger.transfer(outside, treasury, spot, spent * self.mark(par) / self.mark(spot));
            self.ledger.transfer(treasury, account, par, issued * hedge.share * terms.hedge_margin);
            self.position(venue, account, hedge.contract, -bought, self.price(venue, hedge.contract));
        }
    }
}

/// Large owners leave sooner: (wealth over the cohort's median) to the power the cohort's runs say.
fn set_haste(scenario: &Scenario, population: &mut Population) {
    let equity: Vec<f64> =
        population.owner_ids().map(|owner| equity_usd(population, &population.opening, owner)).collect();
    for (id, cohort) in scenario.cohorts() {
        let Some(runs) = &cohort.runs else { continue };
        let mut of_cohort: Vec<f64> =
            population.owners.iter().zip(&equity).filter(|(o, _)| o.cohort == id).map(|(_, e)| *e).collect();
        of_cohort.sort_by(f64::total_cmp);
        let Some(median) = of_cohort.get(of_cohort.len() / 2).copied().filter(|m| *m > 0.0) else { continue };
        for (owner, equity) in population.owners.iter_mut().zip(&equity).filter(|(o, _)| o.cohort == id) {
            owner.haste = libm::pow((equity / median).max(0.0), runs.size_exponent.get());
        }
    }
}

/// Net worth of an owner at the opening marks.
#[must_use]
pub fn equity_usd(population: &Population, ledger: &Ledger, owner: OwnerId) -> f64 {
    population
        .accounts_of(owner)
        .flat_map(|account| ledger.row(account).iter().zip(&population.marks))
        .map(|(balance, mark)| balance * mark)
        .sum()
}

/// The coin behind every token that a venue takes must be margin there too, that behind a token that backs loans collateral of
/// the same pool on no worse terms: else its loans would be liquidated at the opening.
fn check_no_reuse(scenario: &Scenario) -> Result<(), OpeningError> {
    let refused = |key: String, token: AssetId, coin: CoinId| OpeningError::NoReuseCollateral {
        key,
        token: scenario.assets[token.index()].name.clone(),
        coin: scenario.coins[coin.index()].name.clone(),
    };
    for futures in &scenario.futures {
        for token in &futures.collateral {
            for (coin, _) in scenario.coins_behind(token.asset) {
                if !futures.collateral.iter().any(|c| c.asset == scenario.coin_asset(coin)) {
                    let key = format!("venues.{}.futures.collateral", futures.name);
                    return Err(refused(key, token.asset, coin));
                }
            }
        }
    }
    for pool in &scenario.pools {
        let Some(loans) = &pool.loans else { continue };
        for (i, token) in pool.reserves.iter().enumerate() {
            for (coin, _) in scenario.coins_behind(token.asset) {
                let Some(at) = pool.reserves.iter().position(|r| r.asset == scenario.coin_asset(coin)) else {
                    return Err(refused(format!("venues.{}.savings.reserves", pool.name), token.asset, coin));
                };
                for category in std::iter::once(None).chain((0..loans.terms.categories.len()).map(Some)) {
                    let [lends, would_lend] = [i, at].map(|reserve| loans.terms.collateral(reserve, category));
                    if would_lend.ltv < lends.ltv || would_lend.threshold < lends.threshold {
                        return Err(OpeningError::NoReuseTerms {
                            pool: pool.name.clone(),
                            token: scenario.assets[token.asset.index()].name.clone(),
                            coin: scenario.coins[coin.index()].name.clone(),
                            terms: category.map_or_else(String::new, |c| format!(" in e-mode `{}`", loans.e_modes[c])),
                        });
                    }
                }
            }
        }
    }
    Ok(())
}

/// The same opening with every token that is posted as collateral exchanged, at par with the outside, for the coin
/// behind it. The outside then holds the receipts and tokens, so pools and issuers have the same balance sheets.
fn without_reuse(scenario: &Scenario, population: &Population) -> Ledger {
    let mut ledger = population.opening.clone();
    let outside = population.system.outside;
    for (i, account) in population.accounts.iter().enumerate() {
        let id = AccountId::at(i);
        let Holder::Owner(_) = account.holder else { continue };
        let has_debt = |row: &[f64]| {
            scenario.assets.iter().zip(row).any(|(asset, b)| matches!(asset.kind, AssetKind::Debt { .. }) && *b < 0.0)
        };
        let pledged = match account.place {
            Place::Futures(_) => true,
            Place::Pool(_) => has_debt(ledger.row(id)),
            Place::Wallet => false,
        };
        if !pledged {
            continue;
        }
        for token in (0..scenario.assets.len()).map(AssetId::at) {
            let amount = ledger.balance(id, token);
            let coins = if amount > 0.0 { scenario.coins_behind(token) } else { Vec::new() };
            if coins.is_empty() {
                continue;
            }
            let moved = ledger.transfer(id, outside, token, amount);
            for (coin, share) in coins {
                let asset = scenario.coin_asset(coin);
                let rate = population.marks[token.index()] / population.marks[asset.index()];
                ledger.transfer(outside, id, asset, moved * share * rate);
            }
        }
    }
    ledger.settle_opening();
    ledger
}

//! Where a run goes: loans taken to leave with, flight into another coin or pool.

use crate::event::EventKind;
use crate::id::{AccountId, CoinId, OwnerId};
use crate::outcome::Layer;
use crate::scenario::{AssetKind, Flight, Place};
use crate::world::World;

impl World<'_> {
    /// Where an owner goes who leaves.
    pub(super) fn flight(&self, owner: OwnerId) -> Option<Flight> {
        self.scenario.cohorts[self.population.owners[owner.index()].cohort.index()].flight
    }

    /// Borrows other coins of a pool against deposits that it has not paid, the coin of which it has most left first. Only
    /// who owes the pool nothing else does so, and who does not stand in line for them.
    pub(super) fn borrow_to_leave(&mut self, owner: OwnerId) {
        let cohort = &self.scenario.cohorts[self.population.owners[owner.index()].cohort.index()];
        if !cohort.runs.as_ref().is_some_and(|runs| runs.borrow_to_leave) {
            return;
        }
        for account in self.population.accounts_of(owner) {
            let Place::Pool(pool) = self.population.accounts[account.index()].place else { continue };
            if self.flight(owner) == Some(Flight::Pool(pool)) || !self.can_walk_away(pool, account) {
                continue;
            }
            for reserve in self.deepest_first(pool, account) {
                let lent = self.borrow(pool, reserve, account, f64::INFINITY);
                if lent > 0.0 {
                    self.ask_for_less(pool, account);
                    let asset = self.scenario.pools[pool].reserves[reserve].asset;
                    let price = self.mark(asset);
                    self.tally.pools[pool].borrowed_to_leave_usd += lent * price;
                    self.walked_away.insert(account);
                    self.record(EventKind::LoanToLeave, account, asset, lent, price);
                }
            }
        }
    }

    /// What stays behind as collateral is no longer asked for.
    fn ask_for_less(&mut self, pool: usize, account: AccountId) {
        for reserve in 0..self.scenario.pools[pool].reserves.len() {
            let receipt = self.scenario.pools[pool].reserves[reserve].receipt;
            let wanted = self.withdrawable(pool, account, receipt);
            self.pools[pool].ask_for_at_most(account, reserve, wanted);
        }
    }

    /// Whether an account has deposits that do not stand in line, and no loan but one taken to leave with.
    fn can_walk_away(&self, pool: usize, account: AccountId) -> bool {
        let (row, reserves) = (self.ledger.row(account), &self.scenario.pools[pool].reserves);
        let stuck = reserves.iter().any(|r| row[r.receipt.index()] > 0.0);
        let waits = (0..reserves.len()).any(|reserve| self.pools[pool].waits(account, reserve));
        let owes = reserves.iter().any(|r| row[r.debt.index()] < 0.0);
        stuck && !waits && (!owes || self.walked_away.contains(&account))
    }

    /// Reserves of a pool of which an account has no deposits, by falling free cash.
    fn deepest_first(&self, pool: usize, account: AccountId) -> Vec<usize> {
        let at = self.population.system.pools[pool];
        let reserves = &self.scenario.pools[pool].reserves;
        let cash_usd = |i: &usize| self.ledger.balance(at, reserves[*i].asset) * self.mark(reserves[*i].asset);
        let mut others: Vec<usize> =
            (0..reserves.len()).filter(|i| self.ledger.balance(account, reserves[*i].receipt) <= 0.0).collect();
        others.sort_by(|a, b| cash_usd(b).total_cmp(&cash_usd(a)).then(a.cmp(b)));
        others
    }

    /// Takes what has come home to where the cohort flees, once nothing is owed that it is needed for.
    pub(super) fn flee(&mut self, owner: OwnerId) {
        let Some(flight) = self.flight(owner) else { return };
        if self.still_owes(owner) {
            return;
        }
        self.cause = Layer::Exit;
        let wallet = self.population.owners[owner.index()].wallet;
        for coin in (0..self.scenario.coins.len()).map(CoinId::at) {
            let asset = self.coin_asset(coin);
            let held = self.ledger.balance(wallet, asset);
            if held <= 0.0 {
                continue;
            }
            let price = self.mark(asset);
            let fled = match flight {
                Flight::Coin(to) if to == coin => 0.0,
                Flight::Coin(to) => self.sell_coin_within(wallet, coin, held, to, self.accepts_discount(wallet)),
                Flight::Pool(pool) => self.take_refuge(owner, pool, coin, held),
            };
            if fled > 0.0 {
                self.tally.flight_usd += fled * price;
                self.record(EventKind::Flight, wallet, asset, fled, price);
            }
        }
    }

    /// Deposits a coin in a pool, if it takes it; returns what was deposited.
    fn take_refuge(&mut self, owner: OwnerId, pool: usize, coin: CoinId, held: f64) -> f64 {
        let asset = self.coin_asset(coin);
        let wallet = self.population.owners[owner.index()].wallet;
        let reserve = self.scenario.pools[pool].reserves.iter().position(|r| r.asset == asset);
        let account = self.population.account_at(owner, Place::Pool(pool));
        match (reserve, account) {
            (Some(reserve), Some(account)) => self.deposit(pool, reserve, wallet, account, held),
            _ => 0.0,
        }
    }

    /// Whether an owner has loans to repay or margin that could still be called.
    fn still_owes(&self, owner: OwnerId) -> bool {
        self.population.accounts_of(owner).any(|account| {
            let repays = !self.walked_away.contains(&account);
            let row = self.ledger.row(account);
            self.scenario.assets.iter().zip(row).any(|(asset, balance)| match asset.kind {
                AssetKind::Debt { .. } => repays && *balance != 0.0,
                AssetKind::Contract { .. } => *balance != 0.0,
                AssetKind::Coin(_) | AssetKind::Receipt { .. } | AssetKind::Token { .. } | AssetKind::Lp { .. } => {
                    false
                }
            })
        })
    }
}

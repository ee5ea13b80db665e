//! Loans of a pool: what an account has and owes at the pool's own prices, what it can borrow, repayment, write-offs.

use crate::event::EventKind;
use crate::id::{AccountId, AssetId};
use crate::scenario::{Lending, Loans, Reserve};
use crate::venue::lending::{Account, Leg};
use crate::world::World;

impl World<'_> {
    /// What a unit of a reserve's receipt, of what is deposited and of its debt are worth to the pool, USD: at its oracle's
    /// price, receipts as far as the reserve is solvent.
    #[must_use]
    pub fn loan_marks(&self, pool: usize, reserve: usize) -> [f64; 3] {
        let state = &self.pools[pool].reserves[reserve];
        let price = state.oracle_usd;
        [state.liquidity_index * state.solvency * price, price, state.borrow_index * price]
    }

    /// What an account has as collateral and owes in each reserve of a pool that lends, at the pool's prices. What of the
    /// reserves' coins and tokens lies in the account backs its loans too.
    #[must_use]
    pub fn loan_legs(&self, pool: usize, account: AccountId) -> Vec<Leg> {
        let (table, row) = (&self.scenario.pools[pool], self.ledger.row(account));
        let leg = |(at, reserve): (usize, &Reserve)| {
            let [receipt, asset, debt] = self.loan_marks(pool, at);
            let held_usd = row[reserve.receipt.index()] * receipt + row[reserve.asset.index()] * asset;
            let counts = table.loans.as_ref().is_some_and(|loans| loans.terms.is_collateral(at));
            let collateral_usd = if counts { held_usd } else { 0.0 };
            Leg { collateral_usd, debt_usd: -row[reserve.debt.index()] * debt }
        };
        table.reserves.iter().enumerate().map(leg).collect()
    }

    /// Whether an account owes anything to a pool.
    #[must_use]
    pub fn owes_pool(&self, pool: usize, account: AccountId) -> bool {
        let row = self.ledger.row(account);
        self.scenario.pools[pool].reserves.iter().any(|reserve| row[reserve.debt.index()] < 0.0)
    }

    /// The loans of an account and what backs them, at the pool's prices and terms; nothing of an account without loans.
    #[must_use]
    pub fn loan(&self, pool: usize, account: AccountId) -> Account {
        match &self.scenario.pools[pool].loans {
            Some(loans) if self.owes_pool(pool, account) => loans.terms.account(&self.loan_legs(pool, account), None),
            _ => Account::default(),
        }
    }

    /// Whether an account's debt has reached the line at which its borrower is warned.
    #[must_use]
    pub fn is_called(&self, pool: usize, account: AccountId) -> bool {
        let Some(loans) = self.scenario.pools[pool].loans.as_ref().filter(|_| self.owes_pool(pool, account)) else {
            return false;
        };
        let sums = loans.terms.account_at(&self.loan_legs(pool, account), loans.margin_call);
        sums.debt_usd >= sums.line_usd(loans.margin_call)
    }

    /// Units of an asset that an account can give up without owing more than its collateral lends.
    #[must_use]
    pub fn free_of_loans(&self, pool: usize, account: AccountId, asset: AssetId) -> f64 {
        let Some(loans) = self.scenario.pools[pool].loans.as_ref().filter(|_| self.owes_pool(pool, account)) else {
            return f64::INFINITY;
        };
        let reserves = &self.scenario.pools[pool].reserves;
        let sums = self.loan(pool, account);
        let Some(reserve) = reserves.iter().position(|r| [r.receipt, r.asset].contains(&asset)) else {
            return f64::INFINITY;
        };
        let [receipt, deposited, _] = self.loan_marks(pool, reserve);
        let price = if asset == reserves[reserve].receipt { receipt } else { deposited };
        let lends = loans.terms.collateral(reserve, sums.category).ltv * price;
        if lends > 0.0 { sums.headroom_usd() / lends } else { f64::INFINITY }
    }

    /// Units of a reserve that an account can borrow now: within what its collateral lends, the cap, and free cash that
    /// nobody waits for. Matched lenders lend nothing on the spot.
    #[must_use]
    pub fn can_borrow(&self, pool: usize, reserve: usize, account: AccountId) -> f64 {
        let (table, state) = (&self.scenario.pools[pool], &self.pools[pool].reserves[reserve]);
        let terms = &table.reserves[reserve];
        let is_lent = self.scenario.coin_of(terms.asset).is_some() && terms.borrowable && !state.frozen;
        let matched = matches!(table.lending, Lending::PeerToPeer { .. });
        let Some(loans) = table.loans.as_ref().filter(|_| is_lent && !matched && state.waiting <= 0.0) else {
            return 0.0;
        };
        let headroom = self.headroom(pool, loans, reserve, account);
        let at = self.population.system.pools[pool];
        let lent = self.ledger.balance(at, terms.debt) * state.borrow_index;
        let below_cap = terms.borrow_cap_usd / self.population.marks[terms.asset.index()] - lent;
        headroom.min(below_cap).min(self.ledger.balance(at, terms.asset)).max(0.0)
    }

    /// Units of a reserve that what is in an account lends beyond what it owes, whether the pool has them or not.
    #[must_use]
    pub fn lends(&self, pool: usize, reserve: usize, account: AccountId) -> f64 {
        self.scenario.pools[pool].loans.as_ref().map_or(0.0, |loans| self.headroom(pool, loans, reserve, account))
    }

    fn headroom(&self, pool: usize, loans: &Loans, reserve: usize, account: AccountId) -> f64 {
        let sums = loans.terms.account(&self.loan_legs(pool, account), Some(reserve));
        sums.headroom_usd() / self.pools[pool].reserves[reserve].oracle_usd
    }

    /// Lends an owner up to that many units of a reserve against what is in the owner's account at the pool, paid into the
    /// owner's wallet; returns what was lent, at most [`Self::can_borrow`].
    pub fn borrow(&mut self, pool: usize, reserve: usize, account: AccountId, amount: f64) -> f64 {
        let Some(owner) = self.population.owner_of(account) else { return 0.0 };
        let wallet = self.population.owners[owner.index()].wallet;
        self.lend(pool, reserve, account, wallet, amount)
    }

    /// Lends up to that many units of a reserve against what is in an account, paid into another; returns what was lent.
    pub(in crate::venue) fn lend(
        &mut self,
        pool: usize,
        reserve: usize,
        account: AccountId,
        to: AccountId,
        amount: f64,
    ) -> f64 {
        let (at, table) = (self.population.system.pools[pool], &self.scenario.pools[pool].reserves[reserve]);
        let (asset, debt) = (table.asset, table.debt);
        let tick = self.ledger.tick(asset);
        let units = (amount.min(self.can_borrow(pool, reserve, account)) / tick).floor() * tick;
        if units <= 0.0 {
            return 0.0;
        }
        let lent = self.transfer(at, to, asset, units);
        self.transfer(account, at, debt, lent / self.pools[pool].reserves[reserve].borrow_index);
        lent
    }

    /// Repays debt with `amount` of what was borrowed out of an account; returns what was paid.
    pub fn repay(&mut self, pool: usize, reserve: usize, payer: AccountId, borrower: AccountId, amount: f64) -> f64 {
        let (at, table) = (self.population.system.pools[pool], &self.scenario.pools[pool].reserves[reserve]);
        let index = self.pools[pool].reserves[reserve].borrow_index;
        let owed = -self.ledger.balance(borrower, table.debt);
        let units = (amount / index).min(owed);
        if units <= 0.0 {
            return 0.0;
        }
        let cleared = self.transfer(at, borrower, table.debt, units);
        let paid = self.transfer(payer, at, table.asset, (cleared * index).min(amount));
        self.loans_shrink(pool, reserve, cleared, false);
        paid
    }

    /// Writes debt off, at most what is owed.
    pub(in crate::venue) fn write_off(&mut self, pool: usize, reserve: usize, account: AccountId, units: f64) {
        let (at, debt) = (self.population.system.pools[pool], self.scenario.pools[pool].reserves[reserve].debt);
        let units = units.min(-self.ledger.balance(account, debt));
        if units > 0.0 {
            let units = self.transfer(at, account, debt, units);
            self.loans_shrink(pool, reserve, units, true);
            let price = self.mark(debt);
            self.tally.pools[pool].bad_debt_usd += units * price;
            self.record(EventKind::BadDebt, account, debt, units, price);
        }
    }
}

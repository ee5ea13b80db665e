//! All balances: a row per account, a column per asset. A transfer is the only way to change one, so every column
//! sums to zero for ever: coins are owed by the outside, tokens by their issuer, contracts by the other side.
//!
//! Each asset is counted in a tick that is a power of two, small enough to be worth nothing and large enough that the
//! whole column fits 2^53 ticks. Sums of balances are then exact in `f64`, in any order, and the check is `== 0.0`.

use crate::id::{AccountId, AssetId};

/// Balances of every account in every asset.
#[derive(Clone, Debug)]
pub struct Ledger {
    width: usize,
    ticks: Vec<f64>,
    balances: Vec<f64>,
    touched: Vec<AccountId>,
    is_touched: Vec<bool>,
    changed: Vec<AccountId>,
    is_changed: Vec<bool>,
}

/// 2^53: the largest number of ticks up to which every integer is an `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Room for balances to grow beyond the opening gross amount.
const HEADROOM: f64 = 64.0;

/// The tick of an asset whose gross amount (all balances without sign) is about `gross`: a power of two.
#[must_use]
pub fn tick_for(gross: f64) -> f64 {
    let smallest = (gross * HEADROOM / EXACT).max(f64::MIN_POSITIVE);
    let (_, exponent) = libm::frexp(smallest);
    libm::ldexp(1.0, exponent)
}

impl Ledger {
    /// An empty ledger of that many accounts, with a column per tick.
    #[must_use]
    pub fn new(accounts: usize, ticks: Vec<f64>) -> Self {
        let width = ticks.len();
        Self {
            width,
            ticks,
            balances: vec![0.0; accounts * width],
            touched: Vec::new(),
            is_touched: vec![false; accounts],
            changed: Vec::new(),
            is_changed: vec![false; accounts],
        }
    }

    /// What an account holds of an asset.
    #[must_use]
    pub fn balance(&self, account: AccountId, asset: AssetId) -> f64 {
        self.balances[account.index() * self.width + asset.index()]
    }

    /// All that an account holds, by asset.
    #[must_use]
    pub fn row(&self, account: AccountId) -> &[f64] {
        &self.balances[account.index() * self.width..][..self.width]
    }

    /// Number of accounts.
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.is_touched.len()
    }

    /// Moves `amount` (rounded to the tick; negative moves the other way) and returns what was moved.
    ///
    /// # Panics
    /// If a balance would leave the range in which sums are exact.
    pub fn transfer(&mut self, from: AccountId, to: AccountId, asset: AssetId, amount: f64) -> f64 {
        let tick = self.ticks[asset.index()];
        let moved = (amount / tick).round_ties_even() * tick;
        for (account, change) in [(from, -moved), (to, moved)] {
            let balance = &mut self.balances[account.index() * self.width + asset.index()];
            *balance += change;
            assert!(
                balance.abs() < tick * EXACT / 2.0,
                "balance {balance} of {account:?} in {asset:?} outgrew its tick {tick}"
            );
            if !self.is_touched[account.index()] {
                self.is_touched[account.index()] = true;
                self.touched.push(account);
            }
            if !self.is_changed[account.index()] {
                self.is_changed[account.index()] = true;
                self.changed.push(account);
            }
        }
        moved
    }

    /// The tick of an asset: amounts below it are rounded away.
    #[must_use]
    pub fn tick(&self, asset: AssetId) -> f64 {
        self.ticks[asset.index()]
    }

    /// Accounts touched since the opening, in order of first touch.
    #[must_use]
    pub fn touched(&self) -> &[AccountId] {
        &self.touched
    }

    /// Whether the account's balances differ (or did) from the opening.
    #[must_use]
    pub fn is_touched(&self, account: AccountId) -> bool {
        self.is_touched[account.index()]
    }

    /// Hands over the accounts that changed since the last call, in order of first change.
    pub fn take_changed(&mut self, into: &mut Vec<AccountId>) {
        into.clear();
        into.append(&mut self.changed);
        for account in into.iter() {
            self.is_changed[account.index()] = false;
        }
    }

    fn forget_changes(&mut self) {
        for account in self.changed.drain(..) {
            self.is_changed[account.index()] = false;
        }
    }

    /// Declares the present balances to be the opening.
    pub fn settle_opening(&mut self) {
        self.forget_changes();
        for account in self.touched.drain(..) {
            self.is_touched[account.index()] = false;
        }
    }

    /// Goes back to `opening`, at the cost of the touched rows only.
    pub fn reset_to(&mut self, opening: &Self) {
        self.forget_changes();
        for account in self.touched.drain(..) {
            let row = account.index() * self.width..(account.index() + 1) * self.width;
            self.balances[row.clone()].copy_from_slice(&opening.balances[row]);
            self.is_touched[account.index()] = false;
        }
    }

    /// The sum of every column: exactly zero, each of them, always.
    #[must_use]
    pub fn column_sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.width];
        for row in self.balances.chunks_exact(self.width) {
            for (sum, balance) in sums.iter_mut().zip(row) {
                *sum += balance;
            }
        }
        sums
    }

    /// Gross amount of every column: all balances without sign.
    #[must_use]
    pub fn gross(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.width];
        for row in self.balances.chunks_exact(self.width) {
            for (sum, balance) in sums.iter_mut().zip(row) {
                *sum += balance.abs();
            }
        }
        sums
    }

    /// The first column that does not sum to zero, with its sum.
    #[must_use]
    pub fn imbalance(&self) -> Option<(AssetId, f64)> {
        self.column_sums().into_iter().enumerate().find(|(_, sum)| *sum != 0.0).map(|(i, sum)| (AssetId::at(i), sum))
    }

    /// Bytes that a ledger of this size takes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        (self.balances.len() * 8 + self.is_touched.len()) as u64
    }
}

//! What owners do by choice: unwind a chain to leave, top up margin, repay a loan.
//!
//! A chain is unwound from the top: positions first, then what was pledged, then tokens, then loans, then deposits.
//! Each step an owner goes as far as the venues let them; what is stuck is tried again at the next step.

use crate::event::EventKind;
use crate::id::{AccountId, AssetId, OwnerId};
use crate::outcome::Layer;
use crate::scenario::{AssetKind, Flight, Place};
use crate::world::World;

/// What an owner on the way out can still expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is left but coins.
    Out,
    /// All that is left stands in line, and what is paid for it are coins to keep.
    Waiting,
    /// Something is left to try again.
    Stuck,
}

impl World<'_> {
    /// One step of an owner's way out.
    pub fn unwind(&mut self, owner: OwnerId) -> Progress {
        self.cause = Layer::Exit;
        let accounts = self.population.accounts_of(owner);
        let wallet = self.population.owners[owner.index()].wallet;
        for account in accounts.clone() {
            if let Place::Futures(venue) = self.population.accounts[account.index()].place {
                self.leave_futures(venue, account, wallet);
            }
        }
        let elsewhere = accounts
            .clone()
            .filter(|account| !matches!(self.population.accounts[account.index()].place, Place::Futures(_)));
        let elsewhere: Vec<AccountId> = elsewhere.collect();
        for account in &elsewhere {
            for amm in 0..self.amms.len() {
                self.burn_liquidity(amm, *account, self.ledger.balance(*account, self.scenario.amms[amm].lp));
            }
            self.leave_tokens(*account);
        }
        for account in accounts.clone() {
            if let Place::Pool(pool) = self.population.accounts[account.index()].place {
                self.leave_loans(pool, account, wallet);
            }
        }
        for account in elsewhere {
            self.leave_deposits(account);
        }
        self.borrow_to_leave(owner);
        self.flee(owner);
        self.progress(owner)
    }

    /// Closes positions, as far as books allow within the discount that the owner accepts; once flat, repays loans, settles
    /// what is owed and takes the rest home. While trading is halted only what owes nothing leaves.
    fn leave_futures(&mut self, venue: usize, account: AccountId, wallet: AccountId) {
        let acceptable = self.accepts_discount(account);
        let (halted, fund) = (self.is_halted(venue), self.fund_behind(venue, account));
        let mut flat = true;
        for contract in 0..self.scenario.futures[venue].contracts.len() {
            let terms = &self.scenario.futures[venue].contracts[contract];
            let quantity = -self.ledger.balance(account, terms.asset);
            if quantity != 0.0 && !halted {
                let share = self.fillable_share(venue, contract, quantity, acceptable);
                let order = if share < 1.0 { terms.whole_lots(quantity.abs() * share) } else { quantity.abs() };
                self.trade_at_market(venue, account, contract, order.copysign(quantity));
            }
            flat &= self.ledger.balance(account, terms.asset) == 0.0;
        }
        let owes = self.owes_margin_loans(venue, account) || self.flat_loan_to_value(venue, account).is_some();
        if !flat || (halted && owes) {
            return;
        }
        self.repay_margin_loans(venue, account, 1.0);
        if self.owes_margin_loans(venue, account) {
            return;
        }
        self.cover(venue, account, fund);
        let collateral = &self.scenario.futures[venue].collateral;
        if collateral.iter().any(|c| self.ledger.balance(account, c.asset) < 0.0) {
            return; // what is owed is not settled yet: collateral waits for a buyer
        }
        for collateral in collateral {
            self.transfer_all(account, wallet, collateral.asset);
        }
    }

    /// Redeems tokens at once as far as quota and cash go, then sells at an acceptable discount, else waits.
    fn leave_tokens(&mut self, account: AccountId) {
        for issuer in 0..self.issuers.len() {
            let token = self.scenario.issuers[issuer].token;
            let tokens = self.free_tokens(account, token) - self.issuers[issuer].in_line(account);
            if tokens < self.ledger.tick(token) {
                continue;
            }
            let left = tokens - self.redeem_fast(issuer, account, tokens);
            if left <= 0.0 {
                continue;
            }
            let acceptable = self.accepts_discount(account) + self.token_discount(issuer);
            let sold = left.min(self.token_room(issuer, acceptable.max(0.0)));
            if sold > 0.0 {
                self.sell_token(issuer, account, sold);
            }
            self.redeem_standard(issuer, account, self.free_tokens(account, token));
        }
    }

    /// Tokens in an account beyond those that back its loans there.
    fn free_tokens(&self, account: AccountId, token: AssetId) -> f64 {
        let held = self.ledger.balance(account, token);
        match self.population.accounts[account.index()].place {
            Place::Pool(pool) if held > 0.0 => held.min(self.free_of_loans(pool, account, token)),
            _ => held,
        }
    }

    /// Largest discount at which an owner on the way out sells rather than waits.
    pub(super) fn accepts_discount(&self, account: AccountId) -> f64 {
        let owner = self.population.owner_of(account).map(|o| &self.population.owners[o.index()]);
        owner
            .and_then(|o| self.scenario.cohorts[o.cohort.index()].runs.as_ref())
            .map_or(0.0, |runs| runs.accept_discount.get())
    }

    /// Repays loans out of the wallet; if coins are missing, sells what is in the wallet, then collateral, for them. A loan
    /// that was taken to leave with is not repaid.
    fn leave_loans(&mut self, pool: usize, account: AccountId, wallet: AccountId) {
        if self.walked_away.contains(&account) {
            return;
        }
        for reserve in 0..self.scenario.pools[pool].reserves.len() {
            let table = &self.scenario.pools[pool].reserves[reserve];
            let (coin, debt) = (table.asset, table.debt);
            if self.ledger.balance(account, debt) >= 0.0 {
                continue;
            }
            let coin_id = self.scenario.coin_of(coin).expect("only coins are lent");
            let owed = |w: &Self| -w.ledger.balance(account, debt) * w.mark(debt) / w.mark(coin);
            self.transfer_all(account, wallet, coin);
            for other in 0..self.scenario.coins.len() {
                let (id, asset) = (crate::id::CoinId::at(other), self.scenario.coins[other].asset);
                let missing = owed(self) - self.ledger.balance(wallet, coin);
                let held = self.ledger.balance(wallet, asset);
                if id != coin_id && missing > 0.0 && held > 0.0 {
                    let units = (missing * 1.01 * self.mark(coin) / self.mark(asset)).min(held);
                    self.sell_coin_within(wallet, id, units, coin_id, self.accepts_discount(account));
                }
            }
            let pays = self.ledger.balance(wallet, coin).min(owed(self));
            self.repay(pool, reserve, wallet, account, pays);
        }
    }

    /// Withdraws deposits, as far as what backs a loan may be withdrawn.
    fn leave_deposits(&mut self, account: AccountId) {
        let owner = self.population.owner_of(account).expect("only owners leave");
        let refuge = self.flight(owner);
        for pool in (0..self.pools.len()).filter(|pool| refuge != Some(Flight::Pool(*pool))) {
            for reserve in 0..self.scenario.pools[pool].reserves.len() {
                let receipt = self.scenario.pools[pool].reserves[reserve].receipt;
                let wanted = self.withdrawable(pool, account, receipt);
                self.withdraw(pool, reserve, account, wanted, true);
            }
        }
        let wallet = self.population.owners[owner.index()].wallet;
        if let Place::Pool(pool) = self.population.accounts[account.index()].place {
            for coin in 0..self.scenario.coins.len() {
                let asset = self.scenario.coins[coin].asset;
                let free = self.ledger.balance(account, asset).min(self.free_of_loans(pool, account, asset));
                if free > 0.0 {
                    self.transfer(account, wallet, asset, free);
                }
            }
        }
    }

    /// Receipts that can be taken out of an account without its loans exceeding the initial loan-to-value.
    pub(super) fn withdrawable(&self, pool: usize, account: AccountId, receipt: AssetId) -> f64 {
        let held = self.ledger.balance(account, receipt).max(0.0);
        if held == 0.0 { 0.0 } else { held.min(self.free_of_loans(pool, account, receipt)) }
    }

    fn progress(&self, owner: OwnerId) -> Progress {
        let mut progress = Progress::Out;
        let (refuge, wallet) = (self.flight(owner), self.population.owners[owner.index()].wallet);
        for account in self.population.accounts_of(owner) {
            for (asset, balance) in self.scenario.assets.iter().zip(self.ledger.row(account)) {
                let waits = match asset.kind {
                    _ if *balance == 0.0 => continue,
                    AssetKind::Coin(coin) => match refuge {
                        Some(Flight::Coin(to)) if coin != to && account == wallet => false,
                        _ => continue,
                    },
                    AssetKind::Receipt { pool, .. } if refuge == Some(Flight::Pool(pool)) => continue,
                    AssetKind::Receipt { pool, reserve } => self.pools[pool].waits(account, reserve),
                    AssetKind::Token { issuer } => self.issuers[issuer].in_line(account) >= *balance,
                    AssetKind::Contract { .. } | AssetKind::Debt { .. } | AssetKind::Lp { .. } => false,
                };
                // Who flees has to take what is paid there, who waits for tokens to redeem them.
                let goes_on = refuge.is_some()
                    || matches!(asset.kind, AssetKind::Receipt { pool, reserve }
                    if self.scenario.coin_of(self.scenario.pools[pool].reserves[reserve].asset).is_none());
                if !waits || goes_on {
                    return Progress::Stuck;
                }
                progress = Progress::Waiting;
            }
        }
        progress
    }

    /// An owner whose margin ratio has passed the line brings settlement coin from wallet and savings, enough to restore
    /// the ratio wanted; a dry pool pays less or nothing. Returns whether the need was met in full.
    pub fn top_up(&mut self, venue: usize, account: AccountId) -> bool {
        let Some(owner) = self.population.owner_of(account) else { return true };
        let Some(terms) = self.scenario.cohorts[self.population.owners[owner.index()].cohort.index()].top_up else {
            return true;
        };
        self.cause = Layer::Exit;
        let health = self.health(venue, account);
        let settlement = self.scenario.futures[venue].settlement;
        let coin = self.coin_asset(settlement);
        let table = &self.scenario.futures[venue];
        let ratio = table.collateral[table.settlement_collateral(coin)].ratios[0].ratio;
        let need = (health.maintenance / terms.to_margin_ratio.get() - health.equity) / ratio;
        if need <= 0.0 {
            return true;
        }
        let wallet = self.population.owners[owner.index()].wallet;
        let mut brought = self.bring(wallet, account, coin, need);
        let mut failed = 0.0;
        for from in self.population.accounts_of(owner) {
            let Place::Pool(pool) = self.population.accounts[from.index()].place else { continue };
            let Some(reserve) = self.scenario.pools[pool].reserves.iter().position(|r| r.asset == coin) else {
                continue;
            };
            let receipt = self.scenario.pools[pool].reserves[reserve].receipt;
            let wanted =
                ((need - brought) * self.mark(coin) / self.mark(receipt)).min(self.withdrawable(pool, from, receipt));
            let redeemed = self.withdraw(pool, reserve, from, wanted, false);
            failed += wanted.max(0.0) - redeemed;
            brought += self.bring(from, account, coin, (need - brought).min(self.free_of_loans(pool, from, coin)));
        }
        let price = self.mark(coin);
        if brought > 0.0 {
            self.record(EventKind::TopUp, account, coin, brought, price);
        }
        if failed > self.ledger.tick(coin) && !std::mem::replace(&mut self.tally.top_up_failed[owner.index()], true) {
            self.record(EventKind::FailedTopUp, account, coin, failed, price);
        }
        brought >= need
    }

    fn bring(&mut self, from: AccountId, to: AccountId, asset: AssetId, amount: f64) -> f64 {
        let amount = amount.min(self.ledger.balance(from, asset));
        if amount > 0.0 { self.transfer(from, to, asset, amount) } else { 0.0 }
    }

    /// A borrower past the margin-call line repays out of the wallet what brings the loan back to what can be borrowed.
    pub fn answer_margin_call(&mut self, pool: usize, account: AccountId) {
        let Some(owner) = self.population.owner_of(account) else { return };
        self.cause = Layer::Exit;
        let wallet = self.population.owners[owner.index()].wallet;
        for reserve in 0..self.scenario.pools[pool].reserves.len() {
            let sums = self.loan(pool, account);
            let coin = self.scenario.pools[pool].reserves[reserve].asset;
            let excess = (sums.debt_usd - sums.power_usd) / self.pools[pool].reserves[reserve].oracle_usd;
            let coins = excess.min(self.ledger.balance(wallet, coin));
            if coins > 0.0 {
                self.repay(pool, reserve, wallet, account, coins);
            }
        }
    }
}

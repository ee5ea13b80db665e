//! Turning collateral into another coin: auto-exchange for accounts that owe a settlement coin, repayment of loans inside
//! accounts, and the insurance funds' own sales.
//!
//! Auto-exchange looks at the *wallet balance* of a settlement coin: transfers, realised profit, funding and fees, without
//! unrealised profit. It sells when that is too far below zero, after a liquidation when it is below zero at all, and for
//! an account without positions when what it owes nears what it has (Binance, "Multi-Assets mode"; the amount sold is
//! the deficit over 1 less the haircut, of several assets pro rata).

use crate::event::EventKind;
use crate::id::{AccountId, AssetId, CoinId};
use crate::outcome::Layer;
use crate::scenario::{AssetKind, LoanTerms, MarginMode};
use crate::venue::margin::close::{COMPLIANCE_BUFFER, exchange_plan};
use crate::venue::margin::exchange::{self, Books};
use crate::world::World;

/// Sales of one auto-exchange: where the index lies above the market, the first leaves a remainder.
const PASSES: u32 = 8;

/// Ticks by which a wallet balance can be off: one for each trade that made it.
const ROUNDING_TICKS: f64 = 8.0;

impl World<'_> {
    /// Coins in which a position was entered, per contract, in the coin that it settles in.
    pub(super) fn entry_price(&self, venue: usize, contract: usize, account: AccountId) -> f64 {
        let coin = self.settles_in(venue, contract);
        let asset = self.contract(venue, contract).asset;
        self.population.entry_usd(account, asset) / self.population.marks[coin.index()]
    }

    /// Entry prices of an account by contract.
    pub(super) fn entry_prices(&self, venue: usize, account: AccountId) -> Vec<f64> {
        (0..self.scenario.futures[venue].contracts.len()).map(|i| self.entry_price(venue, i, account)).collect()
    }

    /// Wallet balance of a settlement coin: what the account would hold of it had every position been entered at no
    /// gain or loss.
    #[must_use]
    pub fn wallet_balance(&self, venue: usize, account: AccountId, collateral: usize) -> f64 {
        let (table, marks) = (&self.scenario.futures[venue], &self.futures[venue].marks);
        exchange::wallet(table, marks, self.ledger.row(account), collateral, |i| self.entry_price(venue, i, account))
    }

    /// Coins of a collateral that an account can pay with; what rounding has left is nothing.
    fn spendable(&self, venue: usize, account: AccountId, collateral: usize) -> f64 {
        let (table, marks) = (&self.scenario.futures[venue], &self.futures[venue].marks);
        let entry = |i| self.entry_price(venue, i, account);
        let coins = exchange::spendable(table, marks, self.ledger.row(account), collateral, entry);
        let terms = &table.collateral[collateral];
        let dust = if terms.is_settlement() { ROUNDING_TICKS * self.ledger.tick(terms.asset) } else { 0.0 };
        if coins > dust { coins } else { 0.0 }
    }

    /// An account's balances with what it can pay with in the place of each collateral, and nothing else.
    fn spendable_row(&self, venue: usize, account: AccountId) -> Vec<f64> {
        let mut row = vec![0.0; self.scenario.assets.len()];
        for (i, collateral) in self.scenario.futures[venue].collateral.iter().enumerate() {
            row[collateral.asset.index()] = self.spendable(venue, account, i);
        }
        row
    }

    /// Sells other collateral, pro rata by index value, until an account's wallet balance of a settlement coin is no
    /// longer negative or nothing is left to sell. In single-asset mode there is nothing to sell.
    pub(super) fn auto_exchange(&mut self, venue: usize, account: AccountId, collateral: usize, fund: usize) {
        let missing = |world: &Self| -world.wallet_balance(venue, account, collateral);
        self.exchange(venue, account, collateral, fund, missing);
    }

    fn exchange(&mut self, venue: usize, account: AccountId, into: usize, fund: usize, missing: impl Fn(&Self) -> f64) {
        let table = &self.scenario.futures[venue];
        if table.margin == MarginMode::SingleAsset {
            return;
        }
        let buyer = self.population.system.funds[venue][fund];
        let to = self.coin_of(table.collateral[into].asset);
        for _ in 0..PASSES {
            let coins = missing(self);
            if coins <= ROUNDING_TICKS * self.ledger.tick(table.collateral[into].asset) {
                return;
            }
            let row = self.spendable_row(venue, account);
            for (i, units) in exchange_plan(table, &self.futures[venue].marks, &row, coins, into) {
                let sold = &table.collateral[i];
                let units = units.min(self.spendable(venue, account, i));
                self.with_fund(venue, fund, |world, _| {
                    world.sell_collateral(venue, account, sold.asset, units, sold.auto_exchange_haircut, (to, buyer));
                });
            }
        }
    }

    /// Sells all collateral of an account but settlement coins, for the venue's own settlement coin.
    pub(super) fn sell_all_collateral(&mut self, venue: usize, account: AccountId, fund: usize) {
        let table = &self.scenario.futures[venue];
        let (to, buyer) = (table.settlement, self.population.system.funds[venue][fund]);
        for (i, sold) in table.collateral.iter().enumerate().filter(|(_, c)| !c.is_settlement()) {
            let units = self.spendable(venue, account, i);
            if units > 0.0 {
                self.with_fund(venue, fund, |world, _| {
                    world.sell_collateral(venue, account, sold.asset, units, sold.auto_exchange_haircut, (to, buyer));
                });
            }
        }
    }

    /// Exchanges collateral for every settlement coin of an account whose wallet balance has fallen below the venue's
    /// threshold; says whether anything was sold.
    pub fn exchange_if_below_threshold(&mut self, venue: usize, account: AccountId) -> bool {
        let table = &self.scenario.futures[venue];
        let mut any = false;
        for (i, collateral) in table.collateral.iter().enumerate().filter(|(_, c)| c.is_settlement()) {
            if self.wallet_balance(venue, account, i) < -collateral.auto_exchange_below {
                self.cause = Layer::Liquidation;
                let fund = self.fund_behind(venue, account);
                self.auto_exchange(venue, account, i, fund);
                any = true;
            }
        }
        any
    }

    /// Whether funding of up to `band` of the price per contract could bring a wallet balance to the venue's threshold.
    #[must_use]
    pub fn is_near_threshold(&self, venue: usize, account: AccountId, band: f64) -> bool {
        let (table, prices) = (&self.scenario.futures[venue], &self.futures[venue].marks.price);
        let settlements = table.collateral.iter().enumerate().filter(|(_, c)| c.is_settlement());
        settlements.into_iter().any(|(i, collateral)| {
            let at_stake = |contract: &usize| {
                self.ledger.balance(account, table.contracts[*contract].asset).abs() * prices[*contract] * band
            };
            let reach: f64 = collateral.settles.iter().map(at_stake).sum();
            self.wallet_balance(venue, account, i) - reach < -collateral.auto_exchange_below
        })
    }

    /// What an account without positions owes over what it has, as margin; none if it has positions or owes nothing.
    #[must_use]
    pub fn flat_loan_to_value(&self, venue: usize, account: AccountId) -> Option<f64> {
        let (table, marks) = (&self.scenario.futures[venue], &self.futures[venue].marks);
        let row = self.ledger.row(account);
        if table.contracts.iter().any(|c| row[c.asset.index()] != 0.0) {
            return None;
        }
        let (mut has, mut owes) = (0.0, 0.0);
        for (collateral, index) in table.collateral.iter().zip(&marks.index) {
            let value = collateral.value(row[collateral.asset.index()] * index, marks.unit_usd);
            has += value.max(0.0);
            owes -= value.min(0.0);
        }
        (owes > 0.0).then(|| if has > 0.0 { owes / has } else { f64::INFINITY })
    }

    /// Sells the collateral of an account without positions once what it owes has reached the venue's limit.
    pub fn cover_if_owing(&mut self, venue: usize, account: AccountId) -> bool {
        let owes = self.flat_loan_to_value(venue, account).is_some_and(|x| x >= self.scenario.futures[venue].flat_ltv);
        if owes {
            self.cause = Layer::Liquidation;
            self.cover(venue, account, 0);
        }
        owes
    }

    /// Coins that an account owes on a loan.
    pub(super) fn owed(&self, loan: &LoanTerms, account: AccountId) -> f64 {
        -self.ledger.balance(account, loan.debt) * self.pools[loan.pool].reserves[loan.reserve].borrow_index
    }

    /// Whether an account owes anything on loans inside it.
    #[must_use]
    pub fn owes_margin_loans(&self, venue: usize, account: AccountId) -> bool {
        let loans = self.scenario.futures[venue].collateral.iter().filter_map(|c| c.loan);
        loans.into_iter().any(|loan| self.ledger.balance(account, loan.debt) < 0.0)
    }

    /// Repays a share of each loan inside an account: out of the coin, then out of the proceeds of other collateral.
    /// Returns the USD repaid.
    pub(crate) fn repay_margin_loans(&mut self, venue: usize, account: AccountId, share: f64) -> f64 {
        let (fund, mut repaid_usd) = (self.fund_behind(venue, account), 0.0);
        for i in 0..self.scenario.futures[venue].collateral.len() {
            let Some(loan) = self.scenario.futures[venue].collateral[i].loan else { continue };
            let coins = self.owed(&loan, account) * share;
            if coins <= 0.0 {
                continue;
            }
            self.exchange(venue, account, i, fund, |world| coins - world.spendable(venue, account, i));
            let pays = coins.min(self.spendable(venue, account, i));
            let paid = self.repay(loan.pool, loan.reserve, account, account, pays);
            let coin = self.scenario.futures[venue].collateral[i].asset;
            let price = self.mark(coin);
            repaid_usd += paid * price;
            if self.cause == Layer::Liquidation && paid > 0.0 {
                self.tally.loans_liquidated_usd += paid * price;
                self.record(EventKind::LoanLiquidation, account, coin, paid, price);
            }
        }
        repaid_usd
    }

    /// The smallest share of an account's loans whose repayment out of its collateral makes it compliant, at the index;
    /// all of them if none does.
    pub(super) fn share_to_repay(&self, venue: usize, account: AccountId) -> f64 {
        let entry = self.entry_prices(venue, account);
        let books = Books { table: &self.scenario.futures[venue], marks: &self.futures[venue].marks, entry: &entry };
        books.share_to_repay(self.ledger.row(account), COMPLIANCE_BUFFER)
    }

    pub(super) fn coin_of(&self, asset: AssetId) -> CoinId {
        match self.scenario.assets[asset.index()].kind {
            AssetKind::Coin(coin) => coin,
            kind => panic!(
                "only coins are borrowed, settled in, routed to pools and stand behind margin receipts, not {kind:?}"
            ),
        }
    }

    /// Turns collateral into a coin: coins on the spot market, receipts out of their pool, LP tokens by a burn,
    /// tokens on their book or by fast redemption; on a market only as far as the price stays within the haircut. What cannot be turned the buyer,
    /// a fund, buys at the index less the haircut, or keeps if it is the fund's own.
    fn sell_collateral(
        &mut self,
        venue: usize,
        account: AccountId,
        asset: AssetId,
        units: f64,
        haircut: f64,
        (to, buyer): (CoinId, AccountId),
    ) {
        let (price, held) = (self.mark(asset), self.ledger.balance(account, asset));
        let none = (to, 0.0);
        let (turned, parts) = match self.scenario.assets[asset.index()].kind {
            AssetKind::Coin(coin) => (0.0, [(coin, units), none]),
            AssetKind::Receipt { pool, reserve } => {
                let deposited = self.scenario.pools[pool].reserves[reserve].asset;
                let before = self.ledger.balance(account, deposited);
                let redeemed = self.redeem_if_free(pool, reserve, account, units);
                (redeemed, [(self.coin_of(deposited), self.ledger.balance(account, deposited) - before), none])
            }
            AssetKind::Token { issuer } => {
                let par = self.scenario.issuers[issuer].par;
                let before = self.ledger.balance(account, self.coin_asset(par));
                let room = self.token_room(issuer, haircut).min(units);
                let turned = if self.sell_token(issuer, account, room).is_some() {
                    room
                } else {
                    self.redeem_fast(issuer, account, units)
                };
                (turned, [(par, self.ledger.balance(account, self.coin_asset(par)) - before), none])
            }
            AssetKind::Lp { amm } => {
                let sides = self.scenario.amms[amm].assets;
                let before = sides.map(|side| self.ledger.balance(account, side));
                let burned = self.burn_liquidity(amm, account, units);
                let part = |i: usize| (self.coin_of(sides[i]), self.ledger.balance(account, sides[i]) - before[i]);
                (burned, [part(0), part(1)])
            }
            AssetKind::Contract { .. } | AssetKind::Debt { .. } => return,
        };
        let terms = (haircut, self.coin_asset(to));
        for (coin, received) in parts.into_iter().filter(|part| part.1 > 0.0) {
            let sold = if coin == to { received } else { self.sell_coin_within(account, coin, received, to, haircut) };
            if account != buyer {
                self.sell_to_fund(venue, account, buyer, self.coin_asset(coin), received - sold, terms);
            }
        }
        if account != buyer && asset != self.coin_asset(parts[0].0) {
            self.sell_to_fund(venue, account, buyer, asset, units - turned, terms);
        }
        let gone = held - self.ledger.balance(account, asset);
        if self.cause == Layer::Liquidation && account != buyer && gone > 0.0 {
            self.tally.auto_exchanged_usd += gone * price;
            self.record(EventKind::AutoExchange, account, asset, gone, price);
        }
    }

    /// A fund buys at the index less the haircut and pays in a coin, as far as it has that coin and can bear what the
    /// market would give less.
    fn sell_to_fund(
        &mut self,
        venue: usize,
        account: AccountId,
        fund: AccountId,
        asset: AssetId,
        units: f64,
        (haircut, pays): (f64, AssetId),
    ) {
        if units > 0.0 {
            let table = &self.scenario.futures[venue];
            let value = |asset: AssetId| {
                let listed = table.collateral.iter().position(|c| c.asset == asset);
                listed.map_or(self.mark(asset) / self.mark(self.settlement(venue)), |i| {
                    self.futures[venue].marks.index[i]
                })
            };
            let each = value(asset) / value(pays) * (1.0 - haircut);
            let loss_usd = each * self.mark(pays) - self.mark(asset);
            let bearable =
                if loss_usd > 0.0 { self.room_above_floor_usd(fund).max(0.0) / loss_usd } else { f64::INFINITY };
            let affordable = self.ledger.balance(fund, pays).max(0.0) / each;
            let sold = self.transfer(account, fund, asset, units.min(bearable).min(affordable));
            self.transfer(fund, account, pays, sold * each);
        }
    }

    /// Value of what an account could still pay with in other collateral than one, at the index, USD.
    pub(super) fn sellable_usd(&self, venue: usize, account: AccountId, into: usize) -> f64 {
        let marks = &self.futures[venue].marks;
        let others = (0..marks.index.len()).filter(|i| *i != into);
        others.map(|i| self.spendable(venue, account, i) * marks.index[i] * marks.unit_usd).sum()
    }

    /// A fund turns what it holds beside the venue's settlement coin into that coin, within a deviation: other
    /// settlement coins by their balance with the value of the positions in them, which it buys if that is negative.
    pub(super) fn sell_holdings(&mut self, venue: usize, fund: AccountId, deviation: f64) {
        let settlement = self.scenario.futures[venue].settlement;
        for i in 0..self.scenario.futures[venue].collateral.len() {
            let collateral = &self.scenario.futures[venue].collateral[i];
            let asset = collateral.asset;
            if asset == self.coin_asset(settlement) {
                continue;
            }
            let balance = self.ledger.balance(fund, asset);
            let units = collateral.settles.iter().fold(balance, |sum, contract| {
                let contract_asset = self.scenario.futures[venue].contracts[*contract].asset;
                sum + self.ledger.balance(fund, contract_asset) * self.mark(contract_asset) / self.mark(asset)
            });
            if units > 0.0 {
                self.sell_collateral(venue, fund, asset, units, deviation, (settlement, fund));
            } else if units < 0.0 {
                let coin = self.coin_of(asset);
                self.buy_coin(fund, coin, -units, settlement);
            }
        }
    }
}

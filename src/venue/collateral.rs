//! Turning collateral into settlement coin: auto-exchange for accounts that owe it, and the insurance fund's own sales.

use crate::event::EventKind;
use crate::id::{AccountId, AssetId};
use crate::outcome::Layer;
use crate::scenario::{AssetKind, Contract};
use crate::world::World;

impl World<'_> {
    /// Settlement coin of an account with the unrealised profit that books in it.
    fn settlement_equity(&self, venue: usize, account: AccountId) -> f64 {
        let (table, state) = (&self.scenario.futures[venue], &self.futures[venue]);
        let profit = |(i, contract): (usize, &Contract)| {
            self.ledger.balance(account, contract.asset) * (state.marks.price[i] - state.marks.funding[i])
        };
        self.ledger.balance(account, self.settlement(venue))
            + table.contracts.iter().enumerate().map(profit).sum::<f64>()
    }

    /// Sells collateral, pro rata by index value, to cover negative equity in the settlement coin.
    pub fn auto_exchange(&mut self, venue: usize, account: AccountId) {
        const PASSES: u32 = 3; // slippage beyond the haircut leaves a remainder: the last pass sells all that is needed
        let settlement = self.settlement(venue);
        for pass in 1..=PASSES {
            let missing = -self.settlement_equity(venue, account);
            if missing <= 0.0 {
                return;
            }
            let (table, state) = (&self.scenario.futures[venue], &self.futures[venue]);
            let worth: Vec<f64> =
                table
                    .collateral
                    .iter()
                    .zip(&state.marks.index)
                    .map(|(c, index)| {
                        if c.asset == settlement { 0.0 } else { self.ledger.balance(account, c.asset).max(0.0) * index }
                    })
                    .collect();
            let total: f64 = worth.iter().sum();
            if total <= 0.0 {
                return;
            }
            for (i, collateral) in table.collateral.iter().enumerate().filter(|(i, _)| worth[*i] > 0.0) {
                let value = missing * worth[i] / total / (1.0 - collateral.auto_exchange_haircut);
                let balance = self.ledger.balance(account, collateral.asset);
                let units = if pass == PASSES { balance } else { (balance * value / worth[i]).min(balance) };
                self.sell_collateral(venue, account, collateral.asset, units, collateral.auto_exchange_haircut);
            }
        }
    }

    /// Turns collateral into settlement coin: coins on the spot market, receipts out of their pool, tokens on their book
    /// or by fast redemption; on a market only as far as the price stays within the haircut. What cannot be turned the
    /// fund buys at the index less the haircut, or keeps if it is the fund's own.
    fn sell_collateral(&mut self, venue: usize, account: AccountId, asset: AssetId, units: f64, haircut: f64) {
        let settlement = self.scenario.futures[venue].settlement;
        let (price, fund) = (self.mark(asset), self.population.system.funds[venue][0]);
        if self.cause == Layer::Liquidation && account != fund {
            self.tally.auto_exchanged_usd += units * price;
            self.record(EventKind::AutoExchange, account, asset, units, price);
        }
        let (turned, coin, received) = match self.scenario.assets[asset.index()].kind {
            AssetKind::Coin(coin) => (0.0, coin, units),
            AssetKind::Receipt { pool, reserve } => {
                let coin = self.scenario.pools[pool].reserves[reserve].coin;
                let before = self.ledger.balance(account, self.coin_asset(coin));
                let redeemed = self.redeem_if_free(pool, reserve, account, units);
                (redeemed, coin, self.ledger.balance(account, self.coin_asset(coin)) - before)
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
                (turned, par, self.ledger.balance(account, self.coin_asset(par)) - before)
            }
            AssetKind::Contract { .. } | AssetKind::Debt { .. } => return,
        };
        let sold = if coin == settlement {
            received
        } else {
            self.sell_coin_within(account, coin, received, settlement, haircut)
        };
        if account != fund {
            self.sell_to_fund(venue, account, self.coin_asset(coin), received - sold, haircut);
            if asset != self.coin_asset(coin) {
                self.sell_to_fund(venue, account, asset, units - turned, haircut);
            }
        }
    }

    /// The fund buys at the index less the haircut.
    fn sell_to_fund(&mut self, venue: usize, account: AccountId, asset: AssetId, units: f64, haircut: f64) {
        if units > 0.0 {
            let (fund, settlement) = (self.population.system.funds[venue][0], self.settlement(venue));
            let listed = self.scenario.futures[venue].collateral.iter().position(|c| c.asset == asset);
            let index = listed.map_or(self.mark(asset) / self.mark(settlement), |i| self.futures[venue].marks.index[i]);
            let each = index * (1.0 - haircut);
            let sold = self.transfer(account, fund, asset, units);
            self.transfer(fund, account, settlement, sold * each);
        }
    }

    /// The fund sells what it took over, as far as books allow within its own deviation; a ruined fund has its
    /// contracts deleveraged at the mark instead, so that it loses no more.
    pub(super) fn unwind_fund(&mut self, venue: usize) {
        self.cause = Layer::Liquidation;
        let fund = self.population.system.funds[venue][0];
        let deviation = self.scenario.futures[venue].fund_order_deviation;
        for contract in 0..self.futures[venue].marks.price.len() {
            let quantity = self.ledger.balance(fund, self.contract(venue, contract).asset);
            if quantity == 0.0 {
                continue;
            }
            if self.funds_usd(venue) < 0.0 {
                let mark = self.futures[venue].marks.price[contract];
                self.deleverage(venue, contract, fund, mark);
            } else {
                let order = -quantity * self.fillable_share(venue, contract, -quantity, deviation);
                let price = self.execute(venue, contract, order);
                self.trade(venue, fund, contract, order, price);
            }
        }
        for i in 0..self.scenario.futures[venue].collateral.len() {
            let asset = self.scenario.futures[venue].collateral[i].asset;
            let units = self.ledger.balance(fund, asset);
            if asset != self.settlement(venue) && units > 0.0 {
                self.sell_collateral(venue, fund, asset, units, deviation);
            }
        }
    }
}

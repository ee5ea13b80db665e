//! A futures venue on a path: mark prices, funding, and the close-out of breached accounts.
//!
//! A close-out goes in the order of Binance's liquidation protocol: one order, sized on the mark to restore compliance
//! with the smallest close (contract with the largest maintenance first); the clearance fee on what was liquidated;
//! collateral auto-exchanged for a negative balance. An account that is still not compliant is taken over by the
//! insurance fund at its bankruptcy price: the fund gets all that the account holds and owes. If that would ruin the fund, the position is deleveraged instead ([`super::adl`]).

use crate::event::EventKind;
use crate::id::{AccountId, AssetId};
use crate::market::Side;
use crate::outcome::Layer;
use crate::population::Holder;
use crate::scenario::{AssetKind, Contract, Futures};
use crate::venue::bracket;
use crate::venue::margin::{self, Health};
use crate::world::World;
use std::collections::BTreeMap;

/// State of a futures venue on a path. Vectors are by contract, prices in settlement coin.
#[derive(Clone, Debug)]
pub struct FuturesState {
    /// Mark price.
    pub price: Vec<f64>,
    /// Last traded price.
    pub last: Vec<f64>,
    /// Index price: spot.
    pub index_price: Vec<f64>,
    /// Cumulative funding paid by a long of one contract.
    pub funding: Vec<f64>,
    /// Funding rate settled last.
    pub rate: Vec<f64>,
    /// Mean basis as of the last step, and as it stands now.
    pub basis: Vec<f64>,
    /// Mean basis including this step's.
    pub basis_now: Vec<f64>,
    /// Weight of this step's basis in the mean.
    pub basis_weight: f64,
    /// Seconds until funding is settled.
    pub seconds_to_funding: f64,
    /// Index of each collateral, in settlement coin.
    pub index: Vec<f64>,
    premium_sum: Vec<f64>,
    premium_steps: f64,
    /// Liquidation orders that each account had in this step.
    orders: BTreeMap<AccountId, u32>,
}

/// Liquidation orders of one account within a step before the fund takes it over.
const ORDERS_PER_STEP: u32 = 8;

/// Share of maintenance by which an order aims beyond bare compliance, so that rounding does not undo it.
const COMPLIANCE_BUFFER: f64 = 0.001;

/// An order that closes a position, before it meets the book.
struct Close {
    account: AccountId,
    contract: usize,
    /// Contracts to trade: negative closes a long.
    quantity: f64,
}

impl FuturesState {
    /// A venue before the opening.
    #[must_use]
    pub fn new(table: &Futures) -> Self {
        let zeros = || vec![0.0; table.contracts.len()];
        Self {
            price: zeros(),
            last: zeros(),
            index_price: zeros(),
            funding: zeros(),
            rate: zeros(),
            basis: zeros(),
            basis_now: zeros(),
            basis_weight: 1.0,
            seconds_to_funding: table.funding.interval,
            index: vec![0.0; table.collateral.len()],
            premium_sum: zeros(),
            premium_steps: 0.0,
            orders: BTreeMap::new(),
        }
    }

    /// Back to the opening.
    pub fn reset(&mut self) {
        for column in [&mut self.funding, &mut self.rate, &mut self.basis, &mut self.basis_now, &mut self.premium_sum] {
            column.fill(0.0);
        }
        self.premium_steps = 0.0;
        self.seconds_to_funding = 0.0;
        self.orders.clear();
    }
}

impl World<'_> {
    fn contract(&self, venue: usize, contract: usize) -> &Contract {
        &self.scenario.futures[venue].contracts[contract]
    }

    /// Column of the venue's settlement coin.
    #[must_use]
    pub fn settlement(&self, venue: usize) -> AssetId {
        self.coin_asset(self.scenario.futures[venue].settlement)
    }

    /// Equity and maintenance margin of an account, at the venue's own marks, in settlement coin.
    #[must_use]
    pub fn health(&self, venue: usize, account: AccountId) -> Health {
        let (table, state) = (&self.scenario.futures[venue], &self.futures[venue]);
        let row = self.ledger.row(account);
        let mut health = Health::default();
        let mut profit = 0.0;
        for (i, contract) in table.contracts.iter().enumerate() {
            let quantity = row[contract.asset.index()];
            if quantity != 0.0 {
                let notional = quantity.abs() * state.price[i];
                profit += quantity * (state.price[i] - state.funding[i]);
                health.notional += notional;
                health.maintenance += bracket::maintenance_usd(&contract.tiers, notional);
            }
        }
        let settlement = self.settlement(venue);
        for (collateral, index) in table.collateral.iter().zip(&state.index) {
            let is_settlement = collateral.asset == settlement;
            let balance = row[collateral.asset.index()] + if is_settlement { profit } else { 0.0 };
            if balance != 0.0 {
                health.equity += margin::collateral_value(balance, *index, collateral.ratio);
            }
            if is_settlement {
                health.maintenance *= 2.0 - collateral.ratio;
            }
        }
        health
    }

    /// Starts a step: settles funding when its time has come.
    pub fn begin_futures_step(&mut self, venue: usize) {
        let (table, seconds) = (&self.scenario.futures[venue], self.scenario.step_seconds);
        let state = &mut self.futures[venue];
        state.orders.clear();
        state.basis.clone_from(&state.basis_now);
        let window = table.mark_window;
        state.basis_weight = 1.0 - libm::exp(-seconds / window);
        if self.step == 1 {
            state.seconds_to_funding = table.funding.interval;
        }
        state.seconds_to_funding -= seconds;
        while state.seconds_to_funding <= 1e-6 {
            state.seconds_to_funding += table.funding.interval;
            let periods = table.funding.interval / 28_800.0;
            for i in 0..state.price.len() {
                let premium = table.funding.premium_8h + state.premium_sum[i] / state.premium_steps.max(1.0);
                let rate = periods * (premium + (table.funding.interest_8h - premium).clamp(-0.0005, 0.0005));
                state.rate[i] = rate.clamp(-table.funding.cap, table.funding.cap);
                state.funding[i] += state.rate[i] * state.price[i];
                state.premium_sum[i] = 0.0;
            }
            state.premium_steps = 0.0;
        }
    }

    /// Ends a step: notes the premium for the next funding and lets the fund sell what it took over.
    pub fn end_futures_step(&mut self, venue: usize) {
        let state = &mut self.futures[venue];
        for i in 0..state.price.len() {
            state.premium_sum[i] += state.last[i] / state.index_price[i] - 1.0;
        }
        state.premium_steps += 1.0;
        self.unwind_fund(venue);
        let fund = self.fund_usd(venue);
        let worse = -fund - self.tally.futures[venue].shortfall_usd;
        if worse > 0.0 {
            let (account, coin) = (self.population.system.funds[venue], self.settlement(venue));
            let price = self.mark(coin);
            self.record(EventKind::Shortfall, account, coin, worse / price, price);
        }
        let tally = &mut self.tally.futures[venue];
        tally.fund_end_usd = fund;
        tally.fund_low_usd = tally.fund_low_usd.min(fund);
        tally.shortfall_usd = tally.shortfall_usd.max(-fund);
    }

    /// Value of the insurance fund with all that it took over, USD.
    #[must_use]
    pub fn fund_usd(&self, venue: usize) -> f64 {
        self.account_usd(self.population.system.funds[venue])
    }

    /// Trades contracts against the outside at a price in settlement coin.
    fn trade(&mut self, venue: usize, account: AccountId, contract: usize, quantity: f64, price: f64) -> f64 {
        let (asset, settlement, outside) =
            (self.contract(venue, contract).asset, self.settlement(venue), self.outside());
        let before = self.ledger.balance(account, asset);
        let moved = self.transfer(outside, account, asset, quantity);
        let paid = moved * (price - self.futures[venue].funding[contract]);
        self.transfer(account, outside, settlement, paid);
        self.note_position(venue, contract, account, before);
        moved
    }

    /// Keeps the open interest current after an account's position changed.
    pub(super) fn note_position(&mut self, venue: usize, contract: usize, account: AccountId, before: f64) {
        if matches!(self.population.accounts[account.index()].holder, Holder::Outside | Holder::Fund(_)) {
            return;
        }
        let now = self.ledger.balance(account, self.contract(venue, contract).asset);
        self.tally.long_contracts[venue][contract] += now.max(0.0) - before.max(0.0);
    }

    /// Counts the open interest of the opening.
    pub fn open_interest_at_opening(&mut self) {
        for venue in 0..self.futures.len() {
            for contract in 0..self.scenario.futures[venue].contracts.len() {
                let asset = self.contract(venue, contract).asset;
                self.tally.long_contracts[venue][contract] = self
                    .population
                    .accounts
                    .iter()
                    .enumerate()
                    .filter(|(_, a)| !matches!(a.holder, Holder::Outside | Holder::Fund(_)))
                    .map(|(i, _)| self.ledger.balance(AccountId::at(i), asset).max(0.0))
                    .sum();
            }
        }
    }

    /// Open interest now, longs of all but the outside and the funds, USD.
    #[must_use]
    pub fn open_interest_usd(&self) -> f64 {
        let venue = |v: usize| {
            let unit = self.mark(self.settlement(v));
            self.tally.long_contracts[v].iter().zip(&self.futures[v].price).map(|(q, p)| q * p * unit).sum::<f64>()
        };
        (0..self.futures.len()).map(venue).sum()
    }

    /// Sends an order to the contract's book and returns its mean price, settlement coin.
    fn execute(&mut self, venue: usize, contract: usize, quantity: f64) -> f64 {
        let coin = self.contract(venue, contract).coin;
        let price = self.exogenous[coin.index()];
        price * self.markets.execute(coin, Side::Perp, quantity * price) / self.mark(self.settlement(venue))
    }

    /// A voluntary trade at the market, with the taker fee.
    pub fn trade_at_market(&mut self, venue: usize, account: AccountId, contract: usize, quantity: f64) {
        if quantity == 0.0 {
            return;
        }
        let price = self.execute(venue, contract, quantity);
        let moved = self.trade(venue, account, contract, quantity, price);
        let fee = moved.abs() * price * self.contract(venue, contract).taker_fee;
        let (settlement, outside) = (self.settlement(venue), self.outside());
        self.transfer(account, outside, settlement, fee);
    }

    /// Closes out breached accounts together: one order per contract, one price for all.
    pub fn liquidate(&mut self, venue: usize, batch: &[AccountId]) {
        self.cause = Layer::Liquidation;
        let mut breached = Vec::new();
        for &account in batch {
            if !self.health(venue, account).is_breached() {
                continue;
            }
            let orders = self.futures[venue].orders.entry(account).or_default();
            *orders += 1;
            if *orders <= ORDERS_PER_STEP {
                breached.push(account);
            } else {
                self.take_over(venue, account);
            }
        }
        breached.sort_unstable();
        let mut closes = self.size_all(venue, &breached);
        let prices = self.fill_prices(venue, &closes);
        let (filled, bankrupt): (Vec<_>, Vec<_>) =
            breached.into_iter().partition(|account| self.stays_solvent(venue, *account, &closes, &prices));
        closes.retain(|close| filled.binary_search(&close.account).is_ok());
        for contract in 0..self.futures[venue].price.len() {
            self.fill(venue, contract, &closes);
        }
        for account in filled {
            self.settle_close(venue, account);
        }
        for account in bankrupt {
            self.take_over(venue, account);
        }
    }

    /// Price that the orders of each contract would get together.
    fn fill_prices(&self, venue: usize, closes: &[Close]) -> Vec<f64> {
        let mut net = vec![0.0; self.futures[venue].price.len()];
        for close in closes {
            net[close.contract] += close.quantity;
        }
        net.into_iter().enumerate().map(|(contract, net)| self.quote(venue, contract, net)).collect()
    }

    /// Whether an account's closes would fill above its bankruptcy price if all were sent: below it the order is not
    /// filled, and the fund takes the position over instead. An account's closes are adjacent.
    fn stays_solvent(&self, venue: usize, account: AccountId, closes: &[Close], prices: &[f64]) -> bool {
        let first = closes.partition_point(|c| c.account < account);
        let mine = closes[first..].iter().take_while(|c| c.account == account);
        let marks = &self.futures[venue].price;
        let cost: f64 = mine.map(|c| c.quantity * (prices[c.contract] - marks[c.contract])).sum();
        self.health(venue, account).equity >= cost
    }

    /// Mean price that an order would get, as far as it fills within the largest deviation; settlement coin.
    fn quote(&self, venue: usize, contract: usize, quantity: f64) -> f64 {
        let coin = self.contract(venue, contract).coin;
        let price = self.exogenous[coin.index()];
        let share = self.fillable_share(venue, contract, quantity, self.scenario.futures[venue].max_order_deviation);
        price * self.markets.quote(coin, Side::Perp, quantity * share * price) / self.mark(self.settlement(venue))
    }

    /// Share of an order that fills within a deviation from the mark.
    #[must_use]
    pub fn fillable_share(&self, venue: usize, contract: usize, quantity: f64, deviation: f64) -> f64 {
        let coin = self.contract(venue, contract).coin;
        let exogenous = self.exogenous[coin.index()];
        let mark = self.futures[venue].price[contract] * self.mark(self.settlement(venue));
        let limit = mark / exogenous * (1.0 + deviation * quantity.signum());
        let room = self.markets.fillable(coin, Side::Perp, quantity.signum(), limit);
        let usd = quantity.abs() * exogenous;
        if usd > room { room / usd } else { 1.0 }
    }

    /// Sizes the closes of all breached accounts, at the price that their orders together will get.
    fn size_all(&self, venue: usize, breached: &[AccountId]) -> Vec<Close> {
        const PASSES: usize = 6; // each enlarges the orders by the slippage of the last: it converges or closes all
        let mut closes = Vec::new();
        let mut slippage = vec![0.0; self.futures[venue].price.len()];
        for _ in 0..PASSES {
            closes.clear();
            for account in breached {
                self.size_closes(venue, *account, &slippage, &mut closes);
            }
            let mut settled = true;
            let prices = self.fill_prices(venue, &closes);
            for (contract, slippage) in slippage.iter_mut().enumerate() {
                let mark = self.futures[venue].price[contract];
                let paid = (prices[contract] - mark).abs();
                settled &= (paid - *slippage).abs() <= 1e-5 * mark;
                *slippage = paid;
            }
            if settled {
                break;
            }
        }
        closes
    }

    /// Sizes an account's closes: contracts with the largest maintenance first, the smallest amount that restores
    /// compliance after slippage and the clearance fee.
    fn size_closes(&self, venue: usize, account: AccountId, slippage: &[f64], closes: &mut Vec<Close>) {
        let (table, state) = (&self.scenario.futures[venue], &self.futures[venue]);
        let health = self.health(venue, account);
        let mut slack = health.equity - health.maintenance * (1.0 + COMPLIANCE_BUFFER);
        let mut positions: Vec<(usize, f64, f64)> = table
            .contracts
            .iter()
            .enumerate()
            .map(|(i, c)| (i, self.ledger.balance(account, c.asset)))
            .filter(|(_, q)| *q != 0.0)
            .map(|(i, q)| (i, q, bracket::maintenance_usd(&table.contracts[i].tiers, q.abs() * state.price[i])))
            .collect();
        positions.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
        for (contract, quantity, maintenance) in positions {
            let (terms, price) = (&table.contracts[contract], state.price[contract]);
            let cost = terms.clearance_fee * price + slippage[contract];
            let x = margin::smallest_close(&terms.tiers, quantity.abs(), price, slack, cost);
            if x > 0.0 {
                closes.push(Close { account, contract, quantity: -x.copysign(quantity) });
                slack += maintenance - bracket::maintenance_usd(&terms.tiers, (quantity.abs() - x) * price) - x * cost;
            }
        }
    }

    /// Fills the closes of one contract with one order for their net, as far as the book allows within the largest
    /// deviation from the mark; the fee goes to the fund as far as the account can pay it.
    fn fill(&mut self, venue: usize, contract: usize, closes: &[Close]) {
        let mine = || closes.iter().filter(|c| c.contract == contract);
        let net: f64 = mine().map(|c| c.quantity).sum();
        if mine().next().is_none() {
            return;
        }
        let terms = self.contract(venue, contract);
        let (asset, fee_rate) = (terms.asset, terms.clearance_fee);
        let share = self.fillable_share(venue, contract, net, self.scenario.futures[venue].max_order_deviation);
        let price = self.execute(venue, contract, net * share);
        let (settlement, fund) = (self.settlement(venue), self.population.system.funds[venue]);
        let unit = self.mark(settlement);
        for close in mine() {
            let moved = self.trade(venue, close.account, contract, close.quantity * share, price);
            let equity = self.health(venue, close.account).equity;
            let fee = (moved.abs() * price * fee_rate).min(equity).max(0.0);
            self.transfer(close.account, fund, settlement, fee);
            self.tally.add_forced(moved.abs() * price * unit, self.step, self.round);
            self.record(EventKind::Liquidation, close.account, asset, moved, price * unit);
        }
    }

    /// After an account's order: a flat one has its negative balance covered, one that is still not compliant is taken
    /// over.
    fn settle_close(&mut self, venue: usize, account: AccountId) {
        let health = self.health(venue, account);
        if health.notional == 0.0 {
            self.cover(venue, account);
        } else if health.is_breached() {
            self.take_over(venue, account);
        } else {
            self.auto_exchange(venue, account);
        }
    }

    /// Covers a flat account's negative settlement balance: collateral is sold, and what is still missing the fund pays.
    pub fn cover(&mut self, venue: usize, account: AccountId) {
        self.auto_exchange(venue, account);
        let (settlement, fund) = (self.settlement(venue), self.population.system.funds[venue]);
        let balance = self.ledger.balance(account, settlement);
        if balance < 0.0 {
            self.transfer(fund, account, settlement, -balance);
        }
    }

    /// The fund gets all that an account holds and owes: positions at the bankruptcy price, at which the account is
    /// worth nothing. If that would ruin the fund, the positions are deleveraged at that price first.
    fn take_over(&mut self, venue: usize, account: AccountId) {
        let (health, fund) = (self.health(venue, account), self.population.system.funds[venue]);
        let unit = self.mark(self.settlement(venue));
        let worth = self.account_usd(account) / unit;
        let ruined = worth < 0.0 && self.fund_usd(venue) + worth * unit < 0.0;
        for contract in 0..self.futures[venue].price.len() {
            let asset = self.contract(venue, contract).asset;
            let quantity = self.ledger.balance(account, asset);
            if quantity == 0.0 {
                continue;
            }
            let (mark, before) = (self.futures[venue].price[contract], quantity);
            let bankruptcy = mark - worth * (quantity.abs() * mark / health.notional) / quantity;
            self.tally.add_forced(quantity.abs() * mark * unit, self.step, self.round);
            self.record_worth(EventKind::TakeOver, account, asset, -quantity, bankruptcy * unit, mark * unit);
            if ruined {
                self.deleverage(venue, contract, account, bankruptcy);
            } else {
                self.transfer(account, fund, asset, quantity);
                self.note_position(venue, contract, account, before);
            }
        }
        for asset in 0..self.scenario.assets.len() {
            self.transfer_all(account, fund, AssetId::at(asset));
        }
    }

    /// Settlement coin of an account with the unrealised profit that books in it.
    fn settlement_equity(&self, venue: usize, account: AccountId) -> f64 {
        let (table, state) = (&self.scenario.futures[venue], &self.futures[venue]);
        let profit = |(i, contract): (usize, &Contract)| {
            self.ledger.balance(account, contract.asset) * (state.price[i] - state.funding[i])
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
                    .zip(&state.index)
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
        let (price, fund) = (self.mark(asset), self.population.system.funds[venue]);
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
            let (fund, settlement) = (self.population.system.funds[venue], self.settlement(venue));
            let listed = self.scenario.futures[venue].collateral.iter().position(|c| c.asset == asset);
            let index = listed.map_or(self.mark(asset) / self.mark(settlement), |i| self.futures[venue].index[i]);
            let each = index * (1.0 - haircut);
            let sold = self.transfer(account, fund, asset, units);
            self.transfer(fund, account, settlement, sold * each);
        }
    }

    /// The fund sells what it took over, as far as books allow within its own deviation; a ruined fund has its
    /// contracts deleveraged at the mark instead, so that it loses no more.
    fn unwind_fund(&mut self, venue: usize) {
        self.cause = Layer::Liquidation;
        let fund = self.population.system.funds[venue];
        let deviation = self.scenario.futures[venue].fund_order_deviation;
        for contract in 0..self.futures[venue].price.len() {
            let quantity = self.ledger.balance(fund, self.contract(venue, contract).asset);
            if quantity == 0.0 {
                continue;
            }
            if self.fund_usd(venue) < 0.0 {
                let mark = self.futures[venue].price[contract];
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

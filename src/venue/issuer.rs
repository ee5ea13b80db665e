//! An issuer of a dollar token (BFUSD): it sells at par and puts the proceeds in cash and in delta-neutral pairs, spot
//! bought and the same amount of contracts sold, which are real balances and move with basis and funding. A reserve
//! fund stands behind.
//!
//! It may hold other issuers' tokens ([`super::claims`]).
//!
//! A liquid-staking token (WBETH) is issued for a volatile coin, which is all cash: its holder bears the coin's price.
//!
//! Redemption is fast (a daily quota, a fee, out of cash) or standard (a delay, a smaller fee). What cash cannot pay
//! waits; the issuer unwinds pairs, as fast as its terms say, to raise it.

use crate::event::EventKind;
use crate::id::AccountId;
use crate::outcome::Layer;
use crate::scenario::AssetKind;
use crate::world::World;
use std::collections::{BTreeSet, VecDeque};

/// State of an issuer on a path.
#[derive(Clone, Debug, Default)]
pub struct IssuerState {
    /// What it can pay per token, as a share of par, as published last.
    pub redemption: f64,
    /// Standard redemptions, in order of request.
    queue: VecDeque<Redemption>,
    /// Who is in it.
    in_line: BTreeSet<AccountId>,
    /// Tokens in it.
    pub waiting: f64,
    /// Tokens that can still be redeemed at once today.
    quota: f64,
    day: u32,
    /// Whether fast redemption was refused in this step.
    gated: bool,
    /// Spot held in each pair at the opening, by position in `hedged`.
    pairs_at_opening: Vec<f64>,
}

/// A standard redemption.
#[derive(Clone, Copy, Debug)]
pub struct Redemption {
    /// Who holds the tokens.
    pub account: AccountId,
    /// Tokens still to be paid.
    pub tokens: f64,
    /// Step from which it is due.
    pub due: u32,
}

impl IssuerState {
    /// Back to the opening.
    pub fn reset(&mut self) {
        self.redemption = 1.0;
        self.queue.clear();
        self.in_line.clear();
        self.waiting = 0.0;
        self.quota = 0.0;
        self.day = u32::MAX;
        self.gated = false;
        self.pairs_at_opening.clear();
    }

    /// Whether that account already waits.
    #[must_use]
    pub fn waits(&self, account: AccountId) -> bool {
        self.in_line.contains(&account)
    }
}

impl World<'_> {
    /// Notes the size of the pairs at the opening.
    pub fn open_issuers(&mut self) {
        for issuer in 0..self.issuers.len() {
            let coins = self.pair_coins(issuer);
            let treasury = self.population.system.treasuries[issuer];
            self.issuers[issuer].pairs_at_opening =
                coins.iter().map(|(coin, _)| self.ledger.balance(treasury, self.coin_asset(*coin))).collect();
        }
    }

    /// Coin and contract position of each pair.
    pub(super) fn pair_coins(&self, issuer: usize) -> Vec<(crate::id::CoinId, usize)> {
        let table = &self.scenario.issuers[issuer];
        let Some(venue) = table.hedge_venue else { return Vec::new() };
        table.hedged.iter().map(|h| (self.scenario.futures[venue].contracts[h.contract].coin, h.contract)).collect()
    }

    /// All that backs the token, USD: cash, spot coins, the hedge account, the reserve fund, other issuers' tokens.
    #[must_use]
    pub fn issuer_assets_usd(&self, issuer: usize) -> f64 {
        self.issuer_own_usd(issuer) + self.held_tokens_usd(issuer)
    }

    /// What an issuer has beside tokens, USD.
    #[must_use]
    pub fn issuer_own_usd(&self, issuer: usize) -> f64 {
        let system = &self.population.system;
        let own = |account: AccountId| -> f64 {
            let row = self.ledger.row(account).iter().zip(&self.marks).zip(&self.scenario.assets);
            let others = row.filter(|(_, asset)| !matches!(asset.kind, AssetKind::Token { .. }));
            others.map(|((balance, mark), _)| balance * mark).sum()
        };
        own(system.treasuries[issuer]) + own(system.reserves[issuer]) + system.hedges[issuer].map_or(0.0, own)
    }

    /// What an issuer owes, USD: its tokens at par.
    #[must_use]
    pub fn issuer_claims_usd(&self, issuer: usize) -> f64 {
        self.tokens_issued(issuer) * self.mark(self.coin_asset(self.scenario.issuers[issuer].par))
    }

    /// Tokens issued and not redeemed.
    #[must_use]
    pub fn tokens_issued(&self, issuer: usize) -> f64 {
        -self.ledger.balance(self.population.system.treasuries[issuer], self.scenario.issuers[issuer].token)
    }

    /// Cash of the issuer, in units of the par coin.
    #[must_use]
    pub fn issuer_cash(&self, issuer: usize) -> f64 {
        self.ledger
            .balance(self.population.system.treasuries[issuer], self.coin_asset(self.scenario.issuers[issuer].par))
    }

    /// Market price of the token over par, less one.
    #[must_use]
    pub fn token_discount(&self, issuer: usize) -> f64 {
        let table = &self.scenario.issuers[issuer];
        self.mark(table.token) / self.mark(self.coin_asset(table.par)) - 1.0
    }

    /// Starts a step: renews the daily quota, pays what is due.
    pub fn begin_issuer_step(&mut self, issuer: usize) {
        let table = &self.scenario.issuers[issuer];
        let day = (f64::from(self.step - 1) * self.scenario.step_seconds / 86_400.0) as u32;
        let issued = self.tokens_issued(issuer);
        let state = &mut self.issuers[issuer];
        state.gated = false;
        if state.day != day {
            state.day = day;
            state.quota = table.fast_quota_per_day * issued;
        }
        while let Some(next) = self.issuers[issuer].queue.front().copied().filter(|r| r.due <= self.step) {
            let (token, fee) = (self.scenario.issuers[issuer].token, self.scenario.issuers[issuer].standard_fee);
            let tokens = next.tokens.min(self.ledger.balance(next.account, token).max(0.0));
            let left = tokens - self.pay_tokens(issuer, next.account, tokens, fee);
            let dry = left >= self.ledger.tick(token);
            let state = &mut self.issuers[issuer];
            if dry {
                state.waiting -= next.tokens - left;
                state.queue[0].tokens = left;
                break;
            }
            state.waiting -= next.tokens;
            state.in_line.remove(&next.account);
            state.queue.pop_front();
        }
        if self.issuers[issuer].queue.is_empty() {
            self.issuers[issuer].waiting = 0.0;
        }
    }

    /// Redeems at once what quota and cash allow; returns the tokens redeemed.
    pub fn redeem_fast(&mut self, issuer: usize, account: AccountId, tokens: f64) -> f64 {
        let quota = self.issuers[issuer].quota;
        let paid = self.pay_tokens(issuer, account, tokens.min(quota), self.scenario.issuers[issuer].fast_fee);
        self.issuers[issuer].quota -= paid;
        if paid < tokens && !self.issuers[issuer].gated {
            self.issuers[issuer].gated = true;
            let (token, price) = (self.scenario.issuers[issuer].token, self.mark(self.scenario.issuers[issuer].token));
            self.tally.issuers[issuer].gated_steps += 1;
            self.record(EventKind::Gate, account, token, tokens - paid, price);
        }
        paid
    }

    /// Queues a standard redemption of all tokens the account holds, unless one waits already.
    pub fn redeem_standard(&mut self, issuer: usize, account: AccountId, tokens: f64) {
        if tokens > 0.0 && !self.issuers[issuer].waits(account) {
            let delay = (self.scenario.issuers[issuer].standard_delay / self.scenario.step_seconds).ceil() as u32;
            let state = &mut self.issuers[issuer];
            state.in_line.insert(account);
            state.waiting += tokens;
            state.queue.push_back(Redemption { account, tokens, due: self.step + delay });
        }
    }

    /// Pays tokens out of cash at their redemption value less a fee; returns the tokens redeemed.
    fn pay_tokens(&mut self, issuer: usize, account: AccountId, tokens: f64, fee: f64) -> f64 {
        let table = &self.scenario.issuers[issuer];
        let (treasury, par) = (self.population.system.treasuries[issuer], self.coin_asset(table.par));
        let each = self.issuers[issuer].redemption * (1.0 - fee);
        let cash = self.issuer_cash(issuer).max(0.0);
        if tokens <= 0.0 || cash <= 0.0 || each <= 0.0 {
            return 0.0;
        }
        let redeemed = self.transfer(account, treasury, table.token, tokens.min(cash / each));
        let coins = self.transfer(treasury, account, par, (redeemed * each).min(cash));
        self.tally.issuers[issuer].redeemed_usd += coins * self.mark(par);
        redeemed
    }

    /// Ends a step: unwinds pairs if cash does not cover what waits, and updates the totals.
    pub fn end_issuer_step(&mut self, issuer: usize) {
        let waiting = self.issuers[issuer].waiting;
        let wanted = waiting + if self.issuers[issuer].gated { self.issuers[issuer].quota } else { 0.0 };
        let missing = wanted - self.issuer_cash(issuer);
        if missing > 0.0 {
            self.unwind_pairs(issuer, missing);
            self.redeem_held(issuer, wanted - self.issuer_cash(issuer));
            self.draw_on_reserve(issuer, missing);
        }
        let par = self.mark(self.coin_asset(self.scenario.issuers[issuer].par));
        let short = self.issuer_claims_usd(issuer) - self.issuer_assets_usd(issuer);
        let discount = self.token_discount(issuer);
        let tally = &mut self.tally.issuers[issuer];
        tally.queue_peak_usd = tally.queue_peak_usd.max(waiting * par);
        tally.shortfall_usd = tally.shortfall_usd.max(short);
        tally.worst_discount = tally.worst_discount.min(discount);
    }

    /// Sells spot and buys the contracts back, up to the speed of the terms, until `missing` of the par coin is raised.
    fn unwind_pairs(&mut self, issuer: usize, missing: f64) {
        let table = &self.scenario.issuers[issuer];
        let (Some(venue), Some(hedge)) = (table.hedge_venue, self.population.system.hedges[issuer]) else { return };
        if self.is_halted(venue) {
            return;
        }
        let (treasury, par) = (self.population.system.treasuries[issuer], self.coin_asset(table.par));
        let speed = table.unwind_per_day * self.scenario.step_seconds / 86_400.0;
        let pairs = self.pair_coins(issuer);
        let worth: f64 = pairs
            .iter()
            .map(|(c, _)| self.ledger.balance(treasury, self.coin_asset(*c)) * self.mark(self.coin_asset(*c)))
            .sum();
        if worth <= 0.0 {
            return;
        }
        self.cause = Layer::Exit;
        let share = (missing * self.mark(par) / worth).min(1.0);
        for (i, (coin, contract)) in pairs.into_iter().enumerate() {
            let held = self.ledger.balance(treasury, self.coin_asset(coin));
            let units = (held * share).min(self.issuers[issuer].pairs_at_opening[i] * speed).min(held);
            if units <= 0.0 {
                continue;
            }
            self.sell_coin(treasury, coin, units, table.par);
            let short = -self.ledger.balance(hedge, self.scenario.futures[venue].contracts[contract].asset);
            let buy = units.min(short.max(0.0));
            let notional = self.health(venue, hedge).notional;
            self.trade_at_market(venue, hedge, contract, buy);
            let closed = buy * self.futures[venue].marks.price[contract];
            let freed = if notional > 0.0 { self.free_margin(venue, hedge, closed / notional) } else { 0.0 };
            let settlement = self.settlement(venue);
            self.transfer(hedge, treasury, settlement, freed);
            if settlement != par {
                let settlement = self.scenario.futures[venue].settlement;
                self.sell_coin(treasury, settlement, freed, self.scenario.issuers[issuer].par);
            }
        }
    }

    /// Once the pairs are gone, the reserve fund pays what cash cannot.
    fn draw_on_reserve(&mut self, issuer: usize, missing: f64) {
        let (treasury, reserve) = (self.population.system.treasuries[issuer], self.population.system.reserves[issuer]);
        let left: f64 =
            self.pair_coins(issuer).iter().map(|(coin, _)| self.ledger.balance(treasury, self.coin_asset(*coin))).sum();
        let par = self.coin_asset(self.scenario.issuers[issuer].par);
        if left <= 0.0 {
            self.transfer(reserve, treasury, par, missing.min(self.ledger.balance(reserve, par)).max(0.0));
        }
    }

    /// Settlement coin that a closed share of the hedge sets free: its part of the account's equity, never more than
    /// keeps twice the maintenance margin behind what is left.
    fn free_margin(&self, venue: usize, account: AccountId, share: f64) -> f64 {
        let health = self.health(venue, account);
        (health.equity * share).min(health.equity - 2.0 * health.maintenance).max(0.0)
    }

    /// Tokens that the token's own book takes within a deviation from its mark.
    #[must_use]
    pub fn token_room(&self, issuer: usize, deviation: f64) -> f64 {
        let worth = self.issuers[issuer].redemption * self.mark(self.coin_asset(self.scenario.issuers[issuer].par));
        let limit = self.mark(self.scenario.issuers[issuer].token) / worth * (1.0 - deviation);
        self.markets.token_room(issuer, limit) / worth
    }

    /// Mean price of the token's own book or its redemption value: sells tokens for the par coin; none if the token
    /// does not trade. Returns the coins received.
    pub fn sell_token(&mut self, issuer: usize, account: AccountId, tokens: f64) -> Option<f64> {
        let table = &self.scenario.issuers[issuer];
        let par = self.coin_asset(table.par);
        let worth = self.issuers[issuer].redemption;
        let mean = self.markets.trade_token(issuer, -tokens * worth * self.mark(par))?;
        let outside = self.outside();
        let sold = self.transfer(account, outside, table.token, tokens);
        Some(self.transfer(outside, account, par, sold * worth * mean))
    }
}

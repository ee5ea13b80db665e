//! An issuer of a dollar token (BFUSD): it sells at par and puts the proceeds in cash and in delta-neutral pairs, spot
//! bought and the same amount of contracts sold, which are real balances and move with basis and funding. A reserve
//! fund stands behind ([`backing`]).
//!
//! It may hold other issuers' tokens ([`super::claims`]).
//!
//! A liquid-staking token (WBETH) is issued for a volatile coin: its holder bears the coin's price. What is staked earns,
//! can be slashed, and comes back through a queue ([`stake`]).
//!
//! Or its keeper issues it against volatile collateral ([`keeper`]).
//!
//! Redemption is fast (a daily quota, a fee, out of cash) or standard (a delay, a smaller fee). What cash cannot pay
//! waits, or closes the gate ([`gate`]); the issuer raises it as fast as its terms say.

pub mod arbitrage;
pub mod backing;
pub mod gate;
pub mod keeper;
pub mod sheet;
pub mod stake;

use crate::event::EventKind;
use crate::id::AccountId;
use crate::scenario::Issuer;
use crate::world::World;
use gate::GateState;
use keeper::VaultState;
use stake::Exits;
use std::collections::{BTreeMap, VecDeque};

/// State of an issuer on a path.
#[derive(Clone, Debug, Default)]
pub struct IssuerState {
    /// Par coins promised per token: 1, and what staking has added.
    pub rate: f64,
    /// Par coins it can pay per token, as published last.
    pub redemption: f64,
    /// Where the price of the token rests, over what it can pay.
    pub resting: f64,
    /// Standard redemptions, in order of request.
    queue: VecDeque<Redemption>,
    /// Tokens in it, by account.
    in_line: BTreeMap<AccountId, f64>,
    /// Tokens in it.
    pub waiting: f64,
    /// Tokens that can still be redeemed at once today.
    fast_quota: f64,
    /// Tokens for which standard redemption can still be asked today.
    standard_quota: f64,
    day: u32,
    /// Whether fast redemption was refused in this step.
    refused: bool,
    gate: GateState,
    exits: Exits,
    vault: Option<VaultState>,
    /// What the issuer may still pay out of its own pocket, USD.
    backstop_left_usd: f64,
    /// What it has paid, USD.
    backstop_used_usd: f64,
    /// Spot held in each pair at the opening, by position in `hedged`.
    pairs_at_opening: Vec<f64>,
    /// Cumulative funding of each pair's contract that has been settled with the reserve fund.
    funding_seen: Vec<f64>,
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
    pub fn reset(&mut self, terms: &Issuer) {
        self.rate = 1.0;
        self.redemption = 1.0;
        self.resting = 1.0;
        self.queue.clear();
        self.in_line.clear();
        self.waiting = 0.0;
        self.fast_quota = 0.0;
        self.standard_quota = 0.0;
        self.day = u32::MAX;
        self.refused = false;
        self.gate = GateState::default();
        self.exits.clear();
        self.vault = None;
        self.backstop_left_usd = terms.backstop_usd;
        self.backstop_used_usd = 0.0;
        self.pairs_at_opening.clear();
        self.funding_seen.clear();
        self.funding_seen.resize(terms.hedged.len(), 0.0);
    }

    /// Tokens of that account that already wait.
    #[must_use]
    pub fn in_line(&self, account: AccountId) -> f64 {
        self.in_line.get(&account).copied().unwrap_or(0.0)
    }

    fn leave_line(&mut self, account: AccountId, tokens: f64, tick: f64) {
        self.waiting -= tokens;
        if let Some(left) = self.in_line.get_mut(&account) {
            *left -= tokens;
            if *left < tick {
                self.in_line.remove(&account);
            }
        }
    }
}

impl World<'_> {
    /// Notes what stands at the opening.
    pub fn open_issuers(&mut self) {
        for issuer in 0..self.issuers.len() {
            let coins = self.pair_coins(issuer);
            self.issuers[issuer].pairs_at_opening =
                coins.iter().map(|(coin, _)| self.pair_spot(issuer, *coin)).collect();
            self.open_vault(issuer);
            self.renew_quotas(issuer, 0);
            self.rest_price(issuer);
        }
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

    /// Market price of the token over what its issuer promised, less one.
    #[must_use]
    pub fn token_discount(&self, issuer: usize) -> f64 {
        let table = &self.scenario.issuers[issuer];
        self.mark(table.token) / (self.issuers[issuer].rate * self.mark(self.coin_asset(table.par))) - 1.0
    }

    /// Seconds from the start of the path.
    fn now(&self) -> f64 {
        f64::from(self.step) * self.scenario.step_seconds
    }

    fn renew_quotas(&mut self, issuer: usize, day: u32) {
        let (table, issued) = (&self.scenario.issuers[issuer], self.tokens_issued(issuer));
        let state = &mut self.issuers[issuer];
        if state.day != day {
            state.day = day;
            state.fast_quota = table.fast_quota_per_day * issued;
            state.standard_quota = table.standard_quota_per_day * issued;
        }
    }

    /// Starts a step: renews the daily quotas, takes in what stakes have brought, lets a keeper trade, pays what is due.
    pub fn begin_issuer_step(&mut self, issuer: usize) {
        let day = (f64::from(self.step - 1) * self.scenario.step_seconds / 86_400.0) as u32;
        self.renew_quotas(issuer, day);
        self.issuers[issuer].refused = false;
        self.accrue_stake(issuer);
        self.rebalance_vault(issuer);
        self.decide_gate(issuer);
        if !self.is_suspended(issuer) {
            self.pay_due(issuer);
        }
        self.arbitrage_token(issuer);
        self.rest_price(issuer);
    }

    /// Pays standard redemptions that are due, in order of request.
    fn pay_due(&mut self, issuer: usize) {
        let (token, fee) = (self.scenario.issuers[issuer].token, self.scenario.issuers[issuer].standard_fee);
        while let Some(next) = self.issuers[issuer].queue.front().copied().filter(|r| r.due <= self.step) {
            let tokens = next.tokens.min(self.ledger.balance(next.account, token).max(0.0));
            let left = tokens - self.pay_tokens(issuer, next.account, tokens, fee);
            let tick = self.ledger.tick(token);
            let state = &mut self.issuers[issuer];
            if left >= tick {
                state.leave_line(next.account, next.tokens - left, tick);
                state.queue[0].tokens = left;
                break;
            }
            state.leave_line(next.account, next.tokens, tick);
            state.queue.pop_front();
        }
        let state = &mut self.issuers[issuer];
        if state.queue.is_empty() {
            // Nothing is left of sums but rounding.
            state.waiting = 0.0;
            state.in_line.clear();
        }
    }

    /// Redeems at once what quota and cash allow; returns the tokens redeemed.
    pub fn redeem_fast(&mut self, issuer: usize, account: AccountId, tokens: f64) -> f64 {
        let quota = if self.is_suspended(issuer) { 0.0 } else { self.issuers[issuer].fast_quota };
        let paid = self.pay_tokens(issuer, account, tokens.min(quota), self.scenario.issuers[issuer].fast_fee);
        self.issuers[issuer].fast_quota -= paid;
        if paid < tokens && !self.issuers[issuer].refused {
            self.issuers[issuer].refused = true;
            let (token, price) = (self.scenario.issuers[issuer].token, self.mark(self.scenario.issuers[issuer].token));
            self.tally.issuers[issuer].gated_steps += 1;
            self.record(EventKind::Gate, account, token, tokens - paid, price);
        }
        paid
    }

    /// Queues a standard redemption of what of these tokens the account has not asked for yet, within the day's quota.
    pub fn redeem_standard(&mut self, issuer: usize, account: AccountId, tokens: f64) {
        if self.vault_demand_usd(issuer).is_some() {
            return;
        }
        let state = &self.issuers[issuer];
        let tokens = (tokens - state.in_line(account)).min(state.standard_quota);
        if tokens < self.ledger.tick(self.scenario.issuers[issuer].token) {
            return;
        }
        let delay = (self.scenario.issuers[issuer].standard_delay / self.scenario.step_seconds).ceil() as u32;
        let state = &mut self.issuers[issuer];
        state.standard_quota -= tokens;
        *state.in_line.entry(account).or_insert(0.0) += tokens;
        state.waiting += tokens;
        state.queue.push_back(Redemption { account, tokens, due: self.step + delay });
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

    /// Ends a step: raises cash if it does not cover what waits, pays what holders would lose, and updates the totals.
    pub fn end_issuer_step(&mut self, issuer: usize) {
        self.cut_hedge(issuer);
        self.raise_cash(issuer);
        self.make_whole(issuer);
        self.rest_price(issuer);
        let par = self.mark(self.coin_asset(self.scenario.issuers[issuer].par));
        let state = &self.issuers[issuer];
        let worth = state.redemption * par;
        let (waiting_usd, suspended) = (state.waiting * worth, self.is_suspended(issuer));
        let short = self.issuer_shortfall_usd(issuer);
        let discount = self.token_discount(issuer);
        let tally = &mut self.tally.issuers[issuer];
        tally.queue_peak_usd = tally.queue_peak_usd.max(waiting_usd);
        tally.shortfall_usd = tally.shortfall_usd.max(short);
        tally.worst_discount = tally.worst_discount.min(discount);
        tally.suspended_steps += u32::from(suspended);
    }

    /// Tokens that the token's own book takes within a deviation from its mark.
    #[must_use]
    pub fn token_room(&self, issuer: usize, deviation: f64) -> f64 {
        let rests = self.token_rests_usd(issuer);
        let limit = self.mark(self.scenario.issuers[issuer].token) / rests * (1.0 - deviation);
        self.markets.token_room(issuer, limit) / rests
    }

    /// Mean price of the token's own book or its redemption value: sells tokens for the par coin; none if the token
    /// does not trade. Returns the coins received.
    pub fn sell_token(&mut self, issuer: usize, account: AccountId, tokens: f64) -> Option<f64> {
        let table = &self.scenario.issuers[issuer];
        let (par, rests) = (self.coin_asset(table.par), self.token_rests_usd(issuer));
        let mean = self.markets.trade_token(issuer, -tokens * rests)?;
        let outside = self.outside();
        let sold = self.transfer(account, outside, table.token, tokens);
        Some(self.transfer(outside, account, par, sold * rests / self.mark(par) * mean))
    }

    /// USD at which the price of a token rests while nobody pushes it.
    #[must_use]
    pub fn token_rests_usd(&self, issuer: usize) -> f64 {
        if let Some(demand_usd) = self.vault_demand_usd(issuer) {
            return demand_usd / self.tokens_issued(issuer);
        }
        let state = &self.issuers[issuer];
        state.redemption * state.resting * self.mark(self.coin_asset(self.scenario.issuers[issuer].par))
    }
}

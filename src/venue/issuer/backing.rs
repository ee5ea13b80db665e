//! What backs a token, and how the issuer turns it into cash.
//!
//! The reserve fund pays what the shorts' funding costs, step by step, and what unwinding costs; positive funding fills it
//! up to its target, and is the issuer's beyond that. It is itself among the assets that back the token. Before holders
//! lose, the backstop pays: what claims exceed assets by, and, once redemption may not be suspended any longer, what
//! assets cannot be turned into in time.

use crate::id::{AccountId, CoinId};
use crate::outcome::Layer;
use crate::world::World;

/// Share of a short beyond the spot behind it that rounding may leave.
const ROUNDING: f64 = 1e-6;

impl World<'_> {
    /// Coin and contract position of each pair.
    pub(in crate::venue) fn pair_coins(&self, issuer: usize) -> Vec<(CoinId, usize)> {
        let table = &self.scenario.issuers[issuer];
        let Some(venue) = table.hedge_venue else { return Vec::new() };
        table.hedged.iter().map(|h| (self.scenario.futures[venue].contracts[h.contract].coin, h.contract)).collect()
    }

    /// Spot that an issuer has of a coin, staked or not.
    pub(super) fn pair_spot(&self, issuer: usize, coin: CoinId) -> f64 {
        let staked = self.scenario.issuers[issuer].staked.is_some_and(|staked| staked.coin == coin);
        let in_hand = self.ledger.balance(self.population.system.treasuries[issuer], self.coin_asset(coin));
        in_hand + if staked { self.staked_coins(issuer) } else { 0.0 }
    }

    /// What holders of the token were promised, USD.
    #[must_use]
    pub fn issuer_claims_usd(&self, issuer: usize) -> f64 {
        let par = self.mark(self.coin_asset(self.scenario.issuers[issuer].par));
        self.tokens_issued(issuer) * self.issuers[issuer].rate * par
    }

    /// What the issuer may still pay out of its own pocket, USD.
    #[must_use]
    pub fn backstop_left_usd(&self, issuer: usize) -> f64 {
        self.issuers[issuer].backstop_left_usd
    }

    /// Claims less assets, USD.
    pub(super) fn issuer_shortfall_usd(&self, issuer: usize) -> f64 {
        self.issuer_claims_usd(issuer) - self.issuer_assets_usd(issuer)
    }

    /// Settles the funding that the shorts have got or paid since the last step with the reserve fund.
    pub fn settle_hedge_funding(&mut self, issuer: usize) {
        let table = &self.scenario.issuers[issuer];
        let (Some(venue), Some(hedge)) = (table.hedge_venue, self.population.system.hedges[issuer]) else { return };
        let mut income_usd = 0.0;
        for (i, pair) in table.hedged.iter().enumerate() {
            let funding = self.futures[venue].marks.funding[pair.contract];
            let paid = funding - self.issuers[issuer].funding_seen[i];
            if paid != 0.0 {
                let contract = self.scenario.futures[venue].contracts[pair.contract].asset;
                income_usd -=
                    self.ledger.balance(hedge, contract) * paid * self.mark(self.settles_in(venue, pair.contract));
                self.issuers[issuer].funding_seen[i] = funding;
            }
        }
        let reserve = self.population.system.reserves[issuer];
        let par = self.coin_asset(table.par);
        let (coins, fund) = (income_usd / self.mark(par), self.ledger.balance(reserve, par));
        if coins < 0.0 {
            self.transfer(reserve, hedge, par, (-coins).min(fund).max(0.0));
        } else if coins > 0.0 {
            let room = table.reserve_fund_target_share * self.tokens_issued(issuer) * self.issuers[issuer].rate - fund;
            let free = self.free_margin(venue, hedge, 1.0).min(self.ledger.balance(hedge, par));
            self.transfer(hedge, reserve, par, coins.min(room).min(free).max(0.0));
        }
    }

    /// Raises what cash is short of: sells pairs, redeems what it holds of others and requests exits as fast as the terms allow, then asks the reserve fund
    /// and, if redemption may not be suspended any longer, the backstop.
    pub(super) fn raise_cash(&mut self, issuer: usize) {
        let state = &self.issuers[issuer];
        let refused = if state.refused { state.fast_quota } else { 0.0 };
        let wanted = ((state.waiting + refused) * state.redemption).max(self.gate_floor(issuer));
        let missing = wanted - self.issuer_cash(issuer);
        if missing <= 0.0 {
            return;
        }
        self.unwind_pairs(issuer, missing);
        self.sell_closed_vault(issuer, missing);
        self.redeem_held(issuer, wanted - self.issuer_cash(issuer));
        self.exit_stake(issuer, wanted - self.issuer_cash(issuer));
        self.draw_on_reserve(issuer, wanted - self.issuer_cash(issuer));
        if self.must_pay(issuer) {
            let short = self.due_coins(issuer) - self.issuer_cash(issuer);
            let par = self.coin_asset(self.scenario.issuers[issuer].par);
            self.draw_backstop(issuer, short * self.mark(par));
        }
    }

    /// Brings the stake home as far as cash, and pairs in hand, will not do.
    fn exit_stake(&mut self, issuer: usize, missing: f64) {
        let table = &self.scenario.issuers[issuer];
        let Some(staked) = table.staked else { return };
        let treasury = self.population.system.treasuries[issuer];
        let in_hand: f64 = self
            .pair_coins(issuer)
            .iter()
            .map(|(coin, _)| self.coin_asset(*coin))
            .map(|coin| self.ledger.balance(treasury, coin) * self.mark(coin))
            .sum();
        let missing_usd = missing * self.mark(self.coin_asset(table.par)) - in_hand;
        if missing_usd > 0.0 {
            self.request_exit(issuer, missing_usd / self.mark(self.coin_asset(staked.coin)));
        }
    }

    /// Sells spot and buys the contracts back, up to the speed of the terms, until `missing` of the par coin is raised. What
    /// that costs the reserve fund pays.
    fn unwind_pairs(&mut self, issuer: usize, missing: f64) {
        let table = &self.scenario.issuers[issuer];
        let (Some(venue), Some(hedge)) = (table.hedge_venue, self.population.system.hedges[issuer]) else { return };
        if self.is_halted(venue) {
            return;
        }
        let (treasury, par) = (self.population.system.treasuries[issuer], self.coin_asset(table.par));
        let speed = if self.must_pay(issuer) {
            f64::INFINITY
        } else {
            table.unwind_per_day * self.scenario.step_seconds / 86_400.0
        };
        let pairs = self.pair_coins(issuer);
        let worth: f64 = pairs
            .iter()
            .map(|(c, _)| self.ledger.balance(treasury, self.coin_asset(*c)) * self.mark(self.coin_asset(*c)))
            .sum();
        if worth <= 0.0 {
            return;
        }
        self.cause = Layer::Exit;
        let before_usd = self.issuer_assets_usd(issuer);
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
            self.close_short(issuer, venue, hedge, contract, buy);
        }
        self.bear_cost(issuer, before_usd);
    }

    /// Buys back what is sold of contracts beyond the spot left, after slashing or theft: a short with nothing behind it
    /// hedges nothing. What that costs the reserve fund pays.
    pub(super) fn cut_hedge(&mut self, issuer: usize) {
        let table = &self.scenario.issuers[issuer];
        let (Some(venue), Some(hedge)) = (table.hedge_venue, self.population.system.hedges[issuer]) else { return };
        if self.is_halted(venue) {
            return;
        }
        for (coin, contract) in self.pair_coins(issuer) {
            let short = -self.ledger.balance(hedge, self.scenario.futures[venue].contracts[contract].asset);
            let naked = short - self.pair_spot(issuer, coin).max(0.0);
            if naked > ROUNDING * short {
                self.cause = Layer::Exit;
                let before_usd = self.issuer_assets_usd(issuer);
                self.close_short(issuer, venue, hedge, contract, naked);
                self.bear_cost(issuer, before_usd);
            }
        }
    }

    /// Buys contracts back, and brings home the margin that this sets free.
    fn close_short(&mut self, issuer: usize, venue: usize, hedge: AccountId, contract: usize, units: f64) {
        let treasury = self.population.system.treasuries[issuer];
        let notional = self.health(venue, hedge).notional;
        self.trade_at_market(venue, hedge, contract, units);
        let closed = units * self.futures[venue].marks.price[contract];
        let freed = if notional > 0.0 { self.free_margin(venue, hedge, closed / notional) } else { 0.0 };
        let (settlement, par) = (self.scenario.futures[venue].settlement, self.scenario.issuers[issuer].par);
        self.transfer(hedge, treasury, self.settlement(venue), freed);
        if settlement != par {
            self.sell_coin(treasury, settlement, freed, par);
        }
    }

    /// The reserve fund pays by how much assets have fallen since they were worth `before_usd`.
    fn bear_cost(&mut self, issuer: usize, before_usd: f64) {
        let (treasury, reserve) = (self.population.system.treasuries[issuer], self.population.system.reserves[issuer]);
        let par = self.coin_asset(self.scenario.issuers[issuer].par);
        let cost = (before_usd - self.issuer_assets_usd(issuer)) / self.mark(par);
        self.transfer(reserve, treasury, par, cost.min(self.ledger.balance(reserve, par)).max(0.0));
    }

    /// Once the pairs are gone, the reserve fund pays what cash cannot.
    fn draw_on_reserve(&mut self, issuer: usize, missing: f64) {
        let (treasury, reserve) = (self.population.system.treasuries[issuer], self.population.system.reserves[issuer]);
        let left: f64 = self.pair_coins(issuer).iter().map(|(coin, _)| self.pair_spot(issuer, *coin)).sum();
        let par = self.coin_asset(self.scenario.issuers[issuer].par);
        if left <= 0.0 {
            self.transfer(reserve, treasury, par, missing.min(self.ledger.balance(reserve, par)).max(0.0));
        }
    }

    /// The issuer pays in what its assets are short of its claims, as far as its backstop goes.
    pub(super) fn make_whole(&mut self, issuer: usize) {
        if self.issuers[issuer].backstop_left_usd > 0.0 {
            self.draw_backstop(issuer, self.issuer_shortfall_usd(issuer));
        }
    }

    fn draw_backstop(&mut self, issuer: usize, usd: f64) {
        let usd = usd.min(self.issuers[issuer].backstop_left_usd);
        if usd <= 0.0 {
            return;
        }
        let par = self.coin_asset(self.scenario.issuers[issuer].par);
        let treasury = self.population.system.treasuries[issuer];
        let paid = self.transfer(self.outside(), treasury, par, usd / self.mark(par)) * self.mark(par);
        let state = &mut self.issuers[issuer];
        state.backstop_left_usd = (state.backstop_left_usd - paid).max(0.0);
        state.backstop_used_usd += paid;
    }

    /// Settlement coin that a closed share of the hedge sets free: its part of the account's equity, never more than
    /// keeps twice the maintenance margin behind what is left.
    fn free_margin(&self, venue: usize, account: AccountId, share: f64) -> f64 {
        let health = self.health(venue, account);
        (health.equity * share).min(health.equity - 2.0 * health.maintenance).max(0.0)
    }
}

//! Marks: what a unit of each asset is worth now, and what each venue believes it is. Published at the start of a step,
//! after owners have acted, and after every round of a cascade.
//!
//! What accrues, accrues here: deposit interest in the receipt's mark, loan interest in the debt's, funding in the
//! contract's (price less cumulative funding).
//!
//! Mark price of a contract: the median of `index * (1 + last funding rate * time to funding / interval)`, of
//! `index + mean of (mid of the contract's book - index)` over the basis window, and of the last price (Binance, "What Is
//! the Mark Price in Perpetual Futures"). The index is the spot price. Books here have no spread between orders: mid and
//! last price are the same.
//!
//! Index of a collateral at a futures venue, and a pool's oracle: by the venue's rule, the market price, what the issuer can pay, or a blend; as it stood at the
//! end of the step that its staleness says.

use super::World;
use crate::id::AssetId;
use crate::market::Side;
use crate::scenario::{AssetKind, IndexSpec};

impl World<'_> {
    /// Publishes every mark and every venue's indices from the state now.
    pub fn publish(&mut self) {
        let mut before = std::mem::take(&mut self.funds_before_usd);
        before.clear();
        before.extend((0..self.futures.len()).map(|venue| self.funds_usd(venue)));
        self.publish_coins();
        for venue in 0..self.futures.len() {
            self.publish_contracts(venue);
        }
        self.publish_tokens();
        for pool in 0..self.pools.len() {
            self.publish_pool(pool);
        }
        self.publish_liquidity();
        for venue in 0..self.futures.len() {
            self.publish_indices(venue);
        }
        self.revalue_funds(&before);
        self.funds_before_usd = before;
    }

    fn publish_coins(&mut self) {
        for coin in &self.scenario.coins {
            let AssetKind::Coin(id) = self.scenario.assets[coin.asset.index()].kind else { continue };
            self.marks[coin.asset.index()] = self.exogenous[id.index()] * self.markets.factor(id, Side::Spot);
        }
    }

    fn publish_contracts(&mut self, venue: usize) {
        let (table, state) = (&self.scenario.futures[venue], &mut self.futures[venue]);
        for (i, contract) in table.contracts.iter().enumerate() {
            let unit = self.marks[table.collateral[contract.settles].asset.index()];
            let index = self.marks[self.scenario.coin_asset(contract.coin).index()] / unit;
            let last = self.exogenous[contract.coin.index()] * self.markets.factor(contract.coin, Side::Perp) / unit;
            let with_funding = index * (1.0 + state.clocks[i].expected());
            let with_basis = index + state.basis[i].at(self.step, last - index);
            state.marks.price[i] = median(with_funding, with_basis, last);
            self.marks[contract.asset.index()] = (state.marks.price[i] - state.marks.funding[i]) * unit;
        }
    }

    fn publish_pool(&mut self, pool: usize) {
        let (at, scenario) = (self.population.system.pools[pool], self.scenario);
        for (i, reserve) in scenario.pools[pool].reserves.iter().enumerate() {
            let price = self.marks[reserve.asset.index()];
            let believed_usd = self.believed_usd(reserve.asset, reserve.index);
            let state = &mut self.pools[pool].reserves[i];
            let assets =
                self.ledger.balance(at, reserve.asset) + self.ledger.balance(at, reserve.debt) * state.borrow_index;
            let claims = -self.ledger.balance(at, reserve.receipt) * state.liquidity_index;
            let solvency = if claims > 0.0 { (assets / claims).clamp(0.0, 1.0) } else { 1.0 };
            self.marks[reserve.receipt.index()] = state.liquidity_index * solvency * price;
            self.marks[reserve.debt.index()] = state.borrow_index * price;
            state.publish(self.step, believed_usd, solvency);
        }
    }

    fn publish_tokens(&mut self) {
        self.publish_recoveries();
        for (issuer, table) in self.scenario.issuers.iter().enumerate() {
            self.marks[table.token.index()] = self.token_rests_usd(issuer) * self.markets.token_factor(issuer);
        }
    }

    fn publish_indices(&mut self, venue: usize) {
        let table = &self.scenario.futures[venue];
        let unit = self.marks[self.scenario.coins[table.settlement.index()].asset.index()];
        for (i, collateral) in table.collateral.iter().enumerate() {
            let believed_usd = self.believed_usd(collateral.asset, collateral.index);
            let state = &mut self.futures[venue];
            state.marks.index[i] = state.believed[i].at(self.step, believed_usd) / unit;
            if let Some(loan) = collateral.loan {
                state.marks.debt[i] = self.pools[loan.pool].reserves[loan.reserve].borrow_index;
            }
        }
        self.futures[venue].marks.unit_usd = unit;
    }

    /// What a venue with that index rule believes a unit is worth, USD. A stablecoin is redeemed at its peg.
    fn believed_usd(&self, asset: AssetId, rule: IndexSpec) -> f64 {
        let market = self.marks[asset.index()];
        let (redemption, par) = match self.scenario.assets[asset.index()].kind {
            AssetKind::Token { issuer } => {
                let par = self.marks[self.scenario.coin_asset(self.scenario.issuers[issuer].par).index()];
                (self.issuers[issuer].redemption * par, par)
            }
            AssetKind::Coin(coin) if self.scenario.coins[coin.index()].pegged => {
                let peg = self.scenario.coins[coin.index()].opening_usd;
                (peg, peg)
            }
            AssetKind::Lp { amm } => return self.fair_lp_usd(amm),
            _ => return market,
        };
        match rule {
            IndexSpec::Spot => market,
            IndexSpec::Redemption => redemption,
            IndexSpec::Blend(blend) => {
                let weight = blend.spot_weight.get();
                (weight * market + (1.0 - weight) * redemption)
                    .max(blend.floor.map_or(0.0, crate::unit::Share::get) * par)
            }
        }
    }
}

fn median(a: f64, b: f64, c: f64) -> f64 {
    a.max(b).min(a.min(b).max(c))
}

//! Pools of two assets at the opening.

use super::opening::Opening;
use crate::id::{AccountId, AssetId};
use crate::scenario::Scenario;
use crate::venue::swap::{Fee, Pair};

/// Ticks and opening marks of LP tokens, which are counted in whole units of the pool's own arithmetic: the root of the
/// product of two reserves in ticks.
pub(super) fn count_liquidity(scenario: &Scenario, ticks: &mut [f64], marks: &mut [f64]) {
    for amm in &scenario.amms {
        let [a, b] = amm.assets.map(AssetId::index);
        let exponents = libm::frexp(ticks[a]).1 + libm::frexp(ticks[b]).1 - 2;
        let tick = libm::ldexp(1.0, exponents.div_euclid(2));
        ticks[amm.lp.index()] = tick;
        marks[amm.lp.index()] = 2.0 * (ticks[a] * marks[a]).sqrt() * (ticks[b] * marks[b]).sqrt() / tick;
    }
}

impl Opening<'_> {
    /// Buys both assets for half of `usd` each at opening prices and provides them; returns the LP tokens, which come to
    /// `account`.
    pub(super) fn provide(&mut self, amm: usize, account: AccountId, usd: f64) -> f64 {
        let (scenario, table, at) = (self.scenario, &self.scenario.amms[amm], self.system.amms[amm]);
        let ticks = |opening: &Self, asset, units: f64| (units / opening.ledger.tick(asset)) as u128;
        let reserves = table.assets.map(|asset| ticks(self, asset, self.ledger.balance(at, asset)));
        let supply = ticks(self, table.lp, -self.ledger.balance(at, table.lp));
        let fee = Fee::new(scenario.amms[amm].fee_points, 10_000).expect("a fee below 1");
        let amounts = table.assets.map(|asset| {
            let units = self.acquire(asset, 0.5 * usd / self.mark(asset));
            let moved = self.ledger.transfer(self.system.outside, at, asset, units);
            ticks(self, asset, moved)
        });
        // What is too little for a unit of liquidity is a gift to the pool.
        let Ok(minted) = Pair::of(reserves, supply, fee).mint(amounts) else { return 0.0 };
        let tick = self.ledger.tick(table.lp);
        self.ledger.transfer(at, self.system.outside, table.lp, minted.locked as f64 * tick);
        self.ledger.transfer(at, account, table.lp, minted.liquidity as f64 * tick)
    }

    /// Deposits the share of a pool's reserves that lies in a savings pool.
    pub(super) fn lay_reserves_idle(&mut self, amm: usize) {
        let (table, at) = (&self.scenario.amms[amm], self.system.amms[amm]);
        let Some(idle) = table.idle else { return };
        for (asset, reserve) in table.assets.into_iter().zip(idle.reserves) {
            let Some(reserve) = reserve else { continue };
            let (bank, receipt) =
                (self.system.pools[idle.pool], self.scenario.pools[idle.pool].reserves[reserve].receipt);
            let moved = self.ledger.transfer(at, bank, asset, self.ledger.balance(at, asset) * idle.share);
            self.ledger.transfer(bank, at, receipt, moved);
        }
    }
}

//! Deposits on a path, and what stops them.

use crate::id::AccountId;
use crate::world::World;

impl World<'_> {
    /// Deposits up to that many units out of one account for receipts in another; returns what was taken: nothing if the
    /// reserve is frozen, and no more than its supply cap leaves.
    pub fn deposit(&mut self, pool: usize, reserve: usize, from: AccountId, to: AccountId, units: f64) -> f64 {
        let (at, table) = (self.population.system.pools[pool], &self.scenario.pools[pool].reserves[reserve]);
        let (asset, receipt) = (table.asset, table.receipt);
        let state = &self.pools[pool].reserves[reserve];
        let index = state.liquidity_index;
        let supplied = -self.ledger.balance(at, receipt) * index;
        let below_cap = table.supply_cap_usd / self.population.marks[asset.index()] - supplied;
        let units = units.min(below_cap);
        // No receipt is given for less than one unit of its own.
        let receipts = (units / index / self.ledger.tick(receipt)).floor() * self.ledger.tick(receipt);
        if state.frozen || receipts <= 0.0 {
            return 0.0;
        }
        let paid = self.transfer(from, at, asset, units);
        self.transfer(at, to, receipt, receipts);
        paid
    }

    /// Freezes reserves for the rest of the path.
    pub fn freeze(&mut self, pool: usize, reserves: &[usize]) {
        for reserve in reserves {
            self.pools[pool].reserves[*reserve].frozen = true;
        }
    }
}

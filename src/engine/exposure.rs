//! Leverage seen and leverage had.
//!
//! *Nominal* leverage is what a venue believes: notional over the equity it sees. *Effective* leverage looks through
//! every token to what stands behind it: gross exposure over net worth, where gross exposure is futures notional, plus
//! volatile coins, plus for each token its share of what its issuer holds at risk. A deposit receipt of a stablecoin is
//! at risk with the share of the pool that is lent out; of a volatile coin, in full. An issuer's token is at risk with
//! both legs of the pairs behind it. Plain cash is not at risk.
//!
//! The *reuse multiple* is gross over net claims (total value locked over total value redeemable): every deposit, token
//! and margin posted counts where it is placed; each layer of a chain counts again.

use crate::id::{AccountId, OwnerId};
use crate::scenario::{AssetKind, Place};
use crate::world::World;

/// What a set of accounts is worth and exposed to, USD.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exposure {
    /// Net worth.
    pub equity: f64,
    /// Futures notional.
    pub notional: f64,
    /// Exposure to price and credit, looking through every token.
    pub gross: f64,
    /// Claims placed in pools, issuers and futures venues, every layer counted.
    pub claims: f64,
    /// Equity that futures venues see.
    pub margin: f64,
}

impl Exposure {
    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.equity += other.equity;
        self.notional += other.notional;
        self.gross += other.gross;
        self.claims += other.claims;
        self.margin += other.margin;
    }

    /// Gross exposure over net worth; not a number for the ruined.
    #[must_use]
    pub fn effective_leverage(&self) -> f64 {
        if self.equity > 0.0 { self.gross / self.equity } else { f64::NAN }
    }

    /// Notional over the equity that venues see.
    #[must_use]
    pub fn nominal_leverage(&self) -> f64 {
        if self.margin > 0.0 { self.notional / self.margin } else { 0.0 }
    }

    /// Gross claims over net worth.
    #[must_use]
    pub fn reuse_multiple(&self) -> f64 {
        if self.equity > 0.0 { self.claims.max(self.equity) / self.equity } else { f64::NAN }
    }
}

/// Share of each asset's value that is at risk, looking through tokens.
#[must_use]
pub fn at_risk(world: &World) -> Vec<f64> {
    world
        .scenario
        .assets
        .iter()
        .map(|asset| match asset.kind {
            AssetKind::Coin(coin) => f64::from(!world.scenario.coins[coin.index()].pegged),
            AssetKind::Contract { .. } | AssetKind::Debt { .. } => 0.0,
            AssetKind::Receipt { pool, reserve } => {
                match world.scenario.assets[world.scenario.pools[pool].reserves[reserve].asset.index()].kind {
                    AssetKind::Coin(coin) if world.scenario.coins[coin.index()].pegged => {
                        world.utilisation(pool, reserve)
                    }
                    AssetKind::Token { issuer } => issuer_at_risk(world, issuer),
                    _ => 1.0,
                }
            }
            AssetKind::Token { issuer } => issuer_at_risk(world, issuer),
        })
        .collect()
}

/// Spot and short legs of an issuer's pairs over the tokens it owes.
fn issuer_at_risk(world: &World, issuer: usize) -> f64 {
    let system = &world.population.system;
    let mut gross = 0.0;
    for account in [Some(system.treasuries[issuer]), system.hedges[issuer]].into_iter().flatten() {
        for (asset, (balance, mark)) in
            world.scenario.assets.iter().zip(world.ledger.row(account).iter().zip(&world.marks))
        {
            gross += match asset.kind {
                AssetKind::Coin(coin) if !world.scenario.coins[coin.index()].pegged => balance.abs() * mark,
                AssetKind::Contract { .. } => balance.abs() * mark,
                _ => 0.0,
            };
        }
    }
    let owed = world.tokens_issued(issuer) * world.mark(world.scenario.issuers[issuer].token);
    if owed > 0.0 { gross / owed } else { 0.0 }
}

/// Exposure of one owner.
#[must_use]
pub fn of_owner(world: &World, at_risk: &[f64], owner: OwnerId) -> Exposure {
    let mut sum = Exposure::default();
    for account in world.population.accounts_of(owner) {
        sum.add(&of_account(world, at_risk, account));
    }
    sum
}

fn of_account(world: &World, at_risk: &[f64], account: AccountId) -> Exposure {
    let place = world.population.accounts[account.index()].place;
    let mut exposure = Exposure::default();
    for (i, balance) in world.ledger.row(account).iter().enumerate().filter(|(_, b)| **b != 0.0) {
        let usd = balance * world.marks[i];
        exposure.equity += usd;
        match world.scenario.assets[i].kind {
            AssetKind::Contract { .. } => {
                exposure.notional += usd.abs();
                exposure.gross += usd.abs();
            }
            AssetKind::Receipt { .. } | AssetKind::Token { .. } => {
                exposure.gross += usd * at_risk[i];
                exposure.claims += usd;
            }
            AssetKind::Coin(_) => exposure.gross += usd.max(0.0) * at_risk[i],
            AssetKind::Debt { .. } => {}
        }
    }
    if let Place::Futures(venue) = place {
        exposure.claims += exposure.equity.max(0.0);
        exposure.margin += world.health(venue, account).equity * world.mark(world.settlement(venue));
    }
    exposure
}

/// Exposure of all owners together, and the net worth of each, USD.
#[must_use]
pub fn of_everybody(world: &World) -> (Exposure, Vec<f64>) {
    let at_risk = at_risk(world);
    let mut sum = Exposure::default();
    let equity = world.population.owner_ids().map(|owner| {
        let exposure = of_owner(world, &at_risk, owner);
        sum.add(&exposure);
        exposure.equity
    });
    let equity = equity.collect();
    (sum, equity)
}

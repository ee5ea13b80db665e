//! Leverage seen and leverage had.
//!
//! *Nominal* leverage is what a venue believes: notional over the equity it sees. *Effective* leverage looks through
//! every token to what stands behind it: gross exposure over net worth, where gross exposure is futures notional, plus
//! volatile coins, plus for each token its share of what its issuer holds at risk. A deposit receipt of a stablecoin is
//! at risk with the share of the pool that is lent out; of a volatile coin, in full. An issuer's token is at risk with
//! both legs of the pairs behind it, and with its share of what is at risk behind the tokens that its issuer holds. Plain
//! cash is not at risk.
//!
//! The *reuse multiple* is gross over net claims (total value locked over total value redeemable, Luo et al. 2025): every
//! deposit, token and margin posted counts where it is placed; each layer of a chain counts again, the tokens behind a
//! token or receipt included.

use crate::id::{AccountId, AssetId, OwnerId};
use crate::scenario::{Asset, AssetKind, Place};
use crate::venue::clearing::look_through::Shares;
use crate::venue::clearing::{Costs, least};
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

/// What one USD of each asset stands for through every layer.
#[derive(Clone, Debug)]
pub struct LookThrough {
    /// Exposure to price and credit, USD; above 1 where pairs have two legs at risk.
    pub at_risk: Vec<f64>,
    /// Claims, USD: itself and those behind it. 0 for what is no claim.
    pub layers: Vec<f64>,
}

impl LookThrough {
    /// From balances and marks as they are now.
    #[must_use]
    pub fn of(world: &World) -> Self {
        let (scenario, tokens) = (world.scenario, tokens(world));
        let kind_of = |asset: AssetId| scenario.assets[asset.index()].kind;
        let of = |asset: &Asset| match asset.kind {
            AssetKind::Coin(coin) => (f64::from(!scenario.coins[coin.index()].pegged), 0.0),
            AssetKind::Contract { .. } | AssetKind::Debt { .. } | AssetKind::Lp { .. } => (0.0, 0.0),
            AssetKind::Token { issuer } => tokens[issuer],
            AssetKind::Receipt { pool, reserve } => match kind_of(scenario.pools[pool].reserves[reserve].asset) {
                AssetKind::Coin(coin) if scenario.coins[coin.index()].pegged => (world.utilisation(pool, reserve), 1.0),
                AssetKind::Token { issuer } => (tokens[issuer].0, 1.0 + tokens[issuer].1),
                _ => (1.0, 1.0),
            },
        };
        let of = |asset: &Asset| match asset.kind {
            AssetKind::Lp { amm } => liquidity(world, amm, &|asset: AssetId| of(&scenario.assets[asset.index()])),
            _ => of(asset),
        };
        let (at_risk, layers) = scenario.assets.iter().map(of).unzip();
        Self { at_risk, layers }
    }
}

/// Exposure and claims behind a USD of liquidity: its sides by value, what lies idle as receipts of the savings pool.
fn liquidity(world: &World, amm: usize, of: &dyn Fn(AssetId) -> (f64, f64)) -> (f64, f64) {
    let sides = world.amm_sides(amm);
    let all: f64 = sides.iter().map(|side| side.in_hand + side.idle).sum();
    let (mut at_risk, mut layers) = (0.0, 1.0);
    let idle = world.scenario.amms[amm].idle;
    for (i, side) in sides.iter().enumerate().filter(|_| all > 0.0) {
        let in_hand = of(side.asset);
        let reserve = idle.and_then(|idle| Some(&world.scenario.pools[idle.pool].reserves[idle.reserves[i]?]));
        let in_savings = reserve.map_or((0.0, 0.0), |reserve| of(reserve.receipt));
        at_risk += (side.in_hand * in_hand.0 + side.idle * in_savings.0) / all;
        layers += (side.in_hand * in_hand.1 + side.idle * in_savings.1) / all;
    }
    (at_risk, layers)
}

/// Exposure and claims behind a USD of each issuer's token. An issuer's own exposure is spot and short legs of its pairs; of
/// the exposure of those whose tokens it holds, it has its share ([`Shares`]), and so on.
fn tokens(world: &World) -> Vec<(f64, f64)> {
    let count = world.issuers.len();
    let own: Vec<f64> = (0..count).map(|issuer| issuer_at_risk(world, issuer)).collect();
    let (exposed, layers) = match &world.claims {
        None => (own, vec![1.0; count]),
        Some(claims) => {
            // Tokens that back only each other count as nothing: nobody else holds them.
            let recovery = least(claims, Costs::NONE);
            let (shares, assets) = (Shares::of_claims(claims, &recovery), claims.assets(&recovery));
            let mut layers = gross(&shares, assets.clone());
            layers.iter_mut().zip(&assets).for_each(|(sum, own)| *sum = if *sum > 0.0 { *sum / own } else { 1.0 });
            (gross(&shares, own), layers)
        }
    };
    let owed = |issuer: usize| world.tokens_issued(issuer) * world.mark(world.scenario.issuers[issuer].token);
    let per_owed = |issuer: usize| if owed(issuer) > 0.0 { exposed[issuer] / owed(issuer) } else { 0.0 };
    layers.into_iter().enumerate().map(|(issuer, layers)| (per_owed(issuer), layers)).collect()
}

/// Gross assets. Issuers that hold all of each other back nothing that anybody else has: dust that redemptions have left
/// with them counts as nothing.
fn gross(shares: &Shares, mut own: Vec<f64>) -> Vec<f64> {
    loop {
        match shares.gross(&own) {
            Ok(gross) => return gross,
            Err(closed) if own[closed.issuer] != 0.0 => own[closed.issuer] = 0.0,
            Err(_) => return own,
        }
    }
}

/// Spot and short legs of an issuer's pairs, USD.
fn issuer_at_risk(world: &World, issuer: usize) -> f64 {
    let system = &world.population.system;
    let mut gross = 0.0;
    for account in [Some(system.treasuries[issuer]), system.hedges[issuer], system.stakes[issuer]].into_iter().flatten()
    {
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
    gross
}

/// Exposure of one owner.
#[must_use]
pub fn of_owner(world: &World, through: &LookThrough, owner: OwnerId) -> Exposure {
    let mut sum = Exposure::default();
    for account in world.population.accounts_of(owner) {
        sum.add(&of_account(world, through, account));
    }
    sum
}

fn of_account(world: &World, through: &LookThrough, account: AccountId) -> Exposure {
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
            AssetKind::Receipt { .. } | AssetKind::Token { .. } | AssetKind::Lp { .. } => {
                exposure.gross += usd * through.at_risk[i];
                exposure.claims += usd * through.layers[i];
            }
            AssetKind::Coin(_) => exposure.gross += usd.max(0.0) * through.at_risk[i],
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
    let through = LookThrough::of(world);
    let mut sum = Exposure::default();
    let equity = world.population.owner_ids().map(|owner| {
        let exposure = of_owner(world, &through, owner);
        sum.add(&exposure);
        exposure.equity
    });
    let equity = equity.collect();
    (sum, equity)
}

//! What must hold at the end of every step, asserted in checked runs; that balances add up, at the end of every path.

use crate::scenario::{AssetKind, Leg, Place};
use crate::world::World;

/// All of it.
///
/// # Panics
/// If anything does not hold.
pub fn assert_all(world: &World, path: u64) {
    assert_conserved(world, path);
    assert_nobody_overdrawn(world, path);
    assert_tokens_issued(world, path);
    assert_backed(world, path);
}

/// Every column of the ledger sums to zero.
///
/// # Panics
/// If one does not.
pub fn assert_conserved(world: &World, path: u64) {
    if let Some((asset, sum)) = world.ledger.imbalance() {
        panic!(
            "step {}: column {} sums to {sum}, not 0; replay with: rehypo replay CONFIG --path {} --seed {}",
            world.step,
            world.scenario.assets[asset.index()].name,
            path,
            world.scenario.seed
        );
    }
}

/// Nobody sells tokens that were not issued: the outside has no less than nothing of any, and no issuer took back more
/// than it gave.
fn assert_tokens_issued(world: &World, path: u64) {
    for (issuer, table) in world.scenario.issuers.iter().enumerate() {
        let (outside, issued) = (world.ledger.balance(world.outside(), table.token), world.tokens_issued(issuer));
        assert!(
            outside >= 0.0 && issued >= 0.0,
            "step {}: of {issued} tokens of {} outsiders hold {outside}; replay with: rehypo replay CONFIG --path {} --seed {}",
            world.step,
            table.name,
            path,
            world.scenario.seed
        );
    }
}

/// No issuer promises to pay more per token than it has, out of its own pocket included.
fn assert_backed(world: &World, path: u64) {
    for (issuer, table) in world.scenario.issuers.iter().enumerate() {
        let sheet = world.issuer_sheet(issuer);
        let par = world.mark(world.coin_asset(table.par));
        let payable_usd = world.issuers[issuer].redemption * world.tokens_issued(issuer) * par;
        let backing_usd = sheet.assets_usd() + world.backstop_left_usd(issuer);
        assert!(
            payable_usd <= backing_usd.min(sheet.claims_usd) + 1e-6 * sheet.claims_usd.abs() + 1e-6,
            "step {}: {} would pay {payable_usd} out of {backing_usd}; replay with: rehypo replay CONFIG --path {} --seed {}",
            world.step,
            table.name,
            path,
            world.scenario.seed
        );
    }
}

/// Owners hold no less than nothing of any coin, receipt, token or long leg, no more than nothing of a short leg, and
/// owe no less than nothing; only the settlement coins of a futures account may be negative.
fn assert_nobody_overdrawn(world: &World, path: u64) {
    for account in world.ledger.touched() {
        let Some(owner) = world.population.owner_of(*account) else { continue };
        let place = world.population.accounts[account.index()].place;
        for (asset, balance) in world.scenario.assets.iter().zip(world.ledger.row(*account)) {
            let settles = |coin| matches!(place, Place::Futures(v) if world.scenario.futures[v].collateral.iter().any(|c| c.is_settlement() && c.asset == world.coin_asset(coin)));
            let fine = match asset.kind {
                AssetKind::Contract { venue, contract } => {
                    match world.scenario.futures[venue].contracts[contract].leg {
                        Leg::Both => true,
                        Leg::Long => *balance >= 0.0,
                        Leg::Short => *balance <= 0.0,
                    }
                }
                AssetKind::Coin(coin) => *balance >= 0.0 || settles(coin),
                AssetKind::Receipt { .. } | AssetKind::Token { .. } | AssetKind::Lp { .. } => *balance >= 0.0,
                AssetKind::Debt { .. } => *balance <= 0.0,
            };
            assert!(
                fine,
                "step {}: {owner:?} holds {balance} {} at {place:?}; replay with: rehypo replay CONFIG --path {} --seed {}",
                world.step, asset.name, path, world.scenario.seed
            );
        }
    }
}

//! The workload PB-1 as a world of this engine: a book of accounts at one futures venue, whose sales move the price of the
//! next step.
//!
//! Of a step with exogenous log return `x`, after a step in which `F` USD net were sold:
//! `S *= exp(x - clip(kappa F / depth, -cap, cap))`; every account with `cash + (1 - haircut) coin S + position (S - 1)`
//! below `rate |position| S` is closed out in full at `S`, its coins are sold with it, `fee |position| S` is due, and what
//! an account is not worth of that is bad debt.
//!
//! In terms of the venue: multi-assets mode; one bracket; `liquidation.close = "account"`; the fee is the clearance fee; the
//! world is that without feedback, so within a step nobody moves the price. `F` is what the outside has come to hold in coins and contracts.
//! Bad debt is what the insurance fund paid and what accounts were not worth of fees.

use rehypo::engine::{Simulation, Workspace};
use rehypo::id::AssetId;
use rehypo::scenario::{AssetKind, ConfigError, Loaded, Variant, load_text};
use rehypo::world::World;
use std::fmt::Write;
use std::path::Path;

/// The terms and accounts of an instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// USD of net sales that move the price by about `kappa`.
    pub depth_usd: f64,
    /// Maintenance margin rate.
    pub rate: f64,
    /// Fee on liquidated notional.
    pub fee: f64,
    /// Share of the value of coins that counts as margin.
    pub counts: f64,
    /// Impact of net sales of the size of the depth.
    pub kappa: f64,
    /// Largest impact in a step.
    pub cap: f64,
    /// Cash of each account, USD.
    pub cash_usd: Vec<f64>,
    /// Coins of each account.
    pub coins: Vec<f64>,
    /// Position of each account, coins, entered at 1 USD.
    pub positions: Vec<f64>,
}

/// What a path left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Left {
    /// Accounts closed out.
    pub liquidated: u32,
    /// Bad debt, USD.
    pub bad_usd: f64,
    /// Price after the last step.
    pub final_price: f64,
    /// Lowest price after any step, the opening included.
    pub lowest_price: f64,
    /// Most accounts closed out in a step.
    pub most_in_a_step: u32,
}

/// Writes an instance as a book and a bracket table into a folder, and loads the scenario that they make.
///
/// # Errors
/// If the engine refuses the terms or the book.
pub fn load(instance: &Instance, folder: &Path) -> Result<Loaded, ConfigError> {
    let Instance { rate, fee, counts, .. } = instance;
    let mut book = String::from("owner,place,asset,amount,entry_price_usd\n");
    let accounts = instance.cash_usd.iter().zip(&instance.coins).zip(&instance.positions);
    for (i, ((cash_usd, coins), position)) in accounts.enumerate() {
        for (asset, amount, entry) in [("usdt", cash_usd, ""), ("coin", coins, ""), ("coin-perp", position, "1")] {
            if *amount != 0.0 {
                writeln!(book, "a{i},venue,{asset},{amount},{entry}").expect("a string takes what is written");
            }
        }
    }
    let brackets = format!(
        r#"{{"COIN/USDT:USDT":[{{"minNotional":0,"maxNotional":1e15,"maintenanceMarginRate":{rate},"maxLeverage":50}}]}}"#
    );
    for (file, text) in [("book.csv", book), ("brackets.json", brackets)] {
        std::fs::write(folder.join(file), text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    }
    // No loss of all accounts together is beyond a fund of this size: nobody is deleveraged.
    let fund_usd: f64 = instance.positions.iter().map(|position| position.abs()).sum();
    let text = format!(
        r#"
name = "pb1"
run = {{ paths = 1, seed = 1, horizon = "1d", step = "1m", counterfactuals = [] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, coin = {{ price_usd = 1.0 }} }}
prices.gbm.volatility_per_year = {{ coin = 1.0 }}
markets.coin.spot.linear = {{ depth_1pct_usd = 1.0, permanent_share = 0.0, recovery_half_life = "1h" }}
markets.coin.perp.linear = {{ depth_1pct_usd = 1.0, permanent_share = 0.0, recovery_half_life = "1h" }}
[venues.venue.futures]
settlement = "usdt"
brackets = "brackets.json"
insurance_funds.general = {{ opening_usd = {fund_usd:?} }}
contracts.coin-perp = {{ coin = "coin", symbol = "COIN/USDT:USDT", clearance_fee = {fee:?}, taker_fee = 0.0 }}
collateral = {{ usdt = {{ ratio = 1.0 }}, coin = {{ ratio = {counts:?} }} }}
liquidation.close = "account"
funding.interest_8h = 0.0
[[cohorts]]
name = "book"
book = "book.csv"
"#
    );
    load_text(&text, folder, "pb1", &[])
}

/// Walks a path with these exogenous log returns.
#[must_use]
pub fn walk(
    instance: &Instance,
    simulation: &Simulation,
    path: u64,
    returns: &[f64],
    workspace: &mut Workspace,
) -> Left {
    let mut walk = simulation.walk(path, Variant::NoFeedback, workspace);
    let assets = walk.world().scenario.assets.iter().enumerate();
    let risky =
        |kind| matches!(kind, AssetKind::Coin(coin) if coin.0 == 1) || matches!(kind, AssetKind::Contract { .. });
    let risky: Vec<AssetId> = assets.filter(|(_, a)| risky(a.kind)).map(|(i, _)| AssetId::at(i)).collect();
    let (mut price, mut sold_usd) = (1.0, 0.0);
    let mut left = Left { liquidated: 0, bad_usd: 0.0, final_price: 1.0, lowest_price: 1.0, most_in_a_step: 0 };
    let held = |world: &World| -> f64 { risky.iter().map(|asset| world.ledger.balance(world.outside(), *asset)).sum() };
    let mut before = held(walk.world());
    for exogenous in returns {
        let impact = (instance.kappa * sold_usd / instance.depth_usd).clamp(-instance.cap, instance.cap);
        price *= libm::exp(exogenous - impact);
        walk.step(&[1.0, price]);
        let world = walk.world();
        let now = held(world);
        (sold_usd, before) = ((now - before) * price, now);
        let liquidated = world.tally.liquidated_owners;
        left.most_in_a_step = left.most_in_a_step.max(liquidated - left.liquidated);
        left.liquidated = liquidated;
        left.lowest_price = left.lowest_price.min(price);
    }
    let world = walk.world();
    assert_eq!(world.ledger.imbalance(), None, "every column adds up to zero");
    let venue = &world.tally.futures[0];
    (left.final_price, left.bad_usd) = (price, venue.fund_paid_usd + venue.fees_unpaid_usd);
    left
}

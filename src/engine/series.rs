//! The series of a path: one row of numbers per step, the opening first.

use crate::outcome::SeriesName;
use crate::scenario::Scenario;
use crate::world::World;

/// The columns of a row, in order.
#[must_use]
pub fn names(scenario: &Scenario) -> Vec<SeriesName> {
    let mut names = Vec::new();
    let mut add = |series: &'static str, entity: &str| names.push(SeriesName { series, entity: entity.into() });
    for coin in &scenario.coins {
        add("spot_price_usd", &coin.name);
    }
    for venue in &scenario.futures {
        for contract in &venue.contracts {
            add("mark_price_usd", &contract.name);
        }
        add("insurance_fund_usd", &venue.name);
    }
    for series in [
        "liquidated_usd",
        "liquidated_cumulative_usd",
        "liquidated_owners",
        "adl_usd",
        "open_interest_usd",
        "left_owners",
        "flight_usd",
    ] {
        add(series, "");
    }
    for pool in &scenario.pools {
        for series in ["utilisation", "supplied_usd", "cash_usd"] {
            for reserve in &pool.reserves {
                add(series, &format!("{}/{}", pool.name, scenario.assets[reserve.asset.index()].name));
            }
        }
        add("unpaid_usd", &pool.name);
        add("bad_debt_usd", &pool.name);
    }
    for issuer in &scenario.issuers {
        let token = &scenario.assets[issuer.token.index()].name;
        for series in
            ["token_price_usd", "token_discount", "token_redemption_usd", "issuer_cash_usd", "issuer_queue_usd"]
        {
            add(series, token);
        }
    }
    names
}

/// Appends the row of the world now, in the order of [`names`].
pub fn record(world: &World, row: &mut Vec<f64>) {
    let scenario = world.scenario;
    row.extend(scenario.coins.iter().map(|coin| world.mark(coin.asset)));
    for (venue, table) in scenario.futures.iter().enumerate() {
        let unit = world.mark(world.settlement(venue));
        row.extend(world.futures[venue].marks.price.iter().map(|price| price * unit));
        debug_assert_eq!(world.futures[venue].marks.price.len(), table.contracts.len());
        row.push(world.funds_usd(venue));
    }
    let tally = &world.tally;
    row.extend([
        tally.step_liquidated_usd,
        tally.liquidated_usd,
        f64::from(tally.liquidated_owners),
        tally.step_adl_usd,
    ]);
    row.extend([world.open_interest_usd(), f64::from(tally.left_owners), tally.flight_usd]);
    for (pool, table) in scenario.pools.iter().enumerate() {
        let at = world.population.system.pools[pool];
        let usd = |asset| world.ledger.balance(at, asset) * world.mark(asset);
        row.extend((0..table.reserves.len()).map(|reserve| world.utilisation(pool, reserve)));
        row.extend(table.reserves.iter().map(|reserve| -usd(reserve.receipt)));
        row.extend(table.reserves.iter().map(|reserve| usd(reserve.asset)));
        row.push(world.unpaid_usd(pool));
        row.push(tally.pools[pool].bad_debt_usd);
    }
    for (issuer, table) in scenario.issuers.iter().enumerate() {
        let par = world.mark(world.coin_asset(table.par));
        row.extend([world.mark(table.token), world.token_discount(issuer), world.issuers[issuer].redemption * par]);
        row.extend([world.issuer_cash(issuer) * par, world.issuers[issuer].waiting * par]);
    }
}

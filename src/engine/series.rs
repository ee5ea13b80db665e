//! The series of a path: one row of numbers per step, the opening first.

use crate::outcome::SeriesName;
use crate::scenario::Scenario;
use crate::world::World;

/// What is followed of an issuer's token, in order.
const ISSUER_SERIES: [&str; 13] = [
    "token_price_usd",
    "token_discount",
    "token_redemption_usd",
    "issuer_cash_usd",
    "issuer_queue_usd",
    "issuer_spot_usd",
    "issuer_hedge_usd",
    "issuer_staked_usd",
    "issuer_held_tokens_usd",
    "issuer_reserve_usd",
    "issuer_claims_usd",
    "issuer_backstop_used_usd",
    "redemption_wait_hours",
];

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
        "endogenous_cumulative_usd",
        "absorbed_cumulative_usd",
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
        for series in ISSUER_SERIES {
            add(series, token);
        }
    }
    for amm in &scenario.amms {
        let names = [amm.lp, amm.assets[0], amm.assets[1]].map(|asset| scenario.assets[asset.index()].name.as_str());
        add("lp_price_usd", names[0]);
        add("reserve_usd", &format!("{}/{}", amm.name, names[1]));
        add("reserve_usd", &format!("{}/{}", amm.name, names[2]));
        add("unburned_usd", &amm.name);
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
        tally.endogenous_usd,
        tally.absorbed_usd,
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
        let (sheet, state) = (world.issuer_sheet(issuer), &world.issuers[issuer]);
        row.extend([sheet.cash_usd, state.waiting * state.redemption * par, sheet.spot_usd, sheet.hedge_usd]);
        row.extend([sheet.staked_usd, sheet.held_tokens_usd, sheet.reserve_usd, sheet.claims_usd]);
        row.extend([sheet.backstop_used_usd, world.redemption_wait(issuer) / 3600.0]);
    }
    for (amm, table) in scenario.amms.iter().enumerate() {
        row.push(world.mark(table.lp));
        row.extend(world.amm_sides(amm).map(|side| side.in_hand + side.idle));
        row.push(world.amms[amm].refused_usd);
    }
}

//! Openings that are refused: accounts in liquidation before anything has happened.

use crate::id::{AccountId, OwnerId};
use crate::population::OpeningError;
use crate::scenario::{Place, Source, Step};
use crate::venue::margin::Health;
use crate::world::World;

/// Neither a real book nor anyone with a loan inside an account must open in liquidation.
pub(super) fn refuse_liquidated(world: &World) -> Result<(), OpeningError> {
    for (i, account) in world.population.accounts.iter().enumerate() {
        let account_id = AccountId::at(i);
        let Some(owner) = world.population.owner_of(account_id) else { continue };
        let cohort = &world.scenario.cohorts[world.population.owners[owner.index()].cohort.index()];
        let borrows = |step: &Step| matches!(step, Step::MarginLoan { .. } | Step::Borrow { .. });
        if matches!(&cohort.source, Source::Drawn { chain, .. } if !chain.iter().any(borrows)) {
            continue;
        }
        let why = match account.place {
            Place::Futures(venue) => {
                let health = world.health(venue, account_id);
                health.is_breached().then(|| ratio(health))
            }
            Place::Pool(pool) => {
                let sums = world.loan(pool, account_id);
                (sums.health() < 1.0)
                    .then(|| format!("loan-to-value {:.1} %, health factor {:.3}", 100.0 * sums.ltv(), sums.health()))
            }
            Place::Wallet => None,
        };
        if let Some(why) = why {
            return Err(OpeningError::AlreadyLiquidated {
                cohort: cohort.name.clone(),
                owner: name_of(world, owner),
                why,
            });
        }
    }
    Ok(())
}

/// A coin that counts for less than the token in whose place `no_reuse` puts it must not liquidate anybody.
pub(super) fn refuse_liquidated_without_reuse(world: &World) -> Result<(), OpeningError> {
    for (i, account) in world.population.accounts.iter().enumerate() {
        let id = AccountId::at(i);
        let (Place::Futures(venue), Some(owner)) = (account.place, world.population.owner_of(id)) else { continue };
        let health = world.health(venue, id);
        let Some((token, coin)) = health.is_breached().then(|| replaced(world, venue, id)).flatten() else { continue };
        let name = |at: usize| &world.scenario.assets[world.scenario.futures[venue].collateral[at].asset.index()].name;
        let venue = &world.scenario.futures[venue].name;
        return Err(OpeningError::NoReuseLiquidated {
            cohort: world.scenario.cohorts[world.population.owners[owner.index()].cohort.index()].name.clone(),
            owner: name_of(world, owner),
            why: format!(
                "{}: it posts `{}`, of which {:.2} % counts, in the place of `{}`, of which {:.2} % does",
                ratio(health),
                name(coin.collateral),
                100.0 * coin.share,
                name(token.collateral),
                100.0 * token.share,
            ),
            remedy: format!(
                "raise the ratio of `{}` in venues.{venue}.futures.collateral to that of `{}`",
                name(coin.collateral),
                name(token.collateral),
            ),
        });
    }
    Ok(())
}

/// How an amount of a collateral counts.
struct Counted {
    /// Position in the venue's collateral.
    collateral: usize,
    /// Share of its index value.
    share: f64,
    /// Value as margin, in the unit of the index.
    value: f64,
}

/// Of the tokens that an account posts in the full world, that whose replacement costs it most, and the coin in its place;
/// of equals the first.
fn replaced(world: &World, venue: usize, account: AccountId) -> Option<(Counted, Counted)> {
    let (scenario, table, marks) = (world.scenario, &world.scenario.futures[venue], &world.futures[venue].marks);
    let counted = |collateral: usize, units: f64| {
        let worth = units * marks.index[collateral];
        let value = table.collateral[collateral].value(worth, marks.unit_usd);
        Counted { collateral, share: value / worth, value }
    };
    let pairs = table.collateral.iter().enumerate().filter_map(|(at, token)| {
        let units = world.population.opening.balance(account, token.asset);
        let coin = scenario.coin_asset(scenario.coin_behind(token.asset).filter(|_| units > 0.0)?);
        let instead = table.collateral.iter().position(|collateral| collateral.asset == coin)?;
        Some((counted(at, units), counted(instead, units)))
    });
    let cost = |(token, coin): &(Counted, Counted)| token.value - coin.value;
    pairs.reduce(|most, pair| if cost(&pair) > cost(&most) { pair } else { most })
}

/// How an account stands, in words.
fn ratio(health: Health) -> String {
    match health.margin_ratio() {
        ratio if ratio.is_finite() => format!("margin ratio {:.1} %", 100.0 * ratio),
        _ => "no equity".to_owned(),
    }
}

/// An owner's name in a real book, or number.
fn name_of(world: &World, owner: OwnerId) -> String {
    match world.population.owners[owner.index()].name.as_str() {
        "" => owner.index().to_string(),
        name => name.to_owned(),
    }
}

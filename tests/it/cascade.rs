//! The cascade loop against laws that such loops obey exactly: the size law of a branching cascade, tipping points,
//! published fire sales, the loss distribution of a portfolio; and what is recorded of each cascade.

mod fire_sale;
mod ladder;
mod portfolio;
mod records;
mod size_law;
mod tipping;

use rehypo::price::{Grid, PriceModel, Scripted};
use rehypo::scenario::Scenario;
use rehypo::scenario::spec::{PointSpec, ScriptedSpec};
use rehypo::unit::{Positive, Span};

/// Prices of a scenario that stay at their openings, but for those of coin `btc`: from the first step on they stand there.
fn standing_at(world: &Scenario, btc_usd: Option<f64>) -> PriceModel {
    let opening_usd = world.coins.iter().map(|coin| coin.opening_usd).collect();
    let grid = Grid { opening_usd, steps: world.steps, step_seconds: world.step_seconds };
    let point = |usd| PointSpec {
        at: Span::from_seconds(world.step_seconds as u64),
        price_usd: Positive::try_from(usd).expect("a price"),
    };
    let points = btc_usd.map(|usd| ("btc".to_owned(), vec![point(usd)])).into_iter().collect();
    PriceModel::Scripted(Scripted::build(&ScriptedSpec { points }, &world.coins, &grid).expect("points in order"))
}

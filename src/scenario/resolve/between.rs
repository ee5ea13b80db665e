//! What is seen between steps: whether the price law and the venues can be looked at there.

use super::super::Futures;
use super::super::key::KeyPath;
use super::super::source::Problem;
use super::super::spec::{BetweenStepsSpec, Spec};
use crate::price::{Between, PriceModel};

/// Checks `[engine] between_steps` against the law and the venues; what draws the ends of steps, if they are seen.
pub(super) fn resolve(
    spec: &Spec,
    prices: Option<&PriceModel>,
    futures: &[Futures],
    problems: &mut Vec<Problem>,
) -> Option<Between> {
    if spec.engine.between_steps == BetweenStepsSpec::Unseen {
        return None;
    }
    let path = KeyPath::root().key("engine").key("between_steps");
    if let Some(waits) = futures.iter().find(|venue| venue.liquidation.may_wait()) {
        let message = format!(
            "at `{}` a close-out can wait (delay, halts or closes_per_step), so it is not at the price of the breach",
            waits.name
        );
        problems.push(Problem::new(&path, message).help("write between_steps = \"unseen\", or leave these out there"));
    }
    let between = prices?.between();
    if between.is_none() {
        let message = "this law of prices is not seen between steps: expected `[prices.gbm]`";
        problems.push(Problem::new(&path, message).help("write between_steps = \"unseen\" and make the step shorter"));
    }
    between
}

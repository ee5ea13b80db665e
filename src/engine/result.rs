//! What a path leaves: its totals, and who lost what in which layer.

use super::exposure;
use super::path::Opening;
use crate::id::AccountId;
use crate::outcome::{Layer, Outcome};
use crate::world::World;

/// The outcome of the path that a world has gone through; `series` is what was followed of it.
pub fn outcome(world: &mut World, opening: &Opening, series: Vec<f64>) -> Outcome {
    let (closing, mut owner_loss_usd) = exposure::of_everybody(world);
    for (loss, then) in owner_loss_usd.iter_mut().zip(&opening.equity_usd) {
        *loss = then - *loss;
    }
    let losses_usd = losses(world);
    let open_interest_usd = (opening.open_interest_usd, world.open_interest_usd());
    let open_claims_usd = world.open_claims_usd();
    let not_due: Vec<f64> = (0..world.pools.len()).map(|pool| world.not_due_usd(pool)).collect();
    let sheets: Vec<_> = (0..world.issuers.len()).map(|issuer| world.issuer_sheet(issuer)).collect();
    let tally = &mut world.tally;
    for (outcome, usd) in tally.pools.iter_mut().zip(not_due) {
        outcome.not_due_end_usd = usd;
    }
    for (outcome, usd) in tally.issuers.iter_mut().zip(open_claims_usd) {
        outcome.open_claims_usd = usd;
    }
    for (outcome, lending) in tally.pools.iter_mut().zip(&opening.lending_usd) {
        outcome.requested_usd = outcome.paid_usd + outcome.unpaid_end_usd + outcome.not_due_end_usd;
        (outcome.placed_open_usd, outcome.lent_open_usd, outcome.yield_open_usd) = *lending;
    }
    for ((outcome, opening), end) in tally.issuers.iter_mut().zip(&opening.issuer_sheets).zip(sheets) {
        (outcome.opening, outcome.end) = (*opening, end);
    }
    Outcome {
        variant: world.variant,
        liquidated_usd: tally.liquidated_usd,
        first_round_usd: tally.first_round_usd,
        endogenous_usd: tally.endogenous_usd,
        phases: tally.phases(),
        first_half_hour_usd: tally.first_half_hour_usd,
        liquidated_long_usd: tally.liquidated_long_usd,
        absorbed_usd: tally.absorbed_usd,
        generations: tally.generations,
        peak_step_usd: tally.peak.0,
        peak_step: tally.peak.1,
        rounds: tally.rounds,
        forced_steps: tally.forced_steps,
        liquidated_owners: tally.liquidated_owners,
        owners: world.population.owners.len() as u32,
        auto_exchanged_usd: tally.auto_exchanged_usd,
        loans_liquidated_usd: tally.loans_liquidated_usd,
        flight_usd: tally.flight_usd,
        largest_price_gap: tally.largest_price_gap,
        open_interest_usd,
        pools: tally.pools.clone(),
        futures: tally.futures.clone(),
        issuers: tally.issuers.clone(),
        wealth_usd: opening.exposure.equity,
        final_wealth_usd: closing.equity,
        losses_usd,
        adl_paid_usd: tally.adl_paid_usd.clone(),
        owner_loss_usd,
        owner_liquidated: tally.liquidated.clone(),
        effective_leverage: (opening.exposure.effective_leverage(), closing.effective_leverage()),
        reuse_multiple: (opening.exposure.reuse_multiple(), closing.reuse_multiple()),
        events: std::mem::take(&mut tally.events),
        series,
    }
}

/// Loss per cohort and layer. A layer of holdings loses what its assets were worth at the opening, plus what came in by
/// transfers, less what they are worth now; a cause loses the net value that transfers gave away, each valued at the
/// marks of its time. The layers add up to the change in net worth.
fn losses(world: &World) -> Vec<[f64; Layer::ALL.len()]> {
    let opening = world.opening_ledger();
    let mut losses = world.tally.inflow_usd.clone();
    for account in (0..world.population.accounts.len()).map(AccountId::at) {
        let Some(owner) = world.population.owner_of(account) else { continue };
        let cohort = world.population.owners[owner.index()].cohort.index();
        let (then, now) = (opening.row(account), world.ledger.row(account));
        for (a, (then, now)) in then.iter().zip(now).enumerate() {
            if *then != 0.0 || *now != 0.0 {
                let layer = world.layer_of(a) as usize;
                losses[cohort][layer] += then * world.opening_marks[a] - now * world.marks[a];
            }
        }
    }
    losses
}

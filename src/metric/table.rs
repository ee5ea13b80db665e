//! The metrics themselves, a table to be read from top to bottom: loss, leverage, cascade, run, tokens, solvency.
//! To add one, add a row: columns, docs, `rehypo list metrics` and `summary.json` follow.

use super::{Clock, Comparison, Metric};
use crate::outcome::{FuturesOutcome, IssuerOutcome, Layer, Outcome, PoolOutcome};
use crate::scenario::Variant;

/// Every metric.
#[rustfmt::skip]
pub const METRICS: &[Metric] = &[
    high("loss_usd", "USD", "Loss of owners",
        "Net worth of all owners at the opening less at the end; a gain is negative.",
        |o, _| o.wealth_usd - o.final_wealth_usd),
    high("loss_share", "share", "Loss of owners",
        "`loss_usd` over the opening net worth of all owners.",
        |o, _| ratio(o.wealth_usd - o.final_wealth_usd, o.wealth_usd)),
    high("loss_coins_usd", "USD", "Loss on coins",
        "Part of the loss: price change of coins held, loans excluded.",
        |o, _| layer(o, Layer::Coins)),
    high("loss_savings_usd", "USD", "Loss on savings",
        "Part of the loss: deposit receipts, write-downs less interest earned.",
        |o, _| layer(o, Layer::Savings)),
    high("loss_loans_usd", "USD", "Loss on loans",
        "Part of the loss: interest owed and price change of borrowed coins.",
        |o, _| layer(o, Layer::Loans)),
    high("loss_tokens_usd", "USD", "Loss on tokens",
        "Part of the loss: discount of issued tokens, and price change of the coin behind them.",
        |o, _| layer(o, Layer::Tokens)),
    high("loss_futures_usd", "USD", "Loss on futures",
        "Part of the loss: price change and funding of contracts.",
        |o, _| layer(o, Layer::Futures)),
    high("loss_liquidation_usd", "USD", "Loss in forced sales",
        "Part of the loss: value given up in forced sales (slippage, fees, haircuts, take-overs, deleveraging).",
        |o, _| layer(o, Layer::Liquidation)),
    high("loss_exit_usd", "USD", "Loss in leaving",
        "Part of the loss: value given up in leaving and topping up by choice (slippage and fees).",
        |o, _| layer(o, Layer::Exit)),
    low("wealth_end_usd", "USD", "Net worth of owners at the end",
        "Net worth of all owners at the end.",
        |o, _| o.final_wealth_usd),

    high("effective_leverage_open_x", "x", "Effective leverage at the opening",
        "Gross exposure, looking through every token, over net worth: all owners together, at the opening.",
        |o, _| o.effective_leverage.0),
    high("effective_leverage_end_x", "x", "Effective leverage at the end",
        "The same at the end.",
        |o, _| o.effective_leverage.1),
    high("reuse_multiple_open_x", "x", "Reuse multiple at the opening",
        "Gross claims over net claims of the whole system at the opening: how often the same capital is counted.",
        |o, _| o.reuse_multiple.0),
    high("reuse_multiple_end_x", "x", "Reuse multiple at the end",
        "The same at the end.",
        |o, _| o.reuse_multiple.1),

    high("liquidated_usd", "USD", "Futures closed by force",
        "Notional of futures positions closed by force.",
        |o, _| o.liquidated_usd),
    high("liquidated_share", "share", "Futures closed by force over open interest",
        "`liquidated_usd` over the opening open interest (longs only).",
        |o, _| ratio(o.liquidated_usd, o.open_interest_usd.0)),
    high("liquidated_owners", "count", "Owners hit by a forced close",
        "Owners hit by at least one forced close at a futures venue or pool.",
        |o, _| f64::from(o.liquidated_owners)),
    high("liquidated_owner_share", "share", "Owners hit by a forced close",
        "`liquidated_owners` over all owners.",
        |o, _| ratio(f64::from(o.liquidated_owners), f64::from(o.owners))),
    high("first_round_usd", "USD", "Closed in first rounds",
        "Part of `liquidated_usd` closed in the first round of a step: set off by the outside price.",
        |o, _| o.first_round_usd),
    high("branching_ratio", "share", "Branching ratio",
        "Share of `liquidated_usd` that earlier closes of the same step set off: 1 - `first_round_usd` / `liquidated_usd`; what lasting impact sets off in later steps is in `endogenous_share`.",
        |o, _| 1.0 - ratio(o.first_round_usd, o.liquidated_usd)),
    high("endogenous_usd", "USD", "Set off by our own sales",
        "Part of `liquidated_usd` in accounts that would not have been in breach at the marks of the same outside prices on books without impact.",
        |o, _| o.endogenous_usd),
    high("endogenous_share", "share", "Set off by our own sales",
        "`endogenous_usd` over `liquidated_usd`: the branching ratio of the whole path, later steps included; null if nothing was closed.",
        |o, _| ratio(o.endogenous_usd, o.liquidated_usd)),
    high("endogenous_share_early", "share", "Set off by our own sales, first third",
        "The same over the first third of the time from the first step with a forced close to the last, both included; null if nothing was closed in it.",
        |o, _| ratio(o.phases[0].endogenous_usd, o.phases[0].usd)),
    high("endogenous_share_middle", "share", "Set off by our own sales, second third",
        "The same over the second third.",
        |o, _| ratio(o.phases[1].endogenous_usd, o.phases[1].usd)),
    high("endogenous_share_late", "share", "Set off by our own sales, last third",
        "The same over the last third.",
        |o, _| ratio(o.phases[2].endogenous_usd, o.phases[2].usd)),
    high("generations", "count", "Generations of forced closes",
        "Largest generation of a forced close: 0 where the outside price alone brought the account down, else one more than the largest of earlier rounds of the cascade, an unbroken run of steps with forced closes.",
        |o, _| f64::from(o.generations)),
    high("first_half_hour_share", "share", "Closed in the first half hour",
        "Part of `liquidated_usd` closed in the 30 minutes that begin with the first step with a forced close (in that step where steps are longer); null if nothing was closed.",
        |o, _| ratio(o.first_half_hour_usd, o.liquidated_usd)),
    high("liquidated_long_share", "share", "Longs among those closed by force",
        "Longs' part of `liquidated_usd`; null if nothing was closed.",
        |o, _| ratio(o.liquidated_long_usd, o.liquidated_usd)),
    low("absorbed_usd", "USD", "Absorbed off the book",
        "Part of `liquidated_usd` that did not meet the book at once: the backstop's share of orders, and what insurance funds took over or deleveraging closed.",
        |o, _| o.absorbed_usd),
    low("absorbed_share", "share", "Absorbed off the book",
        "`absorbed_usd` over `liquidated_usd`; null if nothing was closed.",
        |o, _| ratio(o.absorbed_usd, o.liquidated_usd)),
    high("rounds", "count", "Rounds in the longest cascade",
        "Largest number of rounds in one step.",
        |o, _| f64::from(o.rounds)),
    high("peak_step_usd", "USD", "Most closed in one step",
        "Most notional closed by force in one step.",
        |o, _| o.peak_step_usd),
    low("peak_hours", "hours", "Time of the peak",
        "Hours from the start to the step of `peak_step_usd`; null if nothing was closed.",
        |o, clock| if o.peak_step == 0 { f64::NAN } else { clock.hours(f64::from(o.peak_step)) }),
    high("cascade_hours", "hours", "First to last forced close",
        "Hours from the first to the last step with a forced close, both included; 0 if there was none.",
        |o, clock| o.forced_steps.map_or(0.0, |(first, last)| clock.hours(f64::from(last - first + 1)))),
    high("liquidation_backlog", "count", "Accounts waiting for a close-out",
        "Most accounts in breach that waited for a close-out at the end of a step, for want of throughput, by delay or in a halt; each futures venue at its own worst moment.",
        |o, _| futures(o, |f| f64::from(f.backlog_max))),
    high("auto_exchanged_usd", "USD", "Collateral sold by venues",
        "Collateral sold by futures venues to cover negative balances.",
        |o, _| o.auto_exchanged_usd),
    high("loans_liquidated_usd", "USD", "Loans closed by force",
        "Debt repaid by forced loan liquidations.",
        |o, _| o.loans_liquidated_usd),
    low("largest_price_gap", "share", "Largest price gap",
        "Lowest price of any coin or contract on its book over its outside price, less one: what our own selling did at worst.",
        |o, _| o.largest_price_gap),
    high("open_interest_open_usd", "USD", "Open interest at the opening",
        "Open interest at the opening, longs only.",
        |o, _| o.open_interest_usd.0),
    low("open_interest_end_usd", "USD", "Open interest at the end",
        "Open interest at the end, longs only.",
        |o, _| o.open_interest_usd.1),
    high("open_interest_drop_share", "share", "Fall of open interest",
        "Open interest at the end over that at the opening, from 1: closes and prices together.",
        |o, _| 1.0 - ratio(o.open_interest_usd.1, o.open_interest_usd.0)),

    high("pool_run", "0/1", "A withdrawal failed",
        "1 if a withdrawal from any pool was not paid in full, else 0; its mean is the probability of a run.",
        |o, _| f64::from(u8::from(o.pools.iter().any(|p| p.first_failed_step.is_some())))),
    low("first_failed_hours", "hours", "Time to the first failed withdrawal",
        "Hours to the first withdrawal that was not paid in full; null if there was none.",
        |o, clock| first_failed(o).map_or(f64::NAN, |step| clock.hours(f64::from(step)))),
    high("requested_usd", "USD", "Withdrawals asked for",
        "Withdrawals asked for, all pools.",
        |o, _| pools(o, |p| p.requested_usd)),
    high("paid_usd", "USD", "Withdrawals paid",
        "Withdrawals paid, all pools.",
        |o, _| pools(o, |p| p.paid_usd)),
    high("unpaid_peak_usd", "USD", "Most withdrawals unpaid",
        "Most that was asked for and not yet paid; each pool at its own worst moment.",
        |o, _| pools(o, |p| p.unpaid_peak_usd)),
    high("unpaid_end_usd", "USD", "Withdrawals unpaid at the end",
        "Withdrawals asked for and not paid at the end.",
        |o, _| pools(o, |p| p.unpaid_end_usd)),
    high("unpaid_end_share", "share", "Withdrawals unpaid at the end",
        "`unpaid_end_usd` over `requested_usd`; null if nothing was asked for.",
        |o, _| ratio(pools(o, |p| p.unpaid_end_usd), pools(o, |p| p.requested_usd))),
    high("not_due_end_usd", "USD", "Withdrawals not due yet at the end",
        "Withdrawals asked for that are still lent for a term at the end (peer-to-peer lending): part of what was asked for, neither paid nor unpaid.",
        |o, _| pools(o, |p| p.not_due_end_usd)),
    high("dry_hours", "hours", "Time dry",
        "Hours at whose end a withdrawal was waiting or had been refused; of several pools the longest.",
        |o, clock| o.pools.iter().map(|p| clock.hours(f64::from(p.dry_steps))).fold(0.0, f64::max)),
    high("utilisation_max", "share", "Highest utilisation",
        "Highest utilisation of any reserve of any pool; null without pools.",
        |o, _| o.pools.iter().map(|p| p.utilisation_max).fold(f64::NAN, f64::max)),

    low("token_discount_worst", "share", "Worst token discount",
        "Lowest market price of an issued token over par, less one; null without tokens.",
        |o, _| o.issuers.iter().map(|i| i.worst_discount).fold(f64::NAN, f64::min)),
    high("gated_hours", "hours", "Time gated",
        "Hours in which fast redemption was closed while somebody wanted it; of several issuers the longest.",
        |o, clock| o.issuers.iter().map(|i| clock.hours(f64::from(i.gated_steps))).fold(0.0, f64::max)),
    high("suspended_hours", "hours", "Time suspended",
        "Hours in which an issuer had suspended all redemption; of several issuers the longest.",
        |o, clock| o.issuers.iter().map(|i| clock.hours(f64::from(i.suspended_steps))).fold(0.0, f64::max)),
    high("redeemed_usd", "USD", "Tokens redeemed",
        "Redemptions paid by issuers.",
        |o, _| issuers(o, |i| i.redeemed_usd)),
    high("queue_peak_usd", "USD", "Longest redemption queue",
        "Most that waited for redemption; each issuer at its own worst moment.",
        |o, _| issuers(o, |i| i.queue_peak_usd)),
    high("issuer_shortfall_usd", "USD", "Shortfall of issuers",
        "Claims over assets of issuers; each at its own worst moment, 0 if always covered.",
        |o, _| issuers(o, |i| i.shortfall_usd)),
    high("backstop_used_usd", "USD", "Paid by issuers themselves",
        "What issuers paid in out of their own pocket so that holders did not lose.",
        |o, _| issuers(o, |i| i.end.backstop_used_usd)),
    high("open_claims_usd", "USD", "Claims of issuers on each other with nothing behind",
        "Tokens at the end that only issuers hold, each backed by the others alone: the greatest value that clears less the least.",
        |o, _| issuers(o, |i| i.open_claims_usd)),

    low("capital_efficiency_open", "share", "Capital efficiency at the opening",
        "Loans over deposits and idle collateral of all lending venues at the opening: how much of what is placed is lent; null without any.",
        |o, _| ratio(pools(o, |p| p.lent_open_usd), pools(o, |p| p.placed_open_usd))),
    low("deposit_yield_open_per_year", "share", "Yield of what is placed at the opening",
        "Interest that a year of the opening rates pays to depositors, over deposits and idle collateral of all lending venues; null without any.",
        |o, _| ratio(pools(o, |p| p.yield_open_usd), pools(o, |p| p.placed_open_usd))),

    high("bad_debt_usd", "USD", "Bad debt of pools",
        "Debt to pools that no collateral covered, written off.",
        |o, _| pools(o, |p| p.bad_debt_usd)),
    high("stolen_usd", "USD", "Stolen",
        "Coins taken by attackers out of the cash of pools and issuers.",
        |o, _| pools(o, |p| p.stolen_usd) + issuers(o, |i| i.stolen_usd)),
    high("borrowed_to_leave_usd", "USD", "Borrowed to leave",
        "Loans of owners whom a dry pool did not pay, against the deposits that they could not withdraw.",
        |o, _| pools(o, |p| p.borrowed_to_leave_usd)),
    high("flight_usd", "USD", "Fled elsewhere",
        "What those who left exchanged for another coin or deposited in another pool.",
        |o, _| o.flight_usd),
    high("fund_open_usd", "USD", "Insurance fund at the opening",
        "Insurance funds at the opening, all futures venues.",
        |o, _| futures(o, |f| f.fund_open_usd)),
    high("fund_needed_usd", "USD", "Insurance fund needed",
        "Opening insurance fund with which none would have gone below its floor: the largest fall below the opening, without top-ups and with what deleveraging removed or lenders lost; several funds each at its own worst moment.",
        |o, _| futures(o, |f| f.fund_needed_usd)),
    low("fund_inflow_usd", "USD", "Inflow of insurance funds",
        "Clearance fees and take-overs at a profit.",
        |o, _| futures(o, |f| f.fund_inflow_usd)),
    high("fund_paid_usd", "USD", "Losses borne by insurance funds",
        "Losses that insurance funds bore.",
        |o, _| futures(o, |f| f.fund_paid_usd)),
    low("fund_gain_usd", "USD", "Gain of insurance funds on holdings",
        "What became of what insurance funds hold: price changes, slippage, collateral bought at a discount; `fund_open_usd` + `fund_inflow_usd` + `fund_top_up_usd` - `fund_paid_usd` + `fund_gain_usd` = `fund_end_usd`.",
        |o, _| futures(o, |f| f.fund_gain_usd)),
    high("fund_top_up_usd", "USD", "Insurance funds topped up",
        "What exchanges paid into insurance funds that ran low.",
        |o, _| futures(o, |f| f.fund_top_up_usd)),
    low("fund_low_usd", "USD", "Lowest insurance fund",
        "Lowest insurance fund; each futures venue at its own worst moment.",
        |o, _| futures(o, |f| f.fund_low_usd)),
    high("fund_used_usd", "USD", "Insurance fund used",
        "Opening insurance fund less its lowest, all futures venues.",
        |o, _| futures(o, |f| f.fund_open_usd - f.fund_low_usd)),
    low("fund_end_usd", "USD", "Insurance fund at the end",
        "Insurance fund at the end, all futures venues.",
        |o, _| futures(o, |f| f.fund_end_usd)),
    high("adl_usd", "USD", "Deleveraged",
        "Notional of profitable positions closed against bankrupt ones.",
        |o, _| futures(o, |f| f.adl_usd)),
    high("adl_needed_usd", "USD", "Deleveraging needed",
        "Losses of deleveraged positions beyond what their insurance funds could bear.",
        |o, _| futures(o, |f| f.adl_needed_usd)),
    high("adl_removed_usd", "USD", "Removed by deleveraging",
        "What the opposite side gave up in deleveraging: contracts closed times the distance of the price from the mark.",
        |o, _| futures(o, |f| f.adl_removed_usd)),
    high("adl_over_shoot_usd", "USD", "Over-shoot of deleveraging",
        "What was removed beyond the need, wave by wave.",
        |o, _| futures(o, |f| f.adl_over_shoot_usd)),
    high("adl_owners", "count", "Owners deleveraged",
        "Owners deleveraged, each counted once.",
        |o, _| futures(o, |f| f64::from(f.adl_owners))),
    high("shortfall_usd", "USD", "Uncovered losses",
        "Losses of futures venues that neither fund nor deleveraging covered.",
        |o, _| futures(o, |f| f.shortfall_usd)),
];

/// Every comparison of worlds.
#[rustfmt::skip]
pub const COMPARISONS: &[Comparison] = &[
    Comparison {
        name: "amplification_x", unit: "x", label: "Amplification",
        doc: "`liquidated_usd` over the same without feedback; null where nothing is liquidated without it.",
        larger_is_worse: true, beside: Variant::NoFeedback,
        of: |full, other| ratio(full.liquidated_usd, other.liquidated_usd),
    },
    Comparison {
        name: "feedback_loss_usd", unit: "USD", label: "Loss caused by feedback",
        doc: "`loss_usd` less the same without feedback: what our own selling cost the owners.",
        larger_is_worse: true, beside: Variant::NoFeedback,
        of: |full, other| loss(full) - loss(other),
    },
    Comparison {
        name: "reuse_loss_usd", unit: "USD", label: "Loss caused by reuse",
        doc: "`loss_usd` less the same without reuse: what using the same capital twice cost the owners.",
        larger_is_worse: true, beside: Variant::NoReuse,
        of: |full, other| loss(full) - loss(other),
    },
];

type Of = fn(&Outcome, &Clock) -> f64;

/// A metric of which more is worse.
const fn high(name: &'static str, unit: &'static str, label: &'static str, doc: &'static str, of: Of) -> Metric {
    Metric { name, unit, label, doc, larger_is_worse: true, of }
}

/// A metric of which less is worse.
const fn low(name: &'static str, unit: &'static str, label: &'static str, doc: &'static str, of: Of) -> Metric {
    Metric { name, unit, label, doc, larger_is_worse: false, of }
}

/// A ratio; NaN where there is nothing to compare with.
fn ratio(above: f64, below: f64) -> f64 {
    if below == 0.0 { f64::NAN } else { above / below }
}

/// For folds from 0.0: the empty `sum()` of floats is -0.0, which looks odd in a table.
fn add(a: f64, b: f64) -> f64 {
    a + b
}

fn loss(o: &Outcome) -> f64 {
    o.wealth_usd - o.final_wealth_usd
}

fn layer(o: &Outcome, layer: Layer) -> f64 {
    o.losses_usd.iter().map(|cohort| cohort[layer as usize]).fold(0.0, add)
}

fn pools(o: &Outcome, of: fn(&PoolOutcome) -> f64) -> f64 {
    o.pools.iter().map(of).fold(0.0, add)
}

fn futures(o: &Outcome, of: fn(&FuturesOutcome) -> f64) -> f64 {
    o.futures.iter().map(of).fold(0.0, add)
}

fn issuers(o: &Outcome, of: fn(&IssuerOutcome) -> f64) -> f64 {
    o.issuers.iter().map(of).fold(0.0, add)
}

fn first_failed(o: &Outcome) -> Option<u32> {
    o.pools.iter().filter_map(|p| p.first_failed_step).min()
}

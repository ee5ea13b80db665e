//! The answers in words: what a person asks of a run, each answered from its summary in a sentence or two.

use super::summarise::RunSummary;
use crate::metric::figure::{percent, show, show_option, usd};
use crate::metric::summary::Summary;
use crate::scenario::Variant;
use serde::Serialize;

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Short name for programs.
    pub name: &'static str,
    /// The question.
    pub question: &'static str,
    /// The answer.
    pub answer: String,
}

type Answer = fn(&RunSummary) -> Option<String>;

/// Questions in the order in which they are asked; those that do not apply to a run have no answer.
const QUESTIONS: [(&str, &str, Answer); 9] = [
    ("loss", "What do owners lose?", loss),
    ("liquidated", "Who is liquidated?", liquidated),
    ("cascade", "How far does a cascade go?", cascade),
    ("run", "Does a pool run dry?", pool_run),
    ("tokens", "Do tokens hold par?", tokens),
    ("backstops", "Do the backstops hold?", backstops),
    ("leverage", "How large is leverage in truth?", leverage),
    ("feedback", "How much do forced sales add?", feedback),
    ("reuse", "How much does reuse add?", reuse),
];

/// Every question that applies, answered.
#[must_use]
pub fn findings(run: &RunSummary) -> Vec<Finding> {
    let answered = QUESTIONS.iter().filter_map(|&(name, question, answer)| {
        let answer = answer(run)?;
        Some(Finding { name, question, answer })
    });
    answered.collect()
}

fn loss(run: &RunSummary) -> Option<String> {
    let share = full(run, "loss_share")?;
    let amount = full(run, "loss_usd")?;
    let mean = share.mean?;
    let verb = if mean < 0.0 { "They gain" } else { "They lose" };
    let size = share.mean_ci95.map_or_else(String::new, |[low, high]| {
        let (low, high) = if mean < 0.0 { (-high, -low) } else { (low, high) };
        format!(" (95 % confidence {} to {})", percent(low), percent(high))
    });
    let worst = share.risk(99)?;
    Some(format!(
        "{verb} {}{size} of their wealth on average, {}; in the worst 1 % of paths they lose {} on average.",
        percent(mean.abs()),
        usd(amount.mean?.abs()),
        percent(worst.es)
    ))
}

fn liquidated(run: &RunSummary) -> Option<String> {
    let owners = full(run, "liquidated_owner_share")?;
    if owners.range? == [0.0, 0.0] {
        return Some(format!("Nobody, on any of {} paths.", run.paths));
    }
    let mut text = format!(
        "{} of owners on average{}, {} in the worst 1 % of paths.",
        show_option(owners.mean, "share"),
        interval(owners, "share"),
        show_option(owners.risk(99).map(|r| r.es), "share"),
    );
    if let Some(share) = full(run, "liquidated_share").and_then(|s| s.mean) {
        text.push_str(" Closed by force: ");
        text.push_str(&percent(share));
        text.push_str(" of the opening open interest on average.");
    }
    let cohorts = run.cohorts.iter().filter(|c| c.world == Variant::Full.name() && c.cohort != "all");
    let hit = cohorts.max_by(|a, b| a.p_liquidated.total_cmp(&b.p_liquidated))?;
    Some(text + &format!(" Hit most: {}, {} of its owners.", hit.cohort, percent(hit.p_liquidated)))
}

fn cascade(run: &RunSummary) -> Option<String> {
    let rounds = full(run, "rounds")?;
    if rounds.range?[1] == 0.0 {
        return Some("There is none: nothing is closed by force.".to_owned());
    }
    let branching = full(run, "branching_ratio")?.mean;
    let gap = full(run, "largest_price_gap")?;
    Some(format!(
        "Up to {} rounds in one step. Of what is closed by force, {} was set off by other forced closes. \
         Selling takes prices {} below their outside price at worst on average, {} in the worst 1 % of paths.",
        show(rounds.range?[1], "count"),
        show_option(branching, "share"),
        percent(-gap.mean?),
        percent(-gap.risk(99)?.es),
    ))
}

fn pool_run(run: &RunSummary) -> Option<String> {
    full(run, "utilisation_max")?.mean?;
    let dry = full(run, "pool_run")?;
    let probability = dry.mean?;
    if probability == 0.0 {
        let [_, most] = dry.mean_ci95?;
        let utilisation = show_option(full(run, "utilisation_max")?.risk(99).map(|r| r.es), "share");
        return Some(format!(
            "No: on none of {} paths (95 % confidence: at most {}). Utilisation reaches {utilisation} in the worst 1 % of \
             paths.",
            run.paths,
            percent(most)
        ));
    }
    let first = full(run, "first_failed_hours")?.quantile(50);
    let unpaid = full(run, "unpaid_end_share")?;
    Some(format!(
        "On {} of paths{} a withdrawal is not paid in full, half of the times within {}. At the end {} of what was asked for \
         is unpaid on average, {} in the worst 1 % of paths.",
        percent(probability),
        interval(dry, "share"),
        show_option(first, "hours"),
        show_option(unpaid.mean, "share"),
        show_option(unpaid.risk(99).map(|r| r.es), "share"),
    ))
}

fn tokens(run: &RunSummary) -> Option<String> {
    let discount = full(run, "token_discount_worst")?;
    let gated = full(run, "gated_hours")?.mean?;
    Some(format!(
        "At worst they trade {} below par on average, {} in the worst 1 % of paths. Fast redemption is closed to somebody for \
         {} on average.",
        percent(-discount.mean?),
        percent(-discount.risk(99)?.es),
        show(gated, "hours"),
    ))
}

fn backstops(run: &RunSummary) -> Option<String> {
    let uses = [
        ("insurance fund drawn", "fund_used_usd"),
        ("deleveraged", "adl_usd"),
        ("bad debt of pools", "bad_debt_usd"),
        ("shortfall of issuers", "issuer_shortfall_usd"),
        ("losses that nobody covers", "shortfall_usd"),
    ];
    let mut used = Vec::new();
    for (what, name) in uses {
        let amount = full(run, name)?;
        if amount.range? != [0.0, 0.0] {
            let worst = amount.risk(99)?.es;
            used.push(format!("{what} {} on average, {} in the worst 1 % of paths", usd(amount.mean?), usd(worst)));
        }
    }
    if used.is_empty() {
        return Some("They are not needed on any path.".to_owned());
    }
    let text = used.join("; ");
    let first = text.chars().next()?.to_uppercase();
    Some(format!("{first}{}.", text.get(1..)?))
}

fn leverage(run: &RunSummary) -> Option<String> {
    let all = run.cohorts.iter().find(|c| c.cohort == "all" && c.world == Variant::Full.name())?;
    let multiple = full(run, "reuse_multiple_open_x")?.mean?;
    Some(format!(
        "{} at the opening, looking through every token, where venues see {} on average. The same capital is counted {} times.",
        show(all.effective_leverage_x, "x"),
        show(all.nominal_leverage_x, "x"),
        show(multiple, "count"),
    ))
}

fn feedback(run: &RunSummary) -> Option<String> {
    let amplification = run.comparisons.get("amplification_x")?.summary.mean;
    let closed = amplification.map_or_else(String::new, |x| {
        format!(" {} as much is closed by force as on the same paths if selling moved no price.", show(x, "x"))
    });
    Some(format!("{}{closed}", added(run, "feedback_loss_usd", "Forced sales and exits that move prices")?))
}

fn reuse(run: &RunSummary) -> Option<String> {
    let owners = |world| run.metric("liquidated_owner_share", world).and_then(|s| s.mean);
    let (with, without) = (owners(Variant::Full), owners(Variant::NoReuse)?);
    Some(format!(
        "{} Owners liquidated: {}, and {} without reuse.",
        added(run, "reuse_loss_usd", "Using the same capital again")?,
        show_option(with, "share"),
        percent(without),
    ))
}

/// What a comparison of losses says, as a sentence.
fn added(run: &RunSummary, comparison: &str, subject: &str) -> Option<String> {
    let summary = &run.comparisons.get(comparison)?.summary;
    let mean = summary.mean?;
    let loss = full(run, "loss_usd")?.mean?;
    let verb = if mean < 0.0 { "saves" } else { "costs" };
    let verb = if subject.starts_with("Forced") { verb.trim_end_matches('s') } else { verb };
    let share = if loss > 0.0 && mean > 0.0 && mean <= loss {
        format!(", {} of the loss", percent(mean / loss))
    } else {
        String::new()
    };
    let size = summary.mean_ci95.map_or_else(String::new, |[low, high]| {
        let (low, high) = if mean < 0.0 { (-high, -low) } else { (low, high) };
        format!(" (95 % confidence {} to {})", usd(low), usd(high))
    });
    let worst = usd(summary.risk(99)?.es);
    Some(format!(
        "{subject} {verb} owners {}{size} on average{share}; {worst} in the worst 1 % of paths.",
        usd(mean.abs())
    ))
}

fn full<'a>(run: &'a RunSummary, name: &str) -> Option<&'a Summary> {
    run.metric(name, Variant::Full)
}

fn interval(summary: &Summary, unit: &str) -> String {
    summary.mean_ci95.map_or_else(String::new, |[low, high]| {
        format!(" (95 % confidence {} to {})", show(low.max(0.0), unit), show(high, unit))
    })
}

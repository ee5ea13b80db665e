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
const QUESTIONS: [(&str, &str, Answer); 10] = [
    ("loss", "What do owners lose?", loss),
    ("liquidated", "Who is liquidated?", liquidated),
    ("cascade", "How far does a cascade go?", cascade),
    ("lending", "What is lent of what is placed?", lending),
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
    let mean = share.mean?;
    let (verb, sign) = if mean < 0.0 { ("They gain", -1.0) } else { ("They lose", 1.0) };
    let tail = share.risk(99)?.es;
    let (but, also) = if tail < 0.0 { ("they gain", -1.0) } else { ("they lose", 1.0) };
    Some(format!(
        "{verb} {} of their wealth on average{}, {}; {but} {}.",
        percent(mean.abs()),
        interval(share, "share", sign),
        usd(full(run, "loss_usd")?.mean?.abs()),
        worst(run, share, "share", also)?,
    ))
}

fn liquidated(run: &RunSummary) -> Option<String> {
    let owners = full(run, "liquidated_owner_share")?;
    if owners.range? == [0.0, 0.0] {
        return Some(format!("Nobody, on any of {} paths.", run.paths));
    }
    let closed = full(run, "liquidated_share").and_then(|s| s.mean).map_or_else(String::new, |share| {
        format!(" Futures closed by force come to {} of the opening open interest on average.", percent(share))
    });
    let cohorts = run.cohorts.iter().filter(|c| c.world == Variant::Full.name() && c.cohort != "all");
    let hit = cohorts.max_by(|a, b| a.p_liquidated.total_cmp(&b.p_liquidated))?;
    Some(format!(
        "{} of owners on average{}, {}.{closed} Hit most: {}, {} of its owners.",
        show_option(owners.mean, "share"),
        interval(owners, "share", 1.0),
        worst(run, owners, "share", 1.0)?,
        hit.cohort,
        percent(hit.p_liquidated),
    ))
}

fn cascade(run: &RunSummary) -> Option<String> {
    let rounds = full(run, "rounds")?.range?[1];
    if rounds == 0.0 {
        return Some("There is none: nothing is closed by force.".to_owned());
    }
    let gap = full(run, "largest_price_gap")?;
    let plural = if rounds == 1.0 { "" } else { "s" };
    Some(format!(
        "At most {} round{plural} in one step. Of what is closed by force, {} was set off by earlier closes of the same step. Selling \
         takes a price {} below its outside price at worst on average, {}.",
        show(rounds, "count"),
        show_option(full(run, "branching_ratio")?.mean, "share"),
        percent(-gap.mean?),
        worst(run, gap, "share", -1.0)?,
    ))
}

fn lending(run: &RunSummary) -> Option<String> {
    let lent = full(run, "capital_efficiency_open")?.mean?;
    let earned = full(run, "deposit_yield_open_per_year")?.mean?;
    Some(format!(
        "{} of deposits and idle collateral at the opening, which earns them {} a year.",
        percent(lent),
        percent(earned)
    ))
}

fn pool_run(run: &RunSummary) -> Option<String> {
    let utilisation = full(run, "utilisation_max")?;
    utilisation.mean?;
    let dry = full(run, "pool_run")?;
    let probability = dry.mean?;
    if probability == 0.0 {
        let not_due = full(run, "not_due_end_usd")?.mean.filter(|usd| *usd > 0.0);
        let not_due = not_due.map_or_else(String::new, |value| {
            format!(" {} that was asked for is lent for a term that has not ended, on average.", usd(value))
        });
        return Some(format!(
            "No: on none of {} paths (95 % confidence: at most {}). Utilisation reaches {}.{not_due}",
            run.paths,
            percent(dry.mean_ci95?[1]),
            worst(run, utilisation, "share", 1.0)?,
        ));
    }
    let unpaid = full(run, "unpaid_end_share")?;
    Some(format!(
        "On {} of paths a withdrawal is not paid in full{}, half of the times within {}. At the end {} of what was asked \
         for is unpaid on average, {}.",
        percent(probability),
        interval(dry, "share", 1.0),
        show_option(full(run, "first_failed_hours")?.quantile(50), "hours"),
        show_option(unpaid.mean, "share"),
        worst(run, unpaid, "share", 1.0)?,
    ))
}

fn tokens(run: &RunSummary) -> Option<String> {
    let discount = full(run, "token_discount_worst")?;
    Some(format!(
        "At worst they trade {} below par on average, {}. Fast redemption is closed to somebody for {} on average.",
        percent(-discount.mean?),
        worst(run, discount, "share", -1.0)?,
        show_option(full(run, "gated_hours")?.mean, "hours"),
    ))
}

fn backstops(run: &RunSummary) -> Option<String> {
    let uses = [
        ("Insurance fund drawn", "fund_used_usd"),
        ("Deleveraged", "adl_usd"),
        ("Bad debt of pools", "bad_debt_usd"),
        ("Shortfall of issuers", "issuer_shortfall_usd"),
        ("Losses that nobody covers", "shortfall_usd"),
    ];
    let mut used = Vec::new();
    for (what, name) in uses {
        let amount = full(run, name)?;
        if amount.range? != [0.0, 0.0] {
            used.push(format!("{what}: {} on average, {}.", usd(amount.mean?), worst(run, amount, "USD", 1.0)?));
        }
    }
    Some(if used.is_empty() { "They are not needed on any path.".to_owned() } else { used.join(" ") })
}

fn leverage(run: &RunSummary) -> Option<String> {
    let all = run.cohorts.iter().find(|c| c.cohort == "all" && c.world == Variant::Full.name())?;
    let multiple = full(run, "reuse_multiple_open_x")?.mean?;
    let counted = if multiple > 1.0 {
        format!("The same capital is counted {} times.", show(multiple, "count"))
    } else {
        "No capital is used twice.".to_owned()
    };
    Some(format!(
        "{} at the opening, looking through every token, where venues see {} on average. {counted}",
        show(all.effective_leverage_x, "x"),
        show(all.nominal_leverage_x, "x"),
    ))
}

fn feedback(run: &RunSummary) -> Option<String> {
    let amplification = &run.comparisons.get("amplification_x")?.summary;
    let half = amplification.quantiles.iter().find(|q| q.percent == 50).map(|q| show(q.value, "x"));
    let closed = amplification.mean.zip(half).map_or_else(String::new, |(mean, half)| {
        let (mean, interval) = (show(mean, "x"), interval(amplification, "x", 1.0));
        format!(
            " {mean} as much{interval} is closed by force, on average over paths, as on the same paths if selling moved \
             no price; {half} on the median path."
        )
    });
    Some(format!("{}{closed}", added(run, "feedback_loss_usd", "The price moves of forced sales and exits")?))
}

fn reuse(run: &RunSummary) -> Option<String> {
    let owners = |world| run.metric("liquidated_owner_share", world).and_then(|s| s.mean);
    let (with, without) = (owners(Variant::Full)?, owners(Variant::NoReuse)?);
    let hit = if with == without {
        String::new()
    } else {
        format!(" Owners liquidated: {}, and {} without reuse.", percent(with), percent(without))
    };
    Some(format!("{}{hit}", added(run, "reuse_loss_usd", "The second use of the same capital")?))
}

/// What a comparison of losses says, as a sentence.
fn added(run: &RunSummary, comparison: &str, cause: &str) -> Option<String> {
    let added = &run.comparisons.get(comparison)?.summary;
    let mean = added.mean?;
    if added.range? == [0.0, 0.0] {
        return Some("Nothing, on any path.".to_owned());
    }
    let cost = |x: f64| if x < 0.0 { ("spared", -1.0) } else { ("cost", 1.0) };
    let ((verb, sign), tail) = (cost(mean), added.risk(99)?.es);
    let loss = full(run, "loss_usd")?.mean?;
    let share = if loss > 0.0 && mean > 0.0 && mean <= loss {
        format!(", {} of the loss", percent(mean / loss))
    } else {
        String::new()
    };
    let doubt = match added.mean_ci95 {
        Some([low, high]) if low < 0.0 && high > 0.0 => " The paths are too few to tell this from nothing.",
        _ => "",
    };
    Some(format!(
        "{cause} {verb} owners {} on average{}{share}, and {} them {}.{doubt}",
        usd(mean.abs()),
        interval(added, "USD", sign),
        cost(tail).0,
        worst(run, added, "USD", cost(tail).1)?,
    ))
}

fn full<'a>(run: &'a RunSummary, name: &str) -> Option<&'a Summary> {
    run.metric(name, Variant::Full)
}

/// ` (95 % confidence 1 % to 2 %)`; `sign` -1 turns gains into losses.
fn interval(summary: &Summary, unit: &str, sign: f64) -> String {
    summary.mean_ci95.map_or_else(String::new, |ends| {
        let [one, other] = ends.map(|end| sign * end);
        format!(" (95 % confidence {} to {})", show(one.min(other), unit), show(one.max(other), unit))
    })
}

/// `12 % in the worst 1 % of paths`.
fn worst(run: &RunSummary, summary: &Summary, unit: &str, sign: f64) -> Option<String> {
    let tail = if run.paths > 100 { "in the worst 1 % of paths" } else { "on the worst path" };
    Some(format!("{} {tail}", show(sign * summary.risk(99)?.es, unit)))
}

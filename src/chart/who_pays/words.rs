//! What the chart says in words.

use super::super::number::{count, percent, usd};
use super::super::sweep::Sweep;
use super::{ALL, Bar, Cohort, Estimate, Shown};

/// A value with the last two parts of its key.
pub(super) fn said(axis: &Shown, label: &str) -> String {
    let dots: Vec<usize> = axis.key.match_indices('.').map(|(dot, _)| dot + 1).collect();
    let from = if dots.len() > 1 { dots[dots.len() - 2] } else { 0 };
    format!("{}\u{a0}=\u{a0}{label}", &axis.key[from..])
}

/// The cohort that the first axis matters most to, at the first value of the second.
pub(super) fn title(cohorts: &[Cohort], shown: &[Shown], deleveraged: bool) -> String {
    let known = |cohort: &Cohort| {
        let of = |bar: &Bar| if deleveraged { bar.paid } else { bar.loss };
        let estimates = cohort.bars.iter().enumerate().filter_map(|(i, bars)| Some((i, of(bars[0].as_ref()?))));
        estimates.filter(|(_, estimate)| estimate.mean.is_finite()).collect::<Vec<_>>()
    };
    let ends = |cohort| {
        let mut known = known(cohort);
        known.sort_by(|a, b| b.1.mean.total_cmp(&a.1.mean));
        Some((cohort, *known.first()?, *known.last()?))
    };
    let parts = || cohorts.iter().filter(|cohort| cohort.name != ALL).filter_map(ends);
    let apart = |(_, high, low): &(&Cohort, (usize, Estimate), (usize, Estimate))| high.1.mean - low.1.mean;
    let place = |i: usize| said(&shown[0], &shown[0].labels[i]);
    let given = shown.get(1).map(|axis| format!(" ({})", said(axis, &axis.labels[0]))).unwrap_or_default();
    let widest = parts().max_by(|a, b| apart(a).total_cmp(&apart(b))).filter(|(_, high, low)| high.1.is_above(low.1));
    if let Some((cohort, high, low)) = widest {
        let (most, label) = (phrase(high.1.mean, deleveraged), &shown[0].labels[low.0]);
        let least = if deleveraged { usd(low.1.mean) } else { lost(low.1.mean) };
        return format!("{} {most} at {}, {least} at {label}{given}", cohort.name, place(high.0));
    }
    let largest = parts().max_by(|a, b| a.1.1.mean.total_cmp(&b.1.1.mean));
    largest.map_or_else(
        || "Who pays".to_owned(),
        |(cohort, (i, most), _)| {
            let change = if shown[0].labels.len() > 1 { ", no clear change" } else { "" };
            format!("{} {} at {}{given}{change}", cohort.name, phrase(most.mean, deleveraged), place(i))
        },
    )
}

fn phrase(mean: f64, deleveraged: bool) -> String {
    if deleveraged {
        format!("give up {} in deleveraging on average", usd(mean))
    } else {
        format!("{} of their net worth on average", lost(mean))
    }
}

fn lost(share: f64) -> String {
    if share < 0.0 { format!("gain {}", percent(-share)) } else { format!("lose {}", percent(share)) }
}

pub(super) fn subtitle(sweep: &Sweep, shown: &[Shown], spared: &[Cohort]) -> String {
    let points = count(sweep.points() as f64);
    let mut words = vec![format!("{points} points on the same random numbers. Rows: {}.", shown[0].key)];
    words.extend(shown.get(1).map(|axis| format!("Colours: {}.", axis.key)));
    let thinned = shown.iter().filter(|axis| axis.labels.len() < axis.of);
    words.extend(thinned.map(|axis| format!("{} of {} values of {} are shown.", axis.labels.len(), axis.of, axis.key)));
    if !spared.is_empty() {
        let names: Vec<&str> = spared.iter().map(|cohort| cohort.name.as_str()).collect();
        words.push(format!("Left out, because they give up nothing in deleveraging: {}.", names.join(", ")));
    }
    words.join(" ")
}

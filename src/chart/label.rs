//! What a column of numbers is called on an axis and in what unit it is: from the table of metrics where it is one,
//! else from its name.

use super::number::Unit;
use crate::metric::{COMPARISONS, METRICS};

/// How a metric is named and counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) words: String,
    pub(super) unit: Unit,
    pub(super) larger_is_worse: bool,
    /// Whether its upper quantiles are worth a line: they are where more is worse, and where it is not 0 or 1.
    pub(super) upper_tail: bool,
}

/// The label of a metric or comparison; of any other column its name, with the unit that its ending says.
pub(super) fn label(column: &str) -> Label {
    let metrics = METRICS.iter().map(|m| (m.name, m.label, m.unit, m.larger_is_worse));
    let comparisons = COMPARISONS.iter().map(|c| (c.name, c.label, c.unit, c.larger_is_worse));
    let known = metrics.chain(comparisons).find(|(name, ..)| *name == column);
    let Some((_, words, unit, larger_is_worse)) = known else {
        let ending = column.rsplit('_').next().unwrap_or_default();
        let unit = if ending == "usd" { Unit::Usd } else { unit_named(ending) };
        return Label { words: column.replace('_', " "), unit, larger_is_worse: true, upper_tail: true };
    };
    let words = if unit == "0/1" { format!("{words}, share of paths") } else { words.to_owned() };
    Label { words, unit: unit_named(unit), larger_is_worse, upper_tail: larger_is_worse && unit != "0/1" }
}

fn unit_named(unit: &str) -> Unit {
    match unit {
        "USD" => Unit::Usd,
        "share" | "0/1" => Unit::Share,
        "x" => Unit::Times,
        "hours" => Unit::Hours,
        "count" => Unit::Count,
        _ => Unit::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_metrics_have_words_and_others_keep_their_name() {
        let run = label("pool_run");
        assert_eq!((run.unit, run.upper_tail, run.larger_is_worse), (Unit::Share, false, true));
        assert_eq!(label("amplification_x").words, "Amplification");
        let own = label("my_own_usd");
        assert_eq!((own.words.as_str(), own.unit), ("my own usd", Unit::Usd));
    }
}

//! The tables of a sweep: a row per point, and who was hit at each.

use super::{COHORT_DOC, Column, Kind, P_LIQUIDATED_DOC, Table, WORLD_DOC, column};
use crate::metric;
use crate::scenario::Variant;

/// What a sweep keeps of each number: suffix and meaning.
pub const SWEEP_FIGURES: [(&str, &str); 4] =
    [("mean", "mean"), ("se", "standard error of the mean"), ("p50", "median"), ("p95", "95 % quantile")];

/// One row per point of a sweep. `axes` are dotted keys, with whether all their values are numbers.
#[must_use]
pub fn sweep(axes: &[(&str, bool)], counterfactuals: &[Variant]) -> Table {
    let mut columns = point_columns(axes);
    for c in metric::columns(counterfactuals) {
        columns.extend(figures(&c.name, &format!("`{}`", c.name)));
    }
    Table {
        name: "sweep",
        doc: "One row per point: the values of the axes, then mean, standard error, median and 95 % quantile over paths \
              of every column of `paths`. Null where the point does not run that world.",
        columns,
    }
}

/// One row per point, world and cohort of a sweep; `axes` as in [`sweep`].
#[must_use]
pub fn sweep_cohorts(axes: &[(&str, bool)]) -> Table {
    let mut columns = point_columns(axes);
    columns.extend([
        column("cohort", Kind::Str, COHORT_DOC),
        column("world", Kind::Str, WORLD_DOC),
        column("owners", Kind::U32, "Owners."),
        column("equity_usd", Kind::F64, "Net worth at the opening, USD."),
        column("p_liquidated", Kind::F64, P_LIQUIDATED_DOC),
    ]);
    columns.extend(figures("loss_usd", "Loss of the cohort as a whole, USD (a gain is negative)"));
    columns.extend(figures("adl_paid_usd", "What it gave up in deleveraging, USD, part of its loss"));
    Table {
        name: "sweep_cohorts",
        doc: "One row per point, world and cohort, and a row `all` for each point and world: the values of the axes, \
              who was hit, and who paid.",
        columns,
    }
}

fn point_columns(axes: &[(&str, bool)]) -> Vec<Column> {
    let mut columns = vec![column("point", Kind::U32, "Point, 0 is the first; the last axis turns fastest.")];
    columns.extend(axes.iter().map(|(key, numbers)| {
        column(key, if *numbers { Kind::F64 } else { Kind::Str }, "Value of the key at this point.")
    }));
    columns
}

fn figures(name: &str, what: &str) -> impl Iterator<Item = Column> {
    SWEEP_FIGURES
        .iter()
        .map(move |(suffix, figure)| column(&format!("{name}_{suffix}"), Kind::F64, &format!("{what}, {figure}.")))
}

//! The schema as a page for people: `docs/tables.md`.

use super::{Column, Kind, Table};
use crate::metric::{COMPARISONS, METRICS, Metric};
use crate::scenario::Variant;
use std::fmt::Write;

const BEFORE: &str = "\
# Tables of a run

A run leaves `output/<scenario>-<seed>-<hash>/`, a sweep `output/<scenario>-sweep-<seed>-<hash>/`; the hash is that of the
resolved scenario. Tables are Parquet (zstd) and can be read with polars, pandas, DuckDB or Arrow. Names end in the unit:
`_usd`, `_share` (of 1), `_hours`, `_x` (a multiple). A number that has no meaning in a row is null, never NaN. Losses are
positive, gains negative. Beside the tables:

- `manifest.json`: what was run (seed, paths, version, hash, rows of each table). `rehypo run` on the directory repeats it.
- `scenario.toml`: the scenario as resolved, complete.
- `summary.json`: every metric in every world with its errors, cohorts, what was observed beside the simulated figures, and
  the findings in words.
- `charts/`: the charts, drawn from the tables.
- `timings.json`: how long it took. Everything else is the same, byte for byte, whenever and on however many threads it is run.

Worlds: `full` is the scenario as configured; `no_feedback` the same paths with forced sales that move no price;
`no_reuse` the same paths with every token posted as collateral replaced by the coin behind it.

This page is printed from `src/store/schema.rs` and `src/metric/table.rs`; a test keeps it current.
";

const AFTER: &str = "
## Estimators in `summary.json`

- `mean` with `mean_se` (standard deviation over the root of the number of paths) and `mean_ci95` (1.96 errors either way; of a
  `0/1` metric Wilson's interval).
- Where `run.sampling` is not `random`, paths are independent only between groups (mirrored pairs, scrambled nets), and
  errors come from the groups: cluster-robust `mean_se` and `es_se`, intervals by Student's t with one degree of freedom less than
  groups, Wilson's interval and order statistics at the effective number of paths (Korn and Graubard 1998). `sd` stays that over paths.
- `quantiles` and `var` (value at risk) are order statistics: the k-th smallest value, k = n p rounded up. `ci95` is free
  of assumptions on the distribution; an end is null where there are too few paths to bound it.
- `es` (expected shortfall) is the mean of the worst 5 % or 1 % of paths; `es_se` is its asymptotic error
  `sqrt((Var(X | X > q) + a (ES - q)^2) / (n (1 - a)))`, given where at least 10 paths lie in the tail.
- `var` and `es` look at the tail where the metric is bad: the upper one, or the lower one of metrics marked \"less\" above.
- `undefined` counts paths on which the metric has no meaning; all figures are over the others.
- `observed` sets each `[[observed]]` number beside median, 5 % and 95 % quantile of its figure (order statistics as above) and
  its mean, over the paths that have one; `share_of_paths_without` is the share of the others, on which it never happened. Read
  the two together: a median time over the few paths on which something happens at all is no typical time.
";

/// The whole page.
///
/// # Panics
/// Never: writing to a string does not fail.
#[must_use]
pub fn page() -> String {
    let worlds = [Variant::NoFeedback, Variant::NoReuse];
    let mut page = String::from(BEFORE);
    let mut say = |text: &str| page.push_str(text);
    say(&heading("paths", super::paths(&[]).doc));
    say(&metrics());
    say("\nThen `no_feedback_<metric>` and `no_reuse_<metric>` for every metric, and:\n\n");
    say(&comparisons());
    for table in
        [super::cohorts(), super::accounts(&worlds), super::bands(), super::series(), super::events(), super::issuers()]
    {
        say(&section(&table));
    }
    let losses = super::cohort_losses(&["<cohort>"], &worlds);
    say(&section(&losses));
    let observed = super::observed(&[]);
    say(&section(&observed));
    say(&row(&[
        "`observed_<n>`",
        Kind::F64.name(),
        "The figure of the n-th `[[observed]]`, in its unit; null if it never happened.",
    ]));
    let axis = [("<axis>", true)];
    let sweep = super::sweep(&axis, &[]);
    say(&heading(sweep.name, sweep.doc));
    say(
        "Sweeps only. The paths of every point are in `paths/<axis>=<value>/.../paths.parquet` (hive partitions), with the\ncolumns of `paths`.\n\n",
    );
    let figures = super::SWEEP_FIGURES.len();
    say(&columns(&sweep.columns[..2]));
    for column in &sweep.columns[2..2 + figures] {
        let doc = column.doc.replace("loss_usd", "<column>");
        say(&row(&[&format!("`{}`", column.name.replace("loss_usd", "<column>")), column.kind.name(), &doc]));
    }
    let cohorts = super::sweep_cohorts(&axis);
    say(&heading(cohorts.name, cohorts.doc));
    say("Sweeps only. The cohorts path by path are in `cohort_losses/<axis>=<value>/.../cohort_losses.parquet`.\n\n");
    say(&columns(&cohorts.columns));
    page.push_str(AFTER);
    page
}

fn heading(name: &str, doc: &str) -> String {
    format!("\n## {name}.parquet\n\n{doc}\n\n")
}

fn section(table: &Table) -> String {
    heading(table.name, table.doc) + &columns(&table.columns)
}

fn columns(columns: &[Column]) -> String {
    let mut text = row(&["column", "type", "meaning"]) + "|---|---|---|\n";
    for column in columns {
        text.push_str(&row(&[&format!("`{}`", column.name), column.kind.name(), &column.doc]));
    }
    text
}

fn metrics() -> String {
    let mut text = row(&["column", "type", "unit", "worse", "meaning"]) + "|---|---|---|---|---|\n";
    text.push_str(&row(&["`path`", "u64", "", "", "Path, 0 is the first."]));
    for m in METRICS {
        let Metric { name, unit, doc, .. } = m;
        text.push_str(&row(&[&format!("`{name}`"), "f64", unit, worse(m.larger_is_worse), doc]));
    }
    text
}

fn comparisons() -> String {
    let mut text = row(&["column", "type", "unit", "worse", "meaning"]) + "|---|---|---|---|---|\n";
    for c in COMPARISONS {
        text.push_str(&row(&[&format!("`{}`", c.name), "f64", c.unit, worse(c.larger_is_worse), c.doc]));
    }
    text
}

const fn worse(larger: bool) -> &'static str {
    if larger { "more" } else { "less" }
}

fn row(cells: &[&str]) -> String {
    let mut line = String::from("|");
    for cell in cells {
        write!(line, " {cell} |").expect("a string takes what is written");
    }
    line.push('\n');
    line
}

//! Who pays at each point of a sweep.

use super::fixture::{column, write};
use super::{well_set, words};
use polars::prelude::Column;
use rehypo::chart::{self, Figure};
use std::path::Path;

const RULE: &str = "venues.binance.futures.adl.rule";
const TAKE: &str = "venues.binance.futures.adl.take";
const RULES: [&str; 3] = ["queue", "{ capped_pro_rata = { cap = 0.5 } }", "{ risk_weighted = {} }"];
/// Everybody, those who lose, those who win with little leverage, and with much.
const COHORTS: [&str; 4] = ["all", "longs", "hedgers", "high_leverage_shorts"];

/// Rows of a sweep's cohorts, in the order of points: the axes, what was given up and lost, with an error.
fn write_cohorts(dir: &Path, axes: Vec<Column>, cohorts: &[&str], paid: &[f64], loss: &[f64], error: f64) {
    let points = paid.len() / cohorts.len();
    let repeated = |axis: &Column| {
        let rows: Vec<u32> = (0..points as u32).flat_map(|point| vec![point; cohorts.len()]).collect();
        axis.take(&polars::prelude::IdxCa::from_vec("rows".into(), rows)).unwrap()
    };
    let rows = paid.len();
    let names: Vec<String> = (0..rows).map(|row| cohorts[row % cohorts.len()].to_owned()).collect();
    let mut columns: Vec<Column> = axes.iter().map(repeated).collect();
    columns.extend([
        column("cohort", names),
        column("world", vec!["full"; rows]),
        column("owners", vec![1200u32; rows]),
        column("equity_usd", vec![2e6; rows]),
        column("loss_usd_mean", loss),
        column("loss_usd_se", vec![error; rows]),
        column("adl_paid_usd_mean", paid),
        column("adl_paid_usd_se", vec![error; rows]),
    ]);
    write(dir, "sweep_cohorts", columns);
    let mut columns = vec![column("point", (0..points as u32).collect::<Vec<u32>>())];
    columns.extend(axes);
    columns.extend(["mean", "se", "p50", "p95"].map(|f| column(&format!("loss_share_{f}"), vec![0.1; points])));
    columns.push(column("adl_over_shoot_usd_mean", (0..points).map(|i| i as f64).collect::<Vec<f64>>()));
    columns.extend(["se", "p50", "p95"].map(|f| column(&format!("adl_over_shoot_usd_{f}"), vec![1.0; points])));
    columns.extend(["mean", "se", "p50", "p95"].map(|f| column(&format!("adl_needed_usd_{f}"), vec![0.0; points])));
    write(dir, "sweep", columns);
}

fn figures(dir: &Path) -> Vec<(String, Figure)> {
    let figures = chart::sweep_figures(dir).unwrap();
    for (name, figure) in &figures {
        well_set(figure, name);
    }
    figures
}

fn who_pays(dir: &Path) -> Figure {
    let (name, figure) = figures(dir).pop().unwrap();
    assert_eq!(name, "who_pays");
    figure
}

fn title(figure: &Figure) -> String {
    figure.title().replace('\u{a0}', " ")
}

const PAID: [f64; 12] = [9e5, 0.0, 1e5, 8e5, 9e5, 0.0, 7e5, 2e5, 9e5, 0.0, 4e5, 5e5];
const LOSS: [f64; 12] = [1e5, 9e5, -3e5, -6e5, 1e5, 9e5, 1e5, -9e5, 1e5, 9e5, -1e5, -8e5];

#[test]
fn deleveraging_is_shown_by_cohort_and_rule() {
    let dir = tempfile::tempdir().unwrap();
    write_cohorts(dir.path(), vec![column(RULE, RULES)], &COHORTS, &PAID, &LOSS, 2e4);
    let names: Vec<String> = figures(dir.path()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["sweep_lines_loss_share", "sweep_lines_adl_over_shoot_usd", "who_pays"], "no chart of zeros");
    let figure = who_pays(dir.path());
    // Both change by $600k; of equals the last stands.
    let expected = "high_leverage_shorts give up $800k in deleveraging on average at adl.rule = queue, $200k at \
                    capped_pro_rata 0.5";
    assert_eq!(title(&figure), expected);
    let words = words(&figure);
    assert!(words.contains("All owners 1,200 owners, $2m") && words.contains("Given up in deleveraging"), "{words}");
    assert_eq!(words.matches("capped_pro_rata 0.5").count(), 1 + 3, "{words}");
    assert!(words.contains("give up nothing in deleveraging: longs.") && !words.contains('{'), "{words}");
    assert!(words.contains("−40 %") && words.contains("$750k"), "both axes: {words}");
}

#[test]
fn a_second_axis_is_a_colour_and_the_title_names_its_first_value() {
    let dir = tempfile::tempdir().unwrap();
    let rules: Vec<&str> = RULES.iter().flat_map(|rule| [*rule; 2]).collect();
    let takes = ["whole", "uncovered"].repeat(3);
    // Point by point whole and uncovered: the second gives up half.
    let twice = |values: &[f64]| {
        let rows = values.chunks(4).flat_map(|row| [row.to_vec(), row.iter().map(|x| x / 2.0).collect()]);
        rows.flatten().collect::<Vec<f64>>()
    };
    let axes = vec![column(RULE, rules), column(TAKE, takes)];
    write_cohorts(dir.path(), axes, &COHORTS, &twice(&PAID), &twice(&LOSS), 2e4);
    let figure = who_pays(dir.path());
    assert!(title(&figure).ends_with("$200k at capped_pro_rata 0.5 (adl.take = whole)"), "{}", title(&figure));
    let words = words(&figure);
    assert!(words.contains("adl.take = whole adl.take = uncovered"), "{words}");
    assert!(words.contains(&format!("Colours: {TAKE}.")), "{words}");
}

#[test]
fn without_deleveraging_losses_are_shown() {
    let dir = tempfile::tempdir().unwrap();
    let depth = || vec![column("cohorts.traders.chain.loop.times", [0.0, 1.0, 2.0])];
    write_cohorts(dir.path(), depth(), &COHORTS, &[0.0; 12], &LOSS, 2e4);
    let figure = who_pays(dir.path());
    let expected = "hedgers lose 5.0 % of their net worth on average at loop.times = 1, gain 15.0 % at 0";
    assert_eq!(title(&figure), expected);
    let said = words(&figure);
    assert!(!said.contains("deleveraging") && said.contains("longs 1,200 owners"), "{said}");
    // Errors that could explain the change.
    write_cohorts(dir.path(), depth(), &COHORTS, &[0.0; 12], &LOSS, 4e5);
    let expected = "longs lose 45.0 % of their net worth on average at loop.times = 0, no clear change";
    assert_eq!(title(&who_pays(dir.path())), expected);
}

#[test]
fn many_values_are_thinned_and_many_cohorts_make_a_taller_page() {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..20).map(|i| format!("cohort_{i}_with_a_name_that_hardly_fits")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let values: Vec<f64> = (0..15).map(|i| f64::from(i) * 1.25e6).collect();
    let paid: Vec<f64> = (0..300).map(|i| f64::from(i % 20) * 1e4).collect();
    let key = "cohorts.a_cohort_with_quite_a_long_name.chain.3.trade.leverage.lognormal.median_of_the_law_of_leverage";
    write_cohorts(dir.path(), vec![column(key, values)], &names, &paid, &paid, f64::NAN);
    let figure = who_pays(dir.path());
    assert!(figure.size().1 > 2500.0, "{:?}", figure.size());
    let words = words(&figure);
    assert!(words.contains("8 of 15 values of") && words.contains(" 17.5m "), "first and last: {words}");
}

#[test]
fn a_sweep_that_did_not_note_its_cohorts_is_drawn_without_them() {
    let dir = tempfile::tempdir().unwrap();
    write_cohorts(dir.path(), vec![column(RULE, RULES)], &COHORTS, &PAID, &LOSS, 2e4);
    std::fs::remove_file(dir.path().join("sweep_cohorts.parquet")).unwrap();
    assert!(figures(dir.path()).iter().all(|(name, _)| name != "who_pays"));
    write(dir.path(), "sweep_cohorts", vec![column(RULE, RULES), column("cohort", &COHORTS[..3])]);
    let message = chart::sweep_figures(dir.path()).unwrap_err().to_string();
    assert!(message.contains("sweep_cohorts.parquet has no column `world`"), "{message}");
}

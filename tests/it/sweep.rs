//! A sweep says who was hit at each point: as a run of the point would, and with sums that agree.

use crate::small_run::{names, numbers, run_small, table, texts, world};
use rehypo::metric::summary::Summary;
use rehypo::run::progress::Silent;
use rehypo::run::sweep::{PointCohort, SweepReport, sweep};
use rehypo::run::{RunOptions, cohorts::CohortSummary};
use rehypo::scenario::{Loaded, load};
use rehypo::store::manifest::Manifest;
use rehypo::store::schema::{self, Kind};
use std::path::Path;
use tempfile::TempDir;

const RULE: &str = "venues.binance.futures.adl.rule";
/// A crash that the fund cannot bear.
const CRASH: [&str; 2] = [
    "venues.binance.futures.insurance_funds.general.opening_usd=10.0",
    "shocks=[{ at = \"12h\", gap = { btc = -0.2, eth = -0.2 } }]",
];

fn swept(loaded: &Loaded) -> (TempDir, SweepReport) {
    let folder = tempfile::tempdir().unwrap();
    let options = RunOptions { threads: 2, folder: folder.path().to_owned(), ..RunOptions::default() };
    let report = sweep(loaded, &options, &Silent).unwrap_or_else(|error| panic!("{error}"));
    (folder, report)
}

fn by_rule() -> (TempDir, SweepReport) {
    let axis = format!("sweep={{ \"{RULE}\" = {{ values = [\"queue\", \"pro_rata\"] }} }}");
    swept(&world(&[CRASH[0], CRASH[1], &axis]))
}

#[test]
fn the_tables_of_a_sweep_are_as_documented() {
    let (_folder, report) = by_rule();
    let worlds = world(&[]).scenario.counterfactuals;
    let axes = [(RULE, false)];
    for expected in [schema::sweep(&axes, &worlds), schema::sweep_cohorts(&axes)] {
        let frame = table(&report.directory, expected.name);
        assert_eq!(
            frame.get_column_names_owned(),
            expected.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>()
        );
        for column in &expected.columns {
            let found = frame.column(&column.name).unwrap();
            assert!(column.kind == Kind::F64 || found.null_count() == 0, "{}.{}", expected.name, column.name);
        }
    }
    let manifest = Manifest::read(&report.directory).unwrap();
    let rows: Vec<(&str, u64)> = manifest.tables.iter().map(|entry| (entry.file.as_str(), entry.rows)).collect();
    // 2 points of 12 paths; 3 worlds of 3 cohorts and everybody.
    let partitions = [("paths/**/paths.parquet", 24), ("cohort_losses/**/cohort_losses.parquet", 24)];
    assert_eq!(rows, [partitions[0], partitions[1], ("sweep.parquet", 2), ("sweep_cohorts.parquet", 24)]);
}

#[test]
fn cohorts_at_a_point_are_those_of_a_run_of_it() {
    let (_folder, report) = by_rule();
    let all = table(&report.directory, "sweep_cohorts");
    let folder = tempfile::tempdir().unwrap();
    for (point, rule) in ["queue", "pro_rata"].into_iter().enumerate() {
        let run = run_small(folder.path(), 2, &[CRASH[0], CRASH[1], &format!("{RULE}={rule}")]);
        let said: Vec<PointCohort> = run.summary.cohorts.iter().cloned().map(PointCohort::from).collect();
        assert_eq!(report.summary.points[point].cohorts, said, "{rule}");
        let here: Vec<usize> = (0..all.height()).filter(|&row| texts(&all, RULE)[row] == rule).collect();
        let column = |name: &str| here.iter().map(|&row| numbers(&all, name)[row]).collect::<Vec<f64>>();
        let of = |figure: fn(&CohortSummary) -> Option<f64>| {
            run.summary.cohorts.iter().map(|c| figure(c).unwrap()).collect::<Vec<f64>>()
        };
        assert_eq!(column("point"), vec![point as f64; here.len()]);
        assert_eq!(column("p_liquidated"), of(|c| Some(c.p_liquidated)));
        assert_eq!(column("equity_usd"), of(|c| Some(c.equity_usd)));
        assert_eq!(column("loss_usd_mean"), of(|c| c.loss_usd.mean));
        assert_eq!(column("loss_usd_se"), of(|c| c.loss_usd.mean_se));
        assert_eq!(column("loss_usd_p95"), of(|c| c.loss_usd.quantile(95)));
        assert_eq!(column("adl_paid_usd_mean"), of(|c| c.adl_paid_usd.mean));
        assert_eq!(column("adl_paid_usd_se"), of(|c| c.adl_paid_usd.mean_se));
        let losses = report.directory.join(format!("cohort_losses/{RULE}={rule}"));
        assert!(table(&losses, "cohort_losses").equals_missing(&table(&run.directory, "cohort_losses")), "{rule}");
    }
}

#[test]
fn what_cohorts_gave_up_adds_up_path_by_path() {
    let (_folder, report) = by_rule();
    let mut paid_by_plain = Vec::new();
    for (point, rule) in report.summary.points.iter().zip(["queue", "pro_rata"]) {
        let losses = table(&report.directory.join(format!("cohort_losses/{RULE}={rule}")), "cohort_losses");
        let paid = ["plain", "ld", "stack"].map(|cohort| numbers(&losses, &format!("{cohort}_adl_paid_usd")));
        let sums: Vec<f64> = (0..12).map(|path| paid[0][path] + paid[1][path] + paid[2][path]).collect();
        let expected = Summary::of(
            &sums,
            rehypo::metric::summary::Kind { larger_is_worse: true, yes_or_no: false },
            rehypo::random::Sampling::Random,
        );
        let all = &point.cohorts[0];
        assert_eq!((all.cohort.as_str(), all.world.as_str()), ("all", "full"));
        assert_eq!((all.adl_paid_usd.mean, all.adl_paid_usd.se), (expected.mean, expected.mean_se));
        assert!(expected.mean.unwrap() > 1e5, "the crash is deleveraged: {expected:?}");
        let removed =
            numbers(&table(&report.directory.join(format!("paths/{RULE}={rule}")), "paths"), "adl_removed_usd");
        assert!(sums.iter().zip(&removed).all(|(sum, removed)| *sum <= removed * (1.0 + 1e-9)), "{rule}");
        paid_by_plain.push(point.cohorts[1].adl_paid_usd.mean.unwrap());
    }
    assert!((paid_by_plain[0] / paid_by_plain[1] - 1.0).abs() > 0.01, "the rule decides who pays: {paid_by_plain:?}");
}

#[test]
fn a_point_without_a_world_has_no_rows_of_it() {
    let axis = "sweep={ \"run.counterfactuals\" = { values = [[], [\"no_reuse\"]] } }";
    let (_folder, report) = swept(&world(&["run.paths=2", axis]));
    let worlds = |point: usize| {
        let mut worlds: Vec<&str> = report.summary.points[point].cohorts.iter().map(|c| c.world.as_str()).collect();
        worlds.dedup();
        worlds
    };
    assert_eq!((worlds(0), worlds(1)), (vec!["full"], vec!["full", "no_reuse"]));
    assert_eq!(table(&report.directory, "sweep_cohorts").height(), 12);
}

/// The sweep that ships: rules differ in who pays, and only in that; what a fund takes decides the over-shoot.
#[test]
fn the_rule_decides_who_is_deleveraged_and_the_take_by_how_much_too_much() {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/sweep_adl.toml");
    let (folder, report) = swept(&load(&config, &["run.paths=8".to_owned()]).unwrap());
    let mean = |point: usize, metric: &str| report.summary.points[point].columns[metric].mean.unwrap();
    let paid = |point: usize, name: &str| {
        let cohorts = &report.summary.points[point].cohorts;
        cohorts.iter().find(|c| c.cohort == name).unwrap().adl_paid_usd.mean.unwrap()
    };
    // The last axis turns fastest: whole, uncovered for each of queue, pro_rata, capped_pro_rata, risk_weighted, integer.
    for rule in 0..5 {
        let (whole, uncovered) = (2 * rule, 2 * rule + 1);
        assert!(mean(whole, "adl_needed_usd") > 1e5, "rule {rule}");
        assert!(mean(uncovered, "adl_over_shoot_usd") <= 1e-3 * mean(uncovered, "adl_needed_usd"), "rule {rule}");
        assert!(mean(whole, "adl_over_shoot_usd") > 10.0 * mean(uncovered, "adl_over_shoot_usd"), "rule {rule}");
        for point in [whole, uncovered] {
            assert_eq!(paid(point, "longs") + paid(point, "large_longs"), 0.0, "longs are not on the other side");
        }
    }
    let (queue, pro_rata, integer) = (0, 2, 8);
    assert!(paid(queue, "leveraged_shorts") > 2.0 * paid(pro_rata, "leveraged_shorts"));
    assert!(paid(queue, "hedgers") < 0.5 * paid(pro_rata, "hedgers"));
    assert!((paid(integer, "hedgers") / paid(pro_rata, "hedgers") - 1.0).abs() < 1e-3, "lots are small");
    let charts = names(&folder.path().join(&names(folder.path())[0]).join("charts"));
    for chart in ["who_pays.png", "sweep_heat_adl_over_shoot_usd.png"] {
        assert!(charts.iter().any(|name| name == chart), "{charts:?}");
    }
    assert!(!charts.iter().any(|name| name.contains("pool_run")), "there is no pool: {charts:?}");
}

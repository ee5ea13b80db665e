//! `--set` and sweeps: every key can be changed from outside, and nothing slips through.

use super::{SMALL, changed, read};
use rehypo::scenario::Source;

fn refused(set: &str) -> String {
    let error = read(SMALL, &[set]).expect_err(set);
    let problem = &error.problems[0];
    assert_eq!(error.problems.len(), 1, "{error}");
    assert_eq!((problem.file.as_str(), problem.line), (format!("--set {set}").as_str(), None));
    format!("{} | {}", problem.message, problem.help.as_deref().unwrap_or(""))
}

#[test]
fn set_reaches_tables_lists_choices_and_files() {
    let sets = [
        "run.paths = 9",
        "run.horizon=2d",
        "engine.order=largest_first",
        "cohorts.stackers.owners=5",
        "cohorts.0.coin=usdt",
        "coins.btc.price_usd=1e5",
        "venues.earn.savings.loans.initial_ltv=0.8",
        "shocks=[{ at = \"1h\", gap = { btc = -0.2 } }]",
        "cohorts.stackers.wealth={ fixed = { usd = 10.0 } }",
        "cohorts.stackers.chain.borrow.ltv=0.79",
    ];
    let world = read(SMALL, &sets).unwrap().scenario;
    assert_eq!((world.paths, world.steps, world.coins[1].opening_usd), (9, 576, 1e5));
    assert_eq!(world.shocks.len(), 1);
    assert!(matches!(world.cohorts[0].source, Source::Drawn { owners: 5, .. }));
    assert!(world.resolved_toml.contains("ltv = 0.79"));
}

#[test]
fn a_wrong_set_is_refused_with_what_would_be_right() {
    assert_eq!(refused("run.pahts=9"), "there is no `pahts` in `run` | did you mean `paths`?");
    assert_eq!(refused("cohorts.stacker.owners=9"), "there is no `stacker` in `cohorts` | did you mean `stackers`?");
    assert_eq!(refused("venues.eran.savings.when_dry=fail"), "there is no `eran` in `venues` | did you mean `earn`?");
    assert_eq!(refused("run.paths"), "expected `key=value` | for example --set run.paths=100");
    assert!(refused("run.paths=many").starts_with("found the text \"many\", expected a whole number of 0 or more"));
    assert!(refused("run.paths=0").starts_with("0 paths are no run"));
    assert!(refused("run.horizon=\"7").starts_with("`\"7` cannot be read as a value"));
    assert!(refused("prices.bootstrap.mean_block=1d").starts_with("`prices` is `gbm` in this file, not `bootstrap`"));
    assert!(refused("venues.earn.savings.when_dry=wait").starts_with("`wait` is not known here"));
    assert!(refused("cohorts.7.owners=1").starts_with("there is no `7` in `cohorts`"));
}

#[test]
fn a_grid_has_the_last_axis_fastest() {
    let loaded = read(SMALL, &[]).unwrap();
    assert_eq!(loaded.points(), 10);
    let values: Vec<String> = (0..10)
        .map(|i| loaded.point_values(i).iter().map(|(_, v)| v.to_string()).collect::<Vec<_>>().join("/"))
        .collect();
    assert_eq!(values, ["1/0", "1/1", "1/2", "1/3", "1/4", "2/0", "2/1", "2/2", "2/3", "2/4"]);
    let point = loaded.point(9).unwrap();
    assert_eq!((point.index, point.scenario.paths), (9, 2));
    assert_eq!(super::chain(&point.scenario, "stackers").len(), 13);
    assert_ne!(point.scenario.fingerprint_text(), loaded.point(8).unwrap().scenario.fingerprint_text());
    assert!(!point.scenario.resolved_toml.contains("[sweep"));
}

#[test]
fn ranges_hit_their_ends_and_have_short_numbers() {
    let axis = |spec: &str| {
        let text =
            changed(&[("{ range = { from = 0, to = 4, count = 5 } }", spec), ("chain.loop.times", "chain.borrow.ltv")]);
        let values = read(&text, &[]).unwrap().axes[1].values.clone();
        values.iter().map(|v| v.as_float().unwrap()).collect::<Vec<f64>>()
    };
    assert_eq!(axis("{ range = { from = 0.1, to = 0.7, count = 7 } }"), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
    assert_eq!(axis("{ log_range = { from = 0.001, to = 0.1, count = 3 } }"), [0.001, 0.01, 0.1]);
}

#[test]
fn a_point_that_does_not_fit_says_which() {
    let text = changed(&[
        ("{ range = { from = 0, to = 4, count = 5 } }", "{ values = [0.5, 0.85] }"),
        ("chain.loop.times", "chain.borrow.ltv"),
    ]);
    let loaded = read(&text, &[]).unwrap();
    loaded.point(0).unwrap();
    let error = loaded.check_points().unwrap_err().to_string();
    assert!(error.contains("0.85 is above the initial_ltv"), "{error}");
    assert!(error.contains("sweep point 2 (cohorts.stackers.chain.borrow.ltv = 0.85)"), "{error}");

    let text = changed(&[
        ("{ range = { from = 0, to = 4, count = 5 } }", "{ values = [0.7, 0.5] }"),
        ("\"cohorts.stackers.chain.loop.times\"", "venues.earn.savings.loans.initial_ltv"),
    ]);
    let error = read(&text, &[]).unwrap().point(1).unwrap_err().to_string();
    assert!(
        error.contains("[at sweep point 2: run.paths = 1, venues.earn.savings.loans.initial_ltv = 0.5]"),
        "{error}"
    );
}

/// The example of the manual sweeps keys that exist: each of its points is a config.
#[test]
fn the_sweep_of_the_manual_is_one() {
    let manual = include_str!("../../../docs/config.md");
    let example =
        manual.split("## Sweeps").nth(1).unwrap().split("```toml").nth(1).unwrap().split("```").next().unwrap();
    let config = include_str!("../../../configs/sweep_reuse_depth.toml");
    let (before, rest) = config.split_once("[sweep]").unwrap();
    let (_, after) = rest.split_once("[coins]").unwrap();
    let loaded = read(&format!("{before}{example}[coins]{after}"), &[]).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(loaded.points(), 5 * 3 * 2);
    for point in 0..loaded.points() {
        loaded.point(point).unwrap_or_else(|e| panic!("{e}"));
    }
}

//! Event beside simulation: a figure is read off a path as its definition says, on every path, and set beside the event.

use crate::small_run::{config, names, numbers, program, rehypo, run_small, table, texts, world};
use rehypo::engine::{Record, Simulation};
use rehypo::metric::Clock;
use rehypo::metric::observed::{check, of_series, of_two};
use rehypo::run::progress::Silent;
use rehypo::run::{RunError, RunOptions, run};
use rehypo::scenario::load_text;
use rehypo::scenario::observed::Figure;
use std::collections::BTreeMap;
use std::path::Path;

/// Rows of `[[observed]]` as one `--set`, each with its unit and figure.
fn rows(rows: &[(&str, &str)]) -> String {
    let row = |(i, (unit, figure)): (usize, &(&str, &str))| {
        format!("{{ what = \"row {i}\", value = 1.0, unit = \"{unit}\", source = \"test\", figure = {{ {figure} }} }}")
    };
    format!("observed=[{}]", rows.iter().enumerate().map(row).collect::<Vec<_>>().join(", "))
}

/// The figure that a config in steps of 30 minutes over 4 hours makes of the text.
fn figure(unit: &str, text: &str) -> Figure {
    let sets = ["run.horizon=4h", "run.step=30m", &rows(&[(unit, text)])];
    let world = world(&sets);
    check(&world).unwrap_or_else(|e| panic!("{e}"));
    world.scenario.observed[0].figure.clone()
}

/// Eight steps of half an hour, the opening first.
const HAND: [f64; 9] = [10.0, 12.0, 9.0, 9.0, 15.0, 20.0, 4.0, 4.0, 30.0];

fn by_hand(unit: &str, text: &str) -> f64 {
    of_series(&figure(unit, text), &|row| HAND[row], &Clock { step_seconds: 1800.0, steps: 8 })
}

#[test]
fn first_hours_count_from_the_time_and_not_before_it() {
    let first = |text: &str| by_hand("hours", &format!("first_hours = {{ series = \"liquidated_usd\", {text} }}"));
    assert_eq!(first("at_least = 15.0"), 2.0);
    assert_eq!(first("at_least = 15.5"), 2.5);
    assert_eq!(first("at_least = 10.0"), 0.0); // at the opening already
    assert_eq!(first("at_least = 10.0, after = \"30m\""), 0.0); // still there
    assert_eq!(first("at_least = 10.0, after = \"1h\""), 1.0); // 9 at 1 h and 1.5 h, 15 at 2 h
    assert_eq!(first("at_least = 10.0, after = \"50m\""), 2.0 - 50.0 / 60.0); // counted from the time, not the step
    assert_eq!(first("at_most = 9.0"), 1.0);
    assert_eq!(first("at_most = 5.0, after = \"3h\""), 0.0);
    assert!(first("at_least = 30.1").is_nan());
    assert!(first("at_most = 8.0, after = \"4h\"").is_nan());
}

#[test]
fn a_value_at_a_time_is_that_of_the_last_step_that_has_ended() {
    let at = |time: &str| by_hand("USD", &format!("at = {{ series = \"liquidated_usd\", time = \"{time}\" }}"));
    assert_eq!([at("1s"), at("29m 59s"), at("30m"), at("2h 10m"), at("4h")], [10.0, 10.0, 12.0, 15.0, 30.0]);
}

#[test]
fn a_change_is_a_difference_or_a_share_of_the_earlier_value() {
    let change = |unit: &str, text: &str| by_hand(unit, &format!("change = {{ series = \"liquidated_usd\"{text} }}"));
    assert_eq!(change("USD", ""), 20.0);
    assert_eq!(change("USD", ", from = \"2h 30m\", to = \"3h\""), -16.0);
    assert_eq!(change("share", ", from = \"2h 30m\", to = \"3h\", relative = true"), -0.8);
    assert_eq!(change("USD", ", to = \"1h\""), -1.0);
    assert_eq!(change("USD", ", from = \"3h 59m\""), 26.0);
    let relative = figure("share", "change = { series = \"liquidated_usd\", relative = true }");
    assert!(of_series(&relative, &|row| row as f64, &Clock { step_seconds: 1800.0, steps: 8 }).is_nan());
}

#[test]
fn extremes_are_between_two_times_both_included() {
    let between = |kind: &str, text: &str| by_hand("USD", &format!("{kind} = {{ series = \"liquidated_usd\"{text} }}"));
    assert_eq!([between("lowest", ""), between("highest", "")], [4.0, 30.0]);
    let window = ", from = \"1h\", to = \"2h 30m\"";
    assert_eq!([between("lowest", window), between("highest", window)], [9.0, 20.0]);
    // A step that ends before the first time or after the last one does not count.
    let window = ", from = \"1m\", to = \"2h 29m\"";
    assert_eq!([between("lowest", window), between("highest", window)], [9.0, 15.0]);
    let gaps = figure("USD", "lowest = { series = \"liquidated_usd\" }");
    let clock = Clock { step_seconds: 1800.0, steps: 8 };
    assert_eq!(of_series(&gaps, &|row| if row < 5 { f64::NAN } else { HAND[row] }, &clock), 4.0);
    assert!(of_series(&gaps, &|_| f64::NAN, &clock).is_nan());
}

#[test]
fn a_ratio_is_what_one_series_rises_over_what_another_does() {
    const BELOW: [f64; 9] = [0.0, 0.0, 10.0, 10.0, 30.0, 40.0, 40.0, 40.0, 50.0];
    const ABOVE: [f64; 9] = [0.0, 0.0, 1.0, 1.0, 6.0, 6.0, 6.0, 6.0, 16.0];
    let ratio = |times: &str| {
        let text = format!(
            "ratio = {{ series = \"endogenous_cumulative_usd\", over = \"liquidated_cumulative_usd\"{times} }}"
        );
        of_two(&figure("share", &text), &|row| ABOVE[row], &|row| BELOW[row])
    };
    assert_eq!([ratio(""), ratio(", to = \"1h\"")], [0.32, 0.1]);
    assert_eq!([ratio(", from = \"1h\", to = \"2h 30m\""), ratio(", from = \"3h\"")], [5.0 / 30.0, 1.0]);
    assert!(ratio(", to = \"30m\"").is_nan());
    let wrong = |text: &str| check(&world(&["run.horizon=4h", &rows(&[("share", text)])])).unwrap_err().to_string();
    let message = wrong("ratio = { series = \"endogenous_cumulative_usd\", over = \"liquidated_cumulative\" }");
    assert!(
        message.contains("observed.0.figure.ratio.over") && message.contains("liquidated_cumulative_usd"),
        "{message}"
    );
    let message = wrong("ratio = { series = \"spot_price_usd\", over = \"liquidated_cumulative_usd\" }");
    assert!(message.contains("is not of the whole system"), "{message}");
}

/// 300 ms over 100 ms is less than 3 in floating point: times that are whole numbers of steps are that all the same.
#[test]
fn the_last_bit_of_a_division_moves_no_row() {
    for step in [7_u64, 100, 300, 11_000] {
        let horizon = format!("run.horizon={}ms", 1000 * step);
        for k in [1_u64, 3, 7, 29, 333, 999] {
            let time = format!("{}ms", k * step);
            let text = format!("lowest = {{ series = \"liquidated_usd\", from = \"{time}\", to = \"{time}\" }}");
            let found = world(&[&horizon, &format!("run.step={step}ms"), &rows(&[("USD", &text)])]);
            let Figure::Lowest { from, to, .. } = found.scenario.observed[0].figure else { panic!() };
            assert_eq!((from as u64, to as u64), (k, k), "{time} in steps of {step} ms");
        }
    }
}

const FIGURES: [(&str, &str); 7] = [
    ("hours", "first_hours = { series = \"spot_price_usd\", entity = \"btc\", at_most = 117000.0, after = \"2h\" }"),
    ("share", "at = { series = \"utilisation\", entity = \"earn/usdt\", time = \"12h\" }"),
    (
        "share",
        "change = { series = \"spot_price_usd\", entity = \"btc\", from = \"1h\", to = \"20h\", relative = true }",
    ),
    ("USD", "lowest = { series = \"spot_price_usd\", entity = \"btc\", from = \"6h\" }"),
    ("USD", "highest = { series = \"open_interest_usd\", to = \"6h\" }"),
    ("USD", "metric = \"loss_usd\""),
    ("hours", "first_hours = { series = \"spot_price_usd\", entity = \"btc\", at_most = 1.0 }"),
];

/// Series by path, name and entity.
type Tracks = BTreeMap<(u64, String, String), Vec<(f64, f64)>>;

/// Every series of the sample in the full world from `series.parquet`: time in hours and value.
fn tracks(series: &polars::prelude::DataFrame) -> Tracks {
    let (roles, worlds) = (texts(series, "role"), texts(series, "world"));
    let (names, entities) = (texts(series, "series"), texts(series, "entity"));
    let (paths, hours, values) = (numbers(series, "path"), numbers(series, "time_hours"), numbers(series, "value"));
    let mut tracks = Tracks::new();
    for row in (0..roles.len()).filter(|&row| roles[row] == "sample" && worlds[row] == "full") {
        let key = (paths[row] as u64, names[row].clone(), entities[row].clone());
        tracks.entry(key).or_default().push((hours[row], values[row]));
    }
    tracks
}

#[test]
fn a_run_reads_every_path_and_sets_it_beside_the_event() {
    let folder = tempfile::tempdir().unwrap();
    let report = run_small(folder.path(), 2, &["run.paths=24", "run.sample_paths=24", &rows(&FIGURES)]);
    let (found, tracks) = (table(&report.directory, "observed"), tracks(&table(&report.directory, "series")));
    let track = |path: usize, name: &str, of: &str| tracks[&(path as u64, name.to_owned(), of.to_owned())].clone();
    assert_eq!(found.height(), 24);
    let column = |i: usize| numbers(&found, &format!("observed_{}", i + 1));
    let losses = numbers(&table(&report.directory, "paths"), "loss_usd");
    assert_eq!(column(5), losses);
    let btc = |path: usize| track(path, "spot_price_usd", "btc");
    for path in 0..24 {
        let first = btc(path).into_iter().find(|(t, x)| *t >= 2.0 && *x <= 117_000.0).map(|(t, _)| t - 2.0);
        let was = column(0)[path];
        assert!(first.map_or(was.is_nan(), |f| (f - was).abs() < 1e-9), "{path}: {first:?}, {was}");
        let at = |hour: f64| btc(path).into_iter().find(|(t, _)| (t - hour).abs() < 1e-9).unwrap().1;
        assert!((column(2)[path] - (at(20.0) - at(1.0)) / at(1.0)).abs() < 1e-12);
        let lowest = btc(path).into_iter().filter(|(t, _)| *t >= 6.0).map(|(_, x)| x).fold(f64::INFINITY, f64::min);
        assert_eq!(column(3)[path], lowest);
        let utilisation = track(path, "utilisation", "earn/usdt");
        assert_eq!(column(1)[path], utilisation.iter().find(|(t, _)| *t == 12.0).unwrap().1);
        let interest = track(path, "open_interest_usd", "");
        let highest = interest.iter().filter(|(t, _)| *t <= 6.0).map(|(_, x)| *x).fold(0.0, f64::max);
        assert_eq!(column(4)[path], highest);
    }
    let reached = column(0).iter().filter(|x| !x.is_nan()).count();
    assert!((1..24).contains(&reached), "the level should be reached on some paths and not on others: {reached}");
    assert!(column(6).iter().all(|x| x.is_nan()));

    let json = std::fs::read_to_string(report.directory.join("summary.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let said = json["observed"].as_array().unwrap();
    assert_eq!(said.len(), FIGURES.len());
    for (i, row) in said.iter().enumerate() {
        let mut values: Vec<f64> = column(i).into_iter().filter(|x| !x.is_nan()).collect();
        values.sort_unstable_by(f64::total_cmp);
        let n = values.len();
        // The smallest value that the share of the values reach.
        let quantile = |percent: usize| (n > 0).then(|| values[(n * percent).div_ceil(100).max(1) - 1]);
        let close = |key: &str, x: Option<f64>| match (row[key].as_f64(), x) {
            (Some(found), Some(x)) => assert!((found - x).abs() <= 1e-12 * x.abs(), "{i} {key}: {found} {x}"),
            (found, x) => assert_eq!(found, x, "{i} {key}"),
        };
        close("simulated_median", quantile(50));
        close("simulated_p5", quantile(5));
        close("simulated_p95", quantile(95));
        close("simulated_mean", (n > 0).then(|| values.iter().sum::<f64>() / n as f64));
        close("share_of_paths_without", Some((24 - n) as f64 / 24.0));
        assert_eq!((row["what"].as_str(), row["source"].as_str()), (Some(format!("row {i}").as_str()), Some("test")));
        assert_eq!((row["unit"].as_str(), row["observed"].as_f64()), (Some(FIGURES[i].0), Some(1.0)));
    }
}

#[test]
fn an_observation_changes_no_number_and_nothing_is_kept_without_one() {
    let (with, without) = (world(&[&rows(&FIGURES)]), world(&[]));
    assert!(world(&[&rows(&FIGURES[5..6])]).scenario.observed.len() == 1);
    let once = |scenario| {
        let simulation = Simulation::new(scenario).unwrap();
        simulation.run(3, Record::default(), &mut simulation.workspace())
    };
    let (with, without) = (once(&with.scenario), once(&without.scenario));
    assert_eq!(with.full.owner_loss_usd, without.full.owner_loss_usd);
    assert!(!with.full.series.is_empty(), "every path has its series");
    assert!(with.counterfactuals.iter().all(|o| o.series.is_empty()), "only the full world is beside the event");
    assert!(without.full.series.is_empty());
    let metrics_only = world(&[&rows(&FIGURES[5..6])]);
    assert!(once(&metrics_only.scenario).full.series.is_empty(), "a metric needs no series");

    let folder = tempfile::tempdir().unwrap();
    let directory = run_small(folder.path(), 2, &[]).directory;
    assert!(!directory.join("observed.parquet").exists());
}

#[test]
fn a_sweep_sets_the_event_beside_every_point() {
    let folder = tempfile::tempdir().unwrap();
    let axis = "sweep={ \"run.seed\" = { values = [1, 2] } }";
    let mut program = program("sweep", folder.path());
    let output = program.args(["--json", "--set", axis, "--set", &rows(&FIGURES)]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let directory = folder.path().join(&names(folder.path())[0]);
    for (point, seed) in [(0, "1"), (1, "2")] {
        let partition = directory.join("observed").join(format!("run.seed={seed}"));
        let mut losses = numbers(&table(&partition, "observed"), "observed_6");
        losses.sort_unstable_by(f64::total_cmp);
        let median = json["points"][point]["observed"][5]["simulated_median"].as_f64().unwrap();
        assert!((median / losses[5] - 1.0).abs() < 1e-12, "{median} {}", losses[5]);
    }
    let both = |i: usize| json["points"][i]["observed"][5]["simulated_median"].as_f64();
    assert_ne!(both(0), both(1));
}

#[test]
fn the_command_line_sets_them_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let observed = "observed=[{ what = \"fall of bitcoin\", value = -0.25, unit = \"share\", source = \"test\", figure = { \
                    change = { series = \"spot_price_usd\", entity = \"btc\", relative = true } } }, { what = \"run\", \
                    value = 1.0, unit = \"0/1\", source = \"test\", figure = { metric = \"pool_run\" } }]";
    let output = program("run", folder.path()).args(["--set", observed]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line =
        |start: &str| text.lines().find(|l| l.trim_start().starts_with(start)).unwrap_or_else(|| panic!("{text}"));
    assert!(line("fall of bitcoin").contains("-25 %") && line("fall of bitcoin").contains(" to "), "{text}");
    assert!(line("run ").contains("yes") && line("run ").contains("yes on "), "{text}");
    assert!(text.contains("The event beside the simulation"));
    let check = rehypo().arg("check").arg(config()).args(["--set", observed]).output().unwrap();
    assert!(String::from_utf8_lossy(&check.stdout).contains("Observed: 2 numbers"));
}

const ROW: &str = "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"UNIT\"\nsource = \"s\"\nfigure.FIGURE\n";

/// What is said of a figure whose names the config does not know: line, message and help.
fn refused(unit: &str, figure: &str) -> String {
    let small = include_str!("config/small.toml");
    let row = ROW.replace("UNIT", unit).replace("FIGURE", figure);
    let text = small.replace("[sweep]\n", &format!("{row}[sweep]\n"));
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let loaded = load_text(&text, &base, "small.toml", &[]).unwrap_or_else(|e| panic!("{e}"));
    check(&loaded).expect_err(figure).to_string()
}

#[test]
fn what_is_not_recorded_is_refused_with_the_nearest_name() {
    let cases = [
        (
            "share",
            "at = { series = \"utilization\", entity = \"earn/usdt\", time = \"1h\" }",
            "did you mean `utilisation`?",
        ),
        (
            "share",
            "at = { series = \"utilisation\", entity = \"earn/usd\", time = \"1h\" }",
            "did you mean `earn/usdt`?",
        ),
        ("share", "at = { series = \"utilisation\", time = \"1h\" }", "entities: `earn/usdt`, `earn/btc`"),
        ("USD", "lowest = { series = \"open_interest_usd\", entity = \"btc\" }", "leave `entity` out"),
        ("USD", "metric = \"los_usd\"", "did you mean `loss_usd`?"),
        ("share", "metric = \"loss_usd\"", "write unit = \"USD\""),
    ];
    for (unit, figure, help) in cases {
        let said = refused(unit, figure);
        assert!(said.contains(help) && said.contains("--> small.toml:"), "{said}");
        assert!(said.starts_with("error: observed.0."), "{said}");
    }
    insta::assert_snapshot!(refused("share", "at = { series = \"utilisation\", entity = \"earn/usd\", time = \"1h\" }"), @r#"
    error: observed.0.figure.at.entity: no `utilisation` of `earn/usd` is recorded
       --> small.toml:100:48
        |
    100 | figure.at = { series = "utilisation", entity = "earn/usd", time = "1h" }
        |                                                ^^^^^^^^^^
        = help: did you mean `earn/usdt`?
    "#);
}

/// A world of a hundredth stands for the whole once its figures are multiplied; shares are what they are.
#[test]
fn figures_are_multiplied_as_their_rows_say() {
    let folder = tempfile::tempdir().unwrap();
    let row = |what: &str, unit: &str, times: &str| {
        let figure = if unit == "share" { "liquidated_share" } else { "liquidated_usd" };
        format!(
            "{{ what = \"{what}\", value = 1.0, unit = \"{unit}\", source = \"test\"{times}, figure.metric = \"{figure}\" }}"
        )
    };
    let rows = format!("observed=[{}, {}]", row("as it is", "USD", ""), row("the whole", "USD", ", times = 100.0"));
    let report = run_small(folder.path(), 1, &[&rows]);
    let found = table(&report.directory, "observed");
    let (plain, times) = (numbers(&found, "observed_1"), numbers(&found, "observed_2"));
    assert!(plain.iter().any(|usd| *usd > 0.0), "nothing was closed");
    assert!(plain.iter().zip(&times).all(|(plain, times)| *times == plain * 100.0), "{plain:?} {times:?}");
    let shares = format!("observed=[{}]", row("share", "share", ", times = 100.0"));
    let sets: Vec<String> = vec![shares];
    let refused = rehypo::scenario::load(&config(), &sets).expect_err("a share has no size").to_string();
    assert!(refused.contains("the same in a world of another size") && refused.contains("leave it out"), "{refused}");
}

/// A program that runs a scenario without its text is told all the same, before any work.
#[test]
fn a_run_without_a_text_refuses_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = world(&[&rows(&[("USD", "metric = \"los_usd\"")])]);
    let options = RunOptions { folder: folder.path().to_owned(), ..RunOptions::default() };
    let Err(RunError::Config(error)) = run(&loaded.scenario, &options, &Silent) else { panic!("it was run") };
    assert!(error.to_string().starts_with("error: observed.0.figure.metric: there is no metric called `los_usd`"));
    assert!(names(folder.path()).is_empty());
}

#[test]
fn the_command_line_refuses_it_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let bad = rows(&[("USD", "metric = \"los_usd\"")]);
    for command in ["run", "sweep"] {
        let mut program = program(command, folder.path());
        let output =
            program.args(["--set", &bad, "--set", "sweep={ \"run.seed\" = { values = [1, 2] } }"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("there is no metric called `los_usd`") && said.contains("--> --set observed="), "{said}");
    }
    assert!(names(folder.path()).is_empty());
}

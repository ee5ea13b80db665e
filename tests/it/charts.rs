//! Charts are drawn from the tables on disk: every one of them, the same picture each time, no label on another, and
//! an honest picture where there is nothing to see.

mod fixture;
mod who_pays;

use fixture::{LAYERS, SMALL, World, column, read, write, write_frame, write_run, write_sweep};
use polars::prelude::{DataFrame, DataType, IdxCa};
use rehypo::chart::{self, CHARTS, Figure};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const CALM: World = World { fragility: 0.0, ..SMALL };
const ALONE: World = World { counterfactuals: false, venues: false, paths: 30, ..SMALL };
const MINUTES: World = World { steps: 360, step_seconds: 60.0, fragility: 5.0, ..SMALL };

fn run_of(world: &World) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write_run(dir.path(), world);
    dir
}

fn title(dir: &Path, name: &str) -> String {
    chart::figure(dir, name).unwrap().title().replace('\u{a0}', " ")
}

/// Texts of a figure on one line.
fn words(figure: &Figure) -> String {
    figure.texts().iter().map(|text| text.text.replace('\u{a0}', " ")).collect::<Vec<_>>().join(" ")
}

fn error(dir: &Path, name: &str) -> String {
    chart::figure(dir, name).unwrap_err().to_string()
}

fn empty_table(dir: &Path, name: &str) {
    let frame = read(dir, name).head(Some(0));
    write_frame(dir, name, frame);
}

/// Width and height in the header of a PNG.
fn pixels(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn every_chart_becomes_a_png_of_twice_its_size() {
    let run = run_of(&SMALL);
    let files = chart::render_all(run.path()).unwrap();
    assert_eq!(files.len(), CHARTS.len());
    for (chart, file) in CHARTS.iter().zip(&files) {
        assert_eq!(*file, run.path().join("charts").join(format!("{}.png", chart.name)));
        let (width, height) = chart::figure(run.path(), chart.name).unwrap().size();
        assert_eq!((width, height >= 540.0), (900.0, true), "{}", chart.name);
        let size = pixels(&fs::read(file).unwrap());
        assert_eq!((f64::from(size.0), f64::from(size.1)), (2.0 * width, 2.0 * height), "{}", chart.name);
    }
    let left: Vec<_> = fs::read_dir(run.path().join("charts")).unwrap().collect();
    assert_eq!(left.len(), CHARTS.len(), "no partial file is left");
}

#[test]
fn charts_are_the_same_twice_and_one_by_one() {
    let run = run_of(&SMALL);
    let again = run_of(&SMALL);
    chart::render_all(run.path()).unwrap();
    for chart in CHARTS {
        let file = again.path().join("one.png");
        // The directory's name is in no picture, because the manifest names the scenario.
        chart::render(again.path(), chart.name, &file).unwrap();
        let first = fs::read(run.path().join(format!("charts/{}.png", chart.name))).unwrap();
        assert!(first == fs::read(&file).unwrap(), "{} differs", chart.name);
    }
}

#[test]
fn no_label_touches_another_or_leaves_the_page() {
    for world in [SMALL, CALM, ALONE, MINUTES] {
        let run = run_of(&world);
        for chart in CHARTS {
            well_set(&chart::figure(run.path(), chart.name).unwrap(), chart.name);
        }
    }
}

pub fn well_set(figure: &Figure, name: &str) {
    let ((width, height), texts) = (figure.size(), figure.texts());
    for (i, a) in texts.iter().enumerate() {
        assert!(!a.text.contains("NaN") && !a.text.contains("inf"), "{name}: `{}`", a.text);
        assert!(a.left >= 10.0 && a.right <= width - 8.0, "{name}: `{}` is clipped", a.text);
        assert!(a.top >= 4.0 && a.bottom <= height - 4.0, "{name}: `{}` is clipped", a.text);
        for b in &texts[i + 1..] {
            let apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
            assert!(apart, "{name}: `{}` lies on `{}`: {a:?} {b:?}", a.text, b.text);
        }
    }
}

#[test]
fn tables_of_other_programs_will_do() {
    let run = run_of(&SMALL);
    let before: Vec<String> = CHARTS.iter().map(|c| chart::figure(run.path(), c.name).unwrap().svg()).collect();
    // Rows in another order, another width of integer, columns that nobody asked for.
    for (name, integer) in [("bands", "step"), ("series", "rank")] {
        let mut frame = read(run.path(), name);
        let wide = frame.column(integer).unwrap().cast(&DataType::Int64).unwrap();
        frame.with_column(wide).unwrap();
        frame.with_column(column("note", vec!["mine"; frame.height()])).unwrap();
        let rows = frame.height() as u32;
        let order: Vec<u32> = (0..rows).map(|i| (i / 97) * 97 + (96 - i % 97).min(rows - 1 - (i / 97) * 97)).collect();
        write_frame(run.path(), name, frame.take(&IdxCa::from_vec("order".into(), order)).unwrap());
    }
    for (chart, before) in CHARTS.iter().zip(before) {
        assert!(chart::figure(run.path(), chart.name).unwrap().svg() == before, "{} changed", chart.name);
    }
}

#[test]
fn one_wild_path_does_not_flatten_a_panel() {
    let run = run_of(&SMALL);
    let mut series = read(run.path(), "series");
    let btc = |frame: &DataFrame, row: usize| {
        let text = |name| frame.column(name).unwrap().str().unwrap().get(row).unwrap().to_owned();
        text("series") == "spot_price_usd" && text("entity") == "btc" && text("role") == "worst"
    };
    let row = (0..series.height()).find(|row| btc(&series, *row)).unwrap() + 10;
    let mut values: Vec<f64> = series.column("value").unwrap().f64().unwrap().iter().flatten().collect();
    values[row] = 77e6;
    series.with_column(column("value", values)).unwrap();
    write_frame(run.path(), "series", series);
    let figure = chart::figure(run.path(), "price_fan").unwrap();
    let words = words(&figure);
    assert!(words.contains("a worst path reaches $77,000,000") && !words.contains("$50,000,000"), "{words}");
    well_set(&figure, "price_fan");
}

#[test]
fn a_missing_column_or_file_is_named() {
    let run = run_of(&SMALL);
    let mut bands = read(run.path(), "bands");
    bands.rename("p95", "p95_usd".into()).unwrap();
    write_frame(run.path(), "bands", bands);
    let message = error(run.path(), "price_fan");
    assert!(message.contains("bands.parquet has no column `p95`; did you mean `p95_usd`?"), "{message}");

    let mut accounts = read(run.path(), "accounts");
    let words = accounts.column("equity_usd").unwrap().cast(&DataType::String).unwrap();
    accounts.with_column(words).unwrap();
    write_frame(run.path(), "accounts", accounts);
    let message = error(run.path(), "leverage");
    assert!(message.contains("column `equity_usd` of") && message.contains("holds str, not numbers"), "{message}");

    fs::remove_file(run.path().join("paths.parquet")).unwrap();
    let message = error(run.path(), "cascade_ccdf");
    assert!(message.contains("paths.parquet") && message.contains("No such file"), "{message}");
    fs::write(run.path().join("cohorts.parquet"), "no table").unwrap();
    let message = error(run.path(), "loss_by_layer");
    assert!(message.contains("cohorts.parquet is not a readable Parquet file"), "{message}");
    assert!(chart::render_all(run.path()).is_err());
}

#[test]
fn an_unknown_chart_suggests_the_nearest() {
    let run = run_of(&SMALL);
    let message = error(run.path(), "cascade_cdf");
    assert!(message.contains("no chart `cascade_cdf`; did you mean `cascade_ccdf`?"), "{message}");
    assert!(message.contains("price_fan, worst_path"), "{message}");
    assert!(!error(run.path(), "zzz").contains("did you mean"));
}

#[test]
fn a_manifest_may_be_missing_but_not_damaged() {
    let run = run_of(&SMALL);
    fs::write(run.path().join("manifest.json"), "{").unwrap();
    assert!(error(run.path(), "price_fan").contains("manifest.json is not a readable JSON file"));
    fs::remove_file(run.path().join("manifest.json")).unwrap();
    let figure = chart::figure(run.path(), "price_fan").unwrap();
    let name = run.path().file_name().unwrap().to_string_lossy().into_owned();
    assert!(words(&figure).contains(&name), "the directory's name stands for the scenario's");
}

#[test]
fn titles_say_what_the_numbers_say() {
    let run = run_of(&SMALL);
    // 200 paths of which the first 100 close nothing; 3 times as much with feedback, 1.5 times with reuse.
    let closed = |factor: f64| (0..200).map(|i| f64::from(i - 99).max(0.0) * 1e6 * factor).collect::<Vec<f64>>();
    let shares = |factor: f64| (0..200).map(|i| f64::from(i) / 1000.0 * factor).collect::<Vec<f64>>();
    let mut columns = vec![column("path", (0..200).collect::<Vec<u64>>())];
    for (prefix, factor) in [("", 3.0), ("no_feedback_", 1.0), ("no_reuse_", 2.0)] {
        columns.push(column(&format!("{prefix}liquidated_usd"), closed(factor)));
        columns.push(column(&format!("{prefix}loss_share"), shares(factor)));
        columns.push(column(&format!("{prefix}loss_usd"), closed(factor)));
    }
    write(run.path(), "paths", columns);
    let expected = "Feedback makes a 1-in-100 cascade 3.0 times larger; reuse makes it 1.5 times larger";
    assert_eq!(title(run.path(), "cascade_ccdf"), expected);
    let figure = chart::figure(run.path(), "cascade_ccdf").unwrap();
    assert!(words(&figure).contains("Nothing is closed on 100 of 200 paths (no feedback: 100, no reuse: 100)"));
    assert!(words(&figure).contains("As configured ($294m at 1 in 100)"), "rank 198 of 200");
    // The worst 2 of 200 paths: shares 0.198 and 0.199, times the factor.
    let expected =
        "In the worst 1 % of paths owners lose 59.6 % of their wealth; 19.9 % without feedback, 39.7 % without reuse";
    assert_eq!(title(run.path(), "loss_distribution"), expected);
}

#[test]
fn leverage_weighs_by_net_worth_and_leaves_zeros_off_the_axis() {
    let run = run_of(&SMALL);
    write(
        run.path(),
        "accounts",
        vec![
            column("cohort", ["a", "a", "b"]),
            column("equity_usd", [100.0, 300.0, 600.0]),
            column("nominal_leverage_x", [4.0, 0.0, 0.0]),
            column("effective_leverage_x", [50.0, 5.0, 1.0]),
        ],
    );
    assert_eq!(title(run.path(), "leverage"), "Owners carry 7.1 times their net worth; their venues see 0.4");
    let figure = chart::figure(run.path(), "leverage").unwrap();
    assert!(words(&figure).contains("2 owners without a position are left out of the nominal bars"));
    assert!(words(&figure).contains("no position at a venue"), "cohort b");
    well_set(&figure, "leverage");
}

#[test]
fn many_cohorts_make_a_taller_page() {
    let run = run_of(&SMALL);
    let names: Vec<String> = (0..25).map(|i| format!("cohort_{i}_with_a_name_that_hardly_fits")).collect();
    let leverage: Vec<f64> = (0..25).map(|i| f64::from(i) + 0.5).collect();
    let columns =
        ["equity_usd", "nominal_leverage_x", "effective_leverage_x"].map(|name| column(name, leverage.as_slice()));
    write(run.path(), "accounts", [vec![column("cohort", names)], columns.to_vec()].concat());
    let figure = chart::figure(run.path(), "leverage").unwrap();
    assert!(figure.size().1 > 1500.0, "{:?}", figure.size());
    well_set(&figure, "leverage");
}

#[test]
fn loss_by_layer_shows_every_world_and_gains() {
    let run = run_of(&SMALL);
    let mut columns = vec![
        column("cohort", ["b", "all", "all", "b"]),
        column("world", ["no_reuse", "no_reuse", "full", "full"]),
        column("owners", [10u32, 10, 10, 10]),
        column("equity_usd", [1e6; 4]),
    ];
    for (i, layer) in LAYERS.iter().enumerate() {
        let loss = [-5e3, 0.0, 0.0, 0.0, 4e4, 2e4, 0.0][i];
        columns.push(column(&format!("loss_{layer}_usd"), [loss / 2.0, loss / 2.0, loss, loss]));
    }
    write(run.path(), "cohorts", columns);
    let expected = "Owners lose 5.5 % of their wealth on average: 4.0 % on futures, 2.0 % in forced sales";
    assert_eq!(title(run.path(), "loss_by_layer"), expected);
    let words = words(&chart::figure(run.path(), "loss_by_layer").unwrap());
    let (full, without) = (words.find("as configured").unwrap(), words.find("no reuse").unwrap());
    assert!(full < without && words.contains("2.8 % ($27.5k)"), "{words}");
    assert!(!words.contains("Savings"), "a layer without any loss is not in the legend");
}

#[test]
fn nothing_to_see_is_said() {
    let calm = run_of(&CALM);
    assert_eq!(title(calm.path(), "cascade_ccdf"), "No position is closed by force on any path");
    assert_eq!(title(calm.path(), "worst_path"), "Even on the worst path nothing is closed by force");
    assert_eq!(title(calm.path(), "token_discount"), "No token ever leaves par");
    assert_eq!(title(calm.path(), "loss_by_layer"), "Owners lose nothing on average");
    assert!(title(calm.path(), "pool_run").starts_with("Every withdrawal is paid; utilisation of earn / usdt"));
    let alone = run_of(&ALONE);
    assert_eq!(title(alone.path(), "pool_run"), "There is no pool to run on");
    assert_eq!(title(alone.path(), "token_discount"), "There is no token to discount");
    assert!(title(alone.path(), "cascade_ccdf").starts_with("1 path in 10 sees at least $"));
}

#[test]
fn tables_without_rows_are_said_to_have_none() {
    let run = run_of(&SMALL);
    empty_table(run.path(), "series");
    assert_eq!(title(run.path(), "worst_path"), "No worst path was kept");
    assert!(!words(&chart::figure(run.path(), "price_fan").unwrap()).contains("Worst"), "bands alone");
    for name in ["bands", "paths", "accounts", "cohorts"] {
        empty_table(run.path(), name);
    }
    for chart in CHARTS.iter().filter(|chart| chart.name != "worst_path") {
        let figure = chart::figure(run.path(), chart.name).unwrap();
        assert!(words(&figure).contains(&format!("{}.parquet has no rows.", chart.tables[0])), "{}", chart.name);
        well_set(&figure, chart.name);
    }
}

#[test]
fn a_sweep_is_drawn_by_its_number_of_axes() {
    let dir = tempfile::tempdir().unwrap();
    let names = |dir: &Path| {
        let files = chart::render_sweep(dir).unwrap();
        files.iter().map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    let (loops, depth): (&[f64], &[f64]) = (&[0.0, 1.0, 2.0, 3.0], &[1e6, 1e7, 1e8]);
    write_sweep(dir.path(), &[("cohorts.stack.loops", loops)]);
    let metrics = ["loss_share", "liquidated_usd", "token_discount_worst"];
    assert_eq!(names(dir.path()), metrics.map(|metric| format!("sweep_lines_{metric}")));
    write_sweep(dir.path(), &[("cohorts.stack.loops", loops), ("markets.btc.depth", depth)]);
    assert_eq!(names(dir.path()), metrics.map(|metric| format!("sweep_heat_{metric}")));
    write_sweep(dir.path(), &[("a.b", loops), ("a.c", loops), ("a.d", &[1.0])]);
    assert!(names(dir.path()).is_empty());
    fs::remove_file(dir.path().join("sweep.parquet")).unwrap();
    assert!(chart::render_sweep(dir.path()).unwrap_err().to_string().contains("sweep.parquet"));
}

#[test]
fn sweep_charts_are_well_set_and_say_what_they_show() {
    let dir = tempfile::tempdir().unwrap();
    let depths: &[f64] = &[1e6, 3e6, 1e7, 3e7, 1e8];
    let many: Vec<f64> = (0..40).map(f64::from).collect();
    let long = "cohorts.a_cohort_with_quite_a_long_name.chain.3.trade.leverage.lognormal.median_of_the_law_of_leverage";
    let wide: Vec<f64> = many.iter().map(|i| 1.25e6 * (i + 1.0)).collect();
    let lines = [vec![(long, depths)], vec![("a.b", &many)], vec![("a.b", &[1.0])]];
    let maps = [vec![(long, depths), ("a.b", &many)], vec![("a.b", wide.as_slice()), ("a.c", &[1.0, 2.0])]];
    for axes in lines.into_iter().chain(maps) {
        write_sweep(dir.path(), &axes);
        for figure in chart::sweep_figures(dir.path()).unwrap() {
            well_set(&figure.1, &figure.0);
        }
    }
    write_sweep(dir.path(), &[("a.b", &[2.0, 0.0, 1.0])]);
    let figures = chart::sweep_figures(dir.path()).unwrap();
    let expected = "Futures closed by force: up from $9.3m to $46.7m on average as a.b goes from 0 to 2";
    assert_eq!(figures[1].1.title().replace('\u{a0}', " "), expected, "points in the order of the axis");
}

#[test]
fn a_sweep_over_words_and_unknown_metrics_is_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let columns = vec![
        column("point", [0u32, 1, 2]),
        column("engine.order", ["simultaneous", "random", "largest_first"]),
        column("my_own_usd_mean", [Some(3.0e6), None, Some(1.0e6)]),
        column("my_own_usd_se", [Some(1.0e5), None, Some(1.0e5)]),
        column("my_own_usd_p50", [Some(3.0e6), None, Some(1.0e6)]),
        column("my_own_usd_p95", [Some(5.0e6), None, Some(2.0e6)]),
    ];
    write(dir.path(), "sweep", columns);
    let figures = chart::sweep_figures(dir.path()).unwrap();
    assert_eq!(figures[0].0, "sweep_lines_my_own_usd");
    well_set(&figures[0].1, "words");
    let words = words(&figures[0].1);
    assert!(
        words.contains("simultaneous")
            && words.contains("largest_first")
            && words.contains("my own usd: down from $3m to $1m")
    );
}

#[test]
fn a_sweep_claims_no_change_that_its_errors_could_explain() {
    let dir = tempfile::tempdir().unwrap();
    let title = |mean: [f64; 3], se: f64| {
        let mut columns = vec![column("point", [0u32, 1, 2]), column("a.b", [1.0, 2.0, 3.0])];
        columns.push(column("loss_share_mean", mean));
        columns.push(column("loss_share_se", [se; 3]));
        columns.push(column("loss_share_p95", [0.5; 3]));
        write(dir.path(), "sweep", columns);
        chart::sweep_figures(dir.path()).unwrap()[0].1.title().replace('\u{a0}', " ")
    };
    assert!(title([0.1, 0.2, 0.3], 0.01).starts_with("Loss of owners: up from 10.0 % to 30.0 % on average"));
    assert!(title([0.1, 0.2, 0.3], 0.1).starts_with("Loss of owners: 10.0 % to 30.0 % on average, no clear change as"));
    assert_eq!(title([0.1, 0.4, 0.2], 0.01), "Loss of owners: highest where a.b is 2, 40.0 % on average");
    assert!(title([0.1, 0.4, 0.2], f64::NAN).contains("up from 10.0 % to 20.0 %"), "one path has no error");
}

/// Not a promise: leaves charts of many kinds of worlds in `target/charts` for a person to look at.
#[test]
#[ignore = "draws pictures to look at"]
fn gallery() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/charts");
    let full = World { paths: 500, steps: 2016, step_seconds: 300.0, ..SMALL };
    for (name, world) in [("full", full), ("small", SMALL), ("calm", CALM), ("alone", ALONE), ("minutes", MINUTES)] {
        write_run(&dir.join(name), &world);
        chart::render_all(&dir.join(name)).unwrap();
    }
    let (loops, depths): (&[f64], &[f64]) = (&[0.0, 1.0, 2.0, 3.0, 4.0], &[1e6, 3e6, 1e7, 3e7, 1e8]);
    let (first, second) = (("cohorts.stack.loops", loops), ("markets.btc.spot.book.depth_1pct_usd", depths));
    for (name, axes) in [("one", vec![first]), ("log", vec![second]), ("two", vec![first, second])] {
        write_sweep(&dir.join(name), &axes);
        chart::render_sweep(&dir.join(name)).unwrap();
    }
}

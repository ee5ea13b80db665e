//! `rehypo fund`.

use crate::small_run::{rehypo, run_small, table};
use polars::prelude::{Column, NamedFrom, ParquetWriter, Series};
use std::fs::File;
use std::path::Path;

/// A small run whose table of paths has these columns besides or instead of its own.
fn run_with(columns: &[(&str, Vec<Option<f64>>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let directory = run_small(folder.path(), 2, &[]).directory;
    let mut frame = table(&directory, "paths");
    for name in ["fund_needed_usd", "fund_open_usd"] {
        frame = frame.drop(name).unwrap_or(frame);
    }
    for (name, values) in columns {
        frame.with_column(Column::from(Series::new((*name).into(), values.as_slice()))).unwrap();
    }
    let file = File::create(directory.join("paths.parquet")).unwrap();
    ParquetWriter::new(file).finish(&mut frame).unwrap();
    std::fs::rename(directory, folder.path().join("run")).unwrap();
    folder
}

/// Twelve paths: nine need nothing, three need 10,000, 20,000 and 60,000 USD.
fn needed() -> Vec<Option<f64>> {
    (0..12).map(|path| Some([0.0, 0.0, 0.0, 1e4][path % 4] * [1.0, 2.0, 6.0][path / 4])).collect()
}

fn call(folder: &Path, arguments: &[&str]) -> (String, String, i32) {
    let output = rehypo().arg("fund").arg(folder.join("run")).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
}

fn assert_refused(folder: &Path, arguments: &[&str], words: &[&str]) {
    let (out, err, code) = call(folder, arguments);
    assert_eq!((out.as_str(), code, err.matches("error:").count()), ("", 2, 1), "{err}");
    for word in words {
        assert!(err.contains(word), "`{word}` is not in: {err}");
    }
}

#[test]
fn a_run_is_told_how_large_its_fund_should_be() {
    let folder = run_with(&[("fund_needed_usd", needed()), ("fund_open_usd", vec![Some(15_000.0); 12])]);
    let (out, err, code) = call(folder.path(), &["--capital-cost", "0.1"]);
    assert_eq!((err.as_str(), code), ("", 0));
    // Used up on two paths of twelve. With r = 0.1 one path of twelve may stay above: 20,000 USD. Costs by hand:
    // 0.1 * 15,000 + (5,000 + 45,000) / 12 and 0.1 * 20,000 + 40,000 / 12.
    insta::assert_snapshot!(out, @r"
    whole_chain: 12 paths of 1 day
    A path needs the fund that would not have gone below its floor: with less it is used up.
    Costs over a path: 0.1 per USD held in the fund, 1 per USD that it lacks

    The present fund of $15k is used up on 16.7 % of paths (95 % confidence 4.7 % to 44.8 %).
    It costs $5.67k (95 % confidence $1.5k to $13k) on average.

    A fund of $20k costs least (95 % confidence: at least $0; more paths would bound it from above).
    It is used up on 8.33 % of paths (95 % confidence 1.49 % to 35.4 %)
    and costs $5.33k (95 % confidence $2k to $11.9k) on average.

     fund USD   used up    95 % confidence   expected cost USD
    ─────────────────────────────────────────────────────────────────────────
            0      25 %   8.89 % to 53.2 %               7,500
          100      25 %   8.89 % to 53.2 %               7,485
          200      25 %   8.89 % to 53.2 %               7,470
          500      25 %   8.89 % to 53.2 %               7,425
        1,000      25 %   8.89 % to 53.2 %               7,350
        2,000      25 %   8.89 % to 53.2 %               7,200
        5,000      25 %   8.89 % to 53.2 %               6,750
       10,000    16.7 %    4.7 % to 44.8 %               6,000
       15,000    16.7 %    4.7 % to 44.8 %               5,667       present
       20,000    8.33 %   1.49 % to 35.4 %               5,333   costs least
       50,000    8.33 %   1.49 % to 35.4 %               5,833
      100,000       0 %      0 % to 24.2 %              10,000
    ");
    let (other, _, _) = call(folder.path(), &["--capital-cost", "0.1", "--fund", "60000"]);
    assert!(other.contains("The present fund of $60k is used up on 0 % of paths"), "{other}");
    let (dear, _, _) = call(folder.path(), &["--capital-cost", "0.5", "--loss-cost", "0.5"]);
    assert!(dear.contains("A fund of $0 costs least"), "{dear}");
}

#[test]
fn a_run_that_says_nothing_of_its_fund_is_refused() {
    let cost = ["--capital-cost", "0.1"];
    let folder = run_with(&[]);
    assert_refused(folder.path(), &cost, &["paths.parquet has no column fund_needed_usd", "run the scenario again"]);

    let folder = run_with(&[("fund_needed_usd", needed())]);
    assert_refused(folder.path(), &cost, &["fund_open_usd", "--fund USD"]);
    assert_eq!(call(folder.path(), &["--capital-cost", "0.1", "--fund", "5"]).2, 0);
    assert_refused(folder.path(), &[], &["--capital-cost"]);
    assert_refused(folder.path(), &["--capital-cost", "0"], &["--capital-cost", "above 0"]);
    assert_refused(folder.path(), &["--capital-cost", "much"], &["--capital-cost", "expected a number"]);
    assert_refused(folder.path(), &["--capital-cost", "0.1", "--fund=-5"], &["--fund", "0 or more"]);

    let sizes = (0..12).map(|path| Some(f64::from(path))).collect();
    let folder = run_with(&[("fund_needed_usd", needed()), ("fund_open_usd", sizes)]);
    assert_refused(folder.path(), &cost, &["fund_open_usd", "--fund USD"]);

    let mut gap = needed();
    gap[4] = None;
    let folder = run_with(&[("fund_needed_usd", gap), ("fund_open_usd", vec![Some(1.0); 12])]);
    assert_refused(folder.path(), &cost, &["path 4 has no fund_needed_usd"]);
    assert_refused(&folder.path().join("nowhere"), &cost, &["not a run directory"]);
}

#[test]
fn a_sweep_has_many_funds_and_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = crate::small_run::program("sweep", folder.path());
    program.args(["--json", "--set", "sweep={ \"run.seed\" = { values = [1, 2] } }"]);
    assert!(program.output().unwrap().status.success());
    let name = &crate::small_run::names(folder.path())[0];
    std::fs::rename(folder.path().join(name), folder.path().join("run")).unwrap();
    assert_refused(folder.path(), &["--capital-cost", "0.1"], &["is a sweep"]);
}

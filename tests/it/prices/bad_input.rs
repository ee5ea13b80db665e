//! Every way `[prices]` and a price file can be wrong, and the message it gives.

use super::build;
use polars::prelude::{Column, DataFrame, ParquetWriter};
use std::fs;
use std::path::Path;

const COINS: [(&str, f64, bool); 3] = [("usdt", 1.0, true), ("btc", 100.0, false), ("eth", 10.0, false)];
const HEADER: &str = "timestamp,symbol,open,high,low,close";

/// The key and the message of a law that must be refused.
fn refusal(law: &str, base: &Path) -> (String, String) {
    let refused = build(law, &COINS, 24, 3600.0, base).expect_err("should be refused");
    (refused.key().to_owned(), refused.to_string())
}

fn assert_refused(law: &str, base: &Path, key: &str, says: &[&str]) {
    let (blamed, message) = refusal(law, base);
    assert_eq!(blamed, key, "{message}");
    for part in says {
        assert!(message.contains(part), "\"{message}\" does not say \"{part}\"");
    }
}

#[test]
fn gbm_coins() {
    let none = Path::new("");
    let volatility = |table: &str| format!("[gbm]\nvolatility_per_year = {{ {table} }}");
    assert_refused(
        &volatility("btc = 0.5"),
        none,
        "prices.gbm.volatility_per_year",
        &["`eth` is missing", "eth = 0.8"],
    );
    assert_refused(
        &volatility("btc = 0.5, etj = 0.5"),
        none,
        "prices.gbm.volatility_per_year.etj",
        &["no coin `etj`", "did you mean `eth`?"],
    );
    assert_refused(
        &volatility("btc = 0.5, eth = 1.0, usdt = 0.01"),
        none,
        "prices.gbm.volatility_per_year.usdt",
        &["`usdt` is pegged"],
    );
    let drift = format!("{}\ndrift_per_year = {{ sol = 0.1 }}", volatility("btc = 0.5, eth = 1.0"));
    assert_refused(&drift, none, "prices.gbm.drift_per_year.sol", &["no coin `sol`"]);
}

#[test]
fn gbm_correlation() {
    let refused = |matrix: &str, says: &[&str]| {
        let law = format!("[gbm]\nvolatility_per_year = {{ eth = 0.5, btc = 0.5 }}\ncorrelation = {matrix}");
        assert_refused(&law, Path::new(""), "prices.gbm.correlation", says);
    };
    refused("[[1.0, 0.5]]", &["1 rows", "expected 2"]);
    refused("[[1.0, 0.5], [0.5]]", &["row 2 (btc)", "1 numbers", "expected 2"]);
    refused("[[1.0, 0.5], [0.5, 0.9]]", &["row 2 (btc)", "0.9 on the diagonal", "expected 1"]);
    refused("[[1.0, 0.5], [0.4, 1.0]]", &["row 2 (btc)", "not symmetric", "0.4", "0.5"]);
    refused("[[1.0, 1.5], [1.5, 1.0]]", &["row 1 (eth)", "1.5 in column 2", "-1 to 1"]);
    refused("[[1.0, nan], [nan, 1.0]]", &["row 1 (eth)", "NaN"]);
    refused("[[1.0, 1.0], [1.0, 1.0]]", &["not positive definite", "row 2 (btc)"]);
}

#[test]
fn correlations_that_contradict_each_other() {
    let of = [("a", 1.0, false), ("b", 1.0, false), ("c", 1.0, false)];
    let law = "[gbm]\nvolatility_per_year = { a = 1, b = 1, c = 1 }\n\
               correlation = [[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]";
    let refused = build(law, &of, 1, 60.0, Path::new("")).expect_err("should be refused");
    assert!(refused.to_string().contains("not positive definite at row 3 (c)"), "{refused}");
}

#[test]
fn jumps_that_do_not_fit() {
    let none = Path::new("");
    let merton = |replaced: &str, with: &str| {
        let law = "[merton]\nvolatility_per_year = { btc = 0.5, eth = 0.5 }\njumps_per_year = { btc = 12, eth = 5 }\n\
                   jump_deviation = { btc = 0.1, eth = 0.1 }\ncommon_jumps_per_year = 5\n";
        assert!(build(law, &COINS, 24, 3600.0, none).is_ok() && law.contains(replaced));
        law.replace(replaced, with)
    };
    assert_refused(
        &merton("year = 5", "year = 5.5"),
        none,
        "prices.merton.common_jumps_per_year",
        &["5.5 common jumps a year are more than the 5 jumps a year of `eth`", "at most 5"],
    );
    assert_refused(
        &merton("btc = 12", "btc = 1e8"),
        none,
        "prices.merton.jumps_per_year.btc",
        &["273973 in a path", "at most 100000", "volatility"],
    );
    assert_refused(
        &merton("btc = 0.1", "btc = 40"),
        none,
        "prices.merton.jump_deviation.btc",
        &["a jump of `btc` multiplies the expected price by inf", "sizes such as 0.05"],
    );
    assert_refused(&merton("btc = 12, ", ""), none, "prices.merton.jumps_per_year", &["`btc` is missing", "btc = 12"]);
    assert_refused(
        &merton("{ btc = 0.1,", "{ usdt = 0.1, btc = 0.1,"),
        none,
        "prices.merton.jump_deviation.usdt",
        &["`usdt` is pegged"],
    );
    let kou = "[kou]\nvolatility_per_year = { btc = 0.5, eth = 0.5 }\njumps_per_year = { btc = 12, eth = 5 }\n\
               up_probability = { btc = 0.5, eth = 0.5 }\nmean_up = { btc = 0.1, eth = 0.99 }\n\
               mean_down = { btc = 2, eth = 0.1 }";
    assert!(build(kou, &COINS, 24, 3600.0, none).is_ok());
    assert_refused(
        &kou.replace("0.99", "1"),
        none,
        "prices.kou.mean_up.eth",
        &["mean 1 have no finite expected price", "below 1"],
    );
    assert_refused(
        &format!("{kou}\ncommon_jumps_per_year = 6"),
        none,
        "prices.kou.common_jumps_per_year",
        &["6 common jumps", "5 jumps a year of `eth`"],
    );
}

#[test]
fn degrees_of_a_copula() {
    for (degrees, good) in [("4", true), ("1", true), ("200", true), ("0.9", false), ("201", false)] {
        for table in ["gbm", "merton", "kou"] {
            let jumps = match table {
                "gbm" => "",
                "merton" => "jumps_per_year = { btc = 1, eth = 1 }\njump_deviation = { btc = 1, eth = 1 }\n",
                _ => {
                    "jumps_per_year = { btc = 1, eth = 1 }\nup_probability = { btc = 1, eth = 1 }\n\
                      mean_up = { btc = 0.1, eth = 0.1 }\nmean_down = { btc = 1, eth = 1 }\n"
                }
            };
            let law = format!(
                "[{table}]\nvolatility_per_year = {{ btc = 0.5, eth = 0.5 }}\n{jumps}copula = {{ t = {{ degrees = {degrees} }} }}"
            );
            if good {
                assert!(build(&law, &COINS, 24, 3600.0, Path::new("")).is_ok(), "{law}");
            } else {
                let key = format!("prices.{table}.copula.t.degrees");
                assert_refused(&law, Path::new(""), &key, &[degrees, "expected 1 to 200"]);
            }
        }
    }
}

/// A law on `prices.csv`, and the directory that holds it.
fn csv(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("prices.csv"), text).expect("written");
    dir
}

const LAW: &str = "[bootstrap]\nfile = 'prices.csv'\nmean_block = '2h'\n";

/// Eight hourly bars of both symbols, sorted by time; header on line 1, hour `h` of btc on line `2 + 2 h`.
fn good_lines() -> Vec<String> {
    let mut lines = vec![HEADER.to_owned()];
    for hour in 0..8 {
        lines.push(format!("2024-01-01T{hour:02}:00:00Z,BTCUSDT,100,102,99,101"));
        lines.push(format!("2024-01-01T{hour:02}:00:00Z,ETHUSDT,10,10.2,9.9,10.1"));
    }
    lines
}

/// Asserts that eight good bars with one line (counted as an editor does) replaced are refused.
fn assert_line_refused(line: usize, with: &str, says: &[&str]) {
    let mut lines = good_lines();
    with.clone_into(&mut lines[line - 1]);
    let dir = csv(&lines.join("\n"));
    assert_refused(LAW, dir.path(), "prices.bootstrap.file", &[&["prices.csv: "], says].concat());
}

#[test]
fn good_bars_are_taken() {
    let dir = csv(&good_lines().join("\n"));
    assert!(build(LAW, &COINS, 24, 3600.0, dir.path()).is_ok());
}

#[test]
fn wrong_bars() {
    let bar = |rest: &str| format!("2024-01-01T03:00:00Z,BTCUSDT,{rest}");
    assert_line_refused(8, &bar("100,102,99,NaN"), &["line 8: close of BTCUSDT is NaN", "above 0"]);
    assert_line_refused(8, &bar("0,102,99,101"), &["line 8: open of BTCUSDT is 0", "above 0"]);
    assert_line_refused(8, &bar("100,inf,99,101"), &["line 8: high of BTCUSDT is inf"]);
    assert_line_refused(8, &bar("100,102,-99,101"), &["line 8: low of BTCUSDT is -99"]);
    assert_line_refused(8, &bar("100,100.5,99,101"), &["line 8: high of BTCUSDT is 100.5, below its close 101"]);
    assert_line_refused(8, &bar("98,102,99,101"), &["line 8: low of BTCUSDT is 99, above its open 98"]);
    assert_line_refused(8, &bar("100,98,99,101"), &["line 8: high of BTCUSDT is 98, below its open 100"]);
    assert_line_refused(8, &bar("100,102,,101"), &["line 8: low is empty: expected a number"]);
    assert_line_refused(8, &bar("\"1,000\",102,99,101"), &["line 8: open is \"1,000\": expected a number"]);
    assert_line_refused(8, &bar("100,102,99"), &["CSV", "line: 8"]);
}

#[test]
fn wrong_times() {
    let at = |time: &str| format!("{time},BTCUSDT,100,102,99,101");
    assert_line_refused(8, &at("1704078000000"), &["line 8: timestamp is \"1704078000000\"", "ISO 8601"]);
    assert_line_refused(8, &at("2024-01-32T03:00:00Z"), &["line 8: timestamp"]);
    assert_line_refused(8, &at("2024-01-01T05:00:00+02:00"), &["line 8: timestamp", "not in UTC"]);
    assert_line_refused(8, &at("2024-01-01T03:00:00"), &["line 8: timestamp", "no time zone, unlike that of line 2"]);
    assert_line_refused(8, &at("2024-01-01T02:00:00Z"), &["line 8: second bar of BTCUSDT at 2024-01-01T02:00:00Z"]);
    assert_line_refused(
        8,
        &at("2024-01-01T01:30:00Z"),
        &["line 8: bar of BTCUSDT at 2024-01-01T01:30:00Z comes after", "sort"],
    );
    assert_line_refused(8, &at("2024-01-01T02:30:00Z"), &["line 8:", "only 30m after", "1h apart"]);
    // A bar of a symbol that nobody asked for leaves a gap in the one that was.
    assert_line_refused(
        8,
        "2024-01-01T03:00:00Z,XRPUSDT,1,1,1,1",
        &["line 10: gap in BTCUSDT: 2h from 2024-01-01T02:00:00Z to 2024-01-01T04:00:00Z", "gaps = \"split\""],
    );
}

#[test]
fn known_gaps_split_the_history() {
    let mut lines = good_lines();
    lines.remove(7);
    let dir = csv(&lines.join("\n"));
    assert_refused(LAW, dir.path(), "prices.bootstrap.file", &["line 9: gap in BTCUSDT"]);
    assert!(build(&format!("{LAW}gaps = 'split'"), &COINS, 24, 3600.0, dir.path()).is_ok());
}

#[test]
fn wrong_columns_and_symbols() {
    let text = good_lines().join("\n");
    let key = "prices.bootstrap.file";
    assert_refused(
        LAW,
        csv(&text.replace("close", "Close")).path(),
        key,
        &["no column `close`", "did you mean `Close`?"],
    );
    assert_refused(LAW, csv("").path(), key, &["the file is empty"]);
    let of_symbols = "prices.bootstrap.symbols";
    assert_refused(
        LAW,
        csv(&text.replace("ETHUSDT", "ETHUSD")).path(),
        of_symbols,
        &["no symbol `ETHUSDT` for coin `eth`", "did you mean `ETHUSD`?"],
    );
    assert_refused(LAW, csv(HEADER).path(), of_symbols, &["no symbol `BTCUSDT`", "none at all"]);
    let law = format!("{LAW}symbols = {{ etj = 'ETHUSDT' }}");
    assert_refused(&law, csv(&text).path(), "prices.bootstrap.symbols.etj", &["no coin `etj`", "`eth`"]);
    let law = format!("{LAW}symbols = {{ usdt = 'USDCUSDT' }}");
    assert_refused(&law, csv(&text).path(), "prices.bootstrap.symbols.usdt", &["`usdt` is pegged"]);
}

#[test]
fn wrong_files() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("prices.xlsx"), "").expect("written");
    fs::write(dir.path().join("prices.parquet"), "not Parquet").expect("written");
    let law = |file: &str| LAW.replace("prices.csv", file);
    let key = "prices.bootstrap.file";
    assert_refused(&law("none.csv"), dir.path(), key, &["none.csv: cannot open", "No such file"]);
    assert_refused(&law("prices.xlsx"), dir.path(), key, &["prices.xlsx: a price file ends in .csv or .parquet"]);
    assert_refused(&law("prices.parquet"), dir.path(), key, &["prices.parquet: cannot be read as Parquet"]);
}

#[test]
fn wrong_days() {
    let dir = csv(&good_lines().join("\n"));
    let days = |from: &str, to: &str| format!("{LAW}from = '{from}'\nto = '{to}'");
    assert!(build(&days("2024-01-01", "2024-01-01"), &COINS, 24, 3600.0, dir.path()).is_ok());
    let (from, to) = ("prices.bootstrap.from", "prices.bootstrap.to");
    assert_refused(&days("01.01.2024", "2024-01-01"), dir.path(), from, &["\"01.01.2024\" is not a day", "2020-09-20"]);
    assert_refused(&days("2024-01-01", "2024-02-30"), dir.path(), to, &["\"2024-02-30\" is not a day"]);
    assert_refused(
        &days("2024-01-02", "2024-01-01"),
        dir.path(),
        from,
        &["2024-01-01", "before it begins (2024-01-02)"],
    );
    assert_refused(&days("2023-12-31", "2024-01-01"), dir.path(), from, &["from 2024-01-01 to 2024-01-01 only"]);
    assert_refused(&days("2024-01-01", "2024-01-02"), dir.path(), to, &["BTCUSDT", "not on 2024-01-02"]);
}

#[test]
fn wrong_lengths() {
    let dir = csv(&good_lines().join("\n"));
    let block = |length: &str| LAW.replace("2h", length);
    let key = "prices.bootstrap.mean_block";
    assert_refused(&block("30m"), dir.path(), key, &["30m", "expected at least 1h"]);
    assert_refused(&block("5h"), dir.path(), key, &["5h", "8 bars of 1h in 1 unbroken", "at most 4h"]);
    let step = |seconds: f64| build(LAW, &COINS, 24, seconds, dir.path());
    assert!(step(300.0).is_ok() && step(7200.0).is_ok() && step(3600.0).is_ok());
    for (seconds, length) in [(2100.0, "35m"), (5400.0, "1h 30m")] {
        let refused = step(seconds).expect_err("should be refused");
        assert_eq!(refused.key(), "run.step");
        assert!(refused.to_string().contains(&format!("a step of {length} does not fit the bars of 1h")), "{refused}");
    }
}

#[test]
fn symbols_that_never_meet() {
    let mut lines = vec![HEADER.to_owned()];
    for hour in 0..8 {
        lines.push(format!("2024-01-01T{hour:02}:00:00Z,BTCUSDT,100,102,99,101"));
        lines.push(format!("2024-01-01T{hour:02}:30:00Z,ETHUSDT,10,10.2,9.9,10.1"));
    }
    let dir = csv(&lines.join("\n"));
    assert_refused(LAW, dir.path(), "prices.bootstrap.file", &["no bar that `BTCUSDT`, `ETHUSDT` all have"]);
}

#[test]
fn nothing_to_draw() {
    let dir = csv(&good_lines().join("\n"));
    let refused = build(LAW, &[("usdt", 1.0, true)], 24, 3600.0, dir.path()).expect_err("should be refused");
    assert_eq!(refused.key(), "prices.bootstrap");
    assert!(refused.to_string().contains("volatility_per_year = {}"), "{refused}");
}

/// A Parquet file of eight hourly bars of BTC, one column replaced.
fn parquet(replaced: &Column) -> tempfile::TempDir {
    let hours: Vec<String> = (0..8).map(|hour| format!("2024-01-01T{hour:02}:00:00Z")).collect();
    let same = |name: &str, value: f64| Column::new(name.into(), [value; 8]);
    let columns = vec![
        Column::new("timestamp".into(), hours),
        Column::new("symbol".into(), ["BTCUSDT"; 8]),
        same("open", 100.0),
        same("high", 102.0),
        same("low", 99.0),
        same("close", 101.0),
    ];
    let columns = columns.into_iter().map(|c| if c.name() == replaced.name() { replaced.clone() } else { c }).collect();
    let mut frame = DataFrame::new(8, columns).expect("a table");
    let dir = tempfile::tempdir().expect("a directory");
    let file = fs::File::create(dir.path().join("prices.parquet")).expect("created");
    ParquetWriter::new(file).finish(&mut frame).expect("written");
    dir
}

#[test]
fn parquet_rows_and_types() {
    let of = [("btc", 100.0, false)];
    let law = LAW.replace(".csv", ".parquet");
    let result = |column: Column| build(&law, &of, 24, 3600.0, parquet(&column).path());
    let says = |column: Column, part: &str| {
        let message = result(column).expect_err("should be refused").to_string();
        assert!(message.contains(part), "\"{message}\" does not say \"{part}\"");
    };
    assert!(result(Column::new("close".into(), [100_i64; 8])).is_ok());
    let with = |row: usize, value: Option<f64>| {
        let mut values = [Some(101.0); 8];
        values[row - 1] = value;
        Column::new("close".into(), values)
    };
    says(with(3, None), "prices.parquet: row 3: close is empty: expected a number");
    says(with(8, Some(f64::NAN)), "row 8: close of BTCUSDT is NaN");
    says(with(1, Some(103.0)), "row 1: high of BTCUSDT is 102, below its close 103");
    says(Column::new("open".into(), ["x"; 8]), "column `open` is str: expected a number");
    says(Column::new("symbol".into(), [1_i32; 8]), "column `symbol` is i32: expected text");
    says(Column::new("timestamp".into(), [1_i64; 8]), "column `timestamp` is i64: expected a Timestamp");
    says(Column::new("timestamp".into(), ["today"; 8]), "row 1: timestamp is");
    let mut times: Vec<String> = (0..8).map(|hour| format!("2024-01-01T{hour:02}:00:00Z")).collect();
    times[4] = "2024-01-01T04:00:00".to_owned();
    says(
        Column::new("timestamp".into(), times),
        "row 5: timestamp \"2024-01-01T04:00:00\" states no time zone, unlike that of row 1",
    );
}

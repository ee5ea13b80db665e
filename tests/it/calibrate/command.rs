//! `rehypo calibrate`: what it prints and writes, and what it refuses.

use super::{HOUR, drawn, law};
use crate::small_run::rehypo;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn call(folder: &Path, arguments: &[&str]) -> (String, String, i32) {
    let output = rehypo().current_dir(folder).arg("calibrate").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
}

/// Lines of hourly bars from 1 January 2025 on of `AUSDT` and `BUSDT`, as GBM draws them.
fn bars() -> Vec<String> {
    let gbm =
        law("[gbm]\nvolatility_per_year = { a = 0.8, b = 0.5 }\ncorrelation = [[1, 0.9], [0.9, 1]]", 2, 600, HOUR);
    let mut lines = vec!["timestamp,symbol,open,high,low,close".to_owned()];
    for (returns, symbol) in drawn(&gbm, 11, 1).iter().zip(["AUSDT", "BUSDT"]) {
        let mut open = 100.0;
        for (hour, moved) in returns.iter().enumerate() {
            let (day, close) = (1 + hour / 24, open * libm::exp(*moved));
            let (high, low) = (f64::max(open, close), f64::min(open, close));
            let time = format!("2025-01-{:02}T{:02}:00:00Z", (day - 1) % 31 + 1, hour % 24);
            lines.push(format!("{time},{symbol},{open},{high},{low},{close}"));
            open = close;
        }
    }
    lines
}

fn folder_of(lines: &[String]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bars.csv"), lines.join("\n")).unwrap();
    folder
}

/// What is in a folder.
fn files(folder: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}

fn assert_refused(folder: &Path, arguments: &[&str], words: &[&str]) {
    let before = files(folder);
    let (out, err, code) = call(folder, arguments);
    assert_eq!((out.as_str(), code, err.matches("error:").count()), ("", 2, 1), "{arguments:?}: {err}");
    for word in words {
        assert!(err.contains(word), "{arguments:?}: `{word}` is not in: {err}");
    }
    assert_eq!(files(folder), before, "{arguments:?} left something");
}

#[test]
fn a_block_goes_to_standard_output_or_into_a_file_with_its_chart() {
    let folder = folder_of(&bars());
    let asked = ["bars.csv", "--model", "gbm", "--symbol", "x=AUSDT", "--symbol", "BUSDT"];
    let (block, err, code) = call(folder.path(), &asked);
    assert_eq!((err.as_str(), code), ("", 0));
    for words in ["600 bars of 1h from 2025-01-01T00:00:00Z", "[prices.gbm]", "x = ", "b = ", "correlation = ["] {
        assert!(block.contains(words), "`{words}` is not in:\n{block}");
    }
    let mut to_file = asked.to_vec();
    to_file.extend(["--out", "block.toml", "--chart", "fit.png"]);
    assert_eq!(call(folder.path(), &to_file), (String::new(), String::new(), 0));
    assert_eq!(files(folder.path()), ["bars.csv", "block.toml", "fit.png"]);
    assert_eq!(fs::read_to_string(folder.path().join("block.toml")).unwrap(), block);
    assert!(fs::read(folder.path().join("fit.png")).unwrap().starts_with(b"\x89PNG"));

    // Neither file is replaced unasked.
    fs::write(folder.path().join("block.toml"), "mine").unwrap();
    assert_refused(folder.path(), &to_file, &["block.toml is there already", "--force"]);
    assert_eq!(fs::read_to_string(folder.path().join("block.toml")).unwrap(), "mine");
    to_file.push("--force");
    assert_eq!(call(folder.path(), &to_file).2, 0);
    assert_eq!(fs::read_to_string(folder.path().join("block.toml")).unwrap(), block);
}

#[test]
fn days_and_longer_bars_can_be_chosen() {
    let folder = folder_of(&bars());
    let asked = ["bars.csv", "--model", "gbm", "--symbol", "AUSDT", "--bar", "2h", "--from", "2025-01-02"];
    let (block, _, code) = call(folder.path(), &asked);
    assert!(code == 0 && block.contains("288 bars of 2h from 2025-01-02T00:00:00Z"), "{block}");
}

#[test]
fn bars_off_the_hour_are_fitted_but_not_joined_to_ones_on_it() {
    let late: Vec<String> = bars().iter().map(|line| line.replace(":00:00Z", ":30:00Z")).collect();
    let folder = folder_of(&late);
    let asked = ["bars.csv", "--model", "gbm", "--symbol", "AUSDT"];
    let (block, _, code) = call(folder.path(), &asked);
    assert!(code == 0 && block.contains("600 bars of 1h from 2025-01-01T00:30:00Z"), "{block}");
    let words = ["--bar 2h", "whole multiples", "2025-01-01T00:30:00Z", "1h"];
    assert_refused(folder.path(), &[&asked[..], &["--bar", "2h"]].concat(), &words);
}

#[test]
fn klines_are_fitted() {
    let gbm = law("[gbm]\nvolatility_per_year = { a = 0.8 }", 1, 400, HOUR);
    let (mut text, mut open) = (String::new(), 100.0);
    for (hour, moved) in (0_u64..).zip(&drawn(&gbm, 2, 1)[0]) {
        let (ms, close) = (1_735_689_600_000 + hour * 3_600_000, open * libm::exp(*moved));
        let (high, low) = (f64::max(open, close), f64::min(open, close));
        writeln!(text, "{ms},{open},{high},{low},{close},5.5,{},600,7,3,300,0", ms + 3_599_999).unwrap();
        open = close;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("BTCUSDT-1h-2025-01.csv"), text).unwrap();
    let (block, err, code) = call(folder.path(), &["BTCUSDT-1h-2025-01.csv", "--model", "gbm"]);
    assert_eq!(code, 0, "{err}");
    assert!(block.contains("btc (BTCUSDT)") && block.contains("400 bars of 1h"), "{block}");
}

#[test]
fn a_poor_fit_is_said_aloud() {
    let mut lines = bars();
    for line in lines.iter_mut().skip(1).step_by(100) {
        *line = String::new();
    }
    lines.retain(|line| !line.is_empty());
    let folder = folder_of(&lines);
    let asked = ["bars.csv", "--model", "gbm", "--symbol", "AUSDT"];
    assert_refused(folder.path(), &asked, &["gap in AUSDT", "line ", "split"]);
    let (block, _, code) = call(folder.path(), &[&asked[..], &["--gaps", "split"]].concat());
    assert!(code == 0 && block.contains("stretches without gap"), "{block}");

    // A bar that leaps by half, and back.
    let mut leap = bars();
    let cells: Vec<&str> = leap[300].split(',').collect();
    let doubled = 1.5 * cells[5].parse::<f64>().unwrap();
    leap[300] = format!("{},{},{},{doubled},{},{doubled}", cells[0], cells[1], cells[2], cells[4]);
    let folder = folder_of(&leap);
    let (block, err, code) = call(folder.path(), &asked);
    assert!(code == 0 && block.contains("POOR FIT: gbm fits poorly"), "{block}");
    assert!(err.starts_with("note: a: gbm fits poorly: moves are more extreme"), "{err}");
}

#[test]
fn what_is_wrong_with_the_data_is_said_with_its_row() {
    let swapped = |at: usize, with: usize| {
        let mut lines = bars();
        lines.swap(at, with);
        lines
    };
    let edited = |at: usize, from: &str, to: &str| {
        let mut lines = bars();
        lines[at] = lines[at].replacen(from, to, 1);
        lines
    };
    let short: Vec<String> = bars().into_iter().take(101).collect();
    let twice = {
        let mut lines = bars();
        let line = lines[9].clone();
        lines.insert(10, line);
        lines
    };
    let nan = {
        let mut lines = bars();
        let (front, _) = lines[5].rsplit_once(',').unwrap();
        lines[5] = format!("{front},NaN");
        lines
    };
    let gap: Vec<String> = bars().into_iter().enumerate().filter(|(at, _)| *at != 9).map(|(_, line)| line).collect();
    let cases: [(Vec<String>, &[&str]); 8] = [
        (swapped(20, 30), &["line 22", "comes after"]),
        (twice, &["line 11", "second bar"]),
        (nan, &["line 6", "close", "NaN"]),
        (edited(7, "2025-01-01T06:00:00Z", "yesterday"), &["line 8", "yesterday", "ISO 8601"]),
        (edited(7, "2025-01-01T06:00:00Z", "2025-01-01T08:00:00+02:00"), &["line 8", "UTC"]),
        (gap, &["line 10", "gap in AUSDT: 2h", "--gaps split"]),
        (short, &["only 100 bars", "at least 250"]),
        (vec![bars()[0].clone()], &["AUSDT"]),
    ];
    for (lines, words) in cases {
        assert_refused(folder_of(&lines).path(), &["bars.csv", "--model", "gbm", "--symbol", "AUSDT"], words);
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let folder = folder_of(&bars());
    let refused = |more: &[&str], words: &[&str]| {
        assert_refused(folder.path(), &[&["bars.csv", "--model", "gbm"][..], more].concat(), words);
    };
    refused(&[], &["AUSDT, BUSDT", "--symbol AUSDT"]);
    refused(&["--symbol", "AUSDTT"], &["AUSDTT", "did you mean `AUSDT`?"]);
    refused(&["--symbol", "AUSDT", "--symbol", "AUSDT"], &["twice"]);
    refused(&["--symbol", "AUSDT", "--bar", "90m"], &["1h 30m", "whole number", "1h"]);
    refused(&["--symbol", "AUSDT", "--from", "2026-01-01"], &["2026-01-01"]);
    refused(&["--symbol", "AUSDT", "--out", "bars.csv", "--force"], &["bars.csv is given twice"]);
    refused(&["--symbol", "AUSDT", "--out", "x.png", "--chart", "x.png"], &["x.png is given twice"]);
    refused(&["--symbol", "AUSDT", "--chart", "fit.svg"], &["fit.svg", ".png"]);
    assert_refused(folder.path(), &["none.csv", "--model", "gbm"], &["none.csv"]);
    for (model, words) in
        [("bootstrap", "nothing to fit"), ("replay", "nothing to fit"), ("gbn", "expected one of gbm, merton")]
    {
        assert_refused(folder.path(), &["bars.csv", "--model", model], &[words]);
    }
    let (_, err, code) =
        call(folder.path(), &["bars.csv", "--model", "gbm", "--symbol", "AUSDT", "--out", "no/such/dir.toml"]);
    assert!(code == 2 && err.contains("cannot write no/such/dir.toml"), "{err}");
}

//! Replay against the recording, row by row, and every way a recording can be wrong.

use super::{build, fingerprint};
use rehypo::price::{PriceModel, PricePath};
use rehypo::random::{Purpose, stream};
use std::fmt::Write;
use std::fs;
use std::path::Path;

const HOUR: f64 = 3600.0;
const LAW: &str = "[replay]\nfile = 'prices.csv'\nstart = '2024-01-01T02:00:00Z'\n";
const COINS: [(&str, f64, bool); 3] = [("usdt", 1.0, true), ("btc", 102.0, false), ("eth", 10.2, false)];

/// Open, high, low, close of the hour; opens away from the close before.
fn bar(hour: usize, unit: f64) -> [f64; 4] {
    let h = hour as f64;
    let (open, close) = (100.0 + h, 101.3 - 0.7 * h + 0.31 * h * h);
    [open, open.max(close) + 1.5, open.min(close) - 2.5, close].map(|price| price * unit)
}

fn line(time: &str, symbol: &str, [open, high, low, close]: [f64; 4]) -> String {
    format!("{time},{symbol},{open},{high},{low},{close}")
}

/// Eight hourly bars of both symbols from midnight on; header on line 1, hour `h` of btc on line `2 + 2 h`.
fn lines() -> Vec<String> {
    let mut lines = vec!["timestamp,symbol,open,high,low,close".to_owned()];
    for hour in 0..8 {
        let time = format!("2024-01-01T{hour:02}:00:00Z");
        lines.push(line(&time, "BTCUSDT", bar(hour, 1.0)));
        lines.push(line(&time, "ETHUSDT", bar(hour, 0.1)));
    }
    lines
}

fn dir(lines: &[String]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("prices.csv"), lines.join("\n")).expect("written");
    dir
}

fn model(law: &str, steps: usize, step: f64, base: &Path) -> PriceModel {
    build(law, &COINS, steps, step, base).unwrap_or_else(|e| panic!("{}: {e}", e.key()))
}

fn path(model: &PriceModel, seed: u64) -> PricePath {
    let mut path = PricePath { coins: 9, usd: vec![5.0; 77], ..PricePath::default() };
    model.fill(&mut stream(seed, Purpose::Prices, 0), &mut path);
    path
}

fn assert_near(a: f64, b: f64) {
    assert!((a / b - 1.0).abs() < 1e-12, "{a} is not {b}");
}

#[test]
fn a_step_of_one_bar_is_the_recorded_close_to_the_last_bit() {
    let dir = dir(&lines());
    for within in ["bridge", "straight"] {
        let played = path(&model(&format!("{LAW}within_bar = '{within}'"), 6, HOUR, dir.path()), 1);
        assert_eq!(played.steps(), 6);
        assert_eq!(played.row(0), [1.0, bar(2, 1.0)[0], bar(2, 0.1)[0]]);
        for step in 1..=6 {
            assert_eq!(played.row(step), [1.0, bar(step + 1, 1.0)[3], bar(step + 1, 0.1)[3]], "step {step}");
        }
    }
}

#[test]
fn a_step_of_several_bars_takes_their_last_close() {
    let dir = dir(&lines());
    let played = path(&model(LAW, 2, 3.0 * HOUR, dir.path()), 1);
    assert_eq!(played.row(0)[1], bar(2, 1.0)[0]);
    assert_eq!(played.row(1), [1.0, bar(4, 1.0)[3], bar(4, 0.1)[3]]);
    assert_eq!(played.row(2), [1.0, bar(7, 1.0)[3], bar(7, 0.1)[3]]);
}

#[test]
fn a_bridge_reaches_high_and_low_and_keeps_the_closes() {
    let dir = dir(&lines());
    let steps = 20;
    let model = model(LAW, 5 * steps + 3, HOUR / steps as f64, dir.path());
    let (played, other) = (path(&model, 1), path(&model, 2));
    assert_eq!(played.steps(), 5 * steps + 3);
    assert_ne!(fingerprint(&played), fingerprint(&other), "the way through a bar is drawn");
    assert_eq!(fingerprint(&played), fingerprint(&path(&model, 1)));
    for (at, unit) in [(1, 1.0), (2, 0.1)] {
        for hour in 0..5 {
            let [_, high, low, close] = bar(hour + 2, unit);
            assert_eq!(played.row((hour + 1) * steps)[at].to_bits(), close.to_bits());
            assert_eq!(other.row((hour + 1) * steps)[at].to_bits(), close.to_bits());
            let inside = (hour * steps + 1..=(hour + 1) * steps).map(|step| played.row(step)[at]);
            assert_near(inside.clone().fold(0.0, f64::max), high);
            assert_near(inside.fold(f64::INFINITY, f64::min), low);
        }
    }
}

#[test]
fn the_way_through_a_bar_is_correlated_as_the_bars_are() {
    // The second coin is a tenth of the first in every price, so that their returns and with them their noise are one.
    let dir = dir(&lines());
    let played = path(&model(LAW, 120, HOUR / 20.0, dir.path()), 3);
    for step in 0..=120 {
        assert!((played.row(step)[2] * 10.0 / played.row(step)[1] - 1.0).abs() < 1e-9, "step {step}");
    }
}

#[test]
fn a_straight_way_is_the_same_on_every_path() {
    let dir = dir(&lines());
    let model = model(&format!("{LAW}within_bar = 'straight'"), 18, HOUR / 4.0, dir.path());
    let played = path(&model, 1);
    assert_eq!(fingerprint(&played), fingerprint(&path(&model, 2)));
    for step in 0..18 {
        let (from, to) = (step / 4 + 1, step / 4 + 2);
        let start = if from == 1 { bar(2, 1.0)[0] } else { bar(from, 1.0)[3] };
        let (end, share) = (bar(to, 1.0)[3], (step % 4) as f64 / 4.0);
        assert_near(played.row(step)[1], start * libm::pow(end / start, share));
    }
}

#[test]
fn symbols_can_have_bars_of_different_lengths() {
    let mut text = lines();
    text.retain(|line| !line.contains("BTCUSDT"));
    for minute in (0..480).step_by(20) {
        let close = 100.0 + f64::from(minute);
        let time = format!("2024-01-01T{:02}:{:02}:00Z", minute / 60, minute % 60);
        text.push(line(&time, "BTCUSDT", [close - 1.0, close + 2.0, close - 2.0, close]));
    }
    let dir = dir(&text);
    let of = [("btc", 219.0, false), ("eth", 10.2, false)];
    let model = build(LAW, &of, 36, HOUR / 6.0, dir.path()).expect("both fit");
    let played = path(&model, 1);
    for step in (2..=36).step_by(2) {
        assert_eq!(played.row(step)[0].to_bits(), (200.0 + 10.0 * step as f64).to_bits(), "step {step}");
    }
    for step in (6..=36).step_by(6) {
        assert_eq!(played.row(step)[1].to_bits(), bar(step / 6 + 1, 0.1)[3].to_bits(), "step {step}");
    }
}

#[test]
fn moves_can_be_laid_over_other_opening_prices() {
    let dir = dir(&lines());
    let of = [("btc", 50_000.0, false), ("eth", 7.0, false), ("sol", 3.0, false)];
    let law = format!("{LAW}rescale = true\nhold = ['sol']");
    let played = path(&build(&law, &of, 6, HOUR, dir.path()).expect("any opening will do"), 1);
    assert_eq!(played.row(0), [50_000.0, 7.0, 3.0]);
    for step in 1..=6 {
        assert_near(played.row(step)[0], 50_000.0 * bar(step + 1, 1.0)[3] / bar(2, 1.0)[0]);
        assert_near(played.row(step)[1], 7.0 * bar(step + 1, 1.0)[3] / bar(2, 1.0)[0]);
        assert_eq!(played.row(step)[2].to_bits(), 3.0_f64.to_bits());
    }
}

#[test]
fn symbols_are_named() {
    let dir = dir(&lines());
    let of = [("btc", 10.2, false), ("eth", 102.0, false)];
    let law = format!("{LAW}symbols = {{ btc = 'ETHUSDT', eth = 'BTCUSDT' }}");
    let played = path(&build(&law, &of, 1, HOUR, dir.path()).expect("they open as they should"), 1);
    assert_eq!(played.row(1), [bar(2, 0.1)[3], bar(2, 1.0)[3]]);
}

fn assert_refused(law: &str, lines: &[String], key: &str, says: &[&str]) {
    let refused = build(law, &COINS, 5, HOUR, dir(lines).path()).expect_err("should be refused");
    let message = refused.to_string();
    assert_eq!(refused.key(), key, "{message}");
    for part in says {
        assert!(message.contains(part), "\"{message}\" does not say \"{part}\"");
    }
}

/// Asserts that the recording with one line (counted as an editor does) replaced is refused.
fn assert_line_refused(line: usize, with: &str, says: &[&str]) {
    let mut text = lines();
    with.clone_into(&mut text[line - 1]);
    assert_refused(LAW, &text, "prices.replay.file", says);
}

#[test]
fn wrong_bars() {
    let at = |hour: &str, rest: &str| format!("2024-01-01T{hour}Z,BTCUSDT,{rest}");
    assert_line_refused(8, &at("03:00:00", "103,108,97,NaN"), &["line 8: close of BTCUSDT is NaN"]);
    assert_line_refused(8, &at("03:00:00", "103,102,97,98"), &["line 8: high of BTCUSDT is 102, below its open 103"]);
    assert_line_refused(8, &at("02:00:00", "103,108,97,98"), &["line 8: second bar of BTCUSDT"]);
    assert_line_refused(10, &at("02:30:00", "103,108,97,98"), &["line 10: bar of BTCUSDT", "comes after", "sort"]);
    assert_line_refused(8, &at("03:30:00", "103,108,97,98"), &["line 8: gap in BTCUSDT: 1h 30m", "without gap"]);
    assert_line_refused(8, &at("02:45:00", "103,108,97,98"), &["line 8:", "only 45m after", "1h apart"]);
    assert_line_refused(8, "", &["line 10: gap in BTCUSDT: 2h from 2024-01-01T02:00:00Z"]);
    // What is before the opening or after the end is not replayed.
    let mut text = lines();
    for hour in [0, 1, 7] {
        text[2 + 2 * hour - 1] = at(&format!("0{hour}:00:00"), "1,2,3,NaN");
    }
    assert!(build(LAW, &COINS, 5, HOUR, dir(&text).path()).is_ok());
}

#[test]
fn times_of_more_than_one_zone() {
    let at = |time: &str| format!("{time},BTCUSDT,103,108,97,98");
    let says = ["line 8: timestamp", "+02:00\" is not in UTC", "all times in UTC", "2024-01-01T03:00:00Z"];
    assert_line_refused(8, &at("2024-01-01T05:00:00+02:00"), &says);
    let says = ["line 8: timestamp", "states no time zone, unlike that of line 2", "written alike"];
    assert_line_refused(8, &at("2024-01-01T03:00:00"), &says);
    let mut text: Vec<String> = lines().iter().map(|line| line.replace("00Z", "00")).collect();
    assert!(build(LAW, &COINS, 5, HOUR, dir(&text).path()).is_ok());
    text[7] = at("2024-01-01T03:00:00Z");
    assert_refused(LAW, &text, "prices.replay.file", &["line 8", "states its time zone, unlike that of line 2"]);
}

#[test]
fn a_path_outside_the_recording() {
    let from = |start: &str| format!("[replay]\nfile = 'prices.csv'\nstart = '{start}'");
    let key = "prices.replay.start";
    let says = ["BTCUSDT ends at 2024-01-01T08:00:00Z (line 16)", "from 2024-01-01T04:00:00Z to 2024-01-01T09:00:00Z"];
    assert_refused(&from("2024-01-01T04:00:00Z"), &lines(), key, &says);
    let says = ["no bar of BTCUSDT begins at 2024-01-01T02:30:00Z", "before begins at 2024-01-01T02:00:00Z (line 6)"];
    assert_refused(&from("2024-01-01T02:30:00Z"), &lines(), key, &says);
    let says = ["the one after begins at 2024-01-01T03:00:00Z (line 8)"];
    assert_refused(&from("2024-01-01T02:30:00Z"), &lines(), key, &says);
    let says = ["the one after begins at 2024-01-01T00:00:00Z (line 2)"];
    assert_refused(&from("2023-12-31T23:00:00Z"), &lines(), key, &says);
    let says = ["no bar of BTCUSDT begins at 2024-01-02T00:00:00Z", "before begins at 2024-01-01T07:00:00Z (line 16)"];
    assert_refused(&from("2024-01-02T00:00:00Z"), &lines(), key, &says);
    assert_refused(&from("noon"), &lines(), key, &["\"noon\" is not a time in UTC"]);
    assert_refused("[replay]\nfile = 'prices.csv'", &lines(), "prices.replay", &["needs the time of its opening"]);
    assert_refused(LAW, &lines()[..3], "prices.replay.file", &["BTCUSDT has a single bar, in line 2"]);
}

#[test]
fn coins_that_do_not_fit_the_recording() {
    let of = |coins: &[(&str, f64, bool)], law: &str| {
        let refused = build(law, coins, 5, HOUR, dir(&lines()).path()).expect_err("should be refused");
        format!("{}: {refused}", refused.key())
    };
    let mut coins = COINS;
    coins[1].1 = 103.0;
    let said = of(&coins, LAW);
    assert!(said.contains("coins.btc.price_usd: the coin opens at 103, but the recorded price"), "{said}");
    assert!(said.contains("is 102:") && said.contains("rescale = true"), "{said}");
    let said = of(&[COINS[0], COINS[1], ("sol", 1.0, false)], LAW);
    assert!(said.contains("prices.replay.symbols") && said.contains("no symbol `SOLUSDT` for coin `sol`"), "{said}");
    let said = of(&COINS, &format!("{LAW}hold = ['etj']"));
    assert!(said.contains("prices.replay.hold.0: there is no coin `etj`") && said.contains("`eth`"), "{said}");
    let said = of(&COINS, &format!("{LAW}hold = ['usdt']"));
    assert!(said.contains("prices.replay.hold.0: `usdt` is pegged"), "{said}");
    let said = of(&COINS, &format!("{LAW}hold = ['eth']\nsymbols = {{ eth = 'ETHUSDT' }}"));
    assert!(said.contains("prices.replay.hold.0: `eth` has a symbol and is held"), "{said}");
    let said = of(&COINS, &format!("{LAW}hold = ['eth', 'btc']"));
    assert!(said.contains("prices.replay: every coin is pegged or held"), "{said}");
    let refused = build(LAW, &COINS, 5, 2100.0, dir(&lines()).path()).expect_err("should be refused");
    assert_eq!(refused.key(), "run.step");
}

#[test]
fn a_config_can_leave_the_start_to_its_run() {
    let dir = dir(&lines());
    let mut config = "name = 'replay'\n".to_owned();
    write!(config, "[run]\npaths = 1\nseed = 1\nhorizon = '5h'\nstep = '1h'\nstart = '2024-01-01T02:00:00Z'\n")
        .unwrap();
    config += "[coins]\nbtc = { price_usd = 102.0 }\n[prices.replay]\nfile = 'prices.csv'\n";
    config += "[[cohorts]]\nname = 'one'\nowners = 1\ncoin = 'btc'\nwealth.fixed = { usd = 1.0 }\n";
    let load = |text: &str| rehypo::scenario::load_text(text, dir.path(), "replay.toml", &[]);
    let scenario = load(&config).unwrap_or_else(|e| panic!("{e}")).scenario;
    assert_eq!(path(&scenario.prices, 1).row(5), [bar(6, 1.0)[3]]);
    let later =
        config.replace("'prices.csv'", "'prices.csv'\nstart = '2024-01-01T03:00:00Z'").replace("102.0", "103.0");
    let scenario = load(&later).unwrap_or_else(|e| panic!("{e}")).scenario;
    assert_eq!(path(&scenario.prices, 1).row(5), [bar(7, 1.0)[3]]);
    let said = load(&config.replace("102.0", "100.0")).expect_err("another opening").to_string();
    assert!(said.contains("replay.toml:9") && said.contains("recorded price at the start is 102"), "{said}");
}

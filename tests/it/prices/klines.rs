//! Klines as exchanges publish them, with and without a header, in milli- and microseconds.

use super::build;
use polars::prelude::{Column, DataFrame, ParquetWriter};
use rehypo::price::{PriceModel, PricePath};
use rehypo::random::{Purpose, stream};

const BTC: [(&str, f64, bool); 1] = [("btc", 100.0, false)];
const HEADER: &str =
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore";

/// Six hourly klines from 2025-01-01 00:00 UTC, with `ticks` per millisecond.
fn klines(ticks: i64) -> Vec<String> {
    let kline = |hour: i64| {
        let open = (1_735_689_600_000 + hour * 3_600_000) * ticks;
        format!("{open},{},112,98,{},5.5,{},600,7,3,300,0", 100 + hour, 101 + hour, open + 3_600_000 * ticks - 1)
    };
    (0..6).map(kline).collect()
}

fn replay(name: &str, lines: &[String]) -> Result<Vec<f64>, String> {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join(name), lines.join("\n")).expect("written");
    let law = format!("[replay]\nfile = '{name}'\nstart = '2025-01-01T00:00:00Z'");
    let model = build(&law, &BTC, 4, 3600.0, dir.path()).map_err(|e| e.to_string())?;
    Ok(played(&model))
}

fn played(model: &PriceModel) -> Vec<f64> {
    let mut path = PricePath::default();
    model.fill(&mut stream(1, Purpose::Prices, 0), &mut path);
    path.usd
}

#[test]
fn klines_are_read_with_and_without_header() {
    let closes = Ok(vec![100.0, 101.0, 102.0, 103.0, 104.0]);
    for ticks in [1, 1_000] {
        let plain = klines(ticks);
        assert_eq!(replay("BTCUSDT-1h-2025-01.csv", &plain), closes, "{ticks} ticks");
        let headed = [&[HEADER.to_owned()], &plain[..]].concat();
        assert_eq!(replay("BTCUSDT-1h-2025-01.csv", &headed), closes, "{ticks} ticks");
    }
}

/// The same six klines as Parquet, with these open times.
fn replay_parquet(open_time: Column) -> Result<Vec<f64>, String> {
    let prices = |name: &str, of: fn(i64) -> f64| Column::new(name.into(), (0..6).map(of).collect::<Vec<f64>>());
    let columns = vec![
        open_time,
        prices("open", |hour| (100 + hour) as f64),
        prices("high", |_| 112.0),
        prices("low", |_| 98.0),
        prices("close", |hour| (101 + hour) as f64),
    ];
    let mut frame = DataFrame::new(6, columns).expect("a table");
    let dir = tempfile::tempdir().expect("a directory");
    let file = std::fs::File::create(dir.path().join("BTCUSDT-1h.parquet")).expect("created");
    ParquetWriter::new(file).finish(&mut frame).expect("written");
    let law = "[replay]\nfile = 'BTCUSDT-1h.parquet'\nstart = '2025-01-01T00:00:00Z'";
    Ok(played(&build(law, &BTC, 4, 3600.0, dir.path()).map_err(|e| e.to_string())?))
}

#[test]
fn klines_are_read_from_parquet() {
    let times = |ticks: i64| (0..6).map(|hour| (1_735_689_600_000 + hour * 3_600_000) * ticks).collect::<Vec<i64>>();
    for ticks in [1, 1_000] {
        let read = replay_parquet(Column::new("open_time".into(), times(ticks)));
        assert_eq!(read, Ok(vec![100.0, 101.0, 102.0, 103.0, 104.0]), "{ticks} ticks");
    }
    let mut seconds = times(1);
    seconds[2] /= 1_000;
    let said = replay_parquet(Column::new("open_time".into(), seconds)).expect_err("seconds");
    assert!(said.contains("row 3") && said.contains("1735696800"), "{said}");
    let said = replay_parquet(Column::new("open_time".into(), ["now"; 6])).expect_err("text");
    assert!(said.contains("column `open_time` is") && said.contains("milli- or microseconds"), "{said}");
    let said = replay_parquet(Column::new("time".into(), times(1))).expect_err("no time");
    assert!(said.contains("there is no column `timestamp`"), "{said}");
}

#[test]
fn klines_serve_the_bootstrap_too() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("BTCUSDT-1h.csv"), klines(1).join("\n")).expect("written");
    let law = "[bootstrap]\nfile = 'BTCUSDT-1h.csv'\nmean_block = '1h'";
    assert!(build(law, &BTC, 4, 3600.0, dir.path()).is_ok());
}

#[test]
fn what_klines_can_have_wrong() {
    let refused = |name: &str, line: usize, with: &str, says: &str| {
        let mut lines = klines(1);
        if line > 0 {
            with.clone_into(&mut lines[line - 1]);
        }
        let said = replay(name, &lines).expect_err("should be refused");
        assert!(said.contains(says), "\"{said}\" does not say \"{says}\"");
    };
    let name = "BTCUSDT-1h.csv";
    refused("prices.csv", 0, "", "no symbol `BTCUSDT` for coin `btc`, but `prices`");
    let bar = |time: &str, close: &str| format!("{time},102,112,98,{close},5.5,0,600,7,3,300,0");
    refused(name, 3, &bar("2025-01-01", "103"), "line 3: open time is \"2025-01-01\": expected milliseconds");
    refused(name, 3, &bar("-1", "103"), "line 3: open time is \"-1\"");
    // Seconds, as Kraken and Coinbase count, and nanoseconds.
    refused(name, 1, &bar("1735689600", "103"), "line 1: open time is \"1735689600\": expected milliseconds");
    refused(name, 1, &bar("1735689600000000000", "103"), "line 1: open time is \"1735689600000000000\"");
    refused(name, 3, &bar("1735696800000", "x"), "line 3: close is \"x\": expected a number");
    refused(name, 3, &bar("1735698600000", "103"), "line 3: gap in BTCUSDT");
    let said = replay(name, &["1735689600000,100,101".to_owned()]).expect_err("too few columns");
    assert!(said.contains("3 columns") && said.contains("open time, open, high, low, close"), "{said}");
    let said = replay(name, &[HEADER.replace("close,", "closed,"), klines(1)[0].clone()]).expect_err("no close");
    assert!(said.contains("no column `close`"), "{said}");
}

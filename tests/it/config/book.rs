//! Real books: read as they stand, refused by line.

use super::{SMALL, configs, read};
use polars::prelude::{IntoColumn, NamedFrom, ParquetWriter, Series};
use rehypo::scenario::{Holding, Place, Source, load};
use std::path::Path;

const GOOD: &str = "\
owner,place,asset,amount,entry_price_usd
ann,earn,ldbtc,1.5,
ann,earn,earn/usdt-debt,90000,
bob,binance,bfusd,1000,
ann,wallet,usdt,5,
bob,binance,btc-perp,-0.01,121000.5
";

fn world(file: &Path) -> String {
    let start = SMALL.find("owners = 100").unwrap();
    let end = SMALL.find("runs = {").unwrap();
    let sweep = SMALL.find("[sweep]").unwrap();
    format!("{}book = \"{}\"\n{}", &SMALL[..start], file.display(), &SMALL[end..sweep])
}

fn holdings(file: &Path) -> Vec<Holding> {
    let scenario = read(&world(file), &[]).unwrap_or_else(|e| panic!("{e}")).scenario;
    match &scenario.cohorts[0].source {
        Source::Book(holdings) => holdings.clone(),
        Source::Drawn { .. } => panic!("not a book"),
    }
}

#[test]
fn a_csv_book_is_read_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.csv");
    std::fs::write(&file, GOOD).unwrap();
    let holdings = holdings(&file);
    assert_eq!(holdings.len(), 5);
    let last = holdings.last().unwrap();
    assert_eq!((last.owner.as_str(), last.place), ("bob", Place::Futures(0)));
    assert_eq!((last.amount, last.entry_usd), (-0.01, Some(121_000.5)));
    assert_eq!((holdings[1].place, holdings[1].entry_usd), (Place::Pool(0), None));
}

#[test]
fn a_parquet_book_is_the_same_book() {
    let folder = tempfile::tempdir().unwrap();
    let (csv, parquet) = (folder.path().join("b.csv"), folder.path().join("b.parquet"));
    std::fs::write(&csv, GOOD).unwrap();
    let rows: Vec<Vec<&str>> = GOOD.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let texts =
        |i: usize, name: &str| Series::new(name.into(), rows.iter().map(|r| r[i]).collect::<Vec<_>>()).into_column();
    let numbers = |i: usize, name: &str| {
        Series::new(name.into(), rows.iter().map(|r| r[i].parse::<f64>().ok()).collect::<Vec<_>>()).into_column()
    };
    let columns = vec![
        texts(0, "owner"),
        texts(1, "place"),
        texts(2, "asset"),
        numbers(3, "amount"),
        numbers(4, "entry_price_usd"),
    ];
    let mut frame = polars::prelude::DataFrame::new(rows.len(), columns).unwrap();
    ParquetWriter::new(std::fs::File::create(&parquet).unwrap()).finish(&mut frame).unwrap();
    assert_eq!(holdings(&parquet), holdings(&csv));
}

#[test]
fn a_bad_row_is_named_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.csv");
    let said = |from: &str, to: &str| {
        assert_eq!(GOOD.matches(from).count(), 1, "{from}");
        std::fs::write(&file, GOOD.replace(from, to)).unwrap();
        let error = read(&world(&file), &[]).expect_err(to);
        assert_eq!(error.problems.len(), 1, "{error}");
        error.problems[0].clone()
    };
    for (from, to, line, message, help) in [
        ("ann,earn,ldbtc", "ann,earn,ldbct", 2, "there is no asset called `ldbct`", "did you mean `ldbtc`?"),
        ("ann,wallet", "ann,walet", 5, "there is no place called `walet`", "did you mean `wallet`?"),
        ("ann,wallet", "ann,bfusd", 5, "nothing is held at the issuer", "`bfusd` is held in a `wallet`"),
        ("ann,wallet", ",wallet", 5, "the owner has no name", ""),
        ("usdt,5", "usdt,nan", 5, "amount is \"nan\": expected a finite number", ""),
        ("usdt,5", "usdt,", 5, "amount is \"\"", ""),
        ("usdt,5", "usdt,0", 5, "no `usdt` at all", "leave the row out"),
        ("usdt,5", "usdt,-5", 5, "a negative amount of `usdt`: -5", "only positions are negative"),
        ("usdt,5,", "usdt,5,1.0", 5, "`usdt` is no position", "leave entry_price_usd empty"),
        ("usdt,5,", "usdt", 5, "3 fields, expected 5 as in the header", ""),
        ("121000.5", "-1", 6, "entry_price_usd is -1", ""),
        (
            "bob,binance,btc-perp",
            "bob,wallet,btc-perp",
            6,
            "a position in `btc-perp` cannot be in `wallet`",
            "its place is `binance`",
        ),
        (
            "ann,earn,earn/usdt-debt",
            "ann,wallet,earn/usdt-debt",
            3,
            "the debt `earn/usdt-debt` cannot be in `wallet`",
            "`earn`",
        ),
        ("bob,binance,bfusd", "bob,binance,btc", 4, "`binance` does not take `btc` as margin", "`ldusdt`"),
        (
            "ann,wallet,usdt",
            "ann,earn,usdt",
            5,
            "holds receipts and debts, not the coin `usdt`",
            "its receipt `ldusdt`",
        ),
        ("ann,earn,ldbtc", "bob,earn,ldbtc", 3, "`ann` owes `earn` without a receipt there", "add a row"),
        (
            "ann,wallet,usdt,5,\n",
            "bob,binance,bfusd,3,\n",
            5,
            "`bob` already has `bfusd` there in row 4",
            "add the two rows up",
        ),
        ("owner,place", "name,place", 1, "there is no column `owner`", "columns: `owner`"),
        (",entry_price_usd", ",entry", 1, "there is a column `entry`, which means nothing", ""),
    ] {
        let problem = said(from, to);
        assert_eq!((problem.file.as_str(), problem.line), (file.to_str().unwrap(), Some(line)), "{problem}");
        assert!(problem.message.contains(message), "{problem}");
        assert!(problem.help.as_deref().unwrap_or("").contains(help), "{problem}");
        assert_eq!(problem.source_line.as_deref(), GOOD.replace(from, to).lines().nth(line - 1), "{problem}");
    }
    std::fs::write(&file, GOOD.lines().next().unwrap()).unwrap();
    let error = read(&world(&file), &[]).unwrap_err().to_string();
    assert!(error.contains("the book has no rows") && error.contains("small.toml:78:8"), "{error}");
    let error = read(&world(&folder.path().join("no.csv")), &[]).unwrap_err().to_string();
    assert!(error.contains("there is no such file"), "{error}");
}

/// In hedge mode a contract's own name means the leg of the sign; a leg's name takes no other.
#[test]
fn a_hedged_book_has_a_row_for_each_leg() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.csv");
    let text =
        world(&file).replacen("[venues.binance.futures]\n", "[venues.binance.futures]\npositions = \"hedge\"\n", 1);
    let book = |rows: &str| {
        std::fs::write(&file, format!("owner,place,asset,amount\nbob,binance,usdt,1000\n{rows}")).unwrap();
        read(&text, &[])
    };
    let scenario = book("bob,binance,btc-perp,0.02\nbob,binance,btc-perp,-0.01\n").unwrap().scenario;
    let Source::Book(holdings) = &scenario.cohorts[0].source else { panic!("not a book") };
    let names: Vec<&str> = holdings.iter().map(|h| scenario.assets[h.asset.index()].name.as_str()).collect();
    assert_eq!(names, ["usdt", "btc-perp-long", "btc-perp-short"]);
    let said = |rows: &str| book(rows).unwrap_err().to_string();
    let error = said("bob,binance,btc-perp-long,-0.01\n");
    assert!(error.contains("`btc-perp-long` holds longs only, not -0.01") && error.contains("`btc-perp`"), "{error}");
    let error = said("bob,binance,btc-perp-short,-0.01\nbob,binance,btc-perp,-0.02\n");
    assert!(error.contains("`bob` already has `btc-perp` there in row 3"), "{error}");
}

#[test]
fn the_example_book_has_a_dozen_owners() {
    let scenario = load(&configs().join("real_book.toml"), &[]).unwrap().scenario;
    let Source::Book(holdings) = &scenario.cohorts[0].source else { panic!("not a book") };
    let owners: std::collections::BTreeSet<&str> = holdings.iter().map(|h| h.owner.as_str()).collect();
    assert_eq!((holdings.len(), owners.len()), (41, 13));
}

//! `rehypo margin`: the exchange's examples as files, through the command line, and what it says of bad files.

use crate::small_run::rehypo;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn accounts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/accounts")
}

/// Runs the calculator; returns standard output, standard error and the exit code.
pub fn margin(file: &Path, flags: &[&str]) -> (String, String, i32) {
    let output = rehypo().arg("margin").arg(file).args(flags).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
}

fn json(name: &str) -> Value {
    let (out, err, code) = margin(&accounts().join(name), &["--json"]);
    assert_eq!((err.as_str(), code), ("", 0));
    serde_json::from_str(&out).unwrap()
}

pub fn near(value: &Value, expected: f64, tolerance: f64) {
    let found = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((found - expected).abs() <= tolerance, "{found}, expected {expected}");
}

#[test]
fn the_official_multi_assets_example() {
    let account = &json("multi_assets.toml")["accounts"][0];
    let (summary, assets) = (&account["summary"], &account["assets"]);
    near(&assets[0]["bid_usd"], 0.9801, 1e-12);
    near(&assets[0]["ask_usd"], 0.994_95, 1e-12);
    near(&summary["equity"], 416.02, 1e-9);
    near(&summary["available"], 76.525, 1e-9);
    near(&assets[0]["available"], 76.91, 5e-3);
    near(&assets[1]["available"], 76.525, 1e-9);
    near(&summary["maintenance"], 199.596, 1e-9);
    near(&summary["margin_ratio"], 0.479_77, 1e-5);
    // What takes the 76.525 off equity: USDT at its bid, and no more USDC than is there.
    near(&assets[0]["transfer_out"], 76.525 / 0.9801, 1e-9);
    near(&assets[1]["transfer_out"], 76.525, 1e-9);
}

/// The same account before it has opened its positions.
#[test]
fn the_official_multi_assets_example_before_opening() {
    let text = std::fs::read_to_string(accounts().join("multi_assets.toml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("before.toml");
    std::fs::write(&file, &text[..text.find("[[positions]]").unwrap()]).unwrap();
    let report: Value = serde_json::from_str(&margin(&file, &["--json"]).0).unwrap();
    let account = &report["accounts"][0];
    near(&account["summary"]["equity"], 416.02, 1e-9);
    near(&account["assets"][0]["available"], 418.13, 5e-3);
    near(&account["assets"][1]["available"], 416.02, 1e-9);
    assert_eq!(account["summary"]["level"], "free");
    // Nothing stands against a withdrawal but the wallet itself.
    near(&account["assets"][0]["transfer_out"], 200.0, 1e-9);
}

#[test]
fn the_official_liquidation_prices() {
    let account = &json("liquidation_price.toml")["accounts"][0];
    near(&account["positions"][0]["liquidation_below"], 1_153.26, 5e-3);
    near(&account["positions"][1]["liquidation_below"], 26_316.89, 5e-3);
    near(&account["positions"][0]["maintenance"], 356_512.508, 1e-3);
    near(&account["positions"][1]["maintenance"], 71_200.811_44, 1e-5);
    near(&account["positions"][0]["unrealised"], -448_192.89, 5e-3);
    near(&account["positions"][1]["unrealised"], -56_354.57, 5e-3);
    near(&account["summary"]["margin_ratio"], 0.4149, 5e-5);
    let isolated = json("isolated.toml");
    assert_eq!(isolated["accounts"].as_array().unwrap().len(), 2);
    near(&isolated["accounts"][0]["positions"][0]["liquidation_below"], 1_114.78, 5.1e-3);
    near(&isolated["accounts"][1]["positions"][0]["liquidation_below"], 18_778.73, 5e-3);
}

#[test]
fn wrong_way_collateral_by_contract_and_by_coin() {
    let account = &json("wrong_way.toml")["accounts"][0];
    let coin = account["by_coin"].as_array().unwrap().iter().find(|c| c["name"] == "eth").unwrap();
    near(&coin["below"], 2_542.372_881_355_9, 1e-8);
    // The mark alone: 28,500 + 50 (p - 3,000) = 0.5 p.
    near(&account["positions"][0]["liquidation_below"], 121_500.0 / 49.5, 1e-8);
    // Worth nothing at the index: 30,000 + 50 (p - 3,000) = 0.
    near(&account["positions"][0]["bankruptcy"], 2_400.0, 1e-9);
    // The fee of 1.25 % is above the maintenance rate of 1 %: all is closed, and all ether pays for it.
    let plan = &account["plans"][0];
    near(&plan["closes"][0]["quantity"], -50.0, 0.0);
    // The account is worth 2,727 and pays the fee of 1,534 in full; 28,807 are then missing, and ether brings in 28,500.
    near(&plan["closes"][0]["clearance_fee"], 0.0125 * 50.0 * 121_500.0 / 49.5, 1e-8);
    near(&plan["sales"][0]["quantity"], 10.0, 1e-9);
    near(&plan["outcome"]["compliant"]["fund_pays"], 50.0 * (3_000.0 - 0.9875 * 121_500.0 / 49.5) - 28_500.0, 1e-8);
}

/// What `docs/margin.md` shows is what the program prints, and its keys are those of the format.
#[test]
fn the_manual_shows_what_is_printed() {
    let path = accounts().join("../../docs/margin.md");
    let manual = std::fs::read_to_string(&path).unwrap();
    let mut current = manual.clone();
    let mut put = |name: &str, text: &str| {
        let (begin, end) = (format!("<!-- {name}: written by the tests -->\n"), format!("<!-- end of {name} -->"));
        let (head, rest) = current.split_once(&begin).unwrap_or_else(|| panic!("docs/margin.md does not show {name}"));
        let (_, tail) = rest.split_once(&end).unwrap_or_else(|| panic!("{name} does not end in docs/margin.md"));
        current = format!("{head}{begin}{text}{end}{tail}");
    };
    for name in ["multi_assets.toml", "liquidation_price.toml", "wrong_way.toml", "portfolio.toml", "hedged.csv"] {
        let (out, err, code) = margin(&accounts().join(name), &[]);
        assert_eq!((err.as_str(), code), ("", 0));
        put(name, &format!("```text\n$ rehypo margin configs/accounts/{name}\n{out}```\n"));
    }
    put("keys", &rehypo::scenario::account_markdown());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &current).unwrap();
    } else {
        assert!(manual == current, "docs/margin.md is out of date: run this test with BLESS=1 in the environment");
    }
}

/// Every example is read, and gives the same numbers each time.
#[test]
fn every_example_is_read() {
    let mut read = 0;
    for entry in std::fs::read_dir(accounts()).unwrap() {
        let (out, err, code) = margin(&entry.unwrap().path(), &[]);
        assert_eq!((err.as_str(), code), ("", 0));
        assert!(out.contains("maintenance margin"));
        read += 1;
    }
    assert!(read >= 6, "only {read} accounts");
}

/// A file that differs from the official example.
fn changed(from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(accounts().join("liquidation_price.toml")).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

/// Exit code 2 and one message that names the file and line.
fn refused(name: &str, text: &str, says: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    let (out, err, code) = margin(&file, &[]);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert_eq!(err.matches("error:").count(), 1, "{err}");
    for word in says {
        assert!(err.contains(word), "`{word}` is not in: {err}");
    }
    assert!(err.contains(&format!("{name}:")), "no line: {err}");
}

#[test]
fn bad_files_are_refused_with_one_message() {
    for (from, to, says) in [
        ("mark = 1335.18\n", "", &["the position in `ethusdt` has no mark"][..]),
        ("settlement = \"usdt\"", "settlement = \"usdc\"", &["settles in `usdc`, which is not among the assets"]),
        ("floor = 10e3", "floor = 9e3", &["bracket 2: floor is 9000, expected 10000"]),
        ("floor = 10e3", "floor = 11e3", &["bracket 2: floor is 11000, expected 10000"]),
        ("cum = 15.0", "cum = 16.0", &["bracket 2: cum is 16, expected 15 for a continuous maintenance margin"]),
        ("rate = 0.0065", "rate = 0.004", &["bracket 2: rate is 0.004, expected more than 0.005"]),
        ("rate = 0.0065", "rate = 1.5", &["1.5 is out of range", "share between 0 and 1"]),
        ("balance = 1_535_443.01", "balance = 1.0\nratio = 1.2", &["1.2 is out of range"]),
        ("balance = 1_535_443.01", "balance = 1.0\nratio = 0.9", &["counts in full"]),
        (
            "balance = 1_535_443.01",
            "balance = 1.0\nask_buffer = 0.1",
            &["exchanged for nothing", "leave `ask_buffer` out"],
        ),
        ("balance = 1_535_443.01", "balance = 1.0\nauto_exchange_haircut = 0.1", &["exchanged for nothing"]),
        ("balance = 1_535_443.01", "balance = 1.0\nloan = -5.0", &["-5 is out of range"]),
        ("balance = 1_535_443.01", "balance = 1.0\nloan = 5.0", &["portfolio margin alone"]),
        ("balance = 1_535_443.01", "balnce = 1.0", &["unknown key", "did you mean `balance`?"]),
        (
            "contract = \"ethusdt\"",
            "contract = \"ethusd\"",
            &["there is no contract `ethusd`", "did you mean `ethusdt`?"],
        ),
        ("quantity = 3683.979", "quantity = 0.0", &["a position of 0 is none"]),
        (
            "mark = 31967.27",
            "mark = 31967.27\n\n[[positions]]\ncontract = \"btcusdt\"\nquantity = 1.0\nentry = 1.0",
            &["a second position on the same side of `btcusdt`"],
        ),
        (
            "mark = 31967.27",
            "mark = 31967.27\n\n[[positions]]\ncontract = \"btcusdt\"\nquantity = -1.0\nentry = 1.0\nmark = 2.0",
            &["`btcusdt` has the mark 31967.27 as well"],
        ),
        ("quantity = 109.488", "quantity = 109.488\nisolated_margin = -1.0", &["-1 is out of range"]),
        ("margin = \"single_asset\"", "margin = \"multi_asset\"", &["`multi_asset` is not known here"]),
    ] {
        refused("a.toml", &changed(from, to), says);
    }
}

#[test]
fn bad_csv_names_its_line() {
    let text = std::fs::read_to_string(accounts().join("hedged.csv")).unwrap();
    let text = text.replace("../../data", accounts().join("../../data").to_str().unwrap());
    for (from, to, says) in [
        ("mark,SOL/USDT:USDT,221,,,,,,", "", &["the position in `SOL/USDT:USDT` has no mark", ":9"][..]),
        ("asset,bnb", "aset,bnb", &["no kind of row called `aset`", "did you mean `asset`?", ":6"]),
        ("-0.5,123000", "many,123000", &["found the text \"many\", expected a finite number", ":8"]),
        (
            "SOL/USDT:USDT,,",
            "SOLL/USDT:USDT,,",
            &["there is no contract `SOLL/USDT:USDT`", "did you mean `SOL/USDT:USDT`?", ":9"],
        ),
        ("mark,SOL/USDT:USDT,221", "mark,SOL/USDT:USDT,", &["has no value", ":11"]),
        ("kind,name", "kind,nam", &["the column `name` is missing", ":1"]),
        ("asset,bnb", "asset,usdt", &["`assets.usdt` is given twice", ":6"]),
        ("asset,bnb,,10", "asset,bnb,,10,1,1", &["the row has 11 cells, the header 9", ":6"]),
    ] {
        assert!(text.contains(from), "{from}");
        refused("a.csv", &text.replacen(from, to, 1), says);
    }
    let (_, err, code) = margin(Path::new("configs/accounts/hedgd.csv"), &[]);
    assert!(code == 2 && err.contains("cannot read the account: there is no such file"), "{err}");
}

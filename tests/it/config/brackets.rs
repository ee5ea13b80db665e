//! Bracket tables: the bundled ones are continuous, and one that is not is refused with the number that would be right.

use super::{changed, configs, read};
use rehypo::venue::bracket::{BracketFile, maintenance_usd, tier};

#[test]
fn all_bundled_tables_are_continuous() {
    let mut tables = 0;
    for entry in std::fs::read_dir(configs().join("../data/leverage_tiers")).unwrap() {
        let path = entry.unwrap().path();
        let file = BracketFile::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for symbol in file.symbols() {
            let tiers = file.tiers(symbol).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            for pair in tiers.windows(2) {
                let at = pair[1].floor_usd;
                let (below, above) = (at * pair[0].rate - pair[0].cum_usd, at * pair[1].rate - pair[1].cum_usd);
                assert!((below - above).abs() <= 1e-6 * above.max(1.0), "{symbol} jumps at {at}: {below} {above}");
            }
            tables += 1;
        }
    }
    assert_eq!(tables, 77);
}

/// The example of the exchange's own page: level 3 begins at 250,000, 250,000 * (1 % - 0.5 %) + 50 = 1,300.
#[test]
fn the_official_example() {
    let row = |floor: f64, cap: f64, rate: f64, leverage: f64, cum: f64| {
        format!(
            r#"{{ "minNotional": {floor}, "maxNotional": {cap}, "maintenanceMarginRate": {rate},
                 "maxLeverage": {leverage}, "info": {{ "cum": "{cum}" }} }}"#
        )
    };
    let table = |cum: f64| {
        let rows = [
            row(0.0, 50_000.0, 0.004, 125.0, 0.0),
            row(50_000.0, 250_000.0, 0.005, 100.0, 50.0),
            row(250_000.0, 1_000_000.0, 0.01, 50.0, cum),
        ];
        BracketFile::parse(&format!(r#"{{ "X": [{}] }}"#, rows.join(","))).unwrap().tiers("X")
    };
    let tiers = table(1_300.0).unwrap();
    assert_eq!(tier(&tiers, 250_000.0).cum_usd, 1_300.0);
    assert_eq!(maintenance_usd(&tiers, 400_000.0), 400_000.0 * 0.01 - 1_300.0);
    assert_eq!(
        table(1_200.0).unwrap_err().to_string(),
        "X, bracket 3: cum is 1200, expected 1300 for a continuous maintenance margin: 250000 * (0.01 - 0.005) + 50"
    );
}

#[test]
fn a_broken_table_names_file_symbol_and_bracket() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.json");
    let good = std::fs::read_to_string(configs().join("../data/leverage_tiers/binance_usdm_2025-10-09.json")).unwrap();
    let config = changed(&[("../data/leverage_tiers/binance_usdm_2025-10-09.json", file.to_str().unwrap())]);
    let said = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        std::fs::write(&file, good.replacen(from, to, 1)).unwrap();
        let error = read(&config, &[]).unwrap_err();
        assert_eq!(error.problems.len(), 1, "{error}");
        error.problems[0].to_string()
    };
    for (from, to, part) in [
        ("\"cum\": \"1500.0\"", "\"cum\": \"1400.0\"", "BTC/USDT:USDT, bracket 3: cum is 1400, expected 1500"),
        ("\"minNotional\": 300000.0", "\"minNotional\": 300001.0", "bracket 2: minNotional is 300001, expected 300000"),
        (
            "\"maintenanceMarginRate\": 0.005",
            "\"maintenanceMarginRate\": 0.004",
            "bracket 2: maintenanceMarginRate is 0.004, expected more than 0.004",
        ),
        ("\"maxLeverage\": 100.0", "\"maxLeverage\": 151.0", "bracket 2: maxLeverage is 151"),
        ("\"cum\": \"0.0\"", "\"cum\": \"none\"", "bracket 1: cum is \"none\", expected a number"),
    ] {
        let text = said(from, to);
        assert!(
            text.contains(part) && text.contains("b.json: BTC/USDT:USDT") && text.contains("small.toml:34"),
            "{text}"
        );
    }
    let text = said("{", "[");
    assert!(text.contains("not a bracket file in ccxt format") && text.contains("b.json:"), "{text}");
}

//! Configs: what is right is read as it was meant, what is wrong is said with its place and what would be right.

mod attacks;
mod book;
mod brackets;
mod cases;
mod edits;
mod issuers;
mod lending;
mod markets;
mod opening;
mod stable;
mod venues;

use attacks::ATTACKS;
use cases::{Case, SENSE, SHAPE};
use issuers::ISSUERS;
use lending::LENDING;
use markets::MARKETS;
use rehypo::scenario::{ConfigError, Diagnostic, Loaded, Scenario, Source, Step, load, load_text};
use stable::STABLE;
use std::path::{Path, PathBuf};

const SMALL: &str = include_str!("config/small.toml");

fn configs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("configs")
}

fn read(text: &str, sets: &[&str]) -> Result<Loaded, ConfigError> {
    let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    load_text(text, &configs(), "small.toml", &sets)
}

/// `small.toml` with each text, which must occur once, replaced.
fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(SMALL.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "`{from}` must occur once in small.toml");
        text.replace(from, to)
    })
}

fn chain(scenario: &Scenario, cohort: &str) -> Vec<Step> {
    let (_, cohort) = scenario.cohorts().find(|(_, c)| c.name == cohort).expect("a cohort of that name");
    match &cohort.source {
        Source::Drawn { chain, .. } => chain.clone(),
        Source::Book(_) => panic!("a book has no chain"),
    }
}

fn underlined(problem: &Diagnostic) -> String {
    let line = problem.source_line.as_deref().unwrap_or("");
    line.chars().skip(problem.column.unwrap_or(1) - 1).take(problem.width).collect()
}

/// What is amiss with what is said of a case.
fn amiss(case: &Case) -> Option<String> {
    let text = changed(case.change);
    let Err(error) = read(&text, &[]) else { return Some(format!("{:?}\naccepted", case.change)) };
    let problem = &error.problems[0];
    let right = error.problems.len() == 1
        && problem.file == "small.toml"
        && problem.line.is_some_and(|line| text.lines().nth(line - 1) == problem.source_line.as_deref())
        && underlined(problem) == case.at
        && problem.message.contains(case.message)
        && problem.help.as_deref().unwrap_or("").contains(case.help);
    let wanted = format!("`{}` | {} | {}", case.at, case.message, case.help);
    (!right).then(|| format!("{:?}\nwanted {wanted}\n{error}", case.change))
}

#[test]
fn bad_input_has_one_message_with_its_place() {
    let all = SHAPE.iter().chain(SENSE).chain(STABLE).chain(LENDING).chain(ISSUERS).chain(ATTACKS).chain(MARKETS);
    let amiss: Vec<String> = all.filter_map(amiss).collect();
    assert!(amiss.is_empty(), "{} cases:\n\n{}", amiss.len(), amiss.join("\n\n"));
}

#[test]
fn a_message_reads_like_this() {
    let text = changed(&[("owners = 100", "ownres = 100"), ("ltv = 0.6", "ltv = 1.6"), ("seed = 1\n", "")]);
    insta::assert_snapshot!(read(&text, &[]).unwrap_err(), @r#"
    error: run: the key `seed` is missing
     --> small.toml:3:2
      |
    3 | [run]
      |  ^^^
      = help: seed: Seed of every random stream. Expected a whole number of 0 or more.

    error: cohorts.stackers.ownres: unknown key
      --> small.toml:77:1
       |
    77 | ownres = 100
       | ^^^^^^
       = help: did you mean `owners`?

    error: cohorts.stackers.chain.1.borrow.ltv: 1.6 is out of range: expected a share of at least 0 and below 1 (0.78 means 78 %)
      --> small.toml:82:53
       |
    82 |   { borrow = { venue = "earn", coin = "usdt", ltv = 1.6 } },
       |                                                     ^^^
       = help: ltv: Loan over collateral, at most the pool's `initial_ltv`.
    "#);
}

#[test]
fn a_missing_file_is_named_with_the_nearest() {
    let error = load(&configs().join("bfusd_stak.toml"), &[]).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("cannot read the config: there is no such file"), "{text}");
    assert!(text.contains("did you mean ") && text.contains("bfusd_stack.toml"), "{text}");
}

#[test]
fn every_config_is_read() {
    let mut read = 0;
    for entry in std::fs::read_dir(configs()).expect("there are configs") {
        let path = entry.expect("readable").path();
        if path.extension().is_some_and(|e| e == "toml") {
            let loaded = load(&path, &[]).unwrap_or_else(|e| panic!("{e}"));
            loaded.check_points().unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(path.file_stem().and_then(|s| s.to_str()), Some(loaded.scenario.name.as_str()));
            read += 1;
        }
    }
    assert!(read >= 5, "only {read} configs");
}

#[test]
fn the_default_has_ten_thousand_owners_and_two_thousand_steps() {
    let world = load(&configs().join("bfusd_stack.toml"), &[]).unwrap().scenario;
    let owners: u32 =
        world.cohorts.iter().map(|c| if let Source::Drawn { owners, .. } = c.source { owners } else { 0 }).sum();
    assert_eq!((owners, world.paths, world.steps, world.step_seconds), (10_000, 1_000, 2_016, 300.0));
}

#[test]
fn the_columns_are_coins_contracts_receipts_debts_tokens() {
    let world = read(SMALL, &[]).unwrap().scenario;
    let names: Vec<&str> = world.assets.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["usdt", "btc", "btc-perp", "ldusdt", "ldbtc", "earn/usdt-debt", "earn/btc-debt", "bfusd"]);
    for (i, coin) in world.coins.iter().enumerate() {
        assert_eq!(coin.asset.index(), i);
    }
    assert_eq!(world.asset_named("earn/btc-debt"), Some(world.pools[0].reserves[1].debt));
    assert_eq!(world.asset_named("bfusd"), Some(world.issuers[0].token));
    assert_eq!(world.asset_named("btc-perp"), Some(world.futures[0].contracts[0].asset));
}

#[test]
fn loops_are_unrolled() {
    let steps = |times| {
        let set = format!("cohorts.stackers.chain.loop.times={times}");
        chain(&read(SMALL, &[&set]).unwrap().scenario, "stackers").len()
    };
    assert_eq!([steps(0), steps(1), steps(4)], [5, 7, 13]);
    let text = changed(&[("times = 2", "times = 0"), ("coin = \"usdt\", ltv = 0.7", "coin = \"usdt\", ltv = 0.9")]);
    let error = read(&text, &[]).unwrap_err().to_string();
    assert!(error.contains("chain.2.loop.steps.1.borrow.ltv: 0.9 is above"), "checked though left out: {error}");
}

#[test]
fn shocks_strike_at_the_first_step_that_ends_at_or_after_them() {
    let shocks = r#"
        [[shocks]]
        at = "7m"
        gap = { btc = -0.1 }
        depth = { multiplier = 0.1 }
        [[shocks]]
        at = "5m"
        news = { leave_per_day = 1.0, half_life = "1h" }
        [[shocks]]
        at = "1d"
        depeg = { coin = "usdt", price_usd = 0.9, half_life = "6h" }
        [coins]"#;
    let world = read(&changed(&[("[coins]", shocks)]), &[]).unwrap().scenario;
    let steps: Vec<usize> = world.shocks.iter().map(|s| s.step).collect();
    assert_eq!(steps, [1, 2, 2, 288]);
    assert_eq!(world.steps, 288);
}

#[test]
fn the_resolved_text_is_the_same_scenario_from_anywhere() {
    let first = load(&configs().join("bfusd_stack.toml"), &["run.paths=7".to_owned()]).unwrap().scenario;
    let again = Loaded::from_text(&first.resolved_toml, Path::new("/"), "stored").unwrap().scenario;
    assert_eq!(again.resolved_toml, first.resolved_toml);
    assert_eq!(again.fingerprint_text(), first.fingerprint_text());
    assert_eq!(format!("{:?}", again.cohorts), format!("{:?}", first.cohorts));
    assert_eq!(again.paths, 7);
}

#[test]
fn the_fingerprint_follows_contents_and_not_places() {
    let folder = tempfile::tempdir().unwrap();
    let brackets =
        std::fs::read_to_string(configs().join("../data/leverage_tiers/binance_usdm_2025-10-09.json")).unwrap();
    std::fs::write(folder.path().join("b.json"), &brackets).unwrap();
    let moved = changed(&[("../data/leverage_tiers/binance_usdm_2025-10-09.json", "b.json")]);
    let world = |text: &str, dir: &Path| Loaded::from_text(text, dir, "x").unwrap().scenario;
    let here = world(SMALL, &configs());
    assert_eq!(world(&moved, folder.path()).fingerprint_text(), here.fingerprint_text());
    assert!(!here.fingerprint_text().contains("data/") && !here.fingerprint_text().contains("[sweep"));
    std::fs::write(folder.path().join("b.json"), brackets.replace("125.0", "124.0") + "\n").unwrap();
    assert_ne!(world(&moved, folder.path()).fingerprint_text(), here.fingerprint_text());
    assert_ne!(read(SMALL, &["run.paths=3"]).unwrap().scenario.fingerprint_text(), here.fingerprint_text());
}

/// At a haircut of 0 nothing could be sold on a market: what is no settlement coin is sold at 1 % at least.
#[test]
fn collateral_that_counts_in_full_is_sold_at_a_haircut_of_one_percent() {
    let haircuts = |sets: &[&str]| {
        let world = read(SMALL, sets).unwrap().scenario;
        world.futures[0].collateral.iter().map(|c| c.auto_exchange_haircut).collect::<Vec<f64>>()
    };
    assert_eq!(haircuts(&[]), [1.0 - 0.9999, 0.01, 0.01]);
    let [full, low] =
        ["bfusd.ratio=1.0", "ldusdt.ratio=0.5"].map(|set| format!("venues.binance.futures.collateral.{set}"));
    assert_eq!(haircuts(&[&full, &low])[1..], [0.01, 0.5]);
    assert_eq!(haircuts(&["venues.binance.futures.collateral.bfusd.auto_exchange_haircut=0.0"])[1], 0.0);
}

/// With `BLESS` in the environment writes the file, otherwise asserts that it is as it would be written.
fn current(path: &Path, wanted: &str) {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, wanted).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == wanted, "{} is out of date: run this test with BLESS=1 in the environment", path.display());
}

#[test]
fn the_manual_is_current() {
    let path = configs().join("../docs/config.md");
    let manual = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- reference: written by the tests -->\n", "<!-- end of reference -->");
    let (head, rest) = manual.split_once(begin).expect("docs/config.md has a reference part");
    let (_, tail) = rest.split_once(end).expect("the reference part ends");
    current(&path, &format!("{head}{begin}{}{end}{tail}", rehypo::scenario::reference_markdown()));
}

#[test]
fn the_schema_for_editors_is_current() {
    let schema = serde_json::to_string_pretty(rehypo::scenario::json_schema()).unwrap();
    current(&configs().join("../docs/config.schema.json"), &(schema + "\n"));
}

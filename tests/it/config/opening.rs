//! Openings that are refused: somebody is in liquidation before anything has happened.

use rehypo::engine::Simulation;
use rehypo::scenario::load_text;
use std::path::Path;

const WORLD: &str = include_str!("../worlds/liquid_staking.toml");

/// What is said of the world with these counterfactuals and this ratio of ether, if it cannot open.
fn said(text: &str, counterfactuals: &str, ratio: f64) -> Option<String> {
    let sets = [
        format!("run.counterfactuals={counterfactuals}"),
        format!("venues.binance.futures.collateral.eth.ratio={ratio}"),
        "venues.binance.futures.margin=multi_assets".to_owned(),
    ];
    let loaded =
        load_text(text, Path::new("tests/it/worlds"), "world", &sets).unwrap_or_else(|error| panic!("{error}"));
    Simulation::new(&loaded.scenario).err().map(|error| error.to_string())
}

/// One staked ether at 4,400 against ten contracts long from 4,700: equity 0.95 * 4,400 - 10 * 300 = 1,180 of a maintenance
/// margin of 0.4 %, 176. With ether at 70 % equity is 80, at 65 % below zero.
#[test]
fn a_coin_that_counts_for_less_than_its_token_must_not_open_in_liquidation() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("book.csv");
    std::fs::write(
        &file,
        "owner,place,asset,amount,entry_price_usd\nann,binance,wbeth,1,\nann,binance,eth-perp,10,4700\n",
    )
    .unwrap();
    let cut = WORLD.find("[[cohorts]]").unwrap();
    let book = format!("{}[[cohorts]]\nname = \"book\"\nbook = \"{}\"\n", &WORLD[..cut], file.display());
    assert_eq!(said(&book, "[]", 0.65), None);
    assert_eq!(said(&book, "[\"no_reuse\"]", 0.95), None);
    assert_eq!(
        said(&book, "[\"no_reuse\"]", 0.7).unwrap(),
        "run.counterfactuals: cohort book: owner ann is already in liquidation in no_reuse (margin ratio 220.0 %: it posts \
         `eth`, of which 70.00 % counts, in the place of `wbeth`, of which 95.00 % does); raise the ratio of `eth` in \
         venues.binance.futures.collateral to that of `wbeth`, fund the position or leave no_reuse out"
    );
    assert!(said(&book, "[\"no_reuse\"]", 0.65).unwrap().contains("(no equity: it posts `eth`"));
}

/// Drawn owners can open everything that their tokens back, and coins may not back it.
#[test]
fn drawn_owners_are_refused_as_well() {
    assert_eq!(said(WORLD, "[\"no_reuse\"]", 0.95), None);
    let error = said(WORLD, "[\"no_reuse\"]", 0.02).unwrap();
    assert!(error.contains("cohort stakers: owner ") && error.contains("`eth`, of which 2.00 % counts"), "{error}");
}

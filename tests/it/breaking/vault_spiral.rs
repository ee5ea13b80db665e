//! A stablecoin issued against ether, and the spiral in which its vault deleverages (Klages-Mundt 2019, case P11).

use super::{check, table};
use rehypo::engine::{Record, Simulation};
use rehypo::event::EventKind;
use rehypo::scenario::load_text;
use rehypo::venue::vault::{Vault, VaultTerms};
use std::path::Path;

/// The published vault: 100.583 tokens, 10 of which an owner has, against 1.8 ether of 85 USD, 100 USD of demand. Ether falls to 83, 82, 81, 80, 79.
const WORLD: &str = r#"
name = "vault_spiral"
run = { paths = 1, seed = 3, horizon = "6h", step = "1h", counterfactuals = [] }
coins = { usdt = { peg_usd = 1.0 }, eth = { price_usd = 85.0 } }
prices.gbm.volatility_per_year = { eth = 1e-13 }
markets.eth.spot.book = { depth_1pct_usd = 1e15, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "1h" }
[venues.keeper.issuer]
token = "stable"
par = "usdt"
outside_supply_usd = 90.583
cash_share = 0.0
vault = { coin = "eth", units_per_token = 0.017895668254078723, cover = 1.5, expected_return = 1.00583, demand_usd = 100.0 }
reserve_fund_share = 0.0
fast = { quota_per_day = 0.0, fee = 0.0 }
standard = { delay = "1h", fee = 0.0 }
unwind_per_day = 1.0
[[cohorts]]
name = "holders"
owners = 1
coin = "usdt"
wealth.fixed = { usd = 10.0 }
chain = [ { subscribe = { venue = "keeper" } } ]
runs = { calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }
[[shocks]]
at = "1h"
gap = { eth = -0.023529411764705882 }
[[shocks]]
at = "2h"
gap = { eth = -0.012048192771084338 }
[[shocks]]
at = "3h"
gap = { eth = -0.012195121951219513 }
[[shocks]]
at = "4h"
gap = { eth = -0.012345679012345678 }
[[shocks]]
at = "5h"
gap = { eth = -0.0125 }
[[shocks]]
at = "6h"
gap = { eth = -0.4936708860759494 }
"#;

/// Price of ether, tokens (claims at par), price of the token, collateral.
const COLUMNS: [(&str, usize); 5] = [
    ("spot_price_usd:eth", 2),
    ("issuer_claims_usd:stable", 6),
    ("token_price_usd:stable", 6),
    ("issuer_spot_usd:stable", 4),
    ("token_redemption_usd:stable", 4),
];

/// The fall to 40 at the end.
const CRASH: &str = "[[shocks]]\nat = \"6h\"\ngap = { eth = -0.4936708860759494 }\n";

/// Prices flat.
fn quiet() -> String {
    WORLD[..WORLD.find("[[shocks]]").unwrap()].to_owned()
}

/// Tokens, price of the token, units of collateral, at the opening and after each step.
fn vault_of(world: &str) -> Vec<[f64; 3]> {
    let columns = [COLUMNS[0], COLUMNS[1], COLUMNS[2], COLUMNS[3]].map(|(name, _)| (name, 14));
    let row = |line: &str| {
        let cells: Vec<f64> = line.split_whitespace().map(|cell| cell.parse().unwrap()).collect();
        [cells[2], cells[3], cells[4] / cells[1]]
    };
    table(world, &columns, 1).lines().skip(1).map(row).collect()
}

/// (step, units of collateral, USD) of every closure.
fn closures(world: &str) -> Vec<(u32, f64, f64)> {
    let loaded = load_text(world, Path::new("tests/it/worlds"), "world", &[]).unwrap();
    let simulation = Simulation::new(&loaded.scenario).unwrap().with_checks();
    let outcome = simulation.run(0, Record { events: true, series: false }, &mut simulation.workspace()).full;
    let closed = outcome.events.iter().filter(|e| e.kind == EventKind::VaultClosure);
    closed.map(|e| (e.step, e.amount, e.amount_usd)).collect()
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found} instead of {expected}");
}

/// Each step the keeper sells ether and buys back, dearer each time, at last at 1.20 a token. At 79 she cannot: the vault is
/// closed with 123.4 USD behind 83.3 tokens, and a token is worth its dollar again. At 40 it is worth 1.5620621482 * 40 /
/// 83.3099812366 = 0.75.
#[test]
fn buying_back_gets_dearer_until_it_cannot_be_done() {
    check(
        &table(WORLD, &COLUMNS, 1),
        "
hour  spot_price_usd:eth  issuer_claims_usd:stable  token_price_usd:stable  issuer_spot_usd:stable  token_redemption_usd:stable
   0               85.00                100.583000                0.994204                153.0000                       1.0000
   1               83.00                 97.472712                1.025928                146.2091                       1.0000
   2               82.00                 93.366010                1.071054                140.0490                       1.0000
   3               81.00                 88.797458                1.126158                133.1962                       1.0000
   4               80.00                 83.309981                1.200336                124.9650                       1.0000
   5               79.00                 83.309981                1.000000                123.4029                       1.0000
   6               40.00                 83.309981                0.750000                 62.4825                       0.7500
",
    );
}

/// The published table to 1e-9, and the closure where no supply meets the limit any more.
#[test]
fn p11_comes_out_of_the_engine() {
    let rows = vault_of(WORLD);
    for (row, expected) in rows.iter().zip([
        [100.583, 100.0 / 100.583, 1.8],
        [97.472_711_903_5, 1.025_928_160_3, 1.761_555_034_4],
        [93.366_010_033_0, 1.071_053_587_6, 1.707_914_817_7],
        [88.797_458_474_7, 1.126_158_357_7, 1.644_397_379_2],
        [83.309_981_236_6, 1.200_336_364_5, 1.562_062_148_2],
        [83.309_981_236_6, 1.0, 1.562_062_148_2],
        [83.309_981_236_6, 1.562_062_148_2 * 40.0 / 83.309_981_236_6, 1.562_062_148_2],
    ]) {
        row.iter().zip(expected).for_each(|(found, expected)| near(*found, expected));
    }
    assert_eq!(rows.len(), 7);
    let [(5, units, usd)] = closures(WORLD)[..] else { panic!("{:?}", closures(WORLD)) };
    near(units, 1.562_062_148_2);
    near(usd, 1.562_062_148_2 * 79.0);
}

/// The owner of 10 tokens wants to leave from hour 2 and cannot: nobody redeems while the vault stands. In hour 5 it is closed and he
/// asks; 1.5620621482 / 24 ether at 79 are sold an hour, 5.14 USD, the rest in the next. He gets a dollar for each token.
#[test]
fn tokens_are_redeemed_out_of_collateral_once_the_vault_is_closed() {
    let news = "[[shocks]]\nat = \"2h\"\nnews = { leave_per_day = 1e9, half_life = \"10d\" }\n";
    let world = WORLD.replace(CRASH, "").replace("\"6h\"", "\"8h\"");
    // Shocks in order of time.
    let world = world.replacen("[[shocks]]\nat = \"3h\"", &format!("{news}[[shocks]]\nat = \"3h\""), 1);
    let columns = [
        ("issuer_queue_usd:stable", 4),
        ("issuer_cash_usd:stable", 4),
        ("issuer_spot_usd:stable", 4),
        ("issuer_claims_usd:stable", 4),
        ("redemption_wait_hours:stable", 0),
        ("left_owners", 0),
    ];
    check(
        &table(&world, &columns, 1),
        "
hour  issuer_queue_usd:stable  issuer_cash_usd:stable  issuer_spot_usd:stable  issuer_claims_usd:stable  redemption_wait_hours:stable  left_owners
   0                   0.0000                  0.0000                153.0000                  100.5830                         87600            0
   1                   0.0000                  0.0000                146.2091                   97.4727                         87600            0
   2                   0.0000                  0.0000                140.0490                   93.3660                         87600            1
   3                   0.0000                  0.0000                133.1962                   88.7975                         87600            1
   4                   0.0000                  0.0000                124.9650                   83.3100                         87600            1
   5                  10.0000                  5.1418                118.2611                   83.3100                             1            1
   6                   4.8582                  4.8582                113.4029                   78.1682                             1            1
   7                   0.0000                  0.0000                113.4029                   73.3100                             1            1
   8                   0.0000                  0.0000                113.4029                   73.3100                             1            1
",
    );
}

/// Demand for 200 USD: the supply goes to sqrt(r D L) at the price D over it, and what is paid buys ether at 85.
#[test]
fn where_demand_is_ample_tokens_are_issued_for_more_collateral() {
    let world = quiet().replace("demand_usd = 100.0", "demand_usd = 200.0").replace("0.0178956", "0.0278956");
    let rows = vault_of(&world);
    let (mut supply, mut units) = (100.583_f64, 100.583 * 0.027_895_668_254_078_723);
    for row in &rows[1..] {
        let next = (1.00583 * 200.0 * supply).sqrt();
        (supply, units) = (next, units + (next - supply) * 200.0 / next / 85.0);
        near(row[0], supply);
        near(row[1], 200.0 / supply);
        near(row[2], units);
    }
    assert!(supply > 190.0);
}

/// Without `demand_usd` holders hold what leaves the keeper with what she wants.
#[test]
fn a_vault_opens_at_rest() {
    for row in vault_of(&quiet().replace(", demand_usd = 100.0", "")) {
        near(row[0], 100.583);
        near(row[1], 1.0 / 1.00583);
        near(row[2], 1.8);
    }
}

/// With periods of two hours she acts at 82 and not at 83 or 81, and at 80 it is too late: she could have above 80.09.
#[test]
fn a_period_is_as_long_as_its_terms_say() {
    let world = WORLD.replace("demand_usd = 100.0", "demand_usd = 100.0, rebalance = \"2h\"");
    let rows = vault_of(&world);
    let terms = VaultTerms { cover: 1.5, expected_return: 1.00583, demand_usd: 100.0 };
    let mut vault = Vault { collateral: 1.8, supply: 100.583 };
    for (step, row) in rows.iter().enumerate().take(5) {
        if step == 2 {
            vault.step(&terms, 82.0).unwrap();
        }
        near(row[0], vault.supply);
        near(row[2], vault.collateral);
    }
    assert!((vault.least_price_usd(&terms) - 80.09).abs() < 0.01);
    let closed = closures(&world);
    assert!(closed.len() == 1 && closed[0].0 == 4, "{closed:?}");
}

/// Where her own orders move the market she pays with more ether for the same tokens, then has to buy back more of them,
/// and is closed with fewer of both.
#[test]
fn the_keepers_own_sales_deepen_the_spiral() {
    let world = WORLD.replace("depth_1pct_usd = 1e15", "depth_1pct_usd = 10.0");
    let rows = vault_of(&world);
    // 3.19 USD of a book of 10 USD a per cent: the mean price is lower by about half of 0.319 %.
    near(rows[1][0], 97.472_711_903_5);
    let (sold, unmoved) = (1.8 - rows[1][2], 1.8 - 1.761_555_034_4);
    let ratio = sold / unmoved;
    assert!((ratio - 1.0016).abs() < 0.0001, "{ratio}");
    let closed = closures(&world);
    assert!(rows[4][0] < 83.309_981 - 0.1 && closed[0].1 < 1.562_062 - 0.01, "{rows:?} {closed:?}");
}

/// She buys from outsiders, who have one token.
#[test]
fn a_keeper_who_finds_nobody_to_buy_from_is_closed() {
    let world =
        WORLD.replace("outside_supply_usd = 90.583", "outside_supply_usd = 1.0").replace("usd = 10.0", "usd = 99.583");
    let closed = closures(&world);
    assert!(closed.len() == 1 && closed[0].0 == 1, "{closed:?}");
}

/// The book is so thin that all her ether does not bring what three tokens cost: nothing is sold.
#[test]
fn a_keeper_whose_collateral_does_not_sell_is_closed() {
    let world = WORLD.replace("depth_1pct_usd = 1e15", "depth_1pct_usd = 0.0001");
    let closed = closures(&world);
    assert!(closed.len() == 1 && closed[0].0 == 1, "{closed:?}");
    near(closed[0].1, 1.8);
    near(vault_of(&world)[1][2], 1.8);
}

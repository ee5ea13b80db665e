//! Issuers that hold each other's tokens: supplies, values, redemptions, and the published multipliers of reuse (P12 d).

use super::oracle::agree;
use super::{load, run, whole_chain};
use rehypo::engine::Simulation;
use rehypo::outcome::Outcome;
use rehypo::scenario::{Loaded, load_text};
use std::fmt::Write as _;
use std::path::Path;

/// Issuers of tokens, each with its share of cash and what it holds, and an owner of each token with so many dollars.
pub fn tokens(issuers: &[(&str, f64, &str, f64)], sets: &[&str], extra: &str) -> Loaded {
    load(&text(issuers, extra), sets, "")
}

fn text(issuers: &[(&str, f64, &str, f64)], extra: &str) -> String {
    let mut text = include_str!("../worlds/tokens.toml").to_owned();
    for (token, cash, holds, usd) in issuers {
        let par = if token.ends_with("eth") { "eth" } else { "usdt" };
        write!(
            text,
            r#"
[venues.{token}.issuer]
token = "{token}"
par = "{par}"
outside_supply_usd = 0.0
cash_share = {cash}
holds = {{ {holds} }}
hedged = {{}}
reserve_fund_share = 0.0
fast = {{ quota_per_day = 1.0, fee = 0.0 }}
standard = {{ delay = "1h", fee = 0.0 }}
unwind_per_day = 0.0
"#
        )
        .unwrap();
        if *usd > 0.0 {
            write!(
                text,
                r#"
[[cohorts]]
name = "owner-of-{token}"
owners = 1
coin = "{par}"
wealth.fixed = {{ usd = {usd} }}
chain = [ {{ subscribe = {{ venue = "{token}" }} }} ]
runs = {{ calm_per_day = 0.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }}
"#
            )
            .unwrap();
        }
    }
    text + extra
}

/// The last value of a column of the series, and the first.
pub fn ends(loaded: &Loaded, outcome: &Outcome, series: &str, entity: &str) -> (f64, f64) {
    let names = Simulation::new(&loaded.scenario).unwrap().series_names();
    let at = names.iter().position(|n| n.series == series && n.entity == entity).expect("a series of that name");
    let column = || outcome.series.iter().skip(at).step_by(names.len());
    (*column().next().unwrap(), *column().next_back().unwrap())
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-9 * expected.abs().max(1.0)
}

/// Units of an asset on the opening sheet by holder.
fn held(loaded: &Loaded, holder: &str, asset: &str) -> f64 {
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let sheet = simulation.opening_sheet();
    sheet.iter().filter(|line| line.holder == holder && line.asset == asset).map(|line| line.amount).sum()
}

const MUTUAL: [(&str, f64, &str, f64); 2] = [("ausd", 0.5, "busd = 0.5", 1.0), ("busd", 0.5, "ausd = 0.5", 1.0)];

#[test]
fn p12d_two_tokens_half_backed_by_each_other_count_twice() {
    let loaded = tokens(&MUTUAL, &[], "");
    assert!(close(held(&loaded, "ausd treasury", "ausd"), -2.0));
    assert!(close(held(&loaded, "ausd treasury", "busd"), 1.0));
    assert!(close(held(&loaded, "busd treasury", "usdt"), 1.0));
    let outcome = run(&loaded, 0).full;
    assert!(close(outcome.reuse_multiple.0, 2.0), "{:?}", outcome.reuse_multiple);
    assert!(close(outcome.wealth_usd, 2.0));
}

/// Real assets of 100, 10 and 5; the second holds 80 of the first's tokens, the third 54 of the second's.
#[test]
fn p12d_a_chain_of_three_links_counts_2_1652174_times() {
    let chain = [
        ("one", 1.0, "", 20.0),
        ("two", 1.0 / 9.0, "one = 0.8888888888888888", 36.0),
        ("three", 5.0 / 59.0, "two = 0.9152542372881356", 59.0),
    ];
    let loaded = tokens(&chain, &[], "");
    for (token, supply) in [("one", 100.0), ("two", 90.0), ("three", 59.0)] {
        assert!(close(held(&loaded, &format!("{token} treasury"), token), -supply), "{token}");
    }
    let outcome = run(&loaded, 0).full;
    assert!((outcome.reuse_multiple.0 - 2.165_217_4).abs() < 5e-8, "{:?}", outcome.reuse_multiple);
}

/// Supplies and values of random networks: supplies by summing the series `E + H'E + H'H'E + ...`, values by solving the
/// definition over and over from par.
#[test]
fn supplies_and_values_are_those_of_the_definitions() {
    let shares = [[0.0, 0.3, 0.2], [0.25, 0.0, 0.5], [0.1, 0.35, 0.0]];
    let names = ["ausd", "busd", "ceth"];
    let sold = [300.0, 70.0, 1000.0];
    let issuers: Vec<(&str, f64, String, f64)> = (0..3)
        .map(|i| {
            let held: Vec<String> =
                (0..3).filter(|j| *j != i).map(|j| format!("{} = {}", names[j], shares[i][j])).collect();
            (names[i], 1.0 - shares[i].iter().sum::<f64>(), held.join(", "), sold[i])
        })
        .collect();
    let issuers: Vec<_> = issuers.iter().map(|(name, cash, holds, usd)| (*name, *cash, holds.as_str(), *usd)).collect();
    let loaded = tokens(&issuers, &[], "[[shocks]]\nat = \"1h\"\ngap = { eth = -0.5 }");
    let mut supply = sold;
    for _ in 0..200 {
        let bought = |j: usize| (0..3).map(|i| shares[i][j] * supply[i]).sum::<f64>();
        supply = [0, 1, 2].map(|j| sold[j] + bought(j));
    }
    let unit = [1.0, 1.0, 2000.0];
    for i in 0..3 {
        let found = -held(&loaded, &format!("{} treasury", names[i]), names[i]) * unit[i];
        assert!((found / supply[i] - 1.0).abs() < 1e-9, "{}: {found} {}", names[i], supply[i]);
    }
    // Ether has halved: what the third owes halves, what it holds of the others does not.
    let after = [1.0, 1.0, 0.5];
    let mut value = [1.0; 3];
    for _ in 0..1000 {
        value = [0, 1, 2].map(|i| {
            let cash = issuers[i].1 * supply[i] * after[i];
            let held: f64 = (0..3).map(|j| shares[i][j] * supply[i] * value[j] * after[j]).sum();
            ((cash + held) / (supply[i] * after[i])).min(1.0)
        });
    }
    assert!(value[0] < 0.95 && value[1] < 0.9 && value[2] == 1.0, "{value:?}");
    let outcome = run(&loaded, 0).full;
    for i in 0..3 {
        let (open, end) = ends(&loaded, &outcome, "token_redemption_usd", names[i]);
        assert!(close(open / unit[i], 1.0), "{}: {open}", names[i]);
        assert!((end / unit[i] / after[i] / value[i] - 1.0).abs() < 1e-9, "{}: {end} {value:?}", names[i]);
    }
    let loss = 300.0 * (1.0 - value[0]) + 70.0 * (1.0 - value[1]) + 1000.0 * 0.5;
    let found = outcome.wealth_usd - outcome.final_wealth_usd;
    assert!((found / loss - 1.0).abs() < 1e-8, "{found} {loss}");
}

/// Everybody leaves: 1 of cash in each issuer pays 2 of claims, of which 1 is the other issuer's. What is left are claims of
/// issuers on each other, worth anything from nothing to par.
#[test]
fn all_redeem_and_what_is_left_backs_itself() {
    let news = "[[shocks]]\nat = \"1h\"\nnews = { leave_per_day = 1e9, half_life = \"10d\" }";
    let loaded = tokens(&MUTUAL, &[], news);
    let outcome = run(&loaded, 0).full;
    assert!(close(outcome.final_wealth_usd, 2.0), "{}", outcome.final_wealth_usd);
    let redeemed: f64 = outcome.issuers.iter().map(|i| i.redeemed_usd).sum();
    assert!(close(redeemed, 2.0), "{redeemed}");
    let open: f64 = outcome.issuers.iter().map(|i| i.open_claims_usd).sum();
    assert!(close(open, 2.0), "{:?}", outcome.issuers);
    let before = run(&tokens(&MUTUAL, &[], ""), 0).full;
    assert!(before.issuers.iter().all(|i| i.open_claims_usd == 0.0), "{:?}", before.issuers);
}

/// An owner of a token without cash gets the cash of the token behind it, after its delay; sold ether pays for dollars.
#[test]
fn what_an_issuer_holds_is_redeemed_to_pay() {
    let news = "[[shocks]]\nat = \"1h\"\nnews = { leave_per_day = 1e9, half_life = \"10d\" }";
    let chain = [("aeth", 1.0, "", 0.0), ("busd", 0.6, "aeth = 0.4", 0.0), ("cusd", 0.0, "busd = 1.0", 100.0)];
    let loaded = tokens(&chain, &[], news);
    assert!(close(held(&loaded, "aeth treasury", "eth"), 0.02));
    let outcome = run(&loaded, 0).full;
    let (_, owed) = ends(&loaded, &outcome, "issuer_queue_usd", "cusd");
    assert!(close(owed, 0.0), "{owed} still waits");
    assert!(close(outcome.final_wealth_usd, 100.0), "{}", outcome.final_wealth_usd);
    let redeemed: Vec<f64> = outcome.issuers.iter().map(|i| i.redeemed_usd).collect();
    assert!(close(redeemed[2], 100.0) && close(redeemed[1], 100.0) && close(redeemed[0], 40.0), "{redeemed:?}");
    assert!(outcome.issuers[2].gated_steps > 0, "there was no cash at first");
}

/// rsETH is bought with stETH: the deposit is what it holds, and no ether moves.
#[test]
fn a_token_is_taken_in_kind_by_who_holds_that_only() {
    let restakers = r#"
[[cohorts]]
name = "restakers"
owners = 2
coin = "eth"
wealth.fixed = { usd = 4000 }
chain = [ { subscribe = { venue = "steth" } }, { subscribe = { venue = "rseth" } } ]
"#;
    let issuers = [("steth", 1.0, "", 2000.0), ("rseth", 0.0, "steth = 1.0", 2000.0)];
    let loaded = tokens(&issuers, &[], restakers);
    for (holder, asset, units) in [
        ("steth treasury", "eth", 6.0),
        ("steth treasury", "steth", -6.0),
        ("rseth treasury", "steth", 5.0),
        ("rseth treasury", "rseth", -5.0),
        ("rseth treasury", "eth", 0.0),
    ] {
        assert!(close(held(&loaded, holder, asset), units), "{holder} {asset}: {}", held(&loaded, holder, asset));
    }
    // An owner of rsETH holds one claim on another: 2 each, of stETH 1.
    let outcome = run(&loaded, 0).full;
    assert!(close(outcome.reuse_multiple.0, (2.0 * 10_000.0 + 2000.0) / 12_000.0), "{:?}", outcome.reuse_multiple);
    assert!(close(outcome.effective_leverage.0, 1.0), "all of it is ether: {:?}", outcome.effective_leverage);
    let in_part = [("steth", 1.0, "", 2000.0), ("rseth", 0.1, "steth = 0.9", 0.0)];
    let refused = load_text(&text(&in_part, restakers), Path::new("tests/it/worlds"), "world", &[]).unwrap_err();
    assert!(refused.to_string().contains("`rseth` sells `rseth` for `eth`, but `steth` is in hand"), "{refused}");
}

#[test]
fn tokens_with_nothing_but_each_other_behind_them_are_refused() {
    let closed = [("ausd", 0.0, "busd = 1.0", 1.0), ("busd", 0.0, "ausd = 1.0", 1.0)];
    let loaded = tokens(&closed, &[], "");
    let refused = Simulation::new(&loaded.scenario).expect_err("refused").to_string();
    assert!(refused.contains("venues.ausd.issuer.holds") && refused.contains("nothing behind them"), "{refused}");
}

/// A token with pairs that is margin, and one that holds it and is held by it, through a crash and a run on both.
#[test]
fn tokens_that_hold_each_other_conserve_and_are_searched_alike() {
    let other = r#"
[venues.x.issuer]
token = "xusd"
par = "usdt"
outside_supply_usd = 1e5
cash_share = 0.6
holds = { bfusd = 0.4 }
hedged = {}
reserve_fund_share = 0.0
fast = { quota_per_day = 0.1, fee = 0.001 }
standard = { delay = "6h", fee = 0.001 }
unwind_per_day = 0.0
market.book = { depth_1pct_usd = 1e5, exponent = 0.67, permanent_share = 0.1, recovery_half_life = "1h" }
[[cohorts]]
name = "holders-of-x"
owners = 20
coin = "usdt"
wealth.fixed = { usd = 1e4 }
chain = [ { subscribe = { venue = "x" } } ]
runs = { calm_per_day = 1.0, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 10.0, outflow_per_day = 0.0, size_exponent = 0.0, cap_per_day = 10.0 }
[[shocks]]
at = "1d"
gap = { btc = -0.25, eth = -0.35 }
[[shocks]]
at = "1d"
depth = { multiplier = 0.05, half_life = "6h" }
news = { leave_per_day = 1.0, half_life = "1d" }
"#;
    let sets = [
        "venues.bf.issuer.outside_supply_usd=0.0",
        "venues.bf.issuer.standard.delay=6h",
        "venues.bf.issuer.cash_share=0.05",
        "venues.bf.issuer.hedged={ btc-perp = 0.4 }",
        "venues.bf.issuer.holds={ xusd = 0.35 }",
        "run.horizon=3d",
    ];
    let loaded = whole_chain(&sets, other);
    let outcome = run(&loaded, 0);
    assert!(outcome.full.issuers.iter().all(|i| i.redeemed_usd > 0.0), "{:?}", outcome.full.issuers);
    agree(&loaded, 2);
}

/// Four fifths of an issuer's cash are stolen. It pays without limit, so that neither its holders nor those of the token that
/// holds it lose anything; with 0.3 it is left with 0.5 for claims of 2, of which 0.5 on the other stand against 1.
#[test]
fn a_backstop_without_limit_counts_as_the_claims() {
    let theft = "[[shocks]]\nat = \"1h\"\nexploit = { venue = \"busd\", share = 0.8 }";
    let whole = tokens(&MUTUAL, &["venues.busd.issuer.backstop={}"], theft);
    let outcome = run(&whole, 0).full;
    assert!(close(outcome.final_wealth_usd, 2.0), "{}", outcome.final_wealth_usd);
    for token in ["ausd", "busd"] {
        let (_, end) = ends(&whole, &outcome, "token_redemption_usd", token);
        assert!(close(end, 1.0), "{token}: {end}");
    }
    let part = tokens(&MUTUAL, &["venues.busd.issuer.backstop={ limit_usd = 0.3 }"], theft);
    let outcome = run(&part, 0).full;
    // 2 a = 1 + b and 2 b = 0.5 + a.
    assert!(close(outcome.final_wealth_usd, 2.5 / 3.0 + 2.0 / 3.0), "{}", outcome.final_wealth_usd);
}

//! Stablecoins with redemption: bad input, and that what is resolved is what was written.

use super::cases::{Case, case};
use super::{changed, configs, read};
use rehypo::scenario::{ShockKind, load_text};

/// What can be wrong with hours of redemption, pushes and doubt.
pub const STABLE: &[Case] = &[
    case(
        &[
            (
                "usdt = { peg_usd = 1.0 }",
                "usdt = { stable = { peg_usd = 1.0, redemption = { weekly = { days = [\"mon\", \"tues\"], from = \"14:00\", to = \"22:00\" } } } }",
            ),
            ("seed = 1\n", "seed = 1\nstart = \"2023-03-10T20:00:00Z\"\n"),
        ],
        "\"tues\"",
        "`tues` is not known here",
        "did you mean `tue`?",
    ),
    case(
        &[("usdt = { peg_usd = 1.0 }", "usdt = { stable = { peg_usd = 1.0, noise_per_day = -0.1 } }")],
        "-0.1",
        "-0.1 is out of range: expected a number of 0 or more",
        "Standard deviation",
    ),
    case(
        &[("usdt = { peg_usd = 1.0 }", "usdt = { stable = { peg_usd = 1.0, return_half_life = \"soon\" } }")],
        "\"soon\"",
        "is not a length of time",
        "Half-life",
    ),
    case(
        &[("usdt = { peg_usd = 1.0 }", "usdt = { stable = { peg_usd = 1.0, redemption = \"nights\" } }")],
        "\"nights\"",
        "`nights` is not known here: expected one of \"always\", `weekly`, `closed`",
        "",
    ),
    case(
        &[
            ("usdt = { peg_usd = 1.0 }", "usdt = { stable = { peg_usd = 1.0, noise_per_day = 0.001 } }"),
            (
                "[coins]",
                "[[shocks]]\nat = \"2h\"\ndepeg = { coin = \"usdt\", price_usd = 0.9, doubt = { at_risk_share = 8 } }\n[coins]",
            ),
        ],
        "8",
        "8 is out of range: expected a share of at least 0 and below 1",
        "Share of the reserves",
    ),
    case(
        &[
            ("usdt = { peg_usd = 1.0 }", "usdt = { stable = { peg_usd = 1.0, noise_per_day = 0.001 } }"),
            (
                "[coins]",
                "[[shocks]]\nat = \"2h\"\ndepeg = { coin = \"usdt\", price_usd = 0.9, doubt = { at_risk_share = 0.1, resolution = { at = \"5h\", recovery_probability = 90 } } }\n[coins]",
            ),
        ],
        "90",
        "90 is out of range: expected a share",
        "Probability of a recovery",
    ),
    case(
        &[(
            "usdt = { peg_usd = 1.0 }",
            "usdt = { stable = { peg_usd = 1.0, redemption = { weekly = { days = [\"mon\", \"fri\"], from = \"14:00\", to = \"22:00\" } } } }",
        )],
        "weekly",
        "need a calendar, and the path has no start",
        "[run]: start = \"2023-03-10T20:00:00Z\"",
    ),
    case(
        &[
            (
                "usdt = { peg_usd = 1.0 }",
                "usdt = { stable = { peg_usd = 1.0, redemption = { weekly = { days = [\"mon\", \"fri\"], from = \"14:00\", to = \"22:00\" } } } }",
            ),
            ("seed = 1\n", "seed = 1\nstart = \"10.03.2023\"\n"),
        ],
        "\"10.03.2023\"",
        "\"10.03.2023\" is not a time in UTC",
        "write one such as \"2023-03-10T20:00:00Z\"",
    ),
    case(
        &[("seed = 1\n", "seed = 1\nstart = \"2023-02-29\"\n")],
        "\"2023-02-29\"",
        "\"2023-02-29\" is not a time in UTC",
        "",
    ),
    case(
        &[("seed = 1\n", "seed = 1\nstart = \"2023-03-10T20:00:00+02:00\"\n")],
        "\"2023-03-10T20:00:00+02:00\"",
        "is not a time in UTC",
        "",
    ),
    case(
        &[
            (
                "usdt = { peg_usd = 1.0 }",
                "usdt = { stable = { peg_usd = 1.0, redemption = { weekly = { days = [\"mon\", \"fri\"], from = \"22:00\", to = \"14:00\" } } } }",
            ),
            ("seed = 1\n", "seed = 1\nstart = \"2023-03-10T20:00:00Z\"\n"),
        ],
        "\"14:00\"",
        "redemption closes at 14:00, not after it opens at 22:00",
        "\"00:00\" to \"24:00\"",
    ),
    case(
        &[
            (
                "usdt = { peg_usd = 1.0 }",
                "usdt = { stable = { peg_usd = 1.0, redemption = { weekly = { days = [\"mon\", \"fri\"], from = \"14:00\", to = \"14:00\" } } } }",
            ),
            ("seed = 1\n", "seed = 1\nstart = \"2023-03-10T20:00:00Z\"\n"),
        ],
        "\"14:00\"",
        "redemption closes at 14:00",
        "",
    ),
    case(
        &[
            (
                "usdt = { peg_usd = 1.0 }",
                "usdt = { stable = { peg_usd = 1.0, redemption = { weekly = { days = [\"mon\", \"fri\"], from = \"14:00\", to = \"25:00\" } } } }",
            ),
            ("seed = 1\n", "seed = 1\nstart = \"2023-03-10T20:00:00Z\"\n"),
        ],
        "\"25:00\"",
        "\"25:00\" is not an hour of the day",
        "write one such as \"14:00\"",
    ),
    case(
        &[
            (
                "usdt = { peg_usd = 1.0 }",
                "usdt = { stable = { peg_usd = 1.0, redemption = { weekly = { days = [\"mon\", \"fri\"], from = \"14:00\", to = \"24:01\" } } } }",
            ),
            ("seed = 1\n", "seed = 1\nstart = \"2023-03-10T20:00:00Z\"\n"),
        ],
        "\"24:01\"",
        "\"24:01\" is not an hour of the day",
        "write one such as \"14:00\"",
    ),
    case(
        &[
            (
                "usdt = { peg_usd = 1.0 }",
                "usdt = { stable = { peg_usd = 1.0, redemption = { weekly = { days = [\"mon\", \"fri\"], from = \"14:00\", to = \"12:60\" } } } }",
            ),
            ("seed = 1\n", "seed = 1\nstart = \"2023-03-10T20:00:00Z\"\n"),
        ],
        "\"12:60\"",
        "\"12:60\" is not an hour of the day",
        "write one such as \"14:00\"",
    ),
    case(
        &[
            (
                "usdt = { peg_usd = 1.0 }",
                "usdt = { stable = { peg_usd = 1.0, redemption = { weekly = { days = [\"mon\", \"fri\"], from = \"14:00\", to = \"2 pm\" } } } }",
            ),
            ("seed = 1\n", "seed = 1\nstart = \"2023-03-10T20:00:00Z\"\n"),
        ],
        "\"2 pm\"",
        "\"2 pm\" is not an hour of the day",
        "write one such as \"14:00\"",
    ),
    case(
        &[
            (
                "usdt = { peg_usd = 1.0 }",
                "usdt = { stable = { peg_usd = 1.0, redemption = { weekly = { days = [\"mon\", \"fri\"], from = \"14:00\", to = \"9:00\" } } } }",
            ),
            ("seed = 1\n", "seed = 1\nstart = \"2023-03-10T20:00:00Z\"\n"),
        ],
        "\"9:00\"",
        "\"9:00\" is not an hour of the day",
        "write one such as \"14:00\"",
    ),
    case(
        &[
            (
                "usdt = { peg_usd = 1.0 }",
                "usdt = { stable = { peg_usd = 1.0, redemption = { weekly = { days = [], from = \"14:00\", to = \"22:00\" } } } }",
            ),
            ("seed = 1\n", "seed = 1\nstart = \"2023-03-10T20:00:00Z\"\n"),
        ],
        "[]",
        "without a day nothing is ever redeemed",
        "\"mon\" to \"sun\"",
    ),
    case(
        &[
            (
                "usdt = { peg_usd = 1.0 }",
                "usdt = { stable = { peg_usd = 1.0, redemption = { weekly = { days = [\"mon\", \"fri\", \"mon\"], from = \"14:00\", to = \"22:00\" } } } }",
            ),
            ("seed = 1\n", "seed = 1\nstart = \"2023-03-10T20:00:00Z\"\n"),
        ],
        "\"mon\"",
        "this day is already in the list",
        "",
    ),
    case(
        &[(
            "usdt = { peg_usd = 1.0 }",
            "usdt = { stable = { peg_usd = 1.0, redemption = { closed = [{ from = \"2h\", to = \"1h\" }] } } }",
        )],
        "\"1h\"",
        "ends before it has begun",
        "from the start of the path",
    ),
    case(
        &[(
            "usdt = { peg_usd = 1.0 }",
            "usdt = { stable = { peg_usd = 1.0, redemption = { closed = [{ from = \"2h\", to = \"5h\" }, { from = \"4h\" }] } } }",
        )],
        "{ from = \"4h\" }",
        "begins before the one before has ended",
        "without overlap",
    ),
    case(
        &[(
            "usdt = { peg_usd = 1.0 }",
            "usdt = { stable = { peg_usd = 1.0, redemption = { closed = [{ from = \"2d\" }] } } }",
        )],
        "\"2d\"",
        "2days is after the end of the path",
        "run.horizon is 1day",
    ),
    case(
        &[(
            "[coins]",
            "[[shocks]]\nat = \"2h\"\ndepeg = { coin = \"usdt\", price_usd = 0.9, doubt = { at_risk_share = 0.1 } }\n[coins]",
        )],
        "doubt",
        "`usdt` has no redemption for a doubt to stop",
        "stable = { peg_usd",
    ),
    case(
        &[
            ("usdt = { peg_usd = 1.0 }", "usdt = { stable = { peg_usd = 1.0, noise_per_day = 0.001 } }"),
            (
                "[coins]",
                "[[shocks]]\nat = \"2h\"\ndepeg = { coin = \"usdt\", price_usd = 0.9, half_life = \"1h\" }\n[coins]",
            ),
        ],
        "half_life",
        "`usdt` returns to its peg by redemption",
        "coins.usdt.stable.return_half_life",
    ),
    case(
        &[
            ("usdt = { peg_usd = 1.0 }", "usdt = { stable = { peg_usd = 1.0, noise_per_day = 0.001 } }"),
            (
                "[coins]",
                "[[shocks]]\nat = \"2h\"\ndepeg = { coin = \"usdt\", price_usd = 0.9, doubt = { at_risk_share = 0.1, resolution = { at = \"1h\" } } }\n[coins]",
            ),
        ],
        "\"1h\"",
        "the doubt ends at 1h, before it begins",
        "the shock is at 2h",
    ),
    case(
        &[
            ("usdt = { peg_usd = 1.0 }", "usdt = { stable = { peg_usd = 1.0, noise_per_day = 0.001 } }"),
            (
                "[coins]",
                "[[shocks]]\nat = \"2h\"\ndepeg = { coin = \"usdt\", price_usd = 0.9, doubt = { at_risk_share = 0.1, resolution = { at = \"2d\" } } }\n[coins]",
            ),
        ],
        "\"2d\"",
        "2days is after the end of the path",
        "run.horizon is 1day",
    ),
    case(
        &[
            ("usdt = { peg_usd = 1.0 }", "usdt = { stable = { peg_usd = 1.0, noise_per_day = 0.001 } }"),
            ("[coins]", "[[shocks]]\nat = \"2h\"\ngap = { usdt = -0.1 }\n[coins]"),
        ],
        "usdt",
        "`usdt` is a stablecoin",
        "depeg = { coin = \"usdt\"",
    ),
    case(
        &[
            ("usdt = { peg_usd = 1.0 }", "usdt = { stable = { peg_usd = 1.0, noise_per_day = 0.001 } }"),
            ("volatility_per_year = { btc = 0.6 }", "volatility_per_year = { btc = 0.6, usdt = 0.01 }"),
        ],
        "0.01",
        "`usdt` is pegged, and no price law drives it",
        "",
    ),
    case(
        &[
            ("usdt = { peg_usd = 1.0 }", "usdt = { stable = { peg_usd = 1.0, noise_per_day = 0.001 } }"),
            (
                "[coins]",
                "[markets.usdt.spot.book]\ndepth_1pct_usd = 1e7\npermanent_share = 0.25\nrecovery_half_life = \"2h\"\nexponent = 1.0\n\n[coins]",
            ),
        ],
        "0.25",
        "`usdt` can be redeemed, so that no impact on its price lasts",
        "expected 0.0",
    ),
    case(
        &[
            ("usdt = { peg_usd = 1.0 }", "usdt = { stable = { peg_usd = 1.0, noise_per_day = 0.001 } }"),
            (
                "[coins]",
                "[markets.usdt.spot.linear]\ndepth_1pct_usd = 1e7\npermanent_share = 0.25\nrecovery_half_life = \"2h\"\n\n[coins]",
            ),
        ],
        "0.25",
        "`usdt` can be redeemed",
        "expected 0.0",
    ),
];

const PEG: &str = "usdt = { peg_usd = 1.0 }";

#[test]
fn what_is_left_out_is_redeemed_at_all_times() {
    let world = read(&changed(&[(PEG, "usdt = { stable = { peg_usd = 0.5 } }")]), &[]).unwrap().scenario;
    let coin = &world.coins[0];
    let stable = coin.stable.as_ref().expect("a stablecoin with redemption");
    assert_eq!((coin.opening_usd, coin.pegged), (0.5, true));
    assert_eq!((stable.noise_per_day, stable.return_half_life), (0.0005, 3600.0));
    assert_eq!(stable.redemption.open_seconds(0.0, 86_400.0), 86_400.0);
    assert!(world.coins[1].stable.is_none());
}

#[test]
fn a_closure_without_ends_is_closed_throughout() {
    let open = |closures: &str| {
        let stable = format!("usdt = {{ stable = {{ peg_usd = 1.0, redemption = {{ closed = [{closures}] }} }} }}");
        let world = read(&changed(&[(PEG, &stable)]), &[]).unwrap().scenario;
        world.coins[0].stable.as_ref().unwrap().redemption.within(0.0, 86_400.0).collect::<Vec<_>>()
    };
    assert_eq!(open("{}"), []);
    assert_eq!(open(""), [(0.0, 86_400.0)]);
    assert_eq!(open("{ to = \"1h\" }"), [(3600.0, 86_400.0)]);
    assert_eq!(
        open("{ to = \"1h\" }, { from = \"2h\", to = \"3h\" }, { from = \"4h\" }"),
        [(3600.0, 7200.0), (10_800.0, 14_400.0)]
    );
}

/// The resolved text is read back as the same scenario, hours, doubt and start included.
#[test]
fn the_resolved_text_has_the_calendar_and_the_doubt() {
    let stable = "usdt = { stable = { peg_usd = 1.0, redemption = { weekly = { days = [\"mon\", \"fri\"], \
                  from = \"14:00\", to = \"22:00\" } } } }";
    let shock = "[[shocks]]\nat = \"2h\"\ndepeg = { coin = \"usdt\", price_usd = 0.9, doubt = { at_risk_share = 0.1, \
                 resolution = { at = \"5h\", recovered_price_usd = 0.99 } } }\n[coins]";
    let start = "seed = 1\nstart = \"2023-03-10T20:00:00Z\"\n";
    let world = read(&changed(&[(PEG, stable), ("[coins]", shock), ("seed = 1\n", start)]), &[]).unwrap().scenario;
    let again = load_text(&world.resolved_toml, &configs(), "again", &[]).unwrap_or_else(|e| panic!("{e}")).scenario;
    assert_eq!(again.fingerprint_text(), world.fingerprint_text());
    let hours = |w: &rehypo::scenario::Scenario| w.coins[0].stable.as_ref().unwrap().redemption.clone();
    assert_eq!(hours(&world), hours(&again));
    assert_eq!(hours(&world).within(0.0, 86_400.0).collect::<Vec<_>>(), [(0.0, 7200.0)]);
    assert_eq!(format!("{:?}", world.shocks), format!("{:?}", again.shocks));
    let ShockKind::Push { doubt: Some(doubt), .. } = world.shocks[0].kind else { panic!("a push with doubt") };
    let resolution = doubt.resolution.expect("an end");
    assert_eq!((doubt.at_risk_share, doubt.noise_per_day), (0.1, 0.0005));
    assert_eq!((resolution.step, resolution.recovery_probability), (60, 1.0));
}

/// The manual's weekend: its keys exist, its Friday is one, and its Sunday and Monday are where it says.
#[test]
fn the_manual_s_weekend_is_read() {
    let manual = include_str!("../../../docs/config.md");
    let section = manual.split("## A stablecoin over a weekend").nth(1).expect("the section");
    let example = section.split("```toml").nth(1).unwrap().split("```").next().unwrap();
    let mut whole: toml::Table = toml::from_str(super::SMALL).unwrap();
    let weekend: toml::Table = toml::from_str(example).unwrap();
    for (name, part) in weekend {
        match (whole.get_mut(&name).and_then(toml::Value::as_table_mut), part) {
            (Some(table), toml::Value::Table(part)) => table.extend(part),
            (_, part) => drop(whole.insert(name, part)),
        }
    }
    let text = toml::to_string(&whole).unwrap();
    let world = read(&text, &["run.horizon=4d"]).unwrap_or_else(|e| panic!("{e}")).scenario;
    let usdc = world.coins.iter().find(|c| c.name == "usdc").unwrap();
    let open: Vec<_> = usdc.stable.as_ref().unwrap().redemption.within(0.0, 4.0 * 86_400.0).collect();
    let monday = 2.0 * 86_400.0 + 18.0 * 3600.0; // Friday 20:00 to Monday 14:00
    assert_eq!(open, [(0.0, 7200.0), (monday, monday + 28_800.0), (monday + 86_400.0, 4.0 * 86_400.0)]);
    let ShockKind::Push { doubt: Some(doubt), .. } = world.shocks[0].kind else { panic!("a push with doubt") };
    let sunday = doubt.resolution.expect("an end").step as f64 * world.step_seconds;
    assert_eq!(monday - sunday, 16.0 * 3600.0, "Sunday at 22:00");
}

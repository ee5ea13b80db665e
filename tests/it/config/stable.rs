//! Stablecoins with redemption: bad input, and that what is resolved is what was written.

use super::cases::{Case, case};
use super::{changed, configs, read};
use rehypo::scenario::load_text;

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
}

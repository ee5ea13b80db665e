//! Numbers that no price has: refused with the key and what would be right, not run into infinite prices.

use super::build;
use std::path::Path;

/// A week of five minutes.
fn refusal(law: &str) -> Option<(String, String)> {
    let coins = [("a", 100.0, false), ("b", 10.0, false)];
    build(law, &coins, 2016, 300.0, Path::new("")).err().map(|e| (e.key().to_owned(), e.to_string()))
}

fn refused(law: &str, key: &str, says: &[&str]) {
    let (blamed, message) = refusal(law).expect("should be refused");
    assert_eq!(blamed, key, "{message}");
    for part in says {
        assert!(message.contains(part), "\"{message}\" does not say \"{part}\"");
    }
}

#[test]
fn volatility_and_drift_of_a_path_have_a_bound() {
    // A week is 0.01918 years: 500 % are 36.1 a year, and e^10 a drift of 521.4.
    let laws = [
        ("gbm", "volatility_per_year", ""),
        ("merton", "volatility_per_year", "jumps_per_year = { a = 3, b = 3 }\njump_deviation = { a = 0.1, b = 0.1 }"),
        (
            "kou",
            "volatility_per_year",
            "jumps_per_year = { a = 3, b = 3 }\nup_probability = { a = 0.5, b = 0.5 }\nmean_up = { a = 0.1, b = 0.1 }\n\
             mean_down = { a = 0.1, b = 0.1 }",
        ),
        (
            "heston",
            "long_run_volatility_per_year",
            "reversion_per_year = { a = 4, b = 4 }\nvolatility_of_variance = { a = 1, b = 1 }",
        ),
    ];
    for (law, table, rest) in laws {
        let of = |b: f64, drift: f64| {
            format!("[{law}]\n{table} = {{ a = 0.8, b = {b} }}\ndrift_per_year = {{ a = {drift} }}\n{rest}")
        };
        assert_eq!(refusal(&of(36.0, -521.0)), None);
        let says = ["a volatility of 80 per year is 1108 % over 7days", "at most 500 %, or 36.1 per year", "0.8 means"];
        refused(&of(80.0, 0.0), &format!("prices.{law}.{table}.b"), &says);
        let says = ["a drift of -522 per year", "over 7days by a factor of e^-10", "at most 521.4 per year"];
        refused(&of(0.8, -522.0), &format!("prices.{law}.drift_per_year.a"), &says);
    }
    let initial = "[heston]\nlong_run_volatility_per_year = { a = 1, b = 1 }\ninitial_volatility_per_year = { b = 80 }\n\
                   reversion_per_year = { a = 4, b = 4 }\nvolatility_of_variance = { a = 1, b = 1 }";
    refused(initial, "prices.heston.initial_volatility_per_year.b", &["1108 %"]);
    let garch = "[garch]\nbar = '5m'\nlong_run_volatility_per_year = { a = 1, b = 1 }\nalpha = { a = 0.1, b = 0.1 }\n\
                 beta = { a = 0.8, b = 0.8 }\ndegrees = { a = 4, b = 4 }\ndrift_per_year = { b = 600 }";
    refused(garch, "prices.garch.drift_per_year.b", &["a drift of 600 per year"]);
}

#[test]
fn a_state_may_be_wild_for_a_path_but_not_for_a_step() {
    let regime = |wild: f64| {
        format!(
            "[regime]\n[[regime.states]]\nname = 'calm'\nvolatility_per_year = {{ a = 0.5, b = 0.5 }}\n\
             switches_per_year = {{ wild = 20 }}\n[[regime.states]]\nname = 'wild'\n\
             volatility_per_year = {{ a = {wild}, b = 0.5 }}\nswitches_per_year = {{ calm = 8760 }}"
        )
    };
    assert_eq!(refusal(&regime(80.0)), None);
    refused(&regime(2000.0), "prices.regime.states.1.volatility_per_year.a", &["617 % over 5m", "at most 500 %"]);
}

#[test]
fn jumps_that_no_price_makes_are_refused() {
    let merton = |rate: f64, mean: f64, deviation: f64| {
        format!(
            "[merton]\nvolatility_per_year = {{ a = 0.5, b = 0.5 }}\njumps_per_year = {{ a = 3, b = {rate} }}\n\
             jump_mean = {{ b = {mean} }}\njump_deviation = {{ a = 0.1, b = {deviation} }}"
        )
    };
    // Per cent for shares, and what overflows.
    for mean in [5.0, 700.0, 1e6] {
        refused(&merton(1000.0, mean, 0.1), "prices.merton.jump_mean.b", &["`b`", "expected sizes such as 0.05"]);
        refused(&merton(1000.0, 0.0, mean), "prices.merton.jump_deviation.b", &["`b`", "expected sizes such as 0.05"]);
    }
    assert_eq!(refusal(&merton(1000.0, -2.0, 0.1)), None);
    refused(&merton(1100.0, -7.0, 0.1), "prices.merton.jump_mean.b", &["1100 of them a year"]);
    let kou = "[kou]\nvolatility_per_year = { a = 0.5, b = 0.5 }\njumps_per_year = { a = 3, b = 3000 }\n\
               up_probability = { a = 0.5, b = 0.5 }\nmean_up = { a = 0.1, b = 0.97 }\nmean_down = { a = 0.1, b = 0.1 }";
    refused(kou, "prices.kou.mean_up.b", &["`b`", "3000 of them a year"]);
    let down =
        kou.replace("b = 0.97", "b = 0.1").replace("mean_down = { a = 0.1, b = 0.1", "mean_down = { a = 0.1, b = 30");
    refused(&down, "prices.kou.mean_down.b", &["`b`"]);
}

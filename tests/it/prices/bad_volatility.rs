//! Every way the laws whose volatility moves can be wrong, and the message it gives. Numbers out of the range of their
//! type are refused when the config is read: `tests/it/config`.

use super::build;
use std::path::Path;

const COINS: [(&str, f64, bool); 3] = [("usdt", 1.0, true), ("btc", 100.0, false), ("eth", 10.0, false)];

/// Asserts that a law is refused once `from` is replaced by `to`, and not before.
fn assert_refused(law: &str, [from, to]: [&str; 2], key: &str, says: &[&str]) {
    let built = |law: &str| build(law, &COINS, 24, 3600.0, Path::new(""));
    built(law).expect("a proper law");
    assert_eq!(law.matches(from).count(), 1, "`{from}` must occur once");
    let refused = built(&law.replace(from, to)).expect_err("should be refused");
    let message = refused.to_string();
    assert_eq!(refused.key(), key, "{message}");
    for part in says {
        assert!(message.contains(part), "\"{message}\" does not say \"{part}\"");
    }
}

const HESTON: &str = "
[heston]
long_run_volatility_per_year = { btc = 0.5, eth = 0.7 }
initial_volatility_per_year = { eth = 1 }
reversion_per_year = { btc = 4, eth = 5 }
volatility_of_variance = { btc = 2.0, eth = 3.0 }
spot_variance_correlation = { btc = -0.5, eth = 0.6 }
drift_per_year = { eth = 0.1 }
correlation = [[1.0, 0.75], [0.75, 1.0]]
variance_correlation = [[1.0, 0.85], [0.85, 1.0]]
";

#[test]
fn heston() {
    let refused =
        |change, key: &str, says: &[&str]| assert_refused(HESTON, change, &format!("prices.heston.{key}"), says);
    let first = "long_run_volatility_per_year";
    refused([", eth = 0.7", ""], first, &["`eth` is missing", "eth = 0.8"]);
    refused(["eth = 0.7", "eht = 0.7"], &format!("{first}.eht"), &["no coin `eht`", "did you mean `eth`?"]);
    refused(["{ eth = 1 }", "{ usdt = 1 }"], "initial_volatility_per_year.usdt", &["`usdt` is pegged"]);
    refused([", eth = 5", ""], "reversion_per_year", &["`eth` is missing", "eth = 4"]);
    refused([", eth = 3.0", ""], "volatility_of_variance", &["`eth` is missing"]);
    refused(["{ eth = 0.1 }", "{ sol = 0.1 }"], "drift_per_year.sol", &["no coin `sol`"]);
    let rho = "spot_variance_correlation.btc";
    refused(["btc = -0.5", "btc = -1.5"], rho, &["-1.5 is no correlation", "from -1 to 1"]);
    refused(["btc = 2.0", "btc = 1e-7"], "volatility_of_variance.btc", &["at least 1e-6", "[prices.gbm]"]);
    refused(
        [
            "eth = 5 }\nvolatility_of_variance = { btc = 2.0, eth = 3.0 }",
            "eth = 1e4 }\nvolatility_of_variance = { btc = 2.0, eth = 45000 }",
        ],
        "spot_variance_correlation.eth",
        &["0.6", "45000", "at most 3.70e-5 years", "make the step of the run shorter"],
    );
    refused(["[0.75, 1.0]", "[0.7, 1.0]"], "correlation", &["row 2 (eth)", "not symmetric"]);
    refused(["[0.85, 1.0]", "[0.8, 1.0]"], "variance_correlation", &["row 2 (eth)", "not symmetric"]);
}

const GARCH: &str = "
[garch]
bar = '4h'
long_run_volatility_per_year = { btc = 0.5, eth = 0.7 }
initial_volatility_per_year = { eth = 1 }
alpha = { btc = 0.08, eth = 0.1 }
beta = { btc = 0.9, eth = 0.88 }
degrees = { btc = 4, eth = 3.5 }
correlation = [[1.0, 0.75], [0.75, 1.0]]
";

#[test]
fn garch() {
    let refused =
        |change, key: &str, says: &[&str]| assert_refused(GARCH, change, &format!("prices.garch.{key}"), says);
    refused([", eth = 0.7", ""], "long_run_volatility_per_year", &["`eth` is missing"]);
    refused(["{ eth = 1 }", "{ ehh = 1 }"], "initial_volatility_per_year.ehh", &["no coin `ehh`"]);
    for (table, written) in [("alpha", ", eth = 0.1 "), ("beta", ", eth = 0.88"), ("degrees", ", eth = 3.5")] {
        refused([written, ""], table, &["`eth` is missing"]);
    }
    refused(["eth = 0.88", "eth = 0.9"], "alpha.eth", &["0.1 + 0.9 = 1:", "below 1", "no long-run volatility"]);
    refused(["eth = 3.5", "eth = 2"], "degrees.eth", &["2 degrees: expected more than 2"]);
    refused(["eth = 3.5", "eth = 1001"], "degrees.eth", &["1001 degrees", "at most 1000"]);
    refused(["btc = 0.5", "btc = 12"], "long_run_volatility_per_year.btc", &["26 % in a bar of 4h", "at most 25 %"]);
    refused(["eth = 1 ", "eth = 14 "], "initial_volatility_per_year.eth", &["30 % in a bar of 4h", "shorter"]);
    refused(["'4h'", "'90m'"], "bar", &["a step of 1h does not fit bars of 1h 30m"]);
    refused(["[0.75, 1.0]", "[0.75, 0.9]"], "correlation", &["row 2 (eth)", "0.9 on the diagonal"]);
}

const REGIME: &str = "
[regime]
initial = 'calm'
correlation = [[1.0, 0.75], [0.75, 1.0]]

[[regime.states]]
name = 'calm'
volatility_per_year = { eth = 0.5, btc = 0.4 }
switches_per_year = { crisis = 4.0 }

[[regime.states]]
name = 'crisis'
volatility_per_year = { btc = 1.5, eth = 1.8 }
drift_per_year = { btc = -1 }
switches_per_year = { calm = 52.0 }
correlation = [[1.0, 0.95], [0.95, 1.0]]
";

#[test]
fn regime() {
    let refused =
        |change, key: &str, says: &[&str]| assert_refused(REGIME, change, &format!("prices.regime{key}"), says);
    refused(["initial = 'calm'", "initial = 'clam'"], ".initial", &["no state `clam`", "did you mean `calm`?"]);
    refused(["name = 'crisis'", "name = 'calm'"], ".states.1.name", &["already a state `calm`"]);
    refused([", btc = 0.4", ""], ".states.0.volatility_per_year", &["`btc` is missing"]);
    refused([", eth = 1.8", ""], ".states.1.volatility_per_year", &["`eth` is missing"]);
    refused(["eth = 1.8", "eht = 1.8"], ".states.1.volatility_per_year.eht", &["no coin `eht`"]);
    refused(["{ btc = -1 }", "{ usdt = -1 }"], ".states.1.drift_per_year.usdt", &["`usdt` is pegged"]);
    let switches = ".states.0.switches_per_year";
    refused(["{ crisis =", "{ crises ="], &format!("{switches}.crises"), &["no state `crises`", "`crisis`?"]);
    refused(["{ crisis =", "{ calm ="], &format!("{switches}.calm"), &["`calm` cannot switch to itself"]);
    refused(["crisis = 4.0", "crisis = 9e5"], switches, &["`calm` is left 103 times in a step", "at most 100"]);
    refused(["[0.75, 1.0]", "[0.7, 1.0]"], ".correlation", &["row 2 (btc)", "not symmetric"]);
    refused(["[0.95, 1.0]", "[0.9, 1.0]"], ".states.1.correlation", &["row 2 (btc)", "not symmetric"]);
    let none = build("[regime]\nstates = []", &COINS, 24, 3600.0, Path::new("")).expect_err("should be refused");
    assert_eq!((none.key(), none.to_string().contains("no state")), ("prices.regime.states", true));
}

/// Two states that are never left: where a path ends depends on where it begins.
#[test]
fn regimes_without_a_stationary_distribution() {
    let absorbing = REGIME.replace("initial = 'calm'", "").replace("{ crisis = 4.0 }", "{}");
    let built = |law: &str| build(law, &COINS, 24, 3600.0, Path::new(""));
    assert!(built(&absorbing).is_ok(), "one state that is never left is where every path ends");
    let both = absorbing.replace("{ calm = 52.0 }", "{}");
    let refused = built(&both).expect_err("should be refused");
    assert_eq!(refused.key(), "prices.regime");
    assert!(refused.to_string().contains("write `initial = `"), "{refused}");
    assert!(built(&both.replace("[regime]", "[regime]\ninitial = 'crisis'")).is_ok());
}

//! Depositors with thresholds: a run that stops, and one that does not.

use super::{check, table};

/// Ten deposits of 100, of which 600 is free. The impatient leave in the first hour. The others look only at the share of
/// the deposits that was paid out in a day, and leave when it is 0.3.
fn world(impatient: u32) -> String {
    let cohort = |name: &str, owners: u32, runs: &str| {
        format!(
            r#"
[[cohorts]]
name = "{name}"
owners = {owners}
coin = "usdt"
wealth.fixed = {{ usd = 100.0 }}
chain = [ {{ deposit = {{ venue = "earn" }} }} ]
runs = {{ {runs}, utilisation_per_day = 0.0, utilisation_from = 0.9, discount_per_day = 0.0, size_exponent = 0.0, cap_per_day = 1e9 }}
"#
        )
    };
    format!(
        r#"
name = "threshold_run"
run = {{ paths = 1, seed = 3, horizon = "2h", step = "1h", counterfactuals = [] }}
coins = {{ usdt = {{ peg_usd = 1.0 }}, btc = {{ price_usd = 100.0 }} }}
prices.gbm.volatility_per_year = {{ btc = 1e-9 }}
venues.earn.savings.when_dry = "fail"
[venues.earn.savings.reserves.usdt]
receipt = "ldusdt"
outside_supply_usd = 0.0
utilisation = 0.4
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
{}{}"#,
        cohort("impatient", impatient, "calm_per_day = 1e9, outflow_per_day = 0.0"),
        cohort(
            "patient",
            10 - impatient,
            "calm_per_day = 0.0, outflow_per_day = 1.0, threshold = { fixed = { per_day = 0.3 } }"
        ),
    )
}

const COLUMNS: [(&str, usize); 4] =
    [("left_owners", 0), ("utilisation:earn/usdt", 3), ("cash_usd:earn/usdt", 2), ("unpaid_usd:earn", 2)];

/// Two are paid 200, a share of 0.2: the others stay. 400 of 800 is lent.
#[test]
fn below_the_threshold_nobody_follows() {
    check(
        &table(&world(2), &COLUMNS, 1),
        "
hour  left_owners  utilisation:earn/usdt  cash_usd:earn/usdt  unpaid_usd:earn
   0            0                  0.400              600.00             0.00
   1            2                  0.500              400.00             0.00
   2            2                  0.500              400.00             0.00
",
    );
}

/// Three are paid 300, a share of just 0.3: the seven others want 700 in the same hour, and 300 is there.
#[test]
fn at_the_threshold_everybody_follows_at_once() {
    check(
        &table(&world(3), &COLUMNS, 1),
        "
hour  left_owners  utilisation:earn/usdt  cash_usd:earn/usdt  unpaid_usd:earn
   0            0                  0.400              600.00             0.00
   1           10                  1.000                0.00           400.00
   2           10                  1.000                0.00           400.00
",
    );
}

//! Gas is ten times what it is in calm, one keeper bids nothing for collateral and nobody bids against him: 12 March 2020.

use super::{check, table};
use crate::engine::{load, run};
use rehypo::event::EventKind;

/// Two loans on one coin each: 60 and 40. The coin falls by a quarter while gas is dear, by a third two hours later.
const WORLD: &str = r#"
name = "zero_bids"
run = { paths = 1, seed = 3, horizon = "4h", step = "1h", counterfactuals = [] }
coins = { dai = { peg_usd = 1.0 }, eth = { price_usd = 100.0 } }
prices.gbm.volatility_per_year = { eth = 1e-9 }
markets.eth.spot.book = { depth_1pct_usd = 1e12, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "15m" }
[venues.maker.savings]
loans = { initial_ltv = 0.65, margin_call_ltv = 0.7, liquidation_ltv = 0.75, liquidation_fee = 0.13, close_factor = 1.0, auctions = { zero_bid_share = 1.0, above_gas = 5.0 } }
[venues.maker.savings.reserves.dai]
receipt = "mdai"
outside_supply_usd = 1000.0
utilisation = 0.1
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[venues.maker.savings.reserves.eth]
receipt = "meth"
outside_supply_usd = 0.0
utilisation = 0.0
kink = 0.9
base_per_year = 0.0
slope1_per_year = 0.0
slope2_per_year = 0.0
reserve_factor = 0.1
[[cohorts]]
name = "bold"
owners = 1
coin = "eth"
wealth.fixed = { usd = 100.0 }
chain = [ { deposit = { venue = "maker" } }, { borrow = { venue = "maker", coin = "dai", ltv = 0.6 } } ]
[[cohorts]]
name = "careful"
owners = 1
coin = "eth"
wealth.fixed = { usd = 100.0 }
chain = [ { deposit = { venue = "maker" } }, { borrow = { venue = "maker", coin = "dai", ltv = 0.4 } } ]
[[shocks]]
at = "1h"
gap = { eth = -0.25 }
gas = { multiplier = 10.0, half_life = "1h" }
[[shocks]]
at = "3h"
gap = { eth = -0.333333333333 }
"#;

/// At 75 the limit of the bold loan is 56.25: its coin goes for nothing, 60 is bad debt, and of the 100 lent 40 are left
/// beside 900 of cash. At hour 3 gas is 1 + 9 / 4 times calm: at 50 the careful loan, limit 37.5, is repaid in full out of
/// collateral worth 1.13 * 40.
#[test]
fn the_collateral_goes_for_nothing_while_gas_is_dear() {
    let columns = [("spot_price_usd:eth", 2), ("utilisation:maker/dai", 6), ("bad_debt_usd:maker", 2)];
    check(
        &table(WORLD, &columns, 1),
        "
hour  spot_price_usd:eth  utilisation:maker/dai  bad_debt_usd:maker
   0              100.00               0.100000                0.00
   1               75.00               0.042553               60.00
   2               75.00               0.042553               60.00
   3               50.00               0.000000               60.00
   4               50.00               0.000000               60.00
",
    );
}

/// Of many auctions the share that is said gets no bid, on each path others: within four standard deviations.
#[test]
fn the_share_of_auctions_without_bids_is_as_said() {
    let sets = [
        "venues.maker.savings.loans.auctions.zero_bid_share=0.36",
        "venues.maker.savings.reserves.dai.outside_supply_usd=1e6",
        "cohorts.bold.owners=2000",
        "run.horizon=1h",
    ];
    let mut losses = Vec::new();
    let (one_shock, _) = WORLD.rsplit_once("[[shocks]]").unwrap();
    for path in 0..2 {
        let outcome = run(&load(one_shock, &sets, ""), path).full;
        let unbid = outcome.events.iter().filter(|e| e.kind == EventKind::BadDebt).count();
        let auctions = outcome.events.iter().filter(|e| e.kind == EventKind::LoanLiquidation).count();
        assert_eq!(auctions, 2000);
        assert!((unbid as f64 - 720.0).abs() < 4.0 * libm::sqrt(2000.0 * 0.36 * 0.64), "{unbid}");
        assert!((outcome.pools[0].bad_debt_usd - 60.0 * unbid as f64).abs() < 1e-6);
        losses.push(unbid);
    }
    assert_ne!(losses[0], losses[1], "both paths drew alike");
}

/// Where collateral is sold at a fixed discount nobody comes at all while gas is above the multiple at which liquidators
/// drop out, and nothing is lost if the price waits for them.
#[test]
fn liquidators_stay_away_while_gas_is_dear() {
    let fixed = WORLD.replace(
        "auctions = { zero_bid_share = 1.0, above_gas = 5.0 }",
        "liquidators = { gas_usd = 0.1, drop_out_gas = 5.0 }",
    );
    let columns = [("utilisation:maker/dai", 6), ("bad_debt_usd:maker", 2)];
    // At 3 h: 50 of collateral pay for 44.25 of the bold loan's 60, and for the careful one.
    check(
        &table(&fixed, &columns, 1),
        "
hour  utilisation:maker/dai  bad_debt_usd:maker
   0               0.100000                0.00
   1               0.100000                0.00
   2               0.100000                0.00
   3               0.000000               15.75
   4               0.000000               15.75
",
    );
    // Gas of 2 USD at 3.25 times calm is more than the 13 % of what is repaid: 6.5 > 0.13 * 44.25.
    let dear = fixed.replace("gas_usd = 0.1", "gas_usd = 2.0");
    assert!(table(&dear, &columns, 1).contains("0.100000                0.00\n   4"), "{}", table(&dear, &columns, 1));
}

//! `docs/venues.md`: every block is a lender that opens, with the numbers that the page names.

use rehypo::engine::Simulation;
use rehypo::scenario::{Loaded, Pool, load_text};
use rehypo::venue::lending::rates::borrow_rate;
use std::path::Path;

const PAGE: &str = include_str!("../../../docs/venues.md");

const WORLD: &str = r#"
name = "venue"
run = { paths = 1, seed = 1, horizon = "1d", step = "1h", counterfactuals = [] }
coins = { usdt = { peg_usd = 1.0 }, usdc = { peg_usd = 1.0 }, btc = { price_usd = 100000 }, weth = { price_usd = 2000 } }
prices.gbm.volatility_per_year = { btc = 0.5, weth = 0.7 }
markets.btc.spot.book = { depth_1pct_usd = 1e8, exponent = 0.67, permanent_share = 0.2, recovery_half_life = "15m" }
markets.weth.spot.book = { depth_1pct_usd = 1e8, exponent = 0.67, permanent_share = 0.2, recovery_half_life = "15m" }
[venues.lido.issuer]
token = "wsteth"
par = "weth"
outside_supply_usd = 1e9
cash_share = 1.0
hedged = {}
reserve_fund_share = 0.0
fast = { quota_per_day = 0.0, fee = 0.0 }
standard = { delay = "5d", fee = 0.0 }
unwind_per_day = 0.0
market.book = { depth_1pct_usd = 1e7, exponent = 0.7, permanent_share = 0.0, recovery_half_life = "12h" }
"#;

/// The lender of each block, with its heading, in a world where somebody borrows from it.
fn lenders() -> Vec<(String, Loaded)> {
    let mut found = Vec::new();
    for section in PAGE.split("\n## ").skip(1) {
        let heading = section.lines().next().unwrap().to_owned();
        let block = section.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).expect(&heading);
        let (held, lent) = if block.contains("aave") { ("weth", "usdc") } else { ("btc", "usdt") };
        let venue = block.split("venues.").nth(1).unwrap().split('.').next().unwrap();
        let cohort = format!(
            "[[cohorts]]\nname = 'borrower'\nowners = 1\ncoin = '{held}'\nwealth.fixed.usd = 10000\nchain = [{{ deposit = {{ venue = '{venue}' }} }}, {{ borrow = {{ venue = '{venue}', coin = '{lent}', ltv = 0.5 }} }}]\n"
        );
        let text = format!("{WORLD}{block}{cohort}");
        let loaded = load_text(&text, Path::new("."), &heading, &[]).unwrap_or_else(|e| panic!("{heading}\n{e}"));
        found.push((heading, loaded));
    }
    found
}

#[test]
fn every_block_opens_and_runs() {
    let lenders = lenders();
    assert_eq!(lenders.len(), 4);
    for (heading, loaded) in &lenders {
        let simulation = Simulation::new(&loaded.scenario).unwrap_or_else(|e| panic!("{heading}: {e}")).with_checks();
        let outcome = simulation.run(0, super::super::engine::ALL, &mut simulation.workspace()).full;
        assert!(outcome.pools[0].lent_open_usd > 0.0, "{heading}");
    }
}

#[test]
fn the_blocks_have_the_numbers_of_their_sources() {
    let lenders = lenders();
    let pool =
        |heading: &str| -> &Pool { &lenders.iter().find(|(h, _)| h.starts_with(heading)).unwrap().1.scenario.pools[0] };
    let flexible = pool("Flexible Loan").loans.as_ref().unwrap().terms.collateral(0, None);
    assert_eq!((flexible.ltv, flexible.threshold, flexible.bonus), (0.78, 0.91, 0.02));
    let (then, now) = (pool("Aave v3, Ethereum, 9 November 2023"), pool("Aave v3, Ethereum, 18 April 2026"));
    // Rates at utilisation 1: WETH 2.8 + 80 and 2.35 + 6.0, USDC 3.5 + 60 and 6.5 + 35, wstETH 0.25 + 4.5 + 80 and 1 + 40.
    for (reserve, before, after) in [(0, 0.828, 0.0835), (1, 0.635, 0.415), (2, 0.8475, 0.41)] {
        assert!((borrow_rate(&then.reserves[reserve].rates, 1.0) - before).abs() < 1e-12);
        assert!((borrow_rate(&now.reserves[reserve].rates, 1.0) - after).abs() < 1e-12);
    }
    for (pool, ltv, threshold) in [(then, 0.90, 0.93), (now, 0.93, 0.95)] {
        let terms = &pool.loans.as_ref().unwrap().terms;
        let ether = terms.collateral(2, Some(0));
        assert_eq!((ether.ltv, ether.threshold, ether.bonus), (ltv, threshold, 0.01));
        assert_eq!((terms.collateral(2, None).ltv, terms.collateral(1, Some(0)).threshold), (0.785, 0.80));
        // The token is collateral of its e-mode and not lent; dollars are neither.
        assert_eq!(terms.categories[0].collateral, [true, false, true]);
        assert_eq!(terms.categories[0].borrowable, [true, false, false]);
    }
}

//! What an issuer's balance sheet is made of moves with the markets, and its token's price with the issuer.

use super::{load, run, whole_chain};
use rehypo::engine::Simulation;
use rehypo::id::CoinId;
use rehypo::market::Side;
use rehypo::outcome::IssuerSheet;
use rehypo::scenario::{Loaded, Variant};
use rehypo::world::World;

/// 100 tokens: 20 in cash, 40 of spot with shorts of 40, 40 of margin; its book takes 100 USD a per cent.
const SMALL: &str = r#"
name = "issuers"
run = { paths = 1, seed = 3, horizon = "8d", step = "1d", counterfactuals = [] }
coins = { usdt = { peg_usd = 1.0 }, eth = { price_usd = 100.0 } }
prices.gbm.volatility_per_year = { eth = 1e-9 }
[markets.eth]
arbitrage_share = 0.0
spot.book = { depth_1pct_usd = 1e6, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "15m" }
perp.book = { depth_1pct_usd = 1e6, exponent = 1.0, permanent_share = 0.0, recovery_half_life = "15m" }
[venues.v.futures]
settlement = "usdt"
brackets = "../../../data/leverage_tiers/binance_usdm_2025-10-09.json"
insurance_funds.general = { opening_usd = 0.0 }
collateral.usdt = { ratio = 1.0 }
contracts.eth-perp = { coin = "eth", symbol = "ETH/USDT:USDT", clearance_fee = 0.0, taker_fee = 0.0 }
[venues.bf.issuer]
token = "bfusd"
par = "usdt"
outside_supply_usd = 100.0
cash_share = 0.2
hedged = { eth-perp = 0.4 }
hedge_venue = "v"
hedge_margin = 1.0
reserve_fund_share = 0.0
fast = { quota_per_day = 0.1, fee = 0.0 }
standard = { delay = "3d", fee = 0.0, quota_per_day = 0.0 }
unwind_per_day = 0.1
market.linear = { depth_1pct_usd = 100.0, permanent_share = 0.0, recovery_half_life = "1d" }
[[cohorts]]
name = "holders"
owners = 1
coin = "usdt"
wealth.fixed = { usd = 1e-6 }
chain = [ { subscribe = { venue = "bf" } } ]
"#;

fn opened<'a>(loaded: &'a Loaded, simulation: &'a Simulation<'a>) -> World<'a> {
    let mut world = World::new(&loaded.scenario, simulation.population());
    world.reset(Variant::Full);
    world.step = 1;
    world
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-4, "{found} instead of {expected}");
}

/// Of a rise of 10 % spot gains 4 and the shorts lose 4. Of a basis of 1 % spot gains nothing and the shorts lose 0.4.
#[test]
fn pairs_are_neutral_to_the_price_and_not_to_the_basis() {
    let loaded = load(SMALL, &[], "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = opened(&loaded, &simulation);
    let eth = CoinId::at(1);
    world.exogenous[1] = 110.0;
    world.publish();
    let sheet = world.issuer_sheet(0);
    near(sheet.spot_usd, 44.0);
    near(sheet.hedge_usd, 36.0);
    near(sheet.equity_usd(), 0.0);
    world.exogenous[1] = 100.0;
    world.markets.execute(eth, Side::Perp, 100.0 * libm::log(1.01) * 1e6);
    world.step = 2;
    world.publish();
    let sheet = world.issuer_sheet(0);
    near(sheet.spot_usd, 40.0);
    near(sheet.hedge_usd, 39.6);
    near(sheet.equity_usd(), -0.4);
    near(world.issuers[0].redemption, 0.996);
}

/// stETH in June 2022: no redemption before withdrawals were to be enabled, ten months on (April 2023). For a buyer who
/// wants 7 % a year for waiting it rests 5.4 % below par; 5 to 6 % were seen.
#[test]
fn the_price_rests_where_waiting_is_paid_for() {
    let sets = [
        "venues.bf.issuer.fast.quota_per_day=0.0",
        "venues.bf.issuer.standard.delay=300d",
        "venues.bf.issuer.market_terms={ required_return_per_year = 0.07 }",
    ];
    let loaded = load(SMALL, &sets, "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = opened(&loaded, &simulation);
    world.publish();
    let rests = 1.0 / (1.0 + 0.07 * 300.0 / 365.0);
    near(world.token_discount(0), rests - 1.0);
    assert!((0.05..0.06).contains(&-world.token_discount(0)));
    // What is sold is sold from there, and what the book takes within a deviation is counted from there.
    let holder = simulation.population().system.outside;
    near(world.token_room(0, 1.0 - libm::exp(-0.01)), 100.0 / rests);
    let got = world.sell_token(0, holder, 1.0).unwrap();
    near(got, rests * (1.0 - libm::exp(-0.01 * rests / 100.0)) / (0.01 * rests / 100.0));
    let risky = load(SMALL, &["venues.bf.issuer.market_terms={ risk_discount = 0.03 }"], "");
    let simulation = Simulation::new(&risky.scenario).unwrap();
    near(opened(&risky, &simulation).token_discount(0), -0.03);
}

/// 50 are sold; at a half-life of a day 25 would come back, but only 10 can be redeemed, at a fee of 0.45 % only as far as the
/// discount exceeds it, and none behind a gate.
#[test]
fn forced_selling_is_absorbed_only_as_fast_as_the_issuer_redeems() {
    let redeemed = "venues.bf.issuer.market_terms.recovery=redemption";
    let gate = "venues.bf.issuer.gate.at_most=3d";
    let at_fee = -libm::log(1.0 - 0.0045) * 1e4;
    for (sets, left, issued) in [
        (vec![], 25.0, 100.0),
        (vec![redeemed], 40.0, 90.0),
        (vec![redeemed, "venues.bf.issuer.fast.fee=0.0045"], at_fee, 50.0 + at_fee),
        (vec![redeemed, gate, "venues.bf.issuer.gate.when_cash_below=0.15"], 50.0, 100.0),
    ] {
        let loaded = load(SMALL, &sets, "");
        let simulation = Simulation::new(&loaded.scenario).unwrap();
        let mut world = opened(&loaded, &simulation);
        let system = &simulation.population().system;
        world.sell_token(0, system.outside, 50.0);
        if sets.contains(&gate) {
            world.transfer(system.treasuries[0], system.outside, loaded.scenario.coins[0].asset, 6.0);
        }
        world.markets.decay(1, loaded.scenario.step_seconds, &world.exogenous);
        world.begin_issuer_step(0);
        world.publish();
        near(libm::log(world.markets.token_factor(0)) * -1e4, left);
        near(world.tokens_issued(0), issued);
    }
}

/// Assets less claims are the equity at every step of a wild path, and the sums over accounts say the same.
#[test]
fn the_balance_sheet_adds_up_at_every_step() {
    let loaded = whole_chain(
        &["run.horizon=2d", "run.counterfactuals=[]", "venues.bf.issuer.backstop={ limit_usd = 1e4 }"],
        "[[shocks]]\nat = \"6h\"\ngap = { btc = -0.25, eth = -0.3 }\nnews = { leave_per_day = 3.0, half_life = \"1d\" }",
    );
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let names = simulation.series_names();
    let outcome = run(&loaded, 0).full;
    let at = |series: &str| names.iter().position(|n| n.series == series && n.entity == "bfusd").unwrap();
    let value = |row: &[f64], series: &str| row[at(series)];
    let assets = ["cash", "spot", "hedge", "staked", "held_tokens", "reserve"].map(|part| format!("issuer_{part}_usd"));
    for row in outcome.series.chunks(names.len()) {
        let assets: f64 = assets.iter().map(|part| value(row, part)).sum();
        let claims = value(row, "issuer_claims_usd");
        let per_token = value(row, "token_redemption_usd");
        assert!(per_token <= 1.0 && per_token * claims <= assets * (1.0 + 1e-9), "{assets} {claims} {per_token}");
        let short = (per_token - 1.0).abs() > 1e-12;
        assert!(!short || (per_token * claims - assets).abs() < 1e-6 * claims, "{assets} {claims} {per_token}");
    }
    let (first, last) =
        (outcome.series.chunks(names.len()).next().unwrap(), outcome.series.chunks(names.len()).last().unwrap());
    for (row, sheet) in [(first, outcome.issuers[0].opening), (last, outcome.issuers[0].end)] {
        let IssuerSheet { cash_usd, spot_usd, hedge_usd, reserve_usd, claims_usd, .. } = sheet;
        for (series, usd) in [
            ("cash", cash_usd),
            ("spot", spot_usd),
            ("hedge", hedge_usd),
            ("reserve", reserve_usd),
            ("claims", claims_usd),
        ] {
            assert_eq!(value(row, &format!("issuer_{series}_usd")), usd, "{series}");
        }
    }
    assert!(
        outcome.issuers[0].redeemed_usd > 1e5
            && outcome.issuers[0].end.claims_usd < outcome.issuers[0].opening.claims_usd
    );
}

/// 10 asked for on day 1 and 5 more on day 2, each paid 3 days later: whoever is paid the first still waits for the second, and
/// asks for no more than is new.
#[test]
fn who_has_asked_twice_waits_until_both_are_paid() {
    let text =
        SMALL.replace("{ usd = 1e-6 }", "{ usd = 100.0 }").replace("quota_per_day = 0.0 }", "quota_per_day = 1.0 }");
    let loaded = load(&text, &[], "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = opened(&loaded, &simulation);
    let holder = simulation.population().owners[0].wallet;
    for (step, asked, waits) in
        [(1, 10.0, 10.0), (2, 15.0, 15.0), (3, 15.0, 15.0), (4, 0.0, 5.0), (5, 0.0, 0.0), (6, 7.0, 7.0)]
    {
        world.step = step;
        world.begin_issuer_step(0);
        world.redeem_standard(0, holder, asked);
        near(world.issuers[0].in_line(holder), waits);
        near(world.issuers[0].waiting, waits);
    }
}

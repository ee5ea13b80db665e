//! Who liquidates: the bonus against slippage, gas and an oracle that is wrong; congestion.

use super::{REPAID, SEIZED, loan, two_reserves};
use rehypo::venue::lending::Account;
use rehypo::venue::lending::liquidation::{Liquidation, LiquidationRules, Pair};
use rehypo::venue::lending::liquidator::{Congestion, MarketOverOracle, Sale, Turnout, profitable, taken};

const AAVE: LiquidationRules = LiquidationRules::AAVE_V3;
const DEPTH_USD: f64 = 400_000.0;
const EXPONENT: f64 = 0.5;

/// Price is lower by 1 % times `(q / depth)^(1 / exponent)` after q dollars sold.
fn deviation(sold_usd: f64) -> f64 {
    0.01 * libm::pow(sold_usd / DEPTH_USD, 1.0 / EXPONENT)
}

fn room_usd(deviation: f64) -> f64 {
    DEPTH_USD * libm::pow(100.0 * deviation, EXPONENT)
}

/// Integral of the deviation.
fn slippage_usd(sold_usd: f64) -> f64 {
    sold_usd * deviation(sold_usd) / (1.0 + 1.0 / EXPONENT)
}

/// Ten million at 97 % of its limit, bonus 5 %, of which the pool keeps a tenth.
fn whale() -> (Account, Pair) {
    let (terms, legs) = (two_reserves(0.8, 0.83, 0.05, 0.1), loan(10e6, 8.556_701e6));
    let account = terms.account(&legs, None);
    (account, terms.pair(&account, &legs, SEIZED, REPAID))
}

fn taken_by_one(market: MarketOverOracle, gas_usd: f64) -> Option<Liquidation> {
    let (account, pair) = whale();
    let bonus = market.net_bonus(&pair);
    let room = if bonus > 0.0 { room_usd(bonus / (1.0 + bonus)) } else { 0.0 };
    taken(&AAVE, &account, &pair, market, room, slippage_usd, gas_usd)
}

/// What she earns by repaying so much, from first principles.
fn profit_usd(market: MarketOverOracle, repaid_usd: f64, gas_usd: f64) -> f64 {
    let sold = repaid_usd * (1.0 + 0.05 * 0.9) * market.collateral;
    sold - slippage_usd(sold) - repaid_usd * market.debt - gas_usd
}

/// No other amount up to the close factor earns more.
#[test]
fn a_liquidator_takes_what_earns_most() {
    for market in [MarketOverOracle::SAME, MarketOverOracle { collateral: 0.98, debt: 1.001 }] {
        let done = taken_by_one(market, 100.0).unwrap();
        let best = profit_usd(market, done.repaid_usd, 100.0);
        assert!(best > 0.0 && done.repaid_usd < 0.9 * 0.5 * 8.556_701e6, "{done:?}");
        for k in 1..=2_000 {
            let other = profit_usd(market, 4.27e6 * f64::from(k) / 2_000.0, 100.0);
            assert!(other <= best + 1e-9, "{k}: {other} {best}");
        }
        let gain = market.gain_usd(&done) - slippage_usd((done.seized_usd - done.protocol_fee_usd) * market.collateral);
        assert!((gain - 100.0 - best).abs() < 1e-6, "{gain} {best}");
    }
}

#[test]
fn gas_that_costs_more_than_the_profit_keeps_everybody_away() {
    let done = taken_by_one(MarketOverOracle::SAME, 0.0).unwrap();
    let profit = profit_usd(MarketOverOracle::SAME, done.repaid_usd, 0.0);
    assert!(taken_by_one(MarketOverOracle::SAME, profit - 0.01).is_some());
    assert!(taken_by_one(MarketOverOracle::SAME, profit + 0.01).is_none());
    assert!(!profitable(3.0, 1.0, 2.0) && profitable(3.0, 1.0, 1.9));
}

/// With an oracle above the market the bonus is not worth having; below it, it is worth more.
#[test]
fn an_oracle_that_stands_too_high_keeps_everybody_away() {
    let stale = |collateral: f64| MarketOverOracle { collateral, debt: 1.0 };
    assert!(taken_by_one(stale(1.0 / 1.045 - 1e-4), 0.0).is_none());
    let (little, much) = (taken_by_one(stale(0.99), 0.0).unwrap(), taken_by_one(stale(1.0), 0.0).unwrap());
    assert!(
        little.repaid_usd < much.repaid_usd && much.repaid_usd < taken_by_one(stale(1.01), 0.0).unwrap().repaid_usd
    );
    let (_, pair) = whale();
    assert!((MarketOverOracle::SAME.net_bonus(&pair) - 0.045).abs() < 1e-15);
    assert!(
        (MarketOverOracle { collateral: 0.9, debt: 0.95 }.net_bonus(&pair) - (1.045 * 0.9 / 0.95 - 1.0)).abs() < 1e-15
    );
    // A venue that keeps the whole bonus leaves nothing to a liquidator.
    assert_eq!(MarketOverOracle::SAME.net_bonus(&Pair { protocol_fee: 1.0, ..pair }), 0.0);
}

/// A deep book: the limit is the pool's.
#[test]
fn a_deep_book_lets_her_take_all_she_may() {
    let (account, pair) = whale();
    let done = taken(&AAVE, &account, &pair, MarketOverOracle::SAME, 1e12, |_| 0.0, 10.0).unwrap();
    assert_eq!(Some(done), AAVE.largest(&account, &pair, f64::INFINITY));
    assert!((done.repaid_usd - 0.5 * 8.556_701e6).abs() < 1e-6);
}

#[test]
fn in_congestion_nobody_comes_or_an_auction_has_no_bids() {
    let congestion = Congestion { calm_gas_usd: 20.0, drop_out: 6.0 };
    let auction = Sale::Auction { unbid_share: 0.36 };
    for sale in [Sale::FixedSpread, auction] {
        assert_eq!(congestion.turnout(sale, 1.0, 0.0), Turnout::Liquidators { gas_usd: 20.0 });
        assert_eq!(congestion.turnout(sale, 6.0, 0.0), Turnout::Liquidators { gas_usd: 120.0 });
    }
    assert_eq!(congestion.turnout(Sale::FixedSpread, 6.1, 0.99), Turnout::Nobody);
    let unbid = (0..1000).filter(|k| congestion.turnout(auction, 10.0, f64::from(*k) / 1000.0) == Turnout::Unbid);
    assert_eq!(unbid.count(), 360);
    assert_eq!(congestion.turnout(auction, 10.0, 0.36), Turnout::Liquidators { gas_usd: 200.0 });
}

//! The arbitrageur's trade against trying every trade, and at the edges of what numbers can hold.

use proptest::prelude::*;
use rehypo::venue::swap::arbitrage::{Trade, arbitrage_input};
use rehypo::venue::swap::{Fee, Pair, RESERVE_MAX, amount_in, amount_out};

fn profit(trade: &Trade, prices: [f64; 2]) -> f64 {
    prices[1 - trade.side] * trade.amount_out as f64 - prices[trade.side] * trade.amount_in as f64
}

/// Every amount of either side that could pay.
fn best_of_all(reserves: [u128; 2], prices: [f64; 2], fee: Fee) -> f64 {
    let mut best = 0.0_f64;
    for side in 0..2 {
        let most = (prices[1 - side] * reserves[1 - side] as f64 / prices[side]) as u128 + 1;
        for amount_in in 1..=most.min(20_000) {
            let amount_out = amount_out(amount_in, reserves[side], reserves[1 - side], fee).expect("a price");
            best = best.max(profit(&Trade { side, amount_in, amount_out }, prices));
        }
    }
    best
}

/// As [`amount_out`], and nothing for nothing.
fn amount_out_of(amount_in: u128, reserve_in: u128, reserve_out: u128, fee: Fee) -> u128 {
    amount_out(amount_in, reserve_in, reserve_out, fee).unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_trade_earns_a_unit_more(a in 1..1_500u128, b in 1..1_500u128, p in 0.2..5.0, parts in 0..100u16) {
        let (prices, fee) = ([p, 1.0], Fee::new(parts, 1_000).expect("a fee"));
        let best = best_of_all([a, b], prices, fee);
        match arbitrage_input([a, b], prices, fee) {
            Some(trade) => {
                prop_assert_eq!(amount_out(trade.amount_in, [a, b][trade.side], [a, b][1 - trade.side], fee), Ok(trade.amount_out));
                prop_assert!(profit(&trade, prices) > 0.0);
                prop_assert!(profit(&trade, prices) > best - prices[trade.side], "{:?} earns less than {}", trade, best);
                if trade.amount_in > 1 {
                    let less = amount_out(trade.amount_in - 1, [a, b][trade.side], [a, b][1 - trade.side], fee);
                    prop_assert!(less.expect("a price") < trade.amount_out, "a unit less is enough");
                }
            }
            None => prop_assert!(best < p.max(1.0), "{} is left", best),
        }
    }

    /// A few whole coins against many dollars: between two outputs lie many inputs, and which of the two is taken matters.
    #[test]
    fn of_a_few_coins_the_right_number_is_bought(coins in 2..30u128, p in 0.1..10.0, parts in 0..50u16) {
        let (dollars, fee) = (coins * 100_000, Fee::new(parts, 1_000).expect("a fee"));
        let prices = [100_000.0 * p, 1.0];
        let earns = |amount_out: u128| {
            let asked = amount_in(amount_out, dollars, coins, fee).expect("less than all");
            let enough = amount_out <= amount_out_of(asked - 1, dollars, coins, fee);
            profit(&Trade { side: 1, amount_in: asked - u128::from(enough), amount_out }, prices)
        };
        let best = (1..coins).map(earns).fold(0.0, f64::max);
        match arbitrage_input([coins, dollars], prices, fee).filter(|trade| trade.side == 1) {
            Some(trade) => prop_assert!(profit(&trade, prices) > best - 1.0, "{:?} earns less than {}", trade, best),
            None => prop_assert!(best < 1.0, "{} is left", best),
        }
    }

    /// The last unit paid in earns what it costs, and inside the band there is no trade.
    #[test]
    fn the_trade_goes_to_the_edge_of_the_band(
        a in 40..112u32, b in 40..112u32, x in any::<u64>(), log in -2.0..2.0_f64, parts in 0..300u16,
    ) {
let reserves = [a, b].map(|bits| (1 << (bits - 1)) | u128::from(x) & ((1 << (bits - 1)) - 1));
        let fair = reserves[1] as f64 / reserves[0] as f64;
        let prices = [fair * libm::exp(log), 1.0];
        let kept = 1.0 - f64::from(parts) / 1_000.0;
        let gap = libm::exp(log.abs()) * kept;
        match arbitrage_input(reserves, prices, Fee::new(parts, 1_000).expect("a fee")) {
            None => prop_assert!(gap < 1.0 + 1e-7, "{} is outside", gap),
            Some(trade) => {
                prop_assert!(gap > 1.0 - 1e-9, "{} is inside", gap);
                prop_assert_eq!(trade.side, usize::from(log > 0.0));
                let [here, there] = [reserves[trade.side] as f64, reserves[1 - trade.side] as f64];
                let last = kept * here * there / (here + kept * trade.amount_in as f64).powi(2);
                let earns = last * prices[1 - trade.side] / prices[trade.side];
                let full = reserves[trade.side] + trade.amount_in > RESERVE_MAX - (1 << 60);
                prop_assert!((earns - 1.0).abs() < 1e-7 || full && earns > 1.0, "the last unit earns {}", earns);
            }
        }
    }
}

#[test]
fn without_a_fee_the_pool_ends_at_the_outside_price() {
    // 10^6 coins and 10^8 dollars at 121: 10^7 * sqrt(121) - 10^8 = 10^7 dollars in for 10^6 (1 - 1 / 1.1) coins.
    let trade =
        arbitrage_input([1_000_000, 100_000_000], [121.0, 1.0], Fee::new(0, 1).expect("no fee")).expect("a trade");
    assert_eq!((trade.side, trade.amount_out), (1, 90_909));
    assert!((9_999_800..=10_000_000).contains(&trade.amount_in), "{trade:?}");
    // With 0.3 %: (sqrt(.997) * 1.1 * 10^8 - 10^8) / .997 = 9,864,469 in, to within what a coin is worth.
    let trade = arbitrage_input([1_000_000, 100_000_000], [121.0, 1.0], Fee::UNISWAP).expect("a trade");
    assert!((9_864_469 - 121..=9_864_469 + 121).contains(&trade.amount_in), "{trade:?}");
    assert_eq!(amount_out(trade.amount_in, 100_000_000, 1_000_000, Fee::UNISWAP), Ok(trade.amount_out));
}

/// At four times the price as much again goes in and half comes out: not a unit more, whatever the prices are counted in.
#[test]
fn where_whole_numbers_fit_the_trade_is_exact() {
    let smallest = f64::from_bits(1 << 51); // 2^-1023, below the normal numbers; four times it is not
    for unit in [1.0, 3e200, 7e-200, smallest] {
        let trade = arbitrage_input([1 << 20, 1 << 20], [4.0 * unit, unit], Fee::new(0, 1).expect("no fee"));
        assert_eq!(trade, Some(Trade { side: 1, amount_in: 1 << 20, amount_out: 1 << 19 }), "at {unit}");
    }
}

#[test]
fn inside_the_band_there_is_nothing_to_earn() {
    let reserves = [1_000_000_000, 100_000_000_000];
    for price in [99.71, 100.0, 100.29] {
        assert_eq!(arbitrage_input(reserves, [price, 1.0], Fee::UNISWAP), None, "at {price}");
    }
    for (price, side) in [(99.69, 0), (100.31, 1)] {
        assert_eq!(arbitrage_input(reserves, [price, 1.0], Fee::UNISWAP).map(|trade| trade.side), Some(side));
    }
}

#[test]
fn worthless_and_extreme_prices_are_borne() {
    let full = [RESERVE_MAX, RESERVE_MAX];
    assert_eq!(arbitrage_input(full, [1e300, 1e-300], Fee::UNISWAP), None, "the pool takes no more");
    assert_eq!(arbitrage_input([0, 5], [1.0, 1.0], Fee::UNISWAP), None);
    assert_eq!(arbitrage_input([1_000, 1_000], [0.0, 0.0], Fee::UNISWAP), None);
    for prices in [[1.0, 0.0], [1e300, 1e-300], [5e-324, 0.0]] {
        let trade = arbitrage_input([1_000_000, 1_000_000], prices, Fee::UNISWAP).expect("a trade");
        assert_eq!((trade.side, trade.amount_out), (1, 999_999), "all but a unit at {prices:?}");
        let mut pair = Pair::new(Fee::UNISWAP, false);
        pair.mint([1_000_000, 1_000_000]).expect("a first mint");
        pair.swap([0, trade.amount_in], [trade.amount_out, 0]).expect("the pool agrees");
    }
}

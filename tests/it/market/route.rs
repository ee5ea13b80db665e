//! How a sale is split over a book and pools: against closed forms, a search by brute force, and limits.

use super::law;
use proptest::prelude::*;
use rehypo::market::law::Flow;
use rehypo::scenario::ImpactLaw;
use rehypo::venue::swap::route::{Book, Pool, split};

/// A book on which the coin is at `price` before the sale.
struct Spot {
    law: ImpactLaw,
    price: f64,
}

impl Book for Spot {
    fn brings(&self, amount: f64) -> f64 {
        let usd = amount * self.price;
        usd * Flow::default().mean_factor(&self.law, -usd / self.law.depth_1pct_usd)
    }

    fn last(&self, amount: f64) -> f64 {
        self.price * Flow::default().after(&self.law, -amount * self.price / self.law.depth_1pct_usd).factor(&self.law)
    }
}

/// Nobody buys.
struct Nobody;

impl Book for Nobody {
    fn brings(&self, _: f64) -> f64 {
        0.0
    }

    fn last(&self, _: f64) -> f64 {
        0.0
    }
}

fn linear(depth: f64, price: f64) -> Spot {
    let book = format!("linear = {{ depth_1pct_usd = {depth}, permanent_share = 0.0, recovery_half_life = \"1h\" }}");
    Spot { law: law(&book), price }
}

fn pool(reserve_in: f64, price: f64, fee: f64) -> Pool {
    Pool { reserve_in, reserve_out: reserve_in * price, kept: 1.0 - fee }
}

fn brings(pools: &[Pool], book: &impl Book, amount: f64, hop: f64, parts: &[f64]) -> f64 {
    let swapped: f64 = parts.iter().sum();
    let hops = parts.iter().filter(|part| **part > 0.0).count() as f64;
    let out: f64 = pools.iter().zip(parts).map(|(pool, part)| pool.out(*part)).sum();
    book.brings(amount - swapped) + out - hops * hop
}

fn close(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 1e-9, "{found} is not {expected}");
}

/// Pools of equal fee and price act as one with their reserves summed, and take in proportion to them.
#[test]
fn pools_of_equal_fee_act_as_one() {
    let pools = [pool(1000.0, 50.0, 0.003), pool(3000.0, 50.0, 0.003), pool(500.0, 50.0, 0.003)];
    let sum = pool(4500.0, 50.0, 0.003);
    let parts = split(&pools, &Nobody, 700.0, 0.0);
    for (pool, part) in pools.iter().zip(&parts) {
        close(*part, 700.0 * pool.reserve_in / 4500.0);
    }
    close(brings(&pools, &Nobody, 700.0, 0.0, &parts), sum.out(700.0));
}

/// Without fees a pool of x units at p gives `p x a / (x + a)`: two pools at 100 and 81 are level at 81 after
/// `1000 (sqrt(100 / 81) - 1) = 111.1` units, and only then is the second used.
#[test]
fn a_pool_at_a_worse_price_waits() {
    let pools = [pool(1000.0, 100.0, 0.0), pool(1000.0, 81.0, 0.0)];
    let parts = split(&pools, &Nobody, 110.0, 0.0);
    close(parts[0], 110.0);
    assert_eq!(parts[1], 0.0);
    let parts = split(&pools, &Nobody, 112.0, 0.0);
    assert!(parts[1] > 0.0 && parts[1] < 1.0, "{parts:?}");
    close(pools[0].last(parts[0]), pools[1].last(parts[1]));
}

/// A fee above what the book loses sends all to the book; a book without bids sends all to the pool.
#[test]
fn the_limits_are_the_book_alone_and_the_pool_alone() {
    let deep = linear(1e12, 50.0);
    assert_eq!(split(&[pool(1000.0, 50.0, 0.003)], &deep, 100.0, 0.0), [0.0]);
    let alone = split(&[pool(1000.0, 50.0, 0.003)], &linear(1e-3, 50.0), 100.0, 0.0);
    assert!(alone[0] > 99.9 && alone[0] < 100.0);
    assert_eq!(split(&[], &deep, 100.0, 0.0), [0.0; 0]);
}

/// On a linear book of depth D a sale of q USD loses q^2 / 200 D, to first order; a pool of equal price and no fee that takes the
/// same slope halves that. A hop that costs more than the half is not worth it: dear gas sends small sales to the book.
#[test]
fn congestion_sends_small_sales_to_the_book() {
    // d ln p / dq of the book is 0.01 / 1e4 a USD, of a pool with y USD on a side 2 / y.
    let (book, pools) = (linear(1e4, 1.0), [pool(2e6, 1.0, 0.0)]);
    let sale = 1e3;
    let loss = sale * sale * 0.01 / 1e4 / 2.0;
    for (gas, used) in [(0.49, true), (0.51, false)] {
        let parts = split(&pools, &book, sale, gas * loss);
        assert_eq!(parts[0] > 0.0, used, "gas {gas} of a loss of {loss}");
    }
    assert!((split(&pools, &book, sale, 0.0)[0] / sale - 0.5).abs() < 1e-3);
    let larger = split(&pools, &book, 2.0 * sale, 0.51 * loss);
    assert!(larger[0] > 0.0, "four times the loss pays for it");
}

fn pools() -> impl Strategy<Value = Vec<Pool>> {
    let one = (0.5..4.0_f64, 0.97..1.03_f64, 0.0..0.02_f64);
    proptest::collection::vec(one.prop_map(|(size, price, fee)| pool(libm::exp10(size), price, fee)), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_last_unit_earns_the_same_everywhere(pools in pools(), depth in 1.0..4.0_f64, amount in 1.0..3.0_f64) {
        let (book, amount) = (linear(libm::exp10(depth), 1.0), libm::exp10(amount));
        let parts = split(&pools, &book, amount, 0.0);
        let left = amount - parts.iter().sum::<f64>();
        let level = if left > 1e-9 * amount { book.last(left) } else {
            pools.iter().zip(&parts).filter(|(_, part)| **part > 0.0).map(|(pool, part)| pool.last(*part)).fold(0.0, f64::max)
        };
        for (pool, part) in pools.iter().zip(&parts) {
            if *part > 0.0 {
                prop_assert!((pool.last(*part) / level - 1.0).abs() < 1e-8, "{} {}", pool.last(*part), level);
            } else {
                prop_assert!(pool.last(0.0) <= level * (1.0 + 1e-8));
            }
        }
        prop_assert!(book.last(left) <= level * (1.0 + 1e-8));
    }

    /// A grid of 60 x 60 splits over two pools and the book finds nothing better, with or without a cost of hops.
    #[test]
    fn no_split_of_a_grid_brings_more(pools in pools(), depth in 1.0..4.0_f64, amount in 1.0..3.0_f64, hop in 0.0..1.0_f64) {
        const CELLS: u32 = 60;
        let (book, amount) = (linear(libm::exp10(depth), 1.0), libm::exp10(amount));
        let pools = &pools[..pools.len().min(2)];
        let parts = split(pools, &book, amount, hop);
        prop_assert!(parts.iter().all(|part| *part >= 0.0) && parts.iter().sum::<f64>() <= amount * (1.0 + 1e-12));
        let found = brings(pools, &book, amount, hop, &parts);
        for i in 0..=CELLS {
            for j in 0..=CELLS - i {
                let cell = [i, j].map(|n| amount * f64::from(n) / f64::from(CELLS));
                if pools.len() == 2 || j == 0 {
                    let other = brings(pools, &book, amount, hop, &cell[..pools.len()]);
                    prop_assert!(found >= other - 1e-9 * amount, "{:?} brings {}, {:?} {}", parts, found, cell, other);
                }
            }
        }
    }

    #[test]
    fn a_larger_sale_brings_more(pools in pools(), depth in 1.0..4.0_f64, amount in 0.0..3.0_f64, more in 1.01..3.0_f64, hop in 0.0..1.0_f64) {
        let (book, amount) = (linear(libm::exp10(depth), 1.0), libm::exp10(amount));
        let value = |amount: f64| brings(&pools, &book, amount, hop, &split(&pools, &book, amount, hop));
        prop_assert!(value(amount * more) > value(amount));
    }
}

//! What must hold of any trade, from single units to the largest reserves there can be.

use ethnum::U256;
use proptest::prelude::*;
use rehypo::venue::swap::{Fee, MINIMUM_LIQUIDITY, Pair, RESERVE_MAX, amount_in, amount_out};

/// Any number of bits up to 112 is as likely.
fn units() -> impl Strategy<Value = u128> {
    (1..=112u32, any::<u128>()).prop_map(|(bits, x)| ((x >> (128 - bits)) | 1 << (bits - 1)).min(RESERVE_MAX))
}

fn fees() -> impl Strategy<Value = Fee> {
    prop_oneof![Just((3, 1_000)), Just((4, 10_000)), Just((0, 1)), (0..10_000u16).prop_map(|parts| (parts, 10_000))]
        .prop_map(|(parts, of)| Fee::new(parts, of).expect("a fee"))
}

/// A pool with the given reserves.
fn pool(reserves: [u128; 2], fee: Fee) -> Option<Pair> {
    let mut pair = Pair::new(fee, false);
    pair.mint(reserves).ok().map(|_| pair)
}

fn product([a, b]: [u128; 2]) -> U256 {
    U256::from(a) * U256::from(b)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_product_never_falls_and_one_unit_more_is_refused(a in units(), b in units(), paid in units(), fee in fees()) {
        let Some(before) = pool([a, b], fee) else { return Ok(()) };
        let out = amount_out(paid, a, b, fee).expect("within 256 bits");
        prop_assert!(out < b);
        let mut pair = before;
        if out > 0 && a + paid <= RESERVE_MAX {
            prop_assert_eq!(pair.swap([paid, 0], [0, out]), Ok(()));
            prop_assert!(product(pair.reserves()) >= product([a, b]));
        }
        let mut greedy = before;
        if out + 1 < b {
            prop_assert!(greedy.swap([paid, 0], [0, out + 1]).is_err());
        }
    }

    #[test]
    fn what_is_asked_for_what_one_gets_is_at_most_a_unit_more(a in units(), b in units(), paid in units(), fee in fees()) {
        let out = amount_out(paid, a, b, fee).expect("within 256 bits");
        if out > 0 {
            let asked = amount_in(out, a, b, fee).expect("less than all");
            prop_assert!(asked <= paid + 1);
            prop_assert!(amount_out(asked, a, b, fee).expect("a price") >= out, "what is asked is enough");
            if asked > 2 {
                let less = amount_out(asked - 2, a, b, fee).expect("a price");
                prop_assert!(less < out, "two units less are not");
            }
        }
    }

    #[test]
    fn splitting_a_trade_never_gains(a in units(), b in units(), first in units(), second in units(), fee in fees()) {
        let Some(mut pair) = pool([a, b], fee) else { return Ok(()) };
        if a + first + second > RESERVE_MAX {
            return Ok(());
        }
        let once = amount_out(first + second, a, b, fee).expect("a price");
        let one = amount_out(first, a, b, fee).expect("a price");
        if one > 0 {
            pair.swap([first, 0], [0, one]).expect("a swap");
            let [a, b] = pair.reserves();
            let two = amount_out(second, a, b, fee).expect("a price");
            prop_assert!(one + two <= once, "{} + {} > {}", one, two, once);
        }
    }

    #[test]
    fn there_and_back_never_gains(a in units(), b in units(), paid in units(), fee in fees()) {
        let Some(mut pair) = pool([a, b], fee) else { return Ok(()) };
        let out = amount_out(paid, a, b, fee).expect("a price");
        if out > 0 && a + paid <= RESERVE_MAX {
            pair.swap([paid, 0], [0, out]).expect("a swap");
            let [a, b] = pair.reserves();
            prop_assert!(amount_out(out, b, a, fee).expect("a price") <= paid);
        }
    }

    /// Paid in and taken out again: never more than was paid in, in either asset, and the others' share does not fall.
    #[test]
    fn liquidity_is_never_worth_more_than_its_reserves(a in units(), b in units(), x in units(), y in units()) {
        let Some(mut pair) = pool([a, b], Fee::UNISWAP) else { return Ok(()) };
        let first = pair.supply();
        let Ok(minted) = pair.mint([x, y]) else { return Ok(()) };
        // Nobody's unit is worth less than before: reserve / supply does not fall.
        for (side, before) in [a, b].into_iter().enumerate() {
            prop_assert!(product([pair.reserves()[side], first]) >= product([before, pair.supply()]));
        }
        if let Ok(burned) = pair.burn(minted.liquidity) {
            prop_assert!(burned.amounts[0] <= x && burned.amounts[1] <= y);
            prop_assert_eq!(pair.supply(), first);
            prop_assert!(product(pair.reserves()) >= product([a, b]));
        }
        let held = pair.supply() - MINIMUM_LIQUIDITY;
        let reserves = pair.reserves();
        if let Ok(burned) = pair.burn(held) {
            prop_assert!((0..2).all(|side| burned.amounts[side] < reserves[side]), "something stays for what is locked");
        }
    }

    /// The protocol's liquidity takes a sixth of the growth of the root of the product: 1 / (5 root / last + 1) of supply times growth.
    #[test]
    fn the_protocol_takes_a_sixth_of_the_growth(a in 20..100u32, b in 20..100u32, share in 1..200u128) {
        let mut pair = Pair::new(Fee::UNISWAP, true);
        pair.mint([1 << a, 1 << b]).expect("a first mint");
        let supply = pair.supply() as f64;
        let paid = (1u128 << a) * share / 10;
        let [r0, r1] = pair.reserves();
        let out = amount_out(paid, r0, r1, Fee::UNISWAP).expect("a price");
        pair.swap([paid, 0], [0, out]).expect("a swap");
        let [r0, r1] = pair.reserves().map(|r| r as f64);
        let (root, last) = (r0.sqrt() * r1.sqrt(), supply);
        let [r0, r1] = pair.reserves();
        let minted = pair.mint([r0 / 2, r1 / 2]).expect("half as much again");
        // Worth a sixth of root - last: s / (supply + s) = (root - last) / (6 root)
        let taken = minted.protocol as f64 / (supply + minted.protocol as f64);
        let due = (root - last) / (6.0 * root);
        prop_assert!((taken - due).abs() <= 2.0 / supply + 1e-15, "{} is not {}", taken, due);
    }
}

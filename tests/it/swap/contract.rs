//! Vectors of Uniswap v2-core's tests (`test/UniswapV2Pair.spec.ts`, `test/shared`), and arithmetic by hand.

use rehypo::venue::swap::{
    Burned, Fee, MINIMUM_LIQUIDITY, Minted, Pair, RESERVE_MAX, SwapError, amount_in, amount_out, quote,
};

/// 10^18 units.
const ONE: u128 = 1_000_000_000_000_000_000;

fn pool(reserves: [u128; 2], protocol_fee: bool) -> Pair {
    let mut pair = Pair::new(Fee::UNISWAP, protocol_fee);
    pair.mint(reserves).expect("a first mint");
    pair
}

/// `getInputPrice`: paid in, reserves, what comes out and not a unit more.
#[test]
fn the_contracts_input_prices() {
    for (paid, reserve_in, reserve_out, expected) in [
        (1, 5, 10, 1_662_497_915_624_478_906),
        (1, 10, 5, 453_305_446_940_074_565),
        (2, 5, 10, 2_851_015_155_847_869_602),
        (2, 10, 5, 831_248_957_812_239_453),
        (1, 10, 10, 906_610_893_880_149_131),
        (1, 100, 100, 987_158_034_397_061_298),
        (1, 1_000, 1_000, 996_006_981_039_903_216),
    ] {
        let (paid, reserves) = (paid * ONE, [reserve_in * ONE, reserve_out * ONE]);
        assert_eq!(amount_out(paid, reserves[0], reserves[1], Fee::UNISWAP), Ok(expected));
        let mut pair = pool(reserves, false);
        assert_eq!(pair.swap([paid, 0], [0, expected + 1]), Err(SwapError::K));
        assert_eq!(pair, pool(reserves, false), "a failed swap changes nothing");
        assert_eq!(pair.swap([paid, 0], [0, expected]), Ok(()));
        assert_eq!(pair.reserves(), [reserves[0] + paid, reserves[1] - expected]);
    }
}

/// `optimistic`: what is taken and given back in the same asset pays the fee on what comes in.
#[test]
fn the_contracts_optimistic_swaps() {
    for (out, reserves, paid) in [
        (997_000_000_000_000_000, [5, 10], ONE),
        (997_000_000_000_000_000, [10, 5], ONE),
        (997_000_000_000_000_000, [5, 5], ONE),
        (ONE, [5, 5], 1_003_009_027_081_243_732),
    ] {
        let mut pair = pool(reserves.map(|r| r * ONE), false);
        assert_eq!(pair.swap([paid, 0], [out + 1, 0]), Err(SwapError::K));
        assert_eq!(pair.swap([paid, 0], [out, 0]), Ok(()));
    }
}

#[test]
fn the_contracts_mint_and_burn() {
    let mut pair = Pair::new(Fee::UNISWAP, false);
    let minted = pair.mint([ONE, 4 * ONE]);
    assert_eq!(minted, Ok(Minted { liquidity: 2 * ONE - 1_000, locked: 1_000, protocol: 0 }));
    assert_eq!((pair.supply(), pair.reserves()), (2 * ONE, [ONE, 4 * ONE]));
    let mut pair = pool([3 * ONE, 3 * ONE], false);
    let burned = pair.burn(3 * ONE - MINIMUM_LIQUIDITY);
    assert_eq!(burned, Ok(Burned { amounts: [3 * ONE - 1_000; 2], protocol: 0 }));
    assert_eq!((pair.supply(), pair.reserves()), (1_000, [1_000, 1_000]));
}

/// `feeTo:off` and `feeTo:on`.
#[test]
fn the_contracts_protocol_fee() {
    for (on, protocol, left) in [
        (false, 0, None),
        (true, 249_750_499_251_388, Some([1_000 + 249_501_683_697_445, 1_000 + 250_000_187_312_969])),
    ] {
        let mut pair = pool([1_000 * ONE; 2], on);
        pair.swap([0, ONE], [996_006_981_039_903_216, 0]).expect("the contract's own output");
        let burned = pair.burn(1_000 * ONE - MINIMUM_LIQUIDITY).expect("all that is held");
        assert_eq!((burned.protocol, pair.supply()), (protocol, MINIMUM_LIQUIDITY + protocol));
        assert!(left.is_none_or(|left| pair.reserves() == left), "{:?}", pair.reserves());
    }
}

/// Reserves 1,000 and 4,000; all of it on paper.
#[test]
fn by_hand() {
    let fee = Fee::UNISWAP;
    // 100 * 997 = 99,700; * 4,000 = 398,800,000; / (1,000,000 + 99,700) = 362.64
    assert_eq!(amount_out(100, 1_000, 4_000, fee), Ok(362));
    // 1,000 * 362 * 1,000 = 362,000,000; / ((4,000 - 362) * 997 = 3,627,086) = 99.80; + 1
    assert_eq!(amount_in(362, 1_000, 4_000, fee), Ok(100));
    // 1,000 * 2,000 * 1,000 / (2,000 * 997) = 1,003.009; + 1
    assert_eq!(amount_in(2_000, 1_000, 4_000, fee), Ok(1_004));
    assert_eq!(quote(7, 3, 5), Ok(11)); // 35 / 3 = 11.67
    // Liquid Swap's 0.04 %: 100 * 9,996 * 4,000 / (10,000,000 + 999,600) = 363.503; without a fee 400,000 / 1,100 = 363.6
    assert_eq!(amount_out(100_000, 1_000_000, 4_000_000, Fee::new(4, 10_000).expect("a fee")), Ok(363_504));
    assert_eq!(amount_out(100_000, 1_000_000, 4_000_000, Fee::new(0, 1).expect("no fee")), Ok(363_636));
    // The same ratio in other parts is the same fee.
    assert_eq!(amount_out(100, 1_000, 4_000, Fee::new(30, 10_000).expect("a fee")), Ok(362));
    let mut pair = pool([1_000, 4_000], false);
    assert_eq!(pair.supply(), 2_000);
    // 100 * 2,000 / 1,000 = 200; 500 * 2,000 / 4,000 = 250: the smaller.
    assert_eq!(pair.mint([100, 500]), Ok(Minted { liquidity: 200, locked: 0, protocol: 0 }));
    // 50 * 1,100 / 2,200 = 25; 50 * 4,500 / 2,200 = 102.27
    assert_eq!(pair.burn(50), Ok(Burned { amounts: [25, 102], protocol: 0 }));
    assert_eq!((pair.reserves(), pair.supply()), ([1_075, 4_398], 2_150));
    // A sixth of the growth of the root: 2,000 -> with 1,200 and 4,800 root 2,400: 2,000 * 400 / (5 * 2,400 + 2,000) = 57.1
    let mut taxed = pool([1_000, 4_000], true);
    taxed.swap([200, 800], [0, 1]).expect("a gift");
    assert_eq!(taxed.reserves(), [1_200, 4_799]); // root of 5,758,800 is 2,399.7
    let minted = taxed.mint([120, 480]).expect("a tenth"); // 2,000 * 399 / (5 * 2,399 + 2,000) = 57.02
    assert_eq!(minted, Minted { liquidity: 205, locked: 0, protocol: 57 }); // 120 * 2,057 / 1,200 = 205.7
}

#[test]
fn refusals_are_those_of_the_contract() {
    let fee = Fee::UNISWAP;
    assert_eq!(amount_out(0, 1, 1, fee), Err(SwapError::InsufficientInputAmount));
    assert_eq!(amount_out(1, 0, 1, fee), Err(SwapError::InsufficientLiquidity));
    assert_eq!(amount_out(1, 1, 0, fee), Err(SwapError::InsufficientLiquidity));
    assert_eq!(amount_in(0, 1, 1, fee), Err(SwapError::InsufficientOutputAmount));
    assert_eq!(amount_in(1, 0, 2, fee), Err(SwapError::InsufficientLiquidity));
    assert_eq!(amount_in(2, 1, 2, fee), Err(SwapError::InsufficientLiquidity));
    assert_eq!(quote(0, 1, 1), Err(SwapError::InsufficientAmount));
    assert_eq!(quote(1, 1, 0), Err(SwapError::InsufficientLiquidity));
    assert_eq!(quote(u128::MAX, 1, 2), Err(SwapError::Overflow));
    let mut pair = Pair::new(fee, false);
    assert_eq!(pair.mint([1_000, 1_000]), Err(SwapError::InsufficientLiquidityMinted));
    assert_eq!(pair.mint([RESERVE_MAX + 1, 1_000]), Err(SwapError::Overflow));
    assert_eq!(pair.burn(0), Err(SwapError::InsufficientLiquidityBurned));
    assert_eq!(pair.swap([1, 0], [0, 1]), Err(SwapError::InsufficientLiquidity));
    pair.mint([1_000, 4_000]).expect("a first mint");
    let before = pair;
    assert_eq!(pair.mint([0, 4_000]), Err(SwapError::InsufficientLiquidityMinted));
    assert_eq!(pair.burn(0), Err(SwapError::InsufficientLiquidityBurned));
    assert_eq!(pair.swap([1, 0], [0, 0]), Err(SwapError::InsufficientOutputAmount));
    assert_eq!(pair.swap([1, 0], [0, 4_000]), Err(SwapError::InsufficientLiquidity));
    assert_eq!(pair.swap([0, 0], [0, 1]), Err(SwapError::InsufficientInputAmount));
    assert_eq!(pair.swap([1, 0], [0, 4]), Err(SwapError::K));
    assert_eq!(pair.swap([RESERVE_MAX, 0], [0, 1]), Err(SwapError::Overflow));
    assert_eq!(pair, before);
    assert_eq!((Fee::new(1, 1), Fee::new(0, 0), Fee::new(1, 10_001)), (None, None, None));
    assert_eq!(SwapError::InsufficientLiquidityMinted.to_string(), "INSUFFICIENT_LIQUIDITY_MINTED");
}

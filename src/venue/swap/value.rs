//! What liquidity in a constant-product pool is worth. Amounts and prices in any units that agree.

/// Value of one unit of liquidity at outside prices, whatever trade somebody makes in the pool before he asks: what it is
/// worth once arbitrage has brought the pool to those prices, `2 sqrt(r0 r1) sqrt(p0 p1) / supply`.
///
/// Reference: Alpha Venture DAO, "Fair Uniswap's LP token pricing" (2021).
#[must_use]
pub fn fair_price(reserves: [f64; 2], prices: [f64; 2], supply: f64) -> f64 {
    2.0 * (reserves[0] * prices[0]).sqrt() * (reserves[1] * prices[1]).sqrt() / supply
}

/// Value of one unit of liquidity by what is in the pool now: anybody can move it with a swap.
#[must_use]
pub fn naive_price(reserves: [f64; 2], prices: [f64; 2], supply: f64) -> f64 {
    (reserves[0] * prices[0] + reserves[1] * prices[1]) / supply
}

/// What liquidity has gained over holding its first reserves when the ratio of the prices is `k` times what it was, fees
/// apart: `2 sqrt(k) / (1 + k) - 1`, never above zero.
#[must_use]
pub fn impermanent_loss(k: f64) -> f64 {
    // The same without the difference of two numbers that are nearly one.
    let root = k.sqrt();
    -(root - 1.0) * (root - 1.0) / (1.0 + k)
}

//! A pool of two assets with constant product, to the unit: Uniswap v2, and with its fee what Binance Liquid Swap called
//! innovative pools. Pure: amounts in, amounts out; whoever calls moves the balances.
//!
//! All amounts are whole units (of 10^-18 of a token, or of a tick of the ledger), reserves at most 2^112 - 1, products in 256
//! bits, quotients rounded down as in the contract. What is rounded away stays in the pool, so `reserve0 * reserve1` never
//! falls in a swap.
//!
//! References: Uniswap v2-core `UniswapV2Pair.sol` (mint, burn, swap, protocol fee) and v2-periphery `UniswapV2Library.sol`
//! (`getAmountOut`, `getAmountIn`, `quote`).

pub mod arbitrage;
pub mod route;
pub mod value;

use ethnum::U256;

/// The most that a reserve can be: `uint112`.
pub const RESERVE_MAX: u128 = (1 << 112) - 1;

/// Liquidity that the first mint locks for ever, so that a unit of it can never be worth much.
pub const MINIMUM_LIQUIDITY: u128 = 1_000;

/// Why a pool refuses, in the contract's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SwapError {
    /// Nothing to quote.
    #[error("INSUFFICIENT_AMOUNT")]
    InsufficientAmount,
    /// Nothing paid in.
    #[error("INSUFFICIENT_INPUT_AMOUNT")]
    InsufficientInputAmount,
    /// Nothing asked for.
    #[error("INSUFFICIENT_OUTPUT_AMOUNT")]
    InsufficientOutputAmount,
    /// More asked for than there is, or all of it.
    #[error("INSUFFICIENT_LIQUIDITY")]
    InsufficientLiquidity,
    /// What was paid in is worth no unit of liquidity (in a first mint: no more than is locked).
    #[error("INSUFFICIENT_LIQUIDITY_MINTED")]
    InsufficientLiquidityMinted,
    /// What was returned is worth no unit of one of the assets.
    #[error("INSUFFICIENT_LIQUIDITY_BURNED")]
    InsufficientLiquidityBurned,
    /// The product of the reserves, less the fee on what was paid in, would fall.
    #[error("K")]
    K,
    /// A reserve would exceed [`RESERVE_MAX`], or a number 128 bits.
    #[error("OVERFLOW")]
    Overflow,
}

/// Share of what is paid in that stays in the pool: `parts / of`, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fee {
    parts: u16,
    of: u16,
}

impl Fee {
    /// Uniswap v2: 3 of 1,000.
    pub const UNISWAP: Self = Self { parts: 3, of: 1_000 };

    /// `parts` of `of`; none if less than nothing would be left or `of` is above 10,000 (256 bits hold no more).
    #[must_use]
    pub fn new(parts: u16, of: u16) -> Option<Self> {
        (parts < of && of <= 10_000).then_some(Self { parts, of })
    }

    fn kept(self) -> u128 {
        u128::from(self.of - self.parts)
    }

    fn whole(self) -> u128 {
        u128::from(self.of)
    }
}

fn wide(value: u128) -> U256 {
    U256::from(value)
}

fn narrow(value: U256) -> Result<u128, SwapError> {
    u128::try_from(value).map_err(|_| SwapError::Overflow)
}

fn product(factors: &[u128]) -> Result<U256, SwapError> {
    factors.iter().try_fold(U256::ONE, |product, &factor| product.checked_mul(wide(factor))).ok_or(SwapError::Overflow)
}

/// The largest whole number whose square is at most `value`.
fn root(value: U256) -> u128 {
    // From above, Newton's method falls until it is there.
    let mut root = U256::ONE << (256 - value.leading_zeros()).div_ceil(2);
    loop {
        let next = (root + value / root) >> 1;
        if next >= root {
            // A square root of 256 bits has 128.
            return root.as_u128();
        }
        root = next;
    }
}

/// The most that a pool gives for `amount_in` (`getAmountOut`).
///
/// # Errors
///
/// `InsufficientInputAmount` for nothing, `InsufficientLiquidity` if a reserve is empty, `Overflow` beyond 256 bits.
pub fn amount_out(amount_in: u128, reserve_in: u128, reserve_out: u128, fee: Fee) -> Result<u128, SwapError> {
    if amount_in == 0 {
        return Err(SwapError::InsufficientInputAmount);
    }
    if reserve_in == 0 || reserve_out == 0 {
        return Err(SwapError::InsufficientLiquidity);
    }
    let with_fee = product(&[amount_in, fee.kept()])?;
    let whole = product(&[reserve_in, fee.whole()])?.checked_add(with_fee).ok_or(SwapError::Overflow)?;
    narrow(with_fee.checked_mul(wide(reserve_out)).ok_or(SwapError::Overflow)? / whole)
}

/// What the contract's library says must be paid for `amount_out` (`getAmountIn`): enough, and at most one unit too much.
///
/// # Errors
///
/// `InsufficientOutputAmount` for nothing, `InsufficientLiquidity` if a reserve is empty or all of it is asked for (the
/// contract fails in the subtraction), `Overflow` beyond 128 bits.
pub fn amount_in(amount_out: u128, reserve_in: u128, reserve_out: u128, fee: Fee) -> Result<u128, SwapError> {
    if amount_out == 0 {
        return Err(SwapError::InsufficientOutputAmount);
    }
    if reserve_in == 0 || amount_out >= reserve_out {
        return Err(SwapError::InsufficientLiquidity);
    }
    let above = product(&[reserve_in, amount_out, fee.whole()])?;
    let below = product(&[reserve_out - amount_out, fee.kept()])?;
    narrow(above / below + U256::ONE)
}

/// The amount of b that stands against `amount` of a at the ratio of the reserves (`quote`): no swap, no fee.
///
/// # Errors
///
/// `InsufficientAmount` for nothing, `InsufficientLiquidity` if a reserve is empty, `Overflow` beyond 128 bits.
pub fn quote(amount: u128, reserve_a: u128, reserve_b: u128) -> Result<u128, SwapError> {
    if amount == 0 {
        return Err(SwapError::InsufficientAmount);
    }
    if reserve_a == 0 || reserve_b == 0 {
        return Err(SwapError::InsufficientLiquidity);
    }
    narrow(product(&[amount, reserve_b])? / wide(reserve_a))
}

/// Liquidity that a mint creates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minted {
    /// For whoever paid in.
    pub liquidity: u128,
    /// For nobody, for ever: [`MINIMUM_LIQUIDITY`] in the first mint.
    pub locked: u128,
    /// For the protocol.
    pub protocol: u128,
}

/// What a burn pays out, and creates for the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burned {
    /// Of each asset.
    pub amounts: [u128; 2],
    /// Liquidity for the protocol.
    pub protocol: u128,
}

/// A pool: what the contract stores. A call that fails changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    reserves: [u128; 2],
    supply: u128,
    fee: Fee,
    /// Whether a sixth of the growth of the root of the product goes to the protocol.
    protocol_fee: bool,
    /// Product of the reserves after the last mint or burn; zero unless there is a protocol fee.
    last_product: U256,
}

impl Pair {
    /// An empty pool.
    #[must_use]
    pub fn new(fee: Fee, protocol_fee: bool) -> Self {
        Self { reserves: [0; 2], supply: 0, fee, protocol_fee, last_product: U256::ZERO }
    }

    /// A pool with these reserves and units of liquidity, without a protocol fee.
    #[must_use]
    pub fn of(reserves: [u128; 2], supply: u128, fee: Fee) -> Self {
        Self { reserves, supply, ..Self::new(fee, false) }
    }

    /// Units of each asset.
    #[must_use]
    pub fn reserves(&self) -> [u128; 2] {
        self.reserves
    }

    /// Units of liquidity, locked ones included.
    #[must_use]
    pub fn supply(&self) -> u128 {
        self.supply
    }

    /// Its fee.
    #[must_use]
    pub fn fee(&self) -> Fee {
        self.fee
    }

    /// `_mintFee`: a sixth of the growth of the root of the product since the last mint or burn, as liquidity.
    fn protocol_liquidity(&self) -> Result<u128, SwapError> {
        if !self.protocol_fee || self.last_product == U256::ZERO {
            return Ok(0);
        }
        let [root, last] = [root(product(&self.reserves)?), root(self.last_product)];
        if root <= last {
            return Ok(0);
        }
        narrow(product(&[self.supply, root - last])? / (product(&[root, 5])? + wide(last)))
    }

    fn settle(&mut self, reserves: [u128; 2], supply: u128) -> Result<(), SwapError> {
        (self.reserves, self.supply) = (reserves, supply);
        self.last_product = if self.protocol_fee { product(&reserves)? } else { U256::ZERO };
        Ok(())
    }

    fn plus(&self, amounts: [u128; 2]) -> Result<[u128; 2], SwapError> {
        let [a, b] =
            [0, 1].map(|side| self.reserves[side].checked_add(amounts[side]).filter(|sum| *sum <= RESERVE_MAX));
        a.zip(b).map(<[u128; 2]>::from).ok_or(SwapError::Overflow)
    }

    /// Takes `amounts` in and creates liquidity: the root of their product less what is locked in the first mint, later the
    /// smaller of the shares that they add to the reserves. What is paid in beyond the ratio is a gift to the pool.
    ///
    /// # Errors
    ///
    /// `InsufficientLiquidityMinted` if that is less than one unit, `Overflow` if a reserve would be too large.
    pub fn mint(&mut self, amounts: [u128; 2]) -> Result<Minted, SwapError> {
        let protocol = self.protocol_liquidity()?;
        let supply = self.supply.checked_add(protocol).ok_or(SwapError::Overflow)?;
        let locked = if supply == 0 { MINIMUM_LIQUIDITY } else { 0 };
        let liquidity = if supply == 0 {
            root(product(&amounts)?).saturating_sub(locked)
        } else {
            let share = |side: usize| -> Result<U256, SwapError> {
                product(&[amounts[side], supply])?.checked_div(wide(self.reserves[side])).ok_or(SwapError::Overflow)
            };
            narrow(share(0)?.min(share(1)?))?
        };
        if liquidity == 0 {
            return Err(SwapError::InsufficientLiquidityMinted);
        }
        let reserves = self.plus(amounts)?;
        let supply =
            supply.checked_add(locked).and_then(|sum| sum.checked_add(liquidity)).ok_or(SwapError::Overflow)?;
        self.settle(reserves, supply)?;
        Ok(Minted { liquidity, locked, protocol })
    }

    /// Takes `liquidity` back and pays its share of each reserve out.
    ///
    /// # Errors
    ///
    /// `InsufficientLiquidityBurned` if that is less than one unit of either.
    ///
    /// # Panics
    ///
    /// If that is more than anybody can hold: all but what is locked.
    pub fn burn(&mut self, liquidity: u128) -> Result<Burned, SwapError> {
        let held = self.supply.saturating_sub(MINIMUM_LIQUIDITY);
        assert!(liquidity <= held, "{liquidity} units of liquidity are returned, {held} are held");
        let protocol = self.protocol_liquidity()?;
        let supply = self.supply.checked_add(protocol).ok_or(SwapError::Overflow)?;
        let mut amounts = [0; 2];
        for (amount, reserve) in amounts.iter_mut().zip(self.reserves) {
            let share = product(&[liquidity, reserve])?.checked_div(wide(supply));
            *amount = narrow(share.unwrap_or(U256::ZERO))?;
        }
        if amounts.contains(&0) {
            return Err(SwapError::InsufficientLiquidityBurned);
        }
        self.settle([0, 1].map(|side| self.reserves[side] - amounts[side]), supply - liquidity)?;
        Ok(Burned { amounts, protocol })
    }

    /// Takes `input` in and gives `output` out, if the product of the reserves, with the fee on what comes in left out, does not
    /// fall.
    ///
    /// # Errors
    ///
    /// Those of the contract's `swap`, in its order.
    pub fn swap(&mut self, input: [u128; 2], output: [u128; 2]) -> Result<(), SwapError> {
        if output == [0, 0] {
            return Err(SwapError::InsufficientOutputAmount);
        }
        if (0..2).any(|side| output[side] >= self.reserves[side]) {
            return Err(SwapError::InsufficientLiquidity);
        }
        if input == [0, 0] {
            return Err(SwapError::InsufficientInputAmount);
        }
        let mut after = [0; 2];
        let mut adjusted = [U256::ZERO; 2];
        for side in 0..2 {
            after[side] = (self.reserves[side] - output[side]).checked_add(input[side]).ok_or(SwapError::Overflow)?;
            let fee = product(&[input[side], u128::from(self.fee.parts)])?;
            adjusted[side] = product(&[after[side], self.fee.whole()])? - fee;
        }
        let needed = product(&[self.reserves[0], self.reserves[1], self.fee.whole(), self.fee.whole()])?;
        if adjusted[0].checked_mul(adjusted[1]).ok_or(SwapError::Overflow)? < needed {
            return Err(SwapError::K);
        }
        if after.iter().any(|&reserve| reserve > RESERVE_MAX) {
            return Err(SwapError::Overflow);
        }
        self.reserves = after;
        Ok(())
    }
}

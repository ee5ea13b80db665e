//! The trade that brings a pool back to outside prices.
//!
//! Paying x in earns `p_out out(x) - p_in x`. Unrounded, `out(x) = kept x R_out / (whole R_in + kept x)` is concave, and the
//! last unit is worth paying while `p_in (whole R_in + kept x)^2 <= p_out kept whole R_in R_out`. Prices are fractions of
//! powers of two, so both sides are whole numbers and are compared as such.

use super::{Fee, RESERVE_MAX, amount_out};
use ethnum::U256;
use std::cmp::Ordering;

/// A trade with a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Side that is paid in.
    pub side: usize,
    /// Units paid in.
    pub amount_in: u128,
    /// Units of the other side taken out.
    pub amount_out: u128,
}

/// The trade that an arbitrageur makes who can buy and sell at `prices` (of a unit of each side, in one money): to the edge of the
/// band in which the fee eats every profit; none inside the band. No other trade earns more than it by as much as one
/// unit of what is paid in is worth; he pays no unit that he need not.
///
/// # Panics
///
/// If a price is negative or not finite, or a reserve is above [`RESERVE_MAX`].
#[must_use]
pub fn arbitrage_input(reserves: [u128; 2], prices: [f64; 2], fee: Fee) -> Option<Trade> {
    assert!(prices.iter().all(|p| p.is_finite() && *p >= 0.0), "prices {prices:?} of a pool's assets");
    assert!(reserves.iter().all(|&r| r <= RESERVE_MAX), "reserves {reserves:?} of a pool");
    if reserves.contains(&0) {
        return None;
    }
    (0..2).find_map(|side| Side::new(side, reserves, prices, fee).best())
}

/// A pool seen by who pays one side in.
struct Side {
    paid: usize,
    reserve_in: u128,
    reserve_out: u128,
    price_in: f64,
    price_out: f64,
    fee: Fee,
    /// `p_out kept whole R_in R_out`.
    limit: Scaled,
}

impl Side {
    fn new(side: usize, reserves: [u128; 2], prices: [f64; 2], fee: Fee) -> Self {
        let (reserve_in, reserve_out) = (reserves[side], reserves[1 - side]);
        let product = U256::from(reserve_in) * U256::from(reserve_out) * U256::from(fee.kept() * fee.whole());
        let limit = Scaled::new(product, prices[1 - side]);
        Self { paid: side, reserve_in, reserve_out, price_in: prices[side], price_out: prices[1 - side], fee, limit }
    }

    /// Whether the last unit of `amount` is worth paying.
    fn pays(&self, amount: u128) -> bool {
        let sum = U256::from(self.reserve_in * self.fee.whole()) + U256::from(amount) * U256::from(self.fee.kept());
        Scaled::new(sum * sum, self.price_in).cmp(&self.limit) != Ordering::Greater
    }

    /// The largest amount whose last unit is worth paying.
    fn turning_point(&self) -> u128 {
        let room = RESERVE_MAX - self.reserve_in;
        if self.pays(room) {
            return room;
        }
        let (kept, whole) = (self.fee.kept() as f64, self.fee.whole() as f64);
        let (r_in, r_out) = (self.reserve_in as f64, self.reserve_out as f64);
        let gain = (kept * whole).sqrt() * (r_in * self.price_out).sqrt() * (r_out / self.price_in).sqrt();
        // A float is near; from there by steps that double, then by halves: `pays(low)` and not `pays(high)`.
        let near = (((gain - whole * r_in) / kept).max(0.0) as u128).min(room);
        let (mut low, mut high, mut step) = (near, near, 1);
        while low > 0 && !self.pays(low) {
            (low, high, step) = (low.saturating_sub(step), low, step * 2);
        }
        while self.pays(high) {
            (low, high, step) = (high, (high + step).min(room), step * 2);
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.pays(middle) { low = middle } else { high = middle }
        }
        low
    }

    /// The least that pays for `out`; more than any pool takes for all of the reserve.
    fn cheapest(&self, out: u128) -> u128 {
        if out >= self.reserve_out {
            return u128::MAX;
        }
        let above = U256::from(self.reserve_in) * U256::from(out) * U256::from(self.fee.whole());
        let below = U256::from(self.reserve_out - out) * U256::from(self.fee.kept());
        let least = above / below;
        u128::try_from(if least * below == above { least } else { least + U256::ONE }).unwrap_or(u128::MAX)
    }

    fn best(&self) -> Option<Trade> {
        if !self.pays(0) {
            return None;
        }
        // The best output of the unrounded curve lies between these two whole ones.
        let least = match self.turning_point() {
            0 => 0,
            amount => amount_out(amount, self.reserve_in, self.reserve_out, self.fee).ok()?,
        };
        let more = self.cheapest(least + 1);
        let worth_more = more <= RESERVE_MAX - self.reserve_in
            && self.price_out > self.price_in * (more - self.cheapest(least)) as f64;
        let out = if worth_more { least + 1 } else { least };
        let amount_in = self.cheapest(out);
        let earned = Scaled::new(U256::from(out), self.price_out);
        let profit = earned.cmp(&Scaled::new(U256::from(amount_in), self.price_in)) == Ordering::Greater;
        profit.then_some(Trade { side: self.paid, amount_in, amount_out: out })
    }
}

/// A whole number of up to 309 bits, `(high 2^128 + low) 2^exponent`, or zero.
struct Scaled {
    high: U256,
    low: u128,
    exponent: i32,
}

impl Scaled {
    /// `value * price`.
    fn new(value: U256, price: f64) -> Self {
        const FRACTION: u64 = (1 << 52) - 1;
        let bits = price.to_bits();
        let (fraction, biased) = (bits & FRACTION, ((bits >> 52) & 0x7FF) as i32);
        let (mantissa, exponent) = if biased == 0 { (fraction, -1074) } else { (fraction | (1 << 52), biased - 1075) };
        let mantissa = U256::from(mantissa);
        let (low, high) = (U256::from(*value.low()) * mantissa, U256::from(*value.high()) * mantissa);
        Self { high: high + U256::from(*low.high()), low: *low.low(), exponent }
    }

    fn bits(&self) -> i32 {
        let bits =
            if self.high == U256::ZERO { 128 - self.low.leading_zeros() } else { 384 - self.high.leading_zeros() };
        bits.cast_signed()
    }

    /// Its digits after a shift to the left that keeps them below 384 bits.
    fn shifted(&self, by: u32) -> (U256, u128) {
        if by >= 128 {
            let high = (self.high << 128 | U256::from(self.low)) << (by - 128);
            (high, 0)
        } else {
            let low = U256::from(self.low) << by;
            ((self.high << by) + U256::from(*low.high()), *low.low())
        }
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let (mine, its) = (self.bits(), other.bits());
        if mine == 0 || its == 0 || mine + self.exponent != its + other.exponent {
            return match (mine, its) {
                (0, _) | (_, 0) => mine.cmp(&its),
                _ => (mine + self.exponent).cmp(&(its + other.exponent)),
            };
        }
        let by = self.exponent - other.exponent;
        let (here, there) = (self.shifted(by.max(0) as u32), other.shifted((-by).max(0) as u32));
        here.cmp(&there)
    }
}

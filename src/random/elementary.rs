//! Exponential and logarithm that a compiler can turn into vectors: no branch, no table, no call. Only sums, products,
//! quotients and shifts of bits, each rounded as IEEE 754 says, and no fused multiply-add: the bits are the same on
//! any machine and in vectors of any width.
//!
//! `libm`'s are as exact, but branch, so that a loop over them stays scalar: 5 ns an exponential where vectors of four
//! take about 1. The arithmetic is that of `FreeBSD`'s `e_exp.c` and `e_log.c` (Sun Microsystems 1993, 2004), as in `libm`;
//! errors are below 1 unit in the last place.
#![allow(
    clippy::inline_always,
    reason = "vectors need the whole expression in the loop of the multiversioned function"
)]

const LN2_HI: f64 = 6.931_471_803_691_238e-1;
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;

/// 1.5 * 2^52: a sum with it is rounded to an integer, which stands in its low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Replaces every number by its exponential. Infinities and NaN give what they should.
#[multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx2", "aarch64+neon"))]
pub fn exp_all(x: &mut [f64]) {
    for x in x {
        *x = exp(*x);
    }
}

#[inline(always)]
fn exp(x: f64) -> f64 {
    const P: [f64; 5] = [
        1.666_666_666_666_660_2e-1,
        -2.777_777_777_701_559_3e-3,
        6.613_756_321_437_934e-5,
        -1.653_390_220_546_525_2e-6,
        4.138_136_797_057_238_5e-8,
    ];
    // Beyond these lie infinity and zero.
    let x = if x > 710.0 { 710.0 } else { x };
    let x = if x < -746.0 { -746.0 } else { x };
    let rounded = x * std::f64::consts::LOG2_E + ROUND;
    let twos = rounded - ROUND;
    let hi = x - twos * LN2_HI;
    let lo = twos * LN2_LO;
    let r = hi - lo;
    let square = r * r;
    let c = r - square * (P[0] + square * (P[1] + square * (P[2] + square * (P[3] + square * P[4]))));
    let small = 1.0 + (r * c / (2.0 - c) - lo + hi);
    // Two factors 2^(k/2), each of which is a normal number.
    let k = rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(2048);
    let half = k >> 1;
    let power = |k: u64| f64::from_bits(k.wrapping_sub(1) << 52);
    small * power(half) * power(k.wrapping_sub(half))
}

/// The natural logarithm of a positive number that is neither infinite nor below 2.3e-308; the bits of `libm::log`.
#[inline(always)]
pub(super) fn log_of_normal(x: f64) -> f64 {
    const L: [f64; 7] = [
        6.666_666_666_666_735e-1,
        3.999_999_999_940_942e-1,
        2.857_142_874_366_239e-1,
        2.222_219_843_214_978_4e-1,
        1.818_357_216_161_805e-1,
        1.531_383_769_920_937_3e-1,
        1.479_819_860_511_658_6e-1,
    ];
    /// The high word of sqrt(1/2).
    const ROOT_HALF: u64 = 0x3FE6_A09E << 32;
    const ONE: u64 = 1.0_f64.to_bits();
    /// 2^52, and the same with the offset of exponents added.
    const TWO_52: f64 = 4_503_599_627_370_496.0;
    const TWO_52_OFFSET: f64 = TWO_52 + 1023.0;
    let bits = x.to_bits().wrapping_add(ONE - ROOT_HALF);
    let exponent = f64::from_bits((bits >> 52) | TWO_52.to_bits()) - TWO_52_OFFSET;
    let f = f64::from_bits((bits & 0x000F_FFFF_FFFF_FFFF) + ROOT_HALF) - 1.0;
    let half_square = 0.5 * f * f;
    let s = f / (2.0 + f);
    let square = s * s;
    let fourth = square * square;
    let even = fourth * (L[1] + fourth * (L[3] + fourth * L[5]));
    let odd = square * (L[0] + fourth * (L[2] + fourth * (L[4] + fourth * L[6])));
    s * (half_square + (odd + even)) + exponent * LN2_LO - half_square + f + exponent * LN2_HI
}

#[cfg(test)]
mod tests {
    use super::{exp_all, log_of_normal};
    use crate::random::{Purpose, stream, uniform};

    /// How many numbers lie between two of one sign.
    fn ulps(a: f64, b: f64) -> u64 {
        a.to_bits().abs_diff(b.to_bits())
    }

    #[test]
    fn exponentials_are_within_an_ulp_of_those_of_libm() {
        let mut rng = stream(3, Purpose::Prices, 0);
        for width in [1e-9, 0.01, 0.5, 3.0, 40.0, 700.0] {
            let x: Vec<f64> = (0..300_000).map(|_| width * (2.0 * uniform(&mut rng) - 1.0)).collect();
            let mut e = x.clone();
            exp_all(&mut e);
            for (x, e) in x.iter().zip(e) {
                let exact = libm::exp(*x);
                assert!(ulps(e, exact) <= 1, "exp({x:e}) = {e:e}, not {exact:e}");
            }
        }
    }

    #[test]
    fn exponentials_at_the_ends_of_the_range() {
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        let mut x = [0.0, -0.0, inf, -inf, nan, 709.7, 709.9, -708.0, -740.0, -745.0, -746.5, 1e300, -1e300, 1e-320];
        let exact = x.map(libm::exp);
        exp_all(&mut x);
        for (e, exact) in x.into_iter().zip(exact) {
            assert!(ulps(e, exact) <= 1 || (e.is_nan() && exact.is_nan()), "{e:e} {exact:e}");
        }
    }

    #[test]
    fn logarithms_have_the_bits_of_libm() {
        let mut rng = stream(4, Purpose::Prices, 0);
        for exponent in -60..60 {
            for _ in 0..5_000 {
                let x = libm::ldexp(0.5 + uniform(&mut rng), exponent);
                assert_eq!(log_of_normal(x).to_bits(), libm::log(x).to_bits(), "{x:e}");
            }
        }
        for x in [1.0, 0.5, 2.0, f64::MIN_POSITIVE, f64::MAX, 1.0 - f64::EPSILON / 2.0, 1.0 + f64::EPSILON] {
            assert_eq!(log_of_normal(x).to_bits(), libm::log(x).to_bits(), "{x:e}");
        }
    }
}

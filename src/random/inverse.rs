//! Standard normals by inversion of their distribution function, to about 1e-16 (Wichura, Applied Statistics 37, 1988,
//! AS 241), one by one or many at once with the same bits.
//!
//! Many at once: the rational of the centre (85 % of draws) is evaluated for all in vectors; the others are gathered,
//! evaluated in vectors with a logarithm of our own, and put back. There is no fused multiply-add, so vectors of any
//! width give the bits of the scalar code.
#![expect(
    clippy::inline_always,
    reason = "vectors need the whole expression in the loop of the multiversioned function"
)]

use super::elementary::log_of_normal;
use super::uniform;
use rand::Rng;

/// Draws that are evaluated together.
const BLOCK: usize = 256;

/// Half the width of the centre, in probability.
const CENTRE_HALF: f64 = 0.425;

/// Below this probability the outer tail may be needed: a little above exp(-25).
const MAY_BE_FAR: f64 = 2e-11;

/// The inverse of the standard normal distribution function, for `p` strictly between 0 and 1.
#[must_use]
pub fn inverse_normal(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= CENTRE_HALF {
        return centre(q);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = root_of_log(tail);
    let x = if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    if q < 0.0 { -x } else { x }
}

/// Fills `out` with standard normals: the values, bit for bit, of as many calls of [`super::normal`].
pub fn fill_normals<R: Rng + ?Sized>(rng: &mut R, out: &mut [f64]) {
    for block in out.chunks_mut(BLOCK) {
        for p in &mut *block {
            *p = uniform(rng);
        }
        invert(block);
    }
}

/// [`inverse_normal`] of up to [`BLOCK`] probabilities, in place.
#[multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx2", "aarch64+neon"))]
fn invert(block: &mut [f64]) {
    let mut is_tail = [0_u8; BLOCK];
    for (is_tail, p) in is_tail.iter_mut().zip(&*block) {
        *is_tail = u8::from((p - 0.5).abs() > CENTRE_HALF);
    }
    let (mut places, mut tails) = ([0_u8; BLOCK], [0.5; BLOCK]);
    let mut count = 0;
    for (first, eights) in (0..).step_by(64).zip(is_tail.as_chunks::<8>().0.chunks(8)) {
        let mut left = eights.iter().rev().fold(0, |bits, eight| (bits << 8) | bits_of(*eight));
        // One branch for 64 draws that cannot be foretold: the last.
        while left != 0 {
            let at = first + left.trailing_zeros() as usize;
            (places[count], tails[count]) = (at as u8, block[at]);
            left &= left - 1;
            count += 1;
        }
    }
    for x in &mut *block {
        *x = centre(*x - 0.5);
    }
    // Whole vectors; what is beyond the last tail goes nowhere.
    for eight in tails[..count.next_multiple_of(8)].as_chunks_mut::<8>().0 {
        for x in eight {
            *x = middle(*x);
        }
    }
    for (&place, &x) in places[..count].iter().zip(&tails) {
        // No tail is within 1 of 0: what is, is still a probability.
        block[usize::from(place)] = if x.abs() < 1.0 { inverse_normal(x) } else { x };
    }
}

/// Eight bytes that are 0 or 1 as bits, the first lowest. The product brings bit 0 of byte k to bit 56 + k and leaves
/// nothing else that reaches the last byte.
#[inline(always)]
fn bits_of(bytes: [u8; 8]) -> u64 {
    u64::from_le_bytes(bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[inline(always)]
fn centre(q: f64) -> f64 {
    q * ratio(&CENTRE, 0.180_625 - q * q)
}

/// The normal of a probability outside the centre; the probability itself where it may be in the outer tail.
#[inline(always)]
fn middle(p: f64) -> f64 {
    let tail = if p < 0.5 { p } else { 1.0 - p };
    let x = ratio(&MIDDLE, root_of_log(tail) - 1.6);
    let x = if p < 0.5 { -x } else { x };
    if tail < MAY_BE_FAR { p } else { x }
}

#[inline(always)]
fn root_of_log(p: f64) -> f64 {
    (-log_of_normal(p)).sqrt()
}

#[inline(always)]
fn ratio([above, below]: &[[f64; 8]; 2], r: f64) -> f64 {
    polynomial(above, r) / polynomial(below, r)
}

#[inline(always)]
fn polynomial(c: &[f64; 8], r: f64) -> f64 {
    ((((((c[7] * r + c[6]) * r + c[5]) * r + c[4]) * r + c[3]) * r + c[2]) * r + c[1]) * r + c[0]
}

#[rustfmt::skip]
const CENTRE: [[f64; 8]; 2] = [
    [3.387_132_872_796_366_5, 133.141_667_891_784_38, 1_971.590_950_306_551_3, 13_731.693_765_509_46,
     45_921.953_931_549_87, 67_265.770_927_008_7, 33_430.575_583_588_13, 2_509.080_928_730_122_7],
    [1.0, 42.313_330_701_600_91, 687.187_007_492_057_9, 5_394.196_021_424_751, 21_213.794_301_586_597,
     39_307.895_800_092_71, 28_729.085_735_721_943, 5_226.495_278_852_854],
];
#[rustfmt::skip]
const MIDDLE: [[f64; 8]; 2] = [
    [1.423_437_110_749_683_5, 4.630_337_846_156_546, 5.769_497_221_460_691, 3.647_848_324_763_204_5,
     1.270_458_252_452_368_4, 0.241_780_725_177_450_6, 0.022_723_844_989_269_184, 7.745_450_142_783_414e-4],
    [1.0, 2.053_191_626_637_759, 1.676_384_830_183_803_8, 0.689_767_334_985_1, 0.148_103_976_427_480_08,
     0.015_198_666_563_616_457, 5.475_938_084_995_345e-4, 1.050_750_071_644_416_9e-9],
];
#[rustfmt::skip]
const FAR: [[f64; 8]; 2] = [
    [6.657_904_643_501_103, 5.463_784_911_164_114, 1.784_826_539_917_291_3, 0.296_560_571_828_504_87,
     0.026_532_189_526_576_124, 0.001_242_660_947_388_078_4, 2.711_555_568_743_487_6e-5, 2.010_334_399_292_288_1e-7],
    [1.0, 0.599_832_206_555_888, 0.136_929_880_922_735_8, 0.014_875_361_290_850_615, 7.868_691_311_456_133e-4,
     1.846_318_317_510_054_8e-5, 1.421_511_758_316_446e-7, 2.044_263_103_389_939_8e-15],
];

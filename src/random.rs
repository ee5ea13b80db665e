//! Random streams keyed by (seed, purpose, path): never by thread, chunk or order of use. Any path can be drawn
//! alone, fewer paths are a prefix of more, and two scenarios with one seed share their draws path by path.
//!
//! Normals come by inversion (Wichura 1988, AS 241), one uniform a normal, with `libm`'s logarithm: the ziggurat
//! of `rand_distr` calls the C library's `exp` and `ln`, whose last bit depends on the processor.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, RngExt, SeedableRng};

/// What a stream is for. Two purposes never share numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The price path.
    Prices = 1,
    /// Who the owners are; drawn once for all paths.
    Population = 2,
    /// When owners lose patience.
    Runs = 3,
    /// Order of processing, where the scenario says it is random.
    Order = 4,
    /// How stablecoins leave their pegs.
    Pegs = 5,
    /// Whether reserves in doubt are recovered.
    Reserves = 6,
    /// Which auctions of collateral nobody bids in.
    Auctions = 7,
}

/// The generator of every stream.
pub type Stream = Xoshiro256PlusPlus;

/// The stream of `purpose` for `path`.
#[must_use]
pub fn stream(seed: u64, purpose: Purpose, path: u64) -> Stream {
    part_of(seed, purpose, 0, path)
}

/// The stream of a part of `purpose`, below 2^56, for `path`; part 0 is [`stream`].
#[must_use]
pub fn part_of(seed: u64, purpose: Purpose, part: u64, path: u64) -> Stream {
    let mut key = [0u8; 32];
    let mut state = seed;
    for (word, salt) in key.chunks_exact_mut(8).zip([(part << 8) | purpose as u64, path, 0x5EED, 0xA11]) {
        state = mix(state ^ mix(salt));
        word.copy_from_slice(&state.to_le_bytes());
    }
    Stream::from_seed(key)
}

/// The finaliser of `SplitMix64`: a bijection that spreads every bit.
const fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A uniform strictly between 0 and 1, on a lattice of 2^-53.
pub fn uniform<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    const HALF: f64 = 0.5 / (1u64 << 52) as f64 / 2.0;
    rng.random::<f64>() + HALF
}

/// A standard normal.
pub fn normal<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    inverse_normal(uniform(rng))
}

/// An exponential of mean one.
pub fn exponential<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    -libm::log(uniform(rng))
}

/// The standard normal distribution function.
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// The inverse of the standard normal distribution function, to about 1e-16 (Wichura, Applied Statistics 37, 1988).
#[must_use]
pub fn inverse_normal(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(&CENTRE, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let x = if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    if q < 0.0 { -x } else { x }
}

fn ratio([above, below]: &[[f64; 8]; 2], r: f64) -> f64 {
    let poly = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, c| sum * r + c);
    poly(above) / poly(below)
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

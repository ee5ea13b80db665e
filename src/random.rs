//! Random streams keyed by (seed, purpose, path): never by thread, chunk or order of use. Any path can be drawn
//! alone, fewer paths are a prefix of more, and two scenarios with one seed share their draws path by path.
//!
//! Normals come by inversion ([`inverse`]), one uniform a normal, so that a uniform mirrored at 1/2 mirrors the normal
//! and a point of a net stays one. The ziggurat of `rand_distr` does neither, and calls the C library's `exp` and
//! `ln`, whose last bit depends on the processor.
//!
//! What stands behind a price path is a [`Sampling`]: independent streams, pairs of mirrored ones, or scrambled nets.

pub mod bridge;
pub mod elementary;
pub mod inverse;
pub mod sampling;
pub mod sobol;
pub mod student;

pub use inverse::{fill_normals, inverse_normal};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
pub use sampling::{Draws, Sampling};

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
    /// How far prices go within steps.
    Between = 8,
}

/// The generator of every stream.
pub type Stream = Xoshiro256PlusPlus;

/// A generator that may want its normals spent on the shape of a path before its detail.
pub trait Source: Rng {
    /// Whether its first draws are its best, so that [`bridge::increments`] should build paths from coarse to fine.
    fn best_first(&self) -> bool {
        false
    }
}

impl Source for Stream {}

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

/// A uniform strictly between 0 and 1, on the lattice of odd multiples of 2^-53. The complement of the generator's bits
/// gives exactly one less the uniform.
#[inline]
pub fn uniform<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    const ONE: u64 = 1.0_f64.to_bits();
    const LESS: f64 = 1.0 - f64::EPSILON / 2.0;
    f64::from_bits((rng.next_u64() >> 12) | ONE) - LESS
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

//! Points of Sobol's sequence in base 2 with the direction numbers of Joe and Kuo (2008, SIAM J. Sci. Comput. 30, set
//! `new-joe-kuo-6.21201`), scrambled as Owen (1995) says: digit by digit from the first, each flipped or not by a coin that
//! depends on the digits before it. A scrambled point is uniform, so that means over points are unbiased; the points of one
//! scramble remain a net, so that they are even; scrambles are independent, so that their spread tells the error.
//!
//! Points are addressed by index, none needs the one before. The coins come from a hash of (key of the scramble, dimension,
//! digits so far), no table of coins is kept. Joe and Kuo give 32 digits; those beyond, to the 52 that a uniform has,
//! are coins that depend on all 32.
//!
//! The sequence has 21,201 dimensions, one a draw; what is drawn after them is pseudo-random.

use super::{Source, Stream, mix};
use rand::{Rng, TryRng};
use sobol::Sobol;
use sobol::params::JoeKuoD6;
use std::convert::Infallible;
use std::sync::OnceLock;

/// Dimensions of the sequence.
pub const DIMENSIONS: usize = 21_201;

/// Digits of a coordinate.
const DIGITS: u32 = 32;

/// The step of `SplitMix64`: with it, [`mix`] of a key and a count are the numbers of that generator.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

type Directions = [u32; DIGITS as usize];

/// Direction numbers by dimension, the first digit in the highest bit. Read once: 3 MB.
fn directions() -> &'static [Directions] {
    static TABLE: OnceLock<Vec<Directions>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let numbers = Sobol::<u32>::init_direction_vals::<u32>(DIMENSIONS, DIGITS as usize, &JoeKuoD6::extended());
        numbers.into_iter().map(|numbers| numbers.try_into().expect("32 numbers a dimension")).collect()
    })
}

/// A coordinate of a point of the sequence as published, in Gray-code order: 32 binary digits, the first highest.
///
/// # Panics
/// If there is no such dimension.
#[must_use]
pub fn coordinate(dimension: usize, index: u32) -> u32 {
    gray(&directions()[dimension], index)
}

fn gray(directions: &Directions, index: u32) -> u32 {
    let mut left = index ^ (index >> 1);
    let mut digits = 0;
    while left != 0 {
        digits ^= directions[left.trailing_zeros() as usize];
        left &= left - 1;
    }
    digits
}

/// Owen's scramble: 64 digits from 32.
fn scramble(digits: u32, key: u64) -> u64 {
    let coin = |node: u64| mix(key.wrapping_add(node.wrapping_mul(GOLDEN)));
    // Nodes of the binary tree of digits so far, 1 at the root; node 2^32 + digits is the leaf.
    let leaf = (1 << DIGITS) | u64::from(digits);
    let mut flips = 0;
    for digit in 0..DIGITS {
        flips = (flips << 1) | (coin(leaf >> (DIGITS - digit)) >> 63);
    }
    ((u64::from(digits) ^ flips) << DIGITS) | (coin(leaf) >> DIGITS)
}

/// A scrambled point as a generator: each draw is the next coordinate.
#[derive(Clone, Debug)]
pub struct Point {
    directions: &'static [Directions],
    key: u64,
    index: u32,
    dimension: usize,
    beyond: Stream,
}

impl Point {
    /// The point at `index` of the scramble with that key; `beyond` is what follows the last dimension.
    #[must_use]
    pub fn new(key: u64, index: u32, beyond: Stream) -> Self {
        Self { directions: directions(), key, index, dimension: 0, beyond }
    }
}

impl TryRng for Point {
    type Error = Infallible;

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let Some(directions) = self.directions.get(self.dimension) else { return Ok(self.beyond.next_u64()) };
        self.dimension += 1;
        Ok(scramble(gray(directions, self.index), mix(self.key ^ mix(self.dimension as u64))))
    }

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next_u64() >> 32) as u32)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_u64().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl Source for Point {
    fn best_first(&self) -> bool {
        true
    }
}

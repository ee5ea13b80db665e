//! How price paths are sampled, and which of them are independent of each other: what an error may be told from.
//!
//! - `random`: every path has a stream of its own.
//! - `antithetic`: paths 2k and 2k + 1 share the stream of path 2k, the second with every bit turned over, so that a
//!   uniform u becomes 1 - u and a normal z becomes -z, exactly. Pairs are independent.
//! - `sobol`: path i is point i / R of scramble i mod R of Sobol's sequence ([`super::sobol`]). The R scrambles are
//!   independent.
//!
//! Only prices are sampled so; whatever else is random on a path stays independent of the other paths.

use super::sobol::Point;
use super::{Purpose, Source, Stream, part_of, stream};
use rand::{Rng, TryRng};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

/// How price paths are sampled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// Independent paths.
    #[default]
    Random,
    /// Pairs of mirrored paths.
    Antithetic,
    /// Scrambled Sobol points.
    Sobol {
        /// Independent scrambles.
        replicates: u32,
    },
}

/// The part of [`Purpose::Prices`] that scrambles are drawn from; paths are drawn from part 0.
const SCRAMBLES: u64 = 1;

impl Sampling {
    /// The generator of a path's prices.
    #[must_use]
    pub fn draws(self, seed: u64, path: u64) -> Draws {
        let own = |path| stream(seed, Purpose::Prices, path);
        match self {
            Self::Random => Draws::Random(own(path)),
            Self::Antithetic if path.is_multiple_of(2) => Draws::Random(own(path)),
            Self::Antithetic => Draws::Mirrored(own(path - 1)),
            Self::Sobol { replicates } => {
                let (index, replicate) = (path / u64::from(replicates), path % u64::from(replicates));
                let key = part_of(seed, Purpose::Prices, SCRAMBLES, replicate).next_u64();
                Draws::Sobol(Point::new(key, index as u32, own(path)))
            }
        }
    }

    /// Whether all paths are independent of each other.
    #[must_use]
    pub fn is_random(&self) -> bool {
        *self == Self::Random
    }

    /// The group that a path belongs to: paths of different groups are independent.
    #[must_use]
    pub fn group(self, path: usize) -> usize {
        match self {
            Self::Random => path,
            Self::Antithetic => path / 2,
            Self::Sobol { replicates } => path % replicates as usize,
        }
    }

    /// Groups among so many paths.
    #[must_use]
    pub fn groups(self, paths: usize) -> usize {
        match self {
            Self::Random => paths,
            Self::Antithetic => paths.div_ceil(2),
            Self::Sobol { replicates } => paths.min(replicates as usize),
        }
    }
}

/// The generator of a path's prices.
#[derive(Clone, Debug)]
pub enum Draws {
    /// A stream.
    Random(Stream),
    /// A stream with every bit turned over.
    Mirrored(Stream),
    /// The coordinates of a point.
    Sobol(Point),
}

impl TryRng for Draws {
    type Error = Infallible;

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(match self {
            Self::Random(stream) => stream.next_u64(),
            Self::Mirrored(stream) => !stream.next_u64(),
            Self::Sobol(point) => point.next_u64(),
        })
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

impl Source for Draws {
    fn best_first(&self) -> bool {
        matches!(self, Self::Sobol(_))
    }
}

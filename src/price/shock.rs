//! Scheduled shocks laid over a drawn path: a gap moves a coin for good, a depeg moves a stablecoin and wears off.
//!
//! After a depeg to price `P` of a coin pegged at `A`, the price `t` later is multiplied by
//!
//! ```text
//! (P / A)^(2^(-t / half_life))
//! ```
//!
//! so that its log-distance from the peg halves every half-life. A later depeg of the same coin takes the place of the
//! earlier one. Pushes belong to [`super::peg`]; all other shocks are no prices and are left to the engine.

use super::PricePath;
use crate::scenario::{Coin, Shock, ShockKind};

/// Lays the gaps and depegs of `shocks` (by rising step) over `path`. Steps beyond the path's end are ignored.
pub fn apply(shocks: &[Shock], coins: &[Coin], step_seconds: f64, path: &mut PricePath) {
    for (position, shock) in shocks.iter().enumerate() {
        match shock.kind {
            ShockKind::Gap { coin, log_return } => {
                let factor = libm::exp(log_return);
                path.scale(coin.index(), shock.step, usize::MAX, |_| factor);
            }
            ShockKind::Depeg { coin, price_usd, half_life } => {
                let same = |s: &&Shock| matches!(s.kind, ShockKind::Depeg { coin: other, .. } if other == coin);
                let until = shocks[position + 1..].iter().find(same).map_or(usize::MAX, |next| next.step);
                let log_distance = libm::log(price_usd / coins[coin.index()].opening_usd);
                path.scale(coin.index(), shock.step, until, |steps| {
                    libm::exp(log_distance * libm::exp2(-(steps as f64 * step_seconds / half_life)))
                });
            }
            _ => {}
        }
    }
}

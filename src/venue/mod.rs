//! Venues: places with rules. Each file is one kind and acts on the [`crate::world::World`] of a path.

pub mod adl;
pub mod amm;
mod backstop;
pub mod bracket;
pub mod claims;
pub mod clearing;
pub mod collateral;
pub mod desk;
pub mod fund;
pub mod funding;
pub mod futures;
pub mod gas;
pub mod issuer;
pub mod lending;
pub mod liquidation;
pub mod margin;
pub mod peers;
pub mod router;
pub mod savings;
pub mod swap;
pub mod theft;
pub mod vault;
pub mod window;

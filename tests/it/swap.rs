//! Constant product to the unit: the contract's own vectors, properties at the edges of its numbers, arbitrage and P13.

mod arbitrage;
mod contract;
mod properties;
mod value;

//! The margin arithmetic of futures venues against the exchange's own examples and formulas.

mod account;
mod close;
mod files;
mod golden;
mod liquidation;
mod plan;

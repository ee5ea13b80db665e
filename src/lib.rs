//! rehypo: a stress-tester for leverage and rehypothecation.

pub mod calculator;
pub mod calibrate;
pub mod chart;
pub mod cli;
pub mod engine;
pub mod event;
pub mod id;
pub mod ledger;
pub mod market;
pub mod metric;
pub mod outcome;
pub mod population;
pub mod price;
pub mod random;
pub mod run;
pub mod scenario;
pub mod store;
pub mod unit;
pub mod venue;
pub mod world;

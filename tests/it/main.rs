//! The project's promises, one module each, in one binary (each binary that links polars costs seconds and disk).

mod charts;
mod cli;
mod config;
mod engine;
mod layers;
mod prices;
mod store;

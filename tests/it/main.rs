//! The project's promises, one module each, in one binary (each binary that links polars costs seconds and disk).

mod adl;
mod breaking;
mod charts;
mod cli;
mod config;
mod determinism;
mod engine;
mod fund;
mod layers;
mod lending;
mod margin;
mod notebooks;
mod prices;
mod small_run;
mod store;
mod sweep;
mod vault;

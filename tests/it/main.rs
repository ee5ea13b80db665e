//! The project's promises, one module each, in one binary (each binary that links polars costs seconds and disk).

mod adl;
mod breaking;
mod calibrate;
mod cascade;
mod charts;
mod clearing;
mod cli;
mod config;
mod determinism;
mod engine;
mod events;
mod fund;
mod layers;
mod lending;
mod margin;
mod market;
mod notebooks;
mod observed;
mod prices;
mod small_run;
mod store;
mod swap;
mod sweep;
mod vault;

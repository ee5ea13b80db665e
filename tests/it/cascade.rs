//! The cascade loop against laws that such loops obey exactly: the size law of a branching cascade, tipping points,
//! published fire sales, the loss distribution of a portfolio; and what is recorded of each cascade.

mod fire_sale;
mod ladder;
mod portfolio;
mod records;
mod size_law;
mod tipping;

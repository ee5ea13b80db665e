//! The cascade loop against laws that such loops obey exactly: the size law of a branching cascade, tipping points,
//! published fire sales, the loss distribution of a portfolio; and what is recorded of each cascade.

mod ladder;
mod size_law;
mod tipping;

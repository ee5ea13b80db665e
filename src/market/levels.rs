//! A book of discrete levels: what an order gets that walks it.

use crate::scenario::Level;

/// What an order got.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fill {
    /// Quantity filled, without sign; less than was asked for if the book ends or its prices pass the limit.
    pub quantity: f64,
    /// Mean price of it.
    pub price: f64,
}

/// Walks a side of a book, best level first, not beyond the price `limit`: bids for a quantity below zero, asks for one
/// above. None if nothing fills.
#[must_use]
pub fn walk(levels: &[Level], quantity: f64, limit: f64) -> Option<Fill> {
    let within = |price: f64| if quantity < 0.0 { price >= limit } else { price <= limit };
    let (mut left, mut paid) = (quantity.abs(), 0.0);
    for level in levels.iter().take_while(|level| within(level.price)) {
        let taken = level.quantity.min(left);
        paid += taken * level.price;
        left -= taken;
    }
    let filled = quantity.abs() - left;
    (filled > 0.0).then(|| Fill { quantity: filled, price: paid / filled })
}

//! A futures venue's backstop: it takes its share of every liquidation order at the mark, so that only the rest meets the
//! book, and works off what it holds at the end of each step, in the same book, by a half-life. It is a party outside:
//! what it takes and sells again stays with the outside in the ledger, and only its orders matter.

use crate::world::World;

impl World<'_> {
    /// Share of each liquidation order that does not meet the book.
    pub(super) fn backed_share(&self, venue: usize) -> f64 {
        self.scenario.futures[venue].liquidation.backstop.map_or(0.0, |terms| terms.share)
    }

    /// Price of an order of which the backstop takes that share at the mark and the book gives `book` for the rest; both in
    /// one unit. Without a backstop it is the book's, to the bit.
    pub(super) fn backed_price(share: f64, mark: f64, book: f64) -> f64 {
        if share == 0.0 { book } else { share * mark + (1.0 - share) * book }
    }

    /// The backstop takes over contracts of closes: negative where it bought them from longs.
    pub(super) fn note_absorbed(&mut self, venue: usize, contract: usize, quantity: f64) {
        self.futures[venue].backstop[contract] -= quantity;
    }

    /// Ends a step: the backstop works off its part of what it holds. In a halt it does not trade.
    pub(super) fn work_off(&mut self, venue: usize) {
        let Some(terms) = self.scenario.futures[venue].liquidation.backstop else { return };
        if self.is_halted(venue) {
            return;
        }
        for contract in 0..self.futures[venue].backstop.len() {
            let order = -self.futures[venue].backstop[contract] * terms.work_off;
            if order != 0.0 {
                self.execute(venue, contract, order);
                self.futures[venue].backstop[contract] += order;
            }
        }
    }
}

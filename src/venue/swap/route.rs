//! How a sale is split over an order book and pools with constant product, so that it brings the most.
//!
//! What a pool gives is concave in what is paid in, and so is what a book gives: the best split has the same marginal price
//! wherever something goes (Angeris, Evans, Chitra and Boyd, "Optimal routing for constant function market makers", 2022).
//! Among pools the marginal price p is where `sqrt(1 / p) = (amount + sum R_in / kept) / sum sqrt(R_in R_out / kept)`, the sums
//! over the pools used: pools of equal fee act as one with their reserves summed. Between pools and book it is found by
//! bisection. A hop through a pool has a fixed cost, which makes the choice of pools a combinatorial one: every subset is tried.

/// A pool seen by who pays one side in; reserves in any units.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// Reserve of what is paid in.
    pub reserve_in: f64,
    /// Reserve of what comes out.
    pub reserve_out: f64,
    /// Share of what is paid in that is swapped: 1 less the fee.
    pub kept: f64,
}

impl Pool {
    /// What comes out for what is paid in.
    #[must_use]
    pub fn out(&self, paid: f64) -> f64 {
        self.kept * paid * self.reserve_out / (self.reserve_in + self.kept * paid)
    }

    /// What comes out per unit for the last unit paid in.
    #[must_use]
    pub fn last(&self, paid: f64) -> f64 {
        let deep = self.reserve_in + self.kept * paid;
        self.kept * self.reserve_in * self.reserve_out / (deep * deep)
    }

    /// What can be paid in until the last unit brings no more than `price`.
    fn room(&self, price: f64) -> f64 {
        (((self.kept * self.reserve_in * self.reserve_out / price).sqrt() - self.reserve_in) / self.kept).max(0.0)
    }
}

/// An order book seen by who sells: what a sale brings in all and what its last unit brings, in what pools pay out.
pub trait Book {
    /// What a sale brings.
    fn brings(&self, amount: f64) -> f64;
    /// What its last unit brings.
    fn last(&self, amount: f64) -> f64;
}

/// Parts of `amount` that go to each pool; the rest goes to the book. `hop` is the cost of using a pool, in what comes out.
#[must_use]
pub fn split(pools: &[Pool], book: &impl Book, amount: f64, hop: f64) -> Vec<f64> {
    let mut best = (book.brings(amount), vec![0.0; pools.len()]);
    for subset in 1..1_u32 << pools.len() {
        let used: Vec<_> = (0..pools.len()).filter(|i| subset & (1 << i) != 0).collect();
        let chosen: Vec<_> = used.iter().map(|&i| pools[i]).collect();
        let parts = level(&chosen, book, amount);
        let swapped: f64 = parts.iter().sum();
        let out: f64 = chosen.iter().zip(&parts).map(|(pool, part)| pool.out(*part)).sum();
        let brings = book.brings((amount - swapped).max(0.0)) + out - hop * used.len() as f64;
        if brings > best.0 {
            let mut all = vec![0.0; pools.len()];
            used.iter().zip(parts).for_each(|(&i, part)| all[i] = part);
            best = (brings, all);
        }
    }
    best.1
}

/// Parts at which the last unit brings the same in every pool and in the book.
fn level(pools: &[Pool], book: &impl Book, amount: f64) -> Vec<f64> {
    const HALVINGS: u32 = 100;
    let pools_earn_more = |swapped: f64| price(pools, swapped) > book.last(amount - swapped);
    let (mut low, mut high) = (0.0, amount);
    if pools_earn_more(amount) {
        low = amount;
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if pools_earn_more(middle) { low = middle } else { high = middle }
    }
    if low == 0.0 {
        return vec![0.0; pools.len()];
    }
    let at = price(pools, low);
    pools.iter().map(|pool| pool.room(at)).collect()
}

/// What the last unit brings if `amount` is split over pools alone.
fn price(pools: &[Pool], amount: f64) -> f64 {
    let mut order: Vec<_> = pools.iter().collect();
    order.sort_by(|a, b| b.last(0.0).total_cmp(&a.last(0.0)));
    let (mut deep, mut roots, mut price) = (amount, 0.0, 0.0);
    for pool in order {
        if roots > 0.0 && pool.last(0.0) <= price {
            break;
        }
        deep += pool.reserve_in / pool.kept;
        roots += (pool.reserve_in * pool.reserve_out / pool.kept).sqrt();
        price = (roots / deep) * (roots / deep);
    }
    price
}

//! The integer rule: whole lots only, the budget covered with the least over-shoot, and then as near to pro rata as
//! that allows.
//!
//! Winners whose lots are worth the same form a *class*; a wave in one contract is one class. Choosing how many lots to
//! take of each class is a bounded knapsack problem, `min sum(m_k v_k) - B >= 0` over `0 <= m_k <= U_k`. Within a class
//! its lots are then shared out pro rata by capacity, largest remainder first, which is nearest to pro rata.
//!
//! The search starts from the pro-rata amount of each class and widens: all choices whose distance from pro rata,
//! `sum((m_k v_k - F_k)^2 / C_k)` with `F_k` the class's pro-rata amount and `C_k` its capacity, is within a radius
//! that quadruples until the budget is met within the tolerance or nothing is left out. It is exact for up to
//! [`SEARCHED`] classes unless it meets [`VISITS`] choices first; then the best choice met stands. That choice is never
//! worse than the first one, whose over-shoot is less than the least valuable lot that it leaves room for.

use super::fill::{fill, whole_lots};
use super::rules::{Allocation, ROUNDING, Winner, check, close};

/// Classes searched at most, those of the least valuable lots; the others keep the lots that they have at first.
const SEARCHED: usize = 16;
/// Choices visited at most.
const VISITS: u32 = 200_000;

/// Closes whole lots so that the budget is covered with the least over-shoot, and as near to pro rata by capacity as
/// that allows. If all lots together do not cover the budget, all are taken.
///
/// An over-shoot of up to `tolerance`, a share of the budget, counts as none. At 0 the over-shoot is the least there is,
/// if need be by moving haircuts from contract to contract; in a wave of one contract that makes no difference.
///
/// # Panics
/// If the budget, the tolerance or a winner is out of range, or a winner has no lot.
#[must_use]
pub fn integer(budget: f64, winners: &[Winner], tolerance: f64) -> Allocation {
    check(budget, winners);
    assert!(tolerance.is_finite() && tolerance >= 0.0, "a tolerance of {tolerance}");
    assert!(winners.iter().all(|winner| winner.lot_value().is_some()), "the integer rule needs the lot of each winner");
    let capacities: Vec<f64> = winners.iter().map(Winner::capacity).collect();
    let limits: Vec<f64> = winners.iter().zip(&capacities).map(|(winner, &c)| winner.in_lots(c)).collect();
    let shares = fill(budget, &capacities, &limits);
    let short = limits.iter().sum::<f64>() <= budget;
    let (members, classes) = classes(winners, &capacities, &limits, &shares);
    let lots = if short || classes.is_empty() {
        classes.iter().map(|class| class.most).collect()
    } else {
        Search::new(&classes, budget, tolerance).run(budget)
    };
    let (mut haircuts, mut contracts) = (vec![0.0; winners.len()], vec![0.0; winners.len()]);
    for ((members, class), lots) in members.iter().zip(&classes).zip(lots) {
        let pick = |of: &[f64]| members.iter().map(|&i| of[i]).collect::<Vec<f64>>();
        for (&i, share) in members.iter().zip(fill(lots * class.value, &pick(&capacities), &pick(&limits))) {
            haircuts[i] = share;
        }
        close(members, winners, &haircuts, &mut contracts);
    }
    Allocation::from_contracts(budget, winners, contracts)
}

/// Winners whose lots are worth the same.
#[derive(Clone, Copy, Debug)]
struct Class {
    /// What a lot is worth.
    value: f64,
    /// Lots that can be taken.
    most: f64,
    /// The class's pro-rata amount.
    fair: f64,
    /// Capacity of its winners.
    capacity: f64,
}

/// Members and sums of each class that has a lot to give, the most valuable lots first.
fn classes(winners: &[Winner], capacities: &[f64], limits: &[f64], shares: &[f64]) -> (Vec<Vec<usize>>, Vec<Class>) {
    let value = |i: usize| winners[i].lot_value().unwrap_or(0.0);
    let mut order: Vec<usize> = (0..winners.len()).filter(|&i| limits[i] > 0.0).collect();
    order.sort_by(|&a, &b| value(b).total_cmp(&value(a)).then(a.cmp(&b)));
    let members: Vec<Vec<usize>> = order.chunk_by(|&a, &b| value(a) == value(b)).map(<[usize]>::to_vec).collect();
    let class = |members: &Vec<usize>| {
        let sum = |of: &[f64]| members.iter().fold(0.0, |sum, &i| sum + of[i]);
        let value = value(members[0]);
        Class { value, most: whole_lots(sum(limits), value), fair: sum(shares), capacity: sum(capacities) }
    };
    let sums = members.iter().map(class).collect();
    (members, sums)
}

impl Class {
    /// Distance of so many lots from the pro-rata amount.
    fn distance(&self, lots: f64) -> f64 {
        let apart = lots * self.value - self.fair;
        apart * apart / self.capacity
    }
}

/// How many lots of each class.
#[derive(Clone, Debug)]
struct Choice {
    lots: Vec<f64>,
    over: f64,
    distance: f64,
}

/// The search for the best choice.
struct Search<'a> {
    classes: &'a [Class],
    /// What the classes from each on can give.
    rest: Vec<f64>,
    /// Lots of the classes before the present one.
    lots: Vec<f64>,
    best: Choice,
    /// An over-shoot that counts as none.
    none: f64,
    /// A difference that is rounding.
    dust: f64,
    radius: f64,
    /// Whether the radius cut anything off.
    cut: bool,
    visits: u32,
}

impl<'a> Search<'a> {
    fn new(classes: &'a [Class], budget: f64, tolerance: f64) -> Self {
        let mut rest = vec![0.0; classes.len() + 1];
        for (k, class) in classes.iter().enumerate().rev() {
            rest[k] = rest[k + 1] + class.most * class.value;
        }
        let best = first(classes, budget);
        let (lots, dust) = (best.lots.clone(), ROUNDING * budget);
        let none = (tolerance * budget).max(dust);
        Self { classes, rest, lots, best, none, dust, radius: 0.0, cut: false, visits: 0 }
    }

    /// Widens the radius until nothing nearer can be as good, everything has been seen, or the visits are used up.
    fn run(mut self, budget: f64) -> Vec<f64> {
        let start = self.classes.len().saturating_sub(SEARCHED);
        let given = self.classes.iter().zip(&self.lots).take(start);
        let (need, far) =
            given.fold((budget, 0.0), |(need, far), (c, lots)| (need - lots * c.value, far + c.distance(*lots)));
        self.radius = self.classes.iter().fold(far, |sum, c| sum + c.value * c.value / c.capacity);
        loop {
            self.cut = false;
            self.choose(start, need, far);
            if !self.cut || self.visits >= VISITS || self.met() && self.best.distance <= self.radius {
                return self.best.lots;
            }
            self.radius *= 4.0;
        }
    }

    /// Whether the budget is met: only distance can then be better.
    fn met(&self) -> bool {
        self.best.over <= self.none
    }

    /// Tries the lots of class `k` and, through them, of all after it, for what is still needed.
    fn choose(&mut self, k: usize, need: f64, distance: f64) {
        let class = self.classes[k];
        // Fewer lots leave more than the classes after it can give; more only over-shoot.
        let least = lots_to_cover(need - self.rest[k + 1], class.value);
        let most = lots_to_cover(need, class.value).max(whole_lots(need + self.none, class.value).max(0.0));
        let most = most.min(class.most);
        if least > most {
            return;
        }
        let mut above = (class.fair / class.value).round().clamp(least, most);
        if k + 1 == self.classes.len() {
            self.close(above, above * class.value - need, distance + class.distance(above));
            return;
        }
        let mut below = above - 1.0;
        // Outwards from the pro-rata number, the nearer side first.
        while self.visits < VISITS && (below >= least || above <= most) {
            let down = if below >= least { distance + class.distance(below) } else { f64::INFINITY };
            let up = if above <= most { distance + class.distance(above) } else { f64::INFINITY };
            let (lots, distance) = if up <= down { (above, up) } else { (below, down) };
            if distance > self.radius || self.met() && distance >= self.best.distance {
                self.cut |= distance > self.radius;
                return;
            }
            if up <= down {
                above += 1.0;
            } else {
                below -= 1.0;
            }
            self.visits += 1;
            self.lots[k] = lots;
            self.choose(k + 1, need - lots * class.value, distance);
        }
    }

    /// Ends a choice with the lots of the last class, and keeps it if it is the best so far.
    fn close(&mut self, last: f64, over: f64, distance: f64) {
        self.visits += 1;
        let counts = |over: f64| if over <= self.none { 0.0 } else { over };
        let (ours, theirs) = (counts(over), counts(self.best.over));
        let nearer = distance < self.best.distance * (1.0 - ROUNDING);
        if ours < theirs - self.dust || ours <= theirs + self.dust && nearer {
            let at = self.lots.len() - 1;
            self.lots[at] = last;
            self.best = Choice { lots: self.lots.clone(), over, distance };
        }
    }
}

/// The choice that the search starts with: pro-rata amounts in whole lots; what is left in lots as valuable as fit,
/// and the last bit with the least valuable lot that there is room for.
fn first(classes: &[Class], budget: f64) -> Choice {
    let mut lots: Vec<f64> = classes.iter().map(|c| whole_lots(c.fair, c.value).min(c.most)).collect();
    let mut left = classes.iter().zip(&lots).fold(budget, |left, (c, lots)| left - lots * c.value);
    for (class, lots) in classes.iter().zip(&mut lots) {
        let more = whole_lots(left.max(0.0), class.value).min(class.most - *lots);
        *lots += more;
        left -= more * class.value;
    }
    let smallest = classes.iter().zip(&mut lots).rev().find(|(class, lots)| **lots < class.most);
    if let Some((class, lots)) = smallest
        && left > ROUNDING * budget
    {
        *lots += 1.0;
        left -= class.value;
    }
    let distance = classes.iter().zip(&lots).fold(0.0, |sum, (class, lots)| sum + class.distance(*lots));
    Choice { lots, over: -left, distance }
}

/// The fewest lots that cover an amount; a hair above a whole number is that number.
fn lots_to_cover(amount: f64, lot: f64) -> f64 {
    (amount / lot * (1.0 - ROUNDING)).ceil().max(0.0)
}

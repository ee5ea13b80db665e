//! Who pays in a wave of auto-deleveraging: rules that share a loss out over the profitable side. Pure arithmetic.
//!
//! A wave has a *budget*: the loss that the profitable side must give up. Closing `q` contracts of winner `i` at the
//! deleveraging price instead of the mark takes `q * per_contract_i` of it, his *haircut* `h_i`. With `c_i` the
//! *capacity* of a winner (what can be taken without touching his principal) and `B` the budget:
//!
//! | rule | haircut |
//! |---|---|
//! | [`queue`] | whole positions, highest score first; makes no promise about principal |
//! | [`pro_rata`] | `h_i = B c_i / sum(c)` |
//! | [`capped_pro_rata`] | `h_i = c_i min(cap_i, level)`, the level such that the sum is `B` |
//! | [`risk_weighted`] | `h_i = min(c_i, level w_i)`, `w = equity * leverage * g(leverage)` |
//! | [`integer`] | whole lots: least over-shoot, then nearest to pro rata |
//!
//! Every rule takes `min(B, what its limits allow)`, so a budget beyond them takes all and leaves the rest uncovered.
//! Nothing here depends on the order of the winners but for ties, which the earlier winner takes first.
//!
//! *Lots.* A winner with a lot is closed in whole lots by every rule: his limit counts in whole lots, his haircut is
//! rounded down to them, and what all roundings left is given back a lot at a time, largest remainder first, until the
//! budget is covered (Hamilton's method). A budget of so many lots of one contract is met with just as many lots; else
//! the over-shoot is less than the lot given last. [`integer`] chooses better where lots differ in value.
//!
//! The rules but `queue` and `integer` are those of Chitra, "Autodeleveraging: Impossibilities and Optimization"
//! (arXiv:2512.01112v3, 2026). Money is in any one unit, USD or the settlement coin.

use super::fill::{fill, whole_lots};
pub use super::integer::integer;

/// What rounding may do to a sum, relative to it.
pub(super) const ROUNDING: f64 = 1e-12;

/// A position on the profitable side of a wave. The winners of one wave may stand in several contracts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Winner {
    /// Size of the position, contracts, above 0.
    pub contracts: f64,
    /// Smallest number of contracts that can be closed; any number if there is none.
    pub lot: Option<f64>,
    /// Haircut per contract closed: distance of the mark from the deleveraging price, above 0.
    pub per_contract: f64,
    /// Unrealised profit of the position; a loss is negative.
    pub profit: f64,
    /// Equity of the account.
    pub equity: f64,
    /// Effective leverage of the account, a multiple of its equity.
    pub leverage: f64,
    /// Rank in the queue, highest first.
    pub score: f64,
}

impl Winner {
    /// What closing the whole position takes.
    #[must_use]
    pub fn whole(&self) -> f64 {
        self.contracts * self.per_contract
    }

    /// What can be taken without touching principal: profit, as far as there is equity behind it, and no more than
    /// closing the whole position takes; 0 for a loser.
    #[must_use]
    pub fn capacity(&self) -> f64 {
        self.profit.min(self.equity).min(self.whole()).max(0.0)
    }

    /// What closing one lot takes.
    pub(super) fn lot_value(&self) -> Option<f64> {
        self.lot.map(|lot| lot * self.per_contract)
    }

    /// A limit in money, rounded down to whole lots.
    pub(super) fn in_lots(&self, limit: f64) -> f64 {
        self.lot_value().map_or(limit, |value| whole_lots(limit, value) * value)
    }
}

/// How a wave was shared out.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// Contracts to close of each winner, in the order in which the winners were given.
    pub contracts: Vec<f64>,
    /// Sum of all haircuts.
    pub taken: f64,
    /// What the budget exceeds `taken` by; 0 if by no more than rounding.
    pub uncovered: f64,
    /// What `taken` exceeds the budget by; 0 if by no more than rounding.
    pub over_shoot: f64,
    /// The winner with the largest haircut, the first among equals: whoever books the wave puts on him what the
    /// rounding of his books leaves, so that the budget balances to the last digit. None if nothing was taken.
    pub balances: Option<usize>,
}

/// Which leverage pays how much more under [`risk_weighted`]: `g(leverage) = max(0, leverage - above)^power`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RiskWeight {
    /// Leverage from which on a winner is weighted at all.
    pub above: f64,
    /// How fast the weight grows beyond that.
    pub power: f64,
}

/// Whole positions in the order of their scores until the budget is covered (the last one in part). Winners may lose
/// principal: a position is closed to the end even where that takes more than its profit.
///
/// # Panics
/// If the budget or a winner is out of range.
#[must_use]
pub fn queue(budget: f64, winners: &[Winner]) -> Allocation {
    check(budget, winners);
    let mut order: Vec<usize> = (0..winners.len()).collect();
    order.sort_by(|&a, &b| winners[b].score.total_cmp(&winners[a].score).then(a.cmp(&b)));
    let mut haircuts = vec![0.0; winners.len()];
    let mut left = budget;
    for i in order {
        haircuts[i] = winners[i].in_lots(winners[i].whole()).min(left);
        left -= haircuts[i];
    }
    Allocation::of(budget, winners, &haircuts)
}

/// Everybody gives up the same share of his capacity.
///
/// # Panics
/// If the budget or a winner is out of range.
#[must_use]
pub fn pro_rata(budget: f64, winners: &[Winner]) -> Allocation {
    check(budget, winners);
    let capacities: Vec<f64> = winners.iter().map(Winner::capacity).collect();
    level(budget, winners, &capacities, capacities.clone())
}

/// Everybody gives up the same share of his capacity, but winner `i` no more than the share `caps[i]`.
///
/// # Panics
/// If the budget, a winner or a cap (0 to 1, one for each winner) is out of range.
#[must_use]
pub fn capped_pro_rata(budget: f64, winners: &[Winner], caps: &[f64]) -> Allocation {
    check(budget, winners);
    assert!(caps.len() == winners.len(), "{} caps for {} winners", caps.len(), winners.len());
    assert!(caps.iter().all(|cap| (0.0..=1.0).contains(cap)), "caps on shares outside 0 to 1: {caps:?}");
    let capacities: Vec<f64> = winners.iter().map(Winner::capacity).collect();
    let limits = capacities.iter().zip(caps).map(|(capacity, cap)| capacity * cap).collect();
    level(budget, winners, &capacities, limits)
}

/// Risk-weighted pro rata (RAP): in proportion to `equity * leverage * g(leverage)`, nobody beyond his capacity; what
/// that keeps from some falls on the others by the same weights. Winners of no weight pay last, pro rata by capacity,
/// and only what all others together cannot.
///
/// # Panics
/// If the budget or a winner is out of range.
#[must_use]
pub fn risk_weighted(budget: f64, winners: &[Winner], weight: RiskWeight) -> Allocation {
    check(budget, winners);
    let weights: Vec<f64> = winners.iter().map(|winner| weight.of(winner)).collect();
    level(budget, winners, &weights, winners.iter().map(Winner::capacity).collect())
}

impl RiskWeight {
    fn of(&self, winner: &Winner) -> f64 {
        let beyond = winner.leverage - self.above;
        if beyond <= 0.0 {
            return 0.0;
        }
        (winner.equity * winner.leverage * libm::pow(beyond, self.power)).max(0.0)
    }
}

/// Fills everybody to one level of his weight within his limit, in whole lots; those without weight last, pro rata.
fn level(budget: f64, winners: &[Winner], weights: &[f64], mut limits: Vec<f64>) -> Allocation {
    for (limit, winner) in limits.iter_mut().zip(winners) {
        *limit = winner.in_lots(*limit);
    }
    let mut haircuts = fill(budget, weights, &limits);
    let left = budget - haircuts.iter().sum::<f64>();
    if left > ROUNDING * budget {
        let unweighted = |i: usize| if weights[i] > 0.0 { 0.0 } else { limits[i] };
        let last: Vec<f64> = (0..winners.len()).map(unweighted).collect();
        for (haircut, more) in haircuts.iter_mut().zip(fill(left, &last, &last)) {
            *haircut += more;
        }
    }
    Allocation::of(budget, winners, &haircuts)
}

impl Allocation {
    fn of(budget: f64, winners: &[Winner], haircuts: &[f64]) -> Self {
        let all: Vec<usize> = (0..winners.len()).collect();
        let mut contracts = vec![0.0; winners.len()];
        close(&all, winners, haircuts, &mut contracts);
        Self::from_contracts(budget, winners, contracts)
    }

    /// The sums of an allocation.
    pub(super) fn from_contracts(budget: f64, winners: &[Winner], mut contracts: Vec<f64>) -> Self {
        let (mut taken, mut largest, mut balances) = (0.0, 0.0, None);
        for (i, (winner, q)) in winners.iter().zip(&mut contracts).enumerate() {
            // A position of 0.3 in lots of 0.1 is three lots of a hair more.
            *q = q.min(winner.contracts);
            let haircut = *q * winner.per_contract;
            taken += haircut;
            if haircut > largest {
                (largest, balances) = (haircut, Some(i));
            }
        }
        let beyond_rounding = |x: f64| if x > ROUNDING * budget { x } else { 0.0 };
        let (uncovered, over_shoot) = (beyond_rounding(budget - taken), beyond_rounding(taken - budget));
        Self { contracts, taken, uncovered, over_shoot, balances }
    }
}

/// Turns the haircuts of some winners into contracts: whole lots, what rounding down loses given back by largest
/// remainder. Haircuts are within limits that count in whole lots, so there is room for the lot that was lost.
pub(super) fn close(some: &[usize], winners: &[Winner], haircuts: &[f64], contracts: &mut [f64]) {
    let mut cut = Vec::new();
    let (mut lost, mut sum) = (0.0, 0.0);
    for &i in some {
        let (winner, haircut) = (&winners[i], haircuts[i]);
        sum += haircut;
        let Some(lot) = winner.lot else {
            contracts[i] = haircut / winner.per_contract;
            continue;
        };
        let value = lot * winner.per_contract;
        let lots = whole_lots(haircut, value);
        contracts[i] = lots * lot;
        let remainder = haircut - lots * value;
        if remainder > ROUNDING * haircut {
            cut.push((remainder / value, i, lot));
            lost += remainder;
        }
    }
    cut.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, i, lot) in cut {
        if lost <= ROUNDING * sum {
            break;
        }
        contracts[i] += lot;
        lost -= lot * winners[i].per_contract;
    }
}

pub(super) fn check(budget: f64, winners: &[Winner]) {
    assert!(budget.is_finite() && budget >= 0.0, "a budget of {budget} to be taken from the profitable side");
    for (i, winner) in winners.iter().enumerate() {
        let positive = [winner.contracts, winner.per_contract, winner.lot.unwrap_or(1.0)];
        let finite = [winner.profit, winner.equity, winner.leverage, winner.score];
        assert!(
            positive.iter().all(|x| x.is_finite() && *x > 0.0) && finite.iter().all(|x| x.is_finite()),
            "winner {i} is out of range: {winner:?}"
        );
    }
}

//! Who holds whose claims, and the components of that: sparse, by holder.

use super::ClaimsError;
use super::components::components;

/// Share of what was issued by which holdings may exceed it: more than rounding of sums can do.
const OVERHELD_WITHIN: f64 = 1e-9;

/// Share of what was issued that is not held by anybody when it is less than this: it is rounding of sums.
const HELD_WITHIN: f64 = 1e-12;

#[derive(Clone, Debug)]
pub(super) struct Network {
    /// Holdings of holder i stand at `starts[i]..starts[i + 1]`.
    starts: Vec<usize>,
    holdings: Vec<(usize, f64)>,
    /// Issuers component by component, a component after those whose claims it holds.
    order: Vec<usize>,
    /// First of each component in `order`, and the end.
    bounds: Vec<usize>,
    /// Component of each issuer, and its place in it.
    places: Vec<(usize, usize)>,
}

pub(super) fn check(issuer: usize, what: &'static str, value: f64) -> Result<(), ClaimsError> {
    if value.is_finite() && value >= 0.0 { Ok(()) } else { Err(ClaimsError::Amount { issuer, what, value }) }
}

impl Network {
    /// `held` lists (holder, issuer, amount); amounts of zero are left out.
    pub(super) fn new(issuers: usize, held: &[(usize, usize, f64)]) -> Result<Self, ClaimsError> {
        let mut starts = vec![0; issuers + 1];
        for &(holder, issuer, amount) in held {
            if let Some(issuer) = [holder, issuer].into_iter().find(|&i| i >= issuers) {
                return Err(ClaimsError::Unknown { issuer, issuers });
            }
            check(holder, "claims held", amount)?;
            if amount > 0.0 {
                if holder == issuer {
                    return Err(ClaimsError::SelfHeld { issuer });
                }
                starts[holder + 1] += 1;
            }
        }
        (0..issuers).for_each(|i| starts[i + 1] += starts[i]);
        let mut free = starts.clone();
        let mut holdings = vec![(0, 0.0); starts[issuers]];
        for &(holder, issuer, amount) in held.iter().filter(|held| held.2 > 0.0) {
            holdings[free[holder]] = (issuer, amount);
            free[holder] += 1;
        }
        let (order, bounds) = components(&starts, &holdings);
        let mut places = vec![(0, 0); issuers];
        for (component, ends) in bounds.windows(2).enumerate() {
            order[ends[0]..ends[1]].iter().enumerate().for_each(|(place, &i)| places[i] = (component, place));
        }
        Ok(Self { starts, holdings, order, bounds, places })
    }

    /// Takes the amounts of `held`, sorted by holder, in the place of its own; false, and nothing has changed, if not the same
    /// issuers hold claims of the same others in the same order.
    pub(super) fn replace(&mut self, held: &[(usize, usize, f64)]) -> bool {
        if !held.iter().all(|held| held.2.is_finite() && held.2 >= 0.0) {
            return false;
        }
        let positive = || held.iter().filter(|held| held.2 > 0.0);
        let places = (0..self.places.len()).flat_map(|i| (self.starts[i]..self.starts[i + 1]).map(move |at| (i, at)));
        let mut edges = places.map(|(holder, at)| (holder, self.holdings[at].0));
        if !positive().all(|&(holder, issuer, _)| edges.next() == Some((holder, issuer))) || edges.next().is_some() {
            return false;
        }
        self.holdings.iter_mut().zip(positive()).for_each(|(holding, held)| holding.1 = held.2);
        true
    }

    /// Claims that i holds: issuer and amount.
    pub(super) fn held(&self, i: usize) -> impl Iterator<Item = (usize, f64)> {
        self.holdings[self.starts[i]..self.starts[i + 1]].iter().copied()
    }

    /// The same claims with `amount(issuer, amount)` instead of each amount.
    pub(super) fn map(&self, amount: impl Fn(usize, f64) -> f64) -> Self {
        Self { holdings: self.holdings.iter().map(|&(j, held)| (j, amount(j, held))).collect(), ..self.clone() }
    }

    /// Members of each component, a component after those whose claims it holds.
    pub(super) fn components(&self) -> impl Iterator<Item = &[usize]> {
        self.bounds.windows(2).map(|ends| &self.order[ends[0]..ends[1]])
    }

    /// Whether two issuers are in one component.
    pub(super) fn together(&self, i: usize, j: usize) -> bool {
        self.places[i].0 == self.places[j].0
    }

    /// Place of an issuer among the members of its component.
    pub(super) fn member(&self, i: usize) -> usize {
        self.places[i].1
    }

    /// What is held of each issuer's claims, of which there are `issued`, outside its component: by members of others, and
    /// by nobody in the network. Exactly zero where the component holds all.
    pub(super) fn elsewhere(&self, issued: &[f64]) -> Result<Vec<f64>, ClaimsError> {
        let (mut held, mut others) = (vec![0.0; issued.len()], vec![0.0; issued.len()]);
        for i in 0..issued.len() {
            for (j, amount) in self.held(i) {
                held[j] += amount;
                others[j] += if self.together(i, j) { 0.0 } else { amount };
            }
        }
        for (issuer, (&held, &issued)) in held.iter().zip(issued).enumerate() {
            if held > issued * (1.0 + OVERHELD_WITHIN) {
                return Err(ClaimsError::Overheld { issuer, held, issued });
            }
            if issued - held > issued * HELD_WITHIN {
                others[issuer] += issued - held;
            }
        }
        Ok(others)
    }
}

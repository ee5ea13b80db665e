//! What claims that hold one another are worth. Pure: balance sheets in, recoveries out.
//!
//! Issuer i owes `nominal[i]`, owns `outside[i]` of what is no claim of this network, and holds claims of other issuers.
//! Its recovery, the share of par that its claims are paid, is
//!
//! ```text
//! r_i = 1                                                            if outside_i + sum_j held_ij r_j >= nominal_i
//!     = (costs.outside outside_i + costs.claims sum_j held_ij r_j) / nominal_i                           otherwise
//! ```
//!
//! with at least one solution, a greatest and a least. Both are found exactly, in finitely many eliminations: strongly
//! connected components in the order of who holds whom, so that a chain costs one visit an edge, and inside a component
//! the linear system of those in default, which grows issuer by issuer. Where claims back one another the two can differ:
//! without default costs if and only if nothing from outside reaches issuers that hold all of their own claims among
//! themselves.
//!
//! References: Eisenberg and Noe, "Systemic risk in financial systems" (2001): greatest and least clearing vector,
//! fictitious default; Rogers and Veraart, "Failure and rescue in an interbank network" (2013): default costs; Elliott,
//! Golub and Jackson, "Financial networks and contagion" (2014): gross and net value, see [`look_through`].

mod components;
mod flow;
pub mod look_through;
mod network;

use flow::Flow;
use network::Network;
use std::iter::zip;

/// An issuer whose assets fall short by less than this share of what it owes is solvent: it is rounding.
const SOLVENT_WITHIN: f64 = 1e-12;

/// Balance sheets that do not fit together. Issuers count from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClaimsError {
    /// Not one number for each issuer.
    #[error("{outside} values of outside assets for {nominal} issuers: expected one for each")]
    Length {
        /// Issuers.
        nominal: usize,
        /// Values given.
        outside: usize,
    },
    /// A number that is no amount.
    #[error("issuer {issuer}: {what} of {value}: expected a finite amount of at least 0")]
    Amount {
        /// Which issuer.
        issuer: usize,
        /// What the number was to be.
        what: &'static str,
        /// The number.
        value: f64,
    },
    /// A claim on or of an issuer that is not there.
    #[error("issuer {issuer} of a holding: expected less than {issuers}, the number of issuers")]
    Unknown {
        /// Which issuer.
        issuer: usize,
        /// Issuers.
        issuers: usize,
    },
    /// A claim that backs itself.
    #[error("issuer {issuer} holds its own claims: expected claims of others only")]
    SelfHeld {
        /// Which issuer.
        issuer: usize,
    },
    /// Holders have more than there is.
    #[error("{held} of the claims of issuer {issuer} are held by issuers: expected at most the {issued} there are")]
    Overheld {
        /// Which issuer.
        issuer: usize,
        /// What others hold of it.
        held: f64,
        /// What there is.
        issued: f64,
    },
}

/// What is left of an issuer's assets when it cannot pay in full: shares in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// Of its outside assets (Rogers and Veraart's alpha).
    pub outside: f64,
    /// Of the claims that it holds (their beta).
    pub claims: f64,
}

impl Costs {
    /// Default costs nothing (Eisenberg and Noe).
    pub const NONE: Self = Self { outside: 1.0, claims: 1.0 };
}

/// Issuers and the claims that they hold on one another, in one unit of account.
#[derive(Clone, Debug)]
pub struct Claims {
    nominal: Vec<f64>,
    outside: Vec<f64>,
    network: Network,
    /// Claims of each issuer that are held outside its component.
    elsewhere: Vec<f64>,
}

impl Claims {
    /// Issuer i owes `nominal[i]` and owns `outside[i]`; `held` lists (holder, issuer, claims at par), in any order. An
    /// issuer that also owes others, who rank before its claims, has outside what is left when those are paid.
    ///
    /// # Errors
    ///
    /// A [`ClaimsError`] if an amount is negative or not finite, an issuer is unknown or holds itself, or the claims of an
    /// issuer that are held exceed what it owes (by more than rounding).
    pub fn new(nominal: Vec<f64>, outside: Vec<f64>, held: &[(usize, usize, f64)]) -> Result<Self, ClaimsError> {
        check_sheets(&nominal, &outside)?;
        let network = Network::new(nominal.len(), held)?;
        let elsewhere = network.elsewhere(&nominal)?;
        Ok(Self { nominal, outside, network, elsewhere })
    }

    /// Takes other amounts. While the same issuers hold claims of the same others, and `held` lists them by rising holder
    /// in the same order, their components are not sought again.
    ///
    /// # Errors
    ///
    /// As for [`Claims::new`].
    pub fn renew(
        &mut self,
        nominal: Vec<f64>,
        outside: Vec<f64>,
        held: &[(usize, usize, f64)],
    ) -> Result<(), ClaimsError> {
        if nominal.len() == self.nominal.len() && self.network.replace(held) {
            check_sheets(&nominal, &outside)?;
            self.elsewhere = self.network.elsewhere(&nominal)?;
            (self.nominal, self.outside) = (nominal, outside);
        } else {
            *self = Self::new(nominal, outside, held)?;
        }
        Ok(())
    }

    /// What each issuer owns when recoveries are `recovery`.
    #[must_use]
    pub fn assets(&self, recovery: &[f64]) -> Vec<f64> {
        let claims = |i| self.network.held(i).map(|(j, amount)| amount * recovery[j]).sum::<f64>();
        self.outside.iter().enumerate().map(|(i, outside)| outside + claims(i)).collect()
    }

    /// Recoveries component by component, each solved by `solve`, with what the claims on earlier ones recover known.
    fn recover(&self, costs: Costs, solve: impl Fn(&Part, Costs) -> Vec<f64>) -> Vec<f64> {
        let in_range = |share: f64| (0.0..=1.0).contains(&share);
        assert!(in_range(costs.outside) && in_range(costs.claims), "default costs outside 0 to 1: {costs:?}");
        let mut recovery = vec![0.0; self.nominal.len()];
        for members in self.network.components() {
            let part = Part::new(self, costs, members, &recovery);
            let solved = if let [_] = members { vec![part.alone()] } else { solve(&part, costs) };
            zip(members, solved).for_each(|(&i, value)| recovery[i] = value);
        }
        recovery
    }
}

fn check_sheets(nominal: &[f64], outside: &[f64]) -> Result<(), ClaimsError> {
    if nominal.len() != outside.len() {
        return Err(ClaimsError::Length { nominal: nominal.len(), outside: outside.len() });
    }
    for (what, values) in [("claims", nominal), ("outside assets", outside)] {
        for (issuer, &value) in values.iter().enumerate() {
            network::check(issuer, what, value)?;
        }
    }
    Ok(())
}

/// The greatest recoveries: every issuer pays in full unless it cannot although all others pay what they then can.
///
/// # Panics
///
/// If a share of `costs` is not in 0..=1.
#[must_use]
pub fn greatest(claims: &Claims, costs: Costs) -> Vec<f64> {
    claims.recover(costs, Part::greatest)
}

/// The least recoveries: nobody counts a claim before money from outside has paid it.
///
/// # Panics
///
/// If a share of `costs` is not in 0..=1.
#[must_use]
pub fn least(claims: &Claims, costs: Costs) -> Vec<f64> {
    claims.recover(costs, Part::least)
}

/// A strongly connected component: issuers each of whom holds, directly or through others, claims of each other one.
/// Members count from 0.
struct Part {
    nominal: Vec<f64>,
    /// Assets of each beside the claims on members.
    assets: Vec<f64>,
    /// What of them is left in default.
    salvage: Vec<f64>,
    /// Claims of each that are held outside the component.
    elsewhere: Vec<f64>,
    /// (holder, issuer, claims at par), both members.
    held: Vec<(usize, usize, f64)>,
}

impl Part {
    fn new(claims: &Claims, costs: Costs, members: &[usize], recovery: &[f64]) -> Self {
        let mut part = Self {
            nominal: members.iter().map(|&i| claims.nominal[i]).collect(),
            assets: members.iter().map(|&i| claims.outside[i]).collect(),
            salvage: members.iter().map(|&i| claims.outside[i] * costs.outside).collect(),
            elsewhere: members.iter().map(|&i| claims.elsewhere[i]).collect(),
            held: Vec::new(),
        };
        for (holder, &i) in members.iter().enumerate() {
            for (j, amount) in claims.network.held(i) {
                if claims.network.together(i, j) {
                    part.held.push((holder, claims.network.member(j), amount));
                } else {
                    part.assets[holder] += amount * recovery[j];
                    part.salvage[holder] += costs.claims * (amount * recovery[j]);
                }
            }
        }
        part
    }

    fn pays(&self, i: usize, assets: f64) -> bool {
        assets >= self.nominal[i] * (1.0 - SOLVENT_WITHIN)
    }

    /// Recovery of the only member.
    fn alone(&self) -> f64 {
        if self.pays(0, self.assets[0]) { 1.0 } else { self.salvage[0] / self.nominal[0] }
    }

    fn greatest(&self, costs: Costs) -> Vec<f64> {
        self.fall(&self.assets, 1.0, costs.claims, &vec![false; self.nominal.len()])
    }

    /// From below: what defaulters pay each other when nobody but those known to be solvent is, at most par; whoever has
    /// enough then is solvent too. That inner system has no jumps, and one solution as soon as anything enters it (all of
    /// the component is reached by it, and issuers that hold all their own claims cannot all lack what they owe when
    /// something comes in from outside: Eisenberg and Noe, theorem 2), so it may be solved from above; if nothing enters,
    /// nothing is paid.
    fn least(&self, costs: Costs) -> Vec<f64> {
        let mut solvent = vec![false; self.nominal.len()];
        loop {
            let enters = solvent.contains(&true) || self.salvage.iter().any(|&salvage| salvage > 0.0);
            let recovery =
                if enters { self.fall(&self.salvage, costs.claims, 1.0, &solvent) } else { vec![0.0; solvent.len()] };
            let mut assets = self.assets.clone();
            self.held.iter().for_each(|&(i, j, amount)| assets[i] += amount * recovery[j]);
            // Those already paid in full are so whether they are called solvent or not.
            let news = |&i: &usize| !solvent[i] && recovery[i] < 1.0 && self.pays(i, assets[i]);
            let found: Vec<usize> = (0..assets.len()).filter(news).collect();
            if found.is_empty() {
                return recovery;
            }
            for i in found {
                solvent[i] = true;
            }
        }
    }

    /// Fictitious default: all pay in full; those who cannot are in default and pay what they then can; until nobody else
    /// is short. An issuer counts `assets`, and claims of members at `weight`; in default it is left with `salvage` and
    /// claims at `weight` times `left`. Those marked `solvent` pay in full whatever they have.
    ///
    /// Some member is never short if all claims are held inside and `weight * left = 1`: members together receive all
    /// that they pay. So the system of the defaulters is never singular.
    fn fall(&self, assets: &[f64], weight: f64, left: f64, solvent: &[bool]) -> Vec<f64> {
        let count = self.nominal.len();
        let mut recovery = vec![1.0; count];
        let mut wealth = assets.to_vec();
        self.held.iter().for_each(|&(i, _, amount)| wealth[i] += amount * weight);
        let short = |i: usize, wealth: f64| !solvent[i] && !self.pays(i, wealth);
        if !(0..count).any(|i| short(i, wealth[i])) {
            return recovery;
        }
        let mut flow = Flow::new(self.elsewhere.clone(), 1);
        for &(i, j, amount) in &self.held {
            flow.connect(i, j, amount * weight);
            flow.keep(j, amount * (1.0 - weight));
        }
        loop {
            let defaults: Vec<usize> =
                flow.open().filter(|(i, received)| short(*i, assets[*i] + received)).map(|(i, _)| i).collect();
            if defaults.is_empty() {
                break;
            }
            for i in defaults {
                flow.discount(i, left);
                flow.give(i, 0, self.salvage[i]);
                flow.eliminate(i);
            }
        }
        flow.solve(0, &mut recovery);
        for share in &mut recovery {
            *share = share.min(1.0);
        }
        recovery
    }
}

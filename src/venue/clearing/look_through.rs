//! What a claim stands for through every layer: its share of what its issuer owns, part of which are shares of what others
//! own, down to assets that are no claims.
//!
//! With `C_ij` the share of issuer j's assets that belongs to issuer i and `own` what each owns beside claims, the *gross*
//! assets are `V = own + C V` and the *net* ones, what no issuer holds of them, `(1 - sum_i C_ij) V_j`. Net assets add up
//! to `own`; gross ones count an asset once in each layer, and gross over net is the multiplier of reuse.
//!
//! Reference: Elliott, Golub and Jackson, "Financial networks and contagion" (2014): gross `(I - C)^-1 D p` and net value.

use super::flow::Flow;
use super::network::Network;
use super::{Claims, ClaimsError};
use std::collections::BTreeMap;

/// Issuers that hold all of each other: what they own beside that has no value that an equation could give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("issuer {issuer} and issuers that it backs hold all of each other: their assets have no finite gross value")]
pub struct ClosedLoop {
    /// One of them.
    pub issuer: usize,
}

/// Which share of each issuer's assets belongs to which other issuer.
#[derive(Clone, Debug)]
pub struct Shares {
    network: Network,
    /// Share of each that belongs to nobody in its component.
    elsewhere: Vec<f64>,
    /// Share of each that belongs to no issuer.
    public: Vec<f64>,
}

/// Amounts by primary asset, sorted by it.
pub type Row = Vec<(usize, f64)>;

impl Shares {
    /// `held` lists (holder, issuer, share of the issuer's assets) in any order.
    ///
    /// # Errors
    ///
    /// A [`ClaimsError`] as in [`Claims::new`], with 1 in place of what is owed.
    pub fn new(issuers: usize, held: &[(usize, usize, f64)]) -> Result<Self, ClaimsError> {
        Self::of(Network::new(issuers, held)?, issuers)
    }

    fn of(network: Network, issuers: usize) -> Result<Self, ClaimsError> {
        let elsewhere = network.elsewhere(&vec![1.0; issuers])?;
        let mut public = vec![1.0; issuers];
        for (j, share) in (0..issuers).flat_map(|i| network.held(i)) {
            public[j] -= share;
        }
        for share in &mut public {
            *share = share.max(0.0);
        }
        Ok(Self { network, elsewhere, public })
    }

    /// The network of claims that recover `recovery`, the [`super::greatest`] or [`super::least`] of them: holders have a
    /// share of the issuer's assets in proportion to what the claims are worth; a surplus belongs to the issuer.
    ///
    /// # Panics
    ///
    /// If claims recover more than their issuer has.
    #[must_use]
    pub fn of_claims(claims: &Claims, recovery: &[f64]) -> Self {
        let assets = claims.assets(recovery);
        let share = |j: usize, held: f64| if assets[j] > 0.0 { held * recovery[j] / assets[j] } else { 0.0 };
        Self::of(claims.network.map(share), assets.len()).unwrap_or_else(|error| panic!("recoveries: {error}"))
    }

    /// Gross assets by primary asset, where `own` lists what each issuer owns of each beside claims (short positions are
    /// negative). Issuers that hold all of each other and nothing else stand for nothing: their rows are empty.
    ///
    /// # Errors
    ///
    /// [`ClosedLoop`] if such issuers own something.
    pub fn look_through(&self, own: &[Row]) -> Result<Vec<Row>, ClosedLoop> {
        let mut gross = vec![Row::new(); own.len()];
        for members in self.network.components() {
            let given: Vec<BTreeMap<usize, f64>> = members.iter().map(|&i| self.given(i, own, &gross)).collect();
            if let ([i], [given]) = (members, &given[..]) {
                gross[*i] = given.iter().map(|(&asset, &amount)| (asset, amount)).collect();
            } else if members.iter().any(|&i| self.elsewhere[i] > 0.0) {
                self.solve(members, &given, &mut gross);
            } else if let Some(at) = given.iter().position(|row| row.values().any(|&amount| amount != 0.0)) {
                return Err(ClosedLoop { issuer: members[at] });
            }
        }
        Ok(gross)
    }

    /// What i owns beside claims on members of its component.
    fn given(&self, i: usize, own: &[Row], gross: &[Row]) -> BTreeMap<usize, f64> {
        let mut sum = BTreeMap::new();
        let mut add = |row: &Row, share: f64| {
            for &(asset, amount) in row {
                *sum.entry(asset).or_insert(0.0) += share * amount;
            }
        };
        add(&own[i], 1.0);
        let others = self.network.held(i).filter(|&(j, _)| !self.network.together(i, j));
        others.for_each(|(j, share)| add(&gross[j], share));
        sum
    }

    fn solve(&self, members: &[usize], given: &[BTreeMap<usize, f64>], gross: &mut [Row]) {
        let mut primaries: Vec<usize> = given.iter().flat_map(|row| row.keys().copied()).collect();
        primaries.sort_unstable();
        primaries.dedup();
        let elsewhere = members.iter().map(|&i| self.elsewhere[i]).collect();
        let mut flow = Flow::new(elsewhere, primaries.len());
        for (at, &i) in members.iter().enumerate() {
            for (j, share) in self.network.held(i).filter(|&(j, _)| self.network.together(i, j)) {
                flow.connect(at, self.network.member(j), share);
            }
            for (asset, &amount) in &given[at] {
                flow.give(at, primaries.partition_point(|primary| primary < asset), amount);
            }
        }
        (0..members.len()).for_each(|at| flow.eliminate(at));
        let mut units = vec![0.0; members.len()];
        for (series, &asset) in primaries.iter().enumerate() {
            flow.solve(series, &mut units);
            members.iter().zip(&units).for_each(|(&i, &amount)| gross[i].push((asset, amount)));
        }
    }

    /// Gross assets where `own` is what each issuer owns beside claims.
    ///
    /// # Errors
    ///
    /// As for [`Shares::look_through`].
    pub fn gross(&self, own: &[f64]) -> Result<Vec<f64>, ClosedLoop> {
        let own: Vec<Row> = own.iter().map(|&amount| vec![(0, amount)]).collect();
        let rows = self.look_through(&own)?;
        Ok(rows.iter().map(|row| row.first().map_or(0.0, |&(_, amount)| amount)).collect())
    }

    /// Net assets: the part of `gross` ones that no issuer holds.
    #[must_use]
    pub fn net(&self, gross: &[f64]) -> Vec<f64> {
        self.public.iter().zip(gross).map(|(share, amount)| share * amount).collect()
    }
}

/// How much of each primary asset one unit of value of each claim stands for, through every layer. `own` lists by value
/// what each issuer owns of each primary asset; where it adds up to `outside` of the issuer, rows add up to 1. Empty for a
/// claim with nothing behind it.
///
/// # Errors
///
/// As for [`Shares::look_through`]; it cannot be if nobody owns more than `outside`.
///
/// # Panics
///
/// If claims recover more than their issuer has: `recovery` must be [`super::greatest`] or [`super::least`] of `claims`.
pub fn exposure(claims: &Claims, recovery: &[f64], own: &[Row]) -> Result<Vec<Row>, ClosedLoop> {
    let mut rows = Shares::of_claims(claims, recovery).look_through(own)?;
    for (row, assets) in rows.iter_mut().zip(claims.assets(recovery)) {
        for (_, amount) in row.iter_mut() {
            *amount /= assets;
        }
        row.retain(|_| assets > 0.0);
    }
    Ok(rows)
}

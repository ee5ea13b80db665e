//! Claims on claims: published examples (P12), a second way (Picard iteration), and what must hold of any network.

mod any_network;
mod look_through;
mod published;

use rehypo::venue::clearing::{Claims, Costs};

/// (holder, issuer, claims at par).
type Held = (usize, usize, f64);

/// A network as plain numbers, from which both ways start.
#[derive(Clone, Debug)]
struct Plain {
    nominal: Vec<f64>,
    outside: Vec<f64>,
    held: Vec<Held>,
}

impl Plain {
    fn claims(&self) -> Claims {
        Claims::new(self.nominal.clone(), self.outside.clone(), &self.held).unwrap_or_else(|error| panic!("{error}"))
    }

    fn assets(&self, recovery: &[f64]) -> Vec<f64> {
        let mut assets = self.outside.clone();
        self.held.iter().for_each(|&(i, j, amount)| assets[i] += amount * recovery[j]);
        assets
    }

    /// One step of the definition; `1e-12` is the share of the debt that counts as rounding.
    fn step(&self, costs: Costs, recovery: &[f64]) -> Vec<f64> {
        let assets = self.assets(recovery);
        (0..assets.len())
            .map(|i| {
                if assets[i] >= self.nominal[i] * (1.0 - 1e-12) {
                    return 1.0;
                }
                let claims = assets[i] - self.outside[i];
                (costs.outside * self.outside[i] + costs.claims * claims) / self.nominal[i]
            })
            .collect()
    }

    /// The definition over and over, from all ones or all zeros, until nothing changes.
    fn picard(&self, costs: Costs, from: f64) -> Vec<f64> {
        let mut recovery = vec![from; self.nominal.len()];
        for _ in 0..1_000_000 {
            let next = self.step(costs, &recovery);
            let moved = next.iter().zip(&recovery).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            recovery = next;
            if moved < 1e-16 {
                return recovery;
            }
        }
        panic!("no convergence: {self:?}");
    }
}

#[track_caller]
fn assert_near(found: &[f64], expected: &[f64], within: f64) {
    assert_eq!(found.len(), expected.len());
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= within * b.abs().max(1.0);
    assert!(found.iter().zip(expected).all(near), "{found:?} is not {expected:?}");
}

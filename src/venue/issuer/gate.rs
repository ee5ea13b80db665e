//! Suspension of redemption: while cash is short, and no longer than the terms say. Then the issuer must pay.

use crate::event::EventKind;
use crate::world::World;

/// Whether redemption is suspended.
#[derive(Clone, Copy, Debug, Default)]
pub struct GateState {
    /// Step in which it was, if it is.
    since: Option<u32>,
    /// Whether the longest suspension is over and what is due has not been paid yet.
    must_pay: bool,
}

impl World<'_> {
    /// Whether nobody is paid now.
    #[must_use]
    pub fn is_suspended(&self, issuer: usize) -> bool {
        self.issuers[issuer].gate.since.is_some()
    }

    /// Whether the issuer has no right to wait any longer.
    pub(super) fn must_pay(&self, issuer: usize) -> bool {
        self.issuers[issuer].gate.must_pay
    }

    /// Par coins that standard redemptions due now want.
    pub(super) fn due_coins(&self, issuer: usize) -> f64 {
        let state = &self.issuers[issuer];
        let due = state.queue.iter().take_while(|r| r.due <= self.step);
        due.map(|r| r.tokens).sum::<f64>() * state.redemption * (1.0 - self.scenario.issuers[issuer].standard_fee)
    }

    /// Par coins of cash below which the gate closes.
    pub(super) fn gate_floor(&self, issuer: usize) -> f64 {
        let share = self.scenario.issuers[issuer].gate.map_or(0.0, |gate| gate.when_cash_below);
        share * self.tokens_issued(issuer) * self.issuers[issuer].rate
    }

    /// Closes the gate when cash is short, opens it when it no longer is or may not stay closed any longer.
    pub(super) fn decide_gate(&mut self, issuer: usize) {
        let Some(gate) = self.scenario.issuers[issuer].gate else { return };
        let (due, cash) = (self.due_coins(issuer), self.issuer_cash(issuer));
        let short = cash < due || cash < self.gate_floor(issuer);
        let state = &mut self.issuers[issuer].gate;
        match state.since {
            _ if !short => *state = GateState::default(),
            None if !state.must_pay => {
                state.since = Some(self.step);
                let par = self.coin_asset(self.scenario.issuers[issuer].par);
                let treasury = self.population.system.treasuries[issuer];
                self.record(EventKind::Suspension, treasury, par, due, self.mark(par));
            }
            Some(since) if self.step - since >= gate.at_most_steps => {
                *state = GateState { since: None, must_pay: true };
                self.raise_cash(issuer);
            }
            _ => {}
        }
    }

    /// Seconds until the gate must open; none if it is open or cannot be closed.
    pub(super) fn suspended_for(&self, issuer: usize) -> Option<f64> {
        let gate = self.scenario.issuers[issuer].gate?;
        let since = self.issuers[issuer].gate.since?;
        let left = (since + gate.at_most_steps).saturating_sub(self.step);
        Some(f64::from(left) * self.scenario.step_seconds)
    }
}

//! What sets a forced close off: the outside price, or our own sales.
//!
//! A close is *exogenous*, generation 0, if the account as it stands would be in breach at the marks that the same outside
//! prices would publish on books without any impact. Else earlier sales set it off, and its generation is one more than
//! the largest that a forced close of an earlier round of the same cascade had; 1 if there was none. A cascade is an
//! unbroken run of steps with forced closes, so impact that stays from an earlier cascade counts as a first generation.
//! Within a step that begins on quiet books this is the generation of the branching process, round less one.

use crate::id::AccountId;

/// The round of a cascade: who is closed out by the outside price, and which generation the others are.
#[derive(Clone, Debug, Default)]
pub struct Wave {
    /// Accounts of this round, in order, that our own sales brought down.
    endogenous: Vec<AccountId>,
    /// Generation of those.
    generation: u32,
    /// Largest generation that was closed in this cascade, this round included; none before the first close.
    reached: Option<u32>,
    /// Whether anybody was closed in this step.
    closed: bool,
}

impl Wave {
    /// Back to no cascade.
    pub fn reset(&mut self) {
        self.endogenous.clear();
        (self.generation, self.reached, self.closed) = (1, None, false);
    }

    /// Begins a round, in which these accounts, in any order, are brought down by our own sales.
    pub fn begin_round(&mut self, endogenous: impl Iterator<Item = AccountId>) {
        self.endogenous.clear();
        self.endogenous.extend(endogenous);
        self.endogenous.sort_unstable();
        self.generation = self.reached.map_or(1, |reached| reached + 1);
    }

    /// Generation of a forced close of an account in this round.
    #[must_use]
    pub fn generation_of(&self, account: AccountId) -> u32 {
        if self.endogenous.binary_search(&account).is_ok() { self.generation } else { 0 }
    }

    /// An account of that generation has been closed.
    pub fn note(&mut self, generation: u32) {
        self.reached = Some(self.reached.map_or(generation, |reached| reached.max(generation)));
        self.closed = true;
    }

    /// Ends a step; without a forced close in it the cascade is over.
    pub fn end_step(&mut self) {
        if !self.closed {
            self.reached = None;
        }
        self.closed = false;
        self.endogenous.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_follow_each_other_until_a_step_without_a_close() {
        let mut wave = Wave::default();
        wave.reset();
        let (a, b) = (AccountId(4), AccountId(2));
        wave.begin_round(std::iter::empty());
        assert_eq!([wave.generation_of(a), wave.generation_of(b)], [0, 0]);
        wave.note(0);
        wave.begin_round([a, b].into_iter());
        assert_eq!([wave.generation_of(a), wave.generation_of(b), wave.generation_of(AccountId(3))], [1, 1, 0]);
        wave.note(1);
        wave.note(0); // one that the outside price brought down in the same round
        wave.end_step();
        wave.begin_round([b].into_iter());
        assert_eq!([wave.generation_of(a), wave.generation_of(b)], [0, 2]);
        wave.note(2);
        wave.end_step();
        wave.end_step(); // nobody
        wave.begin_round([b].into_iter());
        assert_eq!(wave.generation_of(b), 1);
    }
}

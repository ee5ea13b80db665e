//! Running totals of a path: what [`crate::outcome::Outcome`] is made of.

use crate::event::{Event, EventKind};
use crate::id::OwnerId;
use crate::outcome::{FuturesOutcome, IssuerOutcome, Layer, Phase, PoolOutcome};
use crate::population::Population;
use crate::scenario::Scenario;

/// What an insurance fund has gone through on a path, USD.
#[derive(Clone, Copy, Debug, Default)]
pub struct FundTrack {
    /// At the opening.
    pub opening_usd: f64,
    /// Paid in by the exchange.
    pub top_up_usd: f64,
    /// Losses of its contracts that others bore: removed by deleveraging, or bad debt of lenders.
    pub borne_by_others_usd: f64,
    /// Of its room above the floor, what losses that were deleveraged all the same would have used up.
    pub room_forgone_usd: f64,
    /// Largest fall below the opening, without top-ups and with what others bore.
    pub fall_usd: f64,
}

/// A position closed by force.
#[derive(Clone, Copy, Debug)]
pub struct ForcedClose {
    /// Notional, USD.
    pub usd: f64,
    /// Of it, what did not meet the book, USD.
    pub absorbed_usd: f64,
    /// Whether it was a long.
    pub is_long: bool,
    /// Whether our own sales had brought the account down.
    pub is_endogenous: bool,
    /// When.
    pub step: u32,
    /// Round within the step.
    pub round: u16,
}

/// Running totals of a path.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Notional closed by force, USD.
    pub liquidated_usd: f64,
    /// Of it in the first round of a step.
    pub first_round_usd: f64,
    /// Of it where our own sales had brought the account down.
    pub endogenous_usd: f64,
    /// Of it within half an hour of the first.
    pub first_half_hour_usd: f64,
    /// Of it longs.
    pub liquidated_long_usd: f64,
    /// Of it what did not meet the book: the backstop's part, take-overs, deleveraging.
    pub absorbed_usd: f64,
    /// Largest generation of a forced close.
    pub generations: u32,
    /// Steps with forced closes.
    by_step: Vec<(u32, Phase)>,
    /// Steps in half an hour, one or more.
    half_hour_steps: u32,
    /// Notional closed by force in this step.
    pub step_liquidated_usd: f64,
    /// Notional deleveraged in this step.
    pub step_adl_usd: f64,
    /// Largest step and when.
    pub peak: (f64, u32),
    /// Most rounds in a step.
    pub rounds: u32,
    /// First and last step with a forced close.
    pub forced_steps: Option<(u32, u32)>,
    /// Collateral sold by venues, USD.
    pub auto_exchanged_usd: f64,
    /// Debt repaid by force, USD.
    pub loans_liquidated_usd: f64,
    /// Lowest traded over exogenous price less one.
    pub largest_price_gap: f64,
    /// Long contracts held by all but the outside and the funds, per venue and contract.
    pub long_contracts: Vec<Vec<f64>>,
    /// Pools.
    pub pools: Vec<PoolOutcome>,
    /// Futures venues.
    pub futures: Vec<FuturesOutcome>,
    /// Insurance funds, by venue and fund.
    pub funds: Vec<Vec<FundTrack>>,
    /// Issuers.
    pub issuers: Vec<IssuerOutcome>,
    /// Per cohort and layer: value that came in by transfers, at the marks of their time. Causes hold the negative.
    pub inflow_usd: Vec<[f64; Layer::ALL.len()]>,
    /// Owners hit by a forced close.
    pub liquidated: Vec<bool>,
    /// How many of them.
    pub liquidated_owners: u32,
    /// Owners deleveraged.
    pub deleveraged: Vec<bool>,
    /// What each cohort gave up in deleveraging, USD.
    pub adl_paid_usd: Vec<f64>,
    /// Owners whose top-up a dry pool has refused; each is recorded once.
    pub top_up_failed: Vec<bool>,
    /// What those who have left exchanged for another coin or deposited elsewhere, USD.
    pub flight_usd: f64,
    /// Owners who began to leave.
    pub left_owners: u32,
    /// What happened.
    pub events: Vec<Event>,
}

impl Tally {
    /// Nothing yet.
    #[must_use]
    pub fn new(scenario: &Scenario, population: &Population) -> Self {
        Self {
            liquidated_usd: 0.0,
            first_round_usd: 0.0,
            endogenous_usd: 0.0,
            first_half_hour_usd: 0.0,
            liquidated_long_usd: 0.0,
            absorbed_usd: 0.0,
            generations: 0,
            by_step: Vec::new(),
            half_hour_steps: (1800.0 / scenario.step_seconds * (1.0 + 1e-9)).max(1.0) as u32,
            step_liquidated_usd: 0.0,
            step_adl_usd: 0.0,
            peak: (0.0, 0),
            rounds: 0,
            forced_steps: None,
            auto_exchanged_usd: 0.0,
            loans_liquidated_usd: 0.0,
            largest_price_gap: 0.0,
            long_contracts: scenario.futures.iter().map(|f| vec![0.0; f.contracts.len()]).collect(),
            pools: vec![PoolOutcome::default(); scenario.pools.len()],
            futures: vec![FuturesOutcome::default(); scenario.futures.len()],
            funds: scenario.futures.iter().map(|f| vec![FundTrack::default(); f.funds.len()]).collect(),
            issuers: vec![IssuerOutcome::default(); scenario.issuers.len()],
            inflow_usd: vec![[0.0; Layer::ALL.len()]; scenario.cohorts.len()],
            liquidated: vec![false; population.owners.len()],
            liquidated_owners: 0,
            deleveraged: vec![false; population.owners.len()],
            adl_paid_usd: vec![0.0; scenario.cohorts.len()],
            top_up_failed: vec![false; population.owners.len()],
            flight_usd: 0.0,
            left_owners: 0,
            events: Vec::new(),
        }
    }

    /// Back to nothing.
    pub fn reset(&mut self) {
        self.liquidated_usd = 0.0;
        self.first_round_usd = 0.0;
        self.endogenous_usd = 0.0;
        self.first_half_hour_usd = 0.0;
        self.liquidated_long_usd = 0.0;
        self.absorbed_usd = 0.0;
        self.generations = 0;
        self.by_step.clear();
        self.step_liquidated_usd = 0.0;
        self.step_adl_usd = 0.0;
        self.peak = (0.0, 0);
        self.rounds = 0;
        self.forced_steps = None;
        self.auto_exchanged_usd = 0.0;
        self.loans_liquidated_usd = 0.0;
        self.largest_price_gap = 0.0;
        self.long_contracts.iter_mut().flatten().for_each(|q| *q = 0.0);
        self.pools.fill(PoolOutcome::default());
        self.futures.fill(FuturesOutcome::default());
        self.funds.iter_mut().for_each(|funds| funds.fill(FundTrack::default()));
        self.issuers.fill(IssuerOutcome::default());
        self.inflow_usd.fill([0.0; Layer::ALL.len()]);
        self.liquidated.fill(false);
        self.liquidated_owners = 0;
        self.deleveraged.fill(false);
        self.adl_paid_usd.fill(0.0);
        self.top_up_failed.fill(false);
        self.flight_usd = 0.0;
        self.left_owners = 0;
        self.events.clear();
    }

    /// Counts an owner towards the totals of an event kind, once per path.
    pub fn count(&mut self, kind: EventKind, owner: Option<OwnerId>) {
        let Some(owner) = owner else { return };
        match kind {
            kind if kind.is_forced_close() => {
                let before = std::mem::replace(&mut self.liquidated[owner.index()], true);
                self.liquidated_owners += u32::from(!before);
            }
            EventKind::Deleveraging => self.deleveraged[owner.index()] = true,
            EventKind::Leave => self.left_owners += 1,
            _ => {}
        }
    }

    /// Adds a forced close of futures.
    pub fn add_forced(&mut self, close: &ForcedClose) {
        let (usd, step) = (close.usd, close.step);
        self.liquidated_usd += usd;
        self.step_liquidated_usd += usd;
        self.absorbed_usd += close.absorbed_usd;
        if close.round <= 1 {
            self.first_round_usd += usd;
        }
        if close.is_long {
            self.liquidated_long_usd += usd;
        }
        let endogenous_usd = if close.is_endogenous { usd } else { 0.0 };
        self.endogenous_usd += endogenous_usd;
        let first = self.forced_steps.map_or(step, |(first, _)| first);
        self.forced_steps = Some((first, step));
        if step - first < self.half_hour_steps {
            self.first_half_hour_usd += usd;
        }
        match self.by_step.last_mut().filter(|(last, _)| *last == step) {
            Some((_, sums)) => sums.add(usd, endogenous_usd),
            None => self.by_step.push((step, Phase { usd, endogenous_usd })),
        }
    }

    /// Forced closes in the thirds of the time from the first step with one to the last, both included.
    #[must_use]
    pub fn phases(&self) -> [Phase; 3] {
        let mut phases = [Phase::default(); 3];
        if let Some((first, last)) = self.forced_steps {
            for (step, sums) in &self.by_step {
                let third = 3 * (step - first) / (last - first + 1);
                phases[third as usize].add(sums.usd, sums.endogenous_usd);
            }
        }
        phases
    }

    /// Ends a step.
    pub fn end_step(&mut self, step: u32) {
        if self.step_liquidated_usd > self.peak.0 {
            self.peak = (self.step_liquidated_usd, step);
        }
    }

    /// Begins a step.
    pub fn begin_step(&mut self) {
        self.step_liquidated_usd = 0.0;
        self.step_adl_usd = 0.0;
    }
}

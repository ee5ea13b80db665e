//! Funding of perpetual contracts: what a long pays a short at each settlement, as a share of the mark. It accrues in the
//! contract's mark, so that over all holders it sums to zero.
//!
//! Premium index, sampled once a step, with the mean prices at which an order of the impact notional would fill:
//! `P = [max(0, impact bid - index) - max(0, index - impact ask)] / index`. Its mean since the last settlement weighs
//! samples by time, `(1 P1 + 2 P2 + ... + n Pn) / (1 + ... + n)`; the opening, where books are quiet, is the first of
//! them. Per 8 hours the rate is `P + clamp(interest - P, +-0.05 %)`, per settlement that times N / 8 for N hours between
//! settlements, capped.
//!
//! Reference: Binance, "Introduction to Binance Futures Funding Rates" (rule from 2025-09-18).

use crate::market::Side;
use crate::scenario::{Contract, Funding};
use crate::world::World;

/// Binance quotes funding per 8 hours.
const EIGHT_HOURS: f64 = 28_800.0;

/// Half width of the band in which the interest part offsets the premium, per 8 hours.
const CLAMP_8H: f64 = 0.0005;

/// Initial margin of the order that measures the premium, in the settlement coin.
const IMPACT_MARGIN: f64 = 200.0;

/// When a contract next settles funding, and at what rate.
#[derive(Clone, Debug)]
pub struct FundingClock {
    terms: Funding,
    cap: f64,
    rate: f64,
    interval: f64,
    seconds_left: f64,
    /// For how long settled rates have been calm, while the interval is the short one.
    calm: f64,
    samples: u32,
    weighted_sum: f64,
    latest: f64,
}

impl FundingClock {
    /// The clock of a contract at the opening.
    #[must_use]
    pub fn new(terms: Funding, cap: f64) -> Self {
        let mut clock = Self {
            terms,
            cap,
            rate: 0.0,
            interval: terms.interval,
            seconds_left: terms.interval,
            calm: 0.0,
            samples: 0,
            weighted_sum: 0.0,
            latest: 0.0,
        };
        clock.sample(0.0);
        clock
    }

    /// Back to the opening.
    pub fn reset(&mut self) {
        *self = Self::new(self.terms, self.cap);
    }

    /// Rate settled last.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Seconds between settlements now.
    #[must_use]
    pub fn interval(&self) -> f64 {
        self.interval
    }

    /// Part of the last rate that the time to the next settlement stands for.
    #[must_use]
    pub fn expected(&self) -> f64 {
        self.rate * self.seconds_left / self.interval
    }

    /// Takes a sample of the premium index.
    pub fn sample(&mut self, premium: f64) {
        self.samples += 1;
        self.weighted_sum += f64::from(self.samples) * premium;
        self.latest = premium;
    }

    /// Lets time pass.
    pub fn advance(&mut self, seconds: f64) {
        self.seconds_left -= seconds;
    }

    /// Settles once if its time has come, and returns the rate.
    pub fn settle(&mut self) -> Option<f64> {
        const ROUNDING: f64 = 1e-6; // of a difference of times
        if self.seconds_left > ROUNDING {
            return None;
        }
        let premium = self.terms.premium_8h + self.mean_premium();
        let per_8h = premium + (self.terms.interest_8h - premium).clamp(-CLAMP_8H, CLAMP_8H);
        self.rate = (per_8h * self.interval / EIGHT_HOURS).clamp(-self.cap, self.cap);
        (self.samples, self.weighted_sum) = (0, 0.0);
        self.set_interval();
        self.seconds_left += self.interval;
        Some(self.rate)
    }

    /// Mean premium weighted by time; a settlement without a sample of its own repeats the latest.
    fn mean_premium(&self) -> f64 {
        let n = f64::from(self.samples);
        if self.samples == 0 { self.latest } else { self.weighted_sum / (n * (n + 1.0) / 2.0) }
    }

    /// A rate at the cap shortens the interval; it is as before once rates have stayed calm for long enough.
    fn set_interval(&mut self) {
        if self.rate.abs() >= self.cap {
            (self.interval, self.calm) = (self.terms.capped_interval, 0.0);
        } else if self.interval != self.terms.interval {
            self.calm = if self.rate.abs() <= self.terms.calm_rate { self.calm + self.interval } else { 0.0 };
            if self.calm > 0.0 && self.calm >= self.terms.calm_for {
                self.interval = self.terms.interval;
            }
        }
    }
}

impl World<'_> {
    /// Lets a step pass and settles the contracts whose time has come, at the marks published last.
    pub(super) fn settle_funding(&mut self, venue: usize) {
        let (seconds, state) = (self.scenario.step_seconds, &mut self.futures[venue]);
        let marks = state.marks.funding.iter_mut().zip(&state.marks.price);
        for (clock, (funding, price)) in state.clocks.iter_mut().zip(marks) {
            clock.advance(seconds);
            while let Some(rate) = clock.settle() {
                *funding += rate * price;
            }
        }
    }

    /// Samples the premium index of every contract.
    pub(super) fn sample_premiums(&mut self, venue: usize) {
        for contract in 0..self.futures[venue].clocks.len() {
            let premium = self.premium_index(venue, contract);
            self.futures[venue].clocks[contract].sample(premium);
        }
    }

    /// How far the contract's book stands above (below: negative) the index, less the half spread that an order of the
    /// impact notional meets.
    #[must_use]
    pub fn premium_index(&self, venue: usize, contract: usize) -> f64 {
        let terms = self.contract(venue, contract);
        let unit = self.mark(self.settles_in(venue, contract));
        let index = self.mark(self.coin_asset(terms.coin));
        let exogenous = self.exogenous[terms.coin.index()];
        let factor = self.markets.factor(terms.coin, Side::Perp);
        let mid = exogenous * factor;
        if mid == index {
            return 0.0;
        }
        // A sale gets less than the mid, a purchase costs more: only one of the two can be on its side of the index. An
        // order is sized at exogenous prices: its notional over the factor at which the book stands.
        let size = impact_notional(terms) * unit / factor;
        let order = if mid > index { -size } else { size };
        let price = exogenous * self.markets.quote(terms.coin, Side::Perp, order);
        let premium = if mid > index { (price - index).max(0.0) } else { (price - index).min(0.0) };
        premium / index
    }
}

/// Notional of the order that measures the premium, in the coin that the contract settles in: 200 over the initial
/// margin rate at the highest leverage.
fn impact_notional(contract: &Contract) -> f64 {
    IMPACT_MARGIN * contract.tiers.first().map_or(1.0, |tier| tier.max_leverage)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: f64 = 3600.0;

    fn terms() -> Funding {
        Funding {
            interval: 8.0 * HOUR,
            interest_8h: 0.0001,
            premium_8h: 0.0,
            capped_interval: HOUR,
            calm_rate: 0.00025,
            calm_for: 16.0 * HOUR,
        }
    }

    /// Rate of a contract whose premium is always the same, after one interval.
    fn rate(terms: Funding, cap: f64, premium: f64) -> f64 {
        let mut clock = FundingClock::new(Funding { premium_8h: terms.premium_8h + premium, ..terms }, cap);
        clock.advance(terms.interval);
        clock.settle().unwrap()
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-15
    }

    #[test]
    fn within_the_band_the_rate_is_the_interest() {
        for premium in [-0.0004, 0.0, 0.0001, 0.0006] {
            assert!(close(rate(terms(), 0.003, premium), 0.0001), "{premium}");
        }
    }

    #[test]
    fn beyond_the_band_the_rate_is_the_premium_less_its_width() {
        assert!(close(rate(terms(), 0.003, 0.002), 0.0015));
        assert!(close(rate(terms(), 0.003, -0.002), -0.0015));
    }

    #[test]
    fn the_rate_of_a_shorter_interval_is_its_part_of_eight_hours() {
        let hourly = Funding { interval: HOUR, ..terms() };
        assert!(close(rate(hourly, 0.003, 0.002), 0.0015 / 8.0));
        let four = Funding { interval: 4.0 * HOUR, ..terms() };
        assert!(close(rate(four, 0.003, 0.002), 0.0015 / 2.0));
    }

    #[test]
    fn the_rate_is_capped_both_ways() {
        assert_eq!(rate(terms(), 0.003, 0.5), 0.003);
        assert_eq!(rate(terms(), 0.003, -0.5), -0.003);
    }

    #[test]
    fn late_samples_weigh_more() {
        let mut clock = FundingClock::new(terms(), 0.1); // the opening is the first sample, 0
        for premium in [0.006, 0.002, -0.001] {
            clock.sample(premium);
        }
        clock.advance(8.0 * HOUR);
        // (1 * 0 + 2 * 0.006 + 3 * 0.002 + 4 * -0.001) / 10 = 0.0014
        assert!(close(clock.settle().unwrap(), 0.0014 - 0.0005));
    }

    #[test]
    fn a_settlement_starts_a_new_mean_and_one_without_samples_repeats_the_latest() {
        let mut clock = FundingClock::new(terms(), 0.1);
        clock.sample(0.003); // mean (0 + 2 * 0.003) / 3 = 0.002
        clock.advance(16.0 * HOUR);
        assert!(close(clock.settle().unwrap(), 0.0015));
        assert!(close(clock.settle().unwrap(), 0.0025));
        assert_eq!(clock.settle(), None);
        clock.sample(0.001);
        clock.advance(8.0 * HOUR);
        assert!(close(clock.settle().unwrap(), 0.0005));
    }

    #[test]
    fn what_is_expected_shrinks_with_the_time_left() {
        let mut clock = FundingClock::new(terms(), 0.1);
        clock.sample(0.003);
        clock.advance(8.0 * HOUR);
        clock.settle();
        assert!(close(clock.expected(), 0.0015));
        clock.advance(6.0 * HOUR);
        assert!(close(clock.expected(), 0.0015 / 4.0));
    }

    #[test]
    fn an_interval_that_is_no_whole_number_of_steps_settles_at_the_first_step_after() {
        let mut clock = FundingClock::new(terms(), 0.1);
        let mut settled = Vec::new();
        for hour in (3..=48).step_by(3) {
            clock.advance(3.0 * HOUR);
            if clock.settle().is_some() {
                settled.push(hour);
            }
        }
        assert_eq!(settled, [9, 18, 24, 33, 42, 48]); // first multiples of 3 from 8, 16, 24, 32, 40, 48 on
    }

    /// Hours at which a clock settles while the premium is as a function of the hour says.
    fn hours(clock: &mut FundingClock, until: u32, premium: impl Fn(u32) -> f64) -> Vec<u32> {
        let mut settled = Vec::new();
        for hour in 1..=until {
            clock.advance(HOUR);
            if clock.settle().is_some() {
                settled.push(hour);
            }
            clock.sample(premium(hour));
        }
        settled
    }

    #[test]
    fn a_rate_at_the_cap_makes_it_hourly_until_sixteen_calm_hours_have_passed() {
        let mut clock = FundingClock::new(terms(), 0.003);
        // Far above the cap until hour 10, then calm. Settled at 8 at the cap; 9 and 10 at 1 / 8 of a rate that is still
        // beyond the cap (0.08 / 8); 11 has the sample of hour 10, which is calm: the sixteenth calm one is at 26.
        let settled = hours(&mut clock, 60, |hour| if hour < 10 { 0.08 } else { 0.0 });
        let expected: Vec<u32> = [8].into_iter().chain(9..=26).chain([34, 42, 50, 58]).collect();
        assert_eq!(settled, expected);
    }

    #[test]
    fn one_hour_that_is_not_calm_starts_the_count_anew() {
        let mut clock = FundingClock::new(terms(), 0.003);
        // Hour 20 sees 0.003 per 8 hours, (0.003 - 0.0005) / 8 = 0.0003125 an hour: above 0.00025, below the cap.
        let premium = |hour| match hour {
            0..10 => 0.08,
            20 => 0.003,
            _ => 0.0,
        };
        let settled = hours(&mut clock, 60, premium);
        let expected: Vec<u32> = [8].into_iter().chain(9..=37).chain([45, 53]).collect();
        assert_eq!(settled, expected); // not calm at 21; the sixteenth calm one after it is at 37
    }

    #[test]
    fn a_reset_clock_is_a_new_one() {
        let mut clock = FundingClock::new(terms(), 0.003);
        let first = hours(&mut clock, 30, |_| 0.08);
        assert_eq!(clock.interval(), HOUR);
        clock.reset();
        assert_eq!((clock.rate(), clock.interval()), (0.0, 8.0 * HOUR));
        assert_eq!(hours(&mut clock, 30, |_| 0.08), first);
    }
}

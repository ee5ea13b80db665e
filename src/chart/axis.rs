//! An axis: a range, the way values are spread over it, and round ticks with labels.

use super::number::Unit;

/// How an axis spreads values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spread {
    Linear,
    Logarithmic,
}

/// A labelled value; a second line is set below the first.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
    pub(super) below: String,
}

/// A range with its ticks.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<Tick>,
    spread: Spread,
}

impl Axis {
    /// A linear axis with about so many round ticks; only 0 where there is nothing but 0.
    pub(super) fn linear((low, high): (f64, f64), unit: Unit, count: usize) -> Self {
        let nothing = low == 0.0 && high == 0.0;
        let (low, high) = widened(low, high);
        let step = nice_step((high - low) / count.max(1) as f64, unit);
        let values = if nothing { vec![0.0] } else { multiples(step, low, high) };
        let labels = unit.ticks(&values, step);
        Self { low, high, ticks: ticks(values, labels), spread: Spread::Linear }
    }

    /// A logarithmic axis; both ends are above zero.
    pub(super) fn logarithmic((low, high): (f64, f64), unit: Unit) -> Self {
        assert!(low > 0.0 && high >= low, "a logarithmic axis from {low} to {high}");
        let (low, high) = if high / low < 1.1 { (low / 1.5, high * 1.5) } else { (low, high) };
        let values = round_values(low, high);
        let labels = values.iter().map(|value| unit.show(*value)).collect();
        Self { low, high, ticks: ticks(values, labels), spread: Spread::Logarithmic }
    }

    /// A linear axis of time in hours, labelled in the given span of hours.
    pub(super) fn time((low, high): (f64, f64)) -> Self {
        let (low, high) = widened(low, high);
        let unit = time_unit(high - low);
        let step = clock_step((high - low) / 7.0);
        let values = multiples(step, low, high);
        let shown: Vec<f64> = values.iter().map(|value| value / unit.hours).collect();
        let labels = Unit::Plain.ticks(&shown, step / unit.hours);
        Self { low, high, ticks: ticks(values, labels), spread: Spread::Linear }
    }

    /// A linear axis of time in hours, labelled by the clock, with the day below where it begins.
    pub(super) fn clock((low, high): (f64, f64)) -> Self {
        let (low, high) = widened(low, high);
        let values = multiples(clock_step((high - low) / 8.0), low, high);
        let mut day = None;
        let mut label = |at: f64| {
            let minutes = (at * 60.0).round() as i64;
            let today = minutes.div_euclid(1440) + 1;
            let below = if day == Some(today) { String::new() } else { format!("day {today}") };
            day = Some(today);
            let label = format!("{:02}:{:02}", minutes.rem_euclid(1440) / 60, minutes.rem_euclid(60));
            Tick { at, label, below }
        };
        let ticks = values.into_iter().map(&mut label).collect();
        Self { low, high, ticks, spread: Spread::Linear }
    }

    /// An axis of names, at 0, 1, 2 and so on.
    pub(super) fn names(names: &[String]) -> Self {
        let values = (0..names.len()).map(|i| i as f64).collect();
        let high = names.len() as f64 - 0.5;
        Self { low: -0.5, high: high.max(0.5), ticks: ticks(values, names.to_vec()), spread: Spread::Linear }
    }

    /// The same axis with ticks at these values.
    pub(super) fn with_ticks(mut self, at: &[f64], labels: Vec<String>) -> Self {
        self.ticks = ticks(at.to_vec(), labels);
        self
    }

    /// Where a value lies: 0 at the low end, 1 at the high end, clamped.
    pub(super) fn fraction(&self, value: f64) -> f64 {
        let fraction = match self.spread {
            Spread::Linear => (value - self.low) / (self.high - self.low),
            Spread::Logarithmic if value <= 0.0 => 0.0,
            Spread::Logarithmic => libm::log(value / self.low) / libm::log(self.high / self.low),
        };
        fraction.clamp(0.0, 1.0)
    }

    /// Whether a value is within the range, but for rounding.
    pub(super) fn contains(&self, value: f64) -> bool {
        let slack = 1e-9 * (self.high - self.low);
        value >= self.low - slack && value <= self.high + slack
    }
}

/// A name for a stretch of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeUnit {
    pub(super) hours: f64,
    pub(super) name: &'static str,
}

/// The unit in which a stretch of hours is best labelled.
pub(super) fn time_unit(hours: f64) -> TimeUnit {
    match hours {
        h if h > 48.0 => TimeUnit { hours: 24.0, name: "Days" },
        h if h > 2.0 => TimeUnit { hours: 1.0, name: "Hours" },
        _ => TimeUnit { hours: 1.0 / 60.0, name: "Minutes" },
    }
}

/// Smallest and largest finite value.
pub(super) fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|v| v.is_finite()).fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((low, high)) => Some((low.min(v), high.max(v))),
    })
}

/// A range with this share of its length added at both ends.
pub(super) fn padded((low, high): (f64, f64), share: f64) -> (f64, f64) {
    let pad = (high - low) * share;
    (low - pad, high + pad)
}

fn ticks(at: Vec<f64>, labels: Vec<String>) -> Vec<Tick> {
    at.into_iter().zip(labels).map(|(at, label)| Tick { at, label, below: String::new() }).collect()
}

/// A range that has a length.
fn widened(low: f64, high: f64) -> (f64, f64) {
    if high - low > 1e-9 * low.abs().max(high.abs()) && high > low {
        (low, high)
    } else if low == 0.0 {
        (0.0, 1.0)
    } else {
        (low - 0.05 * low.abs(), high + 0.05 * high.abs())
    }
}

/// The round number nearest above a wanted step; whole for things that come in ones.
pub(super) fn nice_step(wanted: f64, unit: Unit) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(wanted)));
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= wanted * 0.999);
    let step = step.unwrap_or(10.0 * power);
    if unit == Unit::Count { step.max(1.0) } else { step }
}

/// The round span of hours nearest above a wanted one.
fn clock_step(wanted: f64) -> f64 {
    let minutes = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 360.0, 720.0, 1440.0, 2880.0, 7200.0];
    let hours = minutes.into_iter().map(|m| m / 60.0).find(|h| *h >= wanted * 0.999);
    hours.unwrap_or_else(|| 24.0 * nice_step(wanted / 24.0, Unit::Count).ceil())
}

fn multiples(step: f64, low: f64, high: f64) -> Vec<f64> {
    let slack = 1e-9 * step;
    let (first, last) = (((low - slack) / step).ceil() as i64, ((high + slack) / step).floor() as i64);
    (first..=last).map(|k| k as f64 * step).collect()
}

/// Powers of ten within a range; with 2 and 5 times them if it spans little; every second or third if it spans much.
fn round_values(low: f64, high: f64) -> Vec<f64> {
    let decades = libm::log10(high / low);
    let factors: &[f64] = match decades {
        d if d <= 1.0 => &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
        d if d <= 2.5 => &[1.0, 2.0, 5.0],
        _ => &[1.0],
    };
    let every = if decades > 14.0 {
        3
    } else if decades > 7.0 {
        2
    } else {
        1
    };
    let (first, last) = (libm::log10(low).floor() as i32, libm::log10(high).ceil() as i32);
    let powers = (first..=last).filter(|k| k.rem_euclid(every) == 0);
    let value = |k: i32, factor: &f64| -> f64 { format!("{factor}e{k}").parse().expect("a number") };
    let values = powers.flat_map(|k| factors.iter().map(move |factor| value(k, factor)));
    values.filter(|v| *v >= low * 0.999_999 && *v <= high * 1.000_001).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(
            labels(&Axis::linear((0.0, 1.05e6), Unit::Usd, 5)),
            ["$0.00m", "$0.25m", "$0.50m", "$0.75m", "$1.00m"].map(|s| if s == "$0.00m" { "$0" } else { s })
        );
        assert_eq!(labels(&Axis::linear((0.0, 2.2), Unit::Count, 6)), ["0", "1", "2"]);
        assert_eq!(labels(&Axis::time((0.0, 168.0))), ["0", "1", "2", "3", "4", "5", "6", "7"]);
        assert_eq!(labels(&Axis::logarithmic((800.0, 2.0e6), Unit::Usd)), ["$1k", "$10k", "$100k", "$1m"]);
    }

    #[test]
    fn the_clock_names_each_day_once() {
        let axis = Axis::clock((46.0, 50.0));
        let days: Vec<&str> = axis.ticks.iter().map(|tick| tick.below.as_str()).filter(|b| !b.is_empty()).collect();
        assert_eq!(days, ["day 2", "day 3"]);
        assert_eq!(axis.ticks[0].label, "22:00");
    }

    #[test]
    fn empty_ranges_widen_and_values_clamp() {
        let flat = Axis::linear((0.0, 0.0), Unit::Usd, 5);
        assert_eq!((flat.fraction(0.0), flat.fraction(2.0)), (0.0, 1.0));
        let log = Axis::logarithmic((1.0, 100.0), Unit::Plain);
        assert_eq!((log.fraction(0.0), log.fraction(10.0), log.fraction(1e9)), (0.0, 0.5, 1.0));
        assert_eq!(extent([f64::NAN, 2.0, 1.0]), Some((1.0, 2.0)));
    }
}

//! When an issuer redeems: stretches of open time, in seconds from the start of the path.

/// Seconds in a day.
pub const DAY_SECONDS: f64 = 86_400.0;

/// Days from Monday 1969-12-29 to Thursday 1970-01-01, from which timestamps count.
const EPOCH_WEEKDAY: i64 = 3;

/// Open stretches from `.0` to before `.1`, rising, apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Hours(Vec<(f64, f64)>);

impl Hours {
    /// Open at all times.
    #[must_use]
    pub fn always() -> Self {
        Self(vec![(f64::NEG_INFINITY, f64::INFINITY)])
    }

    /// Open at all times but these, which rise and do not overlap.
    #[must_use]
    pub fn all_but(closures: &[(f64, f64)]) -> Self {
        let ends = closures.iter().map(|(_, to)| *to);
        let starts = closures.iter().map(|(from, _)| *from);
        let open = [f64::NEG_INFINITY].into_iter().chain(ends).zip(starts.chain([f64::INFINITY]));
        Self(open.filter(|(from, to)| from < to).collect())
    }

    /// Open on some days of the week (Monday first) from one time of the UTC day to another, in seconds, for a path of
    /// that length that starts at `start_ms`, milliseconds since 1970.
    #[must_use]
    pub fn weekly(start_ms: i64, horizon_seconds: f64, open_on: [bool; 7], (from, to): (f64, f64)) -> Self {
        let start = start_ms as f64 / 1000.0;
        let day_of = |seconds: f64| (seconds / DAY_SECONDS).floor() as i64;
        let mut open: Vec<(f64, f64)> = Vec::new();
        for day in day_of(start)..=day_of(start + horizon_seconds) {
            if !open_on[(day + EPOCH_WEEKDAY).rem_euclid(7) as usize] {
                continue;
            }
            let midnight = day as f64 * DAY_SECONDS - start;
            match open.last_mut() {
                Some(last) if last.1 == midnight + from => last.1 = midnight + to,
                _ => open.push((midnight + from, midnight + to)),
            }
        }
        Self(open)
    }

    /// Seconds of open time between two times.
    #[must_use]
    pub fn open_seconds(&self, from: f64, to: f64) -> f64 {
        self.within(from, to).fold(0.0, |sum, (from, to)| sum + (to - from))
    }

    /// The open stretches between two times, cut off there.
    pub fn within(&self, from: f64, to: f64) -> impl Iterator<Item = (f64, f64)> {
        let first = self.0.partition_point(|(_, end)| *end <= from);
        self.0[first..]
            .iter()
            .take_while(move |(start, _)| *start < to)
            .map(move |(start, end)| (start.max(from), end.min(to)))
    }
}

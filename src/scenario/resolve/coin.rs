//! Stablecoins: hours of redemption to times on the path.

use crate::price::hours::{DAY_SECONDS, Hours};
use crate::price::timestamp;
use crate::scenario::Stable;
use crate::scenario::key::KeyPath;
use crate::scenario::source::Problem;
use crate::scenario::spec::{ClosureSpec, RedemptionSpec, RunSpec, StableSpec, WeeklySpec};
use crate::unit::Span;

/// The stablecoin of a spec.
pub(super) fn stable(spec: &StableSpec, run: &RunSpec, path: &KeyPath, problems: &mut Vec<Problem>) -> Stable {
    let path = path.key("redemption");
    let redemption = match &spec.redemption {
        RedemptionSpec::Always => Hours::always(),
        RedemptionSpec::Weekly(spec) => weekly(spec, run, &path.key("weekly"), problems),
        RedemptionSpec::Closed(closures) => closed(closures, run, &path.key("closed"), problems),
    };
    Stable { noise_per_day: spec.noise_per_day.get(), return_half_life: spec.return_half_life.seconds(), redemption }
}

fn weekly(spec: &WeeklySpec, run: &RunSpec, path: &KeyPath, problems: &mut Vec<Problem>) -> Hours {
    let mut open_on = [false; 7];
    for (i, day) in spec.days.iter().enumerate() {
        if std::mem::replace(&mut open_on[*day as usize], true) {
            problems.push(Problem::new(&path.key("days").key(i), "this day is already in the list"));
        }
    }
    if spec.days.is_empty() {
        let problem = Problem::new(&path.key("days"), "without a day nothing is ever redeemed");
        problems.push(problem.help("expected one or more of \"mon\" to \"sun\"; closed throughout is closed = [{}]"));
    }
    let from = hour(&spec.from, &path.key("from"), problems);
    let to = hour(&spec.to, &path.key("to"), problems);
    if run.start.is_none() {
        let problem = Problem::new(path, "days of the week need a calendar, and the path has no start").on_key();
        problems.push(problem.help("add to [run]: start = \"2023-03-10T20:00:00Z\", in UTC"));
    }
    // A start that is no time has been reported where it stands.
    let start = run.start.as_deref().and_then(timestamp::parse).unwrap_or(0);
    let (Some(from), Some(to)) = (from, to) else { return Hours::always() };
    if from >= to {
        let message = format!("redemption closes at {}, not after it opens at {}", spec.to, spec.from);
        let help = "hours are those of one UTC day: \"00:00\" to \"24:00\" for all of it";
        problems.push(Problem::new(&path.key("to"), message).help(help));
    }
    Hours::weekly(start, run.horizon.seconds(), open_on, (from, to))
}

/// Seconds after midnight of `HH:MM`, up to `24:00`.
fn hour(text: &str, path: &KeyPath, problems: &mut Vec<Problem>) -> Option<f64> {
    let number = |digits: &str| {
        let two = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        two.then(|| digits.parse::<u8>().ok()).flatten().map(f64::from)
    };
    let parts = text.split_once(':').and_then(|(hours, minutes)| number(hours).zip(number(minutes)));
    let seconds = parts.filter(|(_, minutes)| *minutes < 60.0).map(|(h, m)| h * 3600.0 + m * 60.0);
    let seconds = seconds.filter(|seconds| *seconds <= DAY_SECONDS);
    if seconds.is_none() {
        let problem = Problem::new(path, format!("\"{text}\" is not an hour of the day"));
        problems.push(problem.help("write one such as \"14:00\", from \"00:00\" to \"24:00\""));
    }
    seconds
}

fn closed(closures: &[ClosureSpec], run: &RunSpec, path: &KeyPath, problems: &mut Vec<Problem>) -> Hours {
    let mut times: Vec<(f64, f64)> = Vec::new();
    for (i, closure) in closures.iter().enumerate() {
        let path = path.key(i);
        let from = closure.from.map_or(0.0, Span::seconds);
        let to = closure.to.map_or(f64::INFINITY, Span::seconds);
        if let Some(from) = closure.from.filter(|from| *from > run.horizon) {
            let message = format!("{from} is after the end of the path");
            problems.push(Problem::new(&path.key("from"), message).help(format!("run.horizon is {}", run.horizon)));
        } else if from >= to {
            let message = "this closure ends before it has begun";
            problems.push(Problem::new(&path.key("to"), message).help("both are from the start of the path"));
        } else if times.last().is_some_and(|(_, end)| from < *end) {
            let problem = Problem::new(&path, "this closure begins before the one before has ended").on_key();
            problems.push(problem.help("list closures in order, without overlap"));
        }
        times.push((from, to));
    }
    Hours::all_but(&times)
}

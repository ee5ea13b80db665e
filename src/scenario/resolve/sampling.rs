//! How price paths are sampled: counts of paths that pairs and scrambled nets come in.

use super::super::key::KeyPath;
use super::super::source::Problem;
use super::super::spec::{RunSpec, SamplingSpec};
use crate::random::Sampling;

/// Scrambles where none are asked for: their spread tells the error to an eighth.
const REPLICATES: u32 = 32;

/// Points that a scramble of the sequence has.
const POINTS_MAX: u64 = 1 << 32;

/// Checks `sampling` and `replicates` against the number of paths.
pub(super) fn resolve(run: &RunSpec, problems: &mut Vec<Problem>) -> Sampling {
    let path = KeyPath::root().key("run");
    if run.replicates.is_some() && run.sampling != SamplingSpec::Sobol {
        let problem = Problem::new(&path.key("replicates"), "only scrambled Sobol points come in replicates");
        problems.push(problem.help("leave it out, or write sampling = \"sobol\""));
    }
    match run.sampling {
        SamplingSpec::Random => Sampling::Random,
        SamplingSpec::Antithetic => {
            if !run.paths.is_multiple_of(2) {
                let message = format!("{} paths are not pairs: antithetic sampling takes an even number", run.paths);
                let help = format!("the next that is: paths = {}", run.paths.saturating_add(1));
                problems.push(Problem::new(&path.key("paths"), message).help(help));
            }
            Sampling::Antithetic
        }
        SamplingSpec::Sobol => {
            let replicates = run.replicates.unwrap_or(REPLICATES);
            if replicates < 2 {
                let message = format!("{replicates} scrambles tell no error: expected 2 or more");
                problems.push(Problem::new(&path.key("replicates"), message).help("32 tell it to an eighth"));
                return Sampling::Random;
            }
            check_net(run.paths, u64::from(replicates), problems);
            Sampling::Sobol { replicates }
        }
    }
}

/// A net has a power of two points; a part of one is not even.
fn check_net(paths: u64, replicates: u64, problems: &mut Vec<Problem>) {
    let (points, rest) = (paths / replicates, paths % replicates);
    if paths == 0 || (rest == 0 && points.is_power_of_two() && points <= POINTS_MAX) {
        return; // 0 paths are a problem of their own
    }
    let key = KeyPath::root().key("run").key("paths");
    let of = format!("{replicates} scrambled Sobol nets of a power of two points each");
    if points >= POINTS_MAX {
        let message = format!("{paths} paths are more than {of} can have");
        problems.push(Problem::new(&key, message).help(format!("the most is: paths = {}", replicates << 32)));
        return;
    }
    let above = (points + 1).next_power_of_two();
    let nearest = if above > 1 {
        format!("{} or {}", above / 2 * replicates, above * replicates)
    } else {
        (above * replicates).to_string()
    };
    let message = format!("{paths} paths are not {of}");
    problems.push(Problem::new(&key, message).help(format!("the nearest that are: paths = {nearest}")));
}

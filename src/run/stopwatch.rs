//! How long each phase takes, for `timings.json`; and, as the phases change, the one place that tells progress so.

use super::progress::{Phase, Progress};
use crate::store::manifest::{PhaseTiming, Timings};
use std::time::{Instant, SystemTime};

/// Times the phases of a run.
pub struct Stopwatch<'a> {
    progress: &'a dyn Progress,
    started_at: SystemTime,
    started: Instant,
    phases: Vec<(Phase, Instant)>,
}

impl<'a> Stopwatch<'a> {
    /// Begins now.
    #[must_use]
    pub fn start(progress: &'a dyn Progress) -> Self {
        Self { progress, started_at: SystemTime::now(), started: Instant::now(), phases: Vec::new() }
    }

    /// A phase of so many steps begins; the one before is over.
    pub fn phase(&mut self, phase: Phase, total: u64) {
        self.phases.push((phase, Instant::now()));
        self.progress.begin(phase, total);
    }

    /// Everything is over.
    #[must_use]
    pub fn stop(&self, threads: usize, paths: u64) -> Timings {
        let now = Instant::now();
        let ends = self.phases.iter().skip(1).map(|(_, start)| *start).chain([now]);
        let phases: Vec<PhaseTiming> = self
            .phases
            .iter()
            .zip(ends)
            .map(|((phase, start), end)| PhaseTiming {
                phase: phase.name().to_owned(),
                seconds: (end - *start).as_secs_f64(),
            })
            .collect();
        let running = phases.iter().filter(|p| p.phase == Phase::Paths.name()).fold(0.0, |sum, p| sum + p.seconds);
        Timings {
            started_at: humantime::format_rfc3339_seconds(self.started_at).to_string(),
            threads,
            elapsed_seconds: (now - self.started).as_secs_f64(),
            paths_per_second: paths as f64 / running,
            phases,
        }
    }
}

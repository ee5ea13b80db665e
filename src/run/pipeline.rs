//! Paths through threads and out again in order: the sink sees path after path as if one thread had run them, so
//! nothing that is written depends on the number of threads.
//!
//! The sink runs on the calling thread. It hands out tickets, a window of them at a time; worker threads run the paths
//! and send outcomes back; what comes early waits. Memory is bounded by the window.

use super::{RunError, go_on};
use crate::engine::{Record, Simulation};
use crate::outcome::PathOutcome;
use crossbeam_channel::{Receiver, Sender, bounded};
use rayon::ThreadPool;
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;

/// Name of worker threads, for whoever wants to tell their panics from others.
pub const WORKER: &str = "path-worker";

/// A path to run and what to keep of it.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    /// Which path.
    pub path: u64,
    /// What to keep.
    pub record: Record,
}

/// A pool of worker threads; 0 for as many as the machine has.
///
/// # Errors
/// If the system refuses the threads.
pub fn pool(threads: usize) -> Result<ThreadPool, RunError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|_| WORKER.to_owned())
        .build()
        .map_err(|e| RunError::Threads(e.to_string()))
}

/// Threads and what they run on.
#[derive(Clone, Copy)]
pub struct Workers<'a> {
    /// What to run.
    pub simulation: &'a Simulation<'a>,
    /// The threads.
    pub pool: &'a ThreadPool,
    /// Most outcomes on their way at once.
    pub window: usize,
    /// Set from elsewhere to stop.
    pub cancel: &'a AtomicBool,
}

impl Workers<'_> {
    /// Runs every ticket and feeds the outcomes to `sink`, in the order of the tickets.
    ///
    /// # Errors
    /// If the sink fails, a path panics, or `cancel` is set.
    pub fn run_in_order(
        &self,
        tickets: impl IntoIterator<Item = Ticket>,
        sink: impl FnMut(PathOutcome) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let (issue, issued) = bounded(self.window);
        let (hand_in, handed_in) = bounded(self.window);
        self.pool.in_place_scope(|scope| {
            for _ in 0..self.pool.current_num_threads() {
                let (issued, hand_in) = (issued.clone(), hand_in.clone());
                scope.spawn(move |_| work(self.simulation, &issued, &hand_in));
            }
            drop((issued, hand_in));
            // Moved, and dropped on return by whichever way: that tells the workers to stop.
            self.reorder(issue, handed_in, tickets, sink)
        })
    }

    #[expect(clippy::needless_pass_by_value, reason = "dropping the channels tells the workers to stop")]
    fn reorder(
        &self,
        issue: Sender<(u64, Ticket)>,
        handed_in: Receiver<(u64, Result<PathOutcome, RunError>)>,
        tickets: impl IntoIterator<Item = Ticket>,
        mut sink: impl FnMut(PathOutcome) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let gone = |_| RunError::Threads("a worker ended before its work".to_owned());
        let mut tickets = (0..).zip(tickets);
        let mut waiting = BTreeMap::new();
        let (mut next, mut out) = (0, 0);
        loop {
            while out - next < self.window as u64 {
                let Some(ticket) = tickets.next() else { break };
                issue.send(ticket).map_err(|e| gone(e.to_string()))?;
                out += 1;
            }
            if next == out {
                return Ok(());
            }
            let (number, outcome) = handed_in.recv().map_err(|e| gone(e.to_string()))?;
            waiting.insert(number, outcome?);
            go_on(self.cancel)?;
            while let Some(outcome) = waiting.remove(&next) {
                sink(outcome)?;
                next += 1;
            }
        }
    }
}

fn work(
    simulation: &Simulation,
    issued: &Receiver<(u64, Ticket)>,
    hand_in: &Sender<(u64, Result<PathOutcome, RunError>)>,
) {
    let mut workspace = simulation.workspace();
    for (number, Ticket { path, record }) in issued {
        let run = catch_unwind(AssertUnwindSafe(|| simulation.run(path, record, &mut workspace)));
        let failed = run.is_err();
        let outcome = run.map_err(|panic| RunError::Path { path, message: message_of(panic.as_ref()) });
        if hand_in.send((number, outcome)).is_err() || failed {
            return;
        }
    }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
}

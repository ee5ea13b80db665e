//! Ctrl-C and a polite kill: the run stops at the next path and removes its draft. A second Ctrl-C ends the program at
//! once; the draft then stays, under its temporary name, until the next run sweeps it away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that is set when the user wants to stop.
#[must_use]
pub fn flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    // Without a handler a signal ends the program at once, which is safe as well.
    let _ = ctrlc::set_handler(move || {
        if set.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    flag
}

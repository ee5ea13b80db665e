//! A progress bar on standard error, if that is a terminal; nothing otherwise.

use crate::run::progress::{Phase, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// The bar.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar that shows itself when there is something to show.
    #[must_use]
    pub fn new() -> Self {
        Self(ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()))
    }
}

impl Progress for Bar {
    fn begin(&self, phase: Phase, total: u64) {
        let template = if total == 0 {
            "{spinner} {msg}"
        } else {
            "{spinner} {msg}  {wide_bar} {human_pos} of {human_len}  {eta} left"
        };
        self.0.reset();
        self.0.set_length(total);
        self.0.set_style(ProgressStyle::with_template(template).expect("a template of known keys"));
        self.0.set_message(phase.label());
        self.0.enable_steady_tick(Duration::from_millis(100));
    }

    fn advance(&self) {
        self.0.inc(1);
    }

    fn end(&self) {
        self.0.finish_and_clear();
    }
}

//! The command line. Each command reads its arguments, calls the library, and says what came out: results on standard
//! output, progress and errors on standard error.
//!
//! Exit codes: 0 done, 1 something failed that should not, 2 bad input, 130 interrupted.

mod args;
mod bar;
mod calibrate;
mod chart;
mod check;
mod failure;
mod fund;
mod interrupt;
mod list;
mod margin;
mod replay;
mod run;
mod source;
mod sweep;
mod text;

use crate::run::pipeline::WORKER;
use args::{Cli, Command};
use clap::Parser;
use failure::Failure;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;
use std::process::ExitCode;

/// Runs the command that the program was started with.
#[must_use]
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(report_panic));
    let arguments = Cli::parse();
    match std::panic::catch_unwind(|| dispatch(&arguments.command)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            failure.report();
            failure.code()
        }
        // The hook has said it all.
        Err(_) => ExitCode::FAILURE,
    }
}

fn dispatch(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Run(arguments) => run::main(arguments),
        Command::Sweep(arguments) => sweep::main(arguments),
        Command::Chart(arguments) => chart::main(arguments),
        Command::Replay(arguments) => replay::main(arguments),
        Command::Check(arguments) => check::main(arguments),
        Command::Fund(arguments) => fund::main(arguments),
        Command::Calibrate(arguments) => calibrate::main(arguments),
        Command::List(arguments) => list::main(arguments),
        Command::Margin(arguments) => margin::main(arguments),
    }
}

/// A panic is said once: those of workers become errors that name their path. A backtrace is for those who ask for it.
fn report_panic(panic: &PanicHookInfo) {
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        eprintln!("{panic}\n{backtrace}");
    } else if std::thread::current().name() != Some(WORKER) {
        let message = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map_or_else(String::new, |at| format!(" ({at})"));
        eprintln!("error: this is a bug: {message}{place}");
    }
}

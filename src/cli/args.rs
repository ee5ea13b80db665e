//! Commands and flags. Doc comments are the help text.

use crate::calibrate::Model;
use crate::calibrate::sample::Named;
use crate::unit::{Amount, Positive, Span};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Stress-test of leverage and reuse of capital: savings deposits, liquidity tokens and futures margin in one simulation.
#[derive(Debug, Parser)]
#[command(name = "rehypo", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a scenario and write tables and charts into a directory of its own.
    Run(RunArgs),
    /// Run a scenario at every point of its [sweep] axes, on the same random numbers.
    Sweep(RunArgs),
    /// Draw the charts of a finished run or sweep again.
    Chart(ChartArgs),
    /// Run one path again and tell its story.
    Replay(ReplayArgs),
    /// Check a config and say what it would do: owners, leverage, opening balances, memory and time.
    Check(CheckArgs),
    /// How large the insurance fund of a finished run should be, and how often it is used up.
    Fund(FundArgs),
    /// Fit a price law to recorded prices and write a [prices] block for a config.
    Calibrate(CalibrateArgs),
    /// List what there is.
    List(ListArgs),
    /// Say what a futures venue would of one account: margins, liquidation prices, what a liquidation would do.
    Margin(MarginArgs),
}

/// Which scenario.
#[derive(Args, Debug)]
pub struct ScenarioArgs {
    /// Config file, or directory of a finished run, to repeat it.
    #[arg(value_name = "CONFIG|RUN_DIR")]
    pub config: PathBuf,
    /// Set a key of the config, such as `run.horizon=1d`; may be given several times.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// Number of paths; short for --set run.paths=N.
    #[arg(long, value_name = "N")]
    pub paths: Option<u64>,
    /// Seed of all random numbers; short for --set run.seed=N.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// Arguments of `run` and `sweep`.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// Which scenario.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Threads; as many as the machine has if left out. The numbers do not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Folder in which the directory is made [default: output, or where the repeated run is].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the summary as JSON on standard output, and nothing else.
    #[arg(long)]
    pub json: bool,
    /// Replace the directory if this scenario has been run already.
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `chart`.
#[derive(Args, Debug)]
pub struct ChartArgs {
    /// Directory of a finished run or sweep.
    pub run_dir: PathBuf,
    /// Draw this chart alone; see `rehypo list charts`.
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
}

/// Arguments of `replay`.
#[derive(Args, Debug)]
pub struct ReplayArgs {
    /// Which scenario. Of a finished run, the replayed path is compared with the one on disk.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Which path, 0 is the first. (With --paths unchanged any path can be replayed, also beyond the last.)
    #[arg(long, value_name = "N")]
    pub path: u64,
    /// How many events to print.
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub events: usize,
    /// Write the series and all events of the path into this new directory.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Arguments of `check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Which scenario.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Threads to reckon with.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
}

/// Arguments of `fund`.
#[derive(Args, Debug)]
pub struct FundArgs {
    /// Directory of a finished run.
    pub run_dir: PathBuf,
    /// What a USD held in the fund costs over the length of a path (a yearly rate times the years of a path).
    #[arg(long, value_name = "SHARE", value_parser = positive)]
    pub capital_cost: f64,
    /// What a USD costs that the fund lacks to stay above its floor.
    #[arg(long, value_name = "SHARE", default_value = "1", value_parser = positive)]
    pub loss_cost: f64,
    /// Size of the present fund, instead of what the run opens with.
    #[arg(long, value_name = "USD", value_parser = amount)]
    pub fund: Option<f64>,
}

/// Arguments of `calibrate`.
#[derive(Args, Debug)]
pub struct CalibrateArgs {
    /// Price file, CSV or Parquet: timestamp, symbol, open, high, low, close, or an exchange's klines.
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    /// Law to fit: gbm, merton, kou, heston, garch or regime.
    #[arg(long, value_name = "LAW")]
    pub model: Model,
    /// Symbol to fit, `BTCUSDT` or, with the name that its coin has in the config, `btc=BTCUSDT`; several times for
    /// several coins and their correlation. The only symbol of the file if left out.
    #[arg(long = "symbol", value_name = "[COIN=]SYMBOL")]
    pub symbols: Vec<Named>,
    /// First day to use, such as 2020-09-20.
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// Last day to use.
    #[arg(long, value_name = "DAY")]
    pub to: Option<String>,
    /// Join bars to longer ones of this length, such as 1d.
    #[arg(long, value_name = "SPAN")]
    pub bar: Option<Span>,
    /// Where bars are missing: `refuse`, or `split` to leave out the returns across gaps.
    #[arg(long, value_enum, default_value_t = Gaps::Refuse)]
    pub gaps: Gaps,
    /// How many regimes, for `--model regime`.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=3))]
    pub states: u8,
    /// Write the fitted drifts into the block (default: left out, so that no bull market is assumed).
    #[arg(long)]
    pub keep_drift: bool,
    /// Write the block into this new file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Draw the goodness of fit into this new PNG file.
    #[arg(long, value_name = "FILE.png")]
    pub chart: Option<PathBuf>,
    /// Replace files that are there already.
    #[arg(long)]
    pub force: bool,
}

/// What to do where bars are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Gaps {
    /// A gap is an error that names its rows.
    Refuse,
    /// Returns across gaps are left out.
    Split,
}

/// Arguments of `margin`.
#[derive(Args, Debug)]
pub struct MarginArgs {
    /// Account file, TOML or CSV.
    pub account: PathBuf,
    /// Print the numbers in full as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// What to list.
    pub what: Listing,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listing {
    /// Numbers per path, columns of paths.parquet.
    Metrics,
    /// Charts of a run.
    Charts,
    /// Laws of prices, tables below [prices].
    Prices,
    /// Kinds of venues, tables below [venues.<name>].
    Venues,
    /// Kinds of events in events.parquet.
    Events,
}

impl ScenarioArgs {
    /// All edits in the order in which they are made.
    #[must_use]
    pub fn edits(&self) -> Vec<String> {
        let paths = self.paths.map(|n| format!("run.paths={n}"));
        let seed = self.seed.map(|n| format!("run.seed={n}"));
        self.sets.iter().cloned().chain(paths).chain(seed).collect()
    }
}

fn positive(text: &str) -> Result<f64, String> {
    number(text).and_then(Positive::try_from).map(Positive::get)
}

fn amount(text: &str) -> Result<f64, String> {
    number(text).and_then(Amount::try_from).map(Amount::get)
}

fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "expected a number".to_owned())
}

//! `rehypo fund`: how large the insurance funds of a finished run would have had to be, how often a fund of another size
//! is used up, and which size costs least. A fund is used up on a path if it is smaller than that path needs: if it, or
//! one of several, would have gone below its floor.

use super::args::FundArgs;
use super::failure::Failure;
use super::text::{lines, print, table};
use crate::metric::figure::{count, percent, show, span, usd};
use crate::metric::fund::{Costs, Size, expected_cost, newsvendor_size};
use crate::metric::summary::share;
use crate::random::Sampling;
use crate::store::manifest::{Manifest, RunKind};
use crate::store::parquet::{file_of, read_column_if_present};
use std::path::{Path, PathBuf};

/// The opening funds with which none would have gone below its floor on a path, USD: each fund at its own worst moment,
/// without top-ups, with what deleveraging removed.
const NEEDED: &str = "fund_needed_usd";
/// What the insurance funds hold at the opening, USD.
const OPEN: &str = "fund_open_usd";
/// Most rungs of the ladder of round sizes: three decades.
const RUNGS: usize = 10;

/// Why a run says nothing of its funds.
#[derive(Debug, thiserror::Error)]
pub enum FundError {
    /// A sweep.
    #[error("{} is a sweep: give the directory of a run, or run one of its points", .0.display())]
    Sweep(PathBuf),
    /// A run without the column.
    #[error("{} has no column {NEEDED}\n  run the scenario again with this version of rehypo", .0.display())]
    NotRecorded(PathBuf),
    /// A path without the number, or a number that is no size.
    #[error("{}: path {path} has no {NEEDED} of 0 or more: does the scenario have an insurance fund?", file.display())]
    NoSize {
        /// The table.
        file: PathBuf,
        /// Which path.
        path: usize,
    },
    /// The run does not tell the size of its fund.
    #[error("{} does not say in {OPEN} how large the fund is: give its size with --fund USD", .0.display())]
    NoFund(PathBuf),
}

pub fn main(arguments: &FundArgs) -> Result<(), Failure> {
    let directory = &arguments.run_dir;
    let manifest = Manifest::read(directory)?;
    if manifest.kind == RunKind::Sweep {
        return Err(FundError::Sweep(directory.clone()).into());
    }
    let file = file_of(directory, "paths");
    let needed = read_column_if_present(&file, NEEDED)?.ok_or_else(|| FundError::NotRecorded(file.clone()))?;
    if let Some(path) = needed.iter().position(|x| x.is_nan() || *x < 0.0) {
        return Err(FundError::NoSize { file, path }.into());
    }
    let present = arguments.fund.map_or_else(|| opening_fund(&file), Ok)?;
    let costs = Costs { capital: arguments.capital_cost, loss: arguments.loss_cost };
    print(&report(&manifest, &Funds { needed, present, costs, sampling: manifest.sampling }))
}

/// The size of the fund, the same on every path.
fn opening_fund(file: &Path) -> Result<f64, Failure> {
    let sizes = read_column_if_present(file, OPEN)?.unwrap_or_default();
    match sizes.first() {
        Some(size) if sizes.iter().all(|other| other == size && *other >= 0.0) => Ok(*size),
        _ => Err(FundError::NoFund(file.to_owned()).into()),
    }
}

/// What is known of the funds of a run.
struct Funds {
    /// How large they would have had to be, path by path, USD.
    needed: Vec<f64>,
    /// What they hold at the opening, USD.
    present: f64,
    costs: Costs,
    sampling: Sampling,
}

impl Funds {
    /// Share of paths on which a fund of that size is used up, smaller than they need, and Wilson's interval.
    fn used_up(&self, size: f64) -> (f64, [f64; 2]) {
        let (share, [low, high]) = share(&self.needed, self.sampling, |need| need > size);
        // Rounding leaves a hair of the lower bound where no path is beyond.
        (share, [if share == 0.0 { 0.0 } else { low }, high])
    }

    /// The same with its interval, in words.
    fn used_up_words(&self, size: f64) -> String {
        let (share, [low, high]) = self.used_up(size);
        format!("{} of paths (95 % confidence {} to {})", percent(share), percent(low), percent(high))
    }

    /// Expected cost with its interval, in words.
    fn cost_words(&self, size: f64) -> String {
        let cost = expected_cost(&self.needed, size, self.costs, self.sampling);
        let interval = cost
            .ci95_usd
            .map_or_else(String::new, |[low, high]| format!(" (95 % confidence {} to {})", usd(low), usd(high)));
        format!("{}{interval}", usd(cost.usd))
    }

    /// Nothing, and round sizes up to the first that covers every path.
    fn ladder(&self) -> Vec<f64> {
        let most = self.needed.iter().copied().fold(0.0, f64::max);
        let mut rungs = vec![1.0];
        for step in [2.0, 2.5, 2.0].iter().cycle() {
            let last = rungs[rungs.len() - 1];
            if last >= most {
                break;
            }
            rungs.push(last * step);
        }
        rungs.drain(..rungs.len().saturating_sub(RUNGS));
        rungs.insert(0, 0.0);
        rungs
    }
}

fn report(manifest: &Manifest, funds: &Funds) -> String {
    let cheapest = newsvendor_size(&funds.needed, funds.costs, funds.sampling);
    format!(
        "{}: {} paths of {}\n\
         A path needs the fund that would not have gone below its floor: with less it is used up.\n\
         Costs over a path: {} per USD held in the fund, {} per USD that it lacks\n\n\
         The present fund of {} is used up on {}.\nIt costs {} on average.\n\n\
         A fund of {} costs least{}.\nIt is used up on {}\nand costs {} on average.\n\n{}",
        manifest.scenario,
        count(funds.needed.len() as u64),
        span(manifest.steps as f64 * manifest.step_seconds),
        funds.costs.capital,
        funds.costs.loss,
        usd(funds.present),
        funds.used_up_words(funds.present),
        funds.cost_words(funds.present),
        usd(cheapest.usd),
        bounds(&cheapest),
        funds.used_up_words(cheapest.usd),
        funds.cost_words(cheapest.usd),
        sizes(funds, cheapest.usd),
    )
}

/// ` (95 % confidence $1m to $2m)`.
fn bounds(size: &Size) -> String {
    match size.ci95_usd {
        [Some(low), Some(high)] if low < high => format!(" (95 % confidence {} to {})", usd(low), usd(high)),
        [Some(low), None] => format!(" (95 % confidence: at least {}; more paths would bound it from above)", usd(low)),
        _ => String::new(),
    }
}

/// A row for each rung, the present fund and the cheapest one, in full dollars.
fn sizes(funds: &Funds, cheapest: f64) -> String {
    let mut sizes = funds.ladder();
    sizes.extend([funds.present, cheapest]);
    sizes.sort_unstable_by(f64::total_cmp);
    sizes.dedup();
    let mut rows = table(&["fund USD", "used up", "95 % confidence", "expected cost USD", ""], 0);
    for size in sizes {
        let (share, [low, high]) = funds.used_up(size);
        let cost = expected_cost(&funds.needed, size, funds.costs, funds.sampling).usd;
        let which = [(funds.present, "present"), (cheapest, "costs least")];
        let which: Vec<&str> = which.iter().filter(|(of, _)| *of == size).map(|(_, what)| *what).collect();
        rows.add_row([
            show(size, "count"),
            percent(share),
            format!("{} to {}", percent(low), percent(high)),
            show(cost, "count"),
            which.join(", "),
        ]);
    }
    lines(&rows)
}

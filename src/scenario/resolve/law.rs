//! Laws of wealth and leverage: what their types cannot check.

use crate::scenario::key::KeyPath;
use crate::scenario::source::Problem;
use crate::scenario::spec::{LeverageSpec, WealthSpec};

/// Checks a law of wealth.
pub(super) fn check_wealth(law: &WealthSpec, path: &KeyPath) -> Result<(), Problem> {
    let (kind, low, high) = match law {
        WealthSpec::Fixed { .. } => return Ok(()),
        WealthSpec::Lognormal { median_usd, max_usd, .. } => ("lognormal", median_usd.get(), max_usd.get()),
        WealthSpec::Pareto { min_usd, max_usd, .. } => ("pareto", min_usd.get(), max_usd.get()),
    };
    let name = if kind == "pareto" { "min_usd" } else { "median_usd" };
    if high > low {
        return Ok(());
    }
    Err(Problem::new(&path.key(kind).key("max_usd"), format!("{high} is not above {name} {low}")))
}

/// Checks a law of leverage; returns the largest leverage it can give.
pub(super) fn check_leverage(law: &LeverageSpec, path: &KeyPath) -> Result<f64, Problem> {
    match law {
        LeverageSpec::Fixed { x } => Ok(x.get()),
        LeverageSpec::Lognormal { median, max, .. } if max <= median => {
            let message = format!("{} is not above median {}", max.get(), median.get());
            Err(Problem::new(&path.key("lognormal").key("max"), message))
        }
        LeverageSpec::Lognormal { max, .. } => Ok(max.get()),
        LeverageSpec::Histogram { edges, weights } => {
            let path = path.key("histogram");
            if weights.is_empty() || edges.len() != weights.len() + 1 {
                let message = format!("{} edges do not enclose {} weights", edges.len(), weights.len());
                let help = format!("expected one edge more than weights: {} edges", weights.len().max(1) + 1);
                return Err(Problem::new(&path.key("edges"), message).help(help));
            }
            if let Some(i) = (1..edges.len()).find(|&i| edges[i] <= edges[i - 1]) {
                let message = format!("edges must rise, but {} follows {}", edges[i].get(), edges[i - 1].get());
                return Err(Problem::new(&path.key("edges").key(i), message));
            }
            if weights.iter().all(|w| w.get() == 0.0) {
                return Err(Problem::new(&path.key("weights"), "all weights are 0: expected one above 0"));
            }
            Ok(edges.last().map_or(0.0, |e| e.get()))
        }
    }
}

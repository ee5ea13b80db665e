//! Collateral ratios: one share, or shares by amount.

use crate::scenario::RatioTier;
use crate::scenario::key::KeyPath;
use crate::scenario::source::Problem;
use crate::scenario::spec::{CollateralSpec, RatioTierSpec};
use crate::unit::Positive;

/// Least haircut that a venue sells an asset at, if the config does not say: Binance's for stable assets (USD1 and U,
/// announcements of 2025-12-10 and 2026-02-03). At a haircut of 0 no market would do, as any sale moves the price.
const LEAST_HAIRCUT: f64 = 0.01;

/// Most of it.
const MOST_HAIRCUT: f64 = 0.999;

/// Haircut when a venue sells an asset, if the config does not say: what does not count as margin, but for settlement
/// coins no less than 1 %.
pub(super) fn auto_exchange_haircut(ratios: &[RatioTier], is_settlement: bool) -> f64 {
    let least = if is_settlement { 0.0 } else { LEAST_HAIRCUT };
    (1.0 - ratios[0].ratio).clamp(least, MOST_HAIRCUT)
}

/// The shares of an asset that count, by amount.
pub(super) fn resolve(
    key: &str,
    terms: &CollateralSpec,
    path: &KeyPath,
    problems: &mut Vec<Problem>,
) -> Vec<RatioTier> {
    let whole = |ratio| vec![RatioTier { up_to_usd: f64::INFINITY, ratio }];
    let tiers = match (terms.ratio, terms.tiers.as_slice()) {
        (Some(ratio), []) => whole(ratio.get()),
        (None, []) => {
            let problem = Problem::new(path, format!("`{key}` needs a `ratio` or `tiers`")).on_key();
            problems.push(problem.help("ratio: share of the index value that counts, such as 0.95"));
            return whole(1.0);
        }
        (Some(_), _) => {
            let problem = Problem::new(&path.key("tiers"), format!("`{key}` has both a `ratio` and `tiers`"));
            problems.push(problem.on_key().help("leave one of them out"));
            return whole(1.0);
        }
        (None, tiers) => match tiered(tiers, path, problems) {
            Some(tiers) => tiers,
            None => return whole(1.0),
        },
    };
    if tiers[0].ratio == 0.0 {
        let problem = Problem::new(path, format!("at a ratio of 0 `{key}` counts for nothing")).on_key();
        problems.push(problem.help("leave the asset out, or give it a ratio above 0"));
    }
    tiers
}

fn tiered(tiers: &[RatioTierSpec], path: &KeyPath, problems: &mut Vec<Problem>) -> Option<Vec<RatioTier>> {
    let mut out: Vec<RatioTier> = Vec::with_capacity(tiers.len());
    for (i, tier) in tiers.iter().enumerate() {
        let path = path.key("tiers").key(i);
        let up_to_usd = tier.up_to_usd.map_or(f64::INFINITY, Positive::get);
        let (from, above) = out.last().map_or((0.0, 1.0), |t| (t.up_to_usd, t.ratio));
        let last = i + 1 == tiers.len();
        let wrong = if last != up_to_usd.is_infinite() {
            Some(if last {
                (path.clone(), "the last tier must have no end".to_owned(), "leave `up_to_usd` out".to_owned())
            } else {
                let help = "only the last tier has no `up_to_usd`".to_owned();
                (path.clone(), "this tier has no end, so the next never begins".to_owned(), help)
            })
        } else if up_to_usd <= from {
            let message = format!("the tier ends at {up_to_usd}, where the one before has already ended");
            Some((path.key("up_to_usd"), message, format!("expected more than {from}")))
        } else if tier.ratio.get() > above {
            let message = format!("{} is above the {above} of the tier before", tier.ratio.get());
            Some((path.key("ratio"), message, "a larger amount never counts for more".to_owned()))
        } else {
            None
        };
        if let Some((path, message, help)) = wrong {
            problems.push(Problem::new(&path, message).help(help));
            return None;
        }
        out.push(RatioTier { up_to_usd, ratio: tier.ratio.get() });
    }
    Some(out)
}

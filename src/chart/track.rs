//! Series over time: the bands of `bands.parquet` and the paths of `series.parquet`, one per entity.

use super::axis::extent;
use super::error::ChartError;
use super::run::RunDir;
use super::table::Table;
use indexmap::IndexMap;

/// Quantiles over paths, step by step.
#[derive(Clone, Debug, Default)]
pub(super) struct Bands {
    pub(super) entity: String,
    pub(super) hours: Vec<f64>,
    /// 1, 5, 25, 50, 75, 95 and 99 %.
    pub(super) quantiles: [Vec<f64>; 7],
}

/// One path of one world.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub(super) path: u64,
    pub(super) rank: u32,
    pub(super) world: String,
    pub(super) entity: String,
    pub(super) hours: Vec<f64>,
    pub(super) values: Vec<f64>,
}

/// Position of the median in [`Bands::quantiles`].
pub(super) const MEDIAN: usize = 3;

const QUANTILES: [&str; 7] = ["p01", "p05", "p25", "p50", "p75", "p95", "p99"];

impl Bands {
    /// Smallest and largest value of any quantile.
    pub(super) fn extent(&self) -> Option<(f64, f64)> {
        extent(self.quantiles.iter().flatten().copied())
    }

    /// A quantile at the last step.
    pub(super) fn end(&self, quantile: usize) -> f64 {
        self.quantiles[quantile].last().copied().unwrap_or(f64::NAN)
    }

    /// The median at the first step.
    pub(super) fn start(&self) -> f64 {
        self.quantiles[MEDIAN].first().copied().unwrap_or(f64::NAN)
    }

    /// Largest and smallest value that a quantile takes.
    pub(super) fn extent_of(&self, quantile: usize) -> Option<(f64, f64)> {
        extent(self.quantiles[quantile].iter().copied())
    }
}

/// The bands of a series, one entry an entity, in the order of the file.
pub(super) fn bands(run: &RunDir, series: &str) -> Result<Vec<Bands>, ChartError> {
    let rows = run.bands()?.rows_where("series", series)?;
    let columns: Vec<Vec<f64>> = QUANTILES.iter().map(|name| rows.numbers(name)).collect::<Result<_, _>>()?;
    let hours = rows.numbers("time_hours")?;
    let by_entity = rows_by_key(rows.texts("entity")?, &hours);
    let take = |(entity, order): (String, Vec<usize>)| Bands {
        entity,
        hours: order.iter().map(|i| hours[*i]).collect(),
        quantiles: std::array::from_fn(|q| order.iter().map(|i| columns[q][*i]).collect()),
    };
    Ok(by_entity.into_iter().map(take).collect())
}

/// The worst paths of a series, every world, by entity, world and rank.
pub(super) fn worst_tracks(run: &RunDir, series: &str) -> Result<Vec<Track>, ChartError> {
    let rows = run.series()?.rows_where("series", series)?.rows_where("role", "worst")?;
    tracks(&rows)
}

fn tracks(rows: &Table) -> Result<Vec<Track>, ChartError> {
    let (hours, values) = (rows.numbers("time_hours")?, rows.numbers("value")?);
    let (paths, ranks) = (rows.numbers("path")?, rows.numbers("rank")?);
    let (worlds, entities) = (rows.texts("world")?, rows.texts("entity")?);
    let keys = (0..rows.rows()).map(|i| (entities[i].clone(), worlds[i].clone(), ranks[i] as u32, paths[i] as u64));
    let take = |((entity, world, rank, path), order): ((String, String, u32, u64), Vec<usize>)| Track {
        path,
        rank,
        world,
        entity,
        hours: order.iter().map(|i| hours[*i]).collect(),
        values: order.iter().map(|i| values[*i]).collect(),
    };
    Ok(rows_by_key(keys, &hours).into_iter().map(take).collect())
}

/// Rows of each key in the order of time, keys in the order in which they first appear.
fn rows_by_key<K: std::hash::Hash + Eq>(keys: impl IntoIterator<Item = K>, hours: &[f64]) -> IndexMap<K, Vec<usize>> {
    let mut by_key: IndexMap<K, Vec<usize>> = IndexMap::new();
    for (i, key) in keys.into_iter().enumerate() {
        by_key.entry(key).or_default().push(i);
    }
    for order in by_key.values_mut() {
        order.sort_by(|a, b| hours[*a].total_cmp(&hours[*b]));
    }
    by_key
}

//! A finished sweep: its axes, and the figures of each point. An axis is a column of `sweep.parquet` that is neither
//! the point's number nor a figure of a metric.

use super::error::ChartError;
use super::number::Unit;
use super::run::RunDir;
use super::table::Table;
use super::world::{WORLDS, World};
use crate::store::schema::SWEEP_FIGURES;

/// Metrics worth a picture, where they are not zero at every point; all that the sweep has if there is none of these.
const HEADLINES: [&str; 11] = [
    "loss_share",
    "liquidated_usd",
    "liquidated_owner_share",
    "amplification_x",
    "reuse_loss_usd",
    "pool_run",
    "unpaid_peak_usd",
    "token_discount_worst",
    "adl_needed_usd",
    "adl_removed_usd",
    "adl_over_shoot_usd",
];
/// Metrics worth a picture where points differ in them.
const WHERE_DIFFERENT: [&str; 1] = ["capital_efficiency_open"];
/// Pictures of a sweep without any headline metric.
const MOST: usize = 8;

/// A swept key and its value at each point.
#[derive(Clone, Debug)]
pub(super) struct SweptKey {
    pub(super) key: String,
    /// Distinct values in rising order, or in the order of the file if they are words.
    pub(super) labels: Vec<String>,
    /// The same as numbers, if they are.
    pub(super) numbers: Option<Vec<f64>>,
    /// Position among the distinct values, for each point.
    pub(super) at: Vec<usize>,
}

/// Figures of a metric in a world, for each point.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    pub(super) world: World,
    pub(super) mean: Vec<f64>,
    pub(super) error: Vec<f64>,
    pub(super) p95: Vec<f64>,
}

/// A sweep.
#[derive(Debug)]
pub(super) struct Sweep {
    pub(super) run: RunDir,
    pub(super) keys: Vec<SweptKey>,
    pub(super) metrics: Vec<String>,
    table: Table,
}

impl Sweep {
    pub(super) fn open(dir: &std::path::Path) -> Result<Self, ChartError> {
        let run = RunDir::open(dir)?;
        let table = Table::read_all(&run.file("sweep"))?;
        let names = table.names();
        let keys = names.iter().filter(|name| *name != "point" && metric_of(name).is_none());
        let keys = keys.map(|key| swept_key(&table, key)).collect::<Result<_, _>>()?;
        let metrics = metrics(&table, &names);
        Ok(Self { run, keys, metrics, table })
    }

    /// Number of points.
    pub(super) fn points(&self) -> usize {
        self.table.rows()
    }

    /// The figures of a metric in every world that has them.
    pub(super) fn figures(&self, metric: &str) -> Result<Vec<Figures>, ChartError> {
        let column = |world: World, figure: &str| format!("{}{metric}_{figure}", world.prefix);
        let known = WORLDS.into_iter().filter(|world| self.table.has(&column(*world, "mean")));
        let read = |world: World| {
            let of = |figure| self.table.numbers(&column(world, figure));
            Ok(Figures {
                world,
                mean: of("mean")?,
                error: of("se")?.into_iter().map(|se| se * self.run.widening()).collect(),
                p95: of("p95")?,
            })
        };
        let all: Vec<Figures> = known.map(read).collect::<Result<_, _>>()?;
        Ok(all.into_iter().filter(|figures| figures.mean.iter().any(|mean| mean.is_finite())).collect())
    }
}

/// The metric that a column is a figure of; dotted names are keys.
fn metric_of(column: &str) -> Option<&str> {
    let figure = SWEEP_FIGURES.iter().find_map(|(figure, _)| column.strip_suffix(figure)?.strip_suffix('_'));
    figure.filter(|_| !column.contains('.'))
}

/// The metrics to draw: of the headlines those that something came of at some point.
fn metrics(table: &Table, names: &[String]) -> Vec<String> {
    let valued = |metric: &str| {
        let mean = table.numbers(&format!("{metric}_mean"));
        mean.is_ok_and(|mean| mean.iter().any(|value| value.is_finite() && *value != 0.0))
    };
    let differs = |metric: &str| {
        let mean = table.numbers(&format!("{metric}_mean"));
        mean.is_ok_and(|mean| mean.windows(2).any(|pair| pair[0] != pair[1]))
    };
    let different = WHERE_DIFFERENT.into_iter().filter(|metric| valued(metric) && differs(metric));
    let headlines: Vec<String> =
        HEADLINES.into_iter().filter(|metric| valued(metric)).chain(different).map(str::to_owned).collect();
    if !headlines.is_empty() {
        return headlines;
    }
    let counterfactual = |metric: &str| WORLDS.iter().skip(1).any(|world| metric.starts_with(world.prefix));
    let mut found: Vec<String> = Vec::new();
    for metric in names.iter().filter_map(|name| metric_of(name)).filter(|metric| !counterfactual(metric)) {
        if !found.iter().any(|known| known == metric) {
            found.push(metric.to_owned());
        }
    }
    found.truncate(MOST);
    found
}

/// A key as a table with a column of its values has it.
pub(super) fn swept_key(table: &Table, key: &str) -> Result<SweptKey, ChartError> {
    let key_of = |labels, numbers, at| SweptKey { key: key.to_owned(), labels, numbers, at };
    if table.is_numeric(key) {
        let values = table.numbers(key)?;
        let mut distinct = values.clone();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        let at = values.iter().map(|v| distinct.iter().position(|d| d.total_cmp(v).is_eq()).unwrap_or(0)).collect();
        let labels = distinct.iter().map(|value| Unit::Plain.show(*value)).collect();
        return Ok(key_of(labels, Some(distinct), at));
    }
    let values = table.texts(key)?;
    let mut distinct: Vec<String> = Vec::new();
    for value in &values {
        if !distinct.contains(value) {
            distinct.push(value.clone());
        }
    }
    let at = values.iter().map(|v| distinct.iter().position(|d| d == v).unwrap_or(0)).collect();
    Ok(key_of(in_short(distinct), None, at))
}

/// Values as an axis has room for them, unless two would then read the same.
fn in_short(values: Vec<String>) -> Vec<String> {
    let short: Vec<String> = values.iter().map(|value| shortened(value)).collect();
    let told_apart = short.iter().enumerate().all(|(i, label)| !short[..i].contains(label));
    if told_apart { short } else { values }
}

/// An inline table of TOML without its braces: `{ capped_pro_rata = { cap = 0.5 } }` is `capped_pro_rata 0.5`. The
/// inner key is left out where it is the only one. Anything else stays as it is.
fn shortened(value: &str) -> String {
    let parsed = format!("value = {value}").parse::<toml::Table>().ok();
    let Some(toml::Value::Table(choice)) = parsed.and_then(|mut table| table.remove("value")) else {
        return value.to_owned();
    };
    let inside = |value: &toml::Value| match value {
        toml::Value::Table(terms) if terms.len() == 1 => terms.values().map(written).collect(),
        toml::Value::Table(terms) => {
            terms.iter().map(|(key, term)| format!("{key} {}", written(term))).collect::<Vec<_>>().join(", ")
        }
        other => written(other),
    };
    let parts = choice.iter().map(|(key, value)| format!("{key} {}", inside(value)).trim_end().to_owned());
    parts.collect::<Vec<_>>().join(", ")
}

fn written(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_tables_are_shortened_where_that_is_clear() {
        let shortened = |values: &[&str]| in_short(values.iter().map(ToString::to_string).collect());
        let rules = ["queue", "{ capped_pro_rata = { cap = 0.5 } }", "{ risk_weighted = {} }", "{ fixed = 3 }"];
        assert_eq!(shortened(&rules), ["queue", "capped_pro_rata 0.5", "risk_weighted", "fixed 3"]);
        let terms = ["{ risk_weighted = { power = 2.0, above = 1.0 } }", "{ blend = { of = \"spot\" } }", "[1, 2]"];
        assert_eq!(shortened(&terms), ["risk_weighted power 2.0, above 1.0", "blend spot", "[1, 2]"]);
        let alike = ["{ blend = { floor = 0.5 } }", "{ blend = { weight = 0.5 } }"];
        assert_eq!(shortened(&alike), alike, "two values never read the same");
    }

    #[test]
    fn figures_are_told_from_keys() {
        assert_eq!(metric_of("no_reuse_loss_usd_mean"), Some("no_reuse_loss_usd"));
        assert_eq!(metric_of("loss_usd_p95"), Some("loss_usd"));
        assert_eq!(metric_of("venues.earn.savings.utilisation_mean"), None);
        assert_eq!(metric_of("point"), None);
    }
}

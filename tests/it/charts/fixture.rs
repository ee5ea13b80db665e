//! A run directory made without the engine: a toy world (prices that fall, positions that close, a pool that runs dry)
//! written in the formats of a real run, large and uneven enough to show what a chart does with real numbers.

use polars::prelude::{Column, DataFrame, NamedFrom, ParquetReader, ParquetWriter, SerReader, Series};
use rehypo::random::{Purpose, normal, stream, uniform};
use std::fs::{self, File};
use std::path::Path;

pub const COINS: [&str; 5] = ["btc", "eth", "sol", "bnb", "usdt"];
const OPENING: [f64; 5] = [112_300.0, 4_150.0, 212.4, 1_083.0, 1.0];
const VOLATILITY: [f64; 5] = [0.55, 0.75, 1.05, 0.65, 0.0];
pub const COHORTS: [&str; 4] = ["bfusd_stack", "flexible_loop", "ldusdt_margin", "plain_margin"];
const WORLDS: [(&str, &str); 3] = [("full", ""), ("no_feedback", "no_feedback_"), ("no_reuse", "no_reuse_")];
pub const LAYERS: [&str; 7] = ["coins", "savings", "loans", "tokens", "futures", "liquidation", "exit"];

/// What kind of world to write.
#[derive(Clone, Copy, Debug)]
pub struct World {
    pub paths: usize,
    pub steps: usize,
    pub step_seconds: f64,
    /// Forced closes per fall of the prices; 0 for a world in which nothing happens.
    pub fragility: f64,
    /// Whether counterfactuals were run.
    pub counterfactuals: bool,
    /// Whether there are a pool and a token.
    pub venues: bool,
}

pub const SMALL: World =
    World { paths: 120, steps: 96, step_seconds: 1800.0, fragility: 1.0, counterfactuals: true, venues: true };

/// One path in one world: series by name, a value a step.
struct Path_ {
    series: Vec<(&'static str, String, Vec<f64>)>,
    liquidated_usd: f64,
    loss_usd: f64,
}

const WEALTH_USD: f64 = 412.0e6;

fn simulate(world: &World, path: usize, variant: usize) -> Path_ {
    let mut rng = stream(7, Purpose::Prices, path as u64);
    let dt = world.step_seconds / 31_557_600.0;
    let n = world.steps + 1;
    let mut outside = vec![vec![1.0; n]; COINS.len()];
    let wild = 0.7 + 0.5 * normal(&mut rng).abs();
    let crash = if path % 11 == 3 { 1 + (uniform(&mut rng) * (n - 2) as f64) as usize } else { 0 };
    for t in 1..n {
        let jump = if crash > 0 && (crash..crash + 4).contains(&t) { -0.035 } else { 0.0 };
        let common = normal(&mut rng);
        for (coin, prices) in outside.iter_mut().enumerate() {
            let shock = 0.8 * common + 0.6 * normal(&mut rng);
            let sigma = VOLATILITY[coin] * libm::sqrt(dt) * wild;
            prices[t] =
                prices[t - 1] * libm::exp(sigma * shock - sigma * sigma / 2.0 + if coin < 4 { jump } else { 0.0 });
        }
    }
    let (impact, reuse) = [(1.0, 1.0), (0.0, 1.0), (1.0, 0.45)][variant];
    let mut gap = 0.0;
    let mut lowest: f64 = 1.0;
    let (mut closed, mut unpaid, mut discount, mut utilisation) = (0.0f64, 0.0f64, 0.0f64, 0.81f64);
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); 8];
    let mut traded: Vec<Vec<f64>> = vec![Vec::new(); COINS.len()];
    for (t, ((btc, eth), sol)) in outside[0].iter().zip(&outside[1]).zip(&outside[2]).enumerate() {
        gap *= libm::exp(-world.step_seconds / 14_400.0);
        let mut step_usd = 0.0;
        for _ in 0..3 {
            let basket = (btc + eth + sol) / 3.0 * (1.0 + gap);
            let fall = (lowest - basket).max(0.0);
            if fall > 0.0 && basket < 0.965 {
                let usd = world.fragility * reuse * 5.0e8 * fall * (1.0f64 - closed / 5.0e8).max(0.1);
                step_usd += usd;
                gap = (gap - impact * usd / 5.0e8f64).max(-0.45);
            }
            lowest = lowest.min(basket);
        }
        closed += step_usd;
        let stress = world.fragility * reuse * ((1.0 - lowest).max(0.0) + 2.0 * step_usd / 1e8).min(0.6);
        utilisation = (utilisation + 0.02 * stress + 0.002 * (0.81 - utilisation) + 0.0006 * btc - 0.0006).min(1.0);
        unpaid = if utilisation >= 1.0 { unpaid + 2.0e5 * stress } else { (unpaid - 3.0e5f64).max(0.0) };
        discount = discount * 0.97 - world.fragility * 0.012 * (stress - 0.03).max(0.0) * impact.max(0.3);
        for (coin, prices) in traded.iter_mut().enumerate() {
            prices.push(OPENING[coin] * outside[coin][t] * if coin == 4 { 1.0 } else { 1.0 + gap });
        }
        let row = [
            step_usd,
            closed,
            utilisation,
            0.6 + 0.5 * (utilisation - 0.8),
            unpaid,
            1.0 + discount,
            discount,
            0.4 * discount,
        ];
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    let fall = 1.0 - traded[0][n - 1] / OPENING[0];
    let loss_usd =
        WEALTH_USD * (0.9 * reuse * fall.max(-0.2) + 0.001) + 0.16 * closed + unpaid * 0.1 - 100.0 * discount;
    let mut series = Vec::new();
    for (coin, prices) in traded.into_iter().enumerate() {
        if coin < 4 {
            series.push((
                "mark_price_usd",
                format!("{}-perp", COINS[coin]),
                prices.iter().map(|p| p * 0.9995).collect(),
            ));
        }
        series.push(("spot_price_usd", COINS[coin].to_owned(), prices));
    }
    let names = ["liquidated_usd", "liquidated_cumulative_usd", "utilisation", "utilisation", "unpaid_usd"];
    let names = names.into_iter().chain(["token_price_usd", "token_discount", "token_discount"]);
    let entities = ["", "", "earn/usdt", "earn/usdc", "earn", "bfusd", "bfusd", "usde"];
    for ((name, entity), values) in names.zip(entities).zip(columns) {
        if world.venues || name.starts_with("liquidated") {
            series.push((name, entity.to_owned(), values));
        }
    }
    Path_ { series, liquidated_usd: closed, loss_usd }
}

/// Writes the run directory.
pub fn write_run(dir: &Path, world: &World) {
    fs::create_dir_all(dir).unwrap();
    let variants = if world.counterfactuals { 3 } else { 1 };
    let paths: Vec<Vec<Path_>> =
        (0..world.paths).map(|p| (0..variants).map(|v| simulate(world, p, v)).collect()).collect();
    write_manifest(dir, world);
    write_paths(dir, &paths);
    write_bands(dir, world, &paths);
    write_series(dir, world, &paths);
    write_accounts(dir);
    write_cohorts(dir, world, &paths);
}

fn write_manifest(dir: &Path, world: &World) {
    let manifest = format!(
        r#"{{"scenario": "bfusd_stack", "about": "Savings, BFUSD and futures on the same dollars.", "seed": 7,
            "paths": {}, "steps": {}, "step_seconds": {}, "owners": 10000, "version": "0.1.0", "extra": [1]}}"#,
        world.paths, world.steps, world.step_seconds
    );
    fs::write(dir.join("manifest.json"), manifest).unwrap();
}

fn write_paths(dir: &Path, paths: &[Vec<Path_>]) {
    let mut columns = vec![column("path", (0..paths.len() as u64).collect::<Vec<u64>>())];
    for (variant, (_, prefix)) in WORLDS.iter().enumerate().take(paths[0].len()) {
        let of = |value: fn(&Path_) -> f64| paths.iter().map(|p| value(&p[variant])).collect::<Vec<f64>>();
        columns.push(column(&format!("{prefix}liquidated_usd"), of(|p| p.liquidated_usd)));
        columns.push(column(&format!("{prefix}loss_usd"), of(|p| p.loss_usd)));
        columns.push(column(&format!("{prefix}loss_share"), of(|p| p.loss_usd / WEALTH_USD)));
    }
    write(dir, "paths", columns);
}

fn write_bands(dir: &Path, world: &World, paths: &[Vec<Path_>]) {
    let (mut names, mut entities, mut steps, mut hours) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut quantiles: Vec<Vec<f64>> = vec![Vec::new(); 8];
    for s in 0..paths[0][0].series.len() {
        let (name, entity, _) = &paths[0][0].series[s];
        for t in 0..=world.steps {
            let mut values: Vec<f64> = paths.iter().map(|p| p[0].series[s].2[t]).collect();
            values.sort_by(f64::total_cmp);
            let mean = values.iter().fold(0.0, |sum, v| sum + v) / values.len() as f64;
            let at = |q: f64| values[((values.len() - 1) as f64 * q).round() as usize];
            let row = [mean, at(0.01), at(0.05), at(0.25), at(0.5), at(0.75), at(0.95), at(0.99)];
            for (column, value) in quantiles.iter_mut().zip(row) {
                column.push(value);
            }
            names.push(*name);
            entities.push(entity.clone());
            steps.push(t as u32);
            hours.push(t as f64 * world.step_seconds / 3600.0);
        }
    }
    let rows = names.len();
    let mut columns = vec![column("series", names), column("entity", entities), column("step", steps)];
    columns.extend([column("time_hours", hours), column("paths", vec![world.paths as u32; rows])]);
    for (name, values) in ["mean", "p01", "p05", "p25", "p50", "p75", "p95", "p99"].into_iter().zip(quantiles) {
        columns.push(column(name, values));
    }
    write(dir, "bands", columns);
}

fn write_series(dir: &Path, world: &World, paths: &[Vec<Path_>]) {
    let mut order: Vec<usize> = (0..paths.len()).collect();
    order.sort_by(|a, b| paths[*b][0].loss_usd.total_cmp(&paths[*a][0].loss_usd));
    let worst = order.iter().take(3).enumerate().map(|(i, path)| (*path, "worst", i as u32 + 1));
    let (mut path_ids, mut roles, mut ranks, mut worlds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut steps, mut hours, mut names) = (Vec::new(), Vec::new(), Vec::new());
    let (mut entities, mut values) = (Vec::new(), Vec::new());
    for (path, role, rank) in worst.chain([(0, "sample", 1)]) {
        for (variant, outcome) in paths[path].iter().enumerate() {
            for (name, entity, series) in &outcome.series {
                for (t, value) in series.iter().enumerate() {
                    path_ids.push(path as u64);
                    roles.push(role);
                    ranks.push(rank);
                    worlds.push(WORLDS[variant].0);
                    steps.push(t as u32);
                    hours.push(t as f64 * world.step_seconds / 3600.0);
                    names.push(*name);
                    entities.push(entity.clone());
                    values.push(*value);
                }
            }
        }
    }
    let mut columns = vec![column("path", path_ids), column("role", roles), column("rank", ranks)];
    columns.extend([column("world", worlds), column("step", steps), column("time_hours", hours)]);
    columns.extend([column("series", names), column("entity", entities), column("value", values)]);
    write(dir, "series", columns);
}

fn write_accounts(dir: &Path) {
    let mut rng = stream(7, Purpose::Population, 0);
    let (mut cohorts, mut equity, mut nominal, mut effective) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for owner in 0..2000 {
        let cohort = owner % 4;
        let leverage = libm::exp([1.3, 0.2, 1.1, 1.2][cohort] + 0.7 * normal(&mut rng));
        let depth = [2.4, 1.0, 1.6, 1.0][cohort];
        cohorts.push(COHORTS[cohort]);
        equity.push(libm::exp(9.0 + 1.6 * normal(&mut rng)));
        nominal.push(if cohort == 1 { 0.0 } else { leverage });
        effective.push(if cohort == 1 {
            1.0 + 2.0 * leverage
        } else {
            leverage + depth - 1.0 + 0.2 * normal(&mut rng).abs()
        });
    }
    let columns = vec![
        column("owner", (0..2000).collect::<Vec<u32>>()),
        column("cohort", cohorts),
        column("equity_usd", equity),
        column("nominal_leverage_x", nominal),
        column("effective_leverage_x", effective),
    ];
    write(dir, "accounts", columns);
}

fn write_cohorts(dir: &Path, world: &World, paths: &[Vec<Path_>]) {
    let (mut names, mut worlds, mut owners, mut equity) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut layers: Vec<Vec<f64>> = vec![Vec::new(); LAYERS.len()];
    let shares = [0.35, 0.2, 0.3, 0.15, 1.0];
    for (variant, (name, _)) in WORLDS.iter().enumerate().take(paths[0].len()) {
        for (cohort, share) in COHORTS.iter().chain(&["all"]).zip(shares) {
            names.push(*cohort);
            worlds.push(*name);
            owners.push((10_000.0 * share) as u32);
            equity.push(WEALTH_USD * share);
            let scale = WEALTH_USD * share * [1.0, 0.8, 0.55][variant] * world.fragility;
            let row = [0.004, -0.0011, 0.0008, 0.0021, 0.0108 * share.min(0.4) * 2.0, 0.0064, 0.0012];
            for (column, value) in layers.iter_mut().zip(row) {
                column.push(value * scale);
            }
        }
    }
    let total = (0..names.len()).map(|i| layers.iter().fold(0.0, |sum, layer| sum + layer[i])).collect::<Vec<f64>>();
    let mut columns = vec![column("cohort", names), column("world", worlds), column("owners", owners)];
    columns.extend([column("equity_usd", equity), column("mean_loss_usd", total)]);
    for (layer, values) in LAYERS.iter().zip(layers) {
        columns.push(column(&format!("loss_{layer}_usd"), values));
    }
    write(dir, "cohorts", columns);
}

/// A table as written.
pub fn read(dir: &Path, name: &str) -> DataFrame {
    ParquetReader::new(File::open(dir.join(format!("{name}.parquet"))).unwrap()).finish().unwrap()
}

/// Writes `<name>.parquet`.
pub fn write(dir: &Path, name: &str, columns: Vec<Column>) {
    write_frame(dir, name, DataFrame::new_infer_height(columns).unwrap());
}

/// Writes `<name>.parquet`.
pub fn write_frame(dir: &Path, name: &str, mut frame: DataFrame) {
    let file = File::create(dir.join(format!("{name}.parquet"))).unwrap();
    ParquetWriter::new(file).finish(&mut frame).unwrap();
}

/// A column of values.
pub fn column<T, P: AsRef<[T]>>(name: &str, values: P) -> Column
where
    Series: NamedFrom<P, [T]>,
    T: 'static,
{
    Series::new(name.into(), values).into()
}

/// Writes a sweep over these axes: figures that grow with every axis, in three worlds.
pub fn write_sweep(dir: &Path, axes: &[(&str, &[f64])]) {
    fs::create_dir_all(dir).unwrap();
    let mut points: Vec<Vec<f64>> = vec![Vec::new()];
    for (_, values) in axes {
        points = points.iter().flat_map(|p| values.iter().map(move |v| [p.as_slice(), &[*v]].concat())).collect();
    }
    let mut columns = vec![column("point", (0..points.len() as u32).collect::<Vec<u32>>())];
    for (i, (key, _)) in axes.iter().enumerate() {
        columns.push(column(key, points.iter().map(|p| p[i]).collect::<Vec<f64>>()));
    }
    let depth = |p: &[f64]| {
        p.iter().fold(0.0, |sum, v| sum + libm::log(1.0 + v.abs()).min(2.0 + v.abs() / 1e8)) / p.len() as f64
    };
    for (world, prefix) in WORLDS {
        let lift = [("full", 1.0), ("no_feedback", 0.7), ("no_reuse", 0.2)].iter().find(|l| l.0 == world).unwrap().1;
        for (metric, unit) in [("loss_share", 0.02), ("liquidated_usd", 3.1e7), ("token_discount_worst", -0.01)] {
            let mean: Vec<f64> = points.iter().map(|p| unit * (0.3 + lift * depth(p) * depth(p))).collect();
            for (figure, scale) in [("mean", 1.0), ("se", 0.04f64.copysign(unit)), ("p50", 0.8), ("p95", 2.4)] {
                let values: Vec<f64> = mean.iter().map(|m| m * scale).collect();
                columns.push(column(&format!("{prefix}{metric}_{figure}"), values));
            }
        }
    }
    write(dir, "sweep", columns);
    let manifest =
        r#"{"scenario": "reuse_depth", "seed": 7, "paths": 400, "steps": 2016, "step_seconds": 300.0, "owners": 5000}"#;
    fs::write(dir.join("manifest.json"), manifest).unwrap();
}

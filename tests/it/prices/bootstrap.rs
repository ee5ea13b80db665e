//! The bootstrap against the history it draws from.

use super::{assert_mean, build, bundled, fingerprint, for_paths};
use rehypo::price::blocks::Blocks;
use rehypo::price::history::History;
use rehypo::price::{Bootstrap, PriceModel, PricePath};
use rehypo::random::{Purpose, stream};
use std::fmt::Write;
use std::path::Path;

const HOUR: f64 = 3600.0;
const FOUR: [(&str, f64, bool); 5] = [
    ("usdt", 1.0, true),
    ("btc", 100_000.0, false),
    ("eth", 4_000.0, false),
    ("bnb", 900.0, false),
    ("sol", 200.0, false),
];
const BUNDLED: &str = "[bootstrap]\nfile = 'binance_spot_1h.parquet'\nmean_block = '24h'\ngaps = 'split'\n";

fn bootstrap(law: &str, of: &[(&str, f64, bool)], steps: usize, step: f64, base: &Path) -> PriceModel {
    build(law, of, steps, step, base).unwrap_or_else(|e| panic!("{}: {e}", e.key()))
}

fn inner(model: &PriceModel) -> &Bootstrap {
    let PriceModel::Bootstrap(law) = model else { panic!("not a bootstrap") };
    law
}

/// Hourly bars of `A` and `B`; returns of bar `n` are `n + 1` and `-(n + 1)` hundredths of a per cent, so that a move
/// tells its bar. Hours in `missing` are left out.
fn telling_history(hours: usize, missing: &[usize]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    let mut text = "timestamp,symbol,open,high,low,close,volume\n".to_owned();
    for (symbol, sign) in [("A", 1.0), ("B", -1.0)] {
        for hour in (0..hours).filter(|hour| !missing.contains(hour)) {
            let (open, close) = (100.0, 100.0 * libm::exp(sign * telling_return(hour)));
            let (high, low) = (f64::max(open, close) + 0.001, f64::min(open, close) - 0.001);
            let (day, hour) = (1 + hour / 24, hour % 24);
            writeln!(text, "2024-01-{day:02}T{hour:02}:00:00Z,{symbol},{open},{high},{low},{close},5").unwrap();
        }
    }
    std::fs::write(dir.path().join("telling.csv"), text).expect("written");
    dir
}

fn telling_return(hour: usize) -> f64 {
    (hour + 1) as f64 * 1e-4
}

const TELLING: &str =
    "[bootstrap]\nfile = 'telling.csv'\nmean_block = '4h'\nsymbols = { a = 'A', b = 'B' }\nkeep_drift = true\n";
const AB: [(&str, f64, bool); 3] = [("a", 50.0, false), ("usdt", 1.0, true), ("b", 2.0, false)];

/// Close-to-close returns of coin `at`, skipping the gap from a close of one bar to the open of the next.
fn log_returns(path: &PricePath, at: usize) -> Vec<f64> {
    (1..=path.steps()).map(|step| libm::log(path.row(step)[at] / path.row(step - 1)[at])).collect()
}

#[test]
fn every_coin_takes_the_same_bar() {
    // Every bar opens at 100, below or above the close before: only first bars of blocks tell their return by
    // themselves, so one bar a block is drawn.
    let dir = telling_history(48, &[]);
    let law = TELLING.replace("'4h'", "'1h'");
    let model = bootstrap(&law, &AB, 500, HOUR, dir.path());
    let history = inner(&model).history();
    assert_eq!((history.coins, history.len(), history.stretches.as_slice()), (2, 48, &[0][..]));
    for_paths(&model, 1, 20, |path| {
        let moves = log_returns(path, 0).into_iter().zip(log_returns(path, 2));
        for (step, (a, b)) in moves.enumerate() {
            let bar = |coin: usize, by: f64| {
                (0..48).find(|&at| (history.joint(at)[coin].close - by).abs() < 1e-9).expect("a bar of the history")
            };
            assert_eq!(bar(0, a), bar(1, b), "step {step}: the coins took different bars");
        }
    });
}

#[test]
fn a_joint_crash_stays_joint_down_to_the_step() {
    // One hour of 48 halves both coins, the low in between; all others move by a per mille or so.
    let dir = tempfile::tempdir().expect("a directory");
    let mut text = "timestamp,symbol,open,high,low,close\n".to_owned();
    for (symbol, price) in [("A", 100.0), ("B", 5.0)] {
        for hour in 0..48 {
            let rest = if hour == 20 { [1.0, 1.01, 0.4, 0.5] } else { [1.0, 1.002, 0.999, 1.001] };
            let [open, high, low, close] = rest.map(|share| share * price);
            writeln!(text, "2024-01-{:02} {:02}:00,{symbol},{open},{high},{low},{close}", 1 + hour / 24, hour % 24)
                .unwrap();
        }
    }
    std::fs::write(dir.path().join("telling.csv"), text).expect("written");
    let model = bootstrap(TELLING, &AB, 12 * 24, 300.0, dir.path());
    let lowest = |path: &PricePath, hour: usize, coin: usize| {
        let price = |step: &usize| path.row(12 * hour + step)[coin];
        (1..=12).min_by(|a, b| price(a).total_cmp(&price(b))).expect("twelve steps")
    };
    let mut same_step = Vec::new();
    for_paths(&model, 9, 400, |path| {
        for hour in 0..24 {
            let by = |coin: usize| path.row(12 * hour + 12)[coin] / path.row(12 * hour)[coin];
            assert_eq!(by(0) < 0.6, by(2) < 0.6, "one coin fell alone in hour {hour}");
            if by(0) < 0.6 {
                same_step.push(f64::from(lowest(path, hour, 0) == lowest(path, hour, 2)));
            }
        }
    });
    assert!(same_step.len() > 100, "{} crashes", same_step.len());
    assert_mean("share of crashes that bottom in the same step", &same_step, 1.0);
}

#[test]
fn coins_turn_in_the_same_five_minutes_as_often_as_they_did() {
    // In 2088 recorded hours of pairs of these coins the low fell into the same five minutes 53 times of 100.
    let model = bootstrap(BUNDLED, &FOUR, 2016, 300.0, &bundled());
    let (mut hours, mut same) = (0.0, 0.0);
    for_paths(&model, 9, 20, |path| {
        for hour in 0..168 {
            let price = |step: &usize, coin: usize| path.row(12 * hour + step)[coin];
            let lowest = |coin| (0..=12).min_by(|a, b| price(a, coin).total_cmp(&price(b, coin)));
            hours += 1.0;
            same += f64::from(lowest(1) == lowest(2));
        }
    });
    assert!((0.45..0.61).contains(&(same / hours)), "the low of bitcoin and ether in the same step: {}", same / hours);
}

#[test]
fn refined_bars_keep_high_low_and_close_of_the_history() {
    let law = format!("{BUNDLED}keep_drift = true\n");
    let model = bootstrap(&law, &FOUR, 2016, 300.0, &bundled());
    let history = inner(&model).history();
    let mut closes: Vec<(f64, usize)> = (0..history.len()).map(|at| (history.joint(at)[0].close, at)).collect();
    closes.sort_by(|a, b| a.0.total_cmp(&b.0));
    for_paths(&model, 4, 10, |path| {
        for hour in 0..168 {
            let logs =
                |coin: usize, step: usize| libm::log(path.row(12 * hour + step)[coin] / path.row(12 * hour)[coin]);
            let near = closes.partition_point(|(close, _)| *close < logs(1, 12) - 1e-12);
            let same_bar =
                |at: usize| (0..4).all(|coin| (history.joint(at)[coin].close - logs(coin + 1, 12)).abs() < 1e-12);
            let at =
                closes[near..].iter().map(|(_, at)| *at).take(50).find(|at| same_bar(*at)).expect("a bar of history");
            for (coin, bar) in history.joint(at).iter().enumerate() {
                let first = usize::from(bar.open != 0.0);
                let moves = || (first..=12).map(|step| logs(coin + 1, step));
                assert!((moves().fold(f64::MIN, f64::max) - bar.high).abs() < 1e-12, "high of bar {at}");
                assert!((moves().fold(f64::MAX, f64::min) - bar.low).abs() < 1e-12, "low of bar {at}");
            }
        }
    });
}

#[test]
fn blocks_have_the_mean_length_asked_for() {
    let blocks = Blocks::new(100_000, &[0], 24.0);
    let rng = &mut stream(1, Purpose::Prices, 0);
    let (mut lengths, mut length, mut at) = (Vec::new(), 1.0, blocks.next(None, rng));
    for _ in 0..2_000_000 {
        let next = blocks.next(Some(at), rng);
        if next == at + 1 {
            length += 1.0;
        } else {
            lengths.push(std::mem::replace(&mut length, 1.0));
        }
        at = next;
    }
    assert_mean("block length", &lengths, 24.0);
    let long = lengths.iter().map(|length| f64::from(*length > 48.0)).collect::<Vec<_>>();
    assert_mean("share of blocks above 48 bars", &long, libm::pow(23.0 / 24.0, 48.0));
}

#[test]
fn blocks_never_span_a_gap_and_visit_every_bar_equally_often() {
    let starts = [0, 7, 30, 31, 48];
    let blocks = Blocks::new(60, &starts, 6.0);
    let rng = &mut stream(2, Purpose::Prices, 0);
    let mut visits = [0.0; 60];
    let mut across = [0.0_f64; 2]; // from the end of a stretch: to the start of one, elsewhere
    let mut at = blocks.next(None, rng);
    for _ in 0..3_000_000 {
        visits[at] += 1.0;
        let next = blocks.next(Some(at), rng);
        if starts.contains(&(at + 1)) || at == 59 {
            across[usize::from(!starts.contains(&next))] += 1.0;
        }
        at = next;
    }
    for (bar, visits) in visits.iter().enumerate() {
        assert!((visits / 50_000.0 - 1.0_f64).abs() < 0.07, "bar {bar}: {visits} visits, not about 50000");
    }
    // A block that goes on (5 of 6) starts at a stretch; one that restarts (1 of 6) lands on a start 5 times in 60.
    let elsewhere = across[1] / (across[0] + across[1]);
    assert!((elsewhere - 55.0 / 60.0 / 6.0).abs() < 0.003, "share not at the start of a stretch: {elsewhere}");
}

#[test]
fn a_return_across_a_gap_is_never_taken() {
    let dir = telling_history(48, &[10, 11, 30]);
    let law = format!("{TELLING}gaps = 'split'\n");
    let model = bootstrap(&law, &AB, 10, HOUR, dir.path());
    let history: &History = inner(&model).history();
    assert_eq!(history.stretches, [0, 10, 28]);
    assert_eq!(history.len(), 45);
    for (at, hour) in [(0, 0), (10, 12), (28, 31)] {
        let bar = history.joint(at)[0];
        assert_eq!(bar.open, 0.0);
        assert!((bar.close - telling_return(hour)).abs() < 1e-12, "bar {at}");
    }
    // Inside a stretch the open at 100 is a gap from the close before.
    let bar = history.joint(20)[0];
    assert!((bar.open + telling_return(21)).abs() < 1e-12);
    assert!((bar.close - (telling_return(22) - telling_return(21))).abs() < 1e-12);
}

#[test]
fn history_is_cut_to_the_days_asked_for() {
    let dir = telling_history(96, &[]);
    for (days, first, bars) in [
        ("from = '2024-01-02'", 24, 72),
        ("to = '2024-01-03'", 0, 72),
        ("from = '2024-01-02'\nto = '2024-01-03'", 24, 48),
    ] {
        let model = bootstrap(&format!("{TELLING}{days}\n"), &AB, 10, HOUR, dir.path());
        let history = inner(&model).history();
        assert_eq!(history.len(), bars, "{days}");
        assert!((history.joint(0)[0].close - telling_return(first)).abs() < 1e-12, "{days}");
    }
}

#[test]
fn the_bundled_history_is_what_its_readme_says() {
    let model = bootstrap(BUNDLED, &FOUR, 1, 300.0, &bundled());
    let history = inner(&model).history();
    assert_eq!((history.coins, history.bar_ms, history.len(), history.stretches.len()), (4, 3_600_000, 43_209, 13));
    let btc = [("btc", 1.0, false)];
    let alone = bootstrap(BUNDLED, &btc, 1, 300.0, &bundled());
    assert_eq!(inner(&alone).history().len(), 45_682);
    let law = BUNDLED.replace("gaps = 'split'", "from = '2022-11-16'\nto = '2023-03-23'");
    assert_eq!(inner(&bootstrap(&law, &FOUR, 1, 300.0, &bundled())).history().len(), 128 * 24);
    let refused = build(&BUNDLED.replace("gaps = 'split'", ""), &FOUR, 1, 300.0, &bundled()).expect_err("has gaps");
    assert!(refused.to_string().contains("gap in BNBUSDT: 2h from 2020-11-30T05:00:00Z"), "{refused}");
}

#[test]
fn drift_is_removed_unless_kept() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut text = "timestamp,symbol,open,high,low,close\n".to_owned();
    for hour in 0..24 {
        let open = 100.0 * libm::exp(0.01 * f64::from(hour));
        let close = open * libm::exp(0.01);
        writeln!(text, "2024-01-01 {hour:02}:00,XUSDT,{open},{close},{open},{close}").unwrap();
    }
    std::fs::write(dir.path().join("up.csv"), text).expect("written");
    let law = "[bootstrap]\nfile = 'up.csv'\nmean_block = '6h'\n";
    let coin = [("x", 100.0, false)];
    let last = |law: &str, step: f64| {
        let mut last = 0.0;
        for_paths(&bootstrap(law, &coin, 100, step, dir.path()), 1, 1, |path| last = path.row(100)[0]);
        last
    };
    for (step, hours) in [(HOUR, 100.0), (HOUR / 4.0, 25.0), (2.0 * HOUR, 200.0)] {
        assert!((last(law, step) - 100.0).abs() < 1e-9, "drift left at steps of {step} s: {}", last(law, step));
        let kept = last(&format!("{law}keep_drift = true\n"), step);
        assert!(
            (kept / 100.0 - libm::exp(0.01 * hours)).abs() < 1e-9 * kept,
            "drift lost at steps of {step} s: {kept}"
        );
    }
}

#[test]
fn without_drift_the_expected_price_is_the_opening() {
    let model = bootstrap(BUNDLED, &FOUR, 168, HOUR, &bundled());
    let mut growth = [const { Vec::new() }; 4];
    for_paths(&model, 8, 4_000, |path| {
        for (coin, growth) in growth.iter_mut().enumerate() {
            growth.push(path.row(168)[coin + 1] / FOUR[coin + 1].1);
        }
    });
    for (coin, growth) in growth.iter().enumerate() {
        assert_mean(FOUR[coin + 1].0, growth, 1.0);
    }
}

#[test]
fn volatility_and_correlation_are_those_of_the_history() {
    // From five-minute steps, so that the bridge is in it.
    let model = bootstrap(BUNDLED, &FOUR, 2016, 300.0, &bundled());
    let history = inner(&model).history();
    let of_history = |coin: usize| (0..history.len()).map(|at| history.joint(at)[coin].close).collect::<Vec<_>>();
    let mut drawn = [const { Vec::new() }; 4];
    for_paths(&model, 21, 600, |path| {
        for (coin, drawn) in drawn.iter_mut().enumerate() {
            let price = |hour: usize| path.row(12 * hour)[coin + 1];
            drawn.extend((1..=168).map(|hour| libm::log(price(hour) / price(hour - 1))));
        }
    });
    for coin in 0..4 {
        let ratio = deviation(&drawn[coin]) / deviation(&of_history(coin));
        assert!((ratio - 1.0).abs() < 0.04, "{}: volatility {ratio} of the history's", FOUR[coin + 1].0);
        let here = correlation(&drawn[0], &drawn[coin]);
        let there = correlation(&of_history(0), &of_history(coin));
        assert!((here - there).abs() < 0.02, "{}: correlation {here}, in the history {there}", FOUR[coin + 1].0);
    }
}

fn deviation(x: &[f64]) -> f64 {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64).sqrt()
}

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let (mx, my) = (mean(x), mean(y));
    let product: f64 = x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum();
    product / x.len() as f64 / (deviation(x) * deviation(y))
}

#[test]
fn two_coins_of_one_symbol_move_as_one() {
    let of = [("btc", 100.0, false), ("wbtc", 50.0, false)];
    let law = format!("{BUNDLED}symbols = {{ wbtc = 'BTCUSDT' }}\n");
    for_paths(&bootstrap(&law, &of, 100, 300.0, &bundled()), 1, 3, |path| {
        for step in 0..=100 {
            assert!((path.row(step)[0] / path.row(step)[1] - 2.0).abs() < 1e-9);
        }
    });
}

#[test]
fn a_path_that_ends_within_a_bar_is_a_prefix_of_a_longer_one() {
    let (mut short, mut long) = (PricePath::default(), PricePath::default());
    for (steps, path) in [(29, &mut short), (48, &mut long)] {
        let model = bootstrap(BUNDLED, &FOUR, steps, 300.0, &bundled());
        model.fill(&mut stream(6, Purpose::Prices, 2), path);
        assert_eq!(path.steps(), steps);
    }
    assert_eq!(short.usd, long.usd[..short.usd.len()]);
}

#[test]
fn a_path_depends_on_its_stream_alone_and_has_the_same_bits_everywhere() {
    let model = bootstrap(BUNDLED, &FOUR, 2016, 300.0, &bundled());
    let draw = |n, path: &mut PricePath| model.fill(&mut stream(1, Purpose::Prices, n), path);
    let (mut alone, mut after) = (PricePath::default(), PricePath::default());
    draw(3, &mut alone);
    (0..3).for_each(|n| draw(n, &mut after));
    let memory = (after.usd.as_ptr(), after.usd.capacity());
    draw(3, &mut after);
    assert_eq!(memory, (after.usd.as_ptr(), after.usd.capacity()));
    assert_eq!(alone, after);
    assert!(alone.usd.chunks_exact(5).all(|row| row[0] == 1.0), "a pegged coin moved");
    assert_eq!(fingerprint(&alone), 7_701_544_238_043_529_765);
}

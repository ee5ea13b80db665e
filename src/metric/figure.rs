//! Numbers as people read them: `$1.23m`, `12.3 %`, `3.2x`, `31 h`. Three digits that count.

/// A number with its unit, short.
#[must_use]
pub fn show(value: f64, unit: &str) -> String {
    match unit {
        _ if !value.is_finite() => "-".to_owned(),
        "USD" => usd(value),
        "share" | "0/1" => percent(value),
        "x" => format!("{}x", digits(value)),
        "hours" => format!("{} h", digits(value)),
        _ => digits(value),
    }
}

/// The same of what may have no value.
#[must_use]
pub fn show_option(value: Option<f64>, unit: &str) -> String {
    show(value.unwrap_or(f64::NAN), unit)
}

/// Dollars: `$950`, `$1.23m`, `-$12.3bn`.
#[must_use]
pub fn usd(value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let size = value.abs();
    let (scale, suffix) = match size {
        _ if size >= 999.5e9 => (1e12, "tn"),
        _ if size >= 999.5e6 => (1e9, "bn"),
        _ if size >= 999.5e3 => (1e6, "m"),
        _ if size >= 999.5 => (1e3, "k"),
        _ => (1.0, ""),
    };
    format!("{sign}${}{suffix}", digits(size / scale))
}

/// A share as percent: `12.3 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{} %", digits(share * 100.0))
}

/// A count of bytes: `1.2 GiB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    let size = count as f64;
    let (scale, suffix) = match count {
        c if c >= 1 << 30 => (f64::from(1 << 30), "GiB"),
        c if c >= 1 << 20 => (f64::from(1 << 20), "MiB"),
        _ => (1024.0, "KiB"),
    };
    format!("{:.1} {suffix}", size / scale)
}

/// A length of time: `45 s`, `3 min 20 s`, `2 h 5 min`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..=9 => format!("{seconds:.1} s"),
        10..=89 => format!("{whole} s"),
        90..=5399 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A span of time in full: `7 days`, `5 min`, `1 day 2 h 30 min`.
#[must_use]
pub fn span(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    let days = if whole / 86_400 == 1 { "day" } else { "days" };
    let parts = [(whole / 86_400, days), (whole / 3600 % 24, "h"), (whole / 60 % 60, "min"), (whole % 60, "s")];
    let parts: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number} {unit}")).collect();
    if parts.is_empty() { format!("{seconds} s") } else { parts.join(" ") }
}

/// A whole number with its thousands apart: `10,080`.
#[must_use]
pub fn count(value: u64) -> String {
    let plain = value.to_string();
    let mut spaced = String::with_capacity(plain.len() + plain.len() / 3);
    for (i, digit) in plain.chars().enumerate() {
        if i > 0 && (plain.len() - i).is_multiple_of(3) {
            spaced.push(',');
        }
        spaced.push(digit);
    }
    spaced
}

/// A number to check digit by digit: eight that count, at least two after the point, thousands apart: `1,153.2613`.
#[must_use]
pub fn exact(value: f64) -> String {
    let before = format!("{:.0}", value.abs().trunc()).len();
    let decimals = 8_usize.saturating_sub(before).max(2);
    let text = format!("{:.decimals$}", value.abs());
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let kept = part.trim_end_matches('0').len().max(2);
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), count);
    let sign = if value < 0.0 && text.contains(|c| matches!(c, '1'..='9')) { "-" } else { "" };
    format!("{sign}{whole}.{}", &part[..kept])
}

/// Three digits that count, whole numbers in full.
fn digits(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if size >= 1000.0 {
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{}", count(size.round() as u64));
    }
    let decimals = match size {
        _ if size >= 99.95 => 0,
        _ if size >= 9.995 => 1,
        _ if size >= 0.0995 => 2,
        _ if size >= 0.000_995 => 4,
        _ => return format!("{value:.1e}"),
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, duration, exact, show, span};

    #[test]
    fn figures_read_as_written_by_a_person() {
        let shown = [
            (0.0, "USD", "$0"),
            (950.4, "USD", "$950"),
            (999.7, "USD", "$1k"),
            (-1_234_567.0, "USD", "-$1.23m"),
            (12_345_000_000.0, "USD", "$12.3bn"),
            (0.1234, "share", "12.3 %"),
            (1.0, "0/1", "100 %"),
            (0.000_02, "share", "0.002 %"),
            (3.2, "x", "3.2x"),
            (31.0, "hours", "31 h"),
            (10_080.0, "count", "10,080"),
            (-1500.0, "count", "-1,500"),
            (f64::NAN, "USD", "-"),
        ];
        for (value, unit, expected) in shown {
            assert_eq!(show(value, unit), expected);
        }
    }

    #[test]
    fn exact_figures_have_eight_digits() {
        let shown = [
            (0.0, "0.00"),
            (1_153.261_3, "1,153.2613"),
            (-0.000_012_34, "-0.0000123"),
            (0.5, "0.50"),
            (20_000.0, "20,000.00"),
            (1_535_443.014_9, "1,535,443.01"),
            (1_234_567_890.126, "1,234,567,890.13"),
            (-1e-12, "0.00"),
        ];
        for (value, text) in shown {
            assert_eq!(exact(value), text);
        }
    }

    #[test]
    fn sizes_times_and_counts() {
        assert_eq!((bytes(1 << 20), bytes(3 << 29)), ("1.0 MiB".to_owned(), "1.5 GiB".to_owned()));
        assert_eq!(duration(200.0), "3 min 20 s");
        assert_eq!(
            (span(604_800.0), span(95_400.0), span(0.5)),
            ("7 days".into(), "1 day 2 h 30 min".into(), "1 s".into())
        );
        assert_eq!((count(7), count(999), count(1_000_000)), ("7".into(), "999".into(), "1,000,000".into()));
    }
}

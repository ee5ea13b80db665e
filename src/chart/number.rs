//! Numbers as a memo prints them: `$12.3m`, `4.1 %`, `2.3 times`, with a true minus sign and a no-break space
//! before the per cent sign.

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// An amount of money.
    Usd,
    /// A price: all digits that matter.
    Price,
    /// A share of one, shown in per cent.
    Share,
    /// A multiple.
    Times,
    /// Things.
    Count,
    /// Hours.
    Hours,
    /// Anything else.
    Plain,
}

impl Unit {
    /// One value.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::Usd => usd(value),
            Self::Price => price(value),
            Self::Share => format!("{}\u{a0}%", significant(100.0 * value, 3)),
            Self::Times => format!("{}x", significant(value, 3)),
            Self::Count => count(value),
            Self::Hours => format!("{}\u{a0}h", significant(value, 3)),
            Self::Plain => plain(value),
        }
    }

    /// One value in a sentence: no more digits than a reader keeps in mind.
    pub(super) fn say(self, value: f64) -> String {
        match self {
            Self::Share => percent(value),
            Self::Times => format!("{}x", multiple(value)),
            _ => self.show(value),
        }
    }

    /// Labels of the ticks of an axis, all in one scale and with the same number of decimals.
    pub(super) fn ticks(self, values: &[f64], step: f64) -> Vec<String> {
        let largest = values.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
        let (divisor, suffix) = match self {
            Self::Usd => scale(largest),
            Self::Plain if largest >= 1e6 => scale(largest),
            Self::Share => (0.01, "\u{a0}%"),
            Self::Times => (1.0, "x"),
            _ => (1.0, ""),
        };
        let prefix = if matches!(self, Self::Usd | Self::Price) { "$" } else { "" };
        let decimals = decimals_of(step / divisor);
        let label = |value: &f64| {
            let digits = grouped(value.abs() / divisor, decimals);
            let zero = digits.chars().all(|c| matches!(c, '0' | '.'));
            if zero && self == Self::Usd {
                return "$0".to_owned();
            }
            let minus = if *value < 0.0 && !zero { "−" } else { "" };
            format!("{minus}{prefix}{digits}{suffix}")
        };
        values.iter().map(label).collect()
    }
}

/// Money: three digits and a scale.
pub(super) fn usd(value: f64) -> String {
    let rounded = round_to(value, 3);
    let (divisor, suffix) = scale(rounded.abs());
    let minus = if rounded < 0.0 { "−" } else { "" };
    format!("{minus}${}{suffix}", significant(rounded.abs() / divisor, 3))
}

/// A price: whole dollars from a thousand on, four digits below.
pub(super) fn price(value: f64) -> String {
    let minus = if value < 0.0 { "−" } else { "" };
    let digits = if value.abs() >= 1000.0 { grouped(value.abs(), 0) } else { significant(round_to(value.abs(), 4), 4) };
    format!("{minus}${digits}")
}

/// A share of one, in per cent.
pub(super) fn percent(share: f64) -> String {
    let value = share * 100.0;
    let digits = match value.abs() {
        size if size >= 99.95 => grouped(size, 0),
        size if size >= 0.995 => format!("{size:.1}"),
        size => significant(size, 2),
    };
    let minus = if value < 0.0 && digits != "0" { "−" } else { "" };
    format!("{minus}{digits}\u{a0}%")
}

/// A multiple, without its sign: `2.3`.
pub(super) fn multiple(value: f64) -> String {
    match value.abs() {
        size if size >= 99.95 => grouped_signed(value, 0),
        size if size >= 0.95 => grouped_signed(value, 1),
        _ => significant(value, 2),
    }
}

/// A number of things.
pub(super) fn count(value: f64) -> String {
    if value.fract() == 0.0 || value.abs() >= 1000.0 { grouped_signed(value, 0) } else { significant(value, 3) }
}

/// A span of time in the largest fitting unit: `7 days`, `1 minute`.
pub(super) fn span(seconds: f64) -> String {
    // Steps come back from hours: a rounding error must not turn a minute into 60 seconds.
    let seconds = (seconds * 1000.0).round() / 1000.0;
    let units = [(86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute")];
    let fitting = units.into_iter().find(|(size, _)| seconds == *size || seconds >= 2.0 * size);
    let (size, name) = fitting.unwrap_or((1.0, "second"));
    let plural = if seconds == size { "" } else { "s" };
    format!("{}\u{a0}{name}{plural}", significant(seconds / size, 3))
}

fn plain(value: f64) -> String {
    let (divisor, suffix) = scale(round_to(value, 3).abs());
    if value.abs() >= 1e6 { format!("{}{suffix}", significant(value / divisor, 3)) } else { significant(value, 3) }
}

fn scale(size: f64) -> (f64, &'static str) {
    match size {
        s if s >= 1e12 => (1e12, "tn"),
        s if s >= 1e9 => (1e9, "bn"),
        s if s >= 1e6 => (1e6, "m"),
        s if s >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    }
}

/// Rounded to so many significant digits, by way of its decimal form.
fn round_to(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value)
}

/// At most so many significant digits, no trailing zeros after the point, thousands separated.
fn significant(value: f64, digits: usize) -> String {
    let rounded = round_to(value, digits);
    let decimals = digits.saturating_sub(digits_before_point(rounded));
    let decimals = if rounded.abs() < 1.0 && rounded != 0.0 {
        (digits as f64 - 1.0 - libm::log10(rounded.abs()).floor()) as usize
    } else {
        decimals
    };
    trimmed(&grouped_signed(rounded, decimals))
}

fn digits_before_point(value: f64) -> usize {
    if value.abs() < 1.0 { 1 } else { libm::log10(value.abs()).floor() as usize + 1 }
}

fn trimmed(digits: &str) -> String {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.').to_owned() } else { digits.to_owned() }
}

/// Decimals that tell the multiples of a step apart.
fn decimals_of(step: f64) -> usize {
    (0..9)
        .find(|&d| {
            let scaled = step * libm::pow(10.0, f64::from(d));
            (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1.0)
        })
        .map_or(0, |d| d as usize)
}

fn grouped_signed(value: f64, decimals: usize) -> String {
    let digits = grouped(value.abs(), decimals);
    let zero = digits.chars().all(|c| matches!(c, '0' | '.'));
    if value < 0.0 && !zero { format!("−{digits}") } else { digits }
}

/// Not negative, with commas between thousands.
fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if fraction.is_empty() { out } else { format!("{out}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_like_a_memo() {
        assert_eq!(usd(12_345_678.0), "$12.3m");
        assert_eq!(usd(999_960.0), "$1m", "rounds up into the next scale");
        assert_eq!(usd(-1_234.0), "−$1.23k");
        assert_eq!(usd(0.0), "$0");
        assert_eq!(usd(2.5e9), "$2.5bn");
        assert_eq!(price(61_234.5), "$61,234");
        assert_eq!(price(0.251_34), "$0.2513");
        assert_eq!(price(142.37), "$142.4");
        assert_eq!(percent(0.1234), "12.3\u{a0}%");
        assert_eq!(percent(-0.0512), "−5.1\u{a0}%");
        assert_eq!(percent(0.000_512), "0.051\u{a0}%");
        assert_eq!(percent(1.0), "100\u{a0}%");
        assert_eq!(percent(0.02), "2.0\u{a0}%");
        assert_eq!(Unit::Share.show(0.02), "2\u{a0}%");
        assert_eq!(multiple(2.345), "2.3");
        assert_eq!(multiple(23.45), "23.4");
        assert_eq!(multiple(1234.0), "1,234");
        assert_eq!(count(12_345.0), "12,345");
        assert_eq!(span(604_800.0), "7\u{a0}days");
        assert_eq!(span(300.0), "5\u{a0}minutes");
        assert_eq!(span(60.0 - 1e-9), "1\u{a0}minute");
    }

    #[test]
    fn ticks_share_a_scale_and_their_decimals() {
        assert_eq!(Unit::Usd.ticks(&[0.0, 5e5, 1e6], 5e5), ["$0", "$0.5m", "$1.0m"]);
        assert_eq!(Unit::Share.ticks(&[-0.02, 0.0, 0.02], 0.02), ["−2\u{a0}%", "0\u{a0}%", "2\u{a0}%"]);
        assert_eq!(Unit::Price.ticks(&[60_000.0, 65_000.0], 5_000.0), ["$60,000", "$65,000"]);
        assert_eq!(Unit::Times.ticks(&[0.0, 2.5], 2.5), ["0.0x", "2.5x"]);
    }
}

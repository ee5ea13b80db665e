//! Times of bars: milliseconds since the start of 1970, UTC, read from ISO 8601 and written for messages.

use std::time::{Duration, UNIX_EPOCH};

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

/// The last millisecond of the year 9999, which is as far as times are written.
pub const LAST_MS: i64 = 253_402_300_799_999;

/// How a time says where its clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Not at all: taken as UTC.
    Unstated,
    /// UTC, as `Z`, `+00:00`, `+0000` or ` UTC`.
    Utc,
    /// So many minutes ahead of UTC.
    Ahead(i64),
}

/// Reads `2020-09-20`, `2020-09-20T13:00`, `2020-09-20 13:00:00.5`, each with or without `Z` or `+00:00`.
///
/// Times before 1970 and offsets from UTC are not read.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    parse_zoned(text).filter(|(_, zone)| !matches!(zone, Zone::Ahead(_))).map(|(ms, _)| ms)
}

/// Reads a time and how it states its zone; besides what [`parse`] reads, offsets such as `+02:00`.
#[must_use]
pub fn parse_zoned(text: &str) -> Option<(i64, Zone)> {
    let text = text.trim();
    let utc = ["Z", "+00:00", "+0000", " UTC"].iter().find_map(|zone| text.strip_suffix(zone));
    let (local, zone) = match (utc, offset(text)) {
        (Some(local), _) => (local, Zone::Utc),
        (None, Some((local, minutes))) => (local, Zone::Ahead(minutes)),
        (None, None) => (text, Zone::Unstated),
    };
    let filled = match local.len() {
        10 => format!("{local}T00:00:00"),
        16 => format!("{local}:00"),
        _ => local.to_owned(),
    };
    let time = humantime::parse_rfc3339_weak(&filled).ok()?;
    let ms = i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()?;
    let ahead = if let Zone::Ahead(minutes) = zone { minutes * 60_000 } else { 0 };
    Some((ms - ahead, zone)).filter(|(ms, _)| *ms >= 0)
}

/// A time of day without its offset, and the offset in minutes.
fn offset(text: &str) -> Option<(&str, i64)> {
    let at = text.rfind(['+', '-']).filter(|at| text[..*at].contains(':'))?;
    let digits: String = text[at + 1..].chars().filter(|c| *c != ':').collect();
    let number = digits.parse::<i64>().ok().filter(|_| digits.len() == 4)?;
    let minutes = number / 100 * 60 + number % 100;
    Some((&text[..at], if text.as_bytes()[at] == b'-' { -minutes } else { minutes }))
}

/// Reads a day, `2020-09-20`, as its first millisecond.
#[must_use]
pub fn parse_day(text: &str) -> Option<i64> {
    if text.len() == 10 { parse(text) } else { None }
}

/// Writes a time as `2020-09-20T13:00:00Z`.
#[must_use]
pub fn show(ms: i64) -> String {
    let since = Duration::from_millis(ms.max(0).unsigned_abs());
    humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string()
}

/// Writes the day of a time as `2020-09-20`.
#[must_use]
pub fn show_day(ms: i64) -> String {
    show(ms)[..10].to_owned()
}

/// Writes a distance in time as `1h`, `1day 1h`.
#[must_use]
pub fn show_span(ms: i64) -> String {
    humantime::format_duration(Duration::from_millis(ms.unsigned_abs())).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_hour_is_the_same_time() {
        let ms = 1_600_563_600_000; // 2020-09-20 01:00 UTC
        for text in
            ["2020-09-20T01:00:00Z", "2020-09-20 01:00", "2020-09-20T01:00:00.000+00:00", "2020-09-20 01:00:00 UTC"]
        {
            assert_eq!(parse(text), Some(ms), "{text}");
        }
        assert_eq!(show(ms), "2020-09-20T01:00:00Z");
        assert_eq!(parse_day("2020-09-20"), Some(ms - 3_600_000));
    }

    #[test]
    fn offsets_are_seen_and_not_taken_for_utc() {
        let ms = 1_600_563_600_000; // 2020-09-20 01:00 UTC
        assert_eq!(parse_zoned("2020-09-20T01:00:00Z"), Some((ms, Zone::Utc)));
        assert_eq!(parse_zoned("2020-09-20 01:00"), Some((ms, Zone::Unstated)));
        assert_eq!(parse_zoned("2020-09-20"), Some((ms - 3_600_000, Zone::Unstated)));
        assert_eq!(parse_zoned("2020-09-20T03:00:00+02:00"), Some((ms, Zone::Ahead(120))));
        assert_eq!(parse_zoned("2020-09-19 21:30:00-0330"), Some((ms, Zone::Ahead(-210))));
        assert_eq!(parse_zoned("2020-09-20T01:00:00+2"), None);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            ["", "yesterday", "2020-13-01", "2021-02-29", "1600563600000", "2020-09-20T01:00:00+02:00", "1969-12-31"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse_day("2020-09-20 01:00"), None);
    }
}

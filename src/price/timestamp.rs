//! Times of bars: milliseconds since the start of 1970, UTC, read from ISO 8601 and written for messages.

use std::time::{Duration, UNIX_EPOCH};

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

/// Reads `2020-09-20`, `2020-09-20T13:00`, `2020-09-20 13:00:00.5`, each with or without `Z` or `+00:00`.
///
/// Times before 1970 and offsets from UTC are not read.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let local = ["Z", "+00:00", "+0000", " UTC"].iter().find_map(|zone| text.strip_suffix(zone)).unwrap_or(text);
    let filled = match local.len() {
        10 => format!("{local}T00:00:00"),
        16 => format!("{local}:00"),
        _ => local.to_owned(),
    };
    let time = humantime::parse_rfc3339_weak(&filled).ok()?;
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
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
    fn what_is_no_time_is_refused() {
        for text in
            ["", "yesterday", "2020-13-01", "2021-02-29", "1600563600000", "2020-09-20T01:00:00+02:00", "1969-12-31"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse_day("2020-09-20 01:00"), None);
    }
}

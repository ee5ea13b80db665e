//! Hours of redemption against the calendar.

use rehypo::price::{Hours, timestamp};

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;
const WORKDAYS: [bool; 7] = [true, true, true, true, true, false, false];

/// Monday to Friday, 14:00 to 22:00, on a path of that many days.
fn office(start: &str, days: f64) -> Hours {
    let start = timestamp::parse(start).expect("a time");
    Hours::weekly(start, days * DAY, WORKDAYS, (14.0 * HOUR, 22.0 * HOUR))
}

/// Days whose weekday is on record: 10 March 2023 was the Friday on which Silicon Valley Bank was closed, 9 October 2025
/// a Thursday, 29 February 2000 a Tuesday, 1 January 1970 a Thursday.
#[test]
fn days_of_the_week_are_those_of_the_calendar() {
    for (day, weekday) in [
        ("2023-03-10", 4),
        ("2025-10-09", 3),
        ("2000-02-29", 1),
        ("1970-01-01", 3),
        ("2024-12-29", 6),
        ("2023-03-13", 0),
    ] {
        for open in 0..7 {
            let mut open_on = [false; 7];
            open_on[open] = true;
            let hours = Hours::weekly(timestamp::parse(day).unwrap(), DAY, open_on, (0.0, DAY));
            let expected = if open == weekday { DAY } else { 0.0 };
            assert_eq!(hours.open_seconds(0.0, DAY), expected, "{day}, day {open} of the week");
        }
    }
}

/// From Friday 20:00: two hours are left, then nothing until Monday 14:00, 66 hours on.
#[test]
fn a_weekend_is_closed_from_friday_evening_to_monday() {
    let hours = office("2023-03-10T20:00:00Z", 7.0);
    let open: Vec<(f64, f64)> = hours.within(0.0, 5.0 * DAY).map(|(from, to)| (from / HOUR, to / HOUR)).collect();
    assert_eq!(open, [(0.0, 2.0), (66.0, 74.0), (90.0, 98.0), (114.0, 120.0)]);
    for (from, to, seconds) in [
        (2.0, 66.0, 0.0),
        (1.0, 3.0, HOUR),
        (65.5, 66.5, HOUR / 2.0),
        (66.0, 66.5, HOUR / 2.0),
        (60.0, 80.0, 8.0 * HOUR),
        (73.0, 91.0, 2.0 * HOUR),
    ] {
        assert_eq!(hours.open_seconds(from * HOUR, to * HOUR), seconds, "{from} to {to}");
    }
}

/// Against counting the minutes of five weeks one by one by the date's own weekday.
#[test]
fn weeks_of_hours_are_those_counted_by_the_minute() {
    let start = timestamp::parse("2023-03-01T09:17:00Z").unwrap();
    let hours = office("2023-03-01T09:17:00Z", 35.0);
    let minutes = 35 * 24 * 60;
    for minute in 0..minutes {
        let at = start / 60_000 + minute;
        let (day, of_day) = (at.div_euclid(1440), at.rem_euclid(1440));
        // 2023-02-27 was a Monday, day 19415 since 1970.
        let open = (day - 19_415).rem_euclid(7) < 5 && (840..1320).contains(&of_day);
        let from = minute as f64 * 60.0;
        assert_eq!(hours.open_seconds(from, from + 60.0), if open { 60.0 } else { 0.0 }, "minute {minute}");
    }
}

#[test]
fn whole_days_join_at_midnight() {
    let start = timestamp::parse("2023-03-08").unwrap();
    let hours = Hours::weekly(start, 14.0 * DAY, WORKDAYS, (0.0, DAY));
    assert_eq!(hours.within(0.0, 6.0 * DAY).collect::<Vec<_>>(), [(0.0, 3.0 * DAY), (5.0 * DAY, 6.0 * DAY)]);
}

#[test]
fn closures_are_what_is_not_open() {
    let hours = Hours::all_but(&[(0.0, 10.0), (20.0, 30.0), (30.0, 40.0), (50.0, f64::INFINITY)]);
    assert_eq!(hours.within(0.0, 100.0).collect::<Vec<_>>(), [(10.0, 20.0), (40.0, 50.0)]);
    assert_eq!(hours.within(12.0, 45.0).collect::<Vec<_>>(), [(12.0, 20.0), (40.0, 45.0)]);
    assert_eq!(Hours::all_but(&[]), Hours::always());
    assert_eq!(Hours::always().open_seconds(3.0, 8.0), 5.0);
    assert_eq!(Hours::all_but(&[(0.0, f64::INFINITY)]).open_seconds(0.0, 1e9), 0.0);
}

//! Quantities with a unit, checked where they are read. Parsing is the check: a value of one of these
//! types is finite and in range. Inside the engine they are plain `f64` with the unit in the name.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident, $says:literal, $bounds:tt, |$x:ident| $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name(f64);

        impl $name {
            /// The plain number.
            #[must_use]
            pub const fn get(self) -> f64 {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = String;

            fn try_from($x: f64) -> Result<Self, String> {
                if $x.is_finite() && $check {
                    Ok(Self($x))
                } else {
                    Err(format!("{} is out of range: expected {}", $x, $says))
                }
            }
        }

        impl From<$name> for f64 {
            fn from(x: $name) -> f64 {
                x.0
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema = json_schema!($bounds);
                schema.insert("type".into(), "number".into());
                schema.insert("description".into(), $says.into());
                schema
            }
        }
    };
}

unit!(
    /// An amount of US dollars or of a coin, zero or more.
    Amount, "a number of 0 or more", { "minimum": 0.0 }, |x| x >= 0.0
);
unit!(
    /// A number above zero: a price, a depth, a volatility, a leverage.
    Positive, "a number above 0", { "exclusiveMinimum": 0.0 }, |x| x > 0.0
);
unit!(
    /// A share of a whole, 0 to 1 (0.9 is 90 %).
    Share, "a share between 0 and 1 (0.9 means 90 %)",
    { "minimum": 0.0, "maximum": 1.0 }, |x| (0.0..=1.0).contains(&x)
);
unit!(
    /// A share of a whole below 1: a loan-to-value, an exponent-safe haircut.
    ShareBelowOne, "a share of at least 0 and below 1 (0.78 means 78 %)",
    { "minimum": 0.0, "exclusiveMaximum": 1.0 }, |x| (0.0..1.0).contains(&x)
);
unit!(
    /// Any finite number: a drift, a return, a rate that may be negative.
    Number, "a finite number", {}, |_x| true
);
unit!(
    /// A simple return: above -1 (a loss of everything is not a price).
    Return, "a return above -1 (-0.1 means 10 % down)", { "exclusiveMinimum": -1.0 }, |x| x > -1.0
);

/// A length of time written as `"7d"`, `"5m"`, `"8h"`; more than zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(std::time::Duration);

/// Seconds in a year of 365 days, the year of every annual rate in this crate.
pub const YEAR_SECONDS: f64 = 31_536_000.0;

impl Span {
    /// Seconds.
    #[must_use]
    pub const fn seconds(self) -> f64 {
        self.0.as_secs_f64()
    }

    /// Years of 365 days.
    #[must_use]
    pub fn years(self) -> f64 {
        self.seconds() / YEAR_SECONDS
    }

    /// Days.
    #[must_use]
    pub fn days(self) -> f64 {
        self.seconds() / 86_400.0
    }

    /// A whole number of seconds, for defaults.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(std::time::Duration::from_secs(seconds))
    }
}

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match humantime::parse_duration(text) {
            Ok(d) if d.is_zero() => Err(format!("\"{text}\" is no time at all: expected more than zero")),
            Ok(d) => Ok(Self(d)),
            Err(_) => {
                Err(format!("\"{text}\" is not a length of time: write one such as \"7d\", \"5m\" or \"1h 30m\""))
            }
        }
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", humantime::format_duration(self.0))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let says = "a length of time such as \"7d\", \"5m\" or \"1h 30m\"";
        json_schema!({ "type": "string", "format": "span", "description": says })
    }
}

impl Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

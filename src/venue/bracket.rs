//! Maintenance-margin brackets: maintenance = notional * rate - cum, with the bracket chosen on the notional of the
//! whole position at the mark. `cum` makes it continuous, `cum_n = floor_n * (rate_n - rate_(n-1)) + cum_(n-1)`;
//! rates rise, so maintenance is convex in the notional. Tables are read in the format of ccxt's `fetchLeverageTiers`.

use indexmap::IndexMap;
use serde::Deserialize;
use std::fmt;

/// One bracket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tier {
    /// Notional at which the bracket begins.
    pub floor_usd: f64,
    /// Notional at which the next one begins.
    pub cap_usd: f64,
    /// Largest leverage at opening.
    pub max_leverage: f64,
    /// Maintenance margin rate.
    pub rate: f64,
    /// Maintenance amount, subtracted.
    pub cum_usd: f64,
}

/// The bracket of a notional: the last that begins at or below it.
///
/// # Panics
/// If there are no brackets.
#[must_use]
pub fn tier(tiers: &[Tier], notional_usd: f64) -> &Tier {
    let next = tiers.partition_point(|t| t.floor_usd <= notional_usd);
    &tiers[next.max(1) - 1]
}

/// Maintenance margin of a position, USD.
#[must_use]
pub fn maintenance_usd(tiers: &[Tier], notional_usd: f64) -> f64 {
    let tier = tier(tiers, notional_usd);
    notional_usd * tier.rate - tier.cum_usd
}

/// A file of bracket tables, one a symbol, not yet checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct BracketFile(IndexMap<String, Vec<Row>>);

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    min_notional: f64,
    max_notional: f64,
    maintenance_margin_rate: f64,
    max_leverage: f64,
    #[serde(default)]
    info: RowInfo,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct RowInfo {
    #[serde(default)]
    cum: Option<Cum>,
}

/// Exchanges write the amount as text, some tools as a number.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Cum {
    Text(String),
    Number(f64),
}

/// Why a bracket table cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub enum BracketError {
    /// Not JSON in ccxt's format: what, and the line.
    Format(String, usize),
    /// The file has no such symbol.
    NoSymbol(String),
    /// A bracket, from 1, that does not fit: symbol, bracket, what is wrong.
    Bracket(String, usize, String),
}

impl fmt::Display for BracketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(what, _) => write!(f, "not a bracket file in ccxt format: {what}"),
            Self::NoSymbol(symbol) => write!(f, "no brackets for the symbol `{symbol}`"),
            Self::Bracket(symbol, bracket, what) => write!(f, "{symbol}, bracket {bracket}: {what}"),
        }
    }
}

impl std::error::Error for BracketError {}

/// A bracket as written, not yet checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bracket {
    /// Notional at which it begins.
    pub floor: f64,
    /// Notional at which it ends.
    pub cap: f64,
    /// Maintenance margin rate.
    pub rate: f64,
    /// Largest leverage; that of the bracket before if it is not known, without limit in the first.
    pub max_leverage: Option<f64>,
    /// Maintenance amount; what makes the margin continuous if it is not known.
    pub cum: Option<f64>,
}

/// What the keys of a bracket are called where it was written: floor, cap, rate, largest leverage.
pub type BracketKeys = [&'static str; 4];

/// Keys of ccxt.
const CCXT_KEYS: BracketKeys = ["minNotional", "maxNotional", "maintenanceMarginRate", "maxLeverage"];

/// A table of brackets, checked: from 0, without gaps, rates rising, maintenance continuous.
///
/// # Errors
/// The first bracket that does not fit, from 1, and what would.
pub fn checked(brackets: &[Bracket], keys: BracketKeys) -> Result<Vec<Tier>, (usize, String)> {
    let mut tiers: Vec<Tier> = Vec::with_capacity(brackets.len());
    for (i, bracket) in brackets.iter().enumerate() {
        tiers.push(next_tier(tiers.last(), bracket, keys).map_err(|what| (i + 1, what))?);
    }
    if tiers.is_empty() { Err((1, "the table is empty".to_owned())) } else { Ok(tiers) }
}

impl BracketFile {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// If it is not JSON in ccxt's format.
    pub fn parse(text: &str) -> Result<Self, BracketError> {
        serde_json::from_str(text).map_err(|e| BracketError::Format(e.to_string(), e.line()))
    }

    /// The symbols in it.
    pub fn symbols(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.keys().map(String::as_str)
    }

    /// The brackets of a symbol, checked: from 0, without gaps, rates rising, maintenance continuous.
    ///
    /// # Errors
    /// If the symbol is missing, or names the first bracket that does not fit and what would.
    pub fn tiers(&self, symbol: &str) -> Result<Vec<Tier>, BracketError> {
        let rows = self.0.get(symbol).ok_or_else(|| BracketError::NoSymbol(symbol.to_owned()))?;
        let wrong = |(bracket, what)| BracketError::Bracket(symbol.to_owned(), bracket, what);
        let brackets = rows.iter().enumerate().map(|(i, row)| row.bracket().map_err(|what| wrong((i + 1, what))));
        checked(&brackets.collect::<Result<Vec<_>, _>>()?, CCXT_KEYS).map_err(wrong)
    }
}

impl Row {
    fn bracket(&self) -> Result<Bracket, String> {
        let cum = match &self.info.cum {
            None => None,
            Some(Cum::Number(x)) => Some(*x),
            Some(Cum::Text(text)) => {
                let number = text.parse().ok().filter(|cum: &f64| cum.is_finite());
                Some(number.ok_or_else(|| format!("cum is \"{text}\", expected a number"))?)
            }
        };
        Ok(Bracket {
            floor: self.min_notional,
            cap: self.max_notional,
            rate: self.maintenance_margin_rate,
            max_leverage: Some(self.max_leverage),
            cum,
        })
    }
}

fn next_tier(last: Option<&Tier>, bracket: &Bracket, keys: BracketKeys) -> Result<Tier, String> {
    let [floor_key, cap_key, rate_key, leverage_key] = keys;
    let Bracket { floor, cap, rate, .. } = *bracket;
    let below = last.map_or((0.0, 0.0, 0.0), |t| (t.cap_usd, t.rate, t.cum_usd));
    if floor != below.0 {
        return Err(format!("{floor_key} is {floor}, expected {} where the bracket before ends", below.0));
    }
    if cap <= floor {
        return Err(format!("{cap_key} is {cap}, expected more than {floor_key} {floor}"));
    }
    if !(rate > below.1 && rate <= 1.0) {
        return Err(format!("{rate_key} is {rate}, expected more than {} and at most 1", below.1));
    }
    let highest = last.map_or(f64::INFINITY, |t| t.max_leverage);
    let max_leverage = bracket.max_leverage.unwrap_or(highest);
    if !(1.0..=highest).contains(&max_leverage) {
        return Err(format!("{leverage_key} is {max_leverage}, expected 1 or more and not above the bracket before"));
    }
    let expected = floor * (rate - below.1) + below.2;
    let cum_usd = bracket.cum.unwrap_or(expected);
    // Written with a few decimals: a millionth is more than any rounding and less than any slip.
    if (cum_usd - expected).abs() > 1e-6 * expected.max(1.0) {
        return Err(format!(
            "cum is {cum_usd}, expected {} for a continuous maintenance margin: {floor} * ({rate} - {}) + {}",
            (expected * 1e6).round() / 1e6,
            below.1,
            below.2
        ));
    }
    Ok(Tier { floor_usd: floor, cap_usd: cap, max_leverage, rate, cum_usd })
}

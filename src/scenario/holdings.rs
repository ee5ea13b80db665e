//! Real books: a CSV or Parquet file with a row per owner and asset or position. Columns `owner`, `place` (`wallet` or
//! a venue), `asset`, `amount` and, for positions, `entry_price_usd`. Problems name the line of the file.

use super::key::{KeyPath, list, suggest};
use super::resolve::{Names, VenueId, leg_name, legs};
use super::source::{Elsewhere, Problem};
use super::spec::{FuturesSpec, PositionsSpec};
use super::{AssetKind, Holding, Leg, Place, canonical};
use crate::id::AssetId;
use indexmap::{IndexMap, IndexSet};
use polars::prelude::{DataFrame, DataType, ParquetReader, SerReader};
use std::fs::File;
use std::path::Path;

/// At most this many problems of one file are listed.
const PROBLEMS_MAX: usize = 10;

const COLUMNS: [&str; 5] = ["owner", "place", "asset", "amount", "entry_price_usd"];

/// A row as it stands in the file.
struct Row {
    /// Line of a CSV file, row of a Parquet file.
    line: usize,
    text: Option<String>,
    owner: String,
    place: String,
    asset: String,
    amount: String,
    entry: String,
}

/// Reads and checks a book. `key` is the config key that names it.
pub(super) fn read(file: &Path, key: &KeyPath, names: &Names<'_>) -> Result<Vec<Holding>, Vec<Problem>> {
    let whole = |message: String| vec![Problem::new(key, format!("{}: {message}", file.display()))];
    let rows = match file.extension().and_then(|e| e.to_str()) {
        Some("csv") => csv_rows(file, key)?,
        Some("parquet") => parquet_rows(file, key)?,
        _ => return Err(whole("a real book ends in .csv or .parquet".to_owned())),
    };
    if rows.is_empty() {
        return Err(whole("the book has no rows".to_owned()));
    }
    let mut book = Book { names, holdings: Vec::new(), problems: Vec::new(), seen: IndexMap::new() };
    for row in &rows {
        if let Err((message, help)) = book.add(row) {
            let place = Elsewhere { file: file.display().to_string(), line: Some(row.line), text: row.text.clone() };
            let problem = Problem::new(key, message).elsewhere(place);
            book.problems.push(if help.is_empty() { problem } else { problem.help(help) });
        }
        if book.problems.len() == PROBLEMS_MAX {
            break;
        }
    }
    if book.problems.is_empty() {
        book.check_debts(&rows, file, key);
    }
    if book.problems.is_empty() { Ok(book.holdings) } else { Err(book.problems) }
}

/// What is wrong and what would be right.
type Wrong = (String, String);

struct Book<'a> {
    names: &'a Names<'a>,
    holdings: Vec<Holding>,
    problems: Vec<Problem>,
    /// Line of each owner, place and asset.
    seen: IndexMap<(String, String, String), usize>,
}

impl Book<'_> {
    fn add(&mut self, row: &Row) -> Result<(), Wrong> {
        if row.owner.is_empty() {
            return Err(("the owner has no name".to_owned(), String::new()));
        }
        let place = self.place(&row.place)?;
        let amount = number(&row.amount, "amount")?;
        let asset = self.names.find(&row.asset).or_else(|| self.leg(&row.asset, amount)).ok_or_else(|| {
            let all = self.names.assets.iter().map(|a| a.name.as_str());
            (format!("there is no asset called `{}`", row.asset), suggest(&row.asset, "assets", all))
        })?;
        self.check_place(asset, place, row)?;
        let entry = if row.entry.is_empty() { None } else { Some(number(&row.entry, "entry_price_usd")?) };
        self.check_amount(asset, amount, entry, row)?;
        let key = (row.owner.clone(), row.place.clone(), self.names.name(asset).to_owned());
        if let Some(first) = self.seen.insert(key, row.line) {
            let help = "add the two rows up: one row per owner, place and asset".to_owned();
            return Err((format!("`{}` already has `{}` there in row {first}", row.owner, row.asset), help));
        }
        self.holdings.push(Holding { owner: row.owner.clone(), place, asset, amount, entry_usd: entry });
        Ok(())
    }

    /// In hedge mode a contract's own name means the leg of the amount's sign.
    fn leg(&self, contract: &str, amount: f64) -> Option<AssetId> {
        let lists = |(_, spec): &(&str, &FuturesSpec)| {
            spec.positions == PositionsSpec::Hedge && spec.contracts.contains_key(contract)
        };
        let leg = if amount < 0.0 { Leg::Short } else { Leg::Long };
        self.names.futures.iter().any(lists).then(|| self.names.find(&leg_name(contract, leg))).flatten()
    }

    fn place(&self, name: &str) -> Result<Place, Wrong> {
        match self.names.venues.get(name) {
            _ if name == "wallet" => Ok(Place::Wallet),
            Some(VenueId::Futures(venue)) => Ok(Place::Futures(*venue)),
            Some(VenueId::Pool(pool)) => Ok(Place::Pool(*pool)),
            Some(VenueId::Issuer(issuer)) => {
                let token = &self.names.issuers[*issuer].1.token;
                Err((format!("nothing is held at the issuer `{name}`"), format!("`{token}` is held in a `wallet`")))
            }
            Some(VenueId::Amm(amm)) => {
                let lp = &self.names.amms[*amm].1.lp;
                Err((format!("nothing is held in the pool `{name}`"), format!("`{lp}` is held in a `wallet`")))
            }
            None => {
                let elsewhere = |id: &VenueId| !matches!(id, VenueId::Issuer(_) | VenueId::Amm(_));
                let issuers = self.names.venues.iter().filter(|(_, id)| elsewhere(id));
                let places: Vec<&str> = issuers.map(|(name, _)| *name).chain(["wallet"]).collect();
                Err((format!("there is no place called `{name}`"), suggest(name, "places", places)))
            }
        }
    }

    /// Whether the place is one where the asset can be.
    fn check_place(&self, asset: AssetId, place: Place, row: &Row) -> Result<(), Wrong> {
        let name = &row.asset;
        match (self.names.kind(asset), place) {
            (AssetKind::Contract { venue, .. }, Place::Futures(at)) if venue == at => Ok(()),
            (AssetKind::Contract { venue, .. }, _) => {
                let venue = self.names.futures[venue].0;
                Err((format!("a position in `{name}` cannot be in `{}`", row.place), format!("its place is `{venue}`")))
            }
            (AssetKind::Debt { pool, reserve }, Place::Pool(at)) if pool == at => {
                let lent = self.names.pools[pool].1.reserves.get_index(reserve).map_or("", |(lent, _)| lent.as_str());
                match self.names.find(lent).map(|asset| self.names.kind(asset)) {
                    Some(AssetKind::Coin(_)) => Ok(()),
                    _ => Err((format!("`{lent}` is a token, which `{}` does not lend", row.place), String::new())),
                }
            }
            (AssetKind::Debt { pool, .. }, _) => {
                let pool = self.names.pools[pool].0;
                Err((format!("the debt `{name}` cannot be in `{}`", row.place), format!("its place is `{pool}`")))
            }
            (AssetKind::Receipt { pool, .. }, Place::Pool(at)) if pool == at => Ok(()),
            (_, Place::Wallet) => Ok(()),
            (_, Place::Futures(at)) => {
                let collateral = &self.names.futures[at].1.collateral;
                if collateral.contains_key(name) {
                    return Ok(());
                }
                let takes = list(collateral.keys().map(String::as_str));
                Err((format!("`{}` does not take `{name}` as margin", row.place), format!("it takes {takes}")))
            }
            (AssetKind::Coin(_), Place::Pool(at)) => {
                let reserve = self.names.pools[at].1.reserves.get(name);
                let help =
                    reserve.map_or(String::new(), |r| format!("a deposit is held as its receipt `{}`", r.receipt));
                Err((format!("`{}` holds receipts and debts, not the coin `{name}`", row.place), help))
            }
            (_, Place::Pool(_)) => Err((format!("`{}` does not hold `{name}`", row.place), String::new())),
        }
    }

    fn check_amount(&self, asset: AssetId, amount: f64, entry: Option<f64>, row: &Row) -> Result<(), Wrong> {
        let contract = matches!(self.names.kind(asset), AssetKind::Contract { .. });
        if amount < 0.0 && !contract {
            let help = "only positions are negative, when they are short; a debt is a positive amount of its asset";
            return Err((format!("a negative amount of `{}`: {amount}", row.asset), help.to_owned()));
        }
        if let Some((listing, side)) = self.wrong_side(asset, amount) {
            let message = format!("`{}` holds {side} only, not {amount}", row.asset);
            return Err((message, format!("write `{listing}` for the leg of the amount's sign")));
        }
        if amount == 0.0 {
            return Err((format!("no `{}` at all", row.asset), "leave the row out".to_owned()));
        }
        match entry {
            Some(_) if !contract => {
                let message = format!("`{}` is no position, so it has no entry price", row.asset);
                Err((message, "leave entry_price_usd empty".to_owned()))
            }
            Some(price) if price <= 0.0 => {
                Err((format!("entry_price_usd is {price}: expected above 0"), String::new()))
            }
            _ => Ok(()),
        }
    }

    /// The contract and the side of a leg that cannot hold that amount.
    fn wrong_side(&self, asset: AssetId, amount: f64) -> Option<(&str, &str)> {
        let AssetKind::Contract { venue, contract } = self.names.kind(asset) else { return None };
        let legs = legs(self.names.futures[venue].1);
        let listing = self.names.futures[venue].1.contracts.get_index(contract / legs.len())?.0;
        match legs[contract % legs.len()] {
            Leg::Long if amount < 0.0 => Some((listing, "longs")),
            Leg::Short if amount > 0.0 => Some((listing, "shorts")),
            _ => None,
        }
    }

    /// Whoever owes a pool has a receipt of it there.
    fn check_debts(&mut self, rows: &[Row], file: &Path, key: &KeyPath) {
        let in_pool = |h: &Holding, receipts: bool| match (self.names.kind(h.asset), h.place) {
            (AssetKind::Receipt { pool, .. }, Place::Pool(_)) if receipts => Some((h.owner.clone(), pool)),
            (AssetKind::Debt { pool, .. }, _) if !receipts => Some((h.owner.clone(), pool)),
            _ => None,
        };
        let secured: IndexSet<(String, usize)> = self.holdings.iter().filter_map(|h| in_pool(h, true)).collect();
        for (holding, row) in self.holdings.iter().zip(rows) {
            let Some(debt) = in_pool(holding, false).filter(|debt| !secured.contains(debt)) else { continue };
            let pool = self.names.pools[debt.1].0;
            let place = Elsewhere { file: file.display().to_string(), line: Some(row.line), text: row.text.clone() };
            let problem = Problem::new(key, format!("`{}` owes `{pool}` without a receipt there", debt.0));
            let help = format!("add a row of a receipt with place `{pool}`");
            self.problems.push(problem.help(help).elsewhere(place));
        }
    }
}

fn number(text: &str, column: &str) -> Result<f64, Wrong> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        _ => Err((format!("{column} is \"{text}\": expected a finite number"), String::new())),
    }
}

/// The position of each of [`COLUMNS`]; only the last may be missing.
fn columns(present: &[String], file: &Path, key: &KeyPath) -> Result<[Option<usize>; 5], Vec<Problem>> {
    let find = |name: &str| present.iter().position(|p| p == name);
    let unknown = present.iter().find(|p| !COLUMNS.contains(&p.as_str()));
    let missing = COLUMNS[..4].iter().find(|c| find(c).is_none());
    let message = match (missing, unknown) {
        (Some(missing), _) => format!("there is no column `{missing}`"),
        (None, Some(unknown)) => format!("there is a column `{unknown}`, which means nothing here"),
        (None, None) => return Ok(COLUMNS.map(find)),
    };
    let place = Elsewhere { file: file.display().to_string(), line: Some(1), text: Some(present.join(",")) };
    Err(vec![Problem::new(key, message).help(format!("columns: {}", list(COLUMNS))).elsewhere(place)])
}

fn csv_rows(file: &Path, key: &KeyPath) -> Result<Vec<Row>, Vec<Problem>> {
    let text = std::fs::read_to_string(file).map_err(|error| vec![canonical::unreadable(key, file, &error)])?;
    let lines: Vec<&str> = text.lines().collect();
    let malformed = |line: usize, message: String| {
        let text = lines.get(line.saturating_sub(1)).map(|l| (*l).to_owned());
        vec![Problem::new(key, message).elsewhere(Elsewhere {
            file: file.display().to_string(),
            line: Some(line),
            text,
        })]
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| malformed(1, e.to_string()))?;
    let present: Vec<String> = header.iter().map(str::to_owned).collect();
    let columns = columns(&present, file, key)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| match error.kind() {
            csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
                let line = pos.as_ref().map_or(1, |p| p.line() as usize);
                malformed(line, format!("{len} fields, expected {expected_len} as in the header"))
            }
            _ => malformed(1, error.to_string()),
        })?;
        let line = record.position().map_or(1, |p| p.line() as usize);
        let field = |i: usize| columns[i].and_then(|c| record.get(c)).unwrap_or("").to_owned();
        let text = lines.get(line - 1).map(|l| (*l).to_owned());
        rows.push(Row {
            line,
            text,
            owner: field(0),
            place: field(1),
            asset: field(2),
            amount: field(3),
            entry: field(4),
        });
    }
    Ok(rows)
}

fn parquet_rows(file: &Path, key: &KeyPath) -> Result<Vec<Row>, Vec<Problem>> {
    let open = File::open(file).map_err(|error| vec![canonical::unreadable(key, file, &error)])?;
    let wrong = |what: String| vec![Problem::new(key, format!("{}: {what}", file.display()))];
    let frame = ParquetReader::new(open).finish().map_err(|e| wrong(format!("not a Parquet file: {e}")))?;
    let present: Vec<String> = frame.get_column_names().iter().map(ToString::to_string).collect();
    let columns = columns(&present, file, key)?;
    let mut fields = Vec::new();
    for (i, column) in columns.iter().enumerate() {
        fields.push(match column {
            Some(_) => texts(&frame, COLUMNS[i], i >= 3).map_err(wrong)?,
            None => vec![String::new(); frame.height()],
        });
    }
    let rows = (0..frame.height()).map(|i| {
        let mut take = |f: usize| std::mem::take(&mut fields[f][i]);
        let (owner, place, asset, amount, entry) = (take(0), take(1), take(2), take(3), take(4));
        let text = Some([&owner, &place, &asset, &amount, &entry].map(String::as_str).join(","));
        Row { line: i + 1, text, owner, place, asset, amount, entry }
    });
    Ok(rows.collect())
}

/// A column as text; numbers are printed so that they read back the same.
fn texts(frame: &DataFrame, name: &str, is_number: bool) -> Result<Vec<String>, String> {
    let column = frame.column(name).map_err(|e| e.to_string())?;
    let wanted = if is_number { DataType::Float64 } else { DataType::String };
    let (kind, want) = (column.dtype().clone(), if is_number { "numbers" } else { "text" });
    let fits = if is_number { kind.is_primitive_numeric() || kind == DataType::Null } else { kind == DataType::String };
    if !fits {
        return Err(format!("column `{name}` is {kind}: expected {want}"));
    }
    let column = column.cast(&wanted).map_err(|e| e.to_string())?;
    if is_number {
        let numbers = column.f64().map_err(|e| e.to_string())?;
        return Ok(numbers.iter().map(|x| x.map_or(String::new(), |x| x.to_string())).collect());
    }
    let strings = column.str().map_err(|e| e.to_string())?;
    Ok(strings.iter().map(|s| s.unwrap_or("").to_owned()).collect())
}

//! The Parquet half of [`super::table`]. Polars is built without its date types, which take long to compile and would
//! serve this one column, so timestamps are relabelled as the integers they are stored as before it reads.

use super::fault::{BarFault, FileFault};
use super::table::{Clock, PRICES, Recorded, Table, find, klines_symbol, open_time, quoted};
use super::timestamp::{self, LAST_MS};
use polars::prelude::{Column, DataFrame, DataType, ParquetReader, SerReader};
use polars_parquet::parquet::metadata::SchemaDescriptor;
use polars_parquet::parquet::schema::types::{
    ParquetType, PhysicalType, PrimitiveConvertedType, PrimitiveLogicalType, TimeUnit,
};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// The columns of a file in long format, the time first.
const LONG: [&str; 6] = ["timestamp", "symbol", PRICES[0], PRICES[1], PRICES[2], PRICES[3]];

/// The columns of klines, the time first: the file is of one symbol.
const KLINES: [&str; 5] = ["open_time", PRICES[0], PRICES[1], PRICES[2], PRICES[3]];

/// What column `timestamp` should be.
const A_TIME: &str = "a Timestamp, a Date, or ISO 8601 text";

/// What column `open_time` should be.
const AN_OPEN_TIME: &str = "a whole number of milli- or microseconds since 1970, or a Timestamp";

const NS_PER_MS: i64 = 1_000_000;

/// Reads the bars of the symbols that are asked for.
pub(super) fn read(file: &Path, open: File, asked: &[&str]) -> Result<Table, FileFault> {
    let columns = Columns::read(file, open)?;
    let (mut table, mut clock) = (Table::new("row", asked), Clock::new("row"));
    for (index, symbol) in columns.symbol.iter().enumerate() {
        let Some(bars) = table.place(symbol, asked) else { continue };
        let row = index as u64 + 1;
        let bar = columns.bar(index, row, &mut clock).map_err(|fault| FileFault::Bar { counted_in: "row", row, fault });
        bars.push(bar?);
    }
    Ok(table)
}

/// The cells of a file, `None` where there is no value.
struct Columns {
    time: Times,
    symbol: Vec<String>,
    prices: Vec<Vec<Option<f64>>>,
}

/// Column `timestamp`, or `open_time` of klines.
enum Times {
    /// Milliseconds since 1970; times before that and after the year 9999 are none.
    Ms(Vec<Option<i64>>),
    Text(Vec<String>),
    /// Integers of klines.
    Open(Vec<Option<i64>>),
}

impl Columns {
    fn read(file: &Path, open: File) -> Result<Self, FileFault> {
        let malformed = |e| FileFault::malformed("Parquet", &e);
        let mut reader = ParquetReader::new(open);
        let (columns, tick_ns) = relabel_times(&mut reader)?;
        let projected = columns.iter().map(|&name| name.to_owned()).collect();
        let frame = reader.with_columns(Some(projected)).finish().map_err(malformed)?;
        let of_all = (columns == KLINES).then(|| klines_symbol(file));
        Self::of(&frame, of_all, tick_ns)
    }

    /// `of_all` is the symbol of klines.
    fn of(frame: &DataFrame, of_all: Option<&str>, tick_ns: Option<i64>) -> Result<Self, FileFault> {
        let column = |name| frame.column(name).map_err(|e| FileFault::malformed("Parquet", &e));
        let (time, symbol) = if let Some(symbol) = of_all {
            (open_times(column(KLINES[0])?, tick_ns)?, vec![symbol.to_owned(); frame.height()])
        } else {
            let symbol = column("symbol")?;
            let text = symbol.str().map_err(|_| wrong_type("symbol", symbol, "text"))?;
            let symbol = text.iter().map(|s| s.unwrap_or_default().to_owned()).collect();
            (times(column(LONG[0])?, tick_ns)?, symbol)
        };
        let prices = PRICES.into_iter().map(|name| numbers(name, column(name)?)).collect::<Result<_, _>>()?;
        Ok(Self { time, symbol, prices })
    }

    fn bar(&self, index: usize, row: u64, clock: &mut Clock) -> Result<Recorded, BarFault> {
        let ms = match &self.time {
            Times::Ms(ms) => ms[index].ok_or_else(|| BarFault::Timestamp("no time from 1970 to 9999".to_owned()))?,
            Times::Text(text) => clock.read(row, &text[index])?,
            Times::Open(ticks) => {
                open_time(ticks[index], || ticks[index].map_or_else(|| quoted(""), |tick| tick.to_string()))?
            }
        };
        let mut prices = [0.0; 4];
        for ((price, cells), column) in prices.iter_mut().zip(&self.prices).zip(PRICES) {
            *price = cells[index].ok_or_else(|| BarFault::Number { column, text: quoted("") })?;
        }
        Ok(Recorded { row, ms, prices })
    }
}

/// Lets `reader` take times for plain integers. Which columns the file is read by, and how many nanoseconds an integer of
/// the first stands for, if it is of times.
fn relabel_times(reader: &mut ParquetReader<File>) -> Result<(&'static [&'static str], Option<i64>), FileFault> {
    let metadata = reader.get_metadata().map_err(|e| FileFault::malformed("Parquet", &e))?;
    let mut metadata = metadata.as_ref().clone();
    let mut fields = metadata.schema_descr.fields().to_vec();
    let names: Vec<&str> = metadata.schema_descr.fields().iter().map(ParquetType::name).collect();
    let is_kline = names.contains(&KLINES[0]) && !names.contains(&LONG[0]);
    let (columns, expected): (&'static [&'static str], _) =
        if is_kline { (&KLINES, AN_OPEN_TIME) } else { (&LONG, A_TIME) };
    for &column in columns {
        find(&names, column)?;
    }
    let mut of_timestamp = None;
    for field in &mut fields {
        let ns = tick_ns(field);
        let ParquetType::PrimitiveType(primitive) = field else { continue };
        if ns.is_some() {
            (primitive.logical_type, primitive.converted_type) = (None, None);
        }
        if primitive.field_info.name == columns[0] {
            of_timestamp = ns;
            if primitive.physical_type == PhysicalType::Int96 {
                return Err(FileFault::ColumnType { column: columns[0], is: "an INT96".to_owned(), expected });
            }
        }
    }
    metadata.schema_descr = SchemaDescriptor::new(metadata.schema_descr.name().into(), fields);
    // The writer's own schema would bring the times back.
    metadata.key_value_metadata = None;
    reader.set_metadata(Arc::new(metadata));
    Ok((columns, of_timestamp))
}

/// How many nanoseconds an integer of a column of timestamps or dates stands for; `None` for any other column.
fn tick_ns(field: &ParquetType) -> Option<i64> {
    use PrimitiveConvertedType as Converted;
    use PrimitiveLogicalType as Logical;
    let ParquetType::PrimitiveType(primitive) = field else { return None };
    match (primitive.physical_type, primitive.logical_type, primitive.converted_type) {
        (PhysicalType::Int64, Some(Logical::Timestamp { unit: TimeUnit::Nanoseconds, .. }), _) => Some(1),
        (PhysicalType::Int64, Some(Logical::Timestamp { unit: TimeUnit::Microseconds, .. }), _)
        | (PhysicalType::Int64, None, Some(Converted::TimestampMicros)) => Some(1_000),
        (PhysicalType::Int64, Some(Logical::Timestamp { unit: TimeUnit::Milliseconds, .. }), _)
        | (PhysicalType::Int64, None, Some(Converted::TimestampMillis)) => Some(NS_PER_MS),
        (PhysicalType::Int32, Some(Logical::Date), _) | (PhysicalType::Int32, None, Some(Converted::Date)) => {
            Some(NS_PER_MS * timestamp::DAY_MS)
        }
        _ => None,
    }
}

fn times(column: &Column, tick_ns: Option<i64>) -> Result<Times, FileFault> {
    if let Ok(text) = column.str() {
        return Ok(Times::Text(text.iter().map(|t| t.unwrap_or_default().to_owned()).collect()));
    }
    let wrong = || wrong_type(LONG[0], column, A_TIME);
    let tick_ns = tick_ns.ok_or_else(wrong)?;
    let ticks = integers(column).ok_or_else(wrong)?;
    Ok(Times::Ms(ticks.into_iter().map(|tick| ms(tick?, tick_ns)).collect()))
}

/// Those of klines: integers tell their own unit.
fn open_times(column: &Column, tick_ns: Option<i64>) -> Result<Times, FileFault> {
    let ticks = column.dtype().is_integer().then(|| integers(column)).flatten();
    let ticks = ticks.ok_or_else(|| wrong_type(KLINES[0], column, AN_OPEN_TIME))?;
    Ok(match tick_ns {
        Some(tick_ns) => Times::Ms(ticks.into_iter().map(|tick| ms(tick?, tick_ns)).collect()),
        None => Times::Open(ticks),
    })
}

fn integers(column: &Column) -> Option<Vec<Option<i64>>> {
    let ticks = column.cast(&DataType::Int64).ok()?;
    Some(ticks.i64().ok()?.iter().collect())
}

/// A time in milliseconds, if it can be written.
fn ms(tick: i64, tick_ns: i64) -> Option<i64> {
    let ms = i64::try_from(i128::from(tick) * i128::from(tick_ns) / i128::from(NS_PER_MS)).ok()?;
    (tick >= 0 && ms <= LAST_MS).then_some(ms)
}

fn numbers(name: &'static str, column: &Column) -> Result<Vec<Option<f64>>, FileFault> {
    let wrong = || wrong_type(name, column, "a number");
    if !column.dtype().is_primitive_numeric() {
        return Err(wrong());
    }
    let cast = column.cast(&DataType::Float64).map_err(|_| wrong())?;
    Ok(cast.f64().map_err(|_| wrong())?.iter().collect())
}

fn wrong_type(column: &'static str, is: &Column, expected: &'static str) -> FileFault {
    FileFault::ColumnType { column, is: is.dtype().to_string(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars_parquet::parquet::schema::types::PrimitiveType;

    fn tick_of(
        physical: PhysicalType,
        logical: Option<PrimitiveLogicalType>,
        converted: Option<PrimitiveConvertedType>,
    ) -> Option<i64> {
        let mut primitive = PrimitiveType::from_physical("timestamp".into(), physical);
        (primitive.logical_type, primitive.converted_type) = (logical, converted);
        tick_ns(&ParquetType::PrimitiveType(primitive))
    }

    #[test]
    fn times_are_from_1970_to_9999() {
        let last = 253_402_300_799_999_999;
        assert_eq!(ms(last, 1_000), Some(253_402_300_799_999));
        assert_eq!(timestamp::show(253_402_300_799_999), "9999-12-31T23:59:59Z");
        // Nanoseconds under the label of microseconds, a time before 1970, one that no integer holds.
        assert_eq!([ms(last + 1, 1_000), ms(-1, 1), ms(i64::MAX, 86_400_000_000_000)], [None; 3]);
    }

    #[test]
    fn every_unit_of_time_is_known() {
        use PhysicalType::{Int32, Int64};
        use PrimitiveConvertedType as Converted;
        let timestamp = |unit| Some(PrimitiveLogicalType::Timestamp { unit, is_adjusted_to_utc: true });
        assert_eq!(tick_of(Int64, timestamp(TimeUnit::Nanoseconds), None), Some(1));
        assert_eq!(tick_of(Int64, timestamp(TimeUnit::Microseconds), None), Some(1_000));
        assert_eq!(tick_of(Int64, timestamp(TimeUnit::Milliseconds), None), Some(1_000_000));
        assert_eq!(tick_of(Int64, None, Some(Converted::TimestampMicros)), Some(1_000));
        assert_eq!(tick_of(Int64, None, Some(Converted::TimestampMillis)), Some(1_000_000));
        assert_eq!(tick_of(Int32, Some(PrimitiveLogicalType::Date), None), Some(86_400_000_000_000));
        assert_eq!(tick_of(Int64, None, None), None);
        assert_eq!(tick_of(Int32, None, None), None);
    }
}

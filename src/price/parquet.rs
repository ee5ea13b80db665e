//! The Parquet half of [`super::table`]. Polars is built without its date types, which take long to compile and would
//! serve this one column, so timestamps are relabelled as the integers they are stored as before it reads.

use super::fault::{BarFault, FileFault};
use super::table::{PRICES, Recorded, Table, find, quoted};
use super::timestamp;
use polars::prelude::{Column, DataFrame, DataType, ParquetReader, SerReader};
use polars_parquet::parquet::metadata::SchemaDescriptor;
use polars_parquet::parquet::schema::types::{
    ParquetType, PhysicalType, PrimitiveConvertedType, PrimitiveLogicalType, TimeUnit,
};
use std::fs::File;
use std::sync::Arc;

const COLUMNS: [&str; 6] = ["timestamp", "symbol", PRICES[0], PRICES[1], PRICES[2], PRICES[3]];

/// Reads the bars of the symbols that are asked for.
pub(super) fn read(open: File, asked: &[&str]) -> Result<Table, FileFault> {
    let columns = Columns::read(open)?;
    let mut table = Table::new("row", asked);
    for (index, symbol) in columns.symbol.iter().enumerate() {
        let Some(bars) = table.place(symbol, asked) else { continue };
        let row = index as u64 + 1;
        let bar = columns.bar(index, row).map_err(|fault| FileFault::Bar { counted_in: "row", row, fault });
        bars.push(bar?);
    }
    Ok(table)
}

/// The cells of a file, `None` where there is no value.
struct Columns {
    ms: Vec<Option<i64>>,
    symbol: Vec<String>,
    prices: Vec<Vec<Option<f64>>>,
}

impl Columns {
    fn read(open: File) -> Result<Self, FileFault> {
        let malformed = |e| FileFault::malformed("Parquet", &e);
        let mut reader = ParquetReader::new(open);
        let per_ms = relabel_timestamps(&mut reader)?;
        let projected = COLUMNS.map(str::to_owned).to_vec();
        let frame = reader.with_columns(Some(projected)).finish().map_err(malformed)?;
        Self::of(&frame, per_ms)
    }

    fn of(frame: &DataFrame, per_ms: Option<i64>) -> Result<Self, FileFault> {
        let column = |name| frame.column(name).map_err(|e| FileFault::malformed("Parquet", &e));
        let symbol = column("symbol")?;
        let text = symbol.str().map_err(|_| wrong_type("symbol", symbol, "text"))?;
        let symbol = text.iter().map(|s| s.unwrap_or_default().to_owned()).collect();
        let ms = times(column("timestamp")?, per_ms)?;
        let prices = PRICES.into_iter().map(|name| numbers(name, column(name)?)).collect::<Result<_, _>>()?;
        Ok(Self { ms, symbol, prices })
    }

    fn bar(&self, index: usize, row: u64) -> Result<Recorded, BarFault> {
        let ms = self.ms[index].ok_or_else(|| BarFault::Timestamp("no time since 1970".to_owned()))?;
        let mut prices = [0.0; 4];
        for ((price, cells), column) in prices.iter_mut().zip(&self.prices).zip(PRICES) {
            *price = cells[index].ok_or_else(|| BarFault::Number { column, text: quoted("") })?;
        }
        Ok(Recorded { row, ms, prices })
    }
}

/// Lets `reader` take timestamps for plain integers; how many of them make a millisecond in column `timestamp`, if it
/// is of timestamps.
fn relabel_timestamps(reader: &mut ParquetReader<File>) -> Result<Option<i64>, FileFault> {
    let metadata = reader.get_metadata().map_err(|e| FileFault::malformed("Parquet", &e))?;
    let mut metadata = metadata.as_ref().clone();
    let mut fields = metadata.schema_descr.fields().to_vec();
    let names: Vec<&str> = metadata.schema_descr.fields().iter().map(ParquetType::name).collect();
    for column in COLUMNS {
        find(&names, column)?;
    }
    let mut per_ms = None;
    for field in &mut fields {
        let unit = ticks_per_ms(field);
        if let (ParquetType::PrimitiveType(primitive), Some(_)) = (&mut *field, unit) {
            primitive.logical_type = None;
            primitive.converted_type = None;
        }
        per_ms = if field.name() == COLUMNS[0] { unit } else { per_ms };
    }
    metadata.schema_descr = SchemaDescriptor::new(metadata.schema_descr.name().into(), fields);
    // The writer's own schema would bring the timestamps back.
    metadata.key_value_metadata = None;
    reader.set_metadata(Arc::new(metadata));
    Ok(per_ms)
}

/// How many units of a column of timestamps make a millisecond; `None` for any other column.
fn ticks_per_ms(field: &ParquetType) -> Option<i64> {
    let ParquetType::PrimitiveType(primitive) = field else { return None };
    if primitive.physical_type != PhysicalType::Int64 {
        return None;
    }
    match (primitive.logical_type, primitive.converted_type) {
        (Some(PrimitiveLogicalType::Timestamp { unit: TimeUnit::Nanoseconds, .. }), _) => Some(1_000_000),
        (Some(PrimitiveLogicalType::Timestamp { unit: TimeUnit::Microseconds, .. }), _)
        | (None, Some(PrimitiveConvertedType::TimestampMicros)) => Some(1_000),
        (Some(PrimitiveLogicalType::Timestamp { unit: TimeUnit::Milliseconds, .. }), _)
        | (None, Some(PrimitiveConvertedType::TimestampMillis)) => Some(1),
        _ => None,
    }
}

/// Milliseconds since 1970; times before that are none.
fn times(column: &Column, per_ms: Option<i64>) -> Result<Vec<Option<i64>>, FileFault> {
    if let Ok(text) = column.str() {
        return Ok(text.iter().map(|t| t.and_then(timestamp::parse)).collect());
    }
    match (column.i64(), per_ms) {
        (Ok(ticks), Some(per_ms)) => Ok(ticks.iter().map(|t| t.filter(|t| *t >= 0).map(|t| t / per_ms)).collect()),
        _ => Err(wrong_type("timestamp", column, "a Timestamp, or ISO 8601 text")),
    }
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

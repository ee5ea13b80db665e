//! Tables to and from Parquet. Rows are collected into row groups of a fixed size and written as they fill, so a table
//! of any length takes the memory of one group. Polars has a thread pool of its own: call this from plain threads only.

use super::StoreError;
use super::schema::{Kind, Table};
use polars::prelude::{
    BatchedWriter, Column, DataFrame, DataType, Field, Float64Chunked, IntoColumn, KeyValueMetadata, NewChunkedArray,
    ParallelStrategy, ParquetCompression, ParquetReader, ParquetWriter, PlSmallStr, Schema, SerReader,
    StringChunkedBuilder, UInt32Chunked, UInt64Chunked,
};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Cells in a row group: 4 million, 32 MB of numbers.
const GROUP_CELLS: usize = 1 << 22;
/// Fewest and most rows in a row group.
const GROUP_ROWS: std::ops::RangeInclusive<usize> = 10_000..=1_000_000;

/// One value of a row.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    /// A whole number of 32 bits.
    U32(u32),
    /// A whole number of 64 bits.
    U64(u64),
    /// A number; NaN is written as null.
    F64(f64),
    /// Text.
    Str(&'a str),
    /// Nothing.
    Null,
}

/// A table being written.
pub struct TableWriter {
    path: PathBuf,
    table: Table,
    schema: Schema,
    writer: BatchedWriter<BufWriter<File>>,
    buffers: Vec<Buffer>,
    group_rows: usize,
    buffered: usize,
    rows: u64,
}

impl TableWriter {
    /// Opens `<directory>/<table>.parquet`. `about` goes into the footer, as key and value.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(directory: &Path, table: Table, about: &[(String, String)]) -> Result<Self, StoreError> {
        let path = file_of(directory, table.name);
        let file = File::create(&path).map_err(|e| StoreError::file(&path, e))?;
        let schema = schema_of(&table);
        let writer = ParquetWriter::new(BufWriter::new(file))
            .with_compression(ParquetCompression::Zstd(None))
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(about.to_vec())))
            .batched(&schema)
            .map_err(|e| StoreError::table(&path, e))?;
        let group_rows = (GROUP_CELLS / table.columns.len()).clamp(*GROUP_ROWS.start(), *GROUP_ROWS.end());
        let buffers = table.columns.iter().map(|c| Buffer::of(c.kind)).collect();
        Ok(Self { path, table, schema, writer, buffers, group_rows, buffered: 0, rows: 0 })
    }

    /// Adds a row, one cell a column.
    ///
    /// # Errors
    /// If a row group is full and cannot be written.
    ///
    /// # Panics
    /// If the cells do not fit the table.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> Result<(), StoreError> {
        let mut filled = 0;
        for (i, cell) in cells.into_iter().enumerate() {
            assert!(i < self.buffers.len(), "too many cells for table {}", self.table.name);
            assert!(self.buffers[i].push(cell), "{cell:?} in {}.{}", self.table.name, self.table.columns[i].name);
            filled += 1;
        }
        assert!(filled == self.buffers.len(), "{filled} cells for table {}", self.table.name);
        self.buffered += 1;
        self.rows += 1;
        if self.buffered == self.group_rows { self.flush() } else { Ok(()) }
    }

    /// Writes what is left and the footer; returns the number of rows.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(mut self) -> Result<u64, StoreError> {
        self.flush()?;
        self.writer.finish().map_err(|e| StoreError::table(&self.path, e))?;
        Ok(self.rows)
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        if self.buffered == 0 {
            return Ok(());
        }
        let names = self.schema.iter_names();
        let columns = self.buffers.iter_mut().zip(names).map(|(buffer, name)| buffer.take(name)).collect();
        let height = std::mem::take(&mut self.buffered);
        DataFrame::new(height, columns)
            .and_then(|frame| self.writer.write_batch(&frame))
            .map_err(|e| StoreError::table(&self.path, e))
    }
}

/// The file of a table.
#[must_use]
pub fn file_of(directory: &Path, table: &str) -> PathBuf {
    directory.join(format!("{table}.parquet"))
}

/// Reads one column of numbers; null becomes NaN. Other columns are not touched.
///
/// # Errors
/// If the file cannot be read or has no such column of numbers.
pub fn read_column(path: &Path, column: &str) -> Result<Vec<f64>, StoreError> {
    let frame = read(path, Some(vec![column.to_owned()]))?;
    let numbers = frame.column(column).and_then(|c| Ok(c.f64()?.iter().map(|x| x.unwrap_or(f64::NAN)).collect()));
    numbers.map_err(|e| StoreError::table(path, e))
}

/// The same of a column that the file need not have.
///
/// # Errors
/// If the file cannot be read or the column holds no numbers.
pub fn read_column_if_present(path: &Path, column: &str) -> Result<Option<Vec<f64>>, StoreError> {
    let file = File::open(path).map_err(|e| StoreError::file(path, e))?;
    let schema = ParquetReader::new(file).schema().map_err(|e| StoreError::table(path, e))?;
    schema.get(column).map(|_| read_column(path, column)).transpose()
}

/// Reads the numbers of one row, by column; null becomes NaN.
///
/// # Errors
/// If the file cannot be read or has no such row.
pub fn read_row(path: &Path, row: usize) -> Result<BTreeMap<String, f64>, StoreError> {
    let file = File::open(path).map_err(|e| StoreError::file(path, e))?;
    let frame = ParquetReader::new(file)
        .with_slice(Some((row, 1)))
        .read_parallel(ParallelStrategy::None)
        .finish()
        .map_err(|e| StoreError::table(path, e))?;
    let numbers = frame.columns().iter().filter_map(|column| Some((column.name().to_string(), column.f64().ok()?)));
    Ok(numbers.map(|(name, values)| (name, values.get(0).unwrap_or(f64::NAN))).collect())
}

/// Reads a whole table, or some columns of it.
///
/// # Errors
/// If the file cannot be read.
pub fn read(path: &Path, columns: Option<Vec<String>>) -> Result<DataFrame, StoreError> {
    let file = File::open(path).map_err(|e| StoreError::file(path, e))?;
    ParquetReader::new(file)
        .with_columns(columns)
        .read_parallel(ParallelStrategy::None)
        .finish()
        .map_err(|e| StoreError::table(path, e))
}

fn schema_of(table: &Table) -> Schema {
    table.columns.iter().map(|c| Field::new(c.name.as_str().into(), data_type(c.kind))).collect()
}

const fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::U32 | Kind::U32OrNull => DataType::UInt32,
        Kind::U64 => DataType::UInt64,
        Kind::F64 => DataType::Float64,
        Kind::Str | Kind::StrOrNull => DataType::String,
    }
}

/// The values of one column that are not yet written.
enum Buffer {
    U32(Vec<u32>),
    U32OrNull(Vec<Option<u32>>),
    U64(Vec<u64>),
    F64(Vec<f64>),
    Str(StringChunkedBuilder),
    StrOrNull(StringChunkedBuilder),
}

impl Buffer {
    fn of(kind: Kind) -> Self {
        let text = || StringChunkedBuilder::new(PlSmallStr::EMPTY, 0);
        match kind {
            Kind::U32 => Self::U32(Vec::new()),
            Kind::U32OrNull => Self::U32OrNull(Vec::new()),
            Kind::U64 => Self::U64(Vec::new()),
            Kind::F64 => Self::F64(Vec::new()),
            Kind::Str => Self::Str(text()),
            Kind::StrOrNull => Self::StrOrNull(text()),
        }
    }

    const fn kind(&self) -> Kind {
        match self {
            Self::U32(_) => Kind::U32,
            Self::U32OrNull(_) => Kind::U32OrNull,
            Self::U64(_) => Kind::U64,
            Self::F64(_) => Kind::F64,
            Self::Str(_) => Kind::Str,
            Self::StrOrNull(_) => Kind::StrOrNull,
        }
    }

    /// Adds a value; false if it does not fit the column.
    fn push(&mut self, cell: Cell) -> bool {
        match (self, cell) {
            (Self::U32(values), Cell::U32(x)) => values.push(x),
            (Self::U32OrNull(values), Cell::U32(x)) => values.push(Some(x)),
            (Self::U32OrNull(values), Cell::Null) => values.push(None),
            (Self::U64(values), Cell::U64(x)) => values.push(x),
            (Self::F64(values), Cell::F64(x)) => values.push(x),
            (Self::F64(values), Cell::Null) => values.push(f64::NAN),
            (Self::Str(values) | Self::StrOrNull(values), Cell::Str(x)) => values.append_value(x),
            (Self::StrOrNull(values), Cell::Null) => values.append_null(),
            _ => return false,
        }
        true
    }

    /// The values as a column; the buffer is then empty.
    fn take(&mut self, name: &PlSmallStr) -> Column {
        let name = name.clone();
        match std::mem::replace(self, Self::of(self.kind())) {
            Self::U32(values) => UInt32Chunked::from_vec(name, values).into_column(),
            Self::U32OrNull(values) => UInt32Chunked::from_iter_options(name, values.into_iter()).into_column(),
            Self::U64(values) => UInt64Chunked::from_vec(name, values).into_column(),
            Self::F64(values) => {
                let numbers = values.into_iter().map(|x| (!x.is_nan()).then_some(x));
                Float64Chunked::from_iter_options(name, numbers).into_column()
            }
            Self::Str(values) | Self::StrOrNull(values) => values.finish().with_name(name).into_column(),
        }
    }
}

//! A Parquet table read for drawing. The schema is read first, so that a missing column is named before any data is
//! touched; numbers of any width become `f64`, nulls become `NaN`.

use super::error::{ChartError, closest};
use polars::prelude::{
    ArrowSchema, ChunkCompareEq, Column, DataFrame, DataType, ParquetReader, PolarsError, SerReader,
};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A table of a run, or those columns of it that were asked for.
#[derive(Clone, Debug)]
pub(super) struct Table {
    file: PathBuf,
    frame: DataFrame,
}

impl Table {
    /// Reads `required` columns, and those of `optional` that the file has.
    pub(super) fn read(file: &Path, required: &[&str], optional: &[&str]) -> Result<Self, ChartError> {
        let names = column_names(file)?;
        if let Some(column) = required.iter().find(|column| !names.iter().any(|name| name == *column)) {
            return Err(missing(file, column, &names));
        }
        let wanted = required.iter().chain(optional).copied();
        let mut columns: Vec<String> = wanted.filter(|c| names.iter().any(|n| n == c)).map(str::to_owned).collect();
        columns.dedup();
        Ok(Self { file: file.to_owned(), frame: frame_of(file, Some(columns))? })
    }

    /// Reads every column.
    pub(super) fn read_all(file: &Path) -> Result<Self, ChartError> {
        Ok(Self { file: file.to_owned(), frame: frame_of(file, None)? })
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.frame.height()
    }

    /// Names of the columns, in the order of the file.
    pub(super) fn names(&self) -> Vec<String> {
        self.frame.get_column_names().iter().map(ToString::to_string).collect()
    }

    /// Whether the column was found.
    pub(super) fn has(&self, column: &str) -> bool {
        self.frame.column(column).is_ok()
    }

    /// Whether the column holds numbers.
    pub(super) fn is_numeric(&self, column: &str) -> bool {
        self.frame.column(column).is_ok_and(|c| c.dtype().is_primitive_numeric())
    }

    /// A column of numbers; `NaN` where there is none.
    pub(super) fn numbers(&self, column: &str) -> Result<Vec<f64>, ChartError> {
        let found = self.column(column)?;
        if !found.dtype().is_primitive_numeric() && *found.dtype() != DataType::Null {
            return Err(self.wrong_type(found, "numbers"));
        }
        let cast = found.cast(&DataType::Float64).map_err(|_| self.wrong_type(found, "numbers"))?;
        let values = cast.f64().map_err(|_| self.wrong_type(found, "numbers"))?;
        Ok(values.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    }

    /// A column of text; empty where there is none.
    pub(super) fn texts(&self, column: &str) -> Result<Vec<String>, ChartError> {
        let found = self.column(column)?;
        let values = found.str().map_err(|_| self.wrong_type(found, "text"))?;
        Ok(values.iter().map(|value| value.unwrap_or_default().to_owned()).collect())
    }

    /// The rows in which the text column holds `value`.
    pub(super) fn rows_where(&self, column: &str, value: &str) -> Result<Self, ChartError> {
        let found = self.column(column)?;
        let mask = found.str().map_err(|_| self.wrong_type(found, "text"))?.equal(value);
        let frame = self.frame.filter(&mask).map_err(|error| malformed(&self.file, &error))?;
        Ok(Self { file: self.file.clone(), frame })
    }

    fn column(&self, column: &str) -> Result<&Column, ChartError> {
        self.frame.column(column).map_err(|_| missing(&self.file, column, &self.names()))
    }

    fn wrong_type(&self, column: &Column, wanted: &'static str) -> ChartError {
        let (file, found) = (self.file.clone(), column.dtype().to_string());
        ChartError::Type { file, column: column.name().to_string(), found, wanted }
    }
}

/// Names of the columns of a Parquet file.
pub(super) fn column_names(file: &Path) -> Result<Vec<String>, ChartError> {
    let mut reader = ParquetReader::new(open(file)?);
    let schema: std::sync::Arc<ArrowSchema> = reader.schema().map_err(|error| malformed(file, &error))?;
    Ok(schema.iter_names().map(ToString::to_string).collect())
}

fn frame_of(file: &Path, columns: Option<Vec<String>>) -> Result<DataFrame, ChartError> {
    let frame = ParquetReader::new(open(file)?).with_columns(columns).finish();
    frame.map_err(|error| malformed(file, &error))
}

fn open(file: &Path) -> Result<File, ChartError> {
    File::open(file).map_err(|source| ChartError::Open { file: file.to_owned(), source })
}

fn malformed(file: &Path, error: &PolarsError) -> ChartError {
    ChartError::Malformed { file: file.to_owned(), wanted: "Parquet", reason: error.to_string() }
}

fn missing(file: &Path, column: &str, names: &[String]) -> ChartError {
    let near = closest(column, names.iter().map(String::as_str));
    ChartError::Column { file: file.to_owned(), column: column.to_owned(), near }
}

//! Results as text on standard output.

use super::failure::Failure;
use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use std::io::{ErrorKind, Write};

/// Width of tables where there is no terminal to ask.
const WIDTH: u16 = 110;

/// Writes to standard output. A reader that has gone away is no error.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}

/// A line below the header and none between rows.
const LISTING: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// An empty line between rows, for rows of several lines.
const SPACED: TableStyle = TableStyle::new().row_separator(LineStyle::none().fill(' ').junction(' '));

/// A table with a header; columns from `numbers_from` on are aligned to the right.
#[must_use]
pub fn table(header: &[&str], numbers_from: usize) -> Table {
    let mut table = dynamic(LISTING);
    table.set_header(header.iter().map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    for column in table.column_iter_mut().skip(numbers_from) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A table of questions and answers.
#[must_use]
pub fn answers<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> Table {
    let mut table = dynamic(SPACED);
    for (question, answer) in rows {
        // A number and its per cent sign stay on one line.
        let answer = answer.replace(" %", "\u{a0}%");
        table.add_row([Cell::new(question).add_attribute(Attribute::Bold), Cell::new(answer)]);
    }
    table
}

/// The text of a table, without blanks at the ends of lines.
#[must_use]
pub fn lines(table: &Table) -> String {
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect::<Vec<_>>().concat()
}

fn dynamic(style: TableStyle) -> Table {
    let mut table = Table::new();
    table.load_style(style).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(WIDTH);
    }
    table
}

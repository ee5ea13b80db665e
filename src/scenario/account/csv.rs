//! Account files as CSV. Columns `kind` and `name`, then any keys of the TOML form; an empty cell leaves its key out.
//! A row of kind `setting` gives a key of the top level in the column `value`, `asset` and `contract` a table of that
//! name, `position` a position in that contract, `mark` the mark price of that contract in the column `value`.

use crate::scenario::diagnostic::ConfigError;
use crate::scenario::key::{KeyPath, suggest};
use crate::scenario::source::{Elsewhere, Problem, Source};
use std::path::Path;
use toml::{Table, Value};

const KINDS: [&str; 5] = ["setting", "asset", "contract", "position", "mark"];

/// The tree that the rows stand for; problems name the line of the row.
pub(super) fn source(text: &str, base_dir: &Path, label: &str) -> Result<Source, ConfigError> {
    let mut source = Source::new("", base_dir, label)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
    let place = |line: Option<u64>| {
        let line = line.map(|line| line as usize);
        let shown = line.and_then(|line| text.lines().nth(line - 1)).map(str::to_owned);
        Elsewhere { file: label.to_owned(), line, text: shown }
    };
    let unreadable = |error: &csv::Error| {
        let message = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("the row has {len} cells, the header {expected_len}")
            }
            _ => format!("this is not CSV: {error}"),
        };
        let problem = Problem::new(&KeyPath::root(), message);
        problem.elsewhere(place(error.position().map(csv::Position::line)))
    };
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return Err(source.report(vec![unreadable(&error)])),
    };
    let mut problems = Vec::new();
    for column in ["kind", "name"] {
        if !header.iter().any(|name| name == column) {
            let problem = Problem::new(&KeyPath::root(), format!("the column `{column}` is missing"));
            problems.push(problem.help("columns: kind, name, then keys of the TOML form").elsewhere(place(Some(1))));
        }
    }
    if !problems.is_empty() {
        return Err(source.report(problems));
    }
    for record in reader.records() {
        let line = record.as_ref().ok().and_then(csv::StringRecord::position).map(csv::Position::line);
        let added = match record {
            Ok(record) => add(source.tree_mut(), &header, &record),
            Err(error) => Err(unreadable(&error)),
        };
        match added {
            Ok(path) => source.place_at(path, format!("{label}:{}", line.unwrap_or(0))),
            Err(problem) if problem.elsewhere.is_none() => problems.push(problem.elsewhere(place(line))),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(source) } else { Err(source.report(problems)) }
}

/// Adds a row to the tree; returns the key that it gave.
fn add(tree: &mut Table, header: &csv::StringRecord, record: &csv::StringRecord) -> Result<KeyPath, Problem> {
    let cell = |column: &str| header.iter().position(|c| c == column).map_or("", |at| &record[at]);
    let (kind, name, root) = (cell("kind"), cell("name"), KeyPath::root());
    let wrong = |message: String| Problem::new(&KeyPath::root(), message);
    if name.is_empty() {
        return Err(wrong("the row has no name".to_owned()));
    }
    let value = || match cell("value") {
        "" => Err(wrong(format!("`{name}` has no value")).help("it stands in the column `value`")),
        text => Ok(read(text)),
    };
    let keys = header.iter().zip(record).filter(|(key, text)| !["kind", "name"].contains(key) && !text.is_empty());
    let mut row: Table = keys.map(|(key, text)| (key.to_owned(), read(text))).collect();
    match kind {
        "setting" => insert(tree, &KeyPath::dotted(name), value()?),
        "asset" => insert(tree, &root.key("assets").key(name), Value::Table(row)),
        "contract" => insert(tree, &root.key("contracts").key(name), Value::Table(row)),
        "mark" => insert(tree, &root.key("contracts").key(name).key("mark"), value()?),
        "position" => {
            row.insert("contract".to_owned(), Value::String(name.to_owned()));
            let list = tree.entry("positions").or_insert_with(|| Value::Array(Vec::new()));
            let Some(list) = list.as_array_mut() else { return Err(wrong("`positions` is a list".to_owned())) };
            list.push(Value::Table(row));
            Ok(root.key("positions").key(list.len() - 1))
        }
        _ => Err(wrong(format!("there is no kind of row called `{kind}`")).help(suggest(kind, "kinds", KINDS))),
    }
}

/// A number, or text.
fn read(text: &str) -> Value {
    text.parse().map_or_else(|_| Value::String(text.to_owned()), Value::Float)
}

/// Puts a value at a key that is not taken, except by a table that it goes into.
fn insert(tree: &mut Table, path: &KeyPath, value: Value) -> Result<KeyPath, Problem> {
    let (last, above) = path.0.split_last().expect("a key");
    let mut table = tree;
    for key in above {
        let below = table.entry(key.as_str()).or_insert_with(|| Value::Table(Table::new()));
        let message = format!("`{path}` goes into `{key}`, which is a value already");
        table = below.as_table_mut().ok_or_else(|| Problem::new(path, message))?;
    }
    match (table.get_mut(last), value) {
        (None, value) => {
            table.insert(last.clone(), value);
        }
        (Some(Value::Table(there)), Value::Table(more)) if more.keys().all(|key| !there.contains_key(key)) => {
            there.extend(more);
        }
        _ => return Err(Problem::new(&KeyPath::root(), format!("`{path}` is given twice"))),
    }
    Ok(path.clone())
}

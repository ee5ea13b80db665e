//! The text of a config with its tree of values, and the way back from a key to its line. Edits (`--set`, sweep axes)
//! change the tree and not the text: a problem in an edited key is reported against the edit.

use super::diagnostic::{ConfigError, Diagnostic};
use super::edit::{self, Raw};
use super::key::KeyPath;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

/// A config text, its tree of values after the edits, and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Source {
    label: String,
    text: String,
    base_dir: PathBuf,
    tree: Table,
    edits: Vec<(KeyPath, String)>,
}

/// Which part of a key's line a problem is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    /// The key itself.
    Key,
    /// Its value.
    Value,
}

/// A problem before its place is looked up.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) path: KeyPath,
    pub(super) on: On,
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// Another file that it is in, with line and text, in place of the config.
    pub(super) elsewhere: Option<Box<Elsewhere>>,
}

/// A place in a file that the config names.
#[derive(Clone, Debug)]
pub(super) struct Elsewhere {
    pub(super) file: String,
    pub(super) line: Option<usize>,
    pub(super) text: Option<String>,
}

impl Problem {
    /// A problem with a value.
    pub(super) fn new(path: &KeyPath, message: impl Into<String>) -> Self {
        Self { path: path.clone(), on: On::Value, message: message.into(), help: None, elsewhere: None }
    }

    /// The same, about the key itself.
    pub(super) fn on_key(mut self) -> Self {
        self.on = On::Key;
        self
    }

    /// The same, with a way out.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, in another file.
    pub(super) fn elsewhere(mut self, place: Elsewhere) -> Self {
        self.elsewhere = Some(Box::new(place));
        self
    }
}

impl Source {
    /// Reads a text. `label` names it in messages, files are relative to `base_dir`.
    pub(super) fn new(text: &str, base_dir: &Path, label: &str) -> Result<Self, ConfigError> {
        let mut source = Self {
            label: label.to_owned(),
            text: text.to_owned(),
            base_dir: base_dir.to_owned(),
            tree: Table::new(),
            edits: Vec::new(),
        };
        match toml::from_str::<Table>(text) {
            Ok(tree) => source.tree = tree,
            Err(_) => return Err(source.syntax_errors()),
        }
        Ok(source)
    }

    /// No text, to report what is wrong before there is one.
    pub(super) fn empty() -> Self {
        Self {
            label: String::new(),
            text: String::new(),
            base_dir: PathBuf::new(),
            tree: Table::new(),
            edits: Vec::new(),
        }
    }

    /// The tree of values.
    pub(super) fn tree(&self) -> &Table {
        &self.tree
    }

    /// Mutable access for rewriting that keeps the places.
    pub(super) fn tree_mut(&mut self) -> &mut Table {
        &mut self.tree
    }

    /// Where relative files are looked for.
    pub(super) fn base_dir(&self) -> &Path {
        &self.base_dir
    }

    /// Applies `key=value` edits.
    pub(super) fn set(&mut self, sets: &[String]) -> Result<(), ConfigError> {
        for text in sets {
            let label = format!("--set {text}");
            let Some((key, value)) = text.split_once('=') else {
                let problem = Problem::new(&KeyPath::root(), "expected `key=value`")
                    .help("for example --set run.paths=100")
                    .elsewhere(Elsewhere { file: label, line: None, text: None });
                return Err(self.report(vec![problem]));
            };
            self.edit(key.trim(), &Raw::Text(value.trim()), &label).map_err(|p| self.report(vec![p]))?;
        }
        Ok(())
    }

    /// Sets one key.
    pub(super) fn edit(&mut self, key: &str, raw: &Raw<'_>, label: &str) -> Result<(), Problem> {
        let place = Elsewhere { file: label.to_owned(), line: None, text: None };
        let path = edit::set(&mut self.tree, key, raw).map_err(|p| p.elsewhere(place))?;
        self.edits.push((path, label.to_owned()));
        Ok(())
    }

    /// Says that what stands below a key came from elsewhere.
    pub(super) fn place_at(&mut self, path: KeyPath, label: String) {
        self.edits.push((path, label));
    }

    /// Looks up the places of problems.
    pub(super) fn report(&self, problems: Vec<Problem>) -> ConfigError {
        assert!(!problems.is_empty(), "a report of nothing");
        let root = DeTable::parse(&self.text).ok();
        ConfigError {
            problems: problems
                .into_iter()
                .map(|p| self.diagnose(p, root.as_ref().map(toml::Spanned::get_ref)))
                .collect(),
        }
    }

    fn diagnose(&self, problem: Problem, root: Option<&DeTable<'_>>) -> Diagnostic {
        let key = self.readable(&problem.path);
        let mut diagnostic = Diagnostic {
            file: self.label.clone(),
            line: None,
            column: None,
            key,
            message: problem.message,
            help: problem.help,
            source_line: None,
            width: 0,
        };
        if let Some(place) = problem.elsewhere {
            diagnostic.file = place.file;
            diagnostic.line = place.line;
            diagnostic.source_line = place.text;
        } else if let Some((_, label)) = self.edits.iter().rev().find(|(path, _)| path.holds(&problem.path)) {
            diagnostic.file.clone_from(label);
        } else if let Some(span) = root.and_then(|root| locate(root, &problem.path, problem.on)) {
            self.place(&mut diagnostic, &span);
        }
        diagnostic
    }

    /// The path with list entries by their names.
    fn readable(&self, path: &KeyPath) -> String {
        let mut shown = Vec::new();
        let (mut table, mut list) = (Some(&self.tree), None::<&Vec<Value>>);
        for segment in &path.0 {
            let item = list.and_then(|list| list.get(segment.parse::<usize>().ok()?));
            let name = item.and_then(|item| item.get("name")).and_then(Value::as_str);
            shown.push(name.unwrap_or(segment).to_owned());
            let next = table.and_then(|table| table.get(segment)).or(item);
            (table, list) = (next.and_then(Value::as_table), next.and_then(Value::as_array));
        }
        shown.join(".")
    }

    fn place(&self, diagnostic: &mut Diagnostic, span: &Range<usize>) {
        let start = span.start.min(self.text.len());
        let line_start = self.text[..start].rfind('\n').map_or(0, |i| i + 1);
        let line = self.text[line_start..].lines().next().unwrap_or("");
        let end = span.end.clamp(start, line_start + line.len().max(start - line_start));
        diagnostic.line = Some(self.text[..line_start].matches('\n').count() + 1);
        diagnostic.column = Some(self.text[line_start..start].chars().count() + 1);
        diagnostic.width = self.text[start..end].chars().count();
        diagnostic.source_line = Some(line.to_owned());
    }

    fn syntax_errors(&self) -> ConfigError {
        let (_, errors) = DeTable::parse_recoverable(&self.text);
        let mut problems = Vec::new();
        for error in errors {
            let problem = Problem::new(&KeyPath::root(), format!("this is not TOML: {}", error.message()));
            let mut diagnostic = self.diagnose(problem, None);
            if let Some(span) = error.span() {
                self.place(&mut diagnostic, &span);
            }
            if problems.iter().all(|p: &Diagnostic| p.line != diagnostic.line) {
                problems.push(diagnostic);
            }
        }
        ConfigError { problems }
    }
}

/// The place of a key in the text; of the nearest table above if the key is not there.
fn locate(root: &DeTable<'_>, path: &KeyPath, on: On) -> Option<Range<usize>> {
    let mut segments: Vec<&str> = path.0.iter().map(String::as_str).collect();
    let mut found = None;
    let mut table = Some(root);
    let mut list: Option<&toml::de::DeArray<'_>> = None;
    segments.reverse();
    while let Some(segment) = segments.pop() {
        let value = if let Some(entries) = table {
            let Some((key, value)) = entries.iter().find(|(k, _)| k.get_ref() == segment) else {
                if segment.contains('.') {
                    segments.extend(segment.rsplit('.'));
                    continue;
                }
                break;
            };
            found = Some((key.span(), value.span()));
            value
        } else if let Some(entries) = list {
            let Some(value) = segment.parse::<usize>().ok().and_then(|i| entries.get(i)) else { break };
            found = Some((value.span(), value.span()));
            value
        } else {
            break;
        };
        (table, list) = match value.get_ref() {
            DeValue::Table(t) => (Some(t), None),
            DeValue::Array(a) => (None, Some(a)),
            _ => (None, None),
        };
    }
    found.map(|(key, value)| if on == On::Key || value.is_empty() { key } else { value })
}

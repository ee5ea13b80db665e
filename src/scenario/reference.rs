//! The manual of the config: every table and key with its type, default and meaning, written out from the shape.

use super::schema::{Field, Node, Shape, Variant, account_root, root};
use std::fmt::Write as _;

/// The reference part of `docs/config.md`: a section a table, each type once, where it is first met.
#[must_use]
pub fn reference_markdown() -> String {
    let mut manual = Manual { text: String::new(), described: Vec::new() };
    manual.describe("", root());
    manual.text
}

/// The same of account files, for `docs/margin.md`.
#[must_use]
pub fn account_markdown() -> String {
    let mut manual = Manual { text: String::new(), described: Vec::new() };
    manual.describe("", account_root());
    manual.text
}

struct Manual {
    text: String,
    /// Types that have their section.
    described: Vec<&'static str>,
}

impl Manual {
    fn describe(&mut self, place: &str, node: Node) {
        let type_name = node.type_name();
        if !type_name.is_empty() {
            if self.described.contains(&type_name) {
                return;
            }
            self.described.push(type_name);
        }
        match node.shape() {
            Shape::Table(fields) => self.table(place, node, &fields),
            Shape::Names(of) => self.describe(&below(place, "<name>"), of),
            Shape::List(of) => self.describe(&format!("{place}[]"), of),
            Shape::Choice(variants) if !is_word(&variants) => self.choice(place, node, &variants),
            _ => {}
        }
    }

    fn heading(&mut self, place: &str, about: &str, columns: &str) {
        let title = if place.is_empty() { "Top level".to_owned() } else { format!("`{place}`") };
        let rule = "---|".repeat(columns.matches('|').count() - 1);
        let _ = write!(self.text, "\n### {title}\n\n{about}\n\n{columns}\n|{rule}\n");
    }

    fn table(&mut self, place: &str, node: Node, fields: &[Field]) {
        self.heading(place, about(node), "| key | value | default | meaning |");
        for field in fields {
            let (value, default, meaning) = (cell(&value(field.node)), default(field), cell(&meaning(field.node)));
            let _ = writeln!(self.text, "| `{}` | {value} | {default} | {meaning} |", field.name);
        }
        for field in fields {
            self.describe(&below(place, field.name), field.node);
        }
    }

    fn choice(&mut self, place: &str, node: Node, variants: &[Variant]) {
        self.heading(place, &format!("{} One of:", about(node)), "| choice | value | meaning |");
        for variant in variants {
            let value = variant.node.map_or("the word itself".to_owned(), value);
            let _ = writeln!(self.text, "| `{}` | {} | {} |", variant.name, cell(&value), cell(variant.doc));
        }
        for variant in variants {
            if let Some(node) = variant.node {
                self.describe(&below(place, variant.name), node);
            }
        }
    }
}

fn below(place: &str, key: &str) -> String {
    if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
}

/// Whether every choice is a bare word.
fn is_word(variants: &[Variant]) -> bool {
    variants.iter().all(|v| v.node.is_none())
}

fn about(node: Node) -> &'static str {
    if node.doc().is_empty() { node.type_doc() } else { node.doc() }
}

fn default(field: &Field) -> String {
    match field.node.default() {
        _ if field.required => "required".to_owned(),
        Some(serde_json::Value::Object(table)) if !table.is_empty() => "see below".to_owned(),
        Some(value) => format!("`{value}`"),
        None => "left out".to_owned(),
    }
}

fn value(node: Node) -> String {
    match node.shape() {
        Shape::List(of) => match of.shape() {
            Shape::Table(_) => "a list of tables, see below".to_owned(),
            Shape::Choice(variants) if !is_word(&variants) => "a list, see below".to_owned(),
            _ => format!("a list, each {}", value(of)),
        },
        Shape::Names(of) => match of.shape() {
            Shape::Table(_) | Shape::Choice(_) => "a table by name, see below".to_owned(),
            _ => format!("a table by name, each {}", value(of)),
        },
        Shape::Choice(variants) if !is_word(&variants) => "a choice, see below".to_owned(),
        Shape::Table(_) => "a table, see below".to_owned(),
        _ => node.expected(),
    }
}

/// What a key means; of a word also what each choice means.
fn meaning(node: Node) -> String {
    let mut text = node.doc().to_owned();
    if let Shape::Choice(variants) = node.shape()
        && is_word(&variants)
    {
        for variant in variants {
            let _ = write!(text, " `{}`: {}", variant.name, variant.doc);
        }
    }
    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

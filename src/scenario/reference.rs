//! The manual of the config: every table and key with its type, default and meaning, written out from the shape.

use super::schema::{Field, Node, Shape, root};
use std::collections::VecDeque;
use std::fmt::Write as _;

/// The reference part of `docs/config.md`.
#[must_use]
pub fn reference_markdown() -> String {
    let mut text = String::new();
    let mut waiting = VecDeque::from([("the file".to_owned(), root())]);
    let mut seen: Vec<&str> = Vec::new();
    while let Some((place, node)) = waiting.pop_front() {
        let type_name = node.type_name();
        if !type_name.is_empty() && seen.contains(&type_name) {
            continue;
        }
        seen.push(type_name);
        section(&place, node, &mut text, &mut waiting);
    }
    text
}

/// Tables that are described in a section of their own, named by where they stand.
fn section(place: &str, node: Node, text: &mut String, waiting: &mut VecDeque<(String, Node)>) {
    match node.shape() {
        Shape::Table(fields) => {
            let _ = write!(text, "\n### `{place}`\n\n{}\n\n", about(node));
            text.push_str("| key | value | default | meaning |\n|---|---|---|---|\n");
            for field in &fields {
                row(field, text);
                waiting.push_back((below(place, field.name), field.node));
            }
        }
        Shape::Names(of) => waiting.push_back((below(place, "<name>"), of)),
        Shape::List(of) => waiting.push_back((format!("{place}[]"), of)),
        Shape::Choice(variants) if variants.iter().any(|v| v.node.is_some()) => {
            let _ = write!(
                text,
                "\n### `{place}`\n\n{} One of:\n\n| choice | value | meaning |\n|---|---|---|\n",
                about(node)
            );
            for variant in variants {
                let value = variant.node.map_or("the word itself".to_owned(), kind);
                let _ = writeln!(text, "| `{}` | {} | {} |", variant.name, cell(&value), cell(variant.doc));
                if let Some(node) = variant.node {
                    waiting.push_back((below(place, variant.name), node));
                }
            }
        }
        _ => {}
    }
}

fn below(place: &str, key: &str) -> String {
    if place == "the file" { key.to_owned() } else { format!("{place}.{key}") }
}

fn about(node: Node) -> &'static str {
    match node.doc() {
        "" => node.type_doc(),
        doc => doc,
    }
}

fn row(field: &Field, text: &mut String) {
    let default = match (field.node.default(), field.required) {
        (_, true) => "required".to_owned(),
        (Some(value), _) => format!("`{value}`"),
        (None, _) => "left out".to_owned(),
    };
    let value = kind(field.node);
    let _ = writeln!(text, "| `{}` | {} | {default} | {} |", field.name, cell(&value), cell(field.node.doc()));
}

fn kind(node: Node) -> String {
    match node.shape() {
        Shape::List(of) => format!("a list of {}", kind(of)),
        Shape::Names(of) => format!("a table: a name of yours = {}", kind(of)),
        Shape::Choice(variants) if variants.iter().any(|v| v.node.is_some()) => "a choice, see below".to_owned(),
        Shape::Table(_) => "a table, see below".to_owned(),
        _ => node.expected(),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

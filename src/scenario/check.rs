//! Does a tree of values have the shape of a config (or of an account file)? Finds every unknown key, missing key, wrong type and number out
//! of range in one go, in words; `serde` then only builds.

use super::key::{KeyPath, list, nearest, suggest};
use super::schema::{Field, Node, Shape, Variant};
use super::source::Problem;
use crate::unit::Span;
use toml::{Table, Value};

/// All problems of the shape of a tree that should be what `root` describes.
pub(super) fn check(root: Node, tree: &Table) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Shape::Table(fields) = root.shape() {
        table(&fields, tree, &KeyPath::root(), &mut problems);
    }
    problems
}

fn node(node: Node, value: &Value, path: &KeyPath, problems: &mut Vec<Problem>) {
    match (node.shape(), value) {
        (Shape::Any, _) | (Shape::Text, Value::String(_)) | (Shape::Flag, Value::Boolean(_)) => {}
        (Shape::Table(fields), Value::Table(found)) => table(&fields, found, path, problems),
        (Shape::Names(of), Value::Table(found)) => {
            let of = of.or_doc_of(node);
            found.iter().for_each(|(name, value)| self::node(of, value, &path.key(name), problems));
        }
        (Shape::List(of), Value::Array(found)) => {
            let of = of.or_doc_of(node);
            found.iter().enumerate().for_each(|(i, value)| self::node(of, value, &path.key(i), problems));
        }
        (Shape::Choice(variants), found) => choice(node, &variants, found, path, problems),
        (Shape::Number(bounds), Value::Float(_) | Value::Integer(_)) => {
            let x = value.as_float().unwrap_or_else(|| value.as_integer().map_or(f64::NAN, |i| i as f64));
            if !bounds.hold(x) {
                problems.push(out_of_range(node, &x.to_string(), path));
            }
        }
        (Shape::Whole(max), Value::Integer(x)) => {
            if u64::try_from(*x).map_or(true, |x| x > max) {
                problems.push(out_of_range(node, &x.to_string(), path));
            }
        }
        (Shape::Span, Value::String(text)) => {
            if let Err(message) = text.parse::<Span>() {
                problems.push(Problem::new(path, message).help(meaning(node, path)));
            }
        }
        _ => problems.push(wrong_type(node, value, path)),
    }
}

fn table(fields: &[Field], found: &Table, path: &KeyPath, problems: &mut Vec<Problem>) {
    for (key, value) in found {
        match fields.iter().find(|f| f.name == key) {
            Some(field) => node(field.node, value, &path.key(key), problems),
            None => problems.push(unknown_key(key, fields, found, path)),
        }
    }
    for field in fields.iter().filter(|f| f.required && !found.contains_key(f.name)) {
        if found.keys().all(|key| nearest(key, [field.name]).is_none() || fields.iter().any(|f| f.name == key)) {
            let help = format!("{}: {} Expected {}.", field.name, field.node.doc(), field.node.expected());
            let problem = Problem::new(path, format!("the key `{}` is missing", field.name)).on_key();
            problems.push(problem.help(help));
        }
    }
}

fn choice(node: Node, variants: &[Variant], found: &Value, path: &KeyPath, problems: &mut Vec<Problem>) {
    let pick = |name: &str| variants.iter().find(|v| v.name == name);
    let names = || variants.iter().map(|v| v.name);
    match found {
        Value::String(word) => match pick(word) {
            Some(Variant { node: None, .. }) => {}
            Some(_) => problems.push(
                Problem::new(path, format!("`{word}` needs settings of its own"))
                    .help(format!("write a table: {{ {word} = ... }}")),
            ),
            None => problems.push(unknown_choice(word, variants, path).help(suggest(word, "choices", names()))),
        },
        Value::Table(table) => {
            let (known, unknown): (Vec<&String>, Vec<&String>) = table.keys().partition(|k| pick(k).is_some());
            match (known.as_slice(), unknown.as_slice()) {
                ([name], []) => match pick(name).and_then(|v| v.node) {
                    Some(below) => self::node(below, &table[name.as_str()], &path.key(name), problems),
                    None => problems.push(Problem::new(path, format!("write it as a word: \"{name}\""))),
                },
                ([], [name]) => {
                    let problem = unknown_choice(name, variants, &path.key(name)).on_key();
                    problems.push(problem.help(suggest(name, "choices", names())));
                }
                ([name], strays) => strays.iter().for_each(|stray| {
                    problems.push(
                        Problem::new(&path.key(stray), "unknown key")
                            .on_key()
                            .help(format!("the keys of `{name}` belong inside it, in `{path}.{name}`")),
                    );
                }),
                ([], _) => {
                    problems.push(Problem::new(path, "exactly one choice is needed here").on_key().help(format!(
                        "{} Expected {}.",
                        node.doc(),
                        node.expected()
                    )));
                }
                (several, _) => problems.push(
                    Problem::new(path, format!("{} exclude one another", list(several.iter().map(|s| s.as_str()))))
                        .on_key()
                        .help("keep exactly one"),
                ),
            }
        }
        _ => problems.push(wrong_type(node, found, path)),
    }
}

fn unknown_choice(name: &str, variants: &[Variant], path: &KeyPath) -> Problem {
    let all: Vec<String> = variants.iter().map(Variant::written).collect();
    Problem::new(path, format!("`{name}` is not known here: expected one of {}", all.join(", ")))
}

fn unknown_key(key: &str, fields: &[Field], found: &Table, path: &KeyPath) -> Problem {
    let free: Vec<&str> = fields.iter().map(|f| f.name).filter(|name| !found.contains_key(*name)).collect();
    let help = match nearest(key, free.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => match elsewhere(key, fields) {
            Some(table) => format!("`{key}` belongs in `{table}`"),
            None => format!("keys here: {}", list(fields.iter().map(|f| f.name))),
        },
    };
    Problem::new(&path.key(key), "unknown key").on_key().help(help)
}

/// The top-level table that has a key of that name.
fn elsewhere(key: &str, fields: &[Field]) -> Option<&'static str> {
    let Shape::Table(tables) = fields.first()?.node.root().shape() else { return None };
    tables.iter().find_map(|t| match t.node.shape() {
        Shape::Table(fields) => fields.iter().any(|f| f.name == key).then_some(t.name),
        _ => None,
    })
}

fn out_of_range(node: Node, x: &str, path: &KeyPath) -> Problem {
    Problem::new(path, format!("{x} is out of range: expected {}", node.expected())).help(meaning(node, path))
}

fn wrong_type(node: Node, value: &Value, path: &KeyPath) -> Problem {
    Problem::new(path, format!("found {}, expected {}", found(value), node.expected())).help(meaning(node, path))
}

/// What the key is for.
fn meaning(node: Node, path: &KeyPath) -> String {
    format!("{}: {}", path.0.last().map_or("", String::as_str), node.doc())
}

fn found(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text \"{text}\""),
        Value::Integer(x) => format!("the number {x}"),
        Value::Float(x) => format!("the number {x}"),
        Value::Boolean(flag) => format!("{flag}"),
        Value::Datetime(date) => format!("the date {date}"),
        Value::Array(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
    }
}

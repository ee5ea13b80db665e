//! The shape of the config, read from the types and doc comments of [`super::spec`]: which keys there are, what
//! their values may be, what they mean. One source for checking, `--set`, sweeps and the manual.

use super::spec::{AccountSpec, Spec};
use serde_json::Value;
use std::sync::OnceLock;

/// A place in the shape of the config.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    json: &'static Value,
    doc: &'static str,
    /// The whole that it belongs to, where types are looked up.
    document: &'static Value,
}

/// What may stand at a place.
#[derive(Debug)]
pub(super) enum Shape {
    /// A table with known keys.
    Table(Vec<Field>),
    /// A table whose keys are the user's names.
    Names(Node),
    /// A list.
    List(Node),
    /// One of several: a word, or a table with one key.
    Choice(Vec<Variant>),
    /// A number within bounds.
    Number(Bounds),
    /// A whole number of 0 or more, up to the largest.
    Whole(u64),
    /// Text.
    Text,
    /// A length of time.
    Span,
    /// True or false.
    Flag,
    /// Anything.
    Any,
}

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) node: Node,
    pub(super) required: bool,
}

/// A choice: a word, or the key of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variant {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    /// What stands below the key; none for a word.
    pub(super) node: Option<Node>,
}

/// Bounds of a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    min: Option<f64>,
    above: Option<f64>,
    max: Option<f64>,
    below: Option<f64>,
}

impl Bounds {
    /// Whether a number is finite and within them.
    pub(super) fn hold(&self, x: f64) -> bool {
        x.is_finite()
            && self.min.is_none_or(|b| x >= b)
            && self.above.is_none_or(|b| x > b)
            && self.max.is_none_or(|b| x <= b)
            && self.below.is_none_or(|b| x < b)
    }
}

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| schemars::schema_for!(Spec).to_value())
}

/// JSON Schema of the config file, for editors.
#[must_use]
pub fn json_schema() -> &'static serde_json::Value {
    document()
}

/// The whole file.
pub(super) fn root() -> Node {
    Node::of(document(), document())
}

/// A whole account file.
pub(super) fn account_root() -> Node {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    let document = DOCUMENT.get_or_init(|| schemars::schema_for!(AccountSpec).to_value());
    Node::of(document, document)
}

fn text(json: &'static Value, key: &str) -> &'static str {
    json.get(key).and_then(Value::as_str).unwrap_or("")
}

impl Node {
    /// What the key means; of a bare type what it is.
    pub(super) fn doc(self) -> &'static str {
        self.doc
    }

    /// The same, with what `whole`, of which it is an entry, means if it has no meaning of its own.
    pub(super) fn or_doc_of(self, whole: Self) -> Self {
        Self { doc: if self.doc.is_empty() { whole.doc } else { self.doc }, ..self }
    }

    fn of(json: &'static Value, document: &'static Value) -> Self {
        Self { json, doc: text(json, "description"), document }
    }

    /// The file that it belongs to.
    pub(super) fn root(self) -> Self {
        Self::of(self.document, self.document)
    }

    /// What the type of the value is for.
    pub(super) fn type_doc(self) -> &'static str {
        text(self.bare(), "description")
    }

    /// The value of a key that is left out, if it is not simply absent.
    pub(super) fn default(self) -> Option<&'static Value> {
        self.json.get("default").filter(|d| !d.is_null())
    }

    /// The type itself: references followed, `or nothing` dropped.
    fn bare(self) -> &'static Value {
        let mut json = self.json;
        for _ in 0..8 {
            json = if let Some(name) = json.get("$ref").and_then(Value::as_str) {
                let name = name.rsplit('/').next().unwrap_or("");
                &self.document["$defs"][name]
            } else if let Some(either) = json.get("anyOf").and_then(Value::as_array) {
                either.iter().find(|j| j["type"] != "null").expect("an optional value has a type")
            } else {
                break;
            };
        }
        json
    }

    /// The name of the type, for the manual: one table there a type.
    pub(super) fn type_name(self) -> &'static str {
        let json = self.json.get("anyOf").and_then(|a| a.get(0)).unwrap_or(self.json);
        text(json, "$ref").rsplit('/').next().unwrap_or("")
    }

    /// What may stand here.
    pub(super) fn shape(self) -> Shape {
        let json = self.bare();
        if let Some(choices) = json.get("oneOf").and_then(Value::as_array) {
            return Shape::Choice(choices.iter().map(|choice| variant(choice, self.document)).collect());
        }
        let kind = match json.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().find_map(|k| k.as_str().filter(|k| *k != "null")),
            Some(kind) => kind.as_str(),
            None => None,
        };
        match kind {
            Some("object") => object(json, self.document),
            Some("array") => Shape::List(Node::of(&json["items"], self.document)),
            Some("number") => Shape::Number(bounds(json)),
            Some("integer") if json["format"] == "uint32" => Shape::Whole(u64::from(u32::MAX)),
            Some("integer") => Shape::Whole(u64::MAX),
            Some("string") if json["format"] == "span" => Shape::Span,
            Some("string") => Shape::Text,
            Some("boolean") => Shape::Flag,
            _ => Shape::Any,
        }
    }

    /// What may stand here, in words.
    pub(super) fn expected(self) -> String {
        match self.shape() {
            Shape::Table(_) | Shape::Names(_) => "a table".to_owned(),
            Shape::List(_) => "a list in [ ]".to_owned(),
            Shape::Choice(variants) => {
                let names: Vec<String> = variants.iter().map(Variant::written).collect();
                format!("one of {}", names.join(", "))
            }
            Shape::Whole(_) => "a whole number of 0 or more".to_owned(),
            Shape::Text => "text in quotes".to_owned(),
            Shape::Flag => "true or false".to_owned(),
            Shape::Any => "a value".to_owned(),
            Shape::Span => self.type_doc().to_owned(),
            Shape::Number(_) => match self.type_doc() {
                says if self.type_name().is_empty() || says.is_empty() => "a number".to_owned(),
                says => says.to_owned(),
            },
        }
    }
}

impl Variant {
    /// As it is written in the file.
    pub(super) fn written(&self) -> String {
        match self.node {
            None => format!("\"{}\"", self.name),
            Some(_) => format!("`{}`", self.name),
        }
    }
}

fn object(json: &'static Value, document: &'static Value) -> Shape {
    let Some(properties) = json.get("properties").and_then(Value::as_object) else {
        return Shape::Names(Node::of(&json["additionalProperties"], document));
    };
    let required = |name: &str| json["required"].as_array().is_some_and(|r| r.iter().any(|k| k == name));
    let field = |(name, node)| Field { name, node: Node::of(node, document), required: required(name) };
    Shape::Table(properties.iter().map(|(name, node)| (name.as_str(), node)).map(field).collect())
}

fn variant(json: &'static Value, document: &'static Value) -> Variant {
    let doc = text(json, "description");
    if let Some(name) = json.get("const").and_then(Value::as_str) {
        return Variant { name, doc, node: None };
    }
    let (name, node) = json["properties"].as_object().and_then(|p| p.iter().next()).expect("a choice has a name");
    // What a choice is for is said of the choice, not of the value below it.
    let of_value = text(node, "description");
    let node = Node { json: node, doc: if of_value.is_empty() { doc } else { of_value }, document };
    Variant { name, doc, node: Some(node) }
}

fn bounds(json: &Value) -> Bounds {
    let bound = |key: &str| json.get(key).and_then(Value::as_f64);
    Bounds {
        min: bound("minimum"),
        above: bound("exclusiveMinimum"),
        max: bound("maximum"),
        below: bound("exclusiveMaximum"),
    }
}

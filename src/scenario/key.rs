//! A key of the config by its place in the tree: what problems point at, and what `--set` and sweeps address.

use std::fmt;
use toml::{Table, Value};

/// Table keys and list positions from the top of the file down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyPath(pub(super) Vec<String>);

impl KeyPath {
    /// The whole file.
    pub(super) fn root() -> Self {
        Self::default()
    }

    /// The path written with dots.
    pub(super) fn dotted(text: &str) -> Self {
        Self(text.split('.').map(str::to_owned).collect())
    }

    /// The key or list position below.
    pub(super) fn key(&self, segment: impl fmt::Display) -> Self {
        let mut path = self.clone();
        path.0.push(segment.to_string());
        path
    }

    /// What stands there in a tree.
    pub(super) fn find<'a>(&self, tree: &'a Table) -> Option<&'a Value> {
        let (first, rest) = self.0.split_first()?;
        rest.iter().try_fold(tree.get(first)?, |value, segment| match value {
            Value::Table(table) => table.get(segment),
            Value::Array(list) => list.get(segment.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// Whether the other is this or below this.
    pub(super) fn holds(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.join("."))
    }
}

/// The name most like `name`, if one is near enough to be a slip of the pen.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let reach = (name.chars().count() / 3).max(2);
    let slips = |known: &str| {
        let known = known.to_lowercase();
        let cut_short = lower.len() >= 3 && known.starts_with(&lower);
        if cut_short { 1 } else { strsim::damerau_levenshtein(&lower, &known) }
    };
    let ranked = known.into_iter().map(|k| (slips(k), k));
    ranked
        .filter(|(distance, k)| *distance <= reach && *distance < k.chars().count())
        .min_by_key(|(d, _)| *d)
        .map(|(_, k)| k)
}

/// Help for a name that is not known: the nearest, or the list of all.
pub(crate) fn suggest<'a>(name: &str, what: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    match list(known) {
        all if all.is_empty() => format!("there are no {what} here"),
        all => format!("{what}: {all}"),
    }
}

/// Names in back quotes, with commas.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

//! Edits of a config's tree by dotted key, for `--set` and sweeps: `run.paths`, `coins.btc.price_usd`,
//! `cohorts.stackers.owners` (a list entry by its `name`), `cohorts.0.owners` (by position, from 0),
//! `cohorts.stackers.chain.borrow.ltv` (a step by its kind, if there is one of that kind).

use super::key::{KeyPath, suggest};
use super::schema::{Field, Node, Shape, Variant, root};
use super::source::Problem;
use toml::{Table, Value};

/// A value on its way into the tree.
#[derive(Clone, Copy, Debug)]
pub(super) enum Raw<'a> {
    /// As typed on the command line: TOML, or a bare word.
    Text(&'a str),
    /// From a sweep axis.
    Value(&'a Value),
}

/// Sets a key and returns its place. The shape of the value is checked later, with the whole.
pub(super) fn set(tree: &mut Table, key: &str, raw: &Raw<'_>) -> Result<KeyPath, Problem> {
    let segments: Vec<&str> = key.split('.').map(str::trim).collect();
    let Shape::Table(fields) = root().shape() else { unreachable!("a config is a table") };
    let mut edit = Edit { raw, path: KeyPath::root() };
    edit.field(&fields, tree, &segments)?;
    Ok(edit.path)
}

struct Edit<'a> {
    raw: &'a Raw<'a>,
    path: KeyPath,
}

impl Edit<'_> {
    fn field(&mut self, fields: &[Field], table: &mut Table, segments: &[&str]) -> Result<(), Problem> {
        let (name, rest) = (segments[0], &segments[1..]);
        let Some(field) = fields.iter().find(|f| f.name == name) else {
            return Err(self.unknown(name, "keys here", fields.iter().map(|f| f.name)));
        };
        self.path = self.path.key(name);
        if !rest.is_empty() && !table.contains_key(name) {
            table.insert(name.to_owned(), self.empty(field.node)?);
        }
        self.entry(field.node, table, name, rest)
    }

    /// Sets the entry itself or goes below it.
    fn entry(&mut self, node: Node, table: &mut Table, name: &str, rest: &[&str]) -> Result<(), Problem> {
        if rest.is_empty() {
            let value = self.value(node)?;
            table.insert(name.to_owned(), value);
            return Ok(());
        }
        self.below(node, &mut table[name], rest)
    }

    fn below(&mut self, node: Node, value: &mut Value, segments: &[&str]) -> Result<(), Problem> {
        match (node.shape(), value) {
            (Shape::Table(fields), Value::Table(table)) => self.field(&fields, table, segments),
            (Shape::Names(of), Value::Table(table)) => {
                let (name, rest) = (segments[0], &segments[1..]);
                if !rest.is_empty() && !table.contains_key(name) {
                    return Err(self.unknown(name, "names here", table.keys().map(String::as_str)));
                }
                self.path = self.path.key(name);
                self.entry(of, table, name, rest)
            }
            (Shape::List(of), Value::Array(items)) => self.item(of, items, segments),
            (Shape::Choice(variants), value) => self.choice(&variants, value, segments),
            _ => Err(Problem::new(&self.path, format!("there is no key below `{}`", self.path))),
        }
    }

    fn item(&mut self, of: Node, items: &mut [Value], segments: &[&str]) -> Result<(), Problem> {
        let (name, mut rest) = (segments[0], &segments[1..]);
        let index = if let Ok(index) = name.parse::<usize>() {
            index
        } else if let Some(index) = items.iter().position(|v| v.get("name").and_then(Value::as_str) == Some(name)) {
            index
        } else {
            let mut of_kind = items.iter().enumerate().filter(|(_, v)| v.get(name).is_some()).map(|(i, _)| i);
            match (of_kind.next(), of_kind.next()) {
                (Some(index), None) => {
                    rest = segments;
                    index
                }
                (Some(_), Some(_)) => {
                    let message = format!("there are several `{name}` in `{}`", self.path);
                    return Err(Problem::new(&self.path, message).help("give the position, from 0"));
                }
                _ => return Err(self.no_item(name, items)),
            }
        };
        let Some(item) = items.get_mut(index) else { return Err(self.no_item(name, items)) };
        self.path = self.path.key(index);
        if rest.is_empty() {
            *item = self.value(of)?;
            return Ok(());
        }
        self.below(of, item, rest)
    }

    fn no_item(&self, name: &str, items: &[Value]) -> Problem {
        let names = items.iter().filter_map(|v| match v.get("name") {
            Some(name) => name.as_str(),
            None => v.as_table().filter(|t| t.len() == 1).and_then(|t| t.keys().next()).map(String::as_str),
        });
        self.unknown(name, "entries (or a position from 0)", names)
    }

    fn choice(&mut self, variants: &[Variant], value: &mut Value, segments: &[&str]) -> Result<(), Problem> {
        let (name, rest) = (segments[0], &segments[1..]);
        let Some(node) = variants.iter().find(|v| v.name == name).and_then(|v| v.node) else {
            return Err(self.unknown(name, "choices", variants.iter().map(|v| v.name)));
        };
        let above = self.path.clone();
        self.path = above.key(name);
        let chosen = value.as_table_mut().filter(|t| t.contains_key(name));
        match (chosen, rest) {
            (_, []) => {
                *value = Value::Table(Table::from_iter([(name.to_owned(), self.value(node)?)]));
                Ok(())
            }
            (Some(table), _) => self.below(node, &mut table[name], rest),
            (None, _) => {
                let now = value.as_table().and_then(|t| t.keys().next().cloned());
                let now = now.or_else(|| value.as_str().map(str::to_owned)).unwrap_or_default();
                Err(Problem::new(&self.path, format!("`{above}` is `{now}` in this file, not `{name}`"))
                    .help(format!("to change over, set the whole: '{above}={{ {name} = {{ ... }} }}'")))
            }
        }
    }

    fn unknown<'k>(&self, name: &str, what: &str, known: impl IntoIterator<Item = &'k str>) -> Problem {
        let known: Vec<&str> = known.into_iter().collect();
        let place = if self.path.0.is_empty() { String::new() } else { format!(" in `{}`", self.path) };
        Problem::new(&self.path.key(name), format!("there is no `{name}`{place}")).help(suggest(
            name,
            what,
            known.iter().copied(),
        ))
    }

    /// What a table that the file leaves out starts as.
    fn empty(&self, node: Node) -> Result<Value, Problem> {
        match node.shape() {
            Shape::Table(_) | Shape::Names(_) => Ok(Value::Table(Table::new())),
            _ => Err(Problem::new(&self.path, format!("`{}` is not in this file", self.path)).help(format!(
                "set the whole: '{}=...', expected {}",
                self.path,
                node.expected()
            ))),
        }
    }

    /// The value in the type that the key wants, as far as that is only a matter of writing.
    fn value(&self, node: Node) -> Result<Value, Problem> {
        let text_wanted = matches!(node.shape(), Shape::Text | Shape::Span);
        let value = match self.raw {
            Raw::Value(value) => (*value).clone(),
            Raw::Text(text) => match read(text) {
                Some(value) if value.is_str() || !text_wanted => value,
                None if text.contains(['[', '{', '"', '\'']) => {
                    let message = format!("`{text}` cannot be read as a value");
                    return Err(Problem::new(&self.path, message).help(format!("expected {}", node.expected())));
                }
                _ => Value::String((*text).to_owned()),
            },
        };
        Ok(match (value, node.shape()) {
            (Value::Float(x), Shape::Whole(_)) if x.trunc() == x && x.abs() < 9e15 => Value::Integer(x as i64),
            (value, _) => value,
        })
    }
}

fn read(text: &str) -> Option<Value> {
    toml::from_str::<Table>(&format!("v = {text}")).ok().filter(|t| t.len() == 1).and_then(|mut t| t.remove("v"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Table {
        toml::from_str(
            r#"
            run = { paths = 1 }
            coins.btc.price_usd = 1.0
            [[cohorts]]
            name = "ann"
            chain = [{ deposit = { venue = "a" } }, { borrow = { ltv = 0.5 } }, { deposit = { venue = "b" } }]
            "#,
        )
        .expect("valid")
    }

    fn edited(key: &str, text: &str) -> Result<Table, String> {
        let mut tree = tree();
        set(&mut tree, key, &Raw::Text(text)).map_err(|p| format!("{} | {}", p.message, p.help.unwrap_or_default()))?;
        Ok(tree)
    }

    #[test]
    fn keys_lead_to_their_values() {
        assert_eq!(edited("run.paths", "7").unwrap()["run"]["paths"].as_integer(), Some(7));
        assert_eq!(edited("run.horizon", "7d").unwrap()["run"]["horizon"].as_str(), Some("7d"));
        assert_eq!(edited("engine.order", "random").unwrap()["engine"]["order"].as_str(), Some("random"));
        assert_eq!(edited("cohorts.ann.owners", "5").unwrap()["cohorts"][0]["owners"].as_integer(), Some(5));
        assert_eq!(edited("cohorts.0.name", "2025").unwrap()["cohorts"][0]["name"].as_str(), Some("2025"));
        let tree = edited("cohorts.ann.chain.borrow.ltv", "0.6").unwrap();
        assert_eq!(tree["cohorts"][0]["chain"][1]["borrow"]["ltv"].as_float(), Some(0.6));
        assert_eq!(edited("coins.btc.peg_usd", "1").unwrap()["coins"]["btc"].as_table().unwrap().len(), 1);
    }

    #[test]
    fn a_slip_is_refused_with_the_nearest_name() {
        assert_eq!(edited("run.pahts", "7").unwrap_err(), "there is no `pahts` in `run` | did you mean `paths`?");
        assert!(edited("cohorts.anne.owners", "7").unwrap_err().ends_with("did you mean `ann`?"));
        assert!(edited("cohorts.ann.chain.deposit.venue", "x").unwrap_err().contains("several"));
        assert!(edited("coins.eth.price_usd", "7").unwrap_err().contains("no `eth`"));
        assert!(edited("run.paths.x", "7").unwrap_err().contains("no key below"));
        assert!(edited("shocks.0.at", "[").unwrap_err().contains("is not in this file"));
    }
}

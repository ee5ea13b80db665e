//! Arrows point down: a module uses only what stands in its own layer or above it in this list.

use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up. Modules of one layer know each other.
const LAYERS: &[&[&str]] = &[
    &["id", "unit"],
    &["random", "ledger", "event"],
    &["scenario", "price", "venue::bracket", "venue::lending"],
    &["market", "outcome", "venue::margin", "venue::clearing", "venue::swap", "venue::vault"],
    &["population", "calculator", "calibrate"],
    &["world", "venue"],
    &["engine"],
    &["metric"],
    &["store"],
    &["chart"],
    &["run"],
    &["cli"],
];

fn layer(module: &str) -> usize {
    let of = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    let parts: Vec<&str> = module.split("::").collect();
    let two = parts.iter().take(2).copied().collect::<Vec<_>>().join("::");
    of(&two).or_else(|| of(parts[0])).unwrap_or_else(|| panic!("{module} is in no layer"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            sources(&entry, found);
        } else if entry.extension().is_some_and(|e| e == "rs") {
            found.push(entry);
        }
    }
}

/// `venue::bracket` for `src/venue/bracket.rs`.
fn module_of(file: &Path) -> String {
    let parts: Vec<_> =
        file.strip_prefix("src").unwrap().with_extension("").iter().map(|p| p.to_str().unwrap().to_owned()).collect();
    parts.join("::")
}

/// What a file imports from the crate, as `module` or `module::submodule`.
fn imports(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or("");
    let lines = code.lines().filter(|line| line.trim_start().starts_with("use crate::"));
    let path = |line: &str| {
        let path = line.trim_start().trim_start_matches("use crate::");
        let end = path.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(path.len());
        path[..end].trim_end_matches(':').to_owned()
    };
    lines
        .flat_map(|line| {
            let head = path(line);
            match line.split_once("::{").filter(|_| head == "venue") {
                Some((_, rest)) => {
                    rest.split([',', '}']).map(|m| format!("venue::{}", m.trim())).filter(|m| m.len() > 7).collect()
                }
                None => vec![head],
            }
        })
        .collect()
}

#[test]
fn no_module_uses_one_that_stands_below_it() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    let mut checked = 0;
    for file in files.iter().filter(|f| !f.ends_with("lib.rs") && !f.ends_with("main.rs")) {
        let module = module_of(file);
        for import in imports(&fs::read_to_string(file).unwrap()) {
            let import = import.trim_end_matches("::self").to_owned();
            assert!(layer(&import) <= layer(&module), "{module} uses {import}, which stands below it");
            checked += 1;
        }
    }
    assert!(checked > 100, "only {checked} imports were seen: the test no longer reads the sources");
}

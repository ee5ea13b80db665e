//! Configs: everything that is right is read, everything that is wrong is said, with its place.

#[path = "config/cases.rs"]
mod cases;

use cases::{Case, SENSE, SHAPE};
use rehypo::scenario::{ConfigError, Diagnostic, Loaded, load_text};
use std::path::Path;

const SMALL: &str = include_str!("config/small.toml");

fn read(text: &str, sets: &[&str]) -> Result<Loaded, ConfigError> {
    let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    load_text(text, &Path::new(env!("CARGO_MANIFEST_DIR")).join("configs"), "small.toml", &sets)
}

fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(SMALL.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "`{from}` must occur once in small.toml");
        text.replace(from, to)
    })
}

fn underlined(problem: &Diagnostic) -> String {
    let line = problem.source_line.as_deref().unwrap_or("");
    line.chars().skip(problem.column.unwrap_or(1) - 1).take(problem.width).collect()
}

fn check(case: &Case) -> Result<(), String> {
    let text = changed(case.change);
    let error = match read(&text, &[]) {
        Ok(_) => return Err(format!("accepted: {:?}", case.change)),
        Err(error) => error,
    };
    let problem = &error.problems[0];
    let line = problem.line.ok_or_else(|| format!("no line: {error}"))?;
    let right = error.problems.len() == 1
        && problem.file == "small.toml"
        && text.lines().nth(line - 1) == problem.source_line.as_deref()
        && underlined(problem) == case.at
        && problem.message.contains(case.message)
        && problem.help.as_deref().unwrap_or("").contains(case.help);
    if std::env::var("SHOW").is_ok() {
        println!("{error}\n");
    }
    if right {
        Ok(())
    } else {
        Err(format!("{:?}\nwanted `{}` | {} | {}\n{error}", case.change, case.at, case.message, case.help))
    }
}

#[test]
fn bad_input_has_one_message_with_its_place() {
    let wrong: Vec<String> = SHAPE.iter().chain(SENSE).filter_map(|case| check(case).err()).collect();
    assert!(wrong.is_empty(), "{} cases:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

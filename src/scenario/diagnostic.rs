//! What is wrong with a config, said so that it can be put right: the key, the place in the file, what would be right.
//! Made by [`super::source`], which knows the places; this file only holds and prints.

use std::fmt;

/// At most this many problems are printed.
const PRINTED_MAX: usize = 20;

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// File as it was named, or the `--set` or sweep point that brought the problem in.
    pub file: String,
    /// Line in the file, from 1; none if the problem is not in a line.
    pub line: Option<usize>,
    /// Column in the line, from 1, in characters.
    pub column: Option<usize>,
    /// Dotted key, as `--set` takes it; empty if the problem is not in a key.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// The line itself.
    pub source_line: Option<String>,
    /// Characters to underline from the column on.
    pub width: usize,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => write!(f, "error: {}", self.message)?,
            key => write!(f, "error: {key}: {}", self.message)?,
        }
        let margin = self.line.map_or(2, |line| line.to_string().len() + 1);
        let bar = " ".repeat(margin);
        write!(f, "\n{}--> {}", " ".repeat(margin - 1), self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = self.column {
            write!(f, ":{column}")?;
        }
        if let (Some(line), Some(text)) = (self.line, &self.source_line) {
            write!(f, "\n{bar}|\n{line} | {text}")?;
            if let Some(column) = self.column {
                write!(f, "\n{bar}| {}{}", " ".repeat(column - 1), "^".repeat(self.width.max(1)))?;
            }
        }
        if let Some(help) = &self.help {
            write!(f, "\n{bar}= help: {help}")?;
        }
        Ok(())
    }
}

/// A config that cannot be used: every problem that was found. `Display` is the complete message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The problems, in the order they were found; at least one.
    pub problems: Vec<Diagnostic>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().take(PRINTED_MAX).enumerate() {
            write!(f, "{}{problem}", if i == 0 { "" } else { "\n\n" })?;
        }
        match self.problems.len().saturating_sub(PRINTED_MAX) {
            0 => Ok(()),
            more => write!(f, "\n\nand {more} more problems"),
        }
    }
}

impl std::error::Error for ConfigError {}

//! What is wrong with a configuration: every problem at once, each with its place, its key and a way out.

use std::fmt;

/// Whether the configuration is refused for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// Where the problem stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Line and column, both from 1.
    File { line: usize, column: usize },
    /// An environment variable that overrides the file.
    Variable(String),
    /// The whole file: it cannot be read, or there is none.
    Whole,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    pub place: Place,
    /// The dotted key, as in `component.check.url`; empty when the problem has none.
    pub key: String,
    pub message: String,
    pub hint: Option<String>,
}

impl Problem {
    pub(super) fn whole(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            place: Place::Whole,
            key: String::new(),
            message: message.into(),
            hint: None,
        }
    }
}

/// A configuration that is refused, whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct ConfigErrors {
    /// The file as the user named it.
    pub file: String,
    /// Errors and warnings, in the order of the file.
    pub problems: Vec<Problem>,
}

impl ConfigErrors {
    pub(super) fn new(file: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        Self {
            file: file.to_owned(),
            problems,
        }
    }

    fn text(&self) -> String {
        let lines: Vec<String> = self
            .problems
            .iter()
            .map(|problem| Located(&self.file, problem).to_string())
            .collect();
        lines.join("\n")
    }
}

/// A problem with the name of its file: `allclear.toml:3:1: server.listn: unknown key`, and a hint below.
#[derive(Debug)]
pub struct Located<'a>(pub &'a str, pub &'a Problem);

impl fmt::Display for Located<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(file, problem) = self;
        match &problem.place {
            Place::File { line, column } => write!(f, "{file}:{line}:{column}: ")?,
            Place::Variable(name) => write!(f, "{name}: ")?,
            Place::Whole => write!(f, "{file}: ")?,
        }
        if problem.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        if !problem.key.is_empty() {
            write!(f, "{}: ", problem.key)?;
        }
        f.write_str(&problem.message)?;
        match &problem.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

//! One configuration being read: its text, its surroundings, and what has been found wrong so far.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::config::problem::{Place, Problem, Severity};

/// Environment variables, as given to the process or by a test.
pub type Environment = BTreeMap<String, String>;

/// What a name in the file can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    Page,
    Group,
    Component,
    Check,
    Objective,
    Prometheus,
}

impl Named {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Group => "group",
            Self::Component => "component",
            Self::Check => "check",
            Self::Objective => "objective",
            Self::Prometheus => "prometheus source",
        }
    }
}

/// A name used before or after it is declared; judged when the whole file is read.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    /// The name must stand for one of these.
    pub(super) kinds: &'static [Named],
    pub(super) name: String,
    pub(super) key: String,
    pub(super) place: Place,
}

/// What the configuration is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To run on: everything in it must be there and must be built.
    Running,
    /// To replay recorded evidence: nothing is dialled, so secrets may be missing and locations be elsewhere.
    Replaying,
}

/// Shared by all tables of one reading.
pub(super) struct Source<'a> {
    pub(super) purpose: Purpose,
    pub(super) text: &'a str,
    /// `{ file = … }` and `logo` are relative to this folder.
    pub(super) folder: PathBuf,
    pub(super) environment: &'a Environment,
    pub(super) problems: RefCell<Vec<Problem>>,
    pub(super) variables_used: RefCell<BTreeSet<String>>,
    pub(super) declared: RefCell<BTreeMap<(Named, String), Place>>,
    pub(super) references: RefCell<Vec<Reference>>,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(super) fn new(
        purpose: Purpose,
        text: &'a str,
        folder: &Path,
        environment: &'a Environment,
    ) -> Self {
        Self {
            purpose,
            text,
            folder: folder.to_owned(),
            environment,
            problems: RefCell::default(),
            variables_used: RefCell::default(),
            declared: RefCell::default(),
            references: RefCell::default(),
            lines: std::iter::once(0)
                .chain(text.match_indices('\n').map(|(newline, _)| newline + 1))
                .collect(),
        }
    }

    /// Line and column of a byte offset; a column counts characters.
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        let at = span.start.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|line| self.lines.get(line));
        let before = self.text.get(start.copied().unwrap_or_default()..at);
        Place::File {
            line,
            column: before.unwrap_or_default().chars().count() + 1,
        }
    }

    /// The text of an overriding variable, remembered as understood.
    pub(super) fn overriding(&self, variable: &str) -> Option<String> {
        let text = self.environment.get(variable)?;
        self.variables_used.borrow_mut().insert(variable.to_owned());
        Some(text.clone())
    }

    /// Whether a variable overrides something inside the table of this prefix.
    pub(super) fn overrides_below(&self, prefix: &str) -> bool {
        let below = format!("{prefix}__");
        self.environment.keys().any(|name| name.starts_with(&below))
    }

    pub(super) fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub(super) fn error(&self, (place, key): (Place, &str), message: String, hint: Option<String>) {
        self.report(Problem {
            severity: Severity::Error,
            place,
            key: key.to_owned(),
            message,
            hint,
        });
    }

    /// Something of the contract that does not run yet: refused, unless nothing is going to run.
    pub(super) fn not_built(&self, (place, key): (Place, &str), message: String, hint: &str) {
        self.report(Problem {
            severity: match self.purpose {
                Purpose::Running => Severity::Error,
                Purpose::Replaying => Severity::Warning,
            },
            place,
            key: key.to_owned(),
            message,
            hint: Some(hint.to_owned()),
        });
    }

    pub(super) fn warning(&self, (place, key): (Place, &str), message: String) {
        self.report(Problem {
            severity: Severity::Warning,
            place,
            key: key.to_owned(),
            message,
            hint: None,
        });
    }
}

/// A `did you mean` hint with the known word nearest to `word`, if one is near enough to be what was meant.
pub(super) fn did_you_mean<S: AsRef<str>>(
    word: &str,
    known: impl IntoIterator<Item = S>,
) -> Option<String> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate.as_ref()), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| format!("did you mean `{}`?", candidate.as_ref()))
}

//! One value at one key: where it stands, what it says, and how to refuse it. Types are in `setting`.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::keys::Shape;
use crate::config::problem::Place;
use crate::config::source::{Purpose, Source};

/// A file of one secret is short; a mistaken path to something large is refused, not read.
const SECRET_FILE_LIMIT: u64 = 64 * 1024;

/// Stands for a secret that a replay does without; long enough for a heartbeat's token.
const UNNEEDED: &str = "not-needed";

/// What was written.
#[derive(Clone)]
pub(super) enum Raw<'a> {
    File(&'a DeValue<'a>, Range<usize>),
    /// An environment variable's text, or a default's.
    Text(Cow<'a, str>, Place),
}

#[derive(Clone)]
pub(super) struct Cell<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) key: String,
    pub(super) shape: &'static Shape,
    pub(super) raw: Raw<'a>,
}

impl<'a> Cell<'a> {
    pub(super) fn place(&self) -> Place {
        match &self.raw {
            Raw::File(_, span) => self.source.place(span),
            Raw::Text(_, place) => place.clone(),
        }
    }

    pub(super) fn refuse(&self, message: impl Into<String>) {
        self.source
            .error((self.place(), &self.key), message.into(), None);
    }

    pub(super) fn refuse_with(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.source
            .error((self.place(), &self.key), message.into(), Some(hint.into()));
    }

    pub(super) fn warn(&self, message: impl Into<String>) {
        self.source
            .warning((self.place(), &self.key), message.into());
    }

    /// Refuses what is in the contract and not built yet; a replay goes on.
    pub(super) fn not_built(&self, message: impl Into<String>, hint: &str) {
        self.source
            .not_built((self.place(), &self.key), message.into(), hint);
    }

    fn refuse_kind(&self, wanted: &str) {
        let found = match &self.raw {
            Raw::File(value, _) => kind(value),
            Raw::Text(..) => "a string",
        };
        self.refuse(format!("must be {wanted}, not {found}"));
    }

    /// The text of a string, also when it is kept in a variable or a file.
    pub(super) fn text(&self) -> Option<String> {
        match &self.raw {
            Raw::Text(text, _) | Raw::File(DeValue::String(text), _) => {
                Some(text.clone().into_owned())
            }
            Raw::File(DeValue::Table(table), _) if is_indirect(table) => self.kept(table),
            Raw::File(..) => {
                self.refuse_kind("a string");
                None
            }
        }
    }

    /// A string, or a TOML date or time as it was written.
    pub(super) fn text_or_time(&self) -> Option<String> {
        match &self.raw {
            Raw::File(DeValue::Datetime(time), _) => Some(time.to_string()),
            Raw::File(..) | Raw::Text(..) => self.text(),
        }
    }

    pub(super) fn whole(&self) -> Option<u64> {
        let text = match &self.raw {
            Raw::Text(text, _) => text.clone(),
            Raw::File(DeValue::Integer(number), _) if number.radix() == 10 => {
                Cow::Borrowed(number.as_str())
            }
            Raw::File(..) => {
                self.refuse_kind("a whole number");
                return None;
            }
        };
        let number = text.parse().ok();
        if number.is_none() {
            self.refuse(format!("must be a whole number, not `{text}`"));
        }
        number
    }

    /// The digits of a number as they were written: percentages are read exactly.
    pub(super) fn digits(&self) -> Option<Cow<'a, str>> {
        match &self.raw {
            Raw::Text(text, _) => Some(text.clone()),
            Raw::File(DeValue::Integer(number), _) if number.radix() == 10 => {
                Some(Cow::Borrowed(number.as_str()))
            }
            Raw::File(DeValue::Float(number), _) => Some(Cow::Borrowed(number.as_str())),
            Raw::File(..) => {
                self.refuse_kind("a number");
                None
            }
        }
    }

    pub(super) fn flag(&self) -> Option<bool> {
        let flag = match &self.raw {
            Raw::File(DeValue::Boolean(flag), _) => Some(*flag),
            Raw::Text(text, _) => text.parse().ok(),
            Raw::File(..) => None,
        };
        if flag.is_none() {
            self.refuse("must be true or false");
        }
        flag
    }

    /// The values of a list, each with its own place.
    pub(super) fn items(&self) -> Option<Vec<Cell<'a>>> {
        let shape = match self.shape {
            Shape::List(shape) => *shape,
            other => other,
        };
        match &self.raw {
            Raw::File(DeValue::Array(items), _) => Some(
                items
                    .iter()
                    .map(|item| self.at(item, self.key.clone(), shape))
                    .collect(),
            ),
            Raw::Text(text, place) if *place == Place::Whole => Some(
                // A default: words between commas.
                text.split(',')
                    .filter(|word| !word.is_empty())
                    .map(|word| Cell {
                        raw: Raw::Text(Cow::Owned(word.to_owned()), Place::Whole),
                        shape,
                        ..self.clone()
                    })
                    .collect(),
            ),
            Raw::Text(..) => {
                self.refuse("is a list, and lists are set in the file only");
                None
            }
            Raw::File(..) => {
                self.refuse_kind("a list");
                None
            }
        }
    }

    pub(super) fn at(
        &self,
        value: &'a Spanned<DeValue<'a>>,
        key: String,
        shape: &'static Shape,
    ) -> Self {
        Self {
            source: self.source,
            key,
            shape,
            raw: Raw::File(value.get_ref(), value.span()),
        }
    }

    pub(super) fn table(&self) -> Option<&'a DeTable<'a>> {
        if let Raw::File(DeValue::Table(table), _) = &self.raw {
            return Some(table);
        }
        self.refuse_kind("a table");
        None
    }

    /// Whether the value, or a part of it, is kept in a variable or a file: then it is never printed.
    pub(super) fn is_kept_elsewhere(&self) -> bool {
        match &self.raw {
            Raw::File(DeValue::Table(table), _) => is_indirect(table),
            Raw::File(DeValue::Array(items), _) => items
                .iter()
                .any(|item| matches!(item.get_ref(), DeValue::Table(table) if is_indirect(table))),
            Raw::File(..) | Raw::Text(..) => false,
        }
    }

    /// What `{ env = "NAME" }` or `{ file = "path" }` holds.
    fn kept(&self, table: &'a DeTable<'a>) -> Option<String> {
        let mut entries = table.iter();
        let (Some((keeper, name)), None) = (entries.next(), entries.next()) else {
            self.refuse("must name one place: { env = \"NAME\" } or { file = \"path\" }");
            return None;
        };
        let name_cell = self.at(name, self.key.clone(), &Shape::Text);
        let DeValue::String(name) = name.get_ref() else {
            name_cell.refuse_kind("a string");
            return None;
        };
        if keeper.get_ref() == "env" {
            return name_cell.variable(name);
        }
        name_cell.short_file(name)
    }

    fn variable(&self, name: &str) -> Option<String> {
        let value = self.source.environment.get(name);
        if value.is_none() && self.source.purpose == Purpose::Replaying {
            return Some(UNNEEDED.to_owned());
        }
        if value.is_none() {
            self.refuse(format!("environment variable `{name}` is not set"));
        }
        value.cloned()
    }

    fn short_file(&self, name: &str) -> Option<String> {
        let path = self.source.folder.join(name);
        let mut text = String::new();
        let read = File::open(&path)
            .and_then(|file| file.take(SECRET_FILE_LIMIT + 1).read_to_string(&mut text));
        if text.len() as u64 > SECRET_FILE_LIMIT {
            self.refuse(format!("file `{}` is longer than 64 KiB", path.display()));
            return None;
        }
        match read {
            Ok(_) => Some(text.trim_end_matches(['\r', '\n']).to_owned()),
            Err(_) if self.source.purpose == Purpose::Replaying => Some(UNNEEDED.to_owned()),
            Err(error) => {
                self.refuse(format!("file `{}` cannot be read: {error}", path.display()));
                None
            }
        }
    }
}

/// `{ env = … }` and `{ file = … }`, also when something else stands beside them.
fn is_indirect(table: &DeTable<'_>) -> bool {
    table.contains_key("env") || table.contains_key("file")
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

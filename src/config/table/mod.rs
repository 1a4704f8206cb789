//! One table of the file, read key by key. What no one asked for is an unknown key; what was read is also kept as
//! the effective configuration.

mod nested;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::config::cell::{Cell, Raw};
use crate::config::keys::{Key, Need, Section, Shape};
use crate::config::problem::Place;
use crate::config::setting::Setting;
use crate::config::shown::Shown;
use crate::config::source::{Named, Reference, Source, did_you_mean};

pub(in crate::config) struct Table<'a> {
    pub(in crate::config) source: &'a Source<'a>,
    section: &'static Section,
    /// The dotted key of this table; empty at the root.
    path: String,
    /// Prefix of the environment variables that override its scalars; none inside lists.
    variable: Option<String>,
    /// Absent when only the environment speaks of it.
    entries: Option<&'a DeTable<'a>>,
    span: Range<usize>,
    asked: BTreeSet<&'static str>,
    shown: BTreeMap<String, Shown>,
}

impl<'a> Table<'a> {
    pub(in crate::config) fn root(
        source: &'a Source<'a>,
        section: &'static Section,
        entries: &'a DeTable<'a>,
    ) -> Self {
        Self {
            source,
            section,
            path: String::new(),
            variable: Some("ALLCLEAR".to_owned()),
            entries: Some(entries),
            span: 0..0,
            asked: BTreeSet::new(),
            shown: BTreeMap::new(),
        }
    }

    pub(in crate::config) fn place(&self) -> Place {
        self.source.place(&self.span)
    }

    /// Reports a problem of the table as a whole.
    pub(in crate::config) fn refuse(&self, message: impl Into<String>, hint: Option<&str>) {
        self.source.error(
            (self.place(), &self.path),
            message.into(),
            hint.map(str::to_owned),
        );
    }

    /// The value of `name`: what is written, or its default. None when there is neither, or it was refused.
    pub(in crate::config) fn get<T: Setting>(&mut self, name: &'static str) -> Option<T> {
        let cell = self.cell(name)?;
        self.read(name, &cell)
    }

    /// The value and the place it was written at, for later doubts about it.
    pub(in crate::config) fn get_with_cell<T: Setting>(
        &mut self,
        name: &'static str,
    ) -> Option<(T, Cell<'a>)> {
        let cell = self.cell(name)?;
        let value = self.read(name, &cell)?;
        Some((value, cell))
    }

    fn read<T: Setting>(&mut self, name: &'static str, cell: &Cell<'a>) -> Option<T> {
        let value = T::read(cell)?;
        let shown = if cell.is_kept_elsewhere() {
            let text = value.show().render(crate::config::shown::Secrets::Plain);
            Shown::secret(
                text.as_str()
                    .map_or_else(|| text.to_string(), str::to_owned),
            )
        } else {
            value.show()
        };
        self.shown.insert(name.to_owned(), shown);
        Some(value)
    }

    /// One of a closed set, by its name in the file.
    pub(in crate::config) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let cell = self.cell(name)?;
        let word = cell.text()?;
        self.shown.insert(name.to_owned(), Shown::text(&word));
        let found = choices.iter().find(|(known, _)| *known == word);
        if found.is_none() {
            let known: Vec<&str> = choices.iter().map(|(known, _)| *known).collect();
            cell.refuse_with(
                format!("`{word}` is none of {}", known.join(", ")),
                did_you_mean(&word, known.iter().copied())
                    .unwrap_or_else(|| format!("write `{}`", known.first().unwrap_or(&""))),
            );
        }
        found.map(|(_, value)| *value)
    }

    /// The table's own stable key. It is declared with it, so that others can refer to it and none repeats it.
    pub(in crate::config) fn id(&mut self, kind: Named) -> Option<String> {
        let cell = self.cell("id")?;
        let id = crate::config::setting::id(&cell)?;
        self.shown.insert("id".to_owned(), Shown::text(&id));
        let place = cell.place();
        let before = self
            .source
            .declared
            .borrow_mut()
            .insert((kind, id.clone()), place);
        if let Some(Place::File { line, .. }) = before {
            cell.refuse_with(
                format!("{} `{id}` is declared twice", kind.word()),
                format!("the other one is at line {line}; give one of them another id"),
            );
        }
        Some(id)
    }

    /// A name that must be declared somewhere in the file as one of `kinds`.
    pub(in crate::config) fn reference(
        &mut self,
        name: &'static str,
        kinds: &'static [Named],
    ) -> Option<String> {
        let (target, cell) = self.get_with_cell::<String>(name)?;
        self.refer(&cell, target.clone(), kinds);
        Some(target)
    }

    pub(in crate::config) fn refer(&self, cell: &Cell<'_>, name: String, kinds: &'static [Named]) {
        self.source.references.borrow_mut().push(Reference {
            kinds,
            name,
            key: cell.key.clone(),
            place: cell.place(),
        });
    }

    pub(in crate::config) fn show(&mut self, name: &str, shown: Shown) {
        self.shown.insert(name.to_owned(), shown);
    }

    /// Whether somebody wrote `name`.
    pub(in crate::config) fn has(&self, name: &str) -> bool {
        self.entries
            .is_some_and(|entries| entries.contains_key(name))
    }

    /// Reports the keys nobody asked for and gives the effective table.
    pub(in crate::config) fn finish(self) -> Shown {
        for (key, value) in self.entries.into_iter().flatten() {
            let name: &str = key.get_ref();
            if self.asked.contains(name) {
                continue;
            }
            let path = self.path_of(name);
            let place = self.source.place(&key.span());
            let open = self.section.all().map(|key| key.name);
            let is_section =
                self.section.name.is_empty() && matches!(value.get_ref(), DeValue::Table(_));
            let message = if is_section {
                "unknown section"
            } else {
                "unknown key"
            };
            let hint = did_you_mean(name, open).or_else(|| {
                (!self.section.name.is_empty()).then(|| {
                    let names: Vec<&str> = self.section.all().map(|key| key.name).collect();
                    format!("`{}` knows {}", self.section.name, names.join(", "))
                })
            });
            self.source.error((place, &path), message.to_owned(), hint);
        }
        Shown::Table(self.shown)
    }

    /// What stands at `name`: an environment variable, the file, or the default.
    pub(in crate::config) fn cell(&mut self, name: &'static str) -> Option<Cell<'a>> {
        self.asked.insert(name);
        let key = self.section.key(name)?;
        let variable = self.variable_of(name);
        if let Some(text) = variable
            .as_ref()
            .and_then(|name| self.source.overriding(name))
        {
            let place = Place::Variable(variable.unwrap_or_default());
            return Some(self.cell_of(key, Raw::Text(Cow::Owned(text), place)));
        }
        if let Some(value) = self.entries.and_then(|entries| entries.get(name)) {
            return Some(self.cell_at(name, value));
        }
        match key.need {
            Need::Default(text) => {
                Some(self.cell_of(key, Raw::Text(Cow::Borrowed(text), Place::Whole)))
            }
            Need::Optional => None,
            Need::Required => {
                let hint = (!key.example.is_empty())
                    .then(|| format!("for example `{name} = {}`", key.example));
                let place = self.place();
                self.source
                    .error((place, &self.path_of(name)), "is missing".to_owned(), hint);
                None
            }
        }
    }

    fn cell_at(&self, name: &'static str, value: &'a toml::Spanned<DeValue<'a>>) -> Cell<'a> {
        let raw = Raw::File(value.get_ref(), value.span());
        let shape = self
            .section
            .key(name)
            .map_or(&Shape::Text, |key| &key.shape);
        Cell {
            source: self.source,
            key: self.path_of(name),
            shape,
            raw,
        }
    }

    fn cell_of(&self, key: &'static Key, raw: Raw<'a>) -> Cell<'a> {
        Cell {
            source: self.source,
            key: self.path_of(key.name),
            shape: &key.shape,
            raw,
        }
    }

    fn child(
        &self,
        name: &str,
        section: &'static Section,
        (entries, span): (Option<&'a DeTable<'a>>, Range<usize>),
    ) -> Table<'a> {
        Table {
            source: self.source,
            section,
            path: self.path_of(name),
            variable: None,
            entries,
            span,
            asked: BTreeSet::new(),
            shown: BTreeMap::new(),
        }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            return name.to_owned();
        }
        format!("{}.{name}", self.path)
    }

    fn variable_of(&self, name: &str) -> Option<String> {
        self.variable.as_ref().map(|prefix| variable(prefix, name))
    }
}

/// `ALLCLEAR` and `server` make `ALLCLEAR_SERVER`; from then on two underscores part the names.
fn variable(prefix: &str, name: &str) -> String {
    let parting = if prefix == "ALLCLEAR" { "_" } else { "__" };
    format!(
        "{prefix}{parting}{}",
        name.to_uppercase().replace(['-', '.'], "_")
    )
}

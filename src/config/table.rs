//! One table of the file, read key by key. What no one asked for is an unknown key; what was read is also kept as
//! the effective configuration.

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

pub(super) struct Table<'a> {
    pub(super) source: &'a Source<'a>,
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
    pub(super) fn root(
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

    pub(super) fn place(&self) -> Place {
        self.source.place(&self.span)
    }

    /// Reports a problem of the table as a whole.
    pub(super) fn refuse(&self, message: impl Into<String>, hint: Option<&str>) {
        self.source.error(
            self.place(),
            &self.path,
            message.into(),
            hint.map(str::to_owned),
        );
    }

    /// The value of `name`: what is written, or its default. None when there is neither, or it was refused.
    pub(super) fn get<T: Setting>(&mut self, name: &'static str) -> Option<T> {
        let cell = self.cell(name)?;
        self.read(name, &cell)
    }

    /// The value and the place it was written at, for later doubts about it.
    pub(super) fn get_with_cell<T: Setting>(
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
            let text = value.show().render(super::shown::Secrets::Plain);
            Shown::Secret(
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
    pub(super) fn choice<T: Copy>(
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
    pub(super) fn id(&mut self, kind: Named) -> Option<String> {
        let cell = self.cell("id")?;
        let id = super::setting::id(&cell)?;
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
    pub(super) fn reference(
        &mut self,
        name: &'static str,
        kinds: &'static [Named],
    ) -> Option<String> {
        let (target, cell) = self.get_with_cell::<String>(name)?;
        self.refer(&cell, target.clone(), kinds);
        Some(target)
    }

    pub(super) fn refer(&self, cell: &Cell<'_>, name: String, kinds: &'static [Named]) {
        self.source.references.borrow_mut().push(Reference {
            kinds,
            name,
            key: cell.key.clone(),
            place: cell.place(),
        });
    }

    /// A table within this one.
    pub(super) fn within<T>(
        &mut self,
        name: &'static str,
        section: &'static Section,
        read: impl FnOnce(&mut Table<'a>) -> Option<T>,
    ) -> Option<T> {
        self.asked.insert(name);
        let variable = self.variable_of(name);
        let written = self.entries.and_then(|entries| entries.get(name));
        let overridden = variable
            .as_ref()
            .is_some_and(|prefix| self.source.overrides_below(prefix));
        if written.is_none() && !overridden {
            return None;
        }
        let cell = written.map(|value| self.cell_at(name, value));
        let entries = match &cell {
            Some(cell) => Some(cell.table()?),
            None => None,
        };
        let span = written.map_or(0..0, |value| value.span());
        let mut table = self.child(name, section, entries, span);
        table.variable = variable;
        let value = read(&mut table);
        self.shown.insert(name.to_owned(), table.finish());
        value
    }

    /// A table within this one that is read even when nobody wrote it, for its defaults.
    pub(super) fn always<T>(
        &mut self,
        name: &'static str,
        section: &'static Section,
        read: impl FnOnce(&mut Table<'a>) -> Option<T>,
    ) -> Option<T> {
        if self
            .entries
            .is_some_and(|entries| entries.contains_key(name))
        {
            return self.within(name, section, read);
        }
        self.asked.insert(name);
        let mut table = self.child(name, section, None, self.span.clone());
        table.variable = self.variable_of(name);
        let value = read(&mut table);
        self.shown.insert(name.to_owned(), table.finish());
        value
    }

    /// Each table of a list of tables, in order; the ones refused are left out.
    pub(super) fn each<T>(
        &mut self,
        name: &'static str,
        section_of: impl Fn(&Cell<'a>, &'a DeTable<'a>) -> Option<&'static Section>,
        mut read: impl FnMut(&mut Table<'a>) -> Option<T>,
    ) -> Vec<T> {
        let Some(cell) = self.cell(name) else {
            return Vec::new();
        };
        let mut shown = Vec::new();
        let mut found = Vec::new();
        for item in cell.items().unwrap_or_default() {
            let Some(entries) = item.table() else {
                continue;
            };
            let Some(section) = section_of(&item, entries) else {
                continue;
            };
            let span = match &item.raw {
                Raw::File(_, span) => span.clone(),
                Raw::Text(..) => 0..0,
            };
            let mut table = self.child(name, section, Some(entries), span);
            found.extend(read(&mut table));
            shown.push(table.finish());
        }
        self.shown.insert(name.to_owned(), Shown::List(shown));
        found
    }

    /// Each entry of a table whose names the user chose, with the name's own place.
    pub(super) fn entries_of(&mut self, name: &'static str) -> Vec<(String, Cell<'a>)> {
        let Some(cell) = self.cell(name) else {
            return Vec::new();
        };
        let Some(entries) = cell.table() else {
            return Vec::new();
        };
        entries
            .iter()
            .map(|(entry, value)| {
                let key = format!("{}.{}", cell.key, entry.get_ref());
                (
                    entry.get_ref().to_string(),
                    cell.at(value, key, &Shape::Secret),
                )
            })
            .collect()
    }

    /// Each table under a name the user chose, with the override prefix of that name.
    pub(super) fn named<T>(
        &mut self,
        name: &'static str,
        section: &'static Section,
        mut read: impl FnMut(&str, &mut Table<'a>) -> Option<T>,
    ) -> Vec<T> {
        let prefix = self.variable_of(name);
        let mut shown = BTreeMap::new();
        let mut found = Vec::new();
        for (entry, cell) in self.entries_of(name) {
            let (Some(entries), Raw::File(_, span)) = (cell.table(), &cell.raw) else {
                continue;
            };
            let mut table = self.child(name, section, Some(entries), span.clone());
            table.path.clone_from(&cell.key);
            table.variable = prefix.as_ref().map(|prefix| variable(prefix, &entry));
            found.extend(read(&entry, &mut table));
            shown.insert(entry, table.finish());
        }
        self.shown.insert(name.to_owned(), Shown::Table(shown));
        found
    }

    pub(super) fn show(&mut self, name: &str, shown: Shown) {
        self.shown.insert(name.to_owned(), shown);
    }

    /// Whether somebody wrote `name`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries
            .is_some_and(|entries| entries.contains_key(name))
    }

    /// Reports the keys nobody asked for and gives the effective table.
    pub(super) fn finish(self) -> Shown {
        for (key, value) in self.entries.into_iter().flatten() {
            let name: &str = key.get_ref();
            if self.asked.contains(name) {
                continue;
            }
            let path = self.path_of(name);
            let place = self.source.place(&key.span());
            let open = self.section.all().map(|key| key.name);
            let message = match self.section.name.is_empty()
                && matches!(value.get_ref(), DeValue::Table(_))
            {
                true => "unknown section",
                false => "unknown key",
            };
            let hint = did_you_mean(name, open).or_else(|| {
                (!self.section.name.is_empty()).then(|| {
                    let names: Vec<&str> = self.section.all().map(|key| key.name).collect();
                    format!("`{}` knows {}", self.section.name, names.join(", "))
                })
            });
            self.source.error(place, &path, message.to_owned(), hint);
        }
        Shown::Table(self.shown)
    }

    /// What stands at `name`: an environment variable, the file, or the default.
    pub(super) fn cell(&mut self, name: &'static str) -> Option<Cell<'a>> {
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
                    .error(place, &self.path_of(name), "is missing".to_owned(), hint);
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
        entries: Option<&'a DeTable<'a>>,
        span: Range<usize>,
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

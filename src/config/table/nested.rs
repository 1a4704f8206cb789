//! Tables within tables: one, a list of them, or some under names the user chose.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::{Table, variable};
use crate::config::cell::{Cell, Raw};
use crate::config::keys::{Section, Shape};
use crate::config::shown::Shown;

impl<'a> Table<'a> {
    /// A table within this one.
    pub(in crate::config) fn within<T>(
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
        let span = written.map_or(0..0, toml::Spanned::span);
        let mut table = self.child(name, section, (entries, span));
        table.variable = variable;
        let value = read(&mut table);
        self.shown.insert(name.to_owned(), table.finish());
        value
    }

    /// A table within this one that is read even when nobody wrote it, for its defaults.
    pub(in crate::config) fn always<T>(
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
        let mut table = self.child(name, section, (None, self.span.clone()));
        table.variable = self.variable_of(name);
        let value = read(&mut table);
        self.shown.insert(name.to_owned(), table.finish());
        value
    }

    /// Each table of a list of tables, in order; the ones refused are left out.
    pub(in crate::config) fn each<T>(
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
            let mut table = self.child(name, section, (Some(entries), span));
            found.extend(read(&mut table));
            shown.push(table.finish());
        }
        self.shown.insert(name.to_owned(), Shown::List(shown));
        found
    }

    /// Each entry of a table whose names the user chose, with the name's own place.
    pub(in crate::config) fn entries_of(&mut self, name: &'static str) -> Vec<(String, Cell<'a>)> {
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
    pub(in crate::config) fn named<T>(
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
            let mut table = self.child(name, section, (Some(entries), span.clone()));
            table.path.clone_from(&cell.key);
            table.variable = prefix.as_ref().map(|prefix| variable(prefix, &entry));
            found.extend(read(&entry, &mut table));
            shown.insert(entry, table.finish());
        }
        self.shown.insert(name.to_owned(), Shown::Table(shown));
        found
    }
}

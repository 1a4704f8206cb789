//! `[[page]]` and `[[group]]`.

use std::collections::BTreeMap;

use url::Url;

use crate::config::manifest::{GroupSpec, PageSpec};
use crate::config::setting::{Setting, Zone};
use crate::config::shown::Shown;
use crate::config::source::Named;
use crate::config::table::Table;
use crate::domain::page::Visibility;

pub(in crate::config) fn page(table: &mut Table<'_>) -> Option<PageSpec> {
    let key = table.id(Named::Page);
    let name = table.get("name");
    let locale = locale(table);
    let time_zone = table.get::<Zone>("time_zone");
    let folder = table.source.folder.clone();
    let logo = table.get::<String>("logo");
    let support_url = table.get::<Url>("support_url");
    let visibility = visibility(table);
    let components = components(table);
    Some(PageSpec {
        key: key?,
        name: name?,
        locale: locale?,
        time_zone: time_zone?.0,
        logo: logo.map(|logo| folder.join(logo).display().to_string()),
        support_url: support_url.map(Into::into),
        visibility: visibility?,
        components: components?,
    })
}

fn locale(table: &mut Table<'_>) -> Option<String> {
    let (locale, cell) = table.get_with_cell::<String>("locale")?;
    if locale != "en" && !locale.starts_with("en-") {
        cell.not_built(
            format!("`{}` is not built yet", locale.escape_debug()),
            "pages speak English so far: write \"en\"",
        );
    }
    Some(locale)
}

fn visibility(table: &mut Table<'_>) -> Option<Visibility> {
    const CHOICES: [(&str, Visibility); 2] = [
        ("public", Visibility::Public),
        ("private", Visibility::Private),
    ];
    let visibility = table.choice("visibility", &CHOICES)?;
    if visibility == Visibility::Private {
        table.cell("visibility")?.not_built(
            "private pages are not built yet, and this one must not be public by mistake",
            "leave the page out until they are",
        );
    }
    Some(visibility)
}

fn components(table: &mut Table<'_>) -> Option<Vec<String>> {
    let (components, cell) = table.get_with_cell::<Vec<String>>("components")?;
    for (name, item) in components.iter().zip(cell.items().unwrap_or_default()) {
        if name != "*" {
            table.refer(&item, name.clone(), &[Named::Component, Named::Group]);
        }
    }
    Some(components)
}

pub(in crate::config) fn group(table: &mut Table<'_>) -> Option<GroupSpec> {
    let key = table.id(Named::Group);
    let name = table.get("name");
    Some(GroupSpec {
        key: key?,
        name: name?,
    })
}

/// The page of a configuration that declares none: everything, in plain words.
pub(in crate::config) fn default_page() -> PageSpec {
    PageSpec {
        key: "main".to_owned(),
        name: "Status".to_owned(),
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
        logo: None,
        support_url: None,
        visibility: Visibility::Public,
        components: vec!["*".to_owned()],
    }
}

/// The same, as the effective configuration shows it.
pub(in crate::config) fn shown_default() -> Shown {
    let page = default_page();
    let entries = [
        ("id", page.key),
        ("name", page.name),
        ("locale", page.locale),
        ("time_zone", page.time_zone),
        ("visibility", "public".to_owned()),
    ];
    let mut table: BTreeMap<String, Shown> = entries
        .into_iter()
        .map(|(key, text)| (key.to_owned(), Shown::text(text)))
        .collect();
    table.insert("components".to_owned(), page.components.show());
    Shown::Table(table)
}

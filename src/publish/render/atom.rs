//! The feed: one entry per incident and per piece of planned work, moved up when something is said. RFC 4287.

use std::fmt::Write;

use crate::domain::timestamp::Timestamp;
use crate::markup::markdown;
use crate::publish::document::{Effort, Kind};
use crate::publish::render::{Sheet, event};
use crate::publish::view::{IncidentView, MaintenanceView, PublicView};

const NEWEST: usize = 50;

/// The feed under the name readers know and the one people guess.
pub(super) fn sheets(view: &PublicView) -> Vec<Sheet> {
    let text = feed(view);
    ["/history.atom", "/feed.atom"]
        .into_iter()
        .map(|path| Sheet {
            path: path.to_owned(),
            kind: Kind::Feed,
            text: text.clone(),
            effort: Effort::Full,
        })
        .collect()
}

fn feed(view: &PublicView) -> String {
    let incidents = view
        .incidents
        .iter()
        .map(|of| (of.updated_at, incident_entry(view, of)));
    let planned = view
        .maintenances
        .iter()
        .map(|of| (of.updated_at, planned_entry(view, of)));
    let mut entries: Vec<(Timestamp, String)> = incidents.chain(planned).collect();
    entries.sort_by_key(|(updated, _)| std::cmp::Reverse(*updated));
    entries.truncate(NEWEST);
    let url = escape(&view.site.url);
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"",
    );
    let _ = write!(
        xml,
        "{}\">\n<id>{url}/history.atom</id>\n<title>{} status</title>\n<updated>{}</updated>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{url}/history.atom\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{url}/\"/>\n<author><name>{}</name></author>\n",
        escape(&view.site.language),
        escape(&view.site.name),
        view.changed_at,
        escape(&view.site.name),
    );
    for (_, entry) in entries {
        xml.push_str(&entry);
    }
    xml.push_str("</feed>\n");
    xml
}

/// What an entry is made of.
struct Entry<'a> {
    path: String,
    title: &'a str,
    published: Timestamp,
    updated: Timestamp,
    /// Newest first: state, moment, words.
    updates: Vec<(&'static str, Timestamp, &'a str)>,
}

fn incident_entry(view: &PublicView, incident: &IncidentView) -> String {
    let updates = incident.updates.iter();
    write_entry(
        view,
        &Entry {
            path: incident.path(),
            title: &incident.title,
            published: incident.published_at,
            updated: incident.updated_at,
            updates: updates
                .map(|of| (event::incident_words(of.status), of.at, of.body.as_str()))
                .collect(),
        },
    )
}

fn planned_entry(view: &PublicView, planned: &MaintenanceView) -> String {
    let updates = planned.updates.iter();
    write_entry(
        view,
        &Entry {
            path: planned.path(),
            title: &planned.title,
            published: planned.created_at,
            updated: planned.updated_at,
            updates: updates
                .map(|of| (event::maintenance_words(of.status), of.at, of.body.as_str()))
                .collect(),
        },
    )
}

fn write_entry(view: &PublicView, entry: &Entry<'_>) -> String {
    let address = escape(&format!("{}{}", view.site.url, entry.path));
    let content = maud::html! {
        @for (state, at, body) in &entry.updates {
            p { strong { (state) } ", " (view.wall.moment_words(*at)) }
            (markdown::show(body))
        }
    };
    format!(
        "<entry>\n<id>{address}</id>\n<title>{}</title>\n<published>{}</published>\n<updated>{}</updated>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{address}\"/>\n<content type=\"html\">{}</content>\n</entry>\n",
        escape(entry.title),
        entry.published,
        entry.updated,
        escape(&content.into_string()),
    )
}

/// Text for XML 1.0: the five marks become entities, and characters XML cannot carry are dropped.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' | '\n' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => {}
            _ if character.is_control() => {}
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_carries_no_mark_and_no_control_of_ours() {
        assert_eq!(
            escape("a<b>&\"'\u{0}\u{b}c"),
            "a&lt;b&gt;&amp;&quot;&apos;c"
        );
    }
}

//! From the view to every document the public can read. Pure: the same view gives the same bytes.

mod atom;
mod bands;
mod banner;
mod component;
mod components;
mod event;
mod front;
mod history;
mod incident;
mod maintenance;
mod subscribe;
mod v2;

use std::collections::HashMap;

use crate::publish::document::{Document, Effort, Kind};
use crate::publish::snapshot::{Made, NOT_FOUND, Snapshot};
use crate::publish::view::PublicView;

/// Above this many single pages the work is shared between two threads.
const WORTH_A_THREAD: usize = 100;

/// A document before it is compressed.
struct Sheet {
    path: String,
    kind: Kind,
    text: String,
    effort: Effort,
}

impl Sheet {
    fn page(path: &str, text: maud::Markup) -> Self {
        Self {
            path: path.to_owned(),
            kind: Kind::Page,
            text: text.into_string(),
            effort: Effort::Full,
        }
    }

    /// A page of a single thing, of which there may be many.
    fn single(path: String, text: maud::Markup) -> Self {
        Self {
            path,
            kind: Kind::Page,
            text: text.into_string(),
            effort: Effort::Light,
        }
    }

    fn into_document(self) -> (String, Document) {
        (self.path, Document::new(self.kind, self.text, self.effort))
    }
}

/// Renders everything. `seq` is the last event the view knows.
#[must_use]
pub fn snapshot(view: &PublicView, seq: i64) -> Snapshot {
    let made = Made {
        at: view.wall.now(),
        valid_until: view.valid_until,
        seq,
    };
    let documents = if view.components().count() > WORTH_A_THREAD {
        std::thread::scope(|scope| {
            let singles = scope.spawn(|| compressed(singles(view)));
            let mut documents = compressed(shared(view));
            // A panic there is a panic here: the caller keeps the last good snapshot.
            documents.extend(
                singles
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            );
            documents
        })
    } else {
        compressed(shared(view).chain(singles(view)))
    };
    Snapshot::new(documents, made)
}

fn compressed(sheets: impl Iterator<Item = Sheet>) -> HashMap<String, Document> {
    sheets.map(Sheet::into_document).collect()
}

/// What many read: the front, its groups, history, data and feed.
fn shared(view: &PublicView) -> impl Iterator<Item = Sheet> + '_ {
    let groups = view.groups.iter().filter(|_| view.is_large());
    [
        Sheet::page("/", front::page(view)),
        Sheet::page("/history", history::page(view)),
        Sheet::page("/subscribe", subscribe::page(view)),
        Sheet::page(NOT_FOUND, front::not_found(view)),
    ]
    .into_iter()
    .chain(groups.map(|group| Sheet::page(&group.path(), front::group_page(view, group))))
    .chain(v2::sheets(view))
    .chain(atom::sheets(view))
}

fn singles(view: &PublicView) -> impl Iterator<Item = Sheet> + '_ {
    let components = view
        .components()
        .map(|of| Sheet::single(of.path(), component::page(view, of)));
    let incidents = view
        .incidents
        .iter()
        .map(|of| Sheet::single(of.path(), incident::page(view, of)));
    let planned = view
        .maintenances
        .iter()
        .map(|of| Sheet::single(of.path(), maintenance::page(view, of)));
    components.chain(incidents).chain(planned)
}

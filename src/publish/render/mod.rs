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
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::publish::document::{Document, Effort, Kind};
use crate::publish::snapshot::{Made, NOT_FOUND, Snapshot};
use crate::publish::view::{ComponentView, IncidentView, MaintenanceView, PublicView};

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
    let singles = Pile::of(singles(view));
    if singles.things.len() <= WORTH_A_THREAD {
        let mut documents = compressed(shared(view));
        documents.extend(compressed(singles.sheets(view)));
        return Snapshot::new(documents, made);
    }
    let documents = std::thread::scope(|scope| {
        let beside = scope.spawn(|| compressed(singles.sheets(view)));
        let mut documents = compressed(shared(view));
        documents.extend(compressed(singles.sheets(view)));
        // A panic there is a panic here: the caller keeps the last good snapshot.
        documents.extend(
            beside
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        );
        documents
    });
    Snapshot::new(documents, made)
}

/// Something that has a page of its own.
enum Single<'a> {
    Component(&'a ComponentView),
    Incident(&'a IncidentView),
    Planned(&'a MaintenanceView),
}

/// Single pages to be made; whoever has a hand free takes the next.
struct Pile<'a> {
    things: Vec<Single<'a>>,
    taken: AtomicUsize,
}

impl<'a> Pile<'a> {
    fn of(things: impl Iterator<Item = Single<'a>>) -> Self {
        Self {
            things: things.collect(),
            taken: AtomicUsize::new(0),
        }
    }

    fn sheets(&self, view: &PublicView) -> impl Iterator<Item = Sheet> {
        let next = || self.things.get(self.taken.fetch_add(1, Ordering::Relaxed));
        std::iter::from_fn(next).map(|single| single.sheet(view))
    }
}

impl Single<'_> {
    fn sheet(&self, view: &PublicView) -> Sheet {
        match self {
            Self::Component(of) => Sheet::single(of.path(), component::page(view, of)),
            Self::Incident(of) => Sheet::single(of.path(), incident::page(view, of)),
            Self::Planned(of) => Sheet::single(of.path(), maintenance::page(view, of)),
        }
    }
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

fn singles(view: &PublicView) -> impl Iterator<Item = Single<'_>> {
    let components = view.components().map(Single::Component);
    let incidents = view.incidents.iter().map(Single::Incident);
    let planned = view.maintenances.iter().map(Single::Planned);
    components.chain(incidents).chain(planned)
}

//! The snapshot: everything the public can read, rendered to bytes, immutable. Stop 7 of the
//! journey. Before: [`crate::domain::event`]; [`super::run()`] wakes for it. After: [`crate::notify::fan_out`] tells those
//! who asked; readers take it from [`super::shelf`].

use std::collections::HashMap;

use crate::domain::timestamp::Timestamp;
use crate::publish::document::Document;

/// The path of the page that says "not here"; no request path can be this.
pub const NOT_FOUND: &str = "404";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    documents: HashMap<String, Document>,
    /// The minute it was made in.
    pub generated_at: Timestamp,
    /// Read later than this, a copy is old.
    pub valid_until: Timestamp,
    /// The last committed event it knows.
    pub seq: i64,
}

impl Snapshot {
    #[must_use]
    pub const fn new(documents: HashMap<String, Document>, made: Made) -> Self {
        Self {
            documents,
            generated_at: made.at,
            valid_until: made.valid_until,
            seq: made.seq,
        }
    }

    /// The document at `path`, as in `/incidents/abc`.
    #[must_use]
    pub fn document(&self, path: &str) -> Option<&Document> {
        self.documents.get(path)
    }

    #[must_use]
    pub fn not_found(&self) -> Option<&Document> {
        self.documents.get(NOT_FOUND)
    }

    pub fn documents(&self) -> impl Iterator<Item = (&str, &Document)> {
        self.documents
            .iter()
            .map(|(path, document)| (path.as_str(), document))
    }
}

/// When and from what a snapshot was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    pub at: Timestamp,
    pub valid_until: Timestamp,
    pub seq: i64,
}

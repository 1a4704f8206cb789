//! The shelf: where readers find the present snapshot. Taking it never waits, also while it is exchanged.
//!
//! Public handlers hold a shelf and nothing else: no store, no configuration. What the page can show in an
//! outage of ours is exactly what stands here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::domain::timestamp::Timestamp;
use crate::publish::file::{self, FileError};
use crate::publish::snapshot::{Made, Snapshot};

/// The file's name in the data directory.
const FILE: &str = "snapshot.bin";

#[derive(Debug)]
pub struct Shelf(ArcSwap<Snapshot>);

impl Shelf {
    /// A shelf with nothing on it yet.
    #[must_use]
    pub fn empty() -> Self {
        let nothing = Made {
            at: Timestamp::default(),
            valid_until: Timestamp::default(),
            seq: 0,
        };
        Self::holding(Snapshot::new(std::collections::HashMap::new(), nothing))
    }

    #[must_use]
    pub fn holding(snapshot: Snapshot) -> Self {
        Self(ArcSwap::from_pointee(snapshot))
    }

    /// What was shown when the process last ended, or the one before it when that file is damaged. None when
    /// there is neither: then the first render says `unknown`.
    #[must_use]
    pub fn kept(data_dir: &Path) -> Option<Snapshot> {
        let path = path_in(data_dir);
        [path.clone(), file::previous(&path)].iter().find_map(|path| match file::read(path) {
            Ok(snapshot) => Some(snapshot),
            Err(FileError::Missing) => None,
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "a kept snapshot cannot be used");
                None
            }
        })
    }

    /// The kept file itself, for whoever wants to know whether it is good.
    ///
    /// # Errors
    /// [`FileError`]: there is none, or it cannot be used.
    pub fn read_kept(data_dir: &Path) -> Result<Snapshot, FileError> {
        file::read(&path_in(data_dir))
    }

    #[must_use]
    pub fn load(&self) -> Arc<Snapshot> {
        self.0.load_full()
    }

    /// The same without counting a reference: for the time of one answer.
    pub fn peek(&self) -> Guard<Arc<Snapshot>> {
        self.0.load()
    }

    pub fn put(&self, snapshot: Arc<Snapshot>) {
        self.0.store(snapshot);
    }
}

/// Writes a snapshot where [`Shelf::kept`] looks for it.
///
/// # Errors
/// The directory cannot be written; what was there stays.
pub fn keep(snapshot: &Snapshot, data_dir: &Path) -> Result<(), FileError> {
    file::write(snapshot, &path_in(data_dir))
}

fn path_in(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

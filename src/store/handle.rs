//! The handle everyone holds: cheap to clone, asynchronous in front, threads behind.

use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use async_channel::Sender;
use tokio::sync::{oneshot, watch};

use crate::store::dialect::Conn;
use crate::store::error::StoreError;
use crate::store::job::{Answer, Job, Reading, Writing};
use crate::store::open::{Access, Target};
use crate::store::threads::{Session, serve_alone, serve_together};
use crate::store::tx::Tx;
use crate::store::{ledger, migrate};

/// Requests that may wait in line; past this the caller waits to be let in.
const LINE: usize = 1024;

/// How long a caller waits for an answer. Longer than a statement may take on PostgreSQL and than SQLite waits for
/// a lock held by another process, so that the database's own word comes first.
const DEADLINE: Duration = Duration::from_secs(30);

/// Which database, and how many threads read it.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// `sqlite:data/allclear.db` or `postgres://user@host/db`.
    pub url: String,
    /// Backups before a migration go to `backups/` in here.
    pub data_dir: PathBuf,
    /// Reader threads on SQLite; all threads on PostgreSQL. At least one.
    pub readers: usize,
}

/// The database, as the rest of the program sees it.
#[derive(Clone)]
pub struct Store {
    reads: Sender<Box<dyn Job>>,
    writes: Sender<Box<dyn Job>>,
    ledger: Arc<watch::Sender<i64>>,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Store {
    /// Connects, migrates and starts the threads. Blocks; call it before serving or on a blocking thread.
    ///
    /// # Errors
    /// The database is out of reach, or newer than this program.
    pub fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        let target = Target::parse(&options.url)?;
        if let Target::Sqlite(path) = &target {
            make_room_for(path)?;
        }
        let mut first = target.connect_first()?;
        migrate::migrate(&mut first, &options.data_dir.join("backups"))?;
        let last = ledger::last_seq(&mut first)?;
        drop(first);
        let (reads, read_line) = async_channel::bounded(LINE);
        let mut store = Self {
            reads: reads.clone(),
            writes: reads,
            ledger: Arc::new(watch::Sender::new(last)),
            threads: Arc::default(),
        };
        for number in 0..options.readers.max(1) {
            let session = Session::new(target.clone(), Access::Reads);
            let line = read_line.clone();
            store.start(format!("store-{number}"), move |ledger| {
                serve_alone(session, &line, ledger);
            })?;
        }
        if matches!(target, Target::Sqlite(_)) {
            let (writes, line) = async_channel::bounded(LINE);
            store.writes = writes;
            let session = Session::new(target, Access::Writes);
            store.start("store-writer".to_owned(), move |ledger| {
                serve_together(session, &line, ledger);
            })?;
        }
        Ok(store)
    }

    /// Reads one consistent snapshot. What `f` writes is refused by the database.
    pub async fn read<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, waiting) = Answer::new();
        ask(&self.reads, Box::new(Reading { work: f, answer }), waiting).await
    }

    /// Resolves after the commit. `f` may run again on PostgreSQL, so it changes nothing but the database.
    ///
    /// An [`StoreError::Unavailable`] may hide a commit whose answer was lost; every other error means that
    /// nothing was changed.
    pub async fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, waiting) = Answer::new();
        ask(&self.writes, Box::new(Writing { work: f, answer }), waiting).await
    }

    /// The last event committed by this process. Subscribe before looking at the ledger, and poll slowly besides.
    pub fn ledger_watch(&self) -> watch::Receiver<i64> {
        self.ledger.subscribe()
    }

    /// Takes nothing new, finishes what waits, and joins the threads.
    pub async fn close(&self) {
        self.reads.close();
        self.writes.close();
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let joined = tokio::task::spawn_blocking(move || {
            threads
                .into_iter()
                .map(JoinHandle::join)
                .filter(Result::is_err)
                .count()
        });
        if joined.await.is_ok_and(|panicked| panicked > 0) {
            tracing::error!("a thread of the store ended by a panic");
        }
    }

    #[cfg(test)]
    pub(super) fn waiting_writes(&self) -> usize {
        self.writes.len()
    }

    fn start(
        &self,
        name: String,
        serve: impl FnOnce(&watch::Sender<i64>) + Send + 'static,
    ) -> Result<(), StoreError> {
        let ledger = Arc::clone(&self.ledger);
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(move || serve(&ledger))
            .map_err(|error| StoreError::Unavailable(format!("no thread: {error}")))?;
        self.threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(thread);
        Ok(())
    }
}

async fn ask<T>(
    line: &Sender<Box<dyn Job>>,
    job: Box<dyn Job>,
    waiting: oneshot::Receiver<Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let answered = tokio::time::timeout(DEADLINE, async {
        line.send(job)
            .await
            .map_err(|_| StoreError::Unavailable("the store is closed".to_owned()))?;
        waiting
            .await
            .map_err(|_| StoreError::Unavailable("the store ended before it answered".to_owned()))?
    });
    answered.await.unwrap_or_else(|_| {
        Err(StoreError::Unavailable(format!(
            "no answer within {} s",
            DEADLINE.as_secs()
        )))
    })
}

/// The file is made here, so that it is private from its first byte; SQLite gives its journal the same mode.
fn make_room_for(path: &std::path::Path) -> Result<(), StoreError> {
    let unwritable = |error: std::io::Error| {
        StoreError::Unavailable(format!("`{}` cannot be opened: {error}", path.display()))
    };
    if let Some(folder) = path.parent()
        && !folder.as_os_str().is_empty()
    {
        std::fs::create_dir_all(folder).map_err(unwritable)?;
    }
    if path.exists() {
        return Ok(());
    }
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(unwritable)
}

//! Threads that own the connections. SQLite has one writer, which commits everyone waiting together, and readers
//! that cannot write; PostgreSQL has threads alike, each transaction serialisable and tried again on collision.
//!
//! A thread outlives whatever happens to its connection: it sheds a broken one and makes another when asked next.

use std::time::Duration;

use async_channel::Receiver;
use diesel::Connection;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use tokio::sync::watch;

use crate::entropy;
use crate::store::dialect::Conn;
use crate::store::error::StoreError;
use crate::store::job::{Job, Kind, attempt};
use crate::store::open::{Access, Target};

/// How many waiting writes share one commit: bounds the time the first of them waits for the last.
const GROUP: usize = 256;

/// How often a colliding PostgreSQL transaction is tried: with eight threads on one row, each round lets one through.
const ATTEMPTS: u32 = 24;

/// A connection and how to make it again.
pub(super) struct Session {
    target: Target,
    access: Access,
    conn: Option<Conn>,
}

impl Session {
    pub(super) fn new(target: Target, access: Access) -> Self {
        Self {
            target,
            access,
            conn: None,
        }
    }

    pub(super) fn ready(&mut self) -> Result<&mut Conn, StoreError> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.target.connect(self.access)?,
        };
        Ok(self.conn.insert(conn))
    }

    /// Drops a connection that is not usable any more.
    fn shed_if_broken(&mut self, error: &StoreError) {
        let broken = self.conn.as_mut().is_some_and(|conn| {
            <Conn as Connection>::TransactionManager::is_broken_transaction_manager(conn)
        });
        if broken || matches!(error, StoreError::Unavailable(_)) {
            self.conn = None;
        }
    }
}

/// Serves jobs one by one until the channel is closed and empty.
pub(super) fn serve_alone(
    mut session: Session,
    jobs: &Receiver<Box<dyn Job>>,
    ledger: &watch::Sender<i64>,
) {
    while let Ok(mut job) = jobs.recv_blocking() {
        if !job.is_awaited() {
            continue;
        }
        let result = persist(&mut session, job.as_mut());
        job.settle(result.map(|highest| announce(ledger, highest)));
    }
}

/// SQLite's writer: everything that waits is one transaction, a savepoint each.
pub(super) fn serve_together(
    mut session: Session,
    jobs: &Receiver<Box<dyn Job>>,
    ledger: &watch::Sender<i64>,
) {
    while let Ok(first) = jobs.recv_blocking() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(next) = jobs.try_recv()
        {
            group.push(next);
        }
        group.retain(|job| job.is_awaited());
        if group.is_empty() {
            continue;
        }
        match run_together(&mut session, &mut group) {
            Ok(results) => {
                announce(ledger, results.iter().flatten().copied().max().unwrap_or(0));
                for (job, result) in group.into_iter().zip(results) {
                    job.settle(result.map(|_| ()));
                }
            }
            Err(error) => {
                session.shed_if_broken(&error);
                for job in group {
                    job.settle(Err(error.clone()));
                }
            }
        }
    }
}

/// Wakes the ledger's readers; only ever called after a commit.
fn announce(ledger: &watch::Sender<i64>, highest: i64) {
    ledger.send_if_modified(|known| {
        let is_news = highest > *known;
        *known = (*known).max(highest);
        is_news
    });
}

/// One transaction for the whole group. `Err` means that nothing of it was committed.
fn run_together(
    session: &mut Session,
    group: &mut [Box<dyn Job>],
) -> Result<Vec<Result<i64, StoreError>>, StoreError> {
    let conn = session.ready()?;
    begin(conn, Kind::Write)?;
    let mut results = Vec::with_capacity(group.len());
    for job in group {
        let result = in_savepoint(conn, job.as_mut());
        // A full disk or a failed write makes SQLite roll back the whole transaction behind our back; what ran
        // before is gone with it, so everyone is told and nobody runs outside a transaction.
        if let Err(error) = &result
            && error.is_passing()
        {
            let error = error.clone();
            rollback(conn);
            return Err(error);
        }
        results.push(result);
    }
    commit(conn)?;
    Ok(results)
}

fn in_savepoint(conn: &mut Conn, job: &mut dyn Job) -> Result<i64, StoreError> {
    <Conn as Connection>::TransactionManager::begin_transaction(conn)?;
    match attempt(conn, job) {
        Ok(highest) => commit(conn).map(|()| highest),
        Err(error) => {
            rollback(conn);
            Err(error)
        }
    }
}

/// Why one try came to nothing, by whether trying again is safe.
enum Failure {
    /// Nothing was changed.
    Clean(StoreError),
    /// The commit was sent and no answer came.
    Uncertain(StoreError),
}

fn persist(session: &mut Session, job: &mut dyn Job) -> Result<i64, StoreError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let failure = match run_alone(session, job) {
            Ok(highest) => return Ok(highest),
            Err(failure) => failure,
        };
        let (error, is_clean) = match failure {
            Failure::Clean(error) => (error, true),
            Failure::Uncertain(error) => (error, false),
        };
        session.shed_if_broken(&error);
        if !(is_clean && is_worth_another(&error, &session.target, tries) && job.is_awaited()) {
            return Err(error);
        }
    }
}

/// A collision is tried again after a short random pause; a lost connection once, on a new one.
fn is_worth_another(error: &StoreError, target: &Target, tries: u32) -> bool {
    match (error, target) {
        (StoreError::Busy, Target::Postgres(_)) if tries < ATTEMPTS => {
            std::thread::sleep(entropy::jitter(Duration::from_millis(1 << tries.min(7))));
            true
        }
        (StoreError::Unavailable(_), _) => tries == 1,
        _ => false,
    }
}

fn run_alone(session: &mut Session, job: &mut dyn Job) -> Result<i64, Failure> {
    let kind = job.kind();
    let conn = session.ready().map_err(Failure::Clean)?;
    begin(conn, kind).map_err(Failure::Clean)?;
    match attempt(conn, job) {
        Ok(highest) => commit(conn).map(|()| highest).map_err(|error| match error {
            // The server said no: a collision found at the last moment.
            StoreError::Unavailable(_) => Failure::Uncertain(error),
            said => Failure::Clean(said),
        }),
        Err(error) => {
            rollback(conn);
            Err(Failure::Clean(error))
        }
    }
}

/// SQLite's writer takes its lock up front: a deferred transaction that reads first fails at once when another
/// writer came in between. A read is one consistent snapshot on both.
fn begin(conn: &mut Conn, kind: Kind) -> Result<(), StoreError> {
    match (conn, kind) {
        (Conn::Sqlite(inner), Kind::Read) => {
            AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN")
        }
        (Conn::Sqlite(inner), Kind::Write) => {
            AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN IMMEDIATE")
        }
        (Conn::Pg(inner), Kind::Read) => AnsiTransactionManager::begin_transaction_sql(
            inner,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        ),
        (Conn::Pg(inner), Kind::Write) => AnsiTransactionManager::begin_transaction_sql(
            inner,
            "BEGIN ISOLATION LEVEL SERIALIZABLE",
        ),
    }
    .map_err(StoreError::from)
}

fn commit(conn: &mut Conn) -> Result<(), StoreError> {
    Ok(<Conn as Connection>::TransactionManager::commit_transaction(conn)?)
}

/// A rollback that fails leaves the connection marked broken, and the session sheds it.
fn rollback(conn: &mut Conn) {
    if let Err(error) = <Conn as Connection>::TransactionManager::rollback_transaction(conn) {
        tracing::debug!(%error, "a rollback failed, the connection is replaced");
    }
}

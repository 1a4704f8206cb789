//! One request on its way to a thread: a closure, its result, and the caller who waits for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::Connection;
use diesel::connection::TransactionManager;
use tokio::sync::oneshot;

use crate::store::dialect::Conn;
use crate::store::error::StoreError;
use crate::store::tx::Tx;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
}

pub(super) trait Job: Send {
    fn kind(&self) -> Kind;
    /// False once the caller has gone: what has not begun need not begin.
    fn is_awaited(&self) -> bool;
    /// Does the work inside the transaction that the thread began, and answers the highest event appended.
    fn run(&mut self, conn: &mut Conn) -> Result<i64, StoreError>;
    /// Tells the caller, after the commit or instead of it.
    fn settle(self: Box<Self>, committed: Result<(), StoreError>);
}

pub(super) struct Reading<T, F> {
    pub(super) work: F,
    pub(super) answer: Answer<T>,
}

pub(super) struct Writing<T, F> {
    pub(super) work: F,
    pub(super) answer: Answer<T>,
}

/// The value once there is one, and who is waiting for it.
pub(super) struct Answer<T> {
    value: Option<T>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<T> Answer<T> {
    pub(super) fn new() -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (caller, waiting) = oneshot::channel();
        (
            Self {
                value: None,
                caller,
            },
            waiting,
        )
    }

    fn send(self, committed: Result<(), StoreError>) {
        let result = committed.and_then(|()| {
            self.value
                .ok_or_else(|| StoreError::Database("a request ended without a result".to_owned()))
        });
        // A caller who has gone does not want to know.
        drop(self.caller.send(result));
    }
}

impl<T, F> Job for Reading<T, F>
where
    T: Send,
    F: Fn(&mut Conn) -> Result<T, StoreError> + Send,
{
    fn kind(&self) -> Kind {
        Kind::Read
    }

    fn is_awaited(&self) -> bool {
        !self.answer.caller.is_closed()
    }

    fn run(&mut self, conn: &mut Conn) -> Result<i64, StoreError> {
        self.answer.value = Some((self.work)(conn)?);
        Ok(0)
    }

    fn settle(self: Box<Self>, committed: Result<(), StoreError>) {
        self.answer.send(committed);
    }
}

impl<T, F> Job for Writing<T, F>
where
    T: Send,
    F: Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send,
{
    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn is_awaited(&self) -> bool {
        !self.answer.caller.is_closed()
    }

    fn run(&mut self, conn: &mut Conn) -> Result<i64, StoreError> {
        let mut tx = Tx::new(conn);
        self.answer.value = Some((self.work)(&mut tx)?);
        Ok(tx.highest())
    }

    fn settle(self: Box<Self>, committed: Result<(), StoreError>) {
        self.answer.send(committed);
    }
}

/// Runs a job so that a panic in it costs neither the thread nor the neighbours in its group: open savepoints are
/// rolled back to where they were (Diesel does not unwind them).
pub(super) fn attempt(conn: &mut Conn, job: &mut dyn Job) -> Result<i64, StoreError> {
    let before = depth(conn);
    catch_unwind(AssertUnwindSafe(|| job.run(conn))).unwrap_or_else(|_| {
        for _ in before..depth(conn) {
            drop(<Conn as Connection>::TransactionManager::rollback_transaction(conn));
        }
        Err(StoreError::Database("a request panicked".to_owned()))
    })
}

fn depth(conn: &mut Conn) -> u32 {
    <Conn as Connection>::TransactionManager::transaction_manager_status_mut(conn)
        .transaction_depth()
        .ok()
        .flatten()
        .map_or(0, u32::from)
}

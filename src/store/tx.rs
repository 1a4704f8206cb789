//! A write in progress: the connection inside a transaction, and what has to be told after its commit.

use std::ops::{Deref, DerefMut};

use crate::store::dialect::Conn;

/// Handed to the closure of [`crate::store::Store::write`]. Dereferences to [`Conn`].
pub struct Tx<'a> {
    conn: &'a mut Conn,
    highest: i64,
}

impl<'a> Tx<'a> {
    pub(super) fn new(conn: &'a mut Conn) -> Self {
        Self { conn, highest: 0 }
    }

    /// Remembers an event, so that the ledger's readers are woken once it is committed.
    pub(super) fn appended(&mut self, seq: i64) {
        self.highest = self.highest.max(seq);
    }

    /// The highest event appended, 0 for none.
    pub(super) const fn highest(&self) -> i64 {
        self.highest
    }
}

impl Deref for Tx<'_> {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.conn
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
    }
}

//! REMEMBERING. The only folder that says `diesel`: one file per table family, [`views`] for reads that join.
//!
//! A function that writes takes `tx: &mut Tx<'_>` and runs inside [`Store::write`]; one that reads takes
//! `conn: &mut Conn` and runs inside [`Store::read`] or a write (a `&mut Tx` coerces to it). Neither knows which
//! database it speaks to, nor what time it is. Each ends as our types: rows never leave their file.
//!
//! How to add a table: a migration of the same name in both directories, its `table!` in `schema.rs`, one file here
//! with its row struct at the bottom ([`ledger`] is the example). Where a query does not compile on both databases,
//! `dialect.rs` has the three ways out.

pub mod ledger;

pub mod estate;
pub mod interval;
pub mod meta;
pub mod observation;
pub mod state;

pub mod incident;
pub mod maintenance;
pub mod pin;

pub mod heartbeat;

pub mod subscriber;

pub mod delivery;
pub mod fan_out;
pub mod rate_limit;
pub mod settlement;

pub mod operator;
pub mod session;
pub mod setup;
pub mod token;

pub mod lease;
pub mod retention;

pub mod views;

pub mod column;
pub mod dialect;
pub mod schema;

mod backup;
mod error;
mod handle;
mod job;
mod migrate;
mod open;
mod threads;
mod tx;

#[cfg(test)]
mod faults;
#[cfg(test)]
pub(crate) mod for_tests;
#[cfg(test)]
mod schema_in_step;

pub use backup::back_up;
pub use dialect::Conn;
pub use error::StoreError;
pub use handle::{Store, StoreOptions};
pub use lease::{DataDirLock, LockError};
pub use retention::Retention;
pub use tx::Tx;

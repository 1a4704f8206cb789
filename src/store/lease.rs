//! One server at a time: a lease row for the database, a file lock for the data directory.
//!
//! The row keeps a second server off the same PostgreSQL database; its times are that database's own, so that two
//! machines need not agree what time it is. The file lock keeps a second process off the same directory, and goes
//! with the process however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::domain::timestamp::Timestamp;
use crate::store::dialect::Conn;
use crate::store::error::StoreError;
use crate::store::schema::lease;
use crate::store::tx::Tx;

/// Who wants to hold what, for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What is held, as in `server`.
    pub name: String,
    /// Who holds it: one name for each run of the program, as in `host:pid:random`.
    pub holder: String,
    pub span: Duration,
}

/// Takes a lease or renews one's own, and answers its fence: a number that grows with every new holder.
///
/// # Errors
/// [`StoreError::Refused`], naming the holder, while someone else has it. A holder whose renewal is refused has lost
/// the lease and must stop.
pub fn take(tx: &mut Tx<'_>, claim: &Claim, now: Timestamp) -> Result<i64, StoreError> {
    let conn: &mut Conn = tx;
    let now = database_now(conn, now)?;
    let span = i64::try_from(claim.span.as_millis()).unwrap_or(i64::MAX);
    let until = now.saturating_add(span);
    let held = lease::table
        .find(&claim.name)
        .select((lease::holder, lease::fence, lease::lease_until))
        .first::<(String, i64, i64)>(conn)
        .optional()?;
    let Some((holder, fence, held_until)) = held else {
        diesel::insert_into(lease::table)
            .values((
                lease::name.eq(&claim.name),
                lease::holder.eq(&claim.holder),
                lease::fence.eq(1),
                lease::lease_until.eq(until),
            ))
            .execute(conn)?;
        return Ok(1);
    };
    let is_own = holder == claim.holder;
    if !is_own && held_until > now {
        return Err(StoreError::Refused(format!(
            "another server, {holder}, holds this database; its lease ends in {} s unless it is renewed",
            (held_until - now) / 1000
        )));
    }
    let fence = if is_own { fence } else { fence + 1 };
    diesel::update(lease::table.find(&claim.name))
        .set((
            lease::holder.eq(&claim.holder),
            lease::fence.eq(fence),
            lease::lease_until.eq(until),
        ))
        .execute(conn)?;
    Ok(fence)
}

/// Lets go of one's own lease, so that the next server need not wait; someone else's is left alone.
pub fn release(tx: &mut Tx<'_>, name: &str, holder: &str) -> Result<(), StoreError> {
    let conn: &mut Conn = tx;
    // The row stays with its fence, which must never go back.
    diesel::update(lease::table.find(name))
        .filter(lease::holder.eq(holder))
        .set(lease::lease_until.eq(0))
        .execute(conn)?;
    Ok(())
}

/// SQLite is on this machine and has this machine's time.
fn database_now(conn: &mut Conn, now: Timestamp) -> Result<i64, StoreError> {
    match conn {
        Conn::Sqlite(_) => Ok(now.as_millis()),
        Conn::Pg(inner) => Ok(diesel::select(sql::<BigInt>(
            "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        ))
        .get_result(inner)?),
    }
}

/// The data directory cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("data directory `{}` is in use by process {process}", folder.display())]
    InUse { folder: PathBuf, process: String },
    #[error("data directory `{}` cannot be used: {error}", folder.display())]
    Unusable {
        folder: PathBuf,
        error: std::io::Error,
    },
}

/// Held for as long as this process uses its data directory; the system takes it back when the process ends.
#[derive(Debug)]
pub struct DataDirLock {
    _file: File,
}

impl DataDirLock {
    /// Makes the directory if there is none, readable by its owner only, and locks it.
    ///
    /// # Errors
    /// [`LockError::InUse`] while another process holds it.
    pub fn take(data_dir: &Path) -> Result<Self, LockError> {
        let unusable = |error| LockError::Unusable {
            folder: data_dir.to_owned(),
            error,
        };
        make_private_folder(data_dir).map_err(unusable)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(data_dir.join("lock"))
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::InUse {
                    folder: data_dir.to_owned(),
                    process: process_in(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()))
            .and_then(|()| file.flush())
            .map_err(unusable)?;
        Ok(Self { _file: file })
    }
}

fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

/// What the holder wrote; it may be about to.
fn process_in(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) if !text.is_empty() => text,
        Ok(_) | Err(_) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::store::for_tests::each_database;

    async fn take_as(store: &Store, holder: &str, now: i64) -> Result<i64, StoreError> {
        let claim = Claim {
            name: "server".to_owned(),
            holder: holder.to_owned(),
            span: Duration::from_secs(30),
        };
        store
            .write(move |tx| take(tx, &claim, Timestamp::from_seconds(now)))
            .await
    }

    #[tokio::test]
    async fn a_second_server_is_refused_until_the_first_lets_go() {
        each_database(async |store| {
            assert_eq!(take_as(&store, "one", 0).await, Ok(1));
            assert_eq!(take_as(&store, "one", 10).await, Ok(1), "renewed");

            let refused = take_as(&store, "two", 11).await.unwrap_err();
            assert!(refused.to_string().contains("one"), "{refused}");

            store
                .write(|tx| release(tx, "server", "one"))
                .await
                .unwrap();
            assert_eq!(take_as(&store, "two", 12).await, Ok(2));
            assert!(take_as(&store, "one", 13).await.is_err(), "lost is lost");
        })
        .await;
    }

    #[test]
    fn a_data_directory_has_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        let first = DataDirLock::take(&data_dir).unwrap();

        let refused = DataDirLock::take(&data_dir).unwrap_err().to_string();
        assert!(
            refused.ends_with(&format!("in use by process {}", std::process::id())),
            "{refused}"
        );

        drop(first);
        DataDirLock::take(&data_dir).unwrap();
    }
}

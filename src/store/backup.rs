//! Copies of a database, made while it is in use, that only their owner reads.

use std::fs::OpenOptions;
use std::io::Error;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use diesel::sql_types::Text;
use diesel::{RunQueryDsl, SqliteConnection, sql_query};

use crate::store::dialect::Conn;
use crate::store::error::StoreError;
use crate::store::handle::StoreOptions;
use crate::store::open::{Access, Target};

/// Copies the database to a file, with or without a server running on it. Blocks.
///
/// # Errors
/// [`StoreError::Refused`] on PostgreSQL, whose own tools do this better.
pub fn back_up(options: &StoreOptions, to: &Path) -> Result<(), StoreError> {
    let target = Target::parse(&options.url)?;
    // Connecting would make an empty one.
    if let Target::Sqlite(path) = &target
        && !path.exists()
    {
        return Err(StoreError::NotFound(format!(
            "database `{}`",
            path.display()
        )));
    }
    match target.connect(Access::Writes)? {
        Conn::Sqlite(mut conn) => copy_sqlite(&mut conn, to),
        Conn::Pg(_) => Err(StoreError::Refused(
            "a PostgreSQL database is backed up with `pg_dump`".to_owned(),
        )),
    }
}

/// Copies a whole SQLite database; the file is there in full or not at all.
pub(super) fn copy_sqlite(conn: &mut SqliteConnection, to: &Path) -> Result<(), StoreError> {
    let partial = to.with_extension("partial");
    begin_file(&partial).map_err(|error| not_written(&partial, &error))?;
    sql_query("VACUUM INTO ?")
        .bind::<Text, _>(partial.to_string_lossy())
        .execute(conn)?;
    std::fs::File::open(&partial)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(&partial, to))
        .map_err(|error| not_written(to, &error))
}

/// Private from its first byte, because it holds addresses and sealed secrets; empty, because SQLite writes over
/// nothing else (also not over what an interrupted copy left).
fn begin_file(path: &Path) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map(drop)
}

fn not_written(path: &Path, error: &Error) -> StoreError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return StoreError::Full;
    }
    StoreError::Unavailable(format!("`{}` cannot be written: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::store::for_tests::TestDatabase;
    use crate::store::{Store, meta};

    #[tokio::test]
    async fn a_copy_made_while_the_store_is_open_opens_and_is_private() {
        let database = TestDatabase::sqlite();
        let store = database.open();
        store.write(|tx| meta::set(tx, "a", "1")).await.unwrap();
        let to = database.options.data_dir.join("copies/one.db");
        for _ in 0..2 {
            back_up(&database.options, &to).unwrap();
        }

        let mode = std::fs::metadata(&to).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let url = format!("sqlite:{}", to.display());
        let copy = Store::open(&StoreOptions {
            url,
            ..database.options.clone()
        })
        .unwrap();
        let value = copy.read(|conn| meta::by_key(conn, "a")).await;
        assert_eq!(value, Ok(Some("1".to_owned())));
    }
}

//! A whole copy of the database, asked for.

use std::path::{Path, PathBuf};

use crate::store::dialect::Conn;
use crate::store::error::StoreError;
use crate::store::migrate;

/// Writes a consistent copy to `to`, while the server goes on, and answers where it is.
///
/// # Errors
/// [`StoreError::Refused`] on PostgreSQL, whose own tools do this.
pub fn write_copy(conn: &mut Conn, to: &Path) -> Result<PathBuf, StoreError> {
    match conn {
        Conn::Sqlite(inner) => migrate::backup_sqlite(inner, to),
        Conn::Pg(_) => Err(StoreError::Refused(
            "a PostgreSQL database is copied by its own tools: `pg_dump --format=custom`"
                .to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::for_tests::TestDatabase;
    use crate::store::{Store, StoreOptions, ledger};

    #[tokio::test]
    async fn a_copy_opens_as_a_database_of_its_own() {
        let database = TestDatabase::sqlite();
        let store = database.open();
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("copy.db");
        let place = to.clone();

        let written = store.read(move |conn| write_copy(conn, &place)).await;

        assert_eq!(written, Ok(to.clone()));
        let copy = Store::open(&StoreOptions {
            url: format!("sqlite:{}", to.display()),
            data_dir: folder.path().to_owned(),
            readers: 1,
        });
        let last = copy.unwrap().read(ledger::last_seq).await;
        assert_eq!(last, Ok(0));
        store.close().await;
    }
}

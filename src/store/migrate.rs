//! Bringing a database to this program's schema: with a backup first, one process at a time, and never backwards.

use std::path::Path;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use diesel::{PgConnection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::store::backup;
use crate::store::dialect::Conn;
use crate::store::error::StoreError;

pub(super) const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
pub(super) const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number will do, as long as every Allclear uses the same: it is "allclear" in ASCII.
const ADVISORY_LOCK: i64 = 0x616c_6c63_6c65_6172;

/// Brings the schema up to date.
///
/// # Errors
/// [`StoreError::Refused`] when the database was made by a newer program.
pub(super) fn migrate(conn: &mut Conn, backups: &Path) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(inner) => migrate_sqlite(inner, backups, SQLITE),
        Conn::Pg(inner) => migrate_postgres(inner),
    }
}

fn migrate_sqlite<S>(
    conn: &mut SqliteConnection,
    backups: &Path,
    source: S,
) -> Result<(), StoreError>
where
    S: MigrationSource<Sqlite>,
{
    let applied = applied(conn)?;
    let known = known(&source)?;
    refuse_newer(&applied, &known)?;
    if applied.len() == known.len() {
        return Ok(());
    }
    if let Some(version) = applied.last() {
        let to = backups.join(format!("before-migration-from-{version}.db"));
        backup::copy_sqlite(conn, &to)?;
        tracing::info!(backup.path = %to.display(), "copied the database before migrating it");
    }
    conn.run_pending_migrations(source).map_err(failed)?;
    Ok(())
}

fn migrate_postgres(conn: &mut PgConnection) -> Result<(), StoreError> {
    // Waiting for another node and rebuilding a table take as long as they take.
    conn.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0;")?;
    conn.batch_execute(&format!("SELECT pg_advisory_lock({ADVISORY_LOCK})"))?;
    let result = migrate_locked_postgres(conn);
    conn.batch_execute(&format!("SELECT pg_advisory_unlock({ADVISORY_LOCK})"))?;
    result
}

fn migrate_locked_postgres(conn: &mut PgConnection) -> Result<(), StoreError> {
    let known = known::<Pg>(&POSTGRES)?;
    refuse_newer(&applied(conn)?, &known)?;
    conn.run_pending_migrations(POSTGRES).map_err(failed)?;
    Ok(())
}

/// Versions the database has, oldest first.
fn applied<C, DB>(conn: &mut C) -> Result<Vec<String>, StoreError>
where
    C: MigrationHarness<DB>,
    DB: Backend,
{
    let mut versions: Vec<String> = conn
        .applied_migrations()
        .map_err(failed)?
        .into_iter()
        .map(|version| version.to_string())
        .collect();
    versions.sort();
    Ok(versions)
}

/// Versions this program knows, oldest first.
pub(super) fn known<DB: Backend>(
    migrations: &impl MigrationSource<DB>,
) -> Result<Vec<String>, StoreError> {
    let found: Vec<Box<dyn Migration<DB>>> = migrations.migrations().map_err(failed)?;
    let mut versions: Vec<String> = found
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    versions.sort();
    Ok(versions)
}

fn refuse_newer(applied: &[String], known: &[String]) -> Result<(), StoreError> {
    let Some(stranger) = applied
        .iter()
        .rev()
        .find(|version| !known.contains(version))
    else {
        return Ok(());
    };
    let newest = known.last().map_or("none", String::as_str);
    Err(StoreError::Refused(format!(
        "the database has schema version {stranger}, this program knows up to {newest}: \
         start a newer program, or restore the backup made before the migration"
    )))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::of_message(&format!("the migration failed: {error}"))
}

#[cfg(test)]
mod tests {
    use diesel::Connection;
    use diesel_migrations::FileBasedMigrations;

    use super::*;

    #[test]
    fn a_database_with_something_in_it_is_copied_before_it_is_migrated() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        for (set, version, sql) in [
            (
                &one,
                "2026-01-01-000001_first",
                "CREATE TABLE thing (a TEXT)",
            ),
            (
                &two,
                "2026-01-01-000001_first",
                "CREATE TABLE thing (a TEXT)",
            ),
            (
                &two,
                "2026-01-02-000001_second",
                "ALTER TABLE thing ADD b TEXT",
            ),
        ] {
            std::fs::create_dir_all(set.join(version)).unwrap();
            std::fs::write(set.join(version).join("up.sql"), sql).unwrap();
        }
        let from = |set: &Path| FileBasedMigrations::from_path(set).unwrap();
        let backups = folder.path().join("backups");
        let path = folder.path().join("a.db");
        let mut conn = SqliteConnection::establish(&path.to_string_lossy()).unwrap();

        migrate_sqlite(&mut conn, &backups, from(&one)).unwrap();
        assert!(!backups.exists(), "an empty database needs no copy");
        conn.batch_execute("INSERT INTO thing VALUES ('kept')")
            .unwrap();
        migrate_sqlite(&mut conn, &backups, from(&two)).unwrap();

        conn.batch_execute("SELECT b FROM thing").unwrap();
        let copy = backups.join("before-migration-from-20260101000001.db");
        let mut copy = SqliteConnection::establish(&copy.to_string_lossy()).unwrap();
        copy.batch_execute("SELECT a FROM thing").unwrap();
        assert!(
            copy.batch_execute("SELECT b FROM thing").is_err(),
            "the copy is older"
        );
        let back = migrate_sqlite(&mut conn, &backups, from(&one)).unwrap_err();
        assert!(back.to_string().contains("start a newer program"), "{back}");
    }
}

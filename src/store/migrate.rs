//! Bringing a database to this program's schema: with a backup first, one process at a time, and never backwards.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::{PgConnection, RunQueryDsl, SqliteConnection, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

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
        Conn::Sqlite(inner) => migrate_sqlite(inner, backups),
        Conn::Pg(inner) => migrate_postgres(inner),
    }
}

fn migrate_sqlite(conn: &mut SqliteConnection, backups: &Path) -> Result<(), StoreError> {
    let applied = applied(conn)?;
    let known = known::<diesel::sqlite::Sqlite>(&SQLITE)?;
    refuse_newer(&applied, &known)?;
    if applied.len() == known.len() {
        return Ok(());
    }
    if let Some(version) = applied.last() {
        let copy = backup_sqlite(
            conn,
            &backups.join(format!("before-migration-from-{version}.db")),
        )?;
        tracing::info!(backup.path = %copy.display(), "copied the database before migrating it");
    }
    conn.run_pending_migrations(SQLITE).map_err(failed)?;
    Ok(())
}

fn migrate_postgres(conn: &mut PgConnection) -> Result<(), StoreError> {
    conn.batch_execute(&format!("SELECT pg_advisory_lock({ADVISORY_LOCK})"))?;
    let result = migrate_locked_postgres(conn);
    conn.batch_execute(&format!("SELECT pg_advisory_unlock({ADVISORY_LOCK})"))?;
    result
}

fn migrate_locked_postgres(conn: &mut PgConnection) -> Result<(), StoreError> {
    let known = known::<diesel::pg::Pg>(&POSTGRES)?;
    refuse_newer(&applied(conn)?, &known)?;
    conn.run_pending_migrations(POSTGRES).map_err(failed)?;
    Ok(())
}

/// Copies a whole SQLite database, also while it is in use, to a file that only its owner reads.
pub(super) fn backup_sqlite(conn: &mut SqliteConnection, to: &Path) -> Result<PathBuf, StoreError> {
    let partial = to.with_extension("partial");
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(|error| not_written(to, &error))?;
    }
    // Left by a copy that was interrupted; SQLite refuses to write over it.
    if partial.exists() {
        std::fs::remove_file(&partial).map_err(|error| not_written(&partial, &error))?;
    }
    sql_query("VACUUM INTO ?")
        .bind::<diesel::sql_types::Text, _>(partial.to_string_lossy())
        .execute(conn)?;
    keep_private(&partial).map_err(|error| not_written(&partial, &error))?;
    std::fs::File::open(&partial)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(&partial, to))
        .map_err(|error| not_written(to, &error))?;
    Ok(to.to_owned())
}

/// Readable and writable by the owner alone: it holds addresses and sealed secrets.
pub(super) fn keep_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
}

fn not_written(path: &Path, error: &std::io::Error) -> StoreError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return StoreError::Full;
    }
    StoreError::Unavailable(format!("`{}` cannot be written: {error}", path.display()))
}

/// Versions the database has, oldest first.
fn applied<C, DB>(conn: &mut C) -> Result<Vec<String>, StoreError>
where
    C: MigrationHarness<DB>,
    DB: diesel::backend::Backend,
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
pub(super) fn known<DB: diesel::backend::Backend>(
    migrations: &EmbeddedMigrations,
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

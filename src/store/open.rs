//! Making a connection: which database a URL names, and what every connection is told first.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use crate::store::dialect::Conn;
use crate::store::error::StoreError;

/// Longer than any transaction of ours; an outside `sqlite3` session that holds the lock longer makes us say
/// [`StoreError::Busy`], and the caller comes again.
const SQLITE_CONNECTION: &str = "PRAGMA busy_timeout = 5000;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA temp_store = MEMORY;";

/// What the file itself keeps. Said once, before the first table: it takes the write lock, which a connection made
/// later (while someone else holds it) must not need.
const SQLITE_FILE: &str = "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;";

/// No statement of ours is slower than this; past it the server gives up and we say so.
const POSTGRES_SETTINGS: &str = "SET statement_timeout = '25s';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s';";

/// A peer that vanished without a word must not hold a thread: connect, keep alive and give up by these.
const POSTGRES_PARAMETERS: &str = "connect_timeout=5&keepalives_idle=15&keepalives_interval=5\
    &keepalives_count=3&tcp_user_timeout=20000&application_name=allclear";

/// The database a URL names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Sqlite(PathBuf),
    /// A libpq URL with our parameters added.
    Postgres(String),
}

impl Target {
    /// # Errors
    /// The URL names neither database.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(with_parameters(url)));
        }
        let path = url.strip_prefix("sqlite:").map(|rest| {
            // `sqlite:data/a.db`, `sqlite:/srv/a.db` and `sqlite:///srv/a.db` are all in use.
            rest.strip_prefix("//").unwrap_or(rest)
        });
        match path {
            Some(path) if !path.is_empty() && !path.starts_with(':') => {
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            Some(_) | None => Err(StoreError::Refused(
                "the database url names no database we know: write `sqlite:path/to/file.db` or `postgres://…`"
                    .to_owned(),
            )),
        }
    }

    /// The first connection, which may make the database.
    pub(super) fn connect_first(&self) -> Result<Conn, StoreError> {
        let mut conn = self.connect(Access::Writes)?;
        if let Conn::Sqlite(inner) = &mut conn {
            inner.batch_execute(SQLITE_FILE)?;
        }
        Ok(conn)
    }

    /// What the connection may do: SQLite's readers cannot write, by the database's own word.
    pub(super) fn connect(&self, access: Access) -> Result<Conn, StoreError> {
        match self {
            Self::Sqlite(path) => connect_sqlite(path, access).map(Conn::Sqlite),
            Self::Postgres(url) => connect_postgres(url).map(Conn::Pg),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Reads,
    Writes,
}

fn connect_sqlite(path: &Path, access: Access) -> Result<SqliteConnection, StoreError> {
    let text = path
        .to_str()
        .ok_or_else(|| StoreError::Refused(format!("`{}` is not UTF-8", path.display())))?;
    let mut connection = SqliteConnection::establish(text)?;
    connection.batch_execute(SQLITE_CONNECTION)?;
    if access == Access::Reads {
        connection.batch_execute("PRAGMA query_only = ON")?;
    }
    Ok(connection)
}

fn connect_postgres(url: &str) -> Result<PgConnection, StoreError> {
    let mut connection = PgConnection::establish(url)?;
    connection.batch_execute(POSTGRES_SETTINGS)?;
    Ok(connection)
}

/// Ours come first, so that whatever the operator's URL says wins.
fn with_parameters(url: &str) -> String {
    match url.split_once('?') {
        Some((base, theirs)) => format!("{base}?{POSTGRES_PARAMETERS}&{theirs}"),
        None => format!("{url}?{POSTGRES_PARAMETERS}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_one_database() {
        let sqlite = |path: &str| Ok(Target::Sqlite(PathBuf::from(path)));
        assert_eq!(Target::parse("sqlite:data/a.db"), sqlite("data/a.db"));
        assert_eq!(Target::parse("sqlite:///srv/a.db"), sqlite("/srv/a.db"));
        assert!(matches!(
            Target::parse("postgres://host/db"),
            Ok(Target::Postgres(_))
        ));
        for wrong in ["mysql://host/db", "sqlite:", "sqlite::memory:", "data/a.db"] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_operators_own_parameters_win() {
        let Ok(Target::Postgres(url)) = Target::parse("postgres://h/db?connect_timeout=60") else {
            panic!("not PostgreSQL");
        };
        assert!(url.ends_with("&connect_timeout=60"), "{url}");
    }
}

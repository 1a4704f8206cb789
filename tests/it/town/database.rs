//! The databases a test runs on: SQLite in the data directory, and a PostgreSQL database of the test's own.

use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Which database a run of a test uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A database for one test; a PostgreSQL one is dropped with it.
pub(crate) struct Database {
    /// The URL for the configuration; none means SQLite's default in the data directory.
    pub url: Option<String>,
    name: String,
}

impl Database {
    pub(crate) fn make(kind: Kind) -> Self {
        if kind == Kind::Sqlite {
            return Self {
                url: None,
                name: String::new(),
            };
        }
        let maintenance = maintenance_url();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("allclear_it_{}_{number}", std::process::id());
        psql(&maintenance, &format!("CREATE DATABASE {name}"));
        let base = maintenance.rsplit_once('/').unwrap().0;
        Self {
            url: Some(format!("{base}/{name}")),
            name,
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.url.is_some() {
            psql(
                &maintenance_url(),
                &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
            );
        }
    }
}

/// Kinds to run on. Without `TEST_PG_URL` PostgreSQL is left out, loudly; tests/run always sets it.
pub(crate) fn kinds() -> Vec<Kind> {
    if std::env::var("TEST_PG_URL").is_ok() {
        return vec![Kind::Sqlite, Kind::Postgres];
    }
    assert!(
        std::env::var("CI").is_err(),
        "TEST_PG_URL is not set: CI must test PostgreSQL too"
    );
    eprintln!("SKIPPED ON POSTGRESQL: TEST_PG_URL is not set; tests/run sets it");
    vec![Kind::Sqlite]
}

fn maintenance_url() -> String {
    std::env::var("TEST_PG_URL").expect("TEST_PG_URL names a maintenance database")
}

fn psql(url: &str, sql: &str) {
    let output = std::process::Command::new("psql")
        .args([url, "-qc", sql])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{sql}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

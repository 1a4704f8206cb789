//! Databases for unit tests: every test that stores runs on both.
//!
//! ```ignore
//! #[tokio::test]
//! async fn an_event_has_a_number() {
//!     each_database(async |store| { … }).await;
//! }
//! ```

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use crate::entropy;
use crate::store::{Store, StoreOptions};

/// A database of its own: a file in a temporary folder, or one made on the server that `TEST_PG_URL` names.
/// It goes when this is dropped.
pub(crate) struct TestDatabase {
    pub(crate) options: StoreOptions,
    /// The maintenance URL and the name of the database, on PostgreSQL.
    server: Option<(String, String)>,
    _folder: tempfile::TempDir,
}

impl TestDatabase {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("allclear.db").display());
        Self {
            options: options(url, &folder),
            server: None,
            _folder: folder,
        }
    }

    /// None, loudly, when there is no server to test on.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are configured by the environment"
    )]
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    pub(crate) fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("TEST_PG_URL") else {
            eprintln!("skipped on PostgreSQL: TEST_PG_URL is not set");
            return None;
        };
        let name = format!("store_{}", entropy::id());
        on(&server, &format!("CREATE DATABASE {name}"));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = with_database(&server, &name);
        Some(Self {
            options: options(url, &folder),
            server: Some((server, name)),
            _folder: folder,
        })
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.options).expect("the database opens")
    }

    /// Statements from outside the store, on PostgreSQL's maintenance database.
    pub(crate) fn on_server(&self, statement: &str) {
        if let Some((server, _)) = &self.server {
            on(server, statement);
        }
    }

    /// The database's name on the server, empty on SQLite.
    pub(crate) fn name(&self) -> &str {
        self.server.as_ref().map_or("", |(_, name)| name)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.on_server(&format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            self.name()
        ));
    }
}

/// Runs a test on SQLite and on PostgreSQL, each on a fresh database.
pub(crate) async fn each_database(test: impl AsyncFn(Store)) {
    for database in [Some(TestDatabase::sqlite()), TestDatabase::postgres()]
        .into_iter()
        .flatten()
    {
        let store = database.open();
        test(store.clone()).await;
        store.close().await;
    }
}

fn options(url: String, folder: &tempfile::TempDir) -> StoreOptions {
    StoreOptions {
        url,
        data_dir: folder.path().to_owned(),
        readers: 4,
    }
}

fn on(server: &str, statement: &str) {
    let mut conn = PgConnection::establish(server).expect("the test server answers");
    conn.batch_execute(statement).expect("the statement runs");
}

/// `postgres://host:port/ignored?x=y` with another database.
fn with_database(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).expect("TEST_PG_URL is a url");
    url.set_path(name);
    url.to_string()
}

//! What the store survives: panics, collisions, locks, a full disk, a server that goes and comes back.

use std::sync::mpsc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::domain::actor::Actor;
use crate::domain::event::{About, Draft, EventKind};
use crate::domain::timestamp::Timestamp;
use crate::store::dialect::Conn;
use crate::store::for_tests::{TestDatabase, each_database};
use crate::store::{Store, StoreError, Tx, ledger, meta};

fn draft() -> Draft {
    Draft {
        kind: EventKind::ConfigApplied,
        at: Timestamp::from_seconds(1),
        actor: Actor::System,
        about: About::default(),
        body: "{}".to_owned(),
    }
}

async fn value(store: &Store, key: &'static str) -> Option<String> {
    store
        .read(move |conn| meta::by_key(conn, key))
        .await
        .unwrap()
}

/// Adds one to a number, as read in the same transaction.
fn count_up(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let count: u32 = meta::by_key(tx, "count")?.map_or(0, |text| text.parse().unwrap());
    meta::set(tx, "count", &(count + 1).to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_increment_is_lost_among_many() {
    each_database(async |store| {
        let writes: Vec<_> = (0..50)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.write(count_up).await })
            })
            .collect();
        for write in writes {
            write.await.unwrap().unwrap();
        }

        assert_eq!(value(&store, "count").await.as_deref(), Some("50"));
    })
    .await;
}

#[tokio::test]
async fn a_panic_or_an_error_costs_its_neighbours_nothing() {
    each_database(async |store| {
        let (before, panics, fails, after) = tokio::join!(
            store.write(|tx| meta::set(tx, "before", "kept")),
            store.write(|tx| {
                meta::set(tx, "panics", "lost")?;
                let conn: &mut Conn = tx;
                conn.transaction(|_| -> Result<(), StoreError> { panic!("on purpose") })
            }),
            store.write(|tx| {
                meta::set(tx, "fails", "lost")?;
                Err::<(), _>(StoreError::Refused("on purpose".to_owned()))
            }),
            store.write(|tx| meta::set(tx, "after", "kept")),
        );

        assert_eq!((before, after), (Ok(()), Ok(())));
        assert!(matches!(panics, Err(StoreError::Database(_))), "{panics:?}");
        assert_eq!(fails, Err(StoreError::Refused("on purpose".to_owned())));
        assert_eq!(value(&store, "panics").await, None);
        assert_eq!(value(&store, "fails").await, None);
        assert_eq!(value(&store, "after").await.as_deref(), Some("kept"));
    })
    .await;
}

#[tokio::test]
async fn a_read_cannot_write() {
    each_database(async |store| {
        let refused = store
            .read(|conn| {
                use crate::store::schema::meta;
                let row = (meta::key.eq("a"), meta::value.eq("b"));
                Ok(diesel::insert_into(meta::table).values(row).execute(conn)?)
            })
            .await;
        assert!(
            matches!(refused, Err(StoreError::Database(_))),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn readers_wake_once_for_a_group_and_only_after_its_commit() {
    let database = TestDatabase::sqlite();
    let store = database.open();
    let mut watch = store.ledger_watch();
    // The writer is held up by one write, so that the others stand in line together.
    let (begun, has_begun) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let blocker = tokio::spawn({
        let store = store.clone();
        async move {
            store
                .write(move |_| {
                    begun.send(()).unwrap();
                    released.lock().unwrap().recv().unwrap();
                    Ok(())
                })
                .await
        }
    });
    tokio::task::spawn_blocking(move || has_begun.recv())
        .await
        .unwrap()
        .unwrap();
    let writes: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.write(|tx| ledger::append(tx, &draft())).await })
        })
        .collect();
    while store.waiting_writes() < 50 {
        tokio::task::yield_now().await;
    }

    release.send(()).unwrap();
    watch.changed().await.unwrap();

    assert_eq!(*watch.borrow_and_update(), 50, "one commit for all of them");
    assert_eq!(store.read(ledger::last_seq).await, Ok(50));
    blocker.await.unwrap().unwrap();
    for write in writes {
        write.await.unwrap().unwrap();
    }
    assert!(!watch.has_changed().unwrap());
}

#[tokio::test]
async fn a_lock_held_by_another_process_is_busy_and_passes() {
    let database = TestDatabase::sqlite();
    let store = database.open();
    let path = database
        .options
        .url
        .strip_prefix("sqlite:")
        .unwrap()
        .to_owned();
    let mut other = SqliteConnection::establish(&path).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();

    let busy = store.write(|tx| meta::set(tx, "a", "1")).await;
    assert_eq!(busy, Err(StoreError::Busy));
    assert_eq!(value(&store, "a").await, None, "readers go on meanwhile");

    other.batch_execute("ROLLBACK").unwrap();
    store.write(|tx| meta::set(tx, "a", "1")).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_fails_whole_groups_and_passes() {
    let database = TestDatabase::sqlite();
    let store = database.open();
    store
        .write(|tx| Ok(tx.batch_execute("PRAGMA max_page_count = 1")?))
        .await
        .unwrap();

    let big = "x".repeat(1 << 20);
    let (small, full) = tokio::join!(
        store.write(|tx| meta::set(tx, "small", "1")),
        store.write(move |tx| meta::set(tx, "big", &big)),
    );
    assert_eq!(full, Err(StoreError::Full));
    assert_eq!(
        value(&store, "small").await.is_some(),
        small.is_ok(),
        "told as it is"
    );

    // `max_page_count` belongs to the connection: this is the disk with room again.
    store
        .write(|tx| Ok(tx.batch_execute("PRAGMA max_page_count = 1000000")?))
        .await
        .unwrap();
    let big = "x".repeat(1 << 20);
    store
        .write(move |tx| meta::set(tx, "big", &big))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_server_that_goes_and_comes_back_is_found_again() {
    let Some(database) = TestDatabase::postgres() else {
        return;
    };
    let store = database.open();
    let name = database.name();
    let cut =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    store.write(|tx| meta::set(tx, "a", "1")).await.unwrap();

    database.on_server(&cut);
    store
        .write(|tx| meta::set(tx, "a", "2"))
        .await
        .expect("a stale connection is replaced");

    database.on_server(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
    database.on_server(&cut);
    for _ in 0..8 {
        let gone = store.write(|tx| meta::set(tx, "a", "3")).await;
        assert!(matches!(gone, Err(StoreError::Unavailable(_))), "{gone:?}");
    }

    database.on_server(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"));
    store.write(|tx| meta::set(tx, "a", "4")).await.unwrap();
    assert_eq!(value(&store, "a").await.as_deref(), Some("4"));
    store.close().await;
}

#[tokio::test]
async fn closing_finishes_what_waits_and_takes_nothing_new() {
    each_database(async |store| {
        // Polled in this order: both writes stand in line before the store closes.
        let (one, two, ()) =
            tokio::join!(store.write(count_up), store.write(count_up), store.close());
        assert_eq!((one, two), (Ok(()), Ok(())));

        let late = store.write(count_up).await;
        assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    })
    .await;
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_by_name() {
    for database in [Some(TestDatabase::sqlite()), TestDatabase::postgres()]
        .into_iter()
        .flatten()
    {
        let store = database.open();
        store
            .write(|tx| {
                tx.batch_execute(
                    "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')",
                )?;
                Ok(())
            })
            .await
            .unwrap();
        store.close().await;

        let refused = Store::open(&database.options).err().unwrap().to_string();

        assert!(
            refused.contains("schema version 99990101000000"),
            "{refused}"
        );
        assert!(refused.contains("knows up to 2"), "{refused}");
    }
}

//! Holds the two migration directories and `schema.rs` to each other.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};

use crate::store::dialect::Conn;
use crate::store::for_tests::{TestDatabase, each_database};
use crate::store::{Store, StoreError, migrate, schema};

/// One column or index, in words that both databases share.
#[derive(QueryableByName, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Part {
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    shape: String,
    /// For columns: not null; for indexes: unique.
    #[diesel(sql_type = BigInt)]
    strict: i64,
}

const SQLITE_COLUMNS: &str = "SELECT t.name AS place, c.name AS name,
        CASE WHEN c.pk = 1 AND t.sql LIKE '%AUTOINCREMENT%' THEN 'bigint'
             WHEN c.type = 'BLOB' THEN 'bytea' ELSE lower(c.type) END AS shape,
        c.\"notnull\" AS strict
    FROM sqlite_master t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'";

const POSTGRES_COLUMNS: &str = "SELECT table_name::text AS place, column_name::text AS name,
        data_type::text AS shape, CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END::bigint AS strict
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%'";

/// Columns in order, and whether it covers only some rows; primary keys are `<table>_pkey` in both.
const SQLITE_INDEXES: &str = "SELECT t.name AS place,
        CASE i.origin WHEN 'pk' THEN t.name || '_pkey' ELSE i.name END AS name,
        (SELECT group_concat(c.name, ' ') FROM pragma_index_info(i.name) c)
            || CASE i.partial WHEN 1 THEN ' partial' ELSE '' END AS shape,
        i.\"unique\" AS strict
    FROM sqlite_master t JOIN pragma_index_list(t.name) i
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'
    UNION ALL SELECT name, name || '_pkey', 'id', 1 FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'";

const POSTGRES_INDEXES: &str = "SELECT t.relname::text AS place, n.relname::text AS name,
        (SELECT string_agg(a.attname, ' ' ORDER BY k.place)
            FROM unnest(i.indkey) WITH ORDINALITY AS k(number, place)
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number)
            || CASE WHEN i.indpred IS NULL THEN '' ELSE ' partial' END AS shape,
        CASE WHEN i.indisunique THEN 1 ELSE 0 END::bigint AS strict
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class n ON n.oid = i.indexrelid
        JOIN pg_namespace s ON s.oid = t.relnamespace
    WHERE s.nspname = 'public' AND t.relname NOT LIKE '\\_\\_diesel%'";

async fn parts(store: &Store, sqlite: &'static str, postgres: &'static str) -> BTreeSet<Part> {
    let parts = store
        .read(move |conn| {
            let parts: Vec<Part> = match conn {
                Conn::Sqlite(inner) => sql_query(sqlite).load(inner)?,
                Conn::Pg(inner) => sql_query(postgres).load(inner)?,
            };
            Ok(parts)
        })
        .await;
    parts.unwrap().into_iter().collect()
}

#[test]
fn both_directories_hold_the_same_versions() {
    assert_eq!(
        migrate::known::<diesel::sqlite::Sqlite>(&migrate::SQLITE),
        migrate::known::<diesel::pg::Pg>(&migrate::POSTGRES),
    );
}

#[tokio::test]
async fn both_databases_have_the_same_columns_and_indexes() {
    let Some(postgres) = TestDatabase::postgres() else {
        return;
    };
    let sqlite = TestDatabase::sqlite();
    let (one, other) = (sqlite.open(), postgres.open());

    for (ours, theirs) in [
        (SQLITE_COLUMNS, POSTGRES_COLUMNS),
        (SQLITE_INDEXES, POSTGRES_INDEXES),
    ] {
        let (one, other) = (
            parts(&one, ours, theirs).await,
            parts(&other, ours, theirs).await,
        );
        let apart: Vec<_> = one.symmetric_difference(&other).collect();
        assert!(!one.is_empty() && apart.is_empty(), "{apart:#?}");
    }
    other.close().await;
}

/// Reads every column of every table by the names in `schema.rs`, and answers the tables.
macro_rules! read_all {
    ($conn:expr, $($table:ident),+ $(,)?) => {{
        $(schema::$table::table.limit(1).execute($conn)?;)+
        BTreeSet::from([$(stringify!($table).to_owned()),+])
    }};
}

fn read_every_table(conn: &mut Conn) -> Result<BTreeSet<String>, StoreError> {
    Ok(read_all!(
        conn,
        meta,
        ledger_head,
        event,
        estate_item,
        component_state,
        status_interval,
        objective_state,
        heartbeat,
        series,
        observation_staging,
        observation_hour,
        rollup_hour,
        rollup_day,
        incident,
        incident_component,
        incident_update,
        maintenance,
        maintenance_component,
        maintenance_update,
        pin,
        subscriber,
        fan_out,
        delivery,
        attempt,
        rate_limit,
        operator,
        session,
        token,
        lease,
    ))
}

#[tokio::test]
async fn every_table_is_there_as_the_schema_says() {
    each_database(async |store| {
        let ours = store.read(read_every_table).await.unwrap();

        let theirs = parts(&store, SQLITE_COLUMNS, POSTGRES_COLUMNS).await;
        let theirs: BTreeSet<_> = theirs.into_iter().map(|part| part.place).collect();
        assert_eq!(ours, theirs);
    })
    .await;
}

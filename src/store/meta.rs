//! Single facts about this installation by name, and the mark that says until when we were alive.

use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::domain::timestamp::Timestamp;
use crate::store::dialect::{Both, Conn};
use crate::store::error::StoreError;
use crate::store::schema::meta;
use crate::store::tx::Tx;

const ALIVE: &str = "alive";

pub fn by_key(conn: &mut Conn, key: &str) -> Result<Option<String>, StoreError> {
    Ok(meta::table
        .find(key)
        .select(meta::value)
        .first(conn)
        .optional()?)
}

pub fn set(tx: &mut Tx<'_>, key: &str, value: &str) -> Result<(), StoreError> {
    let conn: &mut Conn = tx;
    Both(
        diesel::insert_into(meta::table)
            .values((meta::key.eq(key), meta::value.eq(value)))
            .on_conflict(meta::key)
            .do_update()
            .set(meta::value.eq(excluded(meta::value))),
    )
    .execute(conn)?;
    Ok(())
}

/// Says that we watched until `now`; after a restart the time since then is unknown.
pub fn set_alive(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
    set(tx, ALIVE, &now.as_millis().to_string())
}

/// Until when we watched, if we ever did.
pub fn last_alive(conn: &mut Conn) -> Result<Option<Timestamp>, StoreError> {
    by_key(conn, ALIVE)?
        .map(|text| {
            text.parse()
                .map(Timestamp::from_millis)
                .map_err(|_| StoreError::Corrupt(format!("the alive mark is `{text}`")))
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::for_tests::each_database;

    #[tokio::test]
    async fn the_alive_mark_moves() {
        each_database(async |store| {
            assert_eq!(store.read(last_alive).await, Ok(None));
            for second in [5, 9] {
                let now = Timestamp::from_seconds(second);
                store.write(move |tx| set_alive(tx, now)).await.unwrap();
            }
            assert_eq!(
                store.read(last_alive).await,
                Ok(Some(Timestamp::from_seconds(9)))
            );
        })
        .await;
    }
}

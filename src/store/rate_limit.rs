//! Fixed-window counters that a restart does not reset.

use std::time::Duration;

use diesel::prelude::*;

use crate::domain::timestamp::Timestamp;
use crate::store::StoreError;
use crate::store::Tx;
use crate::store::dialect::Both;
use crate::store::schema::rate_limit;

/// How often in which window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub most: i32,
    pub window: Duration,
}

/// Takes one from `bucket`; false when its window is used up, and then nothing is counted.
pub fn take(
    tx: &mut Tx<'_>,
    bucket: &str,
    limit: Limit,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row: Option<(i64, i32)> = rate_limit::table
        .find(bucket)
        .select((rate_limit::window_started_at, rate_limit::used))
        .first(&mut **tx)
        .optional()?;
    let current = row.filter(|(started, _)| {
        // A clock that stepped back begins a new window instead of closing the door for long.
        let started = Timestamp::from_millis(*started);
        started <= now && now.since(started) < limit.window
    });
    let (started, used) = current.unwrap_or((now.as_millis(), 0));
    if used >= limit.most {
        return Ok(false);
    }
    let counted = (
        rate_limit::window_started_at.eq(started),
        rate_limit::used.eq(used + 1),
    );
    Both(
        diesel::insert_into(rate_limit::table)
            .values((rate_limit::bucket.eq(bucket), counted))
            .on_conflict(rate_limit::bucket)
            .do_update()
            .set(counted),
    )
    .execute(&mut **tx)?;
    Ok(true)
}

/// Counters nobody asked about since `before`.
pub fn delete_before(tx: &mut Tx<'_>, before: Timestamp) -> Result<usize, StoreError> {
    let old = rate_limit::window_started_at.lt(before.as_millis());
    Ok(diesel::delete(rate_limit::table.filter(old)).execute(&mut **tx)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::for_tests::each_database;

    const LIMIT: Limit = Limit {
        most: 2,
        window: Duration::from_mins(1),
    };

    #[tokio::test]
    async fn a_bucket_is_full_until_its_window_ends() {
        each_database(async |store| {
            let mut taken = Vec::new();
            for second in [0, 10, 20, 60, 61, 62] {
                let at = Timestamp::from_seconds(1000 + second);
                taken.push(
                    store
                        .write(move |tx| take(tx, "ip:1", LIMIT, at))
                        .await
                        .unwrap(),
                );
            }
            assert_eq!(taken, [true, true, false, true, true, false]);

            let other = store
                .write(|tx| take(tx, "ip:2", LIMIT, Timestamp::from_seconds(1000)))
                .await;
            assert_eq!(other, Ok(true));
        })
        .await;
    }
}

//! Forgetting, in bites: no transaction holds the writer for more than some ten milliseconds.
//!
//! The ledger and incidents are never forgotten.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::domain::timestamp::Timestamp;
use crate::store::Store;
use crate::store::dialect::Conn;
use crate::store::error::StoreError;
use crate::store::schema::{
    attempt, delivery, event, fan_out, observation_hour, rate_limit, rollup_day, rollup_hour,
    session, status_interval,
};
use crate::store::tx::Tx;

/// Rows deleted in one transaction.
const BITE: i64 = 500;

/// A counter whose window began this long ago limits nothing: the longest window is a day.
const LIMITS: Duration = Duration::from_hours(7 * 24);

/// Pages an SQLite file gives back at a time, and how often at most in one pass.
const PAGES: (u32, u32) = (500, 40);

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Single observations.
    pub observations: Duration,
    /// Sums by hour.
    pub hours: Duration,
    /// Sums by day, and stretches of a status.
    pub days: Duration,
    /// Settled deliveries with their attempts.
    pub deliveries: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days: u64| Duration::from_hours(days * 24);
        Self {
            observations: days(30),
            hours: days(400),
            days: days(5 * 366),
            deliveries: days(90),
        }
    }
}

/// What one pass deletes a bite of; answers how many rows went.
type Bite = fn(&mut Tx<'_>, Timestamp) -> Result<usize, StoreError>;

/// Deletes everything that is past its time at `now`, and answers how many rows went.
pub async fn prune(
    store: &Store,
    retention: &Retention,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let bites: [(Bite, Timestamp); 8] = [
        (delete_observations, now - retention.observations),
        (delete_hours, now - retention.hours),
        (delete_days, now - retention.days),
        (delete_intervals, now - retention.days),
        (delete_deliveries, now - retention.deliveries),
        (delete_fan_outs, now - retention.deliveries),
        (delete_sessions, now),
        (delete_limits, now - LIMITS),
    ];
    let mut gone = 0;
    for (bite, limit) in bites {
        loop {
            let bitten = store.write(move |tx| bite(tx, limit)).await?;
            gone += bitten;
            if bitten == 0 {
                break;
            }
        }
    }
    shrink(store).await?;
    Ok(gone)
}

fn delete_observations(tx: &mut Tx<'_>, limit: Timestamp) -> Result<usize, StoreError> {
    let conn: &mut Conn = tx;
    let ids: Vec<i64> = observation_hour::table
        .filter(observation_hour::id.lt(limit.hour() << 32))
        .order(observation_hour::id)
        .limit(BITE)
        .select(observation_hour::id)
        .load(conn)?;
    Ok(
        diesel::delete(observation_hour::table.filter(observation_hour::id.eq_any(ids)))
            .execute(conn)?,
    )
}

/// One hour at a time: it has a row for each series.
fn delete_hours(tx: &mut Tx<'_>, limit: Timestamp) -> Result<usize, StoreError> {
    let conn: &mut Conn = tx;
    let oldest: Option<i32> = rollup_hour::table
        .select(diesel::dsl::min(rollup_hour::hour))
        .first(conn)?;
    match oldest {
        Some(hour) if i64::from(hour) < limit.hour() => Ok(diesel::delete(
            rollup_hour::table.filter(rollup_hour::hour.eq(hour)),
        )
        .execute(conn)?),
        Some(_) | None => Ok(0),
    }
}

fn delete_days(tx: &mut Tx<'_>, limit: Timestamp) -> Result<usize, StoreError> {
    let conn: &mut Conn = tx;
    let oldest: Option<i32> = rollup_day::table
        .select(diesel::dsl::min(rollup_day::day))
        .first(conn)?;
    match oldest {
        Some(day) if i64::from(day) < limit.day() => {
            Ok(diesel::delete(rollup_day::table.filter(rollup_day::day.eq(day))).execute(conn)?)
        }
        Some(_) | None => Ok(0),
    }
}

fn delete_intervals(tx: &mut Tx<'_>, limit: Timestamp) -> Result<usize, StoreError> {
    let conn: &mut Conn = tx;
    let ids: Vec<i64> = status_interval::table
        .filter(status_interval::ended_at.lt(limit.as_millis()))
        .limit(BITE)
        .select(status_interval::id)
        .load(conn)?;
    Ok(
        diesel::delete(status_interval::table.filter(status_interval::id.eq_any(ids)))
            .execute(conn)?,
    )
}

fn delete_deliveries(tx: &mut Tx<'_>, limit: Timestamp) -> Result<usize, StoreError> {
    let conn: &mut Conn = tx;
    let ids: Vec<i64> = delivery::table
        .filter(delivery::done_at.lt(limit.as_millis()))
        .order(delivery::done_at)
        .limit(BITE)
        .select(delivery::id)
        .load(conn)?;
    diesel::delete(attempt::table.filter(attempt::delivery_id.eq_any(&ids))).execute(conn)?;
    Ok(diesel::delete(delivery::table.filter(delivery::id.eq_any(&ids))).execute(conn)?)
}

/// A finished expansion is needed as long as its deliveries may be: after that nobody asks for it.
fn delete_fan_outs(tx: &mut Tx<'_>, limit: Timestamp) -> Result<usize, StoreError> {
    let conn: &mut Conn = tx;
    let seqs: Vec<i64> = fan_out::table
        .inner_join(event::table.on(event::seq.eq(fan_out::event_seq)))
        .filter(fan_out::done.eq(true))
        .filter(event::at.lt(limit.as_millis()))
        .order(fan_out::event_seq)
        .limit(BITE)
        .select(fan_out::event_seq)
        .load(conn)?;
    Ok(diesel::delete(fan_out::table.filter(fan_out::event_seq.eq_any(seqs))).execute(conn)?)
}

fn delete_sessions(tx: &mut Tx<'_>, limit: Timestamp) -> Result<usize, StoreError> {
    let conn: &mut Conn = tx;
    let old = session::table.filter(session::expires_at.lt(limit.as_millis()));
    Ok(diesel::delete(old).execute(conn)?)
}

fn delete_limits(tx: &mut Tx<'_>, limit: Timestamp) -> Result<usize, StoreError> {
    let conn: &mut Conn = tx;
    let old = rate_limit::table.filter(rate_limit::window_started_at.lt(limit.as_millis()));
    Ok(diesel::delete(old).execute(conn)?)
}

/// Gives an SQLite file's free pages back to the disk, a few at a time. PostgreSQL sees to its own.
async fn shrink(store: &Store) -> Result<(), StoreError> {
    let (pages, times) = PAGES;
    for _ in 0..times {
        let left = store
            .write(move |tx| {
                let conn: &mut Conn = tx;
                match conn {
                    Conn::Sqlite(inner) => {
                        inner.batch_execute(&format!("PRAGMA incremental_vacuum({pages})"))?;
                        free_pages(inner)
                    }
                    Conn::Pg(_) => Ok(0),
                }
            })
            .await?;
        if left < i64::from(pages) {
            break;
        }
    }
    Ok(())
}

fn free_pages(conn: &mut SqliteConnection) -> Result<i64, StoreError> {
    let count = diesel::dsl::sql::<diesel::sql_types::BigInt>(
        "SELECT freelist_count FROM pragma_freelist_count",
    );
    Ok(count.get_result(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{CheckId, ComponentId};
    use crate::domain::observation::{Observation, Outcome, Phases};
    use crate::domain::status::Status;
    use crate::domain::timestamp::{DAY_MS, HOUR_MS};
    use crate::entropy;
    use crate::store::for_tests::each_database;
    use crate::store::interval::{self, IntervalKind};
    use crate::store::observation::{self, sealing};

    async fn count(store: &Store) -> (i64, i64, i64, i64) {
        store
            .read(|conn| {
                Ok((
                    observation_hour::table.count().get_result(conn)?,
                    rollup_hour::table.count().get_result(conn)?,
                    rollup_day::table.count().get_result(conn)?,
                    status_interval::table.count().get_result(conn)?,
                ))
            })
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn each_thing_goes_at_its_own_time() {
        each_database(async |store| {
            let start = Timestamp::from_millis(20_000 * DAY_MS);
            let check = CheckId(entropy::id());
            let looks: Vec<_> = (0..48)
                .map(|hour| Observation {
                    check,
                    location: "fra".to_owned(),
                    at: Timestamp::from_millis(start.as_millis() + hour * HOUR_MS),
                    outcome: Outcome::Pass,
                    phases: Phases::default(),
                    reason: String::new(),
                    detail: String::new(),
                })
                .collect();
            let whose = (ComponentId(entropy::id()), IntervalKind::Measured);
            store
                .write(move |tx| {
                    observation::insert(tx, &looks)?;
                    interval::turn(tx, whose, Status::Operational, start)?;
                    interval::turn(tx, whose, Status::Unknown, start + Duration::from_secs(1))
                })
                .await
                .unwrap();
            let end = start + Duration::from_hours(48);
            sealing::seal(&store, end).await.unwrap();
            assert_eq!(count(&store).await, (48, 48, 2, 2));

            let hours = Duration::from_hours;
            let keep = |observations, sums, days| Retention {
                observations: hours(observations),
                hours: hours(sums),
                days: hours(days),
                deliveries: hours(1),
            };
            prune(&store, &keep(10, 24, 100), end).await.unwrap();
            assert_eq!(count(&store).await, (10, 24, 2, 2));
            prune(&store, &keep(0, 0, 24), end).await.unwrap();
            assert_eq!(count(&store).await, (0, 0, 1, 1), "the open stretch stays");
        })
        .await;
    }

    #[tokio::test]
    async fn a_settled_delivery_goes_with_its_attempts_and_a_waiting_one_stays() {
        each_database(async |store| {
            store
                .write(|tx| {
                    let conn: &mut Conn = tx;
                    for (recipient, done_at) in [("settled", Some(1000)), ("waiting", None)] {
                        let id: i64 = diesel::insert_into(delivery::table)
                            .values((
                                (delivery::event_seq.eq(1), delivery::recipient.eq(recipient)),
                                (delivery::channel.eq("email"), delivery::address.eq("a@b.c")),
                                (
                                    delivery::topic.eq("t"),
                                    delivery::lane.eq(1),
                                    delivery::state.eq(2),
                                ),
                                (delivery::attempt.eq(1), delivery::due_at.eq(1)),
                                (delivery::created_at.eq(1), delivery::done_at.eq(done_at)),
                            ))
                            .returning(delivery::id)
                            .get_result(conn)?;
                        diesel::insert_into(attempt::table)
                            .values((
                                (attempt::delivery_id.eq(id), attempt::number.eq(1)),
                                (attempt::at.eq(1), attempt::duration_ms.eq(1)),
                                (attempt::code.eq(250), attempt::error.eq("")),
                            ))
                            .execute(conn)?;
                    }
                    Ok(())
                })
                .await
                .unwrap();

            let now = Timestamp::from_seconds(1) + Retention::default().deliveries;
            prune(&store, &Retention::default(), now + Duration::from_secs(1))
                .await
                .unwrap();

            let left = store
                .read(|conn| {
                    let recipients: Vec<String> =
                        delivery::table.select(delivery::recipient).load(conn)?;
                    let attempts: i64 = attempt::table.count().get_result(conn)?;
                    Ok((recipients, attempts))
                })
                .await;
            assert_eq!(left, Ok((vec!["waiting".to_owned()], 1)));
        })
        .await;
    }

    #[tokio::test]
    async fn a_file_gives_its_room_back() {
        let database = crate::store::for_tests::TestDatabase::sqlite();
        let store = database.open();
        let free = async || {
            let free = store.read(|conn| match conn {
                Conn::Sqlite(inner) => free_pages(inner),
                Conn::Pg(_) => Ok(0),
            });
            free.await.unwrap()
        };
        let big = "x".repeat(1 << 20);
        store
            .write(move |tx| crate::store::meta::set(tx, "big", &big))
            .await
            .unwrap();
        store
            .write(|tx| crate::store::meta::set(tx, "big", ""))
            .await
            .unwrap();
        assert!(free().await > 200);

        prune(&store, &Retention::default(), Timestamp::from_seconds(1))
            .await
            .unwrap();

        assert_eq!(free().await, 0);
    }
}

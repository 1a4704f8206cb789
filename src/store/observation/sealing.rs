//! Sealing: full hours go from the staging table into one blob per series and hour, with their sums.
//!
//! A blob takes in what is new by time, so that sealing the same rows again (after a crash, or because an agent sent
//! late) changes nothing. The staged rows go last.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::domain::timestamp::{HOUR_MS, Timestamp};
use crate::store::Store;
use crate::store::dialect::{Both, Conn};
use crate::store::error::StoreError;
use crate::store::schema::{observation_hour, observation_staging, series};
use crate::store::tx::Tx;

use super::codec::{self, Sample};
use super::rollup;
use super::staging::list_staged;
use super::tally::Tally;

/// Series sealed in one transaction: some ten milliseconds of the writer's time.
const SERIES: i64 = 200;

/// Staged rows deleted in one transaction.
const ROWS: i64 = 5000;

/// Seals every hour that ended before `now`'s hour began, and answers how many observations that were.
///
/// Call it a few minutes past the hour. What comes in meanwhile, or late, is sealed the next time.
pub async fn seal(store: &Store, now: Timestamp) -> Result<usize, StoreError> {
    let before = now.hour().saturating_mul(HOUR_MS);
    let Some(last) = store
        .read(|conn| {
            Ok(series::table
                .select(diesel::dsl::max(series::id))
                .first::<Option<i64>>(conn)?)
        })
        .await?
    else {
        return Ok(0);
    };
    let (mut sealed, mut newest) = (0, 0);
    let mut first = 1;
    while first <= last {
        let range = (first, first + SERIES - 1);
        let staged = store
            .read(move |conn| list_staged(conn, range, before))
            .await?;
        newest = staged.iter().map(|row| row.id).fold(newest, i64::max);
        sealed += staged.len();
        let mut hours: BTreeMap<(i64, i64), Vec<Sample>> = BTreeMap::new();
        for row in staged {
            hours
                .entry((row.series, row.sample.at.hour()))
                .or_default()
                .push(row.sample);
        }
        if !hours.is_empty() {
            store.write(move |tx| seal_hours(tx, &hours)).await?;
        }
        first += SERIES;
    }
    while store
        .write(move |tx| delete_staged(tx, newest, before))
        .await?
        > 0
    {}
    Ok(sealed)
}

fn seal_hours(
    tx: &mut Tx<'_>,
    hours: &BTreeMap<(i64, i64), Vec<Sample>>,
) -> Result<(), StoreError> {
    let mut days = std::collections::BTreeSet::new();
    for ((series, hour), samples) in hours {
        let mut all = packed(tx, *series, *hour)?;
        all.extend(samples);
        // Stable: what was sealed before stays in front, and wins over the same look staged again.
        all.sort_by_key(|sample| sample.at);
        all.dedup_by_key(|sample| sample.at);
        set_packed(tx, key(*series, *hour), &codec::pack(*hour, &all))?;
        rollup::set_hour(tx, *series, *hour, &Tally::of(&all))?;
        days.insert((*series, hour.div_euclid(24)));
    }
    for (series, day) in days {
        rollup::set_day(tx, series, day)?;
    }
    Ok(())
}

/// The blob's row: ordered by hour first, so that retention deletes from one end.
pub(super) const fn key(series: i64, hour: i64) -> i64 {
    hour << 32 | series
}

/// What is sealed of one hour.
pub(super) fn packed(conn: &mut Conn, series: i64, hour: i64) -> Result<Vec<Sample>, StoreError> {
    let blob: Option<Vec<u8>> = observation_hour::table
        .find(key(series, hour))
        .select(observation_hour::packed)
        .first(conn)
        .optional()?;
    blob.map_or(Ok(Vec::new()), |blob| Ok(codec::unpack(hour, &blob)?))
}

fn set_packed(tx: &mut Tx<'_>, id: i64, blob: &[u8]) -> Result<(), StoreError> {
    let conn: &mut Conn = tx;
    Both(
        diesel::insert_into(observation_hour::table)
            .values((
                observation_hour::id.eq(id),
                observation_hour::packed.eq(blob),
            ))
            .on_conflict(observation_hour::id)
            .do_update()
            .set(observation_hour::packed.eq(excluded(observation_hour::packed))),
    )
    .execute(conn)?;
    Ok(())
}

/// Only rows that the sealing saw: a late one that came meanwhile has a higher number.
fn delete_staged(tx: &mut Tx<'_>, newest: i64, before: i64) -> Result<usize, StoreError> {
    let conn: &mut Conn = tx;
    let oldest: Option<i64> = observation_staging::table
        .filter(observation_staging::id.le(newest))
        .filter(observation_staging::at.lt(before))
        .select(observation_staging::id)
        .order(observation_staging::id)
        .first(conn)
        .optional()?;
    let Some(oldest) = oldest else {
        return Ok(0);
    };
    Ok(diesel::delete(
        observation_staging::table
            .filter(observation_staging::id.between(oldest, newest.min(oldest + ROWS)))
            .filter(observation_staging::at.lt(before)),
    )
    .execute(conn)?)
}

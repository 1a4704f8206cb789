//! The short table observations arrive in, in arrival order; and the small numbers of check and location.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use crate::domain::id::CheckId;
use crate::domain::observation::Observation;
use crate::store::column;
use crate::store::dialect::Conn;
use crate::store::error::StoreError;
use crate::store::schema::{observation_staging, series};
use crate::store::tx::Tx;

use super::codec::{self, Sample};

/// Fewer than either database's limit of parameters in a statement.
const CHUNK: usize = 1000;

/// Keeps a batch of observations. What they mean for states is [`crate::watch`]'s business.
pub fn insert(tx: &mut Tx<'_>, observations: &[Observation]) -> Result<(), StoreError> {
    // An empty batch would be answered with the row count of the statement before.
    if observations.is_empty() {
        return Ok(());
    }
    let numbers = series_of(tx, observations)?;
    let rows: Vec<NewRow> = observations
        .iter()
        .filter_map(|seen| {
            let series_id = *numbers.get(&(seen.check.as_str(), seen.location.as_str()))?;
            Some(NewRow {
                series_id,
                at: seen.at.as_millis(),
                outcome: codec::number(seen.outcome),
                latency_us: i64::try_from(seen.phases.total.as_micros()).unwrap_or(i64::MAX),
            })
        })
        .collect();
    let conn: &mut Conn = tx;
    match conn {
        // One prepared statement in a loop is faster there than a new text of many rows.
        Conn::Sqlite(inner) => {
            for row in &rows {
                diesel::insert_into(observation_staging::table)
                    .values(row)
                    .execute(inner)?;
            }
        }
        Conn::Pg(inner) => {
            diesel::copy_from(observation_staging::table)
                .from_insertable(&rows)
                .execute(inner)?;
        }
    }
    Ok(())
}

/// The numbers of one check's series, one for each location that ever looked.
pub(super) fn series_of_check(conn: &mut Conn, check: CheckId) -> Result<Vec<i64>, StoreError> {
    Ok(series::table
        .filter(series::check_id.eq(check.as_str()))
        .select(series::id)
        .load(conn)?)
}

/// A staged observation.
pub(super) struct Staged {
    pub(super) id: i64,
    pub(super) series: i64,
    pub(super) sample: Sample,
}

/// Staged observations of the series from `first` to `last` that are older than `before`, in order of time.
pub(super) fn list_staged(
    conn: &mut Conn,
    (first, last): (i64, i64),
    before: i64,
) -> Result<Vec<Staged>, StoreError> {
    observation_staging::table
        .filter(observation_staging::series_id.between(first, last))
        .filter(observation_staging::at.lt(before))
        .order((observation_staging::at, observation_staging::id))
        .load::<(i64, i64, i64, i16, i64)>(conn)?
        .into_iter()
        .map(|(id, series, at, outcome, latency_us)| {
            Ok(Staged {
                id,
                series,
                sample: Sample {
                    at: crate::domain::timestamp::Timestamp::from_millis(at),
                    outcome: column::number(outcome, codec::outcome)?,
                    latency_us: u64::try_from(latency_us).unwrap_or(0),
                },
            })
        })
        .collect()
}

/// Finds the number of every series in the batch, and gives one to those that are new.
fn series_of<'a>(
    tx: &mut Tx<'_>,
    observations: &'a [Observation],
) -> Result<HashMap<(&'a str, &'a str), i64>, StoreError> {
    let conn: &mut Conn = tx;
    let wanted: BTreeSet<(&str, &str)> = observations
        .iter()
        .map(|seen| (seen.check.as_str(), seen.location.as_str()))
        .collect();
    let checks: Vec<&str> = wanted.iter().map(|(check, _)| *check).collect();
    let mut known = HashMap::new();
    for chunk in checks.chunks(CHUNK) {
        let found = series::table
            .filter(series::check_id.eq_any(chunk))
            .load::<(i64, String, String)>(conn)?;
        known.extend(
            found
                .into_iter()
                .map(|(id, check, location)| ((check, location), id)),
        );
    }
    let mut numbers = HashMap::new();
    for (check, location) in wanted {
        let number = match known.get(&(check.to_owned(), location.to_owned())) {
            Some(number) => *number,
            None => diesel::insert_into(series::table)
                .values((series::check_id.eq(check), series::location.eq(location)))
                .returning(series::id)
                .get_result(conn)?,
        };
        numbers.insert((check, location), number);
    }
    Ok(numbers)
}

#[derive(Insertable)]
#[diesel(table_name = observation_staging, treat_none_as_default_value = false)]
struct NewRow {
    series_id: i64,
    at: i64,
    outcome: i16,
    latency_us: i64,
}

//! Sums by hour and by day. Written as absolute values, so that doing it again changes nothing.

use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::store::dialect::{Both, Conn};
use crate::store::error::StoreError;
use crate::store::schema::{rollup_day, rollup_hour};
use crate::store::tx::Tx;

use super::histogram::Histogram;
use super::tally::Tally;

/// Hours in a UTC day.
const DAY: i64 = 24;

/// The sums of one stretch: series, number of the hour or day, tally.
pub(super) type Sum = (i64, i64, Tally);

pub(super) fn set_hour(
    tx: &mut Tx<'_>,
    series: i64,
    hour: i64,
    tally: &Tally,
) -> Result<(), StoreError> {
    use rollup_hour as h;
    let (conn, row): (&mut Conn, _) = (tx, Columns::of(tally));
    Both(
        diesel::insert_into(h::table)
            .values((
                h::series_id.eq(series),
                h::hour.eq(small(hour)),
                h::pass_n.eq(row.pass),
                h::slow_n.eq(row.slow),
                h::fail_n.eq(row.fail),
                h::inconclusive_n.eq(row.inconclusive),
                h::latency_sum_us.eq(row.sum),
                h::latency_max_us.eq(row.max),
                h::histogram.eq(row.histogram),
            ))
            .on_conflict((h::series_id, h::hour))
            .do_update()
            .set((
                h::pass_n.eq(excluded(h::pass_n)),
                h::slow_n.eq(excluded(h::slow_n)),
                h::fail_n.eq(excluded(h::fail_n)),
                h::inconclusive_n.eq(excluded(h::inconclusive_n)),
                h::latency_sum_us.eq(excluded(h::latency_sum_us)),
                h::latency_max_us.eq(excluded(h::latency_max_us)),
                h::histogram.eq(excluded(h::histogram)),
            )),
    )
    .execute(conn)?;
    Ok(())
}

/// Adds up the day from its hours.
pub(super) fn set_day(tx: &mut Tx<'_>, series: i64, day: i64) -> Result<(), StoreError> {
    use rollup_day as d;
    let mut tally = Tally::default();
    for (_, _, hour) in list_hours(tx, &[series], (day * DAY, (day + 1) * DAY))? {
        tally.merge(&hour);
    }
    let (conn, row): (&mut Conn, _) = (tx, Columns::of(&tally));
    Both(
        diesel::insert_into(d::table)
            .values((
                d::series_id.eq(series),
                d::day.eq(small(day)),
                d::pass_n.eq(row.pass),
                d::slow_n.eq(row.slow),
                d::fail_n.eq(row.fail),
                d::inconclusive_n.eq(row.inconclusive),
                d::latency_sum_us.eq(row.sum),
                d::latency_max_us.eq(row.max),
                d::histogram.eq(row.histogram),
            ))
            .on_conflict((d::series_id, d::day))
            .do_update()
            .set((
                d::pass_n.eq(excluded(d::pass_n)),
                d::slow_n.eq(excluded(d::slow_n)),
                d::fail_n.eq(excluded(d::fail_n)),
                d::inconclusive_n.eq(excluded(d::inconclusive_n)),
                d::latency_sum_us.eq(excluded(d::latency_sum_us)),
                d::latency_max_us.eq(excluded(d::latency_max_us)),
                d::histogram.eq(excluded(d::histogram)),
            )),
    )
    .execute(conn)?;
    Ok(())
}

/// Hours `from` up to but not `to` of some series.
pub(super) fn list_hours(
    conn: &mut Conn,
    series: &[i64],
    (from, to): (i64, i64),
) -> Result<Vec<Sum>, StoreError> {
    rollup_hour::table
        .filter(rollup_hour::series_id.eq_any(series))
        .filter(rollup_hour::hour.ge(small(from)))
        .filter(rollup_hour::hour.lt(small(to)))
        .load::<Row>(conn)?
        .into_iter()
        .map(into_sum)
        .collect()
}

/// Days `from` up to but not `to` of some series.
pub(super) fn list_days(
    conn: &mut Conn,
    series: &[i64],
    (from, to): (i64, i64),
) -> Result<Vec<Sum>, StoreError> {
    rollup_day::table
        .filter(rollup_day::series_id.eq_any(series))
        .filter(rollup_day::day.ge(small(from)))
        .filter(rollup_day::day.lt(small(to)))
        .load::<Row>(conn)?
        .into_iter()
        .map(into_sum)
        .collect()
}

/// Both tables have the same shape: series, number, four counts, sum, max, histogram.
type Row = (i64, i32, i64, i64, i64, i64, i64, i64, Vec<u8>);

fn into_sum(
    (series, number, pass, slow, fail, inconclusive, sum, max, histogram): Row,
) -> Result<Sum, StoreError> {
    let tally = Tally {
        pass: count(pass),
        slow: count(slow),
        fail: count(fail),
        inconclusive: count(inconclusive),
        latency_sum_us: count(sum),
        latency_max_us: count(max),
        histogram: Histogram::unpack(&histogram)?,
    };
    Ok((series, i64::from(number), tally))
}

struct Columns {
    pass: i64,
    slow: i64,
    fail: i64,
    inconclusive: i64,
    sum: i64,
    max: i64,
    histogram: Vec<u8>,
}

impl Columns {
    fn of(tally: &Tally) -> Self {
        let column = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Self {
            pass: column(tally.pass),
            slow: column(tally.slow),
            fail: column(tally.fail),
            inconclusive: column(tally.inconclusive),
            sum: column(tally.latency_sum_us),
            max: column(tally.latency_max_us),
            histogram: tally.histogram.pack(),
        }
    }
}

fn count(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

/// Hours fit an `Integer` until the year 246 000.
fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

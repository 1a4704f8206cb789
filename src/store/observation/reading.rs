//! Reading observations back: points of a graph and percentiles of a window, from whichever of blobs, hours and days
//! is coarse enough; what is not sealed yet comes from the staging table.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use crate::domain::id::CheckId;
use crate::domain::timestamp::{DAY_MS, HOUR_MS, Timestamp};
use crate::store::dialect::Conn;
use crate::store::error::StoreError;

use super::codec::Sample;
use super::rollup;
use super::sealing::packed;
use super::staging::{list_staged, series_of_check};
use super::tally::Tally;

/// A stretch of time, and how wide the points in it are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub from: Timestamp,
    pub to: Timestamp,
    pub step: Duration,
}

/// What was seen from `at` until `at + step`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    pub at: Timestamp,
    pub tally: Tally,
}

/// A check's points over all its locations, oldest first; a stretch without a look has none. Steps of an hour or
/// more are answered from sums, which begin on the hour or the day.
pub fn list_points(
    conn: &mut Conn,
    check: CheckId,
    frame: Frame,
) -> Result<Vec<Point>, StoreError> {
    let step = i64::try_from(frame.step.as_millis())
        .unwrap_or(i64::MAX)
        .max(1);
    let mut points: BTreeMap<i64, Tally> = BTreeMap::new();
    for (at, tally) in pieces(conn, check, frame, step)? {
        points
            .entry(at - at.rem_euclid(step))
            .or_default()
            .merge(&tally);
    }
    Ok(points
        .into_iter()
        .map(|(at, tally)| Point {
            at: Timestamp::from_millis(at),
            tally,
        })
        .collect())
}

/// Everything a check saw in a window, over all its locations.
pub fn sum(
    conn: &mut Conn,
    check: CheckId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Tally, StoreError> {
    // Sums are exact enough once a window is much longer than what they round.
    let step = match to.since(from).as_secs() {
        0..=86_400 => Duration::from_mins(1),
        86_401..=7_776_000 => Duration::from_hours(1),
        _ => Duration::from_hours(24),
    };
    let mut whole = Tally::default();
    for point in list_points(conn, check, Frame { from, to, step })? {
        whole.merge(&point.tally);
    }
    Ok(whole)
}

/// Sums with the moment they begin at, each no wider than `step`.
fn pieces(
    conn: &mut Conn,
    check: CheckId,
    frame: Frame,
    step: i64,
) -> Result<Vec<(i64, Tally)>, StoreError> {
    let series = series_of_check(conn, check)?;
    let hours = (frame.from.hour(), frame.to.hour() + 1);
    let sums = rollup::list_hours(conn, &series, hours)?;
    let sealed: HashSet<(i64, i64)> = sums
        .iter()
        .map(|(series, hour, _)| (*series, *hour))
        .collect();
    let mut pieces = if step < HOUR_MS {
        let mut found = Vec::new();
        for (series, hour) in &sealed {
            found.extend(within(packed(conn, *series, *hour)?, frame));
        }
        found
    } else if step < DAY_MS {
        sums.into_iter()
            .map(|(_, hour, tally)| (hour * HOUR_MS, tally))
            .collect()
    } else {
        let days = (frame.from.day(), frame.to.day() + 1);
        let days = rollup::list_days(conn, &series, days)?;
        days.into_iter()
            .map(|(_, day, tally)| (day * DAY_MS, tally))
            .collect()
    };
    for number in series {
        let staged = list_staged(conn, (number, number), frame.to.as_millis())?;
        // An hour that is sealed already waits for its late rows until they are sealed too.
        let fresh = staged
            .into_iter()
            .filter(|row| !sealed.contains(&(row.series, row.sample.at.hour())))
            .map(|row| row.sample)
            .collect();
        pieces.extend(within(fresh, frame));
    }
    Ok(pieces)
}

fn within(samples: Vec<Sample>, frame: Frame) -> impl Iterator<Item = (i64, Tally)> {
    samples
        .into_iter()
        .filter(move |sample| frame.from <= sample.at && sample.at < frame.to)
        .map(|sample| (sample.at.as_millis(), Tally::of(&[sample])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::observation::{Observation, Outcome, Phases};
    use crate::entropy;
    use crate::store::Store;
    use crate::store::for_tests::each_database;
    use crate::store::observation::{insert, sealing::seal};

    /// Hour 0 of a UTC day.
    const START: i64 = 480_000 * HOUR_MS;

    fn seen(check: CheckId, second: i64, outcome: Outcome, millis: u64) -> Observation {
        Observation {
            check,
            location: "fra".to_owned(),
            at: Timestamp::from_millis(START + second * 1000),
            outcome,
            phases: Phases {
                total: Duration::from_millis(millis),
                ..Phases::default()
            },
            reason: String::new(),
            detail: String::new(),
        }
    }

    /// Two hours of a look a minute, one in ten of them failed.
    async fn watch_two_hours(store: &Store, check: CheckId) {
        let all: Vec<_> = (0..120)
            .map(|minute| {
                let outcome = if minute % 10 == 0 {
                    Outcome::Fail
                } else {
                    Outcome::Pass
                };
                seen(check, minute * 60, outcome, 100)
            })
            .collect();
        store.write(move |tx| insert(tx, &all)).await.unwrap();
    }

    async fn points(store: &Store, check: CheckId, step: Duration) -> Vec<Point> {
        let (from, to) = (
            Timestamp::from_millis(START),
            Timestamp::from_millis(START + 2 * HOUR_MS),
        );
        let frame = Frame { from, to, step };
        store
            .read(move |conn| list_points(conn, check, frame))
            .await
            .unwrap()
    }

    fn shape(points: &[Point]) -> Vec<(i64, u64, u64)> {
        points
            .iter()
            .map(|point| {
                (
                    (point.at.as_millis() - START) / 60_000,
                    point.tally.pass,
                    point.tally.fail,
                )
            })
            .collect()
    }

    #[tokio::test]
    async fn a_graph_is_the_same_before_and_after_sealing() {
        each_database(async |store| {
            let check = CheckId(entropy::id());
            watch_two_hours(&store, check).await;
            let half = Duration::from_mins(30);
            let before = points(&store, check, half).await;

            for hour in 1..=2 {
                seal(&store, Timestamp::from_millis(START + hour * HOUR_MS))
                    .await
                    .unwrap();

                let after = points(&store, check, half).await;
                assert_eq!(shape(&after), shape(&before), "sealed {hour}");
            }
            assert_eq!(
                shape(&before),
                [(0, 27, 3), (30, 27, 3), (60, 27, 3), (90, 27, 3)]
            );
        })
        .await;
    }

    #[tokio::test]
    async fn sealing_again_counts_nothing_twice() {
        each_database(async |store| {
            let check = CheckId(entropy::id());
            let later = Timestamp::from_millis(START + 3 * HOUR_MS);
            // The second time is what a crash before the staged rows were deleted looks like.
            for _ in 0..2 {
                watch_two_hours(&store, check).await;
                seal(&store, later).await.unwrap();
            }

            for step in [Duration::from_hours(1), Duration::from_hours(24)] {
                let found = points(&store, check, step).await;
                let counted: u64 = found.iter().map(|point| point.tally.count()).sum();
                assert_eq!(counted, 120, "{step:?}");
            }
            assert_eq!(seal(&store, later).await, Ok(0));
        })
        .await;
    }

    #[tokio::test]
    async fn a_late_observation_joins_its_hour() {
        each_database(async |store| {
            let check = CheckId(entropy::id());
            watch_two_hours(&store, check).await;
            let later = Timestamp::from_millis(START + 3 * HOUR_MS);
            seal(&store, later).await.unwrap();

            let late = [seen(check, 90, Outcome::Slow, 900)];
            store.write(move |tx| insert(tx, &late)).await.unwrap();
            seal(&store, later).await.unwrap();

            let first = points(&store, check, Duration::from_hours(1))
                .await
                .remove(0);
            assert_eq!((first.tally.count(), first.tally.slow), (61, 1));
        })
        .await;
    }

    #[tokio::test]
    async fn percentiles_of_a_window_leave_failures_out() {
        each_database(async |store| {
            let check = CheckId(entropy::id());
            let all: Vec<_> = (1..=100)
                .map(|number| seen(check, number, Outcome::Pass, number.unsigned_abs()))
                .chain([seen(check, 200, Outcome::Fail, 10_000)])
                .collect();
            store.write(move |tx| insert(tx, &all)).await.unwrap();

            let (from, to) = (
                Timestamp::from_millis(START),
                Timestamp::from_millis(START + HOUR_MS),
            );
            let whole = store
                .read(move |conn| sum(conn, check, from, to))
                .await
                .unwrap();

            let median = whole.latency(500).unwrap().as_secs_f64();
            assert!((median - 0.050).abs() <= 0.050 / 32.0, "{median}");
            assert_eq!((whole.fail, whole.latency_max_us), (1, 100_000));
        })
        .await;
    }
}

//! Stretches of one status: what was measured, and what was published. Bars and uptime are made of these alone.

use diesel::prelude::*;

use crate::domain::id::ComponentId;
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::store::column;
use crate::store::dialect::Conn;
use crate::store::error::StoreError;
use crate::store::schema::status_interval;
use crate::store::tx::Tx;

/// Whose word a stretch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntervalKind {
    /// What derivation found.
    Measured,
    /// What the page said: with incidents, maintenance and pins on top.
    Published,
}

impl IntervalKind {
    pub const ALL: [Self; 2] = [Self::Measured, Self::Published];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Published => "published",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One stretch; open while it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub component: ComponentId,
    pub kind: IntervalKind,
    pub status: Status,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// From `at` on the status is `status`: ends the open stretch and begins the next. The same status goes on as it is,
/// and a time before the open stretch began counts as its beginning.
pub fn turn(
    tx: &mut Tx<'_>,
    (component, kind): (ComponentId, IntervalKind),
    status: Status,
    at: Timestamp,
) -> Result<(), StoreError> {
    let started_at = match open(tx, component, kind)? {
        Some(row) if row.status == status.name() => return Ok(()),
        Some(row) => end(tx, &row, at)?,
        None => at,
    };
    let conn: &mut Conn = tx;
    diesel::insert_into(status_interval::table)
        .values((
            status_interval::component_id.eq(component.as_str()),
            status_interval::kind.eq(kind.name()),
            status_interval::status.eq(status.name()),
            status_interval::started_at.eq(started_at.as_millis()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends the open stretch with none to follow: the component is not watched any more.
pub fn close(
    tx: &mut Tx<'_>,
    component: ComponentId,
    kind: IntervalKind,
    at: Timestamp,
) -> Result<(), StoreError> {
    if let Some(row) = open(tx, component, kind)? {
        end(tx, &row, at)?;
    }
    Ok(())
}

/// Every component's stretches that touch the time from `from` to `to`, in order of component and time.
pub fn list_between(
    conn: &mut Conn,
    kind: IntervalKind,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Interval>, StoreError> {
    status_interval::table
        .filter(status_interval::kind.eq(kind.name()))
        .filter(ends_after(from))
        .filter(status_interval::started_at.lt(to.as_millis()))
        .order((status_interval::component_id, status_interval::started_at))
        .select(Row::as_select())
        .load(conn)?
        .into_iter()
        .map(Row::into_interval)
        .collect()
}

/// One component's stretches that touch the time from `from` on, oldest first.
pub fn list_of(
    conn: &mut Conn,
    component: ComponentId,
    kind: IntervalKind,
    from: Timestamp,
) -> Result<Vec<Interval>, StoreError> {
    status_interval::table
        .filter(status_interval::component_id.eq(component.as_str()))
        .filter(status_interval::kind.eq(kind.name()))
        .filter(ends_after(from))
        .order(status_interval::started_at)
        .select(Row::as_select())
        .load(conn)?
        .into_iter()
        .map(Row::into_interval)
        .collect()
}

#[diesel::dsl::auto_type]
fn ends_after(from: Timestamp) -> _ {
    let from: i64 = from.as_millis();
    status_interval::ended_at
        .is_null()
        .or(status_interval::ended_at.gt(from))
}

fn open(
    conn: &mut Conn,
    component: ComponentId,
    kind: IntervalKind,
) -> Result<Option<Row>, StoreError> {
    Ok(status_interval::table
        .filter(status_interval::component_id.eq(component.as_str()))
        .filter(status_interval::kind.eq(kind.name()))
        .filter(status_interval::ended_at.is_null())
        .select(Row::as_select())
        .first(conn)
        .optional()?)
}

/// Ends a stretch and answers where the next begins; one that would be empty is taken away.
fn end(tx: &mut Tx<'_>, row: &Row, at: Timestamp) -> Result<Timestamp, StoreError> {
    let conn: &mut Conn = tx;
    let started_at = Timestamp::from_millis(row.started_at);
    if at <= started_at {
        diesel::delete(status_interval::table.find(row.id)).execute(conn)?;
        return Ok(started_at);
    }
    diesel::update(status_interval::table.find(row.id))
        .set(status_interval::ended_at.eq(at.as_millis()))
        .execute(conn)?;
    Ok(at)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = status_interval)]
struct Row {
    id: i64,
    component_id: String,
    kind: String,
    status: String,
    started_at: i64,
    ended_at: Option<i64>,
}

impl Row {
    fn into_interval(self) -> Result<Interval, StoreError> {
        Ok(Interval {
            component: column::id(&self.component_id, ComponentId)?,
            kind: column::word(&self.kind, IntervalKind::parse)?,
            status: column::word(&self.status, Status::parse)?,
            started_at: Timestamp::from_millis(self.started_at),
            ended_at: column::optional_time(self.ended_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy;
    use crate::store::for_tests::each_database;

    const AT: fn(i64) -> Timestamp = Timestamp::from_seconds;

    #[tokio::test]
    async fn stretches_follow_each_other_without_a_hole() {
        each_database(async |store| {
            let component = ComponentId(entropy::id());
            let whose = (component, IntervalKind::Measured);
            store
                .write(move |tx| {
                    turn(tx, whose, Status::Operational, AT(10))?;
                    turn(tx, whose, Status::Operational, AT(15))?;
                    turn(tx, whose, Status::MajorOutage, AT(20))?;
                    turn(tx, whose, Status::Unknown, AT(20))?;
                    turn(tx, whose, Status::Operational, AT(30))
                })
                .await
                .unwrap();

            let found = store
                .read(move |conn| list_of(conn, component, IntervalKind::Measured, AT(0)))
                .await
                .unwrap();

            let shape: Vec<_> = found
                .iter()
                .map(|one| (one.status, one.started_at, one.ended_at))
                .collect();
            assert_eq!(
                shape,
                [
                    (Status::Operational, AT(10), Some(AT(20))),
                    (Status::Unknown, AT(20), Some(AT(30))),
                    (Status::Operational, AT(30), None),
                ]
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_window_shows_what_touches_it() {
        each_database(async |store| {
            let whose = (ComponentId(entropy::id()), IntervalKind::Published);
            store
                .write(move |tx| {
                    turn(tx, whose, Status::Operational, AT(10))?;
                    turn(tx, whose, Status::MajorOutage, AT(20))?;
                    close(tx, whose.0, whose.1, AT(30))
                })
                .await
                .unwrap();

            let count = async |from, to| {
                let kind = IntervalKind::Published;
                let found = store
                    .read(move |conn| list_between(conn, kind, AT(from), AT(to)))
                    .await;
                found.unwrap().len()
            };
            assert_eq!(count(0, 10).await, 0);
            assert_eq!(count(12, 18).await, 1);
            assert_eq!(count(12, 40).await, 2);
            assert_eq!(count(30, 40).await, 0);
        })
        .await;
    }
}

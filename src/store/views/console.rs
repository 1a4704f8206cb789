//! What the console's screens read, each in one consistent snapshot.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::domain::audience;
use crate::domain::delivery::DeliveryState;
use crate::domain::event::{Event, EventKind, Notice};
use crate::domain::id::{ComponentId, IncidentId, UpdateId};
use crate::domain::incident::{Incident, Publication};
use crate::domain::maintenance::Maintenance;
use crate::domain::pin::Pin;
use crate::domain::status::Status;
use crate::domain::subscriber::{Channel, SubscriberState, Topic};
use crate::domain::timestamp::Timestamp;
use crate::store::schema::{component_state, delivery, event, operator, status_interval};
use crate::store::{Conn, StoreError, column, incident, ledger, maintenance, pin, subscriber};

/// Subscribers read at a time when the audience is counted.
const CHUNK: i64 = 2000;

/// What one component is measured and said to be, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub declared: (Status, Timestamp),
    pub measured: Option<(Status, Timestamp)>,
    /// The event whose record says why.
    pub because: Option<i64>,
}

pub type Standings = BTreeMap<ComponentId, Standing>;

/// Where the deliveries of one event stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub sent: i64,
    pub waiting: i64,
    pub failed: i64,
    pub first_at: Option<Timestamp>,
    pub last_at: Option<Timestamp>,
}

impl Told {
    #[must_use]
    pub const fn all(&self) -> i64 {
        self.sent + self.waiting + self.failed
    }
}

/// How many would hear of something, by channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    pub mail: u64,
    pub webhooks: u64,
    /// Active subscribers who chose otherwise.
    pub others: u64,
}

impl Reach {
    #[must_use]
    pub const fn all(&self) -> u64 {
        self.mail + self.webhooks
    }
}

/// The first screen of somebody on call.
pub struct Overview {
    /// Published and not resolved, oldest first.
    pub open: Vec<Incident>,
    /// Waiting for a click, oldest first, each with what it would reach.
    pub proposals: Vec<(Incident, Reach)>,
    pub maintenance: Vec<Maintenance>,
    pub pins: Vec<Pin>,
    pub standings: Standings,
    /// What the last update of each open incident came to.
    pub told: BTreeMap<IncidentId, Told>,
    pub deliveries: Told,
    pub subscribers: u64,
}

pub fn overview(
    conn: &mut Conn,
    notice: impl Fn(&Incident) -> Notice,
    now: Timestamp,
) -> Result<Overview, StoreError> {
    let (proposed, open): (Vec<_>, Vec<_>) = incident::list_open(conn)?
        .into_iter()
        .partition(|one| one.publication == Publication::Proposed);
    let notices: Vec<Notice> = proposed.iter().map(notice).collect();
    let reaches = reaches(conn, Topic::Incident, &notices)?;
    let mut told = BTreeMap::new();
    for one in &open {
        let by_update = told_by_update(conn, one.id)?;
        let last = one
            .updates
            .last()
            .and_then(|update| by_update.get(&update.id));
        told.extend(last.map(|last| (one.id, *last)));
    }
    Ok(Overview {
        open,
        proposals: proposed.into_iter().zip(reaches).collect(),
        maintenance: maintenance::list_active_and_upcoming(conn, now)?,
        pins: pin::list_holding(conn, now)?,
        standings: standings(conn)?,
        told,
        deliveries: deliveries_waiting(conn)?,
        subscribers: active_subscribers(conn)?,
    })
}

/// Every component as declared and as measured.
pub fn standings(conn: &mut Conn) -> Result<Standings, StoreError> {
    let mut found = Standings::new();
    let open: Vec<(String, String, String, i64)> = status_interval::table
        .filter(status_interval::ended_at.is_null())
        .select((
            status_interval::component_id,
            status_interval::kind,
            status_interval::status,
            status_interval::started_at,
        ))
        .load(conn)?;
    let states: Vec<(String, String, i64, Option<i64>)> = component_state::table
        .select((
            component_state::component_id,
            component_state::status,
            component_state::since,
            component_state::event_seq,
        ))
        .load(conn)?;
    for (component, status, since, because) in states {
        let declared = (
            column::word(&status, Status::parse)?,
            Timestamp::from_millis(since),
        );
        let standing = Standing {
            declared,
            measured: None,
            because,
        };
        found.insert(column::id(&component, ComponentId)?, standing);
    }
    for (component, kind, status, since) in open {
        if kind != "measured" {
            continue;
        }
        let measured = (
            column::word(&status, Status::parse)?,
            Timestamp::from_millis(since),
        );
        if let Some(standing) = found.get_mut(&column::id(&component, ComponentId)?) {
            standing.measured = Some(measured);
        }
    }
    Ok(found)
}

/// One incident with everything said and done about it.
pub struct IncidentRoom {
    pub incident: Incident,
    pub events: Vec<Event>,
    pub told: BTreeMap<UpdateId, Told>,
    pub standings: Standings,
    pub reach: Reach,
    /// Mail addresses of operators, by id, for the timeline's "by".
    pub names: BTreeMap<String, String>,
}

pub fn incident_room(
    conn: &mut Conn,
    id: IncidentId,
    notice: impl Fn(&Incident) -> Notice,
) -> Result<Option<IncidentRoom>, StoreError> {
    let Some(incident) = incident::by_id(conn, id)? else {
        return Ok(None);
    };
    let reach = reaches(conn, Topic::Incident, &[notice(&incident)])?
        .pop()
        .unwrap_or_default();
    Ok(Some(IncidentRoom {
        events: ledger::list_of_incident(conn, id)?,
        told: told_by_update(conn, id)?,
        standings: standings(conn)?,
        names: operator_names(conn)?,
        reach,
        incident,
    }))
}

/// How many would hear of each notice; every active subscriber is asked the same question the fan-out will ask.
pub fn reaches(
    conn: &mut Conn,
    topic: Topic,
    notices: &[Notice],
) -> Result<Vec<Reach>, StoreError> {
    let mut reaches = vec![Reach::default(); notices.len()];
    if notices.is_empty() {
        return Ok(reaches);
    }
    let mut after = String::new();
    loop {
        let chunk = subscriber::list_after(conn, &after, CHUNK)?;
        let Some(last) = chunk.last() else {
            return Ok(reaches);
        };
        after = last.id.to_string();
        for one in chunk
            .iter()
            .filter(|one| one.state == SubscriberState::Active)
        {
            for (notice, reach) in notices.iter().zip(&mut reaches) {
                match (audience::hears(&one.scope, topic, notice), one.channel) {
                    (true, Channel::Email) => reach.mail += 1,
                    (true, Channel::Webhook) => reach.webhooks += 1,
                    (false, Channel::Email | Channel::Webhook) => reach.others += 1,
                }
            }
        }
    }
}

/// The ledger page by page, and who is who in it.
pub fn audit(
    conn: &mut Conn,
    before: i64,
) -> Result<(Vec<Event>, BTreeMap<String, String>), StoreError> {
    Ok((
        ledger::list_before(conn, before, 100)?,
        operator_names(conn)?,
    ))
}

/// Operators' addresses by id.
pub fn operator_names(conn: &mut Conn) -> Result<BTreeMap<String, String>, StoreError> {
    let rows: Vec<(String, String)> = operator::table
        .select((operator::id, operator::email))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// One component with the reasons for what it is and was.
pub struct ComponentRoom {
    pub standing: Option<Standing>,
    /// Newest first.
    pub changes: Vec<Event>,
    pub incidents: Vec<Incident>,
    pub pins: Vec<Pin>,
}

pub fn component_room(
    conn: &mut Conn,
    id: ComponentId,
    now: Timestamp,
) -> Result<ComponentRoom, StoreError> {
    let concerns = |one: &Incident| {
        one.root == Some(id)
            || one
                .components
                .iter()
                .any(|declared| declared.component == id)
    };
    let changes = ledger::list_of_component(conn, id, 50)?.into_iter();
    Ok(ComponentRoom {
        standing: standings(conn)?.remove(&id),
        changes: changes
            .filter(|one| one.kind == EventKind::ComponentStatusChanged)
            .collect(),
        incidents: incident::list_open(conn)?
            .into_iter()
            .filter(concerns)
            .collect(),
        pins: pin::list_holding(conn, now)?
            .into_iter()
            .filter(|pin| pin.component == id)
            .collect(),
    })
}

/// The deliveries of each update of one incident.
fn told_by_update(conn: &mut Conn, id: IncidentId) -> Result<BTreeMap<UpdateId, Told>, StoreError> {
    let events: Vec<(i64, Option<String>)> = event::table
        .filter(event::incident_id.eq(id.as_str()))
        .filter(event::update_id.is_not_null())
        .order(event::seq)
        .select((event::seq, event::update_id))
        .load(conn)?;
    let mut told = BTreeMap::new();
    for (seq, update) in events {
        if let Some(update) = update {
            told.insert(column::id(&update, UpdateId)?, told_of_event(conn, seq)?);
        }
    }
    Ok(told)
}

/// By state, with the first and last moment of what is done.
type StateRow = (i16, i64, Option<i64>, Option<i64>);

fn told_of_event(conn: &mut Conn, seq: i64) -> Result<Told, StoreError> {
    let rows: Vec<StateRow> = delivery::table
        .filter(delivery::event_seq.eq(seq))
        .group_by(delivery::state)
        .select((
            delivery::state,
            diesel::dsl::count_star(),
            diesel::dsl::min(delivery::done_at),
            diesel::dsl::max(delivery::done_at),
        ))
        .load(conn)?;
    sum(&rows)
}

/// What is on its way now, whatever it is about.
fn deliveries_waiting(conn: &mut Conn) -> Result<Told, StoreError> {
    let rows: Vec<StateRow> = delivery::table
        .group_by(delivery::state)
        .select((
            delivery::state,
            diesel::dsl::count_star(),
            diesel::dsl::min(delivery::done_at),
            diesel::dsl::max(delivery::done_at),
        ))
        .load(conn)?;
    sum(&rows)
}

fn sum(rows: &[StateRow]) -> Result<Told, StoreError> {
    let mut told = Told::default();
    for (state, count, first, last) in rows {
        match column::number(*state, DeliveryState::from_number)? {
            DeliveryState::Sent => {
                told.sent += count;
                told.first_at = column::optional_time(*first);
                told.last_at = column::optional_time(*last);
            }
            DeliveryState::Ready | DeliveryState::Leased | DeliveryState::Held => {
                told.waiting += count;
            }
            DeliveryState::Dead => told.failed += count,
            // A newer update went instead, or nobody wanted it any more: neither sent nor owed.
            DeliveryState::Superseded | DeliveryState::Cancelled => {}
        }
    }
    Ok(told)
}

fn active_subscribers(conn: &mut Conn) -> Result<u64, StoreError> {
    let counts = subscriber::counts(conn)?;
    let active = counts
        .iter()
        .filter(|(_, state, _)| state == SubscriberState::Active.name());
    Ok(active
        .map(|(_, _, count)| u64::try_from(*count).unwrap_or_default())
        .sum())
}

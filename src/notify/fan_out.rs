//! From one committed event to one delivery row per recipient. Stop 8 of the journey.
//!
//! Before: [`crate::store::ledger`] has the event and [`crate::store::fan_out`] its row. After:
//! [`super::feed`] claims what is made here. Chunks of a thousand subscribers by cursor, each in one short
//! transaction with the cursor's move, so that a crash anywhere repeats nothing; one event at a time per topic.

use std::collections::HashSet;
use std::sync::Arc;

use crate::domain::audience;
use crate::domain::delivery::{Lane, Recipient};
use crate::domain::estate::Estate;
use crate::domain::event::Event;
use crate::domain::subscriber::{Channel, EmailAddress, Topic};
use crate::domain::timestamp::Timestamp;
use crate::notify::counts::Counts;
use crate::notify::hearers::Hearers;
use crate::notify::{retry, words};
use crate::store::fan_out::FanOut;
use crate::store::{Conn, Store, StoreError, Tx, delivery, fan_out, ledger, operator, subscriber};

/// Subscribers looked at per transaction: 100,000 rows in one would hold the writer for a second.
const CHUNK: i64 = 1000;
/// Rows ready in a lane beyond which a fan-out waits: what is not yet a row can still be superseded for free.
const ENOUGH_READY: i64 = 10_000;
/// Expansions looked at together.
const MOST_OPEN: i64 = 256;

/// What one look came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) made: usize,
    pub(super) there: usize,
    pub(super) superseded: usize,
    /// Whether a cursor moved.
    pub(super) has_moved: bool,
    /// Whether looking again at once is worth it.
    pub(super) has_more: bool,
}

/// Takes one chunk of the oldest open expansion of every topic.
pub(super) async fn tick(
    store: &Store,
    estate: &Arc<Estate>,
    counts: &Counts,
    now: Timestamp,
) -> Result<Progress, StoreError> {
    let open = store
        .read(|conn| fan_out::list_open(conn, MOST_OPEN))
        .await?;
    let (mut topics, mut waits) = (HashSet::new(), false);
    let mut total = Progress::default();
    for head in open {
        if !topics.insert(head.topic.clone()) {
            waits = true;
            continue;
        }
        let (estate, seq) = (Arc::clone(estate), head.event);
        let one = match store
            .write(move |tx| advance(tx, &head, &estate, now))
            .await
        {
            Ok(one) => one,
            Err(error) if error.is_passing() => return Err(error),
            Err(error) => {
                tracing::error!(event.seq = seq, %error, "an event cannot be fanned out");
                continue;
            }
        };
        total.made += one.made;
        total.there += one.there;
        total.superseded += one.superseded;
        total.has_moved |= one.has_moved;
        total.has_more |= one.has_more;
    }
    total.has_more |= waits && total.has_moved;
    Counts::add(&counts.queued, total.made);
    Counts::add(&counts.duplicates_avoided, total.there);
    Counts::add(&counts.superseded, total.superseded);
    Ok(total)
}

fn advance(
    tx: &mut Tx<'_>,
    head: &FanOut,
    estate: &Estate,
    now: Timestamp,
) -> Result<Progress, StoreError> {
    let Some(event) = ledger::by_seq(tx, head.event)? else {
        fan_out::set_cursor(tx, head, &head.after, true)?;
        return Ok(Progress::default());
    };
    let hearers = Hearers::of(event.kind);
    let lane = hearers.lane();
    if lane != Lane::Personal && delivery::count_ready(tx, lane)? > ENOUGH_READY {
        return Ok(Progress::default());
    }
    let chunk = match hearers {
        Hearers::Subscribers(topic) => subscribers(tx, head, (&event, estate), topic)?,
        Hearers::Staff(role) => Chunk::whole(staff(tx, &event, role, estate)?),
        Hearers::Person => Chunk::whole(person(tx, &event)?),
        Hearers::Nobody => Chunk::whole(Vec::new()),
    };
    let batch = delivery::Batch {
        event: event.seq,
        topic: head.topic.clone(),
        lane,
        at: now,
    };
    let is_last = chunk.next.is_none();
    let after = chunk.next.as_deref().unwrap_or(&head.after);
    if !fan_out::set_cursor(tx, head, after, is_last)? {
        return Ok(Progress::default());
    }
    let made = delivery::insert(tx, &batch, &chunk.new)?;
    let keys: Vec<String> = chunk
        .new
        .iter()
        .filter(|one| one.channel == Channel::Email)
        .map(|one| delivery::recipient_key(&one.recipient))
        .collect();
    let superseded = delivery::set_superseded(tx, &batch, &keys)?;
    Ok(Progress {
        made,
        there: chunk.new.len() - made,
        superseded,
        has_moved: true,
        has_more: !is_last,
    })
}

/// Recipients found, and where the cursor goes; `None` at the end.
struct Chunk {
    new: Vec<delivery::New>,
    next: Option<String>,
}

impl Chunk {
    fn whole(new: Vec<delivery::New>) -> Self {
        Self { new, next: None }
    }
}

fn subscribers(
    conn: &mut Conn,
    head: &FanOut,
    (event, estate): (&Event, &Estate),
    topic: Topic,
) -> Result<Chunk, StoreError> {
    let Some(notice) = words::of(event, estate) else {
        return Ok(Chunk::whole(Vec::new()));
    };
    let candidates = subscriber::list_audience(conn, &head.after, event.at, CHUNK)?;
    let is_full = i64::try_from(candidates.len()).is_ok_and(|count| count == CHUNK);
    let next = candidates
        .last()
        .filter(|_| is_full)
        .map(|last| last.id.to_string());
    let new = candidates
        .into_iter()
        .filter(|candidate| can_hear(candidate.channel, topic))
        .filter(|candidate| audience::hears(&candidate.scope, topic, &notice))
        .map(of_subscriber)
        .collect();
    Ok(Chunk { new, next })
}

/// Every change of every component is for machines; people get the updates that people wrote.
const fn can_hear(channel: Channel, topic: Topic) -> bool {
    match (channel, topic) {
        (Channel::Webhook, _) | (Channel::Email, Topic::Incident | Topic::Maintenance) => true,
        (Channel::Email, Topic::Component) => false,
    }
}

fn of_subscriber(record: subscriber::Record) -> delivery::New {
    delivery::New {
        recipient: Recipient::Subscriber(record.id),
        channel: record.channel,
        address: record.address,
        is_held: retry::is_circuit_open(record.failures),
    }
}

fn person(conn: &mut Conn, event: &Event) -> Result<Vec<delivery::New>, StoreError> {
    let Some(id) = event.about.subscriber else {
        return Ok(Vec::new());
    };
    let record = subscriber::by_id(conn, id)?;
    Ok(record.into_iter().map(of_subscriber).collect())
}

fn staff(
    conn: &mut Conn,
    event: &Event,
    role: crate::domain::actor::Role,
    estate: &Estate,
) -> Result<Vec<delivery::New>, StoreError> {
    let operators = operator::list(conn)?
        .into_iter()
        .filter(|one| !one.is_disabled() && one.role >= role)
        .map(|one| one.email);
    let owners = owners(event, estate);
    let mut seen = HashSet::new();
    Ok(operators
        .chain(owners)
        .filter_map(|text| EmailAddress::parse(&text).ok())
        .filter(|address| seen.insert(address.key()))
        .map(|address| delivery::New {
            recipient: Recipient::Staff(address.as_str().to_owned()),
            channel: Channel::Email,
            address: address.as_str().to_owned(),
            is_held: false,
        })
        .collect())
}

/// Mail addresses of those who own a component that the event names or affects.
fn owners(event: &Event, estate: &Estate) -> Vec<String> {
    let affected = words::of(event, estate).map_or_else(Vec::new, |notice| notice.affected);
    affected
        .iter()
        .map(|affected| affected.component)
        .chain(event.about.component)
        .filter_map(|id| estate.component(id)?.owner_mail.clone())
        .collect()
}

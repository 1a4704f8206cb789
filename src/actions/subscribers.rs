//! Subscribers as an operator sees them: added, removed, listed, brought in and taken out as CSV.

use serde::{Deserialize, Serialize};

use crate::actions::components;
use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::actions::subscriber_lines::{COLUMNS, Line};
use crate::actions::subscribing::{self, AskToSubscribe};
use crate::channel::webhook::{WebhookSettings, sign};
use crate::domain::event::EventKind;
use crate::domain::id::{ComponentId, SubscriberId};
use crate::domain::incident::Impact;
use crate::domain::subscriber::{Channel, Scope, SubscriberState, Topic};
use crate::domain::subscription::SECRET_PURPOSE;
use crate::domain::timestamp::Timestamp;
use crate::egress::Policy;
use crate::entropy;
use crate::store::subscriber::{self, Record};
use crate::store::{StoreError, Tx, ledger, settlement};

/// Rows read at once.
const CHUNK: i64 = 1000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddSubscriber {
    pub channel: Channel,
    pub address: String,
    #[serde(default)]
    pub components: Vec<String>,
    #[serde(default = "default_topics")]
    pub topics: Vec<Topic>,
    #[serde(default = "default_impact")]
    pub min_impact: Impact,
    #[serde(default = "default_locale")]
    pub locale: String,
    /// Skips double opt-in, or a webhook's test: the operator vouches for the address.
    #[serde(default)]
    pub confirmed: bool,
}

pub(super) fn default_topics() -> Vec<Topic> {
    Scope::default().topics
}

pub(super) const fn default_impact() -> Impact {
    Impact::None
}

pub(super) fn default_locale() -> String {
    "en".to_owned()
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberAdded {
    /// None until the address confirms.
    pub id: Option<SubscriberId>,
    /// A webhook's signing secret, shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveSubscriber {
    /// Its id, mail address or URL.
    pub subscriber: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberRemoved {
    pub id: SubscriberId,
    pub event: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedSubscriber {
    pub id: SubscriberId,
    pub channel: Channel,
    pub address: String,
    pub state: String,
    pub components: Vec<ComponentId>,
    pub topics: Vec<Topic>,
    pub min_impact: Impact,
    pub locale: String,
    pub created_at: Timestamp,
    pub confirmed_at: Option<Timestamp>,
    pub ended_reason: Option<String>,
    pub failures: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportSubscribers {
    /// With a header from `channel,address,components,kinds,min_impact,locale`.
    pub csv: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscribersImported {
    pub added: usize,
    pub known: usize,
}

/// What an operator enters is dialled under the configured policy later; here only its shape is judged.
fn any_endpoint() -> WebhookSettings {
    WebhookSettings {
        policy: Policy::with_any_private(),
        allow_http: true,
    }
}

pub async fn add_subscriber(
    ctx: &ActionContext,
    wanted: AddSubscriber,
) -> Result<SubscriberAdded, ActionError> {
    if !wanted.confirmed {
        return ask(ctx, wanted).await;
    }
    let made = vouched(ctx, &wanted)?;
    let (id, secret) = (made.record.id, made.secret);
    let record = made.record;
    ctx.judge(move |ctx, tx| {
        if insert(ctx, tx, &record)? {
            return Ok(Ok(()));
        }
        Ok(Err(ActionError::conflict(
            "this address is subscribed already",
            "remove it first to begin anew",
        )))
    })
    .await?;
    Ok(SubscriberAdded {
        id: Some(id),
        secret,
    })
}

pub async fn remove_subscriber(
    ctx: &ActionContext,
    wanted: RemoveSubscriber,
) -> Result<SubscriberRemoved, ActionError> {
    ctx.judge(move |ctx, tx| {
        let Some(record) = find(tx, &wanted.subscriber)? else {
            return Ok(Err(ActionError::missing("this subscriber")));
        };
        settlement::cancel_all_of(tx, record.id, ctx.now)?;
        settlement::forget_address(tx, record.id)?;
        subscriber::delete(tx, record.id)?;
        let about = subscribing::about(record.id);
        let draft = ctx.draft(EventKind::SubscriberRemoved, about, "{}".to_owned());
        let event = ledger::append(tx, &draft)?;
        Ok(Ok(SubscriberRemoved {
            id: record.id,
            event,
        }))
    })
    .await
}

pub async fn list_subscribers(ctx: &ActionContext) -> Result<Vec<ListedSubscriber>, ActionError> {
    Ok(all(ctx).await?.into_iter().map(listed).collect())
}

/// CSV that [`import_subscribers`] reads back; only those who are told now.
pub async fn export_subscribers(ctx: &ActionContext) -> Result<String, ActionError> {
    let broken = |why: String| ActionError::Broken(why);
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(COLUMNS)
        .map_err(|why| broken(why.to_string()))?;
    for record in all(ctx).await? {
        if record.state != SubscriberState::Active {
            continue;
        }
        let components: Vec<&str> = record
            .scope
            .components
            .iter()
            .filter_map(|id| Some(ctx.estate.component(*id)?.key.as_str()))
            .collect();
        let kinds: Vec<&str> = record
            .scope
            .topics
            .iter()
            .map(|topic| topic.name())
            .collect();
        out.write_record([
            record.channel.name(),
            &record.address,
            &components.join(" "),
            &kinds.join(" "),
            record.scope.min_impact.name(),
            &record.locale,
        ])
        .map_err(|why| broken(why.to_string()))?;
    }
    let bytes = out.into_inner().map_err(|why| broken(why.to_string()))?;
    String::from_utf8(bytes).map_err(|why| broken(why.to_string()))
}

/// All or nothing: the first wrong line is named, and then nobody is added.
pub async fn import_subscribers(
    ctx: &ActionContext,
    wanted: ImportSubscribers,
) -> Result<SubscribersImported, ActionError> {
    let mut made = Vec::new();
    let mut reader = csv::Reader::from_reader(wanted.csv.as_bytes());
    for (at, row) in reader.deserialize::<Line>().enumerate() {
        let line = at + 2;
        let wrong = |why: String| ActionError::invalid("csv", format!("line {line}: {why}"));
        let row = row.map_err(|why| wrong(why.to_string()))?;
        let add = row.read().map_err(wrong)?;
        made.push(
            vouched(ctx, &add)
                .map_err(|why| wrong(why.to_string()))?
                .record,
        );
    }
    ctx.judge(move |ctx, tx| {
        let mut sum = SubscribersImported { added: 0, known: 0 };
        for record in &made {
            if insert(ctx, tx, record)? {
                sum.added += 1;
            } else {
                sum.known += 1;
            }
        }
        Ok(Ok(sum))
    })
    .await
}

async fn ask(ctx: &ActionContext, wanted: AddSubscriber) -> Result<SubscriberAdded, ActionError> {
    let (_, key) = subscribing::address(&any_endpoint(), wanted.channel, &wanted.address)?;
    let channel = wanted.channel;
    let asked = AskToSubscribe {
        channel,
        address: wanted.address,
        components: wanted.components,
        topics: wanted.topics,
        min_impact: wanted.min_impact,
        locale: wanted.locale,
        source: None,
    };
    let taken = subscribing::ask_to_subscribe(ctx, &any_endpoint(), asked).await?;
    let id = ctx
        .store
        .read(move |conn| subscriber::by_address(conn, channel, &key))
        .await?
        .map(|record| record.id);
    Ok(SubscriberAdded {
        id,
        secret: taken.secret.map(|secret| secret.reveal().to_owned()),
    })
}

struct Vouched {
    record: Record,
    secret: Option<String>,
}

fn vouched(ctx: &ActionContext, wanted: &AddSubscriber) -> Result<Vouched, ActionError> {
    let (address, key) = subscribing::address(&any_endpoint(), wanted.channel, &wanted.address)?;
    let secret = match wanted.channel {
        Channel::Email => None,
        Channel::Webhook => Some(sign::new_secret().reveal().to_owned()),
    };
    let secret_sealed = secret
        .as_deref()
        .map(|text| ctx.keys.seal(SECRET_PURPOSE, text))
        .transpose()
        .map_err(|why| ActionError::Broken(why.to_string()))?;
    let record = Record {
        id: SubscriberId(entropy::id()),
        channel: wanted.channel,
        address,
        address_key: key,
        state: SubscriberState::Active,
        scope: Scope {
            components: components::all_named(&ctx.estate, &wanted.components)?,
            topics: wanted.topics.clone(),
            min_impact: wanted.min_impact,
        },
        locale: wanted.locale.clone(),
        secret_sealed,
        confirm_hash: None,
        confirm_expires_at: None,
        created_at: ctx.now,
        confirmed_at: Some(ctx.now),
        ended_at: None,
        ended_reason: None,
        failures: 0,
        first_failure_at: None,
        open_until: None,
    };
    Ok(Vouched { record, secret })
}

/// False when the address is active already. One that had ended begins anew, by the operator's word.
fn insert(ctx: &ActionContext, tx: &mut Tx<'_>, record: &Record) -> Result<bool, StoreError> {
    let known = subscriber::by_address(tx, record.channel, &record.address_key)?;
    match known {
        Some(known) if known.state == SubscriberState::Active => return Ok(false),
        Some(known) => {
            subscriber::delete(tx, known.id)?;
            subscriber::insert(tx, record)?;
        }
        None => subscriber::insert(tx, record)?,
    }
    let about = subscribing::about(record.id);
    let draft = ctx.draft(EventKind::SubscriberAdded, about, "{}".to_owned());
    ledger::append(tx, &draft)?;
    Ok(true)
}

fn find(tx: &mut Tx<'_>, text: &str) -> Result<Option<Record>, StoreError> {
    if let Ok(id) = SubscriberId::parse(text) {
        return subscriber::by_id(tx, id);
    }
    for channel in [Channel::Email, Channel::Webhook] {
        let Ok((_, key)) = subscribing::address(&any_endpoint(), channel, text) else {
            continue;
        };
        if let Some(record) = subscriber::by_address(tx, channel, &key)? {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

async fn all(ctx: &ActionContext) -> Result<Vec<Record>, ActionError> {
    let (mut records, mut after) = (Vec::new(), String::new());
    loop {
        let from = after.clone();
        let chunk = ctx
            .store
            .read(move |conn| subscriber::list_after(conn, &from, CHUNK))
            .await?;
        let Some(last) = chunk.last() else {
            return Ok(records);
        };
        after = last.id.to_string();
        records.extend(chunk);
    }
}

fn listed(record: Record) -> ListedSubscriber {
    ListedSubscriber {
        id: record.id,
        channel: record.channel,
        address: record.address,
        state: record.state.name().to_owned(),
        components: record.scope.components,
        topics: record.scope.topics,
        min_impact: record.scope.min_impact,
        locale: record.locale,
        created_at: record.created_at,
        confirmed_at: record.confirmed_at,
        ended_reason: record.ended_reason,
        failures: record.failures,
    }
}

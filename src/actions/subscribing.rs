//! Subscribing by oneself: asking, confirming, leaving. The answer never tells whether an address is known.
//!
//! Every limit is counted before anything else is written, and counted in the database, so that a restart opens no
//! door. What the address gets is an event; the notifier writes the mail or the webhook.

use std::net::IpAddr;
use std::time::Duration;

use crate::actions::components;
use crate::actions::context::{ActionContext, Judged};
use crate::actions::error::ActionError;
use crate::channel::email::unsubscribe;
use crate::channel::webhook::{WebhookSettings, sign};
use crate::domain::check::Secret;
use crate::domain::event::{About, EventKind};
use crate::domain::id::SubscriberId;
use crate::domain::incident::Impact;
use crate::domain::subscriber::{Channel, EmailAddress, Scope, SubscriberState, Topic};
use crate::domain::subscription::{Asked, CONFIRM_PURPOSE, SECRET_PURPOSE};
use crate::domain::timestamp::Timestamp;
use crate::entropy;
use crate::seal::sha256_hex;
use crate::store::rate_limit::{self, Limit};
use crate::store::subscriber::{self, Record};
use crate::store::{Tx, column, fan_out, ledger, settlement};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// A confirmation link works this long.
const CONFIRM_WITHIN: Duration = Duration::from_secs(48 * HOUR);
/// Whoever said "never ask me again" is left alone this long.
const DECLINED_FOR: Duration = Duration::from_secs(30 * DAY);
const DECLINED: &str = "declined";

const PER_ADDRESS_SOON: Limit = limit(1, 15 * MINUTE);
const PER_ADDRESS_DAY: Limit = limit(3, DAY);
const PER_SOURCE: Limit = limit(5, HOUR);
const PER_DOMAIN: Limit = limit(50, HOUR);
const PER_PAGE: Limit = limit(300, HOUR);

const fn limit(most: i32, seconds: u64) -> Limit {
    Limit {
        most,
        window: Duration::from_secs(seconds),
    }
}

/// What a form asks for.
#[derive(Clone, Debug)]
pub struct AskToSubscribe {
    pub channel: Channel,
    pub address: String,
    /// By key or id; empty means every component.
    pub components: Vec<String>,
    pub topics: Vec<Topic>,
    pub min_impact: Impact,
    pub locale: String,
    /// Whose request it is; none for one made by an operator, which no limit concerns.
    pub source: Option<IpAddr>,
}

/// Always the same answer. For a webhook it carries a secret, which is the endpoint's only if it was new.
#[derive(Debug)]
pub struct AskTaken {
    pub secret: Option<Secret>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    pub id: SubscriberId,
    pub was_confirmed_before: bool,
}

/// Lots drawn once, before a transaction that may run twice.
struct Lots {
    id: SubscriberId,
    token: String,
    token_sealed: String,
    secret: Secret,
    secret_sealed: String,
}

/// A request that was read, with all that its row needs.
struct Request {
    wanted: AskToSubscribe,
    address: String,
    key: String,
    scope: Scope,
    lots: Lots,
}

pub async fn ask_to_subscribe(
    ctx: &ActionContext,
    endpoints: &WebhookSettings,
    wanted: AskToSubscribe,
) -> Result<AskTaken, ActionError> {
    let (address, key) = address(endpoints, wanted.channel, &wanted.address)?;
    let scope = Scope {
        components: components::all_named(&ctx.estate, &wanted.components)?,
        topics: wanted.topics.clone(),
        min_impact: wanted.min_impact,
    };
    let request = Request {
        wanted,
        address,
        key,
        scope,
        lots: draw(ctx)?,
    };
    let secret = match request.wanted.channel {
        Channel::Webhook => Some(request.lots.secret.clone()),
        Channel::Email => None,
    };
    ctx.judge(move |ctx, tx| {
        let (wanted, key) = (&request.wanted, &request.key);
        if let Err(refused) = count_public(tx, wanted, key, ctx.now)? {
            return Ok(Err(refused));
        }
        if wanted.source.is_some() && !may_write_to(tx, wanted, key, ctx.now)? {
            return Ok(Ok(()));
        }
        take(ctx, tx, &request)
    })
    .await?;
    Ok(AskTaken { secret })
}

/// Idempotent: a second click finds it done.
pub async fn confirm(ctx: &ActionContext, token: &str) -> Result<Confirmed, ActionError> {
    let hash = sha256_hex(token.as_bytes());
    ctx.judge(move |ctx, tx| {
        let Some(mut record) = subscriber::by_confirm_hash(tx, &hash)? else {
            return Ok(Err(ActionError::missing("this confirmation link")));
        };
        let confirmed = |was_confirmed_before| Confirmed {
            id: record.id,
            was_confirmed_before,
        };
        match record.state {
            SubscriberState::Active => return Ok(Ok(confirmed(true))),
            SubscriberState::Pending => {}
            SubscriberState::Unsubscribed | SubscriberState::Quarantined => {
                return Ok(Err(ActionError::missing("this confirmation link")));
            }
        }
        if record
            .confirm_expires_at
            .is_none_or(|until| until < ctx.now)
        {
            return Ok(Err(ActionError::conflict(
                "this confirmation link has expired",
                "ask for a new one with the form",
            )));
        }
        let done = confirmed(false);
        record.state = SubscriberState::Active;
        record.confirmed_at = Some(ctx.now);
        subscriber::set(tx, &record)?;
        let draft = ctx.draft(
            EventKind::SubscriberConfirmed,
            about(done.id),
            "{}".to_owned(),
        );
        ledger::append(tx, &draft)?;
        Ok(Ok(done))
    })
    .await
}

/// By the token in every mail. Done at once, whatever waits is cancelled, and a row long gone is no error.
pub async fn unsubscribe(ctx: &ActionContext, token: &str) -> Result<(), ActionError> {
    let Some(id) = unsubscribe::read_token(&ctx.keys, token) else {
        return Err(ActionError::missing("this unsubscribe link"));
    };
    ctx.judge(move |ctx, tx| {
        let Some(mut record) = subscriber::by_id(tx, id)? else {
            return Ok(Ok(()));
        };
        settlement::cancel_all_of(tx, id, ctx.now)?;
        let reason = match record.state {
            SubscriberState::Pending => DECLINED,
            SubscriberState::Active | SubscriberState::Quarantined => "unsubscribed",
            SubscriberState::Unsubscribed => return Ok(Ok(())),
        };
        record.state = SubscriberState::Unsubscribed;
        record.ended_at = Some(ctx.now);
        record.ended_reason = Some(reason.to_owned());
        record.confirm_hash = None;
        subscriber::set(tx, &record)?;
        let draft = ctx.draft(
            EventKind::SubscriberUnsubscribed,
            about(id),
            "{}".to_owned(),
        );
        ledger::append(tx, &draft)?;
        Ok(Ok(()))
    })
    .await
}

/// The address as stored, and the key under which it is one address.
pub(super) fn address(
    endpoints: &WebhookSettings,
    channel: Channel,
    text: &str,
) -> Result<(String, String), ActionError> {
    let invalid = |why: String| ActionError::invalid("address", why);
    match channel {
        Channel::Email => {
            let address = EmailAddress::parse(text).map_err(|why| invalid(why.to_string()))?;
            Ok((address.as_str().to_owned(), address.key()))
        }
        Channel::Webhook => {
            let url = endpoints
                .endpoint(text)
                .map_err(|why| invalid(why.to_string()))?;
            Ok((url.to_string(), url.to_string()))
        }
    }
}

/// Limits whose refusal tells nothing about the address.
fn count_public(tx: &mut Tx<'_>, wanted: &AskToSubscribe, key: &str, now: Timestamp) -> Judged<()> {
    let Some(source) = wanted.source else {
        return Ok(Ok(()));
    };
    let domain = match wanted.channel {
        Channel::Email => key
            .rsplit_once('@')
            .map_or(key, |(_, domain)| domain)
            .to_owned(),
        Channel::Webhook => url::Url::parse(key)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default(),
    };
    let buckets = [
        (format!("subscribe:ip:{}", block(source)), PER_SOURCE),
        (format!("subscribe:domain:{domain}"), PER_DOMAIN),
        ("subscribe:page".to_owned(), PER_PAGE),
    ];
    for (bucket, limit) in buckets {
        if !rate_limit::take(tx, &bucket, limit, now)? {
            return Ok(Err(ActionError::Limited {
                retry_after: limit.window,
            }));
        }
    }
    Ok(Ok(()))
}

/// Limits that protect the owner of the address; passing them or not looks the same from outside.
fn may_write_to(
    tx: &mut Tx<'_>,
    wanted: &AskToSubscribe,
    key: &str,
    now: Timestamp,
) -> Result<bool, crate::store::StoreError> {
    let who = sha256_hex(format!("{} {key}", wanted.channel.name()).as_bytes());
    let soon = rate_limit::take(tx, &format!("subscribe:soon:{who}"), PER_ADDRESS_SOON, now)?;
    Ok(soon && rate_limit::take(tx, &format!("subscribe:day:{who}"), PER_ADDRESS_DAY, now)?)
}

/// A v4 address, or the /64 that one v6 household has.
fn block(source: IpAddr) -> String {
    match source.to_canonical() {
        IpAddr::V4(four) => four.to_string(),
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

fn draw(ctx: &ActionContext) -> Result<Lots, ActionError> {
    let (token, secret) = (entropy::token(), sign::new_secret());
    let seal = |purpose, text: &str| {
        ctx.keys
            .seal(purpose, text)
            .map_err(|why| ActionError::Broken(why.to_string()))
    };
    Ok(Lots {
        id: SubscriberId(entropy::id()),
        token_sealed: seal(CONFIRM_PURPOSE, &token)?,
        secret_sealed: seal(SECRET_PURPOSE, secret.reveal())?,
        token,
        secret,
    })
}

fn take(ctx: &ActionContext, tx: &mut Tx<'_>, request: &Request) -> Judged<()> {
    let (wanted, lots) = (&request.wanted, &request.lots);
    let known = subscriber::by_address(tx, wanted.channel, &request.key)?;
    if let Some(known) = &known {
        if known.state == SubscriberState::Active {
            return tell_known(ctx, tx, known);
        }
        let declined = known.ended_reason.as_deref() == Some(DECLINED)
            && known
                .ended_at
                .is_some_and(|at| ctx.now.since(at) < DECLINED_FOR);
        if declined && wanted.source.is_some() {
            return Ok(Ok(()));
        }
    }
    let expires_at = ctx.now + CONFIRM_WITHIN;
    let is_mail = wanted.channel == Channel::Email;
    let record = Record {
        id: known.as_ref().map_or(lots.id, |known| known.id),
        channel: wanted.channel,
        address: request.address.clone(),
        address_key: request.key.clone(),
        state: SubscriberState::Pending,
        scope: request.scope.clone(),
        locale: wanted.locale.clone(),
        secret_sealed: (!is_mail).then(|| lots.secret_sealed.clone()),
        confirm_hash: is_mail.then(|| sha256_hex(lots.token.as_bytes())),
        confirm_expires_at: Some(expires_at),
        created_at: ctx.now,
        confirmed_at: None,
        ended_at: None,
        ended_reason: None,
        failures: 0,
        first_failure_at: None,
        open_until: None,
    };
    match known {
        Some(_) => subscriber::set(tx, &record)?,
        None => subscriber::insert(tx, &record)?,
    }
    let asked = if is_mail {
        Asked::Confirm {
            token_sealed: lots.token_sealed.clone(),
            expires_at,
        }
    } else {
        Asked::Test
    };
    tell(ctx, tx, record.id, &asked)
}

/// The owner of the mail address learns that someone asked; an endpoint learns nothing.
fn tell_known(ctx: &ActionContext, tx: &mut Tx<'_>, known: &Record) -> Judged<()> {
    match known.channel {
        Channel::Email => tell(ctx, tx, known.id, &Asked::AlreadySubscribed),
        Channel::Webhook => Ok(Ok(())),
    }
}

fn tell(ctx: &ActionContext, tx: &mut Tx<'_>, id: SubscriberId, asked: &Asked) -> Judged<()> {
    let body = column::to_json(asked)?;
    let draft = ctx.draft(EventKind::SubscriberRequested, about(id), body);
    let seq = ledger::append(tx, &draft)?;
    fan_out::start(tx, seq, &format!("subscriber:{id}"))?;
    Ok(Ok(()))
}

pub(super) fn about(id: SubscriberId) -> About {
    About {
        subscriber: Some(id),
        ..About::default()
    }
}

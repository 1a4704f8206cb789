//! Subscribers: who is told, on which channel, and why somebody no longer is. For admins: addresses are personal.

use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use crate::domain::subscriber::{Channel, SubscriberState};
use crate::markup::figures;
use crate::store::subscriber::{self, Record};
use crate::web::console::frame::{Desk, Room};
use crate::web::extract::seat::{Allowed, ManageSubscribers};
use crate::web::problem::Problem;
use crate::web::site::Site;

/// One screen of them.
const LISTED: i64 = 200;

/// `GET /console/subscribers?after=ID`
pub async fn list(
    who: Allowed<ManageSubscribers>,
    request: HttpRequest,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let after = request
        .query_string()
        .strip_prefix("after=")
        .unwrap_or_default()
        .to_owned();
    let (some, counts) = site
        .store
        .read(move |conn| {
            Ok((
                subscriber::list_after(conn, &after, LISTED)?,
                subscriber::counts(conn)?,
            ))
        })
        .await?;
    let desk = Desk::new(&site, who.seat);
    let next = some
        .last()
        .filter(|_| i64::try_from(some.len()) == Ok(LISTED))
        .map(|last| last.id);
    let main = html! {
        section.part aria-labelledby="subs" {
            h1 id="subs" { "Subscribers" }
            dl.room-facts { @for (channel, state, count) in &counts {
                div { dt { (channel_words(channel)) ", " (state) } dd { (figures::count(u64::try_from(*count).unwrap_or_default())) } }
            } }
            @if some.is_empty() { p.calm { "Nobody has subscribed yet. The page offers it under “Subscribe”." } }
            @else {
                div.matrix tabindex="0" role="region" aria-label="Subscribers, table" { table {
                    thead { tr { th scope="col" { "Address" } th scope="col" { "Channel" } th scope="col" { "Standing" } th scope="col" { "Hears of" } th scope="col" { "Since" } } }
                    tbody { @for one in &some { (row(&desk, one)) } }
                } }
            }
            @if let Some(next) = next { p { a.button href={ "/console/subscribers?after=" (next) } { "More" } } }
        }
    };
    Ok(desk.page(Some(Room::Subscribers), "Subscribers", &html! {}, &main))
}

fn channel_words(channel: &str) -> &str {
    match Channel::parse(channel) {
        Some(Channel::Email) => "E-mail",
        Some(Channel::Webhook) => "Webhook",
        None => channel,
    }
}

fn row(desk: &Desk, one: &Record) -> Markup {
    let count = one.scope.components.len();
    html! {
        tr {
            th scope="row" { bdi { (one.address) } }
            td data-head="Channel" { (channel_words(one.channel.name())) }
            td data-head="Standing" { (standing(one.state)) @if let Some(why) = &one.ended_reason { span.small { ": " (why) } } @if one.open_until.is_some() { span.small { ": paused after failures" } } }
            td data-head="Hears of" { @if count == 0 { "everything" } @else { (figures::counted(count, "component", "components")) } }
            td data-head="Since" { (desk.wall.moment(one.confirmed_at.unwrap_or(one.created_at))) }
        }
    }
}

const fn standing(state: SubscriberState) -> &'static str {
    match state {
        SubscriberState::Pending => "not confirmed yet",
        SubscriberState::Active => "active",
        SubscriberState::Unsubscribed => "unsubscribed",
        SubscriberState::Quarantined => "held back",
    }
}

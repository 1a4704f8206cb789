//! Subscribers: who is told, on which channel, and why somebody no longer is. For admins: addresses are personal.

use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use crate::actions::subscribers::{
    AddSubscriber, RemoveSubscriber, add_subscriber, remove_subscriber,
};
use crate::domain::subscriber::{Channel, Scope, SubscriberState};
use crate::markup::{figures, marks};
use crate::store::subscriber::{self, Record};
use crate::web::console::acting;
use crate::web::console::frame::{Desk, Room, see};
use crate::web::console::parts::{Line, Wrongs, choice, line};
use crate::web::extract::seat::{Allowed, ManageSubscribers, Submitted};
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
        .unwrap_or_default();
    let desk = Desk::new(&site, who.seat);
    page(&site, &desk, after, &Said::default()).await
}

/// `POST /console/subscribers`: by an operator's word, or by the same confirmation everybody gets.
pub async fn add(
    who: Submitted<ManageSubscribers>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let desk = Desk::new(&site, who.seat.clone());
    let address = who.form.text("address").to_owned();
    let scope = Scope::default();
    let wanted = AddSubscriber {
        channel: Channel::parse(who.form.text("channel")).unwrap_or(Channel::Email),
        address: address.clone(),
        components: Vec::new(),
        topics: scope.topics,
        min_impact: scope.min_impact,
        locale: "en".to_owned(),
        confirmed: who.form.is_ticked("confirmed"),
    };
    let is_vouched = wanted.confirmed;
    let said = match add_subscriber(&acting::context(&site, &who.seat), wanted).await {
        Ok(added) => Said {
            added: Some(Added {
                address,
                is_vouched,
                secret: added.secret,
            }),
            ..Said::default()
        },
        Err(error) => Said {
            wrongs: acting::wrongs(error, &[("address", "address")])?,
            address,
            ..Said::default()
        },
    };
    page(&site, &desk, "", &said).await
}

/// `POST /console/subscribers/{id}/remove`: with its address, and with what was still on its way.
pub async fn remove(
    who: Submitted<ManageSubscribers>,
    id: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let wanted = RemoveSubscriber {
        subscriber: id.into_inner(),
    };
    remove_subscriber(&acting::context(&site, &who.seat), wanted).await?;
    Ok(see("/console/subscribers"))
}

/// What the last form came to.
#[derive(Default)]
struct Said {
    added: Option<Added>,
    wrongs: Wrongs,
    address: String,
}

struct Added {
    address: String,
    is_vouched: bool,
    /// A new endpoint's signing secret; this is the one time it is shown.
    secret: Option<String>,
}

async fn page(site: &Site, desk: &Desk, after: &str, said: &Said) -> Result<HttpResponse, Problem> {
    let after = after.to_owned();
    let (some, counts) = site
        .store
        .read(move |conn| {
            Ok((
                subscriber::list_after(conn, &after, LISTED)?,
                subscriber::counts(conn)?,
            ))
        })
        .await?;
    let next = some
        .last()
        .filter(|_| i64::try_from(some.len()) == Ok(LISTED))
        .map(|last| last.id);
    let main = html! {
        section.part aria-labelledby="subs" {
            h1 id="subs" { "Subscribers" }
            (said.wrongs.summary())
            @if let Some(added) = &said.added { (added.draw()) }
            dl.room-facts { @for (channel, state, count) in &counts {
                div { dt { (channel_words(channel)) ", " (standing_words(state)) } dd { (figures::count(u64::try_from(*count).unwrap_or_default())) } }
            } }
            @if some.is_empty() { p.calm { "Nobody has subscribed yet. The page offers it under “Subscribe”." } }
            @else {
                div.matrix tabindex="0" role="region" aria-label="Subscribers, table" { table {
                    thead { tr { th scope="col" { "Address" } th scope="col" { "Channel" } th scope="col" { "Standing" } th scope="col" { "Hears of" } th scope="col" { "Since" } th scope="col" { span.unseen { "Remove" } } } }
                    tbody { @for one in &some { (row(desk, one)) } }
                } }
            }
            @if let Some(next) = next { p { a.button href={ "/console/subscribers?after=" (next) } { "More" } } }
        }
        (form(desk, said))
    };
    Ok(desk.page(Some(Room::Subscribers), "Subscribers", &html! {}, &main))
}

impl Added {
    fn draw(&self) -> Markup {
        html! {
            div.private role="status" {
                p {
                    strong { bdi { (self.address) } }
                    @if self.is_vouched { " is subscribed, by your word." }
                    @else { " was asked to confirm. Until then nothing else is sent to it." }
                }
                @if let Some(secret) = &self.secret {
                    p { "It verifies our signatures with this secret. It is shown once:" }
                    p.code.breaks { (secret) }
                }
            }
        }
    }
}

fn form(desk: &Desk, said: &Said) -> Markup {
    let address = Line {
        hint: Some("of a person, or the URL of an endpoint"),
        ..Line::text("address", "Address", &said.address)
    };
    html! {
        section.part.narrow aria-labelledby="add" {
            h2 id="add" { "Add somebody" }
            form.stacked method="post" action="/console/subscribers" {
                (desk.token_field())
                fieldset {
                    legend { "How" }
                    div.choices {
                        (choice("channel", "email", true, &html! { "E-mail" }))
                        (choice("channel", "webhook", false, &html! { "Webhook" }))
                    }
                }
                (line(&address, &said.wrongs))
                label.tick { input type="checkbox" name="confirmed" value="yes"; span { "They have agreed already: send no confirmation" } }
                p { button.button-main type="submit" { "Add it" } }
            }
        }
    }
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
            td data-head="Standing" { (standing_words(one.state.name())) @if let Some(why) = &one.ended_reason { span.small { ": " (why) } } @if one.open_until.is_some() { span.small { ": paused after failures" } } }
            td data-head="Hears of" { @if count == 0 { "everything" } @else { (figures::counted(count, "component", "components")) } }
            td data-head="Since" { (desk.wall.moment(one.confirmed_at.unwrap_or(one.created_at))) }
            td {
                details.more {
                    summary { (marks::caret()) "Remove" span.unseen { " " (one.address) } }
                    form method="post" action={ "/console/subscribers/" (one.id) "/remove" } {
                        (desk.token_field())
                        p.small { "Nothing more is sent; the address is deleted." }
                        button type="submit" { "Remove it" }
                    }
                }
            }
        }
    }
}

fn standing_words(state: &str) -> &str {
    match SubscriberState::parse(state) {
        Some(SubscriberState::Pending) => "not confirmed yet",
        Some(SubscriberState::Active) => "active",
        Some(SubscriberState::Unsubscribed) => "unsubscribed",
        Some(SubscriberState::Quarantined) => "held back",
        None => state,
    }
}

//! Subscribing, confirming and leaving, from the public page and from links in mail.
//!
//! Looking at a link changes nothing: scanners follow every one. A button acts. The answer to a request is the
//! same whether the address is known or not. Leaving by one click (RFC 8058) needs no cookie, no form and no origin.

use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use crate::actions::subscribing::{AskToSubscribe, ask_to_subscribe, confirm, unsubscribe};
use crate::actions::{ActionContext, ActionError};
use crate::channel::email::unsubscribe::read_token;
use crate::domain::actor::Actor;
use crate::domain::incident::Impact;
use crate::domain::status::Status;
use crate::domain::subscriber::{Channel, Topic};
use crate::markup::frame::{Head, document};
use crate::markup::{assets, marks};
use crate::web::extract::form::{Fields, Posted};
use crate::web::extract::peer;
use crate::web::problem::Problem;
use crate::web::site::Site;

/// `POST /subscribe`
pub async fn ask(
    request: HttpRequest,
    posted: Posted,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let Posted(form) = posted;
    // Only a machine fills in what nobody sees; it is told the same.
    if form.is_ticked("website") {
        return Ok(taken(&site, None));
    }
    let source = peer::client(&request, &site.settings.trusted_proxies);
    match ask_to_subscribe(&context(&site), &site.webhooks, wanted(&form, source)).await {
        Ok(answer) => Ok(taken(
            &site,
            answer
                .secret
                .as_ref()
                .map(|secret| secret.reveal().to_owned()),
        )),
        Err(ActionError::Invalid { message, .. }) => Ok(say(
            &site,
            422,
            "That will not do",
            &html! {
                p { "Nothing was saved: " (message) "." }
                p { a.button href="/subscribe" { "Try again" } }
            },
        )),
        Err(error) => Err(error.into()),
    }
}

fn wanted(form: &Fields, source: Option<std::net::IpAddr>) -> AskToSubscribe {
    let is_all = form.text("scope") != "some";
    let components = form
        .all("component")
        .filter(|_| !is_all)
        .map(str::to_owned)
        .collect();
    let named = |name: &str| match name {
        "incident" | "incidents" => Some(Topic::Incident),
        "maintenance" => Some(Topic::Maintenance),
        "component" | "components" => Some(Topic::Component),
        _ => None,
    };
    let mut topics: Vec<Topic> = form.all("topic").filter_map(named).collect();
    if topics.is_empty() {
        topics = vec![Topic::Incident, Topic::Maintenance];
    }
    AskToSubscribe {
        channel: Channel::parse(form.text("channel")).unwrap_or(Channel::Email),
        address: form.text("address").to_owned(),
        components,
        topics,
        min_impact: Impact::parse(form.text("min_impact")).unwrap_or(Impact::None),
        locale: "en".to_owned(),
        source,
    }
}

/// The one answer.
fn taken(site: &Site, secret: Option<String>) -> HttpResponse {
    say(
        site,
        202,
        "Nearly done",
        &html! {
            @match secret {
                None => {
                    p { "If this address can be subscribed, a message is on its way to it. It holds a link to confirm; nothing is sent before that." }
                    p.quiet { "No message after ten minutes? Look in the spam folder, then try again." }
                }
                Some(secret) => {
                    p { "A signed test is on its way to the endpoint. Once it answers with 2xx it is told of every update." }
                    p { "Verify signatures with this secret. It is shown once, and is good only if the endpoint was new:" }
                    p.code { (secret) }
                }
            }
            p { a.button href="/" { "To the status page" } }
        },
    )
}

/// `GET /subscribe/confirm/{token}`
pub async fn show_confirm(site: web::Data<Site>) -> HttpResponse {
    say(
        &site,
        200,
        "Confirm your subscription",
        &html! {
            p { "One click, and you hear of incidents and planned work. You can leave with the link in every message." }
            form method="post" { p { button.button-main type="submit" { "Confirm" } } }
        },
    )
}

/// `POST /subscribe/confirm/{token}`
pub async fn confirmed(
    token: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    match confirm(&context(&site), &token).await {
        Ok(done) => Ok(say(
            &site,
            200,
            if done.was_confirmed_before {
                "Already confirmed"
            } else {
                "You are subscribed"
            },
            &html! {
                p { "You will hear of incidents and planned work as they are published." }
                p { a.button href="/" { "To the status page" } }
            },
        )),
        Err(ActionError::NotFound { .. } | ActionError::Conflict { .. }) => Ok(say(
            &site,
            404,
            "This link is not good any more",
            &html! {
                p { "A link confirms once, within 48 hours. Ask for a new one with the form." }
                p { a.button href="/subscribe" { "Subscribe" } }
            },
        )),
        Err(error) => Err(error.into()),
    }
}

/// `GET /unsubscribe/{token}`
pub async fn show_unsubscribe(
    token: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    read_token(&site.keys, &token).ok_or(Problem::NotFound)?;
    Ok(say(
        &site,
        200,
        "Stop these messages?",
        &html! {
            p { "You will not hear of incidents or planned work any more. You can subscribe again at any time." }
            form method="post" { p { button.button-main type="submit" { "Stop them" } } }
            p { a href="/" { "Keep them" } }
        },
    ))
}

/// `POST /unsubscribe/{token}`: the button, and a mail program's one click. The token is all it takes; the body is
/// not read, and a repeated click is as good as the first.
pub async fn unsubscribed(
    token: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    unsubscribe(&context(&site), &token).await?;
    Ok(say(
        &site,
        200,
        "You are unsubscribed",
        &html! {
            p { "No more messages will be sent to this address. One that is on its way now may still arrive." }
            p { a.button href="/subscribe" { "Subscribe again" } }
        },
    ))
}

fn context(site: &Site) -> ActionContext {
    ActionContext {
        store: site.store.clone(),
        estate: site.estate(),
        keys: site.keys.clone(),
        now: site.now(),
        actor: Actor::Subscriber,
    }
}

/// A small page in the public frame; never kept, because its address holds a secret.
fn say(site: &Site, status: u16, title: &str, main: &Markup) -> HttpResponse {
    let estate = site.estate();
    let name = estate
        .pages
        .first()
        .map_or("Status", |page| page.name.as_str());
    let head = Head {
        language: "en",
        title: &format!("{title} · {name}"),
        description: title,
        style: &assets::public_style().path,
        status: Status::Operational,
        feed: None,
        good_until: None,
    };
    let top = html! {
        header.top { div.wrap {
            a.company href="/" { bdi { (name) } " " span { "status" } }
            nav aria-label="Pages" {
                span.wide { a href="/" { "Now" } }
                span.wide { a href="/history" { "History" } }
                a.button href="/subscribe" { "Subscribe" }
            }
        } }
    };
    let body = html! {
        section.section aria-labelledby="say" {
            div.wrap.axis {
                div { h1.page-title id="say" { (title) } }
                div.stack.small-page { (main) }
            }
        }
    };
    let foot = html! {
        footer.foot { div.wrap.axis { p.maker { (marks::maker()) " Made with Allclear" } div {} } }
    };
    crate::web::console::frame::respond(status, &document(&head, &top, &body, &foot))
}

//! The door: signing in and out, and what was typed before a session ended. Passwords are set in [`super::welcome`].
//!
//! A wrong address and a wrong password are one answer, after the same work. Nobody is locked out.

use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use crate::auth::session::Seat;
use crate::auth::{limits, password, session};
use crate::domain::id::OperatorId;
use crate::markup::marks;
use crate::store::operator;
use crate::web::console::frame::{self, document, respond};
use crate::web::console::parts::{Line, Wrongs, line};
use crate::web::extract::form::{Fields, Posted};
use crate::web::extract::peer;
use crate::web::extract::seat::{ReadConsole, Submitted};
use crate::web::problem::{Interrupted, Problem};
use crate::web::site::Site;

/// What the door shows.
#[derive(Default)]
struct Door<'a> {
    email: &'a str,
    interrupted: Interrupted,
    /// Two sentences, when the last try was refused.
    refused: Option<(&'a str, String)>,
    is_new: bool,
}

/// `GET /console/sign-in`
pub async fn show(request: HttpRequest, site: web::Data<Site>) -> Result<HttpResponse, Problem> {
    if crate::web::extract::seat::seated(&request).await?.is_some() {
        return Ok(frame::see("/console"));
    }
    let next = query(&request, "next");
    let is_new = !site.store.read(crate::store::setup::has_operators).await?;
    let interrupted = Interrupted {
        next,
        typed: Vec::new(),
    };
    Ok(respond(
        200,
        &draw(&Door {
            interrupted,
            is_new,
            ..Door::default()
        }),
    ))
}

/// `POST /console/sign-in`
pub async fn enter(
    request: HttpRequest,
    posted: Posted,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let Posted(form) = posted;
    let email = form.text("email").to_lowercase();
    let interrupted = Interrupted {
        next: form.text("next").to_owned(),
        typed: kept_words(&form),
    };
    let refuse = |status: u16, refused| {
        let door = Door {
            email: &email,
            interrupted: interrupted.clone(),
            refused: Some(refused),
            is_new: false,
        };
        respond(status, &draw(&door))
    };
    let network = peer::client(&request, &site.settings.trusted_proxies)
        .map(peer::network)
        .unwrap_or_default();
    let counted = limits::count_try(&site.store, &email, &network, site.now()).await?;
    let Ok(delay) = counted else {
        let advice = "Nothing is locked. Try again in 15 minutes, or use a new password link.";
        return Ok(refuse(429, ("Too many tries.", advice.to_owned())));
    };
    tokio::time::sleep(delay).await;
    match judge(&site, &email, form.text("password").to_owned()).await? {
        Some(who) => admit(&site, who, &interrupted).await,
        None => Ok(refuse(
            401,
            (
                "That did not match.",
                "Check the address and the password. Nothing is locked.".to_owned(),
            ),
        )),
    }
}

/// `POST /console/sign-out`
pub async fn leave(
    who: Submitted<ReadConsole>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    session::close(&site.store, &who.seat, site.now()).await?;
    let mut response = frame::see("/console/sign-in");
    set_cookie(&mut response, &site, "")?;
    Ok(response)
}

/// The door as the answer to something else: the session ended meanwhile. A page comes back by itself after
/// signing in; a form's words are handed through.
#[must_use]
pub fn interrupted(request: &HttpRequest, interrupted: &Interrupted) -> HttpResponse {
    if interrupted.typed.is_empty() && request.method() != actix_web::http::Method::POST {
        let next: String =
            url::form_urlencoded::byte_serialize(interrupted.next.as_bytes()).collect();
        return frame::see(&format!("/console/sign-in?next={next}"));
    }
    let words = (
        "You were signed out.",
        "Nothing was sent, and nothing you typed is lost: it is waiting behind this door."
            .to_owned(),
    );
    let door = Door {
        interrupted: interrupted.clone(),
        refused: Some(words),
        ..Door::default()
    };
    respond(401, &draw(&door))
}

/// Who this is, after the same work whether the address is known or not.
async fn judge(site: &Site, email: &str, typed: String) -> Result<Option<OperatorId>, Problem> {
    let key = email.to_owned();
    let known = site
        .store
        .read(move |conn| operator::by_email(conn, &key))
        .await?;
    let known = known.filter(|who| !who.is_disabled());
    let digest = known.as_ref().and_then(|who| who.password_hash.clone());
    let checking = password::verify(&site.limits.digests, typed, digest);
    let is_right = site
        .limits
        .patiently(checking)
        .await
        .map_err(come_back)?
        .map_err(internal)?;
    Ok(known.filter(|_| is_right).map(|who| who.id))
}

pub(super) async fn admit(
    site: &Site,
    who: OperatorId,
    interrupted: &Interrupted,
) -> Result<HttpResponse, Problem> {
    let token = session::open(&site.store, &site.signer, who, site.now()).await?;
    let next = local_path(&interrupted.next);
    let mut response = if interrupted.typed.is_empty() {
        frame::see(next)
    } else {
        let seat = session::recognise(&site.store, &site.signer, &token, site.now()).await?;
        respond(
            200,
            &resume(
                site,
                &seat.ok_or(Problem::NotFound)?,
                next,
                &interrupted.typed,
            ),
        )
    };
    set_cookie(&mut response, site, &token)?;
    Ok(response)
}

/// One button that sends again what was typed before the session ended.
fn resume(site: &Site, seat: &Seat, next: &str, typed: &[(String, String)]) -> Markup {
    let token = crate::auth::csrf::form_token(&site.keys, &seat.jti);
    document(
        "Signed in again",
        &html! {
            main id="main" tabindex="-1" { div.door {
                p.brand { (marks::maker()) "Allclear" }
                h1 { "You are signed in again" }
                p { "Nothing has been sent yet. Your words are as you left them." }
                form method="post" action=(next) {
                    input type="hidden" name=(crate::auth::csrf::FIELD) value=(token);
                    @for (name, value) in typed { input type="hidden" name=(name) value=(value); }
                    @if let Some((_, words)) = typed.iter().find(|(name, _)| name == "words") {
                        blockquote.draft { (words) }
                    }
                    p { button.button-main type="submit" { "Send it now" } }
                    p { a.button href="/console" { "Leave it" } }
                }
            } }
        },
    )
}

pub(super) fn come_back(wait: limits::TooMany) -> Problem {
    Problem::TooMany {
        retry_after_s: wait.retry_after.as_secs(),
    }
}

pub(super) fn internal(error: impl std::fmt::Display) -> Problem {
    Problem::Internal(error.to_string())
}

fn set_cookie(response: &mut HttpResponse, site: &Site, token: &str) -> Result<(), Problem> {
    response
        .add_cookie(&site.session_cookie(token))
        .map_err(internal)
}

/// Words typed before the session ended, as the door hands them through.
fn kept_words(form: &Fields) -> Vec<(String, String)> {
    form.keyed("kept")
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Only a path of the console itself: anything else would make the door a signpost to strangers.
#[must_use]
fn local_path(next: &str) -> &str {
    let is_plain = next
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_ours =
        next == "/console" || next.starts_with("/console/") || next.starts_with("/console?");
    if is_plain && is_ours && !next.contains("//") {
        next
    } else {
        "/console"
    }
}

fn query(request: &HttpRequest, name: &str) -> String {
    let pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    pairs
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn draw(door: &Door<'_>) -> Markup {
    document(
        "Sign in",
        &html! {
            main id="main" tabindex="-1" { div.door {
                p.brand { (marks::maker()) "Allclear" }
                h1 { "Sign in to the console" }
                @if let Some((what, then)) = &door.refused {
                    div.wrong role="alert" { p { strong { (what) } " " (then) } }
                }
                form method="post" action="/console/sign-in" {
                    input type="hidden" name="next" value=(door.interrupted.next);
                    @for (name, value) in &door.interrupted.typed {
                        input type="hidden" name={ "kept[" (name) "]" } value=(value);
                    }
                    (line(&Line { kind: "email", autocomplete: Some("username"), ..Line::text("email", "E-mail address", door.email) }, &Wrongs::default()))
                    (line(&Line { kind: "password", autocomplete: Some("current-password"), ..Line::text("password", "Password", "") }, &Wrongs::default()))
                    p { button.button-main type="submit" { "Sign in" } }
                }
                @if door.is_new {
                    p.small.door-foot { "Nobody can sign in yet. The server printed a one-time link when it started; it makes the first operator." }
                } @else {
                    p.small.door-foot { "Forgot the password? Anyone with access to the server makes a new link: " span.code.nowrap { "allclear operator password" } ". The " a href="/" { "public page" } " needs no sign-in." }
                }
            } }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_leads_nowhere_but_into_the_console() {
        for next in [
            "/console",
            "/console/incidents?x=1",
            "/console/incidents/abc",
        ] {
            assert_eq!(local_path(next), next);
        }
        for next in [
            "",
            "/",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/consoles",
            "/console//evil.example",
            "/console/\r\nLocation: x",
            "javascript:alert(1)",
            "/console/\\..",
            "console",
            "/%2f/evil",
            "/console/\u{202e}",
        ] {
            assert_eq!(local_path(next), "/console", "{next}");
        }
    }
}

//! New people: setting a password by an invitation, and making the first operator by the link the server printed.

use actix_web::{HttpResponse, web};
use maud::{Markup, html};

use crate::auth::{invitation, password};
use crate::domain::subscriber::EmailAddress;
use crate::markup::marks;
use crate::web::console::door::{admit, come_back, internal};
use crate::web::console::frame::{document, respond};
use crate::web::console::parts::{Line, Wrongs, line};
use crate::web::extract::form::{Fields, Posted};
use crate::web::problem::{Interrupted, Problem};
use crate::web::site::Site;

/// `GET /console/set-password/{token}`
pub async fn show_invitation(
    token: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let who = invitation::invited(&site.store, &token, site.now())
        .await?
        .ok_or(Problem::NotFound)?;
    Ok(respond(
        200,
        &draw_password(Some(&who.email), "", &Wrongs::default()),
    ))
}

/// `POST /console/set-password/{token}`
pub async fn accept_invitation(
    token: web::Path<String>,
    posted: Posted,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let who = invitation::invited(&site.store, &token, site.now())
        .await?
        .ok_or(Problem::NotFound)?;
    let (wrongs, typed) = new_password(&posted.0);
    if !wrongs.is_empty() {
        return Ok(respond(422, &draw_password(Some(&who.email), "", &wrongs)));
    }
    let digest = digest(&site, typed).await?;
    let accepted = invitation::accept(&site.store, &token, digest, site.now())
        .await?
        .ok_or(Problem::NotFound)?;
    admit(&site, accepted, &Interrupted::default()).await
}

/// `GET /console/setup/{token}`
pub async fn show_setup(
    token: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    if !invitation::is_setup_open(&site.store, &token, site.now()).await? {
        return Err(Problem::NotFound);
    }
    Ok(respond(200, &draw_password(None, "", &Wrongs::default())))
}

/// `POST /console/setup/{token}`
pub async fn finish_setup(
    token: web::Path<String>,
    posted: Posted,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    if !invitation::is_setup_open(&site.store, &token, site.now()).await? {
        return Err(Problem::NotFound);
    }
    let (mut wrongs, typed) = new_password(&posted.0);
    let email = posted.0.text("email");
    let Ok(address) = EmailAddress::parse(email) else {
        wrongs.0.insert(
            0,
            crate::web::console::parts::Wrong {
                field: "email",
                words: "Write an e-mail address, as in ada@example.com.".to_owned(),
            },
        );
        return Ok(respond(422, &draw_password(None, email, &wrongs)));
    };
    if !wrongs.is_empty() {
        return Ok(respond(422, &draw_password(None, email, &wrongs)));
    }
    let digest = digest(&site, typed).await?;
    let made =
        invitation::finish_setup(&site.store, &token, address.key(), digest, site.now()).await?;
    admit(
        &site,
        made.ok_or(Problem::NotFound)?,
        &Interrupted::default(),
    )
    .await
}

async fn digest(site: &Site, typed: String) -> Result<String, Problem> {
    let hashing = password::hash(&site.limits.digests, typed);
    let hash = site
        .limits
        .patiently(hashing)
        .await
        .map_err(come_back)?
        .map_err(internal)?;
    Ok(hash.as_str().to_owned())
}

fn new_password(form: &Fields) -> (Wrongs, String) {
    let mut wrongs = Wrongs::default();
    let typed = form.text("password");
    if let Err(error) = password::judge(typed) {
        wrongs.add("password", format!("{error}."));
    }
    if typed != form.text("again") {
        wrongs.add("again", "The two passwords differ.");
    }
    (wrongs, typed.to_owned())
}

/// The same form for the first operator (who names an address) and for an invited one (whose address is known).
fn draw_password(known: Option<&str>, email: &str, wrongs: &Wrongs) -> Markup {
    let title = if known.is_some() {
        "Choose a password"
    } else {
        "Make the first operator"
    };
    document(
        title,
        &html! {
            main id="main" tabindex="-1" { div.door {
                p.brand { (marks::maker()) "Allclear" }
                h1 { (title) }
                (wrongs.summary())
                form method="post" {
                    @if let Some(known) = known {
                        p { "For " strong { bdi { (known) } } "." }
                        input type="hidden" autocomplete="username" value=(known);
                    } @else {
                        p { "This person owns the console: incidents, subscribers, other operators. The link works once." }
                        (line(&Line { kind: "email", autocomplete: Some("username"), ..Line::text("email", "E-mail address", email) }, wrongs))
                    }
                    (line(&Line { kind: "password", autocomplete: Some("new-password"), hint: Some("ten characters or more; four unusual words do well"), ..Line::text("password", "Password", "") }, wrongs))
                    (line(&Line { kind: "password", autocomplete: Some("new-password"), ..Line::text("again", "The same again", "") }, wrongs))
                    p { button.button-main type="submit" { @if known.is_some() { "Set it and sign in" } @else { "Make it and sign in" } } }
                }
            } }
        },
    )
}

//! Whether we are alive and ready, for whoever starts and balances us. Says ok, or why not in words of ours.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

use crate::domain::subscriber::Channel;
use crate::store::delivery;
use crate::web::site::Site;

/// What is due longer than this is stuck.
const LATE: Duration = Duration::from_secs(600);

/// The process answers.
pub async fn alive() -> HttpResponse {
    says(HttpResponse::Ok(), "ok\n".to_owned())
}

/// Whether everything keeps up: the database answers, the page is fresh, what is due is sent. Each reason why not
/// is a line. The public page is served all the same.
pub async fn ready(site: web::Data<Site>) -> HttpResponse {
    let now = site.now();
    let mut reasons = Vec::new();
    if site.shelf.load().valid_until < now {
        reasons.push("the page is older than it promises");
    }
    // Without mail configured its deliveries wait on purpose.
    let channels: &[Channel] = if site.has_mail {
        &[Channel::Email, Channel::Webhook]
    } else {
        &[Channel::Webhook]
    };
    match site
        .store
        .read(move |conn| delivery::oldest_stuck(conn, channels, now))
        .await
    {
        Ok(Some(due)) if now.since(due) > LATE => {
            reasons.push("a delivery has been due for more than ten minutes");
        }
        Ok(_) => {}
        Err(error) => {
            tracing::warn!(%error, "not ready");
            reasons.push("the database does not answer");
        }
    }
    if reasons.is_empty() {
        return says(HttpResponse::Ok(), "ok\n".to_owned());
    }
    says(
        HttpResponse::ServiceUnavailable(),
        format!("degraded\n{}\n", reasons.join("\n")),
    )
}

fn says(mut response: actix_web::HttpResponseBuilder, words: String) -> HttpResponse {
    response
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(words)
}

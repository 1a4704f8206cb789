//! Whether we are alive and ready, for whoever starts and balances us. Says ok or not, and nothing else.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

use crate::store::ledger;
use crate::web::site::Site;

/// The process answers.
pub async fn alive() -> HttpResponse {
    says(HttpResponse::Ok(), "ok\n")
}

/// The database answers too. The public page does not depend on this.
pub async fn ready(site: web::Data<Site>) -> HttpResponse {
    match site.store.read(ledger::last_seq).await {
        Ok(_) => says(HttpResponse::Ok(), "ok\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            says(HttpResponse::ServiceUnavailable(), "degraded\n")
        }
    }
}

fn says(mut response: actix_web::HttpResponseBuilder, words: &'static str) -> HttpResponse {
    response
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(words)
}

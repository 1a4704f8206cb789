//! Heartbeats from outside: a job says that it begins, that it is done, or that it failed. The link is the
//! credential, which is why even GET is heard here: cron and curl say nothing else.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

use crate::watch::heartbeat::{Call, HeartbeatBook, HeartbeatError};
use crate::web::problem::Problem;
use crate::web::site::Site;

/// `/heartbeat/{token}`: done, and well.
pub async fn done(
    token: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    hear(&site, &token, Call::Succeeded).await
}

/// `/heartbeat/{token}/start`
pub async fn begun(
    token: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    hear(&site, &token, Call::Started).await
}

/// `/heartbeat/{token}/fail`
pub async fn failed(
    token: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    hear(&site, &token, Call::Failed).await
}

async fn hear(site: &Site, token: &str, call: Call) -> Result<HttpResponse, Problem> {
    let book: &Arc<HeartbeatBook> = &site.heartbeats;
    match book.ping(token, call, site.now()).await {
        Ok(_) => Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body("ok\n")),
        Err(HeartbeatError::Unknown) => Err(Problem::NotFound),
        Err(HeartbeatError::Store(error)) => Err(error.into()),
        Err(HeartbeatError::Seal(error)) => Err(Problem::Internal(error.to_string())),
    }
}

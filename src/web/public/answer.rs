//! One document as one answer: encoding, tag, `304`, body in slices. The security headers come from
//! [`crate::web::layer::headers`], as on every answer.

use actix_web::body::BoxBody;
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};

use crate::publish::document::{Coding, Document, Kind};
use crate::web::public::negotiate::{self, Accepted};
use crate::web::public::slices::Slices;

static VARY: HeaderValue = HeaderValue::from_static("Accept-Encoding");
static ANY_ORIGIN: HeaderValue = HeaderValue::from_static("*");
static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

pub(super) fn document(
    request: &HttpRequest,
    document: &Document,
    status: StatusCode,
) -> HttpResponse {
    let accepted = request
        .headers()
        .get(header::ACCEPT_ENCODING)
        .map(Accepted::read)
        .unwrap_or_default();
    let (body, coding) = document.body(accepted.brotli, accepted.gzip);
    let is_known = status == StatusCode::OK
        && request
            .headers()
            .get_all(header::IF_NONE_MATCH)
            .any(|tags| negotiate::names(tags, &body.etag));
    let mut answer = if is_known {
        HttpResponse::with_body(StatusCode::NOT_MODIFIED, BoxBody::new(()))
    } else {
        HttpResponse::with_body(status, BoxBody::new(Slices::new(body.bytes.clone())))
    };
    let headers = answer.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&body.etag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::VARY, VARY.clone());
    let cache = if status == StatusCode::OK {
        document.kind.cache_control()
    } else {
        "no-store"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if is_readable_anywhere(document.kind) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN.clone());
        headers.insert(
            header::HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        );
    }
    if is_known {
        return answer;
    }
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(document.kind.content_type()),
    );
    if let Some(name) = Coding::name(coding) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    answer
}

/// Data and feeds are fetched by scripts of other sites.
const fn is_readable_anywhere(kind: Kind) -> bool {
    match kind {
        Kind::Json | Kind::Feed => true,
        Kind::Page | Kind::Style | Kind::Script | Kind::Image => false,
    }
}

pub(super) fn empty(status: StatusCode) -> HttpResponse {
    let mut answer = HttpResponse::new(status);
    answer
        .headers_mut()
        .insert(header::CACHE_CONTROL, NO_STORE.clone());
    answer
}

pub(super) fn json(status: StatusCode, text: &'static str) -> HttpResponse {
    let mut answer = HttpResponse::with_body(status, BoxBody::new(text));
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, NO_STORE.clone());
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(Kind::Json.content_type()),
    );
    answer
}

pub(super) fn allow(answer: &mut HttpResponse, methods: &[Method]) {
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
        answer.headers_mut().insert(header::ALLOW, value);
    }
}

//! The public face: methods, encodings, tags, headers, and what is not there.

use std::collections::HashMap;

use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::ServiceResponse;
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::{App, test};

use super::*;
use crate::domain::timestamp::Timestamp;
use crate::publish::snapshot::{Made, NOT_FOUND, Snapshot};
use crate::web::layer::envelope::envelope;

fn shelf() -> Arc<Shelf> {
    let page = |words: &str| Document::new(Kind::Page, words.repeat(4000), Effort::Full);
    let data = Document::new(Kind::Json, "{}".to_owned(), Effort::Full);
    let made = Made {
        at: Timestamp::default(),
        valid_until: Timestamp::default(),
        seq: 1,
    };
    let documents = HashMap::from([
        ("/".to_owned(), page("front ")),
        ("/subscribe".to_owned(), page("form ")),
        (NOT_FOUND.to_owned(), page("nothing ")),
        ("/api/v2/summary.json".to_owned(), data),
    ]);
    Arc::new(Shelf::holding(Snapshot::new(documents, made)))
}

async fn call(request: test::TestRequest) -> ServiceResponse<impl MessageBody> {
    let shelf = shelf();
    let app = test::init_service(
        App::new()
            .wrap(from_fn(envelope))
            .configure(|cfg| configure(cfg, &shelf))
            .default_service(web::to(
                async |request: HttpRequest, shelf: web::Data<Shelf>| not_found(&request, &shelf),
            )),
    )
    .await;
    test::call_service(&app, request.to_request()).await
}

fn get(path: &str) -> test::TestRequest {
    test::TestRequest::get().uri(path)
}

fn value<'a, B>(answer: &'a ServiceResponse<B>, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_best_encoding_is_served_with_its_own_tag() {
    let brotli = call(get("/").insert_header(("accept-encoding", "gzip, br"))).await;
    let gzip = call(get("/").insert_header(("accept-encoding", "gzip"))).await;
    let plain = call(get("/")).await;
    assert_eq!(value(&brotli, "content-encoding"), "br");
    assert_eq!(value(&gzip, "content-encoding"), "gzip");
    assert_eq!(value(&plain, "content-encoding"), "");
    assert_ne!(value(&brotli, "etag"), value(&gzip, "etag"));
    assert_eq!(value(&plain, "vary"), "Accept-Encoding");
    assert_eq!(
        to_bytes(plain.into_body()).await.ok().unwrap().len(),
        24_000
    );
}

#[tokio::test]
async fn a_reader_who_has_it_is_told_so() {
    let tag = value(&call(get("/")).await, "etag").to_owned();
    let again = call(get("/").insert_header(("if-none-match", format!("\"x\", W/{tag}")))).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(value(&again, "etag"), tag);
    assert!(value(&again, "cache-control").contains("stale-if-error=86400"));
    assert!(to_bytes(again.into_body()).await.ok().unwrap().is_empty());
    let other = call(
        get("/")
            .insert_header(("accept-encoding", "br"))
            .insert_header(("if-none-match", tag)),
    )
    .await;
    assert_eq!(other.status(), StatusCode::OK);
}

#[tokio::test]
async fn head_is_answered_and_other_methods_are_refused() {
    let head = call(test::TestRequest::with_uri("/").method(Method::HEAD)).await;
    assert_eq!(head.status(), StatusCode::OK);
    let post = call(test::TestRequest::post().uri("/")).await;
    assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(value(&post, "allow"), "GET, HEAD");
    let subscribe = call(test::TestRequest::post().uri("/subscribe")).await;
    assert_eq!(
        subscribe.status(),
        StatusCode::NOT_FOUND,
        "left to the route that writes"
    );
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_no_cookie() {
    for request in [
        get("/"),
        get("/nowhere"),
        get("/incidents/none"),
        get("/api/v2/none.json"),
        get("/api/v2/subscribers.json"),
        get("/").insert_header(("if-none-match", "*")),
        get(&assets::public_style().path),
        test::TestRequest::post().uri("/"),
    ] {
        let answer = call(request).await;
        for name in [
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
            "cross-origin-opener-policy",
        ] {
            assert!(
                answer.headers().contains_key(name),
                "{name} on {}",
                answer.status()
            );
        }
        assert!(!answer.headers().contains_key(header::SET_COOKIE));
        assert!(answer.headers().contains_key(header::CACHE_CONTROL));
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_reader_s_own_terms() {
    let page = call(get("/incidents/none")).await;
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    assert!(!to_bytes(page.into_body()).await.ok().unwrap().is_empty());
    let data = call(get("/api/v2/none.json")).await;
    assert_eq!(data.status(), StatusCode::NOT_FOUND);
    assert!(to_bytes(data.into_body()).await.ok().unwrap().is_empty());
    assert_eq!(
        call(get("/api/v2/subscribers.json")).await.status(),
        StatusCode::GONE
    );
    assert_eq!(call(get("/404")).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn data_may_be_read_from_other_sites_and_pages_may_not() {
    let data = call(get("/api/v2/summary.json")).await;
    assert_eq!(value(&data, "access-control-allow-origin"), "*");
    assert_eq!(
        value(&data, "content-type"),
        "application/json; charset=utf-8"
    );
    assert_eq!(
        value(&call(get("/")).await, "access-control-allow-origin"),
        ""
    );
}

#[tokio::test]
async fn assets_are_kept_for_ever() {
    for asset in assets::all() {
        let answer = call(get(&asset.path)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(value(&answer, "cache-control").contains("immutable"));
        assert_eq!(value(&answer, "content-type"), asset.content_type);
    }
}

//! What every answer wears, also a refused one and one that failed.

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{self, TestRequest};
use actix_web::{App, HttpResponse, web};

use super::request;
use crate::domain::actor::Role;
use crate::web::for_tests::TestSite;
use crate::web::layer::envelope::envelope;
use crate::web::problem::Problem;
use crate::web::routes;

fn assert_dressed(headers: &HeaderMap, line: &str) {
    for name in [
        "content-security-policy",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "permissions-policy",
        "x-request-id",
    ] {
        assert!(headers.contains_key(name), "{line} lacks {name}");
    }
    let policy = headers.get("content-security-policy").unwrap();
    let policy = policy.to_str().unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{line}"
    );
}

#[tokio::test]
async fn every_answer_wears_the_security_headers_and_no_public_one_a_cookie() {
    let site = TestSite::open().await;
    let owner = site.visitor(Role::Owner).await;
    let mut asked: Vec<(Method, String)> = routes::table()
        .iter()
        .map(|route| (route.method.clone(), route.path.to_owned()))
        .collect();
    asked.extend([
        (Method::GET, "/nothing".to_owned()),
        (Method::DELETE, "/console".to_owned()),
        (Method::TRACE, "/".to_owned()),
    ]);
    for who in [None, Some(&owner)] {
        for (method, path) in &asked {
            let answer = site.ask(request(method, path, who)).await;
            let line = format!("{method} {path}: {}", answer.status());
            assert_dressed(answer.headers(), &line);
            if !path.starts_with("/console") {
                assert!(!answer.headers().contains_key("set-cookie"), "{line}");
            } else if !path.contains("static") {
                assert_eq!(
                    answer.headers().get("cache-control").unwrap(),
                    "no-store",
                    "{line}"
                );
            }
        }
    }
}

/// A handler of each sort of failure.
async fn fail(how: web::Path<String>) -> Result<HttpResponse, Problem> {
    match how.as_str() {
        "internal" => Err(Problem::Internal("no such table".to_owned())),
        "away" => Err(Problem::Unavailable("no connection".to_owned())),
        "large" => Err(Problem::TooLarge),
        "many" => Err(Problem::TooMany { retry_after_s: 9 }),
        _ => Ok(HttpResponse::InternalServerError().finish()),
    }
}

/// A layer that refuses without an answer of its own.
async fn refuse(
    request: ServiceRequest,
    next: Next<impl actix_web::body::MessageBody>,
) -> Result<ServiceResponse<impl actix_web::body::MessageBody>, actix_web::Error> {
    if request.path() == "/layer" {
        return Err(actix_web::error::ErrorInternalServerError("a layer failed"));
    }
    next.call(request).await
}

#[tokio::test]
async fn a_failure_wears_the_headers_too_and_keeps_its_reason_to_itself() {
    let app = App::new()
        .wrap(from_fn(refuse))
        .wrap(from_fn(envelope))
        .route("/{how}", web::get().to(fail));
    let app = test::init_service(app).await;
    for (path, status) in [
        ("/internal", 500),
        ("/away", 503),
        ("/large", 413),
        ("/many", 429),
        ("/bare", 500),
        ("/layer", 500),
    ] {
        let asked = TestRequest::get().uri(path).to_request();
        let response = match test::try_call_service(&app, asked).await {
            Ok(answered) => answered.into_parts().1.map_into_boxed_body(),
            Err(error) => error.error_response(),
        };
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_dressed(response.headers(), path);
        assert_eq!(
            response.headers().get("cache-control").unwrap(),
            "no-store",
            "{path}"
        );
        let body = actix_web::body::to_bytes(response.into_body()).await;
        let body = String::from_utf8(body.unwrap_or_default().to_vec()).unwrap();
        for inner in ["no such table", "no connection", "a layer failed"] {
            assert!(!body.contains(inner), "{path}: {body}");
        }
    }
}

//! Forms from elsewhere, too large, or no forms at all.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;

use crate::domain::actor::Role;
use crate::store::ledger;
use crate::web::for_tests::TestSite;

#[tokio::test]
async fn a_form_from_elsewhere_changes_nothing() {
    let site = TestSite::open().await;
    let owner = site.visitor(Role::Owner).await;
    let before = site.site.store.read(ledger::last_seq).await.unwrap();
    let post = |headers: &[(&'static str, &'static str)], token: &str| {
        let mut request = TestRequest::post()
            .uri("/console/operators")
            .insert_header(("cookie", owner.cookie.clone()))
            .insert_header(("host", "127.0.0.1:8080"));
        for header in headers {
            request = request.insert_header(*header);
        }
        request.set_form([
            ("form_token", token),
            ("email", "eve@example.net"),
            ("role", "owner"),
        ])
    };
    for headers in [
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
        [("origin", "null")],
        [("origin", "https://evil.example")],
    ] {
        let answer = site.ask(post(&headers, &owner.form_token)).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{headers:?}");
    }
    for token in ["", "wrong"] {
        let answer = site
            .ask(post(&[("sec-fetch-site", "same-origin")], token))
            .await;
        assert_eq!(
            answer.status(),
            StatusCode::FORBIDDEN,
            "a form without its token"
        );
    }
    assert_eq!(
        site.site.store.read(ledger::last_seq).await.unwrap(),
        before
    );

    let answer = site
        .ask(post(
            &[("sec-fetch-site", "same-origin")],
            &owner.form_token,
        ))
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        site.site.store.read(ledger::last_seq).await.unwrap(),
        before + 1
    );
}

#[tokio::test]
async fn a_body_that_is_too_large_or_no_form_is_refused() {
    let site = TestSite::open().await;
    let large = TestRequest::post()
        .uri("/console/sign-in")
        .set_form([("email", "x".repeat(70_000))]);
    assert_eq!(
        site.ask(large).await.status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let json = TestRequest::post()
        .uri("/console/sign-in")
        .set_payload("{}")
        .insert_header(("content-type", "text/plain"));
    assert_eq!(
        site.ask(json).await.status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
}

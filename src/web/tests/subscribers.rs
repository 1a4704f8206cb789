//! Subscribing and leaving, as people, scanners and machines do it.

use actix_web::http::StatusCode;
use actix_web::test::{self, TestRequest};

use crate::web::for_tests::TestSite;

#[tokio::test]
async fn a_scanner_that_follows_every_link_unsubscribes_nobody_and_one_click_does() {
    let site = TestSite::open().await;
    let id = crate::domain::id::SubscriberId(crate::entropy::id());
    let token = crate::channel::email::unsubscribe::token(&site.site.keys, id);
    let path = format!("/unsubscribe/{token}");
    for _ in 0..3 {
        let look = site.ask(TestRequest::get().uri(&path)).await;
        assert_eq!(look.status(), StatusCode::OK);
    }
    let bodies = [
        (
            "application/x-www-form-urlencoded",
            "List-Unsubscribe=One-Click",
        ),
        ("multipart/form-data; boundary=x", "--x--"),
        ("text/plain", ""),
    ];
    for (kind, body) in bodies {
        let click = TestRequest::post()
            .uri(&path)
            .insert_header(("content-type", kind))
            .insert_header(("sec-fetch-site", "cross-site"))
            .set_payload(body);
        let answer = site.ask(click).await;
        assert_eq!(
            answer.status(),
            StatusCode::OK,
            "{kind}: also for somebody who is gone"
        );
    }
    let forged = format!("/unsubscribe/1.{id}.AAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(
        site.ask(TestRequest::post().uri(&forged)).await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn known_and_unknown_addresses_get_one_answer() {
    let site = TestSite::open().await;
    let ask = async |address: &str, website: &str| {
        let form = [
            ("channel", "email"),
            ("address", address),
            ("website", website),
        ];
        let answer = site
            .ask(
                TestRequest::post()
                    .uri("/subscribe")
                    .peer_addr("203.0.113.9:4000".parse().unwrap())
                    .set_form(form),
            )
            .await;
        (answer.status(), test::read_body(answer).await)
    };
    let first = ask("ada@example.net", "").await;
    assert_eq!(first.0, StatusCode::ACCEPTED);
    assert_eq!(first, ask("ada@example.net", "").await);
    assert_eq!(
        first,
        ask("bob@example.net", "https://spam.example").await,
        "a machine learns nothing"
    );
}

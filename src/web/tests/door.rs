//! Signing in, being signed out, and the first operator.

use actix_web::http::{Method, StatusCode};
use actix_web::test::{self, TestRequest};

use super::request;
use crate::domain::actor::Role;
use crate::store::{session, setup};
use crate::web::for_tests::{NOW, TestSite};

#[tokio::test]
async fn a_revoked_session_is_over_on_the_next_request() {
    let site = TestSite::open().await;
    let viewer = site.visitor(Role::Viewer).await;
    let look = || request(&Method::GET, "/console", Some(&viewer));
    assert_eq!(site.ask(look()).await.status(), StatusCode::OK);

    let jti = viewer.jti.clone();
    site.site
        .store
        .write(move |tx| session::delete(tx, &jti))
        .await
        .unwrap();

    assert_eq!(site.ask(look()).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn words_typed_in_an_ended_session_wait_behind_the_door() {
    let site = TestSite::open().await;
    let post = TestRequest::post()
        .uri("/console/incidents")
        .set_form([("title", "Checkout fails"), ("words", "We are <looking>.")]);
    let answer = site.ask(post).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let page = String::from_utf8(test::read_body(answer).await.to_vec()).unwrap();
    assert!(
        page.contains("name=\"kept[title]\" value=\"Checkout fails\""),
        "{page}"
    );
    assert!(page.contains("value=\"We are &lt;looking&gt;.\""), "{page}");
}

#[tokio::test]
async fn the_setup_link_makes_one_owner_and_is_gone() {
    let site = TestSite::open().await;
    let token = crate::auth::invitation::begin_setup(&site.site.store, NOW)
        .await
        .unwrap()
        .unwrap();
    let path = format!("/console/setup/{token}");
    for _ in 0..3 {
        let look = site.ask(TestRequest::get().uri(&path)).await;
        assert_eq!(look.status(), StatusCode::OK, "looking uses nothing up");
    }
    let fields = [
        ("email", "Ada@example.net"),
        ("password", "four unusual words"),
        ("again", "four unusual words"),
    ];
    let made = site
        .ask(TestRequest::post().uri(&path).set_form(fields))
        .await;
    assert_eq!(made.status(), StatusCode::SEE_OTHER);
    let cookie = made.headers().get("set-cookie").unwrap().to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
        "{cookie}"
    );
    assert!(site.site.store.read(setup::has_operators).await.unwrap());

    let again = site
        .ask(TestRequest::post().uri(&path).set_form(fields))
        .await;
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
    let look = site.ask(TestRequest::get().uri(&path)).await;
    assert_eq!(look.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_wrong_address_and_a_wrong_password_are_one_answer() {
    let site = TestSite::open().await;
    let token = crate::auth::invitation::begin_setup(&site.site.store, NOW)
        .await
        .unwrap()
        .unwrap();
    let fields = [
        ("email", "ada@example.net"),
        ("password", "four unusual words"),
        ("again", "four unusual words"),
    ];
    site.ask(
        TestRequest::post()
            .uri(&format!("/console/setup/{token}"))
            .set_form(fields),
    )
    .await;
    let attempt = async |email: &str, password: &str| {
        let request = TestRequest::post()
            .uri("/console/sign-in")
            .set_form([("email", email), ("password", password)]);
        let answer = site.ask(request).await;
        (
            answer.status(),
            String::from_utf8(test::read_body(answer).await.to_vec())
                .unwrap()
                .replace(email, "-"),
        )
    };

    let wrong = attempt("ada@example.net", "five unusual words!").await;

    assert_eq!(wrong.0, StatusCode::UNAUTHORIZED);
    assert_eq!(
        wrong,
        attempt("bob@example.net", "four unusual words").await
    );
    assert_eq!(
        attempt("ada@example.net", "four unusual words").await.0,
        StatusCode::SEE_OTHER
    );
}

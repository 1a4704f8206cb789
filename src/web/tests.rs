//! The doors: who may come in where, what every answer wears, and that looking changes nothing.

use actix_web::http::{Method, StatusCode};
use actix_web::test::{self, TestRequest};

use crate::domain::actor::Role;
use crate::domain::permission::Permission;
use crate::store::{ledger, session, setup};
use crate::web::for_tests::{NOW, TestSite, Visitor};
use crate::web::routes;
use crate::web::table::{Access, Face};

/// A path with something in each hole.
fn filled(path: &str) -> String {
    path.replace("{id}", "abcdefghijkl")
        .replace("{token}", "no-such-token")
        .replace("{name}", "none.css")
}

fn request(method: &Method, path: &str, who: Option<&Visitor>) -> TestRequest {
    let mut request = TestRequest::with_uri(&filled(path)).method(method.clone());
    if let Some(who) = who {
        request = request.insert_header(("cookie", who.cookie.clone()));
    }
    if *method == Method::POST {
        let token = who.map(|who| who.form_token.clone()).unwrap_or_default();
        request = request
            .insert_header(("sec-fetch-site", "same-origin"))
            .set_form([("form_token", token)]);
    }
    request
}

/// What the least-privilege table promises, written out by role.
fn may_enter(access: Access, role: Option<Role>) -> bool {
    match access {
        Access::Open | Access::Link => true,
        Access::Operator(permission) => role.is_some_and(|role| role.may(permission)),
    }
}

#[tokio::test]
async fn each_role_enters_exactly_the_routes_of_its_permissions() {
    let site = TestSite::open().await;
    for role in [
        None,
        Some(Role::Viewer),
        Some(Role::Responder),
        Some(Role::Admin),
        Some(Role::Owner),
    ] {
        let visitor = match role {
            Some(role) => Some(site.visitor(role).await),
            None => None,
        };
        for route in routes::table()
            .iter()
            .filter(|route| route.path != "/console/sign-out")
        {
            let answer = site
                .ask(request(&route.method, route.path, visitor.as_ref()))
                .await;
            let status = answer.status();
            let is_sent_to_the_door = status == StatusCode::SEE_OTHER
                && answer
                    .headers()
                    .get("location")
                    .is_some_and(|to| to.to_str().unwrap().starts_with("/console/sign-in?next="));
            let is_refused = status == StatusCode::FORBIDDEN
                || is_sent_to_the_door
                || (status == StatusCode::UNAUTHORIZED && route.path != "/console/sign-in");
            let line = format!("{} {} as {role:?}: {status}", route.method, route.path);
            assert_eq!(!is_refused, may_enter(route.access, role), "{line}");
            assert!(!status.is_server_error(), "{line}");
        }
    }
}

#[tokio::test]
async fn the_table_of_routes_is_the_one_that_was_reviewed() {
    let needed = |permission: Permission| {
        let of = |access: Access| access == Access::Operator(permission);
        routes::table()
            .iter()
            .filter(|route| of(route.access))
            .map(|route| format!("{} {}", route.method, route.path))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        needed(Permission::ManageOperators),
        [
            "GET /console/operators",
            "POST /console/operators",
            "POST /console/operators/{id}"
        ]
    );
    assert_eq!(needed(Permission::ReadAudit), ["GET /console/audit"]);
    for route in routes::table() {
        if route.path.starts_with("/console") {
            assert_eq!(route.face, Face::Console, "{}", route.path);
        }
        let is_unguarded_write = route.method == Method::POST && route.access == Access::Open;
        assert!(
            !is_unguarded_write || ["/console/sign-in", "/subscribe"].contains(&route.path),
            "{}",
            route.path
        );
    }
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
            for name in [
                "content-security-policy",
                "x-content-type-options",
                "referrer-policy",
                "cross-origin-opener-policy",
                "permissions-policy",
                "x-request-id",
            ] {
                assert!(answer.headers().contains_key(name), "{line} lacks {name}");
            }
            let policy = answer
                .headers()
                .get("content-security-policy")
                .unwrap()
                .to_str()
                .unwrap();
            assert!(
                policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                "{line}"
            );
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

#[tokio::test]
async fn the_console_is_nothing_on_the_public_address() {
    let site = TestSite::open().await;
    let owner = site.visitor(Role::Owner).await;
    for route in routes::table()
        .iter()
        .filter(|route| route.face == Face::Console)
    {
        let answer = site
            .ask_public(request(&route.method, route.path, Some(&owner)))
            .await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{}", route.path);
    }
    let alive = site.ask_public(TestRequest::get().uri("/healthz")).await;
    assert_eq!(alive.status(), StatusCode::OK);
}

#[tokio::test]
async fn looking_changes_nothing() {
    let site = TestSite::open().await;
    let owner = site.visitor(Role::Owner).await;
    let before = site.site.store.read(ledger::last_seq).await.unwrap();
    for route in routes::table()
        .iter()
        .filter(|route| route.method == Method::GET)
    {
        for method in [Method::GET, Method::HEAD] {
            site.ask(request(&method, route.path, Some(&owner))).await;
        }
    }
    assert_eq!(
        site.site.store.read(ledger::last_seq).await.unwrap(),
        before
    );
}

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

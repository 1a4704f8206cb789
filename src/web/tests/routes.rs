//! Who may come in where, line by line of the table.

use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;

use super::request;
use crate::domain::actor::Role;
use crate::domain::permission::Permission;
use crate::store::ledger;
use crate::web::for_tests::TestSite;
use crate::web::routes;
use crate::web::table::{Access, Face};

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

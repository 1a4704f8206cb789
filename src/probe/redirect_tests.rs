//! Redirects: how far they are followed, where they must not lead, and what they do not carry along.

use crate::domain::check::{CheckKind, HttpAuth, Secret};
use crate::domain::observation::Outcome;
use crate::probe::for_tests::{Habit, Target, answer, check, http, look_http, redirect, verdict};

#[tokio::test]
async fn a_redirect_is_followed_to_its_end() {
    let end = Target::with(Habit::Say(answer(200, "", "here"))).await;
    let start = Target::with(Habit::Say(redirect(302, end.url("/here?x=1").as_str()))).await;

    let seen = look_http(http(start.url("/"))).await;

    assert_eq!(verdict(&seen), (Outcome::Pass, "ok"));
    assert!(end.request(0).starts_with("get /here?x=1 http/1.1"));
}

#[tokio::test]
async fn a_redirect_loop_ends_at_the_limit() {
    let target = Target::with(Habit::Say(redirect(301, "/again"))).await;

    let seen = look_http(http(target.url("/"))).await;

    assert_eq!(verdict(&seen), (Outcome::Fail, "redirect_limit"));
    assert_eq!(target.accepted(), 6);
}

#[tokio::test]
async fn without_redirects_the_redirect_itself_is_judged() {
    let target = Target::with(Habit::Say(redirect(301, "/again"))).await;
    let mut still = http(target.url("/"));
    still.redirects = 0;

    assert_eq!(
        verdict(&look_http(still).await),
        (Outcome::Fail, "status_301")
    );
    assert_eq!(target.accepted(), 1);
}

#[tokio::test]
async fn no_hop_reaches_a_forbidden_address() {
    for forbidden in [
        "http://169.254.169.254/latest",
        "http://0xa9fea9fe/",
        "//[::ffff:a9fe:a9fe]/",
        "http://[fe80::1]/",
        "http://0.0.0.0/",
    ] {
        for status in [301, 302, 303, 307, 308] {
            let target = Target::with(Habit::Say(redirect(status, forbidden))).await;
            let seen = look_http(http(target.url("/"))).await;
            assert_eq!(
                verdict(&seen),
                (Outcome::Fail, "redirect_denied"),
                "{status} {forbidden}"
            );
        }
    }
}

#[tokio::test]
async fn a_public_policy_never_touches_a_private_target() {
    let sentinel = Target::with(Habit::Say(answer(200, "", ""))).await;
    let settings = crate::probe::ProbeSettings {
        policy: crate::egress::Policy::public_only(),
        ..Default::default()
    };
    let instruments = crate::probe::Instruments::new(settings.into()).unwrap();
    let port = sentinel.address.port();

    for host in [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
    ] {
        let url = format!("http://{host}:{port}/").parse().unwrap();
        let looked = check(CheckKind::Http(http(url)));
        let seen = crate::probe::look(
            &looked,
            &instruments,
            crate::domain::timestamp::Timestamp::default(),
        )
        .await;
        assert_eq!(verdict(&seen), (Outcome::Inconclusive, "denied"), "{host}");
    }
    assert_eq!(sentinel.accepted(), 0);
}

#[tokio::test]
async fn a_redirect_elsewhere_than_http_fails() {
    for place in [
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "javascript:alert(1)",
    ] {
        let target = Target::with(Habit::Say(redirect(302, place))).await;
        let seen = look_http(http(target.url("/"))).await;
        assert_eq!(
            verdict(&seen),
            (Outcome::Fail, "redirect_invalid"),
            "{place}"
        );
    }
}

#[tokio::test]
async fn secrets_stay_with_their_origin() {
    let other = Target::with(Habit::Say(answer(200, "", ""))).await;
    let habit = Habit::SayInTurn(vec![
        redirect(302, "/mine"),
        redirect(302, other.url("/").as_str()),
    ]);
    let own = Target::with(habit).await;
    let mut secretive = http(own.url("/"));
    secretive.headers = vec![("X-Key".to_owned(), Secret::new("hush"))];
    secretive.auth = Some(HttpAuth::Basic {
        user: "u".to_owned(),
        password: Secret::new("p"),
    });

    let seen = look_http(secretive).await;

    assert_eq!(seen.outcome, Outcome::Pass);
    for number in [0, 1] {
        assert!(
            own.request(number).contains("authorization: basic dtpw"),
            "{}",
            own.request(number)
        );
        assert!(own.request(number).contains("x-key: hush"));
    }
    assert!(!other.request(0).contains("authorization"));
    assert!(!other.request(0).contains("hush"));
}

#[tokio::test]
async fn a_body_is_not_carried_to_another_origin() {
    let other = Target::with(Habit::Say(answer(200, "", ""))).await;
    let own = Target::with(Habit::Say(redirect(307, other.url("/").as_str()))).await;
    let mut posting = http(own.url("/"));
    posting.method = "POST".to_owned();
    posting.body = Some("{\"key\":\"hush\"}".to_owned());

    let seen = look_http(posting).await;

    assert_eq!(verdict(&seen), (Outcome::Fail, "redirect_with_body"));
    assert_eq!(other.accepted(), 0);
}

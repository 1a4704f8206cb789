//! Checks against targets with odd habits: verdict, reason, and what the target saw of us.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;

use crate::domain::check::{Check, CheckKind, HeaderExpectation, HttpCheck, JsonExpectation};
use crate::domain::observation::Outcome;
use crate::probe::exchange::MOST_BODY_BYTES;
use crate::probe::for_tests::{
    Habit, Target, answer, check, http, look_at, look_http, nobody, tcp, verdict,
};

fn impatient(http: HttpCheck) -> Check {
    Check {
        timeout: Duration::from_millis(300),
        ..check(CheckKind::Http(http))
    }
}

#[tokio::test]
async fn an_answer_in_the_expected_range_passes_and_another_fails() {
    let good = Target::with(Habit::Say(answer(204, "", ""))).await;
    let bad = Target::with(Habit::Say(answer(503, "", "sorry"))).await;

    assert_eq!(
        verdict(&look_http(http(good.url("/"))).await),
        (Outcome::Pass, "ok")
    );
    assert_eq!(
        verdict(&look_http(http(bad.url("/"))).await),
        (Outcome::Fail, "status_503")
    );
}

#[tokio::test]
async fn a_closed_port_fails() {
    let address = nobody().await;
    let url = format!("http://{address}/").parse().unwrap();

    assert_eq!(
        verdict(&look_http(http(url)).await),
        (Outcome::Fail, "connect_refused")
    );
    assert_eq!(
        verdict(&look_at(&check(tcp(address))).await),
        (Outcome::Fail, "connect_refused")
    );
}

#[tokio::test]
async fn an_open_port_passes_for_tcp() {
    let target = Target::with(Habit::Silent).await;

    assert_eq!(
        verdict(&look_at(&check(tcp(target.address))).await),
        (Outcome::Pass, "ok")
    );
}

#[tokio::test]
async fn a_target_that_never_answers_fails_at_the_deadline() {
    let target = Target::with(Habit::Silent).await;

    let seen = look_at(&impatient(http(target.url("/")))).await;

    assert_eq!(verdict(&seen), (Outcome::Fail, "deadline"));
}

#[tokio::test]
async fn a_dripping_body_is_cut_off_by_the_total_deadline() {
    let target = Target::with(Habit::Drip).await;

    let seen = look_at(&impatient(http(target.url("/")))).await;

    assert_eq!(verdict(&seen), (Outcome::Fail, "deadline"));
}

#[tokio::test]
async fn an_endless_body_is_read_up_to_its_bound() {
    let target = Target::with(Habit::Flood).await;
    let mut wanting = http(target.url("/"));
    wanting.expect.body_contains = Some("ok".to_owned());

    let plain = look_http(http(target.url("/"))).await;
    let searched = look_http(wanting).await;

    assert_eq!(verdict(&plain), (Outcome::Pass, "too_large"));
    assert_eq!(verdict(&searched), (Outcome::Fail, "too_large"));
    // Socket buffers on both sides take some megabytes more than we read.
    assert!(target.bytes_taken.load(Ordering::SeqCst) < 2 * (MOST_BODY_BYTES + 16_000_000));
}

#[tokio::test]
async fn headers_without_end_fail() {
    let target = Target::with(Habit::HeaderFlood).await;

    let seen = look_http(http(target.url("/"))).await;

    assert_eq!(verdict(&seen), (Outcome::Fail, "headers_too_large"));
}

#[tokio::test]
async fn what_is_not_http_fails() {
    let ssh = Target::with(Habit::Say(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())).await;
    let mute = Target::with(Habit::Close).await;

    assert_eq!(
        verdict(&look_http(http(ssh.url("/"))).await),
        (Outcome::Fail, "not_http")
    );
    assert_eq!(look_http(http(mute.url("/"))).await.outcome, Outcome::Fail);
}

#[tokio::test]
async fn a_body_cut_short_fails() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec();
    let target = Target::with(Habit::Say(half)).await;

    assert_eq!(
        verdict(&look_http(http(target.url("/"))).await),
        (Outcome::Fail, "closed_early")
    );
}

#[tokio::test]
async fn compression_is_not_asked_for_and_not_undone() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&vec![b'a'; 20_000_000]).unwrap();
    let bomb = packer.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        bomb.len()
    );
    let target = Target::with(Habit::Say([head.as_bytes(), &bomb].concat())).await;
    let mut wanting = http(target.url("/"));
    wanting.expect.body_contains = Some("aaaa".to_owned());

    let seen = look_http(wanting).await;

    assert_eq!(verdict(&seen), (Outcome::Fail, "body_mismatch"));
    assert!(target.request(0).contains("accept-encoding: identity"));
}

#[tokio::test]
async fn expectations_are_told_apart() {
    let said = answer(
        200,
        "Content-Type: application/json\r\n",
        r#"{"status":"up","n":1}"#,
    );
    let target = Target::with(Habit::Say(said)).await;
    let expecting = |change: &dyn Fn(&mut HttpCheck)| {
        let mut http = http(target.url("/"));
        change(&mut http);
        http
    };
    let json_is = |path: &str, equals| {
        let expected = JsonExpectation {
            path: path.to_owned(),
            equals,
        };
        expecting(&move |http| http.expect.json = Some(expected.clone()))
    };
    let header_is = |name: &str, matches: &str| {
        let expected = HeaderExpectation {
            name: name.to_owned(),
            matches: matches.to_owned(),
        };
        expecting(&move |http| http.expect.header = Some(expected.clone()))
    };

    for (http, outcome, reason) in [
        (json_is("$.status", json!("up")), Outcome::Pass, "ok"),
        (json_is("$.n", json!(1.0)), Outcome::Pass, "ok"),
        (
            json_is("$.status", json!("down")),
            Outcome::Fail,
            "json_mismatch",
        ),
        (
            json_is("$.absent", json!("up")),
            Outcome::Fail,
            "json_missing",
        ),
        (
            json_is("status[", json!("up")),
            Outcome::Inconclusive,
            "misconfigured",
        ),
        (
            header_is("content-type", "^application/json"),
            Outcome::Pass,
            "ok",
        ),
        (
            header_is("content-type", "^text/html"),
            Outcome::Fail,
            "header_mismatch",
        ),
        (header_is("x-absent", "."), Outcome::Fail, "header_missing"),
    ] {
        let seen = look_http(http).await;
        assert_eq!(verdict(&seen), (outcome, reason), "{}", seen.detail);
    }
}

#[tokio::test]
async fn slower_than_allowed_is_slow() {
    let target = Target::with(Habit::Say(answer(200, "", ""))).await;
    let mut slow = check(CheckKind::Http(http(target.url("/"))));
    slow.slow_after = Some(Duration::ZERO);

    assert_eq!(verdict(&look_at(&slow).await), (Outcome::Slow, "slow"));
}

#[tokio::test]
async fn what_operators_read_holds_no_secret_and_no_body() {
    let target = Target::with(Habit::Say(answer(500, "X-Secret: hush\r\n", "hush"))).await;
    let mut url = target.url("/health?key=hush");
    url.set_fragment(Some("hush"));

    let seen = look_http(http(url)).await;

    assert_eq!(
        seen.detail,
        format!("GET http://{}/health: answered 500", target.address)
    );
}

#[tokio::test]
async fn every_phase_that_happened_is_timed() {
    let target = Target::with(Habit::Say(answer(200, "", "here"))).await;

    let phases = look_http(http(target.url("/"))).await.phases;

    assert!(!phases.connect.is_zero() && !phases.first_byte.is_zero() && phases.tls.is_zero());
    assert!(phases.total >= phases.dns + phases.connect + phases.first_byte);
}

#[tokio::test]
async fn a_body_without_the_expected_text_fails() {
    let target = Target::with(Habit::Say(answer(200, "", "all is up"))).await;
    for (text, reason) in [("is up", "ok"), ("is down", "body_mismatch")] {
        let mut wanting = http(target.url("/"));
        wanting.expect.body_contains = Some(text.to_owned());
        assert_eq!(look_http(wanting).await.reason, reason);
    }
}

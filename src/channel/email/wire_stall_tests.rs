//! The wire against relays that fall silent, hang up, or do not pipeline.

use futures_util::future::join_all;

use crate::channel::email::reply::Verdict;
use crate::channel::email::scripted::{End, GO, HELLO, dial, mail, open, relay};
use crate::channel::email::settings::SmtpTls;
use crate::channel::email::wire::{Dead, Why, Wire};

const HI: &str = "220 hi\r\n";

/// What becomes of one mail to a relay with this script.
async fn try_one(tls: SmtpTls, script: &'static [&'static str], end: End) -> (Dead, Vec<String>) {
    let (io, heard) = dial(script, end);
    let dead = match open(io, &relay("127.0.0.1", tls)).await {
        Ok(mut wire) => wire.send(&mail("a@b"), None).await.unwrap_err(),
        Err(dead) => dead,
    };
    (dead, heard.await.unwrap())
}

#[tokio::test]
async fn a_stall_ends_at_its_step_and_the_relay_sees_the_connection_close() {
    let cases: [(&str, SmtpTls, &'static [&'static str]); 10] = [
        ("greeting", SmtpTls::None, &[]),
        ("ehlo", SmtpTls::None, &[HI]),
        ("ehlo", SmtpTls::None, &[HI, "250-sink\r\n250"]),
        ("mail", SmtpTls::None, &[HI, HELLO]),
        ("rcpt", SmtpTls::None, &[HI, HELLO, "250 ok\r\n"]),
        ("data", SmtpTls::None, &[HI, HELLO, "250 ok\r\n250 ok\r\n"]),
        ("final", SmtpTls::None, &[HI, HELLO, GO]),
        ("starttls", SmtpTls::Required, &[HI, "250 STARTTLS\r\n"]),
        (
            "tls",
            SmtpTls::Required,
            &[HI, "250 STARTTLS\r\n", "220 go\r\n"],
        ),
        ("tls", SmtpTls::Implicit, &[]),
    ];
    let tried = cases.map(|(_, tls, script)| try_one(tls, script, End::Stall));

    let ended = join_all(tried).await;

    for ((step, ..), (dead, heard)) in cases.iter().zip(ended) {
        assert_eq!(dead.step, *step);
        assert!(matches!(dead.why, Why::Timeout), "{step}: {dead}");
        assert_eq!(dead.in_doubt, *step == "final", "{step}");
        let last = heard.last().map(String::as_str);
        assert_eq!(last, Some(""), "{step}: the relay sees us close");
    }
}

#[tokio::test]
async fn a_relay_that_hangs_up_after_the_body_leaves_the_mail_in_doubt() {
    let (dead, _) = try_one(SmtpTls::None, &[HI, HELLO, GO], End::Close).await;
    assert!(dead.in_doubt && matches!(dead.why, Why::Io(_)), "{dead}");

    let (dead, _) = try_one(SmtpTls::None, &[HI, HELLO], End::Close).await;
    assert!(!dead.in_doubt && matches!(dead.why, Why::Io(_)), "{dead}");
}

#[tokio::test]
async fn a_relay_that_says_it_closes_has_not_taken_the_mail() {
    let script = &[HI, HELLO, GO, "421 4.3.2 shutting down\r\n"];
    let (dead, _) = try_one(SmtpTls::None, script, End::Close).await;

    assert!(
        !dead.in_doubt && matches!(dead.why, Why::Closing(_)),
        "{dead}"
    );
}

#[tokio::test]
async fn a_cancelled_send_poisons_the_connection() {
    let (io, heard) = dial(&[HI, HELLO, GO], End::Close);
    let mail = mail("a@b");
    let mut wire = open(io, &relay("127.0.0.1", SmtpTls::None)).await.unwrap();

    tokio::select! {
        biased;
        said = heard => assert!(said.unwrap()[2].ends_with("\r\n.\r\n"), "the body was on its way"),
        _ = wire.send(&mail, None) => unreachable!("nobody answers"),
    }

    let again = wire.send(&mail, None).await.unwrap_err();
    assert!(matches!(again.why, Why::Poisoned));
}

#[tokio::test]
async fn a_relay_without_pipelining_is_asked_one_thing_at_a_time() {
    const OK: &str = "250 ok\r\n";
    let script = &[
        HI,
        "250 sink\r\n",
        OK,
        OK,
        "354 go\r\n",
        OK,
        OK,
        OK,
        "354 go\r\n",
        OK,
    ];
    let (io, heard) = dial(script, End::Close);
    let mut wire: Wire = open(io, &relay("127.0.0.1", SmtpTls::None)).await.unwrap();

    let first = wire.send(&mail("a@b"), Some(&mail("c@d"))).await.unwrap();
    assert!(!wire.is_open(), "nothing is announced");
    let second = wire.send(&mail("c@d"), None).await.unwrap();
    drop(wire);

    assert!(matches!(first, Verdict::Sent(_)) && matches!(second, Verdict::Sent(_)));
    let heard = heard.await.unwrap();
    let begins = [
        "EHLO",
        "MAIL FROM:",
        "RCPT TO:<a@b>",
        "DATA",
        "Subject",
        "MAIL FROM:",
        "RCPT TO:<c@d>",
        "DATA",
    ];
    for (command, begin) in heard.iter().zip(begins) {
        assert!(command.starts_with(begin), "{command} is not {begin}");
        let is_one_line = command.lines().count() == 1;
        assert!(is_one_line || begin == "Subject", "{command}");
    }
}

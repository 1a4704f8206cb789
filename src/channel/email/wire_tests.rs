//! The wire against relays that lie, stall or mix things up.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::channel::email::relay::{Limits, Relay};
use crate::channel::email::reply::Verdict;
use crate::channel::email::scripted::{GO, HELLO, mail};
use crate::channel::email::settings::SmtpTls;
use crate::channel::email::wire::{Why, Wire};

/// A relay that answers each write it reads with the next line of its script.
async fn relay(tls: SmtpTls, script: &'static [&'static str]) -> Relay {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = vec![0; 65_536];
        for answer in script {
            stream.write_all(answer.as_bytes()).await.unwrap();
            if stream.read(&mut bytes).await.unwrap() == 0 {
                return;
            }
        }
    });
    crate::egress::install_crypto();
    Relay {
        host: "127.0.0.1".to_owned(),
        port,
        helo: "status.example.com".to_owned(),
        tls,
        trust: crate::egress::tls_client_config(),
        credentials: None,
        limits: Limits::default(),
    }
}

#[tokio::test]
async fn a_3xx_after_the_body_is_never_sent() {
    let relay = relay(SmtpTls::None, &["220 hi\r\n", HELLO, GO, "354 go\r\n"]).await;
    let mut wire = Wire::connect(&relay).await.unwrap();

    let dead = wire.send(&mail("a@b"), None).await.unwrap_err();

    assert!(dead.in_doubt);
    let again = wire.send(&mail("a@b"), None).await.unwrap_err();
    assert!(matches!(again.why, Why::Poisoned));
}

#[tokio::test]
async fn a_refused_recipient_keeps_the_connection() {
    const REFUSED: &str = "250 ok\r\n550 5.1.1 gone\r\n503 no recipient\r\n";
    const RESET: &str = "250 reset\r\n250 ok\r\n250 ok\r\n354 go\r\n";
    let script = &["220 hi\r\n", HELLO, REFUSED, RESET, "250 taken\r\n"];
    let mut wire = Wire::connect(&relay(SmtpTls::None, script).await)
        .await
        .unwrap();

    let first = wire.send(&mail("gone@b"), None).await.unwrap();
    let second = wire.send(&mail("a@b"), None).await.unwrap();

    assert!(matches!(first, Verdict::Hard(_)));
    assert!(matches!(second, Verdict::Sent(_)));
}

#[tokio::test]
async fn only_the_announced_mail_may_follow() {
    let script = &[
        "220 hi\r\n",
        HELLO,
        GO,
        "250 taken\r\n250 ok\r\n250 ok\r\n354 go\r\n",
    ];
    let mut wire = Wire::connect(&relay(SmtpTls::None, script).await)
        .await
        .unwrap();
    wire.send(&mail("a@b"), Some(&mail("c@d"))).await.unwrap();

    assert!(wire.is_open());
    assert!(wire.send(&mail("someone@else"), None).await.is_err());
}

#[tokio::test]
async fn a_stripped_starttls_and_words_before_the_handshake_are_refused() {
    let stripped = relay(SmtpTls::Required, &["220 hi\r\n", "250 sink\r\n"]).await;
    assert!(
        Wire::connect(&stripped)
            .await
            .is_err_and(|dead| dead.step == "starttls")
    );

    let script = &[
        "220 hi\r\n",
        "250 STARTTLS\r\n",
        "220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n",
    ];
    let injected = relay(SmtpTls::Required, script).await;
    assert!(
        Wire::connect(&injected)
            .await
            .is_err_and(|dead| dead.step == "starttls")
    );
}

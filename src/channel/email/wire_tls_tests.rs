//! The wire inside TLS: a private authority, the wrong name, a stranger's certificate, passwords in the open.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ServerConfig};

use crate::channel::email::relay::Relay;
use crate::channel::email::reply::Verdict;
use crate::channel::email::scripted::{End, GO, HELLO, dial, dial_tls, mail, open, relay};
use crate::channel::email::settings::SmtpTls;
use crate::channel::email::wire::Why;
use crate::egress;

const NAME: &str = "relay.example";
const TAKEN: &str = "250 taken\r\n";

/// The relay's side, certified for [`NAME`] by an authority of its own, and our side, which trusts that authority.
fn certified() -> (ServerConfig, Arc<ClientConfig>) {
    egress::install_crypto();
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let chain: Vec<CertificateDer<'static>> = vec![leaf.der().clone()];
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    (
        server,
        egress::tls_client_config_trusting(&[authority.der().clone()]),
    )
}

fn trusting(host: &str, tls: SmtpTls, trust: Arc<ClientConfig>) -> Relay {
    Relay {
        trust,
        ..relay(host, tls)
    }
}

#[tokio::test]
async fn a_private_authority_is_trusted_with_tls_from_the_first_byte() {
    let (server, trust) = certified();
    let io = dial_tls(&[], server, &["220 hi\r\n", HELLO, GO, TAKEN]);

    let mut wire = open(io, &trusting(NAME, SmtpTls::Implicit, trust))
        .await
        .unwrap();

    assert!(matches!(
        wire.send(&mail("a@b"), None).await,
        Ok(Verdict::Sent(_))
    ));
}

#[tokio::test]
async fn what_is_offered_after_the_handshake_counts_and_not_what_was_before() {
    let (server, trust) = certified();
    let plain = &[
        "220 hi\r\n",
        "250-STARTTLS\r\n250 PIPELINING\r\n",
        "220 go\r\n",
    ];
    let script = &[
        "",
        "250 sink\r\n",
        "250 ok\r\n",
        "250 ok\r\n",
        "354 go\r\n",
        TAKEN,
    ];
    let io = dial_tls(plain, server, script);

    let mut wire = open(io, &trusting(NAME, SmtpTls::Required, trust))
        .await
        .unwrap();

    assert!(!wire.can_pipeline);
    assert!(matches!(
        wire.send(&mail("a@b"), None).await,
        Ok(Verdict::Sent(_))
    ));
}

#[tokio::test]
async fn a_certificate_for_another_name_or_by_a_stranger_is_refused() {
    let (server, trust) = certified();
    let io = dial_tls(&[], server.clone(), &["220 hi\r\n"]);
    let misnamed = open(io, &trusting("other.example", SmtpTls::Implicit, trust)).await;
    let io = dial_tls(&[], server, &["220 hi\r\n"]);
    let stranger = open(io, &relay(NAME, SmtpTls::Implicit)).await;

    for refused in [misnamed, stranger] {
        let dead = refused.err().expect("no TLS, no mail");
        assert_eq!(dead.step, "tls");
        assert!(matches!(dead.why, Why::Io(_)), "{dead}");
    }
}

#[tokio::test]
async fn a_failed_handshake_never_falls_back_to_plaintext() {
    let (server, _) = certified();
    let plain = &[
        "220 hi\r\n",
        "250-STARTTLS\r\n250 PIPELINING\r\n",
        "220 go\r\n",
    ];
    let io = dial_tls(plain, server, &[HELLO]);

    let refused = open(io, &relay(NAME, SmtpTls::Opportunistic)).await;

    assert!(refused.is_err_and(|dead| dead.step == "tls"));
}

#[tokio::test]
async fn a_password_is_not_said_in_the_open() {
    let (io, heard) = dial(&["220 hi\r\n", "250 AUTH PLAIN\r\n"], End::Close);
    let mut careless = relay(NAME, SmtpTls::None);
    careless.credentials = Some(("user".to_owned(), "password".to_owned()));

    let refused = open(io, &careless).await;

    assert!(refused.is_err_and(|dead| dead.step == "auth"));
    assert_eq!(
        heard.await.unwrap().last().map(String::as_str),
        Some(""),
        "nothing more was said"
    );
}

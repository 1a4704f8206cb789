//! Checks against certificates: expired, untrusted, for another name, near their end.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::domain::check::CheckKind;
use crate::domain::observation::Observation;
use crate::domain::observation::Outcome;
use crate::domain::timestamp::Timestamp;
use crate::egress::install_crypto;
use crate::probe::for_tests::{Habit, Target, answer, check, http, look_at};
use crate::probe::{Instruments, ProbeSettings, look};

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn root(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A server for `name` whose certificate ends with `year`.
    fn server(&self, name: &str, year: i32) -> ServerConfig {
        install_crypto();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 12, 31);
        params.not_before = date_time_ymd(2000, 1, 1);
        let signed = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![signed.der().clone()], key)
            .unwrap()
    }
}

async fn target(config: ServerConfig) -> Target {
    Target::with_tls(Habit::Say(answer(200, "", "")), config).await
}

async fn look_trusting(
    authority: &Authority,
    target: &Target,
    days: Option<u32>,
    now: Timestamp,
) -> Observation {
    let settings = Arc::new(ProbeSettings::default());
    let instruments = Instruments::trusting(settings, &[authority.root()]).unwrap();
    let mut http = http(
        format!("https://localhost:{}/", target.address.port())
            .parse()
            .unwrap(),
    );
    http.expect.certificate_days = days;
    look(&check(CheckKind::Http(http)), &instruments, now).await
}

#[tokio::test]
async fn a_trusted_certificate_passes_and_the_handshake_is_timed() {
    let authority = Authority::named("Ours");
    let target = target(authority.server("localhost", 4000)).await;

    let seen = look_trusting(&authority, &target, None, Timestamp::default()).await;

    assert_eq!(
        (seen.outcome, seen.reason.as_str()),
        (Outcome::Pass, "ok"),
        "{}",
        seen.detail
    );
    assert!(!seen.phases.tls.is_zero());
}

#[tokio::test]
async fn a_certificate_near_its_end_is_slow() {
    let authority = Authority::named("Ours");
    let target = target(authority.server("localhost", 4000)).await;
    let ten_days_before = Timestamp::parse("4000-12-21T00:00:00Z").unwrap();

    let warned = look_trusting(&authority, &target, Some(14), ten_days_before).await;
    let calm = look_trusting(&authority, &target, Some(10), ten_days_before).await;

    assert_eq!(
        (warned.outcome, warned.reason.as_str()),
        (Outcome::Slow, "certificate_expires")
    );
    assert!(
        warned.detail.ends_with("the certificate has 10 days left"),
        "{}",
        warned.detail
    );
    assert_eq!(calm.outcome, Outcome::Pass);
}

#[tokio::test]
async fn a_bad_certificate_fails_and_says_why() {
    let authority = Authority::named("Ours");
    for (config, reason) in [
        (authority.server("localhost", 2001), "certificate_expired"),
        (
            authority.server("other.example", 4000),
            "certificate_wrong_name",
        ),
        (
            Authority::named("Nobody").server("localhost", 4000),
            "certificate_untrusted",
        ),
    ] {
        let target = target(config).await;
        let seen = look_trusting(&authority, &target, None, Timestamp::default()).await;
        assert_eq!(
            (seen.outcome, seen.reason.as_str()),
            (Outcome::Fail, reason),
            "{}",
            seen.detail
        );
        assert!(
            target.requests.lock().unwrap().is_empty(),
            "nothing is sent to a peer we do not believe"
        );
    }
}

#[tokio::test]
async fn a_plain_server_fails_the_handshake() {
    let target = Target::with(Habit::Say(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())).await;
    let url = format!("https://localhost:{}/\r\n\r\n", target.address.port())
        .parse()
        .unwrap();
    let mut looked = check(CheckKind::Http(http(url)));
    looked.timeout = std::time::Duration::from_millis(500);

    let seen = look_at(&looked).await;

    assert_eq!(seen.outcome, Outcome::Fail);
    assert!(seen.reason.starts_with("tls_"), "{}", seen.reason);
}

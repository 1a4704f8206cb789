//! The relay: where it is, and how a connection to it begins. Every step under one deadline, TLS never
//! bargained down, nothing read before the handshake believed after it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use crate::channel::email::settings::{SmtpTls, SmtpUrl};
use crate::channel::email::wire::{Dead, Io, Why, Wire, after, by, dead};

/// TCP, TLS, greeting, EHLO and AUTH, all together.
const CONNECT: Duration = Duration::from_secs(30);
/// MAIL, RCPT and DATA together; RFC 5321 section 4.5.3.2 asks for five minutes each, and a relay of ours
/// that takes longer than one is a relay that is down.
const COMMAND: Duration = Duration::from_mins(1);
/// RFC 5321 section 4.5.3.2.6: a shorter wait for the final reply makes duplicates.
const FINAL: Duration = Duration::from_mins(10);

/// Where to connect and how.
#[derive(Clone)]
pub struct Relay {
    pub host: String,
    pub port: u16,
    /// Our name in EHLO.
    pub helo: String,
    pub tls: SmtpTls,
    pub trust: Arc<ClientConfig>,
    pub credentials: Option<(String, String)>,
    pub limits: Limits,
}

/// One deadline per step.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub connect: Duration,
    pub command: Duration,
    pub last: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: CONNECT,
            command: COMMAND,
            last: FINAL,
        }
    }
}

impl Relay {
    /// `helo` is the host of our sender address: a name the operator owns.
    #[must_use]
    pub fn new(url: &SmtpUrl, helo: &str, trust: Arc<ClientConfig>) -> Self {
        let credentials = url.user.clone().zip(url.password.as_ref());
        Self {
            host: url.host.clone(),
            port: url.port,
            helo: helo.to_owned(),
            tls: url.tls,
            trust,
            credentials: credentials.map(|(user, secret)| (user, secret.reveal().to_owned())),
            limits: Limits::default(),
        }
    }

    fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self
                .host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

/// What EHLO told us, and whether nobody else could read it.
struct Met {
    offers: String,
    is_secret: bool,
}

impl Wire {
    /// TCP, TLS, greeting, EHLO, STARTTLS and AUTH under one deadline.
    ///
    /// # Errors
    /// [`Dead`] with the step that failed; never falls back to plaintext.
    pub async fn connect(relay: &Relay) -> Result<Self, Dead> {
        let deadline = after(relay.limits.connect);
        let target = (relay.host.as_str(), relay.port);
        let tcp = by(deadline, "connect", TcpStream::connect(target)).await?;
        // Without it Nagle waits for a delayed acknowledgement: 17 mails a second instead of thousands.
        by(deadline, "connect", async { tcp.set_nodelay(true) }).await?;
        Self::begin(Box::new(tcp), relay, deadline).await
    }

    /// Everything after TCP, over whatever carries the bytes.
    pub(super) async fn begin(
        mut io: Box<dyn Io>,
        relay: &Relay,
        deadline: Instant,
    ) -> Result<Self, Dead> {
        if relay.tls == SmtpTls::Implicit {
            io = by(deadline, "tls", secured(relay, io)).await?;
        }
        let mut wire = Self::over(io, relay.limits);
        wire.ask((deadline, "greeting"), "", 220).await?;
        let (wire, met) = wire.introduced(relay, deadline).await?;
        wire.authenticated(relay, deadline, &met).await
    }

    async fn introduced(mut self, relay: &Relay, deadline: Instant) -> Result<(Self, Met), Dead> {
        let hello = format!("EHLO {}\r\n", relay.helo);
        let offers = self.ask((deadline, "ehlo"), &hello, 250).await?.text;
        let can_start = has(&offers, "STARTTLS");
        let is_secret = match relay.tls {
            SmtpTls::None => Some(false),
            SmtpTls::Implicit => Some(true),
            SmtpTls::Opportunistic => (!can_start).then_some(false),
            SmtpTls::Required if can_start => None,
            SmtpTls::Required => return Err(dead("starttls", Why::Protocol("not offered"))),
        };
        if let Some(is_secret) = is_secret {
            return Ok((self, Met { offers, is_secret }));
        }
        self.ask((deadline, "starttls"), "STARTTLS\r\n", 220)
            .await?;
        if !self.received.is_empty() {
            return Err(dead(
                "starttls",
                Why::Protocol("plaintext after 220: injection"),
            ));
        }
        self.io = by(deadline, "tls", secured(relay, self.io)).await?;
        let offers = self.ask((deadline, "ehlo"), &hello, 250).await?.text;
        let is_secret = true;
        Ok((self, Met { offers, is_secret }))
    }

    async fn authenticated(
        mut self,
        relay: &Relay,
        deadline: Instant,
        met: &Met,
    ) -> Result<Self, Dead> {
        self.can_pipeline = has(&met.offers, "PIPELINING");
        let Some((user, password)) = &relay.credentials else {
            return Ok(self);
        };
        // A password travels inside TLS, or on this machine.
        if !met.is_secret && !relay.is_loopback() {
            return Err(dead("auth", Why::Protocol("AUTH without TLS")));
        }
        let code = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
        self.ask((deadline, "auth"), &format!("AUTH PLAIN {code}\r\n"), 235)
            .await?;
        Ok(self)
    }
}

async fn secured(relay: &Relay, io: Box<dyn Io>) -> io::Result<Box<dyn Io>> {
    let name = ServerName::try_from(relay.host.clone()).map_err(io::Error::other)?;
    let stream = TlsConnector::from(relay.trust.clone())
        .connect(name, io)
        .await?;
    Ok(Box::new(stream))
}

fn has(offers: &str, keyword: &str) -> bool {
    offers
        .lines()
        .any(|line| line.trim().eq_ignore_ascii_case(keyword))
}

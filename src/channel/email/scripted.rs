//! A relay in memory for tests: it says one line of its script after each read, and tells what it was sent.

use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;

use crate::channel::email::relay::{Limits, Relay};
use crate::channel::email::settings::SmtpTls;
use crate::channel::email::wire::{Dead, Mail, Wire, after};

pub(super) const HELLO: &str = "250-sink\r\n250 PIPELINING\r\n";
pub(super) const GO: &str = "250 ok\r\n250 ok\r\n354 go\r\n";
/// In memory everything that is going to be said is said at once; only what is never said takes so long.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the relay does when its script is over.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// Says nothing more, and waits for us to close.
    Stall,
    /// Closes.
    Close,
}

/// Everything the relay read, one text per read; the last is empty when we closed first.
pub(super) type Heard = JoinHandle<Vec<String>>;

pub(super) fn relay(host: &str, tls: SmtpTls) -> Relay {
    crate::egress::install_crypto();
    Relay {
        host: host.to_owned(),
        port: 25,
        helo: "status.example.com".to_owned(),
        tls,
        trust: crate::egress::tls_client_config(),
        credentials: None,
        limits: Limits {
            connect: PATIENCE,
            command: PATIENCE,
            last: PATIENCE,
        },
    }
}

pub(super) fn mail(to: &'static str) -> Mail<'static> {
    Mail {
        from: "status@example.com",
        to,
        data: b"Subject: s\r\n\r\nt\r\n",
    }
}

/// Our end of a connection to a relay with this script.
pub(super) fn dial(script: &'static [&'static str], end: End) -> (DuplexStream, Heard) {
    let (ours, theirs) = tokio::io::duplex(65_536);
    (ours, tokio::spawn(talk(theirs, script, end)))
}

/// The same; what follows `plain` is said inside TLS.
pub(super) fn dial_tls(
    plain: &'static [&'static str],
    config: ServerConfig,
    script: &'static [&'static str],
) -> DuplexStream {
    let (ours, mut theirs) = tokio::io::duplex(65_536);
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    tokio::spawn(async move {
        let mut bytes = [0; 1024];
        for (turn, line) in plain.iter().enumerate() {
            theirs.write_all(line.as_bytes()).await.unwrap();
            if turn + 1 < plain.len() {
                assert_ne!(
                    theirs.read(&mut bytes).await.unwrap(),
                    0,
                    "the client hung up"
                );
            }
        }
        if let Ok(stream) = acceptor.accept(theirs).await {
            talk(stream, script, End::Stall).await;
        }
    });
    ours
}

pub(super) async fn open(io: DuplexStream, relay: &Relay) -> Result<Wire, Dead> {
    Wire::begin(Box::new(io), relay, after(relay.limits.connect)).await
}

async fn talk(
    mut io: impl AsyncRead + AsyncWrite + Unpin,
    script: &'static [&'static str],
    end: End,
) -> Vec<String> {
    let mut heard = Vec::new();
    for line in script {
        io.write_all(line.as_bytes()).await.unwrap();
        heard.push(listen(&mut io).await);
    }
    if matches!(end, End::Stall) {
        loop {
            let last = listen(&mut io).await;
            let is_over = last.is_empty();
            heard.push(last);
            if is_over {
                break;
            }
        }
    }
    heard
}

async fn listen(io: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = vec![0; 65_536];
    let read = io.read(&mut bytes).await.unwrap_or(0);
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

//! Targets with odd habits, on loopback, and the checks that look at them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use crate::domain::check::{Check, CheckKind, Expectations, HttpCheck, TcpCheck};
use crate::domain::id::{CheckId, PublicId};
use crate::domain::observation::{Observation, Outcome};
use crate::domain::timestamp::Timestamp;
use crate::probe::{Instruments, ProbeSettings, look};

/// What a target does with a connection.
#[derive(Clone, Debug)]
pub(crate) enum Habit {
    /// Reads the request, says this, closes.
    Say(Vec<u8>),
    /// Says these one after the other, one per connection, the last for ever.
    SayInTurn(Vec<Vec<u8>>),
    /// Accepts and never says a word.
    Silent,
    /// A byte of the body now and then, for ever.
    Drip,
    /// A body of 10 GB, as fast as it is read.
    Flood,
    /// Headers without end.
    HeaderFlood,
    /// Closes at once.
    Close,
}

pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) connections: Arc<AtomicUsize>,
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
    pub(crate) bytes_taken: Arc<AtomicUsize>,
}

impl Target {
    pub(crate) async fn with(habit: Habit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Self::of(&listener);
        let (connections, requests, taken) = target.counters();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let turn = connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(behave(
                    stream,
                    habit.clone(),
                    turn,
                    (Arc::clone(&requests), Arc::clone(&taken)),
                ));
            }
        });
        target
    }

    /// The same behind TLS.
    pub(crate) async fn with_tls(habit: Habit, config: rustls::ServerConfig) -> Self {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Self::of(&listener);
        let (connections, requests, taken) = target.counters();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let turn = connections.fetch_add(1, Ordering::SeqCst);
                if let Ok(stream) = acceptor.accept(stream).await {
                    tokio::spawn(behave(
                        stream,
                        habit.clone(),
                        turn,
                        (Arc::clone(&requests), Arc::clone(&taken)),
                    ));
                }
            }
        });
        target
    }

    fn of(listener: &TcpListener) -> Self {
        Self {
            address: listener.local_addr().unwrap(),
            connections: Arc::default(),
            requests: Arc::default(),
            bytes_taken: Arc::default(),
        }
    }

    fn counters(&self) -> (Arc<AtomicUsize>, Arc<Mutex<Vec<String>>>, Arc<AtomicUsize>) {
        (
            Arc::clone(&self.connections),
            Arc::clone(&self.requests),
            Arc::clone(&self.bytes_taken),
        )
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    pub(crate) fn accepted(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn request(&self, number: usize) -> String {
        self.requests.lock().unwrap()[number].to_ascii_lowercase()
    }
}

type Record = (Arc<Mutex<Vec<String>>>, Arc<AtomicUsize>);

async fn behave<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    habit: Habit,
    turn: usize,
    record: Record,
) {
    let (requests, taken) = record;
    if matches!(habit, Habit::Close) {
        return;
    }
    let mut seen = Vec::new();
    while !seen.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => seen.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    requests
        .lock()
        .unwrap()
        .push(String::from_utf8_lossy(&seen).into_owned());
    let _ = match habit {
        Habit::Say(words) => stream.write_all(&words).await,
        Habit::SayInTurn(words) => stream.write_all(&words[turn.min(words.len() - 1)]).await,
        Habit::Silent => std::future::pending().await,
        Habit::Drip => drip(&mut stream).await,
        Habit::Flood => {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n";
            flood(&mut stream, head, &[b'x'; 16384], &taken).await
        }
        Habit::HeaderFlood => {
            flood(
                &mut stream,
                b"HTTP/1.1 200 OK\r\n",
                format!("X: {}\r\n", "y".repeat(4000)).as_bytes(),
                &taken,
            )
            .await
        }
        Habit::Close => Ok(()),
    };
    let _ = stream.shutdown().await;
}

async fn drip<S: AsyncWrite + Unpin>(stream: &mut S) -> std::io::Result<()> {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        .await?;
    loop {
        tick.tick().await;
        stream.write_all(b"x").await?;
    }
}

async fn flood<S: AsyncWrite + Unpin>(
    stream: &mut S,
    head: &[u8],
    piece: &[u8],
    taken: &AtomicUsize,
) -> std::io::Result<()> {
    stream.write_all(head).await?;
    loop {
        stream.write_all(piece).await?;
        taken.fetch_add(piece.len(), Ordering::SeqCst);
    }
}

/// `HTTP/1.1 STATUS`, these header lines, this body.
pub(crate) fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} Said\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub(crate) fn redirect(status: u16, to: &str) -> Vec<u8> {
    answer(status, &format!("Location: {to}\r\n"), "moved")
}

pub(crate) fn check(kind: CheckKind) -> Check {
    Check {
        id: CheckId(PublicId::parse("abcdefghijkl").unwrap()),
        key: "shop".to_owned(),
        kind,
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(20),
        retry_interval: Duration::from_secs(15),
        fail_after: 3,
        recover_after: 2,
        slow_after: None,
        critical: true,
        locations: vec!["local".to_owned()],
    }
}

pub(crate) fn http(url: Url) -> HttpCheck {
    HttpCheck {
        url,
        method: "GET".to_owned(),
        body: None,
        redirects: 5,
        auth: None,
        headers: Vec::new(),
        expect: Expectations::default(),
    }
}

pub(crate) fn tcp(address: SocketAddr) -> CheckKind {
    CheckKind::Tcp(TcpCheck {
        host: address.ip().to_string(),
        port: address.port(),
    })
}

pub(crate) fn instruments() -> Arc<Instruments> {
    Arc::new(Instruments::new(Arc::new(ProbeSettings::default())).unwrap())
}

pub(crate) async fn look_at(check: &Check) -> Observation {
    look(
        check,
        &instruments(),
        Timestamp::from_seconds(1_800_000_000),
    )
    .await
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
}

/// What was found, and the reason.
pub(crate) fn verdict(seen: &Observation) -> (Outcome, &str) {
    (seen.outcome, seen.reason.as_str())
}

pub(crate) async fn look_http(http: HttpCheck) -> Observation {
    look_at(&check(CheckKind::Http(http))).await
}

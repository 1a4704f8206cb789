//! The town around the house under test: a target that can fail, a mail server that can refuse, a receiver of
//! webhooks that checks signatures with somebody else's library, and the server itself as a real process.

pub(crate) mod database;
pub(crate) mod hooks;
pub(crate) mod mail;
pub(crate) mod server;
pub(crate) mod target;

use std::future::Future;
use std::time::Duration;

/// How long we wait for something that must happen; generous, because the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(90);

/// Asks until the answer is `Some`, or fails naming what was awaited.
pub(crate) async fn eventually<T, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let patience = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    patience
        .await
        .unwrap_or_else(|_| panic!("it never happened: {what}"))
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

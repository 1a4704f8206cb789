//! What the demo's checks look at: a small HTTP server on loopback that is mostly well.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Search answers late: slower than its `slow_after`, so that one component is degraded by real looks.
const SLOW_PATH: &str = "/search";
const SLOW: Duration = Duration::from_millis(1400);

/// Starts it on a free port.
pub(super) async fn start() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    Ok(address)
}

/// A reader that goes away early is nobody's trouble.
async fn answer(mut stream: TcpStream) {
    let mut request = [0; 2048];
    let read = stream.read(&mut request).await.unwrap_or(0);
    let line = String::from_utf8_lossy(request.get(..read).unwrap_or_default()).into_owned();
    if line.split(' ').nth(1) == Some(SLOW_PATH) {
        tokio::time::sleep(SLOW).await;
    }
    let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
    let _ = stream.write_all(reply).await;
}

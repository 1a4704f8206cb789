//! A real HTTP target on loopback that can be turned off and on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) struct Target {
    pub url: String,
    healthy: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Target {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/health", listener.local_addr().unwrap());
        let healthy = Arc::new(AtomicBool::new(true));
        let is_healthy = Arc::clone(&healthy);
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let healthy = is_healthy.load(Ordering::Relaxed);
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    let _ = stream.read(&mut request).await;
                    let (line, body) = if healthy {
                        ("200 OK", "ok")
                    } else {
                        ("503 Unavailable", "no")
                    };
                    let answer = format!(
                        "HTTP/1.1 {line}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { url, healthy, task }
    }

    pub(crate) fn fail(&self) {
        self.healthy.store(false, Ordering::Relaxed);
    }

    pub(crate) fn recover(&self) {
        self.healthy.store(true, Ordering::Relaxed);
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.task.abort();
    }
}

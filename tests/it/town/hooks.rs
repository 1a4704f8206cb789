//! A receiver of webhooks: a Python process that verifies each with the `standardwebhooks` library from `PyPI`,
//! which shares no code with ours, and prints one JSON line per request.

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

pub(crate) struct Hooks {
    pub url: String,
    received: Arc<Mutex<Vec<Value>>>,
    control: ChildStdin,
    _process: Child,
}

impl Hooks {
    /// `ALLCLEAR_TEST_PYTHON` names a Python with `standardwebhooks`; tests/run makes one.
    pub(crate) async fn start() -> Self {
        let python = std::env::var("ALLCLEAR_TEST_PYTHON").expect(
            "ALLCLEAR_TEST_PYTHON names a Python that has `standardwebhooks`: run tests/run",
        );
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contract/hooks.py");
        let mut process = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines
            .next_line()
            .await
            .unwrap()
            .expect("the receiver prints its port");
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                kept.lock()
                    .unwrap()
                    .push(serde_json::from_str(&line).unwrap());
            }
        });
        let control = process.stdin.take().unwrap();
        Self {
            url: format!("http://127.0.0.1:{port}/hook"),
            received,
            control,
            _process: process,
        }
    }

    /// Tells the receiver the secret that signatures must be made with.
    pub(crate) async fn trust(&mut self, secret: &str) {
        self.control
            .write_all(format!("{secret}\n").as_bytes())
            .await
            .unwrap();
        self.control.flush().await.unwrap();
    }

    /// Every request so far: `{"verified":bool,"id":…,"type":…,"body":{…}}`.
    pub(crate) fn received(&self) -> Vec<Value> {
        self.received.lock().unwrap().clone()
    }
}

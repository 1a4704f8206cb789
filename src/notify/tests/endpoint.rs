//! A receiver of webhooks for tests: answers by its script, the last line for ever, and hands on what it heard.

use std::collections::BTreeMap;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[derive(Debug)]
pub(super) struct Heard {
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Heard {
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(super) struct Endpoint {
    pub(super) url: String,
    heard: UnboundedReceiver<Heard>,
}

impl Endpoint {
    /// Each answer is a status line without its version, and further header lines if any.
    pub(super) async fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (out, heard) = unbounded_channel();
        let answers: Vec<String> = answers.iter().map(|&answer| answer.to_owned()).collect();
        tokio::spawn(async move {
            let mut turn = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let answer = answers.get(turn).or(answers.last()).unwrap();
                turn += 1;
                answer_one(stream, answer, &out).await;
            }
        });
        Self { url, heard }
    }

    /// Everything heard since the last look.
    pub(super) fn heard(&mut self) -> Vec<Heard> {
        std::iter::from_fn(|| self.heard.try_recv().ok()).collect()
    }
}

async fn answer_one(stream: TcpStream, answer: &str, out: &UnboundedSender<Heard>) {
    let mut io = BufReader::new(stream);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        io.read_line(&mut line).await.unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    io.read_exact(&mut body).await.unwrap();
    let body = String::from_utf8(body).unwrap();
    out.send(Heard { headers, body }).unwrap();
    let whole = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    io.get_mut().write_all(whole.as_bytes()).await.unwrap();
}

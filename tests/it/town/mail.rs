//! A mail server on loopback: it keeps what it accepted, and can be told to refuse for a while.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One accepted mail: the envelope's recipient, and the text as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub to: String,
    pub text: String,
}

impl Mail {
    /// The value of a header, unfolded; empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> String {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default();
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        head.lines()
            .find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name)
                    .then(|| value.trim().to_owned())
            })
            .unwrap_or_default()
    }

    /// The text with quoted-printable undone where it matters for links and words.
    pub(crate) fn plain(&self) -> String {
        self.text.replace("=\r\n", "").replace("=3D", "=")
    }

    /// The first link below `prefix` in the mail.
    pub(crate) fn link(&self, prefix: &str) -> Option<String> {
        let plain = self.plain();
        let start = plain.find(prefix)?;
        let end = plain[start..]
            .find(|c: char| c.is_whitespace() || "\"<>".contains(c))
            .map_or(plain.len(), |length| start + length);
        Some(plain[start..end].to_owned())
    }
}

pub(crate) struct MailServer {
    pub port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
    refusing: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl MailServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let refusing = Arc::new(AtomicBool::new(false));
        let (kept, refuses) = (Arc::clone(&mails), Arc::clone(&refusing));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept), Arc::clone(&refuses)));
            }
        });
        Self {
            port,
            mails,
            refusing,
            task,
        }
    }

    /// From now on every mail is answered 451.
    pub(crate) fn refuse(&self) {
        self.refusing.store(true, Ordering::Relaxed);
    }

    pub(crate) fn accept(&self) {
        self.refusing.store(false, Ordering::Relaxed);
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    pub(crate) fn mails_to(&self, address: &str) -> Vec<Mail> {
        self.mails()
            .into_iter()
            .filter(|mail| mail.to == address)
            .collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, mails: Arc<Mutex<Vec<Mail>>>, refusing: Arc<AtomicBool>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut to = String::new();
    let _ = write.write_all(b"220 town ESMTP\r\n").await;
    while let Ok(Some(line)) = lines.next_line().await {
        let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-town\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n".to_owned(),
            "MAIL" if refusing.load(Ordering::Relaxed) => "451 4.3.0 not now\r\n".to_owned(),
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                "250 2.1.5 ok\r\n".to_owned()
            }
            "DATA" => {
                let _ = write.write_all(b"354 go\r\n").await;
                let mut text = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push_str("\r\n");
                }
                mails.lock().unwrap().push(Mail {
                    to: to.clone(),
                    text,
                });
                "250 2.0.0 kept\r\n".to_owned()
            }
            "QUIT" => {
                let _ = write.write_all(b"221 2.0.0 bye\r\n").await;
                return;
            }
            _ => "250 2.0.0 ok\r\n".to_owned(),
        };
        if write.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

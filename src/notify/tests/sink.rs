//! A small mail relay for tests: speaks pipelined SMTP, refuses whom it is told to, and hands on what it took.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[derive(Debug)]
pub(super) struct Taken {
    pub(super) to: String,
    pub(super) data: String,
}

pub(super) struct Sink {
    pub(super) port: u16,
    pub(super) taken: UnboundedReceiver<Taken>,
}

impl Sink {
    /// `answer_to_rcpt` is asked for every recipient; anything but 2xx refuses it.
    pub(super) async fn start(answer_to_rcpt: fn(&str) -> &'static str) -> Self {
        Self::start_after_refusing(0, answer_to_rcpt).await
    }

    /// The first connections are turned away.
    pub(super) async fn start_after_refusing(
        refused: usize,
        answer_to_rcpt: fn(&str) -> &'static str,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (out, taken) = unbounded_channel();
        tokio::spawn(async move {
            for _ in 0..refused {
                let (mut stream, _) = listener.accept().await.unwrap();
                // The other side may be gone already.
                let _ = stream.write_all(b"421 4.3.2 not now\r\n").await;
            }
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer_to_rcpt, out.clone()));
            }
        });
        Self { port, taken }
    }

    pub(super) async fn next(&mut self) -> Taken {
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), self.taken.recv());
        waited
            .await
            .expect("a mail arrives")
            .expect("the sink runs")
    }
}

async fn serve(
    stream: TcpStream,
    answer_to_rcpt: fn(&str) -> &'static str,
    out: UnboundedSender<Taken>,
) -> std::io::Result<()> {
    let mut io = BufReader::new(stream);
    io.get_mut().write_all(b"220 sink\r\n").await?;
    let (mut line, mut to) = (String::new(), None);
    loop {
        line.clear();
        if io.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer = match line.get(..4).unwrap_or_default() {
            "EHLO" => "250-sink\r\n250 PIPELINING".to_owned(),
            "RCPT" => {
                let address = line.trim_end().trim_start_matches("RCPT TO:<");
                let address = address.trim_end_matches('>').to_owned();
                let answer = answer_to_rcpt(&address);
                to = answer.starts_with('2').then_some(address);
                answer.to_owned()
            }
            "DATA" if to.is_some() => {
                io.get_mut().write_all(b"354 go\r\n").await?;
                let data = body(&mut io).await?;
                let to = to.take().unwrap_or_default();
                // The test may be over.
                let _ = out.send(Taken { to, data });
                "250 2.0.0 taken".to_owned()
            }
            "DATA" => "503 5.5.1 no recipient".to_owned(),
            "QUIT" => return io.get_mut().write_all(b"221 bye\r\n").await,
            _ => "250 ok".to_owned(),
        };
        io.get_mut()
            .write_all(format!("{answer}\r\n").as_bytes())
            .await?;
    }
}

async fn body(io: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut data = Vec::new();
    while !data.ends_with(b"\r\n.\r\n") {
        data.push(io.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&data).into_owned())
}

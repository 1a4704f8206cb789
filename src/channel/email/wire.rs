//! One SMTP connection, owned by one worker. Any error or a dropped future poisons it: drop the value and
//! the socket closes. Part of stop 9 of the journey: [`crate::notify`] decides what is sent and what it meant.
//!
//! [`super::relay`] opens it. Not a mail client: no queue, no retry, no pool. The body and the next envelope travel in one write
//! (RFC 2920 section 3.1), and only a 2xx *after the body* counts as sent.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use crate::channel::email::relay::Limits;
use crate::channel::email::reply::{Reply, Verdict, classify, parse_reply};
use crate::channel::email::stuffing::dot_stuff;

/// A polite QUIT gets this long.
const QUIT: Duration = Duration::from_secs(1);

/// What a connection runs over: TCP or TLS.
pub trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// Borrowed view of one ready mail. `data` is headers and body in CRLF lines; the addresses were parsed.
#[derive(Clone, Copy)]
pub struct Mail<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub data: &'a [u8],
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    #[error("no answer in time")]
    Timeout,
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Protocol(&'static str),
    #[error("the relay closes: {}", .0.summary())]
    Closing(Reply),
    #[error("the relay refuses: {}", .0.summary())]
    Refused(Reply),
    #[error("the connection was given up earlier")]
    Poisoned,
}

/// The connection is over. `in_doubt`: the final dot may have been read, so the mail goes out again with
/// the same Message-ID. Otherwise it was certainly not accepted.
#[derive(Debug, thiserror::Error)]
#[error("at {step}: {why}")]
pub struct Dead {
    pub step: &'static str,
    pub why: Why,
    pub in_doubt: bool,
}

pub(super) fn dead(step: &'static str, why: Why) -> Dead {
    Dead {
        step,
        why,
        in_doubt: false,
    }
}

pub(super) async fn by<T>(
    deadline: Instant,
    step: &'static str,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, Dead> {
    match timeout_at(deadline, work).await {
        Ok(done) => done.map_err(|error| dead(step, Why::Io(error))),
        Err(_) => Err(dead(step, Why::Timeout)),
    }
}

/// A socket's deadline is tokio's to keep; no wall clock is read.
pub(super) fn after(span: Duration) -> Instant {
    Instant::now() + span
}

pub struct Wire {
    pub(super) io: Box<dyn Io>,
    pub(super) received: Vec<u8>,
    outgoing: Vec<u8>,
    /// The recipient whose envelope is already at the relay.
    announced: Option<String>,
    needs_reset: bool,
    is_sound: bool,
    pub(super) can_pipeline: bool,
    limits: Limits,
}

impl Wire {
    pub(super) fn over(io: Box<dyn Io>, limits: Limits) -> Self {
        Self {
            io,
            received: Vec::new(),
            outgoing: Vec::new(),
            announced: None,
            needs_reset: false,
            is_sound: true,
            can_pipeline: false,
            limits,
        }
    }

    /// True after `send(.., Some(next))`: `next` must be the following mail, otherwise drop the wire.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.announced.is_some()
    }

    /// Sends `mail`; with `next`, its envelope travels in the same write as this body.
    ///
    /// # Errors
    /// [`Dead`]: drop the wire. A refusal is a [`Verdict`], not an error.
    pub async fn send(
        &mut self,
        mail: &Mail<'_>,
        next: Option<&Mail<'_>>,
    ) -> Result<Verdict, Dead> {
        // Cleared here and set only on a clean end, so that a cancelled future leaves it cleared.
        if !std::mem::replace(&mut self.is_sound, false) {
            return Err(dead("send", Why::Poisoned));
        }
        let verdict = self
            .exchange(mail, next.filter(|_| self.can_pipeline))
            .await;
        self.is_sound = verdict.is_ok();
        verdict
    }

    async fn exchange(
        &mut self,
        mail: &Mail<'_>,
        next: Option<&Mail<'_>>,
    ) -> Result<Verdict, Dead> {
        let deadline = after(self.limits.command);
        let mut replies = if self.can_pipeline {
            self.pipelined(mail, deadline).await?
        } else {
            self.one_by_one(mail, deadline).await?
        };
        let is_data_open = replies.get(2).is_some_and(|reply| reply.code == 354);
        match replies.iter().position(|reply| !reply.is_positive()) {
            Some(2) if is_data_open => self.body(mail, next).await,
            Some(at) if replies.get(at).is_some_and(|reply| reply.code >= 400) => {
                // DATA opened without a recipient: a lone dot ends it, and the answer must be negative.
                if is_data_open && self.one(deadline, ".\r\n", "empty").await?.is_positive() {
                    return Err(dead("empty", Why::Protocol("accepted without recipient")));
                }
                self.needs_reset = true;
                Ok(classify(replies.swap_remove(at), at == 0))
            }
            _ => Err(dead("envelope", Why::Protocol("unexpected 2xx or 3xx"))),
        }
    }

    async fn pipelined(&mut self, mail: &Mail<'_>, deadline: Instant) -> Result<Vec<Reply>, Dead> {
        if let Some(to) = self.announced.take() {
            // A body for anyone else would be a disclosure.
            if to != mail.to {
                return Err(dead("send", Why::Protocol("not the announced mail")));
            }
        } else {
            let resets = self.needs_reset;
            self.envelope(mail);
            self.flush(deadline, "envelope").await?;
            if resets {
                self.ask((deadline, "rset"), "", 250).await?;
            }
        }
        let mut replies = Vec::with_capacity(3);
        for step in ["mail", "rcpt", "data"] {
            replies.push(self.reply(deadline, step).await?);
        }
        Ok(replies)
    }

    async fn one_by_one(&mut self, mail: &Mail<'_>, deadline: Instant) -> Result<Vec<Reply>, Dead> {
        if std::mem::take(&mut self.needs_reset) {
            self.ask((deadline, "rset"), "RSET\r\n", 250).await?;
        }
        let steps = [
            ("mail", format!("MAIL FROM:<{}>\r\n", mail.from)),
            ("rcpt", format!("RCPT TO:<{}>\r\n", mail.to)),
            ("data", "DATA\r\n".to_owned()),
        ];
        let mut replies = Vec::with_capacity(3);
        for (step, command) in steps {
            let reply = self.one(deadline, &command, step).await?;
            let goes_on = reply.is_positive();
            replies.push(reply);
            if !goes_on {
                break;
            }
        }
        Ok(replies)
    }

    async fn body(&mut self, mail: &Mail<'_>, next: Option<&Mail<'_>>) -> Result<Verdict, Dead> {
        dot_stuff(&mut self.outgoing, mail.data);
        if let Some(next) = next {
            self.envelope(next);
            self.announced = Some(next.to.to_owned());
        }
        let doubt = |end: Dead| Dead {
            in_doubt: !matches!(end.why, Why::Closing(_)),
            ..end
        };
        let deadline = after(self.limits.last);
        self.flush(deadline, "body").await.map_err(doubt)?;
        let reply = self.reply(deadline, "final").await.map_err(doubt)?;
        if reply.code / 100 == 3 {
            return Err(doubt(dead("final", Why::Protocol("3xx after the body"))));
        }
        Ok(classify(reply, false))
    }

    /// A polite end, best effort.
    pub async fn quit(mut self) {
        if self.is_sound && self.announced.is_none() {
            // The relay's last word changes nothing.
            let _ = self.one(after(QUIT), "QUIT\r\n", "quit").await;
        }
    }

    fn envelope(&mut self, mail: &Mail<'_>) {
        if std::mem::take(&mut self.needs_reset) {
            self.outgoing.extend_from_slice(b"RSET\r\n");
        }
        for piece in [
            "MAIL FROM:<",
            mail.from,
            ">\r\nRCPT TO:<",
            mail.to,
            ">\r\nDATA\r\n",
        ] {
            self.outgoing.extend_from_slice(piece.as_bytes());
        }
    }

    pub(super) async fn ask(
        &mut self,
        (deadline, step): (Instant, &'static str),
        command: &str,
        code: u16,
    ) -> Result<Reply, Dead> {
        let reply = self.one(deadline, command, step).await?;
        if reply.code == code {
            return Ok(reply);
        }
        Err(dead(step, Why::Refused(reply)))
    }

    async fn one(
        &mut self,
        deadline: Instant,
        command: &str,
        step: &'static str,
    ) -> Result<Reply, Dead> {
        self.outgoing.extend_from_slice(command.as_bytes());
        self.flush(deadline, step).await?;
        self.reply(deadline, step).await
    }

    async fn flush(&mut self, deadline: Instant, step: &'static str) -> Result<(), Dead> {
        by(deadline, step, async {
            self.io.write_all(&self.outgoing).await?;
            self.io.flush().await
        })
        .await?;
        self.outgoing.clear();
        Ok(())
    }

    async fn reply(&mut self, deadline: Instant, step: &'static str) -> Result<Reply, Dead> {
        loop {
            let parsed =
                parse_reply(&self.received).map_err(|error| dead(step, Why::Protocol(error)))?;
            if let Some((reply, used)) = parsed {
                self.received.drain(..used);
                if reply.code == 421 {
                    return Err(dead(step, Why::Closing(reply)));
                }
                return Ok(reply);
            }
            if by(deadline, step, self.io.read_buf(&mut self.received)).await? == 0 {
                return Err(dead(step, Why::Io(io::ErrorKind::UnexpectedEof.into())));
            }
        }
    }
}

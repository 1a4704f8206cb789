//! One request and its answer over one connection: HTTP/1.1, bounded in bytes.
//!
//! Connection and exchange are one task under one deadline: nothing is spawned, nothing outlives the look.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::HeaderMap;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::probe::finding::{Finding, blame};
use crate::probe::timing::{Stage, Trail};

/// Status line and headers together.
const MOST_HEADER_BYTES: usize = 64 * 1024;
/// The body; what follows is not read.
pub(crate) const MOST_BODY_BYTES: usize = 1024 * 1024;

/// As much of an answer as is needed to judge it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// The body went on after [`MOST_BODY_BYTES`].
    pub(crate) is_cut: bool,
}

/// Sends `request` over `stream`. The body of a redirect that will be followed is not read.
pub(crate) async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    follows: bool,
    trail: &mut Trail,
) -> Result<Answer, Finding>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    trail.enter(Stage::Answer);
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MOST_HEADER_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| blame_exchange(&error))?;
    let talk = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| blame_exchange(&error))?;
        trail.enter(Stage::Body);
        let skips_body = follows && response.status().is_redirection();
        read(response, skips_body).await
    };
    tokio::pin!(talk, connection);
    let mut is_open = true;
    loop {
        tokio::select! {
            answer = &mut talk => return answer,
            // Its error, if any, reaches `talk` as well.
            _ = &mut connection, if is_open => is_open = false,
        }
    }
}

async fn read(response: Response<Incoming>, skips_body: bool) -> Result<Answer, Finding> {
    let (head, mut incoming) = response.into_parts();
    let mut answer = Answer {
        status: head.status,
        headers: head.headers,
        body: Vec::new(),
        is_cut: false,
    };
    if skips_body {
        return Ok(answer);
    }
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| blame_exchange(&error))?;
        let Some(bytes) = frame.data_ref() else {
            continue;
        };
        let room = MOST_BODY_BYTES - answer.body.len();
        answer
            .body
            .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        if bytes.len() > room {
            answer.is_cut = true;
            return Ok(answer);
        }
    }
    Ok(answer)
}

fn blame_exchange(error: &hyper::Error) -> Finding {
    // hyper names this kind for servers only; for clients its text is all there is.
    if error.is_parse() && error.to_string().contains("too large") {
        return Finding::fail(
            "headers_too_large",
            "the headers of the answer are too large",
        );
    }
    if error.is_parse() {
        return Finding::fail("not_http", format!("the answer is not HTTP: {error}"));
    }
    if error.is_user() {
        return Finding::own(
            "misconfigured",
            format!("the request cannot be sent: {error}"),
        );
    }
    let source = std::error::Error::source(error).and_then(|inner| inner.downcast_ref());
    match source {
        Some(broken) => blame(broken, "waiting for the answer"),
        None => Finding::fail("closed_early", format!("no complete answer: {error}")),
    }
}

//! How a command reaches the actions: through the running server's socket if one answers, else on the database itself.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Method;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;

use crate::actions::ActionContext;
use crate::actions::apply_config::apply_config;
use crate::actions::request::{Answer, Refusal, Request, perform};
use crate::clock;
use crate::config::Settings;
use crate::domain::actor::Actor;
use crate::domain::estate::Estate;
use crate::seal::KeyRing;
use crate::store::lease::{DataDirLock, LockError};
use crate::store::{Store, StoreOptions};

/// The socket's name in the data directory; `web::control` makes it.
const SOCKET: &str = "control.sock";

/// How long a server may take to start before we say that the directory is held.
const PATIENCE: Duration = Duration::from_secs(20);
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// It was asked; whether it was done is not known.
    #[error("the server did not answer, it may or may not be done: {0}")]
    Unanswered(String),
    /// Nothing was done.
    #[error("{0}")]
    Unopened(String),
}

impl ControlError {
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => refusal.hint.as_deref(),
            Self::Unanswered(_) => Some("look with `incident list` before you do it again"),
            Self::Unopened(_) => None,
        }
    }
}

/// Does `request`, wherever it can be done. While the data directory is held and nobody answers, a server is starting
/// or another command is at work: both are over soon.
pub async fn ask(settings: &Settings, request: Request) -> Result<Value, ControlError> {
    let waiting = clock::Stopwatch::start();
    loop {
        if let Some(socket) = connect(settings).await {
            let body = serde_json::to_vec(&request).map_err(unanswered)?;
            return judged(send(socket, Method::POST, "/v1/perform", body).await?);
        }
        match DataDirLock::take(&settings.server.data_dir) {
            Ok(lock) => return alone(settings, lock, request).await,
            Err(LockError::InUse { .. }) if waiting.elapsed() < PATIENCE => {
                tokio::time::sleep(ASK_AGAIN).await;
            }
            Err(error) => return Err(unopened(error)),
        }
    }
}

/// Makes the running server read its configuration again; without one there is nothing to tell.
pub async fn reload(settings: &Settings) -> Result<Option<Value>, ControlError> {
    let Some(socket) = connect(settings).await else {
        return Ok(None);
    };
    judged(send(socket, Method::POST, "/v1/config/apply", Vec::new()).await?).map(Some)
}

/// Whether a server answers, and that with its database behind it.
pub async fn is_serving(settings: &Settings) -> Result<bool, ControlError> {
    let Some(socket) = connect(settings).await else {
        return Ok(false);
    };
    judged(send(socket, Method::GET, "/v1/status", Vec::new()).await?).map(|_| true)
}

async fn connect(settings: &Settings) -> Option<UnixStream> {
    let path = settings.server.data_dir.join(SOCKET);
    UnixStream::connect(path).await.ok()
}

fn judged(answer: Answer) -> Result<Value, ControlError> {
    match answer {
        Answer::Done(value) => Ok(value),
        Answer::Refused(refusal) => Err(ControlError::Refused(refusal)),
    }
}

async fn send(
    socket: UnixStream,
    method: Method,
    path: &str,
    body: Vec<u8>,
) -> Result<Answer, ControlError> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket))
        .await
        .map_err(unopened)?;
    let request = hyper::Request::builder()
        .method(method)
        .uri(path)
        .header("host", "control")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(unopened)?;
    let asked = async {
        let response = sender.send_request(request).await.map_err(unanswered)?;
        let body = response.into_body().collect().await.map_err(unanswered)?;
        serde_json::from_slice(&body.to_bytes()).map_err(unanswered)
    };
    tokio::select! {
        answer = asked => answer,
        ended = connection => Err(unanswered(ended.err().map_or_else(
            || "the connection was closed".to_owned(),
            |error| error.to_string(),
        ))),
    }
}

/// No server, and the lock keeps one from starting meanwhile: does it here.
async fn alone(
    settings: &Settings,
    _lock: DataDirLock,
    request: Request,
) -> Result<Value, ControlError> {
    let data_dir = settings.server.data_dir.as_path();
    let store = open(settings)?;
    let keys = KeyRing::open(data_dir).map_err(unopened)?;
    let done = perform_alone(settings, (&store, keys), request).await;
    store.close().await;
    judged(done)
}

async fn perform_alone(
    settings: &Settings,
    (store, keys): (&Store, KeyRing),
    request: Request,
) -> Answer {
    let mut ctx = ActionContext {
        store: store.clone(),
        estate: Arc::new(Estate::default()),
        keys,
        now: clock::now(),
        actor: Actor::CommandLine,
    };
    match apply_config(&ctx, &settings.manifest).await {
        Ok(applied) => ctx.estate = Arc::new(applied.estate),
        Err(error) => return Answer::from(Err(error)),
    }
    Answer::from(perform(&ctx, request).await)
}

/// The database as this configuration names it; migrated if need be.
pub fn open(settings: &Settings) -> Result<Store, ControlError> {
    Store::open(&options(settings)).map_err(unopened)
}

pub(super) fn options(settings: &Settings) -> StoreOptions {
    StoreOptions {
        url: settings.database_url.clone(),
        data_dir: settings.server.data_dir.clone(),
        readers: 1,
    }
}

fn unopened(why: impl std::fmt::Display) -> ControlError {
    ControlError::Unopened(why.to_string())
}

fn unanswered(why: impl std::fmt::Display) -> ControlError {
    ControlError::Unanswered(why.to_string())
}
